"""Reading a dose sentence.

    TREATMENT [DOSE UNIT] [ROUTE] [over DURATION | bolus] WHEN

    WHEN   on day 0 | on days 0, 3 and 7 | every 14 d | daily | twice daily | weekly | twice weekly | ...
           with [from day 7] [at 9 h] for 12 weeks

What follows the dose may stand in any order; :attr:`~quell.protocols.regimen.Regimen.sentence` prints the usual one.
"""

from math import ceil

from quell.protocols.dose_limits import check_dose
from quell.protocols.regimen import Course, OnDays, Regimen, spell_duration, spell_minutes
from quell.protocols.regimen_parts import KEYWORDS, LONGEST_DAYS, WHEN, Parts, decimal_comma, read_part, route_ahead
from quell.protocols.treatments import DRUGS, INFUSED, Treatment
from quell.protocols.words import Sentence, Word, spell_number

MOST_DOSES = 8000
"""Doses of one sentence."""

_DOSE = "a number and a unit, such as 0.5 mg/kg or 10 mg"


def parse_regimen(text: str) -> Regimen:
    """Read one dose sentence.

    Parameters
    ----------
    text
        "ketamine 0.5 mg/kg IV over 40 min on days 0, 3 and 7", "CBT weekly for 12 weeks", "nothing".

    Raises
    ------
    StudyError
        For the first word that does not fit; ``column`` counts within ``text``, from 1.
    """
    sentence = Sentence(text)
    if sentence.word is None:
        raise sentence.refuse("a treatment is missing", allowed="a sentence, such as CBT weekly for 12 weeks")
    parts = Parts(sentence, _treatment(sentence))
    if parts.treatment.kind == "nothing":
        if sentence.word:
            raise sentence.refuse('"nothing" stands alone', last=sentence.words[-1])
        return Regimen(parts.treatment.name)
    _read_dose(parts)
    while sentence.word is not None:
        read_part(parts)
    return _finish(parts)


def _treatment(sentence: Sentence) -> Treatment:
    known = [(spelling, drug) for drug in DRUGS.values() for spelling in (drug.name, *drug.aliases)]
    for spelling, drug in sorted(known, key=lambda pair: -len(pair[0])):
        if sentence.accept(spelling):
            return drug
    word = sentence.take()
    if word.number is not None:
        raise sentence.refuse("a sentence begins with the treatment", word, allowed="ketamine 0.5 mg/kg IV ...")
    names = [spelling for spelling, _ in known]
    raise sentence.refuse(f'unknown drug "{word.text}"', word, known=names, allowed=tuple(DRUGS))


def _read_dose(parts: Parts) -> None:
    sentence, drug = parts.sentence, parts.treatment
    if not drug.units:
        if sentence.word and sentence.word.number is not None:
            raise sentence.refuse(f"{drug.name} has no dose", hint=f"Write: {drug.name} {_example_timing(drug)}")
        return
    first = sentence.word
    amount = sentence.expect_number(f"the dose of {drug.name}", _DOSE)
    if sentence.ahead(1) == (",",):
        raise decimal_comma(sentence, amount)
    unit = _dose_unit(sentence, drug, amount)
    parts.amount, parts.unit = float(amount.number or 0.0), unit
    parts.note("dose", first or amount)
    if parts.amount <= 0:
        nothing = "For an arm without the drug write saline, placebo or nothing"
        size, meant = ("negative", f"{spell_number(-parts.amount)} {unit}") if parts.amount < 0 else ("zero", None)
        raise parts.refuse("dose", f"a dose cannot be {size}", allowed="a dose above 0", suggestion=meant, hint=nothing)


def _dose_unit(sentence: Sentence, drug: Treatment, amount: Word) -> str:
    if sentence.accept("mg per kg"):
        return _checked_unit(sentence, drug, "mg/kg", sentence.words[sentence.at - 1])
    word = sentence.word
    if word is None or word.number is not None or route_ahead(sentence) or word.plain in KEYWORDS:
        raise sentence.refuse(
            "the dose has no unit", amount, allowed=drug.units, suggestion=f"{amount.text} {drug.units[0]}"
        )
    return _checked_unit(sentence, drug, word.plain, sentence.take())


def _checked_unit(sentence: Sentence, drug: Treatment, unit: str, word: Word) -> str:
    if unit in drug.units:
        return unit
    if unit in ("mg", "mg/kg"):
        raise sentence.refuse(f"{drug.name} is not dosed in {unit}", word, allowed=drug.units, suggestion=drug.units[0])
    raise sentence.refuse(f'"{word.text}" is not a unit of a dose', word, allowed=drug.units, known=drug.units)


