"""The whole study file: every section of the schema, whatever command reads it."""

from typing import Annotated

from pydantic import Field

from quell.conventions.errors import StudyError
from quell.protocols.analysis_grammar import Endpoint, parse_endpoint
from quell.protocols.analysis_schema import Analysis, Estimand, Outcomes, Simulate
from quell.protocols.arms_schema import GivenField
from quell.protocols.people_schema import People
from quell.protocols.phrases import Flag, Name, Phrase, Section
from quell.protocols.plan_schema import Blinding, Epoch, Events, Limits, Sites
from quell.protocols.visits_schema import MeasuresField, VisitsField

VERSION = 1
"""Version of the schema that this quell reads."""


def _version(text: str) -> int:
    if text != str(VERSION):
        message = f"this quell reads version {VERSION} of the study file"
        raise StudyError(message, column=1, text=text, allowed=f"quell: {VERSION}", suggestion=str(VERSION))
    return VERSION


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title:
        raise StudyError("the title is empty", allowed="a title, such as One infusion in social anxiety disorder")
    if len(title) > 300:
        raise StudyError(
            "the title is longer than 300 characters", column=1, text=text[:60], allowed="up to 300 characters"
        )
    return title


class StudyModel(Section):
    """A study: who, what, when, measured how."""

    quell: Annotated[int, Phrase(_version, (VERSION,), "version of the schema", {"const": VERSION})]
    title: Annotated[str, Phrase(_title, ("One infusion in social anxiety disorder",), "title")]
    people: People
    arms: dict[str, GivenField] | None = Field(
        None, description="Arm: what it gives. One epoch; people live every arm."
    )
    treatments: dict[str, GivenField] | None = Field(None, description="Treatment: what it gives, for a plan.")
    plan: list[Epoch] | None = Field(None, description="Epochs in order, for a trial with more than one.")
    control: Name | None = Field(None, description="The arm that others are compared with.")
    visits: VisitsField
    endpoint: Annotated[
        Endpoint | None, Phrase(parse_endpoint, ("LSAS change from baseline at 24 h",), "what is compared")
    ] = None
    measures: MeasuresField | None = None
    sites: Sites | None = None
    blinding: Blinding | None = None
    events: Events | None = None
    limits: Limits | None = None
    estimands: dict[str, Estimand] | None = None
    analysis: dict[str, Analysis] | None = None
    simulate: Simulate | None = None
    outcomes: Outcomes | None = None
    extrapolate: Flag = Field(False, description="Doses outside the evidence are allowed, and marked.")
