"""The small grammars of the study file: conditions, visits, measures, plans, analyses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.dimensions import INSTRUMENTS
from quell.conventions.errors import StudyError
from quell.protocols import analysis_grammar as analysis
from quell.protocols import plan_grammar as plan
from quell.protocols import visit_grammar as visits
from quell.protocols.conditions import Comparison, Condition, Happening, When, parse_condition
from quell.protocols.words import spell_number

CONDITIONS = (
    ("LSAS >= 60", Condition((Comparison("LSAS", ">=", 60.0),))),
    ("lsas ≥ 60 points", Condition((Comparison("LSAS", ">=", 60.0),))),
    ("VAS anxiety > 50 mm", Condition((Comparison("VAS anxiety", ">", 50.0),))),
    ("LSAS >= 60 at screening", Condition((Comparison("LSAS", ">=", 60.0, when=(When(visits="screening"),)),))),
    (
        "HAM-A >= 20 at screening and at 0 d",
        Condition((Comparison("HAM-A", ">=", 20.0, when=(When(visits="screening"), When((0.0,)))),)),
    ),
    ("age < 65 years", Condition((Comparison("age", "<", 65.0, "a"),))),
    (
        "SBP > 180 mmHg or DBP > 110 mmHg",
        Condition((Comparison("SBP", ">", 180.0, "mmHg"), Comparison("DBP", ">", 110.0, "mmHg")), "or"),
    ),
    (
        "LSAS > 80 % of first baseline at -1 h",
        Condition((Comparison("LSAS", ">", 80.0, "%", reference="first baseline", when=(When((-1.0,)),)),)),
    ),
    (
        "HAM-A fall >= 50 % at 18 d and at 21 d",
        Condition((Comparison("HAM-A", ">=", 50.0, "%", "fall", when=(When((432.0,)), When((504.0,)))),)),
    ),
    (
        "HAM-A >= 15 at two visits 5 to 15 d apart or hospital admission",
        Condition(
            (
                Comparison("HAM-A", ">=", 15.0, when=(When(visits="two visits", apart_h=(120.0, 360.0)),)),
                Happening("hospital admission"),
            ),
            "or",
        ),
    ),
)

PHRASES: tuple[tuple[Any, str, Any], ...] = (
    (visits.parse_visit, "24 h", 24.0),
    (visits.parse_visit, "-1 h", -1.0),
    (visits.parse_visit, "12 weeks", 2016.0),
    (visits.parse_visit, "40 min", 40 / 60),
    (visits.parse_every, "every 7 d before dose", visits.Every(168.0, before_dose=True)),
    (visits.parse_window, "1 d from 5 d on", visits.Window(24.0, 120.0)),
    (
        visits.parse_measure,
        "blinded clinician recalling since last visit",
        visits.Measure("clinician", "blinded", visits.Recall("since last visit")),
    ),
    (visits.parse_measure, "self at the moment", visits.Measure("patient", None, visits.Recall("at the moment"))),
    (
        visits.parse_measure,
        "self recalling past 2 weeks",
        visits.Measure("patient", None, visits.Recall("past", 336.0)),
    ),
    (visits.parse_measure, "nurse at 40 min", visits.Measure("nurse", times_h=(40 / 60,))),
    (visits.parse_measure, "each visit", visits.Measure()),
    (visits.parse_guess, "patient at 60 min", visits.Guess("patient", 1.0)),
    (visits.parse_guess, "patient at 60 min of first dose", visits.Guess("patient", 1.0, "first dose")),
    (visits.parse_guess, "patient at relapse or end", visits.Guess("patient", None, "relapse or end")),
    (plan.parse_lasts, "26 weeks or until relapse", plan.Lasts(4368.0, "relapse")),
    (plan.parse_otherwise, "wait 7 d at most 4 times", plan.Otherwise(168.0, 4)),
    (plan.parse_otherwise, "leave", plan.Otherwise()),
    (plan.parse_ratio, "2:1:1", (2, 1, 1)),
    (plan.parse_recruitment, "0.8 per site per month", plan.Recruitment(0.8)),
    (plan.parse_site_spread, "1.5 HAM-A points", plan.SiteSpread(1.5, "HAM-A")),
    (plan.parse_share, "5 % per period", plan.Share(0.05, per="period")),
    (plan.parse_share, "20 % by 28 d", plan.Share(0.2, by_h=672.0)),
    (plan.parse_stop, "adverse event 1 % per month", plan.Share(0.01, "month", cause="adverse event")),
    (
        plan.parse_stop,
        "adverse event or no improvement",
        Condition((Happening("adverse event"), Happening("no improvement")), "or"),
    ),
    (plan.parse_rescue, "lorazepam 1 mg", plan.Rescue("lorazepam", 1.0)),
    (plan.parse_stratum, "SSRI at entry", "SSRI at entry"),
    (analysis.parse_endpoint, "LSAS change from baseline at 24 h", analysis.Endpoint("LSAS", "change", 24.0)),
    (analysis.parse_endpoint, "HAM-A change at 28 d", analysis.Endpoint("HAM-A", "change", 672.0)),
    (analysis.parse_endpoint, "HAM-A responders at 28 d", analysis.Endpoint("HAM-A", "responders", 672.0)),
    (
        analysis.parse_variable,
        "LSAS change from period baseline at 1 d",
        analysis.Endpoint("LSAS", "change", 24.0, "period baseline"),
    ),
    (analysis.parse_variable, "time from randomisation to relapse", analysis.TimeToEvent("randomisation", "relapse")),
    (
        analysis.parse_variable,
        "LSAS fall > 35 % at any visit up to 14 d",
        Comparison("LSAS", ">", 35.0, "%", "fall", when=(When(visits="any visit", within_h=336.0),)),
    ),
    (analysis.parse_contrast, "ketamine - saline", analysis.Contrast("ketamine", "saline")),
    (analysis.parse_contrast, "continue / withdraw", analysis.Contrast("continue", "withdraw", "ratio")),
    (analysis.parse_summary, "restricted mean to 26 weeks", "restricted mean to 4368 h"),
    (analysis.parse_alpha, "0.025 one-sided", analysis.Alpha(0.025, 1)),
    (
        analysis.parse_covariance,
        "unstructured then heterogeneous Toeplitz then AR(1)",
        ("unstructured", "heterogeneous Toeplitz", "AR(1)"),
    ),
)

REFUSED: tuple[tuple[Any, str, int, str | None], ...] = (
    (parse_condition, "LSAS >= 60 at screning", 15, "screening"),
    (parse_condition, "LSAS >= 60 and SBP > 140 bar", 26, None),
    (parse_condition, "SBP > 140", 1, "SBP > 140 mmHg"),
    (visits.parse_visit, "24", 1, "24 h"),
    (visits.parse_window, "90 d", 1, "2 d"),
    (visits.parse_measure, "nurce at 40 min", 1, "nurse"),
    (visits.parse_guess, "patient 60 min", 9, None),
    (plan.parse_ratio, "1:0", 1, "1:1"),
    (plan.parse_ratio, "1", 1, "1:1"),
    (plan.parse_lasts, "0 d", 1, None),
    (plan.parse_lasts, "28 d or til relapse", 9, "until"),
    (plan.parse_recruitment, "0 per site per month", 1, None),
    (plan.parse_share, "120 % by 28 d", 1, None),
    (plan.parse_rescue, "lorazepan 1 mg", 1, "lorazepam"),
    (plan.parse_rescue, "lorazepam 1000 mg", 1, None),
    (plan.parse_stratum, "site SD", 1, None),
    (analysis.parse_endpoint, "LSAS change from baseline at -1 h", 1, None),
    (analysis.parse_alpha, "0.05", 1, "0.05 two-sided"),
    (analysis.parse_alpha, "0.6 one-sided", 1, "0.05 two-sided"),
    (analysis.parse_strategy, "treatment polcy", 1, "treatment policy"),
)


@pytest.mark.parametrize(("text", "meaning"), CONDITIONS)
def test_conditions(text: str, meaning: Condition) -> None:
    assert parse_condition(text) == meaning


@pytest.mark.parametrize(("read", "text", "meaning"), PHRASES)
def test_phrases(read: Any, text: str, meaning: Any) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(("read", "text", "column", "suggestion"), REFUSED)
def test_refused_phrases(read: Any, text: str, column: int, suggestion: str | None) -> None:
    with pytest.raises(StudyError) as caught:
        read(text)
    assert (caught.value.column, caught.value.suggestion) == (column, suggestion)
    assert caught.value.allowed


@given(
    st.sampled_from(tuple(INSTRUMENTS)),
    st.sampled_from((">=", ">", "<=", "<")),
    st.floats(0, 150).map(lambda value: round(value, 2)),
)
def test_a_comparison_prints_as_it_is_read(measure: str, sign: str, value: float) -> None:
    text = f"{measure} {sign} {spell_number(value)}"
    (term,) = parse_condition(text).terms
    assert str(term) == text


@given(st.sampled_from([read for read, _, _ in PHRASES]), st.text(max_size=40))
def test_any_text_is_read_or_refused(read: Any, text: str) -> None:
    column: int | None = 1
    try:
        read(text)
    except StudyError as error:
        column = error.column
    assert column is not None
    assert column >= 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_spelt_without_loss_or_exponent(value: float) -> None:
    assert float(spell_number(value)) == value
    assert "e" not in spell_number(value).casefold()