def _finish(parts: Parts) -> Regimen:
    _check_route(parts)
    timing = _timing(parts)
    regimen = Regimen(
        parts.treatment.name, parts.amount, parts.unit, parts.route, parts.over_min, timing, round(parts.hour, 9)
    )
    _check_times(parts, regimen)
    if regimen.amount is not None:
        check_dose(regimen, lambda message, **more: parts.refuse("dose", message, **more))
    return regimen


def _check_route(parts: Parts) -> None:
    drug = parts.treatment
    if parts.route is None:
        if drug.routes and drug.implied_route is None:
            message = f"how is {drug.name} given? The route is missing"
            usual = "IV over 40 min" if "IV" in drug.routes else drug.routes[0]
            raise parts.sentence.refuse(message, parts.sentence.words[0], allowed=drug.routes, suggestion=usual)
        parts.route = drug.implied_route
    elif parts.route not in drug.routes:
        word = parts.said("route")
        known = drug.routes
        nearest = known[0] if known else None
        raise parts.refuse(
            "route", f'{drug.name} has no route "{word}"', allowed=known or "no route", suggestion=nearest
        )
    _check_infusion(parts)


def _check_infusion(parts: Parts) -> None:
    part = "duration of the infusion"
    if parts.route in INFUSED:
        if parts.route == "IV" and part not in parts.seen:
            message = "an intravenous dose says how long it runs"
            raise parts.refuse("route", message, allowed="IV over 40 min, IV bolus", suggestion="IV over 40 min")
        if parts.route != "IV" and part in parts.seen and not parts.over_min:
            raise parts.refuse(part, f"only an intravenous dose is a bolus; {parts.route} alone means at once")
    elif part in parts.seen:
        raise parts.refuse(part, f"only {' and '.join(INFUSED)} doses run over a time", allowed="on day 0 and the like")


def _timing(parts: Parts) -> OnDays | Course:
    if parts.days is not None:
        _refuse_extra(parts)
        return OnDays(parts.days)
    if parts.interval_h is None:
        message = "when? The timing is missing"
        raise parts.sentence.refuse(
            message, parts.sentence.words[0], allowed=WHEN, suggestion=_example_timing(parts.treatment)
        )
    if parts.duration_h is None:
        raise parts.refuse(
            "timing",
            "for how long?",
            allowed="for 12 weeks, for 10 d",
            suggestion=f"{parts.said('timing')} for 12 weeks",
        )
    count = parts.duration_h / parts.interval_h
    if abs(count - round(count)) > 1e-9 or round(count) < 1:
        whole = spell_duration(ceil(count) * parts.interval_h)
        message = f"{spell_duration(parts.duration_h)} is no whole number of intervals"
        raise parts.refuse("duration", message, allowed="a multiple of the interval", suggestion=f"for {whole}")
    if round(count) * len(parts.offsets_h) == 1:
        return OnDays((parts.first_day,))
    return Course(parts.first_day, parts.interval_h, round(count), parts.offsets_h)


def _refuse_extra(parts: Parts) -> None:
    for part, word in (("first day", "from"), ("duration", "for")):
        if part in parts.seen:
            raise parts.refuse(part, f'"{word}" goes with a frequency, not with named days', allowed=WHEN)


def _check_times(parts: Parts, regimen: Regimen) -> None:
    timing = regimen.timing
    if isinstance(timing, Course):
        if timing.first_day * 24.0 + timing.duration_h > LONGEST_DAYS * 24.0:
            raise parts.refuse("duration", "the course is longer than five years", allowed=f"{LONGEST_DAYS} d in all")
        if timing.count * len(timing.offsets_h) > MOST_DOSES:
            raise parts.refuse("timing", "too many doses", allowed=f"{MOST_DOSES} doses of one sentence")
        if regimen.drug.kind in ("monoamine", "benzodiazepine") and timing.interval_h > 24.0:
            allowed = "daily, twice daily, three times daily, on day 0"
            raise parts.refuse("timing", f"{regimen.treatment} is taken daily", allowed=allowed, suggestion="daily")
    gap = regimen.shortest_gap_h()
    if regimen.over_min / 60.0 > gap:
        longest = spell_minutes(gap * 60.0)
        message = f"the infusion ({spell_minutes(regimen.over_min)}) is longer than the time to the next one"
        raise parts.refuse(
            "duration of the infusion", message, allowed=f"at most {longest}", suggestion=f"over {longest}"
        )


def _example_timing(drug: Treatment) -> str:
    if drug.kind == "inert":
        return "IV over 40 min on day 0" if drug.implied_route is None else "daily for 12 weeks"
    return {"psychotherapy": "weekly for 12 weeks", "kinetic": "on day 0"}.get(drug.kind, "daily for 12 weeks")
