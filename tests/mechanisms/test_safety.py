"""Safety: dissociation by dose and time, tolerance, circulation, sedation, nausea, exposure."""

import numpy as np
import pytest
from scipy.stats import norm

from quell.evidence.library import load_library
from quell.mechanisms.receptors import RECEPTORS
from quell.mechanisms.safety import SAFETY

UNBOUND = 0.56 * 0.7


def infusion(lab, dose=0.5, hours=8.0, person=None, changes=None, **levels):
    driver = lab.Driver(RECEPTORS, SAFETY, changes=changes)
    plasma = lab.ketamine(dose)
    return driver.run(hours, lambda t: {**plasma(t), **levels}, person=person, breaks=(2 / 3,))


def test_dissociation_rises_with_dose(lab):
    peaks = [infusion(lab, dose).peak("cadss") for dose in (0.1, 0.25, 0.5, 1.0)]
    assert peaks[0] < 1.5 < peaks[1] < 6 < peaks[2] < peaks[3]


def test_dissociation_is_there_at_40_min_only(lab):
    """Present at 40 min, not at 80, 110 and 230 (Diazgranados2010)."""
    course = infusion(lab)
    at_40 = course.at("cadss", 2 / 3)
    assert at_40 > 7
    assert course.at("cadss", 80 / 60) < 0.15 * at_40
    assert course.at("cadss", 2.0) < 0.05 * at_40


def peaks_of_a_trial(lab, count=4000):
    """Peak CADSS of people who differ in sensitivity only, at the level reached by 0.5 mg/kg IV."""
    record = load_library()["safety.half_dissociation_level"]
    draws = norm.ppf((np.arange(count) + 0.5) / count)
    level = infusion(lab).peak("dissociative_level")
    odds = (level / record.person(np.full(count, record.value), draws)) ** 2
    return 70 * odds / (1 + odds)


def test_peaks_in_a_trial_lie_between_the_published_means_and_are_skewed(lab):
    """Published means after 0.5 mg/kg IV go from 7.7 (SD 9.2; vanSchalkwyk2018) to above 20."""
    peaks = peaks_of_a_trial(lab)
    assert 10 < peaks.mean() < 20
    assert 9 < peaks.std() < 15
    assert np.mean(peaks < 3) > 0.08
    assert peaks.mean() > 1.2 * np.median(peaks)


def test_intensity_is_nearly_linear_from_50_to_200_ng_per_ml(lab):
    """Volunteers at steady state, R 0.93-0.99 over items (Bowdle1998)."""
    total = np.array([50.0, 100.0, 150.0, 200.0]) / 237.73
    driver = lab.Driver(RECEPTORS, SAFETY)
    felt = [
        driver.run(0.6, lambda t, c=c: {"s_ketamine": c / 2, "r_ketamine": c / 2}).at("dissociation", 0.6)
        for c in total
    ]
    assert np.corrcoef(total, felt)[0, 1] > 0.93


def test_ketamine_is_half_felt_at_the_drug_high_level(lab):
    """S-ketamine 0.3 nmol/mL in plasma (Simons2022); without time for tolerance."""
    changes = {
        "safety__acute_tolerance_gain": 0.0,
        "safety__lasting_tolerance_gain": 0.0,
        "safety__sedation_slope": 5.0,
    }
    course = lab.Driver(RECEPTORS, SAFETY, changes=changes).run(0.6, lambda t: {"s_ketamine": 0.3})
    assert course.at("felt_effect", 0.6) == pytest.approx(0.5, abs=0.02)


def test_repeated_sessions_dissociate_less(lab):
    plasma = lab.ketamine(0.5)
    starts = [0.0, 72.0, 168.0]
    driver = lab.Driver(RECEPTORS, SAFETY)
    course = driver.run(
        180.0,
        lambda t: plasma(t - max(s for s in starts if s <= t)),
        breaks=[x for s in starts for x in (s, s + 2 / 3)],
    )
    peaks = [course.at("cadss", s + 2 / 3) for s in starts]
    assert peaks[0] > peaks[1] > peaks[2] > 0.7 * peaks[0]


