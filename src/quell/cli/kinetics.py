"""``quell kinetics``: an NM-TRAN data set in, the same rows with predictions and amounts out.

The answer goes to standard output or, whole or not at all, to a file. Numbers read back to the last bit.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quell.cli.printing import console, print_lines, print_table
from quell.conventions.errors import StudyError, suggest

if TYPE_CHECKING:
    from quell.mechanisms.compartment_models import CompartmentModel

RULES = ("NONMEM", "LOCF")
"""Whose values hold between two records: the later one's, or the earlier one's."""

_LARGE_BYTES = 2_000_000


def kinetics(
    data: Annotated[
        Path | None, typer.Argument(metavar="DATA", help="The data set (NM-TRAN, comma-separated).", show_default=False)
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="The model; see --models.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter, the same on every row; may be repeated."),
    ] = None,
    covariates: Annotated[
        str, typer.Option(metavar="NONMEM|LOCF", help="Between rows hold the values of the later row, or the earlier.")
    ] = "NONMEM",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead of printing.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    nca: Annotated[
        bool, typer.Option("--nca", help="Instead: peak, areas, half-life, clearance, one line a person and dose.")
    ] = False,
    route: Annotated[
        str | None,
        typer.Option(metavar="bolus|extravascular", help="With --nca and no model: how doses without RATE entered."),
    ] = None,
    models: Annotated[bool, typer.Option("--models", help="List the models with their parameters.")] = False,
) -> None:
    """Solve an NM-TRAN data set exactly: the same rows with PRED and the amount in every compartment."""
    if models:
        _show_models()
        return
    if data is None:
        raise StudyError("which data set?", allowed="quell kinetics DATA.csv --model NAME --param NAME=VALUE ...")
    _check_out(data, out, overwrite)
    rule = _rule(covariates)
    given = read_parameters(param or [])
    _check_summary(nca, model, route, given)
    if nca and model is None:
        _answer((f"{line}\n" for line in _measured(data, route)), out)
    else:
        _solve(data, model, given, rule, nca, out)


def read_parameters(texts: list[str]) -> dict[str, float]:
    """Name -> number of what ``--param`` was given.

    Raises
    ------
    StudyError
        A text is not NAME=NUMBER, or names a parameter twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise StudyError(f'--param "{text}" is not NAME=VALUE', text=text, allowed="NAME=VALUE, such as CL=1.1")
        name = name.upper()
        if name in found:
            raise StudyError(f"--param gives {name} twice", text=text, allowed="one value for each parameter")
        found[name] = _number(name, value)
    return found


def _number(name: str, text: str) -> float:
    try:
        value = float("nan" if "_" in text else text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        if "=" in text:
            hint = "One --param for each parameter: --param CL=1.1 --param V=20"
            raise StudyError(f'--param {name} is "{text}"', text=text, allowed="a finite number", hint=hint)
        comma = text.replace(",", ".", 1)
        meant = f"{name}={comma}" if comma != text and comma.replace(".", "", 1).isdigit() else None
        raise StudyError(f'--param {name} is "{text}"', text=text, allowed="a finite number", suggestion=meant)
    return value


def _rule(text: str) -> str:
    if text.upper() not in RULES:
        raise StudyError(f'--covariates is "{text}"', text=text, allowed=RULES, suggestion=suggest(text.upper(), RULES))
    return text.upper()


def _check_out(data: Path, out: Path | None, overwrite: bool) -> None:
    if out is None:
        return
    if out.is_dir():
        raise StudyError(f"{out} is a folder", text=str(out), allowed="the name of a file")
    if not out.parent.is_dir():
        raise StudyError(f"there is no folder {out.parent}", text=str(out), allowed="a file in a folder that exists")
    if out.exists():
        if data.exists() and out.samefile(data):
            raise StudyError(f"{out} is the data set itself", text=str(out), allowed="another file")
        if not overwrite:
            raise StudyError(f"{out} is already there", text=str(out), allowed="another name, or --overwrite")


def _check_summary(nca: bool, model: str | None, route: str | None, given: dict[str, float]) -> None:
    if route is not None and (model is not None or not nca):
        raise StudyError("--route is for --nca without a model", text=route, allowed="a model knows where doses enter")
    if nca and model is None and given:
        raise StudyError("--param is given and no --model", text=min(given), allowed="--model NAME, or no --param")


def _measured(data: Path, route: str | None) -> Iterator[str]:
    from quell.protocols.data_table import read_table
    from quell.simulation.data_exposure import exposure_lines, measured_exposure

    return exposure_lines(measured_exposure(read_table(data), route))


def _solve(data: Path, name: str | None, given: dict[str, float], rule: str, nca: bool, out: Path | None) -> None:
    from quell.cli.run import Teller
    from quell.mechanisms.model_catalogue import MODEL_NAMES, kinetic_model
    from quell.simulation.data_exposure import exposure_lines, predicted_exposure
    from quell.simulation.data_kinetics import solve_data
    from quell.simulation.record_parameters import assumed_covariates, unused_parameters, unusual_infusions

    if name is None:
        raise StudyError("which model? --model is missing", allowed=MODEL_NAMES, hint="See: quell kinetics --models")
    chosen = kinetic_model(name)
    large = data.is_file() and data.stat().st_size > _LARGE_BYTES
    with Teller() as teller:
        solved = solve_data(data, chosen, given, rule, (lambda what: teller.tell(what, 0, 0)) if large else _silent)
        found = exposure_lines(predicted_exposure(solved.records, solved.pred, chosen)) if nca else solved.lines()
        lines = (f"{line}\n" for line in found)
        if out is not None:
            _answer(lines, out)
    if out is None:
        _answer(lines, None)
    for covariate, value in assumed_covariates(solved.table, chosen, given).items():
        print(f"assumed: {covariate} is {value:g} on every row; a column or --param says otherwise", file=sys.stderr)
    for place in unusual_infusions(solved.records, chosen):
        print(f"note: {place}", file=sys.stderr)
    for unused in unused_parameters(solved.records, chosen, given):
        print(f"not used: {unused}; no record asks for it", file=sys.stderr)
    if count := solved.new_occasions:
        what = f"{count} dose{'s' if count > 1 else ''} read as reset and dose (EVID 4)"
        print(f"{what}: OCC counts up there and TIME starts again", file=sys.stderr)


def _answer(lines: Iterator[str], out: Path | None) -> None:
    if out is None:
        sys.stdout.writelines(lines)
        return
    _write(out, lines)
    print(f"written: {out}", file=sys.stderr)


def _silent(what: str) -> None:
    """Small data sets are solved before anybody could read what is being done."""


def _write(out: Path, lines: Iterator[str]) -> None:
    """Write the whole file, or leave what was there."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:80]}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from None
    try:
        with open(handle, "w", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _show_models() -> None:
    from quell.mechanisms.model_catalogue import MODEL_NAMES, kinetic_model

    found = [kinetic_model(name) for name in MODEL_NAMES]
    rows = [(x.name, " ".join(_with_defaults(x)), " ".join(_numbered(x.compartments)), x.dosed) for x in found]
    to = console()
    if to.is_terminal:
        print_table(to, ("model", "parameters", "compartments", "doses enter"), rows)
    else:
        print_lines(rows)


def _with_defaults(model: "CompartmentModel") -> list[str]:
    """Parameters, with their values where the model brings them along."""
    return [f"{name}={model.defaults[name]:.6g}" if name in model.defaults else name for name in model.parameters]


def _numbered(names: tuple[str, ...]) -> list[str]:
    return [f"{k}={name}" for k, name in enumerate(names, 1)]
