"""Summaries of runs that never happened, for testing the report: right in form, plausible in shape, worth nothing.

A few hundred invented people go through closed-form curves; everything is deterministic. None of it is evidence.
"""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PEOPLE, DRAWS = 400, 20
QUANTILES = ("q05", "q25", "q50", "q75", "q95")
Curve = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Arm:
    """A made-up arm: what is given and how the relief of person i follows."""

    name: str
    sentence: str
    kind: str
    times_h: tuple[float, ...] = (0.0,)
    strength: float = 1.0
    control: bool = False
    open_label: bool = False


@dataclass(frozen=True)
class Scale:
    """A made-up use of a real instrument."""

    title: str
    low: float
    high: float
    rater: str
    recall_h: float
    baseline: float
    spread: float
    normal: float
    response: float | None
    remission: float | None
    important: float | None
    rho: float = 1.0


SCALES = {
    "LSAS": Scale("Liebowitz Social Anxiety Scale", 0, 144, "clinician", 168, 84, 14, 22, 0.35, 30, 8.0, 0.9),
    "HAM-A": Scale("Hamilton Anxiety Rating Scale", 0, 56, "clinician", 168, 24, 5, 5, 0.5, 7, 4.0, 1.0),
    "VAS anxiety": Scale("Visual analogue scale of anxiety", 0, 100, "self", 1, 62, 15, 15, None, None, None, 1.2),
}


@dataclass
class Design:
    """What a made-up study is made of."""

    title: str
    disorder: str
    arms: tuple[Arm, ...]
    visits: tuple[tuple[str, float], ...]
    scales: tuple[str, ...] = tuple(SCALES)
    endpoint: tuple[str, str] = ("LSAS", "24 h")
    typical: bool = False
    knowledge_sd: float = 0.28
    horizon_h: float = 336.0
    switches: dict[str, str] = field(default_factory=lambda: {"disinhibition": "interneuron", "HNK/AMPA": "off"})


def two_arms(**changes: Any) -> dict[str, Any]:
    """One infusion of ketamine against midazolam, six visits in two weeks."""
    arms = (
        Arm("ketamine", "ketamine 0.5 mg/kg IV over 40 min on day 0", "ketamine"),
        Arm("midazolam", "midazolam 0.045 mg/kg IV over 40 min on day 0", "midazolam", control=True),
    )
    visits = (("0 h", 0.0), ("3 h", 3.0), ("24 h", 24.0), ("3 d", 72.0), ("7 d", 168.0), ("14 d", 336.0))
    return summary(
        Design("One infusion in social anxiety disorder", "social anxiety disorder", arms, visits, **changes)
    )


def five_arms() -> dict[str, Any]:
    """Weekly ketamine against four conventional treatments over twelve weeks."""
    weeks = tuple(168.0 * i for i in range(12))
    arms = (
        Arm("ketamine", "ketamine 0.5 mg/kg IV over 40 min every 7 d from day 0 for 12 weeks", "ketamine", weeks),
        Arm("escitalopram", "escitalopram 10 mg daily for 12 weeks", "ssri", (), 0.5),
        Arm("lorazepam", "lorazepam 1 mg three times a day for 4 weeks", "benzodiazepine", (), 0.4),
        Arm("CBT", "CBT weekly for 12 weeks", "therapy", (), 0.7, open_label=True),
        Arm("placebo", "placebo daily for 12 weeks", "placebo", (), 0.25, control=True),
    )
    visits = tuple((f"{d} d", d * 24.0) for d in (0, 7, 14, 28, 42, 56, 70, 84))
    design = Design(
        "Ketamine against conventional treatment in generalised anxiety disorder",
        "generalised anxiety disorder",
        arms,
        visits,
        ("HAM-A", "VAS anxiety"),
        ("HAM-A", "56 d"),
        horizon_h=2016.0,
    )
    return summary(design)


