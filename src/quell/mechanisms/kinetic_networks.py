r"""Ketamine, its metabolites and midazolam in plasma.

One network per enantiomer (Simons 2022, amounts in mg of ketamine): ketamine in three compartments, two transit
compartments to norketamine, norketamine in two, two more transit compartments to hydroxynorketamine, that in two; its
arterial concentrations drive the brain. Extensions, each with its own parameters:

- a well-stirred liver, CL = Q E with E = CLint / (Q + CLint): genotype, enantiomer and interactions act on CLint, age
  on Q; what is swallowed passes it first and feeds the norketamine chain;
- the R-enantiomer, with its own CLint and metabolite ratios; a racemate is half a dose of each, without inversion;
- depots for spray, muscle, skin, mouth and gut;
- venous samples, C_ven = f C + (1 - f) C_s with dC_s/dt = k (C - C_s).

Clearances scale with weight^0.75, volumes with weight (70 kg). Women clear 1.2 times as much as men; the published
values describe the group they were measured in, half women, and both sexes are placed around it. Midazolam: three
compartments. Derivations and known biases: docs/theory/kinetics.md.
"""

from typing import Any

from quell.mechanisms.base import Formula
from quell.mechanisms.network import (
    Compartment,
    Input,
    LinearNetwork,
    Link,
    Output,
    Transfer,
    everything,
    exchange,
    transit,
)

# ---------------------------------------------------------------------------------------------------- size, sex, liver


def _volume(v: Any, p: Any, m: Any) -> Any:
    return m.power(v.weight / p.reference_weight, p.volume_exponent)


def _flow(v: Any, p: Any, m: Any) -> Any:
    return m.power(v.weight / p.reference_weight, p.clearance_exponent)


def _sex(v: Any, p: Any, m: Any) -> Any:
    """Women's clearance over men's, around the group that the published values describe."""
    return m.power(p.female_clearance, v.female - p.reference_female_share)


def _hepatic_flow(v: Any, p: Any, m: Any) -> Any:
    """Effective blood flow, L/h: CL / E of the reference person, lower with age."""
    years = m.maximum(v.age - p.hepatic_flow_age, 0.0)
    kept = m.maximum(1.0 - p.hepatic_flow_loss * years, p.hepatic_flow_floor)
    return p.clearance / p.hepatic_extraction * kept * _flow(v, p, m) * _sex(v, p, m)


def _cyp2b6(v: Any, p: Any, m: Any) -> Any:
    """Share of intrinsic clearance left with one or two *6 alleles."""
    first = m.power(p.cyp2b6_one_allele, m.minimum(v.cyp2b6_star6, 1.0))
    return first * m.power(p.cyp2b6_two_alleles / p.cyp2b6_one_allele, m.maximum(v.cyp2b6_star6 - 1.0, 0.0))


def _intrinsic_clearance(v: Any, p: Any, m: Any) -> Any:
    """CLint, L/h, of the S-enantiomer."""
    reference = p.clearance / (1.0 - p.hepatic_extraction) * _flow(v, p, m) * _sex(v, p, m)
    return reference * p.intrinsic_clearance * p.intrinsic_clearance_interaction * _cyp2b6(v, p, m)


class _Enantiomer:
    """The formulas of one enantiomer; each is an attribute, so that equal rates are one object."""

    def __init__(self, is_r: bool) -> None:
        self.is_r = is_r

    def _ratio(self, ratio: Any) -> Any:
        """The R/S ratio for R, one for S."""
        return ratio if self.is_r else 1.0

    def extraction(self, v: Any, p: Any, m: Any) -> Any:
        intrinsic = _intrinsic_clearance(v, p, m) * self._ratio(p.r_intrinsic_clearance)
        return intrinsic / (_hepatic_flow(v, p, m) + intrinsic)

    def metabolism(self, v: Any, p: Any, m: Any) -> Any:
        return _hepatic_flow(v, p, m) * self.extraction(v, p, m) / (p.ketamine_volume * _volume(v, p, m))

    def escapes_first_pass(self, v: Any, p: Any, m: Any) -> Any:
        return p.gut_availability * (1.0 - self.extraction(v, p, m))

    def metabolised_at_first_pass(self, v: Any, p: Any, m: Any) -> Any:
        return p.gut_availability * self.extraction(v, p, m) + p.gut_metabolism_share * (1.0 - p.gut_availability)

    def norketamine_loss(self, v: Any, p: Any, m: Any) -> Any:
        clearance = p.norketamine_clearance * p.norketamine_clearance_interaction * _flow(v, p, m) * _sex(v, p, m)
        return clearance * self._ratio(p.r_norketamine_clearance) / (p.ketamine_volume * _volume(v, p, m))


# ------------------------------------------------------------------------------------------------------ rate constants


def _exchange_rate(flow: str, volume: str) -> Formula:
    """Q / V in 1/h from the names of two parameters."""
    return lambda v, p, m: getattr(p, flow) * _flow(v, p, m) / (getattr(p, volume) * _volume(v, p, m))


