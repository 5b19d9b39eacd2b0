"""Patients per second on 18 states: quell's engine beside scipy LSODA and numbalsoda, in one run on one core.

Three-compartment kinetics and fifteen states of a cascade (effect site, glutamate, memory of deep block, fast
potentiation, BDNF, mTORC1, nascent and stable connections, regulation, symptoms, two tolerances, circulation, exposure,
expectancy), 20 parameters of one's own per patient, six infusions in 17 days, 12 weeks, 8 outputs. Everybody's error is
checked against LSODA at rtol 1e-10: the larger of the value and 1 % of the output's peak is the measure. Peers run at
the tolerance that brings them to the same accuracy.

    python benchmarks/eighteen_states.py [--people 2048] [--out benchmarks/results/eighteen_states.json]
"""

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
os.environ["QUELL_MAKES_PROGRAMS"] = "1"  # compiled as quell compiles its own cascade

import numpy as np
from scipy.integrate import solve_ivp

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.conventions.machine import keep_freed_memory
from quell.mechanisms.assembly import assemble
from quell.mechanisms.base import Mechanism, Signal, State
from quell.mechanisms.network import (
    Compartment,
    Input,
    Kinetics,
    LinearNetwork,
    Output,
    RouteInput,
    Transfer,
    everything,
    exchange,
)
from quell.protocols.schedule import ArmInputs, KineticDose
from quell.simulation import engine
from quell.simulation.arm_plan import Typical, plan_arm
from quell.simulation.cascade import compile_cascade

DAYS = (0, 3, 7, 10, 14, 17)
DOSE_MG, INFUSION_H, WEEKS = 40.0, 2.0 / 3.0, 12
NAMES = [
    "CL",
    "V1",
    "Q2",
    "V2",
    "Q3",
    "V3",
    "ke0",
    "K",
    "n",
    "alpha",
    "beta",
    "k_G",
    "k_in",
    "k_out",
    "k_B",
    "k_N",
    "k_S",
    "E50",
    "h",
    "EC",
]
CENTRE = np.array(
    [
        88.8,
        11.6,
        145.8,
        39.0,
        72.6,
        174.0,
        13.9,
        0.3,
        1.37,
        1.06,
        0.75,
        8.7,
        1.74,
        0.0248,
        0.1155,
        0.08,
        0.00096,
        0.5,
        1.73,
        0.6,
    ]
)
OUTPUTS = ("effect_site", "glutamate", "nascent", "stable", "regulation", "symptoms", "dissociation", "pressure")
MOLAR = 237.73


def flow(name: str, volume: str) -> Callable[[Any, Any, Any], Any]:
    """Rate constant of a flow out of a volume, 1/h."""
    return lambda v, p, m: getattr(p, name) / getattr(p, volume)


NETWORK = LinearNetwork(
    "drug",
    "three compartments",
    tuple(Compartment(x, "mg", x) for x in ("central", "shallow", "deep")),
    (
        Transfer("central", flow("CL", "V1")),
        *exchange("central", "shallow", flow("Q2", "V1"), flow("Q2", "V2")),
        *exchange("central", "deep", flow("Q3", "V1"), flow("Q3", "V3")),
    ),
    (Input("vein", "central", "vein"),),
    (Output("drug", "uM", "plasma", {"central": lambda v, p, m: 1000.0 / MOLAR / p.V1}),),
)
KINETICS = Kinetics("model", "kinetics", (), (NETWORK,), {("drug", "IV"): (RouteInput("drug", "vein", everything),)})


def state(name: str, rate: Any, drive: Any, start: float = 0.0) -> State:
    """A state of the cascade."""
    return State(name, "1", name, rate, drive, lambda v, p, m: start)


def constant(value: float) -> Any:
    """A rate that nothing moves."""
    return lambda v, p, m: value + 0.0 * p.K


def block(factor: float) -> Any:
    """Hill occupancy of a pool."""
    return lambda v, p, m: 1.0 - 1.0 / (1.0 + m.power(factor * v.effect_site / p.K, p.n))


