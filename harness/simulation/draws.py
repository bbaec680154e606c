"""Random numbers with names: the same seed and the same name give the same number, whatever happened before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def generator(*words: object) -> np.random.Generator:
    """Make a generator that depends on nothing but `words`."""
    text = "\x1f".join(str(word) for word in words)
    return np.random.Generator(np.random.SFC64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")))


@dataclass(frozen=True, slots=True)
class HiddenErrors:
    """What is wrong with this bench, drawn from its seed: one number for each name.

    Attributes:
        seed: the bench's seed.
    """

    seed: int

    def rectangular(self, name: str, half_width: float) -> float:
        """Draw evenly between -`half_width` and +`half_width`."""
        return float(generator("hidden", self.seed, name).uniform(-1.0, 1.0)) * half_width

    def between(self, name: str, low: float, high: float) -> float:
        """Draw evenly between `low` and `high`."""
        return low + (high - low) * float(generator("hidden", self.seed, name).uniform())

    def normal(self, name: str, standard_deviation: float) -> float:
        """Draw from a normal distribution about zero."""
        return float(generator("hidden", self.seed, name).standard_normal()) * standard_deviation

    def normal_within(self, name: str, bound: float) -> float:
        """Draw from a normal distribution with two standard deviations at `bound`, never beyond it.

        Data sheets that state k = 2 mean this distribution; an instrument within its specification is never outside.
        """
        draws = generator("hidden", self.seed, name)
        deviate = float(draws.standard_normal())
        while abs(deviate) > 2.0:  # noqa: PLR2004 - k = 2
            deviate = float(draws.standard_normal())
        return deviate * bound / 2.0


@dataclass(slots=True)
class NoiseSource:
    """Noise keyed by (seed, key, instrument, acquisition within the key).

    Attributes:
        seed: the bench's seed.
        key: the stretch of work, as `begin` named it.
    """

    seed: int
    key: str = ""
    _counters: dict[str, int] = field(default_factory=dict)

    def begin(self, key: str) -> None:
        """Start a stretch of work: its key, and every counter at zero."""
        self.key = key
        self._counters.clear()

    def acquisition(self, instrument: str) -> Callable[[str], np.random.Generator]:
        """Count one more acquisition of `instrument` and answer where its noise comes from, by name."""
        number = self._counters.get(instrument, 0)
        self._counters[instrument] = number + 1
        seed, key = self.seed, self.key
        return lambda part: generator("noise", seed, key, instrument, number, part)
