"""Enrolment: candidates are screened on what is observed, in order, until the study has its people.

The entry rules see a score with its natural course and its error, never the true severity, so that the people enrolled
were on average at a bad moment and regression to the mean follows by itself. Screening lies a week before the first
dose (``specification.SCREENING_H``), the baseline of the trial is observed anew at time 0.

Person i is the i-th candidate that meets the rules: neither the number of people wanted nor the size of a block moves
anybody. Treatment resistance is drawn, not screened for (see :func:`quell.people.covariates.draw_resistance`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from quell.conventions.errors import StudyError, suggest
from quell.evidence.library import Library
from quell.mechanisms.instruments import INSTRUMENTS, Instrument
from quell.people import candidates as screening
from quell.people.candidates import Candidates, Screening, joined, levels, untreated_scores
from quell.people.disorders import NORMAL, known_disorder
from quell.people.specification import EntryRule, PeopleSpecification
from quell.people.variability import PersonParameters

SIGNS = ("SBP", "DBP", "heart rate", "weight", "height", "BMI", "age")
"""Measures other than scales that a rule may use."""

CANDIDATES_PER_PERSON = 50
LEAST_CANDIDATES = 100_000
"""Screening ends without success after this many candidates in all, or the above for each person wanted."""

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people of a study.

    Parameters
    ----------
    specification
        What the study asked for.
    people
        The enrolled people, in order.
    parameters
        Parameter id -> values ``(person,)``.
    draw
        Number of each person's draw of the knowledge, ``(person,)``.
    normal_score, true_score
        Scale -> normal and true level before treatment, ``(person,)``, in the scale's unit, unrounded and uncapped.
    screened, excluded
        People screened until the last one was enrolled, and reason -> how many it kept out (the first reason counts).
    """

    specification: PeopleSpecification
    people: Candidates
    parameters: PersonParameters
    draw: np.ndarray
    normal_score: Mapping[str, np.ndarray]
    true_score: Mapping[str, np.ndarray]
    screened: int
    excluded: Mapping[str, int]

    @property
    def enrolled(self) -> int:
        """Number of people."""
        return self.people.number.size

    @property
    def covariates(self) -> Mapping[str, np.ndarray]:
        """Name -> values ``(person,)``."""
        return self.people.covariates

    def take(self, start: int, stop: int) -> "Cohort":
        """The people ``start`` to ``stop``; the counts of screening stay those of the whole."""
        rows = slice(start, stop)
        return replace(
            self,
            people=self.people.take(rows),
            parameters=self.parameters.take(start, stop),
            draw=self.draw[rows],
            normal_score={name: value[rows] for name, value in self.normal_score.items()},
            true_score={name: value[rows] for name, value in self.true_score.items()},
        )


def enrol(
    people: PeopleSpecification,
    count: int,
    seed: int,
    library: Library,
    draws: int = 200,
    typical: bool = False,
    switches: Mapping[str, float] | None = None,
    block: int = _BLOCK,
) -> Cohort:
    """Enrol virtual people.

    Parameters
    ----------
    count
        People wanted, at least 1.
    draws, typical, switches
        See :class:`quell.people.variability.PersonParameters`.
    block
        Candidates drawn at once; it moves nobody.

    Raises
    ------
    StudyError
        For a rule on something that cannot be observed, or where too few of very many candidates meet the rules.
    """
    _check(people, count)
    enrolled, screened, excluded = _screen(people, count, Screening(people, seed, library), library, block)
    parameters = PersonParameters(library, seed, range(count), draws, typical, switches)
    scales = {name: levels(enrolled, scale, library) for name, scale in INSTRUMENTS.items() if scale.mapping}
    normal, true = ({name: pair[i] for name, pair in scales.items()} for i in (0, 1))
    return Cohort(people, enrolled, parameters, parameters.draw, normal, true, screened, excluded)


def fluctuation(cohort: Cohort, times: np.ndarray, window: float) -> np.ndarray:
    """Natural course in SD, averaged over the ``window`` h before each time.

    Parameters
    ----------
    times
        h from the first dose, ``(time,)`` or ``(person, time)``.

    Returns
    -------
    numpy.ndarray
        ``(person, time)``, the same in every arm.
    """
    return cohort.people.natural_course.mean(times, window)


def measurement_error(cohort: Cohort, instrument: Instrument, times: np.ndarray, library: Library) -> np.ndarray:
    """Error of measurement in the scale's unit, ``(person, time)``, with the inflation of entry scores.

    ``times`` is ``(time,)``, h from the first dose; every arm shares the error.
    """
    error = screening.measurement_error(cohort.people, instrument, times, library)
    return error + _inflation(cohort.specification, instrument.name, times)


