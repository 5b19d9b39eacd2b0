"""Enrolment: what is observed decides, nobody moves anybody, regression to the mean follows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from quell.conventions.errors import StudyError
from quell.evidence.library import Library
from quell.mechanisms.instruments import INSTRUMENTS, score
from quell.people.candidates import Candidates, Screening, levels, untreated_scores
from quell.people.cohort import Cohort, enrol, fluctuation, measurement_error
from quell.people.natural_course import window_variance
from quell.people.specification import SCREENING_H, EntryRule, PeopleSpecification

LSAS60 = EntryRule("LSAS", ">=", 60)
SOCIAL = PeopleSpecification("social anxiety disorder", treatment_resistant=True, age=(18.0, 65.0), enrol=(LSAS60,))
GAD = PeopleSpecification("generalised anxiety disorder", enrol=(EntryRule("HAM-A", ">=", 20, when=(0.0,)),))


def scores(cohort: Cohort, name: str, times: list[float], library: Library) -> np.ndarray:
    return untreated_scores(cohort.people, INSTRUMENTS[name], np.array(times), library)


def everything(cohort: Cohort, library: Library) -> dict[str, np.ndarray]:
    times = np.array([0.0, 24.0])
    return {
        **{f"covariate {k}": v for k, v in cohort.covariates.items()},
        **{f"severity {k}": v for k, v in cohort.people.severity.items()},
        **{f"normal {k}": v for k, v in cohort.normal_score.items()},
        **{f"true {k}": v for k, v in cohort.true_score.items()},
        **{f"parameter {k}": cohort.parameters[k] for k in list(cohort.parameters)[::25]},
        "draw": cohort.draw,
        "number": cohort.people.number,
        "fluctuation": fluctuation(cohort, times, 168.0),
        "error": measurement_error(cohort, INSTRUMENTS["LSAS"], times, library),
    }


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert np.array_equal(value, other[name]), name


def test_more_people_begin_with_the_same_people(library: Library) -> None:
    few, many = enrol(SOCIAL, 500, 7, library), enrol(SOCIAL, 2000, 7, library)
    assert_same(everything(few, library), {k: v[:500] for k, v in everything(many, library).items()})


@pytest.mark.parametrize("block", [97, 1000, 50_000])
def test_block_size_moves_nobody(library: Library, block: int) -> None:
    usual, other = enrol(SOCIAL, 500, 7, library), enrol(SOCIAL, 500, 7, library, block=block)
    assert_same(everything(usual, library), everything(other, library))
    assert (usual.screened, usual.excluded) == (other.screened, other.excluded)


def test_part_of_a_cohort_is_part_of_everything(library: Library) -> None:
    whole = enrol(SOCIAL, 300, 7, library, draws=40)
    part = whole.take(100, 250)
    assert part.enrolled == 150
    assert_same(everything(part, library), {k: v[100:250] for k, v in everything(whole, library).items()})


def test_another_seed_gives_other_people(library: Library) -> None:
    one, other = enrol(SOCIAL, 50, 7, library), enrol(SOCIAL, 50, 8, library)
    assert not np.any(one.covariates["weight"] == other.covariates["weight"])


def test_rules_hold_on_what_is_observed_and_everybody_is_counted(library: Library) -> None:
    pressure = EntryRule("SBP", ">", 140, "mmHg")
    people = replace(SOCIAL, exclude=(pressure,), without=("major depressive disorder",), ssri_use=False)
    cohort = enrol(people, 1000, 3, library)
    assert np.all(scores(cohort, "LSAS", [SCREENING_H], library) >= 60)
    assert np.all(cohort.covariates["SBP"] <= 140)
    assert np.all(cohort.covariates["ssri_use"] == 0)
    assert not cohort.people.disorders["major depressive disorder"].any()
    assert cohort.screened == cohort.enrolled + sum(cohort.excluded.values())
    assert list(cohort.excluded) == [
        "has major depressive disorder",
        "SSRI at entry",
        "LSAS >= 60 not met",
        "SBP > 140 mmHg",
    ]
    assert np.all(cohort.covariates["resistance"] == 1)


def test_excluded_share_is_that_of_the_candidates(library: Library) -> None:
    candidates = Screening(SOCIAL, 5, library).draw(range(cohort_size := 20_000))
    met = untreated_scores(candidates, INSTRUMENTS["LSAS"], np.array([SCREENING_H]), library)[:, 0] >= 60
    cohort = enrol(SOCIAL, int(met[:-1].sum()), 5, library)
    assert np.array_equal(cohort.people.number, np.flatnonzero(met)[: cohort.enrolled])
    assert cohort.screened <= cohort_size
    assert cohort.excluded == {"LSAS >= 60 not met": cohort.screened - cohort.enrolled}


def test_a_rule_at_two_visits_must_hold_at_both(library: Library) -> None:
    rule = EntryRule("HAM-A", ">=", 20, when=(SCREENING_H, 0.0))
    cohort = enrol(replace(GAD, enrol=(rule,)), 500, 2, library)
    assert np.all(scores(cohort, "HAM-A", [SCREENING_H, 0.0], library) >= 20)


def test_comorbid_people(library: Library) -> None:
    cohort = enrol(PeopleSpecification("PTSD", comorbid=("panic disorder",), benzodiazepine_use=True), 100, 2, library)
    assert cohort.people.disorders["PTSD"].all()
    assert cohort.people.disorders["panic disorder"].all()
    assert np.all(cohort.covariates["benzodiazepine_use"] > 0)
    assert set(cohort.excluded) == {"no panic disorder", "no benzodiazepine at entry"}


def test_normal_anxiety_is_below_every_threshold(library: Library) -> None:
    cohort = enrol(PeopleSpecification("normal anxiety"), 2000, 2, library)
    assert not np.any(list(cohort.people.disorders.values()))
    assert set(cohort.excluded) == {"has a disorder"}
    assert scores(cohort, "HAM-A", [0.0], library).mean() == pytest.approx(3.9, abs=0.6)


def test_age_rule_counts_completed_years(library: Library) -> None:
    cohort = enrol(
        replace(GAD, enrol=(EntryRule("age", "<=", 40, "a"), EntryRule("BMI", "<", 30, "kg/m2"))), 300, 2, library
    )
    assert 40 < cohort.covariates["age"].max() < 41
    assert cohort.covariates["BMI"].max() < 30


def regression_to_the_mean(cases: Candidates, cut: float, later: float, library: Library) -> float:
    """E[X1 - X2 | X1 >= cut] for X = lasting level + normal noise, X1 at screening, X2 ``later`` h after it."""
    scale = INSTRUMENTS["LSAS"]
    window, tau = scale.number("recall", library), library["instruments.fluctuation_time"].value
    course, error = scale.number("fluctuation_sd", library) ** 2, scale.number("error_sd", library) ** 2
    lingering = scale.number("error_autocorrelation", library) * np.exp(
        -later / library["instruments.rater_memory_time"].value
    )
    shared = (
        course * (tau / window * -np.expm1(-window / tau)) ** 2 * np.exp(-(later - window) / tau) + error * lingering
    )
    variance = course * window_variance(window, tau) + error
    distance = (cut - 0.5 - levels(cases, scale, library)[1]) / np.sqrt(variance)
    noise = np.sqrt(variance) * norm.pdf(distance).sum() / ndtr(-distance).sum()
    return float(noise * (1 - shared / variance))


@pytest.mark.parametrize(("cut", "later"), [(60, 168.0), (60, 1344.0), (90, 168.0), (90, 1344.0)])
def test_regression_to_the_mean_has_the_size_that_selection_gives(library: Library, cut: float, later: float) -> None:
    people = replace(SOCIAL, enrol=(EntryRule("LSAS", ">=", cut),))
    cohort = enrol(people, 20_000, 11, library)
    first, second = scores(cohort, "LSAS", [SCREENING_H, SCREENING_H + later], library).T
    expected = regression_to_the_mean(Screening(people, 77, library).draw(range(40_000)), cut, later, library)
    assert expected > 0.3
    assert (first - second).mean() == pytest.approx(expected, abs=0.25)


def test_inflated_entry_scores_are_seen_at_entry_alone(library: Library) -> None:
    inflated = enrol(replace(GAD, score_inflation=4.0), 2000, 2, library)
    plain = enrol(GAD, 2000, 2, library)
    assert inflated.screened < plain.screened
    times = np.array([0.0, 24.0])
    error = measurement_error(inflated, INSTRUMENTS["HAM-A"], times, library)
    assert np.mean(error[:, 0] - error[:, 1]) > 3.5
    assert abs(np.mean(measurement_error(inflated, INSTRUMENTS["LSAS"], times, library))) < 0.3
    assert np.all(scores(inflated, "HAM-A", [0.0], library) >= 16)


def test_trial_patients_look_like_those_of_trials(library: Library) -> None:
    gad = enrol(GAD, 20_000, 1, library)
    anxiety, brief = (scores(gad, name, [0.0], library) for name in ("HAM-A", "GAD-7"))
    assert anxiety.mean() == pytest.approx(28.8, abs=1.5)  # simulation of the review; trials report 25 to 27.6
    assert anxiety.std() == pytest.approx(5.3, abs=1.0)
    assert brief.mean() == pytest.approx(16.4, abs=1.0)  # 90 people screened for a trial
    assert brief.std() == pytest.approx(3.9, abs=0.8)
    rule = EntryRule("LSAS", ">=", 70, when=(0.0,))
    social = scores(
        enrol(PeopleSpecification("social anxiety disorder", enrol=(rule,)), 20_000, 1, library), "LSAS", [0.0], library
    )
    assert social.mean() == pytest.approx(88, abs=2.5)
    assert social.std() == pytest.approx(15, abs=1.5)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (replace(SOCIAL, enrol=(EntryRule("LSAS", ">=", 145),)), "only 0 of 100000 candidates"),
        (replace(SOCIAL, exclude=(EntryRule("age", ">=", 18, "a"),)), "only 0 of 100000 candidates"),
        (replace(SOCIAL, enrol=(EntryRule("CADSS", "<", 4),)), "CADSS"),
        (replace(SOCIAL, enrol=(EntryRule("sbp", "<", 140),)), "sbp"),
        (replace(SOCIAL, disorder="shyness"), "shyness"),
        (PeopleSpecification("normal anxiety", treatment_resistant=True), "normal anxiety"),
    ],
)
def test_people_who_cannot_be_enrolled_are_refused(library: Library, people: PeopleSpecification, words: str) -> None:
    with pytest.raises(StudyError, match=words):
        enrol(people, 10, 1, library)


def test_refusal_names_the_rule_that_keeps_most_out(library: Library) -> None:
    with pytest.raises(StudyError) as error:
        enrol(replace(SOCIAL, enrol=(EntryRule("LSAS", ">=", 145),)), 10, 1, library)
    assert "LSAS >= 145 not met" in error.value.statement


@pytest.mark.parametrize("count", [0, -3])
def test_a_count_below_one_is_refused(library: Library, count: int) -> None:
    with pytest.raises(StudyError):
        enrol(SOCIAL, count, 1, library)


def test_untreated_scores_spread_as_change_in_trials(library: Library) -> None:
    """Placebo arms report an SD of change of 5.7 at day 4 and 7 to 10 at week 8, unequal placebo response included."""
    seen = scores(enrol(GAD, 20_000, 4, library), "HAM-A", [0.0, 96.0, 1344.0], library)
    early, late = (seen[:, i] - seen[:, 0] for i in (1, 2))
    assert 4.0 < early.std() < 5.7
    assert 7.0 < late.std() < 10.2


@pytest.mark.parametrize(("name", "share"), [("HAM-A", 0.01), ("GAD-7", 0.01), ("LSAS", 0.03), ("PDSS", 0.01)])
def test_normal_anxiety_has_almost_nothing_to_gain(library: Library, name: str, share: float) -> None:
    cohort = enrol(PeopleSpecification("normal anxiety"), 5000, 6, library)
    scale = INSTRUMENTS[name]
    normal, true = cohort.normal_score[name], cohort.true_score[name]
    calm = score(scale, normal, true, 0.0, 0.0, 0.0, library)
    treated = score(scale, normal, true, 0.7, 0.0, 0.0, library)
    assert np.all(treated <= calm)
    assert np.mean(calm - treated) < share * scale.number("highest", library)
    ill = enrol(replace(SOCIAL, enrol=()) if name == "LSAS" else GAD, 2000, 6, library)
    relieved = score(scale, ill.normal_score[name], ill.true_score[name], 0.7, 0.0, 0.0, library)
    gain = np.mean(score(scale, ill.normal_score[name], ill.true_score[name], 0.0, 0.0, 0.0, library) - relieved)
    assert gain > 5 * np.mean(calm - treated)


def test_cut_points_screen_as_published(adults: Candidates, library: Library) -> None:
    """Share of the population with 5, 10 and 15 points or more, and by sex; correlation of anxiety and depression."""
    brief = untreated_scores(adults, INSTRUMENTS["GAD-7"], np.zeros(1), library)[:, 0]
    for cut, percent in ((5, 15.6), (10, 6.1), (15, 2.7)):
        assert 100 * np.mean(brief >= cut) == pytest.approx(percent, abs=1.0)
    women = adults.covariates["female"] == 1
    assert 100 * np.mean(brief[women] >= 5) == pytest.approx(19.0, abs=1.0)
    assert 100 * np.mean(brief[~women] >= 5) == pytest.approx(11.9, abs=1.0)
    mood = untreated_scores(adults, INSTRUMENTS["PHQ-9"], np.zeros(1), library)[:, 0]
    assert 100 * np.mean(mood >= 5) == pytest.approx(18.5, abs=1.0)
    assert np.corrcoef(brief, mood)[0, 1] == pytest.approx(0.64, abs=0.05)
