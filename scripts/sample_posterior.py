# noqa: INP001
"""Draw the posterior: the mode first, then chains in turn. Slow (an hour or two on two cores); stop it at will.

    python scripts/sample_posterior.py --out DIR [--chains 0 2] [--warmup 200] [--draws 600] [--minutes 60]

Every process of one folder runs its own chains (``--chains``); the first makes ``laplace.npz``, the others wait for it.
"""

import argparse
import time
from pathlib import Path

import jax
import numpy as np

from quell.calibration.laplace import Laplace, approximate
from quell.calibration.posterior import Posterior, fitted, posterior, value_and_gradient
from quell.calibration.sampling import Chain, Plan, Sampler, run_chains
from quell.conventions.array_files import write_arrays
from quell.evidence.library import load_library

SEED = 20_261_127


def main() -> None:
    """Mode, chains, one line a block."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--chains", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--draws", type=int, default=600)
    parser.add_argument("--block", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=None)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    library = load_library()
    density = posterior(fitted(library), library)
    laplace = _laplace(density, options.out / "laplace.npz", first=0 in options.chains)
    sampler = Sampler(density.log_density, laplace, Plan(options.warmup, options.draws, options.block, SEED))
    chains = [Chain(sampler, k, options.out) for k in options.chains]
    began = time.monotonic()
    for chain in run_chains(chains, options.minutes):
        spent = (time.monotonic() - began) / 60.0
        last = chain.draws()
        leaps = float(last["leapfrogs"][-options.block :].mean()) if last else float("nan")
        diverged = int(last["diverging"].sum()) if last else 0
        print(
            f"{spent:6.1f} min  chain {chain.number}  {chain.done}/{chain.wanted}"
            f"  leapfrogs {leaps:.1f}  divergences {diverged}",
            flush=True,
        )


def _laplace(density: Posterior, path: Path, first: bool) -> Laplace:
    if first and not path.exists():
        function = value_and_gradient(density)
        found = approximate(lambda x: jax.device_get(function(x)), density.start())
        write_arrays(path, {"mode": found.mode, "log_density": found.log_density, "curvature": found.curvature})
        print(f"mode: log density {found.log_density:.3f}", flush=True)
    while not path.exists():
        time.sleep(1.0)
    with np.load(path) as file:
        return Laplace(file["mode"], float(file["log_density"]), file["curvature"])


if __name__ == "__main__":
    main()
