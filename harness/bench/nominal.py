"""The current that a setting means, over time: from it the plan computes its uncertainties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable

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
