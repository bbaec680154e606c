"""Records as currents: the multimeter's scale where it can be had, the oscilloscope's own where not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation, Plateau
from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import (
    OWN_SCALE,
    Calibration,
    clipped,
    codes,
    scaled_current,
    scaled_currents,
    times,
    volts,
)
from harness.metrology import Budget
from harness.quantity import Derivation
from harness.setpoint import Polarity
from tests.measurands.synthetic import CODE_A, nothing, point, read, record, siemens, square

LEVEL = 600e-6
STRETCH = {"start_s": 0.0, "interval_s": 2e-5, "samples": 5000}


def taken(gain: float = 1.0, reference_a: float = LEVEL, reading_a: float = LEVEL) -> Observation:
    """Zero, the plateau of one phase, and a record of half the current, by an oscilloscope with a gain."""
    phase = Polarity.POSITIVE
    return Observation(
        point(phase),
        (read("zero", 0.0), read("positive", reading_a)),
        (
            record("zero", nothing, gain=gain, **STRETCH),
            record(
                "reference",
                square(10.0, reference_a),
                gain=gain,
                plateaus=(Plateau(phase, 0.0125, 0.035),),
                **STRETCH,
            ),
            record("half", lambda t: np.full(t.size, LEVEL / 2), gain=gain, **STRETCH),
            record("other", lambda t: np.full(t.size, LEVEL / 2), gain=gain, code_a=1e-6, **STRETCH),
        ),
    )


def mean(observation: Observation, calibration: Calibration | None = None) -> tuple[float, float, set[str]]:
    """Mean of the record of half the current with its U, and the names in its budget."""
    budget = Budget()
    currents = scaled_current(budget, observation, "half", calibration)
    value = currents.value(budget, "mean", float(currents.amperes.mean()), currents.amperes.size)
    found = budget.measurement(value, "A", Derivation("by-hand", 1, observation.key))
    return found.value, found.expanded_uncertainty, {line.name for line in found.budget}


def test_codes_become_volts_and_times() -> None:
    """Volts are (code - reference) times the increment plus the origin; times count from the first sample."""
    capture = replace(record("x", nothing, **STRETCH), codes=bytes([0, 128, 255]), origin_v=0.5)
    assert codes(capture).tolist() == [0, 128, 255]
    assert volts(capture) == pytest.approx([-1.28 + 0.5, 0.5, 1.27 + 0.5])
    assert times(capture) == pytest.approx([0.0, 2e-5, 4e-5])


@pytest.mark.parametrize(("shown", "share", "is_clipped"), [
    ([1, 254, 128, 128], 0.0, False),
    ([0, 128, 128, 128], 0.0, True),
    ([255, 128, 128, 128], 0.0, True),
    ([255, 128, 128, 128], 0.25, False),
    ([255, 0, 128, 128], 0.25, True),
])  # fmt: skip
def test_a_record_at_the_edge_of_the_screen_is_clipped(shown: list[int], share: float, *, is_clipped: bool) -> None:
    """Codes at either end of the screen count, once there are more of them than the share allowed."""
    assert clipped(replace(record("x", nothing, **STRETCH), codes=bytes(shown)), share) is is_clipped


@pytest.mark.parametrize("gain", [0.97, 1.0, 1.03])
def test_the_multimeter_calibrates_the_oscilloscope(gain: float) -> None:
    """Whatever the oscilloscope's gain within its accuracy, half the current reads half of the multimeter's."""
    value, expanded, names = mean(taken(gain))
    assert value == pytest.approx(LEVEL / 2, abs=0.2e-6)
    # One code of nonlinearity dominates: 95 % of a rectangle.
    assert expanded == pytest.approx(2 * CODE_A / np.sqrt(3), rel=0.2)
    assert "oscilloscope: accuracy" not in names
    assert "multimeter: accuracy" in names


@pytest.mark.parametrize(
    ("observation", "calibration"),
    [
        (taken(1.03), OWN_SCALE),
        (taken(1.03, reference_a=LEVEL / 10, reading_a=LEVEL / 10), None),
        (taken(1.03, reference_a=LEVEL / 2), None),
    ],
    ids=["asked for", "no current in the plateau", "both instruments far apart"],
)
def test_the_own_scale_where_nothing_calibrates(observation: Observation, calibration: Calibration | None) -> None:
    """Without a plateau that both instruments saw, the gain shows and 3.5 % of the screen covers it."""
    value, expanded, names = mean(observation, calibration)
    assert value == pytest.approx(1.03 * LEVEL / 2, abs=0.4e-6)
    assert expanded >= 0.95 * 0.035 * 2.56 * siemens()
    assert "oscilloscope: accuracy" in names
    assert not any(name.startswith("multimeter") for name in names)


def test_records_at_one_scale_share_their_budget() -> None:
    """Several records in one budget have one zero and one gain: their difference bears neither."""
    budget = Budget()
    first, second = scaled_currents(budget, taken(), ("half", "reference"))
    apart = second.value(budget, "b", 300e-6, 100, linear=True) - first.value(budget, "a", 300e-6, 100, linear=True)
    found = budget.measurement(apart, "A", Derivation("by-hand", 1, "x"))
    assert found.value == pytest.approx(0.0, abs=1e-15)
    lines = {line.name: line.standard_uncertainty for line in found.budget}
    assert max(value for name, value in lines.items() if name[:2] not in {"a:", "b:"}) < 1e-15


def test_single_samples_bear_their_noise() -> None:
    """A value of one sample has noise and resolution whole; a mean of n has 1/sqrt(n) of the noise."""

    def lines(samples: int) -> dict[str, float]:
        budget = Budget()
        value = scaled_current(budget, taken(), "half").value(budget, "it", 300e-6, samples)
        found = budget.measurement(value, "A", Derivation("by-hand", 1, "x"))
        return {line.name: line.standard_uncertainty for line in found.budget}

    one, many = lines(1), lines(100)
    # Rounding to codes adds a twelfth.
    assert one["it: noise"] == pytest.approx(CODE_A * np.hypot(0.6, np.sqrt(1 / 12)), rel=0.05)
    assert one["it: resolution"] == pytest.approx(CODE_A / 2 / np.sqrt(3), rel=0.02)
    assert many["it: noise"] == pytest.approx(one["it: noise"] / 10, rel=1e-6)
    assert "it: resolution" not in many


def test_the_mains_is_in_a_value_as_far_as_its_mean_leaves_it() -> None:
    """Of 0.2 µA at 50 Hz one sample may bear all; a mean over T has at most 1/(pi f T) of it."""
    budget = Budget()
    currents = scaled_current(budget, taken(), "half")
    both = currents.value(budget, "one", 300e-6) + currents.value(budget, "many", 300e-6, 5000)
    found = budget.measurement(both, "A", Derivation("by-hand", 1, "x"))
    lines = {line.name: line.standard_uncertainty for line in found.budget}
    assert lines["one: mains pickup"] == pytest.approx(2e-7 / np.sqrt(3), rel=1e-9)
    assert lines["many: mains pickup"] == pytest.approx(2e-7 / (np.pi * 50 * 0.1) / np.sqrt(3), rel=1e-9)


def test_other_scales_are_refused() -> None:
    """A record at another scale than its zero cannot be compared with it."""
    with pytest.raises(NotMeasurable, match="not at one scale"):
        scaled_current(Budget(), taken(), "other")


def test_a_window_of_a_record() -> None:
    """A window holds the samples between two instants, both included, and only those that there are."""
    currents = scaled_current(Budget(), taken(), "half")
    assert currents.window(0.0, 1e-3).size == 51
    assert currents.window(-1.0, 1e-3).size == 51
    assert currents.window(-1.0, -0.5).size == 0
    assert currents.end_s == pytest.approx(0.1)
    assert currents.times_s[-1] == pytest.approx(0.1 - 2e-5)
