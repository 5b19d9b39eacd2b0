"""The solver against records written out by hand: a grid of everything a record can ask for, and made-up data sets.

The bar is a relative error of 1e-8 of the larger of the value and a millionth of its peak in that person, in the
concentration and in every compartment.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.reference.made_up_records import made_up
from tests.reference.record_cases import (
    CORE,
    FACTORS,
    Case,
    Person,
    all_pairs,
    case_name,
    largest_error,
    pairs,
    person,
    records,
    small_grid,
    whole_grid,
)

from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.record_kinetics import METHODS, solve_records

BAR = 1e-8


def failures(people: Mapping[str, Person], method: str = "auto") -> dict[str, float]:
    """Name of a person -> the error, where it misses the bar; all people of a model are one data set."""
    groups = defaultdict(list)
    for name, one in people.items():
        groups[one.model, one.rule].append((name, one))
    found = {}
    for (model, rule), members in groups.items():
        data, parameters = records([one for _, one in members])
        solved = solve_records(compartment_model(model), data, parameters, covariate_rule=rule, method=method)
        for number, (name, one) in enumerate(members):
            own = data.person == number
            exact = zip((solved.pred, solved.amounts), one.exact(), strict=True)
            error = max(largest_error(np.asarray(values)[own], truth) for values, truth in exact)
            if not error <= BAR:
                found[name] = error
    return found


def of_grid(cases: Sequence[Case]) -> dict[str, Person]:
    """The people of cases, by the case in words."""
    return {case_name(case): person(case) for case in cases}


def of_chance(seed: int, count: int) -> dict[str, Person]:
    """Made-up people, by their number."""
    return {f"{number} of seed {seed}": one for number, one in enumerate(made_up(seed, count))}


def test_the_grids_cover_what_they_claim() -> None:
    small, whole = small_grid(), whole_grid()
    for grid in (small, whole):
        assert set().union(*map(pairs, grid)) == all_pairs()
    assert len({tuple(case[name] for name in CORE) for case in whole}) == len(whole) == 3240
    assert set(whole[0]) == set(FACTORS)


@pytest.mark.parametrize("method", METHODS)
def test_every_two_choices_together(method: str) -> None:
    assert failures(of_grid(small_grid()), method) == {}


def test_a_part_of_the_whole_grid() -> None:
    assert failures(of_grid(whole_grid()[3::13])) == {}


def test_made_up_data_sets() -> None:
    assert failures(of_chance(1, 200)) == {}


@pytest.mark.reference
@pytest.mark.parametrize("part", range(8))
def test_the_whole_grid(part: int) -> None:
    assert failures(of_grid(whole_grid()[part::8])) == {}


@pytest.mark.reference
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_made_up_data_sets(seed: int) -> None:
    assert failures(of_chance(seed, 700)) == {}


def test_an_error_of_a_ten_millionth_would_be_found() -> None:
    """The comparison itself: clearance off by 1e-7 fails nearly everywhere."""
    wrong = []
    for case in small_grid():
        one = person(case)
        other = replace(one, parameters=tuple({**p, "CL": p["CL"] * (1 + 1e-7)} for p in one.parameters))
        wrong.append(largest_error(other.exact()[1], one.exact()[1]))
    assert sum(error > BAR for error in wrong) > 0.8 * len(wrong)
