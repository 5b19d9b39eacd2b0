"""Every published trial there is, figure by figure: sentences, sources, units, times, definitions, spreads."""

import re
from pathlib import Path

import pytest

from quell.conventions.units import parse_quantity
from quell.evidence.facts import USES, load_facts
from quell.evidence.library import load_library
from quell.evidence.study_checks import check_study
from quell.evidence.study_library import FOLDER, load_studies, load_study, observations, study_keys
from quell.evidence.study_words import ROLES
from quell.protocols.conditions import parse_condition
from quell.protocols.people_schema import parse_ages, parse_disorders
from quell.protocols.regimen_grammar import parse_regimen

STUDIES = load_studies()
FACTS = load_facts()
every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


@every_study
def test_a_study_is_sound(study):
    assert list(check_study(study, load_library().source)) == []


@every_study
def test_every_arm_is_given_in_sentences_that_the_parser_reads(study):
    for arm in study.arms:
        for sentence in arm.gives:
            assert parse_regimen(sentence).sentence == parse_regimen(parse_regimen(sentence).sentence).sentence


@every_study
def test_people_are_told_in_the_words_of_the_study_file(study):
    if study.people.disorder:
        assert " or ".join(parse_disorders(study.people.disorder)) == study.people.disorder
    if study.people.enrol:
        assert parse_condition(study.people.enrol).terms
    if study.people.age:
        assert parse_ages(study.people.age)


@every_study
def test_definitions_and_times_are_understood(study):
    for observation in study.observations:
        if observation.definition:
            assert parse_condition(observation.definition).terms
        if observation.time:
            assert parse_quantity(observation.time, "h").to("h") == observation.time_h


@every_study
def test_no_figure_is_older_than_the_first_dose(study):
    times = [observation.time_h for observation in study.observations if observation.time_h is not None]
    assert study.design == "case" or all(time >= 0 for time in times)


def test_a_key_is_the_name_of_its_file_and_nothing_else_lies_about():
    assert {path.stem for path in FOLDER.glob("*") if path.is_file()} == set(study_keys())
    assert all(re.fullmatch(r"[a-z0-9_]+", key) for key in study_keys())


def test_conflicts_name_the_study_they_are_with():
    for study in STUDIES.values():
        assert {conflict.partition(":")[0] for conflict in study.conflicts} <= set(STUDIES) - {study.key}


def test_one_study_is_the_same_read_alone():
    assert load_study("feder2014") == STUDIES["feder2014"]
    with pytest.raises(KeyError):
        load_study("nobody1999")


def test_observations_are_chosen_by_role_and_subject():
    fitted = observations(role="fit")
    assert {observation.role for observation in fitted} == {"fit"}
    assert {observation.informs for observation in observations(informs="safety")} == {"safety"}
    assert len(observations()) == sum(len(study.observations) for study in STUDIES.values()) > len(fitted) > 40


def test_times_and_windows_are_hours():
    glue = {observation.name: observation for observation in STUDIES["glue2017"].observations}
    assert glue["ham_a_1h"].time_h == 1.0
    assert glue["responders"].window_h == (168.0, 504.0)
    assert STUDIES["an2021"].arm("placebo").can_be_simulated
    early = next(observation for observation in STUDIES["an2021"].observations if observation.name == "early_share")
    assert (early.time_h, early.relative_to_h) == (3.0, 24.0)
    assert early.arms == ("esketamine", "placebo")
    assert early.is_contrast


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact.number))
def test_a_fact_is_carried_by_observations_that_may_do_what_it_needs(fact):
    roles = {observation.id: observation.role for observation in observations()}
    found = {roles.get(identifier, "held out") for identifier in fact.observations}
    assert fact.use in USES
    if fact.use in ("fit", "shape"):
        assert "fit" in found
        assert "held out" not in found
    elif fact.use == "held out":
        assert found == {"held out"}
    else:
        assert "fit" not in found
    for identifier in fact.observations:
        study = STUDIES[identifier.partition(".")[0]]
        assert identifier in roles or study.is_held_out


def test_the_facts_are_eighteen():
    assert [fact.number for fact in FACTS] == list(range(1, 19))


def test_the_shape_alone_is_taken_from_depression():
    moods = ("depression", "bipolar depression", "mood disorder", "depression and anxiety")
    for observation in observations(role="fit"):
        if STUDIES[observation.study].people.condition in moods:
            assert observation.informs in ("shape", "control", "glutamate")


def test_the_page_about_trials_counts_and_names_them_as_they_are():
    page = (Path(__file__).parents[2] / "docs" / "theory" / "trials.md").read_text(encoding="utf-8")
    for role in ROLES:
        assert re.search(rf"^\| {role} \|.*\| {sum(s.role == role for s in STUDIES.values())} \|$", page, re.MULTILINE)
    fitted = observations(role="fit")
    assert f"{len(fitted)} of {len(observations())} open observations are fitted" in page
    grades = [observation.spread.grade for observation in fitted if observation.spread]
    counts = [grades.count(grade) for grade in ("measured", "derived", "assumed")]
    told = re.search(
        r"Of the (\d+) spreads of fitted figures (\d+) are printed, (\d+)\s+derived and (\d+) assumed", page
    )
    assert [int(number) for number in told.groups()] == [len(grades), *counts]
    rows = [line.split("|") for line in page.splitlines() if line.count("|") == 5]
    for column, role in ((2, "fit"), (3, "held out")):
        named = {word for row in rows for word in re.findall(r"[a-z0-9_]+", row[column]) if word in STUDIES}
        listed = {study.key for study in STUDIES.values() if study.role == role}
        assert named == listed
