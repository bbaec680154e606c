"""The rise after contact, against straight and exponential ones."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Plateau
from harness.errors import NotMeasurable
from harness.measurands.envelope import largest_of_last
from harness.setpoint import Method, Polarity
from tests.measurands.events import (
    LEVEL_A,
    RISE_S,
    alternating,
    derived,
    double_pulses,
    half_on,
    lifting,
    line,
    observed,
    ramp,
    record,
    rising,
    step,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.measurands.events import Waveform


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
def test_a_dead_output_has_no_rise(name: str) -> None:
    """Without a plateau there is no rise to it: no number."""
    for frequency in (None, 1.0):
        with pytest.raises(NotMeasurable, match="no rise"):
            derived(name, rising(lambda t: 0 * t, level_a=0.0, frequency_hz=frequency))


# Alternating and pulsed modes: carrier, frequency, direction, and what one end of a rise may be off by

POSITIVE, BIPOLAR = Polarity.POSITIVE, Polarity.BIPOLAR
CARRIERS = pytest.mark.parametrize(
    ("carrier", "frequency", "polarity", "period_s"),
    [
        (alternating(1.0), 1.0, BIPOLAR, 0.0),
        (alternating(80.0), 80.0, BIPOLAR, 0.0),
        (lifting, 10.0, BIPOLAR, 0.0),
        (half_on(20.0), 20.0, POSITIVE, 0.05),
        (double_pulses(20.0, 2e-3), 20.0, BIPOLAR, 0.05),
    ],
    ids=["alternating", "square", "staircase", "monopolar", "pulses"],
)


@CARRIERS
def test_the_envelope_of_any_waveform_rises(
    carrier: Waveform, frequency: float, polarity: Polarity, period_s: float
) -> None:
    """0.8 of a straight rise whatever the carrier, neither overshoot nor fall; between pulses known to a period."""
    observation = rising(ramp(0.8), carrier=carrier, frequency_hz=frequency, polarity=polarity)
    found = derived("contact-rise-time", observation)
    assert abs(found.value - 0.64) < found.expanded_uncertainty < 0.025 + period_s
    for name in ("rise-overshoot", "rise-fall"):
        found = derived(name, observation)
        assert abs(found.value) < found.expanded_uncertainty + 0.01 < 0.05


@CARRIERS
@pytest.mark.parametrize("at_s", [0.0, 0.5])
def test_a_step_of_any_waveform_is_no_rise(
    carrier: Waveform, frequency: float, polarity: Polarity, period_s: float, at_s: float
) -> None:
    """A first pulse, or a first half period, at the whole level is a rise of 0 s, however late it comes."""
    observation = rising(step(at_s=at_s), carrier=carrier, frequency_hz=frequency, polarity=polarity)
    found = derived("contact-rise-time", observation)
    assert abs(found.value) < 2e-3
    assert found.expanded_uncertainty < 2e-3 + period_s


@CARRIERS
def test_a_fall_and_an_overshoot_of_any_waveform(
    carrier: Waveform, frequency: float, polarity: Polarity, period_s: float
) -> None:
    """A third of the level that is lost for 60 ms, and 12 % too much for as long, show in every envelope."""

    def wave(t: NDArray[np.float64]) -> NDArray[np.float64]:
        lost = np.where((t > 0.5) & (t < 0.56), LEVEL_A / 3, 0.0)
        return ramp(0.8)(t) - lost + np.where((t > 1.5) & (t < 1.56), 0.12 * LEVEL_A, 0.0)

    observation = rising(wave, carrier=carrier, frequency_hz=frequency, polarity=polarity)
    # Between two pulses the rise goes on: they show the fall from the last one before it.
    assert derived("rise-fall", observation).value == pytest.approx(1 / 3, abs=0.03 + period_s / 0.8)
    assert derived("rise-overshoot", observation).value == pytest.approx(0.12, abs=0.03)


def test_a_plateau_of_another_setting_does_not_tell_pulses() -> None:
    """Where the plateau was read in a d.c. mode, the record of the settled output says that pulses are due."""
    shape = double_pulses(20.0, 2e-3)
    observation = rising(step(), carrier=shape, frequency_hz=20.0)
    plateaus = (Plateau(BIPOLAR.phases[0], 0.0, 0.2),)
    other = record("reference", LEVEL_A, (0.0, 0.2), plateaus=plateaus)
    settled = record("settled", lambda t: LEVEL_A * shape(t + 0.013), (0.0, 0.125), samples=5000)
    kept = tuple(capture for capture in observation.captures if capture.name != "reference")
    observation = replace(observation, captures=(*kept, other, settled))
    assert abs(derived("contact-rise-time", observation).value) < 2e-3
    assert abs(derived("rise-fall", observation).value) < 0.03


def test_the_edges_of_an_alternation_are_no_falls() -> None:
    """A change of sign that takes 150 µs would be a fall of 7 % in a mean over 1 ms: it is bridged."""
    edges = lambda t: np.clip(np.sin(2 * np.pi * 80 * t) / np.sin(2 * np.pi * 80 * 75e-6), -1, 1)  # noqa: E731
    found = derived("rise-fall", rising(ramp(0.8), carrier=edges, frequency_hz=80.0))
    assert abs(found.value) < found.expanded_uncertainty < 0.03


def test_a_pulse_that_is_missing_is_a_fall() -> None:
    """One pulse left out of a rise falls to nothing; an edge of an alternation does not."""
    pulses = double_pulses(20.0, 2e-3)
    wave = lambda t: ramp(0.8)(t) * np.where((t > 0.495) & (t < 0.545), 0.0, 1.0)  # noqa: E731
    found = derived("rise-fall", rising(wave, carrier=pulses, frequency_hz=20.0))
    assert found.value == pytest.approx(0.45 / 0.8, abs=0.03)


def test_the_largest_of_the_last_values() -> None:
    """Each value's own window reaches back, and before the record lie zeros."""
    values = np.random.default_rng(1).random(97)
    for over in (1, 2, 10, 96, 97, 300):
        expected = [values[max(0, k - over + 1) : k + 1].max() for k in range(values.size)]
        assert largest_of_last(values, over).tolist() == expected


