r"""The log posterior density of features and of the trials' own effects.

    x = (z, ln tau, ln tau_X, u, w):    z, u, w ~ N(0, 1),  tau ~ half-normal(s),  tau_X ~ half-normal(s_X)

    log p(x | data) = sum of terms(predict(z, tau u, tau_X w)) + log prior(x)

Trial effects are non-centred: a trial that says little leaves its u at the prior, and the density stays smooth as tau
goes to zero.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm

from quell.calibration.asked import Asked, ask, askable
from quell.calibration.features import FEATURES
from quell.calibration.likelihoods import Term, assumed, term
from quell.calibration.predictions import Predictor, predictor
from quell.evidence.library import Library
from quell.evidence.study_library import load_studies


@dataclass(frozen=True)
class Unknowns:
    """What is unknown, taken apart: features ``(feature,)``, two spreads, trial effects ``(trial,)`` each."""

    features: Any
    log_drug_spread: Any
    log_session_spread: Any
    drug: Any
    session: Any

    @property
    def drug_effects(self) -> Any:
        """Each trial's own effect on relief, log scale."""
        return jnp.exp(self.log_drug_spread) * self.drug

    @property
    def session_effects(self) -> Any:
        """Each trial's own effect on expectancy, logit scale."""
        return jnp.exp(self.log_session_spread) * self.session


@dataclass(frozen=True)
class Posterior:
    """The density and what it is made of.

    Attributes
    ----------
    predictor
        Predicts every observation.
    terms
        Log likelihood of each, in the same order.
    scales
        Scales of the half-normal priors of the two spreads.
    """

    predictor: Predictor
    terms: tuple[Term, ...]
    scales: tuple[float, float]

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return len(FEATURES) + 2 + 2 * len(self.predictor.trials)

    @property
    def unknown_names(self) -> tuple[str, ...]:
        """What each unknown is, in order."""
        trials = self.predictor.trials
        return (
            *(feature.name for feature in FEATURES),
            "ln tau, drug",
            "ln tau, session",
            *(f"drug effect of {trial}" for trial in trials),
            *(f"session effect of {trial}" for trial in trials),
        )

    @property
    def data_hash(self) -> str:
        """SHA-256 of what is fitted and assumed: every observation with its spread, in order."""
        told = [repr((x.id, x.observation, x.times_h, x.windows_h)) for x in self.predictor.asked]
        return hashlib.sha256("\n".join([*told, repr(self.scales)]).encode()).hexdigest()

    def take_apart(self, x: Any) -> Unknowns:
        """The unknowns by name, from ``(unknown,)``."""
        k, t = len(FEATURES), len(self.predictor.trials)
        return Unknowns(x[:k], x[k], x[k + 1], x[k + 2 : k + 2 + t], x[k + 2 + t :])

    def start(self) -> np.ndarray:
        """The packs' central values, trials alike but for a small spread."""
        x = np.zeros(self.size)
        x[len(FEATURES) : len(FEATURES) + 2] = np.log(np.array(self.scales) / 2.0)
        return x

    def log_likelihoods(self, x: Any) -> Any:
        """Log likelihood of every observation, ``(observation,)``, under JAX."""
        return self.likelihoods_of(self.predicted(x))

    def predicted(self, x: Any) -> list[Any]:
        """Predicted value of every observation, in its unit, under JAX."""
        unknown = self.take_apart(x)
        return self.predictor.predict(unknown.features, unknown.drug_effects, unknown.session_effects)

    def likelihoods_of(self, predicted: Sequence[Any]) -> Any:
        """Log likelihood of every observation given its prediction, ``(observation,)``."""
        return jnp.stack([term(value) for term, value in zip(self.terms, predicted, strict=True)])

    def log_prior(self, x: Any) -> Any:
        """Log density of the prior of the unknowns, the Jacobian of the logarithms included."""
        unknown = self.take_apart(x)
        free = jnp.concatenate([unknown.features, unknown.drug, unknown.session])
        spreads = jnp.stack([unknown.log_drug_spread, unknown.log_session_spread])
        half_normal = norm.logpdf(jnp.exp(spreads), 0.0, jnp.asarray(self.scales)) + jnp.log(2.0) + spreads
        return jnp.sum(norm.logpdf(free)) + jnp.sum(half_normal)

    def log_density(self, x: Any) -> Any:
        """Log posterior density up to a constant, under JAX."""
        return jnp.sum(self.log_likelihoods(x)) + self.log_prior(x)


def fitted(library: Library) -> tuple[Asked, ...]:
    """Every observation with the role fit that this model can be asked about."""
    return tuple(
        ask(study, observation, library)
        for study in load_studies().values()
        for observation in study.observations
        if observation.role == "fit" and askable(study, observation)
    )


def posterior(asked: Sequence[Asked], library: Library, scramble: int = 0) -> Posterior:
    """The posterior of the observations given; trials are simulated once on the way."""
    given = assumed(library)
    scales = (library["calibration.trial_sd"].value, library["calibration.session_sd"].value)
    return Posterior(predictor(asked, library, scramble), tuple(term(x, given) for x in asked), scales)


def value_and_gradient(density: Posterior) -> Any:
    """Compiled: x -> (log density, its gradient)."""
    return jax.jit(jax.value_and_grad(density.log_density))
