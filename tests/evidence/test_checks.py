"""Every pack there is, parameter by parameter; and that each check can fail."""

import numpy as np
import pytest

from quell.evidence.library import check_library, load_library

LIBRARY = load_library()
RECORDS = {record.id: record for record in LIBRARY.parameters()}


@pytest.mark.parametrize("pack", LIBRARY.packs)
def test_every_pack_is_sound(pack):
    assert [problem for problem in check_library(LIBRARY) if problem.startswith((f"{pack}.", f"{pack}:"))] == []


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_parameter_draws_finite_values_in_its_range(record):
    u = np.linspace(0.001, 0.999, 41)
    typical = record.knowledge(u)
    people = record.person(typical, np.linspace(-4, 4, 41))
    occasions = record.occasion(people, np.linspace(4, -4, 41))
    for values in (typical, people, occasions):
        assert np.all(np.isfinite(values))
        assert np.all((values >= record.range[0]) & (values <= record.range[1]))
    assert typical[0] <= record.value <= typical[-1]


def test_a_sound_library_has_no_problems(library_of):
    assert check_library(library_of({})) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "uMM"}, 'unknown unit "uMM". Did you mean "uM"?'),
        ({"value": 20}, "the value 20 lies outside its range [0.1, 10]"),
        ({"value": float("nan")}, "the value is not finite"),
        ({"range": [10.0, 0.1]}, "the range [10, 0.1] is empty"),
        ({"grade": "sure"}, 'unknown grade "sure"'),
        ({"place": " "}, "place is empty"),
        ({"population": ""}, "population is empty"),
        ({"source": []}, "no source is given"),
        ({"source": "Nobody1999"}, 'unknown source "Nobody1999"'),
        ({"source": "Judge2018"}, 'the source "Judge2018" is held out'),
        ({"source": "quell2026"}, "graded measured, but the only source is our own work"),
        ({"conflicts": ["0.119 uM"]}, 'the conflict "0.119 uM" is not'),
        ({"conflicts": ["Nobody1999: 3"]}, 'unknown source "Nobody1999"'),
        ({"uncertainty": '{ distribution = "normal", sd = -1 }'}, "positive standard deviation"),
        ({"between_patient": '{ distribution = "uniform", low = 0, high = 1 }'}, "between_patient must be lognormal"),
        (
            {"between_occasion": '{ distribution = "lognormal", sd = 0 }'},
            "between_occasion: lognormal needs a positive",
        ),
    ],
)
def test_each_check_finds_its_fault(library_of, change, words):
    problems = check_library(library_of(change))
    assert any(words in problem for problem in problems)
    assert all(problem.startswith("receptors.potency: ") for problem in problems)


def test_names_are_unique(library_of):
    assert check_library(library_of({}, {}))[0] == 'receptors: the name "potency" occurs more than once'
