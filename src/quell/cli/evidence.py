"""``quell evidence``: where each number comes from, how firm it is, and what is missing.

On a terminal the answer is a table that fits its width; elsewhere plain lines with tabs, one record a line. A name that
nothing carries raises StudyError with a suggestion.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from quell.conventions.errors import escape
from quell.evidence.bibliography import Source
from quell.evidence.library import Library, load_library
from quell.evidence.queries import as_dictionary, gap_report, select
from quell.evidence.records import GRADES, UNMEASURED, ParameterRecord

_WIDE, _MIDDLE = 110, 64
_STYLES = {"assumed": "yellow", "recalled": "yellow"}


def evidence(
    identifier: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="A parameter (receptors.potency), a word in its id or title, or a study (feder2014)."
        ),
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Only this pack.")] = None,
    grade: Annotated[str | None, typer.Option(help=f"Only this grade: {', '.join(GRADES)}.")] = None,
    source: Annotated[str | None, typer.Option(help="Only what rests on, or disagrees with, this source.")] = None,
    drugs: Annotated[bool, typer.Option("--drugs", help="List the treatments and their routes instead.")] = False,
    studies: Annotated[bool, typer.Option("--studies", help="List the published trials behind the model.")] = False,
    facts: Annotated[bool, typer.Option("--facts", help="List the facts a credible model reproduces.")] = False,
    gaps: Annotated[bool, typer.Option("--gaps", help="Show what nobody measured and where sources disagree.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where each number comes from: value, unit, uncertainty, source, place in it, grade."""
    console = Console(highlight=False, markup=False, emoji=False)
    if drugs:
        _show_drugs(console, as_json)
        return
    library = load_library()
    if studies or facts or _is_study(identifier, library):
        _show_trials(console, studies, facts, identifier or "", library, as_json)
        return
    records = select(library, identifier, pack, grade, source)
    if gaps:
        _show_gaps(console, records, as_json, everything=not (identifier or pack or grade or source))
    elif identifier is not None and len(records) == 1:
        _show_one(console, records[0], library, as_json)
    else:
        _show_list(console, records, library.source(source) if source else None, as_json)


def _is_study(identifier: str | None, library: Library) -> bool:
    if identifier is None or identifier in library:
        return False
    from quell.cli.study_tables import is_study

    return is_study(identifier)


def _show_trials(
    console: Console, studies: bool, facts: bool, identifier: str, library: Library, as_json: bool
) -> None:
    from quell.cli.study_tables import show_facts, show_studies, show_study

    if studies:
        show_studies(console, as_json)
    elif facts:
        show_facts(console, as_json)
    else:
        show_study(console, identifier, library, as_json)


def _show_list(console: Console, records: Sequence[ParameterRecord], source: Source | None, as_json: bool) -> None:
    if as_json:
        _print_json([as_dictionary(record) for record in records])
        return
    if source:
        _say(console, _cited(source), "bold")
    columns: list[tuple[str, Callable[[ParameterRecord], str]]] = [
        ("parameter", lambda record: record.id),
        ("value", _value),
        ("grade", lambda record: record.grade),
        ("source", lambda record: ", ".join(record.source)),
        ("title", lambda record: record.title),
    ]
    if console.is_terminal:
        kept = columns if console.width >= _WIDE else columns[: 4 if console.width >= _MIDDLE else 3]
        _print_table(console, records, kept)
        console.print(_safe(_counted(records)), style="dim")
    else:
        _print_lines(["\t".join(cell(record) for _, cell in columns) for record in records])


def _print_table(
    console: Console,
    records: Iterable[ParameterRecord],
    columns: Sequence[tuple[str, Callable[[ParameterRecord], str]]],
) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, _ in columns:
        table.add_column(heading, overflow="fold")
    for record in records:
        style = _STYLES.get(record.grade, "")
        table.add_row(*(_safe(cell(record), style if heading == "grade" else "") for heading, cell in columns))
    console.print(table)


def _show_one(console: Console, record: ParameterRecord, library: Library, as_json: bool) -> None:
    sources = [library.source(key) for key in record.source]
    if as_json:
        _print_json(as_dictionary(record) | {"sources": [asdict(source) for source in sources]})
        return
    low, high = record.interval()
    spread = f"95 % of what we know: {low:.3g} to {high:.3g}" if low < high else "taken as exact"
    _say(console, f"{record.id}  {record.symbol}".rstrip(), "bold")
    _say(console, record.title)
    rows = [
        ("value", f"{_value(record)} ({spread})"),
        ("uncertainty", str(record.uncertainty or "") if low < high else ""),
        ("between patients", str(record.between_patient or "")),
        ("between occasions", str(record.between_occasion or "")),
        ("range", f"{record.range[0]:g} to {record.range[1]:g} {_unit(record)}".rstrip()),
        ("population", record.population),
        ("grade", f"{record.grade}: {GRADES.get(record.grade, 'unknown')}"),
        *(("source", _cited(source)) for source in sources),
        ("place", record.place),
        ("note", record.note),
        *(("disagrees", conflict) for conflict in record.conflicts),
    ]
    _print_fields(console, [(name, text) for name, text in rows if text])


