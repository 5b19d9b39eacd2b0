"""A table of broken study files: each is the good study with one thing changed, and the place and words of its error."""
# ruff: noqa: E501
# fmt: off

from dataclasses import dataclass

GOOD = """\
quell: 1
title: One infusion in social anxiety disorder
people: {disorder: social anxiety disorder, treatment resistant: true, enrol: LSAS >= 60, count: 2000}
arms:
  ketamine: ketamine 0.5 mg/kg IV over 40 min on day 0
  midazolam: midazolam 0.045 mg/kg IV over 40 min on day 0
visits: [0 h, 3 h, 24 h, 3 d, 7 d, 14 d]
endpoint: LSAS change from baseline at 24 h
"""

KETAMINE = "ketamine 0.5 mg/kg IV over 40 min on day 0"
MIDAZOLAM = "midazolam 0.045 mg/kg IV over 40 min on day 0"
VISITS = "visits: [0 h, 3 h, 24 h, 3 d, 7 d, 14 d]"
ENDPOINT = "endpoint: LSAS change from baseline at 24 h"


@dataclass(frozen=True, slots=True)
class Broken:
    """The good study with ``old`` replaced by ``new``; ``place`` is line:column, ``says`` a suggestion or what is allowed."""

    name: str
    old: str
    new: str
    place: str
    message: str
    says: str

    @property
    def text(self) -> str:
        """The broken file."""
        assert self.old in GOOD
        return GOOD.replace(self.old, self.new, 1)


