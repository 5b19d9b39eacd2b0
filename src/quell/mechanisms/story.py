"""The story in order: quell's own mechanisms and those found at the entry point ``quell.mechanisms``."""

from functools import cache
from importlib.metadata import entry_points

from quell.mechanisms.assembly import System, assemble
from quell.mechanisms.base import Mechanism
from quell.mechanisms.expectancy import EXPECTANCY
from quell.mechanisms.gaba import GABA
from quell.mechanisms.glutamate import GLUTAMATE
from quell.mechanisms.monoamines import MONOAMINES
from quell.mechanisms.plasticity import PLASTICITY
from quell.mechanisms.psychotherapy import PSYCHOTHERAPY
from quell.mechanisms.receptors import RECEPTORS
from quell.mechanisms.safety import SAFETY
from quell.mechanisms.symptoms import SYMPTOMS

OWN_MECHANISMS: tuple[Mechanism, ...] = (
    RECEPTORS,
    GABA,
    GLUTAMATE,
    MONOAMINES,
    PLASTICITY,
    PSYCHOTHERAPY,
    SAFETY,
    EXPECTANCY,
    SYMPTOMS,
)

KINETIC_SIGNALS: tuple[str, ...] = (
    "s_ketamine",
    "r_ketamine",
    "s_norketamine",
    "r_norketamine",
    "s_hydroxynorketamine",
    "r_hydroxynorketamine",
    "midazolam",
)
"""What the kinetics supply to the mechanisms."""


def mechanisms() -> tuple[Mechanism, ...]:
    """Own mechanisms, then any installed from outside."""
    outside = tuple(entry.load() for entry in entry_points(group="quell.mechanisms"))
    return (*OWN_MECHANISMS, *outside)


@cache
def default_system() -> System:
    """The assembled model of every mechanism at hand."""
    return assemble(mechanisms(), KINETIC_SIGNALS)
