"""From what pydantic found to what a person reads: file, line, column, the offending text, one suggestion each.

Up to :data:`MOST` problems are reported at once, in the order of the file; the error raised is the first of them, and
the others follow in its ``others``.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from quell.conventions.errors import StudyError, suggest
from quell.protocols.phrases import PhraseError
from quell.protocols.yaml_reader import Document, Keys, Place

MOST = 5
"""Problems reported at once."""


class SeveralProblemsError(StudyError):
    """Several problems of one study: the first one, with the rest in ``others``."""

    def __init__(self, problems: Sequence[StudyError]) -> None:
        first = problems[0]
        super().__init__(
            first.message, file=first.file, line=first.line, column=first.column, text=first.text, source=first.source,
            allowed=first.allowed, suggestion=first.suggestion, hint=first.hint,
        )  # fmt: skip
        self.others = tuple(problems[1:])

    def render(self, colour: bool = False) -> str:
        """All problems, one after the other."""
        first = super().render(colour)
        return "\n\n".join([first, *(other.render(colour) for other in self.others)])


def together(problems: Iterable[StudyError]) -> StudyError:
    """One error for all problems, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
    return ordered[0] if len(ordered) == 1 else SeveralProblemsError(ordered[:MOST])


def from_validation(document: Document, model: type[BaseModel], error: ValidationError) -> list[StudyError]:
    """The problems that validation found, placed in the file."""
    details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] == "missing")
    misspelt = {path for detail in details if (path := _meant(model, detail)) is not None}
    found: dict[tuple[int | None, int | None, str], StudyError] = {}
    for detail in details:
        missing = detail["type"] == "missing"
        if missing and tuple(detail["loc"]) in misspelt:
            continue
        problem = _problem(document, model, detail)
        found.setdefault((problem.line, problem.column, problem.message if missing else ""), problem)
    return list(found.values())


def _meant(model: type[BaseModel], detail: Any) -> Keys | None:
    """The path that an unknown key probably means."""
    *section, key = detail["loc"]
    meant = suggest(str(key), _keys_of(model, tuple(section))) if detail["type"] == "extra_forbidden" else None
    return None if meant is None else (*section, meant)


def placed(document: Document, path: Keys, error: PhraseError) -> StudyError:
    """An error of a value at its place in the file.

    Parameters
    ----------
    path
        Keys and indices of the validated value.
    """
    whole, line = _split_line((*path, *error.inside))
    if error.at_key:
        place = document.keys.get(whole) or nearest(document, whole)
        return _inside(document, whole, place, error.error)
    place = nearest(document, whole)
    if line is not None:
        place = _line_of_block(document, place, line)
    return _inside(document, whole, place, error.error)


def nearest(document: Document, path: Keys) -> Place:
    """The place of a value, or of the closest thing around it: an empty value stands at its key."""
    while path:
        value, key = document.values.get(path), document.keys.get(path)
        if value is not None and (value.text or key is None):
            return value
        if key is not None:
            return key
        path = path[:-1]
    return Place(1, 1, "")


def _split_line(path: Keys) -> tuple[Keys, int | None]:
    """A path, and the line of a block at its end."""
    if len(path) >= 2 and path[-2] == "line" and isinstance(path[-1], int):
        return path[:-2], path[-1]
    return path, None


def _line_of_block(document: Document, place: Place, line: int) -> Place:
    """One line of a text of several lines."""
    wanted = place.text.splitlines()[line]
    for number in range(place.line, place.line + len(place.text.splitlines()) + 2):
        column = document.source(number).find(wanted)
        if column >= 0:
            return Place(number, column + 1, wanted, "|")
    return place


def _inside(document: Document, path: Keys, place: Place, error: StudyError) -> StudyError:
    """An error whose column counts within the text of a place."""
    parts = _parts(error)
    hint = _quote_hint(document, path, place)
    if hint:
        parts["hint"], parts["suggestion"] = hint, None
    offset = (error.column or 1) - 1
    source = document.source(place.line)
    start = place.column - 1 + (1 if place.style in ("'", '"') else 0)
    text = error.text or place.text.split("\n")[0]
    if source[start + offset : start + offset + len(text)] != text:
        elsewhere = _find(text, source, start)
        offset, text = (elsewhere - start, text) if elsewhere >= 0 else (0, place.text.split("\n")[0])
    return document.error(Place(place.line, start + offset + 1, text), **{**parts, "text": text})


