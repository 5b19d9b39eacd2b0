"""Candidates: the people who come to a study's screening, and what a rater sees of them.

Candidate number i is a function of the study's seed, of the disorder and of i alone. Candidates for a disorder all have
it; whether they meet the study's rules is decided in :mod:`quell.people.cohort`, on what is observed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quell.conventions.random_streams import normals, uniforms
from quell.evidence.library import Library
from quell.mechanisms.instruments import CALM, Instrument, deviation_name, normal_and_true, score
from quell.people.covariates import Cells, age_sex_cells, body, comedication, draw_cells, draw_resistance, genotype
from quell.people.disorders import NORMAL, Population, cell_weights, diagnoses, draw_severity, population
from quell.people.natural_course import Waves, draw_waves, joined_waves, white_noise
from quell.people.specification import PeopleSpecification


@dataclass(frozen=True, slots=True)
class Candidates:
    """People with everything that does not depend on treatment.

    Parameters
    ----------
    seed, number
        The study's seed and each person's number among the candidates, ``(person,)``, ascending.
    covariates
        Name -> values ``(person,)``; see :mod:`quell.people.covariates`.
    severity
        General severity and liabilities, SD, ``(person,)``; see :mod:`quell.people.disorders`.
    disorders
        Disorder -> who has it, booleans ``(person,)``.
    natural_course
        The slow process of each person.
    """

    seed: int
    number: np.ndarray
    covariates: Mapping[str, np.ndarray]
    severity: Mapping[str, np.ndarray]
    disorders: Mapping[str, np.ndarray]
    natural_course: Waves

    def take(self, rows: np.ndarray | slice) -> "Candidates":
        """Some of the people: a mask, indices or a slice."""
        return Candidates(
            self.seed,
            self.number[rows],
            _rows(self.covariates, rows),
            _rows(self.severity, rows),
            _rows(self.disorders, rows),
            self.natural_course.take(rows),
        )


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several blocks in one."""
    return Candidates(
        parts[0].seed,
        np.concatenate([part.number for part in parts]),
        _joined([part.covariates for part in parts]),
        _joined([part.severity for part in parts]),
        _joined([part.disorders for part in parts]),
        joined_waves([part.natural_course for part in parts]),
    )


class Screening:
    """Draws the candidates of one study, block by block."""

    def __init__(self, people: PeopleSpecification, seed: int, library: Library) -> None:
        self._people, self._seed, self._library = people, seed, library
        self._wanted = () if people.disorder == NORMAL else tuple(dict.fromkeys(people.disorders))
        self._population: Population = population(library)
        self._cells: Cells = age_sex_cells(library, people.age)
        self._weights = cell_weights(self._population, self._cells, self._wanted)
        self._correlation_time = library["instruments.fluctuation_time"].value

    def draw(self, numbers: range) -> Candidates:
        """The candidates with these numbers."""
        row, female, age = draw_cells(self._seed, numbers, self._cells, self._weights)
        severity = draw_severity(self._seed, numbers, self._population, self._wanted, row, female, age)
        disorders = diagnoses(severity, self._population)
        covariates = self._covariates(numbers, female, age, np.any(list(disorders.values()), axis=0))
        course = draw_waves(self._seed, "natural course", numbers, self._correlation_time)
        candidates = Candidates(self._seed, np.array(numbers), covariates, severity, disorders, course)
        return candidates if len(self._wanted) < 2 else candidates.take(self._once(numbers, disorders))

    def _covariates(
        self, numbers: range, female: np.ndarray, age: np.ndarray, ill: np.ndarray
    ) -> dict[str, np.ndarray]:
        resistance = draw_resistance(self._seed, numbers, ill, self._people.treatment_resistant, self._library)
        return {
            "female": female,
            "age": age,
            **body(self._seed, numbers, female, age, self._library),
            **genotype(self._seed, numbers, self._library),
            "resistance": resistance,
            **comedication(self._seed, numbers, female, ill, resistance, self._library),
        }

    def _once(self, numbers: range, disorders: Mapping[str, np.ndarray]) -> np.ndarray:
        """Thins people who would come through several of the alternatives, so that each is as likely as any other."""
        ways = np.sum([disorders[name] for name in self._wanted], axis=0)
        return uniforms(self._seed, "alternatives", numbers, 1)[:, 0] * ways < 1


def levels(candidates: Candidates, instrument: Instrument, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Normal and true level of each person on a scale, ``(person,)`` each, in the scale's unit."""
    drawn = {
        name: normals(candidates.seed, name, candidates.number, 1)[:, 0]
        for name in (CALM, deviation_name(instrument))
        if name == CALM or instrument.record("deviation_sd", library)
    }
    return normal_and_true(instrument, {**candidates.severity, **drawn}, library)


def measurement_error(
    candidates: Candidates, instrument: Instrument, times: np.ndarray, library: Library
) -> np.ndarray:
    """Error of measurement, in the scale's unit, ``(person, time)``.

    Parameters
    ----------
    times
        h from the first dose, ``(time,)``. Part of the error lingers from visit to visit, the rest is new each time.
    """
    sd, lingering = instrument.number("error_sd", library), instrument.number("error_autocorrelation", library)
    time = library["instruments.state_time" if instrument.momentary else "instruments.rater_memory_time"].value
    old = draw_waves(candidates.seed, f"lingering error {instrument.name}", candidates.number, time).mean(times)
    new = white_noise(candidates.seed, f"error {instrument.name}", candidates.number, times)
    return sd * (np.sqrt(lingering) * old + np.sqrt(1 - lingering) * new)


def untreated_scores(
    candidates: Candidates,
    instrument: Instrument,
    times: np.ndarray,
    library: Library,
    inflation: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Scores as written down at ``times`` (h from the first dose) without any treatment, ``(person, time)``.

    Parameters
    ----------
    inflation
        Points added by whoever wants the person in the study, one number or ``(time,)``.
    """
    normal, true = levels(candidates, instrument, library)
    course = candidates.natural_course.mean(times, instrument.number("recall", library))
    error = measurement_error(candidates, instrument, times, library)
    return score(instrument, normal, true, 0.0, course, error + inflation, library)


def _rows(table: Mapping[str, np.ndarray], rows: np.ndarray | slice) -> dict[str, np.ndarray]:
    return {name: value[rows] for name, value in table.items()}


def _joined(tables: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
