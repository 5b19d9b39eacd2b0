"""A problem between sections: where in the file, what, and whether the key rather than the value is meant."""

from collections.abc import Iterable, Mapping
from typing import Any

from quell.conventions.errors import StudyError, suggest
from quell.protocols.study_schema import StudyModel
from quell.protocols.words import spell_number
from quell.protocols.yaml_reader import Keys

Problem = tuple[Keys, StudyError, bool]
"""Path in the file, error, whether the key is meant."""


def problem(
    path: Keys,
    message: str,
    *,
    at_key: bool = False,
    text: str | None = None,
    known: Iterable[str] = (),
    **more: Any,
) -> Problem:
    """A problem at a path; with ``known`` names, the one nearest to ``text`` is suggested."""
    known = tuple(known)
    if known:
        more = {"allowed": known, "suggestion": suggest(text, known) if text else None, **more}
    return path, StudyError(message, column=1, text=text, **more), at_key


def arm_names(model: StudyModel) -> tuple[str, ...]:
    """Names of all arms, in the order of the file."""
    if model.arms is not None:
        return tuple(model.arms)
    names: list[str] = []
    for epoch in model.plan or ():
        for arms in (epoch.randomise, epoch.give):
            names.extend(arms if isinstance(arms, Mapping) else ())
    return tuple(dict.fromkeys(names))


def spell_time(hours: float) -> str:
    """A time as a study file writes it: whole days from the third on, else hours, else minutes."""
    if hours >= 48 and hours % 24 == 0:
        return f"{spell_number(hours / 24)} d"
    minutes = round(hours * 60, 6)
    return f"{spell_number(minutes)} min" if minutes % 60 and abs(hours) < 2 else f"{spell_number(round(hours, 6))} h"
