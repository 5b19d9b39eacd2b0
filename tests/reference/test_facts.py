"""The facts that a credible model reproduces (those for fitting and checking), as a table: a band each.

Held-out trials are not here: they judge the model and are never a target. Parameters are typical; people differ from
each other. ``python tests/reference/test_facts.py`` prints the table of docs/facts.md.
"""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest

from quell.evidence.library import load_library
from quell.mechanisms.instruments import INSTRUMENTS, responds
from quell.protocols.study_file import parse_study
from quell.simulation.population import simulate
from quell.simulation.setup import Options, prepare
from quell.simulation.tables import Tables, join
from quell.simulation.workers import Workers

pytestmark = pytest.mark.reference

PEOPLE = 512

GAD = "{disorder: generalised anxiety disorder, enrol: HAM-A >= 20}"
RESISTANT_GAD = "{disorder: generalised anxiety disorder, treatment resistant: true, enrol: HAM-A >= 20}"
SOCIAL = "{disorder: social anxiety disorder, enrol: LSAS >= 60}"
NORMAL = "{disorder: normal anxiety}"


@cache
def simulated(
    people: str, arms: tuple[tuple[str, str], ...], visits: str, endpoint: str, open_label: bool = False
) -> Tables:
    """Tables of a study written here."""
    text = f"quell: 1\ntitle: facts\npeople: {people}\narms:\n"
    text += "".join(f"  {name}: {sentence}\n" for name, sentence in arms)
    text += f"visits: [{visits}]\nendpoint: {endpoint}\nmeasures: [HAM-A, GAD-7, LSAS, FQ, VAS anxiety]\n"
    text += "blinding: {open label: yes}\n" if open_label else ""
    setup = prepare(parse_study(text, "facts.yaml"), Options(seed=11, count=PEOPLE, typical=True))
    with Workers(2) as workers:
        part = simulate(setup.experiment, 0, PEOPLE, workers, lambda people: None)
    return join([part], [arm.name for arm in setup.arms], PEOPLE)


def change(tables: Tables, arm: str, scale: str, visit: int) -> float:
    """Mean change since baseline."""
    return float((tables.arm(arm, "score", scale)[:, visit] - tables.person("baseline", scale)).mean())


def gap(tables: Tables, arm: str, control: str, scale: str, visit: int) -> float:
    """Mean difference between arms; negative favours the arm."""
    return change(tables, arm, scale, visit) - change(tables, control, scale, visit)


INFUSION = (
    ("ketamine", "ketamine 0.5 mg/kg IV over 40 min on day 0"),
    ("midazolam", "midazolam 0.045 mg/kg IV over 40 min on day 0"),
    ("saline", "saline IV over 40 min on day 0"),
)
VISITS = "0 h, 1 h, 3 h, 24 h, 3 d, 7 d, 10 d, 14 d"


def infusion() -> Tables:
    return simulated(SOCIAL, INFUSION, VISITS, "VAS anxiety change at 24 h")


def doses() -> Tables:
    arms = tuple((f"d{d}", f"ketamine {d} mg/kg SC on day 0") for d in ("0.25", "0.5", "1"))
    return simulated(RESISTANT_GAD, arms, "0 h, 1 h, 2 h, 24 h, 3 d, 7 d", "HAM-A change at 24 h", open_label=True)


def tablets() -> Tables:
    arms = (
        ("escitalopram", "escitalopram 10 mg daily for 8 weeks"),
        ("lorazepam", "lorazepam 1 mg twice daily for 8 weeks"),
        ("placebo", "placebo daily for 8 weeks"),
    )
    return simulated(GAD, arms, "0 d, 7 d, 14 d, 28 d, 42 d, 56 d", "HAM-A change at 56 d")


def latent(tables: Tables, arm: str, visit: int) -> float:
    """Relief by plasticity at a visit, mean over people."""
    return float(tables.reliefs(arm, "VAS anxiety", visit)["relief_plasticity"].mean())


def share_at_1_h() -> float:
    """Fact 1: the fall on the fear questionnaire an hour after 1 mg/kg SC, open, as a share of the excess."""
    t = doses()
    excess = (t.person("baseline", "FQ") - t.person("normal", "FQ")).mean()
    return -change(t, "d1", "FQ", 1) / float(excess)


def responders_any_visit() -> float:
    """Fact 1: responders on HAM-A at 0.5 or 1 mg/kg at some visit."""
    t = doses()
    baseline = t.person("baseline", "HAM-A")
    falls = [
        responds(INSTRUMENTS["HAM-A"], baseline, t.arm(arm, "score", "HAM-A")[:, v], load_library())
        for arm in ("d0.5", "d1")
        for v in range(1, 6)
    ]
    return float(np.any(falls, axis=0).mean())


def dose_step(low: str, high: str, visit: int) -> Callable[[], float]:
    return lambda: gap(doses(), high, low, "HAM-A", visit)


def early_share() -> float:
    """Fact 11: relief at 3 h over relief at 24 h."""
    return latent(infusion(), "ketamine", 2) / latent(infusion(), "ketamine", 3)


def day_share(visit: int) -> Callable[[], float]:
    """Fact 8, 11: relief by plasticity some days after one dose over that at 24 h."""
    return lambda: latent(infusion(), "ketamine", visit) / latent(infusion(), "ketamine", 3)


