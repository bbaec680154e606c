"""The rise after contact, against straight and exponential ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotMeasurable
from tests.measurands.events import LEVEL_A, derived, line, ramp, rising, step

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("length_s", [0.8, 0.1, 0.02])
def test_a_straight_rise(length_s: float) -> None:
    """From 10 to 90 % takes 0.8 of a straight rise."""
    found = derived("contact-rise-time", rising(ramp(length_s)))
    assert found.value == pytest.approx(0.8 * length_s, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 2e-3 + 0.03 * length_s


def test_an_exponential_rise() -> None:
    """From 10 to 90 % takes ln 9 time constants."""
    found = derived("contact-rise-time", rising(lambda t: LEVEL_A * -np.expm1(-np.maximum(t, 0) / 0.1)))
    assert found.value == pytest.approx(math.log(9) * 0.1, rel=0.01)


@pytest.mark.parametrize("level_a", [LEVEL_A, -LEVEL_A])
def test_a_current_that_is_there_at_once(level_a: float) -> None:
    """No rise is a rise time of 0 s with its U, and neither overshoot nor fall: a number, not an error."""
    observation = rising(step(level_a), level_a=level_a)
    for name, bound in (("contact-rise-time", 2e-3), ("rise-overshoot", 0.03), ("rise-fall", 0.03)):
        found = derived(name, observation)
        assert abs(found.value) < found.expanded_uncertainty < bound


def test_a_rise_in_2_ms_is_measured() -> None:
    """A rise that is far too fast comes out as such."""
    assert derived("contact-rise-time", rising(ramp(2e-3))).value == pytest.approx(1.6e-3, abs=1e-3)


def test_the_moving_mean_is_in_the_budget_of_a_rise() -> None:
    """A step comes out of a mean over 1 ms as a rise: its length bounds the error."""
    found = derived("contact-rise-time", rising(step()))
    assert line(found, "rise: moving mean") == pytest.approx(1e-3 / math.sqrt(3), rel=0.02)


def test_a_rise_that_does_not_end_in_the_record() -> None:
    """Not at 90 % in 2 s: the time from 10 % to the record's end, as a lower bound."""
    found = derived("contact-rise-time", rising(ramp(10.0)))
    assert found.value == pytest.approx(1.0, abs=0.05)


def test_bounces_and_discharges_do_not_end_a_rise() -> None:
    """Spikes of 10 µs before and after the last bounce are not the rise."""

    def waveform(t: NDArray[np.float64]) -> NDArray[np.float64]:
        spikes = ((t >= 0.0) & (t < 10e-6)) | ((t >= 3e-3) & (t < 3.01e-3))
        return ramp(0.8)(t - 3e-3) + np.where(spikes, 2.4e-3, 0)

    found = derived("contact-rise-time", rising(waveform, edges=(0.0, 1e-3, 3e-3)))
    assert found.value == pytest.approx(0.64, abs=found.expanded_uncertainty)


def test_an_overshoot() -> None:
    """12 % beyond the plateau for 50 ms is an overshoot of 0.12."""
    found = derived("rise-overshoot", rising(lambda t: ramp(0.8)(t) * np.where((t > 0.8) & (t < 0.85), 1.12, 1)))
    assert found.value == pytest.approx(0.12, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.03


def test_a_fall_within_the_rise() -> None:
    """From 50 % back to 40 % of the plateau is a fall of 0.10; what falls after the rise is none."""
    wave = lambda t: ramp(0.8)(t) - np.where((t > 0.4) & (t < 0.42), 0.1 * LEVEL_A, 0) - np.where(t > 1.5, 2e-4, 0)  # noqa: E731
    found = derived("rise-fall", rising(wave))
    assert found.value == pytest.approx(0.10, abs=found.expanded_uncertainty)
    straight = derived("rise-fall", rising(ramp(0.8)))
    assert abs(straight.value) < straight.expanded_uncertainty < 0.03


@pytest.mark.parametrize("name", ["contact-rise-time", "rise-overshoot", "rise-fall"])
def test_a_rise_needs_a_direct_current(name: str) -> None:
    """An alternating or dead output has no rise that this could read: no number."""
    with pytest.raises(NotMeasurable, match="has a frequency"):
        derived(name, rising(ramp(0.8), frequency_hz=1.0))
    with pytest.raises(NotMeasurable, match="no rise"):
        derived(name, rising(lambda t: 0 * t, level_a=0.0))
