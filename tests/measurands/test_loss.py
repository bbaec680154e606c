"""Gaps, and what a loss of contact leaves, against closed forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Plateau
from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from tests.measurands.events import (
    GAIN_OF_RANGE,
    LEVEL_A,
    MISMATCH_S,
    NOISE_CODES,
    derived,
    line,
    monitor,
    observed,
    ramp,
    record,
    step,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from tests.measurands.events import Waveform


def _again(wave: Waveform, length_s: float, before_a: float) -> Waveform:
    return lambda t: np.where(t < 0, before_a, wave(t - length_s))


def gaps(requested: str, real_s: list[float], after: list[Waveform], before_a: float = LEVEL_A) -> Observation:
    """Gaps that begin at 0 s, with what flows after each, and before."""
    span = (-1e-3, max(real_s) + 20e-3)
    plateaus = (Plateau(Polarity.POSITIVE, -1e-3, max(real_s)),)
    captures = [record("zero", 0.0, span), record("reference", LEVEL_A, span, plateaus=plateaus)]
    for number, (length, wave) in enumerate(zip(real_s, after, strict=True), start=1):
        captures.append(record(f"gap.{number}", _again(wave, length, before_a), span))
        captures.append(monitor(f"monitor.{number}", span, (0.0, length), closed=True))
    return observed(Method.GAP, captures, variant=requested)


def test_the_share_of_restarts() -> None:
    """Two of five gaps with a gradual rise after them are a share of 0.4, to half a gap."""
    found = derived("restart-share", gaps("20ms", [20e-3] * 5, [ramp(0.8), step(), step(), ramp(0.8), step()]))
    assert found.value == 0.4
    assert line(found, "count") == pytest.approx(0.1 / math.sqrt(3))


@pytest.mark.parametrize(("real_s", "deviation_s"), [([20e-3, 20.4e-3], 0.4e-3), ([19.7e-3, 20e-3], 0.3e-3)])
def test_the_deviation_of_a_gap(real_s: list[float], deviation_s: float) -> None:
    """Requested against real, the largest of all, longer or shorter."""
    found = derived("gap-deviation", gaps("20ms", real_s, [step(), step()]))
    assert found.value == pytest.approx(deviation_s, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 10e-6


def test_influences_on_a_gap() -> None:
    """Each edge is known to half a sampling interval and the monitor's mismatch; seconds are the oscilloscope's."""
    found = derived("gap-deviation", gaps("500ms", [0.5], [step()]))
    half = 0.521 / 20_000 / 2
    for edge in ("loss", "contact"):
        assert line(found, f"{edge}: sampling") == pytest.approx(half / math.sqrt(3), rel=1e-6)
        assert line(found, f"{edge}: monitor against contact") == pytest.approx(MISMATCH_S / math.sqrt(3))
    assert line(found, "oscilloscope: time base") == pytest.approx(0.5 * 50e-6 / math.sqrt(3), rel=1e-3)


def test_a_gap_of_unknown_length_deviates_from_nothing() -> None:
    """A variant that names no duration gives no number."""
    with pytest.raises(NotMeasurable, match="names no gap"):
        derived("gap-deviation", gaps("bounce", [20e-3], [step()]))


# Off after loss

OPEN_S, LOSS_S = 15e-3, (-1e-3, 20e-3)


def lost(
    *voltages: Waveform,
    currents: tuple[Waveform, ...] = (),
    zeroed: bool = True,
    zero_v: float = 0.0,
    before_a: float = LEVEL_A,
    variant: str = "",
) -> Observation:
    """Losses of 15 ms at 0 s: the electrodes' voltage on a screen of ± 24 V, the current on one of ± 8 µA."""
    currents = currents or (lambda t: 0 * t,) * len(voltages)
    captures = [record("zero", 0.0, LOSS_S, most_a=8e-6)]
    if zeroed:
        captures.append(record("zero-voltage", zero_v, LOSS_S, most_a=24.0, ohms=1.0))
    for number, wave in enumerate(voltages, start=1):
        voltage: Waveform = lambda t, wave=wave: wave(t) + zero_v  # noqa: E731
        captures.append(record(f"voltage.{number}", voltage, LOSS_S, most_a=24.0, ohms=1.0))
    for number, wave in enumerate(currents, start=1):
        captures.append(record(f"fine.{number}", _again(wave, 0.0, before_a), LOSS_S, most_a=8e-6))
    count = max(len(voltages), len(currents))
    monitors = [monitor(f"monitor.{number}", LOSS_S, (0.0, OPEN_S), closed=True) for number in range(1, count + 1)]
    return observed(Method.LOSS, captures + monitors, variant=variant)


