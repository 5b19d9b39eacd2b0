r"""Plasticity: from the glutamate surge to connections that last, and the capacity to regulate emotion.

One trigger T starts both the fast and the slow limb; which cause fills it is the contested hypothesis:

    T = (1 - s_opi) [q_D A + q_P w_P x / (1 + x) + q_H w_H H / (H + H_50)]

    dF/dt = k_F T (1 - F) - k_Fout F                      fast functional potentiation, no new structure
    dB/dt = k_B (g_B T + w_5 V - B)                       activity-dependent BDNF / TrkB
    dM/dt = k_M [(1 - s_rapa) B - M]                      mTORC1, translation
    dN/dt = k_N M (1 - S - N) - (k_st + k_el) N           nascent connections
    dS/dt = k_st N - k_S S                                stable connections
    dE/dt = k_E (w_F F + w_N N + w_S S - E)               emotional regulation

F stays in [0, 1]; N, S >= 0 and N + S <= 1 by construction. People on a stable SSRI enter at the steady state of V.
Why, and what is known: docs/theory/plasticity.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State, Switch

_LN2 = log(2.0)


def disinhibition_part(v: Any, p: Any, m: Arithmetic) -> Any:
    """What the glutamate surge adds to the trigger."""
    return p.disinhibition_share * v.ampa_throughput


def pyramidal_part(v: Any, p: Any, m: Arithmetic) -> Any:
    """What block of resting pyramidal receptors adds through eEF2 kinase."""
    return p.pyramidal_share * p.pyramidal_weight * v.nmda_exposure / (1.0 + v.nmda_exposure)


def hydroxynorketamine_part(v: Any, p: Any, m: Arithmetic) -> Any:
    """What hydroxynorketamine adds through AMPA receptors."""
    h = v.brain_hydroxynorketamine
    return p.hydroxynorketamine_share * p.hydroxynorketamine_weight * h / (h + p.hydroxynorketamine_half_level)


def plasticity_trigger(v: Any, p: Any, m: Arithmetic) -> Any:
    """Acute trigger T of both limbs, in units of AMPA throughput."""
    whole = disinhibition_part(v, p, m) + pyramidal_part(v, p, m) + hydroxynorketamine_part(v, p, m)
    return (1.0 - p.opioid_gate_closed * p.opioid_share) * whole


def potentiation_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Loss of fast potentiation, 1/h; while the trigger lasts it also tends to its ceiling of 1."""
    return p.fast_gain * v.plasticity_trigger + _LN2 / p.fast_half_life


def potentiation_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of fast potentiation, 1/h."""
    return p.fast_gain * v.plasticity_trigger


def bdnf_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_B, 1/h."""
    return _LN2 / p.bdnf_half_life


def bdnf_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of BDNF / TrkB activity, 1/h."""
    wanted = p.bdnf_gain * v.plasticity_trigger + p.serotonergic_weight * v.serotonergic_drive
    return bdnf_rate(v, p, m) * wanted


def bdnf_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """BDNF / TrkB activity sustained by a stable SSRI."""
    return p.serotonergic_weight * v.serotonergic_drive


def translation(v: Any, p: Any, m: Arithmetic) -> Any:
    """Level to which mTORC1 activity relaxes."""
    return (1.0 - p.mtorc1_blocked * p.mtorc1_inhibition) * v.bdnf


def mtorc1_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_M, 1/h."""
    return _LN2 / p.mtorc1_half_life


def mtorc1_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of mTORC1 activity, 1/h."""
    return mtorc1_rate(v, p, m) * translation(v, p, m)


def loss_factor(v: Any, p: Any, m: Arithmetic) -> Any:
    """Loss of connections relative to normal; below 1 where rapamycin protects them."""
    return 1.0 - p.loss_protected * p.protection


def nascent_loss(v: Any, p: Any, m: Arithmetic) -> Any:
    """Nascent connections stabilised or eliminated, 1/h."""
    return p.stabilisation_rate + loss_factor(v, p, m) * _LN2 / p.nascent_half_life


def stable_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Loss of stable connections, 1/h."""
    return loss_factor(v, p, m) * _LN2 / p.stable_half_life


def nascent_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Total rate of nascent connections, 1/h, saturation included."""
    return p.formation_rate * v.mtorc1 + nascent_loss(v, p, m)


def nascent_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Formation of connections on the room that stable ones leave, 1/h."""
    return p.formation_rate * v.mtorc1 * (1.0 - v.stable_connections)


