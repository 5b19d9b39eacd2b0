"""Bad input is answered in one message: where, what, what is allowed or probably meant; nothing else happens."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.bad_input.broken_files import FILES, BrokenFile
from tests.conformance.bad_input.broken_studies import BROKEN, GOOD, Broken

from quell.conventions.errors import StudyError
from quell.protocols.study_errors import MOST, SeveralProblemsError
from quell.protocols.study_file import parse_study, read_study


def refused(path: Path) -> StudyError:
    with pytest.raises(StudyError) as caught:
        read_study(path)
    return caught.value


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "study.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_good_study_is_good(tmp_path: Path) -> None:
    assert read_study(written(tmp_path, GOOD)).title == "One infusion in social anxiety disorder"


def test_the_table_is_long_and_its_names_are_different() -> None:
    names = [case.name for case in (*BROKEN, *FILES)]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_broken_study(case: Broken, tmp_path: Path) -> None:
    error = refused(written(tmp_path, case.text))
    assert f"{error.line}:{error.column}" == case.place
    assert error.message == case.message
    assert case.says in error.statement
    assert error.suggestion or error.allowed or error.hint


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_the_underlined_text_stands_at_the_place(case: Broken, tmp_path: Path) -> None:
    error = refused(written(tmp_path, case.text))
    line = case.text.splitlines()[(error.line or 1) - 1]
    assert line.startswith(error.text or "", (error.column or 1) - 1)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_the_message_is_safe_and_short(case: Broken, tmp_path: Path) -> None:
    shown = refused(written(tmp_path, case.text)).render()
    assert "Traceback" not in shown
    assert not any(ord(letter) < 32 for letter in shown if letter != "\n")
    assert len(shown) < 1500


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_broken_file(case: BrokenFile, tmp_path: Path) -> None:
    began = time.perf_counter()
    error = refused(written(tmp_path, case.content))
    place = None if error.line is None else f"{error.line}:{error.column}"
    assert place == case.place
    assert case.message in error.message
    assert error.file == str(tmp_path / "study.yaml")
    assert time.perf_counter() - began < 10


def test_a_file_of_100_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    began = time.perf_counter()
    assert "too large (100 MB)" in refused(path).message
    assert time.perf_counter() - began < 0.5


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read: no such file" in refused(tmp_path / "absent.yaml").message
    assert "not a file" in refused(tmp_path).message
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not a file" in refused(tmp_path / "pipe.yaml").message
    assert "cannot be read" in refused(Path("a\0b.yaml")).message


def test_the_name_of_a_file_beside_it_is_suggested(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert refused(tmp_path / "stduy.yaml").suggestion == str(tmp_path / "study.yaml")


def test_several_problems_come_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("count: 2000", "count: 0").replace("0.5 mg/kg", "0.5 mg").replace("24 h,", "24 hrz,")
    error = refused(written(tmp_path, text))
    assert isinstance(error, SeveralProblemsError)
    assert [problem.line for problem in (error, *error.others)] == [3, 5, 7]
    assert error.render().count("study.yaml:") == 3


def test_no_more_than_five_problems_come_at_once(tmp_path: Path) -> None:
    arms = "".join(f"  arm {k}: ketmine 0.5 mg/kg IV over 40 min on day 0\n" for k in range(9))
    text = GOOD.replace("arms:\n", f"arms:\n{arms}")
    error = refused(written(tmp_path, text))
    assert isinstance(error, SeveralProblemsError)
    assert 1 + len(error.others) == MOST


def test_the_line_of_a_block_is_named(tmp_path: Path) -> None:
    block = "|\n    ketamine 0.5 mg/kg IV over 40 min on day 0\n    CBT wekly for 4 weeks"
    error = refused(written(tmp_path, GOOD.replace("ketamine 0.5 mg/kg IV over 40 min on day 0", block)))
    assert (error.line, error.column, error.suggestion) == (7, 9, "weekly")


def test_a_column_inside_quotes_counts_from_the_quotation_mark(tmp_path: Path) -> None:
    quoted = '"ketmine 0.5 mg/kg IV over 40 min on day 0"'
    error = refused(written(tmp_path, GOOD.replace("ketamine 0.5 mg/kg IV over 40 min on day 0", quoted)))
    assert (error.line, error.column, error.text) == (5, 14, "ketmine")


def test_a_hostile_title_is_text(tmp_path: Path) -> None:
    title = "<script>alert('x')</script> {{ 7 * 7 }} ${HOME} \u202egnihtemos"
    study = read_study(written(tmp_path, GOOD.replace("One infusion in social anxiety disorder", f'"{title}"')))
    assert study.title == title


def test_a_study_of_windows_is_read(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert read_study(written(tmp_path, content)).visits == (0.0, 3.0, 24.0, 72.0, 168.0, 336.0)


def test_errors_in_a_data_set_name_its_row(tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text("ID,TIME,AMT,RATE\n1,0,35,52.5\n1,72,3500,52.5\n", encoding="utf-8")
    arm = "{data: doses.csv, drug: ketamine, route: IV, unit: mg}"
    error = refused(written(tmp_path, GOOD.replace("ketamine 0.5 mg/kg IV over 40 min on day 0", arm)))
    assert (error.file, error.line) == (str(tmp_path / "doses.csv"), 3)
    assert "3500 mg is more than any plausible dose" in error.message


@given(st.text(max_size=200))
def test_any_text_is_refused_as_a_study(text: str) -> None:
    with pytest.raises(StudyError):
        parse_study(text, "study.yaml")


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("\t:{}[]'\"&*!|>%@`#-? ,\n0aé\x07\u2028"))
def test_any_one_letter_changed_is_read_or_refused_with_a_place(at: int, letter: str) -> None:
    text = GOOD[:at] + letter + GOOD[at + 1 :]
    place = 1
    try:
        parse_study(text, "study.yaml")
    except StudyError as error:
        place = error.line or 0
    assert 1 <= place <= text.count("\n") + 2
