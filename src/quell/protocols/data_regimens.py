"""The sentences that a data set of doses tells, each checked as if somebody had written it."""

import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.events import DoseEvent, regimens
from quell.protocols.nmtran import DataSet, dose_events
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.regimen_overlap import check_combination


def regimens_by_person(data: DataSet, treatment: str, unit: str, route: str | None) -> dict[int, tuple[Regimen, ...]]:
    """ID -> what that person is given, in the order in which it begins.

    Parameters
    ----------
    data
        Its doses.
    treatment, unit, route
        What AMT is an amount of, "mg" or "mg/kg", and how it is given.

    Raises
    ------
    StudyError
        At the record whose sentence would be refused in a study file.
    """
    persons: dict[int, list[DoseEvent]] = {}
    for event in dose_events(data, treatment, unit, route):
        persons.setdefault(event.id, []).append(event)
    return {person: _checked(data, person, regimens(events)) for person, events in persons.items()}


def _checked(data: DataSet, person: int, found: tuple[Regimen, ...]) -> tuple[Regimen, ...]:
    checked: list[Regimen] = []
    for regimen in found:
        try:
            checked.append(parse_regimen(regimen.sentence))
            check_combination(checked)
        except StudyError as error:
            message = f"{error.message} ({regimen.sentence})"
            record = _record(data, person, regimen)
            raise data.table.refuse(record, "TIME", message, error.allowed, error.suggestion) from None
    return tuple(checked)


def _record(data: DataSet, person: int, regimen: Regimen) -> int:
    """The record that begins a regimen."""
    time, amount, r = regimen.times_h()[0], regimen.amount or 0.0, data.records
    own = np.array([float(r.ids[k]) == person for k in r.person])[data.doses]
    near = abs(r.time[data.doses] - time) < 1e-6
    return int(data.doses[(own & near & (abs(r.amt[data.doses] - amount) < 1e-9)).argmax()])
