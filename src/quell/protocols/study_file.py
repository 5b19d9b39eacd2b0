"""A study: read from its file, checked as a whole, and handed on to whatever simulates it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from quell.conventions.errors import StudyError
from quell.people.specification import PeopleSpecification
from quell.protocols.analysis_grammar import Endpoint
from quell.protocols.arm_data import given_regimens
from quell.protocols.phrases import PhraseError
from quell.protocols.plan_checks import NOTHING
from quell.protocols.plan_schema import Epoch, Limits
from quell.protocols.problems import Problem
from quell.protocols.regimen import Regimen
from quell.protocols.schedule import manner
from quell.protocols.study_checks import check_study
from quell.protocols.study_errors import from_validation, nearest, placed, together
from quell.protocols.study_schema import StudyModel
from quell.protocols.study_text import read_text
from quell.protocols.study_use import unused_sections
from quell.protocols.study_warnings import study_warnings
from quell.protocols.treatments import DRUGS
from quell.protocols.visit_grammar import Every, Measure
from quell.protocols.yaml_reader import Document, Keys, Place, parse_document


@dataclass(frozen=True)
class Study:
    """A study file that has been read and fits together.

    Parameters
    ----------
    document
        The file: text and places.
    model
        Every section, typed.
    people
        Who is enrolled.
    given
        Arm (short form) or treatment (plan) -> its regimens.
    """

    document: Document
    model: StudyModel
    people: PeopleSpecification
    given: Mapping[str, tuple[Regimen, ...]]

    @property
    def path(self) -> str:
        """The file as named by the person."""
        return self.document.file

    @property
    def text(self) -> str:
        """The file's text."""
        return self.document.text

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def title(self) -> str:
        """The title, one line."""
        return self.model.title

    @property
    def limits(self) -> Limits | None:
        """Bounds that a regimen must keep."""
        return self.model.limits

    @property
    def seed(self) -> int | None:
        """The seed that the file names."""
        return self.model.simulate.seed if self.model.simulate else None

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Instrument -> how it is measured; empty where the file does not say, and every instrument is shown."""
        return self.model.measures or {}

    @property
    def arms(self) -> Mapping[str, tuple[Regimen, ...]]:
        """Arm -> what it gives, in the order of the file.

        Raises
        ------
        StudyError
            For a plan that is more than one randomised epoch of parallel arms; see :meth:`require_parallel_arms`.
        """
        if self.model.arms is not None:
            return self.given
        epoch = self._parallel_epoch()
        return {arm: self._treatment(name) for arm, name in (epoch.randomise or {}).items()}

    def require_parallel_arms(self) -> None:
        """Refuse, by line, a plan that needs more than people living under parallel arms."""
        if self.model.arms is None:
            self._parallel_epoch()

    @property
    def visits(self) -> tuple[float, ...]:
        """Times of the visits, hours from the first dose, ascending; a visit at a dose is taken before it."""
        if self.model.arms is not None:
            return self.model.visits.times_h
        hours = sum(epoch.lasts.hours for epoch in self.model.plan or ())
        regular = [times for times in self.model.visits.groups.values() if isinstance(times, Every)]
        further = (k * every.interval_h for every in regular for k in range(int(hours // every.interval_h) + 1))
        return tuple(sorted({*(time for time in self.model.visits.times_h if time >= 0), *further}))

    @property
    def endpoint(self) -> Endpoint:
        """What is compared: the endpoint, or the variable of the first estimand that is one.

        Raises
        ------
        StudyError
            Where no estimand has such a variable.
        """
        if self.model.endpoint is not None:
            return self.model.endpoint
        for estimand in (self.model.estimands or {}).values():
            if isinstance(estimand.variable, Endpoint):
                return estimand.variable
        place = self.document.keys.get(("estimands",)) or Place(1, 1, "")
        message = "no estimand here is a score at a visit, which this command needs"
        raise self.document.error(place, message, allowed="endpoint: HAM-A change at 28 d")

    @property
    def control(self) -> str | None:
        """The arm that others are compared with: as stated, else the most inert one, else none."""
        if self.model.control is not None or len(self.arms) < 2:
            return self.model.control
        ranks = {arm: _inertness(regimens) for arm, regimens in self.arms.items()}
        best = min(ranks, key=lambda arm: ranks[arm])
        return best if ranks[best] < len(_INERT) else None

    @property
    def open_arms(self) -> frozenset[str]:
        """Arms that everybody knows: as stated, else those that no other arm resembles.

        Arms resemble each other that are given in the same manner: tablets, or doses by the same route, or sessions.
        """
        blinding = self.model.blinding
        if any(epoch.open_label for epoch in self.model.plan or () if epoch.randomise):
            return frozenset(self.arms)
        if blinding is not None and "open_label" in blinding.model_fields_set:
            stated = blinding.open_label
            return frozenset(stated if isinstance(stated, list) else self.arms if stated else ())
        manners = {arm: manner(regimens) for arm, regimens in self.arms.items()}
        alike = Counter(manners.values())
        return frozenset(arm for arm in self.arms if alike[manners[arm]] == 1 or _known_by_nature(self.arms[arm]))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but may not be meant."""
        return study_warnings(self.arms, self.visits, self.endpoint, self.measures)

    def unused(self, command: str) -> tuple[str, ...]:
        """Sections, and keys within sections, that a command does not use."""
        return unused_sections(self.model, command)

    def _treatment(self, name: str) -> tuple[Regimen, ...]:
        return (Regimen(NOTHING),) if name == NOTHING and name not in self.given else self.given[name]

    def _parallel_epoch(self) -> Epoch:
        for k, epoch in enumerate(self.model.plan or ()):
            first, idle = (
                k == 0 and epoch.randomise is not None,
                k > 0 and epoch.give == NOTHING and epoch.enter is None,
            )
            if not (first or idle):
                raise self._beyond(("plan", k, "epoch"), epoch)
        return (self.model.plan or [])[0]

    def _beyond(self, path: tuple[str | int, ...], epoch: Epoch) -> StudyError:
        place = self.document.values[path]
        message = f'the epoch "{epoch.epoch}" needs a trial: "quell trial" will run this plan'
        allowed = "for this command: one randomised epoch of parallel arms, then epochs that give nothing"
        return self.document.error(place, message, allowed=allowed)


