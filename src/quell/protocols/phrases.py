"""Phrases as types: a field of the study file that is read by a small grammar, and described to editors.

A phrase that cannot be read raises :class:`PhraseError`, which carries the error with its column inside the phrase; the
place in the file is added by :mod:`quell.protocols.study_errors`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from quell.conventions.errors import StudyError, suggest
from quell.protocols.words import spell_number


class PhraseError(ValueError):
    """An error found in a value.

    Parameters
    ----------
    error
        What is wrong; its column counts within the text of the value.
    inside
        Keys and indices from the validated value to the offending one.
    at_key
        Whether the key rather than its value is wrong.
    """

    def __init__(self, error: StudyError, inside: tuple[str | int, ...] = (), at_key: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.inside = inside
        self.at_key = at_key


class Phrase:
    """An annotation: the field is text that ``read`` understands.

    Parameters
    ----------
    read
        Text -> value; raises StudyError.
    examples
        Shown in errors and to editors.
    title
        What the phrase says.
    schema
        Further keywords of JSON Schema; the type is text unless they say otherwise.
    """

    def __init__(
        self, read: Callable[[str], Any], examples: Iterable[Any], title: str, schema: Mapping[str, Any] | None = None
    ) -> None:
        self.read = read
        self.examples = tuple(examples)
        self.title = title
        self.schema = schema or {"type": "string"}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by reading."""
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The phrase as an editor sees it."""
        return {**self.schema, "title": self.title, "examples": list(self.examples)}

    def validate(self, value: Any) -> Any:
        """Read the value of a field."""
        try:
            return self.read(as_text(value, self.examples))
        except StudyError as error:
            raise PhraseError(error) from None


def as_text(value: Any, examples: Iterable[Any]) -> str:
    """A value of the file as the text that a grammar reads; lists and mappings are refused."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return spell_number(value)
    if isinstance(value, str):
        return value
    what = (
        "nothing stands here"
        if value is None
        else f"a {'list' if isinstance(value, list) else 'mapping'} cannot stand here"
    )
    raise StudyError(what, allowed=[str(example) for example in examples])


def whole_number(smallest: int, largest: int, what: str, example: int | None = None) -> Phrase:
    """A whole number within bounds."""
    example = smallest if example is None else example

    def read(text: str) -> int:
        allowed = f"a whole number from {smallest} to {largest}"
        try:
            value = float(text)
        except ValueError:
            raise StudyError(
                f"{what} is not a number", column=1, text=text, allowed=allowed, suggestion=str(example)
            ) from None
        if not value.is_integer() or not smallest <= value <= largest:
            near = str(min(max(round(value), smallest), largest))
            raise StudyError(f"{what} cannot be {text}", column=1, text=text, allowed=allowed, suggestion=near)
        return int(value)

    bounds = {"type": "integer", "minimum": smallest, "maximum": largest}
    return Phrase(read, (example,), what, bounds)


def one_of(choices: Mapping[str, Any] | Iterable[str], what: str) -> Phrase:
    """One of a few words, letter case aside."""
    values: Mapping[str, Any] = choices if isinstance(choices, Mapping) else {choice: choice for choice in choices}

    def read(text: str) -> Any:
        for choice, value in values.items():
            if choice.casefold() == " ".join(text.split()).casefold():
                return value
        meant = suggest(text, values)
        raise StudyError(f'unknown {what} "{text.strip()}"', column=1, text=text, allowed=values, suggestion=meant)

    return Phrase(read, tuple(values)[:4], what, {"type": "string", "enum": list(values)})


def _flag(text: str) -> bool:
    if text.casefold() not in ("yes", "no", "true", "false"):
        raise StudyError("this is yes or no", column=1, text=text, allowed=("yes", "no"))
    return text.casefold() in ("yes", "true")


def _name(text: str) -> str:
    if not text.strip():
        raise StudyError("a name is missing", allowed="a short name")
    if len(text) > 200 or "\n" in text.strip():
        raise StudyError(
            "a name is one line of at most 200 characters", column=1, text=text[:40], allowed="a short name"
        )
    return text.strip()


Flag = Annotated[bool, Phrase(_flag, (True, False), "yes or no", {"enum": [True, False, "yes", "no"]})]
"""yes or no."""

Name = Annotated[str, Phrase(_name, ("ketamine",), "a name")]
"""One short line."""


def spelled(name: str) -> str:
    """The key of a field: its name with spaces."""
    return name.replace("_", " ")


def free_keys(field: str, pattern: str | None = None, names: Iterable[str] = ()) -> ConfigDict:
    """Configuration of a section that gathers free keys in ``field``; its JSON Schema shows them where they stand.

    Parameters
    ----------
    pattern
        Regular expression of the free keys, if they are not known.
    names
        The free keys, if they are.
    """

    def rewrite(schema: dict[str, Any]) -> None:
        content = schema["properties"].pop(field)["additionalProperties"]
        if pattern is not None:
            schema["patternProperties"] = {pattern: content}
        schema["properties"].update(dict.fromkeys(names, content))

    return ConfigDict(json_schema_extra=rewrite)


class Section(BaseModel):
    """A section of the study file: strict, closed, unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=spelled, arbitrary_types_allowed=True)
