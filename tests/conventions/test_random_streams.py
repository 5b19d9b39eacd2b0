"""A person's luck does not depend on who is simulated beside them, and streams do not touch."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quell.conventions.random_streams import normals, uniforms

SEEDS = st.integers(0, 2**63)
WIDTHS = st.integers(1, 9)


@given(seed=SEEDS, width=WIDTHS, count=st.integers(1, 40), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_chunks_do_not_matter(seed, width, count, cuts):
    edges = sorted({0, count, *(min(cut, count) for cut in cuts)})
    whole = uniforms(seed, "covariates", range(count), width)
    chunks = [uniforms(seed, "covariates", range(a, b), width) for a, b in itertools.pairwise(edges)]
    assert np.array_equal(whole, np.concatenate(chunks))


@given(seed=SEEDS, persons=st.lists(st.integers(0, 60), max_size=20), width=WIDTHS)
def test_any_choice_of_persons_gets_their_own_rows(seed, persons, width):
    whole = uniforms(seed, "guess", range(61), width)
    assert np.array_equal(uniforms(seed, "guess", np.array(persons, dtype=int), width), whole[persons])


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "between person"},
        {"seed": 8},
        {"occasion": 1},
    ],
)
def test_streams_are_apart(other):
    usual = {"seed": 7, "purpose": "covariates", "persons": range(20_000), "width": 2, "occasion": 0}
    one, two = uniforms(**usual), uniforms(**(usual | other))
    assert not np.intersect1d(one, two).size
    for i in range(2):
        for j in range(2):
            assert abs(stats.spearmanr(one[:, i], two[:, j]).statistic) < 0.03


def test_numbers_of_one_person_and_of_neighbours_are_uncorrelated():
    u = uniforms(7, "residual", range(20_000), 6)
    neighbours = np.corrcoef(np.hstack([u[:-1], u[1:]]).T) - np.eye(12)
    assert np.abs(neighbours).max() < 0.03


@pytest.mark.parametrize("seed", [0, 1, 2**40])
@pytest.mark.parametrize("width", [1, 4, 5])
def test_uniform_and_normal_as_said(seed, width):
    persons = range(20_000)
    for column in range(width):
        assert stats.kstest(uniforms(seed, "drop-out", persons, width)[:, column], "uniform").pvalue > 1e-4
        assert stats.kstest(normals(seed, "drop-out", persons, width)[:, column], "norm").pvalue > 1e-4


def test_normals_are_the_quantiles_of_the_uniforms():
    arguments = (3, "between person", range(100), 3, 2)
    assert np.allclose(stats.norm.cdf(normals(*arguments)), uniforms(*arguments), rtol=1e-13)


def test_never_zero_or_one_and_shaped_even_when_empty():
    u = uniforms(11, "covariates", range(200_000), 3)
    assert 0 < u.min() < u.max() < 1
    assert uniforms(11, "covariates", range(0), 3).shape == (0, 3)


def test_a_person_far_away_has_luck_of_their_own():
    assert np.array_equal(uniforms(1, "guess", [10**9], 2)[0], uniforms(1, "guess", range(10**9 - 1, 10**9 + 1), 2)[1])