def throughput(v: Any, p: Any, m: Any) -> Any:
    """Excess glutamate, smooth where it begins (a kink would measure how each solver finds it), gated by memory."""
    excess = m.maximum(v.glutamate - 1.0, 0.0)
    return excess**2 / (excess + 0.1) / (1.0 + (v.memory / 0.15) ** 2)


CASCADE = Mechanism(
    "model",
    "eighteen states",
    ("drug",),
    OUTPUTS,
    (
        state("effect_site", lambda v, p, m: p.ke0, lambda v, p, m: p.ke0 * 0.55 * v.drug),
        Signal("interneuron", "1", "", block(1.76)),
        Signal("pyramidal", "1", "", block(0.33)),
        state(
            "glutamate",
            lambda v, p, m: p.k_G,
            lambda v, p, m: p.k_G * (1.0 + p.alpha * v.interneuron) * (1.0 - p.beta * v.pyramidal),
            1.0,
        ),
        state("memory", constant(0.0578), lambda v, p, m: 0.0578 * v.pyramidal),
        Signal("throughput", "1", "", throughput),
        state("fast", lambda v, p, m: p.k_in * v.throughput + p.k_out, lambda v, p, m: p.k_in * v.throughput),
        state("bdnf", lambda v, p, m: p.k_B, lambda v, p, m: p.k_B * 8.0 * v.throughput),
        state("mtorc1", constant(0.231), lambda v, p, m: 0.231 * v.bdnf),
        state(
            "nascent",
            lambda v, p, m: p.k_N * v.mtorc1 + 0.0134,
            lambda v, p, m: p.k_N * v.mtorc1 * (1.0 - v.stable),
        ),
        state("stable", lambda v, p, m: p.k_S, lambda v, p, m: 0.0057 * v.nascent),
        state("regulation", constant(2.77), lambda v, p, m: 2.77 * (0.5 * v.fast + v.nascent + v.stable)),
        state(
            "symptoms",
            constant(2.0),
            lambda v, p, m: 2.0 * (1.0 - 0.76 * (1.0 - 1.0 / (1.0 + m.power(v.regulation / p.E50, p.h)))),
            1.0,
        ),
        state("acute_tolerance", constant(0.231), lambda v, p, m: 0.35 * v.effect_site),
        state("lasting_tolerance", constant(0.00048), lambda v, p, m: 0.15 * v.effect_site),
        state("circulation", constant(10.4), lambda v, p, m: 10.4 * v.drug),
        state("exposure", constant(0.00032), lambda v, p, m: v.drug),
        state("expectancy", lambda v, p, m: 0.0035 + 0.5 * v.effect_site, lambda v, p, m: 0.5 * v.effect_site),
        Signal(
            "dissociation",
            "points",
            "",
            lambda v, p, m: (
                70.0
                * (1.0 - 1.0 / (1.0 + m.power(v.effect_site / p.EC, 1.3)))
                / (1.0 + v.acute_tolerance + v.lasting_tolerance)
            ),
        ),
        Signal("pressure", "mmHg", "", lambda v, p, m: 28.0 * v.circulation / (p.EC + v.circulation)),
    ),
    {"drug": lambda v, p, m: 1.0 / p.ke0},
)


