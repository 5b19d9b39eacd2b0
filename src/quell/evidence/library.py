"""The library: every pack of parameters and every source, loaded once.

Packs are the TOML files in ``parameters/``, one a mechanism. Others may add their own through the entry-point group
``quell.parameters``: the entry point's name is the pack's name and its object the path of the TOML file; such a pack
may bring its sources along as tables ``[source.<key>]`` with the fields citation, doi, pmid, url, kind.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from quell.conventions.errors import EvidenceError, suggest
from quell.evidence.bibliography import Source, read_bibliography
from quell.evidence.checks import check_pack
from quell.evidence.records import ParameterRecord, parse_parameter

ENTRY_POINTS = "quell.parameters"

_HERE = Path(__file__).parent
_SOURCE_FIELDS = frozenset({"citation", "doi", "pmid", "url", "kind"})


class UnknownEvidenceError(EvidenceError, KeyError):
    """A parameter, pack or source that the library does not hold."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of parameters.

    Parameters
    ----------
    name, title
        Name of the file without its ending; what it is about.
    file
        Where it was read.
    parameters
        The records in the order of the file.
    sha256
        Hash of the file's bytes.
    alternative
        True where a study's model does not use it: a published model that stands on its own.
    """

    name: str
    title: str
    file: Path
    parameters: tuple[ParameterRecord, ...]
    sha256: str
    alternative: bool = False


class Library:
    """Packs and sources together; ``library["receptors.potency"]`` is a record."""

    def __init__(self, packs: Iterable[Pack], sources: Mapping[str, Source]) -> None:
        self._packs = {pack.name: pack for pack in packs}
        self._records = {record.id: record for pack in self._packs.values() for record in pack.parameters}
        self.sources: Mapping[str, Source] = MappingProxyType(dict(sources))
        self._aliases = {alias: source.key for source in sources.values() for alias in (source.key, *source.aliases)}

    @property
    def packs(self) -> tuple[str, ...]:
        """Names of the packs."""
        return tuple(self._packs)

    def pack(self, name: str) -> Pack:
        """A pack by name; UnknownEvidenceError with a suggestion where there is none."""
        if name not in self._packs:
            found = suggest(name, self._packs)
            raise UnknownEvidenceError(f'unknown pack "{name}"', text=name, suggestion=found, allowed=self.packs)
        return self._packs[name]

    def parameters(self, pack: str | None = None) -> tuple[ParameterRecord, ...]:
        """The records of a pack, or of all packs, in the order of the files."""
        return tuple(self._records.values()) if pack is None else self.pack(pack).parameters

    def source(self, key: str) -> Source:
        """A source by its key or one of its other keys; UnknownEvidenceError with a suggestion where there is none."""
        if key not in self._aliases:
            raise UnknownEvidenceError(f'unknown source "{key}"', text=key, suggestion=suggest(key, self._aliases))
        return self.sources[self._aliases[key]]

    def __getitem__(self, identifier: str) -> ParameterRecord:
        if identifier not in self._records:
            raise _unknown_parameter(identifier, self._records)
        return self._records[identifier]

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


@cache
def load_library() -> Library:
    """The library of this installation: quell's own packs and those of entry points; read once.

    Raises
    ------
    EvidenceError
        Where a pack or the bibliography cannot be read.
    """
    own = sorted((_HERE / "parameters").glob("*.toml"))
    return read_library([*((path.stem, path) for path in own), *_foreign_packs()], _HERE / "sources.bib")


def read_library(packs: Iterable[tuple[str, Path]], bibliography: Path) -> Library:
    """A library from named pack files and a BibTeX file; arguments as for :func:`load_library`."""
    sources = read_bibliography(bibliography.read_text(encoding="utf-8"), bibliography)
    read: list[Pack] = []
    for name, path in packs:
        if any(name == pack.name for pack in read):
            raise EvidenceError(f'a second pack is named "{name}"', file=path)
        read.append(_read_pack(name, path, sources))
    return Library([_with_main_keys(pack, sources) for pack in read], sources)


def check_library(library: Library) -> list[str]:
    """Everything that is wrong with the library, one sentence each; empty for a sound one.

    Units, values within their ranges, known grades, places, distributions, unique names, sources that exist and are not
    held out, conflicts that begin with a source key.
    """
    return [problem for name in library.packs for problem in check_pack(library.parameters(name), library.source)]


def _foreign_packs() -> Iterator[tuple[str, Path]]:
    for entry in entry_points(group=ENTRY_POINTS):
        yield entry.name, Path(entry.load())


def _read_pack(name: str, path: Path, sources: dict[str, Source]) -> Pack:
    try:
        data = path.read_bytes()
        text = data.decode("utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvidenceError(f'the pack "{name}" cannot be read: {error}', file=path) from None
    _check_tables(name, content, path)
    for key, fields in content.get("source", {}).items():
        _add_source(key, fields, sources, path)
    parameters = tuple(_read_parameter(table, name, path, text) for table in content.get("parameter", []))
    title, alternative = str(content["pack"]["title"]), content["pack"].get("alternative") is True
    return Pack(name, title, path, parameters, hashlib.sha256(data).hexdigest(), alternative)


def _check_tables(name: str, content: Mapping[str, Any], path: Path) -> None:
    unknown = sorted(set(content) - {"pack", "parameter", "source"})
    if unknown:
        raise EvidenceError(f'unknown table "{unknown[0]}"', file=path, allowed="pack, parameter, source")
    if not isinstance(content.get("pack"), dict) or "title" not in content["pack"]:
        raise EvidenceError(f'the pack "{name}" has no title', file=path, hint='[pack] with title = "..." comes first')


def _add_source(key: str, fields: Mapping[str, Any], sources: dict[str, Source], path: Path) -> None:
    if key in sources:
        raise EvidenceError(f'the source "{key}" exists already', file=path)
    if not set(fields) <= _SOURCE_FIELDS or not fields.get("citation"):
        raise EvidenceError(f'the source "{key}" needs a citation', file=path, allowed=sorted(_SOURCE_FIELDS))
    words: dict[str, Any] = {name: str(value) for name, value in fields.items()}
    sources[key] = Source(key=key, **words)


def _read_parameter(table: Mapping[str, Any], pack: str, path: Path, text: str) -> ParameterRecord:
    try:
        return parse_parameter(table, pack)
    except EvidenceError as error:
        raise error.at(file=path, line=_line_of(str(table.get("name", "")), text)) from None


def _line_of(name: str, text: str) -> int | None:
    found = re.search(rf'^\s*name\s*=\s*["\']{re.escape(name)}["\']', text, re.MULTILINE)
    return found and text.count("\n", 0, found.start() + 1) + 1


def _with_main_keys(pack: Pack, sources: Mapping[str, Source]) -> Pack:
    """The pack with every source named by its main key."""
    main = {alias: source.key for source in sources.values() for alias in source.aliases}
    return replace(pack, parameters=tuple(_renamed(record, main) for record in pack.parameters))


def _renamed(record: ParameterRecord, main: Mapping[str, str]) -> ParameterRecord:
    if not any(key in main for key in record.source):
        return record
    return replace(record, source=tuple(main.get(key, key) for key in record.source))


def _unknown_parameter(identifier: str, known: Iterable[str]) -> UnknownEvidenceError:
    known = list(known)
    names = {record.rpartition(".")[2]: record for record in known}
    found = names.get(identifier) or suggest(identifier, known) or names.get(suggest(identifier, names) or "")
    return UnknownEvidenceError(
        f'unknown parameter "{identifier}"', text=identifier, suggestion=found, hint="Known parameters: quell evidence"
    )
