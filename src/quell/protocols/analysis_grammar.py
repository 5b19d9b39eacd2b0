"""Phrases of the sections ``estimands``, ``analysis`` and ``simulate``."""

from dataclasses import dataclass
from typing import Any, Literal

from quell.conventions.errors import StudyError
from quell.protocols.conditions import Comparison, When
from quell.protocols.forms import Grammar
from quell.protocols.slots import SLOTS, one_word

STRATEGIES = (
    "treatment policy",
    "composite as no change",
    "composite as failure",
    "hypothetical had they continued",
    "hypothetical had none been given",
    "while on treatment",
    "principal stratum",
)
"""What an estimand does about an event (ICH E9(R1))."""

METHODS = (
    "ANCOVA", "mixed model", "MMRM", "McNemar exact", "risk difference", "MCP-Mod", "log-rank",
    "log-rank with Cox Efron", "RMST difference", "t test", "Wilcoxon",
)  # fmt: skip
"""Analyses of a trial."""

COVARIANCES = (
    "unstructured", "heterogeneous Toeplitz", "Toeplitz", "heterogeneous AR(1)", "AR(1)", "compound symmetry",
)  # fmt: skip
"""Covariance structures."""

TERMS = (
    "treatment", "arm", "period", "sequence", "visit", "site", "strata", "baseline", "period baseline",
    "person mean baseline", "arm x visit", "baseline x visit", "treatment x visit",
)  # fmt: skip
"""Fixed effects."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is compared between arms.

    Parameters
    ----------
    instrument, statistic, time_h
        Scale; "change", "score", "responders" or "remitters"; hours from the first dose.
    reference
        Baseline that a change counts from, where it is not the study's.
    """

    instrument: str
    statistic: Literal["change", "score", "responders", "remitters"]
    time_h: float
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """A time from one event to another."""

    begin: str
    event: str


Variable = Endpoint | Comparison | TimeToEvent


