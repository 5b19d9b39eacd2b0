"""Checks across sections: what each section says alone is right, but do they fit together?

Each check yields problems as (path in the file, error, whether the key is meant). A ``like`` that leads nowhere, an arm
that does not exist, an endpoint that nobody measures: all are found before anything is simulated.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from quell.evidence.library import load_library
from quell.protocols.analysis_grammar import Contrast, Endpoint
from quell.protocols.analysis_schema import Analysis, Estimand
from quell.protocols.arms_schema import EXAMPLES, DataRegimen
from quell.protocols.conditions import Comparison, Condition
from quell.protocols.plan_checks import check_plan
from quell.protocols.problems import Problem, arm_names, problem, spell_time
from quell.protocols.study_schema import StudyModel
from quell.protocols.yaml_reader import Keys

MOST_ARMS = 12
"""Arms of a study."""

MOST_DOSES = 2000
"""Doses with kinetics in one arm."""


def check_study(model: StudyModel) -> Iterator[Problem]:
    """Everything that does not fit together."""
    misfit = list(_check_form(model))
    if misfit:
        yield from misfit
        return
    yield from _check_arms(model)
    yield from _check_endpoint(model)
    yield from _check_variables(model)
    yield from _check_visits(model)
    yield from _check_scores(model)
    yield from check_plan(model)
    yield from _check_family("estimands", model.estimands or {})
    yield from _check_family("analysis", model.analysis or {})
    yield from _check_contrasts(model)
    yield from _check_strategies(model)


def _check_form(model: StudyModel) -> Iterator[Problem]:
    """A study has arms (short form) or treatments and a plan, and neither is a mix."""
    form = "arms, or treatments and plan"
    present = [key for key in ("treatments", "plan") if getattr(model, key) is not None]
    if model.arms is not None:
        for key in present:
            message = f'"{key}" belongs to a study with a plan; this one has arms'
            yield problem((key,), message, at_key=True, text=key, allowed=form)
    elif not present:
        yield problem((), "the study gives no treatment", allowed=form, suggestion=f"arms: {{ketamine: {EXAMPLES[0]}}}")
    elif len(present) == 1:
        other = "plan" if present == ["treatments"] else "treatments"
        message = f'"{present[0]}" needs "{other}"'
        yield problem((present[0],), message, at_key=True, text=present[0], allowed="treatments and plan together")


def _check_arms(model: StudyModel) -> Iterator[Problem]:
    for section, given in (("arms", model.arms), ("treatments", model.treatments)):
        if given is not None and not given:
            yield problem(
                (section,), "no arm stands here", allowed="ketamine: ketamine 0.5 mg/kg IV over 40 min on day 0"
            )
        if given is not None and len(given) > MOST_ARMS:
            yield problem((section,), f"{len(given)} arms are too many", at_key=True, allowed=f"up to {MOST_ARMS}")
        for name, what in (given or {}).items():
            yield from _check_arm((section, name), name, what)
    if model.control is not None and model.control not in arm_names(model):
        yield problem(("control",), f'no arm is called "{model.control}"', known=arm_names(model), text=model.control)
    open_label = model.blinding.open_label if model.blinding else False
    for k, name in enumerate(open_label if isinstance(open_label, list) else ()):
        if name not in arm_names(model):
            path = ("blinding", "open label", k)
            yield problem(path, f'no arm is called "{name}"', known=arm_names(model), text=name)


def _check_arm(path: Keys, name: str, what: Any) -> Iterator[Problem]:
    if len(name) > 60 or not name.strip():
        yield problem(
            path, "the name of an arm has 1 to 60 characters", at_key=True, text=name[:60], allowed="a short name"
        )
    if isinstance(what, DataRegimen):
        return
    doses = sum(len(regimen.times_h()) for regimen in what if regimen.drug.kind == "kinetic")
    if doses > MOST_DOSES:
        yield problem(path, f"{doses} doses are too many for one arm", allowed=f"up to {MOST_DOSES}")


def _check_endpoint(model: StudyModel) -> Iterator[Problem]:
    endpoint = model.endpoint
    if endpoint is None:
        if model.arms is not None:
            meant = "endpoint: LSAS change from baseline at 24 h"
            yield problem((), '"endpoint" is missing in the study', allowed="endpoint: ...", suggestion=meant)
        return
    if model.measures is not None and endpoint.instrument not in model.measures:
        message = f"the endpoint {endpoint.instrument} is not measured"
        yield problem(("endpoint",), message, known=model.measures, text=endpoint.instrument)
    times = model.visits.times_h
    if times and endpoint.time_h not in times:
        near = min(times, key=lambda time: abs(time - endpoint.time_h))
        message = f"no visit at {spell_time(endpoint.time_h)}, the time of the endpoint"
        allowed = ", ".join(spell_time(time) for time in times if time > 0)
        yield problem(
            ("endpoint",), message, allowed=allowed, suggestion=f"at {spell_time(near)}" if near > 0 else None
        )
    yield from _check_definition(endpoint)


def _check_variables(model: StudyModel) -> Iterator[Problem]:
    """An estimand's variable is measured, and at a visit where all visits are listed."""
    listed = all(isinstance(times, tuple) for times in model.visits.groups.values())
    for name, estimand in (model.estimands or {}).items():
        variable, path = estimand.variable, ("estimands", name, "variable")
        if not isinstance(variable, Endpoint):
            continue
        if model.measures is not None and variable.instrument not in model.measures:
            message = f"{variable.instrument} is not measured"
            yield problem(path, message, known=model.measures, text=variable.instrument)
        if listed and variable.time_h not in model.visits.times_h:
            allowed = ", ".join(spell_time(time) for time in model.visits.times_h if time > 0)
            yield problem(path, f"no visit at {spell_time(variable.time_h)}", allowed=allowed)


