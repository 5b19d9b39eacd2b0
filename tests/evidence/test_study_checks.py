"""Each check of study records can fail, and says what is wrong."""

from dataclasses import replace

import pytest

from quell.evidence.library import load_library
from quell.evidence.study_checks import check_observation, check_roles, check_study
from quell.evidence.study_records import Observation, Spread, Study, StudyArm, StudyPeople

ARM = StudyArm("ketamine", 20, ("ketamine 0.5 mg/kg IV over 40 min on day 0",))
OTHER = StudyArm("fentanyl", 20, instead="fentanyl 50 ug IM")
OBSERVATION = Observation(
    study="trial",
    name="ham_a",
    arm="ketamine",
    measure="HAM-A",
    statistic="mean change",
    role="fit",
    informs="effect",
    grade="measured",
    verified="abstract",
    source=("feder2014",),
    place="abstract",
    value=-8.0,
    time="24 h",
    spread=Spread("sd", 9.0, 9.0),
    n=20,
)
STUDY = Study(
    key="trial",
    title="A trial",
    source=("feder2014",),
    design="parallel",
    role="fit",
    role_reason="made up",
    people=StudyPeople("PTSD", n=40, units=("trial",)),
    arms=(ARM, OTHER),
    observations=(OBSERVATION,),
)
RESPONSE = {
    "statistic": "responders",
    "value": 50.0,
    "unit": "%",
    "spread": None,
    "count": 10,
    "of": 20,
    "definition": "HAM-A fall >= 50 %",
}


source = load_library().source


