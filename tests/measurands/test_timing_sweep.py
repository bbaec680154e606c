"""Sweeps: ends, time, course, steps and amplitude, of staircases and of smooth ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.setpoint import Method, Polarity
from tests.measurands.synthetic import measured, nothing, read
from tests.measurands.timing_records import LEVEL_A, course, declared, observed, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from harness.capture import Observation

    Current = Callable[[NDArray[np.float64]], NDArray[np.float64]]

STEPS = (10.0, 20.0, 40.0, 80.0)
STAIRS = declared("staircase", 10.0, Polarity.BIPOLAR, steps_hz="10.0 20.0 40.0 80.0", dwell_s=1.0)


def stairs(steps: Sequence[float] = STEPS, passes: int = 6) -> NDArray[np.float64]:
    """Lengths of the cycles of a staircase, a second on each step."""
    return np.concatenate([np.full(round(step), 1 / step) for _ in range(passes) for step in steps])


def swept(
    lengths: NDArray[np.float64], levels: NDArray[np.float64] | None = None, settings: object = STAIRS
) -> Observation:
    """Cycles of these lengths, to just before their end; none: no current."""
    current = course(lengths, levels) if lengths.size else nothing
    length = float(lengths.sum()) - 0.4 if lengths.size else 10.0
    record = taken("sweep.1", current, length_s=length, interval_s=2e-4, settings=settings)  # type: ignore[arg-type]
    return observed(record, method=Method.SWEEP)


def value(name: str, observation: Observation) -> float:
    """What a measurand gives."""
    return measured(name, observation).value


def test_a_staircase_is_as_declared() -> None:
    """Ends, time of a pass and every dwell are as declared, no cycle has another frequency, and amplitudes agree."""
    good = swept(stairs())
    for name in ("sweep-lowest", "sweep-highest", "sweep-period", "sweep-shortest-step"):
        found = measured(name, good)
        assert abs(found.value - 1) <= max(found.expanded_uncertainty, 1e-3), name
    assert value("sweep-deviation", good) <= 0.02
    assert value("sweep-amplitude", good) <= 0.005


def test_a_staircase_that_stops_early() -> None:
    """Without its last step the highest frequency is half, and a pass lasts three quarters."""
    early = swept(stairs(STEPS[:3], 8))
    assert value("sweep-highest", early) == pytest.approx(0.5, abs=0.01)
    assert value("sweep-period", early) == pytest.approx(0.75, abs=0.01)
    assert value("sweep-shortest-step", early) == pytest.approx(0.0, abs=0.01)


def test_a_staircase_that_goes_down() -> None:
    """Ends and time are right, and cycles have frequencies that are not due."""
    down = swept(stairs(STEPS[::-1]))
    assert value("sweep-lowest", down) == pytest.approx(1.0, abs=0.01)
    assert value("sweep-period", down) == pytest.approx(1.0, abs=0.01)
    assert value("sweep-deviation", down) > 0.5


def test_one_pass_in_six_that_leaves_out_a_step() -> None:
    """A step that is left out in the fourth pass only shows as a dwell of nothing."""
    passes = [stairs(passes=3), stairs((10.0, 20.0, 80.0), 1), stairs(passes=2)]
    assert value("sweep-shortest-step", swept(np.concatenate(passes))) < 0.9


def test_a_cycle_out_of_range_is_seen() -> None:
    """A single cycle of 160 Hz in the fifth pass is twice what is due."""
    lengths = stairs()
    lengths[4 * 150 + 149] = 1 / 160.0
    assert value("sweep-deviation", swept(lengths)) == pytest.approx(1.0, abs=0.1)


def test_amplitude_that_falls_with_frequency() -> None:
    """A level that is 10 % lower at the highest step lies 10 % apart of the mean of the steps."""
    lengths = stairs()
    levels = LEVEL_A * (1 - 0.1 * (1 / lengths - 10) / 70)
    mean = np.mean([1 - 0.1 * (step - 10) / 70 for step in STEPS])
    assert value("sweep-amplitude", swept(lengths, levels)) == pytest.approx(0.1 / mean, abs=0.005)


def smooth(law: str, direction: str) -> tuple[NDArray[np.float64], tuple[tuple[str, str], ...]]:
    """Cycles of a smooth sweep from 2 to 10 Hz in 8 s, and what is declared of it."""

    def one_way(*, up: bool) -> list[float]:
        lengths: list[float] = []
        passed = 0.0
        while passed < 8.0:
            way = passed / 8 if up else 1 - passed / 8
            lengths.append(1 / (2 * 5**way if law == "logarithmic" else 2 + 8 * way))
            passed += lengths[-1]
        return lengths

    ways = {"up": [True], "down": [False], "alternating": [True, False]}[direction]
    lengths = np.array([length for _ in range(5) for up in ways for length in one_way(up=up)])
    more = {"start_hz": 2.0, "stop_hz": 10.0, "law": law, "direction": direction, "sweep_s": 8.0}
    return lengths, declared("sweep", 2.0, Polarity.BIPOLAR, **more)


@pytest.mark.parametrize("law", ["linear", "logarithmic"])
@pytest.mark.parametrize("direction", ["up", "down", "alternating"])
def test_a_smooth_sweep_is_as_declared(law: str, direction: str) -> None:
    """Each law in each direction keeps to its course; its ends are within the cycles next to them."""
    good = swept(*_as_swept(*smooth(law, direction)))
    assert value("sweep-period", good) == pytest.approx(1.0, abs=0.01)
    assert value("sweep-deviation", good) <= 0.02
    assert value("sweep-lowest", good) == pytest.approx(1.0, abs=0.06)
    assert value("sweep-highest", good) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("made", "told"), [("linear", "logarithmic"), ("logarithmic", "linear")])
def test_another_law_is_another_course(made: str, told: str) -> None:
    """A sweep with the other law has cycles whose frequency is not due."""
    lengths, _ = smooth(made, "up")
    assert value("sweep-deviation", swept(*_as_swept(lengths, smooth(told, "up")[1]))) > 0.1


def test_nothing_sweeps_nothing() -> None:
    """Without current the ends and the steps are zero and the deviation is all."""
    silent = swept(np.empty(0))
    assert value("sweep-lowest", silent) == 0
    assert value("sweep-shortest-step", silent) == 0
    assert value("sweep-deviation", silent) == 1


@pytest.mark.parametrize("highest_hz", [80.0, 80.4])
def test_net_current_at_the_highest_step(highest_hz: float) -> None:
    """The mean that was read, and what 8 periods less the aperture may leave of the swing."""
    steps = (*STEPS[:3], highest_hz)
    lengths = np.concatenate([np.full(round(step), 1 / step) for _ in range(6) for step in steps])
    aperture = 0.1
    observation = replace(swept(lengths), readings=(read("zero", 0.0), read("top-step", 10e-6, aperture_s=aperture)))
    found = measured("net-current-at-top-step", observation)
    assert found.value == pytest.approx(10e-6, abs=1e-9)
    left = abs(aperture - 8 / highest_hz) / aperture * 2 * LEVEL_A
    remainder = next(line for line in found.budget if line.name == "multimeter: remainder of a period")
    assert remainder.standard_uncertainty * np.sqrt(3) == pytest.approx(left, abs=0.005 * 2 * LEVEL_A)


def test_a_staircase_without_cycles_has_no_known_period() -> None:
    """Where nothing comes the whole aperture may be left: the mean is no more certain than the swing."""
    observation = replace(swept(np.empty(0)), readings=(read("zero", 0.0), read("top-step", 0.0)))
    assert measured("net-current-at-top-step", observation).expanded_uncertainty > LEVEL_A


def _as_swept(
    lengths: NDArray[np.float64], settings: tuple[tuple[str, str], ...]
) -> tuple[NDArray[np.float64], None, tuple[tuple[str, str], ...]]:
    return lengths, None, settings
