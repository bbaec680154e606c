"""Records of a waveform with what the profile declares of it: phases, intervals, and the declared course of a sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import codes, volts_of
from harness.setpoint import Polarity
from harness.waveform.trains import Train, find_train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation

_ONE_WAY = 0.02
_HALF_SAMPLE = 0.5
"""Largest error of an instant: an edge that passes within one sampling interval may lie anywhere in it."""

COUNT_DOUBT = 0.08
"""Of a count, which is a whole number: where one differs by that the phases were not told apart at all."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the profile says of the waveform in a record.

    Attributes:
        mode: its name.
        waveform: its kind.
        polarity: that is set.
        frequency_hz: that is set, the lowest of a sweep; None for d.c.
        numbers: further figures by name.
        steps_hz: of a staircase.
        law: of a sweep.
        direction: of a sweep.
    """

    mode: str
    waveform: str
    polarity: Polarity
    frequency_hz: float | None
    numbers: dict[str, float]
    steps_hz: tuple[float, ...]
    law: str
    direction: str

    @property
    def rests(self) -> bool:
        """Whether current pauses between its pulses."""
        return self.waveform == "pulses" or "pulse_width_s" in self.numbers


_WORDS = frozenset({"mode", "waveform", "polarity", "frequency_hz", "steps_hz", "law", "direction"})


def declared_of(capture: Capture) -> Declared:
    """What was declared of a record.

    Raises:
        NotMeasurable: nothing was.
    """
    said = {name.removeprefix("declared."): text for name, text in capture.settings if name.startswith("declared.")}
    if "waveform" not in said:
        raise NotMeasurable(f"the record {capture.name} does not say what was declared of it")
    return Declared(
        mode=said["mode"],
        waveform=said["waveform"],
        polarity=Polarity(said["polarity"]),
        frequency_hz=float(said["frequency_hz"]) if said["frequency_hz"] else None,
        numbers={name: float(text) for name, text in said.items() if name not in _WORDS},
        steps_hz=tuple(float(text) for text in said.get("steps_hz", "").split()),
        law=said.get("law", ""),
        direction=said.get("direction", "up"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Phases:
    """A record in the direction of its first phase.

    Attributes:
        capture: the record.
        along: current of each sample, in A by the resistor's nominal value, positive in that direction.
        noise_a: standard deviation of a sample.
        train: its phases; None where no current flows.
        direction: +1 or -1.
    """

    capture: Capture
    along: NDArray[np.float64]
    noise_a: float
    train: Train | None
    direction: int

    @property
    def interval_s(self) -> float:
        """Between two samples."""
        return self.capture.interval_s

    @property
    def length_s(self) -> float:
        """Of the record."""
        return self.along.size * self.capture.interval_s

    @property
    def instants_s(self) -> NDArray[np.float64]:
        """Where the phases in that direction begin, from the record's start."""
        return np.empty(0) if self.train is None else self.train.instants * self.interval_s

    @property
    def doubt_s(self) -> float:
        """Largest error of each of them."""
        return _HALF_SAMPLE * self.interval_s


def phases_of(observation: Observation, name: str, zero: str = "zero") -> Phases:
    """Find the phases of a record; those of a monopolar setting in the direction in which current really flows."""
    return _phases(observation.capture(name), observation.capture(zero))


@lru_cache(maxsize=4)
def _phases(capture: Capture, zero: Capture) -> Phases:
    """Several values are derived from one record of a million samples: its phases are looked for once."""
    ohms = capture.path.resistor.resistance_ohm
    at_rest = volts_of(zero, float(codes(zero).mean()))
    table = np.array([(volts_of(capture, float(code)) - at_rest) / ohms for code in range(256)])
    current = table[codes(capture)]
    polarity = declared_of(capture).polarity
    direction = 1 if polarity is Polarity.BIPOLAR else polarity.sign
    mean = float(current.mean())
    if polarity is not Polarity.BIPOLAR and abs(mean) > _ONE_WAY * float(np.ptp(table[codes(capture)])):
        direction = 1 if mean > 0 else -1
    noise_v = max(float(codes(zero).std(ddof=1)) * zero.increment_v, capture.increment_v / math.sqrt(12))
    noise_a = noise_v / ohms
    along = direction * current
    try:
        train = find_train(along, noise_a)
    except NotMeasurable:
        train = None
    return Phases(capture, along, noise_a, train, direction)


def names_of(observation: Observation, prefix: str) -> tuple[str, ...]:
    """Names of the records of one kind, in their order."""
    return tuple(capture.name for capture in observation.captures if capture.name.startswith(prefix))


def evidence(observation: Observation, *names: str) -> tuple[str, ...]:
    """Names of records as evidence has them."""
    return tuple(f"{observation.key}-{name}" for name in names)
