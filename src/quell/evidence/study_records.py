"""One published trial or report: its people, its arms as dose sentences, and what was observed.

An observation is one printed figure of an arm, or of a contrast "A - B" of two arms,

    statistic(measure, arm, time or best within a window) = value, with a spread and the people behind it,

or a fact without a figure: an order of arms, a bound, a finding in words. Its role says what it may do; roles go by
people (docs/decisions/005): whoever is held out is held out in every report of theirs.
"""

from dataclasses import dataclass

from quell.conventions.units import parse_quantity


@dataclass(frozen=True, slots=True)
class Spread:
    """How sure a figure is.

    Parameters
    ----------
    kind
        One of :data:`quell.evidence.study_words.SPREADS`.
    low, high
        Equal for all kinds but ``ci``; in the unit of the value (``log_se`` and ``relative``: pure numbers).
    grade
        "measured" where the source prints it, "derived" where it follows from printed figures, else "assumed".
    how
        How it was derived or assumed.
    """

    kind: str
    low: float
    high: float
    grade: str = "measured"
    how: str = ""


@dataclass(frozen=True, slots=True)
class StudyPeople:
    """Who took part.

    Parameters
    ----------
    disorder
        In the words of the study file ("generalised anxiety disorder or social anxiety disorder"), or empty.
    condition
        One of :data:`quell.evidence.study_words.CONDITIONS` where the study file has no word for them.
    n
        Number of people; 0 where unknown.
    age, enrol
        In the grammar of the study file; empty where unknown.
    resistant
        "yes", "no", "mixed" or "unknown".
    units
        Names of the groups of people; two reports that name one unit report on the same people.
    may_overlap
        Studies whose people may be among these; nobody says.
    """

    disorder: str = ""
    condition: str = ""
    n: int = 0
    age: str = ""
    resistant: str = "unknown"
    enrol: str = ""
    setting: str = "blind"
    rater: str = ""
    units: tuple[str, ...] = ()
    may_overlap: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StudyArm:
    """One arm: ``gives`` holds dose sentences for the parser, or is empty where ``instead`` says what was given."""

    name: str
    n: int = 0
    gives: tuple[str, ...] = ()
    instead: str = ""
    note: str = ""

    @property
    def can_be_simulated(self) -> bool:
        """Whether the catalogue of treatments covers it."""
        return bool(self.gives)


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure or fact; values in ``unit``.

    Parameters
    ----------
    study, name
        Where it stands; together they are its ``id``.
    arm
        An arm's name, "A - B" for a contrast, "A, B, C" for several arms together.
    measure
        A rating scale, a safety measure, or another of :data:`quell.evidence.study_measures.OTHER_MEASURES`.
    time
        When, as a quantity of time after ``since``; empty where the source does not say.
    within
        The window of a best value or of a mean: "0 h to 14 d"; empty for one moment.
    count, of
        Responders and people, for the statistic "responders"; ``value`` is then their percentage.
    definition
        A response as a condition of the study file; ``definition_words`` where that grammar cannot say it.
    relative_to
        The time whose figure a "time ratio", or a bound of one, is taken over.
    order
        Arms and the signs between them, the smallest effect first: ("low", "<", "high", "<=", "higher").
    at_least, at_most
        Bounds of a bounded figure.
    rows
        Rows of the collected tables it carries: "clin_outcomes R001", "pd_observations 12" (counted from 1).
    derived_by
        Name of the figure in scripts/derive_study_summaries.py that recomputes it.
    """

    study: str
    name: str
    arm: str
    measure: str
    statistic: str
    role: str
    informs: str
    grade: str
    verified: str
    source: tuple[str, ...]
    place: str
    value: float | None = None
    unit: str = "points"
    time: str = ""
    since: str = "first dose"
    within: str = ""
    relative_to: str = ""
    spread: Spread | None = None
    count: int | None = None
    of: int | None = None
    n: int = 0
    definition: str = ""
    definition_words: str = ""
    order: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    words: str = ""
    note: str = ""
    rows: tuple[str, ...] = ()
    derived_by: str = ""

    @property
    def id(self) -> str:
        """``study.name``."""
        return f"{self.study}.{self.name}"

    @property
    def time_h(self) -> float | None:
        """Hours after ``since``; None where the source does not say."""
        return parse_quantity(self.time, "h").to("h") if self.time else None

    @property
    def relative_to_h(self) -> float | None:
        """Hours of the time that a time ratio is relative to, or None."""
        return parse_quantity(self.relative_to, "h").to("h") if self.relative_to else None

    @property
    def window_h(self) -> tuple[float, float] | None:
        """The window in hours, or None."""
        if not self.within:
            return None
        begin, end = (parse_quantity(part, "h").to("h") for part in self.within.split(" to "))
        return begin, end

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms it speaks about, the first of a contrast first."""
        return tuple(part.strip() for part in self.arm.replace(" - ", ",").split(","))

    @property
    def is_contrast(self) -> bool:
        """Whether it compares two arms."""
        return " - " in self.arm


@dataclass(frozen=True, slots=True)
class Study:
    """A trial or report with its observations; those of a held-out study are empty here.

    Parameters
    ----------
    key, title
        Name of its file; what was done, one line.
    role
        The firmest role its observations may have; "held out" binds all of them.
    role_reason
        Why.
    pooled_for_facts
        Facts for which a pooled analysis is fitted although pooled analyses are checks.
    shares_with_held_out
        Why a fit study may share people with a held-out one; empty for all others.
    conflicts
        Where its sources, or it and another record, disagree.
    """

    key: str
    title: str
    source: tuple[str, ...]
    design: str
    role: str
    role_reason: str
    people: StudyPeople
    arms: tuple[StudyArm, ...]
    observations: tuple[Observation, ...] = ()
    registry: str = ""
    pooled_for_facts: tuple[int, ...] = ()
    shares_with_held_out: str = ""
    conflicts: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def is_held_out(self) -> bool:
        """Whether it judges the model."""
        return self.role == "held out"

    def arm(self, name: str) -> StudyArm:
        """The arm of that name; KeyError where there is none."""
        return {arm.name: arm for arm in self.arms}[name]
