"""Combinations: may these regimens be given together?

Refused are two doses of one drug that overlap in time (the second begins before the first has run), two courses of one
tablet on the same days, and "nothing" beside something.
"""

from collections.abc import Sequence
from itertools import pairwise

from quell.conventions.errors import StudyError
from quell.protocols.regimen import Regimen
from quell.protocols.words import spell_number


def check_combination(regimens: Sequence[Regimen]) -> None:
    """Check the last regimen against the ones before it.

    Raises
    ------
    StudyError
        At the whole sentence of the last regimen (column 1).
    """
    *before, last = regimens
    if before and "nothing" in (last.treatment, before[-1].treatment):
        raise _refuse(last, '"nothing" stands alone in its arm', "remove the line, or the others")
    if last.treatment == "nothing":
        return
    for other in before:
        if other.treatment == last.treatment:
            _check_pair(other, last)


def _check_pair(first: Regimen, second: Regimen) -> None:
    if first.drug.kind in ("monoamine", "benzodiazepine"):
        spans = [*first.intervals_h(), *second.intervals_h()]
    else:
        length = {True: first.over_min / 60.0, False: second.over_min / 60.0}
        spans = [(t, t + length[r is first]) for r in (first, second) for t in r.times_h()]
    for (begin, end), (after, _) in pairwise(sorted(spans)):
        if after < end or after == begin:
            day = spell_number(after // 24)
            message = f"two doses of {first.treatment} overlap on day {day}"
            raise _refuse(second, message, f"times apart from those of: {first.sentence}")


def _refuse(regimen: Regimen, message: str, allowed: str) -> StudyError:
    return StudyError(message, column=1, text=regimen.sentence, allowed=allowed)
