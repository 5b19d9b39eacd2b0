"""Arrays are written whole: what is read is what was written, a failure leaves the old file and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from quell.conventions.array_files import write_arrays


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_written_is_read(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "x.npz"
    write_arrays(path, {"group/a": np.arange(6.0).reshape(2, 3), "n": 3, "words": "ketamine"}, compressed)
    with np.load(path) as file:
        np.testing.assert_array_equal(file["group/a"], np.arange(6.0).reshape(2, 3))
        assert (int(file["n"]), str(file["words"])) == (3, "ketamine")
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    write_arrays(path, {"a": np.ones(3)})
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(path, {"a": np.zeros(3), "b": np.array([object()])})
    with np.load(path) as file:
        np.testing.assert_array_equal(file["a"], np.ones(3))
    assert list(tmp_path.iterdir()) == [path]
