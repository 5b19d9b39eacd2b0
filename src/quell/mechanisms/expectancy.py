r"""Expectancy: what people expect of a treatment, and what they guess they were given.

A supervised dose opens a window W of judgement, which halves in about an hour. While it is open the expectation X of
the session rises; what is felt then, any effect (Y) and dissociation (Q), becomes evidence L of having had the drug:

    dW/dt = -k_W W,      dX/dt = k_X W (1 - X) - k_x X,
    dY/dt = k_Y felt (1 - Y) - k_I Y,      dQ/dt = k_Q CADSS (1 - Q) - k_I Q,
    dL/dt = k_L 4 W (1 - W) (L_0 + L_Y Y + L_Q Q - L) - k_l L,      guess = prior odds x exp(L).

W jumps to 1 and Y, Q to 0 at each dose. The guess is the belief under blinding; in an open study belief is 1. A
fraction of symptoms yields to expectation, on the logit scale linear in belief b through its blind and open values,

    logit P(b) = logit P_blind + (b - prior) / (1 - prior) (logit P_open - logit P_blind) + person,
    relief = -ln(1 - P(b) X a),      a = 1 - phi open (1 - guess),

so relief by expectancy is this at the belief before the dose, and relief by the guess is what the belief reached adds
or takes, less a disappointment where it fell. Daily treatment and sessions of therapy build an expectation of their
own over weeks. Sources: docs/theory/expectancy.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)


def logit(fraction: Any, m: Arithmetic) -> Any:
    """ln[x / (1 - x)]."""
    return m.log(fraction / (1.0 - fraction))


def logistic(x: Any, m: Arithmetic) -> Any:
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + m.exp(-x))


def nothing(v: Any, p: Any, m: Arithmetic) -> Any:
    """No continuous gain."""
    return 0.0


def reopen(v: Any, p: Any, m: Arithmetic) -> Any:
    """What a supervised dose adds to the window of judgement: it is fully open again."""
    return 1.0 - v.judgement


def window_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_W, 1/h."""
    return _LN2 / p.judgement_half_life


def impression_loss(v: Any, p: Any, m: Arithmetic) -> Any:
    """k_I, 1/h."""
    return _LN2 / p.impression_half_life


def feeling_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation and fading of what the session felt like, 1/h."""
    return feeling_drive(v, p, m) + impression_loss(v, p, m)


def feeling_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of the impression that something was felt, 1/h."""
    return p.feeling_gain * v.felt_effect


def forget_feeling(v: Any, p: Any, m: Arithmetic) -> Any:
    """A new dose is judged afresh."""
    return -v.felt_impression


def strangeness_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation and fading of the impression of dissociation, 1/h."""
    return strangeness_drive(v, p, m) + impression_loss(v, p, m)


def strangeness_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of the impression of dissociation, 1/h."""
    return p.dissociation_gain * v.cadss


def forget_strangeness(v: Any, p: Any, m: Arithmetic) -> Any:
    """A new dose is judged afresh."""
    return -v.dissociation_impression


def judging(v: Any, p: Any, m: Arithmetic) -> Any:
    """Speed of judgement, 1/h: none at the dose, most when the window is half closed, none without a dose."""
    return p.judgement_gain * 4.0 * v.judgement * (1.0 - v.judgement)


def evidence_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Revision and forgetting of the evidence, 1/h."""
    return judging(v, p, m) + _LN2 / p.memory_half_life


def evidence_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Revision of the evidence towards what the session felt like, 1/h."""
    felt = p.evidence_felt * v.felt_impression + p.evidence_dissociation * v.dissociation_impression
    return judging(v, p, m) * (p.evidence_nothing + felt)