def test_the_example_is_sound():
    assert list(check_study(STUDY, source)) == []
    assert list(check_roles({"trial": STUDY})) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "train"}, 'unknown role "train"'),
        ({"informs": "luck"}, 'unknown subject "luck"'),
        ({"statistic": "median"}, 'unknown statistic "median"'),
        ({"grade": "sure"}, 'unknown grade "sure"'),
        ({"verified": "rumour"}, 'unknown way of reading "rumour"'),
        ({"since": "birth"}, 'unknown origin of time "birth"'),
        ({"measure": "HAM-Z"}, 'unknown measure "HAM-Z"'),
        ({"place": " "}, "the place in the source is missing"),
        ({"arm": "saline"}, 'unknown arm "saline"'),
        ({"source": ()}, "no source is given"),
        ({"source": ("Nobody1999",)}, 'unknown source "Nobody1999"'),
        ({"source": ("quell2026",)}, "graded measured, but the only source is our own work"),
        ({"grade": "recalled"}, "fitted, but nobody has seen the source"),
        ({"spread": None}, "a mean change has no likelihood without a spread"),
        ({"arm": "fentanyl"}, 'arm "fentanyl" cannot be simulated'),
        ({"statistic": "association", "unit": "1", "value": 0.3}, "a finding of the kind association cannot be fitted"),
        ({"role": "held out"}, "its role is held out, the study's fit"),
        ({"time": "soon"}, 'no time: "soon"'),
        ({"within": "3 h to 1 h"}, "the window is empty"),
        ({"within": "3 h"}, "no time"),
        ({"time": ""}, "fitted, but it has no time"),
        ({"statistic": "time ratio", "unit": "%"}, "a time ratio needs the time it is relative to"),
        ({"value": None}, "a mean change needs a value"),
        ({"value": float("inf")}, "the value is not finite"),
        ({"statistic": "words"}, "a words has no value"),
        ({"statistic": "words", "value": None}, "a finding in words needs words"),
        ({"statistic": "bound", "value": None}, "a bound needs at_least or at_most"),
        ({"statistic": "percent change"}, "a percent change is in %"),
        ({"statistic": "percent change", "unit": "%", "value": -120.0}, "nobody falls by more than 100 %"),
        ({"statistic": "share", "unit": "%", "value": 120.0}, "a share lies between 0 and 100 %"),
        ({"statistic": "hazard ratio", "unit": "1", "value": -2.0}, "a ratio is positive"),
        ({"unit": "mmHg"}, "HAM-A is not told in mmHg"),
        ({"unit": "pointz"}, 'unknown unit "pointz"'),
        ({"statistic": "odds ratio", "value": 2.0}, "a odds ratio is a pure number"),
        (RESPONSE | {"of": None}, "responders are a count of people"),
        (RESPONSE | {"count": 30}, "30 of 20 people"),
        (RESPONSE | {"value": 60.0}, "10 of 20 is not 60 %"),
        (RESPONSE | {"definition": ""}, "responders need a definition"),
        ({"statistic": "order", "value": None, "order": ("ketamine",)}, "an order alternates arms"),
        ({"statistic": "order", "value": None, "order": ("ketamine", "<", "fentanyl")}, "an order names the arms"),
        ({"spread": Spread("iqr", 1.0, 1.0)}, 'unknown spread "iqr"'),
        ({"spread": Spread("sd", 9.0, 9.0, "guessed", "so")}, 'a spread is not graded "guessed"'),
        ({"spread": Spread("sd", 9.0, 9.0, "assumed")}, "a spread that is not measured says how"),
        ({"spread": Spread("sd", 9.0, 9.0, "measured", "so")}, "a spread that is not measured says how"),
        ({"spread": Spread("sd", 0.0, 0.0)}, "a spread is positive"),
        ({"spread": Spread("ci", -7.0, -2.0)}, "-8 lies outside its interval -7 to -2"),
        ({"n": 0}, "a standard deviation needs the number of people"),
    ],
)
def test_a_check_of_observations_finds_its_fault(change, words):
    problems = list(check_observation(replace(OBSERVATION, **change), STUDY, source))
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"design": "guess"}, 'unknown design "guess"'),
        ({"role": "train"}, 'unknown role "train"'),
        ({"title": ""}, "the title is missing"),
        ({"people": StudyPeople("PTSD", "healthy", units=("a",))}, "not both or neither"),
        ({"people": StudyPeople(units=("a",))}, "not both or neither"),
        ({"people": StudyPeople("grief", units=("a",))}, 'unknown disorder "grief"'),
        ({"people": StudyPeople(condition="grief", units=("a",))}, 'unknown condition "grief"'),
        ({"people": StudyPeople("PTSD", resistant="very", units=("a",))}, 'resistant is "very"'),
        ({"people": StudyPeople("PTSD", setting="attic", units=("a",))}, 'unknown setting "attic"'),
        ({"people": StudyPeople("PTSD")}, "the unit of people"),
        ({"people": StudyPeople("PTSD", n=5, units=("a",))}, 'arm "ketamine" has more people than the study'),
        ({"arms": (ARM, ARM)}, "an arm's name occurs twice"),
        ({"arms": (replace(ARM, gives=()),)}, 'arm "ketamine" needs sentences'),
        ({"arms": (replace(ARM, instead="also"),)}, 'arm "ketamine" needs sentences'),
        ({"observations": (OBSERVATION, OBSERVATION)}, "ham_a occurs more than once"),
    ],
)
def test_a_check_of_studies_finds_its_fault(change, words):
    problems = list(check_study(replace(STUDY, **change), source))
    assert any(words in problem for problem in problems), problems


JUDGE = replace(STUDY, key="judge", role="held out", observations=())


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (STUDY, "fitted, but its people are those of judge"),
        (replace(STUDY, role="context"), "ham_a is fitted, the study is context"),
        (replace(STUDY, design="pooled"), "a pooled analysis is a check"),
        (
            replace(STUDY, people=StudyPeople("PTSD", units=("others",)), shares_with_held_out="so"),
            "says it shares people with a held-out study and does not",
        ),
        (replace(STUDY, role="held out"), "held out, but its observations stand in the open"),
    ],
)
def test_a_check_of_roles_finds_its_fault(study, words):
    problems = list(check_roles({"judge": JUDGE, "trial": study}))
    assert any(words in problem for problem in problems), problems


def test_people_are_shared_only_for_a_reason_given():
    assert list(check_roles({"judge": JUDGE, "trial": replace(STUDY, shares_with_held_out="another schedule")})) == []
