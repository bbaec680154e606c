"""What is drawn over a record is what was measured in it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.waveform import analyze
from harness.waveform.marks import marks

COUNT, PERIOD, EDGE = 5000, 500, 40


def trapezoids(low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Pulses of half a period with straight edges of 40 samples."""
    phase = np.arange(COUNT) % PERIOD
    share = np.clip(np.minimum(phase / EDGE, (PERIOD / 2 + EDGE - phase) / EDGE), 0, 1)
    return low + share * (high - low)


def test_instants_lie_on_the_reference_levels() -> None:
    """On a straight edge 10, 50 and 90 % are passed after a tenth, half and nine tenths of it."""
    passages = [each for each in marks(trapezoids()).passages() if PERIOD <= each[2] < 2 * PERIOD]
    found = {(share, round(at - PERIOD, 1)) for share, _, at in passages}
    assert found == {(0.1, 4.0), (0.5, 20.0), (0.9, 36.0), (0.9, 254.0), (0.5, 270.0), (0.1, 286.0)}
    assert {round(level, 2) for _, level, _ in passages} == {0.1, 0.5, 0.9}


def test_states_and_periods_are_those_of_the_analysis() -> None:
    """A period lasts from one rising instant to the next; the states are the levels of the answer."""
    record = trapezoids(-1.0, 2.0)
    found, answer = marks(record), analyze(record, 1.0)
    assert dict(found.states) == {"high state": answer.high_state, "low state": answer.low_state}
    assert np.diff(found.periods, axis=1) == pytest.approx(answer.period_s)


def test_a_rest_between_phases_is_a_state() -> None:
    """A biphasic waveform with a rest has three levels; its reference levels are those of the positive phase."""
    phase = np.arange(COUNT) % PERIOD
    record = np.where(phase < 100, 1.0, np.where(phase < 200, -1.0, 0.0))
    found = marks(record)
    assert dict(found.states) == pytest.approx({"high state": 1.0, "low state": -1.0, "rest": 0.0})
    assert dict(found.references) == pytest.approx({0.1: 0.1, 0.5: 0.5, 0.9: 0.9})


def test_an_excursion_is_the_farthest_sample_beyond_the_state() -> None:
    """A peak of 20 % of the step after each rising edge, and nothing after the falling ones."""
    record = trapezoids()
    record[EDGE + 5 :: PERIOD] = 1.2
    record[EDGE + 4 :: PERIOD] = record[EDGE + 6 :: PERIOD] = 1.1
    record[EDGE + 3 :: PERIOD] = record[EDGE + 7 :: PERIOD] = 1.05
    found = marks(record)
    assert (found.excursions % PERIOD == EDGE + 5).all()
    assert found.excursions.size in {COUNT // PERIOD - 1, COUNT // PERIOD}
    assert found.reached == pytest.approx(0.2, rel=5e-3)


@pytest.mark.parametrize("record", [np.ones(COUNT), np.linspace(-1, 1, COUNT), np.zeros(COUNT)])
def test_where_the_analysis_withholds_its_states_nothing_is_drawn(record: np.ndarray) -> None:
    """A steady current and a ramp have no levels to draw."""
    found = marks(record)
    assert (found.states, found.references, list(found.passages())) == ((), (), [])
    assert found.excursions.size == found.periods.size == 0


def test_a_negative_phase_is_no_excursion() -> None:
    """After the falling edge of the positive phase comes the other phase, which no diamond marks; its edges are."""
    phase = np.arange(COUNT) % PERIOD
    for gap in (0, 20, 100):
        record = np.where(phase < 100, 1.0, 0.0) - np.where((phase >= 100 + gap) & (phase < 200 + gap), 0.8, 0.0)
        found = marks(record + np.random.default_rng(1).normal(0, 0.005, COUNT))
        assert found.excursions.size == 0
        assert found.negative_level == pytest.approx(-0.4, abs=0.01)
        passed = {round(at) % PERIOD for _, level, at in found.passages() if level == found.negative_level}
        assert {199 + gap, 200 + gap} & passed
