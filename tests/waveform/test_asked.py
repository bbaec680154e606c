"""What a record answers when it is asked, against records whose answers are known in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotFinite, RequestError
from harness.waveform.asked import asked_parameters
from harness.waveform.questions import Band, Contact, Limits, Questions, Steps, Template
from harness.waveform.template import Mask
from tests.waveform.stimuli import degraded, trapezoid

if TYPE_CHECKING:
    from harness.waveform.parameter import Parameter

INTERVAL = 1e-4
SPACING, WIDTH, RISE = 100.0, 30.0, 2.0
TAU_S = 0.2
BEFORE_S = 0.5


def answers(record: np.ndarray, questions: Questions, start_s: float = 0.0, unit: str = "A") -> dict[str, Parameter]:
    """Every answer by its name."""
    return {each.name: each for each in asked_parameters(record, INTERVAL, questions, start_s=start_s, unit=unit)}


def is_within(found: Parameter, true: float) -> bool:
    """Whether a value is off by no more than its bound."""
    assert found.estimate is not None, found.absent
    return abs(found.estimate.value - true) <= found.estimate.bound + 1e-12


def train(starts_s: np.ndarray, levels: np.ndarray, seconds: float) -> np.ndarray:
    """Pulses of 3 ms with these starts and plateaus."""
    t = np.arange(round(seconds / INTERVAL))
    record = np.zeros(t.size)
    for start, level in zip(starts_s / INTERVAL, levels, strict=True):
        near = slice(max(int(start) - 3, 0), int(start + WIDTH) + 4)
        record[near] += level * trapezoid(t[near], start, WIDTH, RISE)
    return record


def contact_record(first: float = 0.0) -> np.ndarray:
    """Full pulses, a loss, then from the contact at 0.5 s on pulses that rise as 1 - (1 - first) exp(-t/tau)."""
    old, new = np.arange(0.003, BEFORE_S - 0.02, 0.01), np.arange(0.003, 2.0, 0.01)
    rising = 1 - (1 - first) * np.exp(-new / TAU_S)
    record = train(np.concatenate((old, BEFORE_S + new)), np.concatenate((np.ones(old.size), rising)), BEFORE_S + 2.0)
    return degraded(record, 5e-4, 1e-3, 1)


@pytest.mark.parametrize("start_s", [0.0, -BEFORE_S, 7.0])
def test_the_ramp_of_an_exponential_rises_in_tau_times_the_logarithm_of_nine(start_s: float) -> None:
    """10 % after tau ln(10/9), 10-90 % in tau ln 9, without a fall; wherever the file's axis begins."""
    at_s = start_s + BEFORE_S
    found = answers(contact_record(), Questions(contact=Contact(at_s, early_s=0.02)), start_s)
    assert list(found) == [
        "ramp.hold_level", "ramp.delay", "ramp.rise_time_10_90", "ramp.time_to_90", "ramp.largest_step",
        "ramp.largest_fall", "ramp.monotonic", "ramp.overshoot", "ramp.early_current",
    ]  # fmt: skip
    for name, true in (
        ("hold_level", 1.0), ("delay", TAU_S * np.log(10 / 9)), ("rise_time_10_90", TAU_S * np.log(9)),
        ("time_to_90", TAU_S * np.log(10)), ("monotonic", 1.0), ("largest_fall", 0.0),
        # The first pulse, of 1.5 %, is too small to show; so is the step from it.
        ("largest_step", np.exp(-0.003 / TAU_S) - np.exp(-0.013 / TAU_S)),
        ("early_current", 1 - np.exp(-0.013 / TAU_S)),
    ):  # fmt: skip
        assert is_within(found[f"ramp.{name}"], float(true)), name
    assert found["ramp.rise_time_10_90"].estimate.bound < 0.1 * TAU_S * np.log(9)


def test_a_fall_in_the_ramp_makes_it_not_monotonic_and_a_bound_that_hides_one_leaves_it_open() -> None:
    """One pulse at half of its level is 0; noise of a tenth of the hold level shows nothing either way."""
    record = contact_record()
    begin = round((BEFORE_S + 0.19) / INTERVAL)
    record[begin : begin + 100] *= 0.5
    assert answers(record, Questions(contact=Contact(BEFORE_S)))["ramp.monotonic"].estimate.value == 0
    noisy = degraded(contact_record(), 0.05, 0.0, 2)
    assert "could not be seen" in answers(noisy, Questions(contact=Contact(BEFORE_S)))["ramp.monotonic"].absent


