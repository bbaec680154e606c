"""The programme of each kind of mode, counted in ticks of the unit's timer."""

from __future__ import annotations

import pytest

from harness.simulation.draws import HiddenErrors
from harness.simulation.files.unitfile import Firmware, Mode
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.waveform import programme

S = 1_000_000_000
SQUARE = Mode("square", "square", frequencies_hz=(0.5, 160.0, 1500.0), settable=True)
PULSES = Mode("tapping", "pulses", frequencies_hz=(20.0,), pulse_width_s=2e-3)
STAIRS = Mode("lifting", "staircase", frequencies_hz=(10.0, 40.0), dwell_s=1.0)
DIRECT = Mode("steady", "dc", alternation_period_s=1.0)


def made(mode: Mode, polarity: str, frequency_hz: float = 0.0, **changes: object) -> list[tuple[int, float]]:
    """Make the programme of a firmware with a timer of 10 us; durations in ns, and directions."""
    firmware = Firmware(modes=(mode,), levels_a=(1e-3,), **{"timer_tick_s": 10e-6, **changes})
    pieces = programme(firmware, UnitClock(firmware, HiddenErrors(1)), mode, polarity, frequency_hz)
    return [(piece.duration_ns, piece.factor) for piece in pieces]


def period_ns(pieces: list[tuple[int, float]]) -> int:
    """Answer how long one period is."""
    return sum(duration for duration, _ in pieces)


@pytest.mark.parametrize(
    ("polarity", "directions"), [("positive", [1.0, 0.0]), ("negative", [-1.0, 0.0]), ("bipolar", [1.0, -1.0])]
)
def test_a_square_has_two_halves(polarity: str, directions: list[float]) -> None:
    """The second half is nothing in the monopolar settings, the other direction in the bipolar one."""
    assert made(SQUARE, polarity, 0.5) == [(S, direction) for direction in directions]


def test_a_period_is_a_whole_number_of_ticks() -> None:
    """1500 Hz is 66.67 ticks of 10 us: 67 of them, in two equal halves."""
    assert made(SQUARE, "bipolar", 1500.0) == [(335_000, 1.0), (335_000, -1.0)]


@pytest.mark.parametrize(
    ("tick_s", "frequency_hz", "ticks"), [(10e-6, 1500.0, 67), (10e-6, 0.5, 200_000), (1e-6, 1500.0, 667)]
)
def test_a_divider_off_by_one_is_one_tick_at_every_frequency(tick_s: float, frequency_hz: float, ticks: int) -> None:
    """The reload error adds the same time to a short period and to a long one."""
    right = period_ns(made(SQUARE, "bipolar", frequency_hz, timer_tick_s=tick_s))
    wrong = period_ns(made(SQUARE, "bipolar", frequency_hz, timer_tick_s=tick_s, timer_reload_error=1))
    assert right == round(ticks * tick_s * S)
    assert wrong - right == round(tick_s * S)


def test_without_a_timer_a_period_is_exact() -> None:
    """A tick of 0 rounds nothing but the nanosecond."""
    assert period_ns(made(SQUARE, "positive", 1500.0, timer_tick_s=0.0)) == 666_667


def test_a_duty_is_the_share_of_the_first_half() -> None:
    """55 % of 2 s are 1.1 s."""
    assert made(SQUARE, "bipolar", 0.5, duty=0.55) == [(1_100_000_000, 1.0), (900_000_000, -1.0)]


def test_a_fast_clock_shortens_everything() -> None:
    """100 ppm fast: half a second is 50 us short, 2 s are 200 us short."""
    assert made(DIRECT, "bipolar", clock_ppm=100.0) == [(499_950_005, 1.0), (499_950_005, -1.0)]
    assert period_ns(made(SQUARE, "positive", 0.5, clock_ppm=100.0)) == round(2 * S / 1.0001)


def test_pulses_are_followed_by_rest() -> None:
    """20 Hz with 2 ms: both directions and 46 ms of nothing, or one direction and 48 ms."""
    assert made(PULSES, "bipolar", 20.0) == [(2_000_000, 1.0), (2_000_000, -1.0), (46_000_000, 0.0)]
    assert made(PULSES, "negative", 20.0) == [(2_000_000, -1.0), (48_000_000, 0.0)]


def test_a_staircase_takes_whole_cycles_of_each_frequency() -> None:
    """10 cycles of 10 Hz and 40 of 40 Hz, each of them one second long."""
    pieces = made(STAIRS, "bipolar")
    assert pieces == [(50_000_000, 1.0), (50_000_000, -1.0)] * 10 + [(12_500_000, 1.0), (12_500_000, -1.0)] * 40
    short = made(Mode("lifting", "staircase", frequencies_hz=(10.0, 40.0), dwell_s=0.13), "positive")
    assert len(short) == 2 * (1 + 5)


def test_direct_current_alternates_only_in_the_bipolar_setting() -> None:
    """The monopolar settings are one piece without an end."""
    assert [factor for _, factor in made(DIRECT, "negative")] == [-1.0]
    assert made(DIRECT, "bipolar") == [(S // 2, 1.0), (S // 2, -1.0)]


@pytest.mark.parametrize(("mode", "frequency_hz"), [(SQUARE, 160.0), (PULSES, 20.0), (STAIRS, 0.0), (DIRECT, 0.0)])
def test_a_firmware_that_does_not_flip_is_monopolar(mode: Mode, frequency_hz: float) -> None:
    """Its bipolar setting gives the positive programme."""
    assert made(mode, "bipolar", frequency_hz, flips=False) == made(mode, "positive", frequency_hz)


def test_the_clock_is_drawn_from_the_seed() -> None:
    """The same seed gives the same clock, another one another, all within the half width."""
    firmware = Firmware(modes=(DIRECT,), levels_a=(1e-3,), clock_ppm=10.0, clock_spread_ppm=30.0)
    drawn = [UnitClock(firmware, HiddenErrors(seed)).ppm for seed in range(200)]
    assert UnitClock(firmware, HiddenErrors(7)).ppm == drawn[7]
    assert len(set(drawn)) == 200
    assert -20.0 <= min(drawn) < -10.0
    assert 30.0 < max(drawn) <= 40.0
