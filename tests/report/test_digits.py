"""Digits that the interval allows, and no others."""

from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.report.digits import MINUS, decimals_for, nice_ticks, told_time, written

numbers = st.floats(-1e5, 1e5).filter(lambda x: x == 0 or abs(x) > 1e-3)


@pytest.mark.parametrize(
    ("width", "decimals"),
    [(26.0, 0), (40.0, 0), (4.0, 0), (3.9, 1), (0.4, 1), (0.39, 2), (0.04, 2), (1e-9, 4), (1e6, 0)],
)
def test_decimals(width: float, decimals: int) -> None:
    assert decimals_for(width) == decimals


@given(st.floats(1e-2, 1e4))
def test_the_last_digit_is_worth_printing(width: float) -> None:
    last = 10.0 ** -decimals_for(width)
    assert last <= max(width / 4, 1.0) * (1 + 1e-9)
    assert last >= min(width / 40, 1.0) * (1 - 1e-6) or log10(width) > 0


@given(numbers, st.integers(0, 4))
def test_what_is_written_is_the_number_rounded(value: float, decimals: int) -> None:
    shown = written(value, decimals).replace(MINUS, "-").replace(",", "")
    assert abs(float(shown) - value) <= 0.5 * 10**-decimals * (1 + 1e-9)
    assert "e" not in shown
    assert not shown.startswith("-0") or float(shown) < 0


@pytest.mark.parametrize(
    ("value", "decimals", "form", "shown"),
    [
        (-0.04, 1, "plain", "0.0"),
        (0.0, 0, "signed", "0"),
        (31.6, 0, "negated", "−32"),
        (-31.6, 0, "negated", "32"),
        (3.2, 1, "signed", "+3.2"),
        (0.41, 0, "percent", "41\u00a0%"),
        (-0.06, 0, "signed hundred", "−6"),
        (12345.0, 0, "plain", "12,345"),
        (2 / 3, 0, "min", "40\u00a0min"),
    ],
)
def test_forms(value: float, decimals: int, form: str, shown: str) -> None:
    assert written(value, decimals, form) == shown


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "0"),
        (2 / 3, "40 min"),
        (1, "1 h"),
        (2.5, "2.5 h"),
        (24, "1 d"),
        (36, "1.5 d"),
        (72, "3 d"),
        (168, "1 wk"),
        (336, "2 wk"),
        (240, "10 d"),
    ],
)
def test_times(hours: float, words: str) -> None:
    assert told_time(hours).replace("\u00a0", " ") == words


@given(numbers, st.floats(0.01, 1e4), st.integers(2, 8))
def test_ticks_are_round_and_hold_the_data(low: float, span: float, most: int) -> None:
    ticks = nice_ticks(low, low + span, most)
    assert ticks[0] <= low + 1e-6 * span
    assert ticks[-1] >= low + span * (1 - 1e-6)
    assert len(ticks) <= most + 2
