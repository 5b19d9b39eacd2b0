"""quell from Python: a study in, tables and labelled arrays out.

    >>> import quell
    >>> run = quell.run("study.yaml", seed=1, count=2000)
    >>> print(run)  # the answer in sentences
    >>> run.results()  # a table: arm, scale, visit
    >>> run.trajectories["ketamine"]["glutamate"]  # an array: patient, time

The numbers are those of ``quell run`` with the same study, seed, count and switches, to the last byte.
"""

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Container, Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quell.conventions.errors import StudyError
from quell.evidence.library import load_library
from quell.protocols.study_file import Study, parse_study
from quell.protocols.study_file import read_study as read_file

if TYPE_CHECKING:
    import pandas as pd
    import xarray

    from quell.protocols.data_table import DataTable

__all__ = [
    "Run",
    "Study",
    "StudyError",
    "kinetics",
    "noncompartmental",
    "open_run",
    "parameters",
    "read_study",
    "run",
    "schema",
    "sources",
]

_SUMMARY = "summary.json"
_NAMELESS = "study.yaml"


class Run:
    """A finished run: the files of its folder, read when they are asked for.

    Parameters
    ----------
    folder
        What ``quell run --out`` names.
    temporary
        Whether the folder goes when nobody holds the run any more.

    Raises
    ------
    StudyError
        The folder holds no finished run.
    """

    def __init__(self, folder: str | PathLike[str], *, temporary: bool = False) -> None:
        self.folder = Path(folder)
        self._temporary = temporary
        if temporary:
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        if not (self.folder / _SUMMARY).is_file():
            allowed = "a folder that quell run or quell.run has finished"
            raise StudyError(f"{self.folder} holds no finished run", text=str(folder), allowed=allowed)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """``summary.json``: every number of the report, by name."""
        return json.loads((self.folder / _SUMMARY).read_text(encoding="utf-8"))

    @cached_property
    def patients(self) -> "pd.DataFrame":
        """One row a person and arm: covariates, scores at visits, peaks, exposure, guesses."""
        return _read_parquet(self.folder / "patients.parquet")

    @cached_property
    def doses(self) -> "pd.DataFrame":
        """One row a dose given: person, arm, time in h, drug, route, mg, duration in h."""
        return _read_parquet(self.folder / "doses.parquet")

    @cached_property
    def trajectories(self) -> "xarray.DataTree":
        """Courses of the people kept, one group an arm: signals ``(patient, time)`` with units and long names.

        The attribute ``arm`` of a group is the arm's name as written in the study.
        """
        import xarray

        found = xarray.open_datatree(self.folder / "trajectories.zarr", engine="zarr", consolidated=False)
        place = {arm["name"]: i for i, arm in enumerate(self.summary["arms"])}
        groups = sorted(found.children.items(), key=lambda group: place[group[1].attrs["arm"]])
        ordered = xarray.DataTree(found.to_dataset(), children=dict(groups))
        return ordered.load() if self._temporary else ordered

    @property
    def report(self) -> Path:
        """``report.html``, written at the first call if it is not there."""
        path = self.folder / "report.html"
        if not path.exists():
            from quell.report.page import write_report

            write_report(self.summary, self.folder)
        return path

    def results(self) -> "pd.DataFrame":
        """Scores: one row an arm, instrument and visit; see :meth:`table`."""
        return self.table("results")

    def contrasts(self) -> "pd.DataFrame":
        """Differences between arms: one row a pair of arms, instrument and visit; see :meth:`table`."""
        return self.table("contrasts")

    def table(self, section: str) -> "pd.DataFrame":
        """A list of the summary as a table, such as ``safety``, ``exposure`` or ``parameters``.

        Keys within keys are joined by ``_``; an interval becomes ``low`` and ``high``, missing where none can be given.

        Raises
        ------
        StudyError
            The summary has no such list.
        """
        import pandas as pd

        tables = [name for name, value in self.summary.items() if isinstance(value, list)]
        if section not in tables:
            raise StudyError(f'the summary has no table "{section}"', text=section, allowed=tables)
        rows = self.summary[section]
        nested = {key for row in rows if isinstance(row, dict) for key, value in row.items() if isinstance(value, dict)}
        return pd.DataFrame([_flat(row, nested) if isinstance(row, dict) else {section: row} for row in rows])

    def __str__(self) -> str:
        from quell.report.terminal import answer

        return "\n".join(answer(self.summary))

    def __repr__(self) -> str:
        study = self.summary["study"]
        return f"<quell.Run {study['title']!r}: {self.summary['run']['people']} people, {self.folder}>"


