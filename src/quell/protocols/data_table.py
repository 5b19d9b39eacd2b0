"""A data file as its columns of text: what every reader of data sets begins with.

    header,of,names
    1,0,30                  # one record a line, as many fields as the header has names

Lines that begin with ``#`` and empty lines are passed over, as NM-TRAN does. A byte order mark, Windows line ends and
quoted fields are what spreadsheets and statistics programs export, and are read. A row is a line of the file and a
column a character of it, both counted from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from math import isfinite
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv
from pyarrow.compute import call_function

from quell.conventions.errors import StudyError, suggest

LARGEST_MEGABYTES = 100
"""Size of the largest data set that is read; some three million short records."""

EXAMPLE = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV"
"""A header as it may be written."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """The lines of a data file and the fields in them.

    Parameters
    ----------
    file
        Name as the person gave it.
    header
        The line that names the columns, as written.
    header_row
        Its line in the file.
    names
        Upper-case names of the columns, in their order.
    lines
        The records as written, without line ends.
    rows
        The line of each record in the file, ``(record,)``.
    columns
        Fields by column name, stripped, ``(record,)`` each.
    """

    file: str
    header: str
    header_row: int
    names: tuple[str, ...]
    lines: list[str]
    rows: np.ndarray
    columns: dict[str, pa.Array]

    @property
    def written_names(self) -> tuple[str, ...]:
        """Names of the columns as written."""
        return tuple(name for name, _ in _split(self.header.removeprefix("#")))

    def numbers(self, name: str, allowed: str = "a number, or . where it is missing") -> np.ndarray:
        """A column as numbers, nan where a field is ``.`` or empty, ``(record,)``.

        Raises
        ------
        StudyError
            At the first field that is no number.
        """
        found = self.numbers_or_none(name)
        if found is None:
            found = np.array([_number(text) for text in self.columns[name].to_pylist()])
        wrong = ~np.isfinite(found) & ~self.missing(name)
        if wrong.any():
            raise self._not_a_number(int(wrong.argmax()), name, allowed)
        return found

    def numbers_or_none(self, name: str) -> np.ndarray | None:
        """A column as numbers, or None where a field of it is a word."""
        texts, missing = self.columns[name], self.missing(name)
        _, offsets, letters = texts.buffers()
        known = pa.py_buffer(np.packbits(~missing, bitorder="little"))
        try:
            numbers = pa.StringArray.from_buffers(len(texts), offsets, letters, known).cast(pa.float64())
        except pa.ArrowInvalid:
            return None
        return np.where(missing, np.nan, np.frombuffer(numbers.buffers()[1], count=len(texts)))

    def missing(self, name: str) -> np.ndarray:
        """Where a field is ``.`` or empty, ``(record,)``."""
        texts = self.columns[name]
        _, offsets, letters = texts.buffers()
        begins = np.frombuffer(offsets, np.int32, len(texts) + 1)
        lengths = np.diff(begins)
        signs = np.append(np.frombuffer(letters or b"", np.uint8), np.uint8(0))
        return (lengths == 0) | ((lengths == 1) & (signs[begins[:-1]] == ord(".")))

    def text(self, record: int, name: str) -> str:
        """A field as written."""
        return self.columns[name][record].as_py()

    def refuse(
        self, record: int, name: str, message: str, allowed: str | None = None, suggestion: str | None = None
    ) -> StudyError:
        """The error at a field; at the beginning of the line where the file lacks the column."""
        text, column = "", 1
        if name in self.columns:
            text, column = list(_split(self.lines[record]))[self.names.index(name)]
        return StudyError(
            message,
            file=self.file,
            line=int(self.rows[record]),
            column=column,
            text=text or None,
            source=self.lines[record],
            allowed=allowed,
            suggestion=suggestion,
        )

    def refuse_column(
        self, name: str, message: str, allowed: str | None = None, suggestion: str | None = None
    ) -> StudyError:
        """The error at the name of a column."""
        text, column = list(_split(self.header))[self.names.index(name)]
        return StudyError(
            message,
            file=self.file,
            line=self.header_row,
            column=column,
            text=text,
            source=self.header,
            allowed=allowed,
            suggestion=suggestion,
        )

    def _not_a_number(self, record: int, name: str, allowed: str) -> StudyError:
        text = self.text(record, name)
        return self.refuse(record, name, f'{name} "{text}" is not a number', allowed, _meant(name, text))


def read_table(path: str | Path) -> DataTable:
    """Read a comma-separated file.

    Raises
    ------
    StudyError
        Where the file cannot be read as a table; ``line`` is the row, ``column`` the character.
    """
    return parse_table(_text(Path(path)), str(path))


def parse_table(text: str, file: str) -> DataTable:
    """Read comma-separated text.

    Parameters
    ----------
    text
        The whole data set.
    file
        What it is called in errors.

    Raises
    ------
    StudyError
        As :func:`read_table`.
    """
    every = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = _header_at(every)
    if at is None:
        raise StudyError("the data set is empty", file=file, line=1, column=1, source="", allowed=EXAMPLE)
    header = every[at].removeprefix("#")
    names = _names(file, at + 1, every[at], header)
    kept = [(row, line) for row, line in enumerate(every[at + 1 :], at + 2) if line.strip() and line[0] != "#"]
    lines = [line for _, line in kept]
    rows = np.array([row for row, _ in kept], dtype=np.int64)
    if not lines:
        message = "the data set has no records"
        raise StudyError(message, file=file, line=at + 1, column=1, source=every[at], allowed="a line for each record")
    return DataTable(file, every[at], at + 1, names, lines, rows, _columns(file, names, lines, rows))


def _text(path: Path) -> str:
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise StudyError(message, file=path, line=row, column=column, source="", allowed="CSV UTF-8") from None
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        message = "the data set is binary, or UTF-16 text"
        raise StudyError(message, file=path, line=row, column=1, source="", allowed="comma-separated UTF-8 text")
    return text


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise StudyError("the data set cannot be read: not a file", file=path)
        size = path.stat().st_size / 1e6
        if size > LARGEST_MEGABYTES:
            message = f"the data set is too large ({size:.0f} MB)"
            raise StudyError(message, file=path, source="", allowed=f"up to {LARGEST_MEGABYTES} MB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        near = suggest(path.name, _neighbours(path)) if isinstance(error, FileNotFoundError) else None
        raise StudyError(f"the data set cannot be read: {reason}", file=path, suggestion=near) from None


def _neighbours(path: Path) -> list[str]:
    """Names of the files beside a file that is not there; a thousand at most are looked at."""
    try:
        return [entry.name for entry in islice(path.parent.iterdir(), 1000)]
    except OSError:
        return []


def _header_at(lines: list[str]) -> int | None:
    """Index of the line that names the columns; it may begin with # so that NM-TRAN passes it over."""
    for index, line in enumerate(lines):
        bare = line.strip()
        if bare and (bare[0] != "#" or {"ID", "TIME"} <= {name.upper() for name, _ in _split(bare[1:])}):
            return index
    return None


