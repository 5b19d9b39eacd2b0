"""A study as the simulation reads it: arms, control, blinding, visits, endpoint, warnings, sections not used."""

from pathlib import Path

import pytest

from quell.conventions.errors import StudyError
from quell.people.specification import SCREENING_H, EntryRule
from quell.protocols.analysis_grammar import Endpoint
from quell.protocols.json_schema import study_json_schema
from quell.protocols.phrases import spelled
from quell.protocols.schedule import arm_inputs
from quell.protocols.study_file import Study, parse_study, read_study
from quell.protocols.study_schema import StudyModel

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "studies").glob("*.yaml"))
DESIGNS = sorted((ROOT / "studies" / "designs").glob("*.yaml"))

SHORT = """\
quell: 1
title: A study
people: {people}
arms: {arms}
visits: [0 h, 24 h, 7 d]
endpoint: HAM-A change from baseline at 7 d
"""


def study(arms: dict[str, str | list[str]], people: str = "{disorder: GAD}", more: str = "") -> Study:
    lines = "".join(f"\n  {name}: {given if isinstance(given, str) else str(given)}" for name, given in arms.items())
    return parse_study(SHORT.format(people=people, arms=lines) + more, "study.yaml")


KETAMINE = "ketamine 0.5 mg/kg IV over 40 min on day 0"
MIDAZOLAM = "midazolam 0.045 mg/kg IV over 40 min on day 0"
SALINE = "saline IV over 40 min on day 0"


def test_six_worked_studies_and_three_designs() -> None:
    assert (len(STUDIES), len(DESIGNS)) == (6, 3)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_worked_studies_give_arms_visits_and_an_endpoint(path: Path) -> None:
    found = read_study(path)
    assert len(found.arms) >= 2
    assert found.endpoint.time_h in found.visits
    assert found.control in found.arms
    assert found.unused("run") == ()
    for arm in found.arms:
        assert arm_inputs(found, arm).sentences == tuple(regimen.sentence for regimen in found.arms[arm])