def run(
    study: str | PathLike[str] | Study,
    out: str | PathLike[str] | None = None,
    *,
    seed: int | None = None,
    count: int | None = None,
    typical: bool = False,
    check: bool = False,
    switches: Mapping[str, str] | None = None,
    trajectories: Literal["some", "all"] = "some",
    progress: Callable[[str, int, int], None] | None = None,
) -> Run:
    """Simulate a study.

    Parameters
    ----------
    study
        A study file, its text (more than one line), or a study that has been read.
    out
        Folder for the results: new, empty, or that of the same study to resume or extend. None keeps the results only
        as long as the run itself.
    seed, count
        In place of the study's: whose luck, and how many people, each under every arm.
    typical
        Parameters at their central values; people still differ.
    check
        Halve the solver's steps for everybody and compare.
    switches
        Contested hypothesis -> choice, such as ``{"pathway": "HNK/AMPA"}``.
    trajectories
        Paths to keep: of the first 200 people, or of all.
    progress
        Called often, from any thread, with what is being done, how many people are done, and of how many.

    Raises
    ------
    StudyError
        The study, an option or the folder cannot be accepted; its message says what can.
    """
    from quell.simulation.engine import default_model
    from quell.simulation.run import run_study
    from quell.simulation.setup import Options
    from quell.simulation.switches import read_choices

    if trajectories not in ("some", "all"):
        raise StudyError(f'trajectories is "{trajectories}"', text=str(trajectories), allowed=("some", "all"))
    chosen = read_choices(default_model(), [f"{name}={choice}" for name, choice in (switches or {}).items()])
    options = Options(_plain(seed), _plain(count), typical, chosen, trajectories == "all")
    folder = Path(tempfile.mkdtemp(prefix="quell-") if out is None else out)
    try:
        finished = run_study(read_study(study), folder, options, check, progress or _silent)
    except BaseException:
        if out is None:
            shutil.rmtree(folder)
        raise
    if out is not None:
        from quell.report.page import write_report

        write_report(finished.summary, folder)
    return Run(folder, temporary=out is None)


def kinetics(
    data: "str | PathLike[str] | pd.DataFrame",
    model: str,
    parameters: Mapping[str, float] | None = None,
    *,
    covariates: str = "NONMEM",
) -> "pd.DataFrame":
    """Solve an NM-TRAN data set exactly: the same rows with PRED and the amount in every compartment.

    Parameters
    ----------
    data
        A comma-separated file, or a table with its columns.
    model
        As ``quell kinetics --models`` lists them.
    parameters
        Those that are the same on every row; the others are columns of the data.
    covariates
        Between two rows hold the values of the later one ("NONMEM") or of the earlier one ("LOCF").

    Raises
    ------
    StudyError
        The data, the model or a parameter cannot be accepted.
    """
    import pandas as pd

    from quell.mechanisms.model_catalogue import kinetic_model
    from quell.simulation.data_kinetics import solve_table

    return pd.DataFrame(solve_table(_data_table(data), kinetic_model(model), parameters or {}, covariates).columns)


