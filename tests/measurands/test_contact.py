"""Contact made, against closed forms: its instant, the discharge, the current soon after it, the level."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.measurands import contact_instant, loss_instant
from harness.measurands.contact import excess
from harness.setpoint import Method
from tests.measurands.events import (
    GAIN_OF_RANGE,
    LEVEL_A,
    MISMATCH_S,
    NOISE_CODES,
    alternating,
    derived,
    double_pulses,
    line,
    monitor,
    observed,
    ramp,
    record,
    rising,
    step,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.capture import Capture, Observation
    from tests.measurands.events import Waveform

VOLTS, OHMS, CEILING_A = 70.0, 10e3, 1e-3
EVENT_S = (-20e-6, 480e-6)
EVENT_SETTINGS = (("fixture_f", "8e-11"), ("compliance_v", "70"))
LEVEL_S = (-0.1e-3, 4.9e-3)


def discharge(farads: float, level_a: float = 0.0) -> Waveform:
    """C at 70 V into 10 kΩ from 0 s on, on top of the level that the unit drives."""
    return lambda t: np.where(
        t < 0, 0.0, level_a + (VOLTS / OHMS - level_a) * np.exp(-np.maximum(t, 0) / OHMS / farads)
    )


def touched(waveform: Waveform | float, *, most_a: float = 9.1e-3, seed: int = 1, gain: float = 1.0) -> Observation:
    """A first touch, its discharge recorded with 4 ns between samples."""
    settings = {"samples": 125_000, "most_a": most_a, "seed": seed, "gain": gain}
    captures = (
        record("zero-event", 0.0, EVENT_S, **settings),
        record("event.1", waveform, EVENT_S, settings=EVENT_SETTINGS, **settings),
        monitor("monitor.1", EVENT_S, samples=125_000),
        record("zero", 0.0, LEVEL_S),
        record("reference", LEVEL_A, LEVEL_S),
    )
    return observed(Method.TOUCH, captures)


def levelled(
    *waveforms: Waveform,
    method: Method = Method.TOUCH,
    seed: int = 1,
    gain: float = 1.0,
    settings: tuple[tuple[str, str], ...] = (),
) -> Observation:
    """Records of the level after contact at 0 s, one for each waveform."""
    name = "level" if method is Method.TOUCH else "gap"
    captures: list[Capture] = [
        record("zero", 0.0, LEVEL_S, seed=seed, gain=gain),
        record("reference", LEVEL_A, LEVEL_S, seed=seed, gain=gain),
    ]
    for number, waveform in enumerate(waveforms, start=1):
        span = LEVEL_S if method is Method.TOUCH else (-3e-3, 4.9e-3)
        wave = waveform if method is Method.TOUCH else _after_a_gap(waveform)
        captures.append(record(f"{name}.{number}", wave, span, seed=seed, gain=gain, settings=settings))
        edges = (0.0,) if method is Method.TOUCH else (-2e-3, 0.0)
        captures.append(monitor(f"monitor.{number}", span, edges, closed=method is not Method.TOUCH))
    return observed(method, captures)


def _after_a_gap(waveform: Waveform) -> Waveform:
    return lambda t: np.where(t < -2e-3, LEVEL_A, waveform(t))


def test_contact_is_made_at_the_last_bounce() -> None:
    """The instant is the last rising edge of the monitor, to half a sampling interval; before it there is none."""
    edges = (0.0, 0.3e-3, 0.7e-3, 1.1e-3, 1.234e-3)
    bounced = monitor("monitor.1", LEVEL_S, edges)
    assert contact_instant(bounced) == pytest.approx(1.234e-3, abs=bounced.interval_s / 2 + 1e-12)


def test_contact_is_lost_at_the_first_falling_edge() -> None:
    """A gap begins where the monitor falls for the first time."""
    lost = monitor("monitor.1", LEVEL_S, (0.5e-3, 0.6e-3, 0.7e-3, 3e-3), closed=True)
    assert loss_instant(lost) == pytest.approx(0.5e-3, abs=lost.interval_s / 2 + 1e-12)


@pytest.mark.parametrize(
    ("edges", "closed", "read", "why"),
    [
        ((), False, contact_instant, "no edge"),
        ((), True, loss_instant, "no edge"),
        ((0.0, 1e-3), False, contact_instant, "open where the record monitor.1 ends"),
        ((0.0,), False, loss_instant, "open where the record monitor.1 begins"),
    ],
)
def test_a_monitor_that_did_not_switch_gives_no_instant(
    edges: tuple[float, ...],
    closed: bool,  # noqa: FBT001 - a parameter of the test
    read: Callable[[Capture], float],
    why: str,
) -> None:
    """Noise is no edge, and a contact that is open at the end was not made for good."""
    with pytest.raises(NotMeasurable, match=why):
        read(monitor("monitor.1", LEVEL_S, edges, closed=closed))


@pytest.mark.parametrize(
    ("farads", "time_s", "charge_c"), [(200e-12, 3.9e-6, 8e-9), (2e-9, 39e-6, 81e-9)], ids=["200 pF", "2 nF"]
)
def test_the_discharge_of_a_capacitance(farads: float, time_s: float, charge_c: float) -> None:
    """RC ln(V/RI) above I, and C (V - RI) - I t in excess: 3.9 µs and 8 nC for 200 pF, 39 µs and 81 nC for 2 nF."""
    observation = touched(discharge(farads))
    time = derived("time-above", observation, above="0.001")
    charge = derived("charge-above", observation, above="0.001")
    expected_s = OHMS * farads * math.log(VOLTS / OHMS / CEILING_A)
    expected_c = farads * (VOLTS - OHMS * CEILING_A) - CEILING_A * expected_s
    assert (expected_s, expected_c) == (pytest.approx(time_s, rel=0.01), pytest.approx(charge_c, rel=0.02))
    assert (time.unit, charge.unit) == ("s", "C")
    # One code is 71 µA: over RC it moves the crossing by 7 % of RC.
    assert time.value == pytest.approx(expected_s, abs=0.07 * OHMS * farads + 0.1e-6)
    assert charge.value == pytest.approx(expected_c, rel=0.03)
    assert abs(time.value - expected_s) < time.expanded_uncertainty
    assert abs(charge.value - expected_c) < charge.expanded_uncertainty


def test_straight_lines_between_samples() -> None:
    """A triangle of height 3 and base 4 intervals, cut at 1: 8/3 intervals above, and a third of its height's area."""
    time, area = excess(np.array([0.0, 1.5, 3.0, 1.5, 0.0]) - 1.0, 2e-6)
    assert (time, area) == (pytest.approx(8 / 3 * 2e-6), pytest.approx(8 / 3 * 2e-6))


