"""The wiring is the declarations, read backwards and forwards."""

import pytest

from quell.conventions.errors import StudyError
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import assemble
from quell.mechanisms.base import Mechanism, Signal
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.story import default_system
from quell.mechanisms.wiring import arrows_into, wire

SYSTEM = default_system()
STORY = wire(SYSTEM, KINETICS)


def test_boxes_are_the_kinetics_and_the_mechanisms_upstream_first():
    assert STORY.names == (KINETICS.name, *(m.name for m in SYSTEM.mechanisms))
    for box in STORY.boxes:
        assert all(
            STORY.names.index(x.source) < STORY.names.index(box.name) for x in STORY.arrows if x.target == box.name
        )


def test_every_read_comes_from_the_one_who_writes_it():
    for mechanism in (KINETICS, *SYSTEM.mechanisms):
        box = STORY.box(mechanism.name)
        assert tuple(x.name for x in box.reads) == mechanism.reads
        assert tuple(x.name for x in box.writes) == mechanism.writes
        for value in box.reads:
            outside = {"person": COVARIATES, "treatment": LEVELS, "event": EVENTS}
            written = outside.get(value.writer) or STORY.box(value.writer).writes
            assert value.name in (written if isinstance(written, dict) else {x.name for x in written})


def test_readers_of_a_value_are_those_that_declare_it():
    for box in STORY.boxes:
        for value in box.writes:
            assert value.readers == tuple(m.name for m in SYSTEM.mechanisms if value.name in m.reads)


def test_arrows_carry_each_read_once():
    for box in STORY.boxes:
        carried = [value.name for arrow in arrows_into(box) for value in arrow.values]
        assert sorted(carried) == sorted(value.name for value in box.reads)
    assert {(x.source, x.target) for x in STORY.arrows} >= {("kinetics", "receptors"), ("plasticity", "symptoms")}
    assert not {x.source for x in STORY.arrows} - set(STORY.names)


def test_values_are_described_as_their_writer_declares_them():
    declared = {x.name: x.declaration for x in SYSTEM.variables}
    for box in STORY.boxes[1:]:
        for value in box.writes:
            told = declared[value.name]
            assert (value.unit, value.title, value.latent) == (told.unit, told.title, told.latent)


def test_the_kinetics_tell_their_routes_and_networks():
    box = STORY.boxes[0]
    assert {(drug, route) for drug, routes in box.routes.items() for route in routes} == set(KINETICS.routes)
    assert box.networks == KINETICS.networks


def test_equations_are_those_that_stand_above_the_formulas():
    import quell.mechanisms.glutamate

    text = STORY.box("glutamate").equations
    assert text.splitlines()[0] == quell.mechanisms.glutamate.__doc__.splitlines()[0]
    assert all(box.equations for box in STORY.boxes)


def test_a_neighbourhood_holds_a_box_and_those_it_is_joined_to():
    assert STORY.around("glutamate").names == ("receptors", "gaba", "glutamate", "plasticity")
    assert {(x.source, x.target) for x in STORY.around("monoamines").arrows} == {("monoamines", "plasticity")}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("receptor", 'unknown mechanism "receptor". Did you mean "receptors"?'),
        ("Glutamat", 'Did you mean "glutamate"?'),
        ("bdnf", '"bdnf" is no mechanism but a value of plasticity. Did you mean "plasticity"?'),
        ("emotional_regulatio", "emotional_regulation is a value of plasticity."),
        ("zzz", "Allowed: kinetics, receptors,"),
    ],
)
def test_an_unknown_name_is_answered_with_what_was_meant(name, told):
    with pytest.raises(StudyError) as caught:
        STORY.box(name)
    assert told in caught.value.statement


def test_a_mechanism_without_variables_or_module_has_no_equations():
    formula = eval("lambda v, p, m: 1.0", {})  # a formula that belongs to no module
    nameless = Mechanism("odd", "Odd", (), ("x",), (Signal("x", "1", "x", formula),))
    assert wire(assemble([nameless], SYSTEM.kinetic_signals), KINETICS).box("odd").equations == ""
