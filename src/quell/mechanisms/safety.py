r"""Safety: dissociation, circulation, sedation, nausea, and what accumulates.

Dissociation follows the S-weighted brain level C = C_S + C_R / rho, with tolerance within (T_a) and across (T_c)
sessions:

    I = (sigma C / EC)^g / [1 + (sigma C / EC)^g],      D = I / (1 + T_a + T_c),      CADSS = ceiling D,
    dT_j/dt = k_j C - T_j / tau_j.

Blood pressure and heart rate follow a plasma effect site of S-ketamine, opposed by S-norketamine:

    y = max sigma exp[eta (age - 45)] c^g / (1 + c^g),      c = C_cv / (EC + nu C_SNK).

sigma is the sensitivity of the occasion. Sedation joins ketamine's and GABA-A drugs' shares as independent chances;
nausea is a hazard; cumulative exposure only grows, the bladder's share is repaired. Sources: docs/theory/safety.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)
_REFERENCE_AGE = 45.0


def saturate(x: Any, slope: Any, m: Arithmetic) -> Any:
    """x^slope / (1 + x^slope), 0 to 1."""
    odds = m.power(m.maximum(x, 0.0), slope)
    return odds / (1.0 + odds)


def dissociative_level(v: Any, p: Any, m: Arithmetic) -> Any:
    """S-weighted unbound ketamine in brain, uM."""
    r_ketamine = v.brain_ketamine - v.brain_s_ketamine
    return v.brain_s_ketamine + r_ketamine / p.dissociation_enantiomer_ratio


def acute_tolerance_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Loss of tolerance within a session, 1/h."""
    return _LN2 / p.acute_tolerance_half_life


def acute_tolerance_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of tolerance within a session, 1/h."""
    return p.acute_tolerance_gain * v.dissociative_level


def lasting_tolerance_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Loss of tolerance across sessions, 1/h."""
    return _LN2 / p.lasting_tolerance_half_life


def lasting_tolerance_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of tolerance across sessions, 1/h."""
    return p.lasting_tolerance_gain * v.dissociative_level


def tolerated(intensity: Any, v: Any) -> Any:
    """An intensity after both tolerances."""
    return intensity / (1.0 + v.acute_tolerance + v.lasting_tolerance)


def dissociation(v: Any, p: Any, m: Arithmetic) -> Any:
    """Felt dissociation, 0 to 1."""
    level = v.occasion_sensitivity * v.dissociative_level / p.half_dissociation_level
    return tolerated(saturate(level, p.dissociation_slope, m), v)


def cadss(v: Any, p: Any, m: Arithmetic) -> Any:
    """CADSS total, points, before measurement."""
    return p.cadss_ceiling * v.dissociation


def ketamine_felt(v: Any, p: Any, m: Arithmetic) -> Any:
    """How surely ketamine is felt at all, 0 to 1: half at a fraction of the dissociating level."""
    level = v.occasion_sensitivity * v.dissociative_level / (p.felt_ratio * p.half_dissociation_level)
    return tolerated(saturate(level, p.dissociation_slope, m), v)


def cardiovascular_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_e0 of the circulation, 1/h."""
    return _LN2 / p.cardiovascular_half_life


def cardiovascular_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of S-ketamine at the cardiovascular effect site, uM/h."""
    return cardiovascular_rate(v, p, m) * v.s_ketamine


def opposed(half_level: Any, v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation of a circulatory effect, S-norketamine shifting its half level."""
    level = v.cardiovascular_ketamine / (half_level + p.norketamine_opposition * v.s_norketamine)
    return saturate(level, p.pressure_slope, m)


def sbp_change(v: Any, p: Any, m: Arithmetic) -> Any:
    """Rise of systolic pressure, mmHg."""
    reactivity = v.occasion_sensitivity * m.exp(p.pressure_age_slope * (v.age - _REFERENCE_AGE))
    return p.pressure_ceiling * reactivity * opposed(p.half_pressure_level, v, p, m)


def dbp_change(v: Any, p: Any, m: Arithmetic) -> Any:
    """Rise of diastolic pressure, mmHg."""
    return p.diastolic_ratio * v.sbp_change


