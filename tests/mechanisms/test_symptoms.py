"""Symptoms: relief counts from entry, adds on the log scale, and knows what is acute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.mechanisms.assembly import NUMPY
from quell.mechanisms.symptoms import SYMPTOMS

RELIEFS = ("relief_gaba", "relief_psychotherapy", "relief_expectancy", "relief_guess")


def evaluate(lab, regulation, entry=0.0, acute=0.0, changes=None, **reliefs):
    driver = lab.Driver(SYMPTOMS, changes=changes)
    states = {"regulation_at_entry": entry, "acute_ketamine": acute, "emotional_regulation": regulation}
    known = {**driver.before(), **dict.fromkeys(RELIEFS, 0.0), **states, **reliefs}
    return driver.system.signals(known, driver.spaces, NUMPY)


def test_half_effect_is_half_of_the_ceiling(lab):
    known = evaluate(lab, regulation=0.5)
    assert 1 - np.exp(-known["relief_plasticity"]) == pytest.approx(0.76 / 2)


def test_symptoms_never_fall_below_what_plasticity_can_remove(lab):
    assert evaluate(lab, regulation=1e6)["symptom_level"] == pytest.approx(1 - 0.76, rel=1e-6)


@given(regulation=st.floats(0.0, 2.0), more=st.floats(0.0, 1.0), entry=st.floats(0.0, 1.0))
def test_relief_by_plasticity_rises_and_is_zero_at_entry(lab, regulation, more, entry):
    low, high = (evaluate(lab, x, entry)["relief_plasticity"] for x in (regulation, regulation + more))
    assert high >= low - 1e-12
    assert evaluate(lab, entry, entry)["relief_plasticity"] == pytest.approx(0.0, abs=1e-12)


def test_what_was_gained_before_entry_does_not_count_again(lab):
    """ln remaining(entry) / remaining(now): the baseline of a stable SSRI user already holds its benefit."""
    whole, before = evaluate(lab, 0.8)["relief_plasticity"], evaluate(lab, 0.3)["relief_plasticity"]
    assert evaluate(lab, 0.8, entry=0.3)["relief_plasticity"] == pytest.approx(whole - before)


@given(parts=st.lists(st.floats(-0.5, 1.0), min_size=4, max_size=4))
def test_reliefs_add_and_only_the_moment_sees_the_acute_part(lab, parts):
    known = evaluate(lab, regulation=0.4, acute=0.3, **dict(zip(RELIEFS, parts, strict=True)))
    lasting = known["relief_plasticity"] + sum(parts)
    assert known["relief_past"] == pytest.approx(lasting)
    assert known["relief_now"] == pytest.approx(lasting + known["relief_acute"])
    assert known["symptom_level"] == pytest.approx(np.exp(-known["relief_now"]))


def test_acute_relief_follows_its_site_and_the_switch_removes_it(lab):
    assert 1 - np.exp(-evaluate(lab, 0.0, acute=0.38)["relief_acute"]) == pytest.approx(0.54 / 2)
    off = lab.choose(SYMPTOMS, "acute anxiolysis", "off")
    assert evaluate(lab, 0.0, acute=5.0, changes=off)["relief_acute"] == 0.0


def test_acute_relief_is_gone_within_a_day(lab):
    course = lab.Driver(SYMPTOMS).run(24.0, lambda t: {"brain_ketamine": 0.5 * (t < 1)}, breaks=(1.0,))
    assert course.peak("relief_acute") > 0.08
    assert course.at("relief_acute", 8.0) < 0.005
