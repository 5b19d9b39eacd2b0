"""A run's folder: parts written atomically, a ledger with their hashes, resumed or extended by the same study only.

A part holds the people [start, stop) of every arm as arrays. It is written to a temporary file, renamed, and only
then entered in ``parts/ledger.jsonl`` with its SHA-256; a part without a valid line does not exist. A person's
numbers do not depend on the part they are in, so that any cut, worker count or interruption ends in the same tables.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError

MANIFEST = "manifest.json"
_PARTS = "parts"
_LEDGER = "ledger.jsonl"


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

    def parts(self) -> tuple[Part, ...]:
        """The parts that are whole, in order, overlaps left out."""
        lines = _read_lines(self.path / _PARTS / _LEDGER)
        found = sorted(Part(**line) for line in lines)
        whole: list[Part] = []
        for part in found:
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
    if path.exists() and not path.is_dir():
        raise StudyError(f"{path} is a file, not a folder", allowed="a new or empty folder, or one of the same study")
    if path.is_dir() and any(path.iterdir()):
        _check_same(path, identity)
    _clear_temporaries(path)
    (path / _PARTS).mkdir(parents=True, exist_ok=True)
    if not (path / MANIFEST).exists():
        write_json(path / MANIFEST, {"identity": dict(identity), "finished": False})
    return RunFolder(path, dict(identity))


def _check_same(path: Path, identity: Mapping[str, Any]) -> None:
    manifest = path / MANIFEST
    if not manifest.is_file():
        raise StudyError(
            f"{path} is not empty and holds no run", allowed="a new or empty folder, or one of the same study"
        )
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
        return json.loads(manifest.read_text(encoding="utf-8"))["identity"]
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{manifest} cannot be read as a manifest", allowed="a folder written by quell run") from error


def _clear_temporaries(path: Path) -> None:
    for stray in (path / _PARTS).glob(".people-*"):
        stray.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically: a reader sees the old file or the new one."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text atomically."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _append_line(path: Path, line: Mapping[str, Any]) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines of the ledger; one cut short by a crash is left out."""
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
