"""Data sets made up at random: any rows in any order, many at one time, with parameters over two decades."""

import numpy as np
from tests.reference.record_cases import MODELS, Person
from tests.reference.records_by_hand import Parameters, Row

_LAGS = (0.0, 0.0, 0.25, 2.5, 6.0, 11.75, 30.0)
_TYPICAL = {"CL": 3.0, "V": 20.0, "KA": 1.0, "Q2": 2.0, "V2": 30.0, "Q3": 0.7, "V3": 90.0}


def made_up(seed: int, count: int) -> list[Person]:
    """People with rows of every kind at quarters of an hour, so that rows and doses often meet."""
    random = np.random.default_rng(seed)
    return [_person(random) for _ in range(count)]


def _person(random: np.random.Generator) -> Person:
    model, rule = str(random.choice(MODELS)), str(random.choice(["NONMEM", "LOCF"]))
    times = np.sort(random.integers(0, 200, random.integers(2, 14))) / 4.0
    compartments = 2 if "oral" in model else 1
    rows = tuple(_row(random, float(time), number, compartments) for number, time in enumerate(times))
    varying, same = random.random() < 0.4, _parameters(random)
    return Person(model, rule, rows, tuple(_parameters(random) if varying else same for _ in rows))


def _row(random: np.random.Generator, time: float, number: int, compartments: int) -> Row:
    kind = random.random() if number else 1.0
    if kind < 0.45:
        return Row(time, int(random.choice([0, 0, 0, 2])))
    if kind < 0.5:
        return Row(time, 3)
    evid = 4 if random.random() < 0.12 else 1
    steady, compartment = int(random.choice([0, 0, 0, 1, 2])), int(random.integers(0, compartments + 1))
    if steady and random.random() < 0.2:
        return Row(time, evid, rate=float(random.choice([-1.0, 3.0])), ss=steady, cmt=compartment)
    amount, interval = float(random.integers(1, 100)), float(random.integers(1, 100)) / 4
    rate = float(random.choice([0.0, 0.0, -1.0, -2.0, 2.5, 25.0]))
    return Row(time, evid, amount, rate, interval, int(random.choice([0, 0, 1, 3, 10])), steady, compartment)


def _parameters(random: np.random.Generator) -> Parameters:
    found = {name: value * 10 ** random.uniform(-1, 1) for name, value in _TYPICAL.items()}
    found["V1"] = found["V"]
    for k in (1, 2):
        choices = {"F": (1.0, 0.5, 1.5, 0.0), "ALAG": _LAGS, "R": (1.0, 8.0, 30.0), "D": (0.5, 4.0, 6.25, 40.0)}
        found |= {f"{name}{k}": float(random.choice(values)) for name, values in choices.items()}
    return found
