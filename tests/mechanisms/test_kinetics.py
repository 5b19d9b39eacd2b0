"""The ketamine and midazolam networks against what was published, and their declaration against the pack."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.simulation.kinetic_people import REFERENCE_PERSON, doses_of, random_people, typical_parameters

from quell.conventions.inputs import COVARIATES
from quell.conventions.units import dimension
from quell.evidence.library import load_library
from quell.mechanisms.kinetics import KINETICS, NETWORKS, ROUTES
from quell.mechanisms.network_structure import coefficients, input_matrix, output_matrix, rate_matrix
from quell.protocols.treatments import DRUGS
from quell.simulation.concentrations import concentrations

FINE = np.linspace(0.0, 48.0, 48 * 30 + 1)
AS_PUBLISHED = {"norketamine_formation": 0.80}
ENANTIOMERS = ("s", "r")


def run(
    drug: str, route: str, mg: float, hours: float, times: Any, changed: dict[str, float] | None = None, **person: float
) -> dict[str, np.ndarray]:
    """Every output and signal of the typical person, ``(time,)``."""
    parameters, covariates = typical_parameters() | (changed or {}), REFERENCE_PERSON | person
    doses = doses_of(drug, route, mg, hours, parameters, covariates)
    values: dict[str, np.ndarray] = {}
    for network in NETWORKS:
        found = concentrations(network, parameters, covariates, doses.get(network.name, []), np.atleast_1d(times))
        values |= {name: found[:, k, 0] for k, name in enumerate(network.output_names)}
    for signal in KINETICS.signals:
        values[signal.name] = signal.value(SimpleNamespace(**values), SimpleNamespace(**parameters), np)
    return values


def area(values: np.ndarray) -> float:
    """Area under a curve over 48 h, ng h/mL."""
    return float(np.trapezoid(values, FINE))


def areas_per_mg(network: Any, parameters: Any, covariates: Any) -> np.ndarray:
    """Area to infinity of each output per mg into each input, ``(lane, output, input)``: C (-A)^-1 B."""
    numbers = coefficients(network, parameters, covariates, np)
    return output_matrix(numbers, np) @ np.linalg.solve(-rate_matrix(numbers, np), input_matrix(network, np)[None])


def vein_and_gut(changed: dict[str, float]) -> tuple[float, float]:
    """S-ketamine's area per mg into a vein and by mouth."""
    per_mg = areas_per_mg(NETWORKS[0], typical_parameters() | changed, REFERENCE_PERSON)[0, 0]
    names = NETWORKS[0].input_names
    return per_mg[names.index("vein")], per_mg[names.index("gut")]


def choice_of(switch: str, choice: str) -> dict[str, float]:
    """Parameters that a choice sets."""
    return dict(next(s for s in KINETICS.switches if s.name == switch).choices[choice])


# ----------------------------------------------------------------------------------- predictive checks, published data


@pytest.mark.parametrize(
    ("what", "predicted", "digits"),
    [
        ("infusion, venous", 198, 0),
        ("infusion, arterial", 294.5, 1),
        ("5 mg, peak", 32.7, 1),
        ("5 mg, area", 59, 0),
        ("5 mg, norketamine over ketamine, as published", 1.1, 1),
        ("5 mg, norketamine over ketamine", 1.4, 1),
        ("oral, peak", 25, 0),
        ("nasal 28 mg", 57, 0),
        ("nasal 56 mg", 98, 0),
        ("nasal 84 mg", 139, 0),
        ("nasal 28 mg, noresketamine", 39, 0),
        ("nasal 56 mg, noresketamine", 80, 0),
        ("nasal 84 mg, noresketamine", 121, 0),
    ],
)
def test_predictive_check_of_the_evidence_review(what, predicted, digits, predictions):
    assert round(predictions[what], digits) == predicted


@pytest.fixture(scope="module")
def predictions() -> dict[str, float]:
    end = run("ketamine", "IV", 35.0, 2 / 3, 2 / 3)
    small = run("ketamine", "IV", 5.0, 0.5, FINE)
    small_published = run("ketamine", "IV", 5.0, 0.5, FINE, AS_PUBLISHED)
    sprays = {mg: run("esketamine", "intranasal", mg, 0.0, FINE, AS_PUBLISHED) for mg in (28, 56, 84)}
    return {
        "infusion, venous": end["venous_ketamine"][0],
        "infusion, arterial": end["arterial_ketamine"][0],
        "5 mg, peak": run("ketamine", "IV", 5.0, 0.5, 0.5)["venous_ketamine"][0],
        "5 mg, area": area(small["venous_ketamine"]),
        "5 mg, norketamine over ketamine": area(small["venous_norketamine"]) / area(small["venous_ketamine"]),
        "5 mg, norketamine over ketamine, as published": area(small_published["venous_norketamine"])
        / area(small_published["venous_ketamine"]),
        "oral, peak": run("ketamine", "oral", 35.0, 0.0, FINE)["venous_ketamine"].max(),
        **{f"nasal {mg} mg": x["venous_ketamine"].max() for mg, x in sprays.items()},
        **{f"nasal {mg} mg, noresketamine": x["venous_norketamine"].max() for mg, x in sprays.items()},
    }


