"""Every entry of the table against Pint; parsing, printing and refusals."""

import math

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions import inputs
from quell.conventions.errors import StudyError
from quell.conventions.units import (
    ALIASES,
    ATOMS,
    COMPOUNDS,
    Quantity,
    convert,
    dimension,
    parse_quantity,
    parse_unit,
    units_of,
)

PINT_NAMES = {
    "h": "hour",
    "s": "second",
    "min": "minute",
    "d": "day",
    "a": "julian_year",
    "L": "liter",
    "uM": "micromolar",
    "nM": "nanomolar",
    "mM": "millimolar",
    "M": "molar",
    "1": "dimensionless",
    "%": "percent",
    "points": "points",
}

REGISTRY = pint.UnitRegistry()
REGISTRY.define("points = [score]")

BY_DIMENSION = {name: units_of(name) for name in {unit.dimension for unit in map(parse_unit, ATOMS)}}


def in_pint(unit: str) -> pint.Quantity:
    """The unit as one of Pint's quantities, factor by factor."""
    product, sign = REGISTRY.Quantity(1.0), 1
    for part in unit.replace("/", " / ").replace("*", " * ").split():
        if part in "*/":
            sign = 1 if part == "*" else -1
        else:
            atom, power = (part[:-1], int(part[-1])) if len(part) > 1 and part[-1].isdigit() else (part, 1)
            product *= REGISTRY.Quantity(1.0, PINT_NAMES.get(atom, atom)) ** (sign * power)
    return product


@pytest.mark.parametrize("unit", [*ATOMS, *COMPOUNDS])
def test_every_unit_has_the_size_that_pint_gives_it(unit):
    for other in units_of(dimension(unit)):
        expected = in_pint(unit).to(in_pint(other).units).magnitude / in_pint(other).magnitude
        assert convert(1.0, unit, other) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("one", ATOMS)
def test_atoms_convert_exactly_where_pint_converts_them_but_for_body_weight(one):
    for other in ATOMS:
        meant_apart = {dimension(one), dimension(other)} == {"mass", "body weight"}
        physically = in_pint(one).dimensionality == in_pint(other).dimensionality
        assert (dimension(one) == dimension(other)) == (physically and not meant_apart)


SIGNED = st.lists(st.tuples(st.sampled_from(sorted(BY_DIMENSION)), st.sampled_from("*/")), min_size=1, max_size=4)


@given(signed=SIGNED, data=st.data())
def test_products_of_atoms_convert_as_pint_converts_them(signed, data):
    one, other = (
        "1" + "".join(sign + data.draw(st.sampled_from(BY_DIMENSION[measured])) for measured, sign in signed)
        for _ in range(2)
    )
    expected = (in_pint(one) / in_pint(other)).to_base_units().magnitude
    assert convert(1.0, one, other) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("unit", "measured"),
    [
        ("mg/kg", "mass/body weight"),
        ("uM", "amount/volume"),
        ("nmol/mL", "amount/volume"),
        ("ng/mL", "mass/volume"),
        ("mg/d", "mass/time"),
        ("1/h", "1/time"),
        ("kg/m2", "body weight/length^2"),
        ("%", "1"),
        ("g/mol", "mass/amount"),
        ("1/h/uM", "volume/amount/time"),
        ("h*h", "time^2"),
    ],
)
def test_dimension(unit, measured):
    assert dimension(unit) == measured


@pytest.mark.parametrize("unit", [*ATOMS, *COMPOUNDS])
def test_a_unit_keeps_its_name(unit):
    assert parse_unit(unit).name == unit


@pytest.mark.parametrize("word", ALIASES)
def test_other_spellings_name_atoms_and_shadow_none(word):
    assert word not in ATOMS
    assert parse_unit(word) == parse_unit(ALIASES[word])


