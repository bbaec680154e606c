"""A record made of a known gain, offset and delay of a template; a record against limits over the phase."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable, RequestError
from harness.waveform.template import Mask, compare_mask, match_template
from tests.waveform.stimuli import degraded, trapezoid

SHAPE = trapezoid(np.arange(300), 60.0, 120.0, 20.0) - 0.4 * trapezoid(np.arange(300), 190.0, 60.0, 20.0)


def moved(gain: float, offset: float, delay: float, count: int = 900) -> np.ndarray:
    """Return the template's waveform elsewhere, computed anew (not interpolated)."""
    t = np.arange(count) - delay
    return gain * (trapezoid(t, 60.0, 120.0, 20.0) - 0.4 * trapezoid(t, 190.0, 60.0, 20.0)) + offset


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    gain=st.floats(0.05, 20) | st.floats(-20, -0.05),
    offset=st.floats(-2, 2),
    delay=st.floats(5, 590),
    sigma=st.sampled_from([0.0, 0.01, 0.05]),
    code=st.sampled_from([0.0, 1 / 100]),
    seed=st.integers(0, 99),
)
def test_gain_offset_and_delay_are_found_within_their_bounds(
    *, gain: float, offset: float, delay: float, sigma: float, code: float, seed: int
) -> None:
    """Whatever the gain (inverted too), offset, delay between samples, noise and code."""
    scale = abs(gain)
    found = match_template(degraded(moved(gain, offset, delay), sigma * scale, code * scale, seed), SHAPE)
    for name, true in (("gain", gain), ("offset", offset), ("delay", delay)):
        figure = getattr(found, name)
        assert abs(figure.value - true) <= figure.bound + 1e-9, name
    assert abs(found.gain.value - gain) <= (0.001 + sigma + code) * scale
    assert found.residual_rms.value <= (0.01 + 1.2 * sigma + 0.5 * code) * scale


def test_an_exact_copy_leaves_nothing() -> None:
    """A template found whole at a whole delay has gain 1, offset 0 and no residual."""
    found = match_template(moved(1.0, 0.0, 100.0), SHAPE)
    assert (found.gain.value, found.delay.value) == (pytest.approx(1), pytest.approx(100))
    assert found.residual_max.value == pytest.approx(0, abs=1e-12)


def test_a_defect_is_the_residual() -> None:
    """One plateau sample 0.3 too high is the largest residual, nearly as large."""
    record = moved(1.0, 0.0, 100.0)
    record[250] += 0.3
    assert match_template(record, SHAPE).residual_max.value == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize(
    ("record", "template", "reason"),
    [
        (SHAPE[:200], SHAPE, "300 samples, the record only 200"),
        (SHAPE, np.ones(50), "a constant"),
        (np.ones(400), SHAPE, "record is constant"),
    ],
)
def test_no_match_without_a_shape(record: np.ndarray, template: np.ndarray, reason: str) -> None:
    """A template longer than the record, a constant one, a constant record."""
    with pytest.raises(NotMeasurable, match=reason):
        match_template(record, template)


def sine(count: int, period: float) -> np.ndarray:
    """Return a sine of amplitude 1."""
    return np.sin(2 * np.pi * np.arange(count) / period)


def band(half_width: float) -> Mask:
    """Return limits around the sine of one period."""
    phase = np.linspace(0, 1, 2001)
    middle = np.sin(2 * np.pi * phase)
    return Mask(phase, middle - half_width, middle + half_width)


def test_a_record_within_its_mask_has_a_negative_excursion() -> None:
    """The worst excursion of a sine in a band of ± 0.1 around itself is the margin, -0.1."""
    found = compare_mask(sine(2000, 200.0), band(0.1), period=200.0)
    assert found.share_outside.value == 0
    assert found.worst_excursion.value == pytest.approx(-0.1, abs=1e-5)
    assert found.is_inside is True


def test_the_worst_excursion_is_found_with_its_phase() -> None:
    """Five samples 0.3 too high a quarter into the sixth period: 0.2 beyond, there, and 0.25 % of the record."""
    record = sine(2000, 200.0)
    record[1048:1053] += 0.3
    found = compare_mask(record, band(0.1), period=200.0)
    assert found.worst_excursion.value == pytest.approx(0.2, abs=1e-3)
    assert 0.24 <= found.worst_phase <= 0.26
    assert 1048 <= found.worst_sample <= 1052
    assert found.share_outside.value == 5 / 2000
    assert found.is_inside is False


def test_within_the_error_of_a_sample_nobody_knows() -> None:
    """Noise that nearly reaches the limits leaves the answer open, and the share has that bound."""
    found = compare_mask(degraded(sine(2000, 200.0), 0.03, 0.0, 2), band(0.11), period=200.0)
    assert found.is_inside is None
    assert found.share_outside.bound > 0


def test_a_mask_begins_where_its_period_begins() -> None:
    """Shifted by a quarter of the period, the same record is outside."""
    assert compare_mask(sine(2000, 200.0), band(0.1), period=200.0, begin=50.0).is_inside is False
    assert compare_mask(np.roll(sine(2000, 200.0), 50), band(0.1), period=200.0, begin=50.0).is_inside is True


@pytest.mark.parametrize(
    ("phase", "lower", "upper"),
    [
        ([0.0, 1.0], [0.0, 0.0], [1.0]),
        ([0.0], [0.0], [1.0]),
        ([0.0, 0.5], [0.0, 0.0], [1.0, 1.0]),
        ([0.0, 0.7, 0.5, 1.0], [0.0] * 4, [1.0] * 4),
        ([0.0, 1.0], [0.0, 2.0], [1.0, 1.0]),
        ([0.0, 1.0], [0.0, float("nan")], [1.0, 1.0]),
    ],
)
def test_a_mask_that_makes_no_sense_is_refused(phase: list[float], lower: list[float], upper: list[float]) -> None:
    """Unequal lengths, phases that do not go from 0 to 1, limits that cross, NaN."""
    with pytest.raises(RequestError):
        Mask(np.array(phase), np.array(lower), np.array(upper))
