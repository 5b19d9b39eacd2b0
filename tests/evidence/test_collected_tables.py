"""The records against the collected tables they were carried from: every row is carried, or left out for a reason.

The tables are not part of the project: the tests skip where QUELL_REFERENCE_DATA, the folder beside them, is unset.
"""

import csv
import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from quell.evidence.held_out import load_held_out
from quell.evidence.library import load_library
from quell.evidence.study_library import FOLDER, load_studies

TABLES = {
    "clin_trials": "trial_id",
    "clin_outcomes": "row_id",
    "clin_adverse": "row_id",
    "clin_moderators": "row_id",
    "land_comparators": None,
    "pd_observations": None,
    "pk_observations": None,
}
"""Table -> column of its ids; rows of the others are counted from 1."""

LEFT_OUT = tomllib.loads((FOLDER.parent / "rows_left_out.toml").read_text(encoding="utf-8"))["left_out"]
STUDIES = {**load_studies(), **load_held_out()}
OBSERVATIONS = [observation for study in STUDIES.values() for observation in study.observations]


@pytest.fixture(scope="module")
def collected():
    """Name of a row -> row."""
    folder = os.environ.get("QUELL_REFERENCE_DATA")
    if not folder or not (Path(folder).parent / "evidence" / "clin_trials.csv").exists():
        pytest.skip("the collected tables are not here (QUELL_REFERENCE_DATA)")
    rows = {}
    for table, identifier in TABLES.items():
        with (Path(folder).parent / "evidence" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 1):
                rows[f"{table} {row[identifier] if identifier else number}"] = row
    return rows


def carried() -> set[str]:
    rows = [row for study in STUDIES.values() for row in study.rows]
    return {*rows, *(row for observation in OBSERVATIONS for row in observation.rows)}


def left_out() -> Counter:
    return Counter(f"{entry['table']} {row}" for entry in LEFT_OUT for row in entry["rows"])


def test_a_row_left_out_is_so_once_with_a_reason_and_carried_nowhere():
    assert max(left_out().values()) == 1
    assert all(entry["reason"] for entry in LEFT_OUT)
    assert not carried() & set(left_out())


def test_every_row_is_carried_or_left_out_and_no_other(collected):
    assert carried() | set(left_out()) == set(collected)


def printed(row: dict[str, str]) -> float | None:
    try:
        return float(row.get("value") or row.get("effect") or "")
    except ValueError:
        return None


def is_told(value: float, observation) -> bool:
    """Whether an observation tells a printed figure: as it is, as the rest of 100 %, as a share, in days, a count."""
    told = observation.value
    if observation.count is not None and value in (observation.count, round(told)):
        return True
    spellings = (told, 100 - told, told / 100, told * 24)
    return any(abs(abs(spelling) - abs(value)) < 1e-9 for spelling in spellings)


def test_a_figure_is_that_of_its_row(collected):
    wrong, compared = [], 0
    for observation in OBSERVATIONS:
        if observation.rows and observation.value is not None and observation.statistic != "time ratio":
            value = printed(collected[observation.rows[0]])
            compared += value is not None
            if value is not None and not is_told(value, observation):
                wrong.append((observation.id, observation.value, value))
    assert not wrong
    assert compared > 500


def test_grade_reading_and_source_are_those_of_the_row(collected):
    library, wrong = load_library(), []
    renamed = {"Glue2020": {"glue2020", "Glue2020tablets"}, "Noppers2011": {"Noppers2011liver"}}
    for observation in OBSERVATIONS:
        assert observation.rows or observation.derived_by
        for row in (collected[name] for name in observation.rows[:1]):
            named = row["source_key"].partition(";")[0]
            wanted = renamed[named] if named in renamed else {library.source(named).key}
            recalled = (observation.grade == "recalled") == (row["verified"] == "recalled")
            seen = observation.verified in (row["verified"], "derived")
            if not (wanted & {library.source(key).key for key in observation.source} and recalled and seen):
                wrong.append(observation.id)
    assert not wrong


def test_held_out_rows_stay_held_out(collected):
    """What the tables hold out is held out here too."""
    for observation in OBSERVATIONS:
        roles = {collected[row].get("recommended_use") or collected[row].get("role") for row in observation.rows}
        assert "held_out" not in roles or observation.role == "held out"