def test_end_of_the_standard_infusion_lies_within_the_published_range():
    """Krystal 1994 and Zarate 2006, as read in Zanos 2018: 100 to 250, about 185 ng/mL."""
    found = run("ketamine", "IV", 35.0, 2 / 3, 2 / 3)
    assert 100.0 < found["venous_ketamine"][0] < 250.0
    assert found["arterial_ketamine"][0] > found["venous_ketamine"][0]


def test_end_of_the_standard_infusion_in_nine_of_ten_people():
    """Between people and with what is not known, 90 % stay within a factor of two of the middle."""
    parameters, covariates = random_people(2000, seed=17)
    total = 0.0
    doses = doses_of("ketamine", "IV", 0.5 * covariates["weight"], 2 / 3, parameters, covariates)
    for name in ("s_ketamine", "r_ketamine"):
        network = KINETICS.network(name)
        venous = network.output_names.index(f"venous_{name}")
        total = total + concentrations(network, parameters, covariates, doses[name], [2 / 3], "modes")[0, venous]
    low, middle, high = np.quantile(total, [0.05, 0.5, 0.95])
    assert 170.0 < middle < 230.0
    assert low > middle / 2.0
    assert high < middle * 2.0


@pytest.mark.parametrize(
    ("changed", "expected"), [(AS_PUBLISHED, [15.3, 11.8, 8.7, 5.3]), ({}, [19.1, 14.7, 10.9, 6.6])]
)
def test_norketamine_of_another_laboratory(changed, expected):
    """CHDR1311, digitised by third parties: 23, 16, 11, 6.5 ng/mL at 1, 3, 6, 10 h after 10 mg over 30 min."""
    found = run("esketamine", "IV", 10.0, 0.5, [1.0, 3.0, 6.0, 10.0], changed, weight=68.0)["venous_norketamine"]
    assert np.round(found, 1).tolist() == expected
    assert np.all(np.abs(found / [23.0, 16.0, 11.0, 6.5] - 1.0) < (0.35 if changed else 0.18))


KAMP_H = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.167, 3.5, 4.0, 5.0])
KAMP_S = [0.1279, 0.1888, 0.2223, 0.3208, 0.4355, 0.536, 0.9137, 1.0335, 0.5289, 0.4102, 0.3269, 0.2406]
"""Arterial S-ketamine, uM, digitised: 0.14, 0.28, 0.57 mg/kg/h for an hour each."""


def test_arterial_curve_of_another_group():
    parameters = typical_parameters()
    doses = []
    for hour, rate in enumerate((0.14, 0.28, 0.57)):
        doses += doses_of("esketamine", "IV", rate * 70.0, 1.0, parameters, REFERENCE_PERSON, at_h=hour)["s_ketamine"]
    found = concentrations(NETWORKS[0], parameters, REFERENCE_PERSON, doses, KAMP_H)[:, 0, 0]
    assert round(float(np.median(np.abs(found / KAMP_S - 1.0))), 2) == 0.12


def test_the_data_the_disposition_was_fitted_to():
    """Simons 2022: arterial peaks of 260 and 273 ng/mL after 20 mg over 20 min; film 50 mg: 96, 276, 101 ng/mL."""
    infusion = run("esketamine", "IV", 20.0, 1 / 3, 1 / 3)["arterial_ketamine"][0]
    assert 255.0 < infusion < 280.0
    film = run("esketamine", "sublingual", 50.0, 0.0, FINE)
    assert film["arterial_ketamine"].max() == pytest.approx(96.0, rel=0.15)
    assert film["s_norketamine"].max() * 223.70 == pytest.approx(276.0, rel=0.25)
    assert film["s_hydroxynorketamine"].max() * 239.70 == pytest.approx(101.0, rel=0.25)


# ------------------------------------------------------------------------------------------ liver, enantiomers, people


def test_oral_bioavailability():
    vein, gut = vein_and_gut({})
    assert gut / vein == pytest.approx(0.64 * 0.29, rel=1e-12)
    assert round(gut / vein, 3) == 0.186


