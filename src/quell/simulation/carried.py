"""What a step begins with as the last one ended: spares its most costly formulas one of three evaluations.

A signal, or the drive of a state, begins a step as it ended the last where it reads nothing that jumps between steps:
no level, event or concentration, no state with jumps. Where its formula calls an exponential, a logarithm or a power
the value is carried over; what is cheaper is computed again, since carrying costs memory traffic.
"""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from quell.conventions.inputs import COVARIATES
from quell.mechanisms.assembly import RecordingValues, System, Values, Variable
from quell.mechanisms.base import Arithmetic, Formula, State


def carried_names(system: System) -> tuple[str, ...]:
    """Signals that are carried, and states whose drive is.

    A group that feeds back is left out: its signals and drives at the end of a step are those of the last sweep but
    one.
    """
    fed_back = {x.name for group in system.groups if any(y.feeds_back for y in group) for x in group}
    smooth, needed = _smooth(system), _needed_by_states(system)
    return tuple(
        x.name
        for x in system.variables
        if x.name in needed - fed_back and x.reads <= smooth and _may_be_carried(x) and _is_dear(_formula(x))
    )


def at_the_start(
    system: System, names: Sequence[str], spaces: Mapping[str, Any], known: Mapping[str, Any], m: Arithmetic
) -> dict[str, Any]:
    """Values of what is carried before the first step.

    Parameters
    ----------
    known
        Covariates and states by name.
    """
    values = dict(known)
    for x in system.variables:
        if not x.is_state and x.reads <= set(values):
            values[x.name] = _formula(x)(Values(values), spaces[x.mechanism], m)
    found = (system.variable(name) for name in names)
    return {x.name: _formula(x)(Values(values), spaces[x.mechanism], m) for x in found}


def _formula(x: Variable) -> Formula:
    return x.declaration.drive if isinstance(x.declaration, State) else x.declaration.value


def _may_be_carried(x: Variable) -> bool:
    return x.steady_rate if x.is_state else True


def _smooth(system: System) -> set[str]:
    """Names of all that does not jump between steps."""
    smooth = set(COVARIATES)
    for x in system.variables:
        if not x.declaration.jumps if isinstance(x.declaration, State) else x.reads <= smooth:
            smooth.add(x.name)
    return smooth


def _needed_by_states(system: System) -> set[str]:
    """States, and the signals that one of them follows."""
    needed = set(system.state_names).union(*(x.reads for x in system.states))
    for x in reversed(system.variables):
        if x.name in needed:
            needed |= x.reads
    return needed


class _AnyParameter:
    """Answers 0.7 to every name."""

    def __getattr__(self, name: str) -> float:
        return 0.7


def _is_dear(formula: Formula) -> bool:
    """Does it call an exponential, a logarithm or a power?"""
    called = []

    def dear(*arguments: Any) -> float:
        called.append(arguments)
        return 0.5

    arithmetic: Any = SimpleNamespace(exp=dear, log=dear, power=dear, maximum=max, minimum=min)
    formula(RecordingValues({}), _AnyParameter(), arithmetic)
    return bool(called)
