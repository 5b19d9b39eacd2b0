"""Parameters with which there are no kinetics are refused by name, however the solver is called."""

import numpy as np
import pytest
from tests.reference.record_cases import Person, records
from tests.reference.records_by_hand import Row

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.record_gradients import PreparedRecords
from quell.simulation.record_kinetics import solve_records

GOOD = {"CL": 1.0, "V": 2.0, "KA": 1.0}
BAD = {
    "V is 0": {"V": 0.0},
    "V is -2": {"V": np.array([2.0, -2.0])},
    "CL is -1": {"CL": np.array([1.0, 1.0, -1.0, 1.0])},
    "KA is -1": {"KA": -1.0},
    "CL is missing": {"CL": np.nan},
    "V is inf": {"V": np.inf},
    "ALAG1 is -1": {"ALAG1": -1.0},
    "F1 is -0.5": {"F1": -0.5},
    "one-compartment-oral needs V": {"V": None},
}


@pytest.mark.parametrize("solver", [solve_records, PreparedRecords], ids=["solved", "prepared"])
@pytest.mark.parametrize("message", BAD)
def test_a_parameter_that_cannot_be_is_refused(message: str, solver) -> None:
    people = [Person("one-compartment-oral", "NONMEM", (Row(0.0, 1, 100.0), Row(1.0)), (GOOD, GOOD))] * 2
    data, _ = records(people)
    parameters = {name: x for name, x in {**GOOD, **BAD[message]}.items() if x is not None}
    with pytest.raises(StudyError, match=message) as failure:
        solver(compartment_model("one-compartment-oral"), data, parameters)
    assert failure.value.line == (4 if message == "CL is -1" else 2 if message[:2] in {"AL", "F1"} else None)