def _tissue(centre: str, volume: str, drug: str, depth: str) -> tuple[Transfer, Transfer]:
    """Exchange with a peripheral compartment: "<centre>_<depth>", of volume "<drug>_volume_<depth>"."""
    flow = f"{drug}_flow_{depth}"
    return exchange(
        centre, f"{centre}_{depth}", _exchange_rate(flow, volume), _exchange_rate(flow, f"{drug}_volume_{depth}")
    )


def _rate_to_norketamine(v: Any, p: Any, m: Any) -> Any:
    return 2.0 / p.norketamine_transit_time


def _rate_to_hydroxynorketamine(v: Any, p: Any, m: Any) -> Any:
    return 2.0 / p.hydroxynorketamine_transit_time


def _hydroxynorketamine_loss(v: Any, p: Any, m: Any) -> Any:
    clearance = p.hydroxynorketamine_clearance * _flow(v, p, m)
    return clearance / (p.hydroxynorketamine_volume * _volume(v, p, m))


def parameter(name: str) -> Formula:
    """A parameter of the pack as a formula."""
    return lambda v, p, m: getattr(p, name)


_VENOUS_RATE = parameter("venous_rate")


# ------------------------------------------------------------------------------------------------------------ networks

_DEPOTS = (
    ("nasal", "nasal mucosa", "nasal_absorption"),
    ("muscle", "muscle", "intramuscular_absorption"),
    ("skin", "tissue under the skin", "subcutaneous_absorption"),
    ("mouth", "mucosa of the mouth", "sublingual_absorption"),
)
_GUT = (
    ("gut", "gut, drug taken by mouth", "oral_absorption"),
    ("gut_spray", "gut, swallowed part of a spray", "swallowed_absorption"),
    ("gut_film", "gut, swallowed part of a film", "sublingual_swallowed_absorption"),
)
ANALYTES = (
    ("ketamine", "ketamine_volume", "molar_mass_ketamine"),
    ("norketamine", "ketamine_volume", "molar_mass_norketamine"),
    ("hydroxynorketamine", "hydroxynorketamine_volume", "molar_mass_hydroxynorketamine"),
)
"""Analyte, the parameter of its central volume, and of its molar mass."""


def _compartments() -> tuple[Compartment, ...]:
    named = [(name, f"{title} (depot)") for name, title, _ in _DEPOTS] + [(name, title) for name, title, _ in _GUT]
    named += [
        ("ketamine", "ketamine, blood and fast tissue"),
        ("ketamine_shallow", "ketamine, shallow tissue"),
        ("ketamine_deep", "ketamine, deep tissue"),
        ("to_norketamine_1", "on the way to norketamine, first"),
        ("to_norketamine_2", "on the way to norketamine, second"),
        ("norketamine", "norketamine, blood and fast tissue"),
        ("norketamine_deep", "norketamine, deep tissue"),
        ("to_hydroxynorketamine_1", "on the way to hydroxynorketamine, first"),
        ("to_hydroxynorketamine_2", "on the way to hydroxynorketamine, second"),
        ("hydroxynorketamine", "hydroxynorketamine, blood and fast tissue"),
        ("hydroxynorketamine_deep", "hydroxynorketamine, deep tissue"),
    ]
    named += [(f"vein_{name}", f"{name}, slow part of venous samples") for name, _, _ in ANALYTES]
    return tuple(Compartment(name, "mg", title) for name, title in named)


def _disposition(e: _Enantiomer) -> tuple[Transfer, ...]:
    return (
        *_tissue("ketamine", "ketamine_volume", "ketamine", "shallow"),
        *_tissue("ketamine", "ketamine_volume", "ketamine", "deep"),
        Transfer("ketamine", e.metabolism, {"to_norketamine_1": everything}),
        *transit(("to_norketamine_1", "to_norketamine_2"), _rate_to_norketamine),
        Transfer("to_norketamine_2", _rate_to_norketamine, {"norketamine": parameter("norketamine_formation")}),
        *_tissue("norketamine", "ketamine_volume", "norketamine", "deep"),
        Transfer("norketamine", e.norketamine_loss, {"to_hydroxynorketamine_1": everything}),
        *transit(("to_hydroxynorketamine_1", "to_hydroxynorketamine_2"), _rate_to_hydroxynorketamine),
        Transfer(
            "to_hydroxynorketamine_2",
            _rate_to_hydroxynorketamine,
            {"hydroxynorketamine": parameter("hydroxynorketamine_formation")},
        ),
        *_tissue("hydroxynorketamine", "hydroxynorketamine_volume", "hydroxynorketamine", "deep"),
        Transfer("hydroxynorketamine", _hydroxynorketamine_loss),
    )


