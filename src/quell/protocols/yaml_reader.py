"""Reading a study file as plain data, with the place of every key and value.

A study file is a small part of YAML 1.2: mappings, lists and scalars of UTF-8 text. Tags, anchors, aliases, several
documents, duplicate keys, dates and numbers that are not finite are refused, and so is anything large or deep, before
it can cost time or memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quell.conventions.errors import StudyError

MOST_ENTRIES = 20_000
"""Keys, values and list items in one study file."""

DEEPEST = 12
"""Mappings and lists within one another."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?\.inf|\.nan", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}

Keys = tuple[str | int, ...]
"""Keys and list indices from the top of the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or value begins, from 1, its text, and how it is written.

    Parameters
    ----------
    style
        None for plain text, a quotation mark, or "|" / ">" for a block.
    flow
        Whether it stands inside [ ] or { }.
    """

    line: int
    column: int
    text: str
    style: str | None = None
    flow: bool = False


@dataclass(slots=True)
class Document:
    """A study file as data.

    Parameters
    ----------
    data
        Mappings, lists, texts, numbers, truth values, None.
    keys, values
        Path -> place of the key, and of the value, at that path.
    empty
        Paths of values that are left out or null.
    """

    file: str
    text: str
    data: Any = None
    keys: dict[Keys, Place] = field(default_factory=dict)
    values: dict[Keys, Place] = field(default_factory=dict)
    empty: list[Keys] = field(default_factory=list)

    def source(self, line: int) -> str:
        """A line of the file."""
        lines = self.text.splitlines()
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def error(self, place: Place, message: str, **more: Any) -> StudyError:
        """An error at a place."""
        more.setdefault("text", place.text)
        return StudyError(message, file=self.file, line=place.line, column=place.column,
                          source=self.source(place.line), **more)  # fmt: skip


def parse_document(text: str, file: str | Path) -> Document:
    """The data of a study file with its places.

    Parameters
    ----------
    text
        The whole file.
    file
        Its name, for errors.

    Raises
    ------
    StudyError
        For anything that is not plain, small YAML.
    """
    document = Document(str(file), text)
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        place = Place(line, column, found[0])
        raise document.error(place, "a control character or foreign line end", allowed="printable text")
    _Builder(document).build()
    if not isinstance(document.data, dict):
        if document.data is None:
            raise StudyError("the study file is empty", file=file, line=1, column=1, source="",
                             allowed="quell: 1, title, people, arms, visits, endpoint")  # fmt: skip
        raise document.error(document.values[()], "a study is a mapping of keys to values", allowed="key: value lines")
    return document


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    path: Keys
    content: dict[str, Any] | list[Any]
    flow: bool
    key: str | None = None


