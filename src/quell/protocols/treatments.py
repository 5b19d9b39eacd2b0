"""The treatments that can be given: what kind each is, by which routes and in which units, and how much is plausible.

A level of treatment in the simulation is a daily dose in units that the mechanisms understand:

    ssri_dose, snri_dose = (mg/d) / minimum therapeutic dose        benzodiazepine_dose = (mg/d) * diazepam equivalent

Numbers are in the evidence pack ``treatments``; this file holds only what can be said in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quell.evidence.library import load_library

Kind = Literal["kinetic", "monoamine", "benzodiazepine", "psychotherapy", "inert", "nothing"]

ROUTES: Mapping[str, tuple[str, ...]] = {
    "IV": ("intravenous", "intravenously", "i.v.", "infusion"),
    "IM": ("intramuscular", "intramuscularly", "i.m."),
    "SC": ("subcutaneous", "subcutaneously", "s.c."),
    "intranasal": ("nasal", "IN", "spray"),
    "oral": ("orally", "PO", "p.o.", "by mouth"),
    "sublingual": ("SL", "sublingually"),
}
"""Routes and the other words for them."""

INFUSED = ("IV", "SC")
"""Routes by which a dose may run over a stated time; an intravenous dose must state it."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment of the catalogue.

    Parameters
    ----------
    routes
        Routes the treatment has; the first is meant where a sentence names none, if ``implied``.
    units
        Units its dose may be written in; none for a treatment without a dose.
    level
        The level input it raises while it is taken.
    """

    name: str
    kind: Kind
    routes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    level: str | None = None

    @property
    def implied_route(self) -> str | None:
        """The route that goes without saying, if there is one."""
        return "oral" if "oral" in self.routes and self.kind != "kinetic" else None


_ALL = ("IV", "IM", "SC", "intranasal", "oral", "sublingual")
_WEIGHED = ("mg/kg", "mg")


def _tablet(name: str, kind: Kind, level: str, *aliases: str) -> Treatment:
    return Treatment(name, kind, ("oral",), ("mg",), aliases, level)


DRUGS: Mapping[str, Treatment] = {
    treatment.name: treatment
    for treatment in (
        Treatment("ketamine", "kinetic", _ALL, _WEIGHED, ("racemic ketamine", "rac-ketamine", "R,S-ketamine")),
        Treatment("esketamine", "kinetic", _ALL, _WEIGHED, ("S-ketamine", "(S)-ketamine")),
        Treatment("arketamine", "kinetic", _ALL, _WEIGHED, ("R-ketamine", "(R)-ketamine")),
        Treatment("midazolam", "kinetic", ("IV", "IM", "SC"), _WEIGHED),
        _tablet("escitalopram", "monoamine", "ssri_dose"),
        _tablet("sertraline", "monoamine", "ssri_dose"),
        _tablet("paroxetine", "monoamine", "ssri_dose"),
        _tablet("fluoxetine", "monoamine", "ssri_dose"),
        _tablet("citalopram", "monoamine", "ssri_dose"),
        _tablet("venlafaxine", "monoamine", "snri_dose"),
        _tablet("duloxetine", "monoamine", "snri_dose"),
        _tablet("lorazepam", "benzodiazepine", "benzodiazepine_dose"),
        _tablet("alprazolam", "benzodiazepine", "benzodiazepine_dose"),
        _tablet("clonazepam", "benzodiazepine", "benzodiazepine_dose"),
        _tablet("diazepam", "benzodiazepine", "benzodiazepine_dose"),
        Treatment("CBT", "psychotherapy", aliases=("cognitive behavioural therapy", "cognitive behavioral therapy")),
        Treatment("saline", "inert", ("IV", "IM", "SC", "intranasal"), aliases=("normal saline",)),
        Treatment(
            "placebo", "inert", ("oral", "IV", "IM", "SC", "intranasal", "sublingual"), aliases=("placebo pill",)
        ),
        Treatment("nothing", "nothing", aliases=("waiting list", "waitlist", "no treatment")),
    )
}
"""Name -> treatment, in the order a person would list them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The plausible range of a dose: ``smallest <= dose <= largest``, in ``unit``."""

    smallest: float
    largest: float
    unit: str


def single_dose_limits(treatment: Treatment, route: str, unit: str) -> Limits:
    """Plausible single doses of a drug with kinetics, in ``unit`` ("mg" or "mg/kg").

    Limits are kept in mg/kg; a fixed dose is compared at the reference weight of the pack.
    """
    weight = 1.0 if unit == "mg/kg" else _number("reference_weight")
    smallest = _number("midazolam_smallest" if treatment.name == "midazolam" else "ketamine_smallest")
    return Limits(smallest * weight, _number(_largest(treatment.name, route)) * weight, unit)


def daily_dose_limit(treatment: Treatment) -> float:
    """The largest plausible daily dose of a tablet, mg/d."""
    if treatment.kind == "benzodiazepine":
        return _number("benzodiazepine_largest") / _number(f"{treatment.name}_equivalent")
    return _number(f"{treatment.name}_largest") * _number("largest_multiple")


def level_per_daily_mg(treatment: Treatment) -> float:
    """What 1 mg/d of a tablet adds to its level: multiples of the minimum dose, or diazepam equivalents in mg/d."""
    if treatment.kind == "benzodiazepine":
        return _number(f"{treatment.name}_equivalent")
    return 1.0 / _number(f"{treatment.name}_minimum")


def _largest(drug: str, route: str) -> str:
    special = {"IM": "intramuscular", "oral": "oral", "sublingual": "oral"}
    return f"ketamine_largest_{special[route]}" if drug == "ketamine" and route in special else f"{drug}_largest"


def _number(name: str) -> float:
    return load_library()[f"treatments.{name}"].value
