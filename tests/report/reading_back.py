"""Reads a page back as a stranger would: its elements, its words, and every number against summary.json.

Nothing here uses the report's own code: paths, forms and rounding are worked out again from what the page says.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"br", "img", "input", "link", "meta", "hr"}
SILENT = {"style", "script", "svg", "title"}
FACTORS = {
    "plain": 1,
    "signed": 1,
    "negated": -1,
    "percent": 100,
    "signed percent": 100,
    "hundred": 100,
    "signed hundred": 100,
    "min": 60,
    "h": 1,
    "d": 1 / 24,
    "wk": 1 / 168,
}
STEP = re.compile(r'\.?([A-Za-z_]\w*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


@dataclass
class Element:
    """An element with its attributes, its children and its text, in order."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        wanted = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            e
            for e in self.walk()
            if tag in ("", e.tag) and all(value in (e.attributes.get(k) or "").split() for k, value in wanted.items())
        ]

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert len(self._open) == 1, f"never closed: {[e.tag for e in self._open[1:]]}"
        self._named: dict[str, list[Element]] = {}
        for element in self.root.walk():
            self._named.setdefault(element.attributes.get("id") or "", []).append(element)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        return self.root.all(tag, **attributes)

    def by_id(self, identity: str) -> Element:
        (found,) = self._named[identity]
        return found

    @property
    def numbers(self) -> list[Element]:
        """Everything the page says that it read from the summary."""
        return self.all("span", class_="n")


def follow(summary: Any, path: str) -> Any:
    """What stands at a path, and the last key."""
    position, found, key = 0, summary, None
    while position < len(path):
        step = STEP.match(path, position)
        assert step, path
        name, index, text = step.groups()
        key = name if name is not None else int(index) if index is not None else json.loads(f'"{text}"')
        found = found[key]
        position = step.end()
    return found, key


def disagreement(element: Element, summary: Mapping[str, Any]) -> str:
    """What is wrong with a number of the page; empty when it says what the summary says."""
    path, form, shown = element.attributes["data-path"] or "", element.attributes["data-form"] or "", element.text
    value, key = follow(summary, path)
    expected: Any = None
    if form == "text":
        expected = str(value)
    elif form == "key":
        expected = str(key)
    elif form == "count":
        expected = f"{len(value):,}"
    elif form == "tally":
        wanted = (element.attributes["data-wanted"] or "").split("|")
        expected = f"{sum(str(r[element.attributes['data-key'] or '']).lower() in wanted for r in value):,}"
    if expected is not None:
        return "" if shown == expected else f"{path}: {shown!r} is not {expected!r}"
    return _rounding(path, form, shown, float(value))


def _rounding(path: str, form: str, shown: str, value: float) -> str:
    digits = re.sub(r"[^0-9.\-]", "", shown.replace("\u2212", "-"))
    decimals = len(digits.partition(".")[2])
    off = abs(float(digits) - value * FACTORS[form])
    return "" if off <= 0.5 * 10**-decimals * (1 + 1e-6) + 1e-9 else f"{path}: {shown!r} is not {value} ({form})"


def loose_digits(element: Element) -> Iterator[str]:
    """Text with a digit that neither comes from the summary nor is marked as a definition."""
    classes = (element.attributes.get("class") or "").split()
    if element.tag in SILENT or "n" in classes or "data-fixed" in element.attributes:
        return
    for child in element.children:
        if isinstance(child, Element):
            yield from loose_digits(child)
        elif any(c.isdigit() for c in child):
            yield child.strip()
