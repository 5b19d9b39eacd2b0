"""The ``visits`` and ``measures`` sections: when people are seen, and what is measured how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from quell.conventions.dimensions import INSTRUMENTS, SAFETY_MEASURES, known_name, spellings
from quell.conventions.errors import StudyError, suggest
from quell.protocols import visit_grammar as grammar
from quell.protocols.forms import Grammar
from quell.protocols.phrases import PhraseError, as_text
from quell.protocols.slots import SLOTS
from quell.protocols.visit_grammar import Every, Measure, Window
from quell.protocols.words import spell_number

MOST_VISITS = 200
"""Visits of one list."""

EARLIEST_H = -24.0 * 28
"""Earliest visit before a first dose, h."""

_VISITS = ("0 h", "24 h", "7 d")
_EXTRA = ("window", "missed at random")
_SHARE = Grammar("a share", {"{percent}": lambda percent: percent}, SLOTS, ("3 %",))

Times = tuple[float, ...] | Every


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """When people are seen.

    Parameters
    ----------
    groups
        Name of a list (an epoch, epochs joined by "and", "before dose", "no dose"; "" for the only one) -> its visits.
    window
        How far a visit may lie from its time.
    missed_at_random
        Share of visits missed for no reason.
    """

    groups: Mapping[str, Times] = field(default_factory=dict)
    window: Window | None = None
    missed_at_random: float = 0.0

    @property
    def times_h(self) -> tuple[float, ...]:
        """All stated times, ascending, each once."""
        lists = (times for times in self.groups.values() if not isinstance(times, Every))
        return tuple(sorted({time for times in lists for time in times}))


def read_visits(value: Any) -> VisitPlan:
    """Visits as a list of times, or as named lists with a window.

    Raises
    ------
    PhraseError
        With the key and index inside the value.
    """
    if isinstance(value, list | str):
        return VisitPlan({"": _times(value, ())})
    if not isinstance(value, dict) or not value:
        raise PhraseError(
            StudyError("visits are a list of times", allowed="[0 h, 24 h, 7 d]", suggestion="[0 h, 24 h]")
        )
    groups: dict[str, Times] = {}
    window, missed = None, 0.0
    for key, content in value.items():
        if key == "window":
            window = _read(grammar.parse_window, content, (key,), ("2 d",))
        elif key == "missed at random":
            missed = _read(_SHARE.read, content, (key,), ("3 %",))
        else:
            groups[key] = _times(content, (key,))
    if not groups:
        raise PhraseError(StudyError("no times of visits", allowed="[0 h, 24 h, 7 d]"))
    return VisitPlan(groups, window, missed)


def read_measures(value: Any) -> dict[str, Measure]:
    """Measures as a list of names, or as name: how.

    Raises
    ------
    PhraseError
        With the key or index inside the value.
    """
    if isinstance(value, list) and value:
        named = [(_measure_name(as_name(item, (k,)), (k,), at_key=False), Measure()) for k, item in enumerate(value)]
    elif isinstance(value, dict) and value:
        named = [(_measure_name(key, (key,), at_key=True), _measure(how, key)) for key, how in value.items()]
    else:
        raise PhraseError(StudyError("measures are names of instruments", allowed="[LSAS, HAM-A], or LSAS: how"))
    found: dict[str, Measure] = {}
    for k, (name, measure) in enumerate(named):
        if name in found:
            where = (k,) if isinstance(value, list) else (list(value)[k],)
            raise PhraseError(StudyError(f"{name} is measured twice", allowed="each measure once"), where)
        found[name] = measure
    return found


def as_name(value: Any, inside: tuple[str | int, ...]) -> str:
    """A list item as text."""
    try:
        return as_text(value, ("LSAS",))
    except StudyError as error:
        raise PhraseError(error, inside) from None


def _times(value: Any, inside: tuple[str | int, ...]) -> Times:
    if isinstance(value, str) and value.split()[:1] == ["every"]:
        return _read(grammar.parse_every, value, inside, ("every 7 d",))
    if not isinstance(value, list):
        return (_time(value, inside),)
    if not value:
        raise PhraseError(
            StudyError("no times of visits", allowed="[0 h, 24 h, 7 d]", suggestion="[0 h, 24 h]"), inside
        )
    if len(value) > MOST_VISITS:
        raise PhraseError(StudyError("too many visits", allowed=f"up to {MOST_VISITS}"), (*inside, MOST_VISITS))
    times: list[float] = []
    for k, item in enumerate(value):
        time = _time(item, (*inside, k))
        if time in times:
            raise _out_of_order("this visit is named twice", value, k, inside)
        if times and time < times[-1]:
            raise _out_of_order("visits are not in order of time", value, k, inside)
        times.append(time)
    return tuple(times)


def _out_of_order(message: str, values: list[Any], k: int, inside: tuple[str | int, ...]) -> PhraseError:
    """The error for visit ``k``, with the visits so far as they should stand."""
    known = {grammar.parse_visit(str(value)): str(value) for value in reversed(values[: k + 1])}
    meant = ", ".join(known[time] for time in sorted(known))
    allowed = "each time once, ascending"
    return PhraseError(StudyError(message, allowed=allowed, suggestion=meant), (*inside, k))


def _time(value: Any, inside: tuple[str | int, ...]) -> float:
    time = _read(grammar.parse_visit, value, inside, _VISITS)
    if time < EARLIEST_H:
        days = spell_number(-EARLIEST_H / 24)
        raise PhraseError(StudyError(f"a visit more than {days} d before the first dose", allowed=_VISITS), inside)
    return time


def _measure(how: Any, key: str) -> Measure:
    return Measure() if how is None else _read(grammar.parse_measure, how, (key,), ("self at the moment",))


def _measure_name(text: str, inside: tuple[str | int, ...], at_key: bool) -> str:
    known = {**INSTRUMENTS, **SAFETY_MEASURES}
    name = known_name(text, known)
    if name is None:
        meant = suggest(text, [spelling for _, spelling in spellings(known)])
        error = StudyError(f'unknown measure "{text}"', column=1, text=text, allowed=tuple(known), suggestion=meant)
        raise PhraseError(error, inside, at_key)
    return name


def _read(read: Any, value: Any, inside: tuple[str | int, ...], examples: tuple[str, ...]) -> Any:
    try:
        return read(as_text(value, examples))
    except StudyError as error:
        raise PhraseError(error, inside) from None


class _Custom:
    """A field read by a function that knows where inside the value an error is."""

    def __init__(self, read: Any, schema: dict[str, Any]) -> None:
        self.read, self.schema = read, schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.schema


_TIME_SCHEMA = {"type": "string", "title": "time of a visit, from the first dose", "examples": list(_VISITS)}
_TIMES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "array", "items": _TIME_SCHEMA, "minItems": 1, "maxItems": MOST_VISITS},
        {"type": "string", "title": "visits at an interval", "examples": ["every 7 d before dose"]},
    ]
}
_VISITS_SCHEMA: dict[str, Any] = {
    "title": "when people are seen",
    "anyOf": [
        *_TIMES_SCHEMA["anyOf"],
        {
            "type": "object",
            "properties": {key: {"type": "string"} for key in _EXTRA},
            "additionalProperties": _TIMES_SCHEMA,
        },
    ],
}
_NAMES = [*INSTRUMENTS, *SAFETY_MEASURES]
_MEASURES_SCHEMA: dict[str, Any] = {
    "title": "what is measured",
    "anyOf": [
        {"type": "array", "items": {"enum": _NAMES}, "minItems": 1},
        {
            "type": "object",
            "properties": {name: {"type": ["string", "null"], "examples": ["self at the moment"]} for name in _NAMES},
            "additionalProperties": False,
        },
    ],
}

VisitsField = Annotated[VisitPlan, _Custom(read_visits, _VISITS_SCHEMA)]
"""The section ``visits``."""

MeasuresField = Annotated[dict[str, Measure], _Custom(read_measures, _MEASURES_SCHEMA)]
"""The section ``measures``."""