def ssri_gap(visit: int) -> float:
    return gap(tablets(), "escitalopram", "placebo", "HAM-A", visit)


def benzodiazepine_lead(visit: int) -> Callable[[], float]:
    return lambda: gap(tablets(), "lorazepam", "escitalopram", "HAM-A", visit)


def placebo_response() -> float:
    t = tablets()
    scores = t.arm("placebo", "score", "HAM-A")[:, 5]
    return float(responds(INSTRUMENTS["HAM-A"], t.person("baseline", "HAM-A"), scores, load_library()).mean())


def venous() -> float:
    return float(infusion().arm("ketamine", "end_of_infusion", "venous_ketamine").mean())


def peak(measure: str) -> Callable[[], float]:
    return lambda: float(infusion().arm("ketamine", "peak", measure).mean())


def normal_gain() -> float:
    t = simulated(NORMAL, INFUSION[:2], "0 h, 24 h, 7 d", "GAD-7 change at 24 h")
    return gap(t, "ketamine", "midazolam", "GAD-7", 1)


def guess_gap() -> float:
    t = infusion()
    at = t.names("guess", "saline")[0]
    return float((t.arm("midazolam", "guess", at) - t.arm("saline", "guess", at)).mean())


def course(days: int) -> Callable[[], float]:
    """Fact 8: relief by plasticity some days after the last of six infusions over that a day after it."""

    def share() -> float:
        arms = (("six", "ketamine 0.5 mg/kg IV over 40 min on days 0, 3, 7, 10, 14 and 17"),)
        visits = "0 d, 18 d, 24 d, 31 d, 45 d"
        t = simulated(GAD, arms, visits, "VAS anxiety change at 18 d", open_label=True)
        after = {7: 2, 14: 3, 28: 4}[days]
        return latent(t, "six", after) / latent(t, "six", 1)

    return share


def facts() -> Iterator[tuple[str, Callable[[], float], float, float]]:
    """(fact, figure, lowest, highest)."""
    yield "1 onset: share of the excess gone an hour after 1 mg/kg SC, open", share_at_1_h, 0.35, 0.65
    yield "1 responders to 0.5 or 1 mg/kg SC at some visit", responders_any_visit, 0.52, 0.98
    yield "2 dose order: 0.5 beyond 0.25 mg/kg SC at 24 h, HAM-A points", dose_step("d0.25", "d0.5", 3), -20.0, -0.5
    yield "2 dose order: 1 not below 0.5 mg/kg SC at 24 h, HAM-A points", dose_step("d0.5", "d1", 3), -20.0, 0.0
    yield "2 duration: 1 beyond 0.25 mg/kg SC at 7 d, HAM-A points", dose_step("d0.25", "d1", 5), -20.0, -0.5
    yield "11 relief at 3 h over 24 h", early_share, 0.45, 0.8
    yield "11 relief at 7 d over 24 h", day_share(5), 0.25, 0.65
    yield "8 relief at 14 d over 24 h", day_share(7), 0.0, 0.35
    yield "8 six infusions: relief 28 d after the last over the day after", course(28), 0.2, 0.75
    yield "12 SSRI minus placebo at week 8, HAM-A points", lambda: ssri_gap(5), -3.3, -1.6
    yield "12 SSRI share at week 4 of week 8", lambda: ssri_gap(3) / ssri_gap(5), 0.35, 0.65
    yield "12 benzodiazepine ahead of SSRI at week 1, HAM-A points", benzodiazepine_lead(1), -6.0, -0.5
    yield "12 benzodiazepine ahead of SSRI at week 2, HAM-A points", benzodiazepine_lead(2), -6.0, -0.3
    yield "12 benzodiazepine not ahead at week 8, HAM-A points", benzodiazepine_lead(5), -1.0, 4.0
    yield (
        "13 placebo pill: mean change at week 8, HAM-A points",
        lambda: change(tablets(), "placebo", "HAM-A", 5),
        -12.0,
        -7.0,
    )
    yield "13 placebo pill: responders at week 8", placebo_response, 0.3, 0.5
    yield "14 venous ketamine at the end of 0.5 mg/kg over 40 min, ng/mL", venous, 100.0, 250.0
    yield "7 systolic pressure after 0.5 mg/kg IV, mmHg", peak("SBP change"), 13.0, 19.0
    yield "7 diastolic pressure after 0.5 mg/kg IV, mmHg", peak("DBP change"), 8.5, 13.5
    yield "CADSS peak after 0.5 mg/kg IV, points", peak("CADSS"), 7.7, 22.0
    yield "normal anxiety has nothing to gain: GAD-7 points", normal_gain, -0.6, 0.3
    yield "16 more people guess the drug on midazolam than on saline", guess_gap, 0.15, 1.0


@pytest.mark.parametrize(("figure", "low", "high"), [pytest.param(*case[1:], id=case[0]) for case in facts()])
def test_fact(figure: Callable[[], float], low: float, high: float) -> None:
    assert low <= figure() <= high


if __name__ == "__main__":
    for name, figure, low, high in facts():
        found = figure()
        print(f"{'ok  ' if low <= found <= high else 'MISS'} {name}: {found:.3g} ({low:g} to {high:g})")
