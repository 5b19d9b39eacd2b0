"""The conformance suite itself: a sound mechanism passes, and each broken promise is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from quell.evidence.library import Library, read_library
from quell.mechanisms.base import Mechanism, Signal, State, Switch
from quell.mechanisms.conformance import check_mechanism
from quell.simulation.formula_reader import read_by_engine

PACK = """
[pack]
title = "Sleep"

[source.Own]
citation = "Made up for this test"

[[parameter]]
name = "half_life"
symbol = "t"
title = "Half-life"
value = 8.0
unit = "h"
uncertainty = { distribution = "lognormal", sd = 0.3 }
range = [1.0, 48.0]
population = "nobody"
source = "Own"
place = "this test"
grade = "assumed"
"""

GAIN = State(
    "pressure",
    "1",
    "sleep pressure",
    rate=lambda v, p, m: 0.7 / p.half_life,
    drive=lambda v, p, m: 0.7 / p.half_life * m.minimum(v.glutamate, 1.0),
    jumps={"therapy_session": lambda v, p, m: 0.1 * v.therapy_session * (1.0 - v.pressure)},
    upper=1.0,
)
QUALITY = Signal("sleep_quality", "1", "quality of sleep", lambda v, p, m: m.exp(-v.pressure) * (1.0 - v.sedation))
SLEEP = Mechanism(
    name="sleep",
    title="Sleep",
    reads=("glutamate", "sedation", "therapy_session"),
    writes=("sleep_quality",),
    variables=(GAIN, QUALITY),
    fastest={"glutamate": lambda v, p, m: p.half_life / 0.7},
    switches=(Switch("hours", "How long?", {"as known": {}, "short": {"half_life": 2.0}}, "as known"),),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library with the pack of the mechanism under test."""
    folder = tmp_path_factory.mktemp("packs")
    pack, bibliography = folder / "sleep.toml", folder / "sources.bib"
    pack.write_text(PACK, encoding="utf-8")
    bibliography.write_text("", encoding="utf-8")
    return read_library([("sleep", Path(pack))], bibliography)


def check(mechanism: Mechanism, library: Library) -> list[str]:
    return check_mechanism(mechanism, library, readers={"the engine": read_by_engine})


def with_state(**changes) -> Mechanism:
    return replace(SLEEP, variables=(replace(GAIN, **changes), QUALITY))


def with_signal(value) -> Mechanism:
    return replace(SLEEP, variables=(GAIN, replace(QUALITY, value=value)))


def test_a_sound_mechanism_breaks_no_promise(library: Library) -> None:
    assert check(SLEEP, library) == []


def branching(v, p, m):
    return 1.0 if v.sedation > 0.5 else 0.0 * v.pressure


def by_numpy(v, p, m):
    return np.exp(-v.pressure) * v.sedation


def averaging(v, p, m):
    return v.sedation - np.mean(v.pressure)


@pytest.mark.parametrize(
    ("mechanism", "problem"),
    [
        (replace(SLEEP, name="Sleep!"), '"Sleep!" is no name'),
        (replace(SLEEP, title=" "), "sleep has no title"),
        (with_state(name="lambda"), '"lambda" is no name'),
        (with_state(unit="furlongs"), 'pressure: unknown unit "furlongs"'),
        (replace(SLEEP, writes=("dreams",)), 'sleep promises "dreams"'),
        (replace(SLEEP, reads=("glutamate", "therapy_session")), 'sleep_quality reads "sedation", not among'),
        (replace(SLEEP, reads=(*SLEEP.reads, "bdnf")), 'reads "bdnf", but no formula does'),
        (with_state(initial=lambda v, p, m: v.sleep_quality), 'pressure reads "sleep_quality" before it is solved'),
        (
            with_state(jumps={"therapy_session": lambda v, p, m: v.sleep_quality}),
            'the jump of pressure reads "sleep_quality", which is no state',
        ),
        (with_state(jumps={"sedation": lambda v, p, m: 0.0}), 'pressure jumps at "sedation", which is no event'),
        (replace(SLEEP, fastest={"bdnf": lambda v, p, m: 1.0}), 'constant is given for "bdnf"'),
        (replace(SLEEP, fastest={"glutamate": lambda v, p, m: -p.half_life}), "for glutamate is not always positive"),
        (with_state(rate=lambda v, p, m: p.speed), 'the parameter "speed", which the pack "sleep" does not hold'),
        (replace(SLEEP, switches=(Switch("s", "?", {"a": {}}, "b"),)), '"s" has no choice "b"'),
        (replace(SLEEP, switches=(Switch("s", "?", {"a": {"x": 1.0}}, "a"),)), '"a" of "s" sets "x", which the pack'),
        (replace(SLEEP, switches=(Switch("s", "?", {"a": {"half_life": 0.1}}, "a"),)), "to 0.1, outside its range"),
        (with_signal(branching), "sleep_quality cannot be read by NumPy: ValueError"),
        (with_signal(by_numpy), "sleep_quality cannot be read by the engine: TracerArrayConversionError"),
        (with_signal(averaging), "sleep_quality differs when read by NumPy"),
        (with_signal(lambda v, p, m: m.log(-v.sedation)), "sleep_quality is not always finite"),
        (with_state(rate=lambda v, p, m: 0.5 - v.sedation), "the rate of pressure becomes negative"),
        (with_state(initial=lambda v, p, m: 2.0), "pressure starts at 2, outside its bounds"),
        (
            with_state(jumps={"therapy_session": lambda v, p, m: -2.0 * v.therapy_session}),
            "pressure jumps at therapy_session to",
        ),
        (with_state(drive=lambda v, p, m: 3.0 + v.glutamate), "pressure reaches"),
        (with_state(drive=lambda v, p, m: -v.glutamate), "pressure reaches -"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_named(mechanism: Mechanism, problem: str, library: Library) -> None:
    found = check(mechanism, library)
    assert any(problem in sentence for sentence in found), found


def test_a_mechanism_without_parameters_needs_no_pack(library: Library) -> None:
    bare = Mechanism("bare", "Bare", ("age",), ("old",), (Signal("old", "1", "old", lambda v, p, m: v.age / 85.0),))
    assert check(bare, library) == []
