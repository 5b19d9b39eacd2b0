"""Sentences, records and events are three spellings of one regimen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.strategies import regimens as any_regimen

from quell.conventions.errors import StudyError
from quell.protocols.events import DoseEvent, events, regimens
from quell.protocols.regimen import Course, OnDays, Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.treatments import DRUGS

CANONICAL = (
    "ketamine 0.5 mg/kg IV over 40 min on day 0",
    "ketamine 0.5 mg/kg IV over 40 min on days 0, 3, 7, 10, 14 and 17",
    "ketamine 0.5 mg/kg IV over 40 min every 14 d from day 0 for 26 weeks",
    "ketamine 0.5 mg/kg IV bolus on day 0",
    "ketamine 0.5 mg/kg IV over 4 h on day 0",
    "ketamine 1 mg/kg SC weekly for 12 weeks",
    "ketamine 1 mg/kg SC over 45 min on days 0 and 7 at 9 h",
    "ketamine 60 mg oral three times daily for 3 d",
    "esketamine 56 mg intranasal on days 0 and 3",
    "esketamine 56 mg intranasal twice weekly for 4 weeks",
    "arketamine 0.5 mg/kg IV over 40 min three times weekly from day 7 for 2 weeks",
    "midazolam 0.045 mg/kg IV over 40 min on day 0",
    "escitalopram 10 mg daily for 12 weeks",
    "escitalopram 20 mg daily from day 7 at 9 h for 11 weeks",
    "lorazepam 1 mg twice daily for 4 weeks",
    "alprazolam 0.25 mg every 5 h from day 0 for 35 h",
    "CBT weekly for 12 weeks",
    "saline IV over 40 min on day 0",
    "placebo daily for 12 weeks",
    "placebo intranasal twice weekly for 4 weeks",
    "nothing",
)

OTHER_SPELLINGS = (
    ("Ketamine 0.5mg/kg iv over 40min on day 0", CANONICAL[0]),
    ("racemic ketamine 0.50 mg per kg intravenously over 40 minutes on day 0", CANONICAL[0]),
    ("ketamine .5 mg/kg on day 0 over 40 min IV", CANONICAL[0]),
    ("ketamine 0.5 mg/kg IV over 40 min on days 0,3,7,10,14,17", CANONICAL[1]),
    ("ketamine 0.5 mg/kg IV over 40 min for 182 d every 2 weeks", CANONICAL[2]),
    ("S-ketamine 56 mg nasal on days 0, and 3", CANONICAL[8]),
    ("escitalopram 10 mg by mouth once daily for 84 days", CANONICAL[12]),
    ("lorazepam 1 mg every 12 h for 4 weeks", CANONICAL[14]),
    ("cognitive behavioural therapy every week for 12 weeks", CANONICAL[16]),
    ("CBT weekly for 1 week", "CBT on day 0"),
    ("CBT every 10 d for 20 d", "CBT every 10 d from day 0 for 20 d"),
    ("waiting list", "nothing"),
)


@pytest.mark.parametrize("sentence", CANONICAL)
def test_canonical_sentence_prints_as_it_was_read(sentence: str) -> None:
    assert parse_regimen(sentence).sentence == sentence


@pytest.mark.parametrize(("spelling", "canonical"), OTHER_SPELLINGS)
def test_other_spellings_mean_the_canonical_sentence(spelling: str, canonical: str) -> None:
    assert parse_regimen(spelling) == parse_regimen(canonical)
    assert parse_regimen(spelling).sentence == canonical


@given(any_regimen())
def test_print_then_parse_is_the_identity(regimen: Regimen) -> None:
    assert parse_regimen(regimen.sentence) == regimen


@given(any_regimen())
def test_events_and_back_is_the_identity(regimen: Regimen) -> None:
    assert regimens(events(regimen)) == ((regimen,) if regimen.timing else ())


@given(any_regimen())
def test_events_give_every_dose_at_its_time(regimen: Regimen) -> None:
    times = sorted(single.time for event in events(regimen) for single in event.expand())
    assert times == pytest.approx(regimen.times_h(), abs=1e-9)


@given(any_regimen())
def test_infusions_end_before_the_next_dose(regimen: Regimen) -> None:
    assert regimen.over_min / 60.0 <= regimen.shortest_gap_h() + 1e-9


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text, however odd, ends in anything but a regimen or an error that points into it."""
    column = 1
    try:
        parse_regimen(text)
    except StudyError as error:
        column = error.column or 0
    assert 1 <= column <= len(text) + 1


@given(any_regimen(), st.data())
def test_a_wrong_word_is_pointed_at(regimen: Regimen, data: st.DataObject) -> None:
    words = regimen.sentence.split()
    at = data.draw(st.integers(0, len(words)))
    with pytest.raises(StudyError) as caught:
        parse_regimen(" ".join([*words[:at], "xyzzy", *words[at:]]))
    assert caught.value.column is not None


def test_records_of_a_course() -> None:
    assert events(parse_regimen("ketamine 0.6 mg/kg IV over 40 min every 14 d from day 7 at 9 h for 26 weeks")) == (
        DoseEvent(177.0, "ketamine", 0.6, 0.6 / (40 / 60), 336.0, 12, unit="mg/kg", route="IV"),
    )


def test_records_of_single_doses() -> None:
    found = events(parse_regimen("esketamine 56 mg intranasal on days 0 and 3"))
    assert [(event.time, event.amt, event.rate, event.addl, event.evid) for event in found] == [
        (0.0, 56.0, 0.0, 0, 1),
        (72.0, 56.0, 0.0, 0, 1),
    ]


def test_treatments_without_amount_are_other_events() -> None:
    (event,) = events(parse_regimen("saline IV over 40 min on day 0"))
    assert (event.evid, event.amt, event.rate, event.minutes) == (2, 0.0, 0.0, 40.0)


def test_mixed_records_become_several_sentences() -> None:
    records = [
        DoseEvent(72.0, "ketamine", 50.0, unit="mg", route="SC"),
        DoseEvent(0.0, "ketamine", 35.0, unit="mg", route="SC"),
        DoseEvent(168.5, "ketamine", 35.0, unit="mg", route="SC"),
        DoseEvent(168.0, "ketamine", 35.0, unit="mg", route="SC"),
        DoseEvent(240.0, "ketamine", 35.0, ii=168.0, addl=3, unit="mg", route="SC"),
        DoseEvent(312.0, "ketamine", 35.0, ii=168.0, addl=3, unit="mg", route="SC"),
    ]
    assert [regimen.sentence for regimen in regimens(records)] == [
        "ketamine 35 mg SC on days 0 and 7",
        "ketamine 50 mg SC on day 3",
        "ketamine 35 mg SC on day 7 at 0.5 h",
        "ketamine 35 mg SC twice weekly from day 10 for 4 weeks",
    ]


def test_tablets_are_taken_for_whole_days() -> None:
    twice = parse_regimen("lorazepam 1 mg twice daily from day 7 for 4 weeks")
    assert twice.intervals_h() == ((168.0, 168.0 + 672.0),)
    assert parse_regimen("diazepam 10 mg on days 0 and 2").intervals_h() == ((0.0, 24.0), (48.0, 72.0))


def test_times_of_a_course() -> None:
    assert Course(1, 168.0, 2, (0.0, 72.0)).times_h() == (24.0, 96.0, 192.0, 264.0)
    assert OnDays((0, 3)).times_h() == (0.0, 72.0)


def test_every_alias_names_one_treatment() -> None:
    names = [name.casefold() for drug in DRUGS.values() for name in (drug.name, *drug.aliases)]
    assert len(names) == len(set(names))
