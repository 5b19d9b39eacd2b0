"""One way to print: tables that fit a terminal, lines with tabs in a pipe, JSON for machines."""

import json
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from quell.conventions.errors import escape

UNSURE = {"assumed": "yellow", "recalled": "yellow"}
"""Word -> style of grades that nobody measured."""


def console() -> Console:
    """The terminal or pipe behind stdout; nothing in a text is taken as markup."""
    return Console(highlight=False, markup=False, emoji=False)


def print_table(to: Console, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their headings, cells wrapped to the width of the terminal.

    Parameters
    ----------
    rows
        One cell a heading; text from anywhere, made safe here.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(safe(cell, UNSURE.get(cell, "")) for cell in row))
    to.print(table)


def print_lines(rows: Iterable[Sequence[str]]) -> None:
    """One record a line, cells apart by tabs."""
    for row in rows:
        print("\t".join(escape(cell) for cell in row))


def print_json(data: object) -> None:
    """JSON that any reader accepts."""
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def safe(text: str, style: str = "") -> Text:
    """Text that can carry no control sign to the terminal."""
    return Text(escape(text), style=style)