def _print_fields(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    if not console.is_terminal:
        _print_lines([f"{name}\t{text}" for name, text in rows])
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(name, _safe(text))
    console.print(grid)


def _show_gaps(console: Console, records: Sequence[ParameterRecord], as_json: bool, everything: bool) -> None:
    report = gap_report(records)
    trials = _study_gaps() if everything else {}
    if as_json:
        _print_json(report | ({"studies": trials} if everything else {}))
        return
    unmeasured = sum(report["grades"][grade] for grade in UNMEASURED)
    _say(console, f"{unmeasured} of {len(records)} values stand on no source that measured them", "bold")
    _print_pack_counts(console, report["packs"])
    for grade in UNMEASURED:
        _print_section(
            console,
            f"{grade} ({GRADES[grade]}): {report['grades'][grade]}",
            [f"{record.id}: {record.place}" for record in records if record.grade == grade],
        )
    disagreements = [f"{name}: {words}" for name, conflicts in report["conflicts"].items() for words in conflicts]
    _print_section(console, f"sources disagree: {len(disagreements)}", disagreements)
    _print_section(console, f"taken as exact: {len(report['exact'])}", report["exact"])
    for heading, lines in trials.items():
        _print_section(console, f"{heading}: {len(lines)}", lines)


def _study_gaps() -> dict[str, list[str]]:
    from quell.cli.study_tables import study_gaps

    return study_gaps()


def _print_pack_counts(console: Console, packs: dict[str, dict[str, int]]) -> None:
    if not console.is_terminal:
        _print_lines(["\t".join(["pack", *GRADES])])
        _print_lines(["\t".join([pack, *map(str, counts.values())]) for pack, counts in packs.items()])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("pack", overflow="fold")
    for grade in GRADES:
        table.add_column(_safe(grade, _STYLES.get(grade, "")), justify="right")
    for pack, counts in packs.items():
        table.add_row(_safe(pack), *(str(count or "") for count in counts.values()))
    console.print(table)


def _print_section(console: Console, heading: str, lines: Sequence[str]) -> None:
    if lines:
        _say(console, "")
        _say(console, heading, "bold")
    for line in lines:
        _say(console, f"  {line}")


def _show_drugs(console: Console, as_json: bool) -> None:
    from quell.protocols.treatments import DRUGS

    if as_json:
        _print_json({name: {"routes": list(drug.routes), "units": list(drug.units)} for name, drug in DRUGS.items()})
        return
    if not console.is_terminal:
        _print_lines(["\t".join([name, ", ".join(drug.routes), ", ".join(drug.units)]) for name, drug in DRUGS.items()])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("treatment", "routes", "dose in"):
        table.add_column(heading, overflow="fold")
    for name, drug in DRUGS.items():
        table.add_row(_safe(name), _safe(", ".join(drug.routes)), _safe(", ".join(drug.units)))
    console.print(table)


def _value(record: ParameterRecord) -> str:
    return f"{record.value:.4g} {_unit(record)}".rstrip()


def _unit(record: ParameterRecord) -> str:
    return "" if record.unit == "1" else record.unit


def _cited(source: Source) -> str:
    caveat = f" ({source.caveat})" if source.caveat else ""
    return f"{source.key}: {source.citation}{caveat}" + (f"  {source.link}" if source.link else "")


def _counted(records: Sequence[ParameterRecord]) -> str:
    counts = Counter(record.grade for record in records)
    graded = ", ".join(f"{counts[grade]} {grade}" for grade in GRADES if counts[grade])
    return f"{len(records)} parameters" + (f": {graded}" if graded else "")


def _say(console: Console, text: str, style: str = "") -> None:
    """One paragraph, wrapped on a terminal and one line elsewhere."""
    if console.is_terminal:
        console.print(_safe(text, style))
    else:
        _print_lines([text])


def _safe(text: str, style: str = "") -> Text:
    return Text(escape(text), style=style)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print("\t".join(escape(cell) for cell in line.split("\t")))


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
