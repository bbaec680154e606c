"""What holds for any record."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import RequestError, StimcertError
from harness.waveform import Analysis, analyze, read_csv

RECORDS = arrays.arrays(np.float64, st.integers(8, 200), elements=st.floats(-1e37, 1e37))
CODES = arrays.arrays(np.float64, st.integers(8, 300), elements=st.integers(-3, 3).map(float))
PERIODS = st.floats(20, 300)
DUTIES = st.floats(0.15, 0.85)
PHASES = st.floats(0, 1, exclude_max=True)
COUNT = 3000


def wave(period: float, duty: float, phase: float, *, biphasic: bool = False) -> np.ndarray:
    """Return a rectangle with slight noise."""
    high = ((np.arange(COUNT) / period + phase) % 1 < duty).astype(np.float64)
    return (2 * high - 1 if biphasic else high) + np.random.default_rng(3).normal(0, 0.01, COUNT)


def numbers(analysis: Analysis) -> list[float]:
    """Return every number of an analysis."""
    return [value for value in astuple(analysis) if isinstance(value, (int, float))]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(record=RECORDS | CODES, interval=st.floats(1e-12, 1e3))
def test_any_finite_record_gives_finite_numbers(record: np.ndarray, interval: float) -> None:
    """Whatever the samples, nothing that comes out is NaN or infinite, and nothing but our own errors is raised."""
    try:
        analysis = analyze(record, interval)
    except StimcertError:
        return
    assert all(math.isfinite(value) for value in numbers(analysis))
    assert analysis.peak == np.abs(record).max()
    assert analysis.rms <= analysis.peak * (1 + 1e-9)
    assert analysis.positive_duty is None or 0 <= analysis.positive_duty <= 1


@settings(deadline=None, derandomize=True, max_examples=60)
@given(period=PERIODS, duty=DUTIES, phase=PHASES, exponent=st.integers(-60, 60))
def test_scaling_the_samples_scales_the_levels_and_nothing_else(
    period: float, duty: float, phase: float, exponent: int
) -> None:
    """A power of two changes no digit of a ratio or a time."""
    record = wave(period, duty, phase)
    factor = 2.0**exponent
    one, other = analyze(record, 1e-6), analyze(record * factor, 1e-6)
    assert (other.kind, other.frequency_hz, other.positive_duty) == (one.kind, one.frequency_hz, one.positive_duty)
    for name in ("high_state", "low_state", "peak", "mean", "rms", "net_charge"):
        assert getattr(other, name) == pytest.approx(getattr(one, name) * factor, rel=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(period=PERIODS, duty=DUTIES, phase=PHASES, factor=st.floats(1e-3, 1e3))
def test_a_longer_interval_stretches_times_only(period: float, duty: float, phase: float, factor: float) -> None:
    """Times follow the interval, levels do not."""
    record = wave(period, duty, phase)
    one, other = analyze(record, 1e-6), analyze(record, 1e-6 * factor)
    assert other.period_s == pytest.approx(one.period_s * factor)
    assert (other.high_state, other.mean, other.positive_duty) == (one.high_state, one.mean, one.positive_duty)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(period=PERIODS, duty=DUTIES, phase=PHASES)
def test_polarity_inversion_exchanges_the_states(period: float, duty: float, phase: float) -> None:
    """High becomes minus low, duty its complement; the frequency stays."""
    record = wave(period, duty, phase, biphasic=True)
    one, other = analyze(record, 1e-6), analyze(-record, 1e-6)
    assert other.kind == one.kind == "biphasic"
    assert other.high_state == pytest.approx(-one.low_state, abs=1e-3)
    assert other.mean == pytest.approx(-one.mean, abs=1e-3)
    assert other.frequency_hz == pytest.approx(one.frequency_hz, rel=1e-6)
    assert other.positive_duty == pytest.approx(1 - one.positive_duty, abs=1e-6)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(period=PERIODS, duty=DUTIES, phase=PHASES, offset=st.floats(-5, 5))
def test_an_offset_moves_the_levels_and_leaves_the_times(
    period: float, duty: float, phase: float, offset: float
) -> None:
    """States and mean move by the offset; frequency and duty stay."""
    record = wave(period, duty, phase)
    one, other = analyze(record, 1e-6), analyze(record + offset, 1e-6)
    assert other.high_state == pytest.approx(one.high_state + offset, abs=2e-3)
    assert other.low_state == pytest.approx(one.low_state + offset, abs=2e-3)
    assert other.mean == pytest.approx(one.mean + offset, abs=1e-3)
    assert other.frequency_hz == pytest.approx(one.frequency_hz, rel=1e-4)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(period=PERIODS, duty=DUTIES, phase=PHASES)
def test_the_moment_of_the_trigger_does_not_matter(period: float, duty: float, phase: float) -> None:
    """Frequency, duty, mean and states are the waveform's, wherever in its period the record begins."""
    analysis = analyze(wave(period, duty, phase), 1e-6)
    assert analysis.kind == "monophasic"
    assert analysis.period_s == pytest.approx(period * 1e-6, rel=5e-3)
    assert analysis.positive_duty == pytest.approx(duty, abs=1.5 / period)
    assert analysis.mean == pytest.approx(duty, abs=1.5 / period + 0.005)
    assert analysis.high_state == pytest.approx(1, abs=0.01)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(text=st.text(alphabet=st.sampled_from("X,CH1Start;\t\n\r-+.eE0123456789naif#\ufeff\x00 "), max_size=300))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    """Any text is a trace or one sentence."""
    try:
        trace = read_csv(text, source="any.csv")
    except RequestError as problem:
        sentence = str(problem)
    else:
        sentence = "any.csv: "
        assert np.isfinite(trace.samples).all()
    assert sentence.startswith("any.csv: ")
    assert "\n" not in sentence


@settings(deadline=None, derandomize=True, max_examples=200)
@given(place=st.integers(0, 400), replacement=st.sampled_from([",", "\n", "x", "-", "9", "", ".", " ", "e", "\x00"]))
def test_one_changed_character_is_a_sentence_or_a_finite_record(place: int, replacement: str) -> None:
    """A damaged character never passes as NaN, a lost row or another time base."""
    rows = [f"{index},{index % 5:.4e}," for index in range(30)]
    text = "\n".join(["X,CH1,Start,Increment,", "Sequence,Volt,-1e-3,2e-6", *rows, ""])
    place %= len(text)
    try:
        trace = read_csv(text[:place] + replacement + text[place + 1 :], source="any.csv")
    except RequestError:
        return
    assert trace.samples.size == 30
    assert np.isfinite(trace.samples).all()
