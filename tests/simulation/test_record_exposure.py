"""A data set summarised: which sample belongs to which dose, and what may be concluded from it."""

from math import exp, log
from pathlib import Path

import numpy as np
import pytest

from quell.conventions.errors import StudyError
from quell.mechanisms.model_catalogue import kinetic_model
from quell.protocols.data_table import read_table
from quell.protocols.record_reader import records_of
from quell.protocols.records import Records
from quell.simulation.record_exposure import summarise_records
from quell.simulation.record_kinetics import solve_records

K, V = 0.25, 20.0
MODEL = kinetic_model("one-compartment-iv")
HEAD = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV"


def read(tmp_path: Path, *rows: str) -> Records:
    file = tmp_path / "data.csv"
    file.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return records_of(read_table(file), ())


def samples(person: int, dose: float, start: float, *times: float) -> list[str]:
    """A bolus's concentrations."""
    return [f"{person},{start + t!r},.,.,.,.,.,0,1,{dose / V * exp(-K * t)!r}" for t in times]


def test_one_dose_a_person(tmp_path):
    rows = ["1,0,100,.,.,.,.,1,1,.", *samples(1, 100.0, 0.0, 0.5, 2.0, 6.0, 12.0)]
    rows += ["7,3,50,.,.,.,.,1,1,.", *samples(7, 50.0, 3.0, 1.0, 4.0, 8.0)]
    first, second = summarise_records(read(tmp_path, *rows))
    assert (first.id, first.dose, first.route, first.samples) == ("1", 1, "bolus", 4)
    assert (second.id, second.time, second.amount, second.samples) == ("7", 3.0, 50.0, 3)
    for found in (first.summary, second.summary):
        assert found.clearance == pytest.approx(K * V)
        assert found.half_life == pytest.approx(log(2.0) / K)
        assert np.isnan(found.interval)
    assert second.summary.tmax == 0.0


def test_a_sample_just_before_a_dose_is_the_last_ones_and_one_after_it_its_own(tmp_path):
    rows = ["1,0,100,.,.,.,.,1,1,.", *samples(1, 100.0, 0.0, 0.0, 2.0, 4.0, 8.0), "1,8,100,.,.,.,.,1,1,."]
    rows += ["1,8,.,.,.,.,.,0,1,5.5", "1,10,.,.,.,.,.,0,1,3.3", "1,14,.,.,.,.,.,0,1,1.2"]
    first, second = summarise_records(read(tmp_path, *rows))
    assert (first.samples, second.samples) == (4, 3)
    assert first.summary.interval == 8.0
    assert first.summary.auc_interval == pytest.approx(100.0 / V / K * (1.0 - exp(-8.0 * K)))
    assert second.summary.cmax == 5.5
    assert second.summary.points == 3
    assert np.isnan(second.summary.clearance), "what came before is still there"
    assert np.isnan(second.summary.auc_inf)


def test_a_later_oral_dose_does_not_begin_at_zero(tmp_path):
    given = ["1,0,100,.,.,.,.,1,1,.", "1,1,.,.,.,.,.,0,2,4", "1,6,.,.,.,.,.,0,2,2", "1,12,100,.,.,.,.,1,1,."]
    after = ["1,13,.,.,.,.,.,0,2,5", "1,18,.,.,.,.,.,0,2,2.5"]
    second = summarise_records(read(tmp_path, *given, *after), observed=2)[1]
    assert second.summary.auc_last == pytest.approx((2.5 + 5.0) / 2.0 + 2.5 * 5.0 / log(2.0))
    trough = "1,12,.,.,.,.,.,0,2,1"
    second = summarise_records(read(tmp_path, *given[:3], trough, given[3], *after), observed=2)[1]
    assert second.summary.auc_last == pytest.approx((1.0 + 5.0) / 2.0 + 2.5 * 5.0 / log(2.0))
    assert second.samples == 3


def test_additional_doses_are_doses(tmp_path):
    rows = ["1,0,100,.,8,2,.,1,1,.", *samples(1, 100.0, 0.0, 1.0, 4.0), *samples(1, 100.0, 16.0, 0.5, 2.0, 5.0)]
    first, last = summarise_records(read(tmp_path, *rows))
    assert (first.dose, last.dose) == (1, 3)
    assert last.time == 16.0
    assert last.summary.tmax == pytest.approx(0.0)