def one_arm() -> dict[str, Any]:
    """Six infusions without a control."""
    days = (0, 3, 7, 10, 14, 17)
    sentence = "ketamine 0.5 mg/kg IV over 40 min on days 0, 3, 7, 10, 14 and 17"
    arms = (Arm("course", sentence, "ketamine", tuple(24.0 * d for d in days), open_label=True),)
    visits = tuple((f"{d} d", d * 24.0) for d in (0, 3, 10, 18, 25, 31, 45))
    return summary(
        Design(
            "Six infusions in two and a half weeks",
            "PTSD",
            arms,
            visits,
            ("HAM-A",),
            ("HAM-A", "18 d"),
            horizon_h=1080.0,
        )
    )


def typical() -> dict[str, Any]:
    """The two arms with parameters at their central values: no knowledge intervals."""
    return two_arms(typical=True)


def saline_only() -> dict[str, Any]:
    """Saline alone: no drug, no exposure, no control."""
    arms = (Arm("saline", "saline IV over 40 min on day 0", "placebo", (), 0.2),)
    visits = (("0 h", 0.0), ("24 h", 24.0), ("7 d", 168.0))
    return summary(Design("Saline alone", "social anxiety disorder", arms, visits, ("LSAS",), horizon_h=168.0))


def many_visits() -> dict[str, Any]:
    """Maintenance for half a year: thirty visits, two arms."""
    weeks = tuple(168.0 * i for i in range(26))
    arms = (
        Arm("weekly", "ketamine 1 mg/kg SC every 7 d from day 0 for 26 weeks", "ketamine", weeks),
        Arm("once", "ketamine 1 mg/kg SC on day 0", "ketamine", (0.0,), control=True),
    )
    visits = tuple((f"week {i}", 168.0 * i) for i in range(30))
    return summary(
        Design(
            "Maintenance for half a year",
            "social anxiety disorder",
            arms,
            visits,
            ("LSAS",),
            ("LSAS", "week 26"),
            horizon_h=4872.0,
        )
    )


def nothing_to_gain() -> dict[str, Any]:
    """People with normal anxiety: the difference is nil."""
    arms = (
        Arm("ketamine", "ketamine 0.5 mg/kg IV over 40 min on day 0", "ketamine", strength=0.01),
        Arm("saline", "saline IV over 40 min on day 0", "placebo", (), 0.01, control=True),
    )
    visits = (("0 h", 0.0), ("24 h", 24.0), ("7 d", 168.0))
    return summary(Design("A person with normal anxiety", "normal anxiety", arms, visits, ("LSAS",), horizon_h=168.0))


def hostile() -> dict[str, Any]:
    """Text that would break a careless page."""
    made = two_arms()
    text = "<script>document.title = 'broken'</script>"
    made["study"].update(
        title=text + " & a title that goes on for so long that it must break over several lines " * 3,
        text=text,
        command=f"quell run '{text}'",
    )
    made["warnings"].append(text)
    return _renamed(
        made,
        {
            "ketamine": "<img src=x onerror=alert(1)>{{ 7 * 7 }}",
            "midazolam": "'\"></svg><b>a very long name of an arm that nobody should choose, but somebody will",
        },
    )


