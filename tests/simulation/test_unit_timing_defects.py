"""Signatures of the defects of timers and waveforms, in the current that really flows, beside the healthy unit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from harness.simulation.draws import HiddenErrors
from tests.simulation.units import MS, US, S, Wired, exact

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
BEAR_TOP, PANTHEON_TOP = 680e-6, 600e-6
TICK = 5 * MS


def bear(name: str, mode: str, polarity: str = "bipolar") -> tuple[Wired, int]:
    """Let a foreo-bear-2 deliver its top level without a rise; answer the start of its first period."""
    unit = exact(name, watchdog_s=0.0)
    wired = Wired(replace(unit, contact=replace(unit.contact, rise_s=0.0)))
    on_ns = wired.start(f"MODE={mode}", "LEVEL=10", f"POLARITY={polarity}")
    return wired, on_ns + TICK


def pantheon(name: str, hertz: float, polarity: str = "positive", **changes: object) -> tuple[Wired, int]:
    """Let a pantheon-clinical deliver its top level; answer when it was switched on."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}))
    on_ns = wired.start("LEVEL=9", f"POLARITY={polarity}", f"FREQUENCY_MHZ={round(1000 * hertz)}")
    return wired, on_ns


def periods_s(wired: Wired, from_ns: int, duration_ns: int) -> list[float]:
    """Pass time, then answer the time from rising edge to rising edge of half the top level."""
    wired.until_ns(from_ns + duration_ns)
    times = wired.crossings(0.5 * PANTHEON_TOP, from_ns, from_ns + duration_ns)
    return [(after - before) / S for before, after in pairwise(times)]


def flips_s(wired: Wired, start_ns: int, duration_ns: int) -> list[float]:
    """Pass time, then answer when the current changes its sign, in seconds since the start."""
    wired.until_ns(start_ns + duration_ns)
    both = (wired.crossings(0.0, start_ns + MS, wired.now_ns, rising=rising) for rising in (False, True))
    return sorted((at_ns - start_ns) / S for times in both for at_ns in times)


@pytest.mark.parametrize(
    ("name", "expected_s"),
    [
        (BEAR, [0.5 * k for k in range(1, 12)]),
        # Of 2.8 s in place of 2.5 s: 1.12 times as long.
        (f"{BEAR}-D34", [0.56 * k for k in range(1, 11)]),
        # Flips 8 and 16 do not come.
        (f"{BEAR}-D34-skips", [0.5 * k for k in range(1, 12) if k != 8]),
    ],
)
def test_d34_the_alternation_period_is_wrong_or_skipped(name: str, expected_s: list[float]) -> None:
    """Every flip of direct current in the bipolar setting, within 5.8 s."""
    wired, start_ns = bear(name, "steady")
    assert flips_s(wired, start_ns, 5_800 * MS) == pytest.approx(expected_s, abs=2e-5)


@pytest.mark.parametrize(("name", "share"), [(BEAR, 0.0), (f"{BEAR}-D34-skips", -0.25)])
def test_d34_a_skipped_flip_leaves_charge(name: str, share: float) -> None:
    """From 0.5 to 4.5 s: three halves of one sign against five, the last two of them in one; over 8 s they are even."""
    wired, start_ns = bear(name, "steady")
    wired.until_ns(start_ns + 16 * S)
    assert wired.mean(start_ns + S // 2, start_ns + 9 * S // 2) == pytest.approx(share * BEAR_TOP, rel=1e-3, abs=2e-8)
    assert wired.mean(start_ns + 8 * S, start_ns + 16 * S) == pytest.approx(0.0, abs=2e-8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 20 Hz: 2 ms forward, 2 ms back, 46 ms nothing.
        (BEAR, [(2.0, 1), (2.0, -1)]),
        # The bridge turns round 0.5 ms late: before its pulse it still stands as the last pulse left it.
        (f"{BEAR}-D35", [(0.5, -1), (2.0, 1), (1.5, -1)]),
    ],
)
def test_d35_a_flip_in_the_middle_of_a_pulse(name: str, expected: list[tuple[float, int]]) -> None:
    """Lengths in ms and signs of the pulses in one period of tapping."""
    wired, start_ns = bear(name, "tapping")
    from_ns = start_ns + 50 * MS * 20 - 10 * US
    wired.until_ns(from_ns + 50 * MS)
    half = 0.5 * BEAR_TOP
    found = []
    for sign in (1, -1):
        begins = wired.crossings(sign * half, from_ns, wired.now_ns, rising=sign > 0)
        ends = wired.crossings(sign * half, from_ns, wired.now_ns, rising=sign < 0)
        found += [(begin, (end - begin) / MS, sign) for begin, end in zip(begins, ends, strict=True)]
    assert [sign for _, _, sign in sorted(found)] == [sign for _, sign in expected]
    assert [width for _, width, _ in sorted(found)] == pytest.approx([width for width, _ in expected], abs=0.01)


