r"""How many digits a number deserves, and how it is written.

A number whose 95 % interval is w wide is printed to ``d`` decimals,

    d = max(0, -floor(log10(w / 4))),

so that the last digit stands for between 2.5 % and 25 % of the interval: no digit is noise. Numbers without an interval
show two significant digits, whole numbers before the point always.
"""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, floor, isfinite, log10

MOST = 4
"""Decimals that are never exceeded; a value that would need two more is written as 0."""

MINUS, SPACE = "\u2212", "\u00a0"

FACTORS: dict[str, float] = {
    "plain": 1.0,
    "signed": 1.0,
    "negated": -1.0,
    "percent": 100.0,
    "signed percent": 100.0,
    "hundred": 100.0,
    "signed hundred": 100.0,
    "min": 60.0,
    "h": 1.0,
    "d": 1 / 24,
    "wk": 1 / 168,
}
"""Form -> what the value is multiplied with before it is written."""

_UNITS = {"percent": "%", "signed percent": "%", "min": "min", "h": "h", "d": "d", "wk": "wk"}
_TIME_FORMS: tuple[tuple[float, str], ...] = ((0.995, "min"), (23.995, "h"), (167.9, "d"))


def decimals_for(width: float | None, value: float = 0.0) -> int:
    """Decimals that an interval of this width allows.

    Parameters
    ----------
    width
        Width of the 95 % interval, in the unit printed; None or 0 falls back to two significant digits of ``value``.
    """
    if not width or not isfinite(width):
        return significant(value)
    return min(max(0, -floor(log10(width / 4) + 1e-9)), MOST)


def significant(value: float, digits: int = 2) -> int:
    """Decimals that show a value with this many significant digits."""
    if not value or not isfinite(value):
        return 0
    needed = digits - 1 - floor(log10(abs(value)) + 1e-9)
    return 0 if needed > MOST + 1 else min(max(0, needed), MOST)


def written(value: float, decimals: int = 0, form: str = "plain") -> str:
    """A number as printed: true minus sign, commas between thousands, unit after a space that does not break.

    Parameters
    ----------
    form
        A key of :data:`FACTORS`: negated, with its sign, as a percentage (hundred: the
        same without %), or hours told in min, h, d or wk.
    """
    scaled = value * FACTORS[form]
    text = f"{abs(scaled):,.{decimals}f}"
    zero = not text.strip("0.,")
    sign = "" if zero else MINUS if scaled < 0 else "+" if form.startswith("signed") else ""
    unit = _UNITS.get(form)
    return sign + text + (f"{SPACE}{unit}" if unit else "")


def time_form(hours: float) -> tuple[str, int]:
    """The unit in which a time is best told, and its decimals: 40 min, 2.5 h, 3 d, 2 wk."""
    if hours == 0:
        return "h", 0
    form = next((name for limit, name in _TIME_FORMS if abs(hours) < limit), "wk")
    if form == "wk" and abs(hours / 168 - round(hours / 168)) > 0.005:
        form = "d"
    scaled = abs(hours) * FACTORS[form]
    return form, 0 if form == "min" or abs(scaled - round(scaled)) < 0.05 or scaled >= 5 else 1


def told_time(hours: float) -> str:
    """A time in words short enough for an axis."""
    if hours == 0:
        return "0"
    form, decimals = time_form(hours)
    return written(hours, decimals, form)


def nice_step(span: float, most: int, steps: tuple[float, ...] = (1, 2, 2.5, 5, 10)) -> float:
    """The smallest round step that cuts ``span`` into at most ``most`` parts."""
    power = 10.0 ** floor(log10(span / most))
    return next((s * power for s in steps if s * power * most >= span * (1 - 1e-9)), 10 * power)


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``."""
    step = nice_step(max(high - low, 1e-9), most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick_writer(ticks: list[float]) -> Callable[[float], str]:
    """Writes the ticks of one axis with the same number of decimals."""
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    decimals = next((d for d in range(6) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 6)
    return lambda value: written(value, decimals)
