"""The live symptom figure is sound Vega-Lite and shows what the drawing shows."""

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.report.conftest import made_up

from quell.report.clock import clock_for
from quell.report.colours import arm_colours
from quell.report.reading import Reading
from quell.report.vega import embedded, symptom_spec


def spec_of(name: str) -> dict[str, Any]:
    """The specification of a made-up run."""
    reading = Reading(made_up(name))
    clock = clock_for(reading.horizon_h, reading.infusion_h, reading.dose_times_h)
    spec = symptom_spec(reading, clock, arm_colours(made_up(name)["arms"]))
    assert spec is not None
    return spec


@pytest.mark.parametrize("name", ["two arms", "five arms", "typical", "hostile"])
def test_altair_accepts_it(name: str) -> None:
    import altair as alt

    assert alt.Chart.from_dict(shortened(spec_of(name)), validate=True)


def shortened(spec: dict[str, Any]) -> dict[str, Any]:
    """The first and last moments of every layer only: the schema says the same of each, and at length."""
    layers = []
    for layer in spec["layer"]:
        moments = layer["data"]["values"]
        assert {tuple(x) for x in moments} == {tuple(x) for x in (*moments[:2], *moments[-2:])}
        layers.append({**layer, "data": {**layer["data"], "values": [*moments[:2], *moments[-2:]]}})
    return {**spec, "layer": layers}


@pytest.mark.parametrize("name", ["two arms", "five arms"])
def test_it_compiles_and_draws_every_arm(name: str) -> None:
    import vl_convert

    svg = vl_convert.vegalite_to_svg({**spec_of(name), "width": 800})
    for arm in made_up(name)["arms"]:
        assert f">{arm['name']}</text>" in svg


def test_medians_are_the_summarys() -> None:
    spec, summary = spec_of("two arms"), made_up("two arms")
    lines = [layer["data"]["values"] for layer in spec["layer"] if layer["mark"].get("type") == "line"]
    drawn = [[point["y"] for point in line] for line in lines]
    for row in summary["cascade"]:
        if row["signal"] == "score:LSAS":
            assert row["q50"] in drawn
            assert row["mean"] in drawn


def test_the_pointer_is_told_every_arm() -> None:
    ground = spec_of("two arms")["layer"][-1]
    said = ground["data"]["values"]
    assert [tip["title"] for tip in ground["encoding"]["tooltip"]] == ["after the first dose", "ketamine", "midazolam"]
    assert said[0]["a"] == 0.0
    assert said[-1]["b"] == 1.0
    assert all(a["b"] == b["a"] for a, b in pairwise(said))
    assert all("90 % of people" in moment["arm1"] for moment in said)


def test_labels_speak_of_time() -> None:
    text = json.dumps(spec_of("two arms"), ensure_ascii=False)
    assert "40\u00a0min" in text
    assert "1\u00a0wk" in text


def test_embedded_text_cannot_leave_its_script_element() -> None:
    text = embedded(spec_of("hostile"))
    assert "<" not in text
    assert json.loads(text) == spec_of("hostile")