@pytest.mark.parametrize(("name", "sign"), [(BEAR, 1.0), (f"{BEAR}-D36", -1.0)])
def test_d36_the_polarity_of_the_mode_before_is_left_over(name: str, sign: float) -> None:
    """Negative steady, then positive sculpting: the indicator says positive."""
    wired, start_ns = bear(name, "steady", "negative")
    wired.until_ns(start_ns + S)
    assert wired.current() == pytest.approx(-BEAR_TOP, rel=1e-3)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    start_ns = wired.start("MODE=sculpting", "LEVEL=10", "POLARITY=positive") + TICK
    wired.until_ns(start_ns + S)
    assert wired.say("STATE? 1") == "OK STATE=RUN TRIP=none POLARITY=positive"
    assert wired.mean(start_ns, start_ns + S) == pytest.approx(0.5 * sign * BEAR_TOP, rel=1e-2)


def test_d36_is_gone_when_the_polarity_is_set_again() -> None:
    """And never there on a fresh start."""
    wired, start_ns = bear(f"{BEAR}-D36", "sculpting", "negative")
    wired.until_ns(start_ns + S)
    assert wired.mean(start_ns, start_ns + S) == pytest.approx(0.5 * BEAR_TOP, rel=1e-2)  # left over: positive
    for polarity in ("positive", "negative"):
        wired.say(f"SET 1 POLARITY={polarity}")
    wired.until_ns(start_ns + 3 * S)
    assert wired.mean(start_ns + 2 * S, start_ns + 3 * S) == pytest.approx(-0.5 * BEAR_TOP, rel=1e-2)


@pytest.mark.parametrize(
    ("name", "factor"), [(PANTHEON, 1.0), (f"{PANTHEON}-D38", 1.02), (f"{PANTHEON}-D38-double", 2.0)]
)
@pytest.mark.parametrize(("hertz", "ticks"), [(2.0, 50_000), (100.0, 1000), (1500.0, 67)])
def test_d38_every_frequency_is_wrong_by_one_factor(name: str, factor: float, hertz: float, ticks: int) -> None:
    """So many ticks of 10 us, divided by the factor of the clock."""
    wired, on_ns = pantheon(name, hertz)
    found = periods_s(wired, on_ns, round(6.0 / hertz * S))
    assert np.mean(found) == pytest.approx(ticks * 10e-6 / factor, rel=2e-6)


@pytest.mark.parametrize(("name", "made_hz"), [(PANTHEON, 160.0), (f"{PANTHEON}-D39", 16.0)])
def test_d39_one_entry_of_the_table_is_wrong(name: str, made_hz: float) -> None:
    """160 Hz is 16 Hz, its neighbours are right."""
    for hertz, expected_hz in ((100.0, 100.0), (160.0, made_hz), (200.0, 200.0)):
        wired, on_ns = pantheon(name, hertz)
        assert np.mean(periods_s(wired, on_ns, S)) == pytest.approx(1.0 / expected_hz, rel=1e-6)
        assert wired.say("GET 1").endswith(f"FREQUENCY_MHZ={round(1000 * hertz)}")


