"""Scores in the summary: every arm, instrument and visit; responders and remitters; differences between arms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quell.evidence.library import Library
from quell.mechanisms.instruments import (
    INSTRUMENTS,
    Definition,
    important_difference,
    remission_definition,
    remits,
    responds,
    response_definition,
)
from quell.simulation.knowledge import Knowledge, monte_carlo_error
from quell.simulation.tables import Tables

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: its name in the study and its time, h from the first dose."""

    name: str
    time_h: float


def spread(values: np.ndarray, knowledge: Knowledge, signal: np.ndarray | None = None) -> dict[str, Any]:
    """Mean, SD, quantiles over people and the interval of the mean, of ``(person,)``."""
    found = np.quantile(values, list(QUANTILES.values()))
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if values.size > 1 else 0.0,
        **dict(zip(QUANTILES, map(float, found), strict=True)),
        "interval": knowledge.interval(values, signal),
    }


def counted(flags: np.ndarray, knowledge: Knowledge) -> dict[str, Any]:
    """Count, share and interval of a property of people."""
    interval = knowledge.interval(flags.astype(float))
    return {"count": int(flags.sum()), "share": float(flags.mean()), "interval": within(interval, 0.0, 1.0)}


def within(interval: list[float] | None, low: float, high: float) -> list[float] | None:
    """An interval cut to bounds."""
    return None if interval is None else [min(max(x, low), high) for x in interval]


def responders(name: str, baseline: np.ndarray, score: np.ndarray, library: Library) -> np.ndarray | None:
    """Who responds, or None where the scale has no definition of response."""
    scale = INSTRUMENTS[name]
    return responds(scale, baseline, score, library) if response_definition(scale, library) else None


def remitters(name: str, score: np.ndarray, library: Library) -> np.ndarray | None:
    """Who is in remission, or None where the scale has no definition of remission."""
    scale = INSTRUMENTS[name]
    return remits(scale, score, library) if remission_definition(scale, library) else None


def results(tables: Tables, visits: Sequence[Visit], knowledge: Knowledge, library: Library) -> list[dict[str, Any]]:
    """One entry per arm, instrument and visit."""
    return [
        _result(tables, arm, instrument, i, visit, knowledge, library)
        for arm in tables.arms
        for instrument in tables.names("score", arm)
        for i, visit in enumerate(visits)
    ]


def _result(
    tables: Tables, arm: str, instrument: str, i: int, visit: Visit, knowledge: Knowledge, library: Library
) -> dict[str, Any]:
    score, baseline = tables.arm(arm, "score", instrument)[:, i], tables.person("baseline", instrument)
    entry: dict[str, Any] = {"arm": arm, "instrument": instrument, "visit": visit.name, "time_h": visit.time_h}
    expected = tables.arm(arm, "expected", instrument)[:, i] if instrument in tables.names("expected", arm) else None
    entry |= {"n": score.size, **spread(score, knowledge, expected)}
    if visit.time_h <= 0.0:
        return entry | {"change": None, "responders": None, "remitters": None}
    return entry | {
        "change": spread(score - baseline, knowledge, expected),
        "responders": _judged(responders(instrument, baseline, score, library), knowledge),
        "remitters": _judged(remitters(instrument, score, library), knowledge),
    }


def _judged(flags: np.ndarray | None, knowledge: Knowledge) -> dict[str, Any] | None:
    return None if flags is None else counted(flags, knowledge)


def contrasts(
    tables: Tables,
    pairs: Sequence[tuple[str, str]],
    visits: Sequence[Visit],
    knowledge: Knowledge,
    library: Library,
) -> list[dict[str, Any]]:
    """Arm minus control, the same people under both, for each pair, instrument and visit after the first dose."""
    return [
        _contrast(tables, pair, instrument, i, visit, knowledge, library)
        for pair in pairs
        for instrument in tables.names("score", pair[0])
        for i, visit in _treated(visits)
    ]


def _treated(visits: Sequence[Visit]) -> Iterator[tuple[int, Visit]]:
    return ((i, visit) for i, visit in enumerate(visits) if visit.time_h > 0.0)


def _contrast(
    tables: Tables,
    pair: tuple[str, str],
    instrument: str,
    i: int,
    visit: Visit,
    knowledge: Knowledge,
    library: Library,
) -> dict[str, Any]:
    arm, control = (tables.arm(name, "score", instrument)[:, i] for name in pair)
    baseline = tables.person("baseline", instrument)
    difference = arm - control
    return {
        "arm": pair[0],
        "control": pair[1],
        "instrument": instrument,
        "visit": visit.name,
        "time_h": visit.time_h,
        "difference": {
            "mean": float(difference.mean()),
            "interval": knowledge.interval(difference),
            "mc_error": monte_carlo_error(difference),
        },
        "effect_size": _effect_size(arm - baseline, control - baseline, knowledge),
        "responders": _responder_difference(
            responders(instrument, baseline, arm, library),
            responders(instrument, baseline, control, library),
            knowledge,
        ),
        "probability_better": _probability_better(difference, knowledge),
    }


def _effect_size(arm: np.ndarray, control: np.ndarray, knowledge: Knowledge) -> dict[str, Any] | None:
    """Difference of changes over their pooled SD."""
    pooled = float(np.sqrt((arm.var(ddof=1) + control.var(ddof=1)) / 2.0)) if arm.size > 1 else 0.0
    if pooled == 0.0:
        return None
    interval = knowledge.interval((arm - control) / pooled)
    return {"value": float((arm - control).mean() / pooled), "interval": interval}


def _responder_difference(
    treated: np.ndarray | None, compared: np.ndarray | None, knowledge: Knowledge
) -> dict[str, Any] | None:
    if treated is None or compared is None:
        return None
    difference = treated.astype(float) - compared.astype(float)
    return {"difference": float(difference.mean()), "interval": knowledge.interval(difference)}


def _probability_better(difference: np.ndarray, knowledge: Knowledge) -> float | None:
    """Share of draws in which the population's mean difference favours the arm (lower scores are better)."""
    if not knowledge.separable:
        return None
    return float((knowledge.draw_means(difference[:, None])[:, 0] < 0.0).mean())


def instruments(names: Sequence[str], recall_h: Mapping[str, float], library: Library) -> dict[str, dict[str, Any]]:
    """What each instrument is: range, rater, window, definitions with their sources.

    Parameters
    ----------
    recall_h
        Instrument -> the window the study asks about, h.
    """
    return {name: _instrument(name, recall_h[name], library) for name in names}


def _instrument(name: str, recall_h: float, library: Library) -> dict[str, Any]:
    scale = INSTRUMENTS[name]
    low, high = scale.range(library)
    important = important_difference(scale, library)
    normal = scale.record("normal_mean", library)
    return {
        "title": scale.title,
        "low": low,
        "high": high,
        "rater": scale.rater,
        "recall_h": recall_h,
        "response": _definition(response_definition(scale, library)),
        "remission": _definition(remission_definition(scale, library)),
        "minimal_important_difference": {
            "value": important.value if important else None,
            "source": ", ".join(important.source) if important else None,
            "grade": important.grade if important else None,
        },
        "normal_mean": normal.value if normal else None,
    }


def _definition(found: Definition | None) -> dict[str, Any] | None:
    return found and {"definition": found.text, "source": ", ".join(found.source), "grade": found.grade}
