r"""Two ways to carry amounts along: by modes, and by matrix exponential.

Both answer the same questions, for lanes that are intervals, pieces of doses or records, each with its own set of
parameters: what a dose leaves after a while, what a constant input leaves, what doses repeated for ever have left,

    x = (1 - e^{A II})^{-1} y,

and what remains after an interval. By modes the state is amplitudes and the sum is y / (1 - e^{-lambda II}), written
with expm1 and by forward substitution along transit chains. By matrix exponential the state is amounts and

    (1 - P)^{-1} y = ... (1 + P^4) (1 + P^2) (1 + P) y,

which adds non-negative numbers only. Lanes come last; NumPy and JAX run the same text.
"""

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, Protocol

import jax.numpy as jnp
import numpy as np
from jax import lax

from quell.mechanisms.network import Input, LinearNetwork, Output, everything
from quell.mechanisms.network_structure import Structure, coefficients, rate_matrix, structure
from quell.simulation.exponential_differences import fill, pass_on, passed_on
from quell.simulation.kinetic_modes import Modes, block_modes, modes
from quell.simulation.kinetic_steps import Relaxation, relax, relaxation
from quell.simulation.matrix_exponential import compartmental_exponential, squarings_for, with_input

_DOUBLINGS = 44


@cache
def open_network(network: LinearNetwork) -> LinearNetwork:
    """The network with an input into and an output from every compartment, in order: mg in, mg out."""
    names = network.compartment_names
    inputs = tuple(Input(name, name, name) for name in names)
    outputs = tuple(Output(name, "mg", name, {name: everything}) for name in names)
    return replace(network, inputs=inputs, outputs=outputs)


@cache
def two_blocks_deep(graph: Structure) -> bool:
    """Whether every block either only hands on or only receives, and each is a tree of exchanges."""
    hands_on, receives = set[int](), set[int]()
    for above, block in enumerate(graph.blocks):
        for below, other in enumerate(graph.blocks):
            if above != below and graph.reaches[block[0]][other[0]]:
                hands_on.add(above)
                receives.add(below)
    return not hands_on & receives and None not in graph.trees


class Way(Protocol):
    """How amounts are carried along; states are ``(size, lane)``, sets index the parameters."""

    def entered(self, sets: np.ndarray, compartments: np.ndarray, amounts: Any) -> Any:
        """The state just after amounts (mg) have come in at once."""
        ...

    def flown(self, sets: np.ndarray, compartments: np.ndarray, rates: Any, lengths: Any) -> Any:
        """The state after constant inputs (mg/h) of some lengths (h) into nothing."""
        ...

    def faded(self, sets: np.ndarray, state: Any, times: Any) -> Any:
        """The state after times (h) without input."""
        ...

    def summed(self, sets: np.ndarray, state: Any, ii: Any) -> Any:
        """The sum of what a state leaves after 0, II, 2 II ... for ever."""
        ...

    def constant(self, sets: np.ndarray, compartments: np.ndarray, rates: Any) -> Any:
        """The state that constant inputs (mg/h) hold."""
        ...

    def rebased(self, old: np.ndarray, new: np.ndarray, state: Any) -> Any:
        """The same amounts as a state of other parameters."""
        ...


class Lanes(NamedTuple):
    """Modes of lanes, lanes last.

    Attributes
    ----------
    rates
        lambda, 1/h, ``(mode, lane)``.
    links
        Coupling of each pair of modes that are not separated, 1/h, ``(pair, lane)``; with chains ``(mode, lane)``.
    inputs, outputs
        Amplitude per mg in, ``(compartment, mode, lane)``, and back.
    """

    rates: Any
    links: Any
    inputs: Any
    outputs: Any

    def take(self, sets: Any) -> "Lanes":
        """Those of some lanes; kept apart from what comes before, which XLA 0.10 cannot fuse with its derivative."""
        kept = self if isinstance(self.rates, np.ndarray) else lax.optimization_barrier(tuple(self))
        return Lanes(*(x[..., sets] for x in kept))


