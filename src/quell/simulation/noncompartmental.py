r"""Non-compartmental summary of measured concentrations: what a profile says without a model.

Between two samples, linearly while concentrations rise and logarithmically while they fall (``linear-up log-down``):

    linear   AUC = (c1 + c2)/2 dt                 AUMC = (t1 c1 + t2 c2)/2 dt
    log      AUC = (c1 - c2)/k                    AUMC = (t1 c1 - t2 c2)/k + (c1 - c2)/k^2,    k = ln(c1/c2)/dt

The terminal rate lambda_z is the slope of ln c over the last n >= 3 samples; of all n the one with the best adjusted
R2, more samples where it is within 1e-4 of the best. Beyond the last sample, AUC grows by c/lambda_z and AUMC by
t c/lambda_z + c/lambda_z^2. Then CL = dose/AUC, Vz = CL/lambda_z, MRT = AUMC/AUC - T/2 (infusion of T), Vss = CL MRT;
after an oral dose these are CL/F and Vz/F and there is no Vss. What cannot be had is NaN, never a guess.

Times in h since the dose, concentrations in mg/L, doses in mg: CL in L/h, volumes in L. The exact counterpart for a
model is :mod:`quell.simulation.exposure`.
"""

from dataclasses import dataclass, fields
from math import exp, isfinite, log, nan
from typing import Any, Literal

import numpy as np

Route = Literal["bolus", "infusion", "extravascular"]
Rule = Literal["linear-up log-down", "linear", "log after peak"]

FEWEST = 3
"""Samples that a terminal slope needs."""

_SAME_FIT = 1e-4


@dataclass(frozen=True, slots=True)
class TerminalPhase:
    """The last, log-linear part of a profile.

    Attributes
    ----------
    rate
        lambda_z, 1/h.
    intercept
        ln of the concentration at time 0 of the line.
    points
        Number of samples used, the last ones.
    start, end
        Their first and last time, h.
    adjusted_r2
        Of the line.
    """

    rate: float
    intercept: float
    points: int
    start: float
    end: float
    adjusted_r2: float


_NO_PHASE = TerminalPhase(nan, nan, 0, nan, nan, nan)


@dataclass(frozen=True, slots=True)
class Summary:
    """A profile in numbers; NaN for what cannot be had.

    Attributes
    ----------
    cmax, tmax, clast, tlast
        Largest concentration and its (first) time; last one above zero and its time. mg/L, h.
    auc_last, auc_inf, extrapolated
        Area to the last sample above zero, to infinity, mg h/L; share of the latter that is extrapolated.
    aumc_inf, mrt
        First moment, mg h2/L; mean residence time, h (after an oral dose absorption included).
    rate, half_life, points, adjusted_r2
        Terminal rate, 1/h, its half-life, h, samples used, fit.
    clearance, volume_z, volume_ss
        L/h, L, L; over F after an oral dose, then without a steady-state volume.
    interval, auc_interval, average, trough, fluctuation, swing
        Of one dosing interval (h, mg h/L, mg/L, mg/L): (cmax - cmin)/average and (cmax - cmin)/cmin.
    accumulation
        1/(1 - exp(-rate interval)): what repeated doses add up to if the terminal phase were all.
    """

    cmax: float = nan
    tmax: float = nan
    clast: float = nan
    tlast: float = nan
    auc_last: float = nan
    auc_inf: float = nan
    extrapolated: float = nan
    aumc_inf: float = nan
    mrt: float = nan
    rate: float = nan
    half_life: float = nan
    points: int = 0
    adjusted_r2: float = nan
    clearance: float = nan
    volume_z: float = nan
    volume_ss: float = nan
    interval: float = nan
    auc_interval: float = nan
    average: float = nan
    trough: float = nan
    fluctuation: float = nan
    swing: float = nan
    accumulation: float = nan

    def as_row(self) -> dict[str, Any]:
        """Name -> number, in order."""
        return {x.name: getattr(self, x.name) for x in fields(self)}


