"""How many people and which seeds there are: one bound for study file, command line and Python."""

from quell.conventions.errors import StudyError

MOST_PEOPLE = 10_000_000
"""Largest number of virtual people."""

LARGEST_SEED = 2**32 - 1
"""Largest seed of random streams."""

_LONGEST = 40


def require_whole(name: str, value: object, lowest: int, highest: int) -> None:
    """Refuse what is no whole number within bounds; None asks for the default.

    Parameters
    ----------
    name
        What the person calls it.

    Raises
    ------
    StudyError
        Naming what is allowed.
    """
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest):
        return
    text = str(value) if len(str(value)) <= _LONGEST else f"{str(value)[:_LONGEST]}…"
    raise StudyError(f'{name} is "{text}"', text=text, allowed=f"a whole number from {lowest} to {highest}")