def test_a_steady_state_dose_gives_clearance_from_its_interval(tmp_path):
    tau = 6.0
    steady = [f"1,{t!r},.,.,.,.,.,0,1,{5.0 * exp(-K * t) / (1.0 - exp(-K * tau))!r}" for t in (0.0, 1.0, 3.0, 5.0)]
    (found,) = summarise_records(read(tmp_path, "1,0,100,.,6,.,1,1,1,.", *steady))
    assert found.summary.clearance == pytest.approx(K * V)
    assert found.summary.volume_z == pytest.approx(V)
    assert found.summary.average == pytest.approx(100.0 / (K * V) / tau)
    assert np.isnan(found.summary.mrt)


def test_after_a_reset_a_dose_is_the_first_again(tmp_path):
    rows = ["1,0,100,.,.,.,.,1,1,.", *samples(1, 100.0, 0.0, 1.0, 2.0, 3.0), "1,0,40,.,.,.,.,4,1,."]
    rows += samples(1, 40.0, 0.0, 1.0, 2.0, 3.0)
    first, second = summarise_records(read(tmp_path, *rows))
    assert (first.dose, second.dose) == (1, 2)
    assert first.summary.clearance == pytest.approx(second.summary.clearance) == pytest.approx(K * V)


def test_routes_by_compartment_and_rate(tmp_path):
    rows = ["1,0,100,.,.,.,.,1,1,.", "1,1,.,.,.,.,.,0,2,3", "2,0,100,50,.,.,.,1,2,.", "2,1,.,.,.,.,.,0,2,3"]
    rows += ["3,0,100,.,.,.,.,1,.,.", "3,1,.,.,.,.,.,0,2,3", "4,0,100,-2,.,.,.,1,2,.", "4,1,.,.,.,.,.,0,2,3"]
    found = summarise_records(read(tmp_path, *rows), observed=2, dosed=1)
    assert [x.route for x in found] == ["extravascular", "infusion", "extravascular", "infusion"]
    assert np.isnan(found[3].summary.mrt), "a modelled duration is not known"


def test_predictions_say_what_the_model_is(tmp_path):
    times = np.concatenate([np.linspace(0.0, 3.0, 61), np.linspace(3.1, 48.0, 300)])
    rows = ["1,0,100,50,.,.,.,1,1,.", *(f"1,{t!r},.,.,.,.,.,0,1,." for t in times.tolist())]
    records = read(tmp_path, *rows)
    predicted = solve_records(MODEL, records, {"CL": K * V, "V": V}).pred
    (found,) = summarise_records(records, predicted, observed=1, dosed=1)
    assert found.route == "infusion"
    assert found.summary.clearance == pytest.approx(K * V, rel=1e-4)
    assert found.summary.volume_ss == pytest.approx(V, rel=1e-3)
    assert found.summary.tmax == 2.0
    assert summarise_records(records) == [], "nothing was measured"


def test_equal_values_at_one_time_are_one_sample(tmp_path):
    rows = ["1,0,100,.,.,.,.,1,1,.", "1,1,.,.,.,.,.,0,1,3", "1,1,.,.,.,.,.,0,1,3", "1,2,.,.,.,.,.,0,1,2"]
    assert summarise_records(read(tmp_path, *rows))[0].summary.cmax > 3.0


@pytest.mark.parametrize(
    ("rows", "words", "line"),
    [
        (["1,1,.,.,.,.,.,0,1,3", "1,2,.,.,.,.,.,0,1,-0.7"], "a concentration is -0.7", 4),
        (["1,1,.,.,.,.,.,0,1,3", "1,1,.,.,.,.,.,0,1,4"], "two different concentrations at 1 h", 4),
    ],
)
def test_what_is_no_profile_is_refused_by_line(tmp_path, rows, words, line):
    with pytest.raises(StudyError, match=words) as refused:
        summarise_records(read(tmp_path, "1,0,100,.,.,.,.,1,1,.", *rows))
    assert refused.value.line == line
