"""Errors for people: where, what, what is allowed, and one suggestion; never a traceback.

A rendered error points at the offending text the way a compiler does::

    study.yaml:8:15  ketmine 0.5 mg/kg IV over 40 min on day 0
                     ~~~~~~~
    unknown drug "ketmine". Did you mean "ketamine"?  Known drugs: quell evidence --drugs

Text from a file may hold anything, so whatever is shown passes through :func:`escape` first.
"""

import difflib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Self

_EXCERPT = 100
_LEAD = 40
_RED, _BOLD, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"


class StudyError(Exception):
    """Input that quell cannot accept, with everything a person needs to mend it.

    Parameters
    ----------
    message
        What is wrong, one phrase, lower case, no final stop.
    file
        Name of the file as the person gave it.
    line, column
        Where the offending text begins, counted from 1.
    text
        The offending text itself, one line.
    source
        The whole line it stands in; read from ``file`` when it is not given. Nothing is pointed at without a line.
    allowed
        What would be accepted: a phrase, or the list of accepted words.
    suggestion
        The one word or phrase that was probably meant.
    hint
        A closing phrase shown as it is, such as the command that lists what is known.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
        source: str | None = None,
        allowed: str | Iterable[str] | None = None,
        suggestion: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        self.text = text
        self.source = source
        self.allowed = allowed if isinstance(allowed, str) or allowed is None else ", ".join(map(str, allowed))
        self.suggestion = suggestion
        self.hint = hint

    def at(
        self,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        source: str | None = None,
    ) -> Self:
        """Say where the text that raised this error stands; what is already known stays.

        Parameters
        ----------
        column
            Where the parsed text begins in its line; an error that already counts columns within that text is moved
            along.
        """
        self.file = self.file if file is None else str(file)
        self.line = self.line or line
        self.source = self.source or source
        if column is not None:
            self.column = column + (self.column or 1) - 1
        return self

    @property
    def statement(self) -> str:
        """The sentence: message, suggestion, what is allowed; escaped, one line."""
        message = escape(self.message)
        sentence = message if message.endswith((".", "!", "?")) else f"{message}."
        if self.suggestion:
            sentence += f' Did you mean "{escape(self.suggestion)}"?'
        closing = (self.allowed and f"Allowed: {escape(self.allowed)}", self.hint and escape(self.hint))
        return "  ".join([sentence, *(part for part in closing if part)])

    @property
    def place(self) -> str:
        """``file:line:column`` as far as known, escaped."""
        return ":".join(escape(str(part)) for part in (self.file, self.line, self.column) if part is not None)

    def render(self, colour: bool = False) -> str:
        """The error as shown on a terminal: up to three lines, safe to print.

        Parameters
        ----------
        colour
            Use ANSI colours for the place and the underline.
        """
        excerpt, start, width = _excerpt(self._source_line(), self.column, self.text or "")
        place = self.place
        margin = f"{place}  " if place and excerpt else place
        lines = []
        if margin or excerpt:
            lines.append(f"{_BOLD}{margin}{_PLAIN}{excerpt}" if colour and margin else margin + excerpt)
        if width:
            underline = ("^" if width == 1 else "~" * width) if self.text else "^"
            pad = " " * (_cells(margin) + start)
            lines.append(pad + (f"{_RED}{underline}{_PLAIN}" if colour else underline))
        return "\n".join([*lines, self.statement])

    def __str__(self) -> str:
        return f"{self.place}: {self.statement}" if self.place else self.statement

    def _source_line(self) -> str:
        if self.source is None and self.file is not None and self.line is not None:
            self.source = _line_of_file(self.file, self.line)
        if self.source is None and self.line is not None:
            return self.text or ""
        return self.source or ""


class EvidenceError(StudyError):
    """Evidence that cannot be read or does not exist."""


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was probably meant to be, or None.

    Capitals, spaces, hyphens and underscores do not count as differences.
    """
    plain = {_plain(k): k for k in reversed([str(k) for k in known])}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def escape(text: str) -> str:
    """Text with every control, format and unprintable character spelt out, so that none reaches a terminal."""
    return "".join(_escaped(c) for c in text)


def _plain(word: str) -> str:
    return word.casefold().replace(" ", "").replace("-", "").replace("_", "")


def _escaped(c: str) -> str:
    if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029":
        return c
    return c.encode("unicode_escape", "surrogatepass").decode("ascii")


def _cells(text: str) -> int:
    """Columns a terminal gives to the text."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _line_of_file(file: str, line: int) -> str | None:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            return next((text.rstrip("\r\n") for i, text in enumerate(stream, 1) if i == line), None)
    except OSError:
        return None


def _excerpt(source: str, column: int | None, text: str) -> tuple[str, int, int]:
    """The part of the line worth showing, and where in it (in terminal columns) to underline, and how far."""
    source, text = (lines[0] if (lines := part.splitlines()) else "" for part in (source, text))
    if not source.strip():
        return "", 0, 0
    first = _position(source, column, text)
    indent = len(source) - len(source.lstrip())
    begin = max(indent, first - _LEAD) if len(source) - indent > _EXCERPT else indent
    shown = source[begin : begin + _EXCERPT].rstrip()
    head, tail = "…" * (begin > indent), "…" * (begin + _EXCERPT < len(source))
    if column is None and not text:
        return head + escape(shown) + tail, 0, 0
    last = min(first + max(len(text), 1), begin + len(shown))
    start = _cells(head + escape(source[begin:first]))
    return head + escape(shown) + tail, start, max(_cells(escape(source[first:last])), 1)


def _position(source: str, column: int | None, text: str) -> int:
    """Index of the offending text: the column if the text is there or no text is given, else where the text occurs."""
    index = 0 if column is None else min(max(column - 1, 0), len(source))
    if text and not source.startswith(text, index):
        found = source.find(text)
        return found if found >= 0 else index
    return index
