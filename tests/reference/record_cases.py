"""Generated dosing records: lag x steady state x ADDL x infusion x reset x bioavailability x model x ties x covariates.

A case is one choice of every factor. Each person has an earlier dose whose additional doses are still to come, the dose
under test at ``START``, what the case asks for later, and observations at and between everything that happens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from tests.reference.records_by_hand import Parameters, Row, solve

from quell.protocols.records import Records

START, INTERVAL = 2.0, 12.0

MODELS = tuple(f"{n}-compartment-{way}" for n in ("one", "two", "three") for way in ("iv", "oral"))
LAGS = {"none": 0.0, "short": 1.3, "long": 10.9, "interval": INTERVAL, "beyond": 30.7}
RATES = {
    "bolus": (0.0, 0.0),
    "short": (1.0, 3.1),
    "equal": (1.0, INTERVAL),
    "beyond": (1.0, 31.7),
    "R short": (-1.0, 3.1),
    "R beyond": (-1.0, 31.7),
    "D short": (-2.0, 3.1),
    "D equal": (-2.0, INTERVAL),
    "D beyond": (-2.0, 31.7),
}
"""Kind of RATE and how long the dose would take at F = 1."""

FACTORS: Mapping[str, Sequence[str]] = {
    "lag": tuple(LAGS),
    "steady": ("no", "SS 1", "SS 2", "constant"),
    "addl": ("0", "1", "4"),
    "infusion": tuple(RATES),
    "reset": ("none", "EVID 3", "EVID 4", "later EVID 4", "later SS 1", "back in time"),
    "bioavailability": ("1", "0.4", "1.7", "0"),
    "model": MODELS,
    "compartment": ("default", "central"),
    "ties": ("none", "exact", "rounded"),
    "parameters": ("constant", "NONMEM", "LOCF"),
}
CORE = ("lag", "steady", "addl", "infusion", "reset")

Case = Mapping[str, str]


def pairs(case: Case) -> set[tuple[str, str, str, str]]:
    """Every two choices that meet in a case."""
    return {(a, case[a], b, case[b]) for a, b in combinations(FACTORS, 2)}


def all_pairs() -> set[tuple[str, str, str, str]]:
    """Every two choices that can meet."""
    return {(a, x, b, y) for a, b in combinations(FACTORS, 2) for x, y in product(FACTORS[a], FACTORS[b])}


def completed(part: dict[str, str], missing: set[tuple[str, str, str, str]], turn: int) -> Case:
    """The case with the other factors chosen one by one so that most pairs are new; ``turn`` breaks ties evenly."""
    case = dict(part)
    for name, levels in FACTORS.items():
        if name not in case:
            order = [levels[(turn + k) % len(levels)] for k in range(len(levels))]
            case[name] = max(order, key=lambda level: sum(_pair(case, o, name, level) in missing for o in case))
    return case


def _pair(case: Case, other: str, name: str, level: str) -> tuple[str, str, str, str]:
    names = list(FACTORS)
    first = names.index(other) < names.index(name)
    return (other, case[other], name, level) if first else (name, level, other, case[other])


def covering(parts: Iterable[dict[str, str]]) -> Iterator[Case]:
    """One case for each part; together they meet as many pairs as they can."""
    missing = all_pairs()
    for turn, part in enumerate(parts):
        case = completed(part, missing, turn)
        missing -= pairs(case)
        yield case


def small_grid() -> list[Case]:
    """Few cases in which every pair of choices meets at least once."""
    missing, cases = all_pairs(), []
    while missing:
        a, x, b, y = min(missing)
        case = completed({a: x, b: y}, missing, len(cases))
        missing -= pairs(case)
        cases.append(case)
    return cases


def whole_grid() -> list[Case]:
    """The full product of the core factors; the others meet them and each other in pairs."""
    return list(covering(dict(zip(CORE, levels, strict=True)) for levels in product(*(FACTORS[n] for n in CORE))))


def case_name(case: Case) -> str:
    """A case in words."""
    return ", ".join(f"{name} {level}" for name, level in case.items())


@dataclass(frozen=True)
class Person:
    """One person's rows and parameters, row by row."""

    model: str
    rule: str
    rows: tuple[Row, ...]
    parameters: tuple[Parameters, ...]

    def exact(self) -> tuple[np.ndarray, np.ndarray]:
        """Concentrations and amounts written out by hand."""
        return solve(self.model, self.rows, self.parameters, self.rule)


def person(case: Case) -> Person:
    """The person of a case."""
    model = case["model"]
    central = 2 if "oral" in model else 1
    rows = tuple(_ordered([*_doses(case, central), *_observations(case)]))
    rule = "LOCF" if case["parameters"] == "LOCF" else "NONMEM"
    return Person(model, rule, rows, tuple(_parameters(case, row, k) for k, row in enumerate(rows)))


