"""Draws of the knowledge, persons and occasions."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from quell.conventions.errors import EvidenceError
from quell.evidence.library import Library, load_library, read_library
from quell.people.variability import (
    PersonParameters,
    knowledge_draws,
    occasion_multipliers,
    person_parameters,
    varied_parameters,
)

PACK = """
[pack]
title = "For tests"
"""
RECORD = """
[[parameter]]
name = "{name}"
symbol = "x"
title = "A parameter"
value = {value}
unit = "1"
{more}
range = [0.001, 1000.0]
population = "nobody"
source = "s"
place = "nowhere"
grade = "assumed"
"""
KNOWN = 'uncertainty = { distribution = "lognormal", sd = 0.5 }\n'
VARIED = 'between_patient = { distribution = "lognormal", sd = 0.3 }\n'


@pytest.fixture
def build(tmp_path: Path):
    """A library with one pack "own" of the given records (name, value, more)."""

    def built(*records: tuple[str, float, str]) -> Library:
        body = "".join(RECORD.format(name=name, value=value, more=more) for name, value, more in records)
        (tmp_path / "own.toml").write_text(PACK + body)
        (tmp_path / "sources.bib").write_text("@misc{s,\n  note = {A source},\n}\n")
        return read_library([("own", tmp_path / "own.toml")], tmp_path / "sources.bib")

    return built


def test_one_draw_falls_into_each_stratum(build) -> None:
    record = build(("a", 2.0, KNOWN))["own.a"]
    draws = knowledge_draws(record, seed=5, draws=200)
    strata = np.floor(200 * ndtr(np.log(draws / 2.0) / 0.5)).astype(int)
    assert sorted(strata) == list(range(200))
    assert np.any(np.diff(strata) < 0)


def test_a_new_parameter_shifts_nobodys_luck(build) -> None:
    few = person_parameters(build(("a", 2.0, KNOWN + VARIED)), 1, range(50), 20)
    before = few["own.a"]
    more = person_parameters(build(("z", 1.0, KNOWN + VARIED), ("a", 2.0, KNOWN + VARIED)), 1, range(50), 20)
    assert np.array_equal(more["own.a"], before)
    assert not np.array_equal(more["own.z"], before / 2)


def test_person_takes_draw_number_modulo_draws(build) -> None:
    values = person_parameters(build(("a", 2.0, KNOWN)), 3, range(100), 20)
    assert np.array_equal(values.draw, np.arange(100) % 20)
    assert np.array_equal(values["own.a"][:20], values["own.a"][20:40])
    assert np.array_equal(values["own.a"][:20], values.typical_values("own.a"))
    assert np.unique(values["own.a"]).size == 20


def test_typical_holds_the_knowledge_but_people_still_differ(build) -> None:
    library = build(("a", 2.0, KNOWN), ("b", 2.0, KNOWN + VARIED))
    values = person_parameters(library, 3, range(20_000), 20, typical=True)
    assert np.all(values["own.a"] == 2.0)
    assert np.median(values["own.b"]) == pytest.approx(2.0, rel=0.01)
    assert np.log(values["own.b"]).std() == pytest.approx(0.3, rel=0.03)


def test_people_differ_by_the_distribution_between_them(build) -> None:
    values = person_parameters(build(("b", 2.0, VARIED)), 3, range(20_000), 20)
    assert np.log(values["own.b"]).std() == pytest.approx(0.3, rel=0.03)


def test_switch_gives_everybody_its_value(build) -> None:
    values = person_parameters(build(("b", 2.0, KNOWN + VARIED)), 3, range(10), 5, switches={"own.b": 0.0})
    assert np.all(values["own.b"] == 0.0)
    assert values.typical_values("own.b") == [0.0]


def test_unknown_switch_is_refused(build) -> None:
    with pytest.raises(EvidenceError):
        person_parameters(build(("b", 2.0, "")), 3, range(10), switches={"own.bb": 1.0})


def test_a_part_of_the_people_has_the_same_values(build) -> None:
    values = person_parameters(build(("a", 2.0, KNOWN + VARIED), ("c", 1.0, "")), 3, range(100), 7)
    part = values.take(30, 60)
    assert list(part) == ["own.a", "own.c"]
    assert len(part) == 2
    assert np.array_equal(part["own.a"], values["own.a"][30:60])
    assert part["own.c"].shape == (30,)


def test_only_asked_parameters_are_there(build) -> None:
    values = PersonParameters(build(("a", 2.0, ""), ("b", 2.0, "")), 3, range(4), ids=["own.b"])
    assert "own.a" not in values
    with pytest.raises(KeyError):
        values["own.a"]


def test_population_and_scales_stand_at_their_centre_but_not_the_responsiveness(library: Library) -> None:
    values = person_parameters(library, 1, range(10))
    assert "instruments.lsas_responsiveness" in values
    assert "instruments.lsas_error_sd" not in values
    assert "people.gad_loading" not in values
    assert "receptors.potency" in values


def test_occasions_differ_and_persons_do_not_depend_on_each_other(library: Library) -> None:
    own = library["people.occasion_sensitivity"]
    values = occasion_multipliers(library, 4, range(5000), 3)
    assert values.shape == (5000, 3)
    assert np.log(values).std() == pytest.approx(own.between_occasion.sd, rel=0.05)
    assert abs(np.corrcoef(values[:, 0], values[:, 1])[0, 1]) < 0.05
    assert np.array_equal(occasion_multipliers(library, 4, range(100, 110), 2), values[100:110, :2])
    assert occasion_multipliers(library, 4, range(3), 0).shape == (3, 0)


def test_a_published_model_that_stands_on_its_own_is_not_drawn():
    library = load_library()
    alternatives = {name for name in library.packs if library.pack(name).alternative}
    assert "perez_ruixo_2021" in alternatives
    assert not [x for x in varied_parameters(library) if x.partition(".")[0] in alternatives]
