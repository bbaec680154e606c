"""Both channels of a unit on the bench, their loops returning through one resistance, against closed forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import DefinitionError
from harness.simulation.circuit.branch import Branch
from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.parts import SecondChannel, as_built
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.modelfile import model
from tests.simulation.circuits import BARE, CLOSED, LOOP_OHM, NEVER_OHM, S, bench, square, stage

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.circuit.stage import Stage
    from harness.simulation.timekeeper import VirtualTimekeeper

CURRENT, VOLTAGE, OWN = Quantity.CURRENT, Quantity.VOLTAGE, Quantity.SOURCE_CURRENT
RELAY, OTHER_OHM, SHARED_OHM = 7, 4000.0, 1000.0
IDEAL = stage(output_ohm=1e15)


def both(first: Stage, second: Stage, *blocks: tuple[float, float]) -> tuple[Loop, VirtualTimekeeper]:
    """Make a bench with a load for each channel, both connected."""
    load = Branch("other", OTHER_OHM, RELAY, None, 0.0, NEVER_OHM, ladder=blocks)
    parts = replace(BARE, electrode_relay=True, second=SecondChannel(load, SHARED_OHM))
    return bench(parts, first, second, closed=CLOSED | {RELAY})


def test_each_channel_sees_the_other_in_what_they_share() -> None:
    """Terminals stand at I R + Rs (I + J), own current times own resistance, and the sum in the shared return."""
    loop, keeper = both(IDEAL, IDEAL)
    for first_a, second_a in ((1e-3, 0.0), (0.0, 0.5e-3), (1e-3, 0.5e-3), (1e-3, -0.5e-3)):
        loop.drive(steady(first_a))
        loop.drive(steady(second_a), 2)
        keeper.advance(S)
        at_ns, shared_v = keeper.now_ns, SHARED_OHM * (first_a + second_a)
        assert loop.output(1).at(VOLTAGE, at_ns) == pytest.approx(first_a * LOOP_OHM + shared_v, abs=1e-9)
        assert loop.output(2).at(VOLTAGE, at_ns) == pytest.approx(second_a * OTHER_OHM + shared_v, abs=1e-9)
        for channel, current in ((1, first_a), (2, second_a)):
            for quantity in (CURRENT, OWN):
                assert loop.output(channel).at(quantity, at_ns) == pytest.approx(current, abs=1e-13)


def test_a_weak_source_lets_the_other_channel_in() -> None:
    """A channel that is off with 10 kohm across it carries its share of what drops on the shared return."""
    loop, keeper = both(IDEAL, stage(output_ohm=10e3))
    loop.drive(steady(1e-3))
    keeper.advance(S)
    stray_a = -1e-3 * SHARED_OHM / (SHARED_OHM + OTHER_OHM + 10e3)
    assert loop.output(2).at(CURRENT, keeper.now_ns) == pytest.approx(stray_a, rel=1e-9)


def test_the_other_channel_can_drive_one_into_its_compliance() -> None:
    """Where I R + Rs (I + J) passes the compliance, the channel gives up its current."""
    loop, keeper = both(stage(compliance_v=12.0, output_ohm=1e15), IDEAL)
    loop.drive(steady(1e-3))
    keeper.advance(S)
    assert loop.output(1).at(CURRENT, keeper.now_ns) == pytest.approx(1e-3, rel=1e-9)
    loop.drive(steady(3e-3), 2)
    keeper.advance(S)
    held_v = (12.0 / 100.0 + 1e-3 + 3e-3 * SHARED_OHM / (LOOP_OHM + SHARED_OHM)) / (
        1.0 / 100.0 + 1.0 / (LOOP_OHM + SHARED_OHM)
    )
    assert loop.output(1).at(VOLTAGE, keeper.now_ns) == pytest.approx(held_v, abs=1e-9)
    assert loop.output(1).at(CURRENT, keeper.now_ns) < 0.9e-3


def test_either_channel_may_be_on_the_earth_point() -> None:
    """The channel that the electrode relay leaves has the second load."""
    loop, keeper = both(IDEAL, IDEAL)
    loop.drive(steady(1e-3))
    loop.drive(steady(0.5e-3), 2)
    loop.select(2)
    keeper.advance(S)
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(0.5e-3, rel=1e-9)
    assert loop.output(1).at(VOLTAGE, keeper.now_ns) == pytest.approx(1e-3 * OTHER_OHM + 1.5, abs=1e-9)
    assert loop.sensed_ohm(2) == pytest.approx(LOOP_OHM + SHARED_OHM)
    assert loop.sensed_ohm(1) == pytest.approx(OTHER_OHM + SHARED_OHM)
    loop.select(None)
    assert loop.sensed_ohm(1) is loop.sensed_ohm(2) is None


def test_the_second_channel_keeps_its_charge_through_its_relay() -> None:
    """Terminals and skin of the second channel keep what they had when its relay opens and closes."""
    loop, keeper = both(stage(100e-12, output_ohm=1e15), stage(200e-12, 1e-6, output_ohm=1e15), (1e9, 50e-9))
    loop.drive(steady(100e-6), 2)
    keeper.advance(10_000_000)
    loop.drive(steady(0.0), 2)
    keeper.advance(1_000_000)
    before_v = loop.output(2).at(VOLTAGE, keeper.now_ns)
    assert before_v == pytest.approx(100e-6 * 0.01 / 50e-9, rel=0.01)
    loop.connect(CLOSED)
    assert loop.output(2).at(VOLTAGE, keeper.now_ns) == pytest.approx(before_v, rel=1e-9)
    assert loop.sensed_ohm(1) == pytest.approx(LOOP_OHM)
    keeper.advance(1_000_000)
    loop.connect(CLOSED | {RELAY})
    keeper.advance(1_000_000)
    assert loop.output(2).at(VOLTAGE, keeper.now_ns) == pytest.approx(before_v, rel=1e-4)


def test_both_channels_together_are_their_sum_while_nothing_limits_them() -> None:
    """Two programmes without a common period superpose in every voltage."""
    single: list[np.ndarray] = []
    seconds = 1e-5 * np.arange(5000)
    for on in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        loop, keeper = both(stage(100e-12, output_ohm=1e9), stage(200e-12, output_ohm=1e8), (20e3, 50e-9))
        loop.drive(square(on[0] * 300e-6, 1_000_003))
        loop.drive(square(on[1] * 200e-6, 1_500_007), 2)
        keeper.advance(S)
        single.append(np.array([loop.output(channel).sample(VOLTAGE, 0, seconds) for channel in (1, 2)]))
    assert single[0] + single[1] == pytest.approx(single[2], abs=1e-9)


def test_a_bench_file_says_what_the_second_channel_has(tmp_path: Path) -> None:
    """`[second_channel]` is a load behind a relay, and a shared resistance above 0."""
    base = (Path(__file__).parent / "plain_bench.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    section = '[second_channel]\nname = "other"\nresistance_ohm = 4000.0\nchannels = [118]\nshared_ohm = 1000.0\n'
    path.write_text(base + section, encoding="utf-8")
    built = as_built(read_bench(path), model("circuit"), HiddenErrors(1), AsBuilt()).second
    assert built is not None
    assert built.load.resistance_ohm == pytest.approx(4000.0, rel=1e-3)
    assert built.shared_ohm == pytest.approx(1000.0, rel=1e-3)
    path.write_text(base + section.replace("1000.0", "0.0"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"second_channel\.shared_ohm"):
        read_bench(path)
