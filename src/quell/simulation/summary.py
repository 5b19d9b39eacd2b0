"""summary.json: everything a report says, computed from the joined tables in order of person.

The schema is ``report/summary.schema.json``, version ``quell-summary/1``. No time, path, chunk or worker count enters
it: the same study, seed and version give the same bytes on one type of machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from quell import __version__
from quell.evidence.library import Library
from quell.mechanisms.instruments import INSTRUMENTS
from quell.simulation import summary_costs, summary_scores
from quell.simulation.decomposition import CAUSES, between_arms, within_arm
from quell.simulation.knowledge import Knowledge
from quell.simulation.summary_scores import Visit
from quell.simulation.tables import Tables

SCHEMA = "quell-summary/1"
DIGITS = 9
"""Significant digits kept."""

_CAUSE_TITLES = {
    "pharmacology": "what the treatment does under a perfect blind",
    "unblinding": "what guessing the treatment adds or takes",
    "comparator": "what the comparator does by itself",
    "setting": "expectation that differs without any guess",
    "psychotherapy": "sessions of psychotherapy",
    "expectancy": "expectancy under a perfect blind",
    "guess": "the guess of the treatment",
    "regression": "regression to the mean and natural course",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the study compares: instrument, the one whose causes are shown, number of the visit, pairs of arms."""

    instrument: str
    explained: str
    visit: int
    pairs: tuple[tuple[str, str], ...]


def decomposition(
    tables: Tables, question: Question, visits: Sequence[Visit], knowledge: Knowledge, library: Library
) -> list[dict[str, Any]]:
    """The difference between arms at the endpoint, cause by cause."""
    name = question.explained
    found = []
    for arm, control in question.pairs:
        reliefs = [tables.reliefs(x, name, question.visit) for x in (arm, control)]
        shares = between_arms(_excess(tables, name), _rho(tables, name, library), *reliefs)
        found.append(
            {
                "arm": arm,
                "control": control,
                "instrument": name,
                "visit": visits[question.visit].name,
                "total": _estimate(sum(shares.values(), start=np.zeros(1)), knowledge),
                "parts": _parts(shares, knowledge),
            }
        )
    return found


def changes_within(
    tables: Tables, question: Question, visits: Sequence[Visit], knowledge: Knowledge, library: Library
) -> list[dict[str, Any]]:
    """The change since baseline in each arm, cause by cause; the rest is regression and natural course."""
    name = question.explained
    found = []
    for arm in tables.arms:
        reliefs = tables.reliefs(arm, name, question.visit)
        shares = within_arm(_excess(tables, name), _rho(tables, name, library), reliefs)
        observed = tables.arm(arm, "score", name)[:, question.visit] - tables.person("baseline", name)
        shares = {cause: shares[cause] for cause in CAUSES if np.any(shares[cause])}
        shares["regression"] = observed - sum(shares.values(), start=np.zeros(1))
        parts = _parts(shares, knowledge)
        found.append({"arm": arm, "instrument": name, "visit": visits[question.visit].name, "parts": parts})
    return found


def _excess(tables: Tables, name: str) -> np.ndarray:
    return np.maximum(tables.person("true", name) - tables.person("normal", name), 0.0)


def _rho(tables: Tables, name: str, library: Library) -> np.ndarray | float:
    responsiveness = f"instruments.{INSTRUMENTS[name].key}_responsiveness"
    if responsiveness in tables.names("parameter"):
        return tables.person("parameter", responsiveness)
    return library[responsiveness].value


def _estimate(values: np.ndarray, knowledge: Knowledge) -> dict[str, Any]:
    return {"mean": float(values.mean()), "interval": knowledge.interval(values)}


def _parts(shares: Mapping[str, np.ndarray], knowledge: Knowledge) -> list[dict[str, Any]]:
    return [{"cause": k, "title": _CAUSE_TITLES[k], **_estimate(x, knowledge)} for k, x in shares.items()]


def shares_of_uncertainty(
    difference: np.ndarray, knowledge: Knowledge, drawn: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Share of the endpoint's variance between draws that goes with each parameter: squared rank correlation.

    Parameters
    ----------
    difference
        The endpoint, ``(person,)``.
    drawn
        Parameter id -> value in each draw, ``(draw,)``.

    Returns
    -------
    dict
        Only parameters that explain more than luck would in 19 of 20 cases.
    """
    if not knowledge.separable:
        return {}
    means = _ranks(knowledge.draw_means(difference[:, None])[:, 0])
    least = 3.84 / knowledge.draws
    found = {}
    for identifier, values in drawn.items():
        if values.size == knowledge.draws and np.ptp(values) > 0.0:
            squared = float(np.corrcoef(means, _ranks(values))[0, 1] ** 2)
            if squared > least:
                found[identifier] = (squared - 1.0 / knowledge.draws) / (1.0 - 1.0 / knowledge.draws)
    return found


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)


def characteristics(tables: Tables, about: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Baseline table: shares of yes-or-no covariates, spreads of the others, scores at baseline.

    Parameters
    ----------
    about
        Covariate -> (unit, label).
    """
    found: list[dict[str, Any]] = []
    for name, (unit, label) in about.items():
        values = tables.person("covariate", name)
        if set(np.unique(values)) <= {0.0, 1.0}:
            found.append({"name": name, "label": label, "share": float(values.mean())})
        else:
            found.append({"name": name, "label": label, "unit": unit, **_spread(values)})
    for name in tables.names("baseline"):
        label = f"{name} at baseline"
        found.append({"name": name, "label": label, "unit": "points", **_spread(tables.person("baseline", name))})
    return found


def _spread(values: np.ndarray) -> dict[str, float]:
    deviation = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return {"mean": float(values.mean()), "sd": deviation, **summary_costs.triple(values)}


def rounded(value: Any) -> Any:
    """Numbers to nine significant digits, everything else as it is; not-a-number becomes null."""
    if isinstance(value, dict):
        return {key: rounded(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(x) for x in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.{DIGITS}g}") if isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value


def about_scores(
    tables: Tables, visits: Sequence[Visit], question: Question, knowledge: Knowledge, library: Library
) -> dict[str, Any]:
    """The parts of the summary that are about scores."""
    return {
        "results": summary_scores.results(tables, visits, knowledge, library),
        "contrasts": summary_scores.contrasts(tables, question.pairs, visits, knowledge, library),
        "decomposition": decomposition(tables, question, visits, knowledge, library),
        "within_arm": changes_within(tables, question, visits, knowledge, library),
    }


def head() -> dict[str, Any]:
    """What every summary begins with."""
    return {"schema": SCHEMA, "quell": __version__}
