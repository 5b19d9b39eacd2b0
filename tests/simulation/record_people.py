"""Small data sets of dosing records for tests."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from quell.protocols.records import Records

ITEMS = ("amt", "rate", "ii", "addl", "ss", "evid", "cmt")
WHOLE = ("addl", "ss", "evid", "cmt")


def row(time: float, **items: float) -> dict[str, float]:
    """One record; a dose where an amount or a rate is given, else an observation."""
    dose = "amt" in items or "rate" in items
    return {"time": time, **dict.fromkeys(ITEMS, 0.0), "evid": float(dose), **items}


def people(*each: Iterable[dict[str, float]]) -> Records:
    """The records of some people, each a list of rows."""
    rows = [(i, x) for i, own in enumerate(each) for x in own]
    arrays: dict[str, Any] = {name: np.array([x[name] for _, x in rows]) for name in ("time", *ITEMS)}
    arrays |= {name: arrays[name].astype(int) for name in WHOLE}
    nothing = np.full(len(rows), np.nan)
    return Records(
        person=np.array([i for i, _ in rows]),
        ids=tuple(str(i + 1) for i in range(len(each))),
        dv=nothing,
        mdv=nothing,
        covariates={},
        rows=np.arange(len(rows)) + 2,
        **arrays,
    )


def observed(*times: float) -> list[dict[str, float]]:
    """Observations."""
    return [row(t) for t in times]
