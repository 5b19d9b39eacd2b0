"""Theophylline in twelve people as a commercial program summarises it.

Data: Boeckmann, Sheiner and Beal, NONMEM users guide part V, 1994; from the folder that QUELL_REFERENCE_DATA names.
Figures: final parameters of Phoenix WinNonlin for this data set (dose 320 mg for everybody, linear trapezoids and
linear-up log-down, terminal slope by best adjusted R2), published with the validation of the R package NonCompart
(Han, Kim, Bae 2018).
"""

import csv
import os
from pathlib import Path

import pytest

from quell.simulation.noncompartmental import summarise_profile

pytestmark = pytest.mark.reference

DOSE = 320.0
WINNONLIN = {
    1: (148.923050, 216.611933, 14.304378, 1.477296, 30.486748, 147.234748),
    2: (91.526800, 100.173459, 6.659342, 3.194459, 30.690442, 88.731275),
    3: (99.286500, 109.535971, 6.766087, 2.921415, 28.517100, 95.878198),
    4: (106.796300, 118.378881, 6.981247, 2.703185, 27.225964, 102.633623),
    5: (121.294400, 139.419778, 8.002264, 2.295227, 26.497995, 118.179354),
    6: (73.775550, 84.254418, 7.894998, 3.798020, 43.259735, 71.697015),
    7: (90.753400, 103.771802, 7.846668, 3.083689, 34.908441, 87.969227),
    8: (88.559950, 103.906687, 8.510038, 3.079686, 37.810508, 86.806563),
    9: (86.326150, 99.908718, 8.405999, 3.202924, 38.842793, 83.937436),
    10: (138.368100, 170.652061, 9.246916, 1.875160, 25.015540, 135.576070),
    11: (80.093600, 89.102745, 7.261237, 3.591360, 37.622185, 77.893472),
    12: (119.977500, 130.588832, 6.286508, 2.450439, 22.224294, 115.220208),
}
"""Person -> AUC to the last sample and to infinity, half-life, CL/F, Vz/F (linear); first of them by log-down."""


@pytest.fixture(scope="module")
def profiles() -> dict[int, list[tuple[float, float]]]:
    folder = os.environ.get("QUELL_REFERENCE_DATA")
    if not folder:
        pytest.skip("QUELL_REFERENCE_DATA names no folder with pk_theo_sd.csv")
    found: dict[int, list[tuple[float, float]]] = {}
    with (Path(folder) / "pk_theo_sd.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["EVID"] == "0":
                found.setdefault(int(row["ID"]), []).append((float(row["TIME"]), float(row["DV"])))
    return found


@pytest.mark.parametrize("person", WINNONLIN)
def test_the_last_printed_digit(person, profiles):
    times, values = zip(*profiles[person], strict=True)
    linear = summarise_profile(times, values, DOSE, rule="linear")
    log_down = summarise_profile(times, values, DOSE)
    found = (linear.auc_last, linear.auc_inf, linear.half_life, linear.clearance, linear.volume_z, log_down.auc_last)
    assert found == pytest.approx(WINNONLIN[person], rel=0.0, abs=1e-6)
