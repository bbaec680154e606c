"""How much of the past is kept: little for each change, no more than a stated part, and whatever is still needed."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.simulation import truth
from harness.simulation.circuit import history
from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.request import Refused
from tests.simulation.circuits import BARE, CLOSED, SKIN, S, bench, square, stage
from tests.simulation.scopes import ScopeBench

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.timekeeper import VirtualTimekeeper

MS = S // 1000
CHANGES = 5_000
BYTES_EACH = 600
WORKED_OUT_BYTES = 1_000_000
"""Evolutions and networks that are kept worked out, however long the past is."""
FEW = 50


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bench that keeps fifty stretches, and grows by ten before it forgets."""
    monkeypatch.setattr(history, "KEPT", FEW)
    monkeypatch.setattr(history, "_SPARE", 10)


def change(loop: Loop, keeper: VirtualTimekeeper, count: int, every_ns: int) -> None:
    """Connect one load and another in turn."""
    for number in range(count):
        loop.connect(CLOSED if number % 2 else SKIN)
        keeper.advance(every_ns)


def test_a_change_of_the_circuit_costs_little() -> None:
    """Five thousand changes, each with a charge that goes on."""
    loop, keeper = bench(replace(BARE, pickup_a=1e-6), stage(output_f=1e-9))
    loop.drive(steady(1e-3))
    change(loop, keeper, 100, MS)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    change(loop, keeper, CHANGES, MS)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < CHANGES * BYTES_EACH + WORKED_OUT_BYTES


def test_the_newest_past_is_the_same_whatever_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statistic of what is kept is the same number as on a bench that forgets nothing."""
    made = []
    for kept in (FEW, history.KEPT):
        monkeypatch.setattr(history, "KEPT", kept)
        monkeypatch.setattr(history, "_SPARE", 10)
        loop, keeper = bench(replace(BARE, pickup_a=1e-6), stage(output_f=1e-9))
        loop.drive(square(1e-3, 10 * MS))
        change(loop, keeper, 200, S)
        made.append(loop.history)
    short, whole = made
    assert whole.reaches_ns == 0
    assert 139 * S >= short.reaches_ns >= 200 * S - (FEW + 11 + 60) * S
    for from_ns in range(short.reaches_ns, 200 * S, 17 * S + 3):
        for ask in ("mean", "rms", "extremes"):
            answers = [getattr(past, ask)(Quantity.CURRENT, from_ns, 200 * S) for past in made]
            assert answers[0] == answers[1]
    edge = Edge(Quantity.CURRENT, 0.0, rising=True, hysteresis=1e-6)
    came = [past.first_crossing(edge, short.reaches_ns, 200 * S, primed=False) for past in made]
    assert came[0] == came[1]
    assert short.first_crossing(edge, 0, 200 * S, primed=False) == came[0]  # it begins where the past begins


@pytest.mark.usefixtures("forgetful")
def test_truth_from_before_is_refused() -> None:
    """One sentence says back to when the truth reaches; from there on it is answered."""
    loop, keeper = bench(BARE)
    loop.drive(steady(1e-3))
    change(loop, keeper, 300, S)
    reach_ns = loop.history.reaches_ns
    assert reach_ns > 0
    question = truth.Question(Quantity.VOLTAGE, 1, reach_ns - 1, 300 * S, "mean", 1.0, 0.0, 0.0)
    with pytest.raises(Refused, match=rf"reaches back to {reach_ns / S:.9f}"):
        truth.answer(question, loop.history)
    assert truth.answer(replace(question, from_ns=reach_ns), loop.history) != 0.0
    with pytest.raises(LookupError, match="was asked for"):
        loop.history.mean(Quantity.VOLTAGE, 0, S)


@pytest.mark.usefixtures("forgetful")
def test_what_somebody_needs_is_kept() -> None:
    """Nothing from a minute before a need on is forgotten, and it is once the need has gone."""
    loop, keeper = bench(BARE)
    loop.drive(steady(1e-3))
    needed: list[int | None] = [100 * S]
    loop.keep_from(lambda: needed[0])
    change(loop, keeper, 300, S)
    assert 0 < loop.history.reaches_ns <= 40 * S
    needed[0] = None
    change(loop, keeper, 20, S)
    assert loop.history.reaches_ns > 200 * S


@pytest.mark.parametrize("name", ["DSOX1204G", "DS1054Z", "RTB2004"])
def test_a_record_that_waits_to_be_read_keeps_its_past(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A record that was taken long before is, code for code, what it is where nothing is forgotten."""
    blocks = []
    for kept in (FEW, history.KEPT):
        monkeypatch.setattr(history, "KEPT", kept)
        monkeypatch.setattr(history, "_SPARE", 10)
        scope = ScopeBench(name, square(1e-3, 300_000))
        scope.wait(1.0)
        rtb = name == "RTB2004"
        if rtb:
            scope.tell("CHAN1:SCAL 1")
        scope.tell("SING")
        scope.wait(0.01)
        scope.tell("TRIG:A:FORC" if rtb else "TFOR" if name == "DS1054Z" else "TRIG:FORC")
        scope.wait(1.0)
        change(scope.loop, scope.keeper, 300, S)
        assert (scope.history.reaches_ns > 100 * S) == (kept == FEW)
        scope.tell("FORM UINT,8" if rtb else "WAV:SOUR CHAN1;:WAV:FORM BYTE")
        blocks.append(scope.block("CHAN:DATA?" if rtb else "WAV:DATA?"))
    assert blocks[0] == blocks[1]
    assert len(np.unique(np.frombuffer(blocks[0], np.uint8))) > 2