@pytest.mark.parametrize(("first", "from_zero"), [(0.0, 1.0), (0.4, 0.0), (0.0866, None)])
def test_the_restart_is_the_first_pulse_as_a_share_of_the_level_before(first: float, from_zero: float | None) -> None:
    """From zero, not from zero, or within its bound of a tenth."""
    found = answers(contact_record(first), Questions(contact=Contact(BEFORE_S, loss_s=BEFORE_S - 0.01)))
    assert is_within(found["restart.share"], 1 - (1 - first) * float(np.exp(-0.003 / TAU_S)))
    if from_zero is None:
        assert "stays open" in found["restart.from_zero"].absent
    else:
        assert found["restart.from_zero"].estimate.value == from_zero


def test_a_pulse_that_begins_at_the_contact_is_the_first_one() -> None:
    """To within the error of its start: a contact a fifth of a sample later does not make the next pulse the first."""
    asked = Contact(BEFORE_S + 0.003 + 0.2 * INTERVAL, loss_s=BEFORE_S - 0.01)
    found = answers(contact_record(0.4), Questions(contact=asked))
    assert is_within(found["restart.share"], 1 - 0.6 * float(np.exp(-0.003 / TAU_S)))


def test_an_output_that_does_not_pulse_ramps_by_means_that_begin_at_the_contact() -> None:
    """A d.c. ramp from 30 % on: the first mean holds nothing of the open circuit before; pulses have no such means."""
    t = np.arange(-5003, 20_000) * INTERVAL
    level = np.where(t < 0, np.where(t < -0.1, 1.0, 0.0), 1 - 0.7 * np.exp(-np.maximum(t, 0) / TAU_S))
    record = degraded(level, 1e-3, 0.0, 3)
    asked = Questions(contact=Contact(0.0, loss_s=-0.1, stretch_s=0.01))
    found = answers(record, asked, float(t[0]))
    mean = 1 - 0.7 * TAU_S / 0.01 * (1 - np.exp(-0.01 / TAU_S))
    share = found["restart.share"].estimate
    assert share.value == pytest.approx(mean, abs=share.bound + 1e-3)
    assert found["restart.from_zero"].estimate.value == 0
    pulsed = answers(contact_record(), Questions(contact=Contact(BEFORE_S, stretch_s=0.01)))
    assert "the output pulses" in pulsed["ramp.rise_time_10_90"].absent


def test_a_step_that_was_left_out_is_missing_and_named() -> None:
    """Ten cycles at each of five steps, asked for six: one is missing; the amplitude falls by a fifth at the top."""
    table = (20.0, 27.0, 36.0, 48.0, 64.0)
    lengths = np.concatenate([np.full(10, 1 / hz) for hz in table])
    starts = 0.01 + np.concatenate(([0.0], np.cumsum(lengths)))
    levels = np.where(np.arange(starts.size) < 40, 1.0, 0.8)
    record = degraded(train(starts, levels, starts[-1] + 0.02), 1e-3, 0.0, 4)
    asked = (20.0, 27.0, 36.0, 42.0, 48.0, 64.0)
    found = answers(record, Questions(steps=Steps(asked, 0.02)))
    assert next(iter(found)) == "sweep.missing_steps"
    assert (found["sweep.missing_steps"].estimate.value, found["sweep.missing_steps"].estimate.bound) == (1, 0)
    assert "does not dwell at 42 Hz" in found["sweep.step_42_hz"].absent
    assert all(is_within(found[f"sweep.step_{hz:g}_hz"], hz) for hz in table)
    assert is_within(found["sweep.amplitude_kept"], 0.2)
    whole = answers(record, Questions(steps=Steps(table, 0.02)))["sweep.missing_steps"].estimate
    assert (whole.value, whole.bound) == (0, 0)


def test_a_step_at_its_tolerance_leaves_the_number_of_missing_ones_open() -> None:
    """2 % off with 2 % allowed is neither: the bound of the number is one."""
    starts = 0.01 + np.arange(20) / 51.0
    found = answers(train(starts, np.ones(20), starts[-1] + 0.02), Questions(steps=Steps((50.0,), 0.02)))
    assert found["sweep.missing_steps"].estimate.bound == 1


def test_a_record_too_short_for_any_step_has_no_missing_ones() -> None:
    """One interval is no dwell at any frequency: nothing is missing and nothing is there."""
    record = train(np.array([0.01, 0.03]), np.ones(2), 0.05)
    assert "holds fewer" in answers(record, Questions(steps=Steps((50.0,), 0.02)))["sweep.missing_steps"].absent


