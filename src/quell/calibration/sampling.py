r"""Draws from the posterior: NUTS in whitened coordinates, chain by chain, block by block, resumable.

    x = x* + L^{-T} y,      H = L L^T      (:mod:`quell.calibration.laplace`)

NumPyro's no-U-turn sampler moves y, which is about standard normal, with unit mass and a step adapted in warm-up (a
mass adapted as well left, after 100 iterations, a step a tenth of what the curvature allows). A chain is written after
every block with the sampler's whole state, so that a stopped chain goes on as if it had never stopped and a finished
one can be extended. Chains differ by their number alone.
"""

import json
import os
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

TARGET_ACCEPTANCE = 0.9
DEEPEST_TREE = 8
_START_SPREAD = 1.0
_FIRST_STEP = 0.3


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


class Chain:
    """One chain in its folder.

    Parameters
    ----------
    density
        x -> log density, under JAX.
    laplace
        Where to start and how to whiten.
    number
        Of the chain, 0 or more.
    folder
        Where it is kept.

    Raises
    ------
    OtherChainError
        The folder holds another chain.
    """

    def __init__(self, density: Callable[[Any], Any], laplace: Laplace, plan: Plan, number: int, folder: Path) -> None:
        lower = jnp.asarray(np.linalg.cholesky(laplace.curvature))
        mode = jnp.asarray(laplace.mode)
        self._place = lambda y: mode + jax.scipy.linalg.solve_triangular(lower.T, y, lower=False)
        self._kernel = NUTS(
            potential_fn=lambda y: -density(self._place(y)),
            target_accept_prob=TARGET_ACCEPTANCE,
            max_tree_depth=DEEPEST_TREE,
            step_size=_FIRST_STEP,
            adapt_mass_matrix=False,
        )
        self.plan, self.number, self.folder = plan, number, folder
        self._identity = {"warmup": plan.warmup, "seed": plan.seed, "mode": float(np.sum(laplace.mode))}
        key = jax.random.fold_in(jax.random.key(plan.seed), number)
        start = _START_SPREAD * jax.random.normal(jax.random.fold_in(key, 1), mode.shape)
        raw = jax.random.key_data(key)
        first = self._kernel.init(raw, plan.warmup, start, model_args=(), model_kwargs={})
        leaves, self._shape = jax.tree.flatten(first)
        self._state, self._rows = leaves, dict[str, list[np.ndarray]]()
        self.done = 0
        if self._file.exists():
            self._read()

    @property
    def _file(self) -> Path:
        return self.folder / f"chain-{self.number}.npz"

    @property
    def wanted(self) -> int:
        """Iterations of the whole chain, warm-up included."""
        return self.plan.warmup + self.plan.draws

    def advance(self, step: Callable[[Any], Any]) -> None:
        """One block more, written when done.

        Parameters
        ----------
        step
            From :func:`compiled_step`.
        """
        state = jax.tree.unflatten(self._shape, self._state)
        for _ in range(min(self.plan.block, self.wanted - self.done)):
            state = step(state)
            if self.done >= self.plan.warmup:
                self._keep(state)
            self.done += 1
        self._state = jax.tree.leaves(state)
        self._write()

    def compiled_step(self) -> Callable[[Any], Any]:
        """State -> state, compiled; the same for every chain of one density."""
        return jax.jit(lambda state: self._kernel.sample(state, (), {}))

    def _keep(self, state: Any) -> None:
        row = {
            "x": self._place(state.z),
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
        kept = {f"kept_{name}": x for name, x in self.draws().items()}
        scratch = self._file.with_suffix(".partial.npz")
        told: dict[str, Any] = {"identity": json.dumps(self._identity), "done": self.done}
        np.savez(scratch, allow_pickle=False, **told, **state, **kept)
        os.replace(scratch, self._file)

    def _read(self) -> None:
        with np.load(self._file) as file:
            found = json.loads(str(file["identity"]))
            if found != self._identity:
                raise OtherChainError(f"{self._file} holds a chain of {found}; this one is of {self._identity}")
            self.done = int(file["done"])
            self._state = [jnp.asarray(file[f"state_{k}"]) for k in range(len(self._state))]
            kept = [name for name in file.files if name.startswith("kept_")]
            self._rows = {name.removeprefix("kept_"): list(file[name]) for name in kept}


def run_chains(chains: list[Chain], minutes: float | None = None) -> Iterator[Chain]:
    """Advance chains in turn, block by block, until all are done; yields each after its block.

    Parameters
    ----------
    minutes
        No block begins later than this many minutes after the first.
    """
    began = time.monotonic()
    step = chains[0].compiled_step()
    while open_chains := [chain for chain in chains if chain.done < chain.wanted]:
        for chain in open_chains:
            if minutes is not None and time.monotonic() - began > 60.0 * minutes:
                return
            chain.advance(step)
            yield chain
