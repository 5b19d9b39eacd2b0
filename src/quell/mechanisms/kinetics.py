"""The first step of the story: doses of ketamine and midazolam become concentrations in plasma.

Which part of a dose enters where and how fast, by drug and route; sums over the enantiomers; the contested choices. The
networks themselves are in :mod:`quell.mechanisms.kinetic_networks`.
"""

from typing import Any

from quell.mechanisms.base import Formula, Signal, Switch
from quell.mechanisms.kinetic_networks import ANALYTES, NETWORKS, parameter
from quell.mechanisms.network import Kinetics, RouteInput, everything

__all__ = ["KINETICS", "NETWORKS", "ROUTES"]

Part = tuple[str, Formula, Formula | None]
"""(input, share of the dose, duration of a constant input in h)."""


def _devices(v: Any, p: Any, m: Any) -> Any:
    """Number of sprays of one device's content, at least one."""
    return m.maximum(v.dose / p.nasal_device_dose, 1.0)


def _nasal_share(v: Any, p: Any, m: Any) -> Any:
    """Share absorbed in the nose; each further device adds less than the first."""
    devices = _devices(v, p, m)
    return p.nasal_fraction * (1.0 + (devices - 1.0) * p.nasal_fraction_further) / devices


def _swallowed_spray(v: Any, p: Any, m: Any) -> Any:
    return 1.0 - _nasal_share(v, p, m)


def _swallowed_film(v: Any, p: Any, m: Any) -> Any:
    return 1.0 - p.sublingual_fraction


_PARTS: dict[str, tuple[Part, ...]] = {
    "IV": (("vein", everything, None),),
    "IM": (("muscle", parameter("intramuscular_fraction"), parameter("intramuscular_duration")),),
    "SC": (("skin", parameter("subcutaneous_fraction"), None),),
    "intranasal": (
        ("nasal", _nasal_share, parameter("nasal_duration")),
        ("gut_spray", _swallowed_spray, parameter("swallowed_duration")),
    ),
    "oral": (("gut", everything, parameter("oral_duration")),),
    "sublingual": (
        ("mouth", parameter("sublingual_fraction"), parameter("sublingual_duration")),
        ("gut_film", _swallowed_film, parameter("sublingual_swallowed_duration")),
    ),
}
_MIDAZOLAM_PARTS: dict[str, tuple[Part, ...]] = {
    "IV": (("vein", everything, None),),
    "IM": (("muscle", parameter("midazolam_intramuscular_fraction"), None),),
    "SC": (("skin", parameter("midazolam_subcutaneous_fraction"), None),),
}


def _half(share: Formula) -> Formula:
    return lambda v, p, m: 0.5 * share(v, p, m)


def _routes() -> dict[tuple[str, str], tuple[RouteInput, ...]]:
    routes: dict[tuple[str, str], tuple[RouteInput, ...]] = {}
    for route, parts in _PARTS.items():
        routes["esketamine", route] = tuple(RouteInput("s_ketamine", *part) for part in parts)
        routes["arketamine", route] = tuple(RouteInput("r_ketamine", *part) for part in parts)
        routes["ketamine", route] = tuple(
            RouteInput(network, entry, _half(share), duration)
            for network in ("s_ketamine", "r_ketamine")
            for entry, share, duration in parts
        )
    for route, parts in _MIDAZOLAM_PARTS.items():
        routes["midazolam", route] = tuple(RouteInput("midazolam", *part) for part in parts)
    return routes


ROUTES = _routes()
"""(drug, route) -> where the dose enters. The racemate enters both networks with half the dose."""


def _both(name: str) -> Formula:
    """The enantiomers' sum of a venous output."""
    return lambda v, p, m: getattr(v, f"venous_s_{name}") + getattr(v, f"venous_r_{name}")


def _arterial_ketamine(v: Any, p: Any, m: Any) -> Any:
    return (v.s_ketamine + v.r_ketamine) * p.molar_mass_ketamine


_SIGNALS = (
    Signal("arterial_ketamine", "ng/mL", "ketamine (S + R), arterial plasma", _arterial_ketamine),
    *(Signal(f"venous_{x}", "ng/mL", f"{x} (S + R), venous plasma", _both(x)) for x, _, _ in ANALYTES),
)

_SWITCHES = (
    Switch(
        name="norketamine formation",
        title="Share of ketamine's clearance that forms norketamine",
        choices={"corrected": {}, "as published": {"norketamine_formation": 0.80}},
        default="corrected",
        note="Simons 2022 fixed 0.80; 1.0 brings all five norketamine comparisons closer to the data.",
    ),
    Switch(
        name="CYP2B6",
        title="Effect of CYP2B6*6 on ketamine's intrinsic clearance",
        choices={"none": {}, "Li 2015": {"cyp2b6_one_allele": 0.30, "cyp2b6_two_alleles": 0.12}},
        default="none",
        note="Rao 2016: no effect on a single oral dose. Li 2015: clearance ratios of 0.60 and 0.32 at steady state.",
    ),
    Switch(
        name="interaction",
        title="A drug that induces or inhibits ketamine's metabolism",
        choices={
            "none": {},
            "rifampicin": {
                "intrinsic_clearance_interaction": 2.05,
                "gut_availability": 0.18,
                "norketamine_clearance_interaction": 3.0,
            },
            "ticlopidine": {"intrinsic_clearance_interaction": 0.42},
            "clarithromycin": {"intrinsic_clearance_interaction": 0.60, "gut_availability": 1.00},
        },
        default="none",
        note="Solved from the published changes of exposure; clarithromycin is one of many solutions.",
    ),
)

KINETICS = Kinetics(
    name="kinetics",
    title="Concentrations in plasma",
    reads=("weight", "age", "female", "cyp2b6_star6"),
    networks=NETWORKS,
    routes=ROUTES,
    signals=_SIGNALS,
    switches=_SWITCHES,
)
"""The first step of the story: doses to concentrations."""
