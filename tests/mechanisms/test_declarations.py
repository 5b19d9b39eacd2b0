"""Every mechanism of the story: what it reads, writes and starts from is what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.conventions.units import parse_unit
from quell.evidence.library import load_library
from quell.mechanisms.assembly import NUMPY, RecordingValues, assemble
from quell.mechanisms.base import Mechanism, Signal, State
from quell.mechanisms.story import KINETIC_SIGNALS, OWN_MECHANISMS

OUTSIDE = (*COVARIATES, *LEVELS, *EVENTS)
SYSTEM = assemble(OWN_MECHANISMS, KINETIC_SIGNALS)
RECORDS = [record for mechanism in OWN_MECHANISMS for record in load_library().parameters(mechanism.name)]

HELD_OUT = ("Lii2023", "TaylorJH2018", "Glue2018", "glue2020", "shadli2018", "taylor2018")

each_mechanism = pytest.mark.parametrize("mechanism", OWN_MECHANISMS, ids=lambda m: m.name)


class AnyParameter:
    """Answers every name and notes it."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return 0.6


def formulas(variable: Signal | State) -> list:
    if isinstance(variable, Signal):
        return [variable.value]
    return [variable.rate, variable.drive, variable.initial, *variable.jumps.values()]


def trace(mechanism: Mechanism) -> tuple[set[str], set[str]]:
    """Values and parameters that the formulas really read."""
    own = [x.name for x in mechanism.variables]
    values, parameters = RecordingValues(dict.fromkeys((*own, *mechanism.reads), 0.4)), AnyParameter()
    for variable in mechanism.variables:
        for formula in formulas(variable):
            formula(values, parameters, NUMPY)
    for formula in mechanism.fastest.values():
        formula(values, parameters, NUMPY)
    events = {event for x in mechanism.variables if isinstance(x, State) for event in x.jumps}
    return (values.read | events) - set(own), parameters.read


@each_mechanism
def test_declared_reads_are_the_reads(mechanism):
    assert trace(mechanism)[0] == set(mechanism.reads)


@each_mechanism
def test_the_pack_holds_the_parameters_that_formulas_read_and_limits_for_the_reader(mechanism):
    read, known = trace(mechanism)[1], {record.name for record in load_library().parameters(mechanism.name)}
    assert read <= known
    assert {name for name in known - read if not name.startswith("monitoring_limit_")} == set()


@each_mechanism
def test_units_parse_and_names_are_said_once(mechanism):
    assert all(parse_unit(x.unit) for x in mechanism.variables)
    titles = [x.title for x in mechanism.variables]
    assert len(set(titles)) == len(titles)
    assert set(mechanism.writes) <= {x.name for x in mechanism.variables}
    assert set(mechanism.fastest) <= set(mechanism.reads)


@each_mechanism
def test_switches_set_parameters_of_the_pack_and_default_to_it(mechanism):
    known = {record.name for record in load_library().parameters(mechanism.name)}
    for switch in mechanism.switches:
        assert not switch.choices[switch.default]
        assert {name for choice in switch.choices.values() for name in choice} <= known


@each_mechanism
def test_no_value_comes_from_a_held_out_trial(mechanism):
    library = load_library()
    held_out = {library.source(key).key for key in HELD_OUT}
    assert len(held_out) >= 5
    for record in library.parameters(mechanism.name):
        assert not held_out & {library.source(key).key for key in record.source}


PEOPLE = st.fixed_dictionaries(
    {
        "age": st.floats(18, 90),
        "benzodiazepine_use": st.floats(0, 60),
        "ssri_use": st.sampled_from([0.0, 1.0]),
        "resistance": st.sampled_from([0.0, 1.0]),
        "open_label": st.sampled_from([0.0, 1.0]),
    }
)


def drawn_parameters(seed: int) -> dict[str, float]:
    """One draw of knowledge and of a person for every parameter, switches included."""
    random = np.random.default_rng(seed)
    values = {}
    for record in RECORDS:
        typical = record.knowledge(random.uniform(0.001, 0.999, 1))
        values[record.id] = float(record.person(typical, norm.ppf(random.uniform(0.001, 0.999, 1)))[0])
    for mechanism in OWN_MECHANISMS:
        for switch in mechanism.switches:
            choice = switch.choices[random.choice(sorted(switch.choices))]
            values |= {f"{mechanism.name}.{name}": value for name, value in choice.items()}
    return values


def untreated(person: dict[str, float]) -> dict[str, float]:
    outside = {**dict.fromkeys((*OUTSIDE, *KINETIC_SIGNALS), 0.0), "weight": 70.0, "height": 170.0, **person}
    return outside | {"benzodiazepine_dose": person["benzodiazepine_use"], "occasion_sensitivity": 1.0}


