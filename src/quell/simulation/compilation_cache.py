"""JAX's persistent compilation cache, from the first run: a second process compiles nothing.

The folder follows the XDG convention. Where it cannot be written quell runs all the same and compiles anew each time.
"""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/quell/compiled`` or ``~/.cache/quell/compiled``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "quell" / "compiled"


def writable(folder: Path) -> bool:
    """True where the folder exists, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def enable() -> Path | None:
    """Turn the cache on for this process; None where its folder cannot be written."""
    import jax

    import quell.simulation.precision  # noqa: F401  (flags are part of the cache's key)

    folder = cache_folder()
    if not writable(folder):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
