"""The shipped draws of calibrated parameters: one file a hypothesis, in the groups that ArviZ knows.

A file ``posteriors/<name>.npz`` holds arrays named ``group/variable``: ``posterior/unknowns`` (chain, draw, unknown),
``posterior/parameters`` (chain, draw, parameter), ``sample_stats/log_density`` and others (chain, draw), and per group
``log_likelihood`` and ``posterior_predictive`` one array (chain, draw, observation); ``description`` is JSON with the
names along each axis, the seed, versions, hashes and diagnostics. How the draws were made: docs/theory/calibration.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from quell.conventions.array_files import write_arrays
from quell.conventions.errors import EvidenceError, suggest

FOLDER = Path(__file__).parent / "posteriors"
MAIN = "disinhibition"
"""The posterior that a run draws from unless another hypothesis is chosen."""


@dataclass(frozen=True)
class PosteriorDraws:
    """Draws of one hypothesis.

    Attributes
    ----------
    name
        Of the hypothesis.
    parameters
        Ids of the parameters that calibration moved.
    values
        Their values, ``(chain, draw, parameter)``, each in its pack's unit.
    unknowns
        What was sampled, ``(chain, draw, unknown)``: features, ln tau, ln tau_X, trial effects.
    groups
        Every other array by ``group/variable``.
    description
        Names along the axes, seed, versions, hashes, diagnostics.
    """

    name: str
    parameters: tuple[str, ...]
    values: np.ndarray
    unknowns: np.ndarray
    groups: Mapping[str, np.ndarray]
    description: Mapping[str, Any]

    @property
    def count(self) -> int:
        """Draws of all chains together."""
        return self.values.shape[0] * self.values.shape[1]

    @property
    def flat(self) -> np.ndarray:
        """Values of all chains, ``(draw, parameter)``, draws of the chains in turn."""
        return self.values.swapaxes(0, 1).reshape(self.count, -1)

    @property
    def flat_unknowns(self) -> np.ndarray:
        """What was sampled in all chains, ``(draw, unknown)``, in the order of :attr:`flat`."""
        return self.unknowns.swapaxes(0, 1).reshape(self.count, -1)

    def picked(self, numbers: np.ndarray) -> dict[str, np.ndarray]:
        """Parameter id -> values of the draws ``numbers`` (taken modulo their count), ``(number,)``."""
        rows = self.flat[np.asarray(numbers) % self.count]
        return {name: rows[:, k] for k, name in enumerate(self.parameters)}


def save_posterior(draws: PosteriorDraws, path: Path) -> None:
    """Write one file."""
    description = {**draws.description, "name": draws.name, "parameters": list(draws.parameters)}
    arrays = {"posterior/unknowns": draws.unknowns, "posterior/parameters": draws.values, **draws.groups}
    write_arrays(path, {"description": json.dumps(description, sort_keys=True), **arrays}, compressed=True)


@cache
def load_posterior(name: str = MAIN) -> PosteriorDraws:
    """The shipped draws of a hypothesis.

    Raises
    ------
    EvidenceError
        Where no draws of that name are shipped.
    """
    known = posterior_names()
    if name not in known:
        message = f'no posterior of the name "{name}" is shipped'
        raise EvidenceError(message, text=name, allowed=known, suggestion=suggest(name, known))
    return read_posterior(FOLDER / f"{name}.npz")


def read_posterior(path: Path) -> PosteriorDraws:
    """The draws in one file."""
    with np.load(path) as file:
        description = json.loads(str(file["description"]))
        groups = {key: file[key] for key in file.files if key != "description"}
    unknowns, values = groups.pop("posterior/unknowns"), groups.pop("posterior/parameters")
    parameters = tuple(description["parameters"])
    return PosteriorDraws(
        description["name"], parameters, values, unknowns, MappingProxyType(groups), MappingProxyType(description)
    )


def posterior_names() -> list[str]:
    """Names of the posteriors that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.npz"))
