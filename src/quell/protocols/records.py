"""NM-TRAN data records: who was given what and when, and when somebody was observed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

COLUMNS = ("ID", "TIME", "AMT", "RATE", "II", "ADDL", "SS", "EVID", "CMT", "DV", "MDV")
"""The columns with a meaning of their own."""


@dataclass(frozen=True, slots=True)
class Records:
    """A data set, one entry per data record in the order of the file; arrays are ``(record,)``.

    Parameters
    ----------
    person
        0-based index of the ID block.
    ids
        ID as written, by person.
    time, ii
        Hours.
    amt, rate
        mg, and mg/h; rate -1 is a modelled rate, -2 a modelled duration.
    addl, ss, evid, cmt
        Further doses, steady state, kind of event, compartment from 1 (0: the default one).
    dv, mdv
        What was observed and whether it is missing; dv nan where missing.
    covariates
        Further columns of numbers by upper-case name, nan where missing; columns that hold words are left out.
    rows
        The line of each record in the file.
    """

    person: np.ndarray
    ids: tuple[str, ...]
    time: np.ndarray
    amt: np.ndarray
    rate: np.ndarray
    ii: np.ndarray
    addl: np.ndarray
    ss: np.ndarray
    evid: np.ndarray
    cmt: np.ndarray
    dv: np.ndarray
    mdv: np.ndarray
    covariates: Mapping[str, np.ndarray]
    rows: np.ndarray
