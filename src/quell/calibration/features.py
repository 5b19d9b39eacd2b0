"""What calibration samples: some twenty features, each one or several parameters moved together.

A feature is a standard normal z; its parameters follow by their own prior, that of the pack,

    value = quantile(Phi(z)):   v e^{sd z},   expit(logit v + sd z),   v + sd z,   low + (high - low) Phi(z),

clipped into the pack's range. What is not listed keeps its prior and is not moved by symptoms: receptors, glutamate,
the rates of BDNF and mTORC1, the kinetics. That cut is stated in every report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax.scipy.special import expit, logit, ndtr

from quell.evidence.library import Library
from quell.evidence.records import ParameterRecord


@dataclass(frozen=True, slots=True)
class Feature:
    """One sampled direction.

    Parameters
    ----------
    name
        What it is.
    ids
        The parameters that it moves, all by the same z.
    """

    name: str
    ids: tuple[str, ...]


FEATURES: tuple[Feature, ...] = (
    Feature("regulation that halves symptoms", ("symptoms.half_effect_regulation",)),
    Feature("largest relief by plasticity", ("symptoms.plasticity_ceiling",)),
    Feature("steepness of relief", ("symptoms.regulation_slope",)),
    Feature("gain of fast potentiation", ("plasticity.fast_gain",)),
    Feature("half-life of fast potentiation", ("plasticity.fast_half_life",)),
    Feature("weight of fast potentiation", ("plasticity.fast_weight",)),
    Feature("formation of connections", ("plasticity.formation_rate",)),
    Feature("stabilisation of connections", ("plasticity.stabilisation_rate",)),
    Feature("half-life of stable connections", ("plasticity.stable_half_life",)),
    Feature("serotonergic drive of plasticity", ("plasticity.serotonergic_weight",)),
    Feature("largest acute relief", ("symptoms.acute_ceiling",)),
    Feature("concentration of half the acute relief", ("symptoms.acute_half_level",)),
    Feature("expectancy, open session", ("expectancy.open_fraction",)),
    Feature("expectancy, blind session", ("expectancy.blind_fraction",)),
    Feature("expectancy, daily treatment", ("expectancy.daily_fraction",)),
    Feature("disappointment", ("expectancy.disappointment",)),
    Feature("relief by GABA-A drugs", ("gaba.relief_ceiling",)),
    Feature(
        "responsiveness of PTSD scales",
        ("instruments.caps5_responsiveness", "instruments.pcl5_responsiveness", "instruments.iesr_responsiveness"),
    ),
    Feature("responsiveness of the Y-BOCS", ("instruments.ybocs_responsiveness",)),
    Feature("responsiveness of the LSAS", ("instruments.lsas_responsiveness",)),
    Feature("responsiveness of the FQ", ("instruments.fq_responsiveness",)),
    Feature("responsiveness of the MADRS", ("instruments.madrs_responsiveness",)),
)


def feature_values(z: Any, library: Library) -> dict[str, Any]:
    """Parameter id -> value of every sampled parameter.

    Parameters
    ----------
    z
        One standard normal number a feature, ``(feature, ...)``, under JAX.
    """
    return {name: value_at(library[name], z[k]) for k, feature in enumerate(FEATURES) for name in feature.ids}


def value_at(record: ParameterRecord, z: Any) -> Any:
    """The value of a parameter ``z`` standard deviations from the middle of its knowledge; any shape, under JAX."""
    known = record.uncertainty
    if known is None or known.kind == "fixed":
        return record.value + 0.0 * z
    if known.kind == "uniform":
        value = known.low + (known.high - known.low) * ndtr(z)
    elif known.kind == "loguniform":
        value = known.low * (known.high / known.low) ** ndtr(z)
    else:
        value = _DISPLACED[known.kind](record.value, known.sd * z)
    return jnp.clip(value, *record.range)


_DISPLACED: Mapping[str, Any] = {
    "normal": lambda centre, shift: centre + shift,
    "lognormal": lambda centre, shift: centre * jnp.exp(shift),
    "logitnormal": lambda centre, shift: expit(logit(jnp.asarray(centre)) + shift),
}


def sampled_ids() -> tuple[str, ...]:
    """Ids of the parameters that features move."""
    return tuple(name for feature in FEATURES for name in feature.ids)


def names() -> Sequence[str]:
    """Names of the features, in order."""
    return [feature.name for feature in FEATURES]