def right_hand_side(p: list[float]) -> Callable[[float, np.ndarray, float], list[float]]:
    """The same equations in plain Python with every constant folded: what a careful user gives to scipy."""
    cl, v1, q2, v2, q3, v3, ke0, k, n, alpha, beta, k_g, k_in, k_out, k_b, k_n, k_s, e50, h, _ = p
    out, r12, r21, r13, r31 = (cl + q2 + q3) / v1, q2 / v1, q2 / v2, q3 / v1, q3 / v3
    to_um = 1000.0 / MOLAR / v1

    def slope(t: float, x: np.ndarray, u: float) -> list[float]:
        a1, a2, a3, c, g, z, f, b, m, new, old, e, y, ta, tc, cv, ex, ep = x
        plasma = to_um * a1
        site = max(c, 0.0)
        occupied_i = 1.0 - 1.0 / (1.0 + (1.76 * site / k) ** n)
        occupied_p = 1.0 - 1.0 / (1.0 + (0.33 * site / k) ** n)
        excess = max(g - 1.0, 0.0)
        through = excess * excess / (excess + 0.1) / (1.0 + (z / 0.15) ** 2)
        return [
            u - out * a1 + r21 * a2 + r31 * a3,
            r12 * a1 - r21 * a2,
            r13 * a1 - r31 * a3,
            ke0 * (0.55 * plasma - c),
            k_g * ((1.0 + alpha * occupied_i) * (1.0 - beta * occupied_p) - g),
            0.0578 * (occupied_p - z),
            k_in * through * (1.0 - f) - k_out * f,
            k_b * (8.0 * through - b),
            0.231 * (b - m),
            k_n * m * (1.0 - old - new) - 0.0134 * new,
            0.0057 * new - k_s * old,
            2.77 * (0.5 * f + new + old - e),
            2.0 * (1.0 - 0.76 * (1.0 - 1.0 / (1.0 + (max(e, 0.0) / e50) ** h)) - y),
            0.35 * c - 0.231 * ta,
            0.15 * c - 0.00048 * tc,
            10.4 * (plasma - cv),
            plasma - 0.00032 * ex,
            0.5 * c * (1.0 - ep) - 0.0035 * ep,
        ]

    return slope


START = np.array([0.0] * 4 + [1.0] + [0.0] * 7 + [1.0] + [0.0] * 5)
PLACES = {"effect_site": 3, "glutamate": 4, "nascent": 9, "stable": 10, "regulation": 11, "symptoms": 12}


def observed_h() -> np.ndarray:
    """Times compared: around every infusion, then weekly."""
    around = (0.3, INFUSION_H, 1.0, 2.0, 6.0, 24.0, 48.0)
    times = {24.0 * day + t for day in DAYS for t in around} | {168.0 * week for week in range(1, WEEKS + 1)}
    return np.array(sorted(times))


def outputs_of(x: np.ndarray, p: np.ndarray) -> dict[str, np.ndarray]:
    """The eight outputs from states ``(state, time)``."""
    found = {name: x[place] for name, place in PLACES.items()}
    ec = p[NAMES.index("EC")]
    site, held = np.maximum(x[3], 0.0), 1.0 + x[13] + x[14]
    found["dissociation"] = 70.0 * (1.0 - 1.0 / (1.0 + (site / ec) ** 1.3)) / held
    found["pressure"] = 28.0 * x[15] / (ec + x[15])
    return found


def spans() -> list[tuple[float, float, float]]:
    """(begin, end, infusion in mg/h) between discontinuities."""
    edges = sorted({t for day in DAYS for t in (24.0 * day, 24.0 * day + INFUSION_H)} | {168.0 * WEEKS})
    infusing = {24.0 * day for day in DAYS}
    return [(a, b, DOSE_MG / INFUSION_H if a in infusing else 0.0) for a, b in pairwise(edges)]


def by_scipy(p: np.ndarray, rtol: float) -> dict[str, np.ndarray]:
    """One patient by scipy LSODA."""
    times, slope, x, pieces = observed_h(), right_hand_side(p.tolist()), START, []
    for a, b, u in spans():
        inside = times[(times > a) & (times <= b)]
        asked = np.append(inside, b) if not inside.size or inside[-1] < b else inside
        solved = solve_ivp(slope, (a, b), x, "LSODA", asked, args=(u,), rtol=rtol, atol=rtol * 1e-3)
        pieces.append(solved.y[:, : inside.size])
        x = solved.y[:, -1]
    return outputs_of(np.concatenate(pieces, axis=1), p)


