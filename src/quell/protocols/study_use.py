"""Which sections of a study a command uses: the rest is checked all the same, and listed."""

from collections.abc import Mapping

from pydantic import BaseModel

from quell.protocols.study_schema import StudyModel

_ALL: tuple[str, ...] = ()

USED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "run": {
        "quell": _ALL,
        "title": _ALL,
        "people": (
            "disorder", "treatment resistant", "age", "enrol", "exclude", "comorbid", "without", "SSRI at entry",
            "benzodiazepine at entry", "score inflation at entry", "count",
        ),
        "arms": _ALL,
        "treatments": _ALL,
        "plan": _ALL,
        "control": _ALL,
        "visits": _ALL,
        "endpoint": _ALL,
        "measures": _ALL,
        "blinding": ("open label",),
        "limits": ("SBP", "DBP", "SBP rise", "DBP rise", "heart rate", "CADSS", "sedation"),
        "simulate": ("seed",),
    },
}  # fmt: skip
"""Command -> section -> the keys used; all of them where none is named."""


def unused_sections(model: StudyModel, command: str) -> tuple[str, ...]:
    """Sections and keys of a study that a command does not use, in the order of the schema.

    Parameters
    ----------
    command
        "run"; a command that is not listed uses every section.

    Returns
    -------
    tuple
        "sites" for a whole section, "people: randomised" for keys of a section that is used in part.
    """
    if command not in USED:
        return ()
    used = USED[command]
    found: list[str] = []
    for section in _written(model):
        if section not in used:
            found.append(section)
        elif used[section]:
            keys = [key for key in _written(getattr(model, _field(model, section))) if key not in used[section]]
            found.extend([f"{section}: {', '.join(keys)}"] if keys else [])
    return tuple(found)


def _written(section: BaseModel) -> list[str]:
    """Keys that the file holds."""
    fields = type(section).model_fields
    return [field.alias or name for name, field in fields.items() if name in section.model_fields_set]


def _field(model: BaseModel, key: str) -> str:
    fields = type(model).model_fields
    return next(name for name, field in fields.items() if (field.alias or name) == key)