def _names(file: str, row: int, source: str, header: str) -> tuple[str, ...]:
    if "," not in header:
        found = next((sign for sign in (";", "\t") if sign in header), "")
        word = {";": "semicolons", "\t": "tabs", "": "blanks"}[found]
        message = f"fields are separated by commas, not by {word}"
        allowed = f"{EXAMPLE}, with decimal points"
        raise StudyError(message, file=file, line=row, column=1, text=header.strip(), source=source, allowed=allowed)
    names: list[str] = []
    shift = len(source) - len(header)
    for text, column in _split(header):
        name, problem = text.upper(), None
        if not name:
            problem = "a column has no name"
        elif name in names:
            problem = f"column {name} appears twice"
        elif isfinite(_number(name)):
            problem = f'"{text}" is not the name of a column: the first line names the columns'
        if problem:
            raise StudyError(problem, file=file, line=row, column=column + shift, text=text or None, source=source,
                             allowed=EXAMPLE)  # fmt: skip
        names.append(name)
    return tuple(names)


def _columns(file: str, names: tuple[str, ...], lines: list[str], rows: np.ndarray) -> dict[str, pa.Array]:
    try:
        table = csv.read_csv(
            BytesIO("\n".join(lines).encode()),
            csv.ReadOptions(column_names=list(names)),
            csv.ParseOptions(ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        table = None
    if table is None or table.num_rows != len(lines):
        raise _misshapen(file, names, lines, rows)
    return {name: call_function("utf8_trim_whitespace", [table[name].combine_chunks()]) for name in names}


def _misshapen(file: str, names: tuple[str, ...], lines: list[str], rows: np.ndarray) -> StudyError:
    """The error for the first record that has not one field for each column."""
    for row, line in zip(rows, lines, strict=True):
        fields = list(_split(line))
        if len(fields) != len(names) or line.count('"') % 2:
            text, column = fields[min(len(fields), len(names) + 1) - 1]
            message = f"{len(fields)} fields in a data set of {len(names)} columns"
            if line.count('"') % 2:
                message, text, column = "a quotation mark is never closed", '"', line.rindex('"') + 1
            return StudyError(message, file=file, line=int(row), column=column, text=text or None, source=line,
                              allowed=f"{', '.join(names)}; . for what is missing, decimal points")  # fmt: skip
    return StudyError("the data set cannot be read as comma-separated text", file=file, allowed=EXAMPLE)


def _split(line: str) -> Iterator[tuple[str, int]]:
    """The fields of a line, stripped and without their quotation marks, and the character at which each begins."""
    begin, quoted = 0, False
    for at, sign in enumerate(f"{line},"):
        quoted = quoted ^ (sign == '"')
        if sign == "," and (not quoted or at == len(line)):
            raw = line[begin:at]
            inner = raw.strip().strip('"').strip()
            yield inner, begin + (raw.find(inner) if inner else 0) + 1
            begin = at + 1


def _number(text: str) -> float:
    """A number as Fortran may write it (1D3, +5), nan for anything else."""
    try:
        return float("nan") if "_" in text else float(text.upper().replace("D", "E"))
    except ValueError:
        return float("nan")


def _meant(name: str, text: str) -> str | None:
    """What was probably meant by something that is no number."""
    if name == "TIME" and text.replace(":", "", 1).isdigit() and ":" in text:
        hours, minutes = text.split(":")
        return f"{int(hours or 0) + int(minutes or 0) / 60:.10g}"
    if text.upper() in ("NA", "NAN", "NULL", "-", "N/A"):
        return "."
    return text.replace(",", ".") if isfinite(_number(text.replace(",", "."))) else None