LOST = {"edges": (0.0, 0.02), "closed": True, "variant": "restart"}


@pytest.mark.parametrize("again_s", [0.02, 0.3, 1.0])
def test_a_restart_begins_at_the_last_edge(again_s: float) -> None:
    """What flowed before the loss is not judged; a step 0 s, 280 ms or 1 s after contact is a rise of 0 s."""
    straight = rising(lambda t: np.where(t < 0, LEVEL_A, ramp(0.8)(t - 0.02)), **LOST)
    found = derived("contact-rise-time", straight)
    assert found.value == pytest.approx(0.64, abs=found.expanded_uncertainty)
    assert abs(derived("rise-fall", straight).value) < 0.02
    sudden = rising(lambda t: np.where(t < 0, LEVEL_A, step(at_s=again_s)(t)), **LOST)
    assert abs(derived("contact-rise-time", sudden).value) < 2e-3
    twice = rising(lambda t: np.where(t < 0, LEVEL_A, step(at_s=0.02)(t) * ((t < 0.1) | (t > 0.15))), **LOST)
    assert abs(derived("contact-rise-time", twice).value) < 2e-3


@pytest.mark.parametrize("name", ["contact-rise-time", "rise-overshoot", "rise-fall", "early-current"])
def test_a_restart_of_what_did_not_run_is_none(name: str) -> None:
    """An output that was off before the loss rises for the first time: no number."""
    with pytest.raises(NotMeasurable, match="no current flowed before the loss"):
        derived(name, rising(lambda t: ramp(0.8)(t - 0.02), **LOST))


def cleared(waveform: Waveform, *, zero: str = "zero-restart", frequency_hz: float | None = None) -> object:
    """An output that is switched on again after a trip, in a record of 2.2 s."""
    captures = [record("zero", 0.0, RISE_S, most_a=3e-3 if zero != "zero" else 0.8e-3)]
    captures += [record("zero-restart", 0.0, RISE_S)] if zero != "zero" else []
    captures.append(record("restart.1", waveform, RISE_S, samples=100_000))
    return observed(Method.OVERCURRENT, captures, frequency_hz=frequency_hz)


@pytest.mark.parametrize("zero", ["zero", "zero-restart"])
@pytest.mark.parametrize("share", [1.0, 0.85])
def test_the_rise_after_a_trip(zero: str, share: float) -> None:
    """Relative to what it comes to: 0.8 of a straight rise, 0 s of a step, be it a step to 85 % of the level."""
    straight = derived("contact-rise-time", cleared(ramp(0.8, share * LEVEL_A), zero=zero))
    assert straight.value == pytest.approx(0.64, abs=straight.expanded_uncertainty)
    for at_s in (-0.19, 0.3):
        found = derived("contact-rise-time", cleared(step(share * LEVEL_A, at_s), zero=zero))
        assert abs(found.value) < found.expanded_uncertainty < 2e-3
    alternating_too = cleared(lambda t: ramp(0.8)(t) * alternating(5.0)(t), zero=zero, frequency_hz=5.0)
    assert derived("contact-rise-time", alternating_too).value == pytest.approx(0.64, abs=0.02)


def test_a_current_that_comes_and_goes_after_a_trip() -> None:
    """A unit that jumps to its level and goes off again did not rise slowly; one that stays off did not rise."""
    gone = cleared(lambda t: np.where((t > 0.1) & (t < 0.4), LEVEL_A, 0.0))
    assert abs(derived("contact-rise-time", gone).value) < 2e-3
    with pytest.raises(NotMeasurable, match="no rise"):
        derived("contact-rise-time", cleared(0.0))
