"""Roles go by people: who is held out is held out everywhere, and stands where only the validation reads."""

import pytest

from quell.evidence.facts import load_facts
from quell.evidence.held_out import load_held_out
from quell.evidence.library import load_library
from quell.evidence.study_checks import check_roles, check_study
from quell.evidence.study_library import FOLDER, load_studies
from quell.protocols.conditions import parse_condition

STUDIES = load_studies()
HELD_OUT = load_held_out()
JUDGES = {"glue2018", "glue2020", "shadli2018", "taylor2018", "lii2023"}
"""Held out by decree; cohorts of clinics may join them, none of these may leave."""

every_judge = pytest.mark.parametrize("study", HELD_OUT.values(), ids=HELD_OUT)


def test_the_roles_are_kept():
    assert list(check_roles(STUDIES)) == []


def test_the_five_trials_are_held_out_entirely():
    assert {study.key for study in STUDIES.values() if study.is_held_out} >= JUDGES
    assert set(HELD_OUT) >= JUDGES


def test_held_out_observations_stand_in_their_folder_and_nowhere_else():
    assert {path.stem for path in (FOLDER / "held_out").iterdir()} == set(HELD_OUT)
    assert all(not study.observations for study in STUDIES.values() if study.is_held_out)
    assert all(observation.role == "held out" for study in HELD_OUT.values() for observation in study.observations)


@every_judge
def test_a_held_out_study_is_sound(study):
    assert study.observations
    assert list(check_study(study, load_library().source)) == []
    for observation in study.observations:
        assert not observation.definition or parse_condition(observation.definition).terms


def test_no_fitted_figure_comes_from_a_held_out_source():
    library = load_library()
    for study in STUDIES.values():
        if not study.is_held_out:
            assert not [key for key in study.source if library.source(key).held_out]


def test_a_source_that_is_held_out_belongs_to_a_held_out_study():
    library = load_library()
    primary = {library.source(study.source[0]).key for study in HELD_OUT.values()}
    assert {source.key for source in library.sources.values() if source.held_out} <= primary


def test_one_fit_record_shares_people_with_a_judge_and_says_why():
    sharing = {study.key: study.shares_with_held_out for study in STUDIES.values() if study.shares_with_held_out}
    assert list(sharing) == ["glue2017"]
    assert "glue2018" in sharing["glue2017"]


def test_the_people_of_the_second_otago_phase_are_fitted_nowhere():
    for study in STUDIES.values():
        if "otago phase 2" in study.people.units:
            assert study.role in ("held out", "check only")


def test_pooled_analyses_are_fitted_only_for_the_facts_that_name_them():
    fitted = {fact.number: fact.observations for fact in load_facts() if fact.use in ("fit", "shape")}
    pooled = {study.key: study for study in STUDIES.values() if study.pooled_for_facts}
    assert {number for study in pooled.values() for number in study.pooled_for_facts} == {11, 12, 16}
    for study in pooled.values():
        named = {identifier for number in study.pooled_for_facts for identifier in fitted[number]}
        assert {observation.id for observation in study.observations if observation.role == "fit"} <= named
        assert "none of which can hold the held-out people" in study.role_reason


def test_facts_name_held_out_observations_that_exist():
    known = {observation.id for study in HELD_OUT.values() for observation in study.observations}
    open_ones = {observation.id for study in STUDIES.values() for observation in study.observations}
    assert {identifier for fact in load_facts() for identifier in fact.observations} <= known | open_ones
