"""The story together: onset, decay and size of ketamine, conventional drugs over weeks, in typical people.

Scores count from 20 HAM-A points above normal anxiety. Plasma is the crude curve of this folder.
"""

from functools import cache

import numpy as np
import pytest

from quell.mechanisms.story import OWN_MECHANISMS

DAY = 24.0


@pytest.fixture(scope="module")
def story(lab):
    return lab.Driver(*OWN_MECHANISMS)


def dose(lab, story, mg_per_kg, hours=336.0, **levels):
    plasma = lab.ketamine(mg_per_kg)
    return story.run(hours, lambda t: {**plasma(t), **levels}, ((0.0, "supervised_dose"),), breaks=(2 / 3,))


@pytest.fixture(scope="module")
def weeks_on(lab, story):
    """Twelve weeks of a daily treatment by level and dose, or of weekly therapy."""

    @cache
    def course(level="", amount=0.0):
        events = [(week * lab.WEEK, "therapy_session") for week in range(12)] if level == "therapy" else []
        levels = {level: amount, "daily_treatment": 1.0} if level != "therapy" else {}
        levels.pop("", None)
        return story.run(12 * lab.WEEK, lambda t: levels, events)

    return course


def gap(lab, treated, placebo, week):
    """HAM-A points by which a treatment is ahead, averaged over the past week."""
    window = ((week - 1) * lab.WEEK, week * lab.WEEK)
    scores = [Course.mean("score", *window) for Course in map(with_score, (treated, placebo))]
    return scores[1] - scores[0]


def with_score(course):
    course.values["score"] = 20 * np.exp(-course.values["relief_past"])
    return course


def test_ketamine_acts_within_hours_peaks_on_day_1_and_fades_within_two_weeks(lab, story):
    """Effect from 40 min, peak day 1, lost by day 10-12 (Kishimoto2016)."""
    course = dose(lab, story, 0.5)
    relief = course.values["relief_plasticity"]
    assert 8 < course.times[relief.argmax()] < 30
    whole = course.values["relief_plasticity"] + course.values["relief_acute"]
    assert np.interp(2 / 3, course.times, whole) > 0.15 * course.at("relief_plasticity", DAY)
    assert course.at("relief_plasticity", 12 * DAY) < 0.25 * course.at("relief_plasticity", DAY)
    assert 0.3 < course.at("relief_plasticity", DAY) < 0.6


def test_early_effect_is_about_six_tenths_of_the_next_day(lab, story):
    """2-4 h over 24 h: 6.16 / 9.96 points (An2021)."""
    course = dose(lab, story, 0.5)
    early = np.mean([course.at("relief_plasticity", t) + course.at("relief_acute", t) for t in (2.0, 3.0, 4.0)])
    assert early / course.at("relief_plasticity", DAY) == pytest.approx(0.65, abs=0.15)


def test_dose_order(lab, story):
    reliefs = [dose(lab, story, x, 40.0).at("relief_plasticity", DAY) for x in (0.1, 0.25, 0.5, 1.0)]
    assert np.all(np.diff(reliefs) > 0)
    assert reliefs[1] < 0.55 * reliefs[2]
    assert reliefs[3] < 2 * reliefs[2]


def test_an_ssri_is_half_way_at_week_4(lab, weeks_on):
    """Escitalopram -2.45 HAM-A against pill placebo at week 8 (Slee2019): sets serotonergic_weight."""
    gaps = {week: gap(lab, weeks_on("ssri_dose", 1.0), weeks_on(), week) for week in (2, 4, 8)}
    assert gaps[8] == pytest.approx(2.45, abs=0.3)
    assert gaps[4] / gaps[8] == pytest.approx(0.5, abs=0.08)
    assert 0 < gaps[2] < 0.3 * gaps[8]


def test_an_snri_is_earlier_and_about_as_large(lab, weeks_on):
    """Logarithmic in weeks (Jakubovski2019), -2.69 to -3.13 HAM-A (Slee2019): sets noradrenergic_weight."""
    gaps = {week: gap(lab, weeks_on("snri_dose", 1.0), weeks_on(), week) for week in (1, 2, 4, 8)}
    assert gaps[8] == pytest.approx(2.9, abs=0.4)
    shape = [gaps[week] / gaps[8] for week in (1, 2, 4)]
    assert shape == pytest.approx([0.32, 0.50, 0.73], abs=0.13)


