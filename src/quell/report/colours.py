"""One colour per treatment, the same in every figure of every report; one family of hues for the mechanisms.

A colour is a CSS class that sets ``--line`` (marks) and ``--ink`` (words, darker: contrast AA); the values for light,
dark and print stand in templates/style.css, so that a figure never changes with the theme.
"""

from collections.abc import Iterable, Mapping
from typing import Any

KETAMINE = ("teal", "blue", "plum")
"""Arms that give ketamine or one of its enantiomers: the first, the second, the third."""

CONTROLS = ("sand", "brick", "olive")
"""Active controls."""

INERT = ("slate",)
"""Saline, placebo, nothing."""

OTHERS = ("plum", "olive", "blue", "brick", "rose")
"""Other treatments."""

_INERT_WORDS = ("placebo", "saline", "nothing", "no treatment", "waiting list")

HUES = 8
"""Hues of the mechanisms, from blue (plasma) through violet to teal (symptoms): classes h0 to h7."""


def arm_colours(arms: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Arm name -> colour class; colours repeat only when all are taken."""
    colours: dict[str, str] = {}
    for arm in arms:
        wanted = _family(arm)
        free = (c for c in (*wanted, *OTHERS, *CONTROLS, *KETAMINE, *INERT) if c not in colours.values())
        colours[arm["name"]] = next(free, wanted[0])
    return colours


def hue(position: int, count: int) -> str:
    """Class of the ``position``-th of ``count`` signals in causal order."""
    return f"h{round(position * (HUES - 1) / max(count - 1, 1))}"


def _family(arm: Mapping[str, Any]) -> tuple[str, ...]:
    sentences = " ".join((*arm["sentences"], *(dose["drug"] for dose in arm["doses"]))).casefold()
    if "ketamine" in sentences:
        return KETAMINE
    if any(word in f"{sentences} {arm['name'].casefold()}" for word in _INERT_WORDS):
        return INERT
    return CONTROLS if arm["control"] else OTHERS
