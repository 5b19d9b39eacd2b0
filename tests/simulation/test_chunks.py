"""A run's folder: what is in it survives a kill at any step, damage is noticed, strangers' folders stay untouched."""

import builtins
import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.small_runs import tree

from quell.conventions.errors import StudyError
from quell.simulation.chunks import MANIFEST, RunFolder, open_run

IDENTITY = {"study": "a", "seed": 1}
LEDGER = Path("parts") / "ledger.jsonl"


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it happens."""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return open_run(tmp_path / "out", IDENTITY)


def persons(start: int, stop: int) -> dict[str, np.ndarray]:
    return {"number": np.arange(start, stop), "square": np.arange(start, stop) ** 2.0}


def filled(folder: RunFolder, *cuts: int) -> RunFolder:
    for start, stop in pairwise(cuts):
        folder.write(start, stop, persons(start, stop))
    return folder


def finish(path: Path, count: int, size: int) -> np.ndarray:
    """Everything a run does to its folder, without the simulation."""
    folder = open_run(path, IDENTITY)
    with folder.alone():
        for start, stop in folder.missing(count):
            filled(folder, *range(start, stop, size), stop)
        return np.concatenate([folder.read(part)["number"] for part in folder.parts()])


def test_parts_come_back_in_order(folder: RunFolder) -> None:
    filled(folder, 4, 9)
    filled(folder, 0, 4)
    assert [(part.start, part.stop) for part in folder.parts()] == [(0, 4), (4, 9)]
    assert np.array_equal(folder.read(folder.parts()[1])["square"], np.arange(4, 9) ** 2.0)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)), max_size=6), st.integers(1, 20))
def test_parts_and_gaps_hold_everybody_once(ranges: list[tuple[int, int]], count: int) -> None:
    folder = RunFolder(Path(), {})
    parts = [(start, start + length) for start, length in sorted(ranges)]
    kept: list[tuple[int, int]] = []
    for start, stop in parts:
        if not kept or start >= kept[-1][1]:
            kept.append((start, stop))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunFolder, "parts", lambda self: [_Range(*pair) for pair in kept])
        gaps = folder.missing(count)
    held = [person for a, b in (*kept, *gaps) for person in range(a, b) if person < count]
    assert sorted(held) == list(range(count))


class _Range:
    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop


def test_of_parts_that_overlap_the_first_is_taken(folder: RunFolder) -> None:
    filled(folder, 0, 6)
    filled(folder, 4, 9)
    assert [(part.start, part.stop) for part in folder.parts()] == [(0, 6)]
    assert folder.missing(10) == ((6, 10),)


@pytest.mark.parametrize("at", [0, 100, -30, -1])
def test_a_part_with_a_flipped_bit_does_not_exist(folder: RunFolder, at: int) -> None:
    filled(folder, 0, 4, 9)
    file = folder.path / "parts" / folder.parts()[0].file
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    assert [part.start for part in folder.parts()] == [4]
    assert folder.missing(9) == ((0, 4),)
    filled(folder, 0, 4)
    assert folder.missing(9) == ()


def test_a_part_that_was_removed_does_not_exist(folder: RunFolder) -> None:
    filled(folder, 0, 4, 9)
    (folder.path / "parts" / folder.parts()[1].file).unlink()
    assert folder.missing(9) == ((4, 9),)


def test_wherever_the_ledger_is_cut_the_rest_counts_and_the_next_line_stands_alone(tmp_path: Path) -> None:
    whole = filled(open_run(tmp_path / "whole", IDENTITY), 0, 4, 9)
    content = (whole.path / LEDGER).read_bytes()
    first = content.index(b"\n") + 1
    for cut in range(len(content)):
        (whole.path / LEDGER).write_bytes(content[:cut])
        assert (whole.missing(9) == ((4, 9),)) == (first - 1 <= cut < len(content) - 1)
        assert (whole.missing(9) == ((0, 9),)) == (cut < first - 1)
        filled(whole, 9, 12)
        assert whole.parts()[-1].stop == 12


@pytest.mark.parametrize(
    "line",
    [
        b"12",
        b"[]",
        b"{}",
        b"null",
        b'{"start": 0}',
        b'{"start": "x", "stop": 1, "file": "a", "sha256": "b"}',
        b"\xff\xfe",
    ],
)
def test_a_line_that_is_no_entry_is_left_out(folder: RunFolder, line: bytes) -> None:
    filled(folder, 0, 4)
    with open(folder.path / LEDGER, "ab") as file:
        file.write(line + b"\n")
    assert [part.stop for part in folder.parts()] == [4]


CHANGES = ((os, "replace"), (os, "fsync"), (Path, "mkdir"), (builtins, "open"))
"""Functions that change what is on the disk."""


def kill(patch: pytest.MonkeyPatch, number: int, after: bool) -> None:
    """Let the numbered change of the disk be the last one, or the first one that fails."""
    seen = 0

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def change(*words: Any, **named: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen < number:
                return original(*words, **named)
            if after and seen == number and (file := original(*words, **named)) is not None:
                getattr(file, "close", int)()
            raise Killed

        return change

    for owner, name in CHANGES:
        patch.setattr(owner, name, watched(getattr(owner, name)))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_any_step_leaves_a_folder_that_resumes(tmp_path: Path, after: bool) -> None:
    number, finished = 0, False
    while not finished:
        number += 1
        path = tmp_path / f"out {number}"
        with pytest.MonkeyPatch.context() as patch:
            kill(patch, number, after)
            try:
                finish(path, 10, 4)
                finished = True
            except Killed:
                pass
        assert finish(path, 10, 3).tolist() == list(range(10))
        assert {entry.name for entry in path.iterdir()} == {MANIFEST, "parts"}
        assert not list((path / "parts").glob(".*"))
        assert json.loads((path / MANIFEST).read_text())["identity"] == IDENTITY
    assert number > 15


def test_what_a_killed_process_left_half_done_is_cleared(folder: RunFolder) -> None:
    (folder.path / ".trajectories.zarr.123" / "ketamine").mkdir(parents=True)
    for name in (".summary.json.123", ".report.html.abc", "parts/.people-000000000-000000004.npz.123"):
        (folder.path / name).write_text("half")
    (folder.path / ".mine").write_text("a person's own")
    with folder.alone():
        assert {path.name for path in folder.path.rglob(".*")} == {".mine"}


def test_only_one_process_writes_into_a_folder(folder: RunFolder) -> None:
    with folder.alone():
        before = tree(folder.path)
        with pytest.raises(StudyError, match="another run is writing into"), open_run(folder.path, IDENTITY).alone():
            pass
        assert tree(folder.path) == before
    with folder.alone():
        pass


def test_a_new_an_empty_and_a_deep_folder_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "new", tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        assert open_run(path, IDENTITY).missing(3) == ((0, 3),)


@pytest.mark.parametrize(
    ("identity", "differing"),
    [
        ({"study": "b", "seed": 1}, "study differ"),
        ({"study": "b", "seed": 2}, "study, seed differ"),
        ({"study": "a", "seed": 1, "new": 0}, "new differ"),
    ],
)
def test_a_folder_of_another_run_is_refused_and_untouched(
    folder: RunFolder, identity: dict[str, Any], differing: str
) -> None:
    filled(folder, 0, 4)
    (folder.path / ".summary.json.1").write_text("half")
    before = tree(folder.path)
    with pytest.raises(StudyError, match=f"holds another run: {differing}"):
        open_run(folder.path, identity)
    assert tree(folder.path) == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"identity": 3}', '{"identity": null}'])
def test_a_manifest_that_is_none_is_refused_and_untouched(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(StudyError, match="cannot be read as a manifest"):
        open_run(tmp_path, IDENTITY)
    assert tree(tmp_path) == {MANIFEST: content.encode()}


@pytest.mark.parametrize("name", ["thesis.docx", ".hidden", "parts"])
def test_a_folder_that_holds_no_run_is_refused_and_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(StudyError, match="is not empty and holds no run"):
        open_run(tmp_path, IDENTITY)
    assert tree(tmp_path) == {name: b"precious"}


@pytest.mark.parametrize("below", ["", "out", "out/deep"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(StudyError, match="file is a file, not a folder"):
        open_run(tmp_path / "file" / below, IDENTITY)
    assert tree(tmp_path) == {"file": b"precious"}
