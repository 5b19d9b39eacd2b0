"""A study small enough to be run many times, and what a run wrote."""

from pathlib import Path

import numpy as np
import zarr

from quell.protocols.study_file import Study, parse_study
from quell.simulation.run import Finished, run_study
from quell.simulation.setup import Options

SMALL = """\
quell: 1
title: One infusion, one day
people: {disorder: social anxiety disorder, enrol: LSAS >= 60, count: 300}
arms:
  ketamine: ketamine 0.5 mg/kg IV over 40 min on day 0
  midazolam: midazolam 0.045 mg/kg IV over 40 min on day 0
visits: [0 h, 3 h, 24 h]
endpoint: LSAS change from baseline at 24 h
measures: [LSAS, CADSS]
"""

FILES = ("summary.json", "patients.parquet", "doses.parquet")


def small(text: str = SMALL) -> Study:
    return parse_study(text, "small.yaml")


def run(folder: Path, study: Study | None = None, threads: int = 2, people_per_part: int = 4096, **options) -> Finished:
    """Run the small study, or another, into a folder."""
    chosen = Options(**options)
    return run_study(study or small(), folder, chosen, threads=threads, people_per_part=people_per_part)


def written(folder: Path) -> dict[str, bytes]:
    """The files whose bytes are promised."""
    return {name: (folder / name).read_bytes() for name in FILES}


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with the bytes of files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def same_paths(one: Path, other: Path) -> bool:
    """Whether two folders hold the same trajectories, by value, names, units and dimensions."""
    groups = [zarr.open_group(folder / "trajectories.zarr", mode="r") for folder in (one, other)]
    arrays = [{f"{arm}/{name}": x for arm, group in top.groups() for name, x in group.arrays()} for top in groups]
    return arrays[0].keys() == arrays[1].keys() != set() and all(
        x.attrs.asdict() == arrays[1][name].attrs.asdict()
        and x.metadata.dimension_names == arrays[1][name].metadata.dimension_names
        and np.array_equal(x[:], arrays[1][name][:])
        for name, x in arrays[0].items()
    )
