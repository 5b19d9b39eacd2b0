"""The summary of a run: the study, its people, scores, costs and evidence, in the order of the schema."""

from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from quell.conventions.inputs import COVARIATES
from quell.mechanisms.instruments import INSTRUMENTS
from quell.simulation import summary, summary_costs, summary_scores
from quell.simulation.grid_check import TOLERANCE, GridCheck
from quell.simulation.knowledge import LEAST_PEOPLE_PER_DRAW, Knowledge
from quell.simulation.measurement import ANALYTES, PEAKS
from quell.simulation.setup import Setup, safety_limits
from quell.simulation.switches import all_choices, switch_values
from quell.simulation.tables import Tables
from quell.simulation.titles import course_titles


def summarise(setup: Setup, tables: Tables, checked: GridCheck, spread: list[dict[str, Any]]) -> dict[str, Any]:
    """The summary of a finished run."""
    failed = _failed(tables)
    tables = tables.without(np.unique([x["person"] for x in failed]).astype(int))
    knowledge = Knowledge(tables.person("draw", ""), setup.draws)
    library, question = setup.experiment.library, setup.question
    found = summary.head() | _about_run(setup)
    found |= {"arms": _about_arms(setup, tables), "people": _about_people(setup, tables)}
    found["instruments"] = summary_scores.instruments(tables.names("score", tables.arms[0]), _recall(setup), library)
    found |= summary.about_scores(tables, setup.visits, question, knowledge, library)
    found |= _about_costs(setup, tables, knowledge)
    found["scenarios"] = spread
    found |= _about_evidence(setup, tables, knowledge)
    found["warnings"] = [*setup.study.warnings, *_warnings(setup, knowledge, failed, checked)]
    return summary.rounded(found | {"failed": failed})


def _failed(tables: Tables) -> list[dict[str, Any]]:
    return [
        {"person": int(i), "arm": arm, "reason": "the solve gave a value that is not a number"}
        for arm in tables.arms
        for i in np.flatnonzero(tables.arm(arm, "finite", "") == 0.0)
    ]


def _about_run(setup: Setup) -> dict[str, Any]:
    study, question = setup.study, setup.question
    name = Path(study.path).name
    switches = "".join(f" --switch {quote(f'{k}={v}')}" for k, v in setup.chosen.items())
    typical = " --typical" if setup.typical else ""
    command = f"quell run {quote(name)} --out results --seed {setup.seed} --count {setup.count}{typical}{switches}"
    first = next(((a, b) for a, b in question.pairs), (setup.arms[0].name, None))
    visit = setup.visits[question.visit]
    return {
        "study": {"title": study.title, "file": name, "text": study.text, "sha256": study.sha256, "command": command},
        "run": {
            "seed": setup.seed,
            "people": setup.count,
            "draws": setup.draws,
            "typical": setup.typical,
            "switches": all_choices(setup.experiment.model, setup.chosen),
            "unused_sections": list(study.unused("run")),
        },
        "endpoint": {
            "instrument": question.instrument,
            "statistic": study.endpoint.statistic,
            "visit": visit.name,
            "time_h": visit.time_h,
            "arm": first[0],
            "control": first[1],
        },
    }


def _about_arms(setup: Setup, tables: Tables) -> list[dict[str, Any]]:
    found = []
    for arm in setup.arms:
        mg = tables.arm(arm.name, "mg", "")
        doses = []
        for i, dose in enumerate(arm.doses):
            low, high = np.quantile(mg[:, i], [0.05, 0.95])
            about = {
                "time_h": dose.time_h,
                "drug": dose.drug,
                "route": dose.route,
                "amount": dose.amount,
                "unit": dose.unit,
            }
            about |= {"mg_mean": float(mg[:, i].mean()), "mg_low90": float(low), "mg_high90": float(high)}
            doses.append(about | {"duration_h": dose.duration_h})
        about = {"name": arm.name, "sentences": list(arm.sentences), "control": arm.control}
        found.append(about | {"open_label": arm.open_label, "doses": doses})
    return found


def _about_people(setup: Setup, tables: Tables) -> dict[str, Any]:
    cohort = setup.experiment.cohort
    return {
        "disorder": " or ".join(setup.study.people.disorders) or setup.study.people.disorder,
        "screened": int(cohort.screened),
        "enrolled": setup.count,
        "excluded": {name: int(n) for name, n in cohort.excluded.items()},
        "characteristics": summary.characteristics(tables, COVARIATES),
    }