@pytest.mark.parametrize("table", [inputs.COVARIATES, inputs.LEVELS, inputs.EVENTS])
def test_units_of_inputs_are_known(table):
    for unit, _ in table.values():
        parse_unit(unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.5 mg/kg", 0.5, "mg/kg"),
        ("40 min", 40.0, "min"),
        ("40min", 40.0, "min"),
        ("3 d", 3.0, "d"),
        ("12 weeks", 12.0, "week"),
        ("1 week", 1.0, "week"),
        ("-1 h", -1.0, "h"),
        ("\N{MINUS SIGN}1 h", -1.0, "h"),
        ("  1e-3  µM ", 1e-3, "uM"),
        (".5 ml", 0.5, "mL"),
        ("65", 65.0, "1"),
        ("35 %", 35.0, "%"),
    ],
)
def test_a_quantity_is_read(text, value, unit):
    assert parse_quantity(text) == Quantity(value, unit)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("40 min", "h", 40 / 60),
        ("12 weeks", "h", 2016),
        ("1 a", "d", 365.25),
        ("35 %", "1", 0.35),
        ("200 mg", "g", 0.2),
    ],
)
def test_a_quantity_converts_without_rounding_where_it_can(text, unit, value):
    assert parse_quantity(text).to(unit) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False), unit=st.sampled_from([*ATOMS, *COMPOUNDS]))
def test_printing_and_reading_give_the_quantity_back(value, unit):
    assert parse_quantity(str(Quantity(value, unit))) == Quantity(value, unit)


@given(value=st.floats(-1e6, 1e6), dimension_name=st.sampled_from(sorted(BY_DIMENSION)), data=st.data())
def test_converting_there_and_back_changes_nothing(value, dimension_name, data):
    one, other = (data.draw(st.sampled_from(BY_DIMENSION[dimension_name])) for _ in range(2))
    assert math.isclose(convert(convert(value, one, other), other, one), value, rel_tol=1e-12, abs_tol=0.0)


@pytest.mark.parametrize(
    ("text", "like", "offending", "column", "words"),
    [
        ("3 mgg", "mg", "mgg", 3, 'unknown unit "mgg". Did you mean "mg"?'),
        ("3 xyzzy", None, "xyzzy", 3, 'unknown unit "xyzzy".  Known units: h, s, min'),
        ("0.5 mg/kgg", None, "kgg", 8, 'Did you mean "kg"?'),
        ("  3  months", "h", "months", 6, "a month has no fixed length.  Write weeks or days"),
        ("3 mg/", "mg", "mg/", 3, 'unit missing in "mg/"'),
        ("40", "h", "40", None, 'unit missing in "40".  Allowed: a number with its unit, such as 3 h'),
        ("3 mg", "h", "mg", 3, '"mg" is a unit of mass, not of time.  Allowed: h, s, min, d, week, a'),
        ("3 mg", "mg/kg", "mg", 3, '"mg" is a unit of mass, not of mass/body weight.  Allowed: mg/kg'),
        ("3 mg", "1", "mg", 3, '"mg" is a unit of mass, not of pure number'),
        ("0,5 mg/kg", None, "0,5 mg/kg", None, "Write a decimal point: 0.5 mg/kg"),
        ("1e999 h", "h", "1e999", 1, "too large"),
        ("soon", "h", "soon", None, 'no number in "soon".  Allowed: a number with its unit, such as 3 h'),
        ("", None, "", None, "no number in"),
        ("nan h", "h", "nan h", None, "no number in"),
    ],
)
def test_a_refusal_names_the_text_and_what_is_allowed(text, like, offending, column, words):
    with pytest.raises(StudyError) as caught:
        parse_quantity(text, like)
    assert words in caught.value.statement
    assert (caught.value.column or 1) == (column or 1)
    assert caught.value.text == offending


@given(text=st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    try:
        quantity = parse_quantity(text)
    except StudyError:
        return
    assert math.isfinite(quantity.value)
    assert parse_unit(quantity.unit).factor > 0