@pytest.mark.parametrize(
    ("name", "steps_hz"),
    [
        (BEAR, [10, 20, 40, 80]),
        (f"{BEAR}-D40", [10, 20, 40]),
        (f"{BEAR}-D40-skips", [10, 20, 80]),
        (f"{BEAR}-D40-reversed", [80, 40, 20, 10]),
    ],
)
def test_d40_a_staircase_stops_early_skips_or_goes_the_wrong_way(name: str, steps_hz: list[float]) -> None:
    """Cycles of each frequency in turn: one second of each, then the first one again."""
    wired, start_ns = bear(name, "lifting")
    wired.until_ns(start_ns + 6 * S)
    begins = wired.crossings(0.5 * BEAR_TOP, start_ns - MS, wired.now_ns)
    lengths = [(after - before) / S for before, after in pairwise(begins)]
    turns = [*steps_hz, *steps_hz]
    expected = [1.0 / step_hz for step_hz in turns for _ in range(round(step_hz))]
    assert lengths == pytest.approx(expected[: len(lengths)], abs=1e-5)


@pytest.mark.parametrize(("name", "top"), [(BEAR, 1.0), (f"{BEAR}-D41", 0.9)])
def test_d41_the_amplitude_falls_with_the_frequency(name: str, top: float) -> None:
    """Straight in frequency, from the level at 10 Hz to nine tenths at 80 Hz."""
    wired, start_ns = bear(name, "lifting")
    wired.until_ns(start_ns + 4 * S)
    for second, hertz in enumerate((10.0, 20.0, 40.0, 80.0)):
        low, high = wired.extremes(start_ns + second * S + 10 * US, start_ns + (second + 1) * S - 10 * US)
        expected = BEAR_TOP * (1.0 - (1.0 - top) * (hertz - 10.0) / 70.0)
        assert (low, high) == pytest.approx((-expected, expected), rel=1e-3)


@pytest.mark.parametrize(("name", "share"), [(BEAR, 0.04), (f"{BEAR}-D42", 1.0)])
def test_d42_one_mode_is_another(name: str, share: float) -> None:
    """Tapping has 2 ms in 50; its alias is direct current. The unit says tapping."""
    wired, start_ns = bear(name, "tapping", "positive")
    wired.until_ns(start_ns + 2 * S)
    assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(share * BEAR_TOP, rel=1e-3, abs=1e-9)
    assert wired.say("GET 1").startswith("OK MODE=tapping ")


def busy_periods_s(name: str) -> list[float]:
    """Let 100 Hz run with a message every half second; answer 500 periods."""
    wired, on_ns = pantheon(name, 100.0)
    for _ in range(12):
        wired.pass_ns(S // 2)
        assert wired.say("KEEP") == "OK"
    return [(after - before) / S for before, after in pairwise(wired.crossings(3e-4, on_ns + S, on_ns + 6 * S))]


def test_d43_cycles_jitter_while_the_line_is_busy() -> None:
    """Each begins late by up to 5 % of itself, evenly: intervals spread by 5 % / sqrt 6, never more than 5 % off."""
    assert np.std(busy_periods_s(PANTHEON)) < 1e-8
    found = np.array(busy_periods_s(f"{PANTHEON}-D43"))
    assert np.max(np.abs(found / 10e-3 - 1.0)) <= 0.05 + 1e-5
    assert np.std(found) == pytest.approx(10e-3 * 0.05 / np.sqrt(6.0), rel=0.15)
    assert np.mean(found) == pytest.approx(10e-3, rel=0.05 / len(found))  # lateness does not add up


def test_d43_is_hidden_while_the_line_is_idle() -> None:
    """Before a message, and from a second after it on, each cycle begins when it is due; in between it is late."""
    wired, on_ns = pantheon(f"{PANTHEON}-D43", 100.0)
    wired.until_ns(on_ns + 2 * S)
    wired.pass_ns(3 * MS)
    wired.say("KEEP")
    wired.until_ns(on_ns + 5 * S)
    rises = wired.crossings(0.5 * PANTHEON_TOP, on_ns - MS, wired.now_ns)
    assert len(rises) == 500
    late_ns = np.array(rises) - rises[0] - 10 * MS * np.arange(500)
    assert np.max(np.abs(late_ns[:201])) <= 1
    assert np.max(np.abs(late_ns[302:])) <= 1
    assert np.min(late_ns) >= -1
    assert np.mean(late_ns[201:301]) == pytest.approx(0.25 * MS, rel=0.25)


def test_d43_is_drawn_from_the_seed() -> None:
    """The same seed is late in the same cycles, another one in others."""
    found = []
    for seed in (3, 3, 4):
        wired, on_ns = pantheon(f"{PANTHEON}-D43", 100.0, busy_s=0.0)
        with wired.keeper:
            wired.unit.redraw(HiddenErrors(seed))
        wired.until_ns(on_ns + S)
        found.append(wired.crossings(1e-4, on_ns - MS, wired.now_ns))
    assert found[0] == found[1] != found[2]


def test_d43_leaves_no_charge() -> None:
    """Over one round of draws the intervals are as long as without jitter, and so are both halves."""
    wired, on_ns = pantheon(f"{PANTHEON}-D43", 100.0, "bipolar", busy_s=0.0)
    wired.until_ns(on_ns + 6 * S)
    assert wired.mean(on_ns + 2_560 * MS, on_ns + 5_120 * MS) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("name", "missed"), [(PANTHEON, []), (f"{PANTHEON}-D44", [254, 509, 764])])
