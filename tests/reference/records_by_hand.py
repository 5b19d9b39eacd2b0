r"""Every dosing record written out by hand: the slow, obvious solution that exact kinetics are judged by.

A person's rows become a list of elementary actions, each with a time,

    add amount c   |   change the rate into c by r   |   drop everything   |   read the amounts

and time is walked from action to action with the matrix exponential of the augmented system

    d/dt [a, 1] = [[A, r], [0, 0]] [a, 1].

A steady state sums the implied doses: with E = exp(A II), what entered II, 2 II, 3 II ... earlier than ``s`` adds
(1 - E)^-1 times what one dose leaves. :func:`run_in` gives the same doses one by one instead, far enough back. The
second route of :func:`walk`, DOP853 at 1e-12, shares only the list of actions. What a record means stands in
``docs/theory/dosing-records.md``; nothing of the solver under test is imported here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import solve_ivp

SAME_TIME = 1e-12
"""Two times as near as this, relative to the larger, are one time."""

Parameters = Mapping[str, float]


@dataclass(frozen=True)
class Row:
    """One line of a data set, in the words of NM-TRAN; amounts and times in any consistent unit."""

    time: float
    evid: int = 0
    amt: float = 0.0
    rate: float = 0.0
    ii: float = 0.0
    addl: int = 0
    ss: int = 0
    cmt: int = 0


@dataclass(frozen=True)
class Dose:
    """What one dose does once it has entered: ``amount`` at once, or ``rate`` for ``duration``."""

    compartment: int
    amount: float = 0.0
    rate: float = 0.0
    duration: float = 0.0


@dataclass(frozen=True)
class Entry:
    """A dose and the time at which it enters."""

    time: float
    dose: Dose


@dataclass
class Pending:
    """What earlier rows have left to happen: entries, and infusions that run until a time."""

    entries: list[Entry] = field(default_factory=list)
    running: list[tuple[float, int, float]] = field(default_factory=list)
    """(end, compartment, rate) of every infusion in progress."""


Advance = Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


def system(model: str, p: Parameters) -> tuple[np.ndarray, int, float]:
    """Rate matrix (1/time), index of the central compartment, and its volume."""
    words = model.split("-")
    peripherals = {"one": 0, "two": 1, "three": 2}[words[0]]
    central = int(words[2] == "oral")
    matrix = np.zeros((central + 1 + peripherals,) * 2)
    volume = p["V1"] if peripherals else p["V"]
    if central:
        matrix[0, 0], matrix[1, 0] = -p["KA"], p["KA"]
    matrix[central, central] -= p["CL"] / volume
    for number in range(peripherals):
        flow, other = p[f"Q{number + 2}"], p[f"V{number + 2}"]
        there = central + 1 + number
        matrix[central, central] -= flow / volume
        matrix[there, central] += flow / volume
        matrix[central, there] += flow / other
        matrix[there, there] -= flow / other
    return matrix, central, volume


def exponential(matrix: np.ndarray) -> np.ndarray:
    """The exponential of a matrix whose off-diagonal entries are not negative, without any cancellation.

    A multiple of the identity makes all entries positive, and sums and squares of positive matrices lose nothing.
    (SciPy's ``expm`` divides differences of exponentials where the matrix is triangular: at rates 1e-15 apart it errs
    by 0.4 %.)
    """
    wide = matrix.astype(np.longdouble)
    shift = -min(float(wide.diagonal().min()), 0.0)
    halvings = max(int(np.ceil(np.log2(max(2 * shift, float(np.abs(wide).sum(axis=1).max()), 1e-300)))) + 1, 0)
    identity = np.eye(len(wide), dtype=np.longdouble)
    positive = (wide + shift * identity) / 2**halvings
    total = term = identity
    for order in range(1, 22):
        term = term @ positive / order
        total = total + term
    total = total * np.exp(-np.longdouble(shift) / 2**halvings)
    for _ in range(halvings):
        total = total @ total
    return total.astype(float)


def by_exponential(matrix: np.ndarray, amounts: np.ndarray, rate: np.ndarray, time: float) -> np.ndarray:
    """The amounts ``time`` later, by the exponential of the augmented matrix."""
    size = len(amounts)
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size], whole[:size, size] = matrix, rate
    return (exponential(whole * time) @ np.append(amounts, 1.0))[:size]


def by_integration(matrix: np.ndarray, amounts: np.ndarray, rate: np.ndarray, time: float) -> np.ndarray:
    """The amounts ``time`` later, by DOP853 at 1e-12."""
    if time == 0:
        return amounts
    scale = max(float(np.abs(amounts).max()), float(np.abs(rate).max()) * time, 1e-300)
    found = solve_ivp(
        lambda _t, a: matrix @ a + rate, (0.0, time), amounts, method="DOP853", rtol=1e-12, atol=1e-14 * scale
    )
    return found.y[:, -1]


def same(a: float, b: float) -> bool:
    """Whether two times are one."""
    return abs(a - b) <= SAME_TIME * max(abs(a), abs(b))


def dose_of(row: Row, p: Parameters, default: int) -> tuple[Dose, float]:
    """The dose of a row as it enters, and its lag."""
    compartment = row.cmt or default
    amount = p.get(f"F{compartment}", 1.0) * row.amt
    lag = p.get(f"ALAG{compartment}", 0.0)
    if row.rate == 0:
        return Dose(compartment - 1, amount), lag
    if row.rate == -2:
        duration = p[f"D{compartment}"]
        return Dose(compartment - 1, rate=amount / duration, duration=duration), lag
    rate = p[f"R{compartment}"] if row.rate == -1 else row.rate
    return Dose(compartment - 1, rate=rate, duration=amount / rate), lag


def response(matrix: np.ndarray, dose: Dose, age: float, advance: Advance) -> np.ndarray:
    """What one dose that entered ``age`` ago has left in every compartment."""
    start, rate = np.zeros(len(matrix)), np.zeros(len(matrix))
    start[dose.compartment], rate[dose.compartment] = dose.amount, dose.rate
    if dose.rate == 0:
        return advance(matrix, start, rate, age)
    stop = min(age, dose.duration)
    return advance(matrix, advance(matrix, start, rate, stop), 0 * rate, age - stop)


def cycle(matrix: np.ndarray, dose: Dose, ii: float, first: float, advance: Advance) -> np.ndarray:
    """Amounts left by doses that entered ``first``, first + II, first + 2 II ... ago, for ever.

    Doses still running are written out one by one; those that have ended form the geometric series.
    """
    total = np.zeros(len(matrix))
    age = first
    while age < dose.duration:
        total += response(matrix, dose, age, advance)
        age += ii
    fade = np.column_stack([advance(matrix, unit, 0 * unit, ii) for unit in np.eye(len(matrix))])
    return total + np.linalg.solve(np.eye(len(matrix)) - fade, response(matrix, dose, age, advance))


def run_in(matrix: np.ndarray, dose: Dose, ii: float, first: float, doses: int, advance: Advance) -> np.ndarray:
    """The same amounts, by giving the last ``doses`` doses one after another."""
    return sum(response(matrix, dose, first + ii * k, advance) for k in range(doses))


def steady_state(row: Row, dose: Dose, lag: float, matrix: np.ndarray, advance: Advance) -> tuple[np.ndarray, Pending]:
    """Amounts of a steady-state row at its time, and what its implied doses still have to do."""
    pending = Pending()
    if row.ii == 0:
        rate = np.zeros(len(matrix))
        rate[dose.compartment] = dose.rate
        return np.linalg.solve(-matrix, rate), pending
    back = 1
    while lag > back * row.ii and not same(lag, back * row.ii):
        pending.entries.append(Entry(row.time + lag - back * row.ii, dose))
        back += 1
    first = max(back * row.ii - lag, 0.0)
    amounts = cycle(matrix, dose, row.ii, first, advance)
    age = first
    while age < dose.duration:
        pending.running.append((row.time - age + dose.duration, dose.compartment, dose.rate))
        age += row.ii
    return amounts, pending


@dataclass
class Walk:
    """The state of one person between two moments."""

    amounts: np.ndarray
    time: float
    pending: Pending
    advance: Advance

    def reset(self) -> None:
        """Nothing is in the body and nothing is to come."""
        self.amounts = np.zeros_like(self.amounts)
        self.pending = Pending()

    def enter(self, dose: Dose) -> None:
        """A dose enters now."""
        if dose.rate == 0:
            self.amounts[dose.compartment] += dose.amount
        elif dose.duration > 0:
            self.pending.running.append((self.time + dose.duration, dose.compartment, dose.rate))

    def to(self, time: float, matrix: np.ndarray) -> None:
        """Go to ``time``; what is due by then happens, also what is due at ``time`` itself."""
        while True:
            moments = [entry.time for entry in self.pending.entries] + [end for end, *_ in self.pending.running]
            due = [moment for moment in moments if moment <= time or same(moment, time)]
            if not due:
                break
            self._flow(min(*due, time), matrix)
            self._happen()
        self._flow(time, matrix)

    def _flow(self, time: float, matrix: np.ndarray) -> None:
        rate = np.zeros(len(self.amounts))
        for _, compartment, size in self.pending.running:
            rate[compartment] += size
        if time > self.time:
            self.amounts = self.advance(matrix, self.amounts, rate, time - self.time)
        self.time = max(time, self.time)

    def _happen(self) -> None:
        now = [e for e in self.pending.entries if e.time <= self.time or same(e.time, self.time)]
        self.pending.entries = [e for e in self.pending.entries if e not in now]
        self.pending.running = [r for r in self.pending.running if not (r[0] <= self.time or same(r[0], self.time))]
        for entry in now:
            self.enter(entry.dose)


def give(row: Row, p: Parameters, walk: Walk, matrix: np.ndarray, default: int) -> None:
    """A row with a dose: the reset and the steady state it asks for, the dose, the doses that follow."""
    dose, lag = dose_of(row, p, default)
    if row.ss == 1:
        walk.reset()
    if row.ss:
        amounts, pending = steady_state(row, dose, lag, matrix, walk.advance)
        walk.amounts = walk.amounts + amounts
        walk.pending.entries += pending.entries
        walk.pending.running += pending.running
        if row.ii == 0:
            return
    if lag == 0:
        walk.enter(dose)
    else:
        walk.pending.entries.append(Entry(row.time + lag, dose))
    walk.pending.entries += [Entry(row.time + k * row.ii + lag, dose) for k in range(1, row.addl + 1)]


def solve(
    model: str,
    rows: Sequence[Row],
    parameters: Sequence[Parameters] | Parameters,
    covariate_rule: str = "NONMEM",
    advance: Advance = by_exponential,
) -> tuple[np.ndarray, np.ndarray]:
    """Concentration (row,) and amounts (row, compartment) of one person.

    Parameters
    ----------
    model
        ``one-``, ``two-`` or ``three-compartment-`` with ``iv`` or ``oral``.
    parameters
        One mapping for all rows, or one for each.
    """
    each = [parameters] * len(rows) if isinstance(parameters, Mapping) else list(parameters)
    size = len(system(model, each[0])[0])
    walk = Walk(np.zeros(size), rows[0].time, Pending(), advance)
    amounts, concentrations = [], []
    for number, (row, p) in enumerate(zip(rows, each, strict=True)):
        ruling = p if covariate_rule == "NONMEM" else each[max(number - 1, 0)]
        if row.evid in {3, 4}:
            walk.reset()
            walk.time = row.time
        walk.to(row.time, system(model, ruling)[0])
        matrix, central, volume = system(model, p)
        if row.evid in {1, 4}:
            give(row, p, walk, matrix, default=1)
        amounts.append(walk.amounts.copy())
        concentrations.append(walk.amounts[central] / volume)
    return np.array(concentrations), np.array(amounts)
