"""Data sets that are refused: each as bytes, with the place and the words of its one message."""

from dataclasses import dataclass

HEADER = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV\n"


@dataclass(frozen=True, slots=True)
class BrokenData:
    """A data set; ``place`` is line:column, or None where the whole file is meant.

    Parameters
    ----------
    says
        Part of the message.
    helps
        Part of what is allowed or suggested.
    """

    name: str
    content: str | bytes
    place: str | None
    says: str
    helps: str = "Allowed: "


def record(name: str, fields: str, column: str, says: str, helps: str = "Allowed: ") -> BrokenData:
    """One record in all columns, which is wrong in one of them."""
    before = fields.split(",")[: HEADER.strip().split(",").index(column)]
    place = f"2:{sum(len(field) + 1 for field in before) + 1}"
    return BrokenData(name, HEADER + fields + "\n", place, says, helps)


FILES = (
    BrokenData("empty", "", "1:1", "the data set is empty"),
    BrokenData("blank lines", "\n\n  \n", "1:1", "the data set is empty"),
    BrokenData("only comments", "# nothing yet\n", "1:1", "the data set is empty"),
    BrokenData("only a header", "ID,TIME,AMT\n", "1:1", "no records"),
    BrokenData("binary", b"ID,TIME,AMT\n1,0,\x00\n", "2:1", "binary"),
    BrokenData("UTF-16", "ID,TIME,AMT\n1,0,30\n".encode("utf-16-le"), "1:1", "UTF-16", "UTF-8"),
    BrokenData("Latin-1", b"ID,TIME,AMT,SEX\n1,0,30,m\xe4nnlich\n", "2:9", "byte 0xe4 is not UTF-8", "CSV UTF-8"),
    BrokenData("a spreadsheet", b"PK\x03\x04\x14\x00\x06\x00", "1:1", "binary"),
    BrokenData("semicolons", "ID;TIME;AMT\n1;0;30\n", "1:1", "commas, not by semicolons"),
    BrokenData("semicolons and decimal commas", "ID;TIME;AMT\n1;0;0,5\n", "1:1", "not by semicolons", "decimal points"),
    BrokenData("tabs", "ID\tTIME\tAMT\n1\t0\t30\n", "1:1", "commas, not by tabs"),
    BrokenData("blanks", "ID TIME AMT\n1 0 30\n", "1:1", "commas, not by blanks"),
    BrokenData("no header", "1,0,30\n1,24,30\n", "1:1", "the first line names the columns"),
    BrokenData("a column without a name", "ID,TIME,,AMT\n1,0,2,30\n", "1:9", "a column has no name"),
    BrokenData("a column twice", "ID,TIME,AMT,amt\n1,0,30,30\n", "1:13", "column AMT appears twice"),
    BrokenData("no ID", "TIME,AMT\n0,30\n", "1:1", "column ID is missing"),
    BrokenData("no TIME", "ID,AMT\n1,30\n", "1:1", "column TIME is missing"),
    BrokenData("no AMT", "ID,TIME,DOSE\n1,0,30\n", "1:1", "column AMT is missing"),
    BrokenData("misspelt AMT", "ID,TIME,AMTT\n1,0,30\n", "1:9", 'unknown column "AMTT"', 'Did you mean "AMT"?'),
    BrokenData("misspelt RATE", "ID,TIME,AMT,RTE\n1,0,30,4\n", "1:13", 'unknown column "RTE"', '"RATE"?'),
    BrokenData("misspelt ADDL", "ID,TIME,AMT,II,ADL\n1,0,30,4,2\n", "1:16", 'unknown column "ADL"', '"ADDL"?'),
    BrokenData("a date", "ID,DATE,TIME,AMT\n1,2026-01-02,0,30\n", "1:4", "dates are not read", "without this column"),
    BrokenData("PCMT", "ID,TIME,AMT,PCMT\n1,0,30,1\n", "1:13", "PCMT (prediction from another compartment)"),
    BrokenData("CALL", "ID,TIME,AMT,CALL\n1,0,30,1\n", "1:13", "CALL (calls of the control stream)"),
    BrokenData("CONT", "ID,TIME,AMT,CONT\n1,0,30,1\n", "1:13", "CONT (continued records)"),
    BrokenData("TINF", "ID,TIME,AMT,TINF\n1,0,30,1\n", "1:13", "write RATE = AMT / TINF"),
    BrokenData("a marked comment", "C,ID,TIME,AMT\n.,1,0,30\nC,1,2,30\n", "3:1", "records marked C are comments"),
    BrokenData("too many fields", "ID,TIME,AMT\n1,0,30,7\n", "2:8", "4 fields in a data set of 3 columns"),
    BrokenData("too few fields", "ID,TIME,AMT\n1,0,30\n1,2\n", "3:3", "2 fields in a data set of 3 columns"),
    BrokenData("a decimal comma", "ID,TIME,AMT\n1,0,0,5\n", "2:7", "4 fields", "decimal points"),
    BrokenData("a quoted decimal comma", 'ID,TIME,AMT\n1,0,"0,5"\n', "2:6", 'AMT "0,5"', 'Did you mean "0.5"?'),
    BrokenData("an open quotation mark", 'ID,TIME,AMT\n1,0,"30\n1,2,30\n', "2:5", "never closed"),
    BrokenData("PRED is there", "ID,TIME,AMT,PRED\n1,0,30,1\n", "1:13", "already has a column PRED"),
    BrokenData("A_depot is there", "ID,TIME,AMT,a_depot\n1,0,30,1\n", "1:13", "already has a column A_depot"),
    BrokenData("a quoted word", '"ID","TIME","AMT"\r\n1,0,"lots"\r\n', "2:6", 'AMT "lots" is not a number'),
    BrokenData("behind comments", "# made by hand\n\nID,TIME,AMT\n\n#x\n1,0,30\n1,1,x\n", "7:5", 'AMT "x"'),
    BrokenData("behind a byte order mark", "\ufeffID,TIME,AMT\r\n1,0,x\r\n", "2:5", 'AMT "x"'),
)

