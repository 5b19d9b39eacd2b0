# noqa: INP001
"""Write ``src/quell/evidence/sources.bib`` from tables of sources.

    python scripts/import_sources.py FOLDER [--out FILE]

FOLDER holds ``pk_sources.csv``, ``pd_sources.csv``, ``clin_sources.csv`` and ``land_sources.csv`` with the columns
source_key, citation, doi, pmid, url (clin also: identifiers). Entries that denote the same paper become one entry; its
other keys stand in ``ids``. The same key for two papers is refused unless ``RENAMED`` tells them apart, and so are two
entries with one key that nothing shows to be the same paper unless ``SAME`` says so.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from quell.evidence.bibliography import Source, write_bibliography

TABLES = ("pk", "pd", "clin", "land")

RENAMED = {
    ("pk", "Glue2020"): "Glue2020tablets",
    ("pd", "Glue2020"): "glue2020",
    ("pd", "Simons2022"): "Simons2022part2",
    ("pd", "Noppers2011"): "Noppers2011liver",
}
"""(table, key) -> key, where one key was given to two papers."""

SAME = (
    ("Kamp2020anes", "Kamp2020"),
    ("TransformCADSS", "esk_dissoc"),
    ("Luckenbaugh2014", "luckenbaugh2014"),
    ("Sigtermans2009",),
    ("Loo2016",),
    ("glue2020",),
)
"""Keys that denote one paper although no identifier shows it; read and compared by hand."""

OWN = ("ThisWork", "proposal", "model_check")
"""Keys of our own derivations and proposals: all become quell2026."""

HELD_OUT = frozenset({"glue2018", "glue2020", "shadli2018", "taylor2018", "Lii2023"})
"""Trials that judge the model."""

QUELL = Source(
    "quell2026",
    "The quell developers. Assumptions and derivations of this model; the place says which. quell, 2026",
    kind="misc",
    aliases=OWN,
)
PROTOTYPE = Source(
    "prototype2026",
    "The quell developers. Starting values of the design, found on calibration rows only, before the calibration. 2026",
    kind="misc",
)

DATA_SETS = (
    Source(
        "PanicImipramine",
        "Data set panic2 of the R package nparLD: panic disorder on imipramine, Panic and Agoraphobia Scale, "
        "weeks 0 to 8",
        kind="online",
        caveat="only the odd-numbered patients were at hand",
    ),
    Source(
        "DepressionDIA",
        "Data set antidepressant_data of the R package rbmi: an antidepressant against placebo, 172 patients, "
        "originally from the DIA working group on missing data",
        kind="online",
    ),
)
"""Public data sets behind derived figures (derive_study_summaries.py)."""


def read_table(folder: Path, table: str) -> Iterator[Source]:
    """The sources of one table, own work left out."""
    with (folder / f"{table}_sources.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["source_key"] not in OWN:
                yield source_of(row, table)


def source_of(row: dict[str, str], table: str) -> Source:
    """A source from a row of a table."""
    url, remark, *_ = [*re.split(r"[;\s]+", row["url"].strip(), maxsplit=1), ""]
    uncertain = row.get("identifiers", "verified")
    caveats = [remark.strip("()")] if remark else []
    caveats += [] if uncertain == "verified" else [uncertain]
    return Source(
        key=RENAMED.get((table, row["source_key"]), row["source_key"]),
        citation=" ".join(row["citation"].split()),
        doi=row["doi"].strip() or None,
        pmid=row["pmid"].strip() or None,
        url=url or None,
        kind=kind_of(row),
        caveat="; ".join(caveats) or None,
    )


def kind_of(row: dict[str, str]) -> str:
    """An article has an identifier, authors, or a volume; everything else is a page."""
    looks_like_article = re.search(r"\bet al\b|\b(19|20)\d\d;\d|PMC\d", row["citation"] + row["url"], re.IGNORECASE)
    return "article" if row["doi"] or row["pmid"] or looks_like_article else "online"


def merge(sources: Iterable[Source]) -> list[Source]:
    """One source a paper, the first key first."""
    merged: list[Source] = []
    for source in sources:
        twin = next((i for i, other in enumerate(merged) if is_same(source, other)), None)
        if twin is None:
            merged.append(source)
        else:
            merged[twin] = united(merged[twin], source)
    return [replace(source, held_out=not HELD_OUT.isdisjoint((source.key, *source.aliases))) for source in merged]


def is_same(one: Source, other: Source) -> bool:
    """Whether two entries denote one paper: an identifier shared, or one key and one address, or decided by hand."""
    if any(a and a == b for a, b in zip(identifiers(one), identifiers(other), strict=True)):
        return True
    keys = {other.key, *other.aliases}
    if any(one.key in group and (not keys.isdisjoint(group)) for group in SAME):
        return True
    same_key = one.key.casefold() in {key.casefold() for key in keys}
    if same_key and one.url != other.url:
        sys.exit(f"{one.key}: two entries, not shown to be one paper:\n  {other.citation}\n  {one.citation}")
    return same_key


def identifiers(source: Source) -> tuple[str | None, str | None]:
    """DOI and PubMed number, comparable."""
    return source.doi and source.doi.casefold(), source.pmid


def united(first: Source, second: Source) -> Source:
    """Two entries of one paper as one; the first key stays, the fuller citation too."""
    fuller = first if is_fuller(first.citation, second.citation) else second
    return replace(
        first,
        citation=fuller.citation,
        doi=first.doi or second.doi,
        pmid=first.pmid or second.pmid,
        url=first.url or second.url,
        kind=min(first.kind, second.kind),
        aliases=(*first.aliases, *({second.key} - {first.key, *first.aliases})),
        caveat=fuller.caveat,
    )


def is_fuller(one: str, other: str) -> bool:
    """Whether the first citation says more: authors seen before length."""
    return ("recalled" not in one, len(one)) >= ("recalled" not in other, len(other))


def main() -> None:
    """Read the tables, merge them, write the file."""
    parser = argparse.ArgumentParser(description="Write sources.bib from tables of sources.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "src/quell/evidence/sources.bib")
    arguments = parser.parse_args()
    sources = merge(source for table in TABLES for source in read_table(arguments.folder, table))
    sources = sorted([*sources, *DATA_SETS, QUELL, PROTOTYPE], key=lambda source: source.key.casefold())
    arguments.out.write_text(write_bibliography(sources), encoding="utf-8")
    print(f"{len(sources)} sources, {sum(len(source.aliases) for source in sources)} other keys -> {arguments.out}")


if __name__ == "__main__":
    main()
