"""What trials measured besides the model's own scales, and the unit it comes in.

A measure of :data:`quell.conventions.dimensions.INSTRUMENTS` or ``SAFETY_MEASURES`` keeps its name and unit; everything
else that a study record names stands here.
"""

from collections.abc import Mapping

from quell.conventions.dimensions import INSTRUMENTS, SAFETY_MEASURES, SAFETY_UNITS

OTHER_MEASURES: Mapping[str, tuple[str, ...]] = {
    "anxiety, any scale": ("points",),
    "depression, any scale": ("points",),
    "PTSD, any scale": ("points",),
    "OCD, any scale": ("points",),
    "HAM-D17": ("points",),
    "HADS": ("points",),
    "BDI": ("points",),
    "GADSS": ("points",),
    "PAS": ("points",),
    "PSWQ": ("points",),
    "STAI-T": ("points",),
    "SIAS": ("points",),
    "SPS": ("points",),
    "antianhedonic response": ("%",),
    "functioning": ("%",),
    "relapse": ("d", "%", "1"),
    "loss of response": ("d", "%"),
    "panic-free": ("%", "d"),
    "drop-out": ("%", "1", "1/week"),
    "adverse event": ("%",),
    "adverse event, stopped": ("%",),
    "urinary symptoms": ("%", "d"),
    "dependence": ("%",),
    "drug liking": ("points",),
    "drug high": ("points",),
    "psychotomimetic effect": ("points", "ng/mL"),
    "guess of allocation": ("%",),
    "exposure": ("a",),
    "dendritic spines": ("%", "d", "h"),
    "prefrontal Glx": ("%",),
    "prefrontal GABA": ("%",),
    "prefrontal glutamate": ("%",),
    "cingulate glutamate": ("umol/g",),
    "glutamine enrichment": ("%",),
    "cortical IPSC and EPSC": ("%",),
    "EEG alpha": ("1",),
    "EEG theta": ("1",),
    "NMDA tracer binding": ("1",),
    "SV2A binding": ("1",),
    "BDNF": ("pg/mL",),
    "norketamine and improvement": ("1",),
    "cardiac output": ("%",),
    "cerebral blood flow": ("%",),
    "mean arterial pressure": ("%",),
    "serotonin transporter occupancy": ("%",),
    "5-HT1A desensitisation": ("%",),
    "benzodiazepine receptor occupancy": ("%",),
    "benzodiazepine dose": ("mg/d",),
    "moderator": ("1", "%"),
    "ketamine": ("ng/mL", "uM", "ng*h/mL", "h", "min", "%", "L/h", "1"),
    "S-ketamine": ("ng/mL", "uM", "ng*h/mL", "h", "min", "%", "L/h", "mL/min", "L/kg"),
    "R-ketamine": ("ng/mL", "uM", "ng*h/mL", "h", "min", "%", "L/h", "mL/min", "L/kg"),
    "norketamine": ("ng/mL", "uM", "ng*h/mL", "h", "%"),
    "S-norketamine": ("ng/mL", "uM", "ng*h/mL", "h"),
    "R-norketamine": ("ng/mL", "uM", "ng*h/mL", "h"),
    "hydroxynorketamine": ("ng/mL", "uM", "ng*h/mL", "h"),
    "S-hydroxynorketamine": ("ng/mL", "uM", "ng*h/mL", "h"),
    "metabolite over parent": ("1",),
}
"""Measure -> units its figures may come in (changes may also be in %)."""


def is_measure(name: str) -> bool:
    """Whether a study record may name it."""
    return name in INSTRUMENTS or name in SAFETY_MEASURES or name in OTHER_MEASURES


def units_of_measure(name: str) -> tuple[str, ...]:
    """Units in which a level of the measure is told, the usual one first."""
    return OTHER_MEASURES.get(name) or (SAFETY_UNITS.get(name, "points"),)
