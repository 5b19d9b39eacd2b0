"""What a run leaves beside the report opens with labels and holds what was simulated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.small_runs import SMALL, run, small

from quell.simulation.run import Finished
from quell.simulation.store import group_names


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    text = SMALL.replace(
        "  midazolam: midazolam 0.045 mg/kg IV over 40 min on day 0", "  0/0: saline IV over 40 min on day 0"
    )
    return run(tmp_path_factory.mktemp("store") / "out", small(text), count=30)


def test_patients_are_one_row_a_person_and_arm(finished: Finished) -> None:
    table = pd.read_parquet(finished.folder / "patients.parquet")
    assert list(zip(table["arm"], table["person"], strict=True)) == [
        (arm, person) for arm in ("ketamine", "0/0") for person in range(30)
    ]
    assert np.array_equal(
        table["LSAS at 24 h"],
        np.concatenate([finished.tables.arm(a, "score", "LSAS")[:, 2] for a in finished.tables.arms]),
    )
    assert not table[table["arm"] == "ketamine"].isna().any(axis=None)
    assert table[table["arm"] == "0/0"]["cmax venous_ketamine"].isna().all()


def test_people_are_the_same_in_every_arm(finished: Finished) -> None:
    table = pd.read_parquet(finished.folder / "patients.parquet").set_index("person")
    own = ["draw", "weight", "age", "female", "LSAS baseline"]
    ketamine, saline = (table[table["arm"] == arm][own] for arm in ("ketamine", "0/0"))
    pd.testing.assert_frame_equal(ketamine, saline, check_exact=True)


def test_doses_are_what_each_weight_gets(finished: Finished) -> None:
    doses = pd.read_parquet(finished.folder / "doses.parquet")
    patients = pd.read_parquet(finished.folder / "patients.parquet")
    weight = patients[patients["arm"] == "ketamine"]["weight"].to_numpy()
    assert set(doses["arm"]) == {"ketamine"}
    np.testing.assert_allclose(doses["mg"], 0.5 * weight, rtol=1e-12)
    assert set(doses["duration_h"]) == {40 / 60}


def test_trajectories_have_named_dimensions_units_and_titles(finished: Finished) -> None:
    top = zarr.open_group(finished.folder / "trajectories.zarr", mode="r")
    assert {name: group.attrs["arm"] for name, group in top.groups()} == {"ketamine": "ketamine", "0_0": "0/0"}
    for _, group in top.groups():
        people, times = group["patient"][:], group["time"][:]
        assert people.tolist() == list(range(30))
        assert (np.diff(times) > 0.0).all()
        assert {0.0, 3.0, 24.0} <= set(times.tolist())
        for name, array in group.arrays():
            assert array.attrs["long_name"]
            if name not in ("patient", "time"):
                assert array.metadata.dimension_names == ("patient", "time")
                assert array.shape == (people.size, times.size)
                assert array.attrs["units"]


def test_a_signal_that_an_arm_lacks_is_left_out(finished: Finished) -> None:
    top = zarr.open_group(finished.folder / "trajectories.zarr", mode="r")
    assert "venous_ketamine" in top["ketamine"]
    assert "venous_ketamine" not in top["0_0"]


@pytest.mark.parametrize(
    ("arms", "names"),
    [
        (["ketamine", "midazolam"], ["ketamine", "midazolam"]),
        (["0.25 mg/kg", "0.25 mg?kg", "0.25 MG_KG"], ["0.25 mg_kg", "0.25 mg_kg~2", "0.25 MG_KG~3"]),
        (["..", "/", "zarr.json", "__x"], ["arm", "arm~2", "zarr.json~2", "x"]),
    ],
)
def test_names_of_arms_as_folders(arms: list[str], names: list[str]) -> None:
    assert group_names(arms) == names


@given(st.lists(st.text(min_size=1, max_size=300), max_size=6))
def test_any_names_become_folders_of_their_own(arms: list[str]) -> None:
    names = group_names(arms)
    assert len({name.casefold() for name in names}) == len(arms)
    assert all(0 < len(name) < 90 and not set(name) & set("/\\\0:") and name[0] not in "._" for name in names)
    assert all(Path(name).name == name for name in names)
