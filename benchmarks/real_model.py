"""The real model and the whole command: people per second beside scipy, both cores, memory, cold and warm runs.

    python benchmarks/real_model.py [--out benchmarks/results/real_model.json] [--large]

``--large`` adds 100,000 people (minutes). Whole-process figures are medians of three; the load of the machine is noted.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
STUDY = ROOT / "studies" / "social-anxiety-one-infusion.yaml"
QUELL = Path(sys.executable).with_name("quell")


def best(run: Callable[[], Any], repeats: int = 3) -> float:
    """Shortest wall time, s."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken)


def engine(cores: int, first: int = 0) -> dict[str, float]:
    """People and arms per second on so many cores; on the first core alone scipy LSODA at the same accuracy, too.

    Runs in a process of its own, confined to those cores before XLA starts its threads.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[first : first + cores])
    from tests.reference.whole_model import Reference, treated_people

    from quell.conventions.machine import keep_freed_memory
    from quell.protocols.study_file import read_study
    from quell.simulation.engine import LANES
    from quell.simulation.population import simulate
    from quell.simulation.setup import Options, prepare
    from quell.simulation.warm_up import warm_up
    from quell.simulation.workers import Workers

    keep_freed_memory()  # as the command does
    warm_up()
    setup = prepare(read_study(STUDY), Options(count=8 * LANES))
    experiment = setup.experiment
    with Workers(cores) as workers:
        taken = best(lambda: simulate(experiment, 0, setup.count, workers, lambda people: None), 5)
    found = {"quell": setup.count * len(experiment.plans) / taken}
    if cores == 1 and first == 0:
        times = experiment.plans[0].grid.nodes[:: max(experiment.plans[0].grid.steps // 20, 1)]
        one = treated_people(experiment, 0, experiment.cohort.take(0, 1), range(1))
        found["scipy"] = 1.0 / best(lambda: Reference(one, 1e-6).solve(times), 2)
    return found


def two_processes() -> float:
    """People and arms per second of two processes at once, a core each: what this machine's second core can give."""
    words = [sys.executable, __file__, "--cores", "1", "--first"]
    begun = [subprocess.Popen([*words, first], stdout=subprocess.PIPE, text=True) for first in ("0", "1")]
    return sum(json.loads(x.communicate()[0])["quell"] for x in begun)


def engine_against_scipy() -> dict[str, float]:
    """One infusion and two weeks, both arms: one core, two cores, scipy; in turn, the best of two each."""
    runs: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for cores in (1, 2, 1, 2):
        words = [sys.executable, __file__, "--cores", str(cores)]
        answer = subprocess.run(words, check=True, capture_output=True, text=True)
        runs[cores].append(json.loads(answer.stdout))
    one, two = (max(x["quell"] for x in runs[cores]) for cores in (1, 2))
    scipy = max(x["scipy"] for x in runs[1])
    apart = max(two_processes() for _ in range(2))
    return {
        "people and arms per s, one core": one,
        "people and arms per s, two cores": two,
        "gain of the second core": two / one,
        "gain of a second process on the second core": apart / one,
        "scipy LSODA, people and arms per s": scipy,
        "ratio on one core": one / scipy,
    }


def command(*words: str, cache: Path) -> tuple[float, float]:
    """Wall time, s, and peak memory, GB, of one ``quell`` command with a cache folder of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
        "XDG_CACHE_HOME": str(cache)
    }
    began = time.perf_counter()
    subprocess.run([str(QUELL), *words], check=True, capture_output=True, env=environment)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def whole_commands(large: bool) -> dict[str, Any]:
    """Cold and warm ``quell run`` of 2,000 people, two arms and two weeks; ``quell --help``; 100,000 people."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        cold = command("run", str(STUDY), "--out", str(place / "cold"), cache=place / "cache")[0]
        warm = [command("run", str(STUDY), "--out", str(place / f"w{i}"), cache=place / "cache")[0] for i in range(3)]
        helped = [command("--help", cache=place / "cache")[0] for _ in range(3)]
        found = {
            "cold run, s": cold,
            "warm run, s": statistics.median(warm),
            "warm runs, s": warm,
            "quell --help, s": statistics.median(helped),
        }
        if large:
            words = ("run", str(STUDY), "--out", str(place / "large"), "--count", "100000")
            found["100,000 people, s"], found["100,000 people, peak GB"] = command(*words, cache=place / "cache")
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "real_model.json")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--cores", type=int, help="only the engine, on so many cores")
    parser.add_argument("--first", type=int, default=0, help="number of the first of those cores")
    options = parser.parse_args()
    if options.cores:
        print(json.dumps(engine(options.cores, options.first)))
        return
    load = os.getloadavg()[0]
    figures = {"load before": load, **whole_commands(options.large), **engine_against_scipy()}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
