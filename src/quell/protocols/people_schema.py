"""The ``people`` section: who is enrolled, and how many."""

from typing import Annotated

from pydantic import Field

from quell.conventions.bounds import MOST_PEOPLE
from quell.conventions.dimensions import DISORDERS, INSTRUMENTS, known_name
from quell.conventions.errors import StudyError, suggest
from quell.conventions.units import ALIASES
from quell.people.specification import ADULT_AGES, SCREENING_H, EntryRule, PeopleSpecification
from quell.protocols.conditions import EXAMPLES, Comparison, Condition, parse_condition
from quell.protocols.forms import Grammar
from quell.protocols.phrases import Flag, Phrase, PhraseError, Section, whole_number
from quell.protocols.slots import MEASURE_UNITS, SLOTS
from quell.protocols.words import split_words

ConditionField = Annotated[Condition, Phrase(parse_condition, EXAMPLES, "a condition")]
"""A condition as in "LSAS >= 60 at screening"."""


def parse_disorders(text: str) -> tuple[str, ...]:
    """Disorders joined by "or": "generalised anxiety disorder or social anxiety disorder"."""
    found: list[str] = []
    start = 0
    for piece in text.split(" or "):
        name = known_name(piece, DISORDERS)
        if name is None:
            spellings = [*DISORDERS, *(other for others in DISORDERS.values() for other in others)]
            column = start + len(piece) - len(piece.lstrip()) + 1
            known = suggest(piece.strip(), spellings)
            message = f'unknown disorder "{piece.strip()}"'
            raise StudyError(message, column=column, text=piece.strip(), allowed=DISORDERS, suggestion=known)
        found.append(name)
        start += len(piece) + len(" or ")
    return tuple(dict.fromkeys(found))


def parse_ages(text: str) -> tuple[float, float]:
    """A range of ages: "18 to 65 years"."""
    low, high = _AGES.read(text)
    if not ADULT_AGES[0] <= low <= high <= ADULT_AGES[1]:
        allowed = f"{ADULT_AGES[0]:.0f} to {ADULT_AGES[1]:.0f} years"
        message = "these ages cannot be simulated" if low <= high else "the lowest age is above the highest"
        raise StudyError(message, column=1, text=text.strip(), allowed=allowed, suggestion=_clipped(low, high))
    return low, high


def _clipped(low: float, high: float) -> str:
    ages = sorted(min(max(age, ADULT_AGES[0]), ADULT_AGES[1]) for age in (low, high))
    return f"{ages[0]:.0f} to {ages[1]:.0f} years" if ages[0] < ages[1] else "18 to 65 years"


def _ages(low: float, high: float, unit: str) -> tuple[float, float]:
    if ALIASES.get(unit, unit) != "a":
        raise StudyError("ages are in years", allowed="18 to 65 years", suggestion=f"{low:g} to {high:g} years")
    return low, high


def _resistant(text: str) -> bool:
    if text.casefold() in ("yes", "no", "true", "false"):
        return text.casefold() in ("yes", "true")
    number = _RESISTANT.read(text)
    if number != 2:
        message = "resistance is known as at least 2 failed adequate drugs"
        word = next(word for word in split_words(text) if word.number is not None)
        raise StudyError(message, column=word.start + 1, text=word.text, allowed="2", suggestion=_FAILED)
    return True


def _inflation(text: str) -> float:
    points = _INFLATION.read(text)
    if not 0 <= points <= 20:
        raise StudyError("an implausible inflation of scores", column=1, text=text.strip(), allowed="0 to 20 points")
    return points


_FAILED = "at least 2 failed adequate drugs"
_AGES = Grammar("a range of ages", {"{number:low} to {number:high} {words:unit}": _ages}, SLOTS, ("18 to 65 years",))
_RESISTANT = Grammar(
    "treatment resistance",
    {"at least {whole} failed [adequate] drugs|treatments": lambda whole: whole},
    SLOTS,
    (_FAILED, "yes"),
)
_INFLATION = Grammar(
    "the inflation of scores", {"[assumed] {number} points": lambda number: number}, SLOTS, ("assumed 2 points",)
)
_DISORDERS = Phrase(
    parse_disorders, ("social anxiety disorder",), "a disorder, or several joined by or", {"type": "string"}
)