class ByModes:
    """States are amplitudes of modes; fast.

    Where no drug passes through more than two blocks (depot and disposition, disposition and effect site or
    metabolite) blocks stay coupled and nothing is divided by differences of rates, so that they may coincide.

    Parameters
    ----------
    network
        From :func:`open_network`.
    parameters, covariates
        Name -> scalar or ``(set,)``.
    sets
        Number of sets.
    xp
        ``numpy`` or ``jax.numpy``.
    """

    def __init__(self, network: LinearNetwork, parameters: Any, covariates: Any, sets: int, xp: Any) -> None:
        self.graph: Structure = structure(network)
        self.xp = xp
        self.pairs: tuple[tuple[int, int], ...] = ()
        self.chained = False
        if two_blocks_deep(self.graph):
            own = block_modes(network, parameters, covariates, xp)
            self.pairs = tuple(own.coupling)
            self.below, self.above = ([pair[k] for pair in self.pairs] for k in (0, 1))
            links = xp.stack([own.coupling[pair] for pair in self.pairs]) if self.pairs else own.rates[:0]
            found, self.balanced = Lanes(own.rates, links, own.inputs, own.outputs), own.balanced
        else:
            whole = modes(network, parameters, covariates, xp)
            self.chained = any(p >= 0 for p in self.graph.chain)
            found, self.balanced = Lanes(*whole[:4]), xp.all(xp.isfinite(whole.error), axis=0)
        self.balanced = xp.broadcast_to(self.balanced, (sets,))
        self.solved = Lanes(*(xp.broadcast_to(x, (*x.shape[:-1], sets)) for x in found))

    def weights(self, solved: Lanes, times: Any, *, flowing: bool) -> Relaxation:
        """Weights of intervals; those of inputs only where something flows."""
        if self.chained:
            whole = Modes(solved.rates, solved.links, solved.inputs, solved.outputs, None, None)
            return relaxation(self.graph, whole, times, self.xp)
        decay = self.xp.exp(-solved.rates * times)
        filled = fill(solved.rates, times, self.xp) if flowing else None
        if not self.pairs:
            return Relaxation(decay, filled, [])
        rates = self._of_pairs(solved.rates)
        passed = pass_on(*rates, *self._of_pairs(decay), times, self.xp)
        received = solved.links * passed
        if filled is None:
            return Relaxation(decay, filled, [(*pair, x, None) for pair, x in zip(self.pairs, received, strict=True)])
        flowing_on = solved.links * passed_on(*rates, *self._of_pairs(filled), passed, times, self.xp)
        coupled = [(*pair, x, y) for pair, x, y in zip(self.pairs, received, flowing_on, strict=True)]
        return Relaxation(decay, filled, coupled)

    def _of_pairs(self, x: Any) -> tuple[Any, Any]:
        """The modes above and below of each pair, ``(pair, ...)``."""
        if self.xp is np:
            return x[self.above], x[self.below]
        return jnp.stack([x[m] for m in self.above]), jnp.stack([x[m] for m in self.below])

    def entered(self, sets: np.ndarray, compartments: np.ndarray, amounts: Any) -> Any:
        """The state just after amounts (mg) have come in at once."""
        return self.solved.inputs[compartments, :, sets].T * amounts

    def flown(self, sets: np.ndarray, compartments: np.ndarray, rates: Any, lengths: Any) -> Any:
        """The state after constant inputs (mg/h) of some lengths (h) into nothing."""
        flow = self.entered(sets, compartments, rates)
        weights = self.weights(self.solved.take(sets), lengths, flowing=True)
        return relax(weights, self.xp.zeros_like(flow), flow, self.xp)

    def faded(self, sets: np.ndarray, state: Any, times: Any) -> Any:
        """The state after times (h) without input."""
        return relax(self.weights(self.solved.take(sets), times, flowing=False), state, None, self.xp)

    def summed(self, sets: np.ndarray, state: Any, ii: Any) -> Any:
        """The sum of what a state leaves after 0, II, 2 II ... for ever."""
        solved = self.solved.take(sets)
        received = [(m, before, x) for m, before, x, _ in self.weights(solved, ii, flowing=False).chained]
        return self._substitute(state, received, -self.xp.expm1(-solved.rates * ii))

    def constant(self, sets: np.ndarray, compartments: np.ndarray, rates: Any) -> Any:
        """The state that constant inputs (mg/h) hold."""
        solved = self.solved.take(sets)
        pairs = (
            [(m, before) for m, before in enumerate(self.graph.chain) if before >= 0] if self.chained else self.pairs
        )
        links = [solved.links[m] for m, _ in pairs] if self.chained else solved.links
        received = [(m, before, x) for (m, before), x in zip(pairs, links, strict=True)]
        return self._substitute(self.entered(sets, compartments, rates), received, solved.rates)

    def _substitute(self, state: Any, received: list[tuple[int, int, Any]], left: Any) -> Any:
        """Solve (left - received) x = state, upstream first; where nothing comes in there is nothing."""
        found: list[Any] = []
        for m in range(self.graph.size):
            y = state[m]
            for mode, before, x in received:
                y = y + x * found[before] if mode == m else y
            silent = y == 0.0
            found.append(self.xp.where(silent, 0.0, y / self.xp.where(silent, 1.0, left[m])))
        return self.xp.stack(found)

    def rebased(self, old: np.ndarray, new: np.ndarray, state: Any) -> Any:
        """The same amounts as amplitudes of other parameters."""
        if self.xp is np:
            changed = np.flatnonzero(old != new)
            if changed.size == 0:
                return state
            state = state.copy()
            state[:, changed] = self._amplitudes(new[changed], self.amounts(old[changed], state[:, changed]))
            return state
        return self.xp.where(old == new, state, self._amplitudes(new, self.amounts(old, state)))

    def _amplitudes(self, sets: np.ndarray, amounts: Any) -> Any:
        """The state of given amounts ``(compartment, lane)``."""
        return self.xp.sum(self.solved.inputs[:, :, sets] * amounts[:, None], axis=0)

    def amounts(self, sets: np.ndarray, state: Any) -> Any:
        """Amounts ``(compartment, lane)`` of a state."""
        return self.xp.sum(self.solved.outputs[:, :, sets] * state, axis=1)


