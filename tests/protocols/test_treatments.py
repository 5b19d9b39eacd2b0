"""The catalogue: plausible doses and what a tablet does to its level, against the numbers of the pack."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.errors import StudyError
from quell.evidence.library import load_library
from quell.protocols.regimen import FREQUENCIES, Course, OnDays, Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.treatments import (
    DRUGS,
    ROUTES,
    Treatment,
    daily_dose_limit,
    level_per_daily_mg,
    single_dose_limits,
)

KINETIC = [drug for drug in DRUGS.values() if drug.kind == "kinetic"]
TABLETS = [drug for drug in DRUGS.values() if drug.kind in ("monoamine", "benzodiazepine")]


def accepted(regimen: Regimen) -> bool:
    try:
        return parse_regimen(regimen.sentence) == regimen
    except StudyError as error:
        if "plausible" not in error.message:
            raise
        return False


@st.composite
def single_doses(draw: st.DrawFn) -> tuple[Treatment, str, str]:
    drug = draw(st.sampled_from(KINETIC))
    return drug, draw(st.sampled_from(drug.routes)), draw(st.sampled_from(drug.units))


@given(single_doses(), st.sampled_from((0.5, 0.999, 1.0, 1.001, 2.0)), st.booleans())
def test_single_doses_are_accepted_within_their_limits_only(
    dose: tuple[Treatment, str, str], factor: float, upper: bool
) -> None:
    drug, route, unit = dose
    limits = single_dose_limits(drug, route, unit)
    amount = (limits.largest if upper else limits.smallest) * factor
    regimen = Regimen(drug.name, amount, unit, route, 40.0 if route == "IV" else 0.0, OnDays((0,)))
    assert accepted(regimen) == (limits.smallest <= amount <= limits.largest)


@given(st.sampled_from(TABLETS), st.sampled_from(("daily", "twice daily", "three times daily")), st.floats(0.1, 3.0))
def test_tablets_are_limited_by_the_day(drug: Treatment, frequency: str, factor: float) -> None:
    interval, offsets = FREQUENCIES[frequency]
    amount = daily_dose_limit(drug) * factor * interval / 24.0
    regimen = Regimen(drug.name, amount, "mg", "oral", 0.0, Course(0, interval, 42, offsets))
    if not math.isclose(factor, 1.0, rel_tol=1e-9):
        assert accepted(regimen) == (factor < 1.0)


@pytest.mark.parametrize("drug", TABLETS, ids=lambda drug: drug.name)
def test_levels_follow_the_pack(drug: Treatment) -> None:
    library = load_library()
    if drug.kind == "monoamine":
        assert level_per_daily_mg(drug) * library[f"treatments.{drug.name}_minimum"].value == pytest.approx(1.0)
    else:
        assert level_per_daily_mg(drug) == library[f"treatments.{drug.name}_equivalent"].value


def test_a_benzodiazepine_is_limited_in_diazepam_equivalents() -> None:
    limits = {
        drug.name: daily_dose_limit(drug) * level_per_daily_mg(drug)
        for drug in TABLETS
        if drug.level == "benzodiazepine_dose"
    }
    assert set(limits.values()) == {load_library()["treatments.benzodiazepine_largest"].value}


@pytest.mark.parametrize("drug", DRUGS.values(), ids=lambda drug: drug.name)
def test_the_catalogue_is_consistent(drug: Treatment) -> None:
    assert set(drug.routes) <= set(ROUTES)
    assert (drug.level is not None) == (drug in TABLETS)
    assert bool(drug.units) == (drug.kind in ("kinetic", "monoamine", "benzodiazepine"))