class _Builder:
    """Fills a document from the parser's events, without recursion."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[_Open] = []
        self.entries = 0

    def build(self) -> None:
        """Read the whole document."""
        for kind, event in self._events():
            if kind == "ScalarEvent":
                self._scalar(event)
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._begin(event, {} if kind.startswith("Map") else [])
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self.open.pop()
            elif kind == "AliasEvent":
                raise self._refuse(event, "aliases (*name) are not read in a study file", "each value written out")
            elif kind == "DocumentStartEvent":
                self._document(event)

    def _events(self) -> Iterator[tuple[str, Any]]:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            for event in YAML(typ="safe", pure=True).parse(self.document.text):
                yield type(event).__name__, event
        except MarkedYAMLError as error:
            raise self._syntax(error) from None
        except (YAMLError, ValueError, RecursionError) as error:
            raise StudyError(f"not readable as YAML: {str(error).splitlines()[0]}", file=self.document.file,
                             line=1, source="") from None  # fmt: skip

    def _document(self, event: Any) -> None:
        self.entries += 1
        if self.entries > 1:
            raise self._refuse(event, "a second document begins here", "one study in a file")
        if event.tags:
            raise self._refuse(event, "tags are not read in a study file", "plain values")

    def _scalar(self, event: Any) -> None:
        self._check_plain(event)
        top = self.open[-1] if self.open else None
        place = self._place(event, event.value, bool(top and top.flow))
        if top is not None and isinstance(top.content, dict) and top.key is None:
            self._key(top, event, place)
            return
        plain = event.style in (None, "")
        self._put(self._plain_value(place) if plain else event.value, place)

    def _key(self, top: _Open, event: Any, place: Place) -> None:
        key = event.value
        if not key:
            raise self.document.error(place, "a key is missing before the colon", allowed="key: value")
        earlier = self.document.keys.get((*top.path, key))
        if earlier is not None:
            message = f'"{key}" stands here a second time; the first is in line {earlier.line}'
            raise self.document.error(place, message, allowed="each key once")
        self.document.keys[(*top.path, key)] = place
        top.key = key

    def _begin(self, event: Any, content: dict[str, Any] | list[Any]) -> None:
        self._check_plain(event)
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.content, dict) and top.key is None:
            raise self._refuse(event, "a key is a word, not a list or mapping", "key: value")
        if len(self.open) >= DEEPEST:
            raise self._refuse(event, "lists and mappings are nested too deeply", f"{DEEPEST} levels")
        path = self._put(content, self._place(event, "", bool(event.flow_style)))
        self.open.append(_Open(path, content, bool(event.flow_style)))

    def _put(self, value: Any, place: Place) -> Keys:
        """Store a value where it belongs, and return its path."""
        if not self.open:
            self.document.data, path = value, ()
        else:
            top = self.open[-1]
            if isinstance(top.content, dict):
                key, top.key = str(top.key), None
                top.content[key] = value
                path = (*top.path, key)
            else:
                path = (*top.path, len(top.content))
                top.content.append(value)
        self.document.values[path] = place
        if value is None:
            self.document.empty.append(path)
        return path

    def _plain_value(self, place: Place) -> Any:
        text = place.text
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.fullmatch(text):
            raise self.document.error(place, f'"{text}" is not a number', allowed="finite numbers")
        if _DATE.fullmatch(text):
            raise self.document.error(place, "dates are not used: time counts from the first dose",
                                      allowed="times such as 3 h, 14 d, 12 weeks; quotes around a text")  # fmt: skip
        if _INTEGER.fullmatch(text) and len(text) < 19:
            return int(text)
        if _FLOAT.fullmatch(text):
            value = float(text)
            if value in (float("inf"), float("-inf")):
                raise self.document.error(place, "this number is too large", allowed="finite numbers")
            return value
        return text

    def _check_plain(self, event: Any) -> None:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise self._refuse(event, "too many entries", f"up to {MOST_ENTRIES} keys and values")
        if event.anchor is not None:
            raise self._refuse(event, "anchors (&name) are not read in a study file", "each value written out")
        if event.tag is not None:
            raise self._refuse(event, "tags (!name) are not read in a study file", "plain values")

    def _refuse(self, event: Any, message: str, allowed: str) -> StudyError:
        place = self._place(event, "", False)
        line = self.document.source(place.line)[place.column - 1 :].split()
        return self.document.error(place, message, text=line[0] if line else None, allowed=allowed)

    def _place(self, event: Any, text: str, flow: bool) -> Place:
        mark = event.start_mark
        style = getattr(event, "style", None) or None
        return Place(mark.line + 1, mark.column + 1, text, style, flow)

    def _syntax(self, error: Any) -> StudyError:
        opened = "expected ',' or" in str(error.problem) or "end of stream" in str(error.problem)
        mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
        line, column = mark.line + 1, mark.column + 1
        source = self.document.source(line)
        indent = source[: len(source) - len(source.lstrip())]
        if "\t" in indent or ("\t" in source and "\\t" in str(error.problem)):
            column = source.find("\t") + 1
            return self.document.error(Place(line, column, "\t"), "a tab cannot indent", allowed="spaces")
        problem, allowed = _in_words(str(error.problem))
        return self.document.error(Place(line, column, source[column - 1 :]), problem, text=None, allowed=allowed)


def _in_words(problem: str) -> tuple[str, str]:
    """What the parser found, said so that somebody who writes studies understands it."""
    for sign, message, allowed in _SYNTAX:
        if sign in problem:
            return message, allowed
    return f"not readable as YAML: {problem}", "key: value lines, lists in [ ], mappings in { }"


_SYNTAX = (
    (
        "mapping values are not allowed",
        "a colon is not expected here",
        "one key: value a line, in line with its neighbours; quotes around a text with a colon",
    ),
    (
        "expected <block end>",
        "this line does not fit the indentation above",
        "the same indentation for keys of one level",
    ),
    ("could not find expected ':'", "a key without its colon", "key: value"),
    ("expected ',' or ']'", "a list [ is not closed or lacks a comma", "[first, second]"),
    ("expected ',' or '}'", "a mapping { is not closed or lacks a comma", "{first: 1, second: 2}"),
    ("found unexpected end of stream", "a quotation or bracket is never closed", "closing quotation mark or bracket"),
    ("cannot start any token", "this character cannot begin a value", "quotes around the text"),
    ("expected the node content", "a value is missing here", "a value, or quotes around the text"),
    ("found undefined tag", "tags (!name) are not read in a study file", "plain values"),
    ("unknown escape character", "a backslash inside double quotes", "single quotes around the text"),
    ("undefined alias", "aliases (*name) are not read in a study file", "each value written out"),
)
