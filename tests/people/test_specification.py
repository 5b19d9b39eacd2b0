"""Rules and specifications."""

import numpy as np
import pytest

from quell.conventions.errors import StudyError
from quell.people.specification import SCREENING_H, EntryRule, PeopleSpecification


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (">=", [False, True, True]),
        (">", [False, False, True]),
        ("<=", [True, True, False]),
        ("<", [True, False, False]),
    ],
)
def test_rules_compare(comparison: str, expected: list[bool]) -> None:
    assert EntryRule("LSAS", comparison, 60).holds(np.array([59, 60, 61])).tolist() == expected


def test_rules_read_aloud() -> None:
    assert str(EntryRule("LSAS", ">=", 60)) == "LSAS >= 60"
    assert str(EntryRule("SBP", ">", 140, "mmHg")) == "SBP > 140 mmHg"
    assert EntryRule("LSAS", ">=", 60).when == (SCREENING_H,)


@pytest.mark.parametrize("broken", [{"comparison": "=>"}, {"when": ()}])
def test_broken_rules_are_refused(broken: dict) -> None:
    with pytest.raises(StudyError):
        EntryRule(**{"measure": "LSAS", "comparison": ">=", "value": 60.0, **broken})


@pytest.mark.parametrize("age", [(17.0, 65.0), (18.0, 81.0), (60.0, 40.0)])
def test_impossible_ages_are_refused(age: tuple[float, float]) -> None:
    with pytest.raises(StudyError):
        PeopleSpecification("PTSD", age=age)


def test_alternatives_follow_the_disorder() -> None:
    assert PeopleSpecification("PTSD", alternatives=("OCD",)).disorders == ("PTSD", "OCD")
