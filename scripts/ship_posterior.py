# noqa: INP001
"""Chains to the file that runs draw from: refused where a diagnostic misses its bar.

    python scripts/ship_posterior.py DIR [--name disinhibition] [--draws 500] [--anyway]

Log densities are computed anew, compiled once, so that the default tests can reproduce them.
"""

import argparse
import hashlib
import sys
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from quell import __version__
from quell.calibration.diagnostics import diagnose
from quell.calibration.features import feature_values, names, sampled_ids
from quell.calibration.posterior import Posterior, fitted, posterior
from quell.calibration.sampling import DEEPEST_TREE, OtherChainError, read_chains
from quell.evidence.library import Library, load_library
from quell.evidence.posterior_draws import FOLDER, PosteriorDraws, save_posterior


def main() -> None:
    """Read chains, judge them, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="disinhibition")
    parser.add_argument("--draws", type=int, default=500, help="of each chain, evenly spaced")
    parser.add_argument("--anyway", action="store_true", help="write to the chains' own folder though a bar is missed")
    options = parser.parse_args()
    try:
        kept, told = read_chains(options.folder)
    except OtherChainError as error:
        sys.exit(str(error))
    library = load_library()
    density = posterior(fitted(library), library)
    found = diagnose(kept["x"], density.unknown_names, kept, DEEPEST_TREE)
    print(*found.problems or ["every bar is met"], sep="\n")
    print(found.summary())
    if found.problems and not options.anyway:
        sys.exit(1)
    path = (options.folder if found.problems else FOLDER) / f"{options.name}.npz"
    draws = kept["x"].shape[1]
    rows = np.linspace(0, draws - 1, min(options.draws, draws)).round().astype(int)
    stats = {name: x[:, rows] for name, x in kept.items()}
    description: dict[str, object] = {
        "diagnostics": found.summary(),
        "kept_of": draws,
        "warmup": told["warmup"],
        "seed": told["seed"],
    }
    path.parent.mkdir(exist_ok=True)
    save_posterior(_draws(options.name, density, library, stats, description), path)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}")


def _draws(
    name: str, density: Posterior, library: Library, stats: dict[str, np.ndarray], description: dict[str, object]
) -> PosteriorDraws:
    x = stats.pop("x")
    likelihoods, predicted = _evaluated(density, x)
    values = feature_values(np.moveaxis(x, -1, 0), library)
    prior = np.vectorize(density.log_prior, signature="(n)->()")
    log_density = likelihoods.sum(axis=-1) + np.asarray(prior(x))
    return PosteriorDraws(
        name,
        sampled_ids(),
        np.stack([np.asarray(values[key]) for key in sampled_ids()], axis=-1),
        x,
        {
            "sample_stats/log_density": log_density,
            **{f"sample_stats/{key}": stats[key] for key in ("diverging", "leapfrogs", "acceptance", "step")},
            "log_likelihood/observations": likelihoods,
            "posterior_predictive/observations": predicted,
        },
        {
            **description,
            "features": list(names()),
            "unknowns": list(density.unknown_names),
            "trials": list(density.predictor.trials),
            "observations": [asked.id for asked in density.predictor.asked],
            "versions": {"quell": __version__, **{x: version(x) for x in ("jax", "numpyro", "numpy", "arviz-stats")}},
            "data": density.data_hash,
        },
    )


def _evaluated(density: Posterior, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihoods and predictions of every draw, ``(chain, draw, observation)``; of an order its first arm's."""

    def both(one: np.ndarray) -> tuple[object, object]:
        predicted = density.predicted(one)
        first = jnp.stack([jnp.ravel(value)[0] for value in predicted])
        return density.likelihoods_of(predicted), first

    function = jax.jit(both)
    flat = [jax.device_get(function(row)) for row in x.reshape(-1, x.shape[-1])]
    pair = tuple(np.stack([row[k] for row in flat]).reshape(*x.shape[:2], -1) for k in range(2))
    return pair[0], pair[1]


if __name__ == "__main__":
    main()
