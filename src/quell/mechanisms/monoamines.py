r"""Monoamines: from the daily tablet to a slow drive of plasticity.

Doses count in minimum therapeutic doses. Transporters fill at once, somatodendritic autoreceptors lose sensitivity over
one to three weeks, and only then does serotonin stay raised:

    O = D / (D + D_50),      dR/dt = k_A (1 - theta O - R),      dV/dt = k_V [O (1 - R) / (theta O_1^2) - V],

with O_1 the occupancy at the minimum dose, so that V = 1 at its steady state. An SNRI adds a noradrenergic part that
needs no autoreceptor and fades as adrenoceptors adapt (a stands for its occupancy, Y for the adaptation):

    dY/dt = k_Y (a - Y),      drive = (1 - r_L resistance) [V + w_NA (a - lambda Y) / O_1].

People on a stable SSRI enter at the steady state of one minimum dose. Sources: docs/theory/monoamines.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)


def occupancy(dose: Any, p: Any, m: Arithmetic) -> Any:
    """Occupied fraction of a transporter, 0 to 1; dose in minimum therapeutic doses."""
    taken = m.maximum(dose, 0.0)
    return taken / (taken + p.half_occupancy_dose)


def transporter_occupancy(v: Any, p: Any, m: Arithmetic) -> Any:
    """Serotonin transporter occupancy by treatment and by an SSRI at entry."""
    return occupancy(v.ssri_use + v.ssri_dose + v.snri_dose, p, m)


def noradrenaline_occupancy(v: Any, p: Any, m: Arithmetic) -> Any:
    """Noradrenaline transporter occupancy; SNRI only."""
    return occupancy(v.snri_dose, p, m)


def autoreceptor_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_A, 1/h."""
    return _LN2 / p.autoreceptor_half_life


def autoreceptor_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Recovery of autoreceptor sensitivity, 1/h."""
    return autoreceptor_rate(v, p, m) * (1.0 - p.autoreceptor_loss * v.transporter_occupancy)


def autoreceptor_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Autoreceptor sensitivity of a person entering the study, 1 without an SSRI."""
    return 1.0 - p.autoreceptor_loss * occupancy(v.ssri_use, p, m)


def raised_serotonin(occupied: Any, sensitivity: Any, p: Any, m: Arithmetic) -> Any:
    """Serotonin raised by reuptake block that feedback no longer cancels; 1 at the steady state of the minimum dose."""
    reference = occupancy(1.0, p, m)
    return occupied * (1.0 - sensitivity) / (p.autoreceptor_loss * reference * reference)


def transcription_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_V, 1/h."""
    return _LN2 / p.transcription_half_life


def transcription_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of slow serotonin, 1/h."""
    raised = raised_serotonin(v.transporter_occupancy, v.autoreceptor_sensitivity, p, m)
    return transcription_rate(v, p, m) * raised


def slow_serotonin_at_entry(v: Any, p: Any, m: Arithmetic) -> Any:
    """Slow serotonin of a person entering the study, 1 on one minimum dose."""
    return raised_serotonin(occupancy(v.ssri_use, p, m), autoreceptor_at_entry(v, p, m), p, m)


def adaptation_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_Y, 1/h."""
    return _LN2 / p.adrenoceptor_half_life


def adaptation_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of adrenoceptor adaptation, 1/h."""
    return adaptation_rate(v, p, m) * noradrenaline_occupancy(v, p, m)


def noradrenergic_part(v: Any, p: Any, m: Arithmetic) -> Any:
    """Noradrenergic share of the drive, in units of V."""
    effective = noradrenaline_occupancy(v, p, m) - p.adrenoceptor_loss * v.adrenoceptor_adaptation
    return p.noradrenergic_weight * effective / occupancy(1.0, p, m)


def serotonergic_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Slow monoaminergic drive of plasticity; 1 at the steady state of one minimum dose of an SSRI."""
    whole = m.maximum(v.slow_serotonin + noradrenergic_part(v, p, m), 0.0)
    return (1.0 - p.resistance_loss * v.resistance) * whole


def autoreceptor_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a tablet excites, h."""
    return m.minimum(p.transcription_half_life, m.minimum(p.autoreceptor_half_life, p.adrenoceptor_half_life)) / _LN2


MONOAMINES = Mechanism(
    name="monoamines",
    title="Monoamines",
    reads=("ssri_dose", "snri_dose", "ssri_use", "resistance"),
    writes=("transporter_occupancy", "serotonergic_drive"),
    variables=(
        Signal("transporter_occupancy", "1", "serotonin transporter occupancy", transporter_occupancy),
        State(
            "autoreceptor_sensitivity",
            "1",
            "5-HT1A autoreceptor sensitivity",
            autoreceptor_rate,
            autoreceptor_drive,
            autoreceptor_at_entry,
            upper=1.0,
        ),
        State(
            "slow_serotonin",
            "1",
            "serotonin raised for good",
            transcription_rate,
            transcription_drive,
            slow_serotonin_at_entry,
        ),
        State("adrenoceptor_adaptation", "1", "adrenoceptor adaptation", adaptation_rate, adaptation_drive, upper=1.0),
        Signal("serotonergic_drive", "1", "monoaminergic drive of plasticity", serotonergic_drive, latent=True),
    ),
    fastest=dict.fromkeys(("ssri_dose", "snri_dose"), autoreceptor_time),
)
