"""The facts a credible model reproduces, each with the observations that carry it.

The table is ``facts.toml``. Each fact says whether it is fitted, only compared, or judges the model; figures of
held-out observations stand nowhere but in their own files.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

USES: Mapping[str, str] = {
    "fit": "at least one observation is fitted",
    "shape": "fitted for its time course only",
    "check": "compared after the fit",
    "held out": "judges the model",
}
"""Use of a fact -> meaning."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact: its number, what it says, its use, and ids of its observations ("study.name")."""

    number: int
    title: str
    use: str
    observations: tuple[str, ...]
    note: str = ""


@cache
def load_facts() -> tuple[Fact, ...]:
    """The facts in the order of their numbers."""
    content = tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
    return tuple(
        Fact(fact["number"], fact["title"], fact["use"], tuple(fact["observations"]), fact.get("note", ""))
        for fact in content["fact"]
    )
