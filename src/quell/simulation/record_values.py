r"""Parameters and covariates of dosing records: one value for all, one a person, or one a record.

The kinetics are solved once for every distinct set of values. Between record j - 1 and record j the values of record j
hold (NONMEM's rule), or those of record j - 1 (LOCF: last observation carried forward). What is read at a record
always uses the record's own values.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.records import Records

COVARIATE_RULES = ("NONMEM", "LOCF")
"""Whose values hold between two records: the later one's, or the earlier one's."""

_OF_A_DOSE = re.compile(r"(?:F|ALAG|R|D)[1-9]\d*")


Chosen = slice | np.ndarray
"""Some of an array: a slice, or indices."""


def count_anew(person: np.ndarray) -> np.ndarray:
    """People numbered from 0 without gaps, those of one person standing together."""
    return np.cumsum(np.diff(person, prepend=person[:1]) != 0)


def some_records(records: Records, people: Chosen, rows: Chosen) -> Records:
    """The records of some people, counted anew."""
    arrays = {f.name: getattr(records, f.name)[rows] for f in fields(records) if f.name not in ("ids", "covariates")}
    arrays["person"] = count_anew(arrays["person"])
    ids = records.ids[people] if isinstance(people, slice) else tuple(records.ids[i] for i in people)
    return replace(records, **arrays, ids=ids, covariates={})


def of_a_dose(name: str) -> bool:
    """Whether a parameter belongs to doses: F1, ALAG1, R1, D1 and those of other compartments."""
    return _OF_A_DOSE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Values:
    """Named values of a group of people.

    Parameters
    ----------
    single, by_person, by_record
        Name -> scalar, ``(person,)`` array, ``(record,)`` array.
    person
        The person of each record, ``(record,)``.
    """

    single: Mapping[str, Any]
    by_person: Mapping[str, Any]
    by_record: Mapping[str, Any]
    person: np.ndarray

    def __contains__(self, name: object) -> bool:
        return name in self.single or name in self.by_person or name in self.by_record

    def at(self, name: str, rows: np.ndarray) -> Any:
        """One value at some records: a scalar or ``(row,)``."""
        if name in self.single:
            return self.single[name]
        return self.by_record[name][rows] if name in self.by_record else self.by_person[name][self.person[rows]]

    def of(self, people: Chosen, rows: Chosen) -> "Values":
        """The values of some people, and of their records."""
        return Values(
            self.single,
            {name: x[people] for name, x in self.by_person.items()},
            {name: x[rows] for name, x in self.by_record.items()},
            count_anew(self.person[rows]),
        )

    def keep(self, wanted: Callable[[str], bool]) -> "Values":
        """Those whose name is wanted."""

        def some(part: Mapping[str, Any]) -> dict[str, Any]:
            return {name: x for name, x in part.items() if wanted(name)}

        return Values(some(self.single), some(self.by_person), some(self.by_record), self.person)


def read_values(values: Mapping[str, Any], records: Records) -> Values:
    """Sort values by their shape.

    Raises
    ------
    StudyError
        An array has neither an entry for each record nor one for each person.
    """
    people, count = len(records.ids), len(records.time)
    sorted_by: dict[str, dict[str, Any]] = {"single": {}, "by_person": {}, "by_record": {}}
    for name, x in values.items():
        array = x if isinstance(x, jax.Array) else np.asarray(x, dtype=float)
        if array.ndim == 0 or array.shape == (1,):
            sorted_by["single"][name] = array.reshape(())
        elif array.shape == (count,):
            sorted_by["by_record"][name] = array
        elif array.shape == (people,):
            sorted_by["by_person"][name] = array
        else:
            message = f"{name} has the shape {array.shape}"
            raise StudyError(message, text=name, allowed=f"a number, {people} values (a person) or {count} (a record)")
    return Values(**sorted_by, person=records.person)


@dataclass(frozen=True, slots=True)
class Sets:
    """Distinct sets of values, and where they hold.

    Attributes
    ----------
    here, before
        The set of each record, and that of the interval that ends at it, ``(record,)``.
    rows
        The first record of each set, ``(set,)``.
    varying
        Whether somebody has more than one.
    """

    here: np.ndarray
    before: np.ndarray
    rows: np.ndarray
    varying: bool

    @property
    def count(self) -> int:
        """Number of sets."""
        return self.rows.size


def find_sets(values: Values, first: np.ndarray, rule: str) -> Sets:
    """Distinct sets of values that follow each other.

    Parameters
    ----------
    values
        All that the kinetics read; NumPy arrays.
    first
        The first record of each person, ``(person,)``.
    rule
        One of :data:`COVARIATE_RULES`.
    """
    person = values.person
    if not values.by_record:
        here = person if values.by_person else np.zeros_like(person)
        return Sets(here, here, first if values.by_person else first[:1], varying=False)
    changes = np.zeros(person.size, dtype=bool)
    for x in values.by_record.values():
        changes[1:] |= np.diff(x) != 0.0
    begins = np.zeros(person.size, dtype=bool)
    begins[first] = True
    here = np.cumsum(changes | begins) - 1
    before = here
    if rule == "LOCF":
        before = np.where(begins, here, np.roll(here, 1))
    return Sets(here, before, np.flatnonzero(changes | begins), varying=bool(np.any(changes & ~begins)))


def of_sets(values: Values, sets: Sets) -> dict[str, Any]:
    """Name -> scalar or ``(set,)`` array."""
    named = dict(values.single)
    named |= {name: x[values.person[sets.rows]] for name, x in values.by_person.items()}
    return named | {name: x[sets.rows] for name, x in values.by_record.items()}
