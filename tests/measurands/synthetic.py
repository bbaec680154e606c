"""Observations made of currents that are known exactly: what both instruments would show of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.capture import Capture, Observation, Plateau, Reading
from harness.measurands import derive, newest, only
from harness.quantity import Derivation
from harness.setpoint import Method, OperatingPoint, Polarity, Setpoint
from tests.examples import METER, SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from harness.quantity import Measurement

    Current = Callable[[NDArray[np.float64]], NDArray[np.float64]]

CODE_A = 10e-6
"""One code: ±1.28 mA on the screen."""

NOISE_CODES = 0.6
PATH = replace(SCOPE, range=2.56, accuracy=replace(SCOPE.accuracy, range=2.56), time_base=50e-6)


def siemens(path: object = PATH) -> float:
    """Loop current for each volt at an instrument: resistor, input and half of the worst leakage in parallel."""
    assert path in (PATH, METER)
    used = PATH if path is PATH else METER
    leakage = 0.5 / used.surroundings.leakage_resistance_ohm
    return 1 / used.resistor.resistance_ohm + 1 / used.input_resistance_ohm + leakage


def nothing(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """No current."""
    return np.zeros(seconds.size)


def square(
    frequency_hz: float, high: float, low: float = 0.0, *, duty: float = 0.5, delay_s: float = 0.0, tau_s: float = 0.0
) -> Current:
    """A square whose high state begins after a delay; its edges are exponentials far shorter than a state."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        place = ((seconds - delay_s) * frequency_hz) % 1.0
        since = np.where(place < duty, place, place - duty) / frequency_hz
        to, before = np.where(place < duty, high, low), np.where(place < duty, low, high)
        return np.asarray(to if tau_s == 0 else to + (before - to) * np.exp(-since / tau_s), dtype=np.float64)

    return current


def record(
    name: str,
    current: Current,
    *,
    start_s: float,
    interval_s: float,
    samples: int,
    seed: int = 1,
    code_a: float = CODE_A,
    gain: float = 1.0,
    offset_codes: float = 0.3,
    noise_codes: float = NOISE_CODES,
    plateaus: Sequence[Plateau] = (),
) -> Capture:
    """What an 8-bit oscilloscope with a gain, an offset and noise shows of a current."""
    seconds = start_s + interval_s * np.arange(samples)
    increment = code_a * 1000.0
    shown = current(seconds) / siemens() * gain / increment + offset_codes
    noise = np.random.default_rng([seed, *name.encode()]).normal(0.0, noise_codes, samples) if noise_codes else 0.0
    codes = np.clip(np.rint(128.0 + shown + noise), 0, 255).astype(np.uint8)
    path = replace(PATH, range=256 * increment, accuracy=replace(PATH.accuracy, range=256 * increment))
    return Capture(name, codes.tobytes(), increment, 0.0, 128.0, interval_s, start_s, 0, 255, path, tuple(plateaus))


def read(name: str, current_a: float, *, aperture_s: float = 0.2) -> Reading:
    """Four readings of the multimeter that scatter by 0.1 µV."""
    volts = current_a / siemens(METER)
    return Reading(name, (volts + 1e-7, volts - 1e-7) * 2, "by hand", replace(METER, aperture_s=aperture_s))


def point(
    polarity: Polarity = Polarity.BIPOLAR,
    frequency_hz: float | None = 10.0,
    *,
    current_a: float = 600e-6,
    method: Method = Method.SHAPE,
) -> OperatingPoint:
    """A top level into 10 kΩ."""
    return OperatingPoint(Setpoint(1, "square", 9, current_a, polarity, frequency_hz), "10k", 10e3, method=method)


def shaped(
    current: Current,
    polarity: Polarity = Polarity.BIPOLAR,
    frequency_hz: float = 10.0,
    *,
    seed: int = 1,
    gain: float = 1.0,
    noise_codes: float = NOISE_CODES,
    samples: int = 20_000,
    edge_interval_s: float = 40e-9,
    time_base: float = 0.0,
    width_s: float | None = None,
    is_staircase: bool = False,
    has_reference: bool = True,
    level_a: float = 600e-6,
    readings: Sequence[Reading] = (),
) -> Observation:
    """What is taken at one frequency: zero, reference (a clean square of 10 Hz), periods and edge of a current.

    The reference and the multimeter's plateaus have `level_a`, whatever the other records show. The
    states of `periods` are half a period long, or `width_s`; a staircase's record says of none.
    """
    # 10.5 periods from a quarter of one before a rising edge (of a staircase from anywhere); the oscilloscope's times
    # are short by its time base.
    interval = 10.5 / frequency_hz / samples
    before_s = -0.2 * interval if is_staircase else -0.25 / frequency_hz

    def taken(name: str, of: Current, stretch: tuple[float, float, int], plateaus: Sequence[Plateau] = ()) -> Capture:
        start, step, count = stretch
        return record(
            name,
            lambda seconds: of(seconds * (1 + time_base)),
            start_s=start,
            interval_s=step,
            samples=count,
            seed=seed,
            gain=gain,
            noise_codes=noise_codes,
            plateaus=plateaus,
        )

    phases = polarity.phases
    level = [phase.sign * level_a for phase in phases]
    of_reference = square(10.0, level[0], level[1] if len(level) > 1 else 0.0)
    plateaus = [Plateau(phase, 0.0125 + 0.05 * n, 0.035 + 0.05 * n) for n, phase in enumerate(phases)]
    width = 0.5 / frequency_hz if width_s is None else width_s
    states = [Plateau(phase, (n + 0.25) * width, (n + 0.7) * width) for n, phase in enumerate(phases)]
    captures = [
        taken("zero", nothing, (0.0, 1e-5, 5000)),
        taken("periods", current, (before_s, interval, samples), () if is_staircase else states),
        taken("edge", current, (-10e-6, edge_interval_s, round(200e-6 / edge_interval_s))),
    ]
    if has_reference:
        captures.append(taken("reference", of_reference, (0.0, 2e-5, 5000), plateaus))
    plain = [read("zero", 0.0), *(read(phase.value, value) for phase, value in zip(phases, level, strict=True))]
    names = {reading.name for reading in readings}
    kept = [reading for reading in plain if reading.name not in names]
    return Observation(point(polarity, frequency_hz), (*kept, *readings), tuple(captures))


def measured(name: str, observation: Observation, **arguments: str) -> Measurement:
    """Derive a measurand by name, as a suite does."""
    return derive(Derivation(name, newest(name), observation.key, tuple(arguments.items())), only(observation))
