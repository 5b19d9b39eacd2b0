"""Treatments and arms: a sentence, a list or block of sentences, or a data set of doses."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from quell.conventions.errors import StudyError, suggest
from quell.protocols.phrases import PhraseError
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.regimen_overlap import check_combination
from quell.protocols.treatments import DRUGS, ROUTES

EXAMPLES = (
    "ketamine 0.5 mg/kg IV over 40 min on day 0",
    "escitalopram 10 mg daily for 12 weeks",
    "CBT weekly for 12 weeks",
)

MOST_SENTENCES = 20
"""Sentences of one arm."""

_DATA_KEYS = ("data", "drug", "route", "unit")


class DataRegimen:
    """A data set as an arm: its file, what AMT is an amount of, and how it is given."""

    def __init__(self, data: str, drug: str, route: str, unit: str) -> None:
        self.data, self.drug, self.route, self.unit = data, drug, route, unit


Given = tuple[Regimen, ...] | DataRegimen
"""What an arm gives, as written."""


def read_given(value: Any) -> Given:
    """The sentences, or the data set, of a treatment or arm.

    Raises
    ------
    PhraseError
        With the list index or key inside the value, and the column within the sentence.
    """
    if isinstance(value, dict):
        return _data_regimen(value)
    sentences = list(_sentences(value))
    regimens: list[Regimen] = []
    for inside, text in sentences:
        try:
            regimens.append(parse_regimen(text))
            check_combination(regimens)
        except StudyError as error:
            raise PhraseError(error, inside) from None
    return tuple(regimens)


def _sentences(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each sentence with where it stands inside the value; lines of a block count as ("line", number)."""
    if isinstance(value, str):
        lines = value.splitlines() or [value]
        items = [
            ((("line", k) if len(lines) > 1 else ()), line) for k, line in enumerate(lines) if line.strip() or k == 0
        ]
    elif isinstance(value, list) and value:
        items = [((k,), item) for k, item in enumerate(value)]
    else:
        what = "no treatment stands here" if value is None or value == [] else "a treatment is a sentence"
        raise PhraseError(StudyError(what, allowed=EXAMPLES, suggestion=EXAMPLES[0]))
    if len(items) > MOST_SENTENCES:
        raise PhraseError(StudyError("too many sentences in one arm", allowed=f"up to {MOST_SENTENCES}"), items[-1][0])
    for inside, item in items:
        if not isinstance(item, str):
            raise PhraseError(StudyError("a treatment is a sentence", allowed=EXAMPLES, suggestion=EXAMPLES[0]), inside)
        yield inside, item


def _data_regimen(value: dict[str, Any]) -> DataRegimen:
    for key in value:
        if key not in _DATA_KEYS:
            message, meant = f'unknown key "{key}"', suggest(key, _DATA_KEYS)
            raise PhraseError(StudyError(message, text=key, allowed=_DATA_KEYS, suggestion=meant), (key,), at_key=True)
    for key in _DATA_KEYS:
        if not isinstance(value.get(key), str):
            raise PhraseError(StudyError(f'a data set needs "{key}"', allowed="data, drug, route, unit"),
                          (key,) if key in value else ())  # fmt: skip
    drug = _choice(value, "drug", tuple(name for name, known in DRUGS.items() if known.units))
    route = _choice(value, "route", tuple(route for route in ROUTES if route in DRUGS[drug].routes))
    return DataRegimen(value["data"], drug, route, _choice(value, "unit", DRUGS[drug].units))


def _choice(value: dict[str, Any], key: str, known: tuple[str, ...]) -> str:
    text = value[key].strip()
    for choice in known:
        if choice.casefold() == text.casefold():
            return choice
    error = StudyError(f'unknown {key} "{text}"', column=1, text=text, allowed=known, suggestion=suggest(text, known))
    raise PhraseError(error, (key,))


class _GivenType:
    """How pydantic reads what an arm gives, and how an editor sees it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_given)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        sentence = {"type": "string", "title": "a dose sentence", "examples": list(EXAMPLES)}
        words = {"type": "string"}
        drugs = {"enum": [name for name, known in DRUGS.items() if known.units]}
        keys = {"data": words, "drug": drugs, "route": {"enum": list(ROUTES)}, "unit": {"enum": ["mg", "mg/kg"]}}
        data = {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}
        return {
            "title": "what is given",
            "anyOf": [sentence, {"type": "array", "items": sentence, "minItems": 1, "maxItems": MOST_SENTENCES}, data],
        }


GivenField = Annotated[Given, _GivenType()]
"""A field that holds a treatment."""
