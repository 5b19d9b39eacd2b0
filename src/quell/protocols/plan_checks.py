"""Checks of a plan: epochs, arms, treatments, ratios, blocks, visits, and what is remembered of an epoch."""

from collections.abc import Iterator, Mapping

from quell.protocols.plan_schema import MEMORY, Epoch
from quell.protocols.problems import Problem, problem
from quell.protocols.study_schema import StudyModel
from quell.protocols.yaml_reader import Keys

NOTHING = "nothing"
"""What an epoch gives in which nothing is given; needs no entry in ``treatments``."""

_LISTS = ("before dose", "no dose")
_MOST_EPOCHS = 10


def check_plan(model: StudyModel) -> Iterator[Problem]:
    """Everything in a plan that does not fit together."""
    if model.plan is None:
        return
    if not 1 <= len(model.plan) <= _MOST_EPOCHS:
        yield problem(("plan",), f"a plan has 1 to {_MOST_EPOCHS} epochs", at_key=True, text="plan")
    names: list[str] = []
    for k, epoch in enumerate(model.plan):
        if epoch.epoch in names:
            yield problem(("plan", k, "epoch"), f'a second epoch is called "{epoch.epoch}"', text=epoch.epoch)
        names.append(epoch.epoch)
        yield from _check_epoch(("plan", k), epoch, model)
    yield from _check_visit_lists(model, names)
    for epoch in model.blinding.memory if model.blinding else ():
        if epoch not in names:
            path = ("blinding", f"{MEMORY}{epoch}")
            yield problem(path, f'no epoch is called "{epoch}"', at_key=True, text=epoch, known=names)


def _check_epoch(path: Keys, epoch: Epoch, model: StudyModel) -> Iterator[Problem]:
    if (epoch.give is None) == (epoch.randomise is None):
        message = "an epoch either gives one treatment or randomises"
        yield problem((*path, "epoch"), message, text=epoch.epoch, allowed="give: ..., or randomise: {arm: treatment}")
    for key, given in (("give", epoch.give), ("randomise", epoch.randomise)):
        for inside, name in _treatments(given):
            if name != NOTHING and name not in (model.treatments or {}):
                known = (*(model.treatments or {}), NOTHING)
                yield problem((*path, key, *inside), f'no treatment is called "{name}"', text=name, known=known)
    yield from _check_allocation(path, epoch)


def _treatments(given: str | Mapping[str, str] | None) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(given, str):
        yield (), given
    elif given is not None:
        yield from (((arm,), name) for arm, name in given.items())


def _check_allocation(path: Keys, epoch: Epoch) -> Iterator[Problem]:
    arms = len(epoch.randomise or {})
    if epoch.randomise is None:
        for key, value in (("ratio", epoch.ratio), ("blocks", epoch.blocks), ("strata", epoch.strata)):
            if value is not None:
                yield problem((*path, key), f'"{key}" needs "randomise"', at_key=True, text=key)
        return
    if arms < 2:
        yield problem((*path, "randomise"), "randomisation needs at least two arms", at_key=True, text="randomise")
    if epoch.ratio is not None and len(epoch.ratio) != arms:
        suggestion = ":".join(["1"] * arms)
        yield problem((*path, "ratio"), f"{len(epoch.ratio)} shares for {arms} arms", suggestion=suggestion)
    whole = sum(epoch.ratio) if epoch.ratio else arms
    for k, block in enumerate(epoch.blocks or ()):
        if block % whole:
            message = f"a block of {block} cannot keep the ratio"
            yield problem((*path, "blocks", k), message, allowed=f"multiples of {whole}", suggestion=str(whole))


def _check_visit_lists(model: StudyModel, names: list[str]) -> Iterator[Problem]:
    for key in model.visits.groups:
        for name in key.split(" and "):
            if key and name not in names and name not in _LISTS:
                message = f'"{name}" is no epoch of the plan'
                yield problem(("visits", key), message, at_key=True, text=name, known=(*names, *_LISTS))
