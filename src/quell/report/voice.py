"""Every number and every piece of study text that the report speaks, read from the summary at a named path.

A number is printed inside ``<span class="n" data-path="results[3].change.mean" data-form="negated">32</span>``: a test
re-reads the page, follows each path in summary.json and compares to the printed digits. Text from the study file
travels the same way and is escaped on the way out.

A path is names joined by dots, whole numbers in brackets and any other key as a JSON string in brackets:
``guess[0].shares["do not know"]``.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from quell.report.digits import FACTORS, MOST, SPACE, decimals_for, time_form, written

_STEP = re.compile(r'\.?([A-Za-z_]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
POINTS = 1
"""Decimals of means and differences of scores at most."""

_UNBROKEN = 12
"""Characters up to which words of the study stay on one line: "24 h", "0.25 mg/kg"."""
_NONE = Markup('<span class="none" title="not estimated">–</span>')


def path_to(start: str, *keys: str | int) -> str:
    """The path that follows ``keys`` from ``start``."""
    for key in keys:
        if isinstance(key, int):
            start += f"[{key}]"
        elif re.fullmatch(r"[A-Za-z_]\w*", key):
            start += f".{key}" if start else key
        else:
            start += f"[{json.dumps(key)}]"
    return start


def keys_of(path: str) -> list[str | int]:
    """The keys a path names.

    Raises
    ------
    ValueError
        If the text is not a path.
    """
    keys: list[str | int] = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise ValueError(f"not a path: {path!r}")
        name, index, text = step.groups()
        keys.append(int(index) if index else json.loads(text) if text else name)
        position = step.end()
    return keys


class Voice:
    """Speaks for one summary.

    Parameters
    ----------
    summary
        The parsed summary.json.
    """

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary

    def value(self, path: str) -> Any:
        """What stands at a path; KeyError or IndexError where nothing does."""
        found: Any = self.summary
        for key in keys_of(path):
            found = found[key]
        return found

    def say(self, path: str, decimals: int = 0, form: str = "plain") -> Markup:
        """The number at a path, printed in a form of :func:`quell.report.digits.written`; a dash for null."""
        value = self.value(path)
        return _NONE if value is None else _span(path, form, written(value, decimals, form))

    def quote(self, path: str) -> Markup:
        """Text of the study or the run, escaped."""
        return _span(path, "text", str(self.value(path)))

    def key(self, path: str) -> Markup:
        """The last key of a path, where the summary keeps study text as a key (a guess, a reason)."""
        return _span(path, "key", str(keys_of(path)[-1]))

    def time(self, path: str) -> Markup:
        """Hours at a path, told in the unit that suits them."""
        form, decimals = time_form(self.value(path))
        return self.say(path, decimals, form)

    def count(self, path: str) -> Markup:
        """How many entries a list or mapping holds."""
        return _span(path, "count", f"{len(self.value(path)):,}")

    def tally(self, path: str, key: str, wanted: Sequence[str]) -> Markup:
        """How many records of a list have one of the wanted texts at ``key``."""
        found = sum(str(record[key]).casefold() in wanted for record in self.value(path))
        attributes = Markup(' data-key="{}" data-wanted="{}"').format(key, "|".join(wanted))
        return _span(path, "tally", f"{found:,}", attributes)

    def has_width(self, path: str) -> bool:
        """Whether an interval stands at a path and is more than a point."""
        interval = self.value(path)
        return interval is not None and interval[0] < interval[1]

    def range(self, path: str, decimals: int, form: str = "plain") -> Markup:
        """The two ends of an interval: "6 to 31", in rising order of what is printed."""
        if not self.has_width(path):
            return Markup("")
        ends = (1, 0) if FACTORS[form] < 0 else (0, 1)
        first = form.replace("percent", "hundred")
        return Markup("{} to {}").format(
            self.say(path_to(path, ends[0]), decimals, first), self.say(path_to(path, ends[1]), decimals, form)
        )

    def estimate(
        self,
        mean: str,
        interval: str,
        form: str = "plain",
        lead: str = "",
        least: float = 0.0,
        most: int = MOST,
        unit: str = "",
    ) -> Markup:
        """A value with its interval in brackets and no digit that the interval does not allow: "19 (6 to 31)".

        Parameters
        ----------
        lead
            Words before the interval inside the brackets, such as "95 % interval ".
        least
            Width below which the interval does not add digits (the Monte Carlo 95 % width, say).
        most
            Decimals at most: :data:`POINTS` for scores, which are whole numbers.
        unit
            Unit after the value; the two are then set in bold, as the figure to take away.
        """
        decimals = self.decimals(mean, interval, form, least, most)
        value = self.say(mean, decimals, form)
        value = Markup("<b>{} {}</b>").format(value, unit) if unit else value
        if not self.has_width(interval):
            return value
        return Markup("{} ({}{})").format(value, fixed(lead), self.range(interval, decimals, form))

    def cell(self, mean: str, interval: str, form: str = "plain", least: float = 0.0, most: int = MOST) -> Markup:
        """The same for a table: the interval in small print."""
        decimals = self.decimals(mean, interval, form, least, most)
        value = self.say(mean, decimals, form)
        if not self.has_width(interval):
            return value
        return Markup("{} <small>({})</small>").format(value, self.range(interval, decimals, form))

    def decimals(self, mean: str, interval: str, form: str = "plain", least: float = 0.0, most: int = MOST) -> int:
        """Decimals that the interval (or, without one, the Monte Carlo width ``least``) allows."""
        ends, factor = self.value(interval), abs(FACTORS[form])
        width = max(ends[1] - ends[0], least) if ends else least
        value = self.value(mean)
        allowed = decimals_for(width * factor, (value or 0.0) * factor)
        if FACTORS[form] == 100.0:
            most = 0 if abs(value or 0.0) >= 0.01 else 1
        return min(allowed, most)


def fixed(text: str) -> Markup:
    """Words of the report itself in which a digit belongs to a definition ("95 % interval"), marked as such."""
    if not any(c.isdigit() for c in text):
        return escape(text.replace(" %", f"{SPACE}%"))
    return Markup("<span data-fixed>{}</span>").format(text.replace(" %", f"{SPACE}%"))


def _span(path: str, form: str, text: str, more: Markup | None = None) -> Markup:
    kind = "n whole" if len(text) <= _UNBROKEN and " " in text else "n"
    words = Markup('<span class="{}" data-path="{}" data-form="{}"{}>{}</span>')
    return words.format(kind, path, form, more or "", text)
