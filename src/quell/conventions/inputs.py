"""Names of what reaches a mechanism from outside: the person, the levels of treatment, the events.

Each entry is name -> (unit, title). A mechanism that reads a name not written by another mechanism must find it here.
"""

COVARIATES: dict[str, tuple[str, str]] = {
    "weight": ("kg", "body weight"),
    "height": ("cm", "height"),
    "age": ("a", "age"),
    "female": ("1", "female sex"),
    "cyp2b6_star6": ("1", "CYP2B6*6 alleles"),
    "benzodiazepine_use": ("mg/d", "benzodiazepine at entry, diazepam equivalents"),
    "ssri_use": ("1", "stable SSRI at entry"),
    "resistance": ("1", "failed two or more adequate drugs"),
}
"""Constant per person."""

LEVELS: dict[str, tuple[str, str]] = {
    "ssri_dose": ("1", "SSRI dose in multiples of the minimum therapeutic dose"),
    "snri_dose": ("1", "SNRI dose in multiples of the minimum therapeutic dose"),
    "benzodiazepine_dose": ("mg/d", "benzodiazepine, diazepam equivalents"),
    "daily_treatment": ("1", "a daily pill or placebo pill is being taken"),
    "open_label": ("1", "everybody knows the treatment"),
    "occasion_sensitivity": ("1", "between-occasion multiplier of acute effects"),
}
"""Piecewise constant in time."""

EVENTS: dict[str, tuple[str, str]] = {
    "therapy_session": ("1", "session of psychotherapy"),
    "supervised_dose": ("1", "supervised administration, inert ones too"),
}
"""Instantaneous; the value is the event's amount."""
