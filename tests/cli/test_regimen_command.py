"""``quell regimen``: from a sentence to a table and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.strategies import regimens as any_regimen

from quell.cli import main
from quell.protocols.events import DOSE, events
from quell.protocols.regimen import Regimen

SENTENCE = "ketamine 0.5 mg/kg IV over 40 min on days 0 and 7"
HEADER = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sentence_is_printed_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("regimen", SENTENCE, "--weight", "70")) == 0
    assert capsys.readouterr() == (HEADER + "1,0,35,52.5,.,.,.,1,1,.,1\n1,168,35,52.5,.,.,.,1,1,.,1\n", "")


def test_without_a_weight_the_unit_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("regimen", SENTENCE)) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[1] == "1,0,0.5,0.75,.,.,.,1,1,.,1"
    assert said.err == "AMT is in mg/kg; --weight KG gives mg\n"


def test_a_treatment_without_an_amount_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("regimen", "CBT weekly for 2 weeks")) == 0
    said = capsys.readouterr()
    assert said.out == HEADER + "1,0,.,.,.,.,.,2,1,.,1\n1,168,.,.,.,.,.,2,1,.,1\n"
    assert "other-type event (EVID 2)" in said.err


def test_people_are_told_apart(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "doses.csv").write_text("ID,TIME,AMT,II,ADDL\n1,0,10,24,6\n1,12,.,.,.\n2,9,20,24,13\n")
    assert main(("regimen", "doses.csv", "--drug", "Escitalopram")) == 0
    assert capsys.readouterr().out == (
        "1\tescitalopram 10 mg daily for 1 week\n2\tescitalopram 20 mg daily at 9 h for 2 weeks\n"
    )


@given(any_regimen(), st.none() | st.floats(30, 150).map(lambda x: round(x, 1)))
def test_there_and_back(regimen: Regimen, weight: float | None) -> None:
    """Through the command line both ways; a dose in mg/kg also by way of mg."""
    if not events(regimen) or events(regimen)[0].evid != DOSE:
        return
    by_weight = ("--weight", str(weight)) if weight is not None and regimen.unit == "mg/kg" else ()
    said = spoken("regimen", regimen.sentence, *by_weight)
    Path("table.csv").write_text(said)
    words = ("--drug", regimen.treatment, "--unit", str(regimen.unit), "--route", str(regimen.route))
    assert spoken("regimen", "table.csv", *words, *by_weight) == regimen.sentence + "\n"


def spoken(*words: str) -> str:
    """What a command prints."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        assert main(words) == 0, err.getvalue()
    return out.getvalue()


FROM = ("doses.csv", "--drug", "ketamine", "--unit", "mg", "--route", "IV")
WRONG = {
    "not a sentence": (("ketmine 0.5 mg/kg IV",), 'unknown drug "ketmine". Did you mean "ketamine"?'),
    "no dosing time": (("ketamine 0.5 mg/kg IV over 40 min",), "Allowed"),
    "nothing": (("nothing",), '"nothing" gives no records'),
    "empty": (("",), "a treatment is missing"),
    "a sentence with --route": ((SENTENCE, "--route", "IV"), "--unit and --route belong to a data set"),
    "weight in words": ((SENTENCE, "--weight", "heavy"), '--weight is "heavy".  Allowed: kilograms'),
    "weight 0": ((SENTENCE, "--weight", "0"), '--weight is "0"'),
    "weight nan": ((SENTENCE, "--weight", "nan"), '--weight is "nan"'),
    "no drug": (("doses.csv",), "--drug is missing.  Allowed: ketamine"),
    "unknown drug": (("doses.csv", "--drug", "ketmine"), '--drug is "ketmine". Did you mean "ketamine"?'),
    "a drug without doses": (("doses.csv", "--drug", "CBT"), '--drug is "CBT".  Allowed: ketamine'),
    "no route": (FROM[:5], "how is ketamine given? --route is missing.  Allowed: IV"),
    "unknown route": ((*FROM[:6], "IVV"), '--route is "IVV". Did you mean "IV"?'),
    "no unit": ((*FROM[:3], "--route", "IV"), "in which unit is AMT? --unit is missing.  Allowed: mg/kg, mg"),
    "unknown unit": ((*FROM[:3], "--unit", "mgs", *FROM[5:]), '--unit is "mgs"'),
    "weight for mg": ((*FROM, "--weight", "70"), "--weight divides AMT in mg"),
    "no file": (("dose.csv", *FROM[1:]), 'no such file or directory. Did you mean "doses.csv"?'),
}


@pytest.mark.parametrize(("words", "says"), WRONG.values(), ids=WRONG)
def test_a_bad_command_line(words: tuple[str, ...], says: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "doses.csv").write_text("ID,TIME,AMT\n1,0,35\n")
    assert main(("regimen", *words)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert 1 <= said.err.count("\n") <= 3


UNTOLD = {
    "steady state": ("1,0,30,.,24,.,1,1,.,.,.", "2:15", "no steady state"),
    "constant infusion": ("1,0,0,5,.,.,1,1,.,.,.", "2:13", "no steady state"),
    "reset": ("1,0,.,.,.,.,.,3,.,.,.", "2:15", "no reset"),
    "reset and dose": ("1,0,30,.,.,.,.,4,.,.,.", "2:16", "no reset"),
    "other event": ("1,0,.,.,.,.,.,2,.,.,.", "2:15", "no other-type event"),
    "modelled rate": ("1,0,30,-1,.,.,.,1,.,.,.", "2:8", "no modelled rate"),
    "modelled duration": ("1,0,30,-2,.,.,.,1,.,.,.", "2:8", "no modelled rate"),
    "another compartment": ("1,0,30,.,.,.,.,1,2,.,.", "2:18", "compartment 1"),
    "before day 0": ("1,-1,30,.,.,.,.,1,.,.,.", "2:3", "begins on day 0"),
    "an implausible dose": ("1,0,30000,.,.,.,.,1,.,.,.", "2:3", "30000 mg"),
    "an interval of minutes": ("1,0,30,.,0.5,3,.,1,.,.,.", "2:3", "impossible interval"),
    "EVID 7": ("1,0,30,.,.,.,.,7,.,.,.", "2:16", "EVID 7 is no kind of event"),
}


@pytest.mark.parametrize(("line", "place", "says"), UNTOLD.values(), ids=UNTOLD)
def test_what_no_sentence_can_tell_is_refused_by_row(
    line: str, place: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "doses.csv").write_text(HEADER + line + "\n")
    assert main(("regimen", *FROM)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"doses.csv:{place} ")
    assert says in said.err
