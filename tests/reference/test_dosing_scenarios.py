"""Named dosing scenarios against closed forms, and against DOP853 at 1e-12 where there is none.

The relative error stays below 1e-8 of the larger of the value and a millionth of its peak. All scenarios of a model and
a covariate rule are solved as the people of one data set.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from tests.reference.closed_forms import Given, Steady, concentrations
from tests.reference.record_cases import Person, largest_error, records
from tests.reference.records_by_hand import Parameters, Row, by_integration, solve

from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.record_kinetics import solve_records

BAR = 1e-8
TIMES = (0.0, 0.25, 1.0, 2.0, 3.0, 5.0, 8.0, 11.5, 12.0, 12.5, 17.0, 24.0, 30.0, 36.0, 48.0, 61.0, 96.0)
SIZES: dict[str, Parameters] = {
    "one": {"CL": 3.1, "V": 17.0},
    "two": {"CL": 3.1, "V1": 17.0, "Q2": 2.3, "V2": 31.0},
    "three": {"CL": 3.1, "V1": 17.0, "Q2": 2.3, "V2": 31.0, "Q3": 0.7, "V3": 88.0},
}
KA = 0.9


@dataclass(frozen=True)
class Scenario:
    """Records of one person, and what is known of their concentrations from elsewhere."""

    name: str
    person: Person
    exact: tuple[Given | Steady, ...] | np.ndarray | None = None
    """Doses for the closed form, or its values at every row; None: DOP853 decides."""

    def truth(self) -> np.ndarray:
        """Concentration at every row."""
        if isinstance(self.exact, np.ndarray):
            return self.exact
        one = self.person
        if self.exact is None:
            return solve(one.model, one.rows, one.parameters, one.rule, by_integration)[0]
        return concentrations(one.parameters[0], self.exact, [row.time for row in one.rows])


def scenario(
    name: str,
    model: str,
    doses: tuple[Row, ...],
    exact: tuple[Given | Steady, ...] | None = None,
    parameters: Parameters | None = None,
    times: tuple[float, ...] = TIMES,
) -> Scenario:
    """Doses first, then observations at every time."""
    own = {**SIZES[model.split("-", maxsplit=1)[0]], "KA": KA, **(parameters or {})}
    rows = tuple(sorted((*doses, *(Row(t) for t in times)), key=lambda row: row.time))
    return Scenario(f"{model}: {name}", Person(model, "NONMEM", rows, (own,) * len(rows)), exact)


def central(model: str) -> int:
    return 2 if "oral" in model else 1


def injected(model: str) -> list[Scenario]:
    """Doses into the central compartment."""
    c, last = central(model), 4 * 12.0
    oral = {"F2" if c == 2 else "F1": 0.6, "ALAG2" if c == 2 else "ALAG1": 1.5}
    return [
        scenario("bolus", model, (Row(0.0, 1, 100.0, cmt=c),), (Given(0.0, 100.0),)),
        scenario("bolus, later", model, (Row(5.0, 1, 100.0, cmt=c),), (Given(5.0, 100.0),)),
        scenario("infusion", model, (Row(0.0, 1, 100.0, 40.0, cmt=c),), (Given(0.0, 100.0, 2.5),)),
        scenario(
            "boluses, ADDL", model, (Row(0.0, 1, 100.0, ii=12.0, addl=4, cmt=c),), (Given(0, 100, every=12, after=4),)
        ),
        scenario(
            "infusions, ADDL",
            model,
            (Row(0.0, 1, 100.0, 25.0, 12.0, 4, cmt=c),),
            (Given(0, 100, 4, every=12, after=4),),
        ),
        scenario(
            "overlapping infusions, ADDL",
            model,
            (Row(0.0, 1, 100.0, 5.0, 12.0, 4, cmt=c),),
            (Given(0, 100, 20, every=12, after=4),),
        ),
        scenario(
            "two infusions at once",
            model,
            (Row(0.0, 1, 100.0, 20.0, cmt=c), Row(3.0, 1, 60.0, 4.0, cmt=c)),
            (Given(0, 100, 5), Given(3, 60, 15)),
        ),
        scenario(
            "bolus and infusion together",
            model,
            (Row(0.0, 1, 30.0, cmt=c), Row(0.0, 1, 90.0, 9.0, cmt=c)),
            (Given(0, 30), Given(0, 90, 10)),
        ),
        scenario(
            "SS bolus", model, (Row(0.0, 1, 100.0, ii=12.0, ss=1, cmt=c),), (Given(0, 100, every=12, endless=True),)
        ),
        scenario(
            "SS bolus, ADDL",
            model,
            (Row(0.0, 1, 100.0, 0.0, 12.0, 4, 1, c),),
            (Given(0, 100, every=12, after=4, endless=True),),
        ),
        scenario(
            "SS infusion",
            model,
            (Row(0.0, 1, 100.0, 25.0, 12.0, 0, 1, c),),
            (Given(0, 100, 4, every=12, endless=True),),
        ),
        scenario(
            "SS infusion as long as II, ADDL",
            model,
            (Row(0.0, 1, 96.0, 8.0, 12.0, 2, 1, c),),
            (Given(0, 96, 12, every=12, after=2, endless=True),),
        ),
        scenario(
            "SS infusion longer than II",
            model,
            (Row(0.0, 1, 96.0, 3.0, 12.0, 0, 1, c),),
            (Given(0, 96, 32, every=12, endless=True),),
        ),
        scenario("SS constant infusion", model, (Row(0.0, 1, 0.0, 7.0, ss=1, cmt=c),), (Steady(0.0, 7.0),)),
        scenario(
            "SS constant infusion goes on",
            model,
            (Row(0.0, 1, 0.0, 7.0, ss=1, cmt=c), Row(0.0, 1, 70.0, 7.0, cmt=c)),
            (Steady(0.0, 7.0), Given(0, 70, 10)),
        ),
        scenario(
            "SS 1 in the morning, SS 2 at night",
            model,
            (Row(0.0, 1, 100.0, 0.0, 24.0, 3, 1, c), Row(12.0, 1, 50.0, 0.0, 24.0, 3, 2, c)),
            (Given(0, 100, every=24, after=3, endless=True), Given(12, 50, every=24, after=3, endless=True, known=12)),
        ),
        scenario(
            "lag, F, infusions",
            model,
            (Row(0.0, 1, 100.0, 24.0, 12.0, 4, cmt=c),),
            (Given(1.5, 60, 2.5, every=12, after=4),),
            oral,
        ),
        scenario(
            "lag, F, SS infusion that runs past the row",
            model,
            (Row(0.0, 1, 100.0, 5.0, 12.0, 0, 1, c),),
            (Given(1.5, 60, 12, every=12, endless=True),),
            oral,
        ),
        scenario(
            "RATE -1 with F",
            model,
            (Row(0.0, 1, 100.0, -1.0, 12.0, 2, cmt=c),),
            (Given(1.5, 60, 5, every=12, after=2),),
            {**oral, "R1": 12.0, "R2": 12.0},
        ),
        scenario(
            "RATE -2 with F",
            model,
            (Row(0.0, 1, 100.0, -2.0, 12.0, 2, cmt=c),),
            (Given(1.5, 60, 7, every=12, after=2),),
            {**oral, "D1": 7.0, "D2": 7.0},
        ),
        scenario(
            "an additional dose at the time of a row",
            model,
            (Row(0.0, 1, 100.0, 0.0, 12.0, 4, cmt=c), Row(last, 2)),
            (Given(0, 100, every=12, after=4),),
        ),
        scenario(
            "F = 0",
            model,
            (Row(0.0, 1, 100.0, 24.0, 12.0, 4, cmt=c), Row(2.0, 1, 5.0, cmt=3 - c))
            if c == 2
            else (Row(0.0, 1, 100.0, 24.0, 12.0, 4),),
            (Given(2.0, 5.0, into="depot"),) if c == 2 else (Given(0.0, 0.0),),
            {f"F{c}": 0.0},
        ),
    ]


def swallowed(model: str) -> list[Scenario]:
    """Doses into the depot."""
    return [
        scenario("oral", model, (Row(0.0, 1, 100.0),), (Given(0, 100, into="depot"),)),
        scenario(
            "oral, CMT 1, ADDL", model, (Row(0.0, 1, 100.0, 0.0, 12.0, 4, 0, 1),), (Given(0, 100, 0, "depot", 12, 4),)
        ),
        scenario("oral, SS", model, (Row(0.0, 1, 100.0, 0.0, 12.0, 3, 1),), (Given(0, 100, 0, "depot", 12, 3, True),)),
        scenario(
            "oral, SS, lag",
            model,
            (Row(0.0, 1, 100.0, 0.0, 12.0, 3, 1),),
            (Given(7.5, 100, 0, "depot", 12, 3, True),),
            {"ALAG1": 7.5},
        ),
        scenario(
            "oral, SS, lag of II",
            model,
            (Row(0.0, 1, 100.0, 0.0, 12.0, 3, 1),),
            (Given(12.0, 100, 0, "depot", 12, 3, True),),
            {"ALAG1": 12.0},
        ),
        scenario(
            "oral, SS, lag beyond II",
            model,
            (Row(0.0, 1, 100.0, 0.0, 12.0, 3, 1),),
            (Given(29.0, 100, 0, "depot", 12, 3, True),),
            {"ALAG1": 29.0},
        ),
        scenario(
            "zero-order then first-order",
            model,
            (Row(0.0, 1, 100.0, -2.0, 12.0, 2),),
            (Given(0, 100, 2.5, "depot", 12, 2),),
            {"D1": 2.5},
        ),
        scenario("oral constant infusion, SS", model, (Row(0.0, 1, 0.0, 7.0, ss=1),), (Steady(0.0, 7.0, "depot"),)),
        scenario(
            "dual absorption: bolus into the depot, infusion into the centre",
            model,
            (Row(0.0, 1, 60.0, cmt=1), Row(0.0, 1, 40.0, -2.0, cmt=2)),
            (Given(0, 60, into="depot"), Given(3.0, 40, 5)),
            {"D2": 5.0, "ALAG2": 3.0},
        ),
    ]


def near(rate: float) -> list[tuple[str, float]]:
    """A rate, and rates next to it."""
    return [("equal", rate), *((f"{gap:g} apart", rate * (1 + gap)) for gap in (1e-15, 1e-12, 1e-9, 1e-6, 1e-3))]


def coinciding() -> list[Scenario]:
    """Rates that are equal, or nearly so, or vanish."""
    dose, given = (Row(0.0, 1, 100.0, 0.0, 12.0, 2, 1),), (Given(0, 100, 0, "depot", 12, 2, True),)
    slow, fast = (float(x) for x in np.sort(disposition_rates("two")))
    third = sorted(disposition_rates("three"))
    rates = [("one", 3.1 / 17.0), ("two", slow), ("two", fast), *(("three", float(x)) for x in third)]
    found = [
        scenario(f"KA and {rate:.4g}: {words}", f"{size}-compartment-oral", dose, given, {"KA": ka})
        for size, rate in rates
        for words, ka in near(rate)
    ]
    for model, more in (
        ("two-compartment-oral", {"Q2": 0.0}),
        ("two-compartment-oral", {"Q2": 1e-12}),
        ("two-compartment-oral", {"V2": 1e9}),
        ("two-compartment-oral", {"Q2": 1e6}),
        ("three-compartment-oral", {"Q2": 0.0, "Q3": 0.0}),
        ("three-compartment-oral", {"Q3": 0.0}),
        ("three-compartment-oral", {"V3": 1e9}),
        ("three-compartment-oral", {"Q3": 2.3, "V3": 31.0}),
        ("three-compartment-oral", {"Q3": 2.3, "V3": 31.0 * (1 + 1e-12)}),
        ("three-compartment-oral", {"Q2": 1e-9, "Q3": 1e-9, "KA": 3.1 / 17.0}),
        ("one-compartment-oral", {"CL": 1e-9}),
        ("one-compartment-oral", {"KA": 1e5}),
    ):
        words = ", ".join(f"{k} = {v!r}" for k, v in more.items())
        single, one = (Row(0.0, 1, 100.0, 10.0, 12.0, 2, 0, 1),), (Given(0, 100, 10, "depot", 12, 2),)
        found.append(scenario(words, model, single, one, more))
    return found


def disposition_rates(size: str) -> np.ndarray:
    p = SIZES[size]
    count = {"two": 2, "three": 3}[size]
    matrix = np.zeros((count, count))
    matrix[0, 0] = -p["CL"] / p["V1"]
    for k in range(2, count + 1):
        flow, there = p[f"Q{k}"], k - 1
        matrix[0, 0] -= flow / p["V1"]
        matrix[there, 0], matrix[0, there] = flow / p["V1"], flow / p[f"V{k}"]
        matrix[there, there] = -flow / p[f"V{k}"]
    return -np.linalg.eigvals(matrix).real


def long_and_tied() -> list[Scenario]:
    """Very many doses, doses at observation times, rows at one time."""
    k = 3.1 / 17.0
    many = (Row(0.0, 1, 1.0, 0.0, 0.5, 9_999, 0, 0),)
    late = (0.0, 0.25, 1.0, 99.75, 100.0, 2500.0, 4999.25, 4999.5, 4999.75, 5000.0, 5010.0)
    order = (Row(1.0), Row(1.0, 1, 100.0), Row(1.0), Row(1.0, 1, 50.0), Row(1.0), Row(2.0))
    seen = np.array([0.0, 100.0, 100.0, 150.0, 150.0, 150.0 * np.exp(-k)]) / 17.0
    floats = (Row(0.0, 1, 10.0, ii=0.1, addl=5), Row(0.3), Row(0.1 + 0.2), Row(0.5))
    tied = np.array([10.0 * sum(np.exp(-k * 0.1 * j) for j in range(n)) for n in (1, 4, 4, 6)]) / 17.0
    own = {**SIZES["one"], "KA": KA}
    return [
        scenario(
            "10,000 boluses in one record",
            "one-compartment-iv",
            many,
            (Given(0, 1, every=0.5, after=9999),),
            times=late,
        ),
        scenario(
            "10,000 oral doses in one record",
            "three-compartment-oral",
            many,
            (Given(0, 1, 0, "depot", 0.5, 9999),),
            times=late,
        ),
        scenario(
            "10,000 infusions that overlap",
            "two-compartment-iv",
            (Row(0.0, 1, 1.0, 0.8, 0.5, 9_999),),
            (Given(0, 1, 1.25, every=0.5, after=9999),),
            times=late,
        ),
        Scenario("rows at one time in their order", Person("one-compartment-iv", "NONMEM", order, (own,) * 6), seen),
        Scenario("0.1 + 0.2 meets the third dose", Person("one-compartment-iv", "NONMEM", floats, (own,) * 4), tied),
        scenario(
            "a lag so long that doses arrive after the next is given",
            "two-compartment-oral",
            (Row(0.0, 1, 100.0, 0.0, 12.0, 3), Row(6.0, 1, 20.0, 4.0, cmt=2)),
            (Given(31.0, 100, 0, "depot", 12, 3), Given(6.0, 20, 5)),
            {"ALAG1": 31.0},
        ),
        scenario(
            "time before zero",
            "two-compartment-oral",
            (Row(-24.0, 1, 100.0, 0.0, 12.0, 4),),
            (Given(-24.0, 100, 0, "depot", 12, 4),),
            times=(-24.0, -20.0, -12.0, 0.0, 12.0, 30.0),
        ),
    ]


def resets() -> list[Scenario]:
    """What is cancelled and what is not, with closed forms of what is left."""
    early = (Row(0.0, 1, 100.0, 5.0, 12.0, 9, 0, 0),)
    before, after = (0.0, 0.5, 3.0, 11.0), (15.0, 16.5, 18.0, 20.0, 24.0, 30.0, 47.0)
    first = (Given(0, 100, 20, every=12, after=9),)
    p = {**SIZES["two"], "KA": KA}
    model = "two-compartment-iv"
    found = []
    for name, row, left in (
        ("EVID 3 stops infusions and cancels additional doses", Row(15.0, 3), ()),
        ("EVID 4 starts anew", Row(15.0, 4, 50.0, 0.0, 8.0, 2), (Given(15, 50, every=8, after=2),)),
        ("EVID 4 with SS", Row(15.0, 4, 50.0, 0.0, 8.0, 2, 1), (Given(15, 50, every=8, after=2, endless=True),)),
        ("EVID 4 with SS 2", Row(15.0, 4, 50.0, 10.0, 8.0, 0, 2), (Given(15, 50, 5, every=8, endless=True),)),
        (
            "SS 1 cancels like a reset",
            Row(15.0, 1, 50.0, 0.0, 8.0, 2, 1),
            (Given(15, 50, every=8, after=2, endless=True),),
        ),
        (
            "SS 2 cancels nothing",
            Row(15.0, 1, 50.0, 0.0, 8.0, 2, 2),
            (*first, Given(15, 50, every=8, after=2, endless=True)),
        ),
        ("a constant infusion with SS 1 cancels", Row(15.0, 1, 0.0, 4.0, ss=1), (Steady(15.0, 4.0),)),
        ("a constant infusion with SS 2 is added", Row(15.0, 1, 0.0, 4.0, ss=2), (*first, Steady(15.0, 4.0))),
        ("EVID 2 does nothing", Row(15.0, 2), first),
    ):
        rows = (*early, *(Row(t) for t in before), row, *(Row(t) for t in after))
        cut = len(early) + len(before)
        truth = np.concatenate(
            [
                concentrations(p, first, [r.time for r in rows[:cut]]),
                concentrations(p, left, [r.time for r in rows[cut:]]) if left else np.zeros(len(rows) - cut),
            ]
        )
        found.append(Scenario(name, Person(model, "NONMEM", rows, (p,) * len(rows)), truth))
    lagged = {**SIZES["one"], "KA": KA, "ALAG1": 6.0}
    rows = (Row(0.0, 1, 100.0), Row(4.0, 3), Row(5.0), Row(6.0), Row(20.0))
    found.append(
        Scenario(
            "EVID 3 cancels a lagged dose", Person("one-compartment-oral", "NONMEM", rows, (lagged,) * 5), np.zeros(5)
        )
    )
    again = (Row(30.0, 1, 100.0), Row(31.0), Row(0.0, 4, 100.0), Row(1.0), Row(2.0))
    anew = concentrations(SIZES["one"], (Given(0, 100),), (0.0, 1.0, 0.0, 1.0, 2.0))
    found.append(
        Scenario(
            "EVID 4 may set the clock back", Person("one-compartment-iv", "NONMEM", again, (SIZES["one"],) * 5), anew
        )
    )
    return found


def changing() -> list[Scenario]:
    """Clearance and volume that change from row to row, under both rules; dose attributes that do."""
    times = (0.0, 1.0, 2.5, 4.0, 7.0, 7.0, 12.0, 13.0, 20.0)
    rates = np.array([0.1, 0.4, 0.15, 0.6, 0.2, 0.5, 0.05, 0.3, 0.25])
    volumes = np.array([10.0, 12.0, 11.0, 15.0, 9.0, 8.0, 13.0, 10.0, 14.0])
    rows = (Row(0.0, 1, 100.0), *(Row(t, 2 if t == 4.0 else 0) for t in times[1:]))
    each = tuple({"CL": k * v, "V": v} for k, v in zip(rates, volumes, strict=True))
    found = []
    for rule in ("NONMEM", "LOCF"):
        steps = [(b - a) * (rates[n + 1] if rule == "NONMEM" else rates[n]) for n, (a, b) in enumerate(pairwise(times))]
        truth = 100.0 * np.exp(-np.concatenate([[0.0], np.cumsum(steps)])) / volumes
        found.append(Scenario(f"changing CL and V, {rule}", Person("one-compartment-iv", rule, rows, each), truth))
        several = (
            Row(0.0, 1, 100.0, 6.0, 8.0, 3),
            Row(3.0, 1, 40.0, ii=10.0, addl=2, cmt=2),
            *(Row(float(t)) for t in (4, 9, 11.2, 17, 25, 31, 50)),
        )
        own = tuple(
            {
                **{
                    name: value * (1 + 0.4 * np.sin(3 * n + len(name)))
                    for name, value in {**SIZES["three"], "KA": KA}.items()
                },
                "F1": 0.7 if n == 0 else 5.0,
                "ALAG1": 1.5 if n == 0 else 9.0,
                "F2": 0.4 if n == 1 else 5.0,
                "ALAG2": 0.5 if n == 1 else 9.0,
            }
            for n in range(len(several))
        )
        found.append(Scenario(f"everything changes, {rule}", Person("three-compartment-oral", rule, several, own)))
        steady = (Row(0.0, 1, 100.0, 6.0, 12.0, 2, 1), Row(3.0, 1, 30.0, -1.0, 24.0, 1, 2, 2), *several[2:])
        rated = tuple({**p, "R2": 4.0 if n == 1 else 1.0} for n, p in enumerate(own))
        found.append(
            Scenario(
                f"steady state while everything changes, {rule}", Person("three-compartment-oral", rule, steady, rated)
            )
        )
    return found


@cache
def scenarios() -> tuple[Scenario, ...]:
    models = [f"{size}-compartment-{way}" for size in SIZES for way in ("iv", "oral")]
    patterns = [s for model in models for s in injected(model)]
    patterns += [s for model in models if "oral" in model for s in swallowed(model)]
    return (*patterns, *coinciding(), *long_and_tied(), *resets(), *changing())


@cache
def predictions() -> dict[str, np.ndarray]:
    """Every scenario's predictions, solved together by model and rule."""
    groups = defaultdict(list)
    for one in scenarios():
        groups[one.person.model, one.person.rule, frozenset(one.person.parameters[0])].append(one)
    found = {}
    for (model, rule, _), members in groups.items():
        data, parameters = records([one.person for one in members])
        pred = np.asarray(solve_records(compartment_model(model), data, parameters, covariate_rule=rule).pred)
        found |= {one.name: pred[data.person == number] for number, one in enumerate(members)}
    return found


def test_there_are_enough_scenarios_of_different_names() -> None:
    names = [one.name for one in scenarios()]
    assert len(set(names)) == len(names) >= 200


@pytest.mark.parametrize("one", scenarios(), ids=lambda one: one.name)
def test_a_scenario_is_exact(one: Scenario) -> None:
    assert largest_error(predictions()[one.name], one.truth()) <= BAR
