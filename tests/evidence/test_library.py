"""Loading, finding, and refusing; packs of strangers."""

import subprocess
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import quell.evidence.library as module
from quell.conventions.errors import EvidenceError
from quell.evidence.distributions import Distribution
from quell.evidence.library import UnknownEvidenceError, load_library


def test_a_record_is_read_as_written(library_of):
    record = library_of({})["receptors.potency"]
    assert (record.value, record.unit, record.range, record.grade) == (0.96, "uM", (0.1, 10.0), "measured")
    assert record.between_patient == Distribution("lognormal", 0.2)
    assert record.between_occasion is None
    assert record.conflicts == ("Salat2015: 0.119 uM",)


def test_sources_go_by_their_main_key(library_of):
    library = library_of({"source": ["quell2026", "gerhard_old"]})
    assert library["receptors.potency"].source == ("quell2026", "Gerhard2020")
    assert library.source("gerhard_old") is library.sources["Gerhard2020"]


def test_the_order_is_that_of_the_file(library_of):
    library = library_of({"name": "zeta"}, {"name": "alpha"})
    assert [record.id for record in library.parameters("receptors")] == ["receptors.zeta", "receptors.alpha"]
    assert list(library) == ["receptors.zeta", "receptors.alpha"]
    assert (len(library), library.packs, library.pack("receptors").title) == (2, ("receptors",), "NMDA receptors")


@pytest.mark.parametrize(
    ("look_up", "words"),
    [
        (lambda library: library["receptors.potencey"], 'Did you mean "receptors.potency"?'),
        (lambda library: library["potency"], 'Did you mean "receptors.potency"?'),
        (lambda library: library["potncy"], 'Did you mean "receptors.potency"?'),
        (lambda library: library["kinetics.potency"], 'Did you mean "receptors.potency"?'),
        (lambda library: library["qqq"], 'unknown parameter "qqq".  Known parameters: quell evidence'),
        (lambda library: library.parameters("receptor"), 'Did you mean "receptors"?'),
        (lambda library: library.source("Gerhart2020"), 'Did you mean "Gerhard2020"?'),
    ],
)
def test_what_is_unknown_is_refused_with_a_suggestion(library_of, look_up, words):
    with pytest.raises(UnknownEvidenceError) as caught:
        look_up(library_of({}))
    assert isinstance(caught.value, KeyError)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grade": None, "place": None}, 'parameter "potency": missing place, grade'),
        ({"plaice": "Table 2"}, 'unknown key "plaice". Did you mean "place"?'),
        ({"value": "much"}, 'value must be a number, not "much"'),
        ({"range": [1.0]}, "range must be [low, high]"),
        ({"range": ["a", "b"]}, 'range must be a number, not "a"'),
        ({"unit": 3}, 'unit must be a text, not "3"'),
        ({"source": [1, 2]}, "source must be a text or a list of texts"),
        ({"uncertainty": '{ distribution = "gamma" }'}, 'unknown distribution "gamma"'),
        ({"name": "Two Words"}, 'parameter name "Two Words" is no identifier'),
    ],
)
def test_a_pack_that_cannot_be_read_is_refused_with_its_line(library_of, change, words):
    with pytest.raises(EvidenceError) as caught:
        library_of({"name": "first"}, change)
    assert words in caught.value.statement
    assert Path(str(caught.value.file)).name == "receptors.toml"
    assert (
        "Two Words" in words
        or "potency" in Path(str(caught.value.file)).read_text().splitlines()[caught.value.line - 1]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pack\n", "cannot be read"),
        ("[[parameter]]\n", "has no title"),
        ('[pack]\ntitle = "x"\n[parameters]\n', 'unknown table "parameters"'),
        ('[pack]\ntitle = "x"\n[source.Salat2015]\ncitation = "y"\n', 'the source "Salat2015" exists already'),
        ('[pack]\ntitle = "x"\n[source.New2020]\ndoi = "10.1/y"\n', 'the source "New2020" needs a citation'),
    ],
)
def test_a_file_that_is_no_pack_is_refused(library_of, text, words):
    with pytest.raises(EvidenceError) as caught:
        library_of(odd=text)
    assert words in caught.value.statement


def test_a_stranger_brings_a_pack_and_its_sources(library_of, monkeypatch, tmp_path):
    text = '[pack]\ntitle = "Theirs"\n[source.New2020]\ncitation = "New A. 2020"\n'
    library_of(theirs=text)
    entry = EntryPoint("theirs", "their_package:PACK", module.ENTRY_POINTS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: tmp_path / "theirs.toml")
    monkeypatch.setattr(module, "entry_points", lambda group: [entry] if group == "quell.parameters" else [])
    library = load_library.__wrapped__()
    assert "theirs" in library.packs
    assert library.sources["New2020"].citation == "New A. 2020"


def test_a_stranger_cannot_replace_a_pack(library_of, tmp_path):
    library_of({})
    with pytest.raises(EvidenceError, match='a second pack is named "receptors"'):
        module.read_library([("receptors", tmp_path / "receptors.toml")] * 2, tmp_path / "sources.bib")


def test_the_library_is_read_once():
    assert load_library() is load_library()


def test_two_hundred_records_load_in_sixty_milliseconds(library_of, tmp_path):
    library_of(*({"name": f"potency_{i}", "note": "a remark of usual length " * 4} for i in range(200)))

    def seconds() -> float:
        begin = time.process_time()
        module.read_library([("receptors", tmp_path / "receptors.toml")], tmp_path / "sources.bib")
        return time.process_time() - begin

    assert min(seconds() for _ in range(5)) < 0.06


def test_loading_leaves_slow_libraries_alone():
    slow = {"scipy.stats", "pandas", "pint", "jax", "rich", "pydantic"}
    code = f"import sys, quell.evidence.library as l; l.load_library(); print(sorted({slow!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
