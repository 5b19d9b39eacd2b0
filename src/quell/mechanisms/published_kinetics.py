r"""Published kinetics of ketamine, each as its authors wrote it and under its own name.

    Domino 1982        A' = -(k10 + k12 + k13) A + k21 T + k31 D,              C = A / (V1 weight)
    Clements 1981      the same with one tissue
    Kamp 2020          CL, Q2, Q3 grow with weight^0.75 (assumed), V1, V2, V3 with weight; arterial plasma
    Otto 2021          three compartments, all of CL into norketamine's two; V1, CL, Vn, CLn grow with weight
    Perez-Ruixo 2021   three compartments and a liver between gut and blood: first pass and clearance are one process,
                       E = Vh (kel + kmet) / (Qh + Vh (kel + kmet)); kmet feeds norketamine; no effect of weight
    Simons 2022        the S-enantiomer of :mod:`quell.mechanisms.kinetic_networks`, extensions included

Amounts in mg, time in h, concentrations in mg/L. Metabolites of Otto and Perez-Ruixo are counted in mg of ketamine, as
their authors did. Each model has its own pack; none of them feeds a study: docs/theory/published-kinetics.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quell.mechanisms.kinetic_networks import NETWORKS
from quell.mechanisms.network import (
    Compartment,
    Input,
    LinearNetwork,
    Output,
    RouteInput,
    Transfer,
    everything,
    exchange,
)
from quell.mechanisms.network_parts import Part, Tissue, connect, disposition, first_order, parameter


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model as published.

    Parameters
    ----------
    name, pack
        Its name on the command line, and the pack with its parameters.
    network
        With an input into each compartment that holds drug, and concentrations in mg/L.
    drug, plasma
        What it describes, and where the blood was taken: arterial or venous.
    dosed, observed
        Compartment of a dose that names none, and the output that is compared with samples.
    covariates
        Covariates it reads -> the value of somebody of whom nothing is known.
    routes
        Route -> parts of a dose, where a route has more than one or a duration of its own.
    """

    name: str
    pack: str
    network: LinearNetwork
    drug: str
    plasma: str
    dosed: str = "central"
    observed: str = "central"
    covariates: Mapping[str, float] = field(default_factory=dict)
    routes: Mapping[str, tuple[RouteInput, ...]] = field(default_factory=dict)


# ----------------------------------------------------------------------------------- rate constants and volumes per kg


def _by_weight(v: Any, p: Any, m: Any) -> Any:
    return p.volume * v.weight


def _with_rate_constants(name: str, title: str, tissues: tuple[str, ...]) -> LinearNetwork:
    centre = Part((), (Transfer("central", parameter("elimination")),))
    parts = [disposition("central", _by_weight, None, title="ketamine"), centre]
    for tissue in tissues:
        ways = exchange("central", tissue, parameter(f"to_{tissue}"), parameter(f"from_{tissue}"))
        parts.append(Part((Compartment(tissue, "mg", f"ketamine, {tissue} tissue"),), ways))
    return connect(name, title, *parts)


# --------------------------------------------------------------------------------------------- clearances and exponents


def _scaled(name: str, exponent: str) -> Any:
    """A parameter at the reference weight, scaled by weight to a power."""

    def value(v: Any, p: Any, m: Any) -> Any:
        return getattr(p, name) * m.power(v.weight / p.reference_weight, getattr(p, exponent))

    return value


def _volume(name: str) -> Any:
    return _scaled(name, "volume_exponent")


def _clearance(name: str) -> Any:
    return _scaled(name, "clearance_exponent")


def _kamp() -> LinearNetwork:
    tissues = tuple(
        Tissue(depth, _clearance(f"flow_{depth}"), _volume(f"volume_{depth}")) for depth in ("shallow", "deep")
    )
    centre = disposition("central", _volume("volume"), _clearance("clearance"), tissues, title="ketamine")
    return connect("kamp_2020", "Kamp 2020", centre)


def _otto() -> LinearNetwork:
    tissues = tuple(Tissue(x, parameter(f"flow_{x}"), parameter(f"volume_{x}")) for x in ("shallow", "deep"))
    further = Tissue("norketamine_deep", parameter("norketamine_flow_deep"), parameter("norketamine_volume_deep"))
    return connect(
        "otto_2021",
        "Otto 2021",
        disposition(
            "central",
            _volume("volume"),
            _clearance("clearance"),
            tissues,
            title="S-ketamine",
            into={"norketamine": everything},
        ),
        disposition(
            "norketamine",
            _volume("norketamine_volume"),
            _clearance("norketamine_clearance"),
            (further,),
            title="S-norketamine",
        ),
    )


# ------------------------------------------------------------------------------------------------------- with a liver


def _hepatic_flow(v: Any, p: Any, m: Any) -> Any:
    return p.hepatic_flow - p.hepatic_flow_loss * m.maximum(v.age - p.hepatic_flow_age, 0.0)


def _other_metabolites(v: Any, p: Any, m: Any) -> Any:
    return p.hepatic_elimination * m.power(p.asian_hepatic_elimination, v.asian)


def _liver_loss(v: Any, p: Any, m: Any) -> Any:
    return _other_metabolites(v, p, m) + p.hepatic_formation


def _to_norketamine(v: Any, p: Any, m: Any) -> Any:
    return p.hepatic_formation / _liver_loss(v, p, m)


