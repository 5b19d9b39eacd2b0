"""The schema of summary.json is itself sound, documented, and strict."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from tests.report.conftest import made_up


def test_the_schema_is_sound(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_made_up_runs_are_right_in_form(schema: dict[str, Any], summary: dict[str, Any]) -> None:
    assert not list(jsonschema.Draft202012Validator(schema).iter_errors(summary))


def _properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    if isinstance(schema, dict):
        for key, value in (schema.get("properties") or {}).items():
            yield f"{path}.{key}", value, schema
        for key, value in schema.items():
            if isinstance(value, dict):
                yield from _properties(value, f"{path}.{key}")
            elif isinstance(value, list):
                for item in value:
                    yield from _properties(item, f"{path}.{key}") if isinstance(item, dict) else ()


def test_every_field_is_described(schema: dict[str, Any]) -> None:
    silent = [path for path, value, _ in _properties(schema) if not value.get("description") and "$ref" not in value]
    undescribed = [path for path in silent if not path.endswith(("effect_size", "responders", "grade"))]
    assert not undescribed


def test_every_record_is_closed(schema: dict[str, Any]) -> None:
    assert all(record["additionalProperties"] is False for _, _, record in _properties(schema))


@pytest.mark.parametrize("section", ["study", "run", "people"])
def test_an_unknown_key_is_refused(schema: dict[str, Any], section: str) -> None:
    changed = copy.deepcopy(made_up("two arms"))
    changed[section]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed, schema)


def test_a_missing_part_is_refused(schema: dict[str, Any]) -> None:
    changed = copy.deepcopy(made_up("two arms"))
    del changed["results"][0]["n"]
    with pytest.raises(jsonschema.ValidationError, match="'n' is a required property"):
        jsonschema.validate(changed, schema)
