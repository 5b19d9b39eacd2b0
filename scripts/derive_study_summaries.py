# noqa: INP001
"""Summary figures of public data sets that study records carry; the data themselves never enter the project.

    python scripts/derive_study_summaries.py FOLDER

FOLDER holds ``anxiety_arms_long.csv``, ``social_anxiety_nma.csv``, ``response_by_disorder.csv``,
``panic_imipramine_pas_odd.csv`` and ``antidepressant_dia.csv``. For arms j with n_j people, mean m_j and SD s_j:

    pooled mean  sum n_j m_j / sum n_j          within-arm SD  sqrt(sum (n_j - 1) s_j^2 / sum (n_j - 1))
    drift        sum n_j d_j / sum n_j,  d_j = post - baseline;   SE from the spread of d_j over arms

Effects are pooled over studies by DerSimonian and Laird; several comparisons of one study are averaged first, with the
mean of their standard errors, as if fully correlated.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Row = dict[str, str]
Array = np.ndarray

SCALES = {
    ("generalized anxiety disorder", "HAM-A"): ("HAMA",),
    ("generalized anxiety disorder", "GAD-7"): ("GAD-7", "GAD7"),
    ("generalized anxiety disorder", "BAI"): ("BAI",),
    ("generalized anxiety disorder", "PSWQ"): ("PSWQ",),
    ("generalized anxiety disorder", "STAI-T"): ("STAI-T",),
    ("social anxiety disorder", "LSAS"): ("LSAS",),
    ("social anxiety disorder", "LSAS self-rated"): ("LSAS-SR",),
    ("social anxiety disorder", "SPIN"): ("SPIN",),
    ("social anxiety disorder", "BAI"): ("BAI",),
    ("social anxiety disorder", "SIAS"): ("SIAS",),
    ("social anxiety disorder", "SPS"): ("SPS",),
}
"""(disorder, scale) -> its names in the table."""

WAITING, USUAL_CARE = frozenset({"wl", "wlc", "waitlist"}), frozenset({"cau", "tau"})
CONTROLS = {"waiting list": WAITING, "usual care": USUAL_CARE}
DISORDERS = {
    "generalized anxiety disorder": "GAD",
    "social anxiety disorder": "SAD",
    "posttraumatic stress disorder": "PTSD",
}
CBT = {"GAD": {"cbt"}, "SAD": {"cbt"}, "PTSD": {"tf-cbt", "pe", "tf-cognitive therapy", "exposure therapy"}}
BENEFIT = {"GAD": 1.0, "SAD": -1.0, "PTSD": -1.0}
"""Turns the sign of each database into treatment minus control, so that benefit is negative."""
RESPONSES = {
    "Generalized Anxiety Disorder": "GAD",
    "Social Anxiety Disorder": "SAD",
    "Panic Disorder": "panic disorder",
    "Specific Phobia": "specific phobia",
    "Post-Traumatic Stress Disorder": "PTSD",
    "Obsessive Compulsive Disorder": "OCD",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A summary figure.

    Parameters
    ----------
    value
        The figure.
    spread
        SD between people for means, standard error for everything else.
    n
        People, or studies for a pooled effect.
    """

    value: float
    spread: float
    n: int


def figures(folder: Path) -> dict[str, Figure]:
    """Name -> figure, from the tables in a folder."""
    found: dict[str, Figure] = {}
    arms = list(read(folder / "anxiety_arms_long.csv"))
    found |= dict(baselines(arms)) | dict(drifts(arms)) | dict(psychotherapy(arms))
    found |= dict(pill_effects(list(read(folder / "social_anxiety_nma.csv"))))
    found |= dict(responses(list(read(folder / "response_by_disorder.csv"))))
    found |= dict(by_week(folder / "panic_imipramine_pas_odd.csv", "time", "resp", lambda _: "panic disorder"))
    found |= dict(by_week(folder / "antidepressant_dia.csv", "VISIT", "HAMATOTL", lambda row: row["THERAPY"].lower()))
    return found


def read(path: Path) -> Iterator[Row]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def baselines(arms: Iterable[Row]) -> Iterator[tuple[str, Figure]]:
    """Mean and within-arm SD at baseline, by disorder and scale."""
    for (disorder, scale), names in SCALES.items():
        chosen = [row for row in arms if row["disorder"] == disorder and row["instrument"] in names]
        n, mean, sd = complete(once(chosen, "mean_base"), "n_base", "mean_base", "sd_base")
        yield f"baseline {DISORDERS[disorder]} {scale}", Figure(weighted(mean, n), within(sd, n), int(n.sum()))


def drifts(arms: Iterable[Row]) -> Iterator[tuple[str, Figure]]:
    """Mean change without treatment and under usual care, by disorder and scale; fewer than three arms are left out."""
    for (disorder, scale), names in SCALES.items():
        for control, conditions in CONTROLS.items():
            chosen = [
                row
                for row in arms
                if row["disorder"] == disorder and row["instrument"] in names and row["condition"].lower() in conditions
            ]
            n, post, base = complete(once(chosen, "mean_post"), "n_post", "mean_post", "mean_base")
            if len(n) > 2:
                yield f"drift {control} {DISORDERS[disorder]} {scale}", average(post - base, n)