def _check(people: PeopleSpecification, count: int) -> None:
    if count < 1:
        raise StudyError(f"{count} people cannot be enrolled", allowed="a count of at least 1")
    for name in (*people.disorders, *people.comorbid, *people.without):
        known_disorder(name)
    if people.disorder == NORMAL and (people.alternatives or people.comorbid or people.treatment_resistant):
        raise StudyError("people with normal anxiety have no disorder and nothing that resisted treatment")
    for rule in (*people.enrol, *people.exclude):
        if rule.measure not in SIGNS and not _is_scored(rule.measure):
            known = [*SIGNS, *(name for name in INSTRUMENTS if _is_scored(name))]
            found = suggest(rule.measure, known)
            raise StudyError(
                f'"{rule.measure}" is not observed at screening', text=rule.measure, allowed=known, suggestion=found
            )


def _is_scored(name: str) -> bool:
    return name in INSTRUMENTS and INSTRUMENTS[name].mapping is not None


def _screen(
    people: PeopleSpecification, count: int, source: Screening, library: Library, block: int
) -> tuple[Candidates, int, dict[str, int]]:
    parts: list[Candidates] = []
    excluded: Counter[str] = Counter()
    names: list[str] = []
    enrolled = screened = drawn = 0
    limit = max(LEAST_CANDIDATES, CANDIDATES_PER_PERSON * count)
    while enrolled < count:
        if drawn >= limit:
            raise _too_few(enrolled, screened, excluded)
        candidates = source.draw(range(drawn, min(drawn + block, limit)))
        reason, names = _reasons(candidates, people, library)
        accepted = np.flatnonzero(reason < 0)[: count - enrolled]
        last = accepted[-1] + 1 if enrolled + accepted.size == count else reason.size
        excluded.update(names[k] for k in reason[:last] if k >= 0)
        parts.append(candidates.take(accepted))
        enrolled, screened, drawn = enrolled + accepted.size, screened + int(last), drawn + block
    return joined(parts), screened, {name: excluded[name] for name in dict.fromkeys(names) if excluded[name]}


def _reasons(candidates: Candidates, people: PeopleSpecification, library: Library) -> tuple[np.ndarray, list[str]]:
    """Index of the first reason that keeps each candidate out, -1 for none, and the reasons in words."""
    reason = np.full(candidates.number.size, -1)
    names: list[str] = []
    for name, keeps_out in _obstacles(candidates, people, library):
        reason[(reason < 0) & keeps_out] = len(names)
        names.append(name)
    return reason, names


def _obstacles(
    candidates: Candidates, people: PeopleSpecification, library: Library
) -> Iterator[tuple[str, np.ndarray]]:
    has, covariates = candidates.disorders, candidates.covariates
    if people.disorder == NORMAL:
        yield "has a disorder", np.any(list(has.values()), axis=0)
    for name in people.comorbid:
        yield f"no {name}", ~has[name]
    for name in people.without:
        yield f"has {name}", has[name]
    for drug, wanted in (("ssri_use", people.ssri_use), ("benzodiazepine_use", people.benzodiazepine_use)):
        if wanted is not None:
            what = drug.removesuffix("_use").replace("ssri", "SSRI")
            yield f"{'no ' if wanted else ''}{what} at entry", (covariates[drug] > 0) != wanted
    for rule in people.enrol:
        yield f"{rule} not met", ~np.all(_holds(rule, candidates, people, library), axis=1)
    for rule in people.exclude:
        yield f"{rule}", np.any(_holds(rule, candidates, people, library), axis=1)


def _holds(rule: EntryRule, candidates: Candidates, people: PeopleSpecification, library: Library) -> np.ndarray:
    """Whether the rule holds at each of its times, ``(person, time)``."""
    times = np.array(rule.when)
    if rule.measure == "age":
        return rule.holds(np.floor(candidates.covariates["age"]))[:, None]
    if rule.measure in SIGNS:
        return rule.holds(candidates.covariates[rule.measure])[:, None]
    inflation = _inflation(people, rule.measure, times)
    return rule.holds(untreated_scores(candidates, INSTRUMENTS[rule.measure], times, library, inflation))


def _inflation(people: PeopleSpecification, instrument: str, times: np.ndarray) -> np.ndarray:
    """Points added at the times at which an entry rule reads this scale, shape of ``times``."""
    times = np.asarray(times, dtype=np.float64)
    entry = [time for rule in people.enrol if rule.measure == instrument for time in rule.when]
    return people.score_inflation * np.isin(times, entry)


def _too_few(enrolled: int, screened: int, excluded: Mapping[str, int]) -> StudyError:
    worst = max(excluded, key=lambda name: excluded[name], default="")
    return StudyError(
        f"only {enrolled} of {screened} candidates meet the entry rules",
        hint=worst and f'Most are kept out by "{worst}" ({excluded[worst]} of {screened})',
    )
