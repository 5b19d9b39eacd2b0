"""``quell doctor``: what this machine lacks, if anything, to run quell."""

import locale
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import typer

import quell
from quell.cli.failures import colourful
from quell.conventions.errors import escape
from quell.conventions.machine import available_memory, cache_folder, can_write, free_disk, processors

OLDEST_PYTHON = (3, 11)
ENOUGH_MEMORY = 2 * 2**30
ENOUGH_DISK = 2**30
"""Bytes that a run of the worked studies needs with room to spare."""


class Level(StrEnum):
    """How good a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


Check = Callable[[], Iterable[tuple[Level, str]]]
"""Looks at one thing and says how good it is."""

_COLOURS = {Level.OK: "32", Level.WARN: "33", Level.FAIL: "31"}


def doctor() -> None:
    """Check that this machine can run quell: Python, packages, precision, processors, memory, disk, evidence."""
    counts = Counter[Level]()
    for subject, check in CHECKS.items():
        for level, text in _examine(check):
            counts[level] += 1
            print(f"{_coloured(level)}  {subject:<10}  {text}")
    print(f"\n{_conclusion(counts)}")
    raise typer.Exit(int(counts[Level.FAIL] > 0))


def python_version() -> Iterator[tuple[Level, str]]:
    """The interpreter: its version and word size."""
    bits = "64 bit" if sys.maxsize > 2**32 else "32 bit: quell needs 64"
    fine = sys.version_info >= OLDEST_PYTHON and sys.maxsize > 2**32
    yield (
        Level.OK if fine else Level.FAIL,
        f"{platform.python_version()}, {bits}, {platform.system()} {platform.machine()}",
    )


def packages() -> Iterator[tuple[Level, str]]:
    """Every package that quell needs, in a version it was tested with."""
    tested, needed = versions_in_lock(), list(_needed())
    others = 0
    for name in needed:
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Level.FAIL, f"{name} is missing: python -m pip install quell"
            continue
        if found not in tested.get(name, ()):
            others += 1
            yield Level.WARN, f"{name} {found} is untested; tested: {', '.join(tested.get(name, ['none']))}"
    if not others:
        yield Level.OK, f"{len(needed)} needed, each in a tested version"


def precision() -> Iterator[tuple[Level, str]]:
    """64-bit floating point in the compiled model."""
    import jax
    import jax.numpy as jnp

    import quell.simulation.precision  # noqa: F401

    held = bool(jnp.asarray(1.0) + 1e-15 > 1.0)
    yield Level.OK if held else Level.FAIL, f"{'64' if held else '32'} bit numbers on {jax.default_backend().upper()}"


def processor_count() -> Iterator[tuple[Level, str]]:
    """Processors this process may use."""
    yield Level.OK, f"{processors()} of {os.cpu_count()}"


def memory() -> Iterator[tuple[Level, str]]:
    """Memory available now."""
    available = available_memory()
    if available is None:
        yield Level.WARN, "this system does not tell how much is available"
    else:
        yield _enough(available, ENOUGH_MEMORY), f"{_gigabytes(available)} available"


def disk() -> Iterator[tuple[Level, str]]:
    """Room for results in the current folder."""
    here = Path.cwd()
    free = free_disk(here)
    yield _enough(free, ENOUGH_DISK), f"{_gigabytes(free)} free in {escape(str(here))}"
    if not os.access(here, os.W_OK):
        yield Level.WARN, f"{escape(str(here))} is read-only: write results elsewhere with --out"


def compilation_cache() -> Iterator[tuple[Level, str]]:
    """Folder in which compiled programs are kept from run to run."""
    folder = cache_folder()
    if can_write(folder):
        yield Level.OK, f"kept in {escape(str(folder))}"
    else:
        yield Level.WARN, f"{escape(str(folder))} is read-only: every run compiles again; set XDG_CACHE_HOME"


def text_encoding() -> Iterator[tuple[Level, str]]:
    """Characters that files and the terminal can show."""
    encodings = {locale.getencoding().upper(), (sys.stdout.encoding or "ascii").upper()}
    fine = encodings == {"UTF-8"}
    yield Level.OK if fine else Level.WARN, ", ".join(sorted(encodings)) + ("" if fine else ": set PYTHONUTF8=1")


def evidence() -> Iterator[tuple[Level, str]]:
    """The packs of parameters, complete and consistent."""
    from quell.evidence.library import check_library, load_library

    library = load_library()
    problems = check_library(library)
    yield from ((Level.FAIL, problem) for problem in problems)
    if not problems:
        yield Level.OK, f"{len(library.parameters())} parameters in {len(library.packs)} packs, each with its source"


CHECKS: dict[str, Check] = {
    "Python": python_version,
    "packages": packages,
    "precision": precision,
    "processors": processor_count,
    "memory": memory,
    "disk": disk,
    "cache": compilation_cache,
    "text": text_encoding,
    "evidence": evidence,
}
"""What is looked at, in the order of the answer."""


def versions_in_lock() -> dict[str, list[str]]:
    """Package -> the versions that the lock names (one for each Python that is tested), oldest first."""
    found: dict[str, list[str]] = {}
    for name, number in re.findall(r"^([\w.-]+)==([^\s;]+)", _lock().read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(_plain(name), []).append(number)
    return found


def _lock() -> Path:
    """The lock inside an installed package, or at the root of a clone."""
    package = Path(quell.__file__).parent
    installed = package / "requirements.lock"
    return installed if installed.exists() else package.parents[1] / "requirements.lock"


def _needed() -> Iterator[str]:
    for requirement in requires("quell") or ():
        if "extra ==" not in requirement:
            yield _plain(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _examine(check: Check) -> list[tuple[Level, str]]:
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001  what breaks is what doctor is asked to find
        return [(Level.FAIL, f"{type(error).__name__}: {escape(str(error))}")]


def _enough(found: int, wanted: int) -> Level:
    return Level.OK if found >= wanted else Level.WARN


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _coloured(level: Level) -> str:
    return f"\x1b[{_COLOURS[level]}m{level:<4}\x1b[0m" if colourful(sys.stdout) else f"{level:<4}"


def _conclusion(counts: Counter[Level]) -> str:
    if counts[Level.FAIL]:
        return "quell cannot run here. Mend what says FAIL."
    return "quell can run here; see what says warn." if counts[Level.WARN] else "quell can run here."
