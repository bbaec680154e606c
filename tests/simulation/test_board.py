"""The board of a channel: codes, sequences, converters and the comparator, without a firmware."""

from __future__ import annotations

import math

import pytest

from harness.errors import NotFinite
from harness.simulation.circuit.history import Quantity
from harness.simulation.files.converter import Converter
from harness.simulation.unit.board import Calibration, ChannelBoard, Sequence, Step, hold
from tests.simulation.units import MS, US, S, Wired, exact

LSB_A = 1e-3 / 4096


@pytest.fixture
def board() -> tuple[Wired, ChannelBoard]:
    """A foreo-bear-2 with a 12-bit converter of 1 mA, into 10 kilohm; its own firmware is off."""
    wired = Wired(
        exact(
            "foreo-bear-2",
            dac_bits=12,
            dac_full_scale_a=1e-3,
            sense_full_scale_a=10e-6,
            contact_bits=10,
            contact_full_scale_ohm=1.024e6,
            battery_bits=8,
            battery_full_scale_v=5.12,
        )
    )
    return wired, wired.unit.boards[0]


def play(wired: Wired, board: ChannelBoard, sequence: Sequence | None) -> None:
    """Play it, then let its first millisecond pass."""
    with wired.keeper:
        board.play(sequence)
    wired.pass_ns(MS)


def source(wired: Wired) -> float:
    """Answer what the source gives, whatever its output resistance takes: V (1/R + 1/Rout)."""
    volts = wired.loop.output(1).at(Quantity.VOLTAGE, wired.now_ns)
    return wired.current() + volts / 20e6


def test_a_converter_is_a_staircase() -> None:
    """Codes are whole, nearest, and end at both ends; without bits the code is the quantity."""
    eight = Converter(8, 2.56)
    assert [eight.code(v) for v in (-1.0, 0.0, 0.0051, 1.234, 2.55, 9.0, math.inf)] == [0, 0, 1, 123, 255, 255, 255]
    assert eight.value(123) == pytest.approx(1.23)
    ideal = Converter()
    assert (ideal.code(1.2345), ideal.value(1.2345), ideal.code(math.inf)) == (1.2345, 1.2345, math.inf)


@pytest.mark.parametrize(("code", "bridge", "expected"), [(1, 1, 1), (2048, -1, -2048), (4095, 1, 4095), (4095, 0, 0)])
def test_a_held_code_is_so_many_steps(board: tuple[Wired, ChannelBoard], code: int, bridge: int, expected: int) -> None:
    """Full scale over 2^bits for each code, with the sign of the bridge; a bridge at 0 conducts nothing."""
    wired, channel = board
    play(wired, channel, hold(code, bridge, wired.now_ns))
    assert source(wired) == pytest.approx(expected * LSB_A, rel=1e-6, abs=1e-12)


def test_each_step_has_its_own_code(board: tuple[Wired, ChannelBoard]) -> None:
    """Three steps with three codes, over and over; the mean is theirs."""
    wired, channel = board
    steps = (Step(2 * MS, 1, 1000), Step(MS, -1, 500), Step(MS, 0, 4000))
    play(wired, channel, Sequence(steps, wired.now_ns))
    wired.pass_ns(100 * MS)
    from_ns = wired.now_ns - 40 * MS
    share = 20e6 / (20e6 + 10e3)
    expected = (2 * 1000 - 500) / 4 * LSB_A * share
    assert wired.mean(from_ns, wired.now_ns) == pytest.approx(expected, rel=1e-3)


def test_none_switches_off(board: tuple[Wired, ChannelBoard]) -> None:
    """What is left is the leakage of the stage."""
    wired, channel = board
    play(wired, channel, hold(4095, 1, wired.now_ns))
    play(wired, channel, None)
    assert wired.current() == pytest.approx(2e-9, rel=1e-2)


def test_the_small_source_has_its_own_scale(board: tuple[Wired, ChannelBoard]) -> None:
    """Half of 10 uA for half of the codes."""
    wired, channel = board
    play(wired, channel, Sequence((Step(S, 1, 2048),), wired.now_ns, sense=True))
    assert source(wired) == pytest.approx(5e-6 + 2e-9, rel=1e-4)


def test_constants_of_the_memory_reach_the_code() -> None:
    """680 uA less 10 uA, times 1.1, in steps of 1 mA / 4096; 0 stays 0."""
    constants = Calibration(1.1, 10e-6)
    assert constants.corrected(680e-6) == pytest.approx(737e-6)
    assert constants.corrected(0.0) == 0.0
    wired = Wired(
        exact(
            "foreo-bear-2", dac_bits=12, dac_full_scale_a=1e-3, sense_full_scale_a=1e-3,
            calibration_gain=1.1, calibration_offset_a=10e-6,
        )
    )  # fmt: skip
    assert wired.unit.boards[0].level_code(680e-6) == round(737e-6 / LSB_A)


def test_the_contact_converter_reads_the_load(board: tuple[Wired, ChannelBoard]) -> None:
    """10 kilohm are ten codes of a kilohm, an open contact is the last one."""
    wired, channel = board
    assert channel.contact_code() == 10
    wired.touch(closed=False)
    assert channel.contact_code() == 1023


def test_the_battery_converter_reads_the_battery(board: tuple[Wired, ChannelBoard]) -> None:
    """3.7 V in steps of 20 mV; the supply's voltage while one feeds the unit."""
    wired, channel = board
    assert channel.battery_code() == 185
    wired.unit.power.supply(3.0)
    assert channel.battery_code() == 150
    wired.unit.power.supply(None)
    assert channel.battery_code() == 185


@pytest.mark.parametrize("bridge", [1, -1])
def test_the_comparator_waits_for_its_filter(board: tuple[Wired, ChannelBoard], bridge: int) -> None:
    """Pulses shorter than the filter are not an overload; a longer one is, that long after its beginning."""
    wired, channel = board
    origin_ns = wired.now_ns + 10 * MS
    play(wired, channel, Sequence((Step(900 * US, bridge, 3000), Step(MS, bridge, 0)), origin_ns))
    to_ns = origin_ns + 100 * MS
    assert channel.overload_ns(500e-6, MS, wired.now_ns, to_ns) is None
    found_ns = channel.overload_ns(500e-6, 500 * US, origin_ns - 100 * US, to_ns)
    assert found_ns == pytest.approx(origin_ns + 500 * US, abs=20 * US)  # and the charging of the leads


def test_wake_up_is_once_and_can_be_cancelled(board: tuple[Wired, ChannelBoard]) -> None:
    """At its time, not before, and not again."""
    wired, channel = board
    times: list[int] = []
    due_ns = channel.now_ns + 5 * MS
    channel.wake_at(due_ns, lambda: times.append(channel.now_ns))
    channel.wake_at(due_ns, lambda: times.append(-1)).cancel()
    wired.pass_ns(S)
    assert times == [due_ns]


@pytest.mark.parametrize(("duration_ns", "bridge", "code"), [(0, 1, 1), (1, 2, 1), (1, 1, -1), (1, 1, math.nan)])
def test_a_step_that_cannot_be_is_refused(duration_ns: int, bridge: int, code: float) -> None:
    """No length, no such direction, a negative code, no number."""
    with pytest.raises((ValueError, NotFinite), match="step"):
        Step(duration_ns, bridge, code)
