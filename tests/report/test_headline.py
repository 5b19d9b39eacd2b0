"""The headline says what the run found and hedges when the run does."""

import copy
import re
from typing import Any

import pytest
from tests.report.conftest import made_up

from quell.report.headline import headline
from quell.report.lead import lead
from quell.report.reading import Reading
from quell.report.strength import strength_of
from quell.report.tiles import figures_to_remember


def words(said: object) -> str:
    """Plain words of something said."""
    return re.sub(r"<[^>]*>", "", str(said)).replace("\u00a0", " ").replace("&gt;", ">")


def changed(
    mean: float, interval: list[float] | None, better: float | None, mc_error: float = 0.2, run: str = "two arms"
) -> Reading:
    """A made-up run with another difference at its endpoint."""
    summary: dict[str, Any] = copy.deepcopy(made_up(run))
    endpoint = summary["endpoint"]
    for row in summary["contrasts"]:
        if (row["arm"], row["instrument"], row["visit"]) == (
            endpoint["arm"],
            endpoint["instrument"],
            endpoint["visit"],
        ):
            row["difference"] = {"mean": mean, "interval": interval, "mc_error": mc_error}
            row["probability_better"] = better
    return Reading(summary)


WHAT = "One infusion of ketamine"
WHOM = "social anxiety disorder"
WHEN = "midazolam at 24 h"


@pytest.mark.parametrize(
    ("mean", "interval", "better", "strength", "expected"),
    [
        (-19.0, [-31.0, -6.0], 0.99, "clear", f"{WHAT} eases {WHOM} more than {WHEN}"),
        (-9.0, [-20.0, 2.0], 0.93, "probable", f"{WHAT} probably eases {WHOM} more than {WHEN}"),
        (-9.0, [-25.0, 8.0], 0.8, "possible", f"{WHAT} perhaps eases {WHOM} more than {WHEN}"),
        (-3.0, [-20.0, 15.0], 0.6, "open", f"The run cannot tell one infusion of ketamine from midazolam in {WHOM}"),
        (0.2, [-0.4, 0.9], 0.3, "nil", f"{WHAT} does no more than midazolam for {WHOM} at 24 h"),
        (9.0, [2.0, 16.0], 0.01, "clear", f"{WHAT} does less than midazolam for {WHOM} at 24 h"),
        (9.0, [-2.0, 19.0], 0.08, "probable", f"{WHAT} probably does less than midazolam for {WHOM} at 24 h"),
    ],
)
def test_strength(mean: float, interval: list[float], better: float, strength: str, expected: str) -> None:
    reading = changed(mean, interval, better)
    assert reading.endpoint is not None
    assert strength_of(reading, reading.endpoint) == strength
    assert words(headline(reading)).startswith(expected)


def test_a_small_gain_is_called_small() -> None:
    assert ", by less than patients notice" in words(headline(changed(-5.0, [-7.0, -3.0], 1.0)))
    assert "notice" not in words(headline(changed(-9.0, [-12.0, -6.0], 1.0)))


@pytest.mark.parametrize(
    ("error", "expected"),
    [(2.0, "In a typical run, one infusion of ketamine eases"), (8.0, "A typical run cannot tell")],
)
def test_a_typical_run_says_so(error: float, expected: str) -> None:
    assert words(headline(changed(-10.0, None, None, error, "typical"))).startswith(expected)


def test_a_run_too_small_for_an_interval_says_probably() -> None:
    assert " probably eases " in words(headline(changed(-10.0, None, None, 2.0)))
    assert words(headline(changed(-10.0, None, None, 6.0))).startswith("The run cannot tell")


def test_many_arms() -> None:
    said = words(headline(Reading(made_up("five arms"))))
    assert said.startswith("Twelve infusions of ketamine ease generalised anxiety disorder more than placebo at 56 d")
    assert said.endswith("; CBT does more")
    difference = words(lead(Reading(made_up("five arms")))[1])
    assert all(arm in difference for arm in ("CBT", "escitalopram", "lorazepam"))


def test_a_better_arm_is_named_even_when_the_endpoint_is_open() -> None:
    assert words(headline(changed(0.5, [-6.0, 7.0], 0.4, run="five arms"))).endswith(
        " at 56 d; CBT does more than either"
    )


def test_arms_that_share_a_regimen_keep_their_names() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    summary["arms"][1]["doses"] = copy.deepcopy(summary["arms"][0]["doses"])
    assert words(headline(Reading(summary))).startswith("ketamine eases")


def test_an_arm_named_unlike_its_treatment_stands_in_quotation_marks() -> None:
    assert "more than “once” at week 26" in words(headline(Reading(made_up("many visits"))))


def test_without_a_control() -> None:
    said = words(headline(Reading(made_up("one arm"))))
    assert (
        said
        == "HAM-A falls with six infusions of ketamine by 18 d, but no control shows how much of it the treatment did"
    )
    assert len(lead(Reading(made_up("one arm")))) == 2


def test_saline_alone() -> None:
    assert "hardly moves with saline" in words(headline(Reading(made_up("saline only"))))


def test_nothing_to_gain() -> None:
    assert (
        words(headline(Reading(made_up("nothing to gain"))))
        == "One infusion of ketamine does no more than saline for normal anxiety at 24 h"
    )
    assert "in favour of" not in words(lead(Reading(made_up("nothing to gain")))[1])


def test_three_sentences(summary: dict[str, Any]) -> None:
    said = lead(Reading(summary))
    assert 2 <= len(said) <= 3
    assert all(words(s).endswith(".") for s in said)


def test_lead_numbers() -> None:
    said = words(lead(changed(-19.2, [-31.2, -6.1], 0.97))[1])
    assert said.startswith(
        "The difference is 19 points (6 to 31) in favour of ketamine (P that ketamine is better: "
        "0.97), above the 8 points"
    )


def test_all_draws_agreeing_is_not_a_probability_of_one() -> None:
    assert "in every one of 20 draws" in words(lead(changed(-19.0, [-31.0, -6.0], 1.0))[1])


def test_at_most_four_figures_to_remember(summary: dict[str, Any]) -> None:
    tiles = figures_to_remember(Reading(summary))
    assert 2 <= len(tiles) <= 4
    assert all(re.search(r"\d", words(figure)) for figure, _ in tiles)
