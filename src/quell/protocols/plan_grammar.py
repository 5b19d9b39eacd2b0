"""Phrases of a trial's plan: how long an epoch lasts, who is randomised how, what happens otherwise, sites, events."""

from dataclasses import dataclass
from typing import Any

from quell.conventions.errors import StudyError
from quell.protocols.conditions import EXAMPLES as CONDITIONS
from quell.protocols.conditions import HAPPENINGS, Condition, parse_condition
from quell.protocols.forms import Grammar
from quell.protocols.slots import SLOTS, one_word
from quell.protocols.treatments import DRUGS


@dataclass(frozen=True, slots=True)
class Lasts:
    """Length of an epoch in hours, and the event that ends it earlier."""

    hours: float
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What becomes of people who may not enter an epoch: they wait, or leave."""

    wait_h: float | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Recruitment:
    """People per site and month (28 days)."""

    per_month: float


@dataclass(frozen=True, slots=True)
class SiteSpread:
    """SD between sites, in points of an instrument."""

    value: float
    instrument: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many people an event befalls: a share per ``per`` ("period", "month", "year", ...) or by a time in hours."""

    share: float
    per: str | None = None
    by_h: float | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Rescue:
    """A rescue drug and its dose in mg, if stated."""

    drug: str
    amount_mg: float | None = None


def parse_lasts(text: str) -> Lasts:
    """How long an epoch lasts: "28 d", "26 weeks or until relapse"."""
    lasts: Lasts = _LASTS.read(text)
    if lasts.hours <= 0:
        raise StudyError("an epoch has a length above zero", column=1, text=text.strip(), allowed="28 d, 26 weeks")
    return lasts


def parse_otherwise(text: str) -> Otherwise:
    """What happens otherwise: "wait 7 d at most 4 times", "leave"."""
    return _OTHERWISE.read(text)


def parse_ratio(text: str) -> tuple[int, ...]:
    """An allocation ratio: "1:1", "2:1:1"."""
    parts = text.strip().split(":")
    if len(parts) < 2 or not all(part.isdecimal() and 0 < int(part) <= 100 for part in parts):
        raise StudyError(
            "an unknown allocation ratio", column=1, text=text.strip(), allowed="1:1, 2:1, 1:1:1", suggestion="1:1"
        )
    return tuple(int(part) for part in parts)


def parse_stratum(text: str) -> str | Condition:
    """What randomisation is stratified by: "site", "SSRI at entry", or a condition."""
    words = " ".join(text.split())
    for known in ("site", "SSRI at entry", "benzodiazepine at entry", "sex", "treatment resistant"):
        if known.casefold() == words.casefold():
            return known
    try:
        return parse_condition(text)
    except StudyError as error:
        error.allowed = f"site, SSRI at entry, sex, {CONDITIONS[0]}"
        raise


def parse_recruitment(text: str) -> Recruitment:
    """Speed of recruitment: "0.8 per site per month"."""
    recruitment: Recruitment = _RECRUITMENT.read(text)
    if not 0 < recruitment.per_month <= 1000:
        raise StudyError(
            "an impossible speed of recruitment", column=1, text=text.strip(), allowed="0.8 per site per month"
        )
    return recruitment


def parse_site_spread(text: str) -> SiteSpread:
    """Spread between sites: "1.5 HAM-A points"."""
    spread: SiteSpread = _SITE_SPREAD.read(text)
    if spread.value < 0:
        raise StudyError(
            "a standard deviation is not negative", column=1, text=text.strip(), allowed="1.5 HAM-A points"
        )
    return spread


def parse_share(text: str) -> Share:
    """How many leave or stop: "5 % per period", "20 % by 28 d"."""
    return _SHARE.read(text)


def parse_stop(text: str) -> Share | Condition:
    """Why treatment stops: "adverse event or no improvement", "adverse event 1 % per month", or a condition."""
    if "%" in text and " per " in text:
        return _STOP.read(text)
    return parse_condition(text)


def parse_rescue(text: str) -> Rescue:
    """A rescue drug: "lorazepam" or "lorazepam 1 mg"."""
    rescue: Rescue = _RESCUE.read(text)
    if rescue.amount_mg is not None and not 0 < rescue.amount_mg <= 100:
        raise StudyError("an implausible rescue dose", column=1, text=text.strip(), allowed="lorazepam 1 mg")
    return rescue


def parse_reason(text: str) -> str:
    """What leaving depends on: "last HAM-A", "guess", "side effects"."""
    return _REASON.read(text)


def _recruited(number: float, period: str) -> Recruitment:
    return Recruitment(number * {"week": 4.0, "month": 1.0, "year": 1.0 / 13.0}[period])


_PERIODS = ("period", "epoch", "week", "month", "year")
_RESCUERS = tuple(name for name, drug in DRUGS.items() if drug.kind == "benzodiazepine")
_SLOTS: dict[str, Any] = {
    **SLOTS,
    "period": one_word(*_PERIODS),
    "calendar": one_word("week", "month", "year"),
    "cause": one_word(*HAPPENINGS),
    "rescuer": one_word(*_RESCUERS),
}
_LASTS = Grammar(
    "the length of an epoch",
    {"{time:hours}": Lasts, "{time:hours} or until {words:until}": Lasts},
    _SLOTS,
    ("28 d", "26 weeks or until relapse"),
)
_OTHERWISE = Grammar(
    "what happens otherwise",
    {"wait {time:wait_h} [at most {whole:at_most} times]": Otherwise, "leave": Otherwise, "leaves": Otherwise},
    _SLOTS,
    ("wait 7 d at most 4 times", "leave"),
)
_RECRUITMENT = Grammar(
    "recruitment", {"{number} per site per {calendar:period}": _recruited}, _SLOTS, ("0.8 per site per month",)
)
_SITE_SPREAD = Grammar(
    "the spread between sites", {"{number:value} {instrument} points": SiteSpread}, _SLOTS, ("1.5 HAM-A points",)
)
_SHARE = Grammar(
    "a share of people",
    {"{percent:share} per {period:per}": Share, "{percent:share} by {time:by_h}": Share, "{percent:share}": Share},
    _SLOTS,
    ("5 % per period", "20 % by 28 d"),
)
_STOP = Grammar(
    "why treatment stops", {"{cause} {percent:share} per {period:per}": Share}, _SLOTS, ("adverse event 1 % per month",)
)
_RESCUE = Grammar(
    "a rescue drug", {"{rescuer:drug} [{number:amount_mg} mg]": Rescue}, _SLOTS, ("lorazepam", "lorazepam 1 mg")
)
_REASON = Grammar(
    "a reason to leave",
    {"last {instrument}": lambda instrument: f"last {instrument}", "{reason}": lambda reason: reason},
    {**_SLOTS, "reason": one_word("guess", "side effects", "treatment", "no improvement")},
    ("last HAM-A", "guess", "side effects"),
)
