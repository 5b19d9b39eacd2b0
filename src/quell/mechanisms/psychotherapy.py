r"""Psychotherapy: each session starts practice, practice becomes extinction learning, learning lasts for months.

A session adds one unit of practice, which fades over days; learning saturates and is faster while plasticity is open:

    P jumps by 1 at a session,      dP/dt = -k_P P,
    dX/dt = k_X P (1 + gamma w) (1 - X) - k_forget X,      relief = -ln(1 - c X),

with w the openness of plasticity. Only what is specific to the therapy is here; being cared for is part of expectancy.
Sources: docs/theory/psychotherapy.md.
"""

from math import log
from typing import Any

from quell.mechanisms.base import Arithmetic, Mechanism, Signal, State

_LN2 = log(2.0)


def session(v: Any, p: Any, m: Arithmetic) -> Any:
    """Practice that a session adds."""
    return v.therapy_session


def practice_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Fading of practice, 1/h."""
    return _LN2 / p.practice_half_life


def no_drive(v: Any, p: Any, m: Arithmetic) -> Any:
    """Nothing but sessions adds practice."""
    return 0.0


def learning(v: Any, p: Any, m: Arithmetic) -> Any:
    """Speed of extinction learning, 1/h."""
    per_session = p.learning_per_session * practice_rate(v, p, m) * v.practice
    return per_session * (1.0 + p.plasticity_gain * v.plasticity_window)


def learning_rate(v: Any, p: Any, m: Arithmetic) -> Any:
    """Saturation and forgetting of what was learnt, 1/h."""
    return learning(v, p, m) + _LN2 / p.forgetting_half_life


def relief_psychotherapy(v: Any, p: Any, m: Arithmetic) -> Any:
    """Relief by extinction learning."""
    return -m.log(1.0 - p.relief_ceiling * v.extinction_learning)


def practice_time(v: Any, p: Any, m: Arithmetic) -> Any:
    """Time constant of practice, h."""
    return p.practice_half_life / _LN2


PSYCHOTHERAPY = Mechanism(
    name="psychotherapy",
    title="Psychotherapy",
    reads=("therapy_session", "plasticity_window"),
    writes=("extinction_learning", "relief_psychotherapy"),
    variables=(
        State(
            "practice", "1", "practice since the sessions", practice_rate, no_drive, jumps={"therapy_session": session}
        ),
        State("extinction_learning", "1", "extinction learning", learning_rate, learning, upper=1.0),
        Signal("relief_psychotherapy", "1", "relief by psychotherapy", relief_psychotherapy, latent=True),
    ),
    fastest={"therapy_session": practice_time},
)
