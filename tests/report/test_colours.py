"""Colours: the same for the same treatment, told apart, and readable on paper and in the dark."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from tests.report.conftest import made_up

import quell.report
from quell.report.colours import CONTROLS, HUES, INERT, KETAMINE, OTHERS, arm_colours, hue

STYLE = (Path(quell.report.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))
    for block in re.findall(r":root \{(.*?)\n\s*\}", STYLE, re.S)[:2]
)
NAMES = sorted({*KETAMINE, *CONTROLS, *INERT, *OTHERS})


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    channels = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable(theme: dict[str, str]) -> None:
    inks = ["fg", "muted", *(f"{name}-ink" for name in NAMES), *(f"h{i}" for i in range(HUES))]
    for ink in inks:
        for ground in ("card", "paper"):
            assert _contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
    assert _contrast(theme["amber"], theme["amber-paper"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_stand_out(theme: dict[str, str]) -> None:
    for name in NAMES:
        assert _contrast(theme[name], theme["card"]) >= 3.0, name


def test_ketamine_is_teal_and_an_active_control_is_sand() -> None:
    colours = arm_colours(made_up("two arms")["arms"])
    assert colours == {"ketamine": "teal", "midazolam": "sand"}


def test_five_arms_have_five_colours() -> None:
    colours = arm_colours(made_up("five arms")["arms"])
    assert colours["ketamine"] == "teal"
    assert colours["placebo"] == "slate"
    assert len(set(colours.values())) == 5


def test_every_arm_gets_a_colour() -> None:
    arms = [{"name": str(i), "sentences": ["a drug"], "doses": [], "control": False} for i in range(20)]
    colours = arm_colours(arms)
    assert set(colours.values()) <= set(NAMES)
    assert len(colours) == 20


def test_colours_do_not_depend_on_the_other_arms() -> None:
    arms = made_up("five arms")["arms"]
    for few in combinations(arms, 2):
        alone = arm_colours(few)
        assert all(alone[a["name"]] == "teal" for a in few if a["name"] == "ketamine")


def test_hues_run_through_the_story() -> None:
    found = [hue(i, 9) for i in range(9)]
    assert (found[0], found[-1]) == ("h0", f"h{HUES - 1}")
    assert found == sorted(found)
