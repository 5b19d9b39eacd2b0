"""What a run leaves beside the report: Zarr trajectories, Parquet tables.

Zarr arrays carry dimension names, units and titles, so that xarray opens them with labels. Parquet tables are one row
a person and arm, and one row a dose; they hold no times of writing, so that the same study gives the same bytes.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quell.protocols.schedule import ArmInputs
from quell.simulation.summary_scores import Visit
from quell.simulation.tables import Tables


def write_trajectories(
    path: Path, tables: Tables, times_h: Mapping[str, np.ndarray], about: Mapping[str, Mapping[str, Any]]
) -> None:
    """``trajectories.zarr``: one group an arm, arrays ``(patient, time)``.

    Parameters
    ----------
    times_h
        Arm -> display times, h.
    about
        Signal -> title and unit.
    """
    import zarr

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    root = zarr.open_group(temporary, mode="w", attributes={"title": "quell trajectories", "time_unit": "h"})
    for arm, name in zip(tables.arms, group_names(tables.arms), strict=True):
        group = root.create_group(name, attributes={"arm": arm})
        _label(group, "time", times_h[arm], {"units": "h", "long_name": "time from the first dose"})
        paths = {signal: tables.arm(arm, "path", signal) for signal in tables.names("path", arm)}
        kept = min(len(values) for values in paths.values())
        _label(group, "patient", tables.person("number", "")[:kept], {"long_name": "person"})
        for signal, values in paths.items():
            attributes = {"units": about[signal]["unit"], "long_name": about[signal]["title"]}
            if values.any():
                group.create_array(signal, data=values, dimension_names=("patient", "time"), attributes=attributes)
    shutil.rmtree(path, ignore_errors=True)
    os.replace(temporary, path)


def _label(group: Any, name: str, values: np.ndarray, attributes: Mapping[str, str]) -> None:
    """A coordinate: an array named as its own dimension."""
    group.create_array(name, data=values, dimension_names=(name,), attributes=attributes)


def group_names(arms: Sequence[str]) -> list[str]:
    """Arms' names as folders': letters, digits, space and ``-_.`` only, short, no two alike on any file system."""
    found, seen = [], Counter(["zarr.json"])
    for arm in arms:
        plain = "".join(c if c.isalnum() or c in "-_ ." else "_" for c in arm)[:80].strip("._ ") or "arm"
        seen[plain.casefold()] += 1
        number = seen[plain.casefold()]
        found.append(plain if number == 1 else f"{plain}~{number}")
    return found


def write_patients(path: Path, tables: Tables, visits: Sequence[Visit]) -> None:
    """``patients.parquet``: one row a person and arm."""
    blocks = [_patient_columns(tables, arm, visits) for arm in tables.arms]
    names = dict.fromkeys(name for block in blocks for name in block)
    columns = {name: _stacked([block.get(name) for block in blocks], tables.people) for name in names}
    _write_parquet(path, columns)


def _patient_columns(tables: Tables, arm: str, visits: Sequence[Visit]) -> dict[str, np.ndarray]:
    n = tables.people
    columns: dict[str, np.ndarray] = {
        "person": tables.person("number", "").astype(np.int64),
        "arm": np.full(n, arm),
        "draw": tables.person("draw", "").astype(np.int64),
    }
    columns |= {name: tables.person("covariate", name) for name in tables.names("covariate")}
    for name in tables.names("baseline"):
        columns[f"{name} baseline"] = tables.person("baseline", name)
    for name in tables.names("score", arm):
        scores = tables.arm(arm, "score", name)
        columns |= {f"{name} at {visit.name}": scores[:, i] for i, visit in enumerate(visits)}
    columns |= {f"peak {name}": tables.arm(arm, "peak", name) for name in tables.names("peak", arm)}
    for statistic in ("cmax", "auc"):
        columns |= {f"{statistic} {name}": tables.arm(arm, statistic, name) for name in tables.names(statistic, arm)}
    columns |= {f"guess at {name}": tables.arm(arm, "guess", name) for name in tables.names("guess", arm)}
    return columns


def _stacked(pieces: Sequence[np.ndarray | None], people: int) -> np.ndarray:
    return np.concatenate([np.full(people, np.nan) if x is None else x for x in pieces])


def write_doses(path: Path, tables: Tables, arms: Sequence[ArmInputs]) -> None:
    """``doses.parquet``: every dose given, one row a person, arm and dose."""
    rows: dict[str, list[np.ndarray]] = {
        name: [] for name in ("person", "arm", "time_h", "drug", "route", "mg", "duration_h")
    }
    number = tables.person("number", "").astype(np.int64)
    for arm in arms:
        mg = tables.arm(arm.name, "mg", "")
        for i, dose in enumerate(arm.doses):
            given = (number, arm.name, dose.time_h, dose.drug, dose.route, mg[:, i], dose.duration_h)
            for name, x in zip(rows, given, strict=True):
                rows[name].append(np.broadcast_to(np.asarray(x), (number.size,)))
    empty = np.empty(0)
    _write_parquet(path, {name: np.concatenate(x) if x else empty for name, x in rows.items()})


def _write_parquet(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    table = pa.Table.from_arrays([_arrow(x) for x in columns.values()], names=list(columns))
    pq.write_table(table, temporary, compression="zstd")
    os.replace(temporary, path)


def _arrow(values: np.ndarray) -> Any:
    """An Arrow array over the same memory; ``pyarrow.array`` would import pandas, which takes longer than a run."""
    import pyarrow as pa

    if values.dtype.kind == "U":
        words = [word.encode() for word in values.tolist()]
        offsets = np.cumsum([0, *map(len, words)]).astype(np.int32)
        return pa.StringArray.from_buffers(values.size, pa.py_buffer(offsets), pa.py_buffer(b"".join(words)))
    kind = pa.int64() if values.dtype.kind == "i" else pa.float64()
    return pa.Array.from_buffers(kind, values.size, [None, pa.py_buffer(np.ascontiguousarray(values))])
