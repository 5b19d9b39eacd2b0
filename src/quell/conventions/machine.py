"""What this machine offers: processors, memory, disk, a folder for what may be lost.

Limits of a container count: the smallest of what the machine has and what this process may use is returned.
"""

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path

_CONTROL_GROUP = Path("/sys/fs/cgroup")
_MEMORY_TABLE = Path("/proc/meminfo")


def processors() -> int:
    """Number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    quota = _processor_quota()
    return allowed if quota is None else max(1, min(allowed, round(quota)))


def available_memory() -> int | None:
    """Bytes of memory that can be asked for without harm to others, or None where that cannot be told."""
    found = [size for size in (_available_in_machine(), _available_in_container()) if size is not None]
    return min(found, default=None)


def free_disk(folder: Path) -> int:
    """Bytes free where the folder is, or would be made."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def cache_folder() -> Path:
    """Folder for what can be made again, such as compiled programs; it need not exist yet."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        return Path(chosen) / "quell"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "quell"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "quell" / "cache"
    return Path.home() / ".cache" / "quell"


def can_write(folder: Path) -> bool:
    """Whether files can be made in the folder; it is made if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def keep_freed_memory() -> bool:
    """Let this process keep large memory that it frees instead of giving it back and asking anew; where glibc can.

    A run frees and takes hundreds of megabytes for every group of people; the system clears what it hands out again.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(set_option(option, size) == 1 for option, size in _KEEPING)


_KEEPING = ((-3, 1 << 30), (-1, 2**31 - 1), (-2, 64 << 20))
"""glibc's M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD, bytes."""


def _processor_quota() -> float | None:
    words = (_read(_CONTROL_GROUP / "cpu.max") or "max").split()
    return None if words[0] == "max" else int(words[0]) / int(words[1])


def _available_in_machine() -> int | None:
    table = _read(_MEMORY_TABLE) or ""
    line = next((line for line in table.splitlines() if line.startswith("MemAvailable:")), None)
    if line is not None:
        return int(line.split()[1]) * 1024
    if "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _available_in_container() -> int | None:
    limit, used = _read(_CONTROL_GROUP / "memory.max"), _read(_CONTROL_GROUP / "memory.current")
    if limit is None or used is None or limit == "max":
        return None
    return max(int(limit) - int(used) + _reclaimable(), 0)


def _reclaimable() -> int:
    """Bytes of file cache that count as used but are given back when asked for."""
    rows = dict(line.split() for line in (_read(_CONTROL_GROUP / "memory.stat") or "").splitlines())
    return int(rows.get("inactive_file", 0))


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
