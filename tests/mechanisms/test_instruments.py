"""Rating scales: laws of a score, definitions at their boundaries, the published anchors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.conventions import dimensions
from quell.conventions.errors import StudyError
from quell.evidence.library import load_library
from quell.mechanisms.instruments import (
    CALM,
    GENERAL,
    INSTRUMENTS,
    PRIMARY,
    Instrument,
    clinical_improvement,
    clinical_severity,
    deviation_name,
    important_difference,
    normal_and_true,
    remission_definition,
    remits,
    responds,
    response_definition,
    score,
)

LIBRARY = load_library()
MAPPED = [scale for scale in INSTRUMENTS.values() if scale.mapping]
mapped = st.sampled_from(MAPPED)
levels = st.floats(-60, 160)
relief = st.floats(-2, 10)


def latents(
    scale: Instrument, severity: np.ndarray, calm: float = 0.0, deviation: float = 0.0
) -> dict[str, np.ndarray]:
    constant = {CALM: np.full_like(severity, calm), deviation_name(scale): np.full_like(severity, deviation)}
    return {**dict.fromkeys(scale.reads, severity), **constant}


def one(scale: Instrument, normal: float, true: float, r: float, f: float = 0.0, e: float = 0.0, **more: bool) -> float:
    return float(score(scale, np.array([normal]), np.array([true]), r, f, e, LIBRARY, **more)[0])


def test_every_instrument_of_the_study_file_exists_and_no_other() -> None:
    assert set(INSTRUMENTS) == {*dimensions.INSTRUMENTS, "CADSS"}
    assert list(INSTRUMENTS)[: len(dimensions.INSTRUMENTS)] == list(dimensions.INSTRUMENTS)
    assert set(dimensions.DISORDERS) <= set(PRIMARY)
    assert all(INSTRUMENTS[name].mapping for name in PRIMARY.values())


@pytest.mark.parametrize(
    ("name", "low", "high", "recall_days", "rater", "relief_seen"),
    [
        ("HAM-A", 0, 56, 7, "clinician", "relief_past"),
        ("GAD-7", 0, 21, 14, "self", "relief_past"),
        ("LSAS", 0, 144, 7, "clinician", "relief_past"),
        ("PDSS", 0, 28, 30, "clinician", "relief_past"),
        ("SSAI", 20, 80, 0, "self", "relief_now"),
        ("VAS anxiety", 0, 100, 0, "self", "relief_now"),
        ("PHQ-9", 0, 27, 14, "self", "relief_past"),
        ("CAPS-5", 0, 80, 30, "clinician", "relief_past"),
        ("Y-BOCS", 0, 40, 7, "clinician", "relief_past"),
    ],
)
def test_ranges_and_windows(
    name: str, low: float, high: float, recall_days: float, rater: str, relief_seen: str
) -> None:
    scale = INSTRUMENTS[name]
    assert scale.range(LIBRARY) == (low, high)
    assert scale.number("recall", LIBRARY) == 24 * recall_days
    assert (scale.rater, scale.relief) == (rater, relief_seen)


@given(mapped, levels, levels, relief, st.floats(-4, 4), st.floats(-40, 40))
def test_scores_are_whole_and_in_range(
    scale: Instrument, normal: float, true: float, r: float, f: float, e: float
) -> None:
    low, high = scale.range(LIBRARY)
    value = one(scale, normal, true, r, f, e)
    assert low <= value <= high
    assert value == round(value)


@given(mapped, st.floats(0, 40), levels, levels, relief, st.floats(-4, 4))
def test_worse_true_level_never_scores_lower(
    scale: Instrument, normal: float, true: float, other: float, r: float, f: float
) -> None:
    better, worse = sorted((true, other))
    assert one(scale, normal, better, r, f) <= one(scale, normal, worse, r, f)


@given(mapped, st.floats(0, 40), levels, relief, relief, st.floats(-4, 4))
def test_more_relief_never_scores_higher(
    scale: Instrument, normal: float, true: float, r: float, other: float, f: float
) -> None:
    less, more = sorted((r, other))
    assert one(scale, normal, true, more, f) <= one(scale, normal, true, less, f)


@given(mapped, st.floats(0, 40), levels, st.floats(0, 10), st.floats(-4, 4), st.floats(-10, 10))
def test_nobody_gains_more_than_the_excess_over_normal(
    scale: Instrument, normal: float, true: float, r: float, f: float, e: float
) -> None:
    gain = one(scale, normal, true, 0.0, f, e, measured=False) - one(scale, normal, true, r, f, e, measured=False)
    assert -1e-9 <= gain <= max(true - normal, 0) + 1e-9
    written = one(scale, normal, true, 0.0, f, e) - one(scale, normal, true, r, f, e)
    assert written <= max(true - normal, 0) + 1


def test_the_course_is_the_formula() -> None:
    scale = INSTRUMENTS["LSAS"]
    rho, sd = (scale.number(name, LIBRARY) for name in ("responsiveness", "fluctuation_sd"))
    expected = 10 + 70 * np.exp(-rho * 0.6) + sd * 1.5
    assert one(scale, 10, 80, 0.6, 1.5, 99.0, measured=False) == pytest.approx(expected)
    assert one(scale, 10, 80, 0.6, 1.5, 4.0) == round(expected + 4.0)


def test_normal_anxiety_is_the_floor_of_what_is_written_down() -> None:
    assert one(INSTRUMENTS["HAM-A"], 4.2, 30, 50.0, -3.0, -3.0) == 4
    assert one(INSTRUMENTS["HAM-A"], 4.2, -15, 0.0) == 4
    assert one(INSTRUMENTS["HAM-A"], 4.2, -15, 0.0, measured=False) == -15


def test_persons_and_visits_broadcast_and_order_of_people_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    scale = INSTRUMENTS["HAM-A"]
    normal, true, rho = rng.uniform(0, 6, 40), rng.uniform(5, 45, 40), rng.uniform(0.5, 2, 40)
    r, f, e = rng.uniform(0, 2, (40, 5)), rng.normal(size=(40, 5)), rng.normal(size=(40, 5))
    parameters = {"instruments.hama_responsiveness": rho}
    whole = score(scale, normal, true, r, f, e, LIBRARY, parameters=parameters)
    order = rng.permutation(40)
    parameters = {"instruments.hama_responsiveness": rho[order]}
    mixed = score(scale, normal[order], true[order], r[order], f[order], e[order], LIBRARY, parameters=parameters)
    assert whole.shape == (40, 5)
    assert np.array_equal(whole[order], mixed)
    assert whole[7, 3] == np.clip(
        np.rint(
            max(
                normal[7]
                + min(true[7] - normal[7], 0)
                + max(true[7] - normal[7], 0) * np.exp(-rho[7] * r[7, 3])
                + scale.number("fluctuation_sd", LIBRARY) * f[7, 3]
                + e[7, 3],
                normal[7],
            )
        ),
        0,
        56,
    )


@given(mapped, st.floats(-4, 6), st.floats(-4, 6), st.floats(-4, 4), st.floats(-3, 3))
def test_true_level_rises_with_severity(scale: Instrument, a: float, b: float, calm: float, deviation: float) -> None:
    normal, true = normal_and_true(scale, latents(scale, np.sort([a, b]), calm, deviation), LIBRARY)
    low, high = scale.range(LIBRARY)
    assert true[0] <= true[1]
    assert np.all((low <= normal) & (normal <= high))


@pytest.mark.parametrize(
    ("name", "severity", "expected", "tolerance"),
    [
        ("GAD-7", 1.546, 9.5, 0.6),  # the share with 10 points or more, rounding
        ("LSAS", 0.0, 15, 1.0),  # recalled population centre
        ("LSAS", 1.468, 60, 3.0),  # cut of generalised social anxiety
        ("PDSS", 1.927, 8, 0.6),  # cut of panic disorder
        ("SSAI", 0.0, 35.5, 0.5),  # norm
        ("PHQ-9", 1.4985, 9.0, 1.0),  # cut of major depression
    ],
)
def test_published_anchors(name: str, severity: float, expected: float, tolerance: float) -> None:
    scale = INSTRUMENTS[name]
    true = normal_and_true(scale, latents(scale, np.array([severity])), LIBRARY)[1]
    assert true[0] == pytest.approx(expected, abs=tolerance)


def test_bands_of_two_scales_lie_on_their_line() -> None:
    gad7, hama = INSTRUMENTS["GAD-7"], INSTRUMENTS["HAM-A"]
    theta = np.linspace(0.5, 2.2, 200)
    brief, long = (normal_and_true(scale, latents(scale, theta), LIBRARY)[1] for scale in (gad7, hama))
    assert np.interp([5, 10, 15], brief, long) == pytest.approx([8, 15, 24], abs=1.0)


def test_true_level_ends_at_the_top_of_the_scale() -> None:
    for scale in MAPPED:
        _, true = normal_and_true(scale, latents(scale, np.array([1e3])), LIBRARY)
        assert true[0] <= scale.range(LIBRARY)[1] + 0.05


@pytest.mark.parametrize(
    ("name", "baseline", "value", "expected"),
    [
        ("HAM-A", 26, 13, True),
        ("HAM-A", 26, 14, False),
        ("LSAS", 100, 71, True),
        ("LSAS", 100, 72, False),
        ("PDSS", 15, 9, True),
        ("PDSS", 15, 10, False),
        ("SSAI", 60, 40, True),  # half of what lies above 20
        ("SSAI", 60, 41, False),
        ("SSAI", 20, 20, False),
        ("HAM-A", 0, 0, False),
        ("CAPS-5", 40, 28, True),
        ("CAPS-5", 40, 29, False),
        ("CGI-I", 4, 2, True),
        ("CGI-I", 4, 3, False),
    ],
)
def test_response_on_its_boundary(name: str, baseline: float, value: float, expected: bool) -> None:
    assert bool(responds(INSTRUMENTS[name], np.array(baseline), np.array(value), LIBRARY)) is expected


@pytest.mark.parametrize(
    ("name", "last", "first_out"),
    [("HAM-A", 7, 8), ("LSAS", 30, 31), ("PDSS", 5, 6), ("MADRS", 10, 11), ("CGI-S", 2, 3)],
)
def test_remission_on_its_boundary(name: str, last: float, first_out: float) -> None:
    assert remits(INSTRUMENTS[name], np.array([last, first_out]), LIBRARY).tolist() == [True, False]


def test_another_share_replaces_the_published_one() -> None:
    fall = responds(INSTRUMENTS["LSAS"], np.array([100.0]), np.array([70.0]), LIBRARY, fall=0.35)
    assert not fall.any()


def test_definitions_in_words_with_their_sources() -> None:
    response = response_definition(INSTRUMENTS["LSAS"], LIBRARY)
    assert response is not None
    assert (response.text, response.source, response.grade) == (
        "fall of at least 29 % of the baseline",
        ("vonGlischinski2018",),
        "measured",
    )
    assert str(response_definition(INSTRUMENTS["SSAI"], LIBRARY)).find("baseline above 20") > 0
    assert str(remission_definition(INSTRUMENTS["CGI-I"], LIBRARY)).find("CGI-I 1 or less") > 0


def test_what_nobody_published_is_missing() -> None:
    assert important_difference(INSTRUMENTS["HAM-A"], LIBRARY) is None
    published = important_difference(INSTRUMENTS["GAD-7"], LIBRARY)
    assert published is not None
    assert (published.value, published.source) == (4, ("Toussaint2020",))
    assert remission_definition(INSTRUMENTS["FQ"], LIBRARY) is None
    assert response_definition(INSTRUMENTS["CGI-S"], LIBRARY) is None
    with pytest.raises(StudyError, match="FQ has no published definition of remission"):
        remits(INSTRUMENTS["FQ"], np.array([1.0]), LIBRARY)
    with pytest.raises(StudyError, match="GAD-7 has no published severity bands"):
        clinical_severity(INSTRUMENTS["GAD-7"], np.array([1.0]), LIBRARY)


@pytest.mark.parametrize("name", ["CGI-S", "CGI-I", "CADSS"])
def test_scales_without_a_course_of_their_own_say_so(name: str) -> None:
    with pytest.raises(StudyError, match=name):
        normal_and_true(INSTRUMENTS[name], {GENERAL: np.zeros(1)}, LIBRARY)


def test_severity_bands_of_the_panic_scale() -> None:
    values = np.array([0, 1, 2, 5, 6, 9, 10, 13, 14, 28])
    expected = [1, 1, 2, 2, 3, 3, 4, 4, 5, 7]
    assert clinical_severity(INSTRUMENTS["PDSS"], values, LIBRARY).tolist() == expected


def test_severity_bands_of_hama() -> None:
    values = np.array([2, 7, 8, 14, 15, 23, 24])
    assert clinical_severity(INSTRUMENTS["HAM-A"], values, LIBRARY).tolist() == [1, 2, 3, 3, 4, 4, 5]


def test_improvement_bands_of_the_panic_scale() -> None:
    values = np.array([5, 6, 12, 13, 18, 19, 20, 21, 22, 28, 35])
    expected = [1, 2, 2, 3, 3, 4, 4, 4, 5, 6, 7]  # 75, 40 and 10 % of 20, and the same upwards
    found = clinical_improvement(INSTRUMENTS["PDSS"], np.full(11, 20.0), values, LIBRARY)
    assert found.tolist() == expected


@given(st.sampled_from(sorted(set(PRIMARY.values()))), st.integers(0, 56), st.integers(0, 56))
def test_global_impressions_stay_between_one_and_seven(name: str, baseline: int, value: int) -> None:
    scale = INSTRUMENTS[name]
    severity = clinical_severity(scale, np.array([value]), LIBRARY)[0]
    improvement = clinical_improvement(scale, np.array([baseline]), np.array([value]), LIBRARY)[0]
    assert severity in range(1, 8)
    assert improvement in range(1, 8)
    assert (improvement < 4) <= (value < baseline)


def test_every_scale_has_the_records_that_scoring_reads() -> None:
    fields = ("lowest", "highest", "recall", "error_sd", "error_autocorrelation", "fluctuation_sd", "responsiveness")
    for scale in MAPPED:
        for field in (*fields, "normal_mean", "normal_sd"):
            assert scale.record(field, LIBRARY) is not None, (scale.name, field)
        assert response_definition(scale, LIBRARY) is not None
    used = {scale.key for scale in INSTRUMENTS.values()}
    shared = {"fluctuation", "state", "rater", "ceiling", "minimally", "very"}
    for record in LIBRARY.parameters("instruments"):
        assert record.name.split("_")[0] in used | shared, record.name
