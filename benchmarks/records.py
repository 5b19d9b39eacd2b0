"""Dosing records per second: quell's exact kinetics beside numbalsoda at rtol 1e-9, in one run on one core.

Three compartments with first-order absorption, ten doses and fifty samples a person at times of one's own, seven
parameters of one's own a person. quell solves everybody at once, eigen-decomposition included: compiled under JAX
(the data prepared once, parameters new with each call, as a fit needs them) and with NumPy (nothing compiled, nothing
prepared, amounts of every compartment). numbalsoda solves the same right-hand side, compiled, from dose to dose. The
gradient is that of the sum of squared differences from data in all parameters of all people, in reverse mode.
Solvers take turns, and each counts by its best turn.

    python benchmarks/records.py [--people 10000] [--out benchmarks/results/records.json]
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})

import jax
import jax.numpy as jnp
import numpy as np

from quell.mechanisms.compartment_models import compartment_model
from quell.protocols.records import Records
from quell.simulation.record_gradients import PreparedRecords
from quell.simulation.record_kinetics import solve_records

DOSES, SAMPLES, DOSE_MG, EVERY_H = 10, 50, 100.0, 12.0
CENTRE = {"CL": 10.0, "V1": 20.0, "Q2": 15.0, "V2": 30.0, "Q3": 5.0, "V3": 100.0, "KA": 1.0}
MODEL = compartment_model("three-compartment-oral")
TURNS = 7


def made_up(people: int) -> tuple[Records, dict[str, np.ndarray]]:
    """Records and parameters of virtual people: dose times differ by up to an hour, samples are anywhere."""
    generator = np.random.default_rng(3)
    doses = EVERY_H * np.arange(DOSES) + generator.uniform(0.0, 1.0, (people, DOSES))
    samples = generator.uniform(1.0, EVERY_H * (DOSES + 1), (people, SAMPLES))
    time_h = np.concatenate([doses, samples], axis=1)
    order = np.argsort(time_h, axis=1, kind="stable")
    evid = (order < DOSES).astype(int).ravel()
    zero, none, count = np.zeros(evid.size), np.zeros(evid.size, dtype=int), evid.size
    records = Records(
        person=np.repeat(np.arange(people), DOSES + SAMPLES),
        ids=tuple(str(i) for i in range(people)),
        time=np.take_along_axis(time_h, order, axis=1).ravel(),
        amt=DOSE_MG * evid,
        rate=zero,
        ii=zero,
        addl=none,
        ss=none,
        evid=evid,
        cmt=none,
        dv=zero,
        mdv=zero,
        covariates={},
        rows=np.arange(count) + 2,
    )
    return records, {name: x * np.exp(0.3 * generator.normal(size=people)) for name, x in CENTRE.items()}


def numba_solver() -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Concentrations of one person by numbalsoda from parameters, times and events."""
    from numba import cfunc
    from numbalsoda import lsoda, lsoda_sig

    @cfunc(lsoda_sig)
    def slope(t, x, dx, p):
        dx[0] = -p[6] * x[0]
        dx[1] = p[6] * x[0] - (p[0] + p[2] + p[4]) / p[1] * x[1] + p[2] / p[3] * x[2] + p[4] / p[5] * x[3]
        dx[2] = p[2] / p[1] * x[1] - p[2] / p[3] * x[2]
        dx[3] = p[4] / p[1] * x[1] - p[4] / p[5] * x[3]

    address = slope.address

    def solve(p: np.ndarray, times: np.ndarray, evid: np.ndarray) -> np.ndarray:
        found, x = np.zeros(times.size), np.zeros(4)
        stops = [*np.flatnonzero(evid == 1).tolist(), times.size]
        for first, after in pairwise(stops):
            x[0] += DOSE_MG
            asked = times[first : min(after + 1, times.size)]
            course, ok = lsoda(address, x, asked, p, rtol=1e-9, atol=1e-9)
            assert ok
            found[first:after] = course[: after - first, 1]
            x = course[-1].copy()
        return found / p[1]

    return solve


def turn(run: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    jax.block_until_ready(run())
    return time.perf_counter() - began


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "records.json")
    options = parser.parse_args()
    records, parameters = made_up(options.people)
    arrays = {name: jnp.asarray(x) for name, x in parameters.items()}
    prepared = PreparedRecords(MODEL, records, parameters)
    exact = solve_records(MODEL, records, parameters, method="matrix exponential").pred
    data = jnp.asarray(1.1 * exact)

    def squares(p: dict[str, Any]) -> Any:
        return jnp.sum((prepared.pred(p) - data) ** 2)

    concentrations, value, gradient = jax.jit(prepared.pred), jax.jit(squares), jax.jit(jax.value_and_grad(squares))
    few, rows = min(500, options.people), DOSES + SAMPLES
    peer, columns = numba_solver(), np.stack(list(parameters.values()), axis=1)

    def by_peer() -> list[np.ndarray]:
        parts = (slice(rows * i, rows * (i + 1)) for i in range(few))
        return [peer(p, records.time[x], records.evid[x]) for p, x in zip(columns, parts, strict=False)]

    runs: dict[str, Callable[[], Any]] = {
        "quell, compiled": lambda: concentrations(arrays),
        "quell, NumPy": lambda: solve_records(MODEL, records, parameters).pred,
        "sum of squares": lambda: value(arrays),
        "sum of squares with gradient": lambda: gradient(arrays),
        "numbalsoda": by_peer,
    }
    found = {name: np.asarray(run()).ravel() for name, run in list(runs.items())[:2]}
    found["numbalsoda"] = np.concatenate(by_peer())
    gradient(arrays), value(arrays)
    seconds = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, run in runs.items():
            seconds[name].append(turn(run))
    best = {name: min(x) for name, x in seconds.items()}
    best["numbalsoda"] *= options.people / few
    figures = {
        "people": options.people,
        "seconds": best,
        "ratio to numbalsoda": {name: best["numbalsoda"] / best[name] for name in ("quell, compiled", "quell, NumPy")},
        "gradient over forward": best["sum of squares with gradient"] / best["sum of squares"],
        "worst relative error": {
            name: float(np.max(np.abs(x - exact[: x.size]) / np.maximum(exact[: x.size], 1e-6 * exact.max())))
            for name, x in found.items()
        },
        "machine": {
            "processor": platform.machine(),
            "load": os.getloadavg()[0],
            "python": platform.python_version(),
        },
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
