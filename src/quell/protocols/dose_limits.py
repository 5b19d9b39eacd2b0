"""Is a dose plausible? A slip of unit or decimal point is refused, with the limit and what was probably meant.

A drug with kinetics has a smallest and a largest single dose, a tablet a largest daily dose; the numbers and their
sources are in the evidence pack ``treatments``.
"""

from typing import Protocol

from quell.conventions.errors import StudyError
from quell.protocols.regimen import Course, Regimen
from quell.protocols.treatments import Limits, daily_dose_limit, single_dose_limits
from quell.protocols.words import spell_number


class Refuse(Protocol):
    """Makes the error at the words of the dose."""

    def __call__(self, message: str, *, allowed: str, suggestion: str | None = None) -> StudyError:
        """The error, to be raised."""
        ...


def check_dose(regimen: Regimen, refuse: Refuse) -> None:
    """Raise the error of ``refuse`` if the regimen's dose is implausible.

    Parameters
    ----------
    regimen
        A regimen with a dose above zero.
    refuse
        Called with the message, what is allowed and a suggestion.
    """
    if regimen.drug.kind == "kinetic":
        _check_single(regimen, refuse)
    else:
        _check_daily(regimen, refuse)


def _check_single(regimen: Regimen, refuse: Refuse) -> None:
    amount, unit, route = regimen.amount or 0.0, regimen.unit or "", regimen.route or ""
    limits = single_dose_limits(regimen.drug, route, unit)
    if limits.smallest <= amount <= limits.largest:
        return
    other = "mg/kg" if unit == "mg" else "mg"
    within = single_dose_limits(regimen.drug, route, other)
    meant = f"{spell_number(amount)} {other}" if within.smallest <= amount <= within.largest else None
    size = "less" if amount < limits.smallest else "more"
    message = f"{spell_number(amount)} {unit} is {size} than any plausible dose of {regimen.treatment} {route}"
    raise refuse(message, allowed=_spell(limits), suggestion=meant)


def _check_daily(regimen: Regimen, refuse: Refuse) -> None:
    amount = regimen.amount or 0.0
    per_day = 24.0 / regimen.timing.interval_h if isinstance(regimen.timing, Course) else 1.0
    largest = daily_dose_limit(regimen.drug)
    if amount * per_day > largest:
        daily = spell_number(round(amount * per_day, 6))
        message = f"{daily} mg a day is more than any plausible dose of {regimen.treatment}"
        raise refuse(message, allowed=f"up to {spell_number(round(largest, 6))} mg a day")


def _spell(limits: Limits) -> str:
    return f"{spell_number(round(limits.smallest, 6))} to {spell_number(round(limits.largest, 6))} {limits.unit}"
