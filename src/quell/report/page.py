"""The page: report.html, one file that opens offline, from the summary alone.

The page forbids itself every outside request (Content-Security-Policy): styles stand in it, scripts run only if their
hash is named, charts are drawn by an interpreter that needs no ``eval``.
"""

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from quell.report import credibility, findings
from quell.report.bundle import vega_bundle
from quell.report.cascade_figure import Panel, Steps, cascade
from quell.report.causes_figure import change_causes, difference_causes
from quell.report.clock import Clock, clock_for, stretched_clock
from quell.report.colours import arm_colours
from quell.report.forest import forest, scales_forest
from quell.report.glossary import glossary, term
from quell.report.headline import headline
from quell.report.lead import lead, rests_on
from quell.report.moments import moments_table, score_table
from quell.report.origins import parameters_table, sources, top_parameters_table
from quell.report.reading import Reading
from quell.report.run_tables import doses_table, exposure_table, guess_table, held_out_table, people_table
from quell.report.safety_figure import harms_table, peak_tables
from quell.report.score_tables import all_visits, definitions, few_visits, results_table
from quell.report.spread_figure import scenario_table, scenarios_of
from quell.report.svg_axes import names_room
from quell.report.symptom_figure import arm_panels, instrument_panels, symptom_figure
from quell.report.tables import Table, unit_in_words
from quell.report.tiles import figures_to_remember
from quell.report.vega import embedded, symptom_spec
from quell.report.voice import fixed, path_to

SCHEMA = "quell-summary/1"
_TEMPLATES = Path(__file__).parent / "templates"
_DAY_H = 24.0


def write_report(summary: Mapping[str, Any], folder: Path) -> Path:
    """Write ``report.html`` into a folder.

    Parameters
    ----------
    summary
        The parsed summary.json, schema ``quell-summary/1``.
    folder
        Where to write; it must exist. The file appears whole or not at all.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If the summary has another schema.
    OSError
        If the folder cannot be written.
    """
    file = Path(folder) / "report.html"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".report.html.", delete=False) as part:
        part.write(render(summary))
    os.chmod(part.name, 0o644)
    os.replace(part.name, file)
    return file


def render(summary: Mapping[str, Any], bundle: str | None = None) -> str:
    """The page as text.

    Parameters
    ----------
    bundle
        Chart library to embed; by default that of :func:`quell.report.bundle.vega_bundle`. With an empty one the
        symptom figure is the drawing that print uses.
    """
    if summary.get("schema") != SCHEMA:
        raise ValueError(f"summary of schema {summary.get('schema')!r}; this report reads {SCHEMA!r}")
    reading = Reading(summary)
    clock = clock_for(reading.horizon_h, reading.infusion_h, reading.dose_times_h)
    library = vega_bundle() if bundle is None else bundle
    context = {**_top(reading), **_figures(reading, clock), **_numbers(reading), **_basis(reading)}
    return _template().render(**context, **_scripts(reading, clock, library), **_words(reading, clock))


def _top(reading: Reading) -> dict[str, Any]:
    return {
        "headline": headline(reading),
        "lead": lead(reading),
        "rests_on": rests_on(reading),
        "tiles": figures_to_remember(reading),
        "notice": credibility.NOTICE,
    }


def _words(reading: Reading, clock: Clock) -> dict[str, Any]:
    """Objects and functions that the templates speak with."""
    voice = reading.voice
    return {
        "reading": reading,
        "summary": reading.summary,
        "clock": clock,
        "find": findings,
        "term": term,
        "fixed": fixed,
        "say": voice.say,
        "quote": voice.quote,
        "count": voice.count,
        "key": voice.key,
        "at": path_to,
        "unit_in_words": unit_in_words,
        "panel_caption": lambda panel: findings.panel_caption(voice, panel.row, panel.fades),
        "knows": any(row["knowledge_low"] for row in reading.rows("cascade")),
    }


