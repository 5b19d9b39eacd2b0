"""JAX's persistent compilation cache, from the first run: a second process compiles nothing.

Where its folder cannot be written quell runs all the same and compiles anew each time.
"""

from pathlib import Path

from quell.conventions.machine import cache_folder, can_write


def enable() -> Path | None:
    """Turn the cache on for this process; None where its folder cannot be written."""
    import jax

    import quell.simulation.precision  # noqa: F401  (flags are part of the cache's key)

    folder = cache_folder() / "compiled"
    if not can_write(folder):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