@pytest.mark.parametrize(
    ("choice", "intravenous", "oral"),
    [("rifampicin", 0.85, 0.14), ("ticlopidine", 1.40, 2.4), ("clarithromycin", None, 2.6)],
)
def test_interactions_have_the_published_size(choice, intravenous, oral):
    """Peltoniemi 2011 and 2012, Hagelberg 2010: ratios of areas, from abstracts."""
    changed = zip(vein_and_gut(choice_of("interaction", choice)), vein_and_gut({}), strict=True)
    vein, gut = (with_drug / alone for with_drug, alone in changed)
    assert intravenous is None or vein == pytest.approx(intravenous, abs=0.02)
    assert gut == pytest.approx(oral, rel=0.03)


def test_rifampicin_halves_norketamine_while_it_is_sampled():
    """Noppers 2011: area 0.5 of the control's, here over two hours of infusion and three more."""
    hours = np.linspace(0.0, 5.0, 501)
    alone, induced = (
        np.trapezoid(run("esketamine", "IV", 40.0, 2.0, hours, changed)["s_norketamine"], hours)
        for changed in ({}, choice_of("interaction", "rifampicin"))
    )
    assert induced / alone == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("alleles", "ratio"), [(0.0, 1.0), (1.0, 40.6 / 68.1), (2.0, 21.6 / 68.1)])
def test_genotype_by_choice_only(alleles, ratio):
    changed = choice_of("CYP2B6", "Li 2015")
    person = REFERENCE_PERSON | {"cyp2b6_star6": alleles}
    wild = areas_per_mg(NETWORKS[0], typical_parameters(), REFERENCE_PERSON)[0, 0, 0]
    default = areas_per_mg(NETWORKS[0], typical_parameters(), person)[0, 0, 0]
    chosen = areas_per_mg(NETWORKS[0], typical_parameters() | changed, person)[0, 0, 0]
    assert default == wild
    assert wild / chosen == pytest.approx(ratio, abs=0.01)


def test_enantiomers():
    """R clears 0.91 times as fast; its share of hydroxynorketamine is about two thirds; nothing inverts."""
    s, r = (areas_per_mg(n, typical_parameters(), REFERENCE_PERSON)[0, :, 0] for n in NETWORKS[:2])
    assert s[0] / r[0] == pytest.approx(0.91, abs=0.005)
    assert r[2] / (r[2] + s[2]) == pytest.approx(0.655, abs=0.005)
    assert r[1] / s[1] == pytest.approx(1.0 / 0.86, rel=1e-9)
    found = run("esketamine", "IV", 20.0, 0.5, [1.0])
    assert found["s_ketamine"][0] > 0.0
    assert found["r_ketamine"][0] == found["venous_r_hydroxynorketamine"][0] == 0.0


def test_a_racemate_is_half_a_dose_of_each():
    racemate = run("ketamine", "intranasal", 56.0, 0.0, [1.0, 5.0])
    s, r = (run(drug, "intranasal", 28.0, 0.0, [1.0, 5.0], {"nasal_device_dose": 14.0}) for drug in
            ("esketamine", "arketamine"))  # fmt: skip
    assert np.allclose(racemate["s_ketamine"], s["s_ketamine"], rtol=1e-12)
    assert np.allclose(racemate["r_norketamine"], r["r_norketamine"], rtol=1e-12)
    assert np.allclose(racemate["venous_ketamine"], s["venous_ketamine"] + r["venous_ketamine"], rtol=1e-12)


def test_women_clear_faster_around_the_published_middle():
    man, middle, woman = (
        areas_per_mg(NETWORKS[0], typical_parameters(), REFERENCE_PERSON | {"female": f})[0, :2, 0]
        for f in (0.0, 0.5, 1.0)
    )
    assert np.allclose(man / woman, 1.2, rtol=1e-12)
    assert np.allclose(man / middle, np.sqrt(1.2), rtol=1e-12)


def test_size_and_age():
    base, heavy, old = (
        areas_per_mg(NETWORKS[0], typical_parameters(), REFERENCE_PERSON | x)[0, 0, 0]
        for x in ({}, {"weight": 140.0}, {"age": 80.0})
    )
    assert base / heavy == pytest.approx(2.0**0.75, rel=1e-12)
    kept = 1.0 - 20.0 * 2.19 / 151.0
    flow, intrinsic = 88.8 / 0.71 * kept, 88.8 / 0.29
    assert base / old == pytest.approx(flow * intrinsic / (flow + intrinsic) / 88.8, rel=1e-3)
    older, oldest = (
        areas_per_mg(NETWORKS[0], typical_parameters(), REFERENCE_PERSON | {"age": a})[0, 0, 0] for a in (109.0, 140.0)
    )
    assert older == oldest


