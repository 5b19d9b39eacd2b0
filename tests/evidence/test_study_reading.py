"""Faulty study files are refused with the file and what is wrong."""

import pytest

from quell.conventions.errors import EvidenceError
from quell.evidence.study_reading import read_observations, read_study

GOOD = """
[study]
title = "A trial"
source = ["feder2014"]
design = "parallel"
role = "fit"
role_reason = "made up"

[people]
disorder = "PTSD"
n = 10

[[arm]]
name = "ketamine"
gives = "ketamine 0.5 mg/kg IV over 40 min on day 0"

[[observation]]
name = "ies_r"
arm = "ketamine"
measure = "IES-R"
statistic = "mean change"
value = -12
spread = { kind = "sd", value = 9 }
role = "fit"
informs = "effect"
grade = "measured"
verified = "abstract"
place = "abstract"
"""


@pytest.fixture
def file_of(tmp_path):
    def write(text):
        path = tmp_path / "trial.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_study_is_read(file_of):
    study = read_study(file_of(GOOD))
    assert (study.key, study.people.n, study.arms[0].gives) == (
        "trial",
        10,
        ("ketamine 0.5 mg/kg IV over 40 min on day 0",),
    )
    observation = study.observations[0]
    assert observation.id == "trial.ies_r"
    assert (observation.value, type(observation.value)) == (-12.0, float)
    assert (observation.spread.low, observation.spread.high) == (9.0, 9.0)
    assert observation.source == ("feder2014",)


def test_observations_alone_are_read(file_of):
    study = read_study(file_of(GOOD))
    alone = file_of("[[observation]]" + GOOD.partition("[[observation]]")[2])
    assert read_observations(alone, study) == study.observations


def test_a_file_of_observations_holds_nothing_else(file_of):
    study = read_study(file_of(GOOD))
    with pytest.raises(EvidenceError, match="unknown table"):
        read_observations(file_of(GOOD), study)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[study]", "[study", "cannot be read"),
        ("[people]", "[persons]", 'unknown table "persons"'),
        ('design = "parallel"', 'desing = "parallel"', 'unknown key "desing"'),
        ('design = "parallel"\n', "", "missing design"),
        ("n = 10", 'n = "ten"', '"ten" is no value of n'),
        ("n = 10", "n = true", '"True" is no value of n'),
        ("value = -12\n", "value = [-12]\n", "is no value of value"),
        ("value = 9", "low = 9", "missing high"),
        ("value = 9", 'value = "9"', '"9" is no value of'),
        ('place = "abstract"', "", "missing place"),
        ('source = ["feder2014"]', "source = [2014]", "is no value of source"),
    ],
)
def test_a_fault_is_named(file_of, old, new, words):
    with pytest.raises(EvidenceError) as caught:
        read_study(file_of(GOOD.replace(old, new, 1)))
    assert words in caught.value.statement
    assert caught.value.file.endswith("trial.toml")
