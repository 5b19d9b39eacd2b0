"""The population standards every pharmacometrician has: read as they come, predicted, and compared with references.

``QUELL_REFERENCE_DATA`` names the folder with pk_theo_sd.csv, pk_warfarin.csv, pk_pheno_sd.csv and pk_mavoglurant.csv,
the least squares fits of R's ``nls`` in pk_theoph_nls_reference.csv and the NONMEM results in
pk_pheno_nonmem_reference.csv. The files are not part of the project.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.reference.record_cases import largest_error
from tests.reference.records_by_hand import Row, solve

from quell.mechanisms.compartment_models import compartment_model
from quell.protocols.record_reader import read_records
from quell.protocols.records import Records
from quell.simulation.record_kinetics import Solved, solve_records

pytestmark = pytest.mark.reference


@dataclass(frozen=True)
class Standard:
    """A file, how many people, records and doses it holds, and parameters of the size published for it."""

    file: str
    people: int
    records: int
    doses: int
    model: str
    parameters: dict[str, float]


STANDARDS = (
    Standard("pk_theo_sd.csv", 12, 144, 12, "one-compartment-oral", {"CL": 2.8, "V": 32.0, "KA": 1.5}),
    Standard("pk_warfarin.csv", 32, 515, 32, "one-compartment-oral", {"CL": 0.13, "V": 8.0, "KA": 1.3, "ALAG1": 0.8}),
    Standard("pk_pheno_sd.csv", 59, 744, 589, "one-compartment-iv", {"CL": 0.0066, "V": 1.4}),
    Standard(
        "pk_mavoglurant.csv", 120, 2678, 198, "two-compartment-iv", {"CL": 30.0, "V1": 20.0, "Q2": 20.0, "V2": 90.0}
    ),
)
standards = pytest.mark.parametrize("standard", STANDARDS, ids=lambda s: s.file)


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of reference data."""
    name = os.environ.get("QUELL_REFERENCE_DATA", "")
    if not name or not Path(name).is_dir():
        pytest.skip("QUELL_REFERENCE_DATA does not name a folder of reference data")
    return Path(name)


def reference(file: Path, key: str) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return {row[key]: row for row in csv.DictReader(lines)}


def predicted(data: Records, standard: Standard) -> Solved:
    return solve_records(compartment_model(standard.model), data, standard.parameters)


@standards
def test_a_standard_is_read_as_it_comes(folder: Path, standard: Standard) -> None:
    data = read_records(folder / standard.file)
    assert (len(data.ids), len(data.time)) == (standard.people, standard.records)
    assert int(np.isin(data.evid, (1, 4)).sum()) == standard.doses
    assert np.isfinite(data.dv[(data.evid == 0) & (data.mdv == 0)]).all()


@standards
def test_everybody_is_predicted_as_by_hand(folder: Path, standard: Standard) -> None:
    data = read_records(folder / standard.file)
    solved = predicted(data, standard)
    names = ("time", "evid", "amt", "rate", "ii", "addl", "ss", "cmt")
    for number in range(len(data.ids)):
        own = data.person == number
        columns = [np.asarray(getattr(data, name))[own].tolist() for name in names]
        rows = [Row(*values) for values in zip(*columns, strict=True)]
        pred, amounts = solve(standard.model, rows, standard.parameters)
        assert largest_error(np.asarray(solved.pred)[own], pred) <= 1e-8
        assert largest_error(np.asarray(solved.amounts)[own], amounts) <= 1e-8


def test_theophylline_reaches_the_sums_of_squares_of_nls(folder: Path) -> None:
    data = read_records(folder / "pk_theo_sd.csv")
    fits = reference(folder / "pk_theoph_nls_reference.csv", "Subject")
    values = {name: np.exp([float(fits[i][name]) for i in data.ids])[data.person] for name in ("lKe", "lKa", "lCl")}
    clearance = values["lCl"] * data.covariates["WT"]
    parameters = {"CL": clearance, "V": clearance / values["lKe"], "KA": values["lKa"]}
    pred = np.asarray(solve_records(compartment_model("one-compartment-oral"), data, parameters).pred)
    seen = data.evid == 0
    squares = np.bincount(data.person[seen], (data.dv - pred)[seen] ** 2)
    np.testing.assert_allclose(squares, [float(fits[i]["rss"]) for i in data.ids], rtol=1e-7)


def test_phenobarbital_has_nonmems_predictions(folder: Path) -> None:
    data = read_records(folder / "pk_pheno_sd.csv")
    value = reference(folder / "pk_pheno_nonmem_reference.csv", "quantity")
    first, residual = (float(value[key]["value"]) for key in ("PRED id 1 time 0", "RES id 1 time 2"))
    weight = data.covariates["WT"]
    volume = data.amt[0] / first * weight / weight[0]
    clearance = float(value["TVCL coefficient (L/h/kg)"]["value"]) * weight
    pred = np.asarray(solve_records(compartment_model("one-compartment-iv"), data, {"CL": clearance, "V": volume}).pred)
    assert data.time[1] == 2.0
    assert float(data.dv[1] - pred[1]) == pytest.approx(residual, abs=6e-4)


def test_mavoglurant_has_its_second_periods(folder: Path) -> None:
    data = read_records(folder / "pk_mavoglurant.csv")
    standard = next(s for s in STANDARDS if s.file == "pk_mavoglurant.csv")
    pred = np.asarray(predicted(data, standard).pred)
    restart = data.evid == 4
    assert restart.any()
    assert (data.time[1:][restart[1:]] < data.time[:-1][restart[1:]]).all()
    assert (pred[restart] == 0.0).all()
