"""Names that the whole of quell shares: instruments, signs measured at the bedside, disorders.

Each name maps to the other spellings that people write; :func:`known_name` reads any of them. What an instrument
measures, its range and its error belong to :mod:`quell.mechanisms.instruments`.
"""

from collections.abc import Iterator, Mapping

INSTRUMENTS: Mapping[str, tuple[str, ...]] = {
    "HAM-A": ("HAMA", "Hamilton anxiety rating scale"),
    "GAD-7": ("GAD7",),
    "LSAS": ("Liebowitz social anxiety scale",),
    "SPIN": ("social phobia inventory",),
    "PDSS": ("panic disorder severity scale",),
    "BAI": ("Beck anxiety inventory",),
    "SSAI": ("STAI-S", "state anxiety inventory"),
    "FQ": ("fear questionnaire",),
    "VAS anxiety": ("VAS", "visual analogue scale"),
    "PHQ-9": ("PHQ9",),
    "MADRS": ("Montgomery-Asberg depression rating scale",),
    "HAM-D6": ("HAMD6", "HDRS-6", "HAM-D-6"),
    "QIDS": ("QIDS-SR",),
    "CAPS-5": ("CAPS5", "CAPS"),
    "PCL-5": ("PCL5",),
    "IES-R": ("IESR",),
    "Y-BOCS": ("YBOCS",),
    "CGI-S": ("CGIS",),
    "CGI-I": ("CGII",),
}
"""Rating scales, in the order reports show them."""

SAFETY_MEASURES: Mapping[str, tuple[str, ...]] = {
    "CADSS": ("clinician-administered dissociative states scale",),
    "C-SSRS": ("CSSRS", "Columbia suicide severity rating scale"),
    "SBP": ("systolic blood pressure",),
    "DBP": ("diastolic blood pressure",),
    "heart rate": ("HR", "pulse"),
    "sedation": (),
}
"""What is watched during and after a dose."""

SAFETY_UNITS: Mapping[str, str] = {"SBP": "mmHg", "DBP": "mmHg", "heart rate": "1/min"}
"""Units of the safety measures that have one; the others are scores."""

DISORDERS: Mapping[str, tuple[str, ...]] = {
    "generalised anxiety disorder": ("generalized anxiety disorder", "GAD"),
    "social anxiety disorder": ("SAD", "social phobia"),
    "panic disorder": ("PD",),
    "specific phobia": ("phobia",),
    "PTSD": ("post-traumatic stress disorder", "posttraumatic stress disorder"),
    "OCD": ("obsessive-compulsive disorder", "obsessive compulsive disorder"),
    "normal anxiety": ("no disorder", "none"),
}
"""Disorders that people can be enrolled for; "normal anxiety" enrols people who have none of them."""


def known_name(text: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    """The name in ``names`` that ``text`` spells, capitals and double spaces aside, or None."""
    wanted = " ".join(text.casefold().split())
    return next((name for name, spelling in spellings(names) if spelling.casefold() == wanted), None)


def spellings(names: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Every (name, spelling) of ``names``, the name itself first."""
    for name, others in names.items():
        yield name, name
        for other in others:
            yield name, other
