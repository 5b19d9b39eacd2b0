"""``quell mechanism``: how the mechanisms are wired, as tables, as JSON, or as a picture.

On a terminal the answer is tables that fit its width; elsewhere plain lines with tabs, one record a line, each
beginning with what it is and whose. A name that nothing carries raises StudyError with a suggestion.
"""

import sys
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from quell.cli.printing import console, print_json, print_lines, print_table, safe
from quell.cli.wiring_tables import SECTIONS, Section, arrow_data, as_data, overview
from quell.conventions.errors import StudyError, suggest
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.story import default_system
from quell.mechanisms.wiring import Box, Wiring, wire

PICTURES = (".svg", ".mmd")
"""Endings of the files that ``--draw`` writes: a picture, or Mermaid text."""


def mechanism(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One mechanism (receptors, plasticity, ...).")
    ] = None,
    states: Annotated[bool, typer.Option("--states", help="Only the states.")] = False,
    signals: Annotated[bool, typer.Option("--signals", help="Only the signals.")] = False,
    parameters: Annotated[bool, typer.Option("--parameters", help="Only the parameters.")] = False,
    switches: Annotated[bool, typer.Option("--switches", help="Only the contested choices.")] = False,
    equations: Annotated[bool, typer.Option("--equations", help="Only the equations.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    draw: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the wiring: FILE.svg or FILE.mmd.")] = None,
) -> None:
    """Show how the mechanisms are wired, from dose to symptoms: what each reads, keeps and writes."""
    story = wire(default_system(), KINETICS)
    boxes = story.boxes if name is None else (story.box(name),)
    flags = {
        "states": states,
        "signals": signals,
        "parameters": parameters,
        "switches": switches,
        "equations": equations,
    }
    asked = {section: SECTIONS[section] for section, wanted in flags.items() if wanted}
    if draw is not None:
        _draw(story, name, draw)
    if as_json:
        chosen = asked or SECTIONS
        print_json({"mechanisms": [as_data(x, chosen) for x in boxes], "arrows": arrow_data(story)})
    elif name is None and not asked and draw is None:
        _show_overview(console(), story)
    elif draw is None:
        told = asked or {section: table for section, table in SECTIONS.items() if section != "equations"}
        for box in boxes:
            _show_box(console(), box, told)


def _show_overview(to: Console, story: Wiring) -> None:
    boxes = overview(story)
    if not to.is_terminal:
        print_lines([(x.name, x.title, "; ".join(x.reads), "; ".join(x.read_by)) for x in boxes])
        return
    rows = [row for x in boxes for row in zip_longest((x.name,), x.reads, x.read_by, fillvalue="")]
    print_table(to, ("mechanism", "reads", "is read by"), rows)
    to.print()
    counted = f"{len(boxes)} steps, {sum(len(x.states) for x in story.boxes)} states."
    to.print(safe(f"{counted} See one: quell mechanism {boxes[-1].name}", "dim"))


def _show_box(to: Console, box: Box, sections: Mapping[str, Section]) -> None:
    filled = {section: rows for section, table in sections.items() if (rows := table.rows(box))}
    if to.is_terminal and filled:
        to.print(safe(f"{box.title} ({box.name})", "bold"))
    for section, rows in filled.items():
        if section == "equations":
            print_lines([*rows, ("",)])
        elif to.is_terminal:
            to.print()
            print_table(to, sections[section].headings, rows)
        else:
            print_lines([(section, box.name, *row) for row in rows])
    if to.is_terminal and filled:
        to.print()


def _draw(story: Wiring, name: str | None, file: Path) -> None:
    if file.suffix not in PICTURES:
        near = suggest(file.suffix, PICTURES)
        raise StudyError(f'cannot draw "{file.name}"', text=file.suffix, allowed=PICTURES, suggestion=near)
    shown = story if name is None else story.around(name)
    heading = "From dose to symptoms" if name is None else f"{story.box(name).title}: what it reads, and who reads it"
    file.write_text(_picture(shown, heading, file.suffix), encoding="utf-8")
    print(f"drawn: {file}", file=sys.stderr)


def _picture(shown: Wiring, heading: str, ending: str) -> str:
    if ending == ".mmd":
        from quell.report.mechanism_mermaid import mermaid

        return mermaid(shown)
    from quell.report.mechanism_diagram import draw_wiring

    return draw_wiring(shown, heading)