def heart_rate_change(v: Any, p: Any, m: Arithmetic) -> Any:
    """Rise of heart rate, 1/min."""
    return p.heart_rate_ceiling * v.occasion_sensitivity * opposed(p.half_heart_rate_level, v, p, m)


def sedation_ketamine(v: Any, p: Any, m: Arithmetic) -> Any:
    """Sedation by ketamine alone, 0 to 1."""
    level = v.s_ketamine / p.half_sedation_s + v.r_ketamine / p.half_sedation_r
    return saturate(v.occasion_sensitivity * level, p.sedation_slope, m)


def sedation(v: Any, p: Any, m: Arithmetic) -> Any:
    """Sedation by all drugs, 0 to 1."""
    return 1.0 - (1.0 - sedation_ketamine(v, p, m)) * (1.0 - v.sedation_gaba)


def felt_effect(v: Any, p: Any, m: Arithmetic) -> Any:
    """How surely any drug is felt, 0 to 1."""
    return 1.0 - (1.0 - ketamine_felt(v, p, m)) * (1.0 - v.sedation)


def nausea_hazard(v: Any, p: Any, m: Arithmetic) -> Any:
    """Hazard of nausea, 1/h."""
    return p.nausea_slope * v.brain_ketamine


def lasts(v: Any, p: Any, m: Arithmetic) -> Any:
    """No loss: a cumulative quantity."""
    return 0.0


def exposure(v: Any, p: Any, m: Arithmetic) -> Any:
    """Ketamine in plasma, both enantiomers, uM."""
    return v.s_ketamine + v.r_ketamine


def repair_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Repair of the bladder, 1/h."""
    return _LN2 / p.bladder_repair_half_life


def cardiovascular_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of the cardiovascular effect site, h."""
    return p.cardiovascular_half_life / _LN2


SAFETY = Mechanism(
    name="safety",
    title="Safety",
    reads=(
        "brain_s_ketamine",
        "brain_ketamine",
        "s_ketamine",
        "r_ketamine",
        "s_norketamine",
        "sedation_gaba",
        "age",
        "occasion_sensitivity",
    ),
    writes=(
        "dissociation",
        "cadss",
        "sbp_change",
        "dbp_change",
        "heart_rate_change",
        "sedation",
        "nausea_hazard",
        "cumulative_exposure",
        "bladder_exposure",
        "felt_effect",
    ),
    variables=(
        Signal("dissociative_level", "uM", "ketamine in brain, S-weighted", dissociative_level, latent=True),
        State(
            "acute_tolerance",
            "1",
            "tolerance to dissociation within a session",
            acute_tolerance_rate,
            acute_tolerance_drive,
        ),
        State(
            "lasting_tolerance",
            "1",
            "tolerance to dissociation across sessions",
            lasting_tolerance_rate,
            lasting_tolerance_drive,
        ),
        Signal("dissociation", "1", "dissociation, 0 to 1", dissociation),
        Signal("cadss", "points", "CADSS total", cadss),
        State(
            "cardiovascular_ketamine",
            "uM",
            "S-ketamine at the cardiovascular effect site",
            cardiovascular_rate,
            cardiovascular_drive,
        ),
        Signal("sbp_change", "mmHg", "rise of systolic blood pressure", sbp_change),
        Signal("dbp_change", "mmHg", "rise of diastolic blood pressure", dbp_change),
        Signal("heart_rate_change", "1/min", "rise of heart rate", heart_rate_change),
        Signal("sedation", "1", "sedation, 0 to 1", sedation),
        Signal("felt_effect", "1", "drug effect felt, 0 to 1", felt_effect),
        Signal("nausea_hazard", "1/h", "hazard of nausea", nausea_hazard),
        State("cumulative_exposure", "uM*h", "cumulative exposure to ketamine", lasts, exposure, latent=False),
        State("bladder_exposure", "uM*h", "bladder exposure index, after repair", repair_rate, exposure),
    ),
    fastest={"s_ketamine": cardiovascular_time},
)
