"""Words of the field in one line each: for psychiatrists the words of pharmacometrics, and the other way round."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from quell.report.tables import rated_by
from quell.report.voice import Voice, fixed, path_to

WORDS: Mapping[str, str] = {
    "95 % interval": (
        "Range that holds the true figure with 95 % probability, given what is known; here it comes from "
        "repeating the run with other plausible parameters."
    ),
    "AUC": "Area under the concentration curve: total exposure, concentration times hours.",
    "band": "Shaded area that holds the middle 50 % (dark) or 90 % (light) of people.",
    "CADSS": (
        "Clinician-Administered Dissociative States Scale, 0 to 92: how unreal a person or the world "
        "feels; higher is more."
    ),
    "cascade": (
        "The chain of steps from a dose to symptoms: drug in plasma, receptors, glutamate, plasticity, "
        "emotional regulation, symptoms."
    ),
    "Cmax and tmax": "Highest concentration after a dose, and when it is reached.",
    "contested mechanism": "A step on which laboratories disagree; the run can be repeated under each view.",
    "control": (
        "The arm that another is compared with; active when it is felt (midazolam), inert when it is not (saline)."
    ),
    "draw": (
        "One plausible set of all parameters, taken from what is known; people who share a draw live in "
        "the same possible world."
    ),
    "effect size": (
        "Difference divided by the standard deviation of change between people: 0.2 is called small, 0.5 "
        "medium, 0.8 large."
    ),
    "functional unblinding": (
        "Patients guess their treatment from what they feel, and the guess itself changes how they do."
    ),
    "grade": (
        "How a number is known: measured, derived from measurements, assumed by us, or recalled from the "
        "literature without a check."
    ),
    "held-out trial": "A trial whose results the model never used, kept back to test its predictions.",
    "interval of knowledge": (
        "How far an average could move because parameters are not known exactly; it does not shrink with "
        "more virtual people."
    ),
    "latent": "Inside the model only: nobody has measured it in people.",
    "median": "The value that half of the people lie below.",
    "minimal important difference": "Smallest difference on a scale that patients notice as better or worse.",
    "Monte Carlo error": "Uncertainty from the finite number of virtual people; it shrinks as more are simulated.",
    "natural course": "What symptoms would have done anyway.",
    "occupancy": "Share of receptors that a drug holds at a moment.",
    "P better": "Share of the draws in which the arm's mean change is better than the control's.",
    "perfect blind": "A trial in which nobody can guess the treatment; possible in a model only.",
    "racemate": "Equal mixture of the two mirror forms of ketamine, S and R.",
    "recall window": "The time a scale asks about, such as the past week; the score averages over it.",
    "regression to the mean": (
        "People enrolled on a bad day are, on average, better on the next, whatever they are given."
    ),
    "remitter": "A person whose score is at or below a cut-off that counts as well.",
    "responder": "A person whose score fell by at least a fixed share of the baseline.",
    "SD": "Standard deviation: how much people differ.",
    "Shapley value": (
        "Fair share of a joint effect: each cause is credited with its average contribution over all "
        "orders of adding causes."
    ),
    "stretched clock": (
        "A time axis that gives minutes, hours, days and weeks about the same room, so that a step is not"
        " a slope you can measure."
    ),
    "typical run": (
        "A run with every parameter at its central value: it shows differences between people, not what is unknown."
    ),
    "virtual person": (
        "A simulated person with their own age, weight, biology and severity; the same one is followed under every arm."
    ),
}
"""Word -> explanation. Digits here belong to definitions."""


def slug(word: str) -> str:
    """The word as an identifier of the page."""
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-")


def term(word: str, shown: str = "") -> Markup:
    """A word that explains itself when pointed at or focused, and leads to the glossary.

    Raises
    ------
    KeyError
        If the glossary does not know the word.
    """
    return Markup('<a class="term" href="#{}" data-tip="{}">{}</a>').format(
        slug(word), WORDS[word], fixed(shown or word)
    )


def glossary(voice: Voice, summary: Mapping[str, Any]) -> list[tuple[str, Markup, Markup]]:
    """(identifier, word, explanation) of every word and of the instruments of the run, in alphabetical order."""
    words = [(word, fixed(word), fixed(line)) for word, line in WORDS.items()]
    words += [(name, *_instrument(voice, name)) for name in summary["instruments"]]
    return [(slug(word), shown, line) for word, shown, line in sorted(words, key=lambda entry: entry[0].casefold())]


def _instrument(voice: Voice, name: str) -> tuple[Markup, Markup]:
    path = path_to("instruments", name)
    line = Markup("{}, {} to {}, {}; higher is worse.").format(
        voice.quote(path_to(path, "title")),
        voice.say(path_to(path, "low")),
        voice.say(path_to(path, "high")),
        rated_by(voice, path_to(path, "rater")),
    )
    return voice.key(path), line