def test_d44_one_cycle_of_256_is_lost(name: str, missed: list[int]) -> None:
    """At 1000 Hz: of 1000 intervals three are two periods long, the rest are right."""
    wired, on_ns = pantheon(name, 1000.0, "bipolar")
    found = periods_s(wired, on_ns, 1_003 * MS)[:1000]
    assert [index for index, length in enumerate(found) if length > 1.5e-3] == missed
    assert [found[index] for index in missed] == pytest.approx([2e-3] * len(missed), abs=2e-6)


@pytest.mark.parametrize(("name", "wraps_s"), [(PANTHEON, []), (f"{PANTHEON}-D45", [65.536, 131.072])])
def test_d45_the_waveform_begins_anew_when_the_counter_wraps(name: str, wraps_s: list[float]) -> None:
    """Switched on 1 s after power-on: the period that runs at each wrap is cut off, counted from power-on."""
    wired = Wired(exact(name, watchdog_s=0.0))
    wired.pass_ns(S)
    on_ns = wired.start("LEVEL=9", "POLARITY=positive", "FREQUENCY_MHZ=500")
    wired.until_ns(140 * S)
    rises = [at_ns / S for at_ns in wired.crossings(3e-4, on_ns - MS, 140 * S)]
    expected, origin_s = [], 1.0
    for until_s in (*wraps_s, 140.0):
        expected += list(np.arange(origin_s, until_s - 1e-9, 2.0))
        origin_s = until_s
    if wraps_s:
        expected.remove(65.536)  # it wraps while the current flows: no edge, a half that is too long
    assert rises == pytest.approx(expected, abs=2e-5)


def test_d45_32_bit_of_milliseconds_wrap_after_49_days() -> None:
    """4294967.296 s after power-on, and not before; the weeks until then cost nothing."""
    wired, on_ns = pantheon(f"{PANTHEON}-D45-32bit", 0.5, session_s=0.0)
    events = wired.keeper.events
    wrap_ns = 4_294_967_296 * MS
    wired.until_ns(wrap_ns - 10 * S)
    assert wired.keeper.events == events
    wired.until_ns(wrap_ns + 10 * S)
    rises = wired.crossings(3e-4, wrap_ns - 5 * S, wrap_ns + 5 * S)
    assert [(at_ns - on_ns) % (2 * S) for at_ns in rises if at_ns < wrap_ns] == pytest.approx([0, 0], abs=20_000)
    assert [at_ns - wrap_ns for at_ns in rises if at_ns >= wrap_ns] == pytest.approx([0, 2 * S, 4 * S], abs=20_000)


@pytest.mark.parametrize(("name", "first_hz"), [(PANTHEON, 10.0), (f"{PANTHEON}-D64", 40.0)])
def test_d64_another_frequency_of_channel_2_shifts_channel_1(name: str, first_hz: float) -> None:
    """Channel 1 is set to 10 Hz and says so; channel 2 is then set to 40 Hz."""
    wired, on_ns = pantheon(name, 10.0)
    wired.start("LEVEL=1", "FREQUENCY_MHZ=40000", channel=2)
    assert np.mean(periods_s(wired, on_ns + S, 2 * S)) == pytest.approx(1.0 / first_hz, rel=1e-6)
    assert wired.say("GET 1").endswith("FREQUENCY_MHZ=10000")