NUMBERS = (
    record("text in ID", "S-01,0,30,.,.,.,.,.,.,.,.", "ID", 'ID "S-01" is not a number'),
    record("ID missing", ".,0,30,.,.,.,.,.,.,.,.", "ID", "ID is missing"),
    record("half an ID", "1.5,0,30,.,.,.,.,.,.,.,.", "ID", "ID is a whole number"),
    record("TIME missing", "1,,30,.,.,.,.,.,.,.,.", "TIME", "TIME is missing"),
    record("a clock time", "1,12:30,30,.,.,.,.,.,.,.,.", "TIME", 'TIME "12:30" is not', 'Did you mean "12.5"?'),
    record("text in AMT", "1,0,thirty,.,.,.,.,.,.,.,.", "AMT", 'AMT "thirty" is not a number'),
    record("NA", "1,0,NA,.,.,.,.,.,.,.,.", "AMT", 'AMT "NA" is not a number', 'Did you mean "."?'),
    record("nan", "1,0,nan,.,.,.,.,.,.,.,.", "AMT", 'AMT "nan"', 'Did you mean "."?'),
    record("infinite", "1,0,inf,.,.,.,.,.,.,.,.", "AMT", 'AMT "inf"'),
    record("underscore", "1,0,1_000,.,.,.,.,.,.,.,.", "AMT", 'AMT "1_000"'),
    record("too large", "1,0,1e400,.,.,.,.,.,.,.,.", "AMT", 'AMT "1e400"'),
    record("text in RATE", "1,0,30,fast,.,.,.,.,.,.,.", "RATE", 'RATE "fast"'),
    record("text in II", "1,0,30,.,8:00,.,.,.,.,.,.", "II", 'II "8:00"', "hours as a number"),
    record("text in SS", "1,0,30,.,24,.,yes,.,.,.,.", "SS", 'SS "yes"'),
    record("text in EVID", "1,0,30,.,.,.,.,dose,.,.,.", "EVID", 'EVID "dose"'),
    record("text in DV", "1,1,.,.,.,.,.,0,.,BLQ,.", "DV", 'DV "BLQ"'),
    record("text in MDV", "1,1,.,.,.,.,.,0,.,.,no", "MDV", 'MDV "no"'),
    record("half an ADDL", "1,0,30,.,24,1.5,.,.,.,.,.", "ADDL", "ADDL is a whole number"),
    record("half an EVID", "1,0,30,.,.,.,.,1.5,.,.,.", "EVID", "EVID is a whole number"),
    record("no such compartment", "1,0,30,.,.,.,.,1,centre,.,.", "CMT", 'no compartment "centre"', '"central"?'),
)

