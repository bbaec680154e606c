"""What a drive can ask of the source: slopes, what happens once, and drives that are added."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotFinite
from harness.simulation.circuit.cell import Cell
from harness.simulation.circuit.drive import Drive, Piece, Schedule, steady
from harness.simulation.circuit.evolution import Evolution
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.network import solve
from harness.simulation.circuit.phase import Phase
from harness.simulation.circuit.topology import Tap, Topology
from tests.simulation.circuits import BARE, LOOP_OHM, US, S, bench, square, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

CURRENT = Quantity.CURRENT
TRAPEZE = (Piece(10, 0.0, 1.0), Piece(30, 1.0), Piece(20, 1.0, -1.0), Piece(40, -1.0))


def at(drive: Drive, at_ns: int) -> float:
    """Answer the source's current at one instant."""
    return next(drive.lines(at_ns, at_ns + 1)).value


def test_a_sloped_piece_is_a_straight_line_between_its_factors() -> None:
    """The value follows the slope, forwards, backwards from the origin and in every period."""
    drive = Drive(2.0, TRAPEZE, 1000, offset_a=0.5)
    expected = {1000: 0.5, 1005: 1.5, 1010: 2.5, 1039: 2.5, 1050: 0.5, 1059: -1.3, 1099: -1.5, 905: 1.5, 2105: 1.5}
    assert {at_ns: at(drive, at_ns) for at_ns in expected} == pytest.approx(expected)
    assert [line.start_ns for line in drive.lines(1003, 1100)] == [1003, 1010, 1040, 1060]
    assert next(drive.lines(1003, 1100)).slope == pytest.approx(2.0 * 0.1 * S)


def test_a_slewed_edge_charges_a_capacitance_late() -> None:
    """A ramp k t through RC is k (t - tau (1 - exp(-t / tau)))."""
    loop, _ = bench(BARE, stage(200e-12))
    loop.drive(Drive(1e-3, (Piece(50 * US, 0.0, 1.0), Piece(S, 1.0)), 0))
    tau_s = LOOP_OHM * 200e-12
    seconds = np.array([1e-6, 5e-6, 20e-6, 49e-6])
    expected = 20.0 * (seconds + tau_s * np.expm1(-seconds / tau_s))
    assert loop.history.sample(CURRENT, 0, seconds) * LOOP_OHM == pytest.approx(expected * LOOP_OHM, abs=1e-6)


def test_the_mean_of_a_trapeze_is_its_area() -> None:
    """Slopes count half."""
    loop, _ = bench(BARE, stage())
    scaled = tuple(Piece(piece.duration_ns * US, piece.factor, piece.end_factor) for piece in TRAPEZE)
    loop.drive(Drive(1e-3, scaled, 0))
    assert loop.history.mean(CURRENT, 0, 700 * US) == pytest.approx(1e-3 * (5.0 + 30.0 + 0.0 - 40.0) / 100.0, rel=1e-7)


