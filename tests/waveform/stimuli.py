"""Stimuli whose quantities are known in closed form; times in samples, currents in units of the positive plateau."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np


def trapezoid(t: np.ndarray, start: float, width: float, rise: float) -> np.ndarray:
    """Return a pulse of height 1 whose 50 % instants are `start` and `start + width`; its integral is `width`."""
    slope = np.minimum((t - start) / rise, (start + width - t) / rise) + 0.5
    return np.clip(slope, 0.0, 1.0)


def recharge(t: np.ndarray, start: float, tau: float) -> np.ndarray:
    """Return exp(-(t - start)/tau) from `start` on; its integral is tau."""
    return np.where(t >= start, np.exp(-np.maximum(t - start, 0.0) / tau), 0.0)


def degraded(record: np.ndarray, sigma: float, code: float, seed: int) -> np.ndarray:
    """Return the record with white noise, then in codes of one size."""
    noisy = record + np.random.default_rng(seed).normal(0.0, sigma, record.size) if sigma else record
    return np.round(noisy / code) * code if code else noisy


@dataclass(frozen=True, slots=True)
class Biphasic:
    """A train of trapezoids, each positive one followed by a negative one after a dead time.

    Attributes:
        count: number of periods.
        period: in samples.
        width: of the positive phase, 50 % to 50 %, in samples.
        rise: 0 to 100 % of each edge, in samples.
        dead: from 50 % to 50 % between the phases, in samples.
        ratio: height of the negative phase; its width is `width / ratio * balance`.
        balance: negative charge over positive charge; 0 for a monophasic train.
        offset: of the first start, in samples.
    """

    count: int
    period: float
    width: float
    rise: float
    dead: float
    ratio: float
    balance: float
    offset: float

    @property
    def starts(self) -> np.ndarray:
        """Exact 50 % instants of the positive phases."""
        return self.offset + self.period * np.arange(self.count)

    @property
    def negative_width(self) -> float:
        """Of the negative phase."""
        return self.width / self.ratio * self.balance

    @property
    def net(self) -> float:
        """Charge of a period."""
        return self.width * (1 - self.balance)

    @property
    def mean_square(self) -> float:
        """Over a period: a trapezoid of height a has a^2 (width - rise/3)."""
        negative = self.ratio**2 * (self.negative_width - self.rise / 3) if self.balance else 0.0
        return (self.width - self.rise / 3 + negative) / self.period

    def record(self) -> np.ndarray:
        """Return the samples, a period of which follows the last start."""
        return self.at(np.arange(round(self.offset + self.count * self.period)))

    def at(self, t: np.ndarray) -> np.ndarray:
        """Return the train at any instants."""
        found = np.zeros(t.size)
        for start in self.starts:
            found += trapezoid(t, start, self.width, self.rise)
            if self.balance:
                found -= self.ratio * trapezoid(t, start + self.width + self.dead, self.negative_width, self.rise)
        return found

    def cut(self, begin: float, samples: int) -> np.ndarray:
        """Return so many samples of the train without end, from anywhere in its first period on."""
        before = math.ceil(begin / self.period) + 1
        whole = replace(self, count=before + math.ceil(samples / self.period) + 1, offset=self.offset % self.period)
        t = np.arange(samples) + before * self.period + begin
        return whole.at(t)
