r"""The compartment models that every pharmacometrician knows, by name.

    one-, two-, three-compartment-  x  iv, oral

    A_depot' = -KA A_depot,   A_central' = KA A_depot - (CL + sum_i Q_i)/V A_central + sum_i Q_i/V_i A_i,
    A_i' = Q_i/V A_central - Q_i/V_i A_i,     PRED = A_central / V.

Oral models number the depot 1 and the central compartment 2, the others begin with the central one. Parameters are
CL V KA, CL V1 Q2 V2 KA, CL V1 Q2 V2 Q3 V3 KA (no KA without a depot), in units that fit together: L, L/h, 1/h.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from quell.conventions.errors import StudyError, suggest
from quell.mechanisms.network import LinearNetwork
from quell.mechanisms.network_parts import Tissue, connect, disposition, first_order, parameter

_COUNTS = {"one": 1, "two": 2, "three": 3}
_ROUTES = ("iv", "oral")

NAMES = tuple(f"{count}-compartment-{route}" for count in _COUNTS for route in _ROUTES)
"""Every model, as it is named on the command line."""


@dataclass(frozen=True, slots=True)
class CompartmentModel:
    """Linear kinetics that dosing records can be solved with.

    Parameters
    ----------
    name
        As on the command line.
    network
        Compartments in the order of their numbers (CMT).
    dosed, observed
        Compartment of a dose that names none, and the output that PRED is.
    parameters
        Names that the network reads.
    volume
        Parameter by which the observed amount is divided, L; empty where it is not a parameter.
    defaults
        Values of parameters that nobody gives.
    """

    name: str
    network: LinearNetwork
    dosed: str
    observed: str
    parameters: tuple[str, ...]
    volume: str
    defaults: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def compartments(self) -> tuple[str, ...]:
        """Names by number, the first being compartment 1."""
        return self.network.compartment_names

    def lowest(self, name: str) -> tuple[float, bool]:
        """The lowest value of a parameter, also of doses (R1, D1), and whether it may be reached."""
        if self.defaults.get(name, 0.0) < 0:
            return -math.inf, False
        return 0.0, not (name.rstrip("0123456789") in ("V", "R", "D") or name.startswith("VOLUME"))

    def allowed(self, name: str) -> str:
        """What a parameter may be, in words."""
        lowest, reached = self.lowest(name)
        return "0 or more" if reached else "a number above 0" if lowest == 0 else "a finite number"


@cache
def compartment_model(name: str) -> CompartmentModel:
    """A model by its name.

    Raises
    ------
    StudyError
        There is none of that name.
    """
    if name not in NAMES:
        message = f'there is no model "{name}"'
        raise StudyError(message, text=name, allowed=NAMES, suggestion=suggest(name, NAMES))
    count, _, route = name.split("-")
    return _model(name, _COUNTS[count], oral=route == "oral")


def _model(name: str, count: int, *, oral: bool) -> CompartmentModel:
    volume = "V" if count == 1 else "V1"
    further = [(f"Q{i}", f"V{i}") for i in range(2, count + 1)]
    tissues = [Tissue(f"peripheral{i}", parameter(q), parameter(v)) for i, (q, v) in enumerate(further, 1)]
    parts = [disposition("central", parameter(volume), parameter("CL"), tissues)]
    if oral:
        parts.insert(0, first_order("depot", "central", parameter("KA")))
    network = connect(name.replace("-", "_"), name.replace("-", " "), *parts)
    names = ("CL", volume, *(x for pair in further for x in pair), *(("KA",) if oral else ()))
    return CompartmentModel(name, network, network.compartment_names[0], "central", names, volume)
