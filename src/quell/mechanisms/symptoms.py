r"""Symptoms: reliefs add on the log scale, so each mechanism keeps its share of the whole.

    a_plasticity = ln[(1 - E_max H(E_entry)) / (1 - E_max H(E))],      H(E) = E^h / (E_50^h + E^h)
    a_acute      = -ln(1 - e_ac C^g / (EC_ac^g + C^g)),                dC/dt = k_ac (C_brain - C)

    symptom level = exp(-sum of reliefs)

of what exceeds normal anxiety. Relief counts from entry: a person on a stable SSRI has a baseline that already holds
its benefit, E_entry > 0, and starts at zero. Scales that ask about the past week see everything but the acute part.
Sources: docs/theory/symptoms.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State, Switch

_LN2 = log(2.0)


def nothing(v: Any, p: Any, m: Arithmetic) -> Any:
    """Neither gain nor loss: a remembered value."""
    return 0.0


def regulation_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Emotional regulation before treatment."""
    return v.emotional_regulation


def remaining(regulation: Any, p: Any, m: Arithmetic) -> Any:
    """Share of symptoms that a given emotional regulation leaves, 1 - E_max to 1."""
    reached = m.power(m.maximum(regulation, 0.0), p.regulation_slope)
    half = m.power(p.half_effect_regulation, p.regulation_slope)
    return 1.0 - p.plasticity_ceiling * reached / (half + reached)


def relief_plasticity(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief by plasticity since entry."""
    return m.log(remaining(v.regulation_at_entry, p, m) / remaining(v.emotional_regulation, p, m))


def acute_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_ac, 1/h."""
    return _LN2 / p.acute_half_life


def acute_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of ketamine at the site of acute anxiolysis, uM/h."""
    return acute_rate(v, p, m) * v.brain_ketamine


def relief_acute(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief while the drug is there."""
    reached = m.power(m.maximum(v.acute_ketamine, 0.0), p.acute_slope)
    half = m.power(p.acute_half_level, p.acute_slope)
    return -m.log(1.0 - p.acute_present * p.acute_ceiling * reached / (half + reached))


def relief_past(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief that scales of the past week average."""
    taught = v.relief_gaba + v.relief_psychotherapy
    return v.relief_plasticity + taught + v.relief_expectancy + v.relief_guess


def relief_now(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief that scales of the present moment see."""
    return v.relief_past + v.relief_acute


def symptom_level(v: Any, p: Any, m: Arithmetic) -> Any:
    """Symptoms above normal anxiety, as a share of those at entry."""
    return m.exp(-v.relief_now)


def acute_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of the acute effect site, h."""
    return p.acute_half_life / _LN2


SYMPTOMS = Mechanism(
    name="symptoms",
    title="Symptoms",
    reads=(
        "emotional_regulation",
        "brain_ketamine",
        "relief_gaba",
        "relief_psychotherapy",
        "relief_expectancy",
        "relief_guess",
    ),
    writes=("relief_plasticity", "relief_acute", "relief_past", "relief_now", "symptom_level"),
    variables=(
        State("regulation_at_entry", "1", "emotional regulation at entry", nothing, nothing, regulation_at_entry),
        State("acute_ketamine", "uM", "ketamine at the site of acute anxiolysis", acute_rate, acute_drive),
        Signal("relief_plasticity", "1", "relief by plasticity", relief_plasticity, latent=True),
        Signal("relief_acute", "1", "acute relief by ketamine", relief_acute, latent=True),
        Signal("relief_past", "1", "relief that lasts beyond the dose", relief_past, latent=True),
        Signal("relief_now", "1", "relief at the moment", relief_now, latent=True),
        Signal("symptom_level", "1", "symptoms left, of those at entry", symptom_level),
    ),
    fastest={"brain_ketamine": acute_time},
    switches=(
        Switch(
            "acute anxiolysis",
            "Does ketamine calm directly while it is in the brain?",
            {"on": {}, "off": {"acute_present": 0.0}},
            "on",
            "Without it one set of parameters cannot meet onset within an hour and decay within two weeks.",
        ),
    ),
)
