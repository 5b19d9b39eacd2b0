"""Errors point at the offending text, help, and never pass a control character on."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.errors import StudyError, escape, suggest

KETMINE = {
    "file": "study.yaml",
    "line": 8,
    "column": 15,
    "text": "ketmine",
    "source": "    ketamine: ketmine 0.5 mg/kg IV over 40 min on day 0",
    "suggestion": "ketamine",
    "hint": "Known drugs: quell evidence --drugs",
}


def test_the_error_of_the_design():
    assert StudyError('unknown drug "ketmine"', **KETMINE).render().splitlines() == [
        "study.yaml:8:15  ketamine: ketmine 0.5 mg/kg IV over 40 min on day 0",
        "                           ~~~~~~~",
        'unknown drug "ketmine". Did you mean "ketamine"?  Known drugs: quell evidence --drugs',
    ]


def test_as_a_string_it_is_one_line():
    assert (
        str(StudyError("too much", file="s.yaml", line=2, allowed=["a", "b"])) == "s.yaml:2: too much.  Allowed: a, b"
    )


def test_the_line_is_read_from_the_file(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("quell: 1\ntitel: One\n", encoding="utf-8")
    rendered = StudyError('unknown key "titel"', file=file, line=2, column=1, text="titel").render()
    assert rendered.splitlines()[0].endswith("study.yaml:2:1  titel: One")


@pytest.mark.parametrize("file", ["/no/such/file", "<stdin>"])
def test_without_a_readable_file_the_text_itself_is_shown(file):
    assert StudyError("odd", file=file, line=1, column=3, text="xyz").render().splitlines() == [
        f"{file}:1:3  xyz",
        " " * len(f"{file}:1:3  ") + "~~~",
        "odd.",
    ]


def test_without_a_place_only_the_sentence_is_shown():
    assert StudyError('unknown pack "x"', text="x").render() == 'unknown pack "x".'


def test_a_file_without_a_line_is_named():
    assert StudyError("no such file", file="study.yaml").render() == "study.yaml\nno such file."


def test_one_character_gets_a_caret_and_a_missing_text_too():
    for text in ("c", None):
        lines = StudyError("odd", file="f", line=1, column=3, text=text, source="abcd").render().splitlines()
        assert lines[1] == " " * (len("f:1:3  ") + 2) + "^"


def test_text_elsewhere_in_the_line_is_found():
    lines = StudyError("odd", file="f", line=1, column=1, text="cd", source="abcd").render().splitlines()
    assert lines[1].index("~") == len("f:1:1  ab")


def test_wide_characters_and_tabs_keep_the_underline_in_place():
    lines = StudyError("odd", file="f", line=1, column=6, text="bad", source="不\t e\u0301bad").render().splitlines()
    assert lines[0] == "f:1:6  不\\t e\u0301bad"
    assert lines[1] == " " * (len("f:1:6  ") + 2 + 2 + 1 + 1) + "~~~"


def test_a_long_line_is_cut_round_the_text():
    lines = StudyError("odd", file="f", line=1, text="bad", source="x" * 500 + "bad" + "y" * 500).render().splitlines()
    assert len(lines[0]) < 130
    start = lines[1].index("~")
    assert lines[0][start : start + 3] == "bad"
    assert lines[1].count("~") == 3
    assert lines[0].startswith("f:1  …")
    assert lines[0].endswith("…")


def test_colour_only_where_asked():
    error = StudyError("odd", **KETMINE)
    assert "\x1b" not in error.render()
    assert "\x1b[31m~~~~~~~\x1b[0m" in error.render(colour=True)


def test_at_moves_a_column_along_and_keeps_what_is_known():
    error = StudyError("odd", column=5, text="mgg").at(file="s.yaml", line=3, column=10).at(file=None, line=99)
    assert (error.file, error.line, error.column) == ("s.yaml", 3, 14)


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("ketmine", ["midazolam", "ketamine", "esketamine"], "ketamine"),
        ("hama", ["LSAS", "HAM-A"], "HAM-A"),
        ("Social Anxiety", ["panic disorder", "social_anxiety"], "social_anxiety"),
        ("xyz", ["ketamine"], None),
        ("", ["ketamine"], None),
        ("a", [], None),
    ],
)
def test_suggestion(word, known, expected):
    assert suggest(word, known) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202eabc", "\\u202eabc"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("Grün 不 µM", "Grün 不 µM"),
    ],
)
def test_escape(text, shown):
    assert escape(text) == shown


ANY_TEXT = st.text(st.characters(), max_size=60)
MAYBE = st.none() | ANY_TEXT


@given(
    message=ANY_TEXT,
    file=st.none() | st.just("s\x1b.yaml"),
    line=st.none() | st.integers(1, 9),
    column=st.none() | st.integers(1, 80),
    text=MAYBE,
    source=MAYBE,
    allowed=MAYBE,
    suggestion=MAYBE,
)
def test_nothing_unprintable_is_ever_shown(message, file, line, column, text, source, allowed, suggestion):
    error = StudyError(
        message,
        file=file,
        line=line,
        column=column,
        text=text,
        source=source,
        allowed=allowed,
        suggestion=suggestion,
    )
    lines = error.render().split("\n")
    assert 1 <= len(lines) <= 3
    assert not any(unicodedata.category(c)[0] == "C" for c in "".join(lines) + str(error))
