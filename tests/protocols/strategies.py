"""Hypothesis strategies: every regimen that a sentence can say."""

from hypothesis import strategies as st

from quell.protocols.regimen import FREQUENCIES, Course, OnDays, Regimen
from quell.protocols.treatments import DRUGS, INFUSED, Treatment, daily_dose_limit, single_dose_limits


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    """A valid regimen of any treatment."""
    drug = DRUGS[draw(st.sampled_from(tuple(DRUGS)))]
    if drug.kind == "nothing":
        return Regimen(drug.name)
    tablet = drug.kind in ("monoamine", "benzodiazepine")
    timing = draw(days() | (courses(24.0) if tablet else courses(24.0 * 28)))
    route = draw(st.sampled_from(drug.routes)) if drug.routes else None
    amount, unit = draw(doses(drug, route, timing))
    hour = draw(st.sampled_from((0.0, 0.0, 9.0, 12.5, 23.25)) | st.floats(0.01, 23.9).map(lambda x: round(x, 3)))
    bare = Regimen(drug.name, amount, unit, route, 0.0, timing, hour)
    longest = min(bare.shortest_gap_h() * 60.0, 1440.0)
    minutes = st.floats(0.5, longest).map(lambda x: round(x, 3)) | st.just(min(40.0, longest))
    over = draw(minutes | st.just(0.0)) if route in INFUSED else 0.0
    return Regimen(drug.name, amount, unit, route, over, timing, hour)


def days() -> st.SearchStrategy[OnDays]:
    """Named days."""
    return st.sets(st.integers(0, 400), min_size=1, max_size=12).map(lambda days: OnDays(tuple(sorted(days))))


@st.composite
def courses(draw: st.DrawFn, longest_h: float) -> Course:
    """A course of a named frequency or of any whole number of hours, with more than one dose in all."""
    known = [timing for timing in FREQUENCIES.values() if timing[0] <= longest_h]
    hours = st.integers(1, int(longest_h)).map(lambda hours: (float(hours), (0.0,)))
    interval, offsets = draw(st.sampled_from(known) | hours)
    fewest = 1 if len(offsets) > 1 else 2
    return Course(draw(st.integers(0, 60)), interval, draw(st.integers(fewest, 40)), offsets)


@st.composite
def doses(
    draw: st.DrawFn, drug: Treatment, route: str | None, timing: OnDays | Course
) -> tuple[float | None, str | None]:
    """A plausible dose in one of the drug's units; (None, None) where it has none."""
    if not drug.units or route is None:
        return None, None
    unit = draw(st.sampled_from(drug.units))
    if drug.kind == "kinetic":
        limits = single_dose_limits(drug, route, unit)
        low, high = limits.smallest, limits.largest
    else:
        per_day = 24.0 / timing.interval_h if isinstance(timing, Course) else 1.0
        low, high = 0.01, daily_dose_limit(drug) / per_day
    amount = draw(st.floats(low, high).map(lambda x: round(x, 4)).filter(lambda x: low <= x <= high))
    return amount, unit
