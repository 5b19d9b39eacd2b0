"""``quell regimen``: a dose sentence as an NM-TRAN table, and a table of doses as sentences.

    quell regimen "ketamine 0.5 mg/kg IV over 40 min on days 0 and 7" --weight 70
    quell regimen DATA.csv --drug ketamine --unit mg --route IV

Both ways lead back: the sentences of the table of a sentence are that sentence.
"""

import sys
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from quell.conventions.errors import StudyError, suggest


def regimen(
    what: Annotated[str, typer.Argument(metavar="SENTENCE|DATA", help="A dose sentence in quotes, or a data set.")],
    weight: Annotated[
        str | None, typer.Option(metavar="KG", help="Body weight: doses in mg/kg become mg, and back.")
    ] = None,
    drug: Annotated[str | None, typer.Option(help="Of a data set: what is given.")] = None,
    unit: Annotated[str | None, typer.Option(help="Of a data set: the unit of AMT, mg or mg/kg.")] = None,
    route: Annotated[str | None, typer.Option(help="Of a data set: the route, such as IV or oral.")] = None,
) -> None:
    """Turn a dose sentence into an NM-TRAN table, or a table of doses into sentences."""
    kilograms = _weight(weight)
    if drug is not None or _is_file(what):
        _print_sentences(Path(what), drug, unit, route, kilograms)
    elif unit is not None or route is not None:
        message = "--unit and --route belong to a data set; a sentence has its own"
        raise StudyError(message, text=what, allowed="a sentence alone, or DATA --drug NAME --unit mg --route IV")
    else:
        _print_table(what, kilograms)


def _is_file(what: str) -> bool:
    return what.lower().endswith((".csv", ".dat", ".txt")) or Path(what).is_file()


def _weight(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float("nan" if "_" in text else text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and value > 0):
        raise StudyError(f'--weight is "{text}"', text=text, allowed="kilograms, a number above 0")
    return value


def _print_table(sentence: str, kilograms: float | None) -> None:
    from quell.protocols.events import events
    from quell.protocols.nmtran import weighed, write_data_set
    from quell.protocols.regimen_grammar import parse_regimen

    try:
        found = parse_regimen(sentence)
    except StudyError as error:
        raise error.at(line=1, source=sentence) from None
    doses = events(found)
    if not doses:
        raise StudyError(f'"{sentence}" gives no records', text=sentence, allowed="a treatment that is given")
    if found.unit == "mg/kg" and kilograms is None:
        print("AMT is in mg/kg; --weight KG gives mg", file=sys.stderr)
    if found.amount is None:
        print(f"{found.treatment} has no amount: each time is an other-type event (EVID 2)", file=sys.stderr)
    print(write_data_set(weighed(doses, kilograms) if kilograms else doses), end="")


def _print_sentences(
    data: Path, drug: str | None, unit: str | None, route: str | None, kilograms: float | None
) -> None:
    from quell.protocols.data_regimens import regimens_by_person
    from quell.protocols.nmtran import per_kilogram, read_data_set

    treatment, unit, route = _given(drug, unit, route)
    read = read_data_set(data)
    if kilograms is not None:
        if unit != "mg/kg":
            raise StudyError("--weight divides AMT in mg: the sentence is in mg/kg", allowed="--unit mg/kg --weight KG")
        read = per_kilogram(read, kilograms)
    persons = regimens_by_person(read, treatment, unit, route)
    for person, found in persons.items():
        for one in found:
            print(one.sentence if len(persons) == 1 else f"{person}\t{one.sentence}")


def _given(drug: str | None, unit: str | None, route: str | None) -> tuple[str, str, str]:
    """Treatment, unit and route of a data set, checked."""
    from quell.protocols.treatments import DRUGS

    dosed = [name for name, treatment in DRUGS.items() if treatment.units]
    if drug is None:
        raise StudyError("a data set does not say what is given: --drug is missing", allowed=dosed)
    named = next((name for name in dosed if drug.casefold() in _spellings(name)), None)
    if named is None:
        raise StudyError(f'--drug is "{drug}"', text=drug, allowed=dosed, suggestion=suggest(drug, dosed))
    known = DRUGS[named]
    return named, _unit(unit, known.units), _route(named, route, known.routes, known.implied_route)


def _unit(unit: str | None, units: tuple[str, ...]) -> str:
    if unit is None and len(units) > 1:
        raise StudyError("in which unit is AMT? --unit is missing", allowed=units)
    found = unit or next(iter(units))
    if found not in units:
        raise StudyError(f'--unit is "{found}"', text=found, allowed=units, suggestion=suggest(found, units))
    return found


def _route(drug: str, route: str | None, routes: tuple[str, ...], implied: str | None) -> str:
    found = implied if route is None else _canonical(route)
    if found is None:
        raise StudyError(f"how is {drug} given? --route is missing", allowed=routes)
    if found not in routes:
        raise StudyError(f'--route is "{route}"', text=route, allowed=routes, suggestion=suggest(found, routes))
    return found


def _spellings(name: str) -> tuple[str, ...]:
    from quell.protocols.treatments import DRUGS

    return tuple(word.casefold() for word in (name, *DRUGS[name].aliases))


def _canonical(route: str) -> str:
    from quell.protocols.treatments import ROUTES

    plain = route.casefold()
    return next((name for name, others in ROUTES.items() if plain in map(str.casefold, (name, *others))), route)
