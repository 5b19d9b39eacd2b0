r"""Rating scales: what a rater or a patient writes down about a severity that nobody sees.

For person i, scale m and visit t, with R the mean relief over the recall window, f the natural course (unit variance,
averaged over the same window) and e the error of measurement:

    excess_i   = max(true_i - normal_i, 0)          what an illness adds to this person's normal anxiety
    calm_i     = min(true_i - normal_i, 0)          how far a calm person lies below what the scale resolves
    course     = normal_i + calm_i + excess_i exp(-rho_m R) + sigma_m f
    score      = clip(round(max(course + e, normal_i)), lowest_m, highest_m)

``true`` is the lasting level of the person on the scale, mapped from the latent severities without regard to the
scale's floor; caps act in measurement alone. Normal anxiety is the floor: a calm person has nothing to gain.

The mappings take one of three shapes, x a latent severity in SD of the population and d the person's own lasting
deviation from the line:

    line       b (x - c), softly capped at the top of the scale
    curve      lowest + (highest - lowest) / (1 + exp(-(a + b x)))
    crosswalk  a + b (line or curve of another scale)

CGI-S is read off the primary scale by severity bands, CGI-I by the share of the score above the floor that is gone.
Every number stands in the pack ``instruments``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from quell.conventions.errors import StudyError
from quell.evidence.library import Library
from quell.evidence.records import ParameterRecord

Array = np.ndarray[Any, np.dtype[Any]]
Latents = Mapping[str, Array]
"""Latent values per person, ``(person,)``: ``general``, the liability to each disorder by its name, ``calm`` (standard
normal, a person's place among calm people) and ``deviation <scale>`` (standard normal)."""

GENERAL, CALM = "general", "calm"


class _Numbers:
    """The pack's values for one scale: ``numbers.slope`` is the value of ``instruments.<key>_slope``."""

    def __init__(self, key: str, library: Library) -> None:
        self._key, self._library = key, library

    def __getattr__(self, field: str) -> float:
        return self._library[f"instruments.{self._key}_{field}"].value


Mapper = Callable[[Latents, _Numbers, Library], Array]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A rating scale: its structure; its numbers are records named ``instruments.<key>_<field>``.

    Parameters
    ----------
    name, key, title
        Name as in ``conventions.dimensions``, prefix of its records, full name.
    rater
        ``clinician`` or ``self``.
    momentary
        True for a scale about now, which sees the acute effect; False for one that recalls a span of time.
    reads
        Latent severities the score depends on.
    mapping
        From latents to the lasting score; None for a scale derived from another (CGI) or simulated elsewhere (CADSS).
    unit
        ``points`` or ``mm``.
    """

    name: str
    key: str
    title: str
    rater: str
    reads: tuple[str, ...] = ()
    mapping: Mapper | None = None
    momentary: bool = False
    unit: str = "points"

    @property
    def relief(self) -> str:
        """The relief signal that this scale sees."""
        return "relief_now" if self.momentary else "relief_past"

    def record(self, field: str, library: Library) -> ParameterRecord | None:
        """The record of a number of this scale, or None where nobody has published or assumed one."""
        identifier = f"instruments.{self.key}_{field}"
        return library[identifier] if identifier in library else None  # noqa: SIM401

    def number(self, field: str, library: Library) -> float:
        """The value of a record that every scale of this kind has."""
        return library[f"instruments.{self.key}_{field}"].value

    def range(self, library: Library) -> tuple[float, float]:
        """Lowest and highest score."""
        return self.number("lowest", library), self.number("highest", library)


def normal_and_true(instrument: Instrument, latents: Latents, library: Library) -> tuple[Array, Array]:
    """Each person's normal level and lasting true level on a scale, unrounded.

    Parameters
    ----------
    latents
        See :data:`Latents`; the scale's own severities, ``calm``, and ``deviation <scale>`` where the scale has one.

    Returns
    -------
    tuple
        Two arrays ``(person,)`` in the scale's unit. The true level of a calm person may lie below the normal level
        and below the scale's floor.

    Raises
    ------
    StudyError
        For a scale that has no mapping of its own (CGI, CADSS).
    """
    numbers = _Numbers(instrument.key, library)
    if instrument.mapping is None:
        raise StudyError(f"{instrument.name} has no course of its own: it is derived from other values")
    true = instrument.mapping(latents, numbers, library)
    if instrument.record("deviation_sd", library):
        true = true + numbers.deviation_sd * latents[deviation_name(instrument)]
    normal = numbers.normal_mean + numbers.normal_sd * latents[CALM]
    return np.clip(normal, *instrument.range(library)), true


def deviation_name(instrument: Instrument) -> str:
    """Name of the latent that holds a person's lasting deviation on this scale."""
    return f"deviation {instrument.name}"


def score(
    instrument: Instrument,
    normal: Array,
    true: Array,
    relief_mean: Array | float,
    fluctuation: Array | float,
    error: Array | float,
    library: Library,
    *,
    parameters: Mapping[str, Array] | None = None,
    measured: bool = True,
) -> Array:
    """Scores of persons at visits.

    Parameters
    ----------
    normal, true
        ``(person,)``, as from :func:`normal_and_true`.
    relief_mean
        Mean over the recall window of the relief signal that the scale sees (:attr:`Instrument.relief`);
        ``(person,)`` or ``(person, visit)``. Negative relief is worsening.
    fluctuation
        Natural course in SD, averaged over the recall window; same shape.
    error
        Error of measurement in the scale's unit; same shape.
    parameters
        Parameter id -> values ``(person,)`` that replace the library's, for the responsiveness.
    measured
        False gives the course itself: no error, no floor, no cap, no rounding.

    Returns
    -------
    numpy.ndarray
        The broadcast shape, in the scale's unit.
    """
    rho = _responsiveness(instrument, library, parameters)
    normal, true, rho, relief, f, e = _aligned(normal, true, rho, relief_mean, fluctuation, error)
    excess, calm = np.maximum(true - normal, 0), np.minimum(true - normal, 0)
    course = normal + calm + excess * np.exp(-rho * relief) + instrument.number("fluctuation_sd", library) * f
    return measure(instrument, course + e, normal, library) if measured else course


def measure(instrument: Instrument, level: Array, normal: Array, library: Library) -> Array:
    """What is written down for a level, error included: never below the person's normal level, whole, within range."""
    return np.clip(np.rint(np.maximum(level, normal)), *instrument.range(library))


def responds(
    instrument: Instrument, baseline: Array, value: Array, library: Library, fall: float | None = None
) -> Array:
    """Who responds: the score above the scale's floor has fallen by the published share, or CGI-I is 2 or less.

    Parameters
    ----------
    baseline, value
        Scores, shapes broadcast; the baseline is not used for CGI-I.
    fall
        Another share, 0 to 1, instead of the published one.

    Returns
    -------
    numpy.ndarray
        Booleans; nobody responds from a baseline at the floor.

    Raises
    ------
    StudyError
        For a scale without a definition of response.
    """
    if limit := instrument.record("response_score", library):
        return np.less_equal(value, limit.value) & np.isfinite(baseline)
    wanted = _definition_value(instrument, "response_fall", library) if fall is None else fall
    room = np.asarray(baseline) - instrument.number("lowest", library)
    return (room > 0) & (np.asarray(baseline) - value >= wanted * room - _ROUNDING)


def remits(instrument: Instrument, value: Array, library: Library) -> Array:
    """Who is in remission: at or below the published score; StudyError for a scale without a definition."""
    return np.less_equal(value, _definition_value(instrument, "remission_score", library))


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in words, with the sources and the grade of its number."""

    text: str
    source: tuple[str, ...]
    grade: str


def response_definition(instrument: Instrument, library: Library) -> Definition | None:
    """Response in words, or None where none is defined."""
    if record := instrument.record("response_score", library):
        return _defined(f"{instrument.name} {record.value:g} or less", record)
    if record := instrument.record("response_fall", library):
        floor = instrument.number("lowest", library)
        above = f" above {floor:g}" if floor else ""
        return _defined(f"fall of at least {100 * record.value:g} % of the baseline{above}", record)
    return None


def remission_definition(instrument: Instrument, library: Library) -> Definition | None:
    """Remission in words, or None where none is defined."""
    record = instrument.record("remission_score", library)
    return record and _defined(f"{instrument.name} {record.value:g} or less", record)


def important_difference(instrument: Instrument, library: Library) -> ParameterRecord | None:
    """The published minimal important difference, or None: nobody has published one that we have seen."""
    return instrument.record("important_difference", library)


def clinical_severity(primary: Instrument, values: Array, library: Library) -> Array:
    """CGI-S, 1 (normal) to 7 (extremely ill), read off the scores of the disorder's primary scale.

    Mildly, moderately and markedly ill begin at the bands of the pack; borderline at a third of mildly ill, severely
    and extremely ill one and two further bands up.
    """
    mild, moderate, marked = (_definition_value(primary, f"cgi_{step}", library) for step in _BANDS)
    band = marked - moderate
    edges = np.array([mild / 3, mild, moderate, marked, marked + band, marked + 2 * band])
    return 1.0 + np.searchsorted(edges, np.asarray(values), side="right")


def clinical_improvement(primary: Instrument, baseline: Array, values: Array, library: Library) -> Array:
    """CGI-I, 1 (very much improved) to 7 (very much worse), from the fall of the primary scale.

    With r the scale's response cut: much improved at r, minimally at a quarter of r, very much where 42 % of the rest
    at r remain; worsening mirrors it. The shares are those that PDSS shows and stand in the pack.
    """
    cut = _definition_value(primary, "response_fall", library)
    least = library["instruments.minimally_improved"].value * cut
    most = 1 - library["instruments.very_much_improved"].value * (1 - cut)
    room = np.maximum(np.asarray(baseline) - primary.number("lowest", library), 1.0)
    fall = (np.asarray(baseline) - values) / room + _ROUNDING * np.sign(np.asarray(baseline) - values)
    better = np.searchsorted([least, cut, most], fall, side="right")
    worse = np.searchsorted([least, cut, most], -fall, side="right")
    return 4.0 - better + worse


def _line(latent: str) -> Mapper:
    def mapping(latents: Latents, n: _Numbers, library: Library) -> Array:
        softness = library["instruments.ceiling_softness"].value * (n.highest - n.lowest)
        level = n.slope * (latents[latent] - n.centre)
        return n.highest - softness * np.logaddexp(0.0, (n.highest - level) / softness)

    return mapping


def _curve(*latents_and_weights: tuple[str, str | None]) -> Mapper:
    def mapping(latents: Latents, n: _Numbers, library: Library) -> Array:
        terms = [latents[name] * (getattr(n, weight) if weight else 1.0) for name, weight in latents_and_weights]
        return n.lowest + (n.highest - n.lowest) * expit(n.logit_intercept + n.logit_slope * sum(terms))

    return mapping


def _crosswalk(other: str) -> Mapper:
    def mapping(latents: Latents, n: _Numbers, library: Library) -> Array:
        source = INSTRUMENTS[other]
        assert source.mapping is not None
        return n.intercept + n.slope * source.mapping(latents, _Numbers(source.key, library), library)

    return mapping


def _responsiveness(instrument: Instrument, library: Library, parameters: Mapping[str, Array] | None) -> Array:
    identifier = f"instruments.{instrument.key}_responsiveness"
    if parameters is not None and identifier in parameters:
        return parameters[identifier]
    return np.asarray(library[identifier].value)


def _aligned(*values: Array | float) -> list[Array]:
    """Arrays with the person axis first, padded with trailing axes to a common number of dimensions."""
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    most = max(array.ndim for array in arrays)
    return [array.reshape(array.shape + (1,) * (most - array.ndim)) if array.ndim else array for array in arrays]


def _definition_value(instrument: Instrument, field: str, library: Library) -> float:
    record = instrument.record(field, library)
    if record is None:
        raise StudyError(f"{instrument.name} has no published {_MISSING[field]}")
    return record.value


def _defined(text: str, record: ParameterRecord) -> Definition:
    return Definition(text, record.source, record.grade)


_ROUNDING = 1e-9
_BANDS = ("mild", "moderate", "marked")
_MISSING = {
    "response_fall": "definition of response",
    "remission_score": "definition of remission",
    **{f"cgi_{step}": "severity bands" for step in _BANDS},
}

_SOCIAL, _PANIC, _PHOBIA = "social anxiety disorder", "panic disorder", "specific phobia"
_DEPRESSION = "major depressive disorder"


def _scales() -> tuple[Instrument, ...]:
    anxiety, mood, phobic, ptsd, ocd = (GENERAL,), (_DEPRESSION,), (_SOCIAL, _PANIC, _PHOBIA), ("PTSD",), ("OCD",)
    line, social = _line(GENERAL), _curve((_SOCIAL, None))
    trauma, obsession, from_phq9 = _curve(("PTSD", None)), _curve(("OCD", None)), _crosswalk("PHQ-9")
    fears = _curve((_SOCIAL, "social_weight"), (_PANIC, "panic_weight"), (_PHOBIA, "phobia_weight"))
    rated, own = "clinician", "self"
    return (
        Instrument("HAM-A", "hama", "Hamilton anxiety rating scale", rated, anxiety, _crosswalk("GAD-7")),
        Instrument("GAD-7", "gad7", "Generalised anxiety disorder 7", own, anxiety, line),
        Instrument("LSAS", "lsas", "Liebowitz social anxiety scale", rated, (_SOCIAL,), social),
        Instrument("SPIN", "spin", "Social phobia inventory", own, (_SOCIAL,), _crosswalk("LSAS")),
        Instrument("PDSS", "pdss", "Panic disorder severity scale", rated, (_PANIC,), _line(_PANIC)),
        Instrument("BAI", "bai", "Beck anxiety inventory", own, anxiety, line),
        Instrument("SSAI", "ssai", "State anxiety inventory (STAI-S)", own, anxiety, line, momentary=True),
        Instrument("FQ", "fq", "Fear questionnaire, total phobia", own, phobic, fears, momentary=True),
        Instrument("VAS anxiety", "vas", "Visual analogue scale of anxiety", own, anxiety, line, True, "mm"),
        Instrument("PHQ-9", "phq9", "Patient health questionnaire 9", own, mood, _line(_DEPRESSION)),
        Instrument("MADRS", "madrs", "Montgomery-Asberg depression rating scale", rated, mood, from_phq9),
        Instrument("HAM-D6", "hamd6", "Hamilton depression rating scale, 6 items", rated, mood, from_phq9),
        Instrument("QIDS", "qids", "Quick inventory of depressive symptomatology", own, mood, from_phq9),
        Instrument("CAPS-5", "caps5", "Clinician-administered PTSD scale", rated, ptsd, trauma),
        Instrument("PCL-5", "pcl5", "PTSD checklist", own, ptsd, trauma),
        Instrument("IES-R", "iesr", "Impact of event scale, revised", own, ptsd, trauma),
        Instrument("Y-BOCS", "ybocs", "Yale-Brown obsessive compulsive scale", rated, ocd, obsession),
        Instrument("CGI-S", "cgis", "Clinical global impression, severity", rated),
        Instrument("CGI-I", "cgii", "Clinical global impression, improvement", rated),
        Instrument("CADSS", "cadss", "Clinician-administered dissociative states scale", rated, momentary=True),
    )


INSTRUMENTS: Mapping[str, Instrument] = {scale.name: scale for scale in _scales()}
"""Every scale by its name, in the order reports show them."""

PRIMARY: Mapping[str, str] = {
    "generalised anxiety disorder": "HAM-A",
    _SOCIAL: "LSAS",
    _PANIC: "PDSS",
    _PHOBIA: "FQ",
    "PTSD": "CAPS-5",
    "OCD": "Y-BOCS",
    _DEPRESSION: "MADRS",
    "normal anxiety": "HAM-A",
}
"""Disorder -> the scale whose bands give the clinical global impression."""
