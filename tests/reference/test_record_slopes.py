"""Derivatives of predictions by the parameters against closed forms in 80 digits, at coinciding rates too.

The error of d C / d log p stays below 1e-8 of the larger of itself and C.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.reference.closed_forms import Given, concentrations, slopes
from tests.reference.record_cases import Person, largest_error, records
from tests.reference.records_by_hand import Parameters, Row

from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.record_gradients import PreparedRecords

pytestmark = pytest.mark.reference

TIMES = (0.5, 3.0, 12.0, 20.0, 40.0)
ONE: Parameters = {"CL": 3.1, "V": 17.0, "KA": 0.9}
TWO: Parameters = {"CL": 3.1, "V1": 17.0, "Q2": 2.3, "V2": 31.0, "KA": 0.9}
THREE: Parameters = {**TWO, "Q3": 0.7, "V3": 88.0}
K = 3.1 / 17.0
CASES: dict[str, Parameters] = {
    "one": ONE,
    "one, equal rates": {**ONE, "KA": K},
    **{f"one, rates {gap:g} apart": {**ONE, "KA": K * (1 + gap)} for gap in (1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2)},
    "two": TWO,
    "two, KA = CL / V1, nearly no flow": {**TWO, "KA": K, "Q2": 1e-9},
    "three": THREE,
    "three, twins": {**THREE, "Q3": 2.3, "V3": 31.0},
    "three, huge volume": {**THREE, "V3": 1e9},
}
SIZES = ("one", "two", "three")
DOSES = {
    "oral": (Row(0.0, 1, 100.0, ii=12.0, addl=2, cmt=1), Given(0.0, 100.0, 0.0, "depot", 12.0, 2)),
    "oral at steady state": (Row(0.0, 1, 100.0, ii=12.0, ss=1, cmt=1), Given(0.0, 100.0, 0.0, "depot", 12.0, 0, True)),
    "infusion longer than II at steady state": (
        Row(0.0, 1, 90.0, 5.0, 12.0, 1, 1, 2),
        Given(0.0, 90.0, 18.0, "central", 12.0, 1, True),
    ),
}


@pytest.mark.parametrize("size", SIZES)
def test_slopes_are_exact(size: str) -> None:
    """All cases and doses of a model are people of one data set; parameters are one number a person."""
    chosen = [(case, dose) for case in CASES if case.split(",")[0] == size for dose in DOSES]
    rows = [(DOSES[dose][0], *(Row(t) for t in TIMES)) for _, dose in chosen]
    people = [
        Person(f"{size}-compartment-oral", "NONMEM", own, (CASES[case],) * len(own))
        for (case, _), own in zip(chosen, rows, strict=True)
    ]
    data, _ = records(people)
    values = {name: jnp.array([CASES[case][name] for case, _ in chosen]) for name in people[0].parameters[0]}
    prepared = PreparedRecords(compartment_model(f"{size}-compartment-oral"), data, values)
    pred, found = jax.jit(lambda p: everybody_s_slopes(prepared, p, len(rows[0])))(values)
    errors = {}
    for number, (case, dose) in enumerate(chosen):
        p, given = CASES[case], (DOSES[dose][1],)
        truth = concentrations(p, given, TIMES)
        errors[case, dose, "value"] = largest_error(np.asarray(pred)[data.person == number][1:], truth)
        for name, slope in found.items():
            exact = p[name] * slopes(p, given, TIMES, name)
            error = np.abs(p[name] * np.asarray(slope)[1:, number] - exact) / np.maximum(np.abs(exact), truth)
            errors[case, dose, name] = float(error.max())
    assert {where: error for where, error in errors.items() if not error <= 1e-8} == {}


def everybody_s_slopes(prepared: PreparedRecords, values: Mapping[str, jax.Array], rows: int) -> tuple:
    """Predictions, and their derivatives by name ``(row, person)``: nobody's prediction depends on another's values."""
    pred, pull = jax.vjp(prepared.pred, dict(values))
    asked = jnp.tile(jnp.eye(rows), pred.size // rows)
    return pred, jax.vmap(lambda weights: pull(weights)[0])(asked)
