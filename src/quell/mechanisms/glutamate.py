r"""Glutamate: disinhibition at low block, suppression at deep block, and what passes AMPA receptors.

Blocked interneurons release pyramidal cells, blocked pyramidal cells fall silent, so the drive is an inverted U,

    u = [1 + alpha B_I (1 - s_GABA)] (1 - beta B_P),        dG/dt = k_G (u - G),      G = 1 at rest.

Deep block leaves a memory Z that outlasts it and closes the path from glutamate to plasticity,

    dZ/dt = k_c B_P^2 (1 - Z) - k_Z Z,      A = max(G - 1, 0) / (1 + (Z / Z_50)^2).

Without Z a falling anaesthetic dose would pass back through the active window and look best; no experiment shows it
directly, hence the switch. Derivation and sources: docs/theory/glutamate.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State, Switch

_LN2 = log(2.0)


def disinhibition(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of pyramidal firing by released inhibition, factor of 1 or more."""
    return 1.0 + p.disinhibition_gain * v.block_interneuron * (1.0 - v.gaba_block)


def glutamate_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Level u to which glutamate relaxes, baseline 1."""
    return disinhibition(v, p, m) * (1.0 - p.suppression * v.block_pyramidal)


def turnover_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_G, 1/h."""
    return _LN2 / p.turnover_half_life


def release(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of glutamate, baseline/h."""
    return turnover_rate(v, p, m) * v.glutamate_drive


def at_rest(v: Any, p: Any, m: Arithmetic) -> Any:
    """Glutamate without treatment."""
    return 1.0


def charging(v: Any, p: Any, m: Arithmetic) -> Any:
    """Speed at which deep block writes its memory, 1/h; the square keeps lasting slight block out of it."""
    return p.memory_present * p.memory_charge * v.block_pyramidal * v.block_pyramidal


def memory_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation and fading of the memory of deep block, 1/h."""
    return charging(v, p, m) + _LN2 / p.memory_half_life


def ampa_throughput(v: Any, p: Any, m: Arithmetic) -> Any:
    """Glutamate above baseline that reaches plasticity."""
    depth = v.deep_block / p.memory_half_level
    return m.maximum(v.glutamate - 1.0, 0.0) / (1.0 + depth * depth)


def turnover_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of glutamate turnover, h."""
    return p.turnover_half_life / _LN2


GLUTAMATE = Mechanism(
    name="glutamate",
    title="Glutamate",
    reads=("block_interneuron", "block_pyramidal", "gaba_block"),
    writes=("glutamate", "ampa_throughput"),
    variables=(
        Signal("glutamate_drive", "1", "drive of glutamate release, baseline 1", glutamate_drive, latent=True),
        State("glutamate", "1", "prefrontal glutamate, baseline 1", turnover_rate, release, at_rest, latent=False),
        State("deep_block", "1", "memory of deep block", memory_rate, charging, upper=1.0),
        Signal("ampa_throughput", "1", "AMPA throughput", ampa_throughput, latent=True),
    ),
    fastest=dict.fromkeys(("block_interneuron", "block_pyramidal", "gaba_block"), turnover_time),
    switches=(
        Switch(
            "deep block memory",
            "Does deep NMDA block close the path to plasticity for hours?",
            {"on": {}, "off": {"memory_present": 0.0}},
            "on",
            "No direct evidence; without it the model lets an anaesthetic dose work best.",
        ),
    ),
)
