"""Lines with a sine on them, against closed forms."""

from __future__ import annotations

import math

import pytest

from harness.simulation.circuit import exponential
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


TAU = 2e-6


def decaying(value: float, slope: float, *decays: tuple[float, float], sine: Sine = NO_SINE, end: int = S) -> Segment:
    """Make a segment from 0 on, with exponentials."""
    return Segment(0, end, value, slope, sine, decays)


def test_an_exponential_integrates_to_its_time_constant() -> None:
    """From 0 on exp(-t / tau) integrates to tau, its square to tau / 2."""
    segment = decaying(0.0, 0.0, (3.0, -1.0 / TAU))
    assert segment.integral() == pytest.approx(3.0 * TAU, rel=1e-12)
    assert segment.integral_of_square() == pytest.approx(9.0 * TAU / 2.0, rel=1e-12)


def test_the_square_has_every_product() -> None:
    """(1 + 2t + e^-t + e^-3t)^2 from 0 to 1, term by term."""
    e1, e2, e3, e4, e6 = (math.exp(-n) for n in (1, 2, 3, 4, 6))
    expected = 1.0 + 2.0 + 4.0 / 3.0  # (1 + 2t)^2
    expected += 2.0 * ((1.0 - e1) + 2.0 * (1.0 - 2.0 * e1))  # 2 (1 + 2t) e^-t
    expected += 2.0 * ((1.0 - e3) / 3.0 + 2.0 * (1.0 - 4.0 * e3) / 9.0)  # 2 (1 + 2t) e^-3t
    expected += (1.0 - e2) / 2.0 + (1.0 - e6) / 6.0 + 2.0 * (1.0 - e4) / 4.0
    segment = decaying(1.0, 2.0, (1.0, -1.0), (1.0, -3.0))
    assert segment.integral_of_square() == pytest.approx(expected, rel=1e-12)


def test_the_product_of_an_exponential_and_a_sine_integrates_in_closed_form() -> None:
    """Of e^-at sin(wt) from 0 on the integral is w / (a^2 + w^2)."""
    rate, omega = -40.0, OMEGA
    both = decaying(0.0, 0.0, (1.0, rate), sine=Sine(1.0, omega, 0)).integral_of_square()
    alone = decaying(0.0, 0.0, (1.0, rate)).integral_of_square() + 0.5
    assert both - alone == pytest.approx(2.0 * omega / (rate**2 + omega**2), rel=1e-9)


def test_two_exponentials_turn_where_their_slopes_cancel() -> None:
    """e^-t - e^-2t is largest at ln 2, where it is a quarter."""
    low, high = decaying(0.0, 0.0, (1.0, -1.0), (-1.0, -2.0), end=10 * S).extremes()
    assert high == pytest.approx(0.25, rel=1e-12)
    assert low == 0.0


def test_three_exponentials_turn_as_often_as_they_do() -> None:
    """(1 - 2x)(1 - 4x) x of x = e^-t has its turns where its derivative in x is 0."""
    turning = [(12.0 + sign * math.sqrt(48.0)) / 48.0 for sign in (1.0, -1.0)]  # 1 - 12 x + 24 x^2 = 0
    values = [x - 6.0 * x**2 + 8.0 * x**3 for x in turning]
    low, high = (
        decaying(0.0, 0.0, (8.0, -3.0), (-6.0, -2.0), (1.0, -1.0), end=10 * S).cut(400_000_000, 10 * S).extremes()
    )
    assert low == pytest.approx(min(values), rel=1e-9)
    assert high == pytest.approx(math.exp(-0.4) - 6.0 * math.exp(-0.8) + 8.0 * math.exp(-1.2), rel=1e-9)


def test_an_exponential_reaches_a_level_at_its_logarithm() -> None:
    """1 - exp(-t / tau) reaches a level at -tau ln(1 - level)."""
    segment = decaying(1.0, 0.0, (-1.0, -1.0 / TAU))
    assert segment.first_at_least(0.9, 0) == math.ceil(-TAU * math.log(0.1) * S)
    assert segment.first_at_least(1.5, 0) is None


def test_an_exponential_on_a_sine_is_searched_crest_by_crest() -> None:
    """A slowly rising sine crosses at the first crest that is high enough."""
    segment = decaying(1.0, 0.0, (-1.0, -1.0), sine=Sine(0.1, OMEGA, 0), end=10 * S)
    found = segment.first_at_least(0.9, 0)
    assert found is not None
    assert segment.at(found - 1) < 0.9 <= segment.at(found)
    assert max(segment.at(at_ns) for at_ns in range(0, found - 10_000, 100_003)) < 0.9
    assert segment.extremes()[0] == pytest.approx(
        min(segment.at(at_ns) for at_ns in range(0, S // 10, 100_003)), abs=1e-8
    )


def test_a_part_of_a_segment_has_its_values() -> None:
    """Cut anywhere, a segment goes on as it was."""
    segment = decaying(1.0, 2.0, (3.0, -4.0), sine=Sine(0.1, OMEGA, 5))
    part = segment.cut(S // 3, S // 2)
    assert part.at(S // 3) == pytest.approx(segment.at(S // 3), rel=1e-14)
    assert part.at(S // 2) == pytest.approx(segment.at(S // 2), rel=1e-14)


@pytest.mark.parametrize("rate", [-1e-9, -5e-5, -1.5e-4, -2.0])
def test_the_first_moment_of_an_exponential_is_its_series(rate: float) -> None:
    """From 0 to 1 the integral of u exp(r u) is the sum of r^k / (k! (k + 2)), for slow ones as for fast ones."""
    series = sum(rate**k / (math.factorial(k) * (k + 2)) for k in range(30))
    assert exponential.first_moment(rate, 1.0) == pytest.approx(series, rel=1e-11)