class Exponentials(NamedTuple):
    """e^{A t} of intervals, ``(lane, position, position)``."""

    power: Any


class ByExponential:
    """States are amounts by position in the structure; nothing cancels. Arguments as for :class:`ByModes`."""

    def __init__(self, network: LinearNetwork, parameters: Any, covariates: Any, sets: int, xp: Any) -> None:
        self.graph: Structure = structure(network)
        matrix = rate_matrix(coefficients(network, parameters, covariates, xp), xp)
        self.matrix = xp.broadcast_to(matrix, (sets, *matrix.shape[1:]))
        self.entries = np.array(self.graph.entries)
        self.xp = xp

    def exponential(self, generator: Any) -> Any:
        """e^M of a batch."""
        if self.xp is not np:
            return compartmental_exponential(generator, self.xp)
        loss = float(np.max(-np.diagonal(generator, axis1=-2, axis2=-1), initial=0.0))
        return compartmental_exponential(generator, np, squarings_for(2.0 * loss + 1.0))

    def decay(self, sets: np.ndarray, times: Any) -> Exponentials:
        """e^{A t} of each lane."""
        return Exponentials(self.exponential(self.matrix[sets] * times[:, None, None]))

    def entered(self, sets: np.ndarray, compartments: np.ndarray, amounts: Any) -> Any:  # noqa: ARG002
        """The state just after amounts (mg) have come in at once."""
        return (np.arange(self.graph.size)[:, None] == self.entries[compartments]) * amounts

    def flown(self, sets: np.ndarray, compartments: np.ndarray, rates: Any, lengths: Any) -> Any:
        """The state after constant inputs (mg/h) of some lengths (h) into nothing."""
        unit = (np.arange(self.graph.size) == self.entries[compartments][:, None]) * 1.0
        generator = with_input(self.matrix[sets], self.xp.asarray(unit), self.xp)
        return self.exponential(generator * lengths[:, None, None])[:, :-1, -1].T * rates

    def faded(self, sets: np.ndarray, state: Any, times: Any) -> Any:
        """The state after times (h) without input."""
        return multiply(self.decay(sets, times).power, state)

    def summed(self, sets: np.ndarray, state: Any, ii: Any) -> Any:
        """The sum of what a state leaves after 0, II, 2 II ... for ever."""
        return self._geometric(self.decay(sets, ii).power, state)

    def constant(self, sets: np.ndarray, compartments: np.ndarray, rates: Any) -> Any:
        """The state that constant inputs (mg/h) hold."""
        fastest = self.xp.max(-self.xp.diagonal(self.matrix[sets], axis1=-2, axis2=-1), axis=-1)
        while_ = 1.0 / self.xp.where(fastest > 0.0, fastest, 1.0)
        return self.summed(sets, self.flown(sets, compartments, rates, while_), while_)

    def _geometric(self, power: Any, state: Any) -> Any:
        """(1 + P + P^2 + ...) y; infinite where it does not end."""
        if self.xp is not np:
            return lax.scan(_double, (power, state), None, length=_DOUBLINGS)[0][1]
        more = np.zeros_like(state)
        for _ in range(_DOUBLINGS):
            more = multiply(power, state)
            state, power = state + more, power @ power
            if np.all(more <= 1e-17 * state):
                return state
        return np.where(more > 1e-9 * state, np.inf, state)

    def rebased(self, old: np.ndarray, new: np.ndarray, state: Any) -> Any:  # noqa: ARG002
        """The state itself: amounts have no basis of their own."""
        return state

    def amounts(self, sets: np.ndarray, state: Any) -> Any:  # noqa: ARG002
        """Amounts ``(compartment, lane)`` of a state."""
        return state[self.entries]


def _double(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], None]:
    power, state = carry
    return (power @ power, state + multiply(power, state)), None


def multiply(power: Any, state: Any) -> Any:
    """Matrices ``(lane, i, j)`` times states ``(j, lane)``."""
    xp = np if isinstance(power, np.ndarray) and isinstance(state, np.ndarray) else jnp
    return xp.sum(power * state.T[:, None, :], axis=-1).T