def _absorption(e: _Enantiomer) -> tuple[Transfer, ...]:
    """Depots empty into the blood, the gut through the liver; of a film's swallowed part nothing comes through."""
    first_pass = {"ketamine": e.escapes_first_pass, "to_norketamine_1": e.metabolised_at_first_pass}
    direct = tuple(Transfer(name, parameter(rate), {"ketamine": everything}) for name, _, rate in _DEPOTS)
    (gut, _, oral), (spray, _, swallowed), (film, _, film_swallowed) = _GUT
    return (
        *direct,
        Transfer(gut, parameter(oral), first_pass),
        Transfer(spray, parameter(swallowed), first_pass),
        Transfer(film, parameter(film_swallowed), {"to_norketamine_1": everything}),
    )


def _r_scale(v: Any, p: Any, m: Any) -> Any:
    return p.hydroxynorketamine_scale * p.r_hydroxynorketamine


def _amplitude(letter: str, analyte: str) -> Formula:
    """The laboratory's scale: one but for hydroxynorketamine."""
    if analyte != "hydroxynorketamine":
        return everything
    return _r_scale if letter == "r" else parameter("hydroxynorketamine_scale")


def _arterial(letter: str, analyte: str, volume: str) -> Output:
    amplitude = _amplitude(letter, analyte)

    def weight(v: Any, p: Any, m: Any) -> Any:
        return 1000.0 * amplitude(v, p, m) / (getattr(p, volume) * _volume(v, p, m) * p.molar_mass_ketamine)

    return Output(f"{letter}_{analyte}", "uM", f"{letter.upper()}-{analyte}, arterial plasma", {analyte: weight})


def _venous(letter: str, analyte: str, volume: str, mass: str) -> Output:
    amplitude = _amplitude(letter, analyte)

    def concentration(v: Any, p: Any, m: Any) -> Any:
        """ng/mL of the analyte per mg of ketamine."""
        share = getattr(p, mass) / p.molar_mass_ketamine
        return 1000.0 * share * amplitude(v, p, m) / (getattr(p, volume) * _volume(v, p, m))

    weights = {
        analyte: lambda v, p, m: p.venous_fast_share * concentration(v, p, m),
        f"vein_{analyte}": lambda v, p, m: (1.0 - p.venous_fast_share) * concentration(v, p, m),
    }
    return Output(f"venous_{letter}_{analyte}", "ng/mL", f"{letter.upper()}-{analyte}, venous plasma", weights)


def _ketamine(letter: str) -> LinearNetwork:
    e = _Enantiomer(letter == "r")
    arterial = tuple(_arterial(letter, name, volume) for name, volume, _ in ANALYTES)
    venous = tuple(_venous(letter, name, volume, mass) for name, volume, mass in ANALYTES)
    depots = tuple(Input(name, name, f"into the {title}") for name, title, _ in (*_DEPOTS, *_GUT))
    return LinearNetwork(
        name=f"{letter}_ketamine",
        title=f"{letter.upper()}-ketamine and its metabolites",
        compartments=_compartments(),
        transfers=(*_absorption(e), *_disposition(e)),
        links=tuple(Link(name, f"vein_{name}", _VENOUS_RATE) for name, _, _ in ANALYTES),
        inputs=(Input("vein", "ketamine", "into a vein"), *depots),
        outputs=(*arterial, *venous),
    )


def _midazolam() -> LinearNetwork:
    def loss(v: Any, p: Any, m: Any) -> Any:
        return p.midazolam_clearance * _flow(v, p, m) / (p.midazolam_volume * _volume(v, p, m))

    def weight(v: Any, p: Any, m: Any) -> Any:
        return 1000.0 / (p.midazolam_volume * _volume(v, p, m))

    named = (
        ("muscle", "muscle (depot)"),
        ("skin", "tissue under the skin (depot)"),
        ("central", "midazolam, blood and fast tissue"),
        ("central_shallow", "midazolam, shallow tissue"),
        ("central_deep", "midazolam, deep tissue"),
    )
    return LinearNetwork(
        name="midazolam",
        title="midazolam",
        compartments=tuple(Compartment(name, "mg", title) for name, title in named),
        transfers=(
            Transfer("muscle", parameter("midazolam_intramuscular_absorption"), {"central": everything}),
            Transfer("skin", parameter("midazolam_subcutaneous_absorption"), {"central": everything}),
            *_tissue("central", "midazolam_volume", "midazolam", "shallow"),
            *_tissue("central", "midazolam_volume", "midazolam", "deep"),
            Transfer("central", loss),
        ),
        inputs=(
            Input("vein", "central", "into a vein"),
            Input("muscle", "muscle", "into muscle"),
            Input("skin", "skin", "under the skin"),
        ),
        outputs=(Output("midazolam", "ng/mL", "midazolam, plasma", {"central": weight}),),
    )


NETWORKS = (_ketamine("s"), _ketamine("r"), _midazolam())
"""S-ketamine, R-ketamine, midazolam; each is solved on its own."""