def numba_solver() -> Callable[[np.ndarray, float], dict[str, np.ndarray]] | None:
    """One patient by numbalsoda, or None where it is not installed."""
    try:
        from numba import cfunc
        from numbalsoda import lsoda, lsoda_sig
    except ImportError:
        return None

    @cfunc(lsoda_sig)
    def slope(t, x, dx, q):
        plasma = 1000.0 / 237.73 / q[1] * x[0]
        site = max(x[3], 0.0)
        occupied_i = 1.0 - 1.0 / (1.0 + (1.76 * site / q[7]) ** q[8])
        occupied_p = 1.0 - 1.0 / (1.0 + (0.33 * site / q[7]) ** q[8])
        excess = max(x[4] - 1.0, 0.0)
        through = excess * excess / (excess + 0.1) / (1.0 + (x[5] / 0.15) ** 2)
        dx[0] = q[20] - (q[0] + q[2] + q[4]) / q[1] * x[0] + q[2] / q[3] * x[1] + q[4] / q[5] * x[2]
        dx[1] = q[2] / q[1] * x[0] - q[2] / q[3] * x[1]
        dx[2] = q[4] / q[1] * x[0] - q[4] / q[5] * x[2]
        dx[3] = q[6] * (0.55 * plasma - x[3])
        dx[4] = q[11] * ((1.0 + q[9] * occupied_i) * (1.0 - q[10] * occupied_p) - x[4])
        dx[5] = 0.0578 * (occupied_p - x[5])
        dx[6] = q[12] * through * (1.0 - x[6]) - q[13] * x[6]
        dx[7] = q[14] * (8.0 * through - x[7])
        dx[8] = 0.231 * (x[7] - x[8])
        dx[9] = q[15] * x[8] * (1.0 - x[10] - x[9]) - 0.0134 * x[9]
        dx[10] = 0.0057 * x[9] - q[16] * x[10]
        dx[11] = 2.77 * (0.5 * x[6] + x[9] + x[10] - x[11])
        dx[12] = 2.0 * (1.0 - 0.76 * (1.0 - 1.0 / (1.0 + (max(x[11], 0.0) / q[17]) ** q[18])) - x[12])
        dx[13] = 0.35 * x[3] - 0.231 * x[13]
        dx[14] = 0.15 * x[3] - 0.00048 * x[14]
        dx[15] = 10.4 * (plasma - x[15])
        dx[16] = plasma - 0.00032 * x[16]
        dx[17] = 0.5 * x[3] * (1.0 - x[17]) - 0.0035 * x[17]

    address = slope.address
    times, cuts = observed_h(), spans()

    def solve(p: np.ndarray, rtol: float) -> dict[str, np.ndarray]:
        x, pieces, q = START, [], np.append(p, 0.0)
        for a, b, u in cuts:
            q[20] = u
            inside = times[(times > a) & (times <= b)]
            asked = np.concatenate([[a], inside, [] if inside.size and inside[-1] == b else [b]])
            found, ok = lsoda(address, x, asked, q, rtol=rtol, atol=rtol * 1e-3)
            assert ok
            pieces.append(found[1 : 1 + inside.size])
            x = found[-1]
        return outputs_of(np.concatenate(pieces).T, p)

    return solve


def quell_solver(patients: np.ndarray, refine: float = 1.0) -> Callable[[], dict[str, np.ndarray]]:
    """All patients by quell's engine: (output -> ``(time, patient)``), compiled on the first call.

    ``refine`` scales the number of steps, as a tolerance does for a peer.
    """
    system = assemble((CASCADE,), ("drug",))
    model = engine.Model(system, KINETICS, compile_cascade(system, OUTPUTS))
    centre = {f"model.{name}": float(x) for name, x in zip(NAMES, CENTRE, strict=True)}
    doses = tuple(KineticDose(24.0 * day, "drug", "IV", DOSE_MG, "mg", INFUSION_H) for day in DAYS)
    arm = ArmInputs("six infusions", (), doses, (), (), open_label=False, control=False)
    outside = dict.fromkeys((*COVARIATES, *LEVELS, *EVENTS, "drug"), 0.0)
    plan = plan_arm(system, KINETICS, arm, [0.0, *observed_h()], Typical(centre, outside), refine)
    nodes = plan.grid.node_at(observed_h())
    lanes = engine.LANES
    zero = np.zeros(lanes)

    def solve() -> dict[str, np.ndarray]:
        blocks = []
        for first in range(0, len(patients), lanes):
            own = patients[first : first + lanes].T
            people = engine.People(
                {f"model.{name}": np.ascontiguousarray(x) for name, x in zip(NAMES, own, strict=True)},
                dict.fromkeys(COVARIATES, zero),
            )
            mg, ones = np.full((len(DAYS), lanes), DOSE_MG), np.ones((len(DAYS), lanes))
            found = engine.solve(model, plan, people, people.solved(KINETICS), {}, mg, ones)
            blocks.append({name: found.ends[name][nodes] for name in OUTPUTS})
        return {name: np.concatenate([x[name] for x in blocks], axis=1) for name in OUTPUTS}

    solve.steps = plan.grid.steps  # type: ignore[attr-defined]
    return solve