def noncompartmental(
    data: "str | PathLike[str] | pd.DataFrame",
    model: str | None = None,
    parameters: Mapping[str, float] | None = None,
    *,
    route: str | None = None,
    rule: Literal["linear-up log-down", "linear", "log after peak"] = "linear-up log-down",
    covariates: str = "NONMEM",
) -> "pd.DataFrame":
    """Peak, areas, half-life, clearance and more, one row a person and dose that was sampled.

    Parameters
    ----------
    data
        An NM-TRAN data set: a comma-separated file, or a table with its columns.
    model, parameters, covariates
        As for :func:`kinetics`, to summarise predictions at the samples' times; without a model DV is summarised.
    route
        Without a model: how doses without RATE entered, "bolus" or "extravascular"; None: as CMT says.
    rule
        How areas are taken.

    Returns
    -------
    pandas.DataFrame
        Columns as in docs/theory/exposure.md, in h, mg, L and mg/L where AMT is in mg and DV in mg/L; missing what
        cannot be had.

    Raises
    ------
    StudyError
        The data, the model or a parameter cannot be accepted, or what was measured is no profile.
    """
    import pandas as pd

    from quell.mechanisms.model_catalogue import kinetic_model
    from quell.simulation.data_exposure import exposure_columns, measured_exposure, predicted_exposure
    from quell.simulation.data_kinetics import solve_table

    table = _data_table(data)
    if model is None:
        return pd.DataFrame(exposure_columns(measured_exposure(table, route, rule)))
    solved = solve_table(table, kinetic_model(model), parameters or {}, covariates)
    return pd.DataFrame(exposure_columns(predicted_exposure(solved.records, solved.pred, solved.model, rule)))


def _data_table(data: "str | PathLike[str] | pd.DataFrame") -> "DataTable":
    from quell.protocols.data_table import parse_table, read_table

    if isinstance(data, str | PathLike):
        return read_table(Path(data))
    return parse_table(data.to_csv(index=False, na_rep="."), "data")


def open_run(folder: str | PathLike[str]) -> Run:
    """Open what ``quell run`` or :func:`run` left in a folder.

    Raises
    ------
    StudyError
        The folder holds no finished run.
    """
    return Run(folder)


def read_study(study: str | PathLike[str] | Study) -> Study:
    """Read and check a study.

    Parameters
    ----------
    study
        A study file, or its text (more than one line).

    Raises
    ------
    StudyError
        With file, line, column, what is allowed and a suggestion; up to five problems at once.
    """
    if isinstance(study, Study):
        return study
    if isinstance(study, str) and "\n" in study:
        return parse_study(study, _NAMELESS)
    return read_file(Path(study))


def parameters(pack: str | None = None) -> "pd.DataFrame":
    """Every parameter of the model, or those of one pack: value, unit, grade, keys of its sources and place in them.

    Raises
    ------
    StudyError
        There is no such pack.
    """
    import pandas as pd

    columns = ["pack", "symbol", "title", "value", "unit", "grade", "source", "place", "population", "low", "high"]
    records = load_library().parameters(pack)
    rows = [
        (x.pack, x.symbol, x.title, x.value, x.unit, x.grade, x.source, x.place, x.population, *x.range)
        for x in records
    ]
    return pd.DataFrame(rows, index=pd.Index([x.id for x in records], name="id"), columns=columns)


def sources() -> "pd.DataFrame":
    """Every source that a parameter may name: citation, DOI, PubMed number, address, kind."""
    import pandas as pd

    found = load_library().sources
    rows = [(x.citation, x.doi, x.pmid, x.url, x.kind) for x in found.values()]
    index = pd.Index(list(found), name="key")
    return pd.DataFrame(rows, index=index, columns=["citation", "doi", "pmid", "url", "kind"])


def schema() -> dict[str, Any]:
    """The JSON Schema of study files."""
    from quell.protocols.json_schema import study_json_schema

    return study_json_schema()


def _plain(number: Any) -> Any:
    """A number of NumPy's as one of Python's."""
    return number.item() if hasattr(number, "item") else number


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(path)


def _flat(row: Mapping[str, Any], nested: Container[str] = (), within: tuple[str, ...] = ()) -> dict[str, Any]:
    """Nested keys joined by ``_``; an interval as two columns; nothing for a nested key that is null here."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key == "interval":
            low, high = value or (None, None)
            found |= {"_".join((*within, "low")): low, "_".join((*within, "high")): high}
        elif isinstance(value, dict):
            found |= _flat(value, within=(*within, key))
        elif value is not None or key not in nested:
            found["_".join((*within, key))] = value
    return found