def test_an_occasion_of_higher_sensitivity_is_felt_more(lab):
    usual, sensitive = (infusion(lab, occasion_sensitivity=s) for s in (1.0, 1.3))
    for name in ("cadss", "sbp_change", "heart_rate_change", "felt_effect"):
        assert sensitive.peak(name) > usual.peak(name)


def test_blood_pressure_rises_as_published(lab):
    """+16.0 / +11.0 mmHg at 40 min (YaleBP2024), back within 1.5 h after the infusion (Szarmach2020)."""
    course = infusion(lab)
    assert course.at("sbp_change", 2 / 3) == pytest.approx(16.0, abs=2.0)
    assert course.at("dbp_change", 2 / 3) == pytest.approx(11.0, abs=1.5)
    assert course.at("sbp_change", 2 / 3 + 1.5) < 4.0


def test_blood_pressure_rises_more_with_age_and_less_with_norketamine(lab):
    young, old = (infusion(lab, person={"age": age}).peak("sbp_change") for age in (25.0, 65.0))
    assert old == pytest.approx(young * np.exp(0.01 * 40))
    opposed = infusion(lab, changes={"safety__norketamine_opposition": 1.0}).peak("sbp_change")
    assert opposed < infusion(lab).peak("sbp_change")


def test_r_ketamine_does_not_move_the_circulation(lab):
    course = lab.Driver(RECEPTORS, SAFETY).run(1.0, lambda t: {"r_ketamine": 2.0})
    assert course.peak("sbp_change") == 0.0
    assert course.peak("heart_rate_change") == 0.0


def test_anaesthesia_raises_pressure_and_rate_as_in_volunteers(lab):
    """S-ketamine at 1500-2000 ng/mL: mean arterial pressure +27 %, heart rate up to +43.5 % (Langsjo2005)."""
    course = lab.Driver(RECEPTORS, SAFETY).run(1.0, lambda t: {"s_ketamine": 1750 / 237.73})
    mean_pressure = (course.at("sbp_change", 1.0) + 2 * course.at("dbp_change", 1.0)) / 3
    assert mean_pressure == pytest.approx(0.27 * 85, abs=4)
    assert 20 < course.at("heart_rate_change", 1.0) <= 30.5
    assert course.at("sedation", 1.0) > 0.75


def test_sedation_joins_both_drugs_as_independent_chances(lab):
    alone, both = (infusion(lab, sedation_gaba=s).at("sedation", 0.5) for s in (0.0, 0.4))
    assert both == pytest.approx(1 - (1 - alone) * 0.6)
    assert 0.02 < alone < 0.12


def test_nausea_comes_to_the_published_rates(lab):
    """Esketamine 56 or 84 mg twice weekly: 14.0 % in week 1, 24.8 % in four weeks; exposure from the label."""
    record = load_library()["safety.nausea_slope"]
    slopes = record.person(np.full(4000, record.value), norm.ppf((np.arange(4000) + 0.5) / 4000))
    per_session = slopes * UNBOUND * (294 + 440) / 2 / 237.73
    first_week, four_weeks = (float(np.mean(1 - np.exp(-n * per_session))) for n in (2, 8))
    assert first_week == pytest.approx(0.14, abs=0.03)
    assert four_weeks == pytest.approx(0.248, abs=0.04)


def test_exposure_accumulates_and_the_bladder_recovers(lab):
    course = infusion(lab, hours=4000.0)
    total = course.at("cumulative_exposure", 4000.0)
    assert 1.2 < total < 2.6
    assert np.all(np.diff(course.values["cumulative_exposure"]) >= -1e-9)
    assert course.at("bladder_exposure", 2160.0) == pytest.approx(0.5 * total, rel=0.02)