@pytest.mark.parametrize(("gain", "offset", "delay"), [(0.5, 0.1, 251.3), (-2.0, -0.3, 40.0)])
def test_a_template_is_found_with_its_gain_offset_and_delay(gain: float, offset: float, delay: float) -> None:
    """Each on its own axis: the template begins at -5 ms, the record at 2 s; its correlation has the gain's sign."""
    t = np.arange(900.0)
    shape = trapezoid(t[:300], 60.0, 120.0, 20.0)
    record = degraded(gain * trapezoid(t, 60.0 + delay, 120.0, 20.0) + offset, 1e-3 * abs(gain), 0.0, 5)
    found = answers(record, Questions(template=Template(shape, INTERVAL, -0.005, "V")), 2.0)
    for name, true in (("gain", gain), ("offset", offset), ("delay", 2.0 + delay * INTERVAL + 0.005)):
        assert is_within(found[f"template.{name}"], true), name
    assert found["template.gain"].unit == "U/V"
    assert found["template.residual_rms"].estimate.value < 0.01 * abs(gain)
    assert is_within(found["template.correlation"], np.sign(gain))
    assert found["template.residual_max"].estimate.value > found["template.residual_rms"].estimate.value


def test_the_correlation_is_that_of_the_variances() -> None:
    """Noise as large as the template's own spread correlates by 1/sqrt(2); one unit on both sides is a pure gain."""
    t = np.arange(4000.0)
    shape = np.sin(2 * np.pi * t / 200)
    record = shape + np.random.default_rng(6).normal(0, np.sqrt(0.5), t.size)
    found = answers(record, Questions(template=Template(shape, INTERVAL, 0.0, "A")))
    assert found["template.correlation"].estimate.value == pytest.approx(np.sqrt(0.5), abs=0.03)
    assert is_within(found["template.correlation"], np.sqrt(0.5))
    assert found["template.gain"].unit == "1"


def test_a_template_at_another_interval_is_refused() -> None:
    """A template of half the sampling interval is half as long in time; nothing may be fitted."""
    with pytest.raises(RequestError, match="record both at one interval"):
        answers(contact_record(), Questions(template=Template(np.arange(100.0), INTERVAL / 2, 0.0, "A")))


def pulses_with_a_bump(share: float) -> np.ndarray:
    """Forty square pulses of half the period, with 0.3 too much for a `share` of each period, from phase 0.7 on."""
    record = train(0.005 + 0.01 * np.arange(40), np.ones(40), 0.4)
    place = (np.arange(record.size) - 50) % 100
    record[(place >= 70) & (place < 70 + 100 * share)] += 0.3
    return record


def test_a_mask_that_is_left_for_a_tenth_of_each_period_has_a_tenth_outside() -> None:
    """The share, by how much and at which phase; without it the record is inside, with a negative excursion."""
    phase = np.array([0.0, 0.02, 0.02, 0.28, 0.28, 0.33, 0.33, 0.98, 0.98, 1.0])
    upper = np.array([1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 0.1, 0.1, 1.1, 1.1])
    lower = np.array([-0.1, -0.1, 0.9, 0.9, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1])
    asked = Questions(limits=Limits(Mask(phase, lower, upper)))
    good, bad = answers(pulses_with_a_bump(0.0), asked), answers(pulses_with_a_bump(0.1), asked, -0.1)
    assert is_within(good["mask.share_outside"], 0.0)
    assert good["mask.inside"].estimate.value == 1
    assert is_within(good["mask.worst_excursion"], -0.1)
    assert is_within(bad["mask.share_outside"], 0.1)
    assert bad["mask.share_outside"].estimate.bound < 0.05
    assert is_within(bad["mask.worst_excursion"], 0.2)
    assert bad["mask.inside"].estimate.value == 0
    assert 0.69 <= bad["mask.worst_phase"].estimate.value <= 0.81
    place = ((bad["mask.worst_instant"].estimate.value + 0.1) / 0.01 - 0.5) % 1
    assert place == pytest.approx(bad["mask.worst_phase"].estimate.value, abs=0.02)


def test_a_mask_that_steps_where_the_waveform_does_leaves_what_a_slip_of_phase_decides_open() -> None:
    """Where a slip within the doubt of the begin takes a sample of each edge across the step, nobody knows."""
    record = train(0.00503 + 0.01 * np.arange(40), np.ones(40), 0.4)
    phase, limit = np.array([0.0, 0.298, 0.298, 0.98, 0.98, 1.0]), np.array([1.1, 1.1, 0.2, 0.2, 1.1, 1.1])
    found = answers(record, Questions(limits=Limits(Mask(phase, np.full(6, -0.1), limit))))
    assert found["mask.share_outside"].estimate.bound >= 0.005
    assert found["mask.worst_excursion"].estimate.bound > 0.1
    assert "stays open" in found["mask.inside"].absent


def test_samples_that_a_slip_of_phase_exchanges_do_not_cancel() -> None:
    """A limit that steps in the middle of both edges: one sample of each period is out, but nobody knows which."""
    record = train(0.0049997 + 0.01 * np.arange(40), np.ones(40), 0.4)
    phase, limit = np.array([0.0, 0.3, 0.3, 1.0]), np.array([1.1, 1.1, 0.2, 0.2])
    found = answers(record, Questions(limits=Limits(Mask(phase, np.full(4, -0.1), limit))))
    assert found["mask.share_outside"].estimate.bound >= 0.01