@dataclass(frozen=True, slots=True)
class Contrast:
    """One arm against another, by difference or ratio."""

    arm: str
    control: str
    scale: Literal["difference", "ratio"] = "difference"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Level of a test."""

    level: float
    sides: int


def parse_endpoint(text: str) -> Endpoint:
    """The endpoint of a short study: "LSAS change from baseline at 24 h", "HAM-A responders at 28 d"."""
    endpoint: Endpoint = _ENDPOINT.read(text)
    if endpoint.time_h <= 0:
        raise StudyError(
            "an endpoint comes after the first dose", column=1, text=text.strip(), allowed=_ENDPOINT.examples
        )
    return endpoint


def parse_variable(text: str) -> Variable:
    """The variable of an estimand: an endpoint, a fall at some visit, or a time to an event."""
    return _VARIABLE.read(text)


def parse_contrast(text: str) -> Contrast:
    """Two arms: "ketamine - midazolam", "continue / withdraw"."""
    return _CONTRAST.read(text)


def parse_strategy(text: str) -> str:
    """A strategy for an intercurrent event: "treatment policy"."""
    return _STRATEGY.read(text)


def parse_summary(text: str) -> str:
    """How arms are compared: "mean difference", "hazard ratio", "restricted mean to 26 weeks"."""
    return _SUMMARY.read(text)


def parse_alpha(text: str) -> Alpha:
    """The level of a test: "0.05 two-sided"."""
    alpha: Alpha = _ALPHA.read(text)
    if not 0.0 < alpha.level <= 0.5:
        message = "the level of a test lies between 0 and 0.5"
        raise StudyError(message, column=1, text=text.strip(), allowed=_ALPHA.examples, suggestion="0.05 two-sided")
    return alpha


def parse_covariance(text: str) -> tuple[str, ...]:
    """Covariance structures in order of fallback: "unstructured then AR(1)"."""
    return _CHAIN.read(text)


def parse_free(grammar: Grammar) -> Any:
    """A reader that checks a text and keeps it."""

    def read(text: str) -> str:
        grammar.read(text)
        return " ".join(text.split())

    return read


def _said(**values: Any) -> dict[str, Any]:
    return values


def _chain(first: str, second: str | None = None, third: str | None = None) -> tuple[str, ...]:
    return tuple(structure for structure in (first, second, third) if structure)


_SLOTS: dict[str, Any] = {
    **SLOTS,
    "counted": one_word("responders", "remitters"),
    "strategy": one_word(*STRATEGIES),
    "structure": one_word(*COVARIANCES),
    "summary": one_word("mean difference", "risk difference", "risk ratio", "odds ratio", "hazard ratio"),
    "event": one_word("relapse", "loss of response", "leaving", "response"),
    "start": one_word("randomisation", "first dose", "end of course", "last dose"),
    "spender": one_word("Lan-DeMets O'Brien-Fleming", "Lan-DeMets Pocock", "Pocock", "O'Brien-Fleming"),
    "binding": one_word("non-binding", "binding"),
    "shape": one_word("linear", "Emax", "sigmoid Emax", "exponential", "quadratic", "log-linear"),
    "imputation": one_word("J2R", "CR", "CIR", "LMCF", "leaving as relapse", "interval-censored", "completers"),
}


def _change(instrument: str, time: float, words: str | None = None) -> Endpoint:
    return Endpoint(instrument, "change", time, None if words in (None, "baseline") else words)


def _counted(instrument: str, counted: Any, time: float) -> Endpoint:
    return Endpoint(instrument, counted, time)


def _fall(instrument: str, comparison: str, percent: float, time: float) -> Comparison:
    return Comparison(instrument, comparison, percent * 100.0, "%", "fall", when=(When(times_h=(time,)),))


def _any_fall(instrument: str, comparison: str, percent: float, time: float) -> Comparison:
    return Comparison(
        instrument, comparison, percent * 100.0, "%", "fall", when=(When(visits="any visit", within_h=time),)
    )


_SCORES: dict[str, Any] = {
    "{instrument} change [from {words}] at {time}": _change,
    "{instrument} {counted} at {time}": _counted,
    "{instrument} [score] at {time}": lambda instrument, time: Endpoint(instrument, "score", time),
}
_ENDPOINT = Grammar("an endpoint", _SCORES, _SLOTS, ("LSAS change from baseline at 24 h", "HAM-A responders at 28 d"))
_VARIABLE = Grammar(
    "a variable",
    {
        **_SCORES,
        "{instrument} fall {comparison} {percent} at any visit up to {time}": _any_fall,
        "{instrument} fall {comparison} {percent} at {time}": _fall,
        "time from {start:begin} to {event}": TimeToEvent,
    },
    _SLOTS,
    ("LSAS change from period baseline at 1 d", "LSAS fall > 35 % at 14 d", "time from randomisation to relapse"),
)
_CONTRAST = Grammar(
    "a contrast",
    {
        "{words:arm} - {words:control}": Contrast,
        "{words:arm} / {words:control}": lambda arm, control: Contrast(arm, control, "ratio"),
    },
    _SLOTS,
    ("ketamine - midazolam", "continue / withdraw"),
)
_STRATEGY = Grammar("a strategy", {"{strategy}": lambda strategy: strategy}, _SLOTS, STRATEGIES)
_SUMMARY = Grammar(
    "a summary",
    {
        "{summary}": lambda summary: summary,
        "restricted mean to {time}": lambda time: f"restricted mean to {time:g} h",
    },
    _SLOTS,
    ("mean difference", "risk difference", "hazard ratio", "restricted mean to 26 weeks"),
)
_ALPHA = Grammar(
    "a level",
    {
        "{number:level} two-sided": lambda level: Alpha(level, 2),
        "{number:level} one-sided": lambda level: Alpha(level, 1),
    },
    _SLOTS,
    ("0.05 two-sided", "0.025 one-sided"),
)
_CHAIN = Grammar(
    "a covariance",
    {"{structure:first} [then {structure:second}] [then {structure:third}]": _chain},
    _SLOTS,
    ("unstructured then heterogeneous Toeplitz then AR(1)", "unstructured"),
)
SENSITIVITY = Grammar(
    "a sensitivity analysis",
    {"{imputation}": _said, "tipping {number:low} to {number:high} points by {number:step}": _said},
    _SLOTS,
    ("J2R", "tipping 0 to 8 points by 0.5", "leaving as relapse", "interval-censored"),
)
FAMILY = Grammar(
    "a family of tests",
    {
        "fixed sequence {words}": _said,
        "holm": _said,
        "hochberg": _said,
        "bonferroni": _said,
        "gatekeeping {words}": _said,
    },
    _SLOTS,
    ("fixed sequence high then low", "Holm", "Hochberg"),
)
CANDIDATE = Grammar(
    "a dose-response shape", {"{shape} [{number:first}] [{number:second}]": _said}, _SLOTS, ("linear", "Emax 0.1")
)
LOOK = Grammar(
    "an interim look",
    {"{whole} events": _said, "{whole} people": _said, "{percent}": _said},
    _SLOTS,
    ("31 events", "50 %"),
)
SPENDING = Grammar("alpha spending", {"{spender}": _said}, _SLOTS, ("Lan-DeMets O'Brien-Fleming",))
FUTILITY = Grammar(
    "a futility rule",
    {"{binding} at {number} conditional power": _said},
    _SLOTS,
    ("non-binding at 0.2 conditional power",),
)
FIND_N = Grammar(
    "a search for n",
    {"power {number} for {words:arm} - {words:control}": _said},
    _SLOTS,
    ("power 0.9 for high - midazolam",),
)
DOSE_OF = Grammar("a dose", {"dose {number}": lambda number: number}, _SLOTS, ("dose 0",))