EVENTS = (
    record("EVID 7", "1,0,30,.,.,.,.,7,.,.,.", "EVID", "EVID 7 is no kind of event", "3 reset"),
    record("EVID -1", "1,0,30,.,.,.,.,-1,.,.,.", "EVID", "EVID -1 is no kind of event"),
    record("EVID 10101", "1,0,30,.,.,.,.,10101,.,.,.", "EVID", "EVID 10101 is no kind of event"),
    record("EVID 201 into CMT 1", "1,0,30,.,.,.,.,201,1,.,.", "CMT", "a dose into compartment 2, CMT says 1", "2 or ."),
    record("observation with AMT", "1,0,30,.,.,.,.,0,.,.,.", "AMT", "an observation (EVID 0) has no AMT", "EVID 1"),
    record("observation with RATE", "1,0,.,4,.,.,.,0,.,.,.", "RATE", "an observation (EVID 0) has no RATE"),
    record("observation with SS", "1,0,.,.,.,.,1,0,.,.,.", "SS", "an observation (EVID 0) has no SS"),
    record("other event with AMT", "1,0,30,.,.,.,.,2,.,.,.", "AMT", "an other-type event (EVID 2) has no AMT"),
    record("reset with AMT", "1,0,30,.,.,.,.,3,.,.,.", "AMT", "a reset (EVID 3) has no AMT"),
    record("reset with ADDL", "1,0,.,.,.,2,.,3,.,.,.", "ADDL", "a reset (EVID 3) has no ADDL"),
    record("dose without AMT", "1,0,.,.,.,.,.,1,.,.,.", "AMT", "a dose has an amount above 0", "EVID 0"),
    record("reset and dose without AMT", "1,0,0,.,.,.,.,4,.,.,.", "AMT", "a dose has an amount above 0"),
    record("negative AMT", "1,0,-30,.,.,.,.,.,.,.,.", "AMT", "AMT is negative"),
    record("negative RATE", "1,0,30,-3,.,.,.,.,.,.,.", "RATE", "RATE is negative", "-2 for the duration"),
    record("RATE -1.5", "1,0,30,-1.5,.,.,.,.,.,.,.", "RATE", "RATE is negative"),
    record("RATE -1 without R1", "1,0,30,-1,.,.,.,.,.,.,.", "RATE", "RATE -1 needs R1", "--param R1"),
    record("RATE -2 without D2", "1,0,30,-2,.,.,.,.,2,.,.", "RATE", "RATE -2 needs D2", "--param D2"),
    record("SS without II", "1,0,30,.,.,.,1,.,.,.,.", "II", "steady state (SS) needs an interval II"),
    record("SS with RATE without II", "1,0,30,5,.,.,1,.,.,.,.", "II", "needs an interval II", "AMT 0 for a constant"),
    record("SS 3", "1,0,30,.,24,.,3,.,.,.,.", "SS", "SS 3 is not supported"),
    record("SS -1", "1,0,30,.,24,.,-1,.,.,.,.", "SS", "SS -1 is not supported"),
    record("constant infusion with II", "1,0,0,5,24,.,1,1,.,.,.", "II", "(AMT 0) has no interval II"),
    record("constant infusion with ADDL", "1,0,0,5,.,3,1,1,.,.,.", "ADDL", "a constant infusion (AMT 0) has no ADDL"),
    record("constant infusion of a duration", "1,0,0,-2,.,.,1,1,.,.,.", "AMT", "a dose has an amount above 0"),
    record("infusion without AMT or SS", "1,0,0,5,.,.,.,1,.,.,.", "AMT", "a dose has an amount above 0"),
    record("ADDL without II", "1,0,30,.,.,3,.,.,.,.,.", "II", "ADDL needs an interval II"),
    record("negative II", "1,0,30,.,-24,3,.,.,.,.,.", "II", "II is negative"),
    record("negative ADDL", "1,0,30,.,24,-3,.,.,.,.,.", "ADDL", "ADDL is negative"),
    record("a million doses", "1,0,30,.,24,1000000,.,.,.,.,.", "ADDL", "too many doses", "0 to 100000"),
    record("MDV 2", "1,1,.,.,.,.,.,0,.,.,2", "MDV", "MDV is 0 or 1"),
    record("a dose observed", "1,0,30,.,.,.,.,1,.,.,0", "MDV", "only an observation (EVID 0) has MDV 0"),
    record("CMT 3 of 2", "1,0,30,.,.,.,.,1,3,.,.", "CMT", "the model has 2 compartments, not 3", "1 depot, 2 central"),
    record("CMT off", "1,0,.,.,.,.,.,2,-1,.,.", "CMT", "CMT -1 turns a compartment off"),
    BrokenData("TIME falls", "ID,TIME,AMT\n1,24,30\n1,0,30\n", "3:3", "not in order of TIME", "EVID 3 or 4"),
    BrokenData("TIME falls later", "ID,TIME,AMT\n1,0,30\n2,5,30\n2,4.9,.\n", "4:3", "not in order of TIME"),
    BrokenData("an ID again", "ID,TIME,AMT\n1,0,30\n2,0,30\n1,24,30\n", "4:1", "ID 1 appears in two separate blocks"),
)

PARAMETERS = (
    BrokenData("a word as F1", "ID,TIME,AMT,F1\n1,0,30,half\n", "2:8", 'F1 "half" is not a number'),
    BrokenData("F1 missing at a dose", "ID,TIME,AMT,F1\n1,0,30,.\n1,1,.,1\n", "2:8", "F1 is missing"),
    BrokenData("negative F1", "ID,TIME,AMT,F1\n1,0,30,-0.5\n", "2:8", "F1 is -0.5", "0 or more"),
    BrokenData("negative ALAG1", "ID,TIME,AMT,ALAG1\n1,0,30,-1\n", "2:8", "ALAG1 is -1", "0 or more"),
    BrokenData("D1 of 0", "ID,TIME,AMT,RATE,D1\n1,0,30,-2,0\n", "2:11", "D1 is 0", "above 0"),
    BrokenData("R1 missing", "ID,TIME,AMT,RATE,R1\n1,0,30,-1,.\n", "2:11", "R1 is missing", "above 0"),
    BrokenData("CL twice", "ID,TIME,AMT,CL\n1,0,30,1\n", "1:13", "CL is given twice", "one of them"),
)

BROKEN = (*FILES, *NUMBERS, *EVENTS, *PARAMETERS)
"""All of them; solved with one-compartment-oral and CL, V and KA as parameters."""