@given(person=PEOPLE, seed=st.integers(0, 2**32 - 1))
def test_nothing_moves_before_treatment(person, seed):
    spaces, outside = SYSTEM.namespaces(drawn_parameters(seed)), untreated(person)
    known = outside | SYSTEM.initial(outside, spaces, NUMPY)
    scales = [1e-12 * max(1.0, abs(float(known[name]))) for name in SYSTEM.state_names]
    slopes = SYSTEM.derivatives(known, spaces, NUMPY)
    assert all(abs(float(slope)) <= scale for slope, scale in zip(slopes, scales, strict=True))


@given(person=PEOPLE, seed=st.integers(0, 2**32 - 1))
def test_before_treatment_nobody_is_relieved_or_harmed(person, seed):
    spaces, outside = SYSTEM.namespaces(drawn_parameters(seed)), untreated(person)
    known = SYSTEM.initial(outside, spaces, NUMPY)
    harmless = [name for name in known if name.startswith("relief_")]
    harmless += ["cadss", "sbp_change", "dbp_change", "heart_rate_change", "sedation", "nausea_hazard", "felt_effect"]
    assert all(abs(float(known[name])) < 1e-12 for name in harmless)
    assert float(known["symptom_level"]) == pytest.approx(1.0, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1))
def test_rates_are_never_negative_and_states_point_inwards_at_their_bounds(seed):
    """Anywhere within bounds, a state at a bound does not leave it."""
    random = np.random.default_rng(seed)
    spaces = SYSTEM.namespaces(drawn_parameters(seed))
    outside = {
        **dict.fromkeys(OUTSIDE, 0.0),
        "age": 40.0,
        "occasion_sensitivity": 1.0,
        "ssri_dose": random.uniform(0, 3),
    }
    outside |= {name: random.uniform(0, 4) for name in KINETIC_SIGNALS} | {"benzodiazepine_dose": random.uniform(0, 40)}
    outside |= {"daily_treatment": 1.0}
    known = outside | {x.name: within_bounds(x.declaration, random) for x in SYSTEM.states}
    known["stable_connections"] = random.uniform(0, 1 - known["nascent_connections"])
    for place in range(len(SYSTEM.states)):
        x = SYSTEM.states[place]
        state, space = x.declaration, spaces[x.mechanism]
        for bound in {state.lower, state.upper} - {np.inf}:
            values = RecordingValues(SYSTEM.signals({**known, x.name: bound}, spaces, NUMPY))
            rate, drive = (float(f(values, space, NUMPY)) for f in (state.rate, state.drive))
            outward = 1.0 if bound == state.upper else -1.0
            assert rate >= 0.0
            if x.name != "stable_connections" or bound == 0.0:
                assert outward * (drive - rate * bound) <= 1e-12, x.name


def within_bounds(state: State, random: np.random.Generator) -> float:
    return random.uniform(state.lower, state.upper if np.isfinite(state.upper) else 2.0)


@given(seed=st.integers(0, 2**32 - 1))
def test_connections_never_exceed_the_room_there_is(seed):
    """Where nascent and stable connections fill all room, their sum can only fall."""
    random = np.random.default_rng(seed)
    spaces = SYSTEM.namespaces(drawn_parameters(seed))
    known = {**dict.fromkeys((*OUTSIDE, *KINETIC_SIGNALS), 0.0), **dict.fromkeys(SYSTEM.state_names, 0.1)}
    nascent = random.uniform(0, 1)
    known |= {"nascent_connections": nascent, "stable_connections": 1 - nascent, "mtorc1": random.uniform(0, 20)}
    slopes = dict(
        zip(SYSTEM.state_names, SYSTEM.derivatives(SYSTEM.signals(known, spaces, NUMPY), spaces, NUMPY), strict=True)
    )
    assert slopes["nascent_connections"] + slopes["stable_connections"] <= 1e-12


def test_formulas_read_many_people_at_once():
    """Nothing branches on a value: a row of people gives what each gives alone."""
    draws = [drawn_parameters(seed) for seed in range(5)]
    together = {name: np.array([draw[name] for draw in draws]) for name in draws[0]}
    outside = {**untreated({"benzodiazepine_use": 5.0, "ssri_use": 1.0}), "age": 50.0}
    row = SYSTEM.initial(outside, SYSTEM.namespaces(together), NUMPY)
    for place, draw in enumerate(draws):
        alone = SYSTEM.initial(outside, SYSTEM.namespaces(draw), NUMPY)
        for name, value in alone.items():
            assert np.broadcast_to(row[name], (5,))[place] == pytest.approx(value, rel=1e-12, abs=1e-14)
