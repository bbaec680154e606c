"""Records of contact and overload as an ideal oscilloscope of 8 bits would take them, from closed forms."""

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

    Waveform = Callable[[NDArray[np.float64]], NDArray[np.float64]]

LEVEL_A = 680e-6
GAIN_OF_RANGE = SCOPE.accuracy.gain_of_range
MISMATCH_S = 5e-6
NOISE_CODES = 0.6
MONITOR_HIGH_V = 3.3
RISE_S = (-0.2, 2.0)


def record(
    name: str,
    waveform: Waveform | float,
    span_s: tuple[float, float],
    *,
    samples: int = 20_000,
    most_a: float = 0.8e-3,
    ohms: float = 1000.0,
    gain: float = 1.0,
    noise_codes: float = NOISE_CODES,
    seed: int = 1,
    settings: tuple[tuple[str, str], ...] = (),
    plateaus: tuple[Plateau, ...] = (),
) -> Capture:
    """A record of a current (of a voltage, where `ohms` is 1).

    Args:
        name: of the capture.
        waveform: amperes from seconds against the trigger, or a constant.
        span_s: from where to where it reaches.
        samples: how many.
        most_a: what the screen shows in either direction.
        ohms: resistor.
        gain: what the oscilloscope makes of a volt.
        noise_codes: standard deviation of one sample.
        seed: of the noise.
        settings: of the capture.
        plateaus: of the capture.
    """
    interval = (span_s[1] - span_s[0]) / samples
    seconds = span_s[0] + interval * np.arange(samples)
    amperes = waveform(seconds) if callable(waveform) else np.full(samples, waveform)
    increment = 2 * most_a * ohms / 256
    noise = noise_codes * np.random.default_rng([seed, *name.encode()]).standard_normal(samples)
    codes = np.clip(np.rint(amperes * ohms * gain / increment + 128 + noise), 0, 255).astype(np.uint8)
    full_scale = 2 * most_a * ohms
    path = replace(
        SCOPE,
        resistor=replace(SCOPE.resistor, id=f"S{ohms:g}", resistance_ohm=ohms),
        range=full_scale,
        aperture_s=span_s[1] - span_s[0],
        time_base=50e-6,
        accuracy=replace(SCOPE.accuracy, range=full_scale),
    )
    return Capture(name, codes.tobytes(), increment, 0.0, 128.0, interval, span_s[0], 0, 255, path, plateaus, settings)


def monitor(
    name: str,
    span_s: tuple[float, float],
    edges: Sequence[float] = (0.0,),
    *,
    closed: bool = False,
    samples: int = 20_000,
) -> Capture:
    """A contact monitor's record that changes at each of some instants, from a first state on."""

    def volts(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        changes = np.searchsorted(np.asarray(edges), seconds, side="right")
        return np.where((changes % 2 == 1) != closed, MONITOR_HIGH_V, 0.0)

    settings = (("mismatch_s", repr(MISMATCH_S)),)
    return record(name, volts, span_s, samples=samples, most_a=4.0, ohms=1.0, settings=settings)


def observed(
    method: Method,
    captures: Sequence[Capture],
    *,
    readings_a: tuple[tuple[str, float], ...] = (("positive", LEVEL_A),),
    variant: str = "",
    level_a: float = LEVEL_A,
    frequency_hz: float | None = None,
    load_ohm: float = 10e3,
    indicated: tuple[tuple[str, str], ...] = (),
    polarity: Polarity | None = None,
) -> Observation:
    """An observation of these captures, with the multimeter's readings across 1 kΩ and their zero.

    Without a polarity a setting with a frequency has both.
    """
    polarity = polarity or (Polarity.POSITIVE if frequency_hz is None else Polarity.BIPOLAR)
    setpoint = Setpoint(1, "steady", 10, level_a, polarity, frequency_hz)
    readings = [Reading("zero", (1e-7, -1e-7, 1e-7, -1e-7), "by hand", METER)]
    readings += [
        Reading(name, tuple(1000 * amperes + off for off in (1e-7, -1e-7) * 3), "by hand", METER)
        for name, amperes in readings_a
    ]
    point = OperatingPoint(setpoint, "10k", load_ohm, method=method, variant=variant)
    return Observation(point, tuple(readings), tuple(captures), indicated)


def derived(name: str, observation: Observation, **arguments: str) -> Measurement:
    """A measurand, asked for as the judge asks."""
    derivation = Derivation(name, newest(name), observation.key, tuple(arguments.items()))
    return derive(derivation, only(observation))


def line(found: Measurement, name: str) -> float:
    """What one influence contributes to a measurement."""
    return next(each.standard_uncertainty for each in found.budget if each.name == name)


def rising(
    waveform: Waveform,
    *,
    edges: tuple[float, ...] = (0.0,),
    frequency_hz: float | None = None,
    level_a: float = LEVEL_A,
    carrier: Waveform | None = None,
    polarity: Polarity | None = None,
    variant: str = "",
    closed: bool = False,
) -> Observation:
    """A rise after contact, recorded for 2 s; a carrier makes an alternation or pulses of it, with a period at rest."""
    shape: Waveform = carrier or (lambda t: np.ones(t.size))
    span = RISE_S if frequency_hz is None else (0.0, 1 / frequency_hz)
    captures = (
        record("zero", 0.0, RISE_S),
        record("reference", lambda t: level_a * shape(t), span, samples=5000),
        record("rise.1", lambda t: waveform(t) * shape(t), RISE_S, samples=100_000),
        monitor("monitor.1", RISE_S, edges, samples=100_000, closed=closed),
    )
    readings = (("positive", level_a), ("negative", -level_a))
    return observed(
        Method.FIRST_CONTACT,
        captures,
        frequency_hz=frequency_hz,
        readings_a=readings,
        polarity=polarity,
        variant=variant,
    )


def alternating(frequency_hz: float) -> Waveform:
    """+1 and -1 by turns."""
    return lambda t: np.where((t * frequency_hz) % 1.0 < 0.5, 1.0, -1.0)


def half_on(frequency_hz: float) -> Waveform:
    """1 and 0 by turns."""
    return lambda t: np.where((t * frequency_hz) % 1.0 < 0.5, 1.0, 0.0)


def double_pulses(frequency_hz: float, width_s: float) -> Waveform:
    """A pulse of either direction, then a rest."""

    def shape(t: NDArray[np.float64]) -> NDArray[np.float64]:
        place = ((t * frequency_hz) % 1.0) / frequency_hz / width_s
        return np.where(place < 1, 1.0, np.where(place < 2, -1.0, 0.0))

    return shape


def lifting(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """A second each of 10, 20, 40 and 80 Hz, in both directions."""
    return np.where((t * 10.0 * 2 ** (np.floor(t) % 4)) % 1.0 < 0.5, 1.0, -1.0)


def ramp(length_s: float, level_a: float = LEVEL_A) -> Waveform:
    """A straight rise from 0 s on."""
    return lambda t: level_a * np.clip(t / length_s, 0, 1)


def step(level_a: float = LEVEL_A, at_s: float = 0.0) -> Waveform:
    """A level that is there at once."""
    return lambda t: np.where(t < at_s, 0.0, level_a)
