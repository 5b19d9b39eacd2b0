r"""What every mechanism must keep to, quell's own and those of others, as one list of broken promises.

    assert check_mechanism(MECHANISM) == []

looks first at what is declared: names, units, reads, events, parameters, switches; then, in
:mod:`quell.mechanisms.conformance_values`, at what the formulas give for random people and along solutions. Other
readers of the formulas, such as the engine's (:func:`quell.simulation.formula_reader.read_by_engine`), must agree with
NumPy.
"""

import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword

import numpy as np

from quell.conventions.errors import StudyError
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.conventions.units import parse_unit
from quell.evidence.library import Library, load_library
from quell.evidence.records import ParameterRecord
from quell.mechanisms.assembly import NUMPY, WiringError, assemble
from quell.mechanisms.base import Mechanism
from quell.mechanisms.conformance_values import (
    RANGES,
    Reader,
    check_readers,
    check_solutions,
    check_values,
    draw_people,
    formulas,
)


def check_mechanism(
    mechanism: Mechanism,
    library: Library | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    readers: Mapping[str, Reader] | None = None,
    seed: int = 1,
) -> list[str]:
    """Everything that is wrong with a mechanism, one sentence each; empty for a sound one.

    Parameters
    ----------
    library
        Holds the mechanism's pack of parameters; the installed one if omitted.
    ranges
        Value read -> (low, high), in its unit, between which it is drawn; those of
        :data:`quell.mechanisms.conformance_values.RANGES`, and 0 to 1 elsewhere, if omitted.
    readers
        Name -> another reader of the formulas that must agree with NumPy.
    seed
        Of the random values.
    """
    library = library or load_library()
    declared = [*_names(mechanism), *_units(mechanism)]
    try:
        system = assemble([mechanism], _from_others(mechanism))
    except WiringError as error:
        return [*declared, error.message]
    declared += [*_unread(mechanism), *_events(mechanism), *_parameters(mechanism, library)]
    if declared:
        return declared
    records = library.parameters(mechanism.name) if mechanism.name in library.packs else ()
    people = draw_people(system, records, {**RANGES, **(ranges or {})}, np.random.default_rng(seed))
    found = [*check_readers(mechanism, people, readers or {})] or [*check_values(mechanism, people)]
    return found or [*check_solutions(system, people)]


def _names(mechanism: Mechanism) -> Iterator[str]:
    """The mechanism and its values have names that formulas and packs can say."""
    for name in (mechanism.name, *(x.name for x in mechanism.variables)):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or iskeyword(name):
            yield f'"{name}" is no name: small letters, digits and underscores, and no word of Python'
    for what, title in ((x.name, x.title) for x in (mechanism, *mechanism.variables)):
        if not title.strip():
            yield f"{what} has no title"


def _units(mechanism: Mechanism) -> Iterator[str]:
    for x in mechanism.variables:
        try:
            parse_unit(x.unit)
        except StudyError as error:
            yield f"{x.name}: {error.statement}"


def _from_others(mechanism: Mechanism) -> list[str]:
    """Values that other mechanisms or the kinetics must write."""
    return [name for name in mechanism.reads if name not in (*COVARIATES, *LEVELS, *EVENTS)]


def _unread(mechanism: Mechanism) -> Iterator[str]:
    """Every declared read is read by some formula."""
    read = _trace(mechanism)[0] | {event for x in mechanism.states for event in x.jumps}
    for name in mechanism.reads:
        if name not in read:
            yield f'it declares that it reads "{name}", but no formula does'


def _events(mechanism: Mechanism) -> Iterator[str]:
    """States jump at events that are read, and the shortest time constants belong to inputs that are read."""
    for x in mechanism.states:
        for event in x.jumps:
            if event not in EVENTS or event not in mechanism.reads:
                yield f'{x.name} jumps at "{event}", which is no event among its declared reads'
    for name in mechanism.fastest:
        if name not in mechanism.reads:
            yield f'a shortest time constant is given for "{name}", which is not among its declared reads'


def _parameters(mechanism: Mechanism, library: Library) -> Iterator[str]:
    """Formulas and switches name parameters of the mechanism's own pack, switches within their ranges."""
    pack = {x.name: x for x in library.parameters(mechanism.name)} if mechanism.name in library.packs else {}
    for name in sorted(_trace(mechanism)[1] - set(pack)):
        yield f'a formula reads the parameter "{name}", which the pack "{mechanism.name}" does not hold'
    for switch in mechanism.switches:
        if switch.default not in switch.choices:
            yield f'the switch "{switch.name}" has no choice "{switch.default}", its default'
        for choice, values in switch.choices.items():
            yield from _choice(f'the choice "{choice}" of "{switch.name}"', values, pack)


def _choice(what: str, values: Mapping[str, float], pack: Mapping[str, ParameterRecord]) -> Iterator[str]:
    for name, value in values.items():
        if name not in pack:
            yield f'{what} sets "{name}", which the pack does not hold'
        elif not pack[name].range[0] <= value <= pack[name].range[1]:
            yield f'{what} sets "{name}" to {value:g}, outside its range'


class _Names:
    """Answers one half to any name and notes it."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return 0.5


def _trace(mechanism: Mechanism) -> tuple[set[str], set[str]]:
    """Names of values and of parameters that any formula reads."""
    values, parameters = _Names(), _Names()
    with np.errstate(all="ignore"):
        for _, formula in formulas(mechanism):
            formula(values, parameters, NUMPY)
    return values.read, parameters.read
