"""Data sets of NM-TRAN records: what NONMEM users write is read as they mean it."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.errors import StudyError
from quell.protocols.data_table import read_table
from quell.protocols.record_reader import read_records
from quell.protocols.record_rules import MOST_FURTHER_DOSES
from quell.protocols.records import Records

FULL = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV\n"


def records(folder: Path, text: str | bytes, *compartments: str) -> Records:
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_records(path, compartments)


def same(one: Records, other: Records) -> bool:
    """Whether two data sets say the same, wherever their lines stand."""
    for field in fields(Records):
        x, y = getattr(one, field.name), getattr(other, field.name)
        if field.name == "covariates":
            if set(x) != set(y) or not all(np.array_equal(x[name], y[name], equal_nan=True) for name in x):
                return False
        elif field.name == "ids":
            if x != y:
                return False
        elif field.name != "rows" and not np.array_equal(x, y, equal_nan=True):
            return False
    return True


def test_every_column_arrives(tmp_path: Path) -> None:
    r = records(tmp_path, FULL + "7,1.5,30,45,24,11,2,1,2,.,1\n7,3,.,.,.,.,.,0,1,181.5,0\n")
    assert (r.ids, list(r.person), list(r.rows)) == (("7",), [0, 0], [2, 3])
    assert (r.time[0], r.amt[0], r.rate[0], r.ii[0], r.addl[0], r.ss[0], r.evid[0], r.cmt[0], r.mdv[0]) == (
        1.5, 30, 45, 24, 11, 2, 1, 2, 1)  # fmt: skip
    assert np.isnan(r.dv[0])
    assert (r.evid[1], r.cmt[1], r.dv[1], r.mdv[1], r.amt[1], r.ss[1]) == (0, 1, 181.5, 0, 0, 0)
    assert (r.addl.dtype.kind, r.evid.dtype.kind, r.cmt.dtype.kind, r.time.dtype.kind) == ("i", "i", "i", "f")


PLAIN = FULL + "1,0,30,45,.,.,.,1,1,.,1\n1,2,.,.,.,.,.,0,2,5,0\n2,0,30,.,24,3,.,1,1,.,1\n"

SPELLINGS = {
    "capitals": PLAIN.lower(),
    "a byte order mark": "\ufeff" + PLAIN,
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "old line ends": PLAIN.replace("\n", "\r"),
    "no last line end": PLAIN.rstrip("\n"),
    "blank lines": PLAIN.replace("\n", "\n\n  \n"),
    "comments": "# exported\n" + PLAIN.replace("\n2,0", "\n#2,0,7\n2,0"),
    "a header that NM-TRAN passes over": "#" + PLAIN,
    "nothing for a dot": PLAIN.replace(".", ""),
    "spaces": PLAIN.replace(",", " , "),
    "quotation marks": "".join(",".join(f'"{x}"' for x in line.split(",")) + "\n" for line in PLAIN.splitlines()),
    "quoted names": '"' + FULL.strip().replace(",", '","') + '"\n' + PLAIN.partition("\n")[2],
    "exponents": PLAIN.replace(",30,", ",3E1,").replace(",45,", ",4.5e+01,"),
    "Fortran": PLAIN.replace(",30,", ",3D1,").replace(",45,", ",+45.,"),
    "zeros for doses that are none": PLAIN.replace("1,2,.,.,.,.,.,0", "1,2,0,0,0,0,0,0"),
    "EVID and MDV to be inferred": PLAIN.replace(",1,1,.,1\n", ",.,1,.,.\n").replace(",0,2,5,0\n", ",.,2,5,.\n"),
    "EVID as a code": PLAIN.replace(",1,1,.,1\n", ",101,.,.,1\n"),
    "other digits": PLAIN.replace("1,2,", "1.0,2.00,").replace(",24,", ",024,"),
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_says_the_same(text: str, tmp_path: Path) -> None:
    assert same(records(tmp_path, text), records(tmp_path, PLAIN))


@given(st.permutations(range(11)))
def test_columns_stand_in_any_order(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    lines = [",".join(line.split(",")[k] for k in order) for line in PLAIN.splitlines()]
    folder = tmp_path_factory.mktemp("data")
    assert same(records(folder, "\n".join(lines)), records(folder, PLAIN))


def test_evid_and_mdv_are_inferred_as_nm_tran_does(tmp_path: Path) -> None:
    text = "ID,TIME,AMT,RATE,SS,DV\n1,0,30,.,.,.\n1,1,.,.,.,5\n1,2,0,0,0,.\n1,3,0,5,1,.\n"
    r = records(tmp_path, text)
    assert list(r.evid) == [1, 0, 0, 1]
    assert list(r.mdv) == [1, 0, 1, 1]


def test_codes_name_the_compartment(tmp_path: Path) -> None:
    r = records(tmp_path, "ID,TIME,AMT,EVID,CMT\n1,0,30,201,.\n1,1,30,301,3\n1,2,.,0,1\n")
    assert (list(r.evid), list(r.cmt)) == ([1, 1, 0], [2, 3, 1])


def test_compartments_have_names_and_numbers(tmp_path: Path) -> None:
    text = "ID,TIME,AMT,CMT\n1,0,30,Depot\n1,1,30,2\n1,2,.,central\n1,3,.,.\n"
    assert list(records(tmp_path, text, "depot", "central").cmt) == [1, 2, 2, 0]
    with pytest.raises(StudyError, match='CMT "Depot" is not a number'):
        records(tmp_path, text)


def test_further_columns_are_covariates_unless_they_hold_words(tmp_path: Path) -> None:
    r = records(tmp_path, "ID,TIME,AMT,wt,Sex,Crcl,X\n1,0,30,70.5,male,.,+1\n1,1,.,71,female,90,1E1\n")
    assert list(r.covariates) == ["WT", "CRCL", "X"]
    assert list(r.covariates["WT"]) == [70.5, 71]
    assert np.isnan(r.covariates["CRCL"][0])
    assert list(r.covariates["X"]) == [1, 10]


def test_time_starts_again_at_a_reset(tmp_path: Path) -> None:
    for evid, amt in (("3", "."), ("4", "30")):
        r = records(tmp_path, f"ID,TIME,AMT,EVID\n1,0,30,1\n1,24,.,0\n1,0,{amt},{evid}\n1,2,.,0\n")
        assert list(r.time) == [0, 24, 0, 2]


def test_time_may_be_negative(tmp_path: Path) -> None:
    assert list(records(tmp_path, "ID,TIME,AMT\n1,-2,.\n1,-1.5,30\n1,0,.\n").time) == [-2, -1.5, 0]


def test_an_occasion_that_starts_again_is_a_reset(tmp_path: Path) -> None:
    text = "ID,TIME,AMT,OCC\n1,0,30,1\n1,24,.,1\n1,0,30,2\n1,3,.,2\n2,0,30,1\n2,24,30,2\n"
    assert list(records(tmp_path, text).evid) == [1, 0, 4, 0, 1, 1]


def test_people_are_blocks_and_keep_their_spelling(tmp_path: Path) -> None:
    r = records(tmp_path, "ID,TIME,AMT\n009,0,30\n009,1,.\n3,0,30\n12345678901234,0,1\n")
    assert (r.ids, list(r.person)) == (("009", "3", "12345678901234"), [0, 0, 1, 2])


LEGAL = {
    "constant infusion at steady state": "1,0,0,5,.,.,1,1,.,.,.",
    "constant infusion added": "1,0,0,5,0,0,2,1,.,.,.",
    "constant infusion at a modelled rate": "1,0,.,-1,.,.,1,1,.,.,.",
    "steady state, further doses": "1,0,30,.,24,3,1,1,.,.,.",
    "infusion longer than its interval": "1,0,300,1,24,.,1,1,.,.,.",
    "reset and steady state": "1,0,30,.,24,.,1,4,.,.,.",
    "modelled duration": "1,0,30,-2,.,.,.,1,.,.,.",
    "ten thousand doses": "1,0,30,.,1,9999,.,1,.,.,.",
    "the most doses": f"1,0,30,.,1,{MOST_FURTHER_DOSES},.,1,.,.,.",
    "an interval without doses": "1,0,30,.,24,.,.,1,.,.,.",
    "other event in a compartment": "1,0,.,.,.,.,.,2,2,.,1",
    "reset": "1,0,.,.,.,.,.,3,.,.,1",
    "observed, left out of a fit": "1,0,.,.,.,.,.,0,1,5,100",
    "dose left out of a fit": "1,0,30,.,.,.,.,1,1,.,101",
    "observation alone": "1,0,.,.,.,.,.,0,.,.,.",
}


@pytest.mark.parametrize("line", LEGAL.values(), ids=LEGAL)
def test_legal_records_are_read(line: str, tmp_path: Path) -> None:
    r = records(tmp_path, FULL + line + "\n")
    written = dict(zip(FULL.strip().split(","), line.split(","), strict=True))
    for name in ("AMT", "RATE", "II", "ADDL", "SS", "EVID", "CMT"):
        assert getattr(r, name.lower())[0] == (0 if written[name] == "." else float(written[name]))


number = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(st.lists(number, min_size=1, max_size=30))
def test_numbers_are_read_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    lines = [f"1,{k},.,{value!r},{value:.17g}" for k, value in enumerate(values)]
    r = records(tmp_path_factory.mktemp("data"), "\n".join(["ID,TIME,AMT,X,Y", *lines]))
    assert list(r.covariates["X"]) == list(r.covariates["Y"]) == values


def test_a_large_data_set_is_read_whole(tmp_path: Path) -> None:
    block = "".join(f"#,{k},{'100' if k % 10 == 0 else '.'},70.5\n" for k in range(100))
    text = "ID,TIME,AMT,WT\n" + "".join(block.replace("#", str(person)) for person in range(1, 3001))
    r = records(tmp_path, text)
    assert (len(r.time), len(r.ids), r.rows[-1]) == (300_000, 3000, 300_001)
    assert r.amt.sum() == 3000 * 10 * 100
    assert np.array_equal(np.bincount(r.person), np.full(3000, 100))


def test_a_late_mistake_in_a_large_data_set_is_found(tmp_path: Path) -> None:
    text = "ID,TIME,AMT\n" + "".join(f"{k},0,100\n" for k in range(1, 100_000)) + "100000,0,lots\n"
    with pytest.raises(StudyError) as caught:
        records(tmp_path, text)
    assert (caught.value.line, caught.value.column) == (100_001, 10)


def test_the_first_of_several_mistakes_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        records(tmp_path, "ID,TIME,AMT,II,ADDL\n1,0,30,24,-1\n1,1,30,-24,1\n")
    assert (caught.value.line, caught.value.column) == (2, 11)


def test_lines_are_kept_as_written(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b'ID,TIME,AMT,NOTE\r\n1, 0,30,"a, b"\r\n\r\n1,1,.,\r\n')
    table = read_table(path)
    assert table.lines == ['1, 0,30,"a, b"', "1,1,.,"]
    assert table.text(0, "NOTE") == "a, b"
    assert table.refuse(0, "NOTE", "x").column == 10
