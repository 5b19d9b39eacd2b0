"""The credibility page: what a reader must weigh before using an answer, under the headings of ICH M15 and ASME V&V 40.

Fixed sentences say what the model is; everything about this run is read from the summary.
"""

from markupsafe import Markup

from quell.report.glossary import term
from quell.report.phrases import treatment
from quell.report.reading import Reading
from quell.report.voice import fixed, path_to

NOTICE = fixed(
    "Research software: virtual people, for designing and understanding studies. Not a medical device, and not advice "
    "on treating a person."
)
"""What every page says near its top."""

_ASSUMED = Markup('<span class="grade weak">assumed</span>')
_TAKEN = (
    Markup(
        "The same virtual person goes through every arm with the same luck: a difference between arms is a difference "
        "within people, which no real trial can see."
    ),
    Markup(
        "Structure: drug exposure raises plasticity, plasticity raises emotional regulation, regulation "
        "lowers symptoms. The order is supported in animals; in people most steps between receptor and symptom are "
        "not observed."
    ),
    Markup("Expectancy, and how strongly a guess of assignment moves it, are {}.").format(_ASSUMED),
    Markup("Time courses of relief learnt in depression are carried over to anxiety; the transfer is {}.").format(
        _ASSUMED
    ),
    Markup("Treatment resistance weakens drugs that act on monoamines, not ketamine; this is {}.").format(_ASSUMED),
    Markup("Nobody leaves the study and nobody misses a visit in this run."),
)
_CONTEXT = Markup(
    "Design and interpretation of studies by researchers who can judge the assumptions above: choice of dose, spacing, "
    "control, scale and visits. Not for choosing the treatment of a person, and not evidence of efficacy."
)
_INFLUENCE = Markup(
    "Supporting. The answer should stand beside trial data and clinical judgement; where published trials answer the "
    "question directly, they go first."
)
_CONSEQUENCE = Markup(
    "For a study: wrong size, dose or visits, and people exposed for nothing. Monitoring limits must never be relaxed "
    "on the strength of a simulation."
)
_RISK = Markup(
    "Moderate when used to plan a trial that has its own safety oversight; unacceptable for individual care."
)
_VERIFIED = Markup(
    "The project’s tests compare kinetics with closed forms, the whole model with an independent solver, and every "
    "number in this page’s sentences with summary.json."
)
_LOCKED = Markup(
    "Predictions were locked before the results of the held-out trials were read; the table above shows "
    "hits and misses."
)
_UNTESTED = (
    Markup(
        "None yet. Parameters stand at the values and uncertainties of the evidence packs; they have not been "
        "calibrated together on trials."
    ),
    Markup(
        "Locked predictions for held-out trials come with the calibration. Until then read sizes as illustrations of "
        "the assumptions, and orders and shapes with care."
    ),
)
_UNSAYABLE = (
    Markup("Whether a given person will benefit."),
    Markup(
        "How often long use harms the bladder or leads to misuse: supervised risk is not estimable from what is "
        "published; exposure is shown, an incidence is not invented."
    ),
    Markup("Which contested mechanism is true: symptoms cannot tell them apart."),
    Markup("Effects in children, in pregnancy, with psychosis or uncontrolled hypertension."),
)


def credibility(reading: Reading) -> list[tuple[str, list[Markup]]]:
    """(heading, paragraphs) in the order of the guideline."""
    return [
        ("Question of interest", [_question(reading)]),
        ("Context of use", [_CONTEXT]),
        ("Model influence", [_INFLUENCE]),
        ("Consequence of a wrong decision", [_CONSEQUENCE]),
        ("Model risk", [_RISK]),
        ("Verification evidence", _verification(reading)),
        ("Validation evidence", [_LOCKED] if reading.summary.get("held_out") else list(_UNTESTED)),
        ("Applicability", [_applicability(reading)]),
        ("What the model cannot say", _limits(reading)),
    ]


def assumptions(reading: Reading) -> list[Markup]:
    """What was taken for granted, and the choices made where laboratories disagree."""
    switches = reading.summary["run"]["switches"]
    if not switches:
        return list(_TAKEN)
    chosen = Markup("; ").join(_choice(reading, name) for name in switches)
    return [*_TAKEN, Markup("Contested mechanisms in this run: {}.").format(chosen)]


def _choice(reading: Reading, name: str) -> Markup:
    path = path_to("run.switches", name)
    return Markup("{}: {}").format(reading.voice.key(path), reading.voice.quote(path))


def _question(reading: Reading) -> Markup:
    what, who = treatment(reading, reading.arm), reading.voice.quote("people.disorder")
    row = reading.endpoint or reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None:
        return Markup("What does {} do in {}?").format(what, who)
    scale, visit = reading.voice.quote(row.at("instrument")), reading.voice.quote(row.at("visit"))
    if reading.endpoint is None:
        return Markup("By how much does {} change with {} by {} in people with {}?").format(scale, what, visit, who)
    question = Markup("By how much does {} differ between {} and {} at {} in people with {}, and at what cost?")
    return question.format(scale, what, reading.named(row, "control"), visit, who)


def _verification(reading: Reading) -> list[Markup]:
    voice, people = reading.voice, reading.voice.say("run.people")
    if reading.summary["failed"]:
        failed = Markup("In this run the solution failed for {} of {} people; they are named under the warnings.")
        said = [_VERIFIED, failed.format(voice.count("failed"), people)]
    else:
        said = [_VERIFIED, Markup("In this run no solution failed among {} people.").format(people)]
    if reading.endpoint is not None and reading.endpoint["difference"].get("mc_error") is not None:
        error = voice.say(reading.endpoint.at("difference", "mc_error"), 2)
        said.append(Markup("{} of the difference at the endpoint: {} points.").format(term("Monte Carlo error"), error))
    return said


def _applicability(reading: Reading) -> Markup:
    return Markup(
        "The run concerns {} in adults as enrolled here, with the doses listed above. Further from the doses, routes "
        "and people of the sources, less supports it."
    ).format(reading.voice.quote("people.disorder"))


def _limits(reading: Reading) -> list[Markup]:
    if not reading.typical:
        return list(_UNSAYABLE)
    unsure = Markup("How sure the answer is: parameters stood at typical values, so no {} is given.")
    return [unsure.format(term("interval of knowledge")), *_UNSAYABLE]