def summary(design: Design) -> dict[str, Any]:
    """The summary of a design."""
    world = _World(design)
    primary = design.arms[0]
    control = next((a.name for a in design.arms if a.control), None)
    instrument, visit = design.endpoint
    text = f"quell: 1\ntitle: {design.title}\n"
    return {
        "schema": "quell-summary/1",
        "quell": "0.1.0",
        "study": {
            "title": design.title,
            "file": "study.yaml",
            "text": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "command": f"quell run study.yaml --seed 7 --count {PEOPLE}" + (" --typical" if design.typical else ""),
        },
        "run": {
            "seed": 7,
            "people": PEOPLE,
            "draws": 1 if design.typical else DRAWS,
            "typical": design.typical,
            "switches": design.switches,
            "unused_sections": ["simulate"],
        },
        "endpoint": {
            "instrument": instrument,
            "statistic": "change",
            "visit": visit,
            "time_h": dict(design.visits)[visit],
            "arm": primary.name if control else None,
            "control": control,
        },
        "arms": [_arm(a) for a in design.arms],
        "people": _people(design),
        "instruments": {name: _instrument(SCALES[name]) for name in design.scales},
        "results": [world.result(a, s, v) for a in design.arms for s in design.scales for v in design.visits],
        "contrasts": [
            world.contrast(a, control, s, v)
            for a in design.arms
            if control and a.name != control
            for s in design.scales
            for v in design.visits[1:]
        ],
        "decomposition": [world.decomposition(a, control) for a in design.arms if control and a.name != control],
        "within_arm": [world.within(a) for a in design.arms],
        "exposure": [_exposure(a) for a in design.arms if a.times_h],
        "safety": [row for a in design.arms for row in world.safety(a)],
        "harms": [
            {
                "arm": a.name,
                "event": e,
                "share": s * (1 if a.times_h else 0.4),
                "interval": None if design.typical else [s * 0.5, min(1, s * 1.8)],
                "grade": g,
            }
            for a in design.arms
            for e, s, g in (("nausea", 0.12, "assumed"), ("headache", 0.21, "recalled"))
        ],
        "guess": [world.guess(a, design.arms) for a in design.arms if not a.open_label and len(design.arms) > 1],
        "cascade": [c for a in design.arms for c in world.cascade(a)],
        "scenarios": world.scenarios(primary, control),
        "parameters": _parameters(design.typical),
        "sources": [
            {
                "key": "Somebody2020",
                "citation": "A made-up source & its authors. A made-up journal",
                "doi": "10.0000/made-up",
            },
            {
                "key": "Another2022",
                "citation": "Another made-up source",
                "doi": None,
            },
            {"key": "quell2026", "citation": "quell's own assumptions and derivations", "doi": None},
        ],
        "warnings": ["LSAS recalls a week: visits closer than that share days"],
        "failed": [],
    }