def read_study(path: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path
        A YAML file of at most 1 MB.

    Raises
    ------
    StudyError
        With file, line, column, what is allowed and a suggestion; up to five problems at once.
    """
    return parse_study(read_text(path), path)


def parse_study(text: str, path: str | Path) -> Study:
    """Check a study given as text; ``path`` is its name for errors, and data sets are looked for beside it."""
    document = parse_document(text, path)
    _check_empty(document)
    try:
        model = StudyModel.model_validate(document.data)
    except ValidationError as error:
        raise together(from_validation(document, StudyModel, error)) from None
    problems = [_placed(document, found) for found in check_study(model)]
    people = None
    try:
        people = model.people.specification()
    except PhraseError as error:
        problems.append(placed(document, ("people",), error))
    if problems or people is None:
        raise together(problems)
    return Study(document, model, people, dict(_given(document, model)))


def _check_empty(document: Document) -> None:
    """Refuse keys without a value; only a measure may stand alone."""
    empty = [path for path in document.empty if path and path[0] != "measures"]
    if empty:
        raise together([_missing_value(document, path) for path in empty])


def _missing_value(document: Document, path: Keys) -> StudyError:
    meant = NOTHING if path[0] in ("arms", "treatments") and len(path) == 2 else None
    allowed = "a value, or no key at all"
    return document.error(nearest(document, path), "a value is missing", allowed=allowed, suggestion=meant)


def _given(document: Document, model: StudyModel) -> Iterator[tuple[str, tuple[Regimen, ...]]]:
    section = "arms" if model.arms is not None else "treatments"
    for name, given in (model.arms or model.treatments or {}).items():
        yield name, given_regimens(document, (section, name), given)


def _placed(document: Document, found: Problem) -> StudyError:
    path, error, at_key = found
    return placed(document, path, PhraseError(error, at_key=at_key))


_INERT = (
    frozenset({"placebo"}),
    frozenset({"saline"}),
    frozenset({"placebo", "saline"}),
    frozenset({"midazolam"}),
    frozenset({"nothing"}),
)
"""What makes a control, the first first."""


def _inertness(regimens: tuple[Regimen, ...]) -> int:
    given = frozenset(regimen.treatment for regimen in regimens)
    return _INERT.index(given) if given in _INERT else len(_INERT)


def _known_by_nature(regimens: tuple[Regimen, ...]) -> bool:
    return all(DRUGS[regimen.treatment].kind in ("psychotherapy", "nothing") for regimen in regimens)