def worst_error(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> float:
    """Largest error over outputs and times of one patient."""
    return max(
        float(np.max(np.abs(found[name] - x) / np.maximum(np.abs(x), 0.01 * np.abs(x).max())))
        for name, x in exact.items()
    )


def per_second(run: Callable[[], Any], people: int, repeats: int) -> float:
    """Patients per second, the best of some repeats."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return people / min(taken)


def accurate(solve: Callable[[np.ndarray, float], dict[str, np.ndarray]], patients: np.ndarray, exact: list) -> float:
    """The loosest tolerance at which a peer is within 1e-4 for the patients given."""
    for rtol in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8):
        if max(worst_error(solve(p, rtol), x) for p, x in zip(patients, exact, strict=True)) <= 1e-4:
            return rtol
    return 1e-9


def coarsest(
    patients: np.ndarray, checked: range, exact: list[dict[str, np.ndarray]]
) -> tuple[Callable[[], dict[str, np.ndarray]], float, float]:
    """quell on the fewest steps within 1e-4, every finer grid being within, too; its share of the steps, its error."""
    found: list[tuple[Callable[[], dict[str, np.ndarray]], float, float]] = []
    for refine in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
        solve = quell_solver(patients, refine)
        values = solve()
        people = ({name: x[:, i] for name, x in values.items()} for i in checked)
        error = max(worst_error(own, truth) for own, truth in zip(people, exact, strict=True))
        if error > 1e-4:
            break
        found.append((solve, refine, error))
    assert found, "not within 1e-4 on the usual grid"
    return found[-1]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2048)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "eighteen_states.json")
    options = parser.parse_args()
    keep_freed_memory()  # as the command does
    generator = np.random.default_rng(7)
    patients = CENTRE * np.exp(0.2 * generator.normal(size=(options.people, CENTRE.size)))

    checked = range(0, options.people, max(options.people // 40, 1))
    exact = [by_scipy(patients[i], 1e-10) for i in checked]
    quell, refine, error = coarsest(patients, checked, exact)
    few, truth = patients[list(checked)[:8]], exact[:8]
    rate = per_second(quell, options.people, 5)
    rtol = accurate(by_scipy, few, truth)
    scipy_rate = per_second(lambda: [by_scipy(p, rtol) for p in few], len(few), 3)
    figures: dict[str, Any] = {
        "people": options.people,
        "steps": quell.steps,  # type: ignore[attr-defined]
        "quell": {"patients_per_s": rate, "refine": refine, "worst_error": error, "patients_checked": len(exact)},
        "scipy LSODA": {"patients_per_s": scipy_rate, "rtol": rtol, "ratio": rate / scipy_rate},
    }
    peer = numba_solver()
    if peer is not None:
        peer(few[0], 1e-6)
        rtol = accurate(peer, few, truth)
        many = patients[:200]
        peer_rate = per_second(lambda: [peer(p, rtol) for p in many], len(many), 3)
        figures["numbalsoda"] = {"patients_per_s": peer_rate, "rtol": rtol, "ratio": rate / peer_rate}
    figures["machine"] = {
        "processor": platform.machine(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))
    assert math.isfinite(error)


if __name__ == "__main__":
    main()
