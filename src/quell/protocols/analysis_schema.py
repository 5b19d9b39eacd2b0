"""Sections about what a trial estimates, and how: ``estimands``, ``analysis``, ``simulate``, ``outcomes``."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from quell.conventions.bounds import LARGEST_SEED
from quell.conventions.errors import StudyError
from quell.protocols import analysis_grammar as grammar
from quell.protocols.phrases import Name, Phrase, Section, free_keys, one_of, whole_number
from quell.protocols.plan_grammar import Share, parse_share
from quell.protocols.plan_schema import Events, gather

EVENT_NAMES = tuple(field.alias or name for name, field in Events.model_fields.items())
"""Events that an estimand may name."""

_COUNTS_AS = " counts as"

VariableField = Annotated[
    grammar.Variable | None, Phrase(grammar.parse_variable, ("HAM-A change at 28 d",), "what is measured")
]
ContrastField = Annotated[grammar.Contrast, Phrase(grammar.parse_contrast, ("ketamine - midazolam",), "two arms")]


class Estimand(Section):
    """What a trial wants to know: the five attributes of ICH E9(R1), and one strategy for each event, by its name."""

    model_config = free_keys("strategies", names=EVENT_NAMES)

    like: Name | None = Field(None, description="Another estimand from which the rest is inherited.")
    variable: VariableField = None
    contrast: ContrastField | list[ContrastField] | None = None
    population: Annotated[str | None, one_of(("all randomised", "all treated", "per protocol"), "population")] = None
    summary: Annotated[str | None, Phrase(grammar.parse_summary, ("mean difference", "hazard ratio"), "summary")] = None
    strategies: dict[str, Annotated[str, Phrase(grammar.parse_strategy, grammar.STRATEGIES, "strategy")]] = Field(
        {}, description="Event: strategy; written beside the other keys."
    )

    @model_validator(mode="before")
    @classmethod
    def _gather_strategies(cls, value: Any) -> Any:
        return gather(value, "strategies", lambda key: key if key in EVENT_NAMES else None)


def _checked(rules: grammar.Grammar, title: str) -> Phrase:
    return Phrase(grammar.parse_free(rules), rules.examples, title)


class Analysis(Section):
    """How a trial is analysed; ``ARM counts as: dose 0`` gives an arm its dose in a dose-response analysis."""

    model_config = free_keys("counts as", pattern=f"{_COUNTS_AS}$")

    like: Name | None = Field(None, description="Another analysis from which the rest is inherited.")
    method: Annotated[str | None, one_of(grammar.METHODS, "method")] = None
    data: Annotated[
        str | None, one_of(("all visits", "endpoint visit", "until stopping or rescue", "completers"), "data")
    ] = None
    covariance: Annotated[
        tuple[str, ...] | None, Phrase(grammar.parse_covariance, ("unstructured then AR(1)",), "covariance")
    ] = None
    fixed: list[Annotated[str, one_of(grammar.TERMS, "fixed effect")]] | None = None
    random: Annotated[str | None, one_of(("person", "site"), "random effect")] = None
    df: Annotated[str | None, one_of(("Kenward-Roger", "Satterthwaite", "residual"), "degrees of freedom")] = None
    after_leaving: Annotated[
        str | None,
        one_of(
            ("imputed from retrieved drop-outs", "missing at random", "censored", "no change"), "data after leaving"
        ),
    ] = None
    sensitivity: list[Annotated[str, _checked(grammar.SENSITIVITY, "a sensitivity analysis")]] | None = None
    strata: Annotated[str | None, one_of(("as randomised", "none"), "strata")] = None
    family: Annotated[str | None, _checked(grammar.FAMILY, "a family of tests")] = None
    candidates: list[Annotated[str, _checked(grammar.CANDIDATE, "a dose-response shape")]] | None = None
    counts_as: dict[str, Annotated[float, Phrase(grammar.DOSE_OF.read, ("dose 0",), "a dose")]] = Field({})
    alpha: Annotated[grammar.Alpha | None, Phrase(grammar.parse_alpha, ("0.05 two-sided",), "level of the test")] = None
    looks: list[Annotated[str, _checked(grammar.LOOK, "an interim look")]] | None = None
    spending: Annotated[str | None, _checked(grammar.SPENDING, "alpha spending")] = None
    futility: Annotated[str | None, _checked(grammar.FUTILITY, "a futility rule")] = None
    role: Annotated[
        str | None, one_of(("primary", "secondary", "supplementary", "exploratory"), "role of an analysis")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _gather_doses(cls, value: Any) -> Any:
        return gather(
            value, "counts as", lambda key: key.removesuffix(_COUNTS_AS) if key.endswith(_COUNTS_AS) else None
        )


class Simulate(Section):
    """How many trials are simulated, and under which nulls."""

    trials: Annotated[int | None, whole_number(1, 1_000_000, "the number of trials")] = None
    seed: Annotated[int | None, whole_number(0, LARGEST_SEED, "the seed")] = None
    nulls: (
        list[Annotated[str, one_of(("identical arms", "side effects only", "effect ends with course"), "null")]] | None
    ) = None
    carry_over: Annotated[str | None, one_of(("from the model", "none"), "carry-over")] = Field(
        None, alias="carry-over"
    )
    find_n: Annotated[str | None, _checked(grammar.FIND_N, "a search for n")] = None
    hazards: Annotated[str | None, one_of(("from the model",), "hazards")] = None


def _number(lowest: float, highest: float, what: str, example: float) -> Phrase:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            raise StudyError(f"{what} cannot be {text}", column=1, text=text, allowed=f"{lowest:g} to {highest:g}")
        return value

    return Phrase(read, (example,), what, {"type": "number", "minimum": lowest, "maximum": highest})


class AssumedOutcomes(Section):
    """Outcomes typed in: they replace the mechanism, so that a trial can be checked against other software."""

    mean: dict[str, Annotated[float, _number(-1000, 1000, "a mean", -12.0)]] = Field(
        description="Arm: mean of the variable."
    )
    sd: Annotated[float, _number(1e-6, 1000, "an SD", 8.0)] = Field(alias="SD")
    correlation: Annotated[float, _number(-1, 1, "a correlation", 0.5)] = 0.5
    drop_out: Annotated[Share | None, Phrase(parse_share, ("20 % by 28 d",), "how many leave")] = Field(
        None, alias="drop-out"
    )


class Outcomes(Section):
    """Where outcomes come from, if not from the mechanism."""

    assumed: AssumedOutcomes
