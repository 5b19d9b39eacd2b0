# noqa: INP001
"""Write ``tests/baseline/<study>.json``: key outputs of every worked study, with which the tests compare.

    python scripts/update_baseline.py

Run it when a commit is meant to move numbers, read what it prints, and say in the commit and in CHANGELOG.md why they
moved. Whether they moved at all depends on no machine: the comparison allows a relative difference of 1e-6.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import quell

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "tests" / "baseline"
STUDIES = sorted((ROOT / "studies").glob("*.yaml"))

PEOPLE, SEED = 256, 20260
TOLERANCE = 1e-6
"""Relative difference that another machine may make."""

_NOTHING = 1e-9
"""Smaller values are rounding."""

_PEAKS = ("CADSS", "SBP change", "sedation")
_ANALYTES = ("ketamine", "norketamine", "midazolam")


def main() -> None:
    """Run the worked studies and write what moved."""
    for study in STUDIES:
        path = baseline_of(study)
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        now = key_outputs(quell.run(study, seed=SEED, count=PEOPLE).summary)
        lines = moved(before, now)
        print(f"{study.stem}: {len(lines)} of {len(now)} numbers moved", *lines, sep="\n  ")
        path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def baseline_of(study: Path) -> Path:
    """Where the key outputs of a study stand."""
    return BASELINE / f"{study.stem}.json"


def key_outputs(summary: Mapping[str, Any]) -> dict[str, float]:
    """Name -> value of the numbers that a change of the model would move."""
    found = {" | ".join(name): value for name, value in _outputs(summary) if value is not None}
    return {name: value if abs(value) > _NOTHING else 0.0 for name, value in found.items()}


def _outputs(summary: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], float | None]]:
    wanted = (summary["endpoint"]["instrument"], "CGI-S")
    yield ("screened",), summary["people"]["screened"]
    for row in summary["results"]:
        if row["instrument"] in wanted and row["change"]:
            name = (row["arm"], row["instrument"], row["visit"])
            yield (*name, "change"), row["change"]["mean"]
            yield (*name, "responders"), (row["responders"] or {}).get("count")
    for row in summary["safety"]:
        if row["measure"] in _PEAKS:
            yield (row["arm"], "peak", row["measure"]), row["peak"]["q50"]
    for row in summary["exposure"]:
        if row["analyte"] in _ANALYTES:
            name = (row["arm"], row["sampling"], row["analyte"])
            yield (*name, "cmax"), row["cmax"]["q50"]
            yield (*name, "auc"), row["auc"]["q50"]
    for row in summary["decomposition"]:
        for part in row["parts"]:
            yield (row["arm"], "against", row["control"], part["cause"]), part["mean"]


def moved(before: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """A line for every number that differs by more than the tolerance, appeared or went."""
    lines = [f"{name}: {before[name]:g}, gone" for name in before if name not in now]
    lines += [f"{name}: {now[name]:g}, new" for name in now if name not in before]
    for name in (name for name in now if name in before):
        was, value = before[name], now[name]
        if abs(value - was) > TOLERANCE * max(abs(was), abs(value)):
            share = f" ({value / was - 1.0:+.2%})" if was else ""
            lines.append(f"{name}: {was:.9g} -> {value:.9g}{share}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