def session_gain(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of the session's expectation, 1/h."""
    return p.expectation_gain * v.judgement


def session_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation and loss of the session's expectation, 1/h."""
    return session_gain(v, p, m) + _LN2 / p.expectation_half_life


def contact_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Fading of being cared for, 1/h."""
    return _LN2 / p.contact_half_life


def meet(v: Any, p: Any, m: Arithmetic) -> Any:
    """What a session of therapy adds to being cared for."""
    return 1.0 - v.therapy_contact


def care_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Speed of the expectation of ongoing treatment, 1/h."""
    return p.care_rate


def care_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Gain of the expectation of ongoing treatment, 1/h: a daily pill or a therapist, not twice."""
    alone = (1.0 - v.daily_treatment) * (1.0 - v.therapy_contact)
    return p.care_rate * (1.0 - alone)


def guess(v: Any, p: Any, m: Arithmetic) -> Any:
    """What the person would say under blinding, from the prior and the session, 0 to 1."""
    return logistic(logit(p.prior, m) + v.evidence, m)


def prior_belief(v: Any, p: Any, m: Arithmetic) -> Any:
    """Belief before the first dose: certain where everybody knows."""
    return p.prior + v.open_label * (1.0 - p.prior)


def belief(v: Any, p: Any, m: Arithmetic) -> Any:
    """Belief of having received the active drug, 0 to 1."""
    return v.cue_guess + v.open_label * (1.0 - v.cue_guess)


def yielding(believed: Any, v: Any, p: Any, m: Arithmetic) -> Any:
    """Fraction of symptoms that yields to the session at a belief."""
    blind, known = logit(p.blind_fraction, m), logit(p.open_fraction, m)
    share = (believed - p.prior) / (1.0 - p.prior)
    return logistic(blind + share * (known - blind) + p.person_offset, m)


def active(v: Any, p: Any, m: Arithmetic) -> Any:
    """Expectation at work, 0 to 1; in an open study part of it waits for a felt effect."""
    return v.session_expectation * (1.0 - p.felt_share * v.open_label * (1.0 - v.cue_guess))


def relief_session(believed: Any, v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief by the session at a belief."""
    return -m.log(1.0 - yielding(believed, v, p, m) * active(v, p, m))


def relief_care(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief by ongoing treatment."""
    fraction = logistic(logit(p.daily_fraction, m) + p.person_offset, m)
    return -m.log(1.0 - fraction * v.care_expectation)


def relief_expectancy(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief under a perfect blind: belief stays where it began."""
    return relief_session(prior_belief(v, p, m), v, p, m) + relief_care(v, p, m)


def disappointment(v: Any, p: Any, m: Arithmetic) -> Any:
    """Worsening where belief fell below where it began: y^2 (2 - y) of the share y that is lost, smooth at none."""
    started = prior_belief(v, p, m)
    lost = m.maximum(started - v.belief, 0.0) / started
    return p.disappointment * lost * lost * (2.0 - lost) * v.session_expectation


def relief_guess(v: Any, p: Any, m: Arithmetic) -> Any:
    """What the belief reached adds to relief by expectancy, or takes."""
    reached, begun = v.belief, prior_belief(v, p, m)
    gained = relief_session(reached, v, p, m) - relief_session(begun, v, p, m)
    return gained - disappointment(v, p, m)


def judgement_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a supervised dose excites, h."""
    return 1.0 / (window_rate(v, p, m) + p.judgement_gain + p.expectation_gain)


def contact_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Shortest time constant that a session of therapy excites, h."""
    return 1.0 / (contact_rate(v, p, m) + p.care_rate)


def care_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of the expectation of ongoing treatment, h."""
    return 1.0 / p.care_rate


EXPECTANCY = Mechanism(
    name="expectancy",
    title="Expectancy and the guess",
    reads=("felt_effect", "cadss", "supervised_dose", "therapy_session", "daily_treatment", "open_label"),
    writes=("belief", "relief_expectancy", "relief_guess"),
    variables=(
        State(
            "judgement", "1", "window of judgement", window_rate, nothing, jumps={"supervised_dose": reopen}, upper=1.0
        ),
        State(
            "felt_impression",
            "1",
            "impression that something was felt",
            feeling_rate,
            feeling_drive,
            jumps={"supervised_dose": forget_feeling},
            upper=1.0,
        ),
        State(
            "dissociation_impression",
            "1",
            "impression of dissociation",
            strangeness_rate,
            strangeness_drive,
            jumps={"supervised_dose": forget_strangeness},
            upper=1.0,
        ),
        State("evidence", "1", "evidence of having had the drug, log odds", evidence_rate, evidence_drive, lower=-10.0),
        State("session_expectation", "1", "expectation raised by the session", session_rate, session_gain, upper=1.0),
        State(
            "therapy_contact", "1", "being cared for", contact_rate, nothing, jumps={"therapy_session": meet}, upper=1.0
        ),
        State("care_expectation", "1", "expectation of ongoing treatment", care_rate, care_drive, upper=1.0),
        Signal("cue_guess", "1", "guess from what was felt", guess),
        Signal("belief", "1", "belief of having had the drug", belief),
        Signal("relief_expectancy", "1", "relief by expectancy under a perfect blind", relief_expectancy, latent=True),
        Signal("relief_guess", "1", "relief added or taken by the guess", relief_guess, latent=True),
    ),
    fastest={"supervised_dose": judgement_time, "therapy_session": contact_time, "daily_treatment": care_time},
)
