"""Lines with a sine on them, against closed forms."""

from __future__ import annotations

import math

import pytest

from harness.simulation.circuit.segment import Segment, Sine

S = 1_000_000_000
OMEGA = 2 * math.pi * 50
NO_SINE = Sine(0.0, 1.0, 0)


def test_the_integral_of_a_line_is_its_trapezium() -> None:
    """A line from 1 to 3 over two seconds integrates to 4."""
    assert Segment(0, 2 * S, 1.0, 1.0, NO_SINE).integral() == pytest.approx(4.0, rel=1e-15)


def test_a_sine_integrates_to_zero_over_whole_periods() -> None:
    """Only the line is left over whole periods."""
    segment = Segment(0, S, 2.0, 0.0, Sine(5.0, OMEGA, 0))
    assert segment.integral() == pytest.approx(2.0, abs=1e-13)


def test_a_sine_integrates_in_closed_form_over_any_interval() -> None:
    """From 0 to t a sine integrates to A (1 - cos wt) / w."""
    segment = Segment(0, 3_000_000, 0.0, 0.0, Sine(5.0, OMEGA, 0))
    assert segment.integral() == pytest.approx(5.0 * (1 - math.cos(OMEGA * 3e-3)) / OMEGA, rel=1e-12)


def test_the_square_of_a_sine_on_a_level_adds_half_its_square() -> None:
    """Over whole periods the mean square is v^2 + A^2 / 2."""
    assert Segment(0, S, 2.0, 0.0, Sine(3.0, OMEGA, 0)).integral_of_square() == pytest.approx(4.0 + 4.5, rel=1e-12)


def test_the_square_of_a_line_with_a_sine_has_a_cross_term() -> None:
    """Over whole periods the integral of 2 (k u) A sin(wu) is -2 k A T / w."""
    slope, amplitude = 3.0, 0.25
    segment = Segment(0, S, 0.0, slope, Sine(amplitude, OMEGA, 0))
    expected = slope**2 / 3 + amplitude**2 / 2 - 2 * slope * amplitude / OMEGA
    assert segment.integral_of_square() == pytest.approx(expected, rel=1e-12)


def test_extremes_lie_at_turning_points_inside() -> None:
    """A sine of amplitude 3 on a level of 1 reaches 4 and -2."""
    low, high = Segment(0, S, 1.0, 0.0, Sine(3.0, OMEGA, 0)).extremes()
    assert (low, high) == (pytest.approx(-2.0), pytest.approx(4.0))


def test_extremes_of_a_short_piece_are_its_ends() -> None:
    """Before the first turning point the ends are the extremes."""
    low, high = Segment(0, 2_000_000, 0.0, 0.0, Sine(1.0, OMEGA, 0)).extremes()
    assert low == 0.0
    assert high == pytest.approx(math.sin(OMEGA * 2e-3))


@pytest.mark.parametrize(("level", "expected_s"), [(0.5, math.asin(0.5) / OMEGA), (1.0, 0.25 / 50), (-0.5, 0.0)])
def test_a_level_is_reached_at_the_arc_sine(level: float, expected_s: float) -> None:
    """A sine reaches a level for the first time at asin(level) / w."""
    found = Segment(0, S, 0.0, 0.0, Sine(1.0, OMEGA, 0)).first_at_least(level * (1 - 1e-12), 0)
    assert found == pytest.approx(expected_s * S, abs=10)


def test_a_level_beyond_the_extremes_is_never_reached() -> None:
    """There is no crossing above the amplitude."""
    assert Segment(0, S, 0.0, 0.0, Sine(1.0, OMEGA, 0)).first_at_least(1.01, 0) is None


def test_a_slow_line_lifts_the_sine_to_a_level() -> None:
    """The first crossing is the first crest that is high enough, found between its neighbours."""
    segment = Segment(0, 100 * S, 0.0, 0.1, Sine(1.0, OMEGA, 0))
    found = segment.first_at_least(3.0, 0)
    assert found is not None
    assert segment.at(found - 1) < 3.0 <= segment.at(found)
    crest = 2.0 / 0.1
    assert crest - 0.02 < found / S < crest + 0.02
    assert max(segment.at(t) for t in range(0, found - 20_000_000, 1_000_003)) < 3.0


def test_times_far_from_the_start_give_the_same_answers() -> None:
    """A shift of everything by a day of bench time changes no bit."""
    day = 86_400 * S
    first = Segment(0, S, 0.1, 0.2, Sine(1.0, OMEGA, -7))
    later = Segment(day, day + S, 0.1, 0.2, Sine(1.0, OMEGA, day - 7))
    assert later.integral() == first.integral()
    assert later.extremes() == first.extremes()
    assert later.first_at_least(0.9, day) == day + first.first_at_least(0.9, 0)
