"""Measured and predicted exposure of data sets, and the table of it."""

from pathlib import Path

import pytest

from quell.conventions.errors import StudyError
from quell.mechanisms.model_catalogue import kinetic_model
from quell.protocols.data_table import DataTable, read_table
from quell.protocols.record_reader import records_of
from quell.simulation.data_exposure import (
    EXPOSURE_COLUMNS,
    exposure_columns,
    exposure_lines,
    measured_exposure,
    predicted_exposure,
)
from quell.simulation.record_kinetics import solve_records

WITH_CMT = ("ID,TIME,AMT,EVID,CMT,DV", "1,0,100,1,1,.", "1,1,.,0,2,4", "1,2,.,0,2,3", "1,4,.,0,2,2", "1,8,.,0,2,1")
WITHOUT = ("ID,TIME,AMT,DV", "1,0,100,.", "1,1,.,4", "1,2,.,3", "1,4,.,2", "1,8,.,1")


def read(tmp_path: Path, lines: tuple[str, ...]) -> DataTable:
    file = tmp_path / "data.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(file)


def test_compartments_say_how_a_dose_entered(tmp_path):
    (found,) = measured_exposure(read(tmp_path, WITH_CMT))
    assert found.route == "extravascular"
    assert found.summary.points == 3
    same = tuple(line.replace(",0,2,", ",0,1,") for line in WITH_CMT)
    assert measured_exposure(read(tmp_path, same))[0].route == "bolus"


def test_compartments_may_have_names(tmp_path):
    named = tuple(line.replace(",0,2,", ",0,blood,").replace(",1,1,", ",1,gut,") for line in WITH_CMT)
    (found,) = measured_exposure(read(tmp_path, named))
    assert found.route == "extravascular"


def test_without_compartments_the_caller_says_it(tmp_path):
    table = read(tmp_path, WITHOUT)
    with pytest.raises(StudyError, match="nothing says how this dose entered") as refused:
        measured_exposure(table)
    assert refused.value.line == 2
    assert refused.value.file == table.file
    assert [measured_exposure(table, route)[0].route for route in ("bolus", "extravascular")] == [
        "bolus",
        "extravascular",
    ]
    with pytest.raises(StudyError, match='the route is "oral"'):
        measured_exposure(table, "oral")


def test_an_infusion_needs_no_word(tmp_path):
    lines = ("ID,TIME,AMT,RATE,DV", "1,0,100,50,.", "1,2,.,.,4", "1,3,.,.,3", "1,5,.,.,2", "1,9,.,.,1")
    assert measured_exposure(read(tmp_path, lines))[0].route == "infusion"


def test_a_model_says_where_its_doses_enter(tmp_path):
    records, model = records_of(read(tmp_path, WITHOUT), ()), kinetic_model("one-compartment-oral")
    predicted = solve_records(model, records, {"CL": 5.0, "V": 20.0, "KA": 1.5}).pred
    (found,) = predicted_exposure(records, predicted, model)
    assert found.route == "extravascular"
    assert found.summary.cmax == predicted.max()


def test_the_table_reads_back_and_leaves_open_what_cannot_be_had(tmp_path):
    found = measured_exposure(read(tmp_path, WITH_CMT))
    head, line = exposure_lines(found)
    cells = dict(zip(head.split(","), line.split(","), strict=True))
    assert cells["ID"] == "1"
    assert float(cells["CLEARANCE"]) == found[0].summary.clearance
    assert cells["VOLUME_SS"] == cells["ACCUMULATION"] == "."
    assert int(cells["POINTS"]) == 3
    assert list(exposure_columns(found)) == head.split(",")


def test_nobody_sampled_is_an_empty_table(tmp_path):
    assert measured_exposure(read(tmp_path, ("ID,TIME,AMT,CMT,DV", "1,0,100,1,.")), "bolus") == []
    assert list(exposure_lines([])) == [",".join(EXPOSURE_COLUMNS)]