def test_a_benzodiazepine_is_ahead_of_an_ssri_at_weeks_1_and_2_but_not_at_8(lab, weeks_on):
    """Stimpfl2021 at week 1, Feltner2003 at week 4: set relief_ceiling; Mendez2024: no difference at week 8."""
    drugs = (weeks_on("benzodiazepine_dose", 20.0), weeks_on("ssri_dose", 1.0))
    ahead = {week: [gap(lab, drug, weeks_on(), week) for drug in drugs] for week in (1, 2, 4, 8)}
    assert ahead[1][0] > ahead[1][1] + 1
    assert ahead[2][0] > ahead[2][1] + 1
    assert ahead[8][0] < ahead[8][1]
    assert np.mean([ahead[1][0], ahead[4][0]]) == pytest.approx((0.235 * 8 + 2.35) / 2, abs=0.4)


def test_therapy_beats_a_pill_by_the_pooled_effect_at_week_12(lab, weeks_on):
    """g 0.56 against placebo (Carpenter2018) of an SD of 8 points: sets psychotherapy's relief_ceiling."""
    at_12 = [20 * np.exp(-weeks_on(*x).at("relief_past", 12 * lab.WEEK)) for x in (("therapy",), ())]
    assert at_12[1] - at_12[0] == pytest.approx(0.56 * 8, abs=0.5)


def test_resistance_lowers_relief_by_an_ssri_and_not_by_ketamine(lab, story):
    levels = {"ssri_dose": 1.0}
    plain, resistant = (story.run(8 * lab.WEEK, lambda t: levels, person={"resistance": r}) for r in (0.0, 1.0))
    assert resistant.at("relief_plasticity", 8 * lab.WEEK) < 0.6 * plain.at("relief_plasticity", 8 * lab.WEEK)
    plasma = lab.ketamine(0.5)
    dosed = [story.run(30.0, plasma, person={"resistance": r}, breaks=(2 / 3,)) for r in (0.0, 1.0)]
    assert dosed[0].at("relief_plasticity", DAY) == pytest.approx(dosed[1].at("relief_plasticity", DAY), rel=1e-6)


def test_benzodiazepine_use_weakens_ketamine(lab, story):
    """Response is reduced above about 8 mg/d diazepam equivalents (Andrashko2020)."""
    plasma = lab.ketamine(0.5)
    reliefs = [
        story.run(30.0, plasma, person={"benzodiazepine_use": use}, breaks=(2 / 3,)).at("relief_plasticity", DAY)
        for use in (0.0, 8.0, 40.0)
    ]
    assert reliefs[0] > reliefs[1] > reliefs[2] > 0.4 * reliefs[0]


def test_people_on_a_stable_ssri_start_at_zero_and_gain_from_ketamine(lab, story):
    plasma = lab.ketamine(0.5)
    course = story.run(336.0, plasma, person={"ssri_use": 1.0}, breaks=(2 / 3,))
    assert course.at("relief_past", 0.0) == pytest.approx(0.0, abs=1e-6)
    assert 0.2 < course.at("relief_plasticity", DAY) < dose(lab, story, 0.5).at("relief_plasticity", DAY)


def test_therapy_learns_faster_after_ketamine(lab, story):
    plasma, sessions = lab.ketamine(0.5), ((48.0, "therapy_session"),)
    with_drug = story.run(200.0, plasma, sessions, breaks=(2 / 3,)).at("extinction_learning", 200.0)
    without = story.run(200.0, events=sessions).at("extinction_learning", 200.0)
    assert 1.1 < with_drug / without < 1.8


def test_six_infusions_hold_longer_than_one(lab, story):
    plasma = lab.ketamine(0.5)
    starts = [DAY * day for day in (0, 3, 7, 10, 14, 17)]
    course = story.run(
        38 * DAY,
        lambda t: plasma(t - max(s for s in starts if s <= t)),
        breaks=[x for s in starts for x in (s, s + 2 / 3)],
    )
    last = starts[-1]
    once = dose(lab, story, 0.5)
    assert course.at("relief_plasticity", last + DAY) > 1.3 * once.at("relief_plasticity", DAY)
    assert course.at("relief_plasticity", last + 14 * DAY) > 3 * once.at("relief_plasticity", 14 * DAY)
