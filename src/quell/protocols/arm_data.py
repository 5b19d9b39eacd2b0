"""The regimens of an arm that is given as an NM-TRAN data set."""

from pathlib import Path

from quell.protocols.arms_schema import DataRegimen, Given
from quell.protocols.regimen import Regimen
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
    from quell.protocols.data_regimens import regimens_by_person
    from quell.protocols.nmtran import read_data_set

    data = read_data_set(file)
    found = regimens_by_person(data, given.drug, given.unit, given.route)
    if len(found) > 1:
        message = f"{len(found)} people in the data set of one arm"
        raise data.table.refuse(int(data.doses[-1]), "ID", message, "one ID: everybody in an arm gets its doses")
    return next(iter(found.values()))