class People(Section):
    """Who is enrolled."""

    disorder: Annotated[tuple[str, ...], _DISORDERS] = Field(description=f"One of: {', '.join(DISORDERS)}.")
    treatment_resistant: Annotated[bool | None, Phrase(_resistant, (True, _FAILED), "treatment resistance",
                         {"type": ["boolean", "string"]})] = None  # fmt: skip
    age: Annotated[tuple[float, float], Phrase(parse_ages, ("18 to 65 years",), "lowest and highest age")] = ADULT_AGES
    enrol: ConditionField | None = Field(
        None, description="Conditions joined by and; all must hold on observed values."
    )
    exclude: ConditionField | None = Field(None, description="Conditions joined by or; one is enough to exclude.")
    comorbid: Annotated[tuple[str, ...], _DISORDERS] = Field((), description="A disorder that everybody has besides.")
    without: Annotated[tuple[str, ...], _DISORDERS] = Field((), description="Disorders that exclude, joined by or.")
    ssri_at_entry: Flag | None = Field(None, alias="SSRI at entry", description="Stable SSRI; as it comes if left out.")
    benzodiazepine_at_entry: Flag | None = Field(None, description="Daily benzodiazepine; as it comes if left out.")
    score_inflation_at_entry: Annotated[float, Phrase(_inflation, ("assumed 2 points",), "points added at entry")] = 0.0
    count: Annotated[int | None, whole_number(1, MOST_PEOPLE, "the number of virtual people", 2000)] = Field(
        None, description="Virtual people, each simulated under every arm."
    )
    randomised: Annotated[int | None, whole_number(2, 100_000, "the number randomised", 120)] = Field(
        None, description="The trial's n."
    )

    def specification(self) -> PeopleSpecification:
        """The same as :func:`quell.people.cohort.enrol` reads it.

        Raises
        ------
        PhraseError
            For an entry condition that people cannot be enrolled by.
        """
        return PeopleSpecification(
            disorder=self.disorder[0],
            alternatives=self.disorder[1:],
            comorbid=self.comorbid,
            without=self.without,
            treatment_resistant=self.treatment_resistant,
            age=self.age,
            enrol=_rules(self.enrol, "and", "enrol"),
            exclude=_rules(self.exclude, "or", "exclude"),
            ssri_use=self.ssri_at_entry,
            benzodiazepine_use=self.benzodiazepine_at_entry,
            score_inflation=self.score_inflation_at_entry,
            count=self.count,
        )


def _rules(condition: Condition | None, joined: str, key: str) -> tuple[EntryRule, ...]:
    """A condition as entry rules: enrolment needs all of them, exclusion any one."""
    if condition is None:
        return ()
    if len(condition.terms) > 1 and condition.joined != joined:
        meant = f" {joined} ".join(str(term) for term in condition.terms)
        message = f'"{key}" joins its conditions by {joined}'
        raise PhraseError(StudyError(message, allowed=f"conditions joined by {joined}", suggestion=meant), (key,))
    return tuple(_rule(term, key) for term in condition.terms)


def _rule(term: object, key: str) -> EntryRule:
    example = "LSAS >= 60 at screening"
    if not isinstance(term, Comparison) or term.statistic != "value" or term.reference is not None:
        raise PhraseError(StudyError("people are enrolled on values measured at entry", allowed=example), (key,))
    if term.measure not in INSTRUMENTS and term.measure not in MEASURE_UNITS:
        raise PhraseError(StudyError(f"people are not enrolled by {term.measure}", allowed=example), (key,))
    times = [
        time for when in term.when for time in when.times_h or ((SCREENING_H,) if when.visits == "screening" else ())
    ]
    if len(times) < len(term.when) or any(time > 0 for time in times):
        message, meant = "entry is decided by the first dose", f"{term} at 0 d"
        raise PhraseError(StudyError(message, allowed=f"{term} at screening, {meant}", suggestion=meant), (key,))
    return EntryRule(term.measure, term.comparison, term.value, term.unit, tuple(times) or (SCREENING_H,))
