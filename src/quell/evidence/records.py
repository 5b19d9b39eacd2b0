"""One parameter as it is known: value, unit, uncertainty, source, the place in it, and a grade.

With q the quantile function of the knowledge distribution and D the displacement of
:mod:`quell.evidence.distributions`, both clipped into the record's range:

    typical value of draw k        v_k = q(u_k)
    person i under draw k          v_ki = D(v_k, z_i)             z_i standard normal, the same person, always
    occasion o of that person      v_kio = D(v_ki, z_io)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quell.conventions.errors import EvidenceError, suggest
from quell.conventions.units import dimension
from quell.evidence.distributions import Distribution, parse_distribution

GRADES: dict[str, str] = {
    "measured": "read in the source, which measured it",
    "derived": "computed from measured values",
    "assumed": "our own choice or a proposal; nobody measured it",
    "recalled": "attributed to a source that nobody has seen",
}
"""Grade -> meaning, the firmest first."""

UNMEASURED = ("assumed", "recalled")
"""Grades of values that no source seen by us measures."""

_REQUIRED = ("name", "title", "value", "unit", "range", "population", "source", "place", "grade")
_DISTRIBUTIONS = ("uncertainty", "between_patient", "between_occasion")
_KNOWN = frozenset((*_REQUIRED, *_DISTRIBUTIONS, "symbol", "note", "conflicts"))
_WORDS = ("name", "symbol", "title", "unit", "population", "place", "grade", "note")


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """A parameter with everything that is known about it; values in ``unit``.

    Parameters
    ----------
    pack, name
        Where it lives; together they are its ``id``.
    symbol
        The letter it is published under; empty where there is none.
    value
        The typical value: the centre of the distributions.
    uncertainty
        What we do not know about the typical value; None for a value taken as exact.
    between_patient, between_occasion
        How people differ from the typical value and a person from day to day; None where they do not.
    range
        Bounds into which every draw, person and occasion is clipped.
    source, place
        Keys of the sources and where in them the value stands.
    conflicts
        Published values that disagree, each ``"<source key>: <what it says>"``.
    """

    pack: str
    name: str
    symbol: str
    title: str
    value: float
    unit: str
    range: tuple[float, float]
    population: str
    source: tuple[str, ...]
    place: str
    grade: str
    uncertainty: Distribution | None = None
    between_patient: Distribution | None = None
    between_occasion: Distribution | None = None
    note: str = ""
    conflicts: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``pack.name``."""
        return f"{self.pack}.{self.name}"

    @property
    def dimension(self) -> str:
        """What the unit measures, as in :func:`quell.conventions.units.dimension`."""
        return dimension(self.unit)

    @property
    def is_measured(self) -> bool:
        """Whether some source seen by us stands behind the value."""
        return self.grade not in UNMEASURED

    def knowledge(self, u: np.ndarray) -> np.ndarray:
        """Typical values at probabilities ``u`` of the knowledge distribution.

        Parameters
        ----------
        u
            Probabilities in (0, 1), any shape.

        Returns
        -------
        numpy.ndarray
            Same shape, in ``unit``, clipped into ``range``.
        """
        if self.uncertainty is None:
            return np.full_like(np.asarray(u, dtype=np.float64), self.value)
        return np.clip(self.uncertainty.quantile(u, self.value), *self.range)

    def person(self, typical: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Persons' values from the typical value and their standard normal ``z``; shapes broadcast; clipped."""
        return self._displaced(self.between_patient, typical, z)

    def occasion(self, value: np.ndarray, z: np.ndarray) -> np.ndarray:
        """An occasion's values from a person's own value and a standard normal ``z``; shapes broadcast; clipped."""
        return self._displaced(self.between_occasion, value, z)

    def interval(self, coverage: float = 0.95) -> tuple[float, float]:
        """Central knowledge interval of the typical value, in ``unit``."""
        tail = (1 - coverage) / 2
        low, high = self.knowledge(np.array([tail, 1 - tail]))
        return float(low), float(high)

    def _displaced(self, distribution: Distribution | None, centre: np.ndarray, z: np.ndarray) -> np.ndarray:
        if distribution is None:
            return np.add(centre, np.zeros(np.shape(z)))
        return np.clip(distribution.displace(centre, z), *self.range)


def parse_parameter(table: Mapping[str, Any], pack: str) -> ParameterRecord:
    """A record from one ``[[parameter]]`` table of a pack; sense is checked by :mod:`quell.evidence.checks`.

    Raises
    ------
    EvidenceError
        For a missing or unknown key or a value of the wrong type.
    """
    _check_keys(table)
    fields: dict[str, Any] = {key: _word(table, key) for key in _WORDS}
    fields["value"] = _number(table, "value", table["value"])
    fields["range"] = _range(table)
    fields["source"] = _words(table, "source")
    fields["conflicts"] = _words(table, "conflicts")
    fields |= {key: parse_distribution(table[key]) for key in _DISTRIBUTIONS if key in table}
    return ParameterRecord(pack=pack, **fields)


def _check_keys(table: Mapping[str, Any]) -> None:
    name = table.get("name", "?")
    for key in table:
        if key not in _KNOWN:
            raise EvidenceError(f'parameter "{name}": unknown key "{key}"', text=key, suggestion=suggest(key, _KNOWN))
    missing = [key for key in _REQUIRED if key not in table]
    if missing:
        raise EvidenceError(f'parameter "{name}": missing {", ".join(missing)}')
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
        raise EvidenceError(f'parameter name "{name}" is no identifier', text=str(name), allowed="a-z, 0-9 and _")


def _word(table: Mapping[str, Any], key: str) -> str:
    word = table.get(key, "")
    if not isinstance(word, str):
        raise EvidenceError(f'parameter "{table["name"]}": {key} must be a text, not "{word}"')
    return word


def _words(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    words = table.get(key, [])
    words = [words] if isinstance(words, str) else words
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise EvidenceError(f'parameter "{table["name"]}": {key} must be a text or a list of texts')
    return tuple(words)


def _number(table: Mapping[str, Any], key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvidenceError(f'parameter "{table["name"]}": {key} must be a number, not "{value}"')
    return float(value)


def _range(table: Mapping[str, Any]) -> tuple[float, float]:
    bounds = table["range"]
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise EvidenceError(f'parameter "{table["name"]}": range must be [low, high]')
    low, high = (_number(table, "range", bound) for bound in bounds)
    return low, high