class _World:
    """The invented people of a design."""

    def __init__(self, design: Design) -> None:
        self.design = design
        luck = np.random.default_rng(20261123)
        self.draw = np.arange(PEOPLE) % DRAWS
        self.known = np.exp(design.knowledge_sd * luck.standard_normal(DRAWS))[self.draw] * (
            0 if design.typical else 1
        ) + (1.0 if design.typical else 0.0)
        self.person = np.exp(0.35 * luck.standard_normal(PEOPLE))
        self.severity = luck.standard_normal(PEOPLE)
        self.noise = luck.standard_normal((200, PEOPLE))

    def interval(self, x: np.ndarray, of: Callable[..., Any] = np.mean) -> list[float] | None:
        if self.design.typical:
            return None
        each = [of(x[self.draw == d]) for d in range(DRAWS)]
        middle, spread = float(np.mean(each)), 1.96 * float(np.std(each))
        return [_r(middle - spread), _r(middle + spread)]

    def relief(self, arm: Arm, t: np.ndarray) -> np.ndarray:
        """(time, person)"""
        size = (arm.strength * self.known * self.person)[None, :]
        t = t[:, None]
        placebo = 0.12 * (1 - np.exp(-t / 300))
        if arm.kind in ("ketamine", "midazolam"):
            peak = {"ketamine": 0.62, "midazolam": 0.12}[arm.kind]
            each = sum(
                np.where(t > d, (1 - np.exp(-np.maximum(t - d, 0) / 5)) * np.exp(-np.maximum(t - d, 0) / 190), 0)
                for d in arm.times_h
            )
            return placebo + size * peak * each / (0.6 + 0.4 * np.maximum(each, 1))
        if arm.kind == "benzodiazepine":
            return placebo + size * (1 - np.exp(-t / 8)) * np.exp(-t / 500)
        if arm.kind == "placebo":
            return placebo + size * 0.2 * (1 - np.exp(-t / 400))
        return placebo + size * (1 - np.exp(-t / 500))

    def score(self, arm: Arm, name: str, t: np.ndarray, noisy: bool = True) -> np.ndarray:
        scale = SCALES[name]
        start = np.maximum(scale.baseline + scale.spread * self.severity, scale.normal)
        if self.design.disorder == "normal anxiety":
            start = scale.normal + 2 * self.severity
        level = scale.normal + (start - scale.normal) * np.exp(-scale.rho * self.relief(arm, t))
        wobble = self.noise[: len(t)] * scale.spread * 0.25 if noisy else 0.0
        return np.clip(level + wobble, scale.low, scale.high)

    def _visits(self, arm: Arm, name: str) -> np.ndarray:
        return self.score(arm, name, np.array([t for _, t in self.design.visits]))

    def _change(self, arm: Arm, name: str, visit: tuple[str, float]) -> np.ndarray:
        at = self.design.visits.index(visit)
        scores = self._visits(arm, name)
        return scores[at] - scores[0]

    def _responds(self, arm: Arm, name: str, visit: tuple[str, float]) -> np.ndarray:
        scale = SCALES[name]
        return -self._change(arm, name, visit) >= (scale.response or 9) * self._visits(arm, name)[0]

    def counted(self, yes: np.ndarray) -> dict[str, Any]:
        interval = self.interval(yes.astype(float))
        return {
            "count": int(yes.sum()),
            "share": _r(yes.mean()),
            "interval": interval and [max(interval[0], 0.0), min(interval[1], 1.0)],
        }

    def result(self, arm: Arm, name: str, visit: tuple[str, float]) -> dict[str, Any]:
        scale, at = SCALES[name], self.design.visits.index(visit)
        x, change = self._visits(arm, name)[at], self._change(arm, name, visit)
        row = {
            "arm": arm.name,
            "instrument": name,
            "visit": visit[0],
            "time_h": visit[1],
            "n": PEOPLE,
            "mean": _r(x.mean()),
            "sd": _r(x.std()),
            **_quantiles(x),
            "interval": self.interval(x),
        }
        row["change"] = (
            {"mean": _r(change.mean()), "sd": _r(change.std()), **_quantiles(change), "interval": self.interval(change)}
            if at
            else None
        )
        row["responders"] = self.counted(self._responds(arm, name, visit)) if at and scale.response else None
        row["remitters"] = self.counted(x <= scale.remission) if scale.remission else None
        return row

    def contrast(self, arm: Arm, control: str, name: str, visit: tuple[str, float]) -> dict[str, Any]:
        other = next(a for a in self.design.arms if a.name == control)
        x, y = self._change(arm, name, visit), self._change(other, name, visit)
        d, sd = x - y, float(np.sqrt((x.var() + y.var()) / 2)) or 1.0
        better = self._responds(arm, name, visit).astype(float) - self._responds(other, name, visit)
        means = np.array([d[self.draw == k].mean() for k in range(DRAWS)])
        return {
            "arm": arm.name,
            "control": control,
            "instrument": name,
            "visit": visit[0],
            "time_h": visit[1],
            "difference": {
                "mean": _r(d.mean()),
                "interval": self.interval(d),
                "mc_error": _r(d.std() / np.sqrt(PEOPLE)),
            },
            "effect_size": {"value": _r(d.mean() / sd), "interval": self.interval(d / sd)},
            "responders": {"difference": _r(better.mean()), "interval": self.interval(better)}
            if SCALES[name].response
            else None,
            "probability_better": None if self.design.typical else _r(float((means < 0).mean())),
        }

    def _endpoint(self) -> tuple[str, tuple[str, float]]:
        name, visit = self.design.endpoint
        return name, next(v for v in self.design.visits if v[0] == visit)

    def decomposition(self, arm: Arm, control: str) -> dict[str, Any]:
        name, visit = self._endpoint()
        other = next(a for a in self.design.arms if a.name == control)
        d = self._change(arm, name, visit) - self._change(other, name, visit)
        parts = (
            ("pharmacology", f"{arm.name} under a perfect blind", 0.86),
            ("unblinding", "functional unblinding: the guess of assignment", 0.27),
            ("comparator", f"own effect of {control}", -0.13),
        )
        return {
            "arm": arm.name,
            "control": control,
            "instrument": name,
            "visit": visit[0],
            "total": {"mean": _r(d.mean()), "interval": self.interval(d)},
            "parts": [
                {"cause": c, "title": title, "mean": _r(f * d.mean()), "interval": self.interval(f * d)}
                for c, title, f in parts
            ],
        }

    def within(self, arm: Arm) -> dict[str, Any]:
        name, visit = self._endpoint()
        change = self._change(arm, name, visit)
        parts = (
            ("pharmacology", "drug", 0.55),
            ("expectancy", "expectancy", 0.2),
            ("guess", "guess of assignment", 0.08),
            ("regression to the mean", "regression to the mean", 0.12),
            ("natural course", "natural course", 0.05),
        )
        return {
            "arm": arm.name,
            "instrument": name,
            "visit": visit[0],
            "parts": [
                {"cause": c, "title": title, "mean": _r(f * change.mean()), "interval": self.interval(f * change)}
                for c, title, f in parts
            ],
        }

    def safety(self, arm: Arm) -> list[dict[str, Any]]:
        size = {"ketamine": 1.0, "midazolam": 0.2}.get(arm.kind, 0.05)
        rows = []
        for measure, unit, centre, limit in (
            ("CADSS", "points", 24.0, 40.0),
            ("SBP change", "mmHg", 18.0, 30.0),
            ("DBP change", "mmHg", 12.0, None),
            ("heart rate change", "1/min", 9.0, 30.0),
            ("sedation", "1", 0.5, None),
        ):
            x = centre * size * self.person**1.4 * self.known**0.4
            over = None if limit is None else self.counted(x > limit)
            rows.append(
                {
                    "arm": arm.name,
                    "measure": measure,
                    "unit": unit,
                    "peak": {**_quantiles(x), "interval": self.interval(x, np.median)},
                    "time_of_peak_h": {"q50": 0.66},
                    "limit": limit,
                    "limit_source": None if limit is None else "study file",
                    "share_over": over and {"share": over["share"], "interval": over["interval"]},
                }
            )
        return rows

    def guess(self, arm: Arm, arms: tuple[Arm, ...]) -> dict[str, Any]:
        right = {"ketamine": 0.81, "midazolam": 0.52}.get(arm.kind, 0.6)
        names = [a.name for a in arms]
        shares = {n: (right if n == arm.name else (1 - right) / len(names)) for n in names}
        return {
            "arm": arm.name,
            "who": "patient",
            "at": "60 min",
            "shares": {**shares, "do not know": 1 - sum(shares.values())},
            "correct": {
                "share": right,
                "interval": None if self.design.typical else [right - 0.09, min(1.0, right + 0.08)],
            },
        }

    def cascade(self, arm: Arm) -> list[dict[str, Any]]:
        t = _times(self.design, arm)
        ketamine = arm.kind == "ketamine"
        since = (
            np.min([np.where(t >= d, t - d, np.inf) for d in arm.times_h], axis=0)
            if arm.times_h
            else np.full(len(t), np.inf)
        )
        pulse = np.where(since < 0.667, since / 0.667, np.exp(-(np.minimum(since, 1e6) - 0.667) / 2.5))[:, None]
        plasma = 190 * pulse * self.person**0.7 * (1 if ketamine else 0)
        block = plasma / (plasma + 420)
        glutamate = 1 + 2.2 * block * np.sqrt(self.known)
        relief = self.relief(arm, t) * (1 if arm.times_h and ketamine else 0.15)
        fast, slow = relief * 0.7, relief * 0.4
        zeros = np.zeros_like(plasma)
        entries = [
            ("venous_ketamine", "Ketamine in venous plasma", "ng/mL", False, plasma),
            (
                "midazolam",
                "Midazolam in plasma",
                "ng/mL",
                False,
                60 * pulse * self.person if arm.kind == "midazolam" else zeros,
            ),
            ("nmda_block", "NMDA receptors blocked", "1", True, block),
            ("glutamate", "Glutamate release", "1", True, glutamate),
            ("fast_potentiation", "Fast potentiation", "1", True, fast),
            ("nascent_connections", "Nascent connections", "1", True, slow),
            ("emotional_regulation", "Emotional regulation", "1", True, 1 - np.exp(-relief)),
            ("dissociation", "Dissociation", "1", False, block * 1.2),
            ("symptom_level", "Symptoms, share of the way from normal", "1", False, np.exp(-self.relief(arm, t))),
        ]
        entries += [
            (f"score:{s}", f"{s} score", "points", False, self.score(arm, s, t, noisy=False))
            for s in self.design.scales
        ]
        return [self._entry(arm, t, *e) for e in entries]

    def _entry(
        self, arm: Arm, t: np.ndarray, signal: str, title: str, unit: str, latent: bool, x: np.ndarray
    ) -> dict[str, Any]:
        bands = np.quantile(x, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1)
        row = {
            "arm": arm.name,
            "signal": signal,
            "title": title,
            "unit": unit,
            "latent": latent,
            "times_h": [_r(v) for v in t],
            **{q: [_r(v) for v in b] for q, b in zip(QUANTILES, bands, strict=True)},
        }
        if self.design.typical:
            return {**row, "knowledge_low": None, "knowledge_high": None}
        means = np.array([x[:, self.draw == d].mean(axis=1) for d in range(DRAWS)])
        middle, half = x.mean(axis=1), 1.96 * means.std(axis=0)
        return {
            **row,
            "mean": [_r(v) for v in middle],
            "knowledge_low": [_r(v) for v in middle - half],
            "knowledge_high": [_r(v) for v in middle + half],
        }

    def scenarios(self, arm: Arm, control: str | None) -> list[dict[str, Any]]:
        name, visit = self._endpoint()
        change = self._change(arm, name, visit)
        if control:
            change = change - self._change(next(a for a in self.design.arms if a.name == control), name, visit)
        choices = (
            ("disinhibition", "interneuron", 1.0),
            ("disinhibition", "none", 0.55),
            ("HNK/AMPA", "off", 1.0),
            ("HNK/AMPA", "on", 1.22),
            ("acute anxiolysis", "on", 1.0),
            ("acute anxiolysis", "off", 0.93),
        )
        return [
            {
                "switch": s,
                "choice": c,
                "arm": arm.name,
                "control": control,
                "instrument": name,
                "visit": visit[0],
                "difference": {"mean": _r(f * change.mean()), "interval": self.interval(f * change)},
            }
            for s, c, f in choices
        ]


