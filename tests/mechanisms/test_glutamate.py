"""Glutamate: the inverted U, what GABA-A drugs oppose, and the memory of deep block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.mechanisms.glutamate import GLUTAMATE
from quell.mechanisms.receptors import RECEPTORS

UNBOUND = 0.56 * 0.7


def steady_drive(lab, unbound_um, **changes):
    """Drive at an unbound concentration of racemate held for an hour."""
    half = unbound_um / 2 / UNBOUND
    driver = lab.Driver(RECEPTORS, GLUTAMATE, changes=changes)
    return driver.run(1.0, lambda t: {"s_ketamine": half, "r_ketamine": half}).at("glutamate_drive", 1.0)


def test_drive_is_an_inverted_u_over_concentration(lab):
    drive = {c: steady_drive(lab, c) for c in (0.1, 0.3, 1.0, 4.0, 10.0, 20.0)}
    assert 1.02 < drive[0.1] < drive[0.3] < drive[1.0]
    assert drive[1.0] > 1.4
    assert drive[10.0] < 1.0 < drive[4.0] + 0.1
    assert drive[20.0] < 0.75
    baseline = np.interp(1.0, [drive[10.0], drive[4.0], drive[1.0]], [10.0, 4.0, 1.0])
    assert 3.0 < baseline < 10.0


def test_glutamate_peaks_near_what_spectroscopy_saw(lab):
    """Prefrontal Glx +37.8 +/- 7.5 % near 26 min of 0.5 mg/kg over 40 min (Milak2016)."""
    course = lab.Driver(RECEPTORS, GLUTAMATE).run(4.0, lab.ketamine(0.5), breaks=(2 / 3,))
    assert course.at("glutamate", 26 / 60) == pytest.approx(1.378, abs=0.075)
    assert course.peak("glutamate") == pytest.approx(1.40, abs=0.08)
    assert course.at("glutamate", 3.2) < 1.12


@given(block=st.floats(0.0, 1.0))
def test_gaba_drugs_only_take_from_disinhibition(lab, block):
    outside = {"block_interneuron": 0.4, "block_pyramidal": 0.1}
    driver = lab.Driver(GLUTAMATE)
    drives = [driver.before(gaba_block=share, **outside)["glutamate_drive"] for share in (0.0, block, 1.0)]
    assert drives[0] >= drives[1] >= drives[2]
    assert drives[2] == pytest.approx(1 - driver.parameters["glutamate.suppression"] * 0.1)


def test_deep_block_closes_the_path_for_hours_and_shallow_block_does_not(lab):
    driver = lab.Driver(RECEPTORS, GLUTAMATE)
    deep, treatment = (driver.run(24.0, lab.ketamine(dose), breaks=(2 / 3,)) for dose in (6.0, 0.5))
    assert deep.peak("deep_block") > 0.4
    assert treatment.peak("deep_block") < 0.02
    assert treatment.peak("ampa_throughput") > 0.95 * (treatment.peak("glutamate") - 1)
    assert deep.at("glutamate", 6.0) > 1.2
    assert deep.at("ampa_throughput", 6.0) < 0.3 * (deep.at("glutamate", 6.0) - 1)


def test_without_the_memory_glutamate_passes_whole(lab):
    off = lab.choose(GLUTAMATE, "deep block memory", "off")
    course = lab.Driver(RECEPTORS, GLUTAMATE, changes=off).run(24.0, lab.ketamine(6.0), breaks=(2 / 3,))
    assert course.peak("deep_block") == 0.0
    assert course.at("ampa_throughput", 6.0) == pytest.approx(course.at("glutamate", 6.0) - 1)