def test_clearance_varies_between_people_as_published():
    """Log variance 0.029, through the liver: by intrinsic clearance alone."""
    record = load_library()["kinetics.intrinsic_clearance"]
    drawn = record.person(np.ones(20_000), np.random.default_rng(3).standard_normal(20_000))
    area_per_mg = areas_per_mg(NETWORKS[0], typical_parameters() | {"intrinsic_clearance": drawn}, REFERENCE_PERSON)
    assert np.var(np.log(area_per_mg[:, 0, 0])) == pytest.approx(0.029, rel=0.05)


def test_areas_follow_from_clearances_alone():
    p = typical_parameters()
    s = areas_per_mg(NETWORKS[0], p, REFERENCE_PERSON)[0]
    molar = 1000.0 / p["molar_mass_ketamine"]
    assert s[0, 0] == pytest.approx(molar / p["clearance"], rel=1e-12)
    assert s[1, 0] == pytest.approx(molar * p["norketamine_formation"] / p["norketamine_clearance"], rel=1e-12)
    assert s[2, 0] == pytest.approx(
        molar * p["hydroxynorketamine_formation"] / p["hydroxynorketamine_clearance"], rel=1e-12
    )
    assert s[3, 0] == pytest.approx(1000.0 / p["clearance"], rel=1e-12)  # a delay leaves the venous area alone


def test_midazolam():
    """Pecking 2002: half-life 2.9 (SD 0.7) h; under the skin 0.1 mg/kg peaks at 0.51 h. Muscle peaks at 20 min."""
    late = run("midazolam", "IV", 7.0, 0.0, [8.0, 12.0])["midazolam"]
    assert 4.0 * np.log(2.0) / np.log(late[0] / late[1]) == pytest.approx(2.9, abs=0.7)
    skin = run("midazolam", "SC", 7.0, 0.0, FINE)["midazolam"]
    muscle = run("midazolam", "IM", 5.0, 0.0, FINE)["midazolam"]
    assert FINE[skin.argmax()] == pytest.approx(0.51, abs=0.03)
    assert FINE[muscle.argmax()] == pytest.approx(1 / 3, abs=0.03)
    assert not run("midazolam", "IV", 7.0, 0.0, [1.0])["s_ketamine"].any()


# --------------------------------------------------------------------------------------------------------- declaration


class Recorder:
    """Values that note what is read."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values, self.read = values, set[str]()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return self.values[name]


def test_every_parameter_of_the_pack_is_read_and_every_covariate_declared():
    p, v = Recorder(typical_parameters()), Recorder(REFERENCE_PERSON | {"dose": 30.0})
    for network in NETWORKS:
        coefficients(network, p, v, np)
    for parts in ROUTES.values():
        for part in parts:
            part.fraction(v, p, np)
            if part.zero_order_h:
                part.zero_order_h(v, p, np)
    outputs = SimpleNamespace(**dict.fromkeys(KINETICS.writes, 1.0))
    for signal in KINETICS.signals:
        signal.value(outputs, p, np)
    assert p.read == set(typical_parameters())
    assert v.read - {"dose"} == set(KINETICS.reads) <= set(COVARIATES)


def test_switches_set_parameters_of_the_pack_within_their_range():
    for switch in KINETICS.switches:
        assert switch.choices[switch.default] == {}
        for choice in switch.choices.values():
            for name, value in choice.items():
                low, high = load_library()[f"kinetics.{name}"].range
                assert low <= value <= high


def test_every_drug_with_kinetics_has_its_routes():
    kinetic = {name: x for name, x in DRUGS.items() if x.kind == "kinetic"}
    assert {(name, route) for name, x in kinetic.items() for route in x.routes} == set(ROUTES)


@pytest.mark.parametrize("dose", [1.0, 28.0, 40.0, 84.0, 500.0])
def test_no_route_gives_more_than_the_dose(dose):
    p, v = SimpleNamespace(**typical_parameters()), SimpleNamespace(**REFERENCE_PERSON, dose=dose)
    for key, parts in ROUTES.items():
        shares = [part.fraction(v, p, np) for part in parts]
        assert all(share >= 0.0 for share in shares)
        assert sum(shares) <= 1.0 + 1e-12, key
        for part in parts:
            assert part.entry in KINETICS.network(part.network).input_names


def test_units_are_known_and_names_distinct():
    assert len(set(KINETICS.writes)) == len(KINETICS.writes)
    for network in NETWORKS:
        assert {dimension(x.unit) for x in network.compartments} == {"mass"}
        assert {x.unit for x in network.outputs} <= {"uM", "ng/mL"}


def test_what_others_read_is_written():
    for letter in ENANTIOMERS:
        for analyte in ("ketamine", "norketamine", "hydroxynorketamine"):
            assert f"{letter}_{analyte}" in KINETICS.writes
    assert {"midazolam", "arterial_ketamine", "venous_ketamine", "venous_norketamine"} <= set(KINETICS.writes)
    assert "venous_hydroxynorketamine" in KINETICS.writes