def _check_definition(endpoint: Endpoint) -> Iterator[Problem]:
    field = {"responders": "response_fall", "remitters": "remission_score"}.get(endpoint.statistic)
    if field is None:
        return
    from quell.mechanisms.instruments import INSTRUMENTS

    if INSTRUMENTS[endpoint.instrument].record(field, load_library()) is None:
        word = "response" if endpoint.statistic == "responders" else "remission"
        message = f"{endpoint.instrument} has no published definition of {word}"
        yield problem(
            ("endpoint",), message, text=endpoint.statistic, allowed="change from baseline", suggestion="change"
        )


def _check_visits(model: StudyModel) -> Iterator[Problem]:
    if model.arms is None:
        return
    times = model.visits.groups.get("")
    if not isinstance(times, tuple):
        message = "a study with arms has one list of visits"
        yield problem(("visits",), message, at_key=True, allowed="visits: [0 h, 24 h, 7 d]", text="visits")
        return
    for k, time in enumerate(times):
        if time < 0:
            message = "this visit lies before the first dose; the baseline is taken at 0 h, before the dose"
            yield problem(("visits", k), message, allowed="0 h or later", suggestion="0 h")
    if not any(time > 0 for time in times):
        yield problem(
            ("visits",), "no visit after the first dose", at_key=True, text="visits", allowed="[0 h, 24 h, 7 d]"
        )


def _check_scores(model: StudyModel) -> Iterator[Problem]:
    """Entry rules beyond what a scale can show."""
    from quell.mechanisms.instruments import INSTRUMENTS

    library = load_library()
    for key, condition in (("enrol", model.people.enrol), ("exclude", model.people.exclude)):
        for term in condition.terms if isinstance(condition, Condition) else ():
            if not isinstance(term, Comparison) or term.unit != "points" or term.measure not in INSTRUMENTS:
                continue
            lowest, highest = INSTRUMENTS[term.measure].range(library)
            if not lowest <= term.value <= highest:
                message = f"{term.measure} runs from {lowest:g} to {highest:g}"
                yield problem(
                    ("people", key), message, allowed=f"{term.measure} {term.comparison} {lowest:g} to {highest:g}"
                )


def _check_family(section: str, members: Mapping[str, Estimand] | Mapping[str, Analysis]) -> Iterator[Problem]:
    """Each ``like`` names another member that is not itself like it."""
    for name, member in members.items():
        seen, other = {name}, member.like
        if other is not None and other not in members:
            path = (section, name, "like")
            yield problem(path, f'nothing here is called "{other}"', known=members, text=other)
            continue
        while other is not None:
            if other in seen:
                yield problem(
                    (section, name, "like"), f'"{name}" is like itself', text=member.like, allowed="another one"
                )
                break
            seen.add(other)
            other = members[other].like if other in members else None


def _check_contrasts(model: StudyModel) -> Iterator[Problem]:
    arms = arm_names(model)
    for name, estimand in (model.estimands or {}).items():
        several = isinstance(estimand.contrast, list)
        contrasts = estimand.contrast if isinstance(estimand.contrast, list) else [estimand.contrast]
        for k, contrast in enumerate(contrasts):
            for arm in (contrast.arm, contrast.control) if isinstance(contrast, Contrast) else ():
                if arm not in arms and arm not in (model.treatments or {}):
                    path = ("estimands", name, "contrast", *((k,) if several else ()))
                    yield problem(path, f'no arm is called "{arm}"', known=arms, text=arm)


def _check_strategies(model: StudyModel) -> Iterator[Problem]:
    events = model.events.model_dump(by_alias=True, exclude_none=True) if model.events else {}
    for name, estimand in (model.estimands or {}).items():
        for event in estimand.strategies:
            if event not in events:
                path = ("estimands", name, event)
                message = f'"{event}" is no event of this study'
                yield problem(
                    path, message, at_key=True, text=event, allowed=tuple(events) or "an event of the section events"
                )
