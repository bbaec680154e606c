"""Sweeps and alternating pulses: cycle by cycle against their laws."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest

from harness.simulation.draws import HiddenErrors
from harness.simulation.files.unitfile import Firmware, Mode, Sweep, Timing
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.waveform import programme
from tests.simulation.units import MS, S, Wired, exact

TICK_S = 10e-6


def sweep(law: str = "linear", direction: str = "up", *, steps: int = 0) -> Mode:
    """A sweep from 5 to 50 Hz, in 10 s or in steps of a second."""
    shape = {"steps": steps, "dwell_s": 1.0} if steps else {"duration_s": 10.0}
    return Mode("sweep", "sweep", sweep=Sweep(5.0, 50.0, law, direction, **shape))


def cycles(mode: Mode, **timing: object) -> tuple[np.ndarray, np.ndarray]:
    """Answer when each cycle of one pass begins and how long it is, in s."""
    firmware = Firmware(modes=(mode,), levels_a=(1e-3,), timer_tick_s=TICK_S)
    clock = UnitClock(firmware, HiddenErrors(1))
    pieces = programme(firmware, clock, mode, "bipolar", 0.0, timing=Timing(**timing))
    assert [math.copysign(1.0, piece.factor) for piece in pieces] == [1.0, -1.0] * (len(pieces) // 2)
    lengths = np.array([(a.duration_ns + b.duration_ns) / S for a, b in zip(pieces[::2], pieces[1::2], strict=True)])
    return np.array([0.0, *accumulate(lengths)])[:-1], lengths


def law_hz(law: str, way: np.ndarray) -> np.ndarray:
    """The frequency at a share of the way up."""
    return 5.0 + 45.0 * way if law == "linear" else 5.0 * 10.0**way


@pytest.mark.parametrize("law", ["linear", "logarithmic"])
@pytest.mark.parametrize("direction", ["up", "down", "alternating"])
def test_each_cycle_has_the_frequency_that_is_due_when_it_begins(law: str, direction: str) -> None:
    """Rounded to the tick; the next cycle begins where it ends, so that no phase is lost."""
    begins, lengths = cycles(sweep(law, direction))
    if direction == "alternating":
        turn = int(np.searchsorted(begins, 10.0))
        way = np.where(begins < 10.0, begins / 10.0, 1.0 - (begins - begins[turn]) / 10.0)
    else:
        way = begins / 10.0 if direction == "up" else 1.0 - begins / 10.0
    expected_ticks = np.round(1.0 / law_hz(law, way) / TICK_S)
    assert np.max(np.abs(lengths / TICK_S - expected_ticks)) <= 1.0
    total_s = 20.0 if direction == "alternating" else 10.0
    assert total_s <= begins[-1] + lengths[-1] < total_s + 0.45


@pytest.mark.parametrize(("law", "count"), [("linear", 275.0), ("logarithmic", 10.0 * 45.0 / math.log(10.0))])
def test_a_pass_has_as_many_cycles_as_the_integral_of_its_frequency(law: str, count: float) -> None:
    """27.5 Hz on average over 10 s, or 45 Hz / ln 10, but for the cycles that hold what was due when they began."""
    begins, _ = cycles(sweep(law))
    assert len(begins) == pytest.approx(count, abs=3.0)


@pytest.mark.parametrize(
    ("direction", "expected_hz"),
    [("up", [5, 20, 35, 50]), ("down", [50, 35, 20, 5]), ("alternating", [5, 20, 35, 50, 35, 20])],
)
def test_a_stepped_sweep_dwells_on_each_step(direction: str, expected_hz: list[float]) -> None:
    """Four steps of a second, both ends among them; where it alternates each end comes once."""
    _, lengths = cycles(sweep(direction=direction, steps=4))
    expected = [1.0 / hertz for hertz in expected_hz for _ in range(round(hertz))]
    assert lengths == pytest.approx(expected, abs=TICK_S)


def test_the_steps_of_a_logarithmic_sweep_have_one_ratio() -> None:
    """From 5 to 50 Hz in three steps: the middle one is their geometric mean."""
    _, lengths = cycles(sweep("logarithmic", steps=3))
    assert 1.0 / lengths[10] == pytest.approx(math.sqrt(250.0), rel=1e-3)


def test_a_sweep_that_stops_early_never_comes_to_its_end() -> None:
    """Half of the way: 27.5 Hz, and half of the time."""
    begins, lengths = cycles(sweep(), sweep_share=0.5)
    assert 1.0 / lengths[-1] == pytest.approx(27.5, rel=0.01)
    assert begins[-1] + lengths[-1] == pytest.approx(5.0, abs=0.05)


def test_a_sweep_repeats_itself_and_is_delivered() -> None:
    """Two passes of a sweep in the current of the loop: the second is as the first, and begins where it ends."""
    wired = Wired(exact("pantheon-clinical", watchdog_s=0.0, modes=(sweep(),)))
    on_ns = wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.until_ns(on_ns + 25 * S)
    _, lengths = cycles(sweep())
    rises = wired.crossings(300e-6, on_ns - MS, wired.now_ns)
    expected = [0.0, *accumulate([*lengths, *lengths])]
    count = 2 * len(lengths)
    assert [(at_ns - on_ns) / S for at_ns in rises[:count]] == pytest.approx(expected[:count], abs=5e-6)


def test_pulses_of_one_direction_alternate_with_the_other() -> None:
    """10 Hz, 2 s: ten pulses forward, ten back; monopolar settings do not alternate."""
    mode = Mode("a", "square", frequencies_hz=(10.0,), alternation_period_s=2.0)
    firmware = Firmware(modes=(mode,), levels_a=(1e-3,), timer_tick_s=TICK_S)
    clock = UnitClock(firmware, HiddenErrors(1))
    pieces = programme(firmware, clock, mode, "bipolar", 10.0)
    assert [piece.factor for piece in pieces] == [1.0, 0.0] * 10 + [-1.0, 0.0] * 10
    assert {piece.duration_ns for piece in pieces} == {50 * MS}
    assert [piece.factor for piece in programme(firmware, clock, mode, "negative", 10.0)] == [-1.0, 0.0]
