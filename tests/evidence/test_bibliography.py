"""The BibTeX dialect: what is written is read back, what is not the dialect is refused with its line."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.errors import EvidenceError
from quell.evidence.bibliography import KINDS, Source, read_bibliography, write_bibliography

PROSE = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="{}\\~"), min_size=1, max_size=40
).map(str.strip)
KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True)
ADDRESS = st.none() | st.from_regex(r"https?://[a-z]{1,9}\.org/[A-Za-z0-9_%#&~=?.-]{0,20}", fullmatch=True)
SOURCES = st.lists(
    st.builds(
        Source,
        key=KEYS,
        citation=PROSE.filter(bool),
        doi=st.none() | st.from_regex(r"10\.\d{4}/[a-z0-9_.()-]{1,12}", fullmatch=True),
        pmid=st.none() | st.from_regex(r"[0-9]{1,8}", fullmatch=True),
        url=ADDRESS,
        kind=st.sampled_from(KINDS),
        caveat=st.none() | PROSE.filter(bool),
        held_out=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda source: source.key.casefold(),
)


@given(sources=SOURCES)
def test_what_is_written_is_read_back(sources):
    assert list(read_bibliography(write_bibliography(sources), "s.bib").values()) == sources


def test_aliases_are_written_and_read():
    source = Source("Kamp2020anes", "Kamp J et al.", aliases=("Kamp2020", "kamp_review"))
    assert read_bibliography(write_bibliography([source]), "s.bib") == {"Kamp2020anes": source}


@pytest.mark.parametrize("character", ["{", "}", "\\", "~", "\n", "\x1b"])
def test_what_the_dialect_cannot_hold_is_refused(character):
    with pytest.raises(EvidenceError, match="cannot stand in"):
        write_bibliography([Source("A", f"a{character}b")])


GOOD = "@article{A2000,\n  note = {Somebody},\n}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("@article{A2000, note = {x}}\n", 1, "not the beginning of a source"),
        ("loose words\n", 1, "not the beginning of a source"),
        ("@article{A2000,\n  note = {a}\n}\n", 2, "not a field of a source"),
        ("@article{A2000,\n  note = {a},\n  note = {b},\n}\n", 3, "not a field of a source"),
        ("@article{A2000,\n  note = {a},\n  year = {2000},\n}\n", 4, 'an unknown field "year"'),
        ("@book{A2000,\n  note = {a},\n}\n", 3, 'unknown kind "book"'),
        ("@article{A2000,\n  doi = {10.1/x},\n}\n", 3, "has no citation"),
        (GOOD + GOOD, 6, 'the key "a2000" of source "A2000" belongs to "A2000" already'),
        (GOOD + GOOD.replace("A2000", "a2000"), 6, 'belongs to "A2000" already'),
        (GOOD + "@article{B,\n  note = {x},\n  ids = {a2000},\n}\n", 7, 'belongs to "A2000" already'),
        ("@article{A2000,\n  note = {a},\n", None, "is not closed"),
    ],
)
def test_anything_else_is_refused_with_its_line(text, line, words):
    with pytest.raises(EvidenceError) as caught:
        read_bibliography(text, "s.bib")
    assert words in caught.value.statement
    assert (caught.value.file, caught.value.line) == ("s.bib", line)


@pytest.mark.parametrize(
    ("source", "link"),
    [
        (Source("A", "a", doi="10.1/x", pmid="3", url="https://b.org"), "https://doi.org/10.1/x"),
        (Source("A", "a", pmid="3", url="https://b.org"), "https://pubmed.ncbi.nlm.nih.gov/3/"),
        (Source("A", "a", url="https://b.org"), "https://b.org"),
        (Source("A", "a"), None),
    ],
)
def test_the_best_link(source, link):
    assert source.link == link


OWN_TEXT = files("quell.evidence").joinpath("sources.bib").read_text(encoding="utf-8")
OWN = read_bibliography(OWN_TEXT, "sources.bib")


def test_the_committed_file_is_what_would_be_written():
    assert write_bibliography(OWN.values()) == OWN_TEXT


def test_no_paper_has_two_entries():
    for identifier in ("doi", "pmid"):
        values = [value.casefold() for source in OWN.values() if (value := getattr(source, identifier))]
        assert len(values) == len(set(values))


def test_identifiers_look_like_identifiers():
    for source in OWN.values():
        assert source.doi is None or re.fullmatch(r"10\.\d{4,9}/\S+", source.doi)
        assert source.pmid is None or re.fullmatch(r"\d{1,8}", source.pmid)
        assert source.url is None or re.fullmatch(r"https?://\S+", source.url)


def test_the_trials_that_judge_are_held_out_and_no_other():
    held_out = {source.key for source in OWN.values() if source.held_out}
    assert held_out == {"Glue2018", "glue2020", "shadli2018", "TaylorJH2018", "Lii2023"}


@pytest.mark.parametrize("key", ["quell2026", "prototype2026"])
def test_our_own_work_is_a_source(key):
    assert OWN[key].kind == "misc"
