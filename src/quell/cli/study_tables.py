"""``quell evidence --studies``, ``--facts``, and one study: the trials behind the model and what each may do.

What judges the model is named here and never told: its observations are shown by ``quell validate``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from quell.cli.printing import print_json, print_lines, print_table, safe
from quell.evidence.facts import USES, load_facts
from quell.evidence.library import Library
from quell.evidence.study_library import load_studies, load_study, observations, study_keys
from quell.evidence.study_records import Observation, Spread, Study
from quell.evidence.study_words import DESIGNS, ROLES

HELD_OUT = "held out: shown by quell validate"
"""What stands in place of an observation that judges the model."""

_WIDE, _MIDDLE = 110, 64
_MARKS = {"sd": "SD", "se": "SE", "log_se": "SE of the logarithm", "printed": "as printed", "relative": "error, share"}
_HEADINGS = ("study", "role", "n", "disorder", "arms", "title")


def is_study(identifier: str) -> bool:
    """Whether a study has this key, capitals apart."""
    return identifier.casefold() in study_keys()


def show_studies(to: Console, as_json: bool) -> None:
    """All studies, one line each."""
    studies = list(load_studies().values())
    if as_json:
        print_json([_head(study) for study in studies])
        return
    rows = [_row(study) for study in studies]
    if not to.is_terminal:
        print_lines(rows)
        return
    kept = len(_HEADINGS) if to.width >= _WIDE else 4 if to.width >= _MIDDLE else 2
    print_table(to, _HEADINGS[:kept], [row[:kept] for row in rows])
    counts = Counter(study.role for study in studies)
    to.print(safe(f"{len(studies)} studies: " + ", ".join(f"{counts[role]} {role}" for role in ROLES), "dim"))


def show_study(to: Console, key: str, library: Library, as_json: bool) -> None:
    """One study with its people, arms, observations, roles and sources."""
    study = load_study(key.casefold())
    sources = [library.source(source) for source in study.source]
    if as_json:
        told = _head(study) | {"observations": [observation_data(o) for o in study.observations]}
        print_json(told | {"sources": [asdict(source) for source in sources]})
        return
    _paragraph(to, f"{study.key}: {study.title}", "bold")
    _fields(to, _study_fields(study) + [("source", f"{s.key}: {s.citation}  {s.link or ''}".rstrip()) for s in sources])
    _paragraph(to, "")
    if study.is_held_out:
        _paragraph(to, HELD_OUT)
        return
    headings = ("observation", "role", "figure", "when", "arm", "measure")
    rows = [_observation_row(observation) for observation in study.observations]
    if not to.is_terminal:
        print_lines(rows)
        return
    print_table(
        to, headings if to.width >= _WIDE else headings[:3], [row[: 6 if to.width >= _WIDE else 3] for row in rows]
    )


def show_facts(to: Console, as_json: bool) -> None:
    """The facts a credible model reproduces, each with its observations."""
    known = {observation.id: observation for observation in observations()}
    if as_json:
        print_json([asdict(fact) for fact in load_facts()])
        return
    for fact in load_facts():
        _paragraph(to, f"{fact.number}. {fact.title}", "bold")
        _paragraph(to, f"   {fact.use}: {USES[fact.use]}{'; ' + fact.note if fact.note else ''}")
        rows = [_fact_row(identifier, known) for identifier in fact.observations]
        if to.is_terminal:
            print_table(to, ("", "", ""), rows)
        else:
            print_lines(rows)


def study_gaps() -> dict[str, list[str]]:
    """Heading -> what is missing or contested among the study records, one line each."""
    studies = load_studies().values()
    fitted = observations(role="fit")
    return {
        "fitted with an assumed spread": [
            f"{o.id}: {o.spread.how}" for o in fitted if o.spread and o.spread.grade == "assumed"
        ],
        "fitted on a figure that is our reading": [f"{o.id}: {o.note}" for o in fitted if o.grade == "assumed"],
        "fitted arms with an assumed dose": [
            f"{study.key}, {arm.name}: {arm.note}"
            for study in studies
            if study.role == "fit"
            for arm in study.arms
            if "assumed" in arm.note
        ],
        "fitted people without an entry rule": [
            study.key
            for study in studies
            if study.role == "fit" and study.people.disorder and study.design != "pooled" and not study.people.enrol
        ],
        "fitted people with an assumed entry rule": [
            f"{study.key}: {study.people.enrol}"
            for study in studies
            if study.role == "fit" and "entry rule assumed" in study.people.note
        ],
        "trials disagree": [f"{study.key}, {conflict}" for study in studies for conflict in study.conflicts],
        "people who may be shared": [
            f"{study.key}: perhaps with {', '.join(study.people.may_overlap)}"
            for study in studies
            if study.people.may_overlap
        ],
        "studies without a single figure": [
            study.key
            for study in studies
            if not study.is_held_out and all(o.statistic == "words" for o in study.observations)
        ],
    }


def observation_data(observation: Observation) -> dict[str, Any]:
    """An observation as plain data, what is empty left out."""
    return {key: value for key, value in asdict(observation).items() if value not in (None, "", ())}


def _head(study: Study) -> dict[str, Any]:
    told = {key: value for key, value in asdict(study).items() if key != "observations"}
    return told | {"count": HELD_OUT if study.is_held_out else len(study.observations)}


def _row(study: Study) -> tuple[str, ...]:
    people = study.people
    arms = ", ".join(arm.name for arm in study.arms)
    return (study.key, study.role, str(people.n or ""), people.disorder or people.condition, arms, study.title)


def _study_fields(study: Study) -> list[tuple[str, str]]:
    people = study.people
    rows = [
        ("role", f"{study.role}: {ROLES[study.role]}"),
        ("because", study.role_reason),
        ("design", f"{study.design}: {DESIGNS[study.design]}"),
        ("people", f"{people.n or 'unknown number'}, {people.disorder or people.condition}, {people.setting}"),
        ("resistant", people.resistant),
        ("entry", people.enrol),
        ("remark", people.note),
        ("same people", ", ".join(people.units)),
        ("shared with the held out", study.shares_with_held_out),
        *((f"arm {arm.name}", _arm(arm.gives, arm.instead, arm.n, arm.note)) for arm in study.arms),
        *(("disagrees", conflict) for conflict in study.conflicts),
    ]
    return [(name, text) for name, text in rows if text]


def _arm(gives: Iterable[str], instead: str, n: int, note: str) -> str:
    given = "; ".join(gives) or f"({instead})"
    return given + (f", n = {n}" if n else "") + (f" ({note})" if note else "")


def _observation_row(observation: Observation) -> tuple[str, ...]:
    role = f"{observation.role} ({observation.informs})"
    return (observation.name, role, figure(observation), _when(observation), observation.arm, observation.measure)


def _fact_row(identifier: str, known: dict[str, Observation]) -> tuple[str, ...]:
    if identifier not in known:
        return (f"   {identifier}", "held out", HELD_OUT)
    observation = known[identifier]
    return (f"   {identifier}", observation.role, f"{figure(observation)} {_when(observation)}".rstrip())


def figure(observation: Observation) -> str:
    """What was observed, as a person would write it."""
    if observation.order:
        return f"{observation.measure}: {' '.join(observation.order)}"
    if observation.statistic == "bound":
        bounds = [("at least", observation.at_least), ("at most", observation.at_most)]
        told = [f"{words} {bound:g}" for words, bound in bounds if bound is not None]
        return f"{' and '.join(told)} {_unit(observation)}".rstrip()
    if observation.value is None:
        return observation.words
    counted = f"{observation.count}/{observation.of}, " if observation.of else ""
    told = f"{observation.statistic} {counted}{observation.value:g} {_unit(observation)}".rstrip()
    return told + (f" ({_spread(observation.spread)})" if observation.spread else "")


def _unit(observation: Observation) -> str:
    return "" if observation.unit == "1" else observation.unit


def _spread(spread: Spread) -> str:
    assumed = "" if spread.grade == "measured" else f", {spread.grade}"
    if spread.kind == "ci":
        return f"95 % {spread.low:g} to {spread.high:g}{assumed}"
    return f"{_MARKS[spread.kind]} {spread.low:g}{assumed}"


def _when(observation: Observation) -> str:
    since = "" if observation.since == "first dose" else f" after {observation.since}"
    over = f" over {observation.relative_to}" if observation.relative_to else ""
    when = (
        f"at {observation.time}" if observation.time else f"within {observation.within}" if observation.within else ""
    )
    return f"{when}{over}{since}" if when else since.strip()


def _fields(to: Console, rows: Sequence[tuple[str, str]]) -> None:
    if not to.is_terminal:
        print_lines(rows)
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", overflow="fold")
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(safe(name), safe(text))
    to.print(grid)


def _paragraph(to: Console, text: str, style: str = "") -> None:
    if to.is_terminal:
        to.print(safe(text, style))
    else:
        print_lines([(text,)])
