"""Contested hypotheses chosen by name: ``pathway=HNK/AMPA`` -> parameter values."""

from collections.abc import Iterable, Mapping

from quell.conventions.errors import StudyError, suggest
from quell.mechanisms.base import Switch
from quell.simulation.engine import Model

CONTESTED = ("pathway", "acute anxiolysis", "deep block memory")
"""Switches whose other choices every report shows beside its answer."""


def switches(model: Model) -> dict[str, tuple[str, Switch]]:
    """Name -> (pack, switch), of the kinetics and every mechanism."""
    owners = [(model.kinetics.name, model.kinetics.switches), *((m.name, m.switches) for m in model.system.mechanisms)]
    return {switch.name: (pack, switch) for pack, found in owners for switch in found}


def read_choices(model: Model, texts: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` texts into switch -> choice.

    Raises
    ------
    StudyError
        For a text without "=", an unknown switch or choice, or a switch set twice.
    """
    chosen: dict[str, str] = {}
    known = switches(model)
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise StudyError(f'--switch "{text}" has no "="', text=text, allowed="NAME=VALUE, such as pathway=HNK/AMPA")
        name = _match(name, known, "switch", "quell mechanism --switches lists them")
        if name in chosen:
            raise StudyError(f'the switch "{name}" is set twice', text=text)
        chosen[name] = _match(value, known[name][1].choices, f'choice of "{name}"', None)
    return chosen


def _match(text: str, known: Mapping[str, object], what: str, hint: str | None) -> str:
    found = next((name for name in known if name.casefold() == text.casefold()), None)
    if found is None:
        message = f'unknown {what} "{text}"'
        raise StudyError(message, text=text, allowed=list(known), suggestion=suggest(text, list(known)), hint=hint)
    return found


def switch_values(model: Model, chosen: Mapping[str, str]) -> dict[str, float]:
    """Parameter id -> value that the choices set."""
    known = switches(model)
    found: dict[str, float] = {}
    for name, choice in chosen.items():
        pack, switch = known[name]
        found |= {f"{pack}.{parameter}": value for parameter, value in switch.choices[choice].items()}
    return found


def all_choices(model: Model, chosen: Mapping[str, str]) -> dict[str, str]:
    """Every switch with its choice in this run, defaults included."""
    return {name: chosen.get(name, switch.default) for name, (_, switch) in switches(model).items()}


def alternatives(model: Model, chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """(switch, choice) of every contested hypothesis that this run did not choose."""
    known = switches(model)
    return [
        (name, choice)
        for name in CONTESTED
        if name in known
        for choice in known[name][1].choices
        if choice != chosen.get(name, known[name][1].default)
    ]
