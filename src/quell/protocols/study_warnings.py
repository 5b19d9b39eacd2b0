"""Warnings: what a study may say but perhaps does not mean.

A visit closer to the first dose than a scale's recall window rates partly what was before treatment; a measure that
recalls "since last visit" or "at the moment" says that this is known.
"""

from collections.abc import Iterator, Mapping

from quell.protocols.analysis_grammar import Endpoint
from quell.protocols.problems import spell_time
from quell.protocols.regimen import Regimen
from quell.protocols.visit_grammar import Measure

Arms = Mapping[str, tuple[Regimen, ...]]


def study_warnings(
    arms: Arms, visits: tuple[float, ...], endpoint: Endpoint, measures: Mapping[str, Measure]
) -> tuple[str, ...]:
    """All warnings of a study, each one sentence or two.

    Parameters
    ----------
    arms
        Arm -> what it gives.
    visits
        Hours from the first dose, ascending.
    endpoint, measures
        What is compared, and how each thing is measured; empty where the file does not say.
    """
    recalled = measures or {endpoint.instrument: Measure()}
    return (*_recall_warnings(visits, recalled), *_infusion_warnings(arms, visits), *_twin_warnings(arms))


def _recall_warnings(visits: tuple[float, ...], measures: Mapping[str, Measure]) -> Iterator[str]:
    """One warning for the scales whose window is assumed to be cut, one for those that keep it as the study asks."""
    early = _early_visits(visits, measures)
    for stated in (False, True):
        found = {name: x for name, x in early.items() if (measures[name].recall is not None) == stated}
        if found:
            scales = ", ".join(f"{name} ({spell_time(window)})" for name, (window, _) in found.items())
            times = ", ".join(map(spell_time, sorted({time for _, times in found.values() for time in times})))
            yield f"At {times} the first dose is nearer than what is recalled by {scales}: {_MEANT[stated]}"


_MEANT = {
    False: (
        "there the rater is taken to ask about the time since the last visit. Say under measures how it is asked: "
        '"recalling since last visit", "at the moment", or "recalling past week" for the whole window.'
    ),
    True: "as the study asks, the score there averages over days before treatment.",
}


def _early_visits(
    visits: tuple[float, ...], measures: Mapping[str, Measure]
) -> dict[str, tuple[float, tuple[float, ...]]]:
    """Scale -> its window and the visits that lie closer to the first dose, h."""
    from quell.evidence.library import load_library
    from quell.mechanisms.instruments import INSTRUMENTS

    library, found = load_library(), {}
    for name, measure in measures.items():
        if name not in INSTRUMENTS or INSTRUMENTS[name].momentary:
            continue
        record = INSTRUMENTS[name].record("recall", library)
        if record is None or (measure.recall is not None and measure.recall.kind != "past"):
            continue
        window = measure.recall.hours if measure.recall and measure.recall.hours else record.value
        if early := tuple(time for time in visits if 0.0 < time < window):
            found[name] = (window, early)
    return found


def _infusion_warnings(arms: Arms, visits: tuple[float, ...]) -> Iterator[str]:
    for arm, regimens in arms.items():
        spans = [(time, time + regimen.over_min / 60.0) for regimen in regimens for time in regimen.times_h()]
        for visit in visits:
            if any(begin < visit < end for begin, end in spans):
                yield f"The visit at {spell_time(visit)} falls into an infusion of arm {arm}."


def _twin_warnings(arms: Arms) -> Iterator[str]:
    seen: dict[tuple[Regimen, ...], str] = {}
    for arm, regimens in arms.items():
        if regimens in seen:
            yield f"The arms {seen[regimens]} and {arm} give the same."
        seen.setdefault(regimens, arm)
