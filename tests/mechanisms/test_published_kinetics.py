"""Published models: as their sources print them, and beside what was measured."""

import numpy as np
import pytest
from scripts.write_published_kinetics import OBSERVATIONS, PAGE, observations, prediction, profile, rewritten, values_of

from quell.evidence.library import load_library
from quell.mechanisms.network import elimination
from quell.mechanisms.published_kinetics import PUBLISHED
from quell.simulation.exposure import exact_exposure

MODELS = {model.name: model for model in PUBLISHED}
PEERS = {"domino-1982": (240, 55), "clements-1981": (177, 115), "kamp-2020": (253, 96)}
"""0.5 mg/kg over 40 min: end of infusion and 20 min later, ng/mL, as other programs compute it with these values."""

each_model = pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.name)


def model_and_people(name: str, **person: float):
    model = MODELS[name]
    return model, values_of(model), dict(model.covariates) | person


class Recorder:
    """Values by name, noting which are read."""

    def __init__(self, values: dict[str, float]) -> None:
        self._values, self.read = values, set[str]()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return self._values[name]


@pytest.mark.parametrize("name", PEERS)
def test_other_programs_say_the_same(name):
    found = profile(MODELS[name], "IV", 35.0, 2.0 / 3.0, 70.0, np.array([2.0 / 3.0, 1.0]), "central")
    assert tuple(round(x) for x in found) == PEERS[name]


@pytest.mark.parametrize(
    ("name", "weight", "clearance", "volume"),
    [
        ("kamp-2020", 70.0, 84.0, 25.0 + 56.0 + 157.0),
        ("kamp-2020", 105.0, 84.0 * 1.5**0.75, 238.0 * 1.5),
        ("otto-2021", 70.0, 95.2, 133.0 + 187.0 + 98.8),
        ("otto-2021", 105.0, 95.2 * 1.5**0.75, 133.0 * 1.5 + 187.0 + 98.8),
        ("domino-1982", 70.0, 0.4381 * 60.0 * 0.063 * 70.0, 0.063 * 70.0 * (1.0 + 0.5921 / 0.247 + 0.59 / 0.0146)),
        ("clements-1981", 70.0, 0.0109 * 60.0 * 1.7522 * 70.0, 1.7522 * 70.0 * (1.0 + 0.0186 / 0.0137)),
    ],
)
def test_clearance_and_volume_by_arithmetic(name, weight, clearance, volume):
    model, values, people = model_and_people(name, weight=weight)
    found = exact_exposure(model.network, values, people, entry="central", output="central")
    assert found.clearance[0] == pytest.approx(clearance, rel=1e-9)
    assert found.volume_ss[0] == pytest.approx(volume, rel=1e-9)


def test_perez_ruixo_as_the_abstract_has_it():
    """Clearance 114 L/h, Vss 752 L, 18.6 % of a swallowed dose; from the rounded table 109, 760 and 17.9 %."""
    model, values, people = model_and_people("perez-ruixo-2021")
    vein, gut = (
        exact_exposure(model.network, values, people, entry=entry, output="central") for entry in ("central", "gut")
    )
    intrinsic = 101.0 * (1.11 + 2.77)
    extraction = intrinsic / (151.0 + intrinsic)
    assert vein.clearance[0] == pytest.approx(151.0 * extraction, rel=1e-9)
    assert vein.clearance[0] == pytest.approx(114.0, rel=0.05)
    assert vein.volume_ss[0] == pytest.approx(752.0, rel=0.02)
    assert gut.auc[0] / vein.auc[0] == pytest.approx(0.64 * (1.0 - extraction), rel=1e-9)
    assert gut.auc[0] / vein.auc[0] == pytest.approx(0.186, rel=0.05)