def falling(off_s: float, extra: Waveform | None = None) -> Waveform:
    """6.8 V in contact; 18 V in the open until the output goes off, then down with 1 ms."""

    def volts(t: NDArray[np.float64]) -> NDArray[np.float64]:
        live = np.where((t < 0) | (t > OPEN_S), 6.8, 18.0)
        decay = 18.0 * np.exp(-np.maximum(t - off_s, 0) / 1e-3)
        return np.where((t > off_s) & (t < OPEN_S), decay, live) + (extra(t) if extra else 0)

    return volts


def pulses(amount: float, width_s: float, first_s: float = 10e-3) -> Waveform:
    """Sense pulses, one each 5 ms."""
    return lambda t: np.where((t >= first_s) & ((t - first_s) % 5e-3 < width_s), amount, 0.0)


def test_the_voltage_after_a_loss() -> None:
    """Off 6 ms after the loss, 18 V fall to 1 V in ln 18 ms."""
    found = derived("loss-voltage-time", lost(falling(6e-3)), level="1.0", width="1e-4")
    assert found.value == pytest.approx(6e-3 + math.log(18) * 1e-3, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.5e-3


def test_influences_on_the_time_of_a_voltage() -> None:
    """An exponential passes a level that is a share d lower -ln(1 - d) time constants later: gain and one code."""
    found = derived("loss-voltage-time", lost(falling(6e-3)), level="1.0", width="1e-4")
    share = GAIN_OF_RANGE + 48.0 / 256
    assert line(found, "voltage: accuracy") == pytest.approx(-1e-3 * math.log1p(-share) / math.sqrt(3), rel=0.15)


def test_a_pulse_that_counts_at_one_level_only_is_in_the_budget() -> None:
    """Above 1 V for 147 µs a pulse is apart, above 0.8 V for longer it is not: the time may be that of its end."""
    late: Waveform = lambda t: np.where(t >= 10e-3, 1.4 * np.exp(-np.maximum(t - 10e-3, 0) / 200e-6), 0.0)  # noqa: E731
    found = derived("loss-voltage-time", lost(falling(6e-3, late)), level="1.0", width="1e-4")
    assert found.value == pytest.approx(8.89e-3, abs=0.1e-3)
    assert found.value + found.expanded_uncertainty > 10.1e-3


@pytest.mark.parametrize(("width_s", "until_s"), [(100e-6, 8.89e-3), (400e-6, 12.4e-3)])
def test_only_sense_pulses_may_pass_the_level(width_s: float, until_s: float) -> None:
    """Pulses of 3 V are allowed for a sense pulse's width; what lasts four times as long counts."""
    found = derived("loss-voltage-time", lost(falling(6e-3, pulses(3.0, width_s, 12e-3))), level="1.0", width="1e-4")
    assert found.value == pytest.approx(until_s, abs=found.expanded_uncertainty)


@pytest.mark.parametrize("offs_s", [(1e-3, 6e-3, 2e-3), (6e-3, 1e-3, 2e-3)])
def test_the_slowest_loss_decides(offs_s: tuple[float, ...]) -> None:
    """Of several losses the longest time counts."""
    found = derived("loss-voltage-time", lost(*map(falling, offs_s)), level="1.0", width="1e-4")
    assert found.value == pytest.approx(8.89e-3, abs=found.expanded_uncertainty)


def test_an_output_that_goes_off_at_once_took_the_time_of_the_fall() -> None:
    """The stretch right after the loss is no sense pulse, however short: 18 V fall to 9 V in ln 2 times 1 ms."""
    found = derived("loss-voltage-time", lost(falling(0.0)), level="9.0", width="1e-3")
    assert found.value == pytest.approx(math.log(2) * 1e-3, abs=found.expanded_uncertainty)


def test_volts_are_counted_from_the_recorded_zero() -> None:
    """An input that is off by 2 V changes nothing where its zero was recorded."""
    found = derived("loss-voltage-time", lost(falling(6e-3), zero_v=2.0), level="1.0", width="1e-4")
    assert found.value == pytest.approx(8.89e-3, abs=found.expanded_uncertainty)


def test_a_voltage_that_stays_lasts_as_long_as_the_gap() -> None:
    """A unit that stays live behind the open contact gives the whole open time: a lower bound."""
    found = derived("loss-voltage-time", lost(falling(1.0)), level="1.0", width="1e-4")
    assert found.value == pytest.approx(OPEN_S, abs=50e-6)
    assert found.expanded_uncertainty < 50e-6


def test_a_voltage_without_a_zero_is_less_certain() -> None:
    """Without a record of its zero the whole bound of the screen lies on the level."""
    arguments = {"level": "2.0", "width": "1e-4"}
    zeroed = derived("loss-voltage-time", lost(falling(6e-3)), **arguments)
    bare = derived("loss-voltage-time", lost(falling(6e-3), zeroed=False), **arguments)
    assert bare.expanded_uncertainty > 2 * zeroed.expanded_uncertainty


@pytest.mark.parametrize("sign", [1, -1])
def test_the_current_after_a_loss(sign: int) -> None:
    """The mean from 20 to 500 µs after contact: a spike before it does not count, a sense pulse in it neither."""
    base = lambda t: sign * np.where((t > OPEN_S) & (t < OPEN_S + 15e-6), 1.0, 0.3e-6 * (t > OPEN_S))  # noqa: E731
    quiet = derived("loss-current", lost(currents=(base,)), pulse="1e-6", width="1e-4")
    pulsed = lambda t: base(t) + sign * pulses(1e-6, 100e-6, OPEN_S + 200e-6)(t)  # noqa: E731
    sensed = derived("loss-current", lost(currents=(pulsed,)), pulse="1e-6", width="1e-4")
    for found in (quiet, sensed):
        assert found.value == pytest.approx(0.3e-6, abs=0.02e-6)
        assert found.expanded_uncertainty < 1e-6


@pytest.mark.parametrize(
    ("wave", "least_a"),
    [
        (step(LEVEL_A, OPEN_S), 7.9e-6),
        (pulses(6e-6, 100e-6, OPEN_S + 200e-6), 1e-6),
        (pulses(1.0e-6, 400e-6, OPEN_S), 0.7e-6),
    ],
    ids=["live", "too high for a sense pulse", "too long for a sense pulse"],
)
def test_what_is_no_sense_pulse_counts(wave: Waveform, least_a: float) -> None:
    """A live output gives at least the screen's edge; a pulse that is too high or too long is current."""
    assert derived("loss-current", lost(currents=(wave,)), pulse="1e-6", width="1e-4").value > least_a


def test_influences_on_the_current_after_a_loss() -> None:
    """The gain is a slope: what is small is known to one code, however wide the screen is."""
    found = derived("loss-current", lost(currents=(step(4e-6, OPEN_S),)), pulse="1e-6", width="1e-4")
    assert line(found, "oscilloscope: gain") == pytest.approx(4e-6 * GAIN_OF_RANGE / math.sqrt(3), rel=0.01)
    assert line(found, "mean after contact: nonlinearity") == pytest.approx(16e-6 / 256 / math.sqrt(3), rel=0.01)
    sigma = math.hypot(NOISE_CODES, 1 / math.sqrt(12)) * 16e-6 / 256
    samples = 480e-6 / (21e-3 / 20_000)
    assert line(found, "mean after contact: noise") == pytest.approx(sigma / math.sqrt(samples), rel=0.05)


def test_the_largest_current_of_several_losses_decides() -> None:
    """-6 µA once in three outweighs +5 µA."""
    waves = tuple(step(amperes, OPEN_S) for amperes in (5e-6, -6e-6, 1e-6))
    found = derived("loss-current", lost(currents=waves), pulse="1e-6", width="1e-4")
    assert found.value == pytest.approx(6e-6, abs=found.expanded_uncertainty)


def test_a_loss_deviates_as_a_gap_does() -> None:
    """A loss of 15 ms that was asked for as 15.4 ms deviates by 0.4 ms."""
    waves: tuple[Waveform, ...] = (step(0.0), step(0.0))
    found = derived("gap-deviation", lost(currents=waves, variant="15.4ms"))
    assert found.value == pytest.approx(0.4e-3, abs=found.expanded_uncertainty)
    assert sum("monitor" in name for name in found.captures) == 2


@pytest.mark.parametrize("before_a", [0.0, 0.4 * LEVEL_A, -0.4 * LEVEL_A])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("restart-share", {}), ("early-current", {}), ("level-after-contact", {"tolerance": "0.1"})],
)
def test_a_gap_of_an_output_that_was_off_shows_nothing(name: str, arguments: dict[str, str], before_a: float) -> None:
    """Less than half the level before a loss makes what comes after it worthless: no number."""
    with pytest.raises(NotMeasurable, match="no current flowed before the loss"):
        derived(name, gaps("20ms", [20e-3] * 2, [ramp(0.8)] * 2, before_a), **arguments)
    flowing = derived(name, gaps("20ms", [20e-3] * 2, [ramp(0.8)] * 2, 0.6 * LEVEL_A), **arguments)
    assert flowing.value >= -LEVEL_A


@pytest.mark.parametrize(("name", "arguments"), [
    ("loss-voltage-time", {"level": "1.0", "width": "1e-4"}), ("loss-current", {"pulse": "1e-6", "width": "1e-4"}),
])  # fmt: skip
def test_a_loss_of_an_output_that_was_off_shows_nothing(name: str, arguments: dict[str, str]) -> None:
    """Off before the loss is no off after it; a current that is off the screen flows."""
    with pytest.raises(NotMeasurable, match="no current flowed before the loss"):
        derived(name, lost(falling(6e-3), before_a=2e-6), **arguments)
    for sign in (1, -1):
        assert derived(name, lost(falling(6e-3), before_a=sign * LEVEL_A), **arguments).value is not None
