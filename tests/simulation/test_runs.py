"""Same study and seed, same numbers: in any parts, with any threads, resumed, extended or in another order."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import zarr
from tests.simulation.small_runs import SMALL, run, same_paths, small, tree, written

from quell.conventions.errors import StudyError
from quell.protocols.study_file import parse_study, read_study
from quell.simulation import run as running
from quell.simulation.grid_check import GridCheck
from quell.simulation.population import simulate
from quell.simulation.setup import Options


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 people at once."""
    return run(tmp_path_factory.mktemp("whole") / "out").folder


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 people in parts of 40."""
    return run(tmp_path_factory.mktemp("hundred") / "out", count=100, people_per_part=40).folder


def copied(folder: Path, to: Path) -> Path:
    for path in folder.rglob("*"):
        if path.is_file():
            target = to / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize(
    ("people_per_part", "threads"), [(64, 2), (300, 1), pytest.param(1000, 2, marks=pytest.mark.slow)]
)
def test_neither_parts_nor_threads_move_a_number(
    whole: Path, tmp_path: Path, people_per_part: int, threads: int
) -> None:
    folder = run(tmp_path / "out", threads=threads, people_per_part=people_per_part).folder
    assert len(list((folder / "parts").glob("people-*"))) == -(-300 // people_per_part)
    assert written(folder) == written(whole)
    assert same_paths(folder, whole)


def test_a_run_is_extended_and_the_earlier_one_comes_back(whole: Path, hundred: Path, tmp_path: Path) -> None:
    folder = copied(hundred, tmp_path / "out")
    assert written(run(folder, count=300).folder) == written(whole)
    assert same_paths(folder, whole)
    assert written(run(folder, count=100).folder) == written(hundred)
    assert same_paths(folder, hundred)


def test_damage_is_simulated_anew_and_the_rest_is_kept(
    hundred: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(hundred, tmp_path / "out")
    first = folder / "parts" / "people-000000000-000000040.npz"
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 0xFF
    first.write_bytes(content)
    ledger = folder / "parts" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-20])
    (folder / "summary.json").write_text("lost")
    again: list[tuple[int, int]] = []

    def noted(experiment: Any, start: int, stop: int, *rest: Any) -> Any:
        again.append((start, stop))
        return simulate(experiment, start, stop, *rest)

    monkeypatch.setattr(running, "simulate", noted)
    run(folder, count=100)
    assert again == [(0, 40), (80, 100)]
    assert written(folder) == written(hundred)


def test_the_order_of_arms_in_the_file_moves_nobody(hundred: Path, tmp_path: Path) -> None:
    lines = SMALL.splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    folder = run(tmp_path / "out", small("".join(lines)), count=100).folder
    tables = [pd.read_parquet(x / "patients.parquet").set_index(["arm", "person"]) for x in (hundred, folder)]
    assert list(tables[1].index.unique("arm")) == ["midazolam", "ketamine"]
    pd.testing.assert_frame_equal(tables[0], tables[1].loc[tables[0].index][tables[0].columns], check_exact=True)


def test_another_arm_moves_nobody(hundred: Path, tmp_path: Path) -> None:
    text = SMALL.replace("  midazolam:", "  saline: saline IV over 40 min on day 0\n  midazolam:")
    tables = [
        pd.read_parquet(x / "patients.parquet") for x in (hundred, run(tmp_path / "out", small(text), count=100).folder)
    ]
    for arm in ("ketamine", "midazolam"):
        rows = [table[table["arm"] == arm].reset_index(drop=True) for table in tables]
        pd.testing.assert_frame_equal(rows[0], rows[1][rows[0].columns], check_exact=True)


def test_another_seed_moves_everybody(hundred: Path, tmp_path: Path) -> None:
    tables = [
        pd.read_parquet(x / "patients.parquet") for x in (hundred, run(tmp_path / "out", count=100, seed=2).folder)
    ]
    assert (tables[0]["weight"] != tables[1]["weight"]).all()


OTHERS = {
    "study": ({"study": small(SMALL.replace("one day", "1 day"))}, "study"),
    "seed": ({"seed": 2}, "seed"),
    "typical": ({"typical": True}, "typical"),
    "switch": ({"chosen": {"pathway": "HNK/AMPA"}}, "switches"),
    "paths": ({"every_path": True}, "paths"),
}


@pytest.mark.parametrize(("other", "differing"), OTHERS.values(), ids=OTHERS)
def test_another_run_is_refused_and_nothing_touched(hundred: Path, other: dict[str, Any], differing: str) -> None:
    before = tree(hundred)
    with pytest.raises(StudyError, match=f"holds another run: {differing} differ"):
        run(hundred, **{"count": 100, **other})
    assert tree(hundred) == before


def test_a_data_set_that_changed_is_another_study(tmp_path: Path) -> None:
    data, arm = tmp_path / "doses.csv", "{data: doses.csv, drug: ketamine, route: IV, unit: mg}"
    text = SMALL.replace("ketamine 0.5 mg/kg IV over 40 min on day 0", arm)
    (tmp_path / "study.yaml").write_text(text)
    data.write_text("ID,TIME,AMT,RATE\n1,0,35,52.5\n")
    run(tmp_path / "out", read_study(tmp_path / "study.yaml"), count=4)
    data.write_text("ID,TIME,AMT,RATE\n1,0,70,105\n")
    with pytest.raises(StudyError, match="doses differ"):
        run(tmp_path / "out", read_study(tmp_path / "study.yaml"), count=4)


def test_every_path_is_kept_when_asked_for_and_can_be_extended(tmp_path: Path) -> None:
    run(tmp_path / "out", count=20, every_path=True)
    run(tmp_path / "out", count=230, every_path=True)
    assert zarr.open_array(tmp_path / "out" / "trajectories.zarr" / "ketamine" / "glutamate", mode="r").shape[0] == 230


def test_some_paths_are_those_of_the_first_200(whole: Path) -> None:
    assert zarr.open_array(whole / "trajectories.zarr" / "ketamine" / "glutamate", mode="r").shape[0] == 200


def test_the_summary_says_nothing_of_time_place_or_parts(whole: Path) -> None:
    text = (whole / "summary.json").read_text()
    assert str(whole) not in text
    assert str(Path.cwd()) not in text
    assert not {"parts", "threads", "chunks", "started", "finished"} & json.loads(text).keys()


def test_the_manifest_says_what_the_numbers_depend_on(hundred: Path) -> None:
    manifest = json.loads((hundred / "manifest.json").read_text())
    assert manifest["finished"] is True
    assert manifest["text"] == SMALL
    assert manifest["command"] == "quell run small.yaml --out results --seed 1 --count 100"
    assert manifest["identity"]["seed"] == 1
    assert {"quell", "python", "numpy", "jax"} <= manifest["identity"]["versions"].keys()
    assert all(len(x) == 64 for x in manifest["identity"]["evidence"].values())


def test_the_command_in_the_summary_is_safe_to_paste(tmp_path: Path) -> None:
    study = parse_study(SMALL, "a $(touch x) study.yaml")
    found = run(tmp_path / "out", study, count=2, chosen={"pathway": "HNK/AMPA"}, typical=True).summary
    assert found["study"]["command"] == (
        "quell run 'a $(touch x) study.yaml' --out results --seed 1 --count 2 --typical --switch pathway=HNK/AMPA"
    )


def test_numbers_not_to_be_trusted_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = GridCheck(0.002, "glutamate", "ketamine", 7, 64)
    monkeypatch.setattr(running, "largest_change", lambda _: moved)
    with pytest.raises(StudyError, match=r"halving the steps moves glutamate of person 7 in arm ketamine by 0\.002"):
        run(tmp_path / "out", count=2)
    assert not (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, 'count is "0"'),
        ({"count": -1}, 'count is "-1"'),
        ({"count": 1.5}, 'count is "1.5"'),
        ({"count": True}, 'count is "True"'),
        ({"count": 10_000_001}, "10000001"),
        ({"seed": -1}, 'seed is "-1"'),
        ({"seed": "one"}, 'seed is "one"'),
        ({"seed": 2**32}, "4294967296"),
    ],
)
def test_a_count_or_seed_out_of_bounds_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Options(**options)
