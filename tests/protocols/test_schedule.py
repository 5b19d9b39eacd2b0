"""What a sentence does to the simulation: doses, levels, sessions."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from tests.protocols.strategies import regimens as any_regimen

from quell.conventions.inputs import EVENTS, LEVELS
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.schedule import ArmInputs, KineticDose, LevelChange, Session, arm_inputs


@dataclass(frozen=True)
class Arms:
    """A study of one arm, as far as the schedule reads it."""

    arms: dict[str, tuple[Regimen, ...]]
    open_arms: frozenset[str] = field(default_factory=frozenset)
    control: str | None = None


def inputs(*sentences: str) -> ArmInputs:
    return arm_inputs(Arms({"arm": tuple(parse_regimen(sentence) for sentence in sentences)}), "arm")


def level_at(arm: ArmInputs, level: str, time: float) -> float:
    return sum(change.value for change in arm.levels if change.level == level and change.time_h <= time)


def test_an_infusion_is_a_dose_and_a_supervised_session() -> None:
    arm = inputs("ketamine 0.5 mg/kg IV over 40 min on days 0 and 3")
    assert arm.doses == tuple(KineticDose(time, "ketamine", "IV", 0.5, "mg/kg", 40 / 60) for time in (0.0, 72.0))
    assert arm.sessions == (Session(0.0, "supervised_dose"), Session(72.0, "supervised_dose"))
    assert arm.levels == ()


def test_a_spray_and_an_injection_are_given_at_once() -> None:
    assert inputs("esketamine 56 mg intranasal on day 0").doses[0].duration_h == 0.0
    assert inputs("ketamine 0.5 mg/kg SC on day 0").doses[0].duration_h == 0.0


def test_inert_infusions_are_supervised_and_give_nothing_else() -> None:
    arm = inputs("saline IV over 40 min on days 0 and 7")
    assert (arm.doses, arm.levels) == ((), ())
    assert [session.time_h for session in arm.sessions] == [0.0, 168.0]


def test_nothing_does_nothing() -> None:
    arm = inputs("nothing")
    assert (arm.doses, arm.levels, arm.sessions) == ((), (), ())
    assert arm.sentences == ("nothing",)


@pytest.mark.parametrize(
    ("sentence", "level", "value"),
    [
        ("escitalopram 10 mg daily for 12 weeks", "ssri_dose", 1.0),
        ("escitalopram 20 mg daily for 12 weeks", "ssri_dose", 2.0),
        ("sertraline 50 mg twice daily for 12 weeks", "ssri_dose", 2.0),
        ("venlafaxine 75 mg daily for 12 weeks", "snri_dose", 1.0),
        ("duloxetine 60 mg daily for 12 weeks", "snri_dose", 1.0),
        ("lorazepam 1 mg three times daily for 12 weeks", "benzodiazepine_dose", 30.0),
        ("alprazolam 0.5 mg daily for 12 weeks", "benzodiazepine_dose", 10.0),
        ("diazepam 5 mg twice daily for 12 weeks", "benzodiazepine_dose", 10.0),
    ],
)
def test_a_tablet_raises_its_level_while_it_is_taken(sentence: str, level: str, value: float) -> None:
    arm = inputs(sentence)
    assert level_at(arm, level, 0.0) == pytest.approx(value)
    assert level_at(arm, level, 84 * 24 - 0.1) == pytest.approx(value)
    assert level_at(arm, level, 84 * 24) == pytest.approx(0.0)
    assert level_at(arm, "daily_treatment", 1000.0) == 1.0
    assert level_at(arm, "daily_treatment", 84 * 24) == 0.0
    assert arm.sessions == ()


def test_a_placebo_pill_is_a_daily_treatment() -> None:
    arm = inputs("placebo daily from day 7 for 4 weeks")
    assert arm.levels == (LevelChange(168.0, "daily_treatment", 1.0), LevelChange(840.0, "daily_treatment", -1.0))


def test_two_tablets_are_one_daily_treatment() -> None:
    arm = inputs("escitalopram 10 mg daily for 4 weeks", "lorazepam 1 mg twice daily from day 14 for 4 weeks")
    assert {level_at(arm, "daily_treatment", 24.0 * day) for day in range(42)} == {1.0}
    assert level_at(arm, "daily_treatment", 42 * 24.0) == 0.0


def test_a_dose_is_raised_by_a_second_sentence() -> None:
    arm = inputs("escitalopram 10 mg daily for 1 week", "escitalopram 20 mg daily from day 7 for 11 weeks")
    assert [level_at(arm, "ssri_dose", time) for time in (0.0, 167.0, 168.0, 84 * 24.0)] == [1.0, 1.0, 2.0, 0.0]


def test_tablets_on_single_days_are_taken_for_those_days() -> None:
    arm = inputs("diazepam 10 mg on days 0, 1 and 5")
    assert [level_at(arm, "benzodiazepine_dose", 24.0 * day) for day in range(7)] == [10, 10, 0, 0, 0, 10, 0]


def test_psychotherapy_is_a_session_a_week() -> None:
    arm = inputs("CBT weekly for 12 weeks")
    assert arm.sessions == tuple(Session(168.0 * week, "therapy_session") for week in range(12))


def test_one_supervised_session_at_a_time() -> None:
    arm = inputs("ketamine 0.5 mg/kg IV over 40 min on day 0", "placebo intranasal on day 0", "CBT on day 0")
    assert arm.sessions == (Session(0.0, "supervised_dose"), Session(0.0, "therapy_session"))


def test_ketamine_by_mouth_is_a_tablet_when_taken_daily() -> None:
    daily, weekly = inputs("ketamine 60 mg oral daily for 2 weeks"), inputs("ketamine 60 mg oral weekly for 2 weeks")
    assert (len(daily.doses), daily.sessions, len(daily.levels)) == (14, (), 2)
    assert (len(weekly.doses), len(weekly.sessions), weekly.levels) == (2, 2, ())


@given(any_regimen())
def test_levels_return_to_where_they_were_and_names_are_known(regimen: Regimen) -> None:
    arm = arm_inputs(Arms({"arm": (regimen,)}), "arm")
    for level in {change.level for change in arm.levels}:
        assert level in LEVELS
        assert level_at(arm, level, float("inf")) == pytest.approx(0.0, abs=1e-9)
    assert {session.event for session in arm.sessions} <= set(EVENTS)
    assert [dose.time_h for dose in arm.doses] == sorted(dose.time_h for dose in arm.doses)


@given(any_regimen())
def test_every_dose_with_kinetics_is_given(regimen: Regimen) -> None:
    arm = arm_inputs(Arms({"arm": (regimen,)}), "arm")
    expected = regimen.times_h() if regimen.drug.kind == "kinetic" else ()
    assert [dose.time_h for dose in arm.doses] == pytest.approx(expected)
