r"""Draws from the posterior: NUTS in whitened coordinates, chain by chain, block by block, resumable.

    x = x* + L^{-T} y,      H = L L^T      (:mod:`quell.calibration.laplace`)

NumPyro's no-U-turn sampler moves y, which is about standard normal, with unit mass and a step adapted in warm-up (a
mass adapted as well left, after 100 iterations, a step a tenth of what the curvature allows). A chain is written after
every block with the sampler's whole state, so that a stopped chain goes on as if it had never stopped and a finished
one can be extended. Chains differ by their number alone.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer import NUTS

from quell.calibration.laplace import Laplace
from quell.conventions.array_files import write_arrays

TARGET_ACCEPTANCE = 0.9
DEEPEST_TREE = 8
_START_SPREAD = 1.0
_FIRST_STEP = 0.3
_KEPT = "kept_"


@dataclass(frozen=True, slots=True)
class Plan:
    """How chains are drawn.

    Parameters
    ----------
    warmup, draws
        Iterations of a chain.
    block
        Iterations between two writings.
    seed
        One for all chains.
    """

    warmup: int
    draws: int
    block: int
    seed: int


class OtherChainError(Exception):
    """A folder holds chains of another plan or another approximation; the message says which."""


class Sampler:
    """The sampler of one density, compiled once for all its chains.

    Parameters
    ----------
    density
        x -> log density, under JAX.
    laplace
        Where to start and how to whiten.
    plan
        How chains are drawn.
    """

    def __init__(self, density: Callable[[Any], Any], laplace: Laplace, plan: Plan) -> None:
        lower, mode = jnp.asarray(np.linalg.cholesky(laplace.curvature)), jnp.asarray(laplace.mode)
        self.place = jax.jit(lambda y: mode + jax.scipy.linalg.solve_triangular(lower.T, y, lower=False))
        self._kernel = NUTS(
            potential_fn=jax.jit(lambda y: -density(self.place(y))),
            target_accept_prob=TARGET_ACCEPTANCE,
            max_tree_depth=DEEPEST_TREE,
            step_size=_FIRST_STEP,
            adapt_mass_matrix=False,
        )
        self.plan, self._size = plan, mode.size
        self.step = jax.jit(lambda state: self._kernel.sample(state, (), {}))
        self.identity = {"warmup": plan.warmup, "seed": plan.seed, "mode": float(np.sum(laplace.mode))}

    def first(self, number: int) -> Any:
        """State before the first iteration of a chain."""
        key = jax.random.fold_in(jax.random.key(self.plan.seed), number)
        start = _START_SPREAD * jax.random.normal(jax.random.fold_in(key, 1), (self._size,))
        return self._kernel.init(jax.random.key_data(key), self.plan.warmup, start, model_args=(), model_kwargs={})


class Chain:
    """One chain in its folder.

    Parameters
    ----------
    number
        Of the chain, 0 or more.
    folder
        Where it is kept.

    Raises
    ------
    OtherChainError
        The folder holds another chain.
    """

    def __init__(self, sampler: Sampler, number: int, folder: Path) -> None:
        self._sampler, self.number, self.folder = sampler, number, folder
        self._state, self._shape = jax.tree.flatten(sampler.first(number))
        self._rows: dict[str, list[np.ndarray]] = {}
        self.done = 0
        if self._file.exists():
            self._read()

    @property
    def _file(self) -> Path:
        return self.folder / f"chain-{self.number}.npz"

    @property
    def wanted(self) -> int:
        """Iterations of the whole chain, warm-up included."""
        return self._sampler.plan.warmup + self._sampler.plan.draws

    def advance(self) -> None:
        """One block more, written when done."""
        plan, state = self._sampler.plan, jax.tree.unflatten(self._shape, self._state)
        for _ in range(min(plan.block, self.wanted - self.done)):
            state = self._sampler.step(state)
            if self.done >= plan.warmup:
                self._keep(state)
            self.done += 1
        self._state = jax.tree.leaves(state)
        self._write()

    def _keep(self, state: Any) -> None:
        row = {
            "x": self._sampler.place(state.z),
            "log_density": -state.potential_energy,
            "diverging": state.diverging,
            "leapfrogs": state.num_steps,
            "acceptance": state.accept_prob,
            "step": state.adapt_state.step_size,
        }
        for name, value in row.items():
            self._rows.setdefault(name, []).append(np.asarray(value))

    def draws(self) -> dict[str, np.ndarray]:
        """What was kept after warm-up: ``x`` ``(draw, unknown)``, and per draw log density, divergence, leapfrogs."""
        return {name: np.stack(rows) for name, rows in self._rows.items()}

    def _write(self) -> None:
        state = {f"state_{k}": np.asarray(x) for k, x in enumerate(self._state)}
        kept = {f"{_KEPT}{name}": x for name, x in self.draws().items()}
        told = {"identity": json.dumps(self._sampler.identity), "done": self.done}
        write_arrays(self._file, {**told, **state, **kept})

    def _read(self) -> None:
        with np.load(self._file) as file:
            found, own = json.loads(str(file["identity"])), self._sampler.identity
            if found != own:
                raise OtherChainError(f"{self._file} holds a chain of {found}; this one is of {own}")
            self.done = int(file["done"])
            self._state = [jnp.asarray(file[f"state_{k}"]) for k in range(len(self._state))]
            self._rows = {name: list(rows) for name, rows in _kept(file).items()}


def _kept(file: Any) -> dict[str, np.ndarray]:
    return {name.removeprefix(_KEPT): file[name] for name in file.files if name.startswith(_KEPT)}


def read_chains(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What all chains of a folder have kept, ``(chain, draw, ...)`` as far as the shortest goes, and what they are of.

    Raises
    ------
    OtherChainError
        The folder holds no chain that is past its warm-up, or chains of different kinds.
    """
    kept, told = [], []
    for path in sorted(folder.glob("chain-*.npz")):
        with np.load(path) as file:
            kept.append(_kept(file))
            told.append(json.loads(str(file["identity"])))
    if not kept or not all(kept):
        raise OtherChainError(f"{folder} holds {len(kept)} chains, {sum(map(bool, kept))} of them past their warm-up")
    if any(x != told[0] for x in told):
        raise OtherChainError(f"{folder} holds chains of different kinds: {told}")
    draws = min(len(chain["x"]) for chain in kept)
    return {name: np.stack([chain[name][:draws] for chain in kept]) for name in kept[0]}, told[0]


def run_chains(chains: list[Chain], minutes: float | None = None) -> Iterator[Chain]:
    """Advance chains in turn, block by block, until all are done; yields each after its block.

    Parameters
    ----------
    minutes
        No block begins later than this many minutes after the first.
    """
    began = time.monotonic()
    while open_chains := [chain for chain in chains if chain.done < chain.wanted]:
        for chain in open_chains:
            if minutes is not None and time.monotonic() - began > 60.0 * minutes:
                return
            chain.advance()
            yield chain
