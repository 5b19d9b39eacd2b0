"""Whether chains may be shipped: R-hat, effective sample sizes, divergences, trees cut short.

R-hat is the rank-normalised one, split in halves; sizes are of the bulk and of the tails (5 and 95 %), by ArviZ. A
posterior that misses one bar is refused, with the quantity that missed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LARGEST_R_HAT = 1.01
LEAST_SAMPLE_SIZE = 400.0


class NotConvergedError(Exception):
    """The chains miss a bar; the message names every one, worst first."""


@dataclass(frozen=True)
class Diagnostics:
    """Of every sampled quantity.

    Attributes
    ----------
    names
        Of the quantities.
    r_hat, bulk, tail
        ``(quantity,)`` each.
    divergences
        Transitions that diverged after warm-up.
    cut_short
        Transitions whose tree reached its deepest.
    """

    names: tuple[str, ...]
    r_hat: np.ndarray
    bulk: np.ndarray
    tail: np.ndarray
    divergences: int
    cut_short: int

    @property
    def problems(self) -> list[str]:
        """Every bar that is missed, one phrase each."""
        found = [
            f"R-hat of {self.names[k]} is {self.r_hat[k]:.4f}"
            for k in np.argsort(-self.r_hat)
            if not self.r_hat[k] < LARGEST_R_HAT
        ]
        for what, sizes in (("bulk", self.bulk), ("tail", self.tail)):
            found += [
                f"{what} sample size of {self.names[k]} is {sizes[k]:.0f}"
                for k in np.argsort(sizes)
                if not sizes[k] > LEAST_SAMPLE_SIZE
            ]
        return found + ([f"{self.divergences} transitions diverged"] if self.divergences else [])

    def summary(self) -> dict[str, object]:
        """What is written beside the draws."""
        worst, least = int(np.argmax(self.r_hat)), int(np.argmin(self.bulk))
        return {
            "largest_r_hat": [self.names[worst], float(self.r_hat[worst])],
            "least_bulk_sample_size": [self.names[least], float(self.bulk[least])],
            "least_tail_sample_size": [self.names[int(np.argmin(self.tail))], float(self.tail.min())],
            "divergences": self.divergences,
            "trees_cut_short": self.cut_short,
        }


def diagnose(chains: np.ndarray, names: Sequence[str], stats: Mapping[str, np.ndarray], deepest: int) -> Diagnostics:
    """Diagnostics of ``(chain, draw, quantity)``.

    Parameters
    ----------
    stats
        ``diverging`` and ``leapfrogs``, ``(chain, draw)`` each.
    deepest
        Depth at which a tree is cut short.
    """
    from arviz_stats.base.array import array_stats

    def ess(method: str, prob: tuple[float, float] | None = None) -> np.ndarray:
        return np.asarray(array_stats.ess(chains, chain_axis=0, draw_axis=1, method=method, prob=prob))

    return Diagnostics(
        tuple(names),
        np.asarray(array_stats.rhat(chains, chain_axis=0, draw_axis=1)),
        ess("bulk"),
        ess("tail", (0.05, 0.95)),
        int(np.sum(stats["diverging"])),
        int(np.sum(stats["leapfrogs"] >= 2**deepest - 1)),
    )
