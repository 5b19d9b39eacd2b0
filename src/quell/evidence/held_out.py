"""The observations that judge the model.

Only ``quell.calibration.validation`` may import this module: an import contract (pyproject.toml) and a test of the
source (tests/architecture) hold everybody else to it. Nothing else in quell knows where these observations stand.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from quell.evidence.study_library import FOLDER, load_studies
from quell.evidence.study_reading import read_observations
from quell.evidence.study_records import Study


@cache
def load_held_out() -> Mapping[str, Study]:
    """Key -> held-out study with its observations, in the order of the keys.

    Raises
    ------
    EvidenceError
        Where a file cannot be read.
    """
    held_out = [study for study in load_studies().values() if study.is_held_out]
    paths = {study.key: FOLDER / "held_out" / f"{study.key}.toml" for study in held_out}
    return MappingProxyType(
        {
            study.key: replace(study, observations=read_observations(paths[study.key], study))
            for study in held_out
            if paths[study.key].exists()
        }
    )