def _doses(case: Case, central: int) -> list[Row]:
    compartment = 0 if case["compartment"] == "default" else central
    earlier = Row(0.0, 1, amt=70.0, ii=5.5, addl=4, cmt=central)
    main = _main(case, compartment)
    later = {
        "none": [],
        "EVID 3": [Row(START + 17.3, 3)],
        "EVID 4": [],
        "later EVID 4": [Row(START + 17.3, 4, amt=40.0, ii=7.0, addl=1, cmt=compartment)],
        "later SS 1": [Row(START + 17.3, 1, amt=40.0, ii=9.0, ss=1, cmt=compartment)],
        "back in time": [Row(START - 1.0, 4, amt=40.0, ii=7.0, addl=2, cmt=compartment)],
    }[case["reset"]]
    return [earlier, main, *later]


def _main(case: Case, compartment: int) -> Row:
    kind, duration = RATES[case["infusion"]]
    rate = 100.0 / duration if kind == 1.0 else kind
    evid = 4 if case["reset"] == "EVID 4" else 1
    if case["steady"] == "constant":
        return Row(START, evid, rate=-1.0 if kind == -1.0 else 8.3, ss=1, cmt=compartment)
    steady = {"no": 0, "SS 1": 1, "SS 2": 2}[case["steady"]]
    addl = int(case["addl"])
    interval = INTERVAL if addl or steady else 0.0
    return Row(START, evid, amt=100.0, rate=rate, ii=interval, addl=addl, ss=steady, cmt=compartment)


def _observations(case: Case) -> list[Row]:
    lag, duration = LAGS[case["lag"]], RATES[case["infusion"]][1] * float(case["bioavailability"])
    times = [1.1, START + 0.9, START + 4.3, START + 9.7, START + 16.1, START + 20.9, START + 35.3, START + 71.0]
    happening = [START, START + lag, START + lag + duration, START + INTERVAL + lag, START + 2 * INTERVAL + lag, 5.5]
    if case["ties"] == "exact":
        times += happening
    if case["ties"] == "rounded":
        times += [float(np.nextafter(t, up)) for t in happening[1:] for up in (0.0, 1e9)]
    return [Row(time) for time in times] + ([Row(START + 6.1, 2)] if case["ties"] == "none" else [])


def _ordered(rows: list[Row]) -> list[Row]:
    """By time; at one time observations come before and after the doses. A step back in time stands at the end."""
    restart = [row for row in rows if row.evid in {3, 4} and row.time < START]
    before = sorted((row for row in rows if row not in restart), key=lambda row: (row.time, row.evid == 0))
    twice = [row for row in before if row.evid == 0 and row.time == START]
    first = next(k for k, row in enumerate(before) if row.time == START)
    before[first:first] = twice
    if not restart:
        return before
    return [*before, *restart, *(Row(restart[0].time + dt) for dt in (0.0, 0.25, 7.0, 11.5, 15.0))]


def _parameters(case: Case, row: Row, number: int) -> Parameters:
    _, duration = RATES[case["infusion"]]
    varying = case["parameters"] != "constant"
    factor = 1.0 + 0.3 * np.sin(1.7 * number) * varying
    p = {"CL": 3.1 * factor, "V": 17.0 * (2 - factor), "V1": 17.0 * (2 - factor), "KA": 0.9 * factor}
    p |= {"Q2": 2.3, "V2": 31.0, "Q3": 0.4 * factor, "V3": 88.0}
    for compartment in (1, 2):
        attributes = {"F": float(case["bioavailability"]), "ALAG": LAGS[case["lag"]], "R": 100.0 / max(duration, 1.0)}
        attributes["D"] = max(duration, 1.0)
        if varying and row.evid in {0, 2}:
            attributes = {"F": 9.0, "ALAG": 7.7, "R": 3.0, "D": 0.1}
        p |= {f"{name}{compartment}": value for name, value in attributes.items()}
    return p


def records(people: Sequence[Person]) -> tuple[Records, dict[str, np.ndarray]]:
    """One data set of several people, and their parameters by record."""
    rows = [row for one in people for row in one.rows]
    person = np.repeat(np.arange(len(people)), [len(one.rows) for one in people])
    count = len(rows)
    whole = {name: np.array([getattr(r, name) for r in rows], dtype=int) for name in ("addl", "ss", "evid", "cmt")}
    plain = {name: np.array([getattr(r, name) for r in rows], dtype=float) for name in ("time", "amt", "rate", "ii")}
    parameters = [p for one in people for p in one.parameters]
    data = Records(
        person=person,
        ids=tuple(str(k) for k in range(len(people))),
        dv=np.full(count, np.nan),
        mdv=(whole["evid"] != 0).astype(int),
        covariates={},
        rows=np.arange(2, count + 2),
        **whole,
        **plain,
    )
    return data, {name: np.array([p[name] for p in parameters]) for name in parameters[0]}


def largest_error(found: np.ndarray, truth: np.ndarray) -> float:
    """The largest error relative to the larger of the value and a millionth of its column's peak."""
    peak = np.abs(truth).max(axis=0)
    measure = np.maximum(np.abs(truth), 1e-6 * peak)
    return float((np.abs(found - truth) / np.where(measure > 0, measure, 1.0)).max())