@pytest.mark.parametrize("from_ns", [0, 123_456])
def test_a_slope_under_a_rising_envelope_stays_within_a_millionth(from_ns: int) -> None:
    """Amplitude times slope times envelope, wherever one begins to look."""
    drive = Drive(3.0, (Piece(400_000, -1.0, 1.0), Piece(100_000, 1.0)), 0, ((0, 0.0), (1_000_000, 1.0)), on_ns=50_000)
    for line in drive.lines(from_ns, 1_000_000):
        for at_ns in (line.start_ns, (line.start_ns + line.end_ns) // 2, line.end_ns - 1):
            inside = at_ns % 500_000
            slope = min(1.0, -1.0 + inside / 200_000)
            envelope = max(0.0, (at_ns - 50_000) / 1_000_000)
            value = line.value + line.slope * ((at_ns - line.start_ns) / S)
            assert value == pytest.approx(3.0 * slope * envelope, abs=3.0 * 1e-6)


def test_a_programme_that_happens_once_holds_its_ends() -> None:
    """Before it the first factor, after it the last one; nothing repeats."""
    drive = Drive(1.0, (Piece(10, 0.25), Piece(10, 1.0, 0.5)), 100, repeats=False)
    assert [at(drive, at_ns) for at_ns in (0, 99, 100, 110, 115, 120, 10**9)] == pytest.approx(
        [0.25, 0.25, 0.25, 1.0, 0.75, 0.5, 0.5]
    )
    assert Schedule(drive).period_ns is None
    loop, keeper = bench(BARE, stage())
    loop.drive(Drive(1e-3, (Piece(S, 1.0), Piece(S, 0.5)), 0, repeats=False))
    keeper.advance(10 * S)
    assert loop.history.mean(CURRENT, 0, 10 * S) == pytest.approx(0.55e-3, rel=1e-7)
    assert loop.history.extremes(CURRENT, 0, 10 * S) == (pytest.approx(0.5e-3), pytest.approx(1e-3))


def test_ten_thousand_jittered_pulses_are_solved_only_as_far_as_asked() -> None:
    """Asking for the first millisecond solves the first pulses; counted, not timed."""
    solved = solve(Topology(1e-12, 70.0, node_f=1e-10, chain_ohm=1e4), (0,))
    count = 0

    def endless() -> Iterator[Phase]:
        nonlocal count
        while True:
            yield Phase(count * US, (count + 1) * US, solved, float(count), 0.0, 0.0, ())
            count += 1

    cell = Cell(endless())
    assert cell.until(5 * US).current == 4.0
    assert next(cell.covering(5 * US)).current == 5.0
    assert count < 7
    assert [phase.current for phase, _ in zip(cell.covering(2 * US), range(6), strict=False)] == [2, 3, 4, 5, 6, 7]
    assert cell.until(3 * US).current == 2.0


def test_a_sweep_of_a_minute_is_right_at_its_end() -> None:
    """The charge of all pulses of a logarithmic sweep is the sum of their areas."""
    halves = [round(0.5 * S / (1.0 * 500.0 ** (k / 4000))) for k in range(4001)]
    pieces = tuple(piece for half in halves for piece in (Piece(half, 1.0), Piece(half, 0.0)))
    loop, keeper = bench(BARE, stage(100e-12))
    loop.drive(Drive(1e-3, pieces, 0, repeats=False))
    total_ns = 2 * sum(halves)
    keeper.advance(total_ns)
    charge_c = loop.history.mean(CURRENT, 0, total_ns) * total_ns / S
    assert charge_c == pytest.approx(1e-3 * sum(halves) / S, rel=1e-7)


def test_drives_that_are_added_sum_up() -> None:
    """At every instant the currents add, each with its own programme, envelope and offset."""
    base = Drive(1.0, (Piece(70, 1.0), Piece(30, -1.0)), 0, offset_a=0.125)
    burst = Drive(0.5, (Piece(3, 1.0, -1.0), Piece(2, -1.0)), 7, ((0, 0.0), (0, 1.0), (200, 1.0), (200, 0.0)), on_ns=50)
    whole = replace(base, added=(burst, steady(0.25)))
    for at_ns in range(320):
        assert at(whole, at_ns) == pytest.approx(at(base, at_ns) + at(burst, at_ns) + 0.25, abs=1e-12)
    assert Schedule(whole).period_ns == 100
    assert Schedule(whole).settled_ns == 250
    moved = whole.rephased(1000)
    assert [at(moved, 1000 + at_ns) for at_ns in (0, 30, 95)] == pytest.approx([1.375, 1.375, -0.625])


def test_ringing_of_the_period_of_its_edges_repeats_with_them() -> None:
    """Two programmes of one period are solved once; two without a common one are solved throughout, alike."""
    topology = Topology(1e-8, 70.0, node_f=200e-12, chain_ohm=LOOP_OHM)
    base = square(1e-3, 50 * US)
    ringing = Drive(0.3e-3, (Piece(2 * US, 1.0), Piece(2 * US, -0.5), Piece(96 * US, 0.0)), 0)
    together = Evolution(topology, replace(base, added=(ringing,)), 0.0, 0, (0.0,))
    together.volts(S)
    assert together.walked < 10
    assert together.integral(Tap.LOAD_CURRENT, S, S + 100 * US) == pytest.approx(0.3e-3 * 1e-6, rel=1e-3)
    humming = Drive(0.1e-3, (Piece(37_003, 1.0), Piece(37_004, -1.0)), 0)
    apart = Evolution(topology, replace(base, added=(humming,)), 0.0, 0, (0.0,))
    parts = [Evolution(topology, drive, 0.0, 0, (0.0,)) for drive in (base, humming)]
    for at_ns in (12_345, 987_654, 5_000_001):
        assert apart.value(Tap.TERMINALS, at_ns) == pytest.approx(
            sum(part.value(Tap.TERMINALS, at_ns) for part in parts), abs=1e-9
        )
    assert apart.walked > 40


@pytest.mark.parametrize(("factor", "end"), [(math.nan, None), (1.0, math.inf)])
def test_a_piece_that_makes_no_sense_is_refused(factor: float, end: float | None) -> None:
    """Both ends are finite, and there is a length."""
    with pytest.raises(NotFinite):
        Piece(1, factor, end)
    with pytest.raises(ValueError, match="no length"):
        Piece(0, 1.0)
