r"""The natural course of symptoms: a slow stationary process per person, known in closed form at every time.

    f(t) = K^(-1/2) sum_k r_k cos(omega_k t + phi_k),    omega_k = tan(pi (k + u_k) / (2 K)) / tau,    k = 0 ... K-1

with u_k, phi_k / 2 pi uniform and r_k^2 / 2 standard exponential. Over people the value at any time is standard normal
and the autocorrelation is exp(-|lag| / tau). The mean over a recall window [t - w, t] is closed form too:

    mean f = K^(-1/2) sum_k r_k sinc(omega_k w / 2) cos(omega_k (t - w / 2) + phi_k),    sinc x = sin x / x

so a visit's value does not depend on which other times are asked, and every arm shares it. White noise is keyed by the
minute of the visit, for the same reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quell.conventions.random_streams import normals, uniforms

_WAVES = 16
_BLOCK = 1024  # people whose values fit into a core's cache


@dataclass(frozen=True, slots=True)
class Waves:
    """The cosines of each person.

    Parameters
    ----------
    frequency, amplitude, phase
        1/h, SD and radian, ``(person, wave)``.
    """

    frequency: np.ndarray
    amplitude: np.ndarray
    phase: np.ndarray

    def mean(self, times: np.ndarray, window: float = 0.0) -> np.ndarray:
        """Mean of the process over the ``window`` h before each time.

        Parameters
        ----------
        times
            h from the first dose, ``(time,)`` or ``(person, time)``; negative times lie before it.
        window
            h; 0 takes the value at the time itself.

        Returns
        -------
        numpy.ndarray
            ``(person, time)``, SD 1 for window 0, less for a longer one.
        """
        times = np.atleast_2d(np.asarray(times, dtype=np.float64) - window / 2)
        total = np.zeros((self.phase.shape[0], times.shape[1]))
        for start in range(0, len(total), _BLOCK):
            rows = slice(start, start + _BLOCK)
            self._add_means(total[rows], times if len(times) == 1 else times[rows], window, rows)
        return total

    def _add_means(self, total: np.ndarray, middle: np.ndarray, window: float, rows: slice) -> None:
        frequency, phase = self.frequency[rows], self.phase[rows]
        damped = self.amplitude[rows] * np.sinc(frequency * (window / (2 * np.pi)))
        for k in range(_WAVES):
            total += damped[:, k, None] * np.cos(frequency[:, k, None] * middle + phase[:, k, None])

    def take(self, rows: np.ndarray | slice) -> "Waves":
        """The waves of some of the people."""
        return Waves(self.frequency[rows], self.amplitude[rows], self.phase[rows])


def joined_waves(parts: Sequence[Waves]) -> Waves:
    """The waves of several groups of people in one."""
    return Waves(
        np.concatenate([part.frequency for part in parts]),
        np.concatenate([part.amplitude for part in parts]),
        np.concatenate([part.phase for part in parts]),
    )


def draw_waves(seed: int, purpose: str, persons: np.ndarray | range, correlation_time: float) -> Waves:
    """Waves of each person.

    Parameters
    ----------
    purpose
        Name of the random stream; two purposes give independent processes.
    correlation_time
        tau, h.
    """
    u = uniforms(seed, purpose, persons, 3 * _WAVES)
    strata = (np.arange(_WAVES) + u[:, :_WAVES]) / _WAVES
    amplitude = np.sqrt(-2.0 * np.log(u[:, _WAVES : 2 * _WAVES]) / _WAVES)
    return Waves(np.tan(np.pi / 2 * strata) / correlation_time, amplitude, 2 * np.pi * u[:, 2 * _WAVES :])


def fluctuation(
    seed: int, persons: np.ndarray | range, times: np.ndarray, window: float, correlation_time: float
) -> np.ndarray:
    """Natural course of candidates, averaged over a recall window, ``(person, time)``; arguments as above."""
    return draw_waves(seed, "natural course", persons, correlation_time).mean(times, window)


def white_noise(seed: int, purpose: str, persons: np.ndarray | range, times: np.ndarray) -> np.ndarray:
    """Independent standard normal numbers, one a person and minute.

    Parameters
    ----------
    times
        h from the first dose, ``(time,)``.

    Returns
    -------
    numpy.ndarray
        ``(person, time)``; the same minute gives the same numbers whatever else is asked.
    """
    minutes = np.rint(np.asarray(times, dtype=np.float64) * 60).astype(int)
    columns = [normals(seed, f"{purpose} at minute {minute}", persons, 1) for minute in minutes]
    return np.concatenate(columns, axis=1) if columns else np.empty((len(persons), 0))


def window_variance(window: float, correlation_time: float) -> float:
    """Variance of the mean of the process over a window, both in h."""
    x = window / correlation_time
    return 1.0 if x < 1e-6 else 2 / x - 2 / x**2 * -np.expm1(-x)
