"""The ground truth: statistics against closed forms, and every hidden error in it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from harness.simulation import truth
from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.modelfile import model
from harness.simulation.unit.unit import stages
from tests.simulation.circuits import (
    BARE,
    LOOP_OHM,
    SKIN,
    SKIN_F,
    SKIN_OHM,
    SKIN_SERIES_OHM,
    S,
    bench,
    square,
    stage,
)
from tests.simulation.desk import RELAYS, Desk, desk

CURRENT_A = 1e-3
PICKUP_A = 2e-4
MAINS_HZ = 50.0


def asked(statistic: str, quantity: Quantity, to_ns: int, **more: float) -> truth.Question:
    """Ask about the first stretch of a circuit."""
    values = {"interval_s": 1.0, "level": 0.0, "hysteresis": 0.0, **more}
    return truth.Question(quantity, 1, 0, to_ns, statistic, **values)


def test_pickup_on_a_direct_current() -> None:
    """Mean, r.m.s., extremes, charge and samples of a sine on a constant, over whole and over broken periods."""
    loop, keeper = bench(replace(BARE, pickup_a=PICKUP_A, mains_hz=MAINS_HZ), stage(output_ohm=1e15))
    loop.drive(steady(CURRENT_A))
    keeper.advance(S)
    history, current = loop.output(1), Quantity.CURRENT
    omega = 2.0 * math.pi * MAINS_HZ
    for to_ns in (S, 137 * S // 1000):
        t = to_ns / S
        mean = CURRENT_A + PICKUP_A * (1.0 - math.cos(omega * t)) / (omega * t)
        square_mean = (
            CURRENT_A**2
            + 2.0 * CURRENT_A * PICKUP_A * (1.0 - math.cos(omega * t)) / (omega * t)
            + PICKUP_A**2 * (0.5 - math.sin(2.0 * omega * t) / (4.0 * omega * t))
        )
        assert truth.answer(asked("mean", current, to_ns), history) == pytest.approx(mean, rel=1e-12)
        assert truth.answer(asked("rms", current, to_ns), history) == pytest.approx(math.sqrt(square_mean), rel=1e-12)
        assert truth.answer(asked("charge", current, to_ns), history) == pytest.approx(mean * t, rel=1e-12)
        assert truth.answer(asked("peak", current, to_ns), history) == pytest.approx(CURRENT_A + PICKUP_A, rel=1e-9)
        assert truth.answer(asked("minimum", current, to_ns), history) == pytest.approx(CURRENT_A - PICKUP_A, rel=1e-9)
    samples = truth.answer(asked("samples", current, S, interval_s=1e-4), history)
    expected = CURRENT_A + PICKUP_A * np.sin(omega * 1e-4 * np.arange(10_000))
    assert np.abs(np.array(samples) - expected).max() < 2e-14  # a loop of 10 kohm beside 1e15 ohm


def test_a_charging_skin() -> None:
    """Mean, r.m.s., charge and samples of an exponential: a step of current into Rs + Rp || Cp."""
    loop, keeper = bench(BARE, stage(output_ohm=1e15), closed=SKIN)
    loop.drive(steady(CURRENT_A))
    keeper.advance(S // 100)
    history, voltage, t = loop.output(1), Quantity.VOLTAGE, 0.01
    a, b, tau = CURRENT_A * (SKIN_SERIES_OHM + SKIN_OHM), CURRENT_A * SKIN_OHM, SKIN_OHM * SKIN_F
    mean = a - b * tau / t * (1.0 - math.exp(-t / tau))
    square_mean = (
        a**2 - 2 * a * b * tau / t * (1 - math.exp(-t / tau)) + b**2 * tau / (2 * t) * (1 - math.exp(-2 * t / tau))
    )
    to_ns = S // 100
    assert truth.answer(asked("mean", voltage, to_ns), history) == pytest.approx(mean, rel=1e-9)
    assert truth.answer(asked("rms", voltage, to_ns), history) == pytest.approx(math.sqrt(square_mean), rel=1e-9)
    assert truth.answer(asked("charge", voltage, to_ns), history) == pytest.approx(mean * t, rel=1e-9)
    samples = truth.answer(asked("samples", voltage, to_ns, interval_s=1e-5), history)
    expected = a - b * np.exp(-1e-5 * np.arange(1000) / tau)
    assert np.abs(np.array(samples) - expected).max() < 1e-9
    level = a - b / math.e
    crossings = truth.answer(asked("crossings", voltage, to_ns, level=level), history)
    assert [crossing["rising"] for crossing in crossings] == [True]
    assert crossings[0]["time"] == pytest.approx(tau, abs=1e-9)


def test_crossings_of_a_square_wave() -> None:
    """Every edge, in turn; none of a level beyond it; none of a ripple within the hysteresis."""
    loop, keeper = bench(BARE, stage(output_ohm=1e15))
    loop.drive(square(CURRENT_A, S // 20))
    keeper.advance(S)
    history, current = loop.output(1), Quantity.CURRENT
    found = truth.answer(asked("crossings", current, S, level=0.0), history)
    assert [crossing["time"] for crossing in found] == pytest.approx([0.05 * k for k in range(1, 20)], abs=1e-9)
    assert [crossing["rising"] for crossing in found] == [k % 2 == 0 for k in range(1, 20)]
    assert truth.answer(asked("crossings", current, S, level=1.1 * CURRENT_A), history) == []
    assert truth.answer(asked("crossings", current, S, level=0.0, hysteresis=1.1 * CURRENT_A), history) == []
    assert truth.answer(asked("rms", current, S), history) == pytest.approx(CURRENT_A, rel=1e-12)
    assert truth.answer(asked("rms", Quantity.VOLTAGE, S), history) == pytest.approx(CURRENT_A * LOOP_OHM, rel=1e-9)


def test_questions_about_crossings_are_checked() -> None:
    """A level has to be given, a hysteresis is not negative, and other statistics have neither."""
    table = desk()
    table.wait(0.1)
    stretch = {"quantity": "current", "from_": 0.0, "to": 0.1}
    assert "level is missing" in table.ask("truth", **stretch, statistic="crossings")["error"]
    wrong = table.ask("truth", **stretch, statistic="crossings", level=0, hysteresis=-1)
    assert "hysteresis is -1; it is 0 or more" in wrong["error"]
    assert "unknown key 'level'" in table.ask("truth", **stretch, statistic="charge", level=0)["error"]


class Perturbed(HiddenErrors):
    """Draws of which one, by its place, is another one; counts them and remembers their names."""

    __slots__ = ()

    def rectangular(self, name: str, half_width: float) -> float:
        return super().rectangular(self._named(name), half_width)

    def between(self, name: str, low: float, high: float) -> float:
        return super().between(self._named(name), low, high)

    def normal(self, name: str, standard_deviation: float) -> float:
        return super().normal(self._named(name), standard_deviation)

    def normal_within(self, name: str, bound: float) -> float:
        return super().normal_within(self._named(name), bound)

    def _named(self, name: str) -> str:
        _DRAWN.names.append(name)
        return f"{name} of another bench" if name == _DRAWN.changed else name


@dataclass
class Drawn:
    """What the draws of a bench were called, and which of them is changed."""

    names: list[str]
    changed: str


_DRAWN = Drawn([], "")


def listed(table: Desk, changed: str) -> str:
    """Draw a whole bench anew with one draw changed; answer all its hidden errors."""
    _DRAWN.names.clear()
    _DRAWN.changed = changed
    errors, one = Perturbed(7), table.bench
    one.loop.rebuild(as_built(one.bench, model("circuit"), errors, AsBuilt()), stages(one.unit))
    one.stimulator.redraw(errors)
    for instrument in one.instruments.values():
        instrument.redraw(errors)
    return json.dumps(table.control("state")["errors"])


def test_no_draw_is_missing_in_the_truth() -> None:
    """Each single draw from the seed shows in `errors`, where its spread is not zero."""
    table = Desk()
    ordinary = listed(table, "")
    names = list(dict.fromkeys(_DRAWN.names))
    assert len(names) > 60
    hidden = [name for name in names if listed(table, name) == ordinary]
    # What acts on nothing: outputs 1 and 3 of a supply, thermal voltages at the oscilloscope, what a load has not.
    one = table.bench
    outputs = [f"{role} output {n} {of}" for role in ("supply", "auxiliary_supply") for n in (1, 3) for of in _SUPPLY]
    emfs = [f"{part.name} emf{of}" for part in one.loop.parts.scope for of in ("", " swing")]
    second = one.loop.parts.second
    every = [*one.loop.parts.loads, *([] if second is None else [second.load])]
    plain = [load.name for load in every if not load.parallel_f]
    loads = [f"load {name} {of}" for name in plain for of in ("parallel", "capacitance")]
    zero = [f"load {load.name}" for load in one.loop.parts.loads if not load.resistance_ohm]
    counter = [name for name in hidden if name.startswith("multimeter counter")]  # their spread is zero
    assert set(hidden) - {*outputs, *emfs, *loads, *zero, *counter} == set()


_SUPPLY = ("gain", "offset", "current")


def test_the_firmware_tells_what_no_frame_does() -> None:
    """Before contact it has not touched; with the electrodes on the load it has, and delivers the whole level."""
    table = Desk()
    table.say("SET 1 MODE=steady LEVEL=5 POLARITY=negative")
    table.say("ON 1")
    table.wait(0.1)
    (before,) = table.control("state")["firmware"]["channels"]
    assert (before["touched"], before["frozen"]) == (False, False)
    table.connect(RELAYS["10k"])
    table.wait(1.0)
    (after,) = table.control("state")["firmware"]["channels"]
    assert (after["touched"], after["share"], after["polarity"]) == (True, 1.0, "negative")
