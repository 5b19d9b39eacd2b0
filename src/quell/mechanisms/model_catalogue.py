"""Every model that dosing records can be solved with, by name: textbook compartments and published kinetics.

A published model brings its typical parameters along and reads what it needs of a person from columns:

    --model kamp-2020                     WT 70 where the data have none, CLEARANCE 84, ...
    --model kamp-2020 --param CLEARANCE=79

Names are those of its pack in capitals, covariates those that data sets use: WT, AGE, FEMALE, ASIAN, JAPANESE. What a
column or the caller gives comes before the pack.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError, suggest
from quell.evidence.library import load_library
from quell.mechanisms.base import Formula
from quell.mechanisms.compartment_models import NAMES, CompartmentModel, compartment_model
from quell.mechanisms.network import LinearNetwork, everything
from quell.mechanisms.network_structure import coefficients
from quell.mechanisms.published_kinetics import PUBLISHED, PublishedModel

MODEL_NAMES = (*NAMES, *(model.name for model in PUBLISHED))
"""Every model, as it is named on the command line."""

COLUMNS: Mapping[str, str] = {"weight": "WT"}
"""Covariate -> column of data sets, where it is not the covariate's name in capitals."""


@cache
def kinetic_model(name: str) -> CompartmentModel:
    """A model by its name.

    Raises
    ------
    StudyError
        There is none of that name.
    """
    if name in NAMES:
        return compartment_model(name)
    for model in PUBLISHED:
        if model.name == name:
            return _with_columns(model)
    message = f'there is no model "{name}"'
    raise StudyError(message, text=name, allowed=MODEL_NAMES, suggestion=suggest(name, MODEL_NAMES))


def column_of(name: str) -> str:
    """Column that a parameter or covariate of a published model is read from."""
    return COLUMNS.get(name, name.upper())


def _with_columns(model: PublishedModel) -> CompartmentModel:
    values = {record.name: record.value for record in load_library().parameters(model.pack)} | dict(model.covariates)
    reader = _Reader(values)
    coefficients(model.network, reader, reader, np)
    found = {column_of(name): value for name, value in values.items() if name in reader.read}
    network = _renamed(model.network)
    return CompartmentModel(model.name, network, model.dosed, model.observed, tuple(found), "", defaults=found)


class _Reader:
    """Values by name that notes which are asked for."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values, self.read = values, set[str]()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return self._values[name]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Values under the names of columns, read by the names of formulas."""

    values: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.values, column_of(name))


def _renamed(network: LinearNetwork) -> LinearNetwork:
    """The network with formulas that read columns; one formula stays one, so that transit chains are still seen."""
    known: dict[Formula, Formula] = {everything: everything}

    def read(formula: Formula) -> Formula:
        return known.setdefault(formula, lambda v, p, m: formula(_Columns(v), _Columns(p), m))

    return replace(
        network,
        transfers=tuple(
            replace(x, rate=read(x.rate), to={target: read(share) for target, share in x.to.items()})
            for x in network.transfers
        ),
        links=tuple(replace(x, rate=read(x.rate)) for x in network.links),
        outputs=tuple(replace(x, weights={k: read(w) for k, w in x.weights.items()}) for x in network.outputs),
    )
