"""Whether a pack makes sense: the checks that loading leaves out because they are for authors, not for every run."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from quell.conventions.errors import StudyError
from quell.evidence.bibliography import Source
from quell.evidence.records import GRADES, ParameterRecord

FindSource = Callable[[str], Source]
"""Key -> source; raises a StudyError for an unknown key."""

OWN_SOURCES = frozenset({"quell2026", "prototype2026"})
"""Our own work: it derives and assumes, it does not measure."""


def check_pack(records: Iterable[ParameterRecord], find_source: FindSource) -> list[str]:
    """What is wrong with the records of one pack, one sentence each, beginning with the parameter's id."""
    records = list(records)
    repeated = [name for name, count in Counter(record.name for record in records).items() if count > 1]
    problems = [f'{records[0].pack}: the name "{name}" occurs more than once' for name in repeated]
    for record in records:
        problems += [f"{record.id}: {problem}" for problem in check_record(record, find_source)]
    return problems


def check_record(record: ParameterRecord, find_source: FindSource) -> Iterator[str]:
    """What is wrong with one record, one phrase each."""
    yield from _unit(record)
    yield from _value(record)
    yield from _distributions(record)
    yield from _words(record)
    yield from _sources(record, find_source)
    yield from _conflicts(record, find_source)


def _unit(record: ParameterRecord) -> Iterator[str]:
    try:
        record.dimension  # noqa: B018
    except StudyError as error:
        yield error.statement


def _value(record: ParameterRecord) -> Iterator[str]:
    low, high = record.range
    if not math.isfinite(record.value):
        yield "the value is not finite"
    if low > high:
        yield f"the range [{low:g}, {high:g}] is empty"
    if not low <= record.value <= high:
        yield f"the value {record.value:g} lies outside its range [{low:g}, {high:g}]"


def _distributions(record: ParameterRecord) -> Iterator[str]:
    if record.uncertainty:
        yield from record.uncertainty.problems(record.value)
    for name in ("between_patient", "between_occasion"):
        distribution = getattr(record, name)
        if distribution and not distribution.has_centre:
            yield f"{name} must be lognormal, normal or logitnormal, not {distribution.kind}"
        elif distribution:
            yield from (f"{name}: {problem}" for problem in distribution.problems(record.value))


def _words(record: ParameterRecord) -> Iterator[str]:
    if record.grade not in GRADES:
        yield f'unknown grade "{record.grade}" (known: {", ".join(GRADES)})'
    for name in ("title", "population", "place"):
        if not getattr(record, name).strip():
            yield f"{name} is empty"


def _sources(record: ParameterRecord, find_source: FindSource) -> Iterator[str]:
    if not record.source:
        yield "no source is given"
    for key in record.source:
        try:
            if find_source(key).held_out:
                yield f'the source "{key}" is held out: it judges the model and may not feed it'
        except StudyError as error:
            yield error.statement
    if record.grade == "measured" and set(record.source) <= OWN_SOURCES:
        yield "graded measured, but the only source is our own work"


def _conflicts(record: ParameterRecord, find_source: FindSource) -> Iterator[str]:
    for conflict in record.conflicts:
        key, colon, words = conflict.partition(":")
        if not colon or not words.strip():
            yield f'the conflict "{conflict}" is not "<source key>: <what it says>"'
            continue
        try:
            find_source(key.strip())
        except StudyError as error:
            yield error.statement
