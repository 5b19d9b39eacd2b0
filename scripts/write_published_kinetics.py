# noqa: INP001
"""Write the tables of ``docs/theory/published-kinetics.md``: every published model beside what was measured.

    python scripts/write_published_kinetics.py

Observations are in ``docs/theory/published-kinetics.csv``, each with its source. Predictions are those of a typical
person of the weight given there. A test compares the page with what this would write.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from quell.evidence.library import load_library
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.published_kinetics import PUBLISHED, PublishedModel
from quell.simulation.concentrations import NetworkDose, concentrations
from quell.simulation.exposure import exact_exposure

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "theory" / "published-kinetics.md"
OBSERVATIONS = PAGE.with_suffix(".csv")

STEPS_MG = (9.8, 19.6, 39.9)
"""Doses of the stepped infusion, an hour each: 0.14, 0.28 and 0.57 mg/kg/h at 70 kg."""

FAR = 1.5
"""Ratio of prediction and observation, either way, from which a prediction is set in bold."""

_FINE = np.concatenate([np.linspace(0.0, 2.0, 121), np.linspace(2.1, 24.0, 220)])


def main() -> None:
    """Write the page's tables."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def rewritten(page: str) -> str:
    """The page with its tables as the models make them now."""
    for name, lines in (("exposure", exposure_table()), ("observations", observation_table())):
        block = "\n".join((f"<!-- {name} -->", *lines, "<!-- end -->"))
        page = re.sub(rf"<!-- {name} -->.*?<!-- end -->", lambda _, block=block: block, page, flags=re.DOTALL)
    return page


def observations() -> list[dict[str, str]]:
    """The rows of the table of observations."""
    with OBSERVATIONS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def values_of(model: PublishedModel) -> dict[str, float]:
    """Typical parameters of a model."""
    return {record.name: record.value for record in load_library().parameters(model.pack)}


def people_of(model: PublishedModel, weight: float) -> dict[str, float]:
    """Its covariates, for somebody of that weight."""
    return {name: weight if name == "weight" else value for name, value in model.covariates.items()}


def exposure_table() -> Iterator[str]:
    """0.5 mg/kg over 40 minutes at 70 kg, exactly."""
    heads = (
        "model",
        "blood",
        "end of infusion, ng/mL",
        "20 min later",
        "area, ng h/mL",
        "CL, L/h",
        "Vss, L",
        "half-life, h",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|---|"
    for model in PUBLISHED:
        found = exact_exposure(
            model.network,
            values_of(model),
            people_of(model, 70.0),
            entry=model.dosed,
            output=model.observed,
            dose=35.0,
            infusion_h=2.0 / 3.0,
        )
        later = profile(model, "IV", 35.0, 2.0 / 3.0, 70.0, np.array([1.0]), model.observed)[0]
        numbers = (1000.0 * found.cmax[0], later, 1000.0 * found.auc[0])
        numbers += (found.clearance[0], found.volume_ss[0], found.half_life[0])
        yield f"| `{model.name}` | {model.plasma} | " + " | ".join(map(_digits, numbers)) + " |"


def observation_table() -> Iterator[str]:
    """One row an observation, one column a model."""
    yield "| observation | observed | " + " | ".join(f"`{model.name}`" for model in PUBLISHED) + " |"
    yield "|---|---|" + "---|" * len(PUBLISHED)
    for row in observations():
        cells = [_cell(prediction(model, row), float(row["observed"])) for model in PUBLISHED]
        yield f"| {_title(row)} | {_seen(row)} | " + " | ".join(cells) + " |"


def prediction(model: PublishedModel, row: Mapping[str, str]) -> float | None:
    """What a model says of an observation, in its unit; None where it has no such route or analyte."""
    reading = _reading(model, row)
    known = row["route"] in ("IV", "stepped IV") or row["route"] in model.routes or model.pack == KINETICS.name
    if reading is None or not known:
        return None
    if row["what"] == "half-life":
        place = {"entry": model.dosed, "output": reading}
        return float(exact_exposure(model.network, values_of(model), people_of(model, 70.0), **place).half_life[0])
    dose, hours, weight = (float(row[name]) for name in ("dose_mg", "infusion_h", "weight_kg"))
    if row["what"] == "area":
        parts = {"entry": model.dosed, "output": reading, "dose": dose}
        found = exact_exposure(model.network, values_of(model), people_of(model, weight), **parts)
        return 1000.0 * float(found.auc[0])
    times = np.array([float(row["time_h"])]) if row["time_h"] else _FINE
    course = profile(model, row["route"], dose, hours, weight, times, reading)
    return float(np.trapezoid(course, times)) if row["what"] == "area to 24 h" else float(course.max())


def profile(
    model: PublishedModel, route: str, dose: float, hours: float, weight: float, times: np.ndarray, reading: str
) -> np.ndarray:
    """Concentrations, ng/mL."""
    parameters, covariates = values_of(model), people_of(model, weight)
    doses = list(_doses(model, route, dose, hours, parameters, covariates))
    found = concentrations(model.network, parameters, covariates, doses, times)
    return 1000.0 * found[:, model.network.output_names.index(reading), 0]


def _doses(
    model: PublishedModel,
    route: str,
    dose: float,
    hours: float,
    parameters: Mapping[str, float],
    covariates: Mapping[str, float],
) -> Iterator[NetworkDose]:
    if route == "stepped IV":
        yield from (NetworkDose(float(k), model.dosed, amount, 1.0) for k, amount in enumerate(STEPS_MG))
    elif route == "IV":
        yield NetworkDose(0.0, model.dosed, dose, hours)
    else:
        p, v = SimpleNamespace(**parameters), SimpleNamespace(**covariates, dose=dose)
        parts = KINETICS.routes["esketamine", route] if model.pack == KINETICS.name else model.routes[route]
        for part in parts:
            duration = 0.0 if part.zero_order_h is None else float(part.zero_order_h(v, p, np))
            yield NetworkDose(0.0, part.entry, float(part.fraction(v, p, np)) * dose, duration)


def _reading(model: PublishedModel, row: Mapping[str, str]) -> str | None:
    """The output to read: venous where the samples were and the model knows; None for an analyte it does not have."""
    names = model.network.output_names
    analyte = model.observed if row["analyte"] == "ketamine" else row["analyte"]
    venous = f"venous_{analyte}"
    if row["plasma"] == "venous" and venous in names:
        return venous
    return analyte if analyte in names else None


def _cell(predicted: float | None, observed: float) -> str:
    if predicted is None:
        return ""
    far = max(predicted / observed, observed / predicted) >= FAR
    return f"**{_digits(predicted)}**" if far else _digits(predicted)


def _digits(number: float) -> str:
    """Three digits, or all before the point."""
    return f"{number:.0f}" if number >= 1000.0 else f"{number:.3g}"


def _title(row: Mapping[str, str]) -> str:
    given = f"{row['drug']} {float(row['dose_mg']):g} mg {row['route']}"
    given += f" over {60.0 * float(row['infusion_h']):.0f} min" if float(row["infusion_h"]) else ""
    when = f" at {float(row['time_h']):.3g} h" if row["time_h"] else ""
    return f"{row['study']}: {given}; {row['plasma']} {row['analyte']}, {row['what']}{when}"


def _seen(row: Mapping[str, str]) -> str:
    band = f" ({float(row['low']):g} to {float(row['high']):g})" if row["low"] else ""
    return f"{float(row['observed']):g}{band} {row['unit']}"


if __name__ == "__main__":
    main()