def _r(x: float) -> float:
    return float(f"{x:.9g}")


def _quantiles(x: np.ndarray) -> dict[str, float]:
    return {q: _r(v) for q, v in zip(QUANTILES, np.quantile(x, (0.05, 0.25, 0.5, 0.75, 0.95)), strict=True)}


def _times(design: Design, arm: Arm) -> np.ndarray:
    after = np.array(
        [
            0,
            0.1,
            0.2,
            0.35,
            0.5,
            0.66,
            0.8,
            1,
            1.3,
            1.6,
            2,
            2.5,
            3,
            4,
            5,
            6,
            8,
            10,
            12,
            16,
            20,
            24,
            30,
            36,
            48,
            60,
            72,
            96,
            120,
            144,
            168,
        ]
    )
    once = [d + after for d in (arm.times_h or (0.0,))] + [np.linspace(0, design.horizon_h, 60)]
    t = np.unique(np.concatenate(once))
    t = t[t <= design.horizon_h]
    return t if len(t) < 300 else np.unique(np.concatenate([after, t[:: len(t) // 200 + 1], t[-1:]]))


def _arm(arm: Arm) -> dict[str, Any]:
    drug = {"ketamine": "ketamine", "midazolam": "midazolam"}.get(arm.kind)
    dose = {"ketamine": (0.5, 38.1, 27.0, 52.0), "midazolam": (0.045, 3.4, 2.4, 4.7)}.get(arm.kind)
    doses = (
        []
        if dose is None
        else [
            {
                "time_h": t,
                "drug": drug,
                "route": "SC" if " SC " in arm.sentence else "IV",
                "amount": dose[0],
                "unit": "mg/kg",
                "mg_mean": dose[1],
                "mg_low90": dose[2],
                "mg_high90": dose[3],
                "duration_h": 0.0 if " SC " in arm.sentence else 2 / 3,
            }
            for t in arm.times_h
        ]
    )
    return {
        "name": arm.name,
        "sentences": [arm.sentence],
        "control": arm.control,
        "open_label": arm.open_label,
        "doses": doses,
    }


def _people(design: Design) -> dict[str, Any]:
    return {
        "disorder": design.disorder,
        "screened": 1313,
        "enrolled": PEOPLE,
        "excluded": {"LSAS below 60": 880, "SBP above 140 mmHg": 33},
        "characteristics": [
            {
                "name": "age",
                "label": "Age",
                "unit": "a",
                "mean": 36.2,
                "sd": 11.9,
                "q05": 20.1,
                "q50": 34.8,
                "q95": 57.7,
            },
            {
                "name": "weight",
                "label": "Weight",
                "unit": "kg",
                "mean": 76.3,
                "sd": 15.8,
                "q05": 54.1,
                "q50": 74.6,
                "q95": 104.9,
            },
            {"name": "female", "label": "Women", "share": 0.6125},
        ],
    }


def _instrument(scale: Scale) -> dict[str, Any]:
    response = scale.response and {
        "definition": f"fall of at least {scale.response * 100:.0f} % from baseline",
        "source": "Somebody2020",
        "grade": "assumed",
    }
    remission = scale.remission and {
        "definition": f"score of {scale.remission:.0f} or less",
        "source": "Somebody2020",
        "grade": "recalled",
    }
    return {
        "title": scale.title,
        "low": scale.low,
        "high": scale.high,
        "rater": scale.rater,
        "recall_h": scale.recall_h,
        "response": response or None,
        "remission": remission or None,
        "minimal_important_difference": {
            "value": scale.important,
            "source": scale.important and "Somebody2020",
            "grade": scale.important and "derived",
        },
        "normal_mean": scale.normal,
    }


def _exposure(arm: Arm) -> dict[str, Any]:
    analyte = "midazolam" if arm.kind == "midazolam" else "ketamine"
    return {
        "arm": arm.name,
        "analyte": analyte,
        "sampling": "venous",
        "unit": "ng/mL",
        "cmax": {"q05": 121.3, "q50": 186.4, "q95": 281.2},
        "tmax_h": {"q05": 0.66, "q50": 0.667, "q95": 0.68},
        "auc": {"q05": 288.0, "q50": 412.7, "q95": 611.0},
        "end_of_infusion": {"q05": 120.9, "q50": 185.9, "q95": 280.0},
    }


def _parameters(typical_run: bool) -> list[dict[str, Any]]:
    rows = [
        (
            "receptors.potency",
            "K",
            "Functional potency of racemic ketamine, unbound",
            0.96,
            0.53,
            1.7,
            "uM",
            "Somebody2020",
            "assumed",
            0.38,
        ),
        (
            "plasticity.loss_fast",
            "t_F",
            "Half-life of fast potentiation",
            28.0,
            17.0,
            46.0,
            "h",
            "quell2026",
            "assumed",
            0.21,
        ),
        (
            "kinetics.clearance",
            "CL",
            "Clearance of S-ketamine",
            88.8,
            63.0,
            125.0,
            "L/h",
            "Another2022",
            "measured",
            0.06,
        ),
        (
            "symptoms.responsiveness_lsas",
            "rho",
            "Responsiveness of LSAS",
            0.9,
            0.6,
            1.3,
            "1",
            "quell2026",
            "derived",
            0.05,
        ),
        (
            "expectancy.open",
            "e_o",
            "Expectancy when treatment is open",
            0.28,
            0.1,
            0.6,
            "1",
            "quell2026",
            "recalled",
            0.02,
        ),
        (
            "safety.cadss_slope",
            "s_C",
            "CADSS per uM of S-ketamine in brain",
            41.0,
            20.0,
            80.0,
            "1/uM",
            "Somebody2020",
            "derived",
            None,
        ),
    ]
    keys = ("id", "symbol", "title", "value", "low", "high", "unit", "source", "grade", "share_of_uncertainty")
    records = [dict(zip(keys, r, strict=True)) for r in rows]
    return [
        {
            **r,
            "source": [r["source"]],
            "place": "results: table 2",
            "low": None if typical_run else r["low"],
            "high": None if typical_run else r["high"],
            "share_of_uncertainty": None if typical_run else r["share_of_uncertainty"],
        }
        for r in records
    ]


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """The same summary with arms renamed wherever they are named as a whole."""
    if isinstance(value, dict):
        return {names.get(k, k): _renamed(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(v, names) for v in value]
    return names.get(value, value) if isinstance(value, str) else deepcopy(value)


RUNS: dict[str, Callable[[], dict[str, Any]]] = {
    "two arms": two_arms,
    "five arms": five_arms,
    "one arm": one_arm,
    "typical": typical,
    "saline only": saline_only,
    "many visits": many_visits,
    "nothing to gain": nothing_to_gain,
    "hostile": hostile,
}
