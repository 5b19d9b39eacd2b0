"""Words in a diagram: how wide they are, where they wrap, and how they are drawn.

SVG does not wrap text and a reader's fonts are unknown, so widths are estimates from the usual proportions of
sans-serif letters, on the wide side. Lengths in pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

STYLES: dict[str, tuple[float, float]] = {
    "title": (16.0, 24.0),
    "quiet": (12.0, 17.0),
    "state": (12.5, 18.0),
    "outside": (11.5, 16.0),
    "switch": (12.0, 18.0),
    "strip": (11.5, 18.0),
    "chip": (9.5, 11.0),
    "value": (11.5, 14.0),
}
"""Kind of words, which is also their class -> (size, height of a line)."""

_MONOSPACED = ("value",)
_INDENT = 15.0
_NARROW, _WIDE = "ijl.,;:'|!()[]ftr-/ ", "mwMW@%—"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of words: a mark before it, a unit at its right end, more in a tooltip, room above."""

    text: str
    kind: str
    mark: str = ""
    right: str = ""
    tooltip: str = ""
    indent: float = 0.0
    above: float = 0.0

    @property
    def height(self) -> float:
        """Height of the line, the room above it included."""
        return STYLES[self.kind][1] + self.above

    def drawn(self, left: float, right: float, baseline: float) -> Markup:
        """The line between two edges."""
        parts = [_words(self.kind, left + self.indent, baseline, self.text, self.tooltip)]
        if self.mark:
            parts.append(_words("mark", left, baseline, self.mark))
        if self.right:
            parts.append(_words("unit", right, baseline, self.right))
        return Markup("").join(parts)


def text_width(text: str, kind: str) -> float:
    """Estimated width of words of a kind."""
    size = STYLES[kind][0]
    if kind in _MONOSPACED:
        return 0.61 * size * len(text)
    return size * sum(_share(c) for c in text)


def wrapped(
    text: str, width: float, kind: str, mark: str = "", right: str = "", tooltip: str = "", above: float = 0.0
) -> Iterator[Line]:
    """Lines that fit a width; the mark, what stands on the right and the room above belong to the first."""
    indent = _INDENT if mark else 0.0
    room = width - indent - (text_width(right, "quiet") + 8.0 if right else 0.0)
    for i, part in enumerate(split(text, room, kind)):
        first = i == 0
        yield Line(part, kind, mark * first, right * first, tooltip, indent, above * first)


def split(text: str, width: float, kind: str) -> list[str]:
    """Words put into lines of at most ``width``; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", kind) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _words(kind: str, x: float, y: float, text: str, tooltip: str = "") -> Markup:
    title = Markup("<title>{}</title>").format(tooltip) if tooltip else ""
    return Markup('<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{title}{text}</text>').format(
        kind=kind, x=x, y=y, title=title, text=text
    )


def _share(c: str) -> float:
    """Width of a letter in units of the type size."""
    if c in _WIDE or ord(c) > 0x2E7F:
        return 0.92
    if c in _NARROW:
        return 0.33
    return 0.7 if c.isupper() else 0.6
