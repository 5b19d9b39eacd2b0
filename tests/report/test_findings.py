"""Headings of sections are findings of the run."""

import copy

import pytest
from tests.report.conftest import made_up
from tests.report.test_headline import words

from quell.report import findings
from quell.report.reading import Reading


def test_symptoms() -> None:
    assert (
        words(findings.symptoms(Reading(made_up("two arms"))))
        == "LSAS is lowest at 24 h with ketamine and is partly back by 14 d"
    )
    assert words(findings.symptoms(Reading(made_up("nothing to gain")))) == "LSAS hardly moves with ketamine"


def test_causes() -> None:
    reading = Reading(made_up("two arms"))
    said = words(findings.causes(reading, reading.rows("decomposition")[0]))
    assert said == (
        "Of 21 points between ketamine and midazolam, 18 are pharmacology, 6 the guess of assignment "
        "and the comparator’s own effect takes 3 back"
    )


def test_causes_of_the_opposite_sign() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    row = summary["decomposition"][0]
    row["total"] = {"mean": 10.0, "interval": [5.0, 15.0]}
    for part, mean in zip(row["parts"], (12.0, -3.0, 1.0), strict=True):
        part.update(mean=mean, interval=[mean - 1, mean + 1])
    said = words(findings.causes(Reading(summary), Reading(summary).rows("decomposition")[0]))
    assert said == (
        "Of 10 points between ketamine and midazolam, 12 are pharmacology, 1 the comparator’s own "
        "effect and the guess of assignment takes 3 back"
    )


def test_no_control_no_difference() -> None:
    assert "no difference between arms to explain" in words(findings.causes(Reading(made_up("one arm")), None))


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.25, "25 % of people pass the CADSS limit on ketamine"),
        (0.004, "0.4 % of people pass"),
        (0.0, "Nobody passes a monitoring limit on ketamine"),
    ],
)
def test_costs(share: float, said: str) -> None:
    summary = copy.deepcopy(made_up("two arms"))
    for row in summary["safety"]:
        if row["share_over"]:
            row["share_over"]["share"] = share if row["measure"] == "CADSS" else 0.0
    assert words(findings.costs(Reading(summary))).startswith(said)


def test_spread() -> None:
    assert (
        words(findings.spread(Reading(made_up("two arms"))))
        == "Where laboratories disagree the gain runs from 12 to 26 points"
    )


def test_instruments() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    assert (
        words(findings.instruments(Reading(summary)))
        == "At 24 h the gain over midazolam is clear on LSAS, HAM-A and VAS anxiety"
    )
    for row in summary["contrasts"]:
        if row["instrument"] != "LSAS":
            row["difference"]["interval"] = [-20.0, 10.0]
    assert (
        words(findings.instruments(Reading(summary)))
        == "At 24 h the gain over midazolam is clear on LSAS, not on HAM-A and VAS anxiety"
    )


def test_held_out_is_honest() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    assert words(findings.held_out(Reading(summary))) == "Not yet tested on trials it never saw"
    row = {
        "trial": "T",
        "quantity": "q",
        "observed": "6/18 v 0/17",
        "predicted": {"mean": 1.0, "interval": [0.0, 2.0]},
        "inside": True,
        "source": "S",
    }
    summary["held_out"] = [row, {**row, "inside": False}]
    assert words(findings.held_out(Reading(summary))) == "1 of 2 locked predictions hold the trial’s result"


def test_parameters() -> None:
    assert words(findings.parameters(Reading(made_up("two arms")))) == "3 of 6 parameters are assumed or recalled"


def test_a_course_is_read_from_its_first_day() -> None:
    from quell.report.cascade_figure import cascade
    from quell.report.clock import clock_for

    reading = Reading(made_up("five arms"))
    steps = cascade(reading, "ketamine", clock_for(reading.horizon_h, reading.infusion_h, reading.dose_times_h))
    assert "After the first dose" in words(findings.cascade(reading, steps))
    assert "peaks at 40 min" in words(findings.cascade(reading, steps))
    assert {panel.row["signal"] for panel in steps.first_day} >= {"venous_ketamine", "glutamate"}
    assert "midazolam" in {row["signal"] for row in steps.still}


def test_a_run_too_small_for_intervals_finds_gains_probable() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    for row in summary["contrasts"]:
        row["difference"]["interval"] = row["probability_better"] = None
    said = words(findings.instruments(Reading(summary)))
    assert said == "At 24 h the gain over midazolam is probable on LSAS, HAM-A and VAS anxiety"


def test_curves_are_led_to_the_end_of_their_frame() -> None:
    from quell.report.cascade_figure import clipped, drawn_to
    from quell.report.reading import Row

    row = Row("cascade[0]", {"arm": "a", "times_h": [0.0, 10.0, 30.0], "q50": [0.0, 4.0, 8.0], "mean": [1.0, 1.0, 1.0]})
    assert clipped(row, 20.0)["times_h"] == [0.0, 10.0]
    led = drawn_to(row, 20.0)
    assert (led["times_h"], led["q50"], led["mean"]) == ([0.0, 10.0, 20.0], [0.0, 4.0, 6.0], [1.0, 1.0, 1.0])
    assert drawn_to(row, 30.0)["times_h"] == row["times_h"]
