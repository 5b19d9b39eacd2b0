r"""NMDA receptors: from plasma to the block of two pools.

Unbound concentrations follow plasma through one effect site of a few minutes,

    dC/dt = k_e0 (f_u K_p,uu C_plasma - C),

and add up by potency to one exposure,

    x = [C_S + C_R / rho + (C_SNK + C_RNK / rho) / nu] / K_S,        K_S = K (1 + 1 / rho) / 2,

with K the potency of the racemate, rho = K_R / K_S and nu how much weaker norketamine is. Two pools see it differently,

    B_j = (f_j x)^n_j / (1 + (f_j x)^n_j),      j = I (interneurons), P (pyramidal cells),      f_I > f_P.

Hydroxynorketamine hardly blocks NMDA receptors; its brain level is kept for the hypothesis that it acts elsewhere.
Derivation and sources: docs/theory/receptors.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)


def equilibration_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_e0, 1/h."""
    return _LN2 / p.effect_site_half_life


def brain_ratio(v: Any, p: Any, m: Arithmetic) -> Any:
    """Unbound ketamine in brain over total ketamine in plasma, f_u K_p,uu."""
    return p.unbound_fraction * p.brain_partition


def s_ketamine_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of unbound S-ketamine in brain, uM/h."""
    return equilibration_rate(v, p, m) * brain_ratio(v, p, m) * v.s_ketamine


def r_ketamine_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of unbound R-ketamine in brain, uM/h."""
    return equilibration_rate(v, p, m) * brain_ratio(v, p, m) * v.r_ketamine


def norketamine_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of unbound norketamine in brain, counted as its S form, uM/h."""
    counted_as_s = v.s_norketamine + v.r_norketamine / p.enantiomer_ratio
    return equilibration_rate(v, p, m) * brain_ratio(v, p, m) * p.norketamine_brain_ratio * counted_as_s


def hydroxynorketamine_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of unbound hydroxynorketamine in brain, uM/h."""
    in_plasma = v.s_hydroxynorketamine + v.r_hydroxynorketamine
    return equilibration_rate(v, p, m) * p.hydroxynorketamine_brain_ratio * in_plasma


def brain_ketamine(v: Any, p: Any, m: Arithmetic) -> Any:
    """Unbound ketamine in brain, both enantiomers, uM."""
    return v.brain_s_ketamine + v.brain_r_ketamine


def nmda_exposure(v: Any, p: Any, m: Arithmetic) -> Any:
    """Potency-weighted concentration x; 1 means half-block of a pool of ordinary sensitivity."""
    counted_as_s = v.brain_s_ketamine + v.brain_r_ketamine / p.enantiomer_ratio
    counted_as_s = counted_as_s + v.brain_norketamine / p.norketamine_ratio
    return counted_as_s / (0.5 * p.potency * (1.0 + 1.0 / p.enantiomer_ratio))


def pool_block(x: Any, factor: Any, slope: Any, m: Arithmetic) -> Any:
    """Fraction of a pool that is blocked, 0 to 1, rising with x."""
    odds = m.power(m.maximum(factor * x, 0.0), slope)
    return odds / (1.0 + odds)


def block_interneuron(v: Any, p: Any, m: Arithmetic) -> Any:
    """Blocked fraction on inhibitory interneurons."""
    return pool_block(v.nmda_exposure, p.interneuron_factor, p.interneuron_slope, m)


def block_pyramidal(v: Any, p: Any, m: Arithmetic) -> Any:
    """Blocked fraction on pyramidal cells."""
    return pool_block(v.nmda_exposure, p.pyramidal_factor, p.pyramidal_slope, m)


def nmda_block(v: Any, p: Any, m: Arithmetic) -> Any:
    """Unweighted mean of the two pools, the figure a reader can compare with imaging."""
    return 0.5 * (v.block_interneuron + v.block_pyramidal)


def equilibration_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of the effect site, h."""
    return p.effect_site_half_life / _LN2


RECEPTORS = Mechanism(
    name="receptors",
    title="NMDA receptors",
    reads=(
        "s_ketamine",
        "r_ketamine",
        "s_norketamine",
        "r_norketamine",
        "s_hydroxynorketamine",
        "r_hydroxynorketamine",
    ),
    writes=(
        "brain_ketamine",
        "brain_s_ketamine",
        "nmda_exposure",
        "block_interneuron",
        "block_pyramidal",
        "nmda_block",
        "brain_hydroxynorketamine",
    ),
    variables=(
        State("brain_s_ketamine", "uM", "S-ketamine in brain, unbound", equilibration_rate, s_ketamine_drive),
        State("brain_r_ketamine", "uM", "R-ketamine in brain, unbound", equilibration_rate, r_ketamine_drive),
        State("brain_norketamine", "uM", "norketamine in brain, unbound, as S", equilibration_rate, norketamine_drive),
        State(
            "brain_hydroxynorketamine",
            "uM",
            "hydroxynorketamine in brain, unbound",
            equilibration_rate,
            hydroxynorketamine_drive,
        ),
        Signal("brain_ketamine", "uM", "ketamine in brain, unbound", brain_ketamine, latent=True),
        Signal("nmda_exposure", "1", "NMDA exposure, potency-weighted", nmda_exposure, latent=True),
        Signal("block_interneuron", "1", "NMDA block on interneurons", block_interneuron, latent=True),
        Signal("block_pyramidal", "1", "NMDA block on pyramidal cells", block_pyramidal, latent=True),
        Signal("nmda_block", "1", "NMDA receptors blocked", nmda_block, latent=True),
    ),
    fastest=dict.fromkeys(
        (
            "s_ketamine",
            "r_ketamine",
            "s_norketamine",
            "r_norketamine",
            "s_hydroxynorketamine",
            "r_hydroxynorketamine",
        ),
        equilibration_time,
    ),
)