def test_a_discharge_on_top_of_the_level() -> None:
    """The level that flows at the same time counts: (V/R - I) exp(-t/RC) + I passes the ceiling later."""
    level = 600e-6
    found = derived("time-above", touched(discharge(200e-12, level)), above="0.001")
    expected = OHMS * 200e-12 * math.log((VOLTS / OHMS - level) / (CEILING_A - level))
    assert found.value == pytest.approx(expected, abs=0.4e-6)
    assert found.expanded_uncertainty < 2.5e-6


def test_influences_on_the_discharge() -> None:
    """The gain enters as a slope, RC times its relative bound; the fixture with RC ln(V/RI) and with C V."""
    observation = touched(discharge(2e-9))
    time = derived("time-above", observation, above="0.001")
    charge = derived("charge-above", observation, above="0.001")
    assert line(time, "oscilloscope: gain") == pytest.approx(20e-6 * GAIN_OF_RANGE / math.sqrt(3), rel=0.1)
    fixture = OHMS * 80e-12 * math.log(7)
    assert line(time, "fixture: its own discharge") == pytest.approx(fixture / math.sqrt(3), rel=1e-9)
    assert line(charge, "fixture: its own charge") == pytest.approx(80e-12 * VOLTS / math.sqrt(3), rel=1e-9)
    code = 2 * 9.1e-3 / 256
    assert line(time, "event: nonlinearity") == pytest.approx(20e-6 * code / CEILING_A / math.sqrt(3), rel=0.1)
    assert line(charge, "event: nonlinearity") == pytest.approx(38.9e-6 * code / math.sqrt(3), rel=0.05)
    assert line(charge, "oscilloscope: gain") == pytest.approx(120e-9 * GAIN_OF_RANGE / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("gain", [0.97, 1.03])
@pytest.mark.parametrize("name", ["time-above", "charge-above"])
def test_an_oscilloscope_at_its_bound_stays_within_the_budget(name: str, gain: float) -> None:
    """A gain that is wrong by all that the data sheet allows moves the value by less than U."""
    right, wrong = (derived(name, touched(discharge(2e-9), gain=each), above="0.001") for each in (1.0, gain))
    assert abs(wrong.value - right.value) < right.expanded_uncertainty


def test_a_current_that_stays_above_lasts_to_the_end_of_the_record() -> None:
    """A unit that drives 1.2 mA is above the ceiling until the record ends: a lower bound, far beyond 10 µs."""
    found = derived("time-above", touched(discharge(200e-12, 1.2e-3)), above="0.001")
    assert found.value == pytest.approx(480e-6, rel=0.01)


def test_every_bounce_counts() -> None:
    """Two discharges in one record add up."""
    once = discharge(200e-12)
    twice = derived("time-above", touched(lambda t: once(t) + once(t - 100e-6)), above="0.001")
    assert twice.value == pytest.approx(2 * 3.89e-6, abs=0.6e-6)


def test_a_touch_without_a_discharge() -> None:
    """A current that never exceeds the ceiling is above it for 0 s and by 0 C, within the fixture's share."""
    observation = touched(step())
    assert derived("time-above", observation, above="0.001").value == 0
    assert derived("charge-above", observation, above="0.001").value == 0


def test_a_screen_below_the_ceiling_sees_nothing_above_it() -> None:
    """Where the screen ends below the current asked for, there is no number: 0 s would be a lie."""
    with pytest.raises(NotMeasurable, match=r"too low for 0\.001 A"):
        derived("time-above", touched(discharge(2e-9), most_a=0.9e-3), above="0.001")


def test_a_discharge_that_the_screen_cuts_off() -> None:
    """The time above is whole; the charge is a lower bound whose budget says how much may be missing."""
    observation = touched(discharge(2e-9), most_a=3.5e-3)
    assert derived("time-above", observation, above="0.001").value == pytest.approx(38.9e-6, abs=1e-6)
    charge = derived("charge-above", observation, above="0.001")
    lost = 20e-6 * (7e-3 - 3.5e-3) - 3.5e-3 * 20e-6 * math.log(2)
    assert charge.value == pytest.approx(81.1e-9 - lost, rel=0.03)
    assert charge.expanded_uncertainty > lost


def gapped(*farads: float, before_a: float = LEVEL_A, samples: int = 22_000) -> Observation:
    """Gaps of 1 ms, each followed by the discharge of a capacitance at 70 V, with a microsecond between samples."""
    span = (-2e-3, 20e-3)
    captures = [record("zero", 0.0, span, most_a=9.1e-3), record("reference", LEVEL_A, span, most_a=9.1e-3)]
    for number, each in enumerate(farads, start=1):
        wave = lambda t, each=each: np.where(t < -1e-3, before_a, discharge(each)(t))  # noqa: E731
        captures.append(record(f"gap.{number}", wave, span, samples=samples, most_a=9.1e-3, settings=EVENT_SETTINGS))
        captures.append(monitor(f"monitor.{number}", span, (-1e-3, 0.0), closed=True, samples=samples))
    return observed(Method.GAP, captures)


@pytest.mark.parametrize("farads", [(200e-12, 2e-9, 0.2e-9), (2e-9, 1e-9)])
@pytest.mark.parametrize("samples", [22_000, 8_000])
def test_the_worst_discharge_of_several_gaps(farads: tuple[float, ...], samples: int) -> None:
    """2 nF discharge as at a first touch, 38.9 µs and 81.1 nC; the sampling interval is in the budget."""
    observation, step_s = gapped(*farads, samples=samples), 22e-3 / samples
    time = derived("time-above", observation, above="0.001")
    charge = derived("charge-above", observation, above="0.001")
    assert abs(time.value - 38.9e-6) < time.expanded_uncertainty < 10e-6
    assert abs(charge.value - 81.1e-9) < charge.expanded_uncertainty < 40e-9
    assert line(time, "event: sampling") == pytest.approx(step_s / math.sqrt(3), rel=1e-6)
    assert line(charge, "event: sampling and moving mean") == pytest.approx(step_s * 7e-3 / math.sqrt(3), rel=0.05)
    assert any(name.endswith(f"gap.{farads.index(2e-9) + 1}") for name in time.captures)


def test_what_flowed_before_a_loss_is_no_discharge() -> None:
    """A unit above the ceiling until the loss, and off afterwards, has no event; one that was off before has none."""
    quiet = gapped(1e-15, before_a=1.5e-3)
    assert derived("time-above", quiet, above="0.001").value == pytest.approx(0, abs=2e-6)
    for name in ("time-above", "charge-above"):
        with pytest.raises(NotMeasurable, match="no current flowed before the loss"):
            derived(name, gapped(2e-9, before_a=0.0), above="0.001")


def test_a_contact_that_was_not_made_has_no_discharge() -> None:
    """An event whose monitor stays open is no touch."""
    observation = touched(discharge(2e-9))
    captures = (*observation.captures[:2], monitor("monitor.1", EVENT_S, ()))
    with pytest.raises(NotMeasurable, match="did not switch"):
        derived("time-above", replace(observation, captures=captures), above="0.001")


def test_the_level_after_contact_begins_20_us_after_it() -> None:
    """A spike in the first 15 µs is the discharge's and does not count; one that begins at 30 µs does."""
    early = derived(
        "level-after-contact", levelled(lambda t: step()(t) + np.where((t > 0) & (t < 15e-6), 5e-4, 0)), tolerance="0.1"
    )
    late = derived(
        "level-after-contact",
        levelled(lambda t: step()(t) + np.where((t > 30e-6) & (t < 90e-6), 1e-4, 0)),
        tolerance="0.1",
    )
    assert early.value == pytest.approx(0.0, abs=early.expanded_uncertainty)
    assert late.value == pytest.approx(1e-4, abs=late.expanded_uncertainty)
    assert early.expanded_uncertainty < 0.02 * LEVEL_A


def test_the_level_is_counted_as_a_magnitude() -> None:
    """A current in the negative direction is as large as one in the positive direction."""
    found = derived("level-after-contact", levelled(step(-LEVEL_A)), tolerance="0.1")
    assert found.value == pytest.approx(0.0, abs=found.expanded_uncertainty)


@pytest.mark.parametrize("gain", [0.965, 1.035])
def test_the_multimeter_calibrates_the_level(gain: float) -> None:
    """An oscilloscope whose gain is off shows the plateau off as well: the level comes out right."""
    found = derived("level-after-contact", levelled(step(1.1 * LEVEL_A), gain=gain), tolerance="0.1")
    assert found.value == pytest.approx(0.1 * LEVEL_A, abs=0.01 * LEVEL_A)


def test_the_level_after_gaps_is_the_largest_of_all() -> None:
    """One bad gap of five decides."""
    waves = [step(LEVEL_A)] * 3 + [step(1.15 * LEVEL_A), step(LEVEL_A)]
    found = derived("level-after-contact", levelled(*waves, method=Method.GAP), tolerance="0.1")
    assert found.value == pytest.approx(0.15 * LEVEL_A, abs=found.expanded_uncertainty)
    assert any(name.endswith("gap.4") for name in found.captures)


def test_a_late_instant_of_contact_is_in_the_budget() -> None:
    """What falls between 20 µs less and 20 µs plus the monitor's mismatch counts with half its height."""
    tail = levelled(lambda t: np.where(t < 0, 0, LEVEL_A + 3e-4 * np.exp(-np.maximum(t, 0) / 10e-6)))
    found = derived("level-after-contact", tail, tolerance="0.1")
    moved = 3e-4 * (math.exp(-(20e-6 - MISMATCH_S) / 10e-6) - math.exp(-(20e-6 + MISMATCH_S) / 10e-6)) / 2
    assert line(found, "largest current: contact") == pytest.approx(moved / math.sqrt(3), rel=0.25)


def test_what_noise_lifts_is_in_the_budget() -> None:
    """The largest of N means over n samples lies sqrt(2 ln 2N) of sigma/sqrt(n) above the level, at most."""
    found = derived("level-after-contact", levelled(step()), tolerance="0.1")
    sigma = math.hypot(NOISE_CODES, 1 / math.sqrt(12)) * 2 * 0.8e-3 / 256
    lifted = sigma / math.sqrt(20) * math.sqrt(2 * math.log(2 * 4.88e-3 / 5e-6))
    assert line(found, "largest current: of noise") == pytest.approx(lifted / math.sqrt(3), rel=0.03)


def test_noise_stays_within_the_budget_of_the_level() -> None:
    """The largest of many noisy values lies above the level by less than U in 95 of 100 records."""
    found = [derived("level-after-contact", levelled(step(), seed=seed), tolerance="0.1") for seed in range(100)]
    assert sum(abs(each.value) < each.expanded_uncertainty for each in found) >= 95


@pytest.mark.parametrize(
    ("waveform", "expected"), [(ramp(0.8), LEVEL_A * 5e-3 / 0.8), (step(), LEVEL_A)], ids=["gradual", "at once"]
)
def test_the_early_current(waveform: Waveform, expected: float) -> None:
    """5 ms after contact a rise in 0.8 s is at 0.6 % of the level, a step at all of it."""
    found = derived("early-current", rising(waveform))
    assert found.value == pytest.approx(expected, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.03 * LEVEL_A


def test_the_early_current_counts_from_the_last_bounce() -> None:
    """What flowed between bounces, and what flows from 5 ms on, is not the early current."""
    found = derived(
        "early-current", rising(lambda t: np.where((t < 0.01) | (t > 0.016), LEVEL_A, 0), edges=(0, 0.005, 0.01))
    )
    assert abs(found.value) < found.expanded_uncertainty


@pytest.mark.parametrize(("frequency", "expected"), [(20.0, 0.9), (400.0, 0.0)])
def test_the_first_pulse_is_judged(frequency: float, expected: float) -> None:
    """Of pulses slower than 5 ms the early current ends a period after contact: one at 90 % after 45 ms is seen."""
    pulses = double_pulses(frequency, 0.1 / frequency)
    wave = lambda t: np.where(t < 0.02, 0.0, 0.9 * LEVEL_A)  # noqa: E731
    late = lambda t: pulses(t - 0.045)  # noqa: E731
    found = derived("early-current", rising(wave, carrier=late, frequency_hz=frequency))
    assert found.value == pytest.approx(expected * LEVEL_A, abs=found.expanded_uncertainty)


def test_the_early_current_of_an_alternation_ends_after_5_ms() -> None:
    """Without a rest between its phases the current need not be waited for."""
    found = derived("early-current", rising(ramp(0.8), carrier=alternating(1.0), frequency_hz=1.0))
    assert found.value == pytest.approx(LEVEL_A * 5e-3 / 0.8, abs=found.expanded_uncertainty)


def test_a_trip_has_no_early_current() -> None:
    """The rise after a trip is judged by its time."""
    with pytest.raises(NotMeasurable, match="overcurrent gives no record"):
        derived("early-current", observed(Method.OVERCURRENT, ()))


@pytest.mark.parametrize(("share", "flows"), [(0.4, False), (0.6, True), (-0.6, True)])
def test_current_has_to_flow_after_a_touch(share: float, flows: bool) -> None:  # noqa: FBT001 - a parameter
    """Where the bench says that it has to, half the level flows from 1 ms on: a discharge alone is no touch."""
    wave = lambda t: np.where((t > 0) & (t < 0.5e-3), LEVEL_A, 0.0) + share * step()(t) * (t > 0.5e-3)  # noqa: E731
    asked = levelled(wave, settings=(("flows", "yes"),))
    if flows:
        assert derived("level-after-contact", asked, tolerance="0.1").value > -LEVEL_A
    else:
        with pytest.raises(NotMeasurable, match="no current flowed after the touch"):
            derived("level-after-contact", asked, tolerance="0.1")
    assert derived("level-after-contact", levelled(wave), tolerance="0.1").value > -LEVEL_A


def test_a_record_that_ends_too_early_has_no_early_current() -> None:
    """5 ms have to be in the record: what was not recorded is not small."""
    observation = rising(ramp(0.8), edges=(1.998,))
    with pytest.raises(NotMeasurable, match="not from"):
        derived("early-current", observation)


def test_a_method_without_contact_has_no_level_after_it() -> None:
    """A steady point gives no such record."""
    with pytest.raises(NotMeasurable, match="steady gives no record"):
        derived("level-after-contact", observed(Method.STEADY, ()), tolerance="0.1")
