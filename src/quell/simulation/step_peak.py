r"""The highest point of a course within a step, from its values at both ends, in the middle, and in the step after.

With s from 0 to 1 over the step, P the parabola through its own three values and r the next step's length over its own,

    q(s) = P(s) + s (s - 1/2) (s - 1) [D + E (s - 1 - r/2)],

D and E so that q meets the next step's middle and end, too. A peak minutes after an infusion is as sharp as the steps
there are long, and a parabola misses a thousandth of it. Where the course bends elsewhere in the next step (a dose
begins, a flow ends), D and E are large beside the parabola's own bend, and the parabola alone is believed.
"""

import numpy as np

_NEWTON_STEPS = 4


def peak_of_step(
    a: np.ndarray, m: np.ndarray, b: np.ndarray, next_m: np.ndarray, next_b: np.ndarray, ratio: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Largest value within the step, and where, ``(lane,)`` each.

    Parameters
    ----------
    a, m, b
        The course at the step's start, middle and end.
    next_m, next_b
        In the middle and at the end of the next step.
    ratio
        Length of the next step over this one's; not a number where there is none.

    Returns
    -------
    value, share
        The largest value and the share of the step before it, 0 to 1.
    """
    slope, bend = 4.0 * m - 3.0 * a - b, 2.0 * (a + b) - 4.0 * m
    third, fourth = _bends(a, slope, bend, next_m, next_b, 1.0 + 0.5 * ratio, 1.0 + ratio)
    s = np.divide(-slope, 2.0 * bend, out=np.where(b >= a, 1.0, 0.0), where=bend < 0.0)
    s = np.clip(s, 0.0, 1.0)
    for _ in range(_NEWTON_STEPS):
        up, down = _derivatives(s, slope, bend, third, fourth)
        s = np.clip(s - np.divide(up, down, out=np.zeros_like(s), where=down < 0.0), 0.0, 1.0)
    value = a + s * (slope + s * bend) + s * (s - 0.5) * (s - 1.0) * (third + fourth * s)
    highest_end = np.maximum(a, b)
    return np.maximum(value, highest_end), np.where(value >= highest_end, s, np.where(b >= a, 1.0, 0.0))


def _bends(
    a: np.ndarray,
    slope: np.ndarray,
    bend: np.ndarray,
    next_m: np.ndarray,
    next_b: np.ndarray,
    middle: np.ndarray,
    end: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """What the factor s (s - 1/2) (s - 1) carries, as third + fourth s; zeros where the parabola alone is believed."""
    with np.errstate(invalid="ignore", divide="ignore"):
        d, at_end = (
            (x - a - s * (slope + s * bend)) / (s * (s - 0.5) * (s - 1.0)) for x, s in ((next_m, middle), (next_b, end))
        )
        e = (at_end - d) / (end - middle)
        believed = (bend < 0.0) & (np.abs(d) + np.abs(e) * middle <= -bend)
    return np.where(believed, d - e * middle, 0.0), np.where(believed, e, 0.0)


def _derivatives(
    s: np.ndarray, slope: np.ndarray, bend: np.ndarray, third: np.ndarray, fourth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """q'(s) and q''(s)."""
    cubic, rising, bending = s * (s - 0.5) * (s - 1.0), (3.0 * s - 3.0) * s + 0.5, 6.0 * s - 3.0
    carried = third + fourth * s
    first = slope + 2.0 * s * bend + rising * carried + cubic * fourth
    return first, 2.0 * bend + bending * carried + 2.0 * rising * fourth
