"""Records of a known course, with what is declared of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.capture import Observation
from harness.setpoint import Method, Polarity
from tests.measurands.synthetic import nothing, point, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.capture import Capture

    Current = Callable[[NDArray[np.float64]], NDArray[np.float64]]

LEVEL_A = 600e-6


def declared(
    waveform: str, frequency_hz: float | None, polarity: Polarity, **more: object
) -> tuple[tuple[str, str], ...]:
    """Settings of a record, as a method writes them."""
    said = {"mode": "test", "waveform": waveform, "polarity": polarity.value}
    said["frequency_hz"] = "" if frequency_hz is None else repr(frequency_hz)
    return tuple((f"declared.{name}", str(text)) for name, text in {**said, **more}.items())


def of_cycles(begins_s: NDArray[np.float64], lengths_s: NDArray[np.float64], levels: NDArray[np.float64]) -> Current:
    """A bipolar square, cycle by cycle, each with its own length and level."""

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        cycle = np.clip(np.searchsorted(begins_s, times, side="right") - 1, 0, begins_s.size - 1)
        share = (times - begins_s[cycle]) / lengths_s[cycle]
        return np.asarray(np.where(share < 0.5, 1.0, -1.0) * levels[cycle], dtype=np.float64)

    return current


def course(lengths_s: NDArray[np.float64], levels: NDArray[np.float64] | None = None) -> Current:
    """Cycles of these lengths, one after the other."""
    begins = np.concatenate(([0.0], np.cumsum(lengths_s)[:-1]))
    return of_cycles(begins, lengths_s, np.full(lengths_s.size, LEVEL_A) if levels is None else levels)


def taken(
    name: str,
    current: Current,
    *,
    length_s: float,
    interval_s: float,
    settings: tuple[tuple[str, str], ...],
    seed: int = 1,
) -> Capture:
    """A record from just after t = 0 on."""
    samples = round(length_s / interval_s)
    made = record(name, current, start_s=0.37 * interval_s, interval_s=interval_s, samples=samples, seed=seed)
    return replace(made, settings=settings)


def zero(name: str = "zero") -> Capture:
    """No current."""
    return record(name, nothing, start_s=0.0, interval_s=1e-5, samples=5000)


def observed(
    *captures: Capture, method: Method, polarity: Polarity = Polarity.BIPOLAR, frequency_hz: float | None = 10.0
) -> Observation:
    """An observation with a zero and these records."""
    return Observation(point(polarity, frequency_hz, method=method), (), (zero(), *captures))
