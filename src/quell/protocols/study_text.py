"""The text of a study file: small, regular, UTF-8, or refused before it is parsed."""

import stat
from pathlib import Path

from quell.conventions.errors import StudyError, suggest

LARGEST_BYTES = 1_000_000
"""Size of the largest study file that is read."""


def read_text(path: str | Path) -> str:
    """The text of a study file, checked to be small, regular and UTF-8.

    Raises
    ------
    StudyError
        Where it is not.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise StudyError("the study is not a file", file=path, source="", allowed="a YAML file such as study.yaml")
        if status.st_size > LARGEST_BYTES:
            size = f"{status.st_size / 1e6:.0f} MB"
            raise StudyError(f"the study file is too large ({size})", file=path, source="", allowed="up to 1 MB")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise StudyError(
            f"the study file cannot be read: {reason}", file=path, source="", suggestion=_near(path)
        ) from None
    except ValueError:
        raise StudyError("the name of the study file cannot be read", file=path, source="") from None
    return _decoded(path, content)


def _decoded(path: Path, content: bytes) -> str:
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise StudyError("the study file is binary", file=path, line=line, column=1, source="", allowed="UTF-8 text")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"byte {content[error.start]:#04x} is not UTF-8"
        raise StudyError(message, file=path, line=line, column=column, source="", allowed="UTF-8 text",
                         hint="Save the file as UTF-8") from None  # fmt: skip


def _near(path: Path) -> str | None:
    """A study file beside ``path`` whose name resembles it."""
    try:
        names = [name.name for name in path.parent.iterdir() if name.suffix in (".yaml", ".yml")]
    except OSError:
        return None
    near = suggest(path.name, names)
    return str(path.parent / near) if near else None
