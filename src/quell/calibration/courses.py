r"""From features to relief: plasticity solved for every lane of an arm at once, the rest read off what was kept.

Arms of about one length are padded to one number of steps, so that one differentiable solution serves them all. The
formulas are the mechanisms' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from quell.calibration.trial_arms import TrialArm, downstream_system
from quell.calibration.waveform import Course, at_nodes_and_middles, solve
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms import expectancy, gaba, symptoms
from quell.simulation.cascade import ARITHMETIC

_READ = (
    "acute_ketamine",
    "session_expectation",
    "care_expectation",
    "cue_guess",
    "belief",
    "gaba_potentiation",
    "gaba_adaptation",
)
_READ_OUTSIDE = ("open_label", "benzodiazepine_use")
_OWN_LEVELS = ("benzodiazepine_dose", "open_label", "occasion_sensitivity")


@dataclass(frozen=True)
class Laid:
    """Arms of about one length, put behind one another: the first axis of everything is the arm.

    Attributes
    ----------
    lengths
        Step lengths, h, ``(arm, step, 1)``.
    inputs
        What plasticity reads, at the start, middle and end of every step, ``(arm, step, lane)``.
    kept
        Name -> values at nodes and middles, ``(arm, 2 node - 1, lane)``, nodes first.
    outside
        Covariates, levels and what plasticity reads before treatment, ``(arm, lane)`` each.
    at_rest
        Nothing that plasticity reads ever moves: pills, or infusions without effect.
    """

    lengths: np.ndarray
    inputs: Mapping[str, Course]
    kept: Mapping[str, np.ndarray]
    outside: Mapping[str, np.ndarray]
    at_rest: bool


def lay(arms: Sequence[TrialArm]) -> Laid:
    """Put arms behind one another; steps of length zero fill up the shorter ones and change nothing."""
    steps = max(x.nodes.size for x in arms) - 1

    def stacked(parts: Sequence[np.ndarray], size: int) -> np.ndarray:
        """Parts ``(own, lane)`` padded with their last row to ``size`` rows, ``(arm, size, lane)``."""
        return np.stack([np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)]) for x in parts])

    lengths = [np.pad(np.diff(x.nodes), (0, steps - x.nodes.size + 1)) for x in arms]
    ends = {name: stacked([x.ends[name] for x in arms], steps + 1) for name in arms[0].ends}
    middles = {
        name: stacked([np.concatenate([x.middles[name], x.ends[name][-1:]]) for x in arms], steps + 1)[:, :-1]
        for name in ends
    }
    before = {name: np.stack([x.before[name] for x in arms]) for name in _OWN_LEVELS}
    covariates = {name: np.stack([x.covariates[name] for x in arms]) for name in COVARIATES}
    inputs = {
        name: Course(ends[name][:, :-1], middles[name], ends[name][:, 1:])
        for name in downstream_system().kinetic_signals
    }
    outside = {**dict.fromkeys((*LEVELS, *EVENTS), np.zeros(covariates["age"].shape)), **before, **covariates}
    outside |= {name: ends[name][:, 0] for name in inputs}
    kept = {name: np.concatenate([ends[name], middles[name]], axis=1) for name in ends}
    return Laid(np.stack(lengths)[:, :, None], inputs, kept, outside, all(x.at_rest for x in arms))


@dataclass(frozen=True)
class Readings:
    """What is read off the arms of :class:`Laid`, as many readings for each, the rest zero.

    Attributes
    ----------
    weights
        Weights of nodes and middles in the mean over each reading's window, ``(arm, reading, 2 node - 1)``.
    sees_acute
        Whether the acute part of relief counts, ``(arm, reading, 1)``.
    """

    weights: np.ndarray
    sees_acute: np.ndarray


class _Arm(NamedTuple):
    """One arm of :class:`Laid`, with what is its own: ``(step, 1)``, ``(step, lane)``, ``(row, lane)``, ``(lane,)``."""

    lengths: Any
    inputs: Mapping[str, Course]
    kept: Mapping[str, Any]
    outside: Mapping[str, Any]
    own: Mapping[str, Any]
    drug: Any
    session: Any


def reliefs(
    laid: Laid, readings: Readings, values: Mapping[str, Any], own: Mapping[str, Any], drug: Any, session: Any
) -> Any:
    """Relief at every reading, ``(arm, reading, lane)``, under JAX.

    Parameters
    ----------
    values
        Parameter id -> value for all.
    own
        Parameter id -> values ``(arm, lane)`` where people differ.
    drug
        Each arm's trial's own effect on regulation and acute relief, log scale, ``(arm,)``.
    session
        Each arm's trial's own effect on expectancy, logit scale, ``(arm,)``.
    """

    def one(row: tuple[_Arm, Any, Any]) -> Any:
        arm, weights, sees_acute = row
        everything = {**values, **arm.own}
        lasting, acute = _relief(arm, _regulation(arm, everything, laid.at_rest), everything)
        return weights @ lasting + sees_acute * (weights @ acute)

    arms = _arms(laid, own, drug, session)
    return jax.vmap(one)((arms, readings.weights, readings.sees_acute))


def regulation(laid: Laid, values: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
    """Emotional regulation at nodes and middles, ``(arm, 2 node - 1, lane)``; parameters as for :func:`reliefs`."""
    nothing = np.zeros(laid.lengths.shape[0])
    arms = _arms(laid, own, nothing, nothing)
    return jax.vmap(lambda arm: _regulation(arm, {**values, **arm.own}, laid.at_rest))(arms)


def _arms(laid: Laid, own: Mapping[str, Any], drug: Any, session: Any) -> _Arm:
    return _Arm(laid.lengths, dict(laid.inputs), dict(laid.kept), dict(laid.outside), dict(own), drug, session)


def _regulation(arm: _Arm, values: Mapping[str, Any], at_rest: bool) -> Any:
    system, still = downstream_system(), jnp.zeros(arm.outside["age"].shape)
    spaces = system.namespaces({name: values[name] for name in system.parameters})
    initial = system.initial(dict(arm.outside), spaces, ARITHMETIC)
    states = {name: initial[name] + still for name in system.state_names}
    if at_rest:
        return jnp.broadcast_to(states["emotional_regulation"], (2 * arm.lengths.shape[0] + 1, *still.shape))
    found = solve(system, arm.inputs, states, spaces, arm.lengths)
    return at_nodes_and_middles([found["emotional_regulation"]])[0]


def _relief(arm: _Arm, reached: Any, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """Relief that lasts and relief while the drug is there, ``(2 node - 1, lane)`` each."""
    kept = arm.kept
    own = {pack: _pack(values, pack) for pack in ("symptoms", "expectancy", "gaba")}
    own["expectancy"].person_offset = own["expectancy"].person_offset + arm.session
    factor = jnp.exp(arm.drug)
    v = SimpleNamespace(**{name: kept[name] for name in _READ}, **{name: arm.outside[name] for name in _READ_OUTSIDE})
    v.emotional_regulation, v.regulation_at_entry = reached * factor, reached[:1] * factor
    lasting = symptoms.relief_plasticity(v, own["symptoms"], ARITHMETIC)
    calmed = gaba.relief_gaba(v, own["gaba"], ARITHMETIC) + kept["relief_psychotherapy"]
    expected = expectancy.relief_expectancy(v, own["expectancy"], ARITHMETIC) + expectancy.relief_guess(
        v, own["expectancy"], ARITHMETIC
    )
    return lasting + calmed + expected, factor * symptoms.relief_acute(v, own["symptoms"], ARITHMETIC)


def _pack(values: Mapping[str, Any], pack: str) -> SimpleNamespace:
    start = f"{pack}."
    return SimpleNamespace(**{name.removeprefix(start): x for name, x in values.items() if name.startswith(start)})
