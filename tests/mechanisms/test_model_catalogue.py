"""Models by name: each solves data records as its network does, and columns come before the pack."""

import numpy as np
import pytest

from quell.conventions.errors import StudyError
from quell.evidence.library import load_library
from quell.mechanisms.compartment_models import NAMES, compartment_model
from quell.mechanisms.model_catalogue import MODEL_NAMES, kinetic_model
from quell.mechanisms.network_structure import structure
from quell.mechanisms.published_kinetics import PUBLISHED
from quell.protocols.records import Records
from quell.simulation.concentrations import NetworkDose, concentrations
from quell.simulation.record_kinetics import solve_records

TIMES = np.array([0.0, 0.25, 2.0 / 3.0, 1.0, 4.0, 24.0])


def infusion(amount: float = 35.0, hours: float = 2.0 / 3.0) -> Records:
    """One person, a dose at 0 and samples."""
    nothing = np.zeros(TIMES.size)
    first = np.array([1, *([0] * (TIMES.size - 1))])
    return Records(
        person=nothing.astype(int),
        ids=("1",),
        time=TIMES,
        amt=first * amount,
        rate=first * amount / hours,
        ii=nothing,
        addl=nothing.astype(int),
        ss=nothing.astype(int),
        evid=first,
        cmt=nothing.astype(int),
        dv=nothing * np.nan,
        mdv=np.ones(TIMES.size, dtype=int),
        covariates={},
        rows=np.arange(2, TIMES.size + 2),
    )


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda model: model.name)
def test_records_are_solved_as_the_network_is(published):
    model = kinetic_model(published.name)
    values = {x.name: x.value for x in load_library().parameters(published.pack)}
    people = dict(published.covariates) | ({"weight": 93.0} if "weight" in published.covariates else {})
    given = {name: x for name, x in (("WT", 93.0),) if name in model.defaults}
    found = solve_records(model, infusion(), dict(model.defaults) | given).pred
    dose = NetworkDose(0.0, published.dosed, 35.0, 2.0 / 3.0)
    expected = concentrations(published.network, values, people, [dose], TIMES)
    reading = published.network.output_names.index(published.observed)
    np.testing.assert_allclose(found, expected[:, reading, 0], rtol=1e-8, atol=1e-12)
    assert structure(model.network) == structure(published.network)


def test_names_are_said_once_and_textbook_models_are_as_they_were():
    assert len(set(MODEL_NAMES)) == len(MODEL_NAMES) == len(NAMES) + len(PUBLISHED)
    for name in NAMES:
        assert kinetic_model(name) is compartment_model(name)


def test_a_parameter_of_the_caller_comes_before_the_pack():
    model = kinetic_model("kamp-2020")
    assert model.defaults["CLEARANCE"] == 84.0
    assert model.defaults["WT"] == 70.0
    double = solve_records(model, infusion(), dict(model.defaults) | {"CLEARANCE": 168.0}).pred
    assert double[-1] < solve_records(model, infusion(), model.defaults).pred[-1]


@pytest.mark.parametrize("name", [model.name for model in PUBLISHED])
def test_every_parameter_has_a_default_that_formulas_read(name):
    model = kinetic_model(name)
    assert set(model.parameters) == set(model.defaults)
    assert all(x == x.upper() for x in model.parameters)


def test_an_unknown_model_is_refused_with_a_suggestion():
    with pytest.raises(StudyError) as refused:
        kinetic_model("kamp-2021")
    assert refused.value.suggestion == "kamp-2020"
