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
    from quell.evidence.library import load_library
    from quell.mechanisms.instruments import INSTRUMENTS

    library = load_library()
    for name, measure in measures.items():
        if name not in INSTRUMENTS or INSTRUMENTS[name].momentary:
            continue
        record = INSTRUMENTS[name].record("recall", library)
        if record is None or (measure.recall is not None and measure.recall.kind != "past"):
            continue
        window = measure.recall.hours if measure.recall and measure.recall.hours else record.value
        early = [time for time in visits if 0.0 < time < window]
        if early:
            yield _recall_warning(name, window, early, stated=measure.recall is not None)


def _recall_warning(name: str, window: float, early: list[float], stated: bool) -> str:
    recalls = (
        f"{name} recalls {spell_time(window)}, longer ago than the first dose at {', '.join(map(spell_time, early))}"
    )
    if stated:
        return f"{recalls}: as the study asks, its score there averages over days before treatment."
    return (
        f"{recalls}: there the rater is taken to ask about the time since the last visit. Say under measures how it is "
        'asked: "recalling since last visit", "at the moment", or "recalling past week" for the whole window.'
    )


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
