"""One clock for every figure: in order, whole, and honest about being stretched."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.report.clock import clock_for, even_clock, stretched_clock

horizons = st.floats(3.0, 840.0)
infusions = st.one_of(st.just(0.0), st.floats(0.05, 1.4))


@given(horizons, infusions, st.floats(0, 1), st.floats(0, 1))
def test_later_stands_further_right(horizon: float, infusion: float, a: float, b: float) -> None:
    clock = stretched_clock(horizon, infusion)
    early, late = sorted((a * horizon, b * horizon))
    assert clock.place(early) <= clock.place(late)
    if late - early > 1e-6 * horizon:
        assert clock.place(early) < clock.place(late)


@given(horizons, infusions)
def test_the_ends_are_the_ends(horizon: float, infusion: float) -> None:
    clock = stretched_clock(horizon, infusion)
    assert clock.place(-1.0) == clock.place(0.0) == 0.0
    assert clock.place(horizon) == clock.place(horizon + 1) == pytest.approx(1.0)


@given(horizons, infusions)
def test_every_piece_has_room_for_its_label(horizon: float, infusion: float) -> None:
    places = stretched_clock(horizon, infusion).places
    assert min(b - a for a, b in pairwise(places)) > 0.06


@given(horizons, infusions, st.floats(0.001, 0.999), st.integers(0, 20))
def test_time_runs_evenly_between_knots(horizon: float, infusion: float, share: float, piece: int) -> None:
    clock = stretched_clock(horizon, infusion)
    i = piece % (len(clock.knots_h) - 1)
    (a, b), (p, q) = clock.knots_h[i : i + 2], clock.places[i : i + 2]
    assert clock.place(a + share * (b - a)) == pytest.approx(p + share * (q - p), abs=1e-6)


def test_two_weeks_after_an_infusion() -> None:
    labels = [label.replace("\u00a0", " ") for _, label in stretched_clock(336.0, 2 / 3).ticks]
    assert labels == ["0", "40 min", "2 h", "6 h", "1 d", "3 d", "1 wk", "2 wk"]


def test_twelve_weeks_run_evenly() -> None:
    clock = clock_for(2016.0, 2 / 3, [0.0])
    assert not clock.stretched
    assert [label.replace("\u00a0", " ") for _, label in clock.ticks] == ["0", "2", "4", "6", "8", "10", "12 wk"]
    assert "even" in clock.in_words()


@pytest.mark.parametrize(
    ("horizon", "doses", "stretched"),
    [
        (336.0, [0.0], True),
        (336.0, [0.0, 72.0], False),
        (336.0, [0.0, 12.0], True),
        (1080.0, [0.0], False),
        (168.0, [], True),
    ],
)
def test_a_course_asks_for_the_even_clock(horizon: float, doses: list[float], stretched: bool) -> None:
    assert clock_for(horizon, 2 / 3, doses).stretched is stretched


@given(st.floats(2.0, 9000.0))
def test_even_ticks_fit(horizon: float) -> None:
    ticks = even_clock(horizon).ticks
    assert 2 <= len(ticks) <= 10
    assert ticks[-1][0] <= horizon * (1 + 1e-9)
    assert all(a[0] < b[0] for a, b in pairwise(ticks))
