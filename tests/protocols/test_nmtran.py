"""NM-TRAN data sets: what is read, what is refused and where, and the way back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.strategies import regimens as any_regimen

from quell.conventions.errors import StudyError
from quell.protocols.events import DOSE, events, regimens
from quell.protocols.nmtran import LARGEST_BYTES, dose_events, read_data_set, write_data_set
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
    assert (len(data.doses), len(data.observations)) == (1, 1)
    assert data.observations[0].number("DV") == 181.5


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
    ("", 1, None, "empty"),
    ("ID;TIME;AMT\n1;0;30\n", 1, None, "commas"),
    ("ID,TIME,DOSE\n1,0,30\n", 1, 9, 'unknown column "DOSE"'),
    ("ID,TIME,AMTT\n1,0,30\n", 1, 9, 'unknown column "AMTT"'),
    ("ID,TIME,AMT,amt\n1,0,30,30\n", 1, 13, "appears twice"),
    ("ID,TIME,RATE\n1,0,30\n", 1, 1, "AMT is missing"),
    (HEADER + "1,0,30,45,0,0,0,1,1,.,1,7\n", 2, 25, "12 fields"),
    ("ID,TIME,AMT\n1,0\n", 2, 3, "2 fields"),
    ("ID,TIME,AMT\n1,0,thirty\n", 2, 5, "not a number"),
    ("ID,TIME,AMT\n1,09:00,30\n", 2, 3, 'TIME "09:00"'),
    ("ID,TIME,AMT\n1,0,nan\n", 2, 5, "not a number"),
    ("ID,TIME,AMT\n1,0,1_000\n", 2, 5, "not a number"),
    ("ID,TIME,AMT\n1.5,0,30\n", 2, 1, "ID is a whole number"),
    ("ID,TIME,AMT\n1,.,30\n", 2, 3, "TIME is missing"),
    ("ID,TIME,AMT\n1,24,30\n1,0,30\n", 3, 3, "order of TIME"),
    ("ID,TIME,AMT\n1,0,30\n2,0,30\n1,24,30\n", 4, 1, "two separate blocks"),
    ("ID,TIME,AMT\n1,-1,30\n", 2, 3, "TIME is negative"),
    ("ID,TIME,AMT\n1,0,-30\n", 2, 5, "above 0"),
    ("ID,TIME,AMT\n1,0,.\n", 2, 1, "no dose"),
    ("ID,TIME,AMT,EVID\n1,0,.,1\n", 2, 5, "above 0"),
    ("ID,TIME,AMT,EVID\n1,0,30,0\n", 2, 5, "observation"),
    ("ID,TIME,AMT,EVID\n1,0,30,2\n", 2, 8, "other-type event"),
    ("ID,TIME,AMT,EVID\n1,0,30,3\n", 2, 8, "reset"),
    ("ID,TIME,AMT,EVID\n1,0,30,4\n", 2, 8, "reset and dose"),
    ("ID,TIME,AMT,EVID\n1,0,30,7\n", 2, 8, "EVID is 0"),
    ("ID,TIME,AMT,SS,II\n1,0,30,1,24\n", 2, 8, "steady-state"),
    ("ID,TIME,AMT,RATE\n1,0,30,-1\n", 2, 8, "RATE -1"),
    ("ID,TIME,AMT,RATE\n1,0,30,-2\n", 2, 8, "RATE -2"),
    ("ID,TIME,AMT,RATE\n1,0,30,-3\n", 2, 8, "RATE is negative"),
    ("ID,TIME,AMT,CMT\n1,0,30,2\n", 2, 8, "compartment 1"),
    ("ID,TIME,AMT,ADDL\n1,0,30,3\n", 2, 1, "needs an interval"),
    ("ID,TIME,AMT,II\n1,0,30,24\n", 2, 1, "needs further doses"),
    ("ID,TIME,AMT,II,ADDL\n1,0,30,-24,3\n", 2, 8, "II is negative"),
    ("ID,TIME,AMT,II,ADDL\n1,0,30,24,-3\n", 2, 11, "further doses"),
    ("ID,TIME,AMT,MDV\n1,0,30,2\n", 2, 8, "MDV is 0 or 1"),
    (b"ID,TIME,AMT\n1,0,\xff\n", 2, None, "UTF-8"),
    (b"ID,TIME,AMT\n1,0,\x00\n", 1, None, "binary"),
    (b"0" * (LARGEST_BYTES + 1), None, None, "larger than 1 MB"),
)


@pytest.mark.parametrize(("text", "row", "column", "message"), REFUSED)
def test_refused_by_row_and_column(tmp_path: Path, text: str | bytes, row: int, column: int, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_data_set(written(tmp_path, text))
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (row, column)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_data_set(tmp_path / "absent.csv")
