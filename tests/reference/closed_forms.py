r"""Concentrations by the textbook sums of exponentials, in 80 digits so that coinciding rates do no harm.

A bolus into the central compartment of a mammillary model gives

    C(t) = sum_i  c_i exp(-l_i t),    c_i = prod_j (k_j - l_i) / (V prod_{j != i} (l_j - l_i)),

with k_j = Q_j / V_j and l_i the roots of the characteristic polynomial; a depot adds the rate KA to the l_i. An
infusion integrates the terms, a train of doses sums a geometric series. Where two rates are equal the depot's is moved
by 1e-30 of itself, which changes the result by about as much.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, getcontext
from functools import lru_cache
from itertools import pairwise

import numpy as np

getcontext().prec = 80
_APART = Decimal("1e-30")

Terms = tuple[tuple[Decimal, Decimal], ...]
"""(coefficient, rate) of every exponential."""


@dataclass(frozen=True)
class Given:
    """A dose that enters at ``time``, ``after`` times more, ``every`` so often, and always before if ``endless``.

    Nothing of it counts before the time ``known``, that of its row.
    """

    time: float
    amount: float
    duration: float = 0.0
    into: str = "central"
    every: float = 0.0
    after: int = 0
    endless: bool = False
    known: float = -math.inf


@dataclass(frozen=True)
class Steady:
    """An infusion that ran for ever and stops at ``time``."""

    time: float
    rate: float
    into: str = "central"


def concentrations(
    parameters: Mapping[str, float], given: Sequence[Given | Steady], times: Sequence[float]
) -> np.ndarray:
    """Central concentration at ``times``; everything that entered by then counts."""
    terms = {into: _terms(tuple(sorted(parameters.items())), into) for into in {one.into for one in given}}
    return np.array([float(sum(_left(terms[one.into], one, Decimal(t)) for one in given)) for t in times])


def slopes(
    parameters: Mapping[str, float], given: Sequence[Given | Steady], times: Sequence[float], name: str
) -> np.ndarray:
    """Derivative of the concentrations by a parameter: differences over 1e-20 of it, exact to 1e-30 in 80 digits."""
    step = Decimal(parameters[name]) * Decimal("1e-20")
    sides = []
    for side in (1, -1):
        moved = {**{k: Decimal(v) for k, v in parameters.items()}, name: Decimal(parameters[name]) + side * step}
        terms = {into: _terms(tuple(sorted(moved.items())), into) for into in {one.into for one in given}}
        sides.append([sum(_left(terms[one.into], one, Decimal(t)) for one in given) for t in times])
    return np.array([float((up - down) / (2 * step)) for up, down in zip(*sides, strict=True)])


@lru_cache(maxsize=256)
def _terms(parameters: tuple[tuple[str, float | Decimal], ...], into: str) -> Terms:
    p = {name: Decimal(value) for name, value in parameters}
    volume = p.get("V1", p.get("V"))
    flows = [(p[f"Q{k}"] / volume, p[f"Q{k}"] / p[f"V{k}"]) for k in (2, 3) if f"Q{k}" in p]
    back = [k for _, k in flows if k != 0]
    rates = _roots(p["CL"] / volume, [flow for flow in flows if flow[1] != 0])
    factor = 1 / volume
    if into == "depot":
        absorption = p["KA"]
        while any(abs(rate - absorption) < _APART * absorption for rate in rates):
            absorption *= 1 + _APART
        rates, factor = [*rates, absorption], factor * absorption
    return tuple(
        (factor * _product(k - rate for k in back) / _product(o - rate for o in rates if o != rate), rate)
        for rate in rates
    )


def _product(values: Iterable[Decimal]) -> Decimal:
    result = Decimal(1)
    for value in values:
        result *= value
    return result


def _roots(elimination: Decimal, flows: list[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """Where  elimination + sum_j out_j l' / ... = l, found by halving: one root below, between and above the k_j."""
    marks = sorted({back for _, back in flows})
    merged = [(sum((out for out, back in flows if back == mark), Decimal(0)), mark) for mark in marks]

    def excess(rate: Decimal) -> Decimal:
        return elimination - rate + sum((out * rate / (rate - back) for out, back in merged), Decimal(0))

    top = elimination + sum((out + back for out, back in merged), Decimal(1))
    edges = [Decimal(0), *marks, top]
    found = []
    for low, high in pairwise(edges):
        found.append(_halved(excess, low, high))
    return found + [back for back in marks for _ in range(sum(b == back for _, b in flows) - 1)]


def _halved(excess: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """The root between two poles; the excess falls from plus to minus there."""
    for _ in range(270):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def _left(terms: Terms, one: Given | Steady, time: Decimal) -> Decimal:
    if isinstance(one, Steady):
        assert time >= Decimal(one.time)
        return sum(
            (c * Decimal(one.rate) / rate * (-rate * (time - Decimal(one.time))).exp() for c, rate in terms), Decimal(0)
        )
    if time < one.known:
        return Decimal(0)
    age = time - Decimal(one.time)
    every, duration = Decimal(one.every), Decimal(one.duration)
    last = min(one.after, int((age / every).to_integral_value("ROUND_FLOOR"))) if one.every else 0
    age -= last * every
    doses = None if one.endless else last + 1
    if age < 0 or (doses is not None and doses < 1):
        return Decimal(0)
    return sum((c * _train(rate, age, every, doses, one.amount, duration) for c, rate in terms), Decimal(0))


def _train(rate: Decimal, age: Decimal, every: Decimal, doses: int | None, amount: float, duration: Decimal) -> Decimal:
    """One exponential's share of doses that entered age, age + every ... ago; ``doses`` of them, or all there are."""
    total, count = Decimal(0), 0
    while age < duration and (doses is None or count < doses):
        total += Decimal(amount) / duration * (1 - (-rate * age).exp()) / rate
        age, count = age + every, count + 1
    if doses is not None and count >= doses:
        return total
    whole = Decimal(amount) * (((rate * duration).exp() - 1) / (rate * duration) if duration else 1)
    fade = (-rate * every).exp()
    if doses == count + 1:
        return total + whole * (-rate * age).exp()
    rest = Decimal(1) if doses is None else 1 - (-rate * every * (doses - count)).exp()
    return total + whole * (-rate * age).exp() * rest / (1 - fade)
