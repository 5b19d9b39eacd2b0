"""All published trials that speak to the model; nothing here reads the observations of a held-out one.

A run never reads study records: they serve the calibration, its checks, and ``quell evidence --studies``.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from quell.evidence.study_reading import read_study
from quell.evidence.study_records import Observation, Study

FOLDER = Path(__file__).parent / "studies"
"""Where the records stand, one file a trial or report."""


def study_keys() -> tuple[str, ...]:
    """Keys of all studies, without reading any."""
    return tuple(path.stem for path in sorted(FOLDER.glob("*.toml"), key=lambda path: path.stem.casefold()))


@cache
def load_studies() -> Mapping[str, Study]:
    """Key -> study, in the order of the keys; a held-out study has its description and no observation.

    Raises
    ------
    EvidenceError
        Where a record cannot be read.
    """
    return MappingProxyType({key: read_study(FOLDER / f"{key}.toml") for key in study_keys()})


def load_study(key: str) -> Study:
    """One study by its exact key, without reading the others; KeyError where there is none."""
    if key not in study_keys():
        raise KeyError(key)
    return read_study(FOLDER / f"{key}.toml")


def observations(role: str | None = None, informs: str | None = None) -> tuple[Observation, ...]:
    """Observations of all studies with a role and a subject, or all of them; held-out ones are not among them."""
    return tuple(
        observation
        for study in load_studies().values()
        for observation in study.observations
        if role in (None, observation.role) and informs in (None, observation.informs)
    )