def test_a_mask_may_have_a_period_of_its_own_and_needs_one_where_nothing_repeats() -> None:
    """A single pulse is judged from the instant that is given; without a period there is no share."""
    record = train(np.array([0.01]), np.ones(1), 0.1)
    limits = Mask(np.array([0.0, 1.0]), np.array([-0.1, -0.1]), np.array([0.5, 0.5]))
    found = answers(record, Questions(limits=Limits(limits, 0.1, 0.0)))
    assert found["mask.share_outside"].estimate.value == pytest.approx(WIDTH / 1000, abs=2e-3)
    assert found["mask.worst_phase"].estimate.value == pytest.approx(0.115, abs=0.02)
    assert answers(record, Questions(limits=Limits(limits)))["mask.share_outside"].absent
    steady = degraded(np.ones(1000), 1e-3, 0.0, 7)
    assert "steady" in answers(steady, Questions(limits=Limits(limits)))["mask.inside"].absent


@pytest.mark.parametrize("levels", [np.ones(200), np.linspace(0.2, 1.0, 200)])
def test_a_motor_line_beside_pulses_has_its_amplitude(levels: np.ndarray) -> None:
    """137 Hz of 0.02 beside pulses at 100 Hz, steady or ramping: by frequency and as the strongest of a band.

    The stimulation's own 100 Hz is no line, whether its amplitudes repeat or not.
    """
    record = train(0.005 + 0.01 * np.arange(200), levels, 2.0)
    record += 0.02 * np.sin(2 * np.pi * 137.0 * np.arange(record.size) * INTERVAL + 0.4)
    found = answers(record, Questions(bands=(Band(137.0), Band(100.0), Band(110.0, 180.0))))
    assert list(found) == [
        "line_137_hz", "line_100_hz", "strongest_line_110_to_180_hz", "strongest_line_110_to_180_hz.frequency",
    ]  # fmt: skip
    assert is_within(found["line_137_hz"], 0.02)
    assert found["line_137_hz"].estimate.bound < 0.02
    assert "harmonic 1 of the stimulation" in found["line_100_hz"].absent
    assert is_within(found["strongest_line_110_to_180_hz"], 0.02)
    assert is_within(found["strongest_line_110_to_180_hz.frequency"], 137.0)


def test_the_own_frequency_of_bursts_is_that_of_the_bursts() -> None:
    """Two pulses 5.5 ms and 4.5 ms apart repeat at 100 Hz: 300 Hz is theirs, 137 Hz is not."""
    starts = np.sort(np.concatenate((0.005 + 0.01 * np.arange(200), 0.0105 + 0.01 * np.arange(200))))
    record = train(starts, np.ones(400), 2.1) + 0.02 * np.sin(2 * np.pi * 137.0 * np.arange(21_000) * INTERVAL)
    found = answers(record, Questions(bands=(Band(137.0), Band(300.0))))
    assert is_within(found["line_137_hz"], 0.02)
    assert "harmonic 3 of the stimulation" in found["line_300_hz"].absent


def test_pulses_without_one_frequency_hide_lines_and_nothing_is_no_line() -> None:
    """Of a sweep no line can be told; a band without a line has no frequency."""
    starts = 0.01 + np.cumsum(np.linspace(0.02, 0.01, 60))
    swept = answers(train(starts, np.ones(60), starts[-1] + 0.02), Questions(bands=(Band(137.0),)))
    assert "no one frequency" in swept["line_137_hz"].absent
    quiet = answers(degraded(np.ones(5000), 1e-3, 0.0, 8), Questions(bands=(Band(100.0, 200.0),)))
    assert "no line in the band" in quiet["strongest_line_100_to_200_hz.frequency"].absent


def test_nothing_asked_is_nothing_answered() -> None:
    """No question, no parameter; not even the record is looked at."""
    assert asked_parameters(np.empty(0), 0.0, Questions()) == ()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Contact(0.0, loss_s=0.0), "not before the contact"),
        (lambda: Contact(0.0, stretch_s=0.0), "stretch is 0 s"),
        (lambda: Contact(float("nan")), "the instant of contact is NaN"),
        (lambda: Steps((), 0.1), "steps need a table"),
        (lambda: Steps((10.0, 10.5), 0.1), "nearer to each other"),
        (lambda: Band(0.0), "above zero"),
        (lambda: Band(2.0, 1.0), "does not ascend"),
        (lambda: Limits(Mask(np.array([0.0, 1.0]), np.zeros(2), np.ones(2)), -1.0), "must be above zero"),
    ],
)
def test_questions_that_make_no_sense_are_refused(make: object, words: str) -> None:
    """Before any record is looked at."""
    assert callable(make)
    with pytest.raises((RequestError, NotFinite), match=words):
        make()