def nascent_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Nascent connections sustained by a stable SSRI: N = k_N M / [k_N M (1 + k_st / k_S) + k_st + k_el]."""
    forming = p.formation_rate * v.mtorc1
    crowding = 1.0 + p.stabilisation_rate / stable_rate(v, p, m)
    return forming / (forming * crowding + nascent_loss(v, p, m))


def stable_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Stabilisation of nascent connections, 1/h."""
    return p.stabilisation_rate * v.nascent_connections


def stable_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Stable connections sustained by a stable SSRI: S = k_st N / k_S."""
    return stable_drive(v, p, m) / stable_rate(v, p, m)


def structural_support(v: Any, p: Any, m: Arithmetic) -> Any:
    """What connections add to emotional regulation."""
    return p.nascent_weight * v.nascent_connections + p.stable_weight * v.stable_connections


def regulation_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_E, 1/h."""
    return _LN2 / p.regulation_half_life


def regulation_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of emotional regulation, 1/h."""
    supported = p.fast_weight * v.fast_potentiation + structural_support(v, p, m)
    return regulation_rate(v, p, m) * supported


def plasticity_window(v: Any, p: Any, m: Arithmetic) -> Any:
    """How open plasticity is, 0 to 1: potentiated or newly connected."""
    return 1.0 - (1.0 - v.fast_potentiation) * (1.0 - v.nascent_connections)


def regulation_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a trigger excites, h."""
    return p.regulation_half_life / _LN2


def bdnf_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a slow drive excites, h."""
    return m.minimum(p.bdnf_half_life, p.mtorc1_half_life) / _LN2


PLASTICITY = Mechanism(
    name="plasticity",
    title="Plasticity and emotional regulation",
    reads=("ampa_throughput", "nmda_exposure", "brain_hydroxynorketamine", "serotonergic_drive"),
    writes=(
        "fast_potentiation",
        "bdnf",
        "mtorc1",
        "nascent_connections",
        "stable_connections",
        "emotional_regulation",
        "plasticity_window",
    ),
    variables=(
        Signal("plasticity_trigger", "1", "trigger of plasticity", plasticity_trigger, latent=True),
        State("fast_potentiation", "1", "fast potentiation", potentiation_rate, potentiation_drive, upper=1.0),
        State("bdnf", "1", "BDNF / TrkB activity", bdnf_rate, bdnf_drive, bdnf_at_entry),
        State("mtorc1", "1", "mTORC1 activity", mtorc1_rate, mtorc1_drive, translation),
        State(
            "nascent_connections",
            "1",
            "nascent connections",
            nascent_rate,
            nascent_drive,
            nascent_at_entry,
            upper=1.0,
        ),
        State("stable_connections", "1", "stable connections", stable_rate, stable_drive, stable_at_entry, upper=1.0),
        State(
            "emotional_regulation",
            "1",
            "emotional regulation",
            regulation_rate,
            regulation_drive,
            structural_support,
        ),
        Signal("plasticity_window", "1", "openness of plasticity", plasticity_window, latent=True),
    ),
    fastest={
        "ampa_throughput": regulation_time,
        "nmda_exposure": regulation_time,
        "brain_hydroxynorketamine": regulation_time,
        "serotonergic_drive": bdnf_time,
    },
    switches=(
        Switch(
            "pathway",
            "What triggers plasticity?",
            {
                "disinhibition": {},
                "pyramidal eEF2K": {"disinhibition_share": 0.0, "pyramidal_share": 1.0},
                "HNK/AMPA": {"disinhibition_share": 0.0, "hydroxynorketamine_share": 1.0},
            },
            "disinhibition",
            "Symptoms cannot tell these apart: each is matched at 24 h after 0.5 mg/kg and they part at other doses.",
        ),
        Switch(
            "opioid gate",
            "Does the effect need opioid receptors?",
            {"open": {}, "naltrexone": {"opioid_gate_closed": 1.0}},
            "open",
            "Twelve patients in one crossover that stopped early.",
        ),
        Switch(
            "mtorc1",
            "What does rapamycin do?",
            {
                "needed": {},
                "rapamycin": {"mtorc1_blocked": 1.0},
                "rapamycin protects": {"loss_protected": 1.0},
            },
            "needed",
            "Local rapamycin abolishes the effect in rodents; by mouth it prolonged it in patients.",
        ),
    ),
)