def summarise_profile(
    times: Any,
    concentrations: Any,
    dose: float = nan,
    *,
    route: Route = "extravascular",
    infusion_h: float = 0.0,
    interval_h: float | None = None,
    steady_state: bool = False,
    residue: bool = False,
    rule: Rule = "linear-up log-down",
    points: int | None = None,
) -> Summary:
    """Summarise one person's profile after one dose.

    Parameters
    ----------
    times, concentrations
        Samples since the dose, h, and mg/L, ``(sample,)``, in order of time; missing concentrations (NaN) are left out.
    dose
        mg; NaN if unknown.
    route
        A bolus is extrapolated back to its start, an infusion's MRT is reduced by half its duration.
    infusion_h
        Duration of the infusion, h.
    interval_h
        Dosing interval, h, for the measures of an interval.
    steady_state
        The profile is one interval of many equal ones: clearance is dose over the interval's area.
    residue
        Earlier doses are still there, so that a profile does not begin at zero.
    rule
        How areas are taken.
    points
        Number of last samples for the terminal slope; None chooses by fit.

    Raises
    ------
    ValueError
        Arrays of different lengths, no samples, times not increasing or before the dose, or a negative concentration.
    """
    t, c = _from_the_start(*_clean(times, concentrations), route, steady_state or residue)
    peak = int(np.argmax(c))
    positive = np.flatnonzero(c > 0.0)
    if positive.size == 0:
        return Summary(cmax=0.0, tmax=float(t[peak]), auc_last=0.0)
    last = int(positive[-1])
    phase = terminal_phase(t, c, route=route, points=points)
    areas = _areas(t[: last + 1], c[: last + 1], rule, peak)
    whole = _to_infinity(areas, float(t[last]), float(c[last]), phase.rate)
    found = _interval(t, c, interval_h, rule, peak, phase)
    found |= {"rate": phase.rate, "half_life": log(2.0) / phase.rate}
    found |= {"cmax": float(c[peak]), "tmax": float(t[peak]), "clast": float(c[last]), "tlast": float(t[last])}
    found |= {
        "auc_last": areas[0],
        "auc_inf": whole[0],
        "aumc_inf": whole[1],
        "extrapolated": 1.0 - areas[0] / whole[0],
    }
    found |= _disposition(dose, found, route, infusion_h, steady_state)
    return Summary(points=phase.points, adjusted_r2=phase.adjusted_r2, **found)


def _disposition(
    dose: float, found: dict[str, float], route: Route, infusion_h: float, steady_state: bool
) -> dict[str, float]:
    """Residence, clearance and volumes; at steady state the interval's area stands for the whole of one dose."""
    area = found["auc_interval"] if steady_state else found["auc_inf"]
    mrt = nan if steady_state else found["aumc_inf"] / area - (infusion_h / 2.0 if route == "infusion" else 0.0)
    clearance = dose / area if area > 0.0 else nan
    return {
        "mrt": mrt,
        "clearance": clearance,
        "volume_z": clearance / found["rate"],
        "volume_ss": nan if route == "extravascular" else clearance * mrt,
    }


def terminal_phase(
    times: np.ndarray, concentrations: np.ndarray, *, route: Route = "extravascular", points: int | None = None
) -> TerminalPhase:
    """The last log-linear phase; every number NaN and no points where there is none.

    Parameters
    ----------
    times, concentrations
        ``(sample,)``, in order; zeros are left out.
    route
        The peak itself counts after a bolus only.
    points
        A number of last samples; None takes the best fit.
    """
    usable = concentrations > 0.0
    if usable.any():
        peak = int(np.argmax(concentrations))
        usable &= np.arange(times.size) >= (peak if route == "bolus" else peak + 1)
    t, y = times[usable], np.log(concentrations[usable])
    counts = range(FEWEST, t.size + 1) if points is None else [points] if FEWEST <= points <= t.size else []
    falling = [line for line in (_line(t[-n:], y[-n:]) for n in counts) if line.rate > 0.0]
    best = max((line.adjusted_r2 for line in falling), default=nan)
    return max((x for x in falling if x.adjusted_r2 >= best - _SAME_FIT), key=lambda x: x.points, default=_NO_PHASE)


def _line(t: np.ndarray, y: np.ndarray) -> TerminalPhase:
    n, x = t.size, t - t.mean()
    slope = float(x @ y / (x @ x))
    rest = y - y.mean() - slope * x
    spread = float(np.square(y - y.mean()).sum())
    r2 = 1.0 - float(rest @ rest) / spread if spread > 0.0 else 0.0
    adjusted = 1.0 - (1.0 - r2) * (n - 1) / (n - 2)
    return TerminalPhase(-slope, float(y.mean() - slope * t.mean()), n, float(t[0]), float(t[-1]), adjusted)


