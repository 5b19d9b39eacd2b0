"""Compiled programs kept on disk, so that a second process neither traces nor compiles them.

JAX's own cache keeps what XLA compiled, but every process still reads the formulas, lowers them and looks the result
up: most of a second. Here the executable itself is kept, under a name made of everything it is made from: the source of
the module that declares it and of every module of quell which that one imports, directly or not, the versions of JAX,
this processor and XLA's flags, the shapes of what goes in, and what the caller says of it. Where the folder cannot be
used the program is made anew each time.

quell's own cascade is made by a process of its own, with an option of XLA that this process does without
(:mod:`quell.simulation.precision`); should that process fail, the program is compiled here, slower but the same within
rounding.
"""

import hashlib
import os
import pickle
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from quell.conventions.machine import cache_folder, can_write
from quell.simulation.precision import GIVEN_FLAGS, MAKING

_ROOT = Path(__file__).parents[2]
_IMPORTS = re.compile(r"(?:from|import) (quell(?:\.\w+)*)(?: import (\([^)]*\)|[^\n]*))?")
_PROCESSOR = Path("/proc/cpuinfo")


class KeptProgram:
    """A function of arrays, compiled once for each set of shapes.

    Parameters
    ----------
    function
        Traceable by JAX.
    identity
        Whatever distinguishes this function besides its source: its name and what it closes over. None keeps nothing
        on disk.
    module
        Name of the module that declares the function and imports all that its formulas are made of.
    maker
        Name of a module that, run by itself, makes and keeps this program; None: this process does.
    """

    def __init__(
        self, function: Callable[..., Any], identity: str | None, module: str, maker: str | None = None
    ) -> None:
        self._jitted = jax.jit(function)
        self._identity, self._module = identity, module
        self._maker = None if identity is None or os.environ.get(MAKING) else maker
        self._ready: dict[Any, Callable[..., Any]] = {}
        self._lock = Lock()

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns; arguments are arrays and numbers, or trees of them."""
        leaves, tree = jax.tree.flatten(arguments)
        if any(isinstance(x, Tracer) for x in leaves):
            return self._jitted(*arguments)
        shapes = tree, tuple((x.shape, x.dtype.str) for x in map(_array, leaves))
        program = self._ready.get(shapes)
        if program is None:
            with self._lock:
                program = self._ready.get(shapes) or self._ready.setdefault(shapes, self._program(shapes, arguments))
        return program(*arguments)

    @property
    def compilations(self) -> int:
        """Number of sets of shapes that this process has met."""
        return len(self._ready)

    def _program(self, shapes: Any, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        if self._identity is None:
            return self._compiled(arguments)
        folder, name = cache_folder() / "programs", _name(self._identity, self._module, shapes)
        found = _read(folder / name) or (_made(self._maker, name) if self._maker else None)
        if found is None:
            found = self._compiled(arguments)
            taken_from_another_cache = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
            if can_write(folder) and not taken_from_another_cache:  # such a program cannot be written again
                _write(folder / name, found)
        return found

    def _compiled(self, arguments: tuple[Any, ...]) -> Any:
        return self._jitted.lower(*arguments).compile()


def _array(x: Any) -> Any:
    return x if hasattr(x, "dtype") else np.asarray(x)


def _name(identity: str, module: str, shapes: Any) -> str:
    """Name of a program's file."""
    made_from = "\n".join((_surroundings(), _source(module), identity, str(shapes)))
    return f"{hashlib.sha256(made_from.encode()).hexdigest()[:40]}.executable"


def _made(maker: str, name: str) -> Callable[..., Any] | None:
    """The program that another process makes, or None if it does not; in a folder of its own where none can be kept."""
    with tempfile.TemporaryDirectory(prefix="quell-") as temporary:
        kept = can_write(cache_folder() / "programs")
        environment = {**os.environ, MAKING: "1"}
        if not kept:
            environment["XDG_CACHE_HOME"] = temporary
        words, nowhere = [sys.executable, "-m", maker], subprocess.DEVNULL
        subprocess.run(words, env=environment, check=False, stdin=nowhere, stdout=nowhere, stderr=nowhere)  # noqa: S603
        return _read((cache_folder() if kept else Path(temporary) / "quell") / "programs" / name)


@cache
def _source(module: str) -> str:
    """The source of a module of quell and of all that it imports, as one hash."""
    found = sources(module)
    return hashlib.sha256(b"".join(found[name] for name in sorted(found))).hexdigest()


def sources(module: str) -> dict[str, bytes]:
    """Name and source of a module of quell and of all that it imports, directly or not."""
    found, waiting = dict[str, bytes](), [module]
    while waiting:
        name = waiting.pop()
        file = _ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name not in found and file.exists():
            found[name] = file.read_bytes()
            waiting += [y for x in _IMPORTS.findall(found[name].decode()) for y in _modules(*x)]
    return found


def _modules(package: str, names: str) -> list[str]:
    """Modules that an import statement may name."""
    return [package, *(f"{package}.{name}" for name in re.findall(r"\w+", names))]


@cache
def _surroundings() -> str:
    """What every program depends on: versions, processor, flags."""
    versions = (version("jax"), version("jaxlib"), platform.python_version(), platform.machine())
    return "\n".join((*versions, _processor(), GIVEN_FLAGS))


def _processor() -> str:
    """The processor's name and abilities, as far as the system tells them."""
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part")))


def _read(place: Path) -> Callable[..., Any] | None:
    """The program in a file; None where there is none or it cannot be used here."""
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        return deserialize_and_load(*pickle.loads(place.read_bytes()))  # noqa: S301  (our own cache, as JAX's)
    except FileNotFoundError:
        return None
    except Exception:  # noqa: BLE001  (a torn or foreign file is compiled anew, whatever the loader says of it)
        return None


def _write(place: Path, program: Any) -> None:
    """Keep a program; a disk that is full or a folder that went away costs the next process time, nothing else."""
    from jax.experimental.serialize_executable import serialize

    ours = place.with_suffix(f".{os.getpid()}.part")
    try:
        ours.write_bytes(pickle.dumps(serialize(program)))
        ours.replace(place)
    except (OSError, ValueError, NotImplementedError):
        ours.unlink(missing_ok=True)
