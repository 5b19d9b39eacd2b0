r"""Sources and the BibTeX file that holds them.

A small strict dialect that any BibTeX tool reads: an entry begins with ``@kind{key,``, every field is one line
``  name = {text},`` and a line ``}`` closes it; outside entries only lines that begin with ``%``. Fields: ``note`` (the
citation), ``doi``, ``pmid``, ``url``, ``ids`` (other keys of the same source), ``annote`` (what is uncertain about the
reference itself), ``keywords = {held out}`` for a trial that judges the model and never feeds it. In ``note`` and
``annote`` the characters ``& % $ # _`` stand behind a backslash; braces, backslashes and tildes cannot be held.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from quell.conventions.errors import EvidenceError

KINDS = ("article", "online", "misc")
HELD_OUT = "held out"

_ENTRY = re.compile(r"@([a-z]+)\{([A-Za-z][A-Za-z0-9_]*),")
_FIELD = re.compile(r"  ([a-z]+) = \{(.*)\},")
_FIELDS = {"note": "citation", "doi": "doi", "pmid": "pmid", "url": "url", "annote": "caveat"}
_PROSE = ("note", "annote")
_SPECIAL = re.compile(r"([&%$#_])")
_ESCAPED = re.compile(r"\\([&%$#_])")
_REFUSED = re.compile(r"[{}\\~\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from.

    Parameters
    ----------
    key
        Its key in packs and in the BibTeX file.
    citation
        Authors, journal, year; or the name of a page.
    doi, pmid, url
        Where to find it; None if unknown.
    kind
        article, online (a registry, a page, a database) or misc (our own work).
    aliases
        Other keys of the same source.
    caveat
        What is uncertain about the reference itself.
    held_out
        True for a trial that judges the model: no value may come from it.
    """

    key: str
    citation: str
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    kind: str = "article"
    aliases: tuple[str, ...] = ()
    caveat: str | None = None
    held_out: bool = False

    @property
    def link(self) -> str | None:
        """The best address: DOI, PubMed, or the page."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else self.url


def read_bibliography(text: str, file: str | Path) -> dict[str, Source]:
    """Sources by key, in the order of the file.

    Raises
    ------
    EvidenceError
        With the line that is not in the dialect, or a key that occurs twice, capitals apart.
    """
    sources: dict[str, Source] = {}
    seen: dict[str, str] = {}
    fields: dict[str, str] | None = None
    kind = key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if fields is None:
            if entry := _ENTRY.fullmatch(line):
                kind, key, fields = entry[1], entry[2], {}
            elif line.strip() and not line.startswith("%"):
                raise EvidenceError("not the beginning of a source", file=file, line=number, text=line, source=line)
        elif line == "}":
            try:
                sources[key] = _source(kind, key, fields)
                _claim(sources[key], seen)
            except EvidenceError as error:
                raise error.at(file=file, line=number) from None
            fields = None
        elif (field := _FIELD.fullmatch(line)) and field[1] not in fields:
            fields[field[1]] = _ESCAPED.sub(r"\1", field[2]) if field[1] in _PROSE else field[2]
        else:
            raise EvidenceError("not a field of a source", file=file, line=number, text=line.strip(), source=line)
    if fields is not None:
        raise EvidenceError(f'source "{key}" is not closed', file=file)
    return sources


def write_bibliography(sources: Iterable[Source]) -> str:
    """The BibTeX text of the sources; :func:`read_bibliography` gives them back.

    Raises
    ------
    EvidenceError
        For a text that the dialect cannot hold.
    """
    return "\n".join(map(_entry, sources))


def _source(kind: str, key: str, fields: dict[str, str]) -> Source:
    if kind not in KINDS:
        raise EvidenceError(f'source "{key}" is of unknown kind "{kind}"', allowed=KINDS)
    unknown = set(fields) - set(_FIELDS) - {"ids", "keywords"}
    if unknown:
        allowed = [*_FIELDS, "ids", "keywords"]
        raise EvidenceError(f'source "{key}" has an unknown field "{min(unknown)}"', allowed=allowed)
    if not fields.get("note"):
        raise EvidenceError(f'source "{key}" has no citation (field "note")')
    known = {_FIELDS[name]: text for name, text in fields.items() if name in _FIELDS}
    aliases = tuple(alias.strip() for alias in fields.get("ids", "").split(",") if alias.strip())
    return Source(key=key, kind=kind, aliases=aliases, held_out=fields.get("keywords") == HELD_OUT, **known)


def _claim(source: Source, seen: dict[str, str]) -> None:
    """Refuse a key that another source has already, capitals apart: BibTeX tools do not tell them apart."""
    for key in {k.casefold() for k in (source.key, *source.aliases)}:
        if key in seen:
            raise EvidenceError(f'the key "{key}" of source "{source.key}" belongs to "{seen[key]}" already')
        seen[key] = source.key


def _entry(source: Source) -> str:
    fields = {name: getattr(source, attribute) for name, attribute in _FIELDS.items()}
    fields["ids"] = ", ".join(source.aliases)
    fields["keywords"] = HELD_OUT if source.held_out else None
    lines = [f"  {name} = {{{_written(name, text)}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{source.kind}{{{source.key},", *lines, "}", ""])


def _written(name: str, text: str) -> str:
    refused = _REFUSED.search(text) if name in _PROSE else re.search(r"[{}\s]", text) if name == "url" else None
    if refused:
        raise EvidenceError(f'the character "{refused[0]}" cannot stand in the field "{name}"', text=text)
    return _SPECIAL.sub(r"\\\1", text) if name in _PROSE else text
