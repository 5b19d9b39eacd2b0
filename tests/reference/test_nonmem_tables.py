"""Published NONMEM tables, to their printed digits.

``QUELL_NONMEM_TABLES`` names a checkout of mrgsolve/nmtests: control streams 1001 (dosing patterns) and 2001
(time-varying clearance), both ADVAN2 with CL = 1.1, V = 20, KA = 1.5. If the folder holds ``nmtest.csv`` as well, the
data set of that name of nlmixr2data written as CSV, its patterns are compared too, except those whose lag is longer
than II at steady state: the PREDPP guide excludes them, and NONMEM's own table turns negative.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from quell.mechanisms.compartment_models import compartment_model
from quell.protocols.record_reader import read_records
from quell.protocols.records import Records
from quell.simulation.record_kinetics import solve_records

pytestmark = pytest.mark.reference

CLEARANCE, VOLUME, ABSORPTION = 1.1, 20.0, 1.5
_THOUSAND = 1000.0
"""The control streams print amount / (V / 1000)."""


@pytest.fixture(scope="module")
def tables() -> Path:
    """The folder of published tables."""
    folder = os.environ.get("QUELL_NONMEM_TABLES", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("QUELL_NONMEM_TABLES does not name a checkout of mrgsolve/nmtests")
    return Path(folder)


def half_digit(printed: np.ndarray) -> np.ndarray:
    """Half a unit of the fifth significant digit, the last one of a NONMEM table."""
    size = np.where(printed == 0, 1e-300, np.abs(printed))
    return 0.5 * 10.0 ** (np.floor(np.log10(size)) - 4)


def dose_parameters(covariates: Mapping[str, np.ndarray]) -> dict[str, np.ndarray | float]:
    """Lag, bioavailability, modelled rate and duration of doses into the central compartment."""
    mode = covariates["MODE"]
    return {
        "CL": CLEARANCE,
        "V": VOLUME,
        "KA": ABSORPTION,
        "ALAG2": covariates["LAGT"],
        "F2": covariates["BIOAV"],
        "R2": np.where(mode == 1, covariates["RAT2"], 1.0),
        "D2": np.where(mode == 2, covariates["DUR2"], 1.0),
    }


def concentrations(data: Records, parameters: Mapping[str, np.ndarray | float]) -> np.ndarray:
    solved = solve_records(compartment_model("one-compartment-oral"), data, parameters)
    return _THOUSAND * np.asarray(solved.pred)


def misses(data: Records, found: np.ndarray, printed: np.ndarray) -> Iterator[str]:
    """The people of whom a printed digit is missed."""
    wrong = np.abs(found - printed) > half_digit(printed) * (1 + 1e-6) + 1e-9
    for number, name in enumerate(data.ids):
        if count := int((wrong & (data.person == number)).sum()):
            yield f"{name}: {count} of {int((data.person == number).sum())}"


def test_every_dosing_pattern(tables: Path) -> None:
    data = read_records(tables / "dosing" / "data" / "1001.csv")
    printed = np.loadtxt(tables / "dosing" / "1001" / "TAB", skiprows=2)[:, 2]
    assert len(data.ids) == 29
    assert list(misses(data, concentrations(data, dose_parameters(data.covariates)), printed)) == []


def test_clearance_that_follows_weight(tables: Path) -> None:
    data = read_records(tables / "time-varying" / "data" / "2001.csv")
    printed = np.loadtxt(tables / "time-varying" / "2001" / "TAB", skiprows=2)[:, 4]
    clearance = CLEARANCE * (data.covariates["WT"] / 70) ** 0.75
    assert list(misses(data, concentrations(data, {"CL": clearance, "V": VOLUME, "KA": ABSORPTION}), printed)) == []


def test_lags_and_infusions_at_steady_state(tables: Path) -> None:
    file = tables / "nmtest.csv"
    if not file.exists():
        pytest.skip("the folder holds no nmtest.csv")
    data = read_records(file)
    excluded = (data.ss > 0) & (data.covariates["LAGT"] > data.ii) & (data.ii > 0)
    spoilt = {data.ids[k] for k in np.unique(data.person[excluded])}
    wrong = list(misses(data, concentrations(data, dose_parameters(data.covariates)), data.covariates["CP"]))
    assert len(data.ids) == 54
    assert len(spoilt) == 12
    assert [line for line in wrong if line.split(":")[0] not in spoilt] == []
