"""Paths, and what is said at them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.report.voice import Voice, fixed, keys_of, path_to

keys = st.lists(st.one_of(st.integers(0, 999), st.text(max_size=12)), min_size=1, max_size=6)


@given(keys)
def test_a_path_names_its_keys(found: list[Any]) -> None:
    assert keys_of(path_to("", *found)) == found


@pytest.mark.parametrize("path", ["a b", "a..b", "a[", 'a["x]', "[-1]"])
def test_other_text_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        keys_of(path)


@pytest.fixture
def voice() -> Voice:
    return Voice(
        {
            "x": -19.4,
            "ends": [-31.2, -6.4],
            "point": [2.0, 2.0],
            "none": None,
            "t": "<b>&",
            "rows": [{"g": "a"}, {"g": "b"}, {"g": "a"}],
            "share": 0.0042,
        }
    )


def _words(said: str) -> str:
    import re

    return re.sub(r"<[^>]*>", "", said)


def test_a_fall_is_told_without_its_sign(voice: Voice) -> None:
    assert _words(voice.estimate("x", "ends", "negated", "95 % interval ")) == "19 (95\u00a0% interval 6 to 31)"


def test_a_difference_keeps_its_sign(voice: Voice) -> None:
    assert _words(voice.estimate("x", "ends")) == "−19 (−31 to −6)"


def test_an_interval_of_no_width_is_not_told(voice: Voice) -> None:
    assert "(" not in _words(voice.estimate("x", "point"))
    assert "(" not in _words(voice.estimate("x", "none"))


def test_no_digit_beyond_the_monte_carlo_error(voice: Voice) -> None:
    assert _words(voice.estimate("x", "none", least=8.0)) == "−19"
    assert _words(voice.estimate("x", "none", least=0.8)) == "−19.4"


def test_text_of_the_study_is_text(voice: Voice) -> None:
    assert voice.quote("t").endswith(">&lt;b&gt;&amp;</span>")


def test_counting(voice: Voice) -> None:
    assert _words(voice.count("rows")) == "3"
    assert _words(voice.tally("rows", "g", ("a",))) == "2"


def test_nothing_known_is_a_dash(voice: Voice) -> None:
    assert _words(voice.say("none")) == "–"


def test_small_shares_keep_a_decimal(voice: Voice) -> None:
    assert _words(voice.estimate("share", "none", "percent")) == "0.4\u00a0%"


def test_definitions_are_marked() -> None:
    assert fixed("95 % interval") == "<span data-fixed>95\u00a0% interval</span>"
    assert fixed("no digit") == "no digit"
