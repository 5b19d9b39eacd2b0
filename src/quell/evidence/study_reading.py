"""Study records from TOML: tables [study], [people], [[arm]] and [[observation]], keys named as the fields.

A held-out study stands in two files: ``studies/<key>.toml`` describes it and has no observation,
``studies/held_out/<key>.toml`` holds its observations and nothing else.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, TypeVar

from quell.conventions.errors import EvidenceError, suggest
from quell.evidence.study_records import Observation, Spread, Study, StudyArm, StudyPeople

Record = TypeVar("Record", Study, StudyPeople, StudyArm, Observation, Spread)

_KINDS: Mapping[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    int | None: (int,),
    float | None: (int, float),
}
_LISTS: Mapping[Any, type] = {tuple[str, ...]: str, tuple[int, ...]: int}
_TABLES = ("study", "people", "arm", "observation")


def read_study(path: Path) -> Study:
    """The study that a file describes, with the observations that stand in it.

    Raises
    ------
    EvidenceError
        Where the file is no TOML, a key is unknown or missing, or a value has the wrong type.
    """
    content = _content(path, _TABLES)
    head, key = content.get("study", {}), path.stem
    people = _read(StudyPeople, content.get("people", {}), f"{key}, people", path)
    arms = tuple(_read(StudyArm, arm, f"{key}, arm", path) for arm in content.get("arm", []))
    observations = _observations(content.get("observation", []), key, head.get("source", []), path)
    return _read(Study, head, key, path, key=key, people=people, arms=arms, observations=observations)


def read_observations(path: Path, study: Study) -> tuple[Observation, ...]:
    """The observations of a held-out study, from the file that holds nothing else; raises like :func:`read_study`."""
    return _observations(_content(path, ("observation",))["observation"], study.key, study.source, path)


def _content(path: Path, tables: Iterable[str]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvidenceError(f'the study "{path.stem}" cannot be read: {error}', file=path) from None
    unknown = sorted(set(content) - set(tables))
    if unknown:
        raise EvidenceError(f'unknown table "{unknown[0]}"', file=path, allowed=tables)
    return content


def _observations(
    entries: Iterable[Mapping[str, Any]], key: str, source: Iterable[str], path: Path
) -> tuple[Observation, ...]:
    return tuple(_observation(entry, key, source, path) for entry in entries)


def _observation(entry: Mapping[str, Any], key: str, source: Iterable[str], path: Path) -> Observation:
    where = f"{key}.{entry.get('name', '?')}"
    table: dict[str, Any] = {"source": list(source)[:1], **entry}
    spread = _spread(table.pop("spread", None), where, path)
    return _read(Observation, table, where, path, study=key, spread=spread)


def _spread(table: Mapping[str, Any] | None, where: str, path: Path) -> Spread | None:
    """A spread: ``value`` stands for equal ``low`` and ``high``."""
    if table is None:
        return None
    values = dict(table)
    if "value" in values:
        values["low"] = values["high"] = values.pop("value")
    return _read(Spread, values, f"{where}, spread", path)


def _read(record: type[Record], table: Mapping[str, Any], where: str, path: Path, **given: Any) -> Record:
    """A record from a table whose keys are its fields; ``given`` are the fields that no table holds."""
    known = {field.name: field for field in fields(record) if field.name not in given}
    for key in table:
        if key not in known:
            raise EvidenceError(f'{where}: unknown key "{key}"', file=path, text=key, suggestion=suggest(key, known))
    missing = [name for name, field in known.items() if field.default is MISSING and name not in table]
    if missing:
        raise EvidenceError(f"{where}: missing {', '.join(missing)}", file=path)
    values = {key: _value(known[key], value, where, path) for key, value in table.items()}
    return record(**values, **given)


def _value(field: Field[Any], value: Any, where: str, path: Path) -> Any:
    if field.type in _LISTS:
        values = value if isinstance(value, list) else [value]
        if all(type(item) is _LISTS[field.type] for item in values):
            return tuple(values)
    elif type(value) in _KINDS[field.type]:
        return float(value) if field.type in (float, float | None) else value
    raise EvidenceError(f'{where}: "{value}" is no value of {field.name}', file=path)
