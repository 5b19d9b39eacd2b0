"""The regimens of an arm that is given as an NM-TRAN data set."""

from pathlib import Path

from quell.conventions.errors import StudyError
from quell.protocols.arms_schema import DataRegimen, Given
from quell.protocols.events import regimens
from quell.protocols.nmtran import DataSet, dose_events, read_data_set
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.regimen_overlap import check_combination
from quell.protocols.study_errors import nearest
from quell.protocols.yaml_reader import Document, Keys


def given_regimens(document: Document, path: Keys, given: Given) -> tuple[Regimen, ...]:
    """What an arm gives, its data set read if it has one.

    Parameters
    ----------
    path
        Where the arm stands in the study file, beside which data sets lie.

    Raises
    ------
    StudyError
        At the study file for the name of the data set, at the data set for what it holds.
    """
    if not isinstance(given, DataRegimen):
        return given
    place = nearest(document, (*path, "data"))
    name = Path(given.data)
    if name.is_absolute() or ".." in name.parts or not given.data.strip():
        message = "a data set lies in the folder of the study, or below"
        raise document.error(place, message, allowed="doses.csv, data/doses.csv")
    file = Path(document.file).parent / name
    if not file.is_file():
        raise document.error(place, f'there is no data set "{given.data}"', allowed="a file beside the study")
    data = read_data_set(file)
    people = {int(record.number("ID")) for record in data.doses}
    if len(people) > 1:
        raise _at(
            data,
            f"{len(people)} people in the data set of one arm",
            allowed="one ID: everybody in an arm gets its doses",
        )
    found = regimens(dose_events(data, given.drug, given.unit, given.route))
    return tuple(_checked(data, found))


def _checked(data: DataSet, found: tuple[Regimen, ...]) -> list[Regimen]:
    """Each regimen as its sentence would be read, so that a data set is checked like a sentence."""
    checked: list[Regimen] = []
    for regimen in found:
        try:
            checked.append(parse_regimen(regimen.sentence))
            check_combination(checked)
        except StudyError as error:
            row = _row(data, regimen)
            raise StudyError(f"{error.message} ({regimen.sentence})", file=data.file, line=row, column=1, text="",
                             allowed=error.allowed, suggestion=error.suggestion) from None  # fmt: skip
    return checked


def _row(data: DataSet, regimen: Regimen) -> int:
    time = regimen.times_h()[0]
    return next(record.row for record in data.doses if abs(record.number("TIME") - time) < 1e-6)


def _at(data: DataSet, message: str, allowed: str) -> StudyError:
    return StudyError(message, file=data.file, line=data.doses[-1].row, column=1, allowed=allowed)