@pytest.mark.parametrize("path", [*STUDIES, *DESIGNS], ids=lambda path: path.stem)
def test_studies_satisfy_the_json_schema(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("ruamel.yaml").YAML(typ="safe", pure=True)
    validator = jsonschema.Draft202012Validator(study_json_schema())
    assert [error.message for error in validator.iter_errors(yaml.load(path))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title:", "tittle:"),
        ("count: 2000", "count: 0"),
        ("count: 2000", "count: many"),
        ("visits: [0 h", "visits: [[0 h]"),
        ("endpoint:", "# endpoint:"),
        ("quell: 1", "quell: 2"),
    ],
)
def test_the_json_schema_refuses(old: str, new: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("ruamel.yaml").YAML(typ="safe", pure=True)
    text = (ROOT / "studies" / "social-anxiety-one-infusion.yaml").read_text(encoding="utf-8")
    assert old in text
    validator = jsonschema.Draft202012Validator(study_json_schema())
    assert list(validator.iter_errors(yaml.load(text.replace(old, new))))


def test_the_json_schema_has_every_section_with_a_title_or_description() -> None:
    schema = study_json_schema()
    pytest.importorskip("jsonschema").Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {
        field.alias or spelled(name) for name, field in StudyModel.model_fields.items()
    }
    assert all("title" in x or "description" in x or "$ref" in x for x in schema["properties"].values())


def test_people_are_specified() -> None:
    people = (
        "{disorder: GAD or social anxiety disorder, treatment resistant: at least 2 failed adequate drugs, "
        "age: 18 to 65 years, enrol: HAM-A >= 20 at screening and at 0 d, exclude: SBP > 140 mmHg or age > 60 years, "
        "comorbid: panic disorder, without: OCD or PTSD, SSRI at entry: yes, benzodiazepine at entry: no, "
        "score inflation at entry: assumed 2 points, count: 500}"
    )
    found = study({"a": KETAMINE, "b": SALINE}, people).people
    assert found.disorders == ("generalised anxiety disorder", "social anxiety disorder")
    assert found.comorbid == ("panic disorder",)
    assert found.without == ("OCD", "PTSD")
    assert (found.treatment_resistant, found.ssri_use, found.benzodiazepine_use) == (True, True, False)
    assert (found.age, found.score_inflation, found.count) == ((18.0, 65.0), 2.0, 500)
    assert found.enrol == (EntryRule("HAM-A", ">=", 20.0, "points", (SCREENING_H, 0.0)),)
    assert found.exclude == (
        EntryRule("SBP", ">", 140.0, "mmHg", (SCREENING_H,)),
        EntryRule("age", ">", 60.0, "a", (SCREENING_H,)),
    )


@pytest.mark.parametrize(
    ("arms", "control"),
    [
        ({"ketamine": KETAMINE, "midazolam": MIDAZOLAM}, "midazolam"),
        ({"midazolam": MIDAZOLAM, "saline": SALINE, "ketamine": KETAMINE}, "saline"),
        ({"ketamine": KETAMINE, "waiting": "nothing"}, "waiting"),
        ({"pill": "placebo daily for 1 week", "drip": SALINE}, "pill"),
        ({"low": "ketamine 0.25 mg/kg SC on day 0", "high": "ketamine 1 mg/kg SC on day 0"}, None),
        ({"ketamine": KETAMINE}, None),
    ],
)
def test_the_control_is_the_most_inert_arm(arms: dict[str, str | list[str]], control: str | None) -> None:
    assert study(arms).control == control


def test_the_control_as_stated() -> None:
    found = study({"ketamine": KETAMINE, "saline": SALINE}, more="control: ketamine\n")
    assert found.control == "ketamine"
    assert [arm_inputs(found, arm).control for arm in found.arms] == [True, False]


@pytest.mark.parametrize(
    ("arms", "known"),
    [
        ({"ketamine": KETAMINE, "midazolam": MIDAZOLAM}, set()),
        ({"ketamine": KETAMINE}, {"ketamine"}),
        ({"ketamine": KETAMINE, "waiting": "nothing"}, {"ketamine", "waiting"}),
        ({"drip": KETAMINE, "shot": "ketamine 0.5 mg/kg SC on day 0"}, {"drip", "shot"}),
        ({"a": [KETAMINE, "CBT weekly for 4 weeks"], "b": [SALINE, "CBT weekly for 4 weeks"]}, set()),
        ({"CBT": "CBT weekly for 4 weeks", "CBT longer": "CBT weekly for 8 weeks"}, {"CBT", "CBT longer"}),
    ],
)
def test_an_arm_that_no_other_resembles_is_open(arms: dict[str, str | list[str]], known: set[str]) -> None:
    assert study(arms).open_arms == known


@pytest.mark.parametrize(("said", "known"), [("yes", {"a", "b"}), ("no", set()), ("[b]", {"b"})])
def test_open_arms_as_stated(said: str, known: set[str]) -> None:
    assert study({"a": KETAMINE, "b": "nothing"}, more=f"blinding: {{open label: {said}}}\n").open_arms == known


def test_a_block_and_a_list_of_sentences_are_the_same() -> None:
    block = "|\n    escitalopram 10 mg daily for 1 week\n\n    CBT weekly for 4 weeks"
    listed = ["escitalopram 10 mg daily for 1 week", "CBT weekly for 4 weeks"]
    assert study({"a": block}).arms == study({"a": listed}).arms


def test_sentences_without_commas_need_no_quotes_in_a_list() -> None:
    assert len(study({"a": f"[{KETAMINE}, CBT weekly for 4 weeks]"}).arms["a"]) == 2


def test_an_arm_from_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text("ID,TIME,AMT,RATE,II,ADDL\n1,0,35,52.5,168,3\n", encoding="utf-8")
    arm = "{data: doses.csv, drug: ketamine, route: IV, unit: mg}"
    text = SHORT.format(people="{disorder: GAD}", arms=f"\n  a: {arm}")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    found = read_study(tmp_path / "study.yaml")
    assert [regimen.sentence for regimen in found.arms["a"]] == ["ketamine 35 mg IV over 40 min weekly for 4 weeks"]


def test_a_plan_of_one_randomised_epoch_runs() -> None:
    found = read_study(ROOT / "studies" / "designs" / "dose-ranging.yaml")
    found.require_parallel_arms()
    assert tuple(found.arms) == ("low", "high", "midazolam")
    assert found.endpoint == Endpoint("HAM-A", "change", 672.0)
    assert found.visits == tuple(24.0 * day for day in (0, 7, 14, 21, 28, 42, 56))
    assert found.control == "midazolam"
    assert found.unused("run") == (
        "people: randomised",
        "sites",
        "blinding: guess, choices",
        "events",
        "estimands",
        "analysis",
        "simulate: trials, nulls, find n",
    )


@pytest.mark.parametrize(("design", "epoch"), [("crossover", "period 2"), ("randomised-withdrawal", "course")])
def test_other_plans_are_refused_by_line(design: str, epoch: str) -> None:
    found = read_study(ROOT / "studies" / "designs" / f"{design}.yaml")
    with pytest.raises(StudyError, match='"quell trial" will run this plan') as caught:
        found.require_parallel_arms()
    assert (caught.value.line, caught.value.text) == (5, epoch)


def test_visits_at_an_interval_fill_the_plan() -> None:
    text = (ROOT / "studies" / "designs" / "dose-ranging.yaml").read_text(encoding="utf-8")
    before = "{before dose: [0 d, 7 d, 14 d, 21 d], no dose: [28 d, 42 d, 56 d], window: 2 d, missed at random: 3 %}"
    assert before in text
    found = parse_study(text.replace(before, "{treatment: every 14 d before dose}"), "study.yaml")
    assert found.visits == tuple(24.0 * day for day in (0, 14, 28, 42, 56))


PLAN = """\
quell: 1
title: A plan
people: {disorder: GAD}
treatments: {k: ketamine 1 mg/kg SC on day 0, s: saline SC on day 0}
plan:
  - {epoch: one, randomise: {k: k, s: s}, ratio: 1:1, blocks: [4], lasts: 28 d}
  - {epoch: two, give: nothing, lasts: 28 d}
visits: {one: [0 d, 7 d], two: [28 d]}
measures: [HAM-A]
events: {rescue: lorazepam}
estimands: {main: {variable: HAM-A change at 7 d, contrast: k - s, rescue: treatment policy}}
"""

BROKEN_PLANS = (
    ("k: k, s: s", "k: k, s: sal", "6 sal", 'no treatment is called "sal"'),
    ("ratio: 1:1", "ratio: 1:1:1", "6 1:1:1", "3 shares for 2 arms"),
    ("blocks: [4]", "blocks: [3]", "6 3", "a block of 3 cannot keep the ratio"),
    ("give: nothing", "give: nothing, randomise: {a: k, b: s}", "7 two", "either gives one treatment or randomises"),
    ("give: nothing, ", "", "7 two", "either gives one treatment or randomises"),
    ("give: nothing", "give: nothing, blocks: [2]", "7 blocks", '"blocks" needs "randomise"'),
    ("epoch: two", "epoch: one", "7 one", 'a second epoch is called "one"'),
    ("two: [28 d]", "three: [28 d]", "8 three", '"three" is no epoch of the plan'),
    ("measures: [HAM-A]", "measures: [LSAS]", "11 HAM-A", "HAM-A is not measured"),
    ("at 7 d", "at 8 d", "11 HAM-A change at 8 d", "no visit at 8 d"),
    ("k - s", "k - t", "11 t", 'no arm is called "t"'),
    ("rescue: lorazepam", "relapse: HAM-A >= 15", "11 rescue", '"rescue" is no event of this study'),
    ("randomise: {k: k, s: s}, ratio: 1:1, blocks: [4]", "randomise: {k: k}", "6 randomise", "at least two arms"),
    ("plan:\n", "blinding: {memory of zero: yes}\nplan:\n", "5 zero", 'no epoch is called "zero"'),
    (
        "treatments: {k: ketamine 1 mg/kg SC on day 0, s: saline SC on day 0}\n",
        "",
        "4 plan",
        '"plan" needs "treatments"',
    ),
)


def test_the_plan_before_it_is_broken() -> None:
    assert tuple(parse_study(PLAN, "plan.yaml").arms) == ("k", "s")


@pytest.mark.parametrize(("old", "new", "place", "message"), BROKEN_PLANS)
def test_broken_plans(old: str, new: str, place: str, message: str) -> None:
    assert old in PLAN
    text = PLAN.replace(old, new, 1)
    with pytest.raises(StudyError) as caught:
        parse_study(text, "plan.yaml")
    error = caught.value
    assert message in error.message
    assert f"{error.line} {error.text}" == place
    assert text.splitlines()[(error.line or 0) - 1].startswith(error.text or "?", (error.column or 0) - 1)


def test_warnings_about_recall_infusions_and_twins() -> None:
    text = SHORT.format(people="{disorder: GAD}", arms=f"\n  a: {KETAMINE}\n  b: {KETAMINE}")
    found = parse_study(text.replace("[0 h,", "[0 h, 30 min,"), "study.yaml")
    recall, first, second, twins = found.warnings
    assert recall.startswith("At 30 min, 24 h the first dose is nearer than what is recalled by HAM-A (7 d)")
    assert (first, second) == tuple(f"The visit at 30 min falls into an infusion of arm {arm}." for arm in "ab")
    assert twins == "The arms a and b give the same."


@pytest.mark.parametrize(
    ("how", "warned"),
    [("clinician", 1), ("clinician recalling since last visit", 0), ("clinician at the moment", 0),
     ("clinician recalling past 1 d", 0), ("clinician recalling past 2 weeks", 1)],
)  # fmt: skip
def test_a_measure_that_says_what_it_recalls_does_not_warn(how: str, warned: int) -> None:
    found = study({"a": KETAMINE, "b": SALINE}, more=f"measures: {{HAM-A: {how}}}\n")
    assert len(found.warnings) == warned


def test_a_study_knows_its_text_hash_and_seed() -> None:
    found = study({"a": KETAMINE, "b": SALINE}, more="simulate: {seed: 7}\n")
    assert (found.seed, found.path, len(found.sha256)) == (7, "study.yaml", 64)
    assert found.text.startswith("quell: 1\n")
    assert found.unused("run") == ()
    assert found.limits is None


def test_limits_are_read_in_their_units() -> None:
    limits = study(
        {"a": KETAMINE, "b": SALINE},
        more="limits: {SBP: 180 mmHg, SBP rise: 40 mmHg, CADSS: 40, total exposure: 6 mg/kg, share over: 5 %}\n",
    ).limits
    assert limits is not None
    assert (limits.sbp, limits.sbp_rise, limits.cadss, limits.total_exposure) == (180.0, 40.0, 40.0, (6.0, "mg/kg"))
    assert study({"a": KETAMINE, "b": SALINE}, more="limits: {visits: 9}\n").unused("run") == ("limits: visits",)


def test_a_ten_line_study_is_read_at_once() -> None:
    import time

    path = STUDIES[-2]
    read_study(path)
    began = time.perf_counter()
    read_study(path)
    assert time.perf_counter() - began < 0.06