def test_perez_ruixo_covariates():
    model, values, _ = model_and_people("perez-ruixo-2021")

    def clearance(**person: float) -> float:
        people = dict(model.covariates) | person
        return exact_exposure(model.network, values, people, entry="central", output="central").clearance[0]

    liver = 151.0 - 20.0 * 2.19
    intrinsic = 101.0 * 3.88
    assert clearance(age=80.0) == pytest.approx(liver * intrinsic / (liver + intrinsic), rel=1e-9)
    assert clearance(age=60.0) == clearance(age=20.0)
    less = 101.0 * (0.36 * 1.11 + 2.77)
    assert clearance(asian=1.0) == pytest.approx(151.0 * less / (151.0 + less), rel=1e-9)


@pytest.mark.parametrize("dose", [28.0, 56.0, 84.0])
def test_perez_ruixo_reproduces_its_own_table(dose):
    rows = [x for x in observations() if x["route"] == "intranasal" and float(x["dose_mg"]) == dose]
    for row in (x for x in rows if x["analyte"] == "ketamine"):
        assert prediction(MODELS["perez-ruixo-2021"], row) == pytest.approx(float(row["observed"]), rel=0.013)


@each_model
def test_the_pack_holds_what_formulas_read_and_nothing_else(model):
    values, people = Recorder(values_of(model) | {"dose": 84.0}), Recorder(dict(model.covariates) | {"dose": 84.0})
    network = model.network
    for formula in [x.rate for x in (*network.transfers, *network.links)]:
        formula(people, values, np)
    shares = [share for x in network.transfers for share in x.to.values()]
    weights = [weight for x in network.outputs for weight in x.weights.values()]
    parts = [part for parts in model.routes.values() for part in parts]
    durations = [part.zero_order_h for part in parts if part.zero_order_h]
    for formula in (*shares, *weights, *(part.fraction for part in parts), *durations):
        formula(people, values, np)
    assert people.read - {"dose"} == set(model.covariates)
    if model.pack != "kinetics":
        assert values.read == set(values_of(model))


@each_model
def test_every_part_of_a_dose_is_accounted_for(model):
    lost = elimination(model.network, values_of(model), dict(model.covariates), np)
    assert all(np.all(np.asarray(x) >= -1e-12) for x in lost.values())
    for route in model.routes.values():
        person = Recorder(dict(model.covariates) | {"dose": 84.0})
        assert sum(x.fraction(person, Recorder(values_of(model)), np) for x in route) == pytest.approx(1.0)


@each_model
def test_a_dose_can_enter_every_compartment_that_holds_drug(model):
    massless = {x.target for x in model.network.links}
    assert set(model.network.input_names) == set(model.network.compartment_names) - massless
    assert model.dosed in model.network.input_names
    assert model.observed in model.network.output_names
    assert {x.unit for x in model.network.outputs} == {"mg/L"}


def test_values_that_nobody_saw_are_graded_so():
    for name in ("domino_1982", "clements_1981"):
        assert {x.grade for x in load_library().parameters(name)} == {"recalled"}
    assert {x.name for x in load_library().parameters("kamp_2020") if x.grade == "measured"} == {"reference_weight"}


@pytest.mark.parametrize("row", observations(), ids=lambda row: f"{row['study']} {row['what']} {row['time_h']}")
def test_an_observation_has_a_source_and_one_model_within_a_third_of_it(row):
    assert load_library().source(row["source"])
    assert row["place"]
    found = [x for x in (prediction(model, row) for model in PUBLISHED) if x is not None]
    nearest = min(found, key=lambda x: abs(np.log(x / float(row["observed"]))))
    if row["study"] == "Grant 1981":
        assert nearest < 0.6 * float(row["observed"]), "the page says that nobody reaches it"
    elif row["analyte"] == "norketamine" and row["what"] == "area to 24 h":
        assert nearest == pytest.approx(1.47 * float(row["observed"]), rel=0.02), "the page says 1.5 times"
    else:
        assert nearest == pytest.approx(float(row["observed"]), rel=1.0 / 3.0)


def test_the_page_is_what_the_script_writes():
    assert OBSERVATIONS.exists()
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page) == page
    assert page.count("\n| `") >= 2 * len(PUBLISHED)
