"""NM-TRAN data sets: what is read, what is refused and where, and the way back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.strategies import regimens as any_regimen

from quell.conventions.errors import StudyError
from quell.protocols.events import DOSE, events, regimens
from quell.protocols.nmtran import dose_events, read_data_set, write_data_set
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen

HEADER = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "doses.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def sentences(path: Path) -> list[str]:
    return [str(regimen) for regimen in regimens(dose_events(read_data_set(path), "ketamine", "mg", "IV"))]


def test_a_course_of_infusions(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,0,30,45,168,11,0,1,1,.,1\n")
    assert sentences(path) == ["ketamine 30 mg IV over 40 min weekly for 12 weeks"]


def test_any_case_any_order_dots_blanks_windows_lines_and_a_mark(tmp_path: Path) -> None:
    text = "\ufefftime, amt ,Id,rate\r\n0, 35 ,1,.\r\n\r\n72,35,1,\r\n"
    assert sentences(written(tmp_path, text.encode())) == ["ketamine 35 mg IV bolus on days 0 and 3"]


def test_observations_are_kept_apart(tmp_path: Path) -> None:
    data = read_data_set(written(tmp_path, HEADER + "1,0,30,45,.,.,.,.,.,.,.\n1,1,.,.,.,.,.,0,.,181.5,0\n"))
    assert (list(data.doses), data.records.dv[1]) == ([0], 181.5)


@given(st.lists(any_regimen(), min_size=1, max_size=1))
def test_write_then_read_is_the_identity(
    tmp_path_factory: pytest.TempPathFactory, given_regimens: list[Regimen]
) -> None:
    (regimen,) = given_regimens
    doses = events(regimen)
    if not doses or doses[0].evid != DOSE or regimen.route is None or regimen.unit is None:
        return
    path = written(tmp_path_factory.mktemp("data"), write_data_set(doses))
    assert regimens(dose_events(read_data_set(path), regimen.treatment, regimen.unit, regimen.route)) == (regimen,)


def test_other_events_are_written_one_by_one() -> None:
    text = write_data_set(events(parse_regimen("CBT weekly for 3 weeks")))
    assert text.splitlines()[1:] == [f"1,{time},.,.,.,.,.,2,1,.,1" for time in (0, 168, 336)]


REFUSED = (
    ("ID,TIME,AMT\n1,-1,30\n", 2, 3, "begins on day 0"),
    ("ID,TIME,AMT\n1,0,.\n", 2, 1, "no dose"),
    ("ID,TIME,AMT,EVID\n1,0,.,2\n", 2, 7, "other-type event"),
    ("ID,TIME,AMT,EVID\n1,0,.,3\n", 2, 7, "reset"),
    ("ID,TIME,AMT,EVID\n1,0,30,4\n", 2, 8, "reset"),
    ("ID,TIME,AMT,SS,II\n1,0,30,1,24\n", 2, 8, "steady state"),
    ("ID,TIME,AMT,SS,II\n1,0,30,2,24\n", 2, 8, "steady state"),
    ("ID,TIME,AMT,RATE,SS\n1,0,0,30,1\n", 2, 10, "steady state"),
    ("ID,TIME,AMT,RATE\n1,0,30,-1\n", 2, 8, "modelled rate"),
    ("ID,TIME,AMT,RATE\n1,0,30,-2\n", 2, 8, "modelled rate"),
    ("ID,TIME,AMT,CMT\n1,0,30,2\n", 2, 8, "compartment 1"),
    ("ID,TIME,AMT,EVID\n1,0,30,201\n", 2, 1, "compartment 1"),
    ("ID,TIME,AMT,II\n1,0,30,24\n", 2, 1, "needs further doses"),
    ("ID,TIME,AMT,ADDL\n1,0,30,3\n", 2, 1, "needs an interval"),
)
"""Legal records (the last one is not) that no sentence can tell: text, row, column, part of the message."""


@pytest.mark.parametrize(("text", "row", "column", "message"), REFUSED)
def test_refused_by_row_and_column(tmp_path: Path, text: str | bytes, row: int, column: int, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_data_set(written(tmp_path, text))
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (row, column)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_data_set(tmp_path / "absent.csv")