BROKEN = (
    Broken("unknown key", "title:", "tittle:", "2:1", "unknown key \"tittle\"", "title"),
    Broken("unknown section", ENDPOINT, ENDPOINT + "\ncolour: blue", "9:1", "unknown key \"colour\"", "quell"),
    Broken("unknown key of people", "count: 2000", "cuont: 2000", "3:91", "unknown key \"cuont\"", "count"),
    Broken("key of another form", VISITS, "plan: []\nvisits: [0 h, 3 h, 24 h, 3 d, 7 d, 14 d]", "7:1", "\"plan\" belongs to a study with a plan; this one has arms", "arms"),
    Broken("missing section", "people: {disorder: social anxiety disorder, treatment resistant: true, enrol: LSAS >= 60, count: 2000}\n", "", "1:1", "\"people\" is missing in the study", "people: {disorder: social anxiety disorder}"),
    Broken("missing disorder", "disorder: social anxiety disorder, ", "", "3:1", "\"disorder\" is missing in people", "disorder: social anxiety disorder"),
    Broken("missing endpoint", ENDPOINT + "\n", "", "1:1", "\"endpoint\" is missing in the study", ENDPOINT),
    Broken("missing visits", "visits: [0 h, 3 h, 24 h, 3 d, 7 d, 14 d]\n", "", "1:1", "\"visits\" is missing in the study", "visits: [0 h, 24 h, 7 d]"),
    Broken("missing version", "quell: 1\n", "", "1:1", "\"quell\" is missing in the study", "quell: 1"),
    Broken("version of the future", "quell: 1", "quell: 2", "1:8", "this quell reads version 1 of the study file", "1"),
    Broken("misspelt drug", KETAMINE, "ketmine 0.5 mg/kg IV over 40 min on day 0", "5:13", "unknown drug \"ketmine\"", "ketamine"),
    Broken("unknown drug", KETAMINE, "psilocybin 25 mg oral on day 0", "5:13", "unknown drug \"psilocybin\"", "ketamine"),
    Broken("route that the drug lacks", MIDAZOLAM, "midazolam 5 mg oral on day 0", "6:29", "midazolam has no route \"oral\"", "IV"),
    Broken("misspelt route", KETAMINE, "ketamine 0.5 mg/kg intravenos over 40 min on day 0", "5:32", "\"intravenos\" is not understood here", "intravenous"),
    Broken("route missing", KETAMINE, "ketamine 0.5 mg/kg on day 0", "5:13", "how is ketamine given? The route is missing", "IV over 40 min"),
    Broken("mg for mg/kg", KETAMINE, "ketamine 0.5 mg IV over 40 min on day 0", "5:22", "0.5 mg is less than any plausible dose of ketamine IV", "0.5 mg/kg"),
    Broken("mg/kg for mg", KETAMINE, "ketamine 35 mg/kg SC on day 0", "5:22", "35 mg/kg is more than any plausible dose of ketamine SC", "35 mg"),
    Broken("dose without unit", KETAMINE, "ketamine 0.5 IV over 40 min on day 0", "5:22", "the dose has no unit", "0.5 mg/kg"),
    Broken("unknown dose unit", KETAMINE, "ketamine 500 mcg/kg IV over 40 min on day 0", "5:26", "\"mcg/kg\" is not a unit of a dose", "mg/kg"),
    Broken("weight unit for a tablet", MIDAZOLAM, "escitalopram 0.2 mg/kg daily for 2 weeks", "6:31", "escitalopram is not dosed in mg/kg", "mg"),
    Broken("negative dose", KETAMINE, "ketamine -0.5 mg/kg IV over 40 min on day 0", "5:22", "a dose cannot be negative", "0.5 mg/kg"),
    Broken("zero dose", KETAMINE, "ketamine 0 mg/kg IV over 40 min on day 0", "5:22", "a dose cannot be zero", "For an arm without the drug write saline, placebo or nothing"),
    Broken("absurd dose", KETAMINE, "ketamine 1e12 mg IV over 40 min on day 0", "5:22", "1000000000000 mg is more than any plausible dose of ketamine IV", "3.5 to 315 mg"),
    Broken("absurd tablet", MIDAZOLAM, "escitalopram 10000 mg daily for 2 weeks", "6:27", "10000 mg a day is more than any plausible dose of escitalopram", "up to 40 mg a day"),
    Broken("decimal comma", KETAMINE, "ketamine 0,5 mg/kg IV over 40 min on day 0", "5:22", "comma in the dose \"0,5\"", "0.5"),
    Broken("dose of a treatment without one", MIDAZOLAM, "saline 0.5 mg/kg IV over 40 min on day 0", "6:21", "saline has no dose", "Write"),
    Broken("infusion without duration", KETAMINE, "ketamine 0.5 mg/kg IV on day 0", "5:32", "an intravenous dose says how long it runs", "IV over 40 min"),
    Broken("infusion of no duration", KETAMINE, "ketamine 0.5 mg/kg IV over 0 min on day 0", "5:40", "the duration of the infusion cannot be zero", "over 40 min"),
    Broken("infusion longer than its interval", KETAMINE, "ketamine 0.5 mg/kg IV over 30 h daily for 3 d", "5:35", "the infusion (30 h) is longer than the time to the next one", "over 24 h"),
    Broken("infusion of an injection", KETAMINE, "ketamine 0.5 mg/kg IM over 40 min on day 0", "5:35", "only IV and SC doses run over a time", "on day 0 and the like"),
    Broken("unit of time missing", KETAMINE, "ketamine 0.5 mg/kg IV over 40 on day 0", "5:40", "the duration of the infusion has no unit", "over 40 min"),
    Broken("unknown unit of time", KETAMINE, "ketamine 0.5 mg/kg IV over 40 mni on day 0", "5:43", "\"mni\" is not a unit of time", "min"),
    Broken("timing missing", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min", "5:13", "when? The timing is missing", "on day 0"),
    Broken("duration of the course missing", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min weekly", "5:47", "for how long?", "weekly for 12 weeks"),
    Broken("course in months", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min weekly for 3 months", "5:58", "a month has no fixed length", "13 weeks"),
    Broken("course of half an interval", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min weekly for 10 d", "5:54", "10 d is no whole number of intervals", "for 2 weeks"),
    Broken("days out of order", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min on days 0, 7 and 3", "5:64", "days are not in ascending order", "on days 0, 3 and 7"),
    Broken("day twice", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min on days 0, 3 and 3", "5:64", "day 3 is named twice", "on days 0 and 3"),
    Broken("negative day", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min on day -1", "5:54", "a day cannot be negative", "day 1"),
    Broken("half a day", KETAMINE, KETAMINE + ".5", "5:54", "a day is a whole number", "day 0 at 12 h"),
    Broken("day beyond five years", KETAMINE, "ketamine 0.5 mg/kg IV over 40 min on day 4000", "5:54", "day 4000 is beyond five years", "0 to 1826"),
    Broken("part given twice", KETAMINE, KETAMINE + " on day 3", "5:56", "the timing is given twice", "one timing in a sentence"),
    Broken("word too many", KETAMINE, KETAMINE + " please", "5:56", "\"please\" is not understood here", "a route"),
    Broken("overlapping doses", KETAMINE, "[\"ketamine 0.5 mg/kg IV over 40 min on day 0\", \"ketamine 1 mg/kg SC on day 0\"]", "5:61", "two doses of ketamine overlap on day 0", "times apart from those of: ketamine 0.5 mg/kg IV over 40 min on day 0"),
    Broken("overlapping courses", MIDAZOLAM, "[\"sertraline 50 mg daily for 4 weeks\", \"sertraline 100 mg daily from day 14 for 4 weeks\"]", "6:54", "two doses of sertraline overlap on day 14", "times apart from those of: sertraline 50 mg daily for 4 weeks"),
    Broken("nothing beside something", MIDAZOLAM, "[\"nothing\", \"CBT weekly for 2 weeks\"]", "6:27", "\"nothing\" stands alone in its arm", "remove the line"),
    Broken("sentence cut at its commas", KETAMINE, "[ketamine 0.5 mg/kg IV over 40 min on days 0, 3 and 7]", "5:59", "a sentence begins with the treatment", "Inside [ ] put each sentence in quotes"),
    Broken("arm without treatment", KETAMINE, "", "5:3", "a value is missing", "nothing"),
    Broken("arm that is a number", KETAMINE, "5", "5:13", "a treatment is a sentence", KETAMINE),
    Broken("arm that is an empty list", KETAMINE, "[]", "5:3", "no treatment stands here", KETAMINE),
    Broken("too many doses", KETAMINE, "ketamine 60 mg oral every 1 h from day 0 for 200 d", "5:13", "4800 doses are too many for one arm", "up to 2000"),
    Broken("no arms", "arms:\n  ketamine: ketamine 0.5 mg/kg IV over 40 min on day 0\n  midazolam: midazolam 0.045 mg/kg IV over 40 min on day 0\n", "arms: {}\n", "4:1", "no arm stands here", "ketamine: ketamine 0.5 mg/kg IV over 40 min on day 0"),
    Broken("arm twice", "  midazolam: midazolam 0.045 mg/kg IV over 40 min on day 0", "  ketamine: midazolam 0.045 mg/kg IV over 40 min on day 0", "6:3", "\"ketamine\" stands here a second time; the first is in line 5", "each key once"),
    Broken("data set that is absent", KETAMINE, "{data: doses.csv, drug: ketamine, route: IV, unit: mg}", "5:20", "there is no data set \"doses.csv\"", "a file beside the study"),
    Broken("data set outside the folder", KETAMINE, "{data: ../doses.csv, drug: ketamine, route: IV, unit: mg}", "5:20", "a data set lies in the folder of the study, or below", "doses.csv"),
    Broken("data set of an unknown drug", KETAMINE, "{data: doses.csv, drug: ketmine, route: IV, unit: mg}", "5:37", "unknown drug \"ketmine\"", "ketamine"),
    Broken("data set without unit", KETAMINE, "{data: doses.csv, drug: ketamine, route: IV}", "5:3", "a data set needs \"unit\"", "data"),
    Broken("data set with an unknown key", KETAMINE, "{data: doses.csv, drug: ketamine, rout: IV, unit: mg}", "5:47", "unknown key \"rout\"", "route"),
    Broken("unknown disorder", "disorder: social anxiety disorder", "disorder: socail anxiety disorder", "3:20", "unknown disorder \"socail anxiety disorder\"", "social anxiety disorder"),
    Broken("disorder that is not simulated", "disorder: social anxiety disorder", "disorder: schizophrenia", "3:20", "unknown disorder \"schizophrenia\"", "generalised anxiety disorder"),
    Broken("count 0", "count: 2000", "count: 0", "3:98", "the number of virtual people cannot be 0", "1"),
    Broken("count -1", "count: 2000", "count: -1", "3:98", "the number of virtual people cannot be -1", "1"),
    Broken("count 1.5", "count: 2000", "count: 1.5", "3:98", "the number of virtual people cannot be 1.5", "2"),
    Broken("count 1e12", "count: 2000", "count: 1e12", "3:98", "the number of virtual people cannot be 1000000000000", "10000000"),
    Broken("count infinite", "count: 2000", "count: .inf", "3:98", "\".inf\" is not a number", "finite numbers"),
    Broken("count not a number", "count: 2000", "count: .nan", "3:98", "\".nan\" is not a number", "finite numbers"),
    Broken("count in words", "count: 2000", "count: many", "3:98", "the number of virtual people is not a number", "2000"),
    Broken("count that is a list", "count: 2000", "count: [1, 2]", "3:91", "a list cannot stand here", "2000"),
    Broken("flag in words", "treatment resistant: true", "treatment resistant: very", "3:66", "\"very\" is not understood in treatment resistance", "at least 2 failed adequate drugs"),
    Broken("other resistance", "treatment resistant: true", "treatment resistant: at least 3 failed adequate drugs", "3:75", "resistance is known as at least 2 failed adequate drugs", "at least 2 failed adequate drugs"),
    Broken("unknown instrument", "enrol: LSAS >= 60", "enrol: LASS >= 60", "3:79", "\"LASS\" is not understood in a condition", "LSAS"),
    Broken("score beyond the scale", "enrol: LSAS >= 60", "enrol: LSAS >= 600", "3:79", "LSAS runs from 0 to 144", "LSAS >= 0 to 144"),
    Broken("operator the wrong way round", "enrol: LSAS >= 60", "enrol: LSAS => 60", "3:84", "\"=\" is not understood in a condition", ">="),
    Broken("unit of another measure", "enrol: LSAS >= 60", "enrol: LSAS >= 60 mmHg", "3:79", "LSAS is not measured in mmHg", "LSAS >= 60 points"),
    Broken("pressure without unit", "enrol: LSAS >= 60", "exclude: SBP > 140", "3:81", "SBP needs its unit", "SBP > 140 mmHg"),
    Broken("entry after treatment", "enrol: LSAS >= 60", "enrol: LSAS >= 60 at 7 d", "3:79", "entry is decided by the first dose", "LSAS >= 60 at 0 d"),
    Broken("and mixed with or", "enrol: LSAS >= 60", "exclude: LSAS >= 60 and SBP > 140 mmHg or DBP > 90 mmHg", "3:111", "\"and\" and \"or\" in one condition: it is not clear which binds first", "only and"),
    Broken("enrolment by or", "enrol: LSAS >= 60", "enrol: LSAS >= 60 or HAM-A >= 20", "3:79", "\"enrol\" joins its conditions by and", "LSAS >= 60 and HAM-A >= 20"),
    Broken("ages upside down", "enrol: LSAS >= 60", "age: 65 to 18 years", "3:77", "the lowest age is above the highest", "18 to 65 years"),
    Broken("children", "enrol: LSAS >= 60", "age: 6 to 12 years", "3:77", "these ages cannot be simulated", "18 to 65 years"),
    Broken("age in months", "enrol: LSAS >= 60", "age: 18 to 65 months", "3:77", "ages are in years", "18 to 65 years"),
    Broken("visit without unit", "3 h, 24 h", "3, 24 h", "7:15", "\"3\" has no unit of time", "3 h"),
    Broken("visit in an unknown unit", "3 h, 24 h", "3 hr., 24 h", "7:17", "\"hr.\" is not understood in the time of a visit", "hr"),
    Broken("visit in months", "14 d]", "3 months]", "7:36", "a month has no fixed length", "13 weeks"),
    Broken("visit before the first dose", "[0 h", "[-1 h, 0 h", "7:10", "this visit lies before the first dose; the baseline is taken at 0 h, before the dose", "0 h"),
    Broken("visit twice", "3 h, 24 h", "3 h, 24 h, 1 d", "7:26", "this visit is named twice", "0 h, 3 h, 24 h"),
    Broken("visits out of order", "3 h, 24 h", "24 h, 3 h", "7:21", "visits are not in order of time", "0 h, 3 h, 24 h"),
    Broken("visit beyond five years", "14 d]", "400 weeks]", "7:36", "this time is beyond five years", "up to 1826 d"),
    Broken("no visits", VISITS, "visits: []", "7:1", "no times of visits", "[0 h, 24 h]"),
    Broken("visits that are a number", VISITS, "visits: 5", "7:9", "visits are a list of times", "[0 h, 24 h]"),
    Broken("visits of a plan", VISITS, "visits: {before dose: [0 h, 24 h]}", "7:1", "a study with arms has one list of visits", "visits: [0 h"),
    Broken("endpoint at no visit", "at 24 h", "at 48 h", "8:11", "no visit at 2 d, the time of the endpoint", "at 24 h"),
    Broken("endpoint not measured", ENDPOINT, ENDPOINT + "\nmeasures: [HAM-A, CADSS]", "8:11", "the endpoint LSAS is not measured", "HAM-A"),
    Broken("endpoint of an unknown scale", "endpoint: LSAS", "endpoint: LSSA", "8:11", "\"LSSA\" is not understood in an endpoint", "SSAI"),
    Broken("endpoint before treatment", "at 24 h", "at 0 h", "8:11", "an endpoint comes after the first dose", "LSAS change from baseline at 24 h"),
    Broken("endpoint half said", "LSAS change from baseline at 24 h", "LSAS change", "8:11", "an endpoint is incomplete", "LSAS change from baseline at 24 h"),
    Broken("endpoint without definition", ENDPOINT, "endpoint: FQ remitters at 24 h", "8:14", "FQ has no published definition of remission", "change"),
    Broken("unknown measure", ENDPOINT, ENDPOINT + "\nmeasures: [LSAS, GAD7, HAMD17]", "9:24", "unknown measure \"HAMD17\"", "HAM-D6"),
    Broken("measure twice", ENDPOINT, ENDPOINT + "\nmeasures: [LSAS, HAM-A, lsas]", "9:25", "LSAS is measured twice", "each measure once"),
    Broken("unknown rater", ENDPOINT, ENDPOINT + "\nmeasures: {LSAS: psychologist}", "9:18", "\"psychologist\" is not understood in a measure", "blinded clinician recalling past week"),
    Broken("control that is no arm", ENDPOINT, ENDPOINT + "\ncontrol: midazolm", "9:10", "no arm is called \"midazolm\"", "midazolam"),
    Broken("open arm that is no arm", ENDPOINT, ENDPOINT + "\nblinding: {open label: [ketamin]}", "9:25", "no arm is called \"ketamin\"", "ketamine"),
    Broken("limit in another unit", ENDPOINT, ENDPOINT + "\nlimits: {SBP: 180 kg}", "9:19", "\"kg\" is a unit of body weight, not of pressure", "mmHg"),
    Broken("implausible limit", ENDPOINT, ENDPOINT + "\nlimits: {SBP: 18 mmHg}", "9:15", "an implausible limit", "100 to 260 mmHg"),
    Broken("unknown null", ENDPOINT, ENDPOINT + "\nsimulate: {nulls: [same arms]}", "9:20", "unknown null \"same arms\"", "identical arms"),
    Broken("alpha of nothing", ENDPOINT, ENDPOINT + "\nanalysis: {main: {alpha: 0 two-sided}}", "9:26", "the level of a test lies between 0 and 0.5", "0.05 two-sided"),
    Broken("unknown method", ENDPOINT, ENDPOINT + "\nanalysis: {main: {method: ANOVA}}", "9:27", "unknown method \"ANOVA\"", "ANCOVA"),
    Broken("estimand like nothing", ENDPOINT, ENDPOINT + "\nestimands: {main: {like: other}}", "9:26", "nothing here is called \"other\"", "main"),
    Broken("contrast of no arm", ENDPOINT, ENDPOINT + "\nestimands: {main: {contrast: ketamine - placebo}}", "9:41", "no arm is called \"placebo\"", "ketamine"),
    Broken("strategy for no event", ENDPOINT, ENDPOINT + "\nestimands: {main: {rescue: treatment policy}}", "9:20", "\"rescue\" is no event of this study", "an event of the section events"),
    Broken("share above everything", ENDPOINT, ENDPOINT + "\nevents: {leaves the study: 120 % by 28 d}", "9:28", "a share lies between 0 and 100 %", "0 to 100 %"),
    Broken("section that is a word", ENDPOINT, ENDPOINT + "\nevents: rescue", "9:9", "this needs keys of its own", "key: value lines"),
    Broken("list that is a mapping", ENDPOINT, ENDPOINT + "\nsimulate: {nulls: {a: 1}}", "9:12", "this is a list", "[first"),
    Broken("date for a time", "at 24 h", "at 24 h\nblinding: {guess: [2026-01-02]}", "9:20", "dates are not used: time counts from the first dose", "times such as 3 h"),
    Broken("empty value", "title: One infusion in social anxiety disorder", "title:", "2:1", "a value is missing", "a value"),
    Broken("title of 400 letters", "One infusion in social anxiety disorder", "x" * 400, "2:8", "the title is longer than 300 characters", "up to 300 characters"),
    Broken("key twice", ENDPOINT, ENDPOINT + "\ntitle: Another", "9:1", "\"title\" stands here a second time; the first is in line 2", "each key once"),
    Broken("tag", "title: One", "title: !!python/object:os.system One", "2:8", "tags (!name) are not read in a study file", "plain values"),
    Broken("anchor", "title: One", "title: &a One", "2:8", "anchors (&name) are not read in a study file", "each value written out"),
    Broken("alias", "count: 2000", "count: *a", "3:98", "aliases (*name) are not read in a study file", "each value written out"),
    Broken("second document", ENDPOINT, ENDPOINT + "\n---\nquell: 1", "9:1", "a second document begins here", "one study in a file"),
    Broken("tab", "  ketamine:", "\tketamine:", "5:1", "a tab cannot indent", "spaces"),
    Broken("wrong indentation", "  midazolam:", "   midazolam:", "6:13", "a colon is not expected here", "one key: value a line"),
    Broken("list not closed", "14 d]", "14 d", "7:9", "a list [ is not closed or lacks a comma", "[first"),
    Broken("quote not closed", "title: One", "title: 'One", "2:8", "a quotation or bracket is never closed", "closing quotation mark or bracket"),
    Broken("colon in a title", "One infusion", "One: infusion", "2:11", "a colon is not expected here", "one key: value a line"),
    Broken("control character", "One infusion", "One\x1b[31m infusion", "2:11", "a control character or foreign line end", "printable text"),
    Broken("key that is a list", ENDPOINT, ENDPOINT + "\n? [a, b]\n: c", "9:3", "a key is a word, not a list or mapping", "key: value"),
    Broken("merge key", ENDPOINT, ENDPOINT + "\n<<: {title: x}", "9:1", "unknown key \"<<\"", "quell"),
)
