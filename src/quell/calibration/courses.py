r"""From features to relief: plasticity solved for every lane of every arm at once, the rest read off what was kept.

Arms are padded to one number of steps (steps of length zero change nothing) and laid side by side, so that one
differentiable solution serves them all. The formulas are the mechanisms' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from quell.calibration.trial_arms import NOTHING, TrialArm, downstream_system
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
    """Arms side by side; arm k has the lanes ``[k lanes, (k + 1) lanes)``.

    Attributes
    ----------
    lengths
        Step lengths, h, ``(step, lane)``.
    inputs
        What plasticity reads, at the start, middle and end of every step.
    kept
        Name -> values at nodes and middles, ``(2 node - 1, lane)``, nodes first.
    outside
        Covariates, levels and what plasticity reads before treatment, ``(lane,)`` each.
    """

    lengths: np.ndarray
    inputs: Mapping[str, Course]
    kept: Mapping[str, np.ndarray]
    outside: Mapping[str, np.ndarray]

    @property
    def at_rest(self) -> bool:
        """Whether nothing that plasticity reads ever moves: a pill or an infusion without effect."""
        return all(np.abs(np.stack(course) - course.start[:1]).max() < NOTHING for course in self.inputs.values())


def lay(arms: Sequence[TrialArm]) -> Laid:
    """Put arms side by side."""
    steps = max(x.nodes.size for x in arms) - 1
    lanes = arms[0].covariates["age"].size

    def beside(parts: Sequence[np.ndarray], size: int) -> np.ndarray:
        """Parts ``(own, lane)`` padded with their last row to ``size`` rows."""
        rows = [np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)]) for x in parts]
        return np.concatenate(rows, axis=1)

    lengths = np.concatenate(
        [np.pad(np.diff(x.nodes), (0, steps - x.nodes.size + 1))[:, None] * np.ones((1, lanes)) for x in arms], axis=1
    )
    ends = {name: beside([x.ends[name] for x in arms], steps + 1) for name in arms[0].ends}
    middles = {
        name: beside([np.concatenate([x.middles[name], x.ends[name][-1:]]) for x in arms], steps + 1)[:-1]
        for name in ends
    }
    before = {name: np.concatenate([x.before[name] for x in arms]) for name in _OWN_LEVELS}
    covariates = {name: np.concatenate([x.covariates[name] for x in arms]) for name in COVARIATES}
    inputs = {
        name: Course(ends[name][:-1], middles[name], ends[name][1:]) for name in downstream_system().kinetic_signals
    }
    outside = {**dict.fromkeys((*LEVELS, *EVENTS), np.zeros(lengths.shape[1])), **before, **covariates}
    outside |= {name: ends[name][0] for name in inputs}
    kept = {name: np.concatenate([ends[name], middles[name]]) for name in ends}
    return Laid(lengths, inputs, kept, outside)


def regulation(laid: Laid, values: Mapping[str, Any]) -> Any:
    """Emotional regulation at nodes and middles, ``(2 node - 1, lane)``, under JAX.

    Parameters
    ----------
    values
        Parameter id -> value, one for all or ``(lane,)``.
    """
    system, still = downstream_system(), jnp.zeros(laid.lengths.shape[1])
    spaces = system.namespaces({name: values[name] for name in system.parameters})
    initial = system.initial(dict(laid.outside), spaces, ARITHMETIC)
    states = {name: initial[name] + still for name in system.state_names}
    if laid.at_rest:
        return jnp.broadcast_to(states["emotional_regulation"], (2 * laid.lengths.shape[0] + 1, still.size))
    found = solve(system, laid.inputs, states, spaces, laid.lengths)
    return at_nodes_and_middles([found["emotional_regulation"]])[0]


def relief_past(laid: Laid, reached: Any, values: Mapping[str, Any], drug: Any, session: Any) -> tuple[Any, Any]:
    """Relief that lasts and relief while the drug is there, ``(2 node - 1, lane)`` each.

    Parameters
    ----------
    reached
        From :func:`regulation`.
    values
        Parameter id -> value, one for all or ``(lane,)``.
    drug
        A trial's own effect on regulation and acute relief, log scale, ``(lane,)`` or one for all.
    session
        A trial's own effect on expectancy, logit scale.
    """
    kept = laid.kept
    own = {pack: _pack(values, pack) for pack in ("symptoms", "expectancy", "gaba")}
    own["expectancy"].person_offset = own["expectancy"].person_offset + session
    factor = jnp.exp(drug)
    v = SimpleNamespace(**{name: kept[name] for name in _READ}, **{name: laid.outside[name] for name in _READ_OUTSIDE})
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
