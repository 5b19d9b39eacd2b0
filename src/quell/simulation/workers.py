"""Threads that share a run's work; what has not begun is dropped when the run ends early."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


class Workers:
    """A number of threads, as a context.

    Parameters
    ----------
    threads
        How many; no number of a run depends on it.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads)

    def start(self, work: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[Future[_Found]]:
        """Begin the work on every item, in order."""
        return [self._pool.submit(work, item) for item in items]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def results(begun: Sequence[Future[Any]]) -> list[Any]:
    """What was found, in order; the first failure is raised."""
    return [x.result() for x in begun]
