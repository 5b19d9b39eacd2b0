"""The exact summary of models against closed forms, and against the summary of dense samples."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.evidence.library import load_library
from quell.mechanisms.network import LinearNetwork, NetworkError
from quell.mechanisms.network_parts import Tissue, connect, disposition, effect, first_order, parameter, transits
from quell.mechanisms.published_kinetics import PUBLISHED
from quell.simulation.concentrations import NetworkDose, concentrations
from quell.simulation.exposure import Exposure, exact_exposure
from quell.simulation.noncompartmental import summarise_profile

P = {"V": 20.0, "CL": 5.0, "KA": 1.5, "KTR": 3.0, "KE0": 0.8, "Q": 9.0, "V2": 50.0}
K, DOSE = 0.25, 100.0
V, CL, KA, KTR = (parameter(x) for x in ("V", "CL", "KA", "KTR"))
TISSUE = Tissue("tissue", parameter("Q"), parameter("V2"))
ONE = connect("one", "one", disposition("central", V, CL))
TWO = connect("two", "two", disposition("central", V, CL, (TISSUE,)))
ORAL = connect("oral", "oral", first_order("depot", "central", KA), disposition("central", V, CL))
CHAIN = connect("chain", "chain", transits(7, "central", KTR), disposition("central", V, CL, (TISSUE,)))


def exposure(network: LinearNetwork, entry: str = "central", values: dict | None = None, **options) -> Exposure:
    return exact_exposure(network, P | (values or {}), {}, entry=entry, output="central", dose=DOSE, **options)


def check(found: Exposure, expected: dict[str, float], rel: float = 1e-10) -> None:
    for name, value in expected.items():
        assert getattr(found, name)[0] == pytest.approx(value, rel=rel), name


def test_a_bolus():
    volume = P["V"]
    check(
        exposure(ONE, interval_h=6.0),
        {
            "cmax": DOSE / volume,
            "tmax": 0.0,
            "auc": DOSE / P["CL"],
            "aumc": DOSE / P["CL"] / K,
            "mrt": 1.0 / K,
            "half_life": log(2.0) / K,
            "clearance": P["CL"],
            "volume_z": volume,
            "volume_ss": volume,
            "auc_interval": DOSE / P["CL"] * (1.0 - exp(-6.0 * K)),
            "cmax_ss": DOSE / volume / (1.0 - exp(-6.0 * K)),
            "tmax_ss": 0.0,
            "cmin_ss": DOSE / volume * exp(-6.0 * K) / (1.0 - exp(-6.0 * K)),
            "trough": DOSE / volume * exp(-6.0 * K) / (1.0 - exp(-6.0 * K)),
            "average": DOSE / P["CL"] / 6.0,
            "fluctuation": 6.0 * K,
        }
        | dict.fromkeys(("accumulation", "accumulation_auc", "accumulation_cmax"), 1.0 / (1.0 - exp(-6.0 * K))),
    )


@pytest.mark.parametrize("hours", [0.5, 5.5])
def test_an_infusion(hours):
    top = DOSE / hours / P["CL"] * (1.0 - exp(-K * hours))
    steady = top / (1.0 - exp(-6.0 * K))
    expected = {"cmax": top, "tmax": hours, "auc": DOSE / P["CL"], "mrt": 1.0 / K, "volume_ss": P["V"]}
    expected |= {"cmax_ss": steady, "tmax_ss": hours, "trough": steady * exp(-K * (6.0 - hours))}
    check(exposure(ONE, infusion_h=hours, interval_h=6.0), expected)


def test_an_oral_dose():
    ka, tau = P["KA"], 8.0
    tmax = log(ka / K) / (ka - K)
    tmax_ss = log(ka * (1.0 - exp(-K * tau)) / (K * (1.0 - exp(-ka * tau)))) / (ka - K)
    scale = DOSE / P["V"] * ka / (ka - K)
    top = scale * (exp(-K * tmax_ss) / (1.0 - exp(-K * tau)) - exp(-ka * tmax_ss) / (1.0 - exp(-ka * tau)))
    found = exposure(ORAL, "depot", interval_h=tau)
    check(found, {"cmax": DOSE / P["V"] * exp(-K * tmax), "mrt": 1.0 / K + 1.0 / ka, "cmax_ss": top})
    check(found, {"half_life": log(2.0) / K, "clearance": P["CL"]})
    check(found, {"tmax": tmax, "tmax_ss": tmax_ss}, rel=1e-9)
    assert np.isnan(found.volume_ss[0])


def test_absorption_as_fast_as_elimination():
    found = exposure(ORAL, "depot", {"KA": K})
    check(found, {"tmax": 1.0 / K, "cmax": DOSE / P["V"] * exp(-1.0), "mrt": 2.0 / K, "half_life": log(2.0) / K}, 1e-7)


def test_slow_absorption_sets_the_half_life():
    check(exposure(ORAL, "depot", {"KA": 0.05}), {"half_life": log(2.0) / 0.05})


def test_a_tissue():
    k10, k12, k21 = P["CL"] / P["V"], P["Q"] / P["V"], P["Q"] / P["V2"]
    total = k10 + k12 + k21
    slow = (total - sqrt(total**2 - 4.0 * k10 * k21)) / 2.0
    check(
        exposure(TWO), {"rate": slow, "volume_ss": P["V"] + P["V2"], "clearance": P["CL"], "volume_z": P["CL"] / slow}
    )


def test_equal_transits_add_their_mean_time():
    found = exposure(CHAIN, "transit_1")
    check(found, {"mrt": (P["V"] + P["V2"]) / P["CL"] + 7.0 / P["KTR"], "auc": DOSE / P["CL"]})
    check(exposure(CHAIN, "transit_1", {"KTR": 0.05}), {"rate": 0.05})


def test_an_effect_site_peaks_later():
    network = connect("e", "e", disposition("central", V, CL), effect("central", V, parameter("KE0")))
    found = exact_exposure(network, P, {}, entry="central", output="effect", dose=DOSE)
    check(found, {"tmax": log(P["KE0"] / K) / (P["KE0"] - K), "auc": DOSE / P["CL"]}, rel=1e-9)


def test_everybody_has_a_number():
    people = {"CL": np.array([2.0, 5.0, 11.0]), "V": np.array([10.0, 20.0, 30.0])}
    found = exact_exposure(ONE, people, {}, entry="central", output="central", dose=DOSE, interval_h=12.0)
    np.testing.assert_allclose(found.auc, DOSE / people["CL"], rtol=1e-12)
    np.testing.assert_allclose(found.half_life, log(2.0) * people["V"] / people["CL"], rtol=1e-12)


def test_no_interval_no_steady_state():
    found = exposure(ONE)
    assert np.isnan(found.cmax_ss[0])
    assert np.isnan(found.accumulation[0])


@pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.name)
@pytest.mark.parametrize("hours", [0.0, 2.0 / 3.0])
def test_dense_samples_of_published_models_say_the_same(model, hours):
    """On 2,400 samples to ten half-lives: areas within 1e-4, peaks 1e-4, clearance 1e-4, MRT 1e-3, half-life 1 %."""
    parameters = {x.name: x.value for x in load_library().parameters(model.pack)}
    options = {"entry": model.dosed, "output": model.observed, "dose": 35.0, "infusion_h": hours}
    exact = exact_exposure(model.network, parameters, model.covariates, **options)
    end = 10.0 * exact.half_life[0]
    times = np.concatenate([np.linspace(0.0, hours or 1.0, 801), (hours or 1.0) + np.geomspace(1e-3, end, 1600)])
    dose = NetworkDose(0.0, model.dosed, 35.0, hours)
    reading = model.network.output_names.index(model.observed)
    values = concentrations(model.network, parameters, model.covariates, [dose], times)[:, reading, 0]
    route = "infusion" if hours else "bolus"
    found = summarise_profile(times, values, 35.0, route=route, infusion_h=hours)
    for name, other, rel in (
        ("auc_inf", "auc", 1e-4),
        ("cmax", "cmax", 1e-4),
        ("clearance", "clearance", 1e-4),
        ("mrt", "mrt", 1e-3),
        ("half_life", "half_life", 1e-2),
    ):
        assert getattr(found, name) == pytest.approx(getattr(exact, other)[0], rel=rel), name
    assert found.tmax == pytest.approx(exact.tmax[0], abs=2e-3)


@given(
    clearance=st.floats(0.5, 50.0),
    volume=st.floats(2.0, 200.0),
    ka=st.floats(0.05, 20.0),
    tau=st.floats(1.0, 48.0),
    hours=st.sampled_from((0.0, 0.5)),
)
def test_laws_of_repeated_doses(clearance, volume, ka, tau, hours):
    values = {"CL": clearance, "V": volume, "KA": ka}
    found = exposure(ORAL, "depot", values, interval_h=tau, infusion_h=hours)
    assert found.average[0] * tau == pytest.approx(found.auc[0], rel=1e-9)
    assert found.cmin_ss[0] <= found.average[0] <= found.cmax_ss[0]
    assert found.accumulation_auc[0] >= 1.0 - 1e-9
    assert found.auc[0] == pytest.approx(DOSE / clearance, rel=1e-9)


@pytest.mark.parametrize(
    ("network", "options", "words"),
    [
        (ONE, {"entry": "depot"}, "no input 'depot'; known: central"),
        (ORAL, {"infusion_h": 5.0, "interval_h": 4.0}, "an infusion of 5 h does not fit an interval of 4 h"),
        (connect("kept", "kept", disposition("central", V, None)), {}, "never leaves"),
    ],
)
def test_what_has_no_summary_is_refused(network, options, words):
    with pytest.raises(NetworkError, match=words):
        exposure(network, **options)


def test_a_dose_that_is_never_seen_is_refused():
    both = connect("both", "both", disposition("central", V, CL), disposition("other", V, CL))
    with pytest.raises(NetworkError, match="what enters 'other' never comes to 'central'"):
        exposure(both, "other")
    with pytest.raises(NetworkError, match="no output 'nothing'"):
        exact_exposure(both, P, {}, entry="other", output="nothing")
