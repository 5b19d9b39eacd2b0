r"""What we do not know and how people differ, as one value per parameter and person.

    draw k        v_k = q((pi_k + w_k) / n)          Latin hypercube: pi a permutation of 0 ... n-1, w uniform
    person i      v_i = D(v_k(i), z_i)               k(i) = i mod n
    occasion o    v_io = D(v_i, z_io)

q is the quantile function of a parameter's knowledge, D its displacement between people or occasions. Each parameter
has its own random streams, named after it, so that a new parameter shifts nobody's luck.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy

import numpy as np

from quell.conventions.random_streams import normals, uniforms
from quell.evidence.library import Library
from quell.evidence.records import ParameterRecord

POPULATION_PACKS = frozenset({"people", "instruments"})
"""Packs that describe the population and its scales; they stand at their central values, the responsiveness apart."""


class PersonParameters(Mapping[str, np.ndarray]):
    """Parameter id -> values ``(person,)`` in the record's unit, computed when asked for.

    Parameters
    ----------
    library, seed
        Evidence and the study's seed.
    persons
        Consecutive numbers of enrolled people.
    draws
        Number of draws of the knowledge; person i takes draw i mod ``draws``.
    typical
        Hold the knowledge at its central values; people still differ.
    switches
        Parameter id -> the value that a chosen hypothesis gives it, for every draw and person alike.
    ids
        Parameters wanted; by default those of :func:`varied_parameters`.
    """

    def __init__(
        self,
        library: Library,
        seed: int,
        persons: range,
        draws: int = 200,
        typical: bool = False,
        switches: Mapping[str, float] | None = None,
        ids: Iterable[str] | None = None,
    ) -> None:
        self._library, self._seed, self._persons, self._draws = library, seed, persons, draws
        self._typical, self._switches = typical, dict(switches or {})
        self._ids = dict.fromkeys(ids if ids is not None else varied_parameters(library))
        self._known: dict[str, np.ndarray] = {}
        for identifier in (*self._ids, *self._switches):
            library[identifier]

    @property
    def draw(self) -> np.ndarray:
        """Number of the draw of each person, ``(person,)``."""
        return np.arange(self._persons.start, self._persons.stop) % self._draws

    def __getitem__(self, identifier: str) -> np.ndarray:
        if identifier not in self._ids:
            raise KeyError(identifier)
        record = self._library[identifier]
        if identifier in self._switches:
            return self._constant(self._switches[identifier])
        typical = self.typical_values(identifier)
        if typical.size > 1:
            typical = typical[self.draw]
        if record.between_patient is None:
            return self._constant(typical[0]) if typical.size == 1 else typical
        return record.person(typical, normals(self._seed, f"between person {identifier}", self._persons, 1)[:, 0])

    def typical_values(self, identifier: str) -> np.ndarray:
        """Values of the draws, ``(draw,)``; a single one where the knowledge is taken as exact or held."""
        record = self._library[identifier]
        if identifier in self._switches:
            return np.array([self._switches[identifier]])
        if self._typical or record.uncertainty is None or record.uncertainty.kind == "fixed":
            return np.array([record.value])
        if identifier not in self._known:
            self._known[identifier] = knowledge_draws(record, self._seed, self._draws)
        return self._known[identifier]

    def take(self, start: int, stop: int) -> "PersonParameters":
        """The same for the people ``start`` to ``stop`` of these."""
        taken = copy(self)
        taken._persons = self._persons[start:stop]
        return taken

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def _constant(self, value: float) -> np.ndarray:
        return np.broadcast_to(np.float64(value), (len(self._persons),))


def person_parameters(
    library: Library,
    seed: int,
    persons: range,
    draws: int = 200,
    typical: bool = False,
    switches: Mapping[str, float] | None = None,
) -> PersonParameters:
    """Every person's parameters; arguments as for :class:`PersonParameters`."""
    return PersonParameters(library, seed, persons, draws, typical, switches)


def varied_parameters(library: Library) -> tuple[str, ...]:
    """Ids of the parameters that a run draws: not those of alternatives, of the population the responsiveness only."""
    return tuple(
        record.id
        for name in library.packs
        for record in library.parameters(name)
        if not library.pack(name).alternative
        and (name not in POPULATION_PACKS or record.name.endswith("_responsiveness"))
    )


def knowledge_draws(record: ParameterRecord, seed: int, draws: int) -> np.ndarray:
    """Values of one parameter in every draw, ``(draw,)``: one in each of ``draws`` equally probable strata."""
    u = uniforms(seed, f"knowledge {record.id}", range(draws), 2)
    strata = np.empty(draws)
    strata[np.argsort(u[:, 0], kind="stable")] = np.arange(draws)
    return record.knowledge((strata + u[:, 1]) / draws)


def occasion_multipliers(
    library: Library, seed: int, persons: range, occasions: int, identifier: str = "people.occasion_sensitivity"
) -> np.ndarray:
    """A person's values on successive occasions (doses), ``(person, occasion)``.

    Parameters
    ----------
    persons
        Consecutive numbers of enrolled people.
    identifier
        A parameter with a distribution between occasions; its central value is displaced.
    """
    record = library[identifier]
    centre = np.full(len(persons), record.value)
    columns = [
        record.occasion(centre, normals(seed, f"between occasion {identifier}", persons, 1, occasion)[:, 0])
        for occasion in range(occasions)
    ]
    return np.stack(columns, axis=1) if columns else np.empty((len(persons), 0))