def _find(text: str, source: str, start: int) -> int:
    """Where a text stands in a line from a place on, as a word of its own if it does; -1 if nowhere."""
    word = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)").search(source, start)
    return word.start() if word else source.find(text, start)


def _quote_hint(document: Document, path: Keys, place: Place) -> str | None:
    """The hint for a sentence that YAML split at its commas: an unquoted item of [ ]."""
    listed = bool(path) and isinstance(path[-1], int) and path[0] in ("arms", "treatments")
    if listed and place.flow and place.style is None:
        return 'Inside [ ] put each sentence in quotes: ["ketamine ... on days 0, 3 and 7"]'
    return None


def _parts(error: StudyError) -> dict[str, Any]:
    return {
        "message": error.message,
        "text": error.text,
        "allowed": error.allowed,
        "suggestion": error.suggestion,
        "hint": error.hint,
    }


def _problem(document: Document, model: type[BaseModel], detail: Any) -> StudyError:
    path, kind = tuple(detail["loc"]), detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, PhraseError):
        return placed(document, _in_file(document, path), cause)
    if kind == "extra_forbidden":
        return _unknown_key(document, model, path)
    if kind == "missing":
        return _missing_key(document, path)
    place = nearest(document, _in_file(document, path))
    message, allowed = _KINDS.get(kind, ("this does not fit here", None))
    return document.error(place, message, text=place.text.split("\n")[0] or None, allowed=allowed)


def _in_file(document: Document, path: Keys) -> Keys:
    """A path of the model as a path of the file: free keys were gathered, and single items may stand for a list."""
    found: Keys = ()
    for step in path:
        further = (*found, step)
        if further in document.values or further in document.keys:
            found = further
            continue
        free = [key for key in document.keys if key[:-1] == found and isinstance(step, str) and _is_free(key[-1], step)]
        found = free[0] if free else found
    return found


def _is_free(key: str | int, step: str) -> bool:
    return isinstance(key, str) and key in (f"memory of {step}", f"{step} counts as")


def _unknown_key(document: Document, model: type[BaseModel], path: Keys) -> StudyError:
    key = str(path[-1])
    place = document.keys.get(path) or nearest(document, path)
    known = _keys_of(model, path[:-1])
    meant = suggest(key, known)
    return document.error(place, f'unknown key "{key}"', text=key, allowed=known, suggestion=meant)


def _missing_key(document: Document, path: Keys) -> StudyError:
    key = path[-1]
    place = nearest(document, path[:-1])
    section = str(path[-2]) if len(path) > 1 else "the study"
    message = f'"{key}" is missing in {section}'
    text, example = place.text.split("\n")[0] or None, _EXAMPLES.get(str(key))
    return document.error(place, message, text=text, allowed=f"{key}: ...", suggestion=example)


def _keys_of(model: Any, path: Keys) -> tuple[str, ...]:
    """The keys that a mapping at a path of the model may have."""
    here: Any = model
    for step in path:
        sections = _sections(here)
        if isinstance(step, str) and sections:
            fields = {field.alias or name: field for name, field in sections[0].model_fields.items()}
            here = fields[step].annotation if step in fields else here
    sections = _sections(here)
    return tuple(field.alias or name for name, field in sections[0].model_fields.items()) if sections else ()


def _sections(annotation: Any) -> list[type[BaseModel]]:
    """Sections inside an annotation such as list[Epoch] | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


_KINDS: dict[str, tuple[str, str | None]] = {
    "dict_type": ("this needs keys of its own", "key: value lines, or {key: value}"),
    "model_type": ("this needs keys of its own", "key: value lines, or {key: value}"),
    "model_attributes_type": ("this needs keys of its own", "key: value lines, or {key: value}"),
    "list_type": ("this is a list", "[first, second], or lines that begin with -"),
}

_EXAMPLES = {
    "quell": "quell: 1",
    "title": "title: One infusion in social anxiety disorder",
    "people": "people: {disorder: social anxiety disorder}",
    "visits": "visits: [0 h, 24 h, 7 d]",
    "disorder": "disorder: social anxiety disorder",
    "lasts": "lasts: 28 d",
    "epoch": "epoch: a name",
    "number": "number: 12",
}
