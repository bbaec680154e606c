"""The current that a setting means, over time: from it the plan computes its uncertainties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from harness.definitions.devices import Mode
    from harness.setpoint import Setpoint

    Waveform = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_HALF = 0.5
TYPICAL_CAPACITANCE_F = 200e-12
"""Of an output with its leads: with the load it gives an edge its rise."""


def waveform(mode: Mode, setpoint: Setpoint, tick_s: float | None = None) -> Waveform:
    """Current over time, in A, with t = 0 at the start of the first phase.

    Args:
        mode: of the device profile.
        setpoint: in that mode.
        tick_s: of the unit's timer, whose whole multiples its periods are.
    """
    first, second = _phases(setpoint)
    kind = mode.waveform.value
    if setpoint.frequency_hz is None:
        return lambda times: np.full(times.shape, first)
    frequency = attainable_hz(setpoint.frequency_hz, tick_s)
    if kind == "pulses" and mode.pulse_width_s is not None:
        return _pulses(frequency, mode.pulse_width_s.value, first, second)
    if kind == "staircase" and mode.dwell_s is not None:
        steps = tuple(attainable_hz(step, tick_s) for step in mode.steps_hz)
        return _staircase(steps, mode.dwell_s.value, first, second)
    if kind == "sweep":
        return _sweep(mode, first, second)
    return _square(frequency, first, second)


def attainable_hz(frequency_hz: float, tick_s: float | None) -> float:
    """The frequency that a timer makes of a nominal one: its period is a whole number of ticks."""
    return frequency_hz if tick_s is None else 1.0 / (round(1.0 / (frequency_hz * tick_s)) * tick_s)


def with_edges(shape: Waveform, load_ohm: float) -> Waveform:
    """The first edge, at t = 0, as the output's capacitance and the load make it."""
    time_constant = load_ohm * TYPICAL_CAPACITANCE_F
    before = float(shape(np.array([-1e-9]))[0])

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        late = np.exp(-np.clip(times, 0.0, None) / time_constant)
        return shape(times) + np.where(times >= 0, (before - shape(times)) * late, 0.0)

    return current


def _phases(setpoint: Setpoint) -> tuple[float, float]:
    level = setpoint.current_a
    if setpoint.polarity is Polarity.BIPOLAR:
        return level, -level
    return level * setpoint.polarity.sign, 0.0


def _square(frequency_hz: float, first: float, second: float) -> Waveform:
    return lambda times: np.where((times * frequency_hz) % 1.0 < _HALF, first, second)


def _pulses(frequency_hz: float, width_s: float, first: float, second: float) -> Waveform:
    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = times % (1.0 / frequency_hz)
        return np.where(inside < width_s, first, np.where(inside < 2 * width_s, second, 0.0))

    return current


def _staircase(steps_hz: tuple[float, ...], dwell_s: float, first: float, second: float) -> Waveform:
    steps = np.array(steps_hz)

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = times % (dwell_s * len(steps))
        frequency = steps[(inside // dwell_s).astype(int)]
        return np.where(((inside % dwell_s) * frequency) % 1.0 < _HALF, first, second)

    return current


def _sweep(mode: Mode, first: float, second: float) -> Waveform:
    """Cycle by cycle, each with the frequency that is due when it begins."""
    frequencies = np.array(list(_swept(mode)))
    ends = np.cumsum(1 / frequencies)
    begins = np.concatenate(([0.0], ends[:-1]))
    width = None if mode.pulse_width_s is None else mode.pulse_width_s.value

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = times % ends[-1]
        cycle = np.clip(np.searchsorted(begins, inside, side="right") - 1, 0, frequencies.size - 1)
        since = inside - begins[cycle]
        phase = 0.5 / frequencies[cycle] if width is None else np.full(times.shape, width)
        rest = 0.0 if width is not None else second
        return np.where(since < phase, first, np.where(since < 2 * phase, second, rest))

    return current


def _swept(mode: Mode) -> Iterator[float]:
    if mode.start_hz is None or mode.stop_hz is None:
        raise ValueError(f"mode {mode.name} does not sweep")
    low, high = mode.start_hz.value, mode.stop_hz.value
    logarithmic = mode.law is not None and mode.law.value == "logarithmic"

    def due(way: float) -> float:
        return low * (high / low) ** way if logarithmic else low + (high - low) * way

    direction = "up" if mode.direction is None else mode.direction.value
    if mode.steps is not None and mode.dwell_s is not None:
        up = [due(number / (mode.steps.value - 1)) for number in range(mode.steps.value)]
        steps = {"up": up, "down": up[::-1], "alternating": [*up, *up[-2:0:-1]]}[direction]
        for step in steps:
            yield from [step] * max(1, round(mode.dwell_s.value * step))
        return
    length = 1.0 if mode.sweep_s is None else mode.sweep_s.value
    for from_, sign in {"up": ((0, 1),), "down": ((1, -1),), "alternating": ((0, 1), (1, -1))}[direction]:
        passed = 0.0
        while passed < length:
            frequency = due(from_ + sign * passed / length)
            yield frequency
            passed += 1 / frequency
