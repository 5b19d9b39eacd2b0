"""Small grammars as data: a form is a phrase with slots, such as "{instrument} change [from {words}] at {time}".

Words stand for themselves (any letter case), ``a|b`` for either word, ``[...]`` for what may be left out and ``{slot}``
or ``{slot:name}`` for something read. A text is tried against every form; if none fits, the error points at the first
word that the form which got furthest could not use.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quell.conventions.errors import StudyError, suggest
from quell.protocols.words import Word, split_words

Slot = Callable[["Reading", int], Iterator[tuple[Any, int]]]
"""(reading, index of the next word) -> values that can be read there, each with the index behind it."""

_ELEMENT = re.compile(r"\{(\w+)(?::(\w+))?\}|(\[)|(\])|([^\s\[\]]+)")


@dataclass(slots=True)
class Reading:
    """A text while it is tried, and the furthest place that was reached."""

    words: tuple[Word, ...]
    furthest: int = -1
    known: list[str] = field(default_factory=list)
    problem: StudyError | None = None

    def miss(self, at: int, known: Iterable[str] = (), problem: StudyError | None = None) -> None:
        """Note that word ``at`` cannot be used, what would be known there, and a problem that is definite."""
        if at > self.furthest:
            self.furthest, self.known, self.problem = at, [], None
        if at == self.furthest:
            self.known.extend(known)
            self.problem = self.problem or problem

    def plain(self, at: int) -> str:
        """A word without capitals; empty behind the end."""
        return self.words[at].plain if at < len(self.words) else ""

    def number(self, at: int) -> float | None:
        """The number at a place, if one stands there."""
        return self.words[at].number if at < len(self.words) else None


@dataclass(frozen=True, slots=True)
class _Literal:
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    slot: str
    name: str


@dataclass(frozen=True, slots=True)
class _Optional:
    elements: tuple[Any, ...]


class Grammar:
    """Forms of one kind of phrase.

    Parameters
    ----------
    what
        What the phrase is called in errors: "a visit".
    forms
        Form -> function of the slots' values, by name.
    slots
        Name -> how it is read.
    examples
        Shown in errors and in the JSON Schema.
    """

    def __init__(
        self, what: str, forms: Mapping[str, Callable[..., Any]], slots: Mapping[str, Slot], examples: Iterable[str]
    ) -> None:
        self.what = what
        self.examples = tuple(examples)
        self._slots = slots
        self._forms = [(_compile(form), build) for form, build in forms.items()]

    def read(self, text: str) -> Any:
        """What the text says.

        Raises
        ------
        StudyError
            If it fits no form; ``column`` counts within ``text``.
        """
        reading = Reading(split_words(text))
        for elements, build in self._forms:
            for values, end in self._match(elements, reading, 0):
                if end == len(reading.words):
                    return self._build(text, build, values)
                reading.miss(end)
        raise self._refuse(text, reading)

    def _build(self, text: str, build: Callable[..., Any], values: dict[str, Any]) -> Any:
        try:
            return build(**values)
        except StudyError as error:
            error.text = error.text or text.strip()
            raise error.at(column=1) from None

    def _match(self, elements: tuple[Any, ...], reading: Reading, at: int) -> Iterator[tuple[dict[str, Any], int]]:
        if not elements:
            yield {}, at
            return
        head, rest = elements[0], elements[1:]
        if isinstance(head, _Optional):
            yield from self._match((*head.elements, *rest), reading, at)
            yield from self._match(rest, reading, at)
        elif isinstance(head, _Literal):
            if reading.plain(at) in head.words:
                yield from self._match(rest, reading, at + 1)
            else:
                reading.miss(at, head.words)
        else:
            for value, end in self._slots[head.slot](reading, at):
                for values, last in self._match(rest, reading, end):
                    yield {head.name: value, **values}, last

    def _refuse(self, text: str, reading: Reading) -> StudyError:
        if reading.problem is not None:
            return reading.problem
        if not reading.words:
            return StudyError(f"{self.what} is empty", column=1, allowed=self.examples, suggestion=self.examples[0])
        if reading.furthest >= len(reading.words):
            whole = text.strip()
            message = f"{self.what} is incomplete"
            return StudyError(message, column=1, text=whole, allowed=self.examples, suggestion=self.examples[0])
        word = reading.words[reading.furthest]
        message = f'"{word.text}" is not understood in {self.what}'
        meant = suggest(word.text, reading.known)
        meant = None if meant == word.text else meant
        return StudyError(message, column=word.start + 1, text=word.text, allowed=self.examples, suggestion=meant)


def refusal(reading: Reading, first: int, last: int, message: str, **more: Any) -> StudyError:
    """The error for words ``first`` to ``last`` of a reading."""
    words = reading.words[first : last + 1]
    return StudyError(message, column=words[0].start + 1, text=" ".join(word.text for word in words), **more)


def _compile(form: str) -> tuple[Any, ...]:
    stack: list[list[Any]] = [[]]
    for slot, name, begin, end, word in _ELEMENT.findall(form):
        if begin:
            stack.append([])
        elif end:
            inner = tuple(stack.pop())
            stack[-1].append(_Optional(inner))
        elif slot:
            stack[-1].append(_Read(slot, name or slot))
        else:
            stack[-1].append(_Literal(tuple(word.casefold().split("|"))))
    return tuple(stack[0])
