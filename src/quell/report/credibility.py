"""The credibility page: what a reader must weigh before using an answer, under the headings of ICH M15 and ASME V&V 40.

Fixed sentences say what the model is; everything about this run is read from the summary.
"""

from markupsafe import Markup

from quell.report.glossary import term
from quell.report.headline import treatment
from quell.report.reading import Reading
from quell.report.voice import fixed, path_to

Headed = tuple[str, list[Markup]]


def credibility(reading: Reading) -> list[Headed]:
    """(heading, paragraphs) in the order of the guideline."""
    return [
        ("Question of interest", [_question(reading)]),
        ("Context of use", [_context()]),
        ("Model influence", [_influence()]),
        ("Consequence of a wrong decision", [_consequence()]),
        ("Model risk", [_risk()]),
        ("Verification evidence", _verification(reading)),
        ("Validation evidence", _validation(reading)),
        ("Applicability", _applicability(reading)),
        ("What the model cannot say", _limits(reading)),
    ]


def assumptions(reading: Reading) -> list[Markup]:
    """What was taken for granted, the most consequential first."""
    said = [
        Markup("The same virtual person goes through every arm with the same luck: a difference between arms is a difference within people, which no real trial can see."),
        Markup("Structure: drug exposure raises plasticity, plasticity raises emotional regulation, regulation lowers symptoms. The order is supported in animals; in people the steps between receptor and symptom are not observed."),
        Markup("Expectancy, and how strongly a guess of assignment moves it, are {}.").format(Markup('<span class="grade weak">assumed</span>')),
        Markup("Time courses of relief learnt in depression are carried over to anxiety; the transfer is {}.").format(Markup('<span class="grade weak">assumed</span>')),
        Markup("Treatment resistance weakens drugs that act on monoamines, not ketamine; this is {}.").format(Markup('<span class="grade weak">assumed</span>')),
        Markup("Nobody leaves the study and nobody misses a visit in this run."),
    ]
    switches = reading.summary["run"]["switches"]
    if switches:
        chosen = [_choice(reading, name) for name in switches]
        said.append(Markup("Contested mechanisms in this run: {}.").format(Markup("; ").join(chosen)))
    return said


def _choice(reading: Reading, name: str) -> Markup:
    path = path_to("run.switches", name)
    return Markup("{}: {}").format(reading.voice.key(path), reading.voice.quote(path))


def _question(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.endpoint or reading.result(reading.arm["name"], reading.instrument, reading.visit)
    what = treatment(reading, reading.arm)
    if row is None:
        return Markup("What does {} do in {}?").format(what, voice.quote("people.disorder"))
    scale, visit = voice.quote(row.at("instrument")), voice.quote(row.at("visit"))
    if reading.endpoint is None:
        return Markup("By how much does {} change with {} by {} in people with {}?").format(scale, what, visit, voice.quote("people.disorder"))
    return Markup("By how much does {} differ between {} and {} at {} in people with {}, and at what cost?").format(scale, what, voice.quote(row.at("control")), visit, voice.quote("people.disorder"))


def _context() -> Markup:
    return Markup("Design and interpretation of studies by researchers who can judge the assumptions below: choice of dose, spacing, control, scale and visits. Not for choosing the treatment of a person, and not evidence of efficacy.")


def _influence() -> Markup:
    return Markup("Supporting. The answer should stand beside trial data and clinical judgement; where published trials answer the question directly, they go first.")


def _consequence() -> Markup:
    return Markup("For a study: wrong size, dose or visits, and people exposed for nothing. Monitoring limits must never be relaxed on the strength of a simulation.")


def _risk() -> Markup:
    return Markup("Moderate when used to plan a trial that has its own safety oversight; unacceptable for individual care.")


def _verification(reading: Reading) -> list[Markup]:
    voice, failed = reading.voice, reading.summary["failed"]
    said = [Markup("The project’s tests compare kinetics with closed forms, the whole model with an independent solver, and every number in this page’s sentences with summary.json.")]
    if failed:
        said.append(Markup("In this run the solution failed for {} of {} people; they are named under the warnings and are in no figure.").format(voice.count("failed"), voice.say("run.people")))
    else:
        said.append(Markup("In this run no solution failed among {} people.").format(voice.say("run.people")))
    if reading.endpoint is not None and reading.endpoint["difference"].get("mc_error") is not None:
        path = reading.endpoint.at("difference", "mc_error")
        said.append(Markup("{} of the difference at the endpoint: {} points.").format(term("Monte Carlo error"), voice.say(path, 2)))
    return said


def _validation(reading: Reading) -> list[Markup]:
    if reading.summary.get("held_out"):
        return [Markup("Predictions were locked before the results of the held-out trials were read; the table above shows hits and misses.")]
    return [
        Markup("None yet. Parameters stand at the values and uncertainties of the evidence packs; they have not been calibrated together on trials."),
        Markup("Locked predictions for held-out trials come with the calibration. Until then read sizes as illustrations of the assumptions, and orders and shapes with care."),
    ]


def _applicability(reading: Reading) -> list[Markup]:
    voice = reading.voice
    return [Markup("The run concerns {} in adults as enrolled here, with the doses listed above. Further from the doses, routes and people of the sources below, less supports it.").format(voice.quote("people.disorder"))]


def _limits(reading: Reading) -> list[Markup]:
    said = [
        Markup("Whether a given person will benefit."),
        Markup("How often long use harms the bladder or leads to misuse: supervised risk is not estimable from what is published; exposure is shown, an incidence is not invented."),
        Markup("Which contested mechanism is true: symptoms cannot tell them apart."),
        Markup("Effects in children, in pregnancy, with psychosis or uncontrolled hypertension."),
    ]
    if reading.typical:
        said.insert(0, Markup("How sure the answer is: parameters stood at typical values, so no {} is given.").format(term("interval of knowledge", "interval of knowledge")))
    return said


NOTICE = fixed("Research software: virtual people, for designing and understanding studies. Not a medical device, and not advice on treating a person.")
"""What every page says near its top."""
