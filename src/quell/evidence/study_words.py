"""The words of study records: roles, subjects, designs, settings, statistics, spreads, and what each means."""

from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "fit": "may move parameters",
    "check only": "compared after the fit, never fitted",
    "context": "shown to readers; cannot be simulated, or says too little",
    "held out": "judges the model; read by the validation alone",
}
"""What an observation may do."""

INFORMS: Mapping[str, str] = {
    "effect": "size of the effect on anxiety and its neighbours",
    "shape": "time course only; the size belongs to another disorder",
    "dose": "how the effect grows with dose",
    "control": "response to control treatments, expectancy and the guess",
    "monoamine": "SSRI and SNRI",
    "benzodiazepine": "benzodiazepines",
    "psychotherapy": "psychotherapy",
    "natural course": "drift without treatment, drop-out, relapse",
    "glutamate": "glutamate, receptors, synapses and their markers",
    "kinetics": "concentrations",
    "safety": "dissociation, blood pressure, adverse events",
    "people": "baselines, moderators, co-medication",
}
"""Which part of the model an observation speaks about."""

DESIGNS: Mapping[str, str] = {
    "parallel": "randomised, each person in one arm",
    "crossover": "randomised order, each person in every arm",
    "within-subject": "ascending or fixed order, each person in every arm",
    "open label": "one arm, everybody knows",
    "maintenance": "open continuation of those who responded",
    "randomised withdrawal": "responders go on or stop",
    "cohort": "patients of clinics, no control",
    "case": "one patient",
    "pooled": "a meta-analysis, or trials analysed together",
    "imaging": "brain imaging or spectroscopy",
    "laboratory": "healthy or other volunteers, no treatment intended",
    "kinetics": "concentrations",
    "survey": "people asked once",
    "label": "a product label",
    "animal": "animals or tissue",
    "dataset": "summary figures of a public data set",
}
"""How the people were studied."""

SETTINGS = ("blind", "pill", "open", "clinic", "home", "psychotherapy", "laboratory")
"""What people knew and expected; "pill" is a blind trial of daily tablets."""

STATISTICS: Mapping[str, str] = {
    "mean": "mean of a score or quantity",
    "mean change": "mean change from baseline",
    "percent change": "mean change in per cent of baseline",
    "mean difference": "first arm of the contrast minus the second",
    "standardised difference": "difference in standard deviations (d, g, SMD)",
    "responders": "people who meet the definition, of all",
    "share": "a percentage without a count",
    "median time": "time by which half have had the event",
    "odds ratio": "odds of the first arm over the second",
    "risk ratio": "risk of the first arm over the second",
    "hazard ratio": "hazard of the first arm over the second",
    "concentration": "in plasma or serum",
    "kinetic": "another figure of kinetics: area, half-life, bioavailability",
    "association": "correlation, slope or test statistic",
    "p value": "a test alone",
    "time ratio": "the figure at this time over the same at another (relative_to), in per cent",
    "order": "arms in order, no figure",
    "bound": "a figure known only to lie within bounds",
    "words": "a finding in words",
}
"""What kind of figure an observation is."""

NEEDS_SPREAD = frozenset(
    {
        "mean",
        "mean change",
        "percent change",
        "mean difference",
        "standardised difference",
        "share",
        "median time",
        "concentration",
        "time ratio",
    }
)
"""Statistics that have no likelihood without a spread."""

SPREADS: Mapping[str, str] = {
    "sd": "standard deviation between people",
    "se": "standard error of the figure",
    "ci": "95 % interval of the figure",
    "log_se": "standard error of its logarithm",
    "relative": "error as a share of the value",
    "printed": "printed as plus-minus, SD or SE not said",
}
"""Kind of spread -> meaning."""

CONDITIONS = (
    "depression",
    "bipolar depression",
    "mood disorder",
    "depression and anxiety",
    "anxiety disorders",
    "depression under anaesthesia",
    "healthy",
    "recreational users",
    "chronic pain",
    "surgery",
    "mixed",
    "schizophrenia",
    "rat",
    "mouse",
    "baboon",
)
"""People the study file cannot enrol."""

SINCE = ("first dose", "each dose", "end of course", "randomisation", "entry")
"""What a time counts from."""
