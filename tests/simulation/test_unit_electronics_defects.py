"""The signature of each defect of the electronics in what really flows, and that the healthy unit has none of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pytest import approx  # noqa: PT013 - in each line of these tables

from harness.simulation.circuit.history import Quantity
from tests.simulation.electronics_stand import MS, US, S, Stand
from tests.simulation.units import Wired, exact

if TYPE_CHECKING:
    from collections.abc import Callable

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
CAPACITOR = f"{PANTHEON}-capacitor"
STEP_A = 0.25e-6
"""A code of the 12-bit units: 1.024 mA / 4096."""


def d03(unit: str) -> None:
    """Bit 5 stuck at 1: a code gives the code with that bit, so runs of 32 codes repeat."""
    stand = Stand(unit)
    for code in range(64, 129):
        assert stand.settled(code * STEP_A) == approx((code | 32) * STEP_A, rel=2e-4)


def d04(unit: str) -> None:
    """Codes shifted right by two: a quarter of every level."""
    stand = Stand(unit)
    for level in (100e-6, 600e-6):
        assert stand.settled(level) == approx(0.25 * level, rel=2e-4)


def d04_wraps(unit: str) -> None:
    """Codes shifted left by four: sixteen times 25 uA, and of 16 x 2400 what 12 bits hold."""
    stand = Stand(unit)
    assert stand.settled(25e-6) == approx(16 * 25e-6, rel=2e-4)
    assert stand.settled(600e-6) == approx(16 * 2400 % 4096 * STEP_A, rel=2e-4)


def d05(unit: str) -> None:
    """Steps of 4 uA without the lowest bit: code 17 is code 16, code 34 is right."""
    stand = Stand(unit)
    assert stand.settled(68e-6) == approx(64e-6, rel=1e-3)
    assert stand.settled(64e-6) == approx(64e-6, rel=1e-3)
    assert stand.settled(136e-6) == approx(136e-6, rel=1e-3)


def d07(unit: str) -> None:
    """500 and 600 uA end at 4.5 V into 10 kilohm (and 100 ohm of the clamp); 400 uA are right, and all into 500 ohm."""
    stand = Stand(unit, 10e3)
    assert stand.settled(400e-6) == approx(400e-6, rel=1e-3)
    for level in (500e-6, 600e-6):
        assert stand.settled(level) == approx(4.5 / 10e3, rel=5e-3)
        assert Stand(unit, 500.0).settled(level) == approx(level, rel=1e-3)


def d08(unit: str) -> None:
    """0.2 % for each kelvin away from 23 degrees."""
    for temperature_c in (15.0, 23.0, 40.0):
        expected = 300e-6 * (1.0 + 2e-3 * (temperature_c - 23.0))
        assert Stand(unit, temperature_c=temperature_c).settled(300e-6) == approx(expected, rel=2e-4)


def d09(unit: str) -> None:
    """The current divides between the load and 1 megohm."""
    for ohm in (500.0, 10e3, 100e3):
        assert Stand(unit, ohm).settled(300e-6) == approx(300e-6 * 1e6 / (1e6 + ohm), rel=2e-4)


def d10(unit: str) -> None:
    """Five loads on one hyperbola: I (R + 5 kilohm) is the same, and right at 500 ohm."""
    for ohm in (500.0, 1e3, 2e3, 5e3, 20e3):
        assert Stand(unit, ohm).settled(340e-6) == approx(340e-6 * 5.5e3 / (ohm + 5e3), rel=2e-3)


def d12(unit: str) -> None:
    """Every level times 65535 / 32768."""
    stand = Stand(unit)
    for level in (10e-6, 300e-6, 600e-6):
        assert stand.settled(level) == approx(level * 65535 / 32768, rel=2e-4)


def d13(unit: str) -> None:
    """A fifth is missing at 680 uA into 10 kilohm, nearly nothing into 500 ohm; the unit reads back 680 uA in both."""
    for ohm, expected in ((10e3, 0.8 * 680e-6), (500.0, 680e-6 / (1.0 + 0.25 / 5.44 * 0.3349))):
        stand = Stand(unit, ohm)
        assert stand.settled(680e-6) == approx(expected, rel=1e-3)
        assert stand.unit.boards[0].current_a() == approx(680e-6, rel=1e-3)


def d14(unit: str) -> None:
    """30 kV/s: 12 V take 400 us, and a half period of 1500 Hz is too short for them."""
    stand = Stand(unit)
    half_ns = stand.square(600e-6, 10.0)
    start_ns = stand.now_ns + 2 * half_ns
    stand.wait(1.0)
    low_ns, high_ns = (stand.crossing(level, start_ns) for level in (-480e-6, 480e-6))
    assert high_ns - low_ns == approx(320 * US, rel=1e-2)
    half_ns = stand.square(600e-6, 1500.0)
    stand.wait(1.0)
    low, high = stand.extremes(stand.now_ns - 10 * half_ns, stand.now_ns)
    assert high - low == approx(3e4 * half_ns / S / 10e3, rel=1e-2)  # 1 mA in place of 1.2
    assert high == approx(-low, rel=1e-3)
    assert stand.mean(stand.now_ns - 300 * half_ns, stand.now_ns) == approx(0.0, abs=1e-8)  # and no direct current


def d16(unit: str) -> None:
    """Bipolar is positive in both halves, and the battery feeds 12 V into 100 ohm in one of them."""
    stand = Stand(unit)
    stand.direct(600e-6)
    positive_a = stand.drawn()
    half_ns = stand.square(600e-6, 10.0)
    start_ns = stand.now_ns
    stand.wait(1.0)
    for half in (4, 5):
        middle_ns = start_ns + half * half_ns + half_ns // 2
        assert stand.current(middle_ns) == approx(600e-6, rel=1e-3)
    assert stand.mean(start_ns, start_ns + 10 * half_ns) == approx(600e-6, rel=2e-3)
    assert stand.drawn() - positive_a == approx(0.5 * 12.0 / 100.0, rel=1e-6)


def d17(unit: str) -> None:
    """2 uC at each of two turns in a period, from the battery; the output is as it should be."""
    stand = Stand(unit)
    stand.direct(600e-6)
    steady_a = stand.drawn()
    for hertz in (10.0, 1000.0):
        half_ns = stand.square(600e-6, hertz)
        assert stand.drawn() - steady_a == approx(2 * 2e-6 * hertz, rel=1e-6)
        start_ns = stand.now_ns
        stand.wait(1.0)
        assert stand.mean(start_ns, start_ns + 10 * half_ns) == approx(0.0, abs=1e-6)
        assert stand.current(start_ns + half_ns // 2) == approx(600e-6, rel=1e-3)


def d18(unit: str) -> None:
    """Nothing for 100 us after each change of direction: at 1 kHz a fifth of each half is missing."""
    stand = Stand(unit)
    half_ns = stand.square(600e-6, 1000.0)
    start_ns = stand.now_ns + 10 * half_ns
    stand.wait(0.1)
    for sign, from_ns in ((1, start_ns), (-1, start_ns + half_ns)):
        assert stand.current(from_ns + 90 * US) == approx(0.0, abs=1e-6)
        assert stand.current(from_ns + 120 * US) == approx(sign * 600e-6, rel=1e-3)
        assert stand.mean(from_ns, from_ns + half_ns) == approx(sign * 0.8 * 600e-6, rel=1e-2)


def d19_leaky(unit: str) -> None:
    """Of a steady level what 72 V drive through 1 megohm of leakage and the load is left."""
    stand = Stand(unit)
    stand.direct(600e-6)
    stand.wait(5.0)
    assert stand.current() == approx(72.0 / (1e6 + 10e3), rel=2e-3)


def d20(unit: str) -> None:
    """5 uA of net direct current over 60 s of a bipolar wave, as much at the end as at the beginning."""
    stand = Stand(unit)
    stand.square(600e-6, 10.0)
    stand.wait(60.0)
    assert stand.mean(0, 60 * S) == approx(5e-6, rel=1e-2)
    stand.wait(120.0)
    assert stand.mean(stand.now_ns - 60 * S, stand.now_ns) == approx(5e-6, rel=1e-2)


def test_the_sound_capacitor_blocks_the_direct_current_that_a_shorted_one_passes() -> None:
    """2 megohm of bleed bring it to 10 V in 20 s; what flows meanwhile fades with them, then there is none.

    It begins at 0 V with a positive half, so its triangle of 3 V stands 1.5 V above zero at first.
    """
    loop_ohm = 2e6 + 10e3
    first_a = (5e-6 * 2e6 - 600e-6 * 0.05 / 10e-6 / 2.0) / loop_ohm
    stand = Stand(CAPACITOR)
    half_ns = stand.square(600e-6, 10.0)
    for seconds in (10.0, 20.0, 20.0, 150.0):
        stand.wait(seconds)
        middle_s = stand.now_ns / S - half_ns / S
        mean = stand.mean(stand.now_ns - 2 * half_ns, stand.now_ns)
        assert mean == approx(first_a * math.exp(-middle_s / (loop_ohm * 10e-6)), rel=1e-2, abs=2e-9)
    assert stand.current(stand.now_ns - half_ns // 2) == approx(-600e-6, rel=1e-2)


def d23(unit: str) -> None:
    """Nothing flows, whatever the load."""
    for ohm in (500.0, 10e3, 100e3):
        assert Stand(unit, ohm).settled(600e-6) == approx(0.0, abs=1e-9)


def d24(unit: str) -> None:
    """24 V behind 22 kilohm: right into 500 ohm, 571 of 680 uA are left at 20 kilohm, 197 at 100 kilohm."""
    assert Stand(unit, 500.0).settled(680e-6) == approx(680e-6, rel=2e-3)
    for ohm in (20e3, 100e3):
        assert Stand(unit, ohm).settled(680e-6) == approx(24.0 / (22e3 + ohm), rel=5e-3)


def d25(unit: str) -> None:
    """Beyond 40 V 100 kilohm lie across the output: of 600 uA 500 are left at 100 kilohm, all of them at 50 kilohm."""
    assert Stand(unit, 50e3).settled(600e-6) == approx(600e-6, rel=1e-3)
    assert Stand(unit, 100e3).settled(600e-6) == approx(500e-6, rel=1e-3)


def d26(unit: str) -> None:
    """1.3 times the level after the edge of a monopolar wave, the level again after 100 us."""
    stand = Stand(unit)
    half_ns = stand.square(600e-6, 10.0, second=0)
    start_ns = stand.now_ns + 4 * half_ns
    stand.wait(1.0)
    assert stand.extremes(start_ns, start_ns + half_ns)[1] == approx(1.3 * 600e-6, rel=2e-2)
    assert stand.current(start_ns + 50 * US) == approx(1.15 * 600e-6, rel=1e-2)
    assert stand.extremes(start_ns + 110 * US, start_ns + half_ns)[1] == approx(600e-6, rel=1e-3)


def d27(unit: str) -> None:
    """Into skin with 10 nF the level is crossed at 200 kHz for 300 us after an edge, into a resistor never."""
    for parallel, turns in (((20e3, 10e-9), 60), ((0.0, 0.0), 0)):
        stand = Stand(unit, 2e3, parallel=parallel)
        half_ns = stand.square(600e-6, 100.0, second=0)
        at_ns = stand.now_ns + 4 * half_ns + 3 * US
        stand.wait(0.1)
        times = at_ns + np.arange(0, 297 * US, 100)
        values = stand.loop.history.sample(Quantity.CURRENT, at_ns, (times - at_ns) / S) - 600e-6
        assert np.sum(np.diff(np.sign(values)) > 0) == approx(turns, abs=2)


def d28(unit: str) -> None:
    """A line of 20 uA at 120 Hz while the motor turns with it, none while it stands."""
    stand = Stand(unit)
    stand.direct(340e-6)
    for hertz, expected in ((120.0, 20e-6), (0.0, 0.0)):
        with stand.keeper:
            stand.unit.boards[0].motor(hertz)
        stand.wait(1.0)
        assert stand.line(120.0, stand.now_ns - S // 2, 60) == approx(expected, rel=1e-2, abs=1e-8)


def d28_mains(unit: str) -> None:
    """A line of 10 uA at 50 Hz on the level, and in OFF."""
    stand = Stand(unit)
    stand.direct(300e-6)
    stand.wait(1.0)
    assert stand.line(50.0, stand.now_ns - S // 2, 25) == approx(10e-6, rel=1e-2)
    stand.play(None)
    stand.wait(1.0)
    assert stand.line(50.0, stand.now_ns - S // 2, 25) == approx(10e-6, rel=1e-2)


def d29(unit: str) -> None:
    """10 uA more while the charger is plugged in, in RUN as the firmware delivers it, and in OFF."""
    wired = Wired(exact(unit, watchdog_s=0.0))
    wired.start("MODE=steady", "LEVEL=5", "POLARITY=positive")
    wired.pass_ns(S)
    alone = wired.current()
    assert alone == approx(340e-6, rel=1e-3)
    for charging, more in ((True, 10e-6), (False, 0.0)):
        with wired.keeper:
            wired.unit.charger(connected=charging)
        wired.pass_ns(20 * MS)
        assert wired.state() == "RUN"
        assert wired.current() - alone == approx(more, rel=1e-2, abs=1e-9)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    with wired.keeper:
        wired.unit.charger(connected=True)
    wired.pass_ns(20 * MS)
    assert wired.current() == approx(10e-6, rel=1e-2)


def d32(unit: str) -> None:
    """I+ is 1.03 I- at 1492.5 Hz, and the net direct current falls with the frequency."""
    net = 600e-6 * (1.0 - 1.0 / 1.03) / 2.0
    for hertz, share in ((100_000 / 67, 1.0), (100_000 / 134, 0.5), (10.0, 10.0 * 67e-5)):
        stand = Stand(unit)
        half_ns = stand.square(600e-6, hertz)
        stand.wait(1.0)
        window_ns = 2 * half_ns * max(1, S // 2 // (2 * half_ns))
        assert stand.mean(stand.now_ns - window_ns, stand.now_ns) == approx(share * net, rel=1e-2, abs=2e-9)


def d57(unit: str) -> None:
    """1.25 times 12 V: 300 uA into 50 kilohm, 600 into 500 ohm; and it follows the battery down to 10 V."""
    assert Stand(unit, 500.0).settled(600e-6) == approx(600e-6, rel=1e-3)
    stand = Stand(unit, 50e3)
    assert stand.settled(600e-6) == approx(300e-6, rel=5e-3)
    with stand.keeper:
        stand.unit.power.supply(10.0)
    stand.wait(0.02)
    assert stand.current() == approx(250e-6, rel=5e-3)


def test_what_follows_the_battery_stays_when_the_load_is_another() -> None:
    """15 V of a boost converter drive 300 uA through 50 kilohm, also where that came in place of 10 kilohm."""
    wired = Wired(exact(f"{PANTHEON}-D57", watchdog_s=0.0))
    wired.resist(50e3)
    wired.start("LEVEL=9", "POLARITY=positive", "FREQUENCY_MHZ=500")
    wired.pass_ns(500 * MS)
    assert wired.current() == approx(300e-6, rel=5e-3)
    wired.resist(100e3)
    wired.pass_ns(20 * MS)
    assert wired.current() == approx(150e-6, rel=5e-3)


def d62(unit: str) -> None:
    """Channel 2 is idle and carries 5 % of what channel 1 delivers, in phase; channel 1 hears nothing of channel 2."""
    stand = Stand(unit, channel=2)
    half_ns = stand.square(600e-6, 10.0)
    start_ns = stand.now_ns
    stand.wait(1.0)
    for half, sign in ((4, 1), (5, -1)):
        assert stand.current(start_ns + half * half_ns + half_ns // 2) == approx(sign * 30e-6, rel=1e-3)
    other = Stand(unit, channel=1)
    other.square(600e-6, 10.0, channel=2)
    other.wait(1.0)
    assert other.extremes(other.now_ns - S // 2, other.now_ns) == approx((2e-9, 2e-9), abs=1e-9)


def d63(unit: str) -> None:
    """100 uA set on channel 1 and 300 on channel 2 come out of the other one."""
    for channel, expected in ((1, 300e-6), (2, 100e-6)):
        stand = Stand(unit, channel=channel)
        stand.direct(100e-6, channel=1)
        stand.direct(300e-6, channel=2)
        stand.wait(0.02)
        assert stand.current() == approx(expected, rel=1e-3)


def d69(unit: str) -> None:
    """In a minute 20 to 60 drops to nothing, each of 1 to 50 ms; after one the charge of the terminals at 72 V."""
    stand = Stand(unit)
    stand.settled(300e-6)
    start_ns = stand.now_ns
    stand.wait(60.0)
    values = stand.loop.history.sample(Quantity.CURRENT, start_ns, np.arange(0.0, 60.0, 1e-4))
    gone = np.flatnonzero(np.diff(np.concatenate(([0], values < 1e-8, [0])))).reshape(-1, 2)
    lengths_s = 1e-4 * (gone[:, 1] - gone[:, 0])
    assert 20 <= len(lengths_s) <= 60
    assert 0.9e-3 <= min(lengths_s) < 5e-3
    assert 15e-3 < max(lengths_s) <= 50.1e-3
    after_ns = start_ns + int(gone[0, 1]) * MS // 10
    assert stand.extremes(after_ns - MS // 5, after_ns + MS // 5)[1] == approx(72.0 / 10e3, rel=1e-2)


def d70(unit: str) -> None:
    """10 kilohm of source and 10 of load become 32 in ten minutes: 20/32 of the current is left."""
    stand = Stand(unit)
    assert stand.settled(340e-6) == approx(340e-6, rel=5e-3)
    stand.wait(600.0)
    assert stand.current() == approx(340e-6 * 20.0 / 32.0, rel=5e-3)


SIGNATURES: dict[str, tuple[str, Callable[[str], None]]] = {
    f"{healthy.removesuffix('-capacitor')}-{name}": (healthy, check)
    for healthy, name, check in (
        (PANTHEON, "D03", d03),
        (PANTHEON, "D04", d04),
        (PANTHEON, "D04-wraps", d04_wraps),
        (BEAR, "D05", d05),
        (PANTHEON, "D07", d07),
        (PANTHEON, "D08", d08),
        (PANTHEON, "D09", d09),
        (BEAR, "D10", d10),
        (PANTHEON, "D12", d12),
        (BEAR, "D13", d13),
        (PANTHEON, "D14", d14),
        (PANTHEON, "D16", d16),
        (PANTHEON, "D17", d17),
        (PANTHEON, "D18", d18),
        (PANTHEON, "D19-leaky", d19_leaky),
        (CAPACITOR, "capacitor-shorted", d20),
        (PANTHEON, "D23", d23),
        (BEAR, "D24", d24),
        (PANTHEON, "D25", d25),
        (PANTHEON, "D26", d26),
        (PANTHEON, "D27", d27),
        (BEAR, "D28", d28),
        (PANTHEON, "D28-mains", d28_mains),
        (BEAR, "D29", d29),
        (PANTHEON, "D32", d32),
        (PANTHEON, "D57", d57),
        (PANTHEON, "D62", d62),
        (PANTHEON, "D63", d63),
        (PANTHEON, "D69", d69),
        (BEAR, "D70", d70),
    )
}


@pytest.mark.parametrize("unit", SIGNATURES)
def test_a_defect_has_its_signature(unit: str) -> None:
    """What the catalogue of defects says of it is in the current, or in what the battery gives."""
    SIGNATURES[unit][1](unit)


@pytest.mark.parametrize("unit", SIGNATURES)
def test_the_healthy_unit_has_no_such_signature(unit: str) -> None:
    """The same look at the unit that the defect was made from finds nothing of it."""
    healthy, check = SIGNATURES[unit]
    with pytest.raises(AssertionError):
        check(healthy)
