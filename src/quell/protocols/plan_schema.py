"""Sections that say how a trial runs: ``plan``, ``sites``, ``blinding``, ``events``, ``limits``."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from quell.conventions.errors import StudyError
from quell.conventions.units import parse_quantity
from quell.protocols import plan_grammar as plan
from quell.protocols.conditions import Condition
from quell.protocols.people_schema import ConditionField
from quell.protocols.phrases import Flag, Name, Phrase, PhraseError, Section, free_keys, one_of, whole_number
from quell.protocols.visit_grammar import Guess, parse_guess

MEMORY = "memory of "
"""Keys of ``blinding`` that begin so name an epoch whose guess is remembered."""


class Epoch(Section):
    """One stretch of a plan: a treatment given to everybody, or arms that people are randomised to."""

    epoch: Name
    give: Name | dict[str, Name] | None = Field(None, description="One treatment for all, or arm: treatment.")
    randomise: dict[str, Name] | None = Field(None, description="Arm: treatment.")
    ratio: Annotated[tuple[int, ...] | None, Phrase(plan.parse_ratio, ("1:1", "2:1"), "allocation ratio")] = None
    blocks: list[Annotated[int, whole_number(2, 100, "a block size")]] | None = None
    strata: list[Annotated[Any, Phrase(plan.parse_stratum, ("site", "HAM-A <= 7 at 21 d"), "a stratum")]] | None = None
    enter: ConditionField | None = Field(None, description="Who enters the epoch.")
    otherwise: Annotated[
        plan.Otherwise | None, Phrase(plan.parse_otherwise, ("wait 7 d at most 4 times", "leave"), "otherwise")
    ] = None
    lasts: Annotated[plan.Lasts, Phrase(plan.parse_lasts, ("28 d", "26 weeks or until relapse"), "length")]
    open_label: Flag = False


class Sites(Section):
    """Where people are recruited."""

    number: Annotated[int, whole_number(1, 1000, "the number of sites")]
    recruit: Annotated[
        plan.Recruitment | None, Phrase(plan.parse_recruitment, ("0.8 per site per month",), "speed of recruitment")
    ] = None
    site_sd: Annotated[
        plan.SiteSpread | None, Phrase(plan.parse_site_spread, ("1.5 HAM-A points",), "spread between sites")
    ] = Field(None, alias="site SD")


class Blinding(Section):
    """Who guesses what, who knows what. ``memory of EPOCH: yes`` carries the guess of an epoch into the next."""

    model_config = free_keys("memory", pattern=f"^{MEMORY}")

    guess: list[Annotated[Guess, Phrase(parse_guess, ("patient at 60 min", "rater at 14 d"), "a guess")]] | None = None
    choices: list[Name] | None = Field(None, description="What may be guessed; the arms and do not know if left out.")
    rater: Annotated[str | None, one_of(("absent from infusions", "present at infusions", "central"), "rater")] = None
    open_label: Flag | list[Name] = Field(False, description="yes, or the arms that everybody knows.")
    memory: dict[str, Flag] = Field({}, description="Epoch: whether its guess is remembered later.")

    @model_validator(mode="before")
    @classmethod
    def _gather_memory(cls, value: Any) -> Any:
        return gather(value, "memory", lambda key: key.removeprefix(MEMORY) if key.startswith(MEMORY) else None)


class Events(Section):
    """What can happen to people during the trial."""

    infusion_stopped: ConditionField | None = Field(None, description="When an infusion is stopped.")
    rescue: Annotated[plan.Rescue | None, Phrase(plan.parse_rescue, ("lorazepam 1 mg",), "a rescue drug")] = None
    leaves_the_study: Annotated[
        plan.Share | None, Phrase(plan.parse_share, ("5 % per period", "20 % by 28 d"), "how many leave")
    ] = None
    stops_treatment: Annotated[
        plan.Share | Condition | None,
        Phrase(
            plan.parse_stop, ("adverse event or no improvement", "adverse event 1 % per month"), "why treatment stops"
        ),
    ] = None
    stays_after_stopping: Annotated[plan.Share | None, Phrase(plan.parse_share, ("50 %",), "how many stay")] = None
    leaving_depends_on: list[Annotated[str, Phrase(plan.parse_reason, ("last HAM-A", "guess"), "a reason")]] | None = (
        None
    )
    relapse: ConditionField | None = Field(None, description="What counts as relapse.")
    relapse_dated: Annotated[
        str | None, one_of(("first of the two visits", "second of the two visits"), "date of relapse")
    ] = None


def _quantity(like: str, lowest: float, highest: float) -> Phrase:
    """A quantity in a unit, within bounds."""
    example = f"{highest / 2:g} {like}" if like != "1" else f"{highest / 2:g}"

    def read(text: str) -> float:
        value = parse_quantity(text, like).to(like)
        if not lowest <= value <= highest:
            allowed = f"{lowest:g} to {highest:g}" + ("" if like == "1" else f" {like}")
            raise StudyError("an implausible limit", column=1, text=text.strip(), allowed=allowed)
        return value

    return Phrase(read, (example,), "a limit", {"type": ["string", "number"]})


def _exposure(text: str) -> tuple[float, str]:
    """Total dose as (amount, unit): mg/kg or mg."""
    quantity = parse_quantity(text)
    if quantity.unit not in ("mg", "mg/kg") or quantity.value <= 0:
        raise StudyError("a total dose is in mg or mg/kg", column=1, text=text.strip(), allowed="6 mg/kg, 400 mg")
    return quantity.value, quantity.unit


class Limits(Section):
    """Bounds that a regimen must keep, for the share of people over each."""

    sbp: Annotated[float | None, _quantity("mmHg", 100, 260)] = Field(None, alias="SBP")
    dbp: Annotated[float | None, _quantity("mmHg", 60, 160)] = Field(None, alias="DBP")
    sbp_rise: Annotated[float | None, _quantity("mmHg", 0, 120)] = Field(None, alias="SBP rise")
    dbp_rise: Annotated[float | None, _quantity("mmHg", 0, 80)] = Field(None, alias="DBP rise")
    heart_rate: Annotated[float | None, _quantity("1/min", 60, 220)] = None
    cadss: Annotated[float | None, _quantity("1", 0, 92)] = Field(None, alias="CADSS")
    sedation: Annotated[float | None, _quantity("1", 0, 10)] = None
    total_exposure: Annotated[
        tuple[float, str] | None, Phrase(_exposure, ("6 mg/kg", "400 mg"), "total dose of ketamine")
    ] = None
    visits: Annotated[int | None, whole_number(1, 1000, "the number of visits")] = None
    share_over: Annotated[plan.Share | None, Phrase(plan.parse_share, ("5 %",), "share of people over a limit")] = None


def gather(value: Any, into: str, name: Any) -> Any:
    """Move the free keys of a mapping, those that ``name`` gives a name, into the mapping under key ``into``."""
    if not isinstance(value, dict):
        return value
    moved = {found: content for key, content in value.items() if (found := name(key)) is not None}
    if not moved:
        return value
    if into in value:
        raise PhraseError(StudyError(f'unknown key "{into}"', text=into), (into,), at_key=True)
    return {**{key: content for key, content in value.items() if name(key) is None}, into: moved}
