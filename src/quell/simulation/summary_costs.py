"""Exposure, safety, harms and guesses in the summary, and the courses that the cascade figure draws."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quell.evidence.library import Library
from quell.simulation.knowledge import Knowledge
from quell.simulation.summary_scores import QUANTILES, within
from quell.simulation.tables import Tables

_EXPOSURES = ("cmax", "tmax_h", "auc", "end_of_infusion")


def triple(values: np.ndarray) -> dict[str, float]:
    """5th, 50th and 95th percentile of people."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {"q05": float(low), "q50": float(middle), "q95": float(high)}


def exposure(tables: Tables, analytes: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Peak, time of peak, area and level at the end of the first infusion, of every analyte that an arm contains.

    Parameters
    ----------
    analytes
        Signal -> analyte, sampling and unit as a reader says them.
    """
    found = []
    for arm in tables.arms:
        for signal in tables.names("cmax", arm):
            entry: dict[str, Any] = {"arm": arm, **analytes[signal]}
            for statistic in _EXPOSURES:
                present = signal in tables.names(statistic, arm)
                entry[statistic] = triple(tables.arm(arm, statistic, signal)) if present else None
            found.append(entry)
    return found


def safety(tables: Tables, measures: Mapping[str, Mapping[str, Any]], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Peaks of each measure against its limit.

    Parameters
    ----------
    measures
        Measure -> unit, limit (or None) and the limit's source.
    """
    return [
        _safety(tables, arm, measure, measures[measure], knowledge)
        for arm in tables.arms
        for measure in tables.names("peak", arm)
    ]


def _safety(tables: Tables, arm: str, measure: str, about: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    peak, limit = tables.arm(arm, "peak", measure), about["limit"]
    quantiles = dict(zip(QUANTILES, map(float, np.quantile(peak, list(QUANTILES.values()))), strict=True))
    over = None if limit is None else (peak > limit).astype(float)
    return {
        "arm": arm,
        "measure": measure,
        **about,
        "peak": {**quantiles, "interval": knowledge.interval(peak)},
        "time_of_peak_h": {"q50": float(np.median(tables.arm(arm, "peak time", measure)))},
        "share_over": None if over is None else _share(over, knowledge),
    }


def _share(flags: np.ndarray, knowledge: Knowledge) -> dict[str, Any]:
    return {"share": float(flags.mean()), "interval": within(knowledge.interval(flags), 0.0, 1.0)}


def harms(tables: Tables, grades: Mapping[str, str], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Probability of each event at least once, over the whole arm."""
    return [
        {"arm": arm, "event": event, "grade": grades[event], **_share(tables.arm(arm, "harm", event), knowledge)}
        for arm in tables.arms
        for event in tables.names("harm", arm)
    ]


def guesses(tables: Tables, active: Mapping[str, bool], knowledge: Knowledge) -> list[dict[str, Any]]:
    """What people would guess, and how many would be right, at each time asked.

    Parameters
    ----------
    active
        Arm -> whether it holds the active drug that the guess is about.
    """
    found = []
    for arm in tables.arms:
        for at in tables.names("guess", arm):
            said = tables.arm(arm, "guess", at)
            right = said == (1.0 if active[arm] else 0.0)
            shares = {"active drug": float(said.mean()), "control": float(1.0 - said.mean())}
            correct = _share(right.astype(float), knowledge)
            found.append({"arm": arm, "who": "patient", "at": at, "shares": shares, "correct": correct})
    return found


def courses(
    tables: Tables, about: Mapping[str, Mapping[str, Any]], times_h: Mapping[str, np.ndarray], knowledge: Knowledge
) -> list[dict[str, Any]]:
    """Bands over time, of people and of knowledge, for every signal kept for display.

    Parameters
    ----------
    about
        Signal -> title, unit and whether it is latent.
    times_h
        Arm -> display times.
    """
    return [
        {
            "arm": arm,
            "signal": signal,
            **about[signal],
            "times_h": _numbers(times_h[arm]),
            **_bands(tables, arm, signal, knowledge),
        }
        for arm in tables.arms
        for signal in tables.names("course", arm)
    ]


def _bands(tables: Tables, arm: str, signal: str, knowledge: Knowledge) -> dict[str, Any]:
    values = tables.arm(arm, "course", signal).astype(float)
    quantiles = np.quantile(values, list(QUANTILES.values()), axis=0)
    shown = Knowledge(knowledge.draw[: values.shape[0]], knowledge.draws)
    bounds = shown.intervals(values)
    known = {"knowledge_low": None, "knowledge_high": None}
    if bounds is not None:
        known = {"knowledge_low": _numbers(bounds[0]), "knowledge_high": _numbers(bounds[1])}
    people = {name: _numbers(row) for name, row in zip(QUANTILES, quantiles, strict=True)}
    return {"mean": _numbers(values.mean(axis=0)), **people, **known}


def _numbers(row: np.ndarray) -> list[float]:
    return [float(x) for x in row]


def parameters(
    library: Library, used: Sequence[str], set_by_switch: Mapping[str, float], shares: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Every parameter that the run read: value, 95 % of knowledge, source and grade.

    Parameters
    ----------
    used
        Ids in order.
    set_by_switch
        Values that a chosen hypothesis put in place of the pack's.
    shares
        Id -> share of the answer's variance between draws, where it was estimated.
    """
    found = []
    for identifier in used:
        record = library[identifier]
        low, high = (float(x) for x in record.knowledge(np.array([0.025, 0.975])))
        value = set_by_switch.get(identifier, record.value)
        fixed = low == high or identifier in set_by_switch
        found.append(
            {
                "id": identifier,
                "symbol": record.symbol,
                "title": record.title,
                "value": float(value),
                "low": None if fixed else low,
                "high": None if fixed else high,
                "unit": record.unit,
                "source": list(record.source),
                "place": record.place,
                "grade": record.grade,
                "share_of_uncertainty": shares.get(identifier),
            }
        )
    return found
