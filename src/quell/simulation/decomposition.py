r"""Where a difference comes from: Shapley values over its causes.

With v(S) the outcome when only the causes in S act, cause k's share is the mean, over all orders in which causes may be
switched on, of what it adds:

    phi_k = sum over S without k of |S|! (K - |S| - 1)! / K! * [v(S + k) - v(S)],      sum_k phi_k = v(all) - v(none).

Reliefs add on the log scale, so an outcome under any S follows from the reliefs of one simulation, person by person.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

CAUSES: Mapping[str, tuple[str, ...]] = {
    "pharmacology": ("relief_plasticity", "relief_acute", "relief_gaba"),
    "psychotherapy": ("relief_psychotherapy",),
    "expectancy": ("relief_expectancy",),
    "guess": ("relief_guess",),
}
"""Cause within an arm -> the reliefs that it owns."""


def shapley(causes: Sequence[str], value: Callable[[frozenset[str]], np.ndarray]) -> dict[str, np.ndarray]:
    """Each cause's share, per person.

    Parameters
    ----------
    causes
        Names of what can be switched on.
    value
        The outcome under a set of causes, ``(person,)``.

    Returns
    -------
    dict
        Cause -> share, ``(person,)``; they add to ``value(all) - value(none)``.
    """
    worth = {frozenset(s): value(frozenset(s)) for n in range(len(causes) + 1) for s in combinations(causes, n)}
    shares = {}
    for cause in causes:
        others = [x for x in causes if x != cause]
        subsets = [frozenset(s) for n in range(len(others) + 1) for s in combinations(others, n)]
        shares[cause] = sum(
            (_weight(len(s), len(causes)) * (worth[s | {cause}] - worth[s]) for s in subsets),
            start=np.zeros_like(worth[frozenset()]),
        )
    return shares


def _weight(size: int, causes: int) -> float:
    return factorial(size) * factorial(causes - size - 1) / factorial(causes)


def remaining(
    reliefs: Mapping[str, np.ndarray], causes: frozenset[str], responsiveness: float | np.ndarray
) -> np.ndarray:
    """Share of the excess over normal that is left when only these causes act, ``(person,)``."""
    total = sum((reliefs[name] for cause in CAUSES for name in CAUSES[cause] if cause in causes), start=np.zeros(1))
    return np.exp(-responsiveness * total)


def between_arms(
    excess: np.ndarray,
    responsiveness: float | np.ndarray,
    arm: Mapping[str, np.ndarray],
    control: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Shares of the difference in score between two arms, arm minus control, per person.

    Parameters
    ----------
    excess
        True baseline above normal, points, ``(person,)``.
    responsiveness
        The instrument's rho.
    arm, control
        Relief name -> window mean, ``(person,)``.

    Returns
    -------
    dict
        ``pharmacology`` (the arm's drug and therapy, under a perfect blind), ``unblinding`` (the guess, in both arms),
        ``comparator`` (what the control does by itself), ``setting`` (expectation that differs although nobody guessed:
        open label, daily care).
    """
    own = frozenset({"pharmacology", "psychotherapy"})

    def difference(s: frozenset[str]) -> np.ndarray:
        common = frozenset(({"expectancy"} if "setting" in s else set()) | ({"guess"} if "unblinding" in s else set()))
        treated = remaining(arm, common | (own if "pharmacology" in s else frozenset()), responsiveness)
        compared = remaining(control, common | (own if "comparator" in s else frozenset()), responsiveness)
        return excess * (treated - compared)

    return shapley(("pharmacology", "unblinding", "comparator", "setting"), difference)


def within_arm(
    excess: np.ndarray, responsiveness: float | np.ndarray, reliefs: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Shares of the change of the true score since baseline, by cause, per person."""
    return shapley(tuple(CAUSES), lambda s: excess * (remaining(reliefs, s, responsiveness) - 1.0))