def _clean(times: Any, concentrations: Any) -> tuple[np.ndarray, np.ndarray]:
    t, c = np.asarray(times, dtype=float), np.asarray(concentrations, dtype=float)
    if t.ndim != 1 or t.shape != c.shape:
        raise ValueError(f"times {t.shape} and concentrations {c.shape} are not two lists of one length")
    t, c = t[~np.isnan(c)], c[~np.isnan(c)]
    if t.size == 0:
        raise ValueError("there are no samples")
    if np.any(np.diff(t) <= 0.0):
        raise ValueError("times do not increase")
    if t[0] < 0.0:
        raise ValueError("a sample lies before the dose")
    if np.any(c < 0.0):
        raise ValueError("a concentration is negative")
    return t, c


def _from_the_start(t: np.ndarray, c: np.ndarray, route: Route, residue: bool) -> tuple[np.ndarray, np.ndarray]:
    """With a concentration at time 0 where none was measured.

    After a bolus log-linear from the first two samples if they fall, else the first one; otherwise nothing, and where
    earlier doses are still there the smallest that was measured.
    """
    if t[0] == 0.0:
        return t, c
    first = float(c.min()) if residue else 0.0
    if route == "bolus":
        falls = t.size > 1 and c[0] > c[1] > 0.0
        first = float(c[0]) * exp(log(c[0] / c[1]) * t[0] / (t[1] - t[0])) if falls else float(c[0])
    return np.concatenate([[0.0], t]), np.concatenate([[first], c])


def _areas(t: np.ndarray, c: np.ndarray, rule: Rule, peak: int) -> tuple[float, float]:
    """AUC and AUMC between the first and the last sample."""
    dt, c1, c2, t1, t2 = np.diff(t), c[:-1], c[1:], t[:-1], t[1:]
    after_peak = np.arange(dt.size) >= peak
    logarithmic = {
        "linear": np.zeros(dt.size, dtype=bool),
        "linear-up log-down": c2 < c1,
        "log after peak": after_peak & (c1 != c2),
    }[rule] & (np.minimum(c1, c2) > 0.0)
    k = np.log(np.where(logarithmic, c1, exp(1.0)) / np.where(logarithmic, c2, 1.0)) / dt
    auc = np.where(logarithmic, (c1 - c2) / k, (c1 + c2) / 2.0 * dt)
    aumc = np.where(logarithmic, (t1 * c1 - t2 * c2) / k + (c1 - c2) / k**2, (t1 * c1 + t2 * c2) / 2.0 * dt)
    return float(auc.sum()), float(aumc.sum())


def _to_infinity(areas: tuple[float, float], t: float, c: float, rate: float) -> tuple[float, float]:
    return areas[0] + c / rate, areas[1] + c * t / rate + c / rate**2


def _interval(
    t: np.ndarray, c: np.ndarray, interval: float | None, rule: Rule, peak: int, phase: TerminalPhase
) -> dict[str, float]:
    """Measures of one dosing interval; nothing where the samples do not reach its end and no slope carries on."""
    if interval is None:
        return {"interval": nan, "auc_interval": nan}
    end = _value_at(t, c, interval, phase)
    within = t < interval
    inside_t, inside_c = np.append(t[within], interval), np.append(c[within], end)
    auc = _areas(inside_t, inside_c, rule, peak)[0] if isfinite(end) else nan
    least, most, average = float(inside_c.min()), float(inside_c.max()), auc / interval
    return {
        "interval": interval,
        "auc_interval": auc,
        "average": average,
        "trough": end,
        "fluctuation": (most - least) / average,
        "swing": (most - least) / least if least > 0.0 else nan,
        "accumulation": 1.0 / (1.0 - exp(-phase.rate * interval)),
    }


def _value_at(t: np.ndarray, c: np.ndarray, time: float, phase: TerminalPhase) -> float:
    """The concentration at a time: as sampled, between two samples, or carried on from the last one by the slope."""
    if time > t[-1]:
        return float(c[-1]) * exp(-phase.rate * (time - float(t[-1])))
    k = int(np.searchsorted(t, time))
    if t[k] == time or k == 0:
        return float(c[k])
    share = (time - t[k - 1]) / (t[k] - t[k - 1])
    if c[k - 1] > c[k] > 0.0:
        return float(c[k - 1] * (c[k] / c[k - 1]) ** share)
    return float(c[k - 1] + share * (c[k] - c[k - 1]))