def _figures(reading: Reading, clock: Clock) -> dict[str, Any]:
    colours = arm_colours(row.data for row in reading.arms.values())
    steps = [cascade(reading, arm, clock) for arm in reading.arms]
    own = next(s for s in steps if s.arm == reading.arm["name"])
    return {
        "colours": colours,
        "symptom_figure": symptom_figure(reading, clock, colours),
        "names_room": names_room(reading.arms),
        "score_table": score_table(reading, reading.instrument, clock, colours),
        "arm_panels": arm_panels(reading, clock, colours),
        "instrument_panels": instrument_panels(reading, clock, colours),
        "own_steps": own,
        "own_table": _steps_table(reading, own, clock),
        "other_steps": [(s, _steps_table(reading, s, clock)) for s in steps if s is not own and s.panels],
        "still_arms": [s for s in steps if s is not own and not s.panels],
    }


def _steps_table(reading: Reading, steps: Steps, clock: Clock) -> list[Table]:
    """The numbers behind the small multiples."""

    def table(panels: list[Panel], on: Clock, caption: str) -> Table:
        return moments_table(reading.voice, [p.row for p in panels], "step", on, {}, caption)

    tables = [table(steps.panels, clock, "Median and 90 % of people")] if steps.panels else []
    if steps.first_day:
        day = stretched_clock(_DAY_H, reading.infusion_h)
        tables.insert(0, table(steps.first_day, day, "The first day: median and 90 % of people"))
    return tables


def _numbers(reading: Reading) -> dict[str, Any]:
    colours = arm_colours(row.data for row in reading.arms.values())
    difference = reading.first(
        "decomposition", arm=reading.arm["name"], instrument=reading.instrument, visit=reading.visit
    ) or reading.first("decomposition")
    others = [row for row in reading.rows("decomposition") if row is not difference]
    within = [
        row
        for row in reading.rows("within_arm")
        if row["instrument"] == reading.instrument and row["visit"] == reading.visit
    ] or reading.rows("within_arm")
    return {
        "scales_forest": scales_forest(reading, colours) if reading.endpoint and len(reading.instruments) > 1 else None,
        "scales": [_scale(reading, name, colours) for name in reading.instruments],
        "difference": difference,
        "difference_causes": difference_causes(reading, difference) if difference else None,
        "other_causes": [(row, difference_causes(reading, row)) for row in others],
        "change_causes": change_causes(reading, within, colours) if within else None,
        "peaks": peak_tables(reading, colours),
        "harms": harms_table(reading, colours) if reading.rows("harms") else None,
        "guesses": guess_table(reading, colours) if reading.rows("guess") else None,
        "scenarios": scenario_table(reading, colours[reading.arm["name"]]) if scenarios_of(reading) else None,
        "held_out": held_out_table(reading) if reading.rows("held_out") else None,
    }


def _scale(reading: Reading, name: str, colours: dict[str, str]) -> dict[str, Any]:
    few, every = few_visits(reading, name), all_visits(reading, name)
    contrasts = reading.rows("contrasts", instrument=name)
    more = len(every) > len(few)
    return {
        "name": name,
        "definitions": definitions(reading, name),
        "results": results_table(reading, name, few, colours),
        "all_results": results_table(reading, name, every, colours) if more else None,
        "forest": forest(reading, name, few, colours) if contrasts else None,
        "all_forest": forest(reading, name, every, colours) if contrasts and more else None,
    }


def _basis(reading: Reading) -> dict[str, Any]:
    colours = arm_colours(row.data for row in reading.arms.values())
    return {
        "doses": doses_table(reading, colours),
        "exposure": exposure_table(reading, colours) if reading.rows("exposure") else None,
        "people": people_table(reading),
        "top_parameters": top_parameters_table(reading),
        "parameters": parameters_table(reading),
        "sources": sources(reading),
        "assumptions": credibility.assumptions(reading),
        "credibility": credibility.credibility(reading),
        "glossary": glossary(reading.voice, reading.summary),
    }


def _scripts(reading: Reading, clock: Clock, library: str) -> dict[str, Any]:
    """The page's scripts, and the policy that lets these and no others run."""
    colours = arm_colours(row.data for row in reading.arms.values())
    spec = symptom_spec(reading, clock, colours) if library else None
    own = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    scripts = [library, own] if spec else []
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts) or "'none'"
    return {
        "style": Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        "scripts": [Markup(script) for script in scripts],  # noqa: S704 (our own and the wheel's)
        "symptom_spec": Markup(embedded(spec)) if spec else None,  # noqa: S704 (escaped for a script element)
        "policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src {hashes}; img-src data:; base-uri "
            f"'none'; form-action 'none'"
        ),
    }


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