def psychotherapy(arms: Iterable[Row]) -> Iterator[tuple[str, Figure]]:
    """Hedges g of CBT against each control, by disorder."""
    pairs: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in arms:
        pairs[row["source_db"], row["row"], row["study"]][row["role"]] = row
    whole = [(pair["treatment"], pair["control"]) for pair in pairs.values() if len(pair) == 2]
    for disorder, short in DISORDERS.items():
        chosen = [
            pair for pair in whole if pair[0]["disorder"] == disorder and pair[0]["condition"].lower() in CBT[short]
        ]
        for control, conditions in CONTROLS.items():
            found: dict[str, list[tuple[float, float]]] = defaultdict(list)
            for treatment, other in chosen:
                if other["condition"].lower() in conditions:
                    found[treatment["study"]].append(effect(treatment, "hedges_g_row", "hedges_g_se_row"))
            pooled = random_effects(found.values())
            yield f"CBT - {control} {short}", Figure(BENEFIT[short] * pooled.value, pooled.spread, pooled.n)


def pill_effects(arms: Iterable[Row]) -> Iterator[tuple[str, Figure]]:
    """Standardised difference of each class of drugs from the pill, social anxiety disorder."""
    studies: dict[str, list[Row]] = defaultdict(list)
    for row in arms:
        studies[row["studyc"]].append(row)
    for name in ("SSRI/SNRI", "Benzodiazepines", "Anticonvulsants"):
        found: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for study, rows in studies.items():
            if any(row["trtc"] == "Pill placebo" and np.isnan(number(row["y"])) for row in rows):
                found[study] = [effect(row, "y", "se") for row in rows if row["classc"] == name]
        yield f"{name} - pill SAD", random_effects([pairs for pairs in found.values() if pairs])


def responses(trials: Iterable[Row]) -> Iterator[tuple[str, Figure]]:
    """Share of responders among the controls of psychotherapy trials, in per cent."""
    for disorder, short in RESPONSES.items():
        rows = [row for row in trials if row["disorder"] == disorder and row["patient"] == "Adults"]
        improved, n = (np.array([number(row[key]) for row in rows]) for key in ("improved.cg", "n.cg"))
        share = average(100 * improved / n, n)
        yield f"control response {short}", Figure(share.value, share.spread, int(n.sum()))


def by_week(path: Path, time: str, score: str, group: Callable[[Row], str]) -> Iterator[tuple[str, Figure]]:
    """Mean and SD of a score at each visit, by group, of whom was seen."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in read(path):
        value = number(row[score])
        if np.isfinite(value):
            scores[group(row), row[time]].append(value)
    for (name, visit), values in scores.items():
        yield f"{path.stem} {name} {visit}", Figure(float(np.mean(values)), float(np.std(values, ddof=1)), len(values))


def once(rows: Iterable[Row], mean: str) -> Iterable[Row]:
    """The rows without repetitions: a control arm stands beside every treatment of its trial."""
    return {
        (row["study"], row["instrument"], row["condition"], row[mean], row["mean_base"]): row for row in rows
    }.values()


def complete(rows: Iterable[Row], *keys: str) -> list[Array]:
    """Columns of the rows in which every key has a number."""
    table = np.array([[number(row[key]) for key in keys] for row in rows]).reshape(-1, len(keys))
    return list(table[np.isfinite(table).all(axis=1)].T)


def average(values: Array, n: Array) -> Figure:
    """Mean weighted by people, with the standard error that the spread over arms gives."""
    weight = n / n.sum()
    mean = float(weight @ values)
    error = np.sqrt(weight**2 @ (values - mean) ** 2 * len(n) / (len(n) - 1))
    return Figure(mean, float(error), int(n.sum()))


def random_effects(studies: Iterable[list[tuple[float, float]]]) -> Figure:
    """DerSimonian-Laird mean of studies, each given as its (effect, standard error) pairs; n counts studies."""
    known = [[pair for pair in pairs if np.isfinite(pair).all()] for pairs in studies]
    y, se = np.array([np.mean(pairs, axis=0) for pairs in known if pairs]).T
    w = se**-2.0
    q = w @ (y - w @ y / w.sum()) ** 2
    tau2 = max(0.0, (q - len(y) + 1) / (w.sum() - w @ w / w.sum()))
    w = 1 / (se**2 + tau2)
    return Figure(float(w @ y / w.sum()), float(w.sum() ** -0.5), len(y))


def effect(row: Row, value: str, error: str) -> tuple[float, float]:
    """An effect and its standard error."""
    return number(row[value]), number(row[error])


def weighted(values: Array, n: Array) -> float:
    """Mean weighted by people."""
    return float(n @ values / n.sum())


def within(sd: Array, n: Array) -> float:
    """Pooled SD within arms."""
    return float(np.sqrt((n - 1) @ sd**2 / (n - 1).sum()))


def number(text: str) -> float:
    """A number, or NaN for a cell without one."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Summary figures of public data sets.")
    parser.add_argument("folder", type=Path)
    for name, figure in figures(parser.parse_args().folder).items():
        print(f"{name}\t{figure.value:.2f}\t{figure.spread:.2f}\t{figure.n}")


if __name__ == "__main__":
    main()
