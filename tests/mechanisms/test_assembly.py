"""Assembly: one system whatever the order, errors that name mechanism and value, and the derived right-hand side."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions.errors import StudyError
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.evidence.library import load_library
from quell.mechanisms.assembly import NUMPY, Values, WiringError, assemble, right_hand_side
from quell.mechanisms.base import Mechanism, Signal, State
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.story import KINETIC_SIGNALS, OWN_MECHANISMS, default_system

OUTSIDE = (*COVARIATES, *LEVELS, *EVENTS)


def signal(name: str, *reads: str) -> Signal:
    """The sum of what it reads."""
    return Signal(name, "1", name, lambda v, p, m: sum(getattr(v, x) for x in reads) + 1.0)


def step(name: str, reads: tuple[str, ...], writes: str) -> Mechanism:
    """A mechanism of one signal."""
    return Mechanism(name, name, reads, (writes,), (signal(writes, *reads),))


# ---------------------------------------------------------------------------------------------------------------- order


@given(order=st.permutations(OWN_MECHANISMS))
def test_any_order_of_the_mechanisms_gives_the_same_system(order):
    wanted = assemble(OWN_MECHANISMS, KINETIC_SIGNALS)
    found = assemble(order, KINETIC_SIGNALS)
    assert [m.name for m in found.mechanisms] == [m.name for m in wanted.mechanisms]
    assert found.variables == wanted.variables
    assert found.parameters == wanted.parameters
    assert [[x.name for x in group] for group in found.groups] == [[x.name for x in group] for group in wanted.groups]


@st.composite
def stories(draw) -> list[Mechanism]:
    """Mechanisms m0, m1, ... of which each reads some before it, shuffled."""
    count = draw(st.integers(1, 8))
    made = []
    for i in range(count):
        above = draw(st.lists(st.integers(0, i - 1), unique=True)) if i else []
        made.append(step(f"m{i}", tuple(f"x{j}" for j in above), f"x{i}"))
    return draw(st.permutations(made))


@given(story=stories())
def test_everything_is_written_before_it_is_read(story):
    written = set(OUTSIDE)
    for mechanism in assemble(story).mechanisms:
        assert set(mechanism.reads) <= written
        written |= set(mechanism.writes)


def test_the_kinetics_supply_what_the_mechanisms_expect():
    assert set(KINETIC_SIGNALS) <= set(KINETICS.writes)
    assert set(KINETICS.reads) <= set(COVARIATES)


# --------------------------------------------------------------------------------------------------------------- errors

LONE = State("level", "1", "level", lambda v, p, m: 1.0, lambda v, p, m: 0.0)


def declared(*variables: Signal | State, reads: tuple[str, ...] = (), name: str = "memory") -> Mechanism:
    return Mechanism(name, name, reads, tuple(x.name for x in variables), variables)


@pytest.mark.parametrize(
    ("mechanisms", "message"),
    [
        ([step("first", (), "x"), step("second", (), "x")], 'second declares "x", which first declares already'),
        ([step("first", (), "age")], 'first declares "age", which the input declares already'),
        ([step("first", (), "plasma")], 'first declares "plasma", which the kinetics declares already'),
        ([step("first", (), "x"), step("first", (), "y")], "two mechanisms are named first"),
        ([step("first", ("nowhere", "age"), "x")], 'first reads "nowhere", which nobody writes'),
        ([replace(step("first", (), "x"), writes=("x", "y"))], 'first promises "y" but declares no such variable'),
        (
            [step("first", ("y",), "x"), step("second", ("x",), "y")],
            'a loop between mechanisms: second reads "x" of first, first reads "y" of second',
        ),
        (
            [step("one", ("z",), "x"), step("two", ("x",), "y"), step("three", ("y",), "z")],
            'two reads "x" of one, three reads "y" of two, one reads "z" of three',
        ),
        ([step("first", ("x",), "x")], 'first reads "x" of first'),
        ([declared(signal("x", "age"))], 'memory: x reads "age", not among its declared reads'),
        ([declared(signal("x", "y"), signal("y"))], 'memory: x reads "y" before it is solved'),
        ([declared(signal("x", "x"))], 'memory: x reads "x" before it is solved'),
        (
            [declared(replace(LONE, drive=lambda v, p, m: v.weight))],
            'memory: level reads "weight", not among its declared reads',
        ),
        (
            [declared(replace(LONE, initial=lambda v, p, m: v.age))],
            'memory: level reads "age", not among its declared reads',
        ),
        ([declared(replace(LONE, initial=lambda v, p, m: v.x), signal("x"))], 'level reads "x" before it is solved'),
        (
            [
                declared(
                    signal("x"),
                    replace(LONE, jumps={"therapy_session": lambda v, p, m: v.x}),
                    reads=("therapy_session",),
                )
            ],
            'the jump of level reads "x", which is no state',
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(mechanisms, message):
    with pytest.raises(WiringError) as caught:
        assemble(mechanisms, ["plasma"])
    assert message in caught.value.message
    assert isinstance(caught.value, StudyError)


def test_a_value_that_is_missing_is_named():
    with pytest.raises(WiringError, match='"glutamate" is read before it is written'):
        _ = Values({}).glutamate


# ------------------------------------------------------------------------------------------------------------- feedback


def rate_one(v, p, m):
    return 1.0


def feedback_system():
    """a and c feed back on each other through the signal b; d follows them; e reads itself."""
    return assemble(
        [
            declared(
                State("a", "1", "a", rate_one, lambda v, p, m: v.c),
                Signal("b", "1", "b", lambda v, p, m: 2.0 * v.a),
                State("c", "1", "c", lambda v, p, m: 1.0 + v.age, lambda v, p, m: v.b),
                State("d", "1", "d", lambda v, p, m: v.plasma, lambda v, p, m: v.c),
                State("e", "1", "e", lambda v, p, m: 1.0 + v.e, rate_one),
                reads=("age", "plasma"),
            )
        ],
        ["plasma"],
    )


def test_groups_hold_what_feeds_back_together():
    system = feedback_system()
    assert [[x.name for x in group] for group in system.groups] == [["a", "b", "c"], ["d"], ["e"]]
    assert {x.name for x in system.variables if x.feeds_back} == {"a", "e"}


def test_every_feedback_of_the_story_stays_within_its_group():
    for group in default_system().groups:
        own = {x.name for x in group}
        solved = {x.name for g in default_system().groups for x in g}
        before = {x.name for x in default_system().variables[: default_system().variables.index(group[0])]}
        for x in group:
            assert (x.reads & solved) <= before | own


def test_a_rate_is_steady_where_it_reads_only_the_person_and_levels():
    assert {x.name: x.steady_rate for x in feedback_system().states} == {"a": True, "c": True, "d": False, "e": False}


# -------------------------------------------------------------------------------------------------------- fastest times


def test_the_fastest_time_follows_what_is_written_downstream():
    first = replace(step("first", ("plasma",), "x"), fastest={"plasma": lambda v, p, m: 3.0})
    quick_and_slow = {"x": lambda v, p, m: p.quick, "ssri_dose": lambda v, p, m: 50.0}
    second = replace(step("second", ("x", "ssri_dose"), "y"), fastest=quick_and_slow)
    third = replace(step("third", ("y", "age"), "z"), fastest={"y": lambda v, p, m: 0.1 * v.age})
    system = assemble([third, first, second], ["plasma", "other"])
    outside: Mapping[str, float] = {"age": 400.0}
    for quick, wanted in ((0.5, 0.5), (7.0, 3.0)):
        assert system.fastest_time("plasma", {"second.quick": quick}, outside) == wanted
    assert system.fastest_time("ssri_dose", {"second.quick": 0.5}, outside) == 40.0
    assert system.fastest_time("other", {"second.quick": 0.5}, outside) == float("inf")


def test_every_input_that_moves_a_state_has_a_fastest_time():
    system = default_system()
    typical = {record.id: record.value for record in load_library().parameters()}
    outside = {**dict.fromkeys((*OUTSIDE, *KINETIC_SIGNALS), 0.0), "age": 40.0, "weight": 70.0}
    jumps = {event for x in system.states for event in x.declaration.jumps}
    moving = jumps.union(*(x.reads for x in system.states)) & {*LEVELS, *EVENTS, *KINETIC_SIGNALS}
    assert {"s_ketamine", "midazolam", "daily_treatment", "supervised_dose", "therapy_session"} <= moving
    for name in moving:
        assert 0.0 < system.fastest_time(name, typical, outside) < 1000.0, name


# ----------------------------------------------------------------------------------------------- right-hand side, entry


def test_the_derived_right_hand_side_equals_the_equations_written_by_hand():
    toy = declared(
        State("x", "1", "x", lambda v, p, m: p.k * v.plasma + 0.2, lambda v, p, m: p.k * v.plasma),
        Signal("s", "1", "s", lambda v, p, m: m.power(v.x, 1.5) * v.age),
        State("y", "1", "y", lambda v, p, m: 0.1, lambda v, p, m: v.s - 0.05 * v.y * v.x),
        reads=("plasma", "age"),
        name="toy",
    )
    slope = right_hand_side(assemble([toy], ["plasma"]), {"toy.k": 20.0}, lambda t: {"plasma": np.exp(-t), "age": 30.0})
    random = np.random.default_rng(1)
    for t, x, y in random.uniform(0.0, 1.0, (20, 3)):
        c = np.exp(-t)
        by_hand = [20.0 * c * (1.0 - x) - 0.2 * x, x**1.5 * 30.0 - 0.05 * x * y - 0.1 * y]
        assert slope(t, np.array([x, y])) == pytest.approx(by_hand, rel=1e-13)


def test_entry_is_solved_in_order_and_namespaces_hold_only_their_own():
    first = declared(State("x", "1", "x", rate_one, rate_one, lambda v, p, m: p.a), name="first")
    second = declared(signal("y", "x"), reads=("x",), name="second")
    system = assemble([second, first])
    spaces = system.namespaces({"first.a": 3.0, "second.a": 9.0, "elsewhere.a": 1.0})
    assert {name: vars(space) for name, space in spaces.items()} == {"first": {"a": 3.0}, "second": {"a": 9.0}}
    assert system.initial({}, spaces, NUMPY) == {"x": 3.0, "y": 4.0}
    assert system.parameters == ("first.a",)


PEOPLE = st.fixed_dictionaries(
    {
        "weight": st.floats(40, 150),
        "height": st.floats(140, 200),
        "age": st.floats(18, 85),
        "female": st.sampled_from([0.0, 1.0]),
        "cyp2b6_star6": st.sampled_from([0.0, 1.0, 2.0]),
        "benzodiazepine_use": st.floats(0, 40),
        "ssri_use": st.sampled_from([0.0, 1.0]),
        "resistance": st.sampled_from([0.0, 1.0]),
    }
)


@given(person=PEOPLE, occasion=st.floats(0.2, 3.0), choices=st.randoms(use_true_random=False))
def test_nobody_moves_before_treatment_whoever_they_are_and_whatever_is_contested(person, occasion, choices):
    system = default_system()
    parameters = {record.id: record.value for record in load_library().parameters()}
    for m in system.mechanisms:
        for switch in m.switches:
            chosen = switch.choices[choices.choice(sorted(switch.choices))]
            parameters |= {f"{m.name}.{name}": value for name, value in chosen.items()}
    outside = {**dict.fromkeys((*LEVELS, *EVENTS, *KINETIC_SIGNALS), 0.0), **person, "occasion_sensitivity": occasion}
    outside["benzodiazepine_dose"] = person["benzodiazepine_use"]
    entry = system.initial(outside, system.namespaces(parameters), NUMPY)
    x = np.array([float(entry[name]) for name in system.state_names])
    slopes = right_hand_side(system, parameters, lambda t: outside)(0.0, x)
    assert np.abs(slopes / np.maximum(1.0, np.abs(x))).max() < 1e-12
