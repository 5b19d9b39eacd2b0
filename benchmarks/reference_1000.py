"""1,000 random people of a study against LSODA at rtol 1e-10: how many stay within 1e-4, and who is worst at what.

Slow (a quarter of an hour); resumes from what its result file holds.

    python benchmarks/reference_1000.py [STUDY] [--people 1000] [--out benchmarks/results/reference_1000.json]
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.reference.whole_model import Reference, treated_people

from quell.protocols.study_file import read_study
from quell.simulation.engine import LANES, Solution
from quell.simulation.population import block_people, solve_arm
from quell.simulation.setup import Options, prepare

BATCH = 32
SEED = 5
_NOTHING = 1e-7


def errors_of(
    solution: Solution, exact: dict[str, np.ndarray], nodes: np.ndarray, lanes: slice
) -> dict[str, np.ndarray]:
    """Output -> each person's largest error, of the larger of the value and 1 % of the person's peak."""
    relief = np.abs(exact["relief_now"]).max(axis=0)
    found = {}
    for name, course in solution.ends.items():
        truth = exact[name]
        peak = np.abs(truth).max(axis=0)
        peak = np.maximum(peak, relief) if name.startswith("relief_") else peak
        measure = np.maximum(np.abs(truth), np.maximum(0.01 * peak, _NOTHING))
        found[name] = (np.abs(course[nodes][:, lanes] - truth) / measure).max(axis=0)
    return found


def main() -> None:
    """Compare, print, write after every batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=ROOT / "studies" / "social-anxiety-one-infusion.yaml")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "reference_1000.json")
    options = parser.parse_args()
    setup = prepare(read_study(options.study), Options(seed=SEED, count=options.people))
    experiment = setup.experiment
    kept = json.loads(options.out.read_text()) if options.out.exists() else {}
    worst: dict[str, dict[str, list[float]]] = kept.get("worst", {})
    done = kept.get("people", 0)
    for start in range(done, options.people, BATCH):
        first, stop = start // LANES * LANES, min(start + BATCH, options.people)
        cohort = experiment.cohort.take(first, first + LANES)
        block = block_people(experiment, cohort)
        solved = block.solved(experiment.model.kinetics)
        for number, plan in enumerate(experiment.plans):
            solution, _ = solve_arm(experiment, plan, cohort, block, solved, first)
            nodes = np.unique(np.linspace(0, plan.grid.steps, 50).astype(int))
            lanes = slice(start - first, stop - first)
            treated = treated_people(experiment, number, cohort.take(lanes.start, lanes.stop), range(start, stop))
            found = errors_of(solution, Reference(treated).solve(solution.nodes[nodes]), nodes, lanes)
            arm = worst.setdefault(plan.arm.name, {})
            for name, errors in found.items():
                before = arm.get(name, [0.0, 0, 0])
                over = before[2] + int((errors > 1e-4).sum())
                largest = [float(errors.max()), start + int(errors.argmax())]
                arm[name] = [*(largest if largest[0] > before[0] else before[:2]), over]
        figures = {"study": options.study.name, "seed": SEED, "people": stop, "worst": worst}
        options.out.write_text(json.dumps(figures, indent=1) + "\n")
        top = max((x[0], arm, name) for arm, y in worst.items() for name, x in y.items())
        print(f"{stop} people, worst so far {top[0]:.2g} ({top[2]} in arm {top[1]})", flush=True)


if __name__ == "__main__":
    main()