def _recall(setup: Setup) -> dict[str, float]:
    """The longest window each instrument is asked about after treatment."""
    windows = setup.experiment.watch.windows_h
    return {name: float(window.max()) for name, window in windows.items()}


def _about_costs(setup: Setup, tables: Tables, knowledge: Knowledge) -> dict[str, Any]:
    limits = safety_limits(setup.study, setup.experiment.library)
    measures = {}
    for name, (signal, _) in PEAKS.items():
        limit, source = limits.get(name, (None, None))
        unit = setup.experiment.model.system.variable(signal).declaration.unit
        measures[name] = {"unit": unit, "limit": limit, "limit_source": source}
    active = {arm.name: any(dose.drug != "midazolam" for dose in arm.doses) for arm in setup.arms}
    blinded = tuple(arm.name for arm in setup.arms if not arm.open_label and arm.sessions)
    library = setup.experiment.library
    return {
        "exposure": summary_costs.exposure(tables, ANALYTES),
        "safety": summary_costs.safety(tables, measures, knowledge),
        "harms": summary_costs.harms(tables, {"nausea": library["safety.nausea_slope"].grade}, knowledge),
        "guess": [x for x in summary_costs.guesses(tables, active, knowledge) if x["arm"] in blinded],
        "cascade": summary_costs.courses(tables, course_titles(setup), setup.times_h(), knowledge),
    }


def _about_evidence(setup: Setup, tables: Tables, knowledge: Knowledge) -> dict[str, Any]:
    experiment, question = setup.experiment, setup.question
    used = used_parameters(setup)
    parameters = experiment.cohort.parameters
    arm, control = question.pairs[0] if question.pairs else (tables.arms[0], None)
    endpoint = tables.arm(arm, "score", question.instrument)[:, question.visit]
    endpoint = endpoint - (
        tables.arm(control, "score", question.instrument)[:, question.visit]
        if control
        else tables.person("baseline", question.instrument)
    )
    drawn = {name: parameters.typical_values(name) for name in used if name in parameters}
    shares = summary.shares_of_uncertainty(endpoint, knowledge, drawn)
    values = switch_values(experiment.model, setup.chosen)
    records = summary_costs.parameters(experiment.library, used, values, shares)
    keys = dict.fromkeys(key for x in records for key in x["source"])
    sources = [experiment.library.source(key) for key in keys]
    return {
        "parameters": records,
        "sources": [{"key": x.key, "citation": x.citation, "doi": x.doi or None} for x in sources],
    }


def used_parameters(setup: Setup) -> tuple[str, ...]:
    """Ids of the parameters behind this run's numbers: of mechanisms, of the kinetics in use, of scales, of people."""
    experiment = setup.experiment
    names = [x for x in experiment.parameters if _concerns(setup, x)]
    scales = tuple(f"instruments.{INSTRUMENTS[name].key}_" for name in experiment.watch.scales)
    instruments = [x.id for x in experiment.library.parameters("instruments") if x.id.startswith(scales)]
    people = [x.id for x in experiment.library.parameters("people")]
    return (*dict.fromkeys([*names, *instruments, *people]),)


def _concerns(setup: Setup, identifier: str) -> bool:
    """Whether a parameter of the kinetics concerns a drug that an arm gives."""
    networks = {name for plan in setup.experiment.plans for name in plan.networks}
    if not identifier.startswith("kinetics."):
        return True
    midazolam = identifier.startswith("kinetics.midazolam")
    return ("midazolam" in networks) if midazolam else bool(networks - {"midazolam"})


def _warnings(setup: Setup, knowledge: Knowledge, failed: list[dict[str, Any]], checked: GridCheck) -> list[str]:
    found = []
    if not setup.typical and not knowledge.separable:
        least = LEAST_PEOPLE_PER_DRAW * setup.draws
        found.append(
            f"With {setup.count} people no interval can be given for what is unknown; at least {least} are needed."
        )
    if failed:
        found.append(f"{len(failed)} solves failed; the people are left out of every figure and named under failed.")
    if checked.change > TOLERANCE / 2:
        found.append(f"Halving the steps moves {checked.value} by up to {checked.change:.1g} of its value.")
    return found
