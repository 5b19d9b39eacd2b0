r"""GABA-A receptors: benzodiazepines by mouth and midazolam by vein.

Doses and levels add as equivalents to a potentiation b; the brain adapts to it with T, so that part of the relief is
lost and stopping brings rebound:

    g = D / D_50 + C_M / C_50,      b = g / (1 + g),      dT/dt = k_T (b - T),
    relief = r [b (1 - lambda T)] - omega max(T - b, 0)   minus the same at entry.

People who take a benzodiazepine at entry start adapted, with zero relief relative to entry. The same drugs oppose
disinhibition, s_GABA = cap q / (1 + q), q = D / D_q + C_M / C_q, and sedate; sedation by tablets wears off as the
person gets used to the dose. Sources: docs/theory/gaba.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)


def equilibration_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_e0 of midazolam, 1/h."""
    return _LN2 / p.midazolam_half_life


def midazolam_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of midazolam at its effect site, ng/mL/h."""
    return equilibration_rate(v, p, m) * v.midazolam


def saturate(x: Any) -> Any:
    """x / (1 + x): 0 at 0, one half at 1, never above 1."""
    return x / (1.0 + x)


def potentiation(v: Any, p: Any, m: Arithmetic) -> Any:
    """Anxiolytic potentiation b of GABA-A receptors by all drugs, 0 to 1."""
    return saturate(v.benzodiazepine_dose / p.half_relief_dose + v.midazolam_effect / p.midazolam_half_relief)


def potentiation_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Potentiation b of a person entering the study."""
    return saturate(v.benzodiazepine_use / p.half_relief_dose)


def adaptation_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_T, 1/h."""
    return _LN2 / p.adaptation_half_life


def adaptation_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of adaptation, 1/h."""
    return adaptation_rate(v, p, m) * v.gaba_potentiation


def relief_gaba(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief relative to entry; negative in rebound."""
    entry = potentiation_at_entry(v, p, m)
    rebound = p.rebound * m.maximum(v.gaba_adaptation - v.gaba_potentiation, 0.0)
    return retained(v.gaba_potentiation, v.gaba_adaptation, p) - rebound - retained(entry, entry, p)


def retained(b: Any, adapted: Any, p: Any) -> Any:
    """Relief left after adaptation."""
    return p.relief_ceiling * b * (1.0 - p.tolerance * adapted)


def gaba_block(v: Any, p: Any, m: Arithmetic) -> Any:
    """Share of disinhibition that is blocked, 0 to its cap."""
    opposing = v.benzodiazepine_dose / p.half_block_dose + v.midazolam_effect / p.midazolam_half_block
    return p.block_ceiling * saturate(opposing)


def habituation_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Speed of getting used to a dose, 1/h."""
    return _LN2 / p.habituation_half_life


def habituation_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of the dose the person is used to, mg/d/h."""
    return habituation_rate(v, p, m) * v.benzodiazepine_dose


def dose_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Dose the person is used to on entering, mg/d."""
    return v.benzodiazepine_use


def sedation_gaba(v: Any, p: Any, m: Arithmetic) -> Any:
    """Sedation, 0 to 1, by midazolam and by the part of a dose the person is not used to."""
    unaccustomed = m.maximum(v.benzodiazepine_dose - v.accustomed_dose, 0.0)
    sedating = unaccustomed / p.half_sedation_dose + v.midazolam_effect / p.midazolam_half_sedation
    return saturate(sedating * sedating)


def equilibration_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of midazolam's effect site, h."""
    return p.midazolam_half_life / _LN2


def habituation_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a tablet excites, h."""
    return m.minimum(p.habituation_half_life, p.adaptation_half_life) / _LN2


GABA = Mechanism(
    name="gaba",
    title="GABA-A receptors",
    reads=("midazolam", "benzodiazepine_dose", "benzodiazepine_use"),
    writes=("gaba_block", "relief_gaba", "sedation_gaba"),
    variables=(
        State("midazolam_effect", "ng/mL", "midazolam at its effect site", equilibration_rate, midazolam_drive),
        Signal("gaba_potentiation", "1", "GABA-A potentiation", potentiation, latent=True),
        State(
            "gaba_adaptation",
            "1",
            "adaptation to GABA-A potentiation",
            adaptation_rate,
            adaptation_drive,
            potentiation_at_entry,
            upper=1.0,
        ),
        State(
            "accustomed_dose",
            "mg/d",
            "benzodiazepine dose the person is used to",
            habituation_rate,
            habituation_drive,
            dose_at_entry,
        ),
        Signal("gaba_block", "1", "share of disinhibition blocked by GABA-A drugs", gaba_block, latent=True),
        Signal("relief_gaba", "1", "relief by GABA-A drugs", relief_gaba, latent=True),
        Signal("sedation_gaba", "1", "sedation by GABA-A drugs, 0 to 1", sedation_gaba),
    ),
    fastest={"midazolam": equilibration_time, "benzodiazepine_dose": habituation_time},
)
