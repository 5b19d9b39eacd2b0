"""The summary as the report reads it: rows that know their path, looked up by arm, instrument and visit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from quell.report.voice import Voice, path_to


@dataclass(frozen=True, slots=True)
class Row:
    """A record of the summary and the path it stands at."""

    path: str
    data: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def at(self, *keys: str | int) -> str:
        """Path of something inside the record."""
        return path_to(self.path, *keys)


class Reading:
    """One summary, read for the report.

    Parameters
    ----------
    summary
        The parsed summary.json.

    Attributes
    ----------
    voice
        Speaks its numbers.
    """

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary
        self.voice = Voice(summary)
        self._rows: dict[str, tuple[Row, ...]] = {}

    def _asked(self, key: str) -> str:
        """What the study's endpoint says, empty where it is silent."""
        return str((self.summary["endpoint"] or {}).get(key) or "")

    def named(self, row: Row, key: str = "arm") -> Markup:
        """The name of an arm in a sentence: in quotation marks unless its treatment says the same word."""
        words = self.voice.quote(row.at(key))
        arm = self.arms.get(row[key])
        if arm is None or row[key].casefold() in " ".join(arm["sentences"]).casefold():
            return words
        return Markup("“{}”").format(words)

    def rows(self, section: str, **wanted: Any) -> list[Row]:
        """The records of a list of the summary whose fields equal ``wanted``, in order."""
        if section not in self._rows:
            records = self.summary.get(section) or ()
            self._rows[section] = tuple(Row(f"{section}[{i}]", record) for i, record in enumerate(records))
        return [row for row in self._rows[section] if all(row[key] == value for key, value in wanted.items())]

    def first(self, section: str, **wanted: Any) -> Row | None:
        """The first such record, or None."""
        return next(iter(self.rows(section, **wanted)), None)

    @cached_property
    def arms(self) -> dict[str, Row]:
        """Arm by name, in the order of the study file."""
        return {row["name"]: row for row in self.rows("arms")}

    @cached_property
    def arm(self) -> Row:
        """The arm of interest: the endpoint's, or the first that is no control."""
        return self.arms.get(self._asked("arm")) or next(
            (a for a in self.arms.values() if not a["control"]), self.rows("arms")[0]
        )

    @cached_property
    def control(self) -> Row | None:
        """The arm it is compared with at the endpoint, or None."""
        named = self._asked("control")
        if named in self.arms:
            return self.arms[named]
        return next((self.arms[r["control"]] for r in self.rows("contrasts", arm=self.arm["name"])), None)

    @cached_property
    def instrument(self) -> str:
        """The endpoint's instrument, or the first."""
        named = self._asked("instrument")
        return named if named in self.summary["instruments"] else next(iter(self.summary["instruments"]))

    @cached_property
    def instruments(self) -> list[str]:
        """Names of the instruments, the endpoint's first."""
        return [self.instrument, *(name for name in self.summary["instruments"] if name != self.instrument)]

    @cached_property
    def visit(self) -> str:
        """The endpoint's visit, or the last one."""
        named = self._asked("visit")
        visits = [row["visit"] for row in self.results(self.arm["name"], self.instrument)]
        return named if named in visits else visits[-1]

    @cached_property
    def typical(self) -> bool:
        """Whether parameters stood at their central values."""
        return bool(self.summary["run"]["typical"])

    def results(self, arm: str, instrument: str) -> list[Row]:
        """Results of an arm on an instrument, in order of time."""
        return sorted(self.rows("results", arm=arm, instrument=instrument), key=_time)

    def result(self, arm: str, instrument: str, visit: str) -> Row | None:
        """The result of an arm on an instrument at a visit."""
        return self.first("results", arm=arm, instrument=instrument, visit=visit)

    def contrasts(self, arm: str, control: str | None, instrument: str) -> list[Row]:
        """Differences of an arm from a control on an instrument, in order of time."""
        return sorted(self.rows("contrasts", arm=arm, control=control, instrument=instrument), key=_time)

    @cached_property
    def endpoint(self) -> Row | None:
        """The contrast that the study asks for; None without a control."""
        control = self.control and self.control["name"]
        wanted = {"arm": self.arm["name"], "control": control, "instrument": self.instrument, "visit": self.visit}
        return self.first("contrasts", **wanted)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """(arm, control) of every contrast, the endpoint's first."""
        found = dict.fromkeys((row["arm"], row["control"]) for row in self.rows("contrasts"))
        return sorted(found, key=lambda pair: pair[0] != self.arm["name"])

    def cascade(self, arm: str) -> Iterator[Row]:
        """Signals of an arm over time, scores left out."""
        return (row for row in self.rows("cascade", arm=arm) if not row["signal"].startswith("score:"))

    def score(self, arm: str, instrument: str) -> Row | None:
        """The score of an instrument over time in an arm."""
        return self.first("cascade", arm=arm, signal=f"score:{instrument}")

    @cached_property
    def horizon_h(self) -> float:
        """Last time anything is known, h."""
        last = [row["times_h"][-1] for row in self.rows("cascade") if row["times_h"]]
        return max([*last, *(row["time_h"] for row in self.rows("results")), 1.0])

    @cached_property
    def dose_times_h(self) -> list[float]:
        """Times of the doses of all arms, h, ascending."""
        return sorted({dose["time_h"] for arm in self.arms.values() for dose in arm["doses"]})

    @cached_property
    def infusion_h(self) -> float:
        """Length of the first administration, h: of the arm of interest, else the longest of any arm."""
        first = [arm["doses"][0]["duration_h"] for arm in (self.arm, *self.arms.values()) if arm["doses"]]
        return next((duration for duration in first if duration > 0), 0.0)


def lowest(rows: Sequence[Row], *keys: str) -> Row | None:
    """The row with the smallest number at ``keys``."""

    def number(row: Row) -> float:
        found: Any = row.data
        for key in keys:
            found = found[key]
        return found

    return min(rows, key=number, default=None)


def _time(row: Row) -> float:
    return row["time_h"]
