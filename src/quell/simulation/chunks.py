"""A run's folder: parts written atomically, a ledger with their hashes, resumed or extended by the same study only.

A part holds the people [start, stop) of every arm as arrays. It is written to a temporary file, renamed, and only
then entered in ``parts/ledger.jsonl`` with its SHA-256; a part without a valid line does not exist. A person's
numbers do not depend on the part they are in, so that any cut, worker count or interruption ends in the same tables.

A process may be killed between any two of these steps. What it leaves half-done has a name that begins with a full
stop and is cleared by the next run, which holds the folder for itself: a second process is refused while one writes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError

try:
    import fcntl
except ImportError:  # Windows: nothing there keeps a second process out
    fcntl = None

MANIFEST = "manifest.json"
_PARTS = "parts"
_LEDGER = "ledger.jsonl"
_LOCK = "lock"
_HALF_DONE = (
    ".manifest.json.*",
    ".summary.json.*",
    ".patients.parquet.*",
    ".doses.parquet.*",
    ".trajectories.zarr.*",
    ".report.html.*",
    f"{_PARTS}/.people-*",
)
_ALLOWED = "a new or empty folder, or one of the same study"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The people [start, stop) and the file that holds them."""

    start: int
    stop: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one study, seed and set of switches.

    Attributes
    ----------
    path
        The folder.
    identity
        What must agree for a rerun to continue here: study text, seed, switches, version, evidence hash.
    """

    path: Path
    identity: Mapping[str, Any]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder while it is written; even a kill gives it back.

        Raises
        ------
        StudyError
            Another process holds it.
        """
        with open(self.path / _PARTS / _LOCK, "a", encoding="utf-8") as lock:
            _hold(lock.fileno(), self.path)
            _clear_half_done(self.path)
            yield

    def parts(self) -> tuple[Part, ...]:
        """The parts that are whole, in order, overlaps left out."""
        whole: list[Part] = []
        for part in sorted(_read_ledger(self.path / _PARTS / _LEDGER)):
            if (not whole or part.start >= whole[-1].stop) and _sha256(self.path / _PARTS / part.file) == part.sha256:
                whole.append(part)
        return tuple(whole)

    def missing(self, count: int) -> tuple[tuple[int, int], ...]:
        """Ranges of people below ``count`` that no part holds."""
        gaps, done = [], 0
        for part in self.parts():
            if part.start > done:
                gaps.append((done, min(part.start, count)))
            done = max(done, part.stop)
        if done < count:
            gaps.append((done, count))
        return tuple((a, b) for a, b in gaps if a < min(b, count))

    def write(self, start: int, stop: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Write a part and enter it in the ledger."""
        folder = self.path / _PARTS
        name = f"people-{start:09d}-{stop:09d}.npz"
        temporary = folder / f".{name}.{os.getpid()}"
        with open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        digest = _sha256(temporary)
        os.replace(temporary, folder / name)
        _append_line(folder / _LEDGER, {"start": start, "stop": stop, "file": name, "sha256": digest})

    def read(self, part: Part) -> dict[str, np.ndarray]:
        """The arrays of a part."""
        with np.load(self.path / _PARTS / part.file) as arrays:
            return {key: arrays[key] for key in arrays.files}


def open_run(path: Path, identity: Mapping[str, Any]) -> RunFolder:
    """Create the folder of a run, or continue it.

    Parameters
    ----------
    path
        New, empty, or the folder of an earlier run.
    identity
        JSON values; stored in the manifest at creation.

    Raises
    ------
    StudyError
        The folder holds something else, or the run of another study, seed, version or choice of switches. Nothing is
        touched.
    """
    if file := next((x for x in (path, *path.parents) if x.exists() and not x.is_dir()), None):
        raise StudyError(f"{file} is a file, not a folder", allowed=_ALLOWED)
    if path.is_dir() and not _empty(path):
        _check_same(path, identity)
    path.mkdir(parents=True, exist_ok=True)
    if not (path / MANIFEST).exists():
        write_json(path / MANIFEST, {"identity": dict(identity), "finished": False})
    (path / _PARTS).mkdir(exist_ok=True)
    return RunFolder(path, dict(identity))


def _empty(path: Path) -> bool:
    """Nothing there, or only a manifest that a kill left half-written."""
    return all(entry.name.startswith(f".{MANIFEST}.") for entry in path.iterdir())


def _check_same(path: Path, identity: Mapping[str, Any]) -> None:
    manifest = path / MANIFEST
    if not manifest.is_file():
        raise StudyError(f"{path} is not empty and holds no run", allowed=_ALLOWED)
    earlier = _read_identity(manifest)
    differing = [key for key in identity if earlier.get(key) != identity[key]]
    if differing:
        raise StudyError(
            f"{path} holds another run: {', '.join(differing)} differ",
            allowed="the same study, seed, version and switches, to resume or extend it",
            suggestion="another folder for --out",
        )


def _read_identity(manifest: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(manifest.read_text(encoding="utf-8"))["identity"])
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{manifest} cannot be read as a manifest", allowed="a folder written by quell run") from error


def _hold(file: int, path: Path) -> None:
    if fcntl is None:
        return
    with suppress(OSError):  # a file system without locks
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyError(f"another run is writing into {path}", allowed="one run at a time in a folder") from None


def _clear_half_done(path: Path) -> None:
    for stray in (found for pattern in _HALF_DONE for found in path.glob(pattern)):
        if stray.is_dir():
            shutil.rmtree(stray)
        else:
            stray.unlink()


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically: a reader sees the old file or the new one."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text atomically."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _append_line(path: Path, line: Mapping[str, Any]) -> None:
    """Append a line of its own, also after one that a kill cut short."""
    with open(path, "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            cut_short = file.read(1) != b"\n"
        else:
            cut_short = False
        file.write(b"\n" * cut_short + json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _read_ledger(path: Path) -> list[Part]:
    """Parts as entered; a line cut short or damaged is left out."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        with suppress(ValueError, TypeError, KeyError):
            entry = json.loads(line)
            found.append(Part(int(entry["start"]), int(entry["stop"]), str(entry["file"]), str(entry["sha256"])))
    return found


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
