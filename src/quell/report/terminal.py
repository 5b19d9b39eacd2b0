"""The answer in a terminal: the report's own sentences as plain text, and the endpoint by arm."""

import html
import re
from collections.abc import Mapping
from typing import Any

from quell.report.headline import headline
from quell.report.lead import lead
from quell.report.reading import Reading

_TAG = re.compile(r"<[^>]*>")
_WIDTH = 88


def answer(summary: Mapping[str, Any]) -> list[str]:
    """Lines to print: the headline, the lead sentences, a small table, and what this is not."""
    reading = Reading(summary)
    lines = [*_wrapped(_plain(headline(reading)) + "."), ""]
    lines += [line for sentence in lead(reading) for line in _wrapped(_plain(sentence))]
    return [*lines, "", *_table(summary), "", "Research software: virtual people, not advice on treating a person."]


def _plain(words: str) -> str:
    return html.unescape(_TAG.sub("", str(words))).strip()


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, _WIDTH)


def _table(summary: Mapping[str, Any]) -> list[str]:
    """The endpoint's visit: mean change with its interval, responders, by arm."""
    endpoint = summary["endpoint"]
    wanted = (endpoint["instrument"], endpoint["visit"])
    rows = [x for x in summary["results"] if (x["instrument"], x["visit"]) == wanted]
    widest = max(len(x["arm"]) for x in rows)
    head = f"{wanted[0]} at {wanted[1]}"
    lines = [f"{head:<{max(widest, len(head))}}  {'change':>8}  {'95 % interval':>18}  {'responders':>10}"]
    lines += [
        f"{x['arm']:<{max(widest, len(head))}}  {_change(x):>8}  {_interval(x):>18}  {_responders(x):>10}" for x in rows
    ]
    return lines


def _change(row: Mapping[str, Any]) -> str:
    return "-" if row["change"] is None else f"{row['change']['mean']:.1f}"


def _interval(row: Mapping[str, Any]) -> str:
    interval = row["change"] and row["change"]["interval"]
    return "-" if not interval else f"{interval[0]:.1f} to {interval[1]:.1f}"


def _responders(row: Mapping[str, Any]) -> str:
    return "-" if not row["responders"] else f"{100 * row['responders']['share']:.0f} %"
