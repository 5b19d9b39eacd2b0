"""The study file as JSON Schema, so that an editor completes and checks it.

The schema is drawn from the same sections that read the file. A phrase appears as text with examples: that it can be
read is checked by quell, not by the editor.
"""

from typing import Any

from quell.protocols.study_schema import StudyModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema."""


def study_json_schema() -> dict[str, Any]:
    """The schema of a study file."""
    schema = _without_null(StudyModel.model_json_schema(by_alias=True))
    return {
        "$schema": DIALECT,
        **schema,
        "title": "A quell study",
        "oneOf": [{"required": ["arms", "endpoint"]}, {"required": ["treatments", "plan"]}],
    }


def _without_null(node: Any) -> Any:
    """The schema without "or null" and without defaults: what is not meant is left out of a study file."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _without_null(value) for key, value in node.items() if key != "default"}
    kept = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if "anyOf" in node and len(kept) == 1:
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return {**kept[0], **rest} if "$ref" not in kept[0] else {**rest, **kept[0]}
    return {**node, "anyOf": kept} if kept else node
