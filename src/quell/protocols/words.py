"""Sentences as words with places: what every small grammar of the study file is read with."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from quell.conventions.errors import StudyError, suggest

_WORD = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.\d+|\d+|\.\d+)(?:[eE][+-]?\d+)?)(?![\d.:])"
    r"|(?P<sign>>=|<=|==|[<>=≥≤])|(?P<mark>[,%])|(?P<word>[^\s,%<>=≥≤]+))"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a number or a mark, and where it begins and ends in its sentence (from 0)."""

    text: str
    start: int
    number: float | None = None

    @property
    def end(self) -> int:
        """Index behind the last character."""
        return self.start + len(self.text)

    @property
    def plain(self) -> str:
        """The word without capitals."""
        return self.text.casefold()


def split_words(sentence: str) -> tuple[Word, ...]:
    """The words of a sentence; a number glued to its unit ("40min") gives two."""
    words: list[Word] = []
    for match in _WORD.finditer(sentence.replace("\N{MINUS SIGN}", "-")):
        kind = match.lastgroup or "word"
        text = match[kind]
        words.append(Word(text, match.start(kind), float(text) if kind == "number" else None))
    return tuple(words)


def spell_number(value: float) -> str:
    """The shortest decimal spelling that reads back as the same float; never an exponent."""
    return f"{Decimal(repr(float(value))):f}".removesuffix(".0")


def spell_list(items: Iterable[str]) -> str:
    """Items as in "0, 3, 7 and 10"."""
    *rest, last = items
    return f"{', '.join(rest)} and {last}" if rest else last


class Sentence:
    """A sentence being read from left to right; whatever does not fit raises with its column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = split_words(text)
        self.at = 0

    @property
    def word(self) -> Word | None:
        """The next word, or None at the end."""
        return self.words[self.at] if self.at < len(self.words) else None

    def ahead(self, count: int) -> tuple[str, ...]:
        """The next ``count`` words without capitals, fewer at the end."""
        return tuple(word.plain for word in self.words[self.at : self.at + count])

    def take(self) -> Word:
        """The next word, which the caller has seen to be there."""
        self.at += 1
        return self.words[self.at - 1]

    def accept(self, phrase: str) -> bool:
        """Read past ``phrase`` (one or more words) if it comes next."""
        wanted = tuple(phrase.casefold().split())
        if self.ahead(len(wanted)) != wanted:
            return False
        self.at += len(wanted)
        return True

    def expect_number(self, what: str, example: str) -> Word:
        """Read a finite number."""
        word = self.word
        if word is None or word.number is None:
            raise self.refuse(f"{what} needs a number here" if word else f"{what} is missing", allowed=example)
        if not isfinite(word.number):
            raise self.refuse("this number is too large", allowed=example)
        return self.take()

    def refuse(
        self,
        message: str,
        first: Word | None = None,
        last: Word | None = None,
        *,
        allowed: str | Iterable[str] | None = None,
        known: Iterable[str] = (),
        suggestion: str | None = None,
        hint: str | None = None,
    ) -> StudyError:
        """The error for the words from ``first`` to ``last``; the next word, or the whole sentence, by default."""
        first = first or self.word
        if first is None:
            text, start = self.text.strip(), len(self.text) - len(self.text.lstrip())
        else:
            end = (last or first).end
            text, start = self.text[first.start : end], first.start
        suggestion = suggestion or (suggest(text, known) if first else None)
        return StudyError(message, column=start + 1, text=text, allowed=allowed, suggestion=suggestion, hint=hint)
