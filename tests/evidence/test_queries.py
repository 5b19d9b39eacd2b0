"""Filters, gaps, plain data."""

import json

import pytest

from quell.conventions.errors import EvidenceError
from quell.evidence.queries import as_dictionary, gap_report, select


@pytest.fixture
def library(library_of):
    return library_of(
        {},
        {"name": "guess", "title": "A guess", "grade": "assumed", "source": "quell2026", "uncertainty": None},
        {"name": "memory", "grade": "recalled", "source": "Salat2015", "conflicts": None},
    )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["potency", "guess", "memory"]),
        ({"identifier": "receptors.guess"}, ["guess"]),
        ({"identifier": "GUESS"}, ["guess"]),
        ({"identifier": "functional potency"}, ["potency", "memory"]),
        ({"grade": "assumed"}, ["guess"]),
        ({"pack": "receptors", "grade": "derived"}, []),
        ({"source": "gerhard_old"}, ["potency"]),
        ({"source": "Salat2015"}, ["potency", "guess", "memory"]),
        ({"source": "Salat2015", "grade": "recalled"}, ["memory"]),
        ({"identifier": "guess", "grade": "measured"}, []),
    ],
)
def test_select(library, filters, names):
    assert [record.name for record in select(library, **filters)] == names


@pytest.mark.parametrize(
    ("filters", "suggestion"),
    [
        ({"identifier": "receptors.gess"}, "receptors.guess"),
        ({"pack": "receptor"}, "receptors"),
        ({"grade": "measurd"}, "measured"),
        ({"source": "Salad2015"}, "Salat2015"),
    ],
)
def test_what_nothing_carries_is_refused(library, filters, suggestion):
    with pytest.raises(EvidenceError) as caught:
        select(library, **filters)
    assert caught.value.suggestion == suggestion


def test_gaps(library):
    assert gap_report(library.parameters()) == {
        "parameters": 3,
        "grades": {"measured": 1, "derived": 0, "assumed": 1, "recalled": 1},
        "packs": {"receptors": {"measured": 1, "derived": 0, "assumed": 1, "recalled": 1}},
        "assumed": ["receptors.guess"],
        "recalled": ["receptors.memory"],
        "exact": ["receptors.guess"],
        "conflicts": {"receptors.potency": ["Salat2015: 0.119 uM"], "receptors.guess": ["Salat2015: 0.119 uM"]},
    }


def test_plain_data_is_json(library_of):
    change = {"range": [0.0, float("inf")], "uncertainty": '{ distribution = "fixed" }'}
    data = as_dictionary(library_of(change)["receptors.potency"])
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["range"] == [0.0, None]
    assert data["interval"] == [0.96, 0.96]
    assert data["uncertainty"] == {"distribution": "fixed"}
    assert data["between_patient"] == {"distribution": "lognormal", "sd": 0.2}