def _norketamine_clearance(v: Any, p: Any, m: Any) -> Any:
    return p.norketamine_clearance * m.power(p.asian_norketamine_clearance, v.asian)


def _nasal_share(v: Any, p: Any, m: Any) -> Any:
    """Share of a spray that the nose takes up: less of each device after the first."""
    devices = m.maximum(v.dose / p.device_dose, 1.0)
    first = p.nasal_fraction * m.power(p.japanese_nasal_fraction, v.japanese)
    return first * (1.0 + (devices - 1.0) * p.nasal_fraction_further) / devices


def _swallowed_share(v: Any, p: Any, m: Any) -> Any:
    return 1.0 - _nasal_share(v, p, m)


def _perez_ruixo() -> LinearNetwork:
    tissues = (
        Tissue("shallow", parameter("flow_shallow"), parameter("volume_shallow")),
        Tissue("deep", parameter("flow_deep"), parameter("volume_deep")),
        Tissue("liver", _hepatic_flow, parameter("hepatic_volume")),
    )
    further = Tissue("norketamine_deep", parameter("norketamine_flow_deep"), parameter("norketamine_volume_deep"))
    through_the_wall = parameter("gut_availability")
    return connect(
        "perez_ruixo_2021",
        "Perez-Ruixo 2021",
        disposition("central", parameter("volume"), None, tissues, title="esketamine"),
        Part((), (Transfer("liver", _liver_loss, {"norketamine": _to_norketamine}),)),
        disposition(
            "norketamine", parameter("norketamine_volume"), _norketamine_clearance, (further,), title="noresketamine"
        ),
        first_order("nose", "central", parameter("nasal_absorption"), title="nasal mucosa"),
        first_order(
            "gut_spray", "liver", parameter("swallowed_absorption"), through_the_wall, title="gut, from a spray"
        ),
        first_order("gut", "liver", parameter("oral_absorption"), through_the_wall, title="gut"),
    )


def _perez_ruixo_routes() -> dict[str, tuple[RouteInput, ...]]:
    name = "perez_ruixo_2021"
    return {
        "intranasal": (
            RouteInput(name, "nose", _nasal_share),
            RouteInput(name, "gut_spray", _swallowed_share, parameter("swallowed_duration")),
        ),
        "oral": (RouteInput(name, "gut", everything, parameter("oral_duration")),),
    }


# ------------------------------------------------------------------------------------------- quell's own, by its paper


def _simons() -> LinearNetwork:
    """The S-enantiomer with an input into each compartment and concentrations in mg/L."""
    own = NETWORKS[0]
    massless = {x.target for x in own.links}
    held = [x for x in own.compartments if x.name not in massless]
    venous = {x.name: x for x in own.outputs}

    def arterial(name: str, volume: str) -> Output:
        def weight(v: Any, p: Any, m: Any) -> Any:
            return 1.0 / (getattr(p, volume) * m.power(v.weight / p.reference_weight, p.volume_exponent))

        return Output(name, "mg/L", f"S-{name}, arterial plasma", {name: weight})

    def per_litre(weight: Any) -> Any:
        return lambda v, p, m: weight(v, p, m) / 1000.0

    vein = {name: per_litre(weight) for name, weight in venous["venous_s_ketamine"].weights.items()}
    return LinearNetwork(
        name="simons_2022",
        title="Simons 2022, as quell extends it",
        compartments=own.compartments,
        transfers=own.transfers,
        inputs=tuple(Input(x.name, x.name, f"into {x.title}") for x in held),
        outputs=(
            arterial("ketamine", "ketamine_volume"),
            arterial("norketamine", "ketamine_volume"),
            arterial("hydroxynorketamine", "hydroxynorketamine_volume"),
            Output("venous_ketamine", "mg/L", "S-ketamine, venous plasma", vein),
        ),
        links=own.links,
    )


_WEIGHT = {"weight": 70.0}

PUBLISHED = (
    PublishedModel(
        "domino-1982",
        "domino_1982",
        _with_rate_constants("domino_1982", "Domino 1982", ("shallow", "deep")),
        "ketamine",
        "venous",
        covariates=_WEIGHT,
    ),
    PublishedModel(
        "clements-1981",
        "clements_1981",
        _with_rate_constants("clements_1981", "Clements 1981", ("shallow",)),
        "ketamine",
        "venous",
        covariates=_WEIGHT,
    ),
    PublishedModel("kamp-2020", "kamp_2020", _kamp(), "ketamine", "arterial", covariates=_WEIGHT),
    PublishedModel("otto-2021", "otto_2021", _otto(), "esketamine", "venous", covariates=_WEIGHT),
    PublishedModel(
        "perez-ruixo-2021",
        "perez_ruixo_2021",
        _perez_ruixo(),
        "esketamine",
        "venous",
        covariates={"age": 45.0, "asian": 0.0, "japanese": 0.0},
        routes=_perez_ruixo_routes(),
    ),
    PublishedModel(
        "simons-2022",
        "kinetics",
        _simons(),
        "esketamine",
        "arterial",
        dosed="ketamine",
        observed="ketamine",
        covariates={"weight": 70.0, "age": 30.0, "female": 0.5, "cyp2b6_star6": 0.0},
    ),
)
"""Every published model, by year of what it rests on."""
