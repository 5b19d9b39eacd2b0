"""Questions to the library: which records meet a filter, what is missing, and a record as plain data."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from quell.conventions.errors import EvidenceError, suggest
from quell.evidence.distributions import Distribution
from quell.evidence.library import Library
from quell.evidence.records import GRADES, UNMEASURED, ParameterRecord


def select(
    library: Library,
    identifier: str | None = None,
    pack: str | None = None,
    grade: str | None = None,
    source: str | None = None,
) -> list[ParameterRecord]:
    """The records that meet every given filter, in the order of the packs.

    Parameters
    ----------
    identifier
        A parameter's id, or any part of its id, symbol or title, capitals apart.
    pack, grade, source
        Exact names; a source also selects the records that name it in a conflict.

    Raises
    ------
    EvidenceError
        For a name that nothing carries.
    """
    records = list(library.parameters(pack))
    if grade is not None:
        if grade not in GRADES:
            raise EvidenceError(
                f'unknown grade "{grade}"', text=grade, allowed=GRADES, suggestion=suggest(grade, GRADES)
            )
        records = [record for record in records if record.grade == grade]
    if source is not None:
        key = library.source(source).key
        records = [record for record in records if key in record.source or key in _disagreeing(record, library)]
    if identifier is None:
        return records
    if identifier in library:
        return [record for record in records if record.id == identifier]
    if not any(_mentions(record, identifier) for record in library.parameters()):
        library[identifier]
    return [record for record in records if _mentions(record, identifier)]


def _mentions(record: ParameterRecord, word: str) -> bool:
    return any(word.casefold() in text.casefold() for text in (record.id, record.title, record.symbol))


def _disagreeing(record: ParameterRecord, library: Library) -> Iterator[str]:
    for conflict in record.conflicts:
        yield library.source(conflict.partition(":")[0].strip()).key


def as_dictionary(record: ParameterRecord) -> dict[str, Any]:
    """A record as plain data for JSON; infinite bounds become null."""
    low, high = record.interval()
    return {
        "id": record.id,
        "symbol": record.symbol,
        "title": record.title,
        "value": record.value,
        "unit": record.unit,
        "interval": [low, high],
        "range": [bound if math.isfinite(bound) else None for bound in record.range],
        "uncertainty": _distribution(record.uncertainty),
        "between_patient": _distribution(record.between_patient),
        "between_occasion": _distribution(record.between_occasion),
        "population": record.population,
        "source": list(record.source),
        "place": record.place,
        "grade": record.grade,
        "note": record.note,
        "conflicts": list(record.conflicts),
    }


def _distribution(distribution: Distribution | None) -> dict[str, Any] | None:
    if distribution is None:
        return None
    numbers = (
        {"sd": distribution.sd} if distribution.has_centre else {"low": distribution.low, "high": distribution.high}
    )
    return {"distribution": distribution.kind} | ({} if distribution.kind == "fixed" else numbers)


def gap_report(records: Sequence[ParameterRecord]) -> dict[str, Any]:
    """What is missing, as plain data.

    Returns
    -------
    dict
        ``parameters`` and ``grades`` (counts), ``packs`` (pack -> counts by grade), ``assumed`` and ``recalled`` (ids),
        ``exact`` (ids of values without a measure of their uncertainty), ``conflicts`` (id -> what disagrees).
    """
    packs: dict[str, Counter[str]] = {}
    for record in records:
        packs.setdefault(record.pack, Counter())[record.grade] += 1
    return {
        "parameters": len(records),
        "grades": {grade: sum(counts[grade] for counts in packs.values()) for grade in GRADES},
        "packs": {pack: {grade: counts[grade] for grade in GRADES} for pack, counts in packs.items()},
        **{grade: [record.id for record in records if record.grade == grade] for grade in UNMEASURED},
        "exact": [record.id for record in records if record.interval()[0] == record.interval()[1]],
        "conflicts": {record.id: list(record.conflicts) for record in records if record.conflicts},
    }
