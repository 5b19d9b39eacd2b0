"""How sure a run is of a difference, so that its words hedge when it does.

The strength of a difference is read from its 95 % knowledge interval and the share P of draws that agree with its sign:

    clear     the interval leaves out 0 (typical run: more than two Monte Carlo errors from 0)
    probable  P >= 0.90 (a run too small for an interval: more than two Monte Carlo errors from 0)
    possible  P >= 0.75
    open      otherwise
    nil       value and interval within 1 % of the scale's range
"""

from typing import Literal

from quell.report.reading import Reading, Row, lowest

Strength = Literal["clear", "probable", "possible", "open", "nil"]
NOTHING = 0.01
"""Share of a scale's range that counts as no change."""


def strength_of(reading: Reading, row: Row) -> Strength:
    """How sure the run is of the sign of a difference."""
    difference, scale = row["difference"], reading.summary["instruments"][row["instrument"]]
    ends = [difference["mean"], *(difference["interval"] or [])]
    if max(abs(x) for x in ends) < NOTHING * (scale["high"] - scale["low"]):
        return "nil"
    if difference["interval"] is None:
        beyond_luck = abs(difference["mean"]) > 2 * (difference.get("mc_error") or 0.0)
        return "open" if not beyond_luck else "clear" if reading.typical else "probable"
    if difference["interval"][0] > 0 or difference["interval"][1] < 0:
        return "clear"
    better = row["probability_better"] if row["probability_better"] is not None else 0.5
    agrees = better if difference["mean"] < 0 else 1 - better
    return "probable" if agrees >= 0.9 else "possible" if agrees >= 0.75 else "open"


def half_gone(reading: Reading) -> tuple[Row, Row] | None:
    """The best visit of the arm of interest against its control, and the first after it with half of that or less."""
    if reading.control is None:
        return None
    rows = reading.contrasts(reading.arm["name"], reading.control["name"], reading.instrument)
    best = lowest(rows, "difference", "mean")
    if best is None or best["difference"]["mean"] >= 0:
        return None
    later = (
        r for r in rows if r["time_h"] > best["time_h"] and r["difference"]["mean"] > best["difference"]["mean"] / 2
    )
    first = next(later, None)
    return None if first is None else (best, first)


def same_moment(row: Row) -> dict[str, str]:
    """What the contrasts of other arms at the same visit, on the same instrument and against the same control share."""
    return {key: row[key] for key in ("control", "instrument", "visit")}
