"""What looks at blocks only gives what looking at every sample gives."""

from __future__ import annotations

import numpy as np
import pytest

from harness.waveform import pulse_parameters
from harness.waveform.glitches import running_median, without_glitches
from harness.waveform.histogram import histogram
from harness.waveform.plateaus import settling_instant
from harness.waveform.survey import BLOCK, passages, survey
from harness.waveform.transitions import edges, spans

SIZES = [50, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 777]


def wave(size: int, seed: int) -> np.ndarray:
    """Return trapezoids of random lengths with noise, so that edges fall on block boundaries too."""
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.integers(8, 900, size // 8 + 1))
    record = (np.searchsorted(steps, np.arange(size), side="right") % 2).astype(np.float64)
    record[BLOCK::BLOCK] = 1 - record[BLOCK - 1 : -1 : BLOCK][: record[BLOCK::BLOCK].size]
    return np.convolve(record, np.full(3, 1 / 3), mode="same") + rng.normal(0, 0.02, size)


def plain_passages(record: np.ndarray, lower: float, upper: float) -> list[tuple[int, bool]]:
    """Find changes of state one sample after the other."""
    state, found = None, []
    for index, value in enumerate(record.tolist()):
        new = True if value >= upper else False if value <= lower else state
        if state is not None and new != state:
            found.append((index, new))
        state = new
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_changes_of_state_are_those_of_a_loop(size: int, seed: int) -> None:
    """With hysteresis, at every sample, whatever block it lies in."""
    record = wave(size, seed)
    places, upwards = passages(survey(record), 0.3, 0.7)
    assert list(zip(places.tolist(), upwards.tolist(), strict=True)) == plain_passages(record, 0.3, 0.7)


def test_an_edge_between_two_blocks_is_seen() -> None:
    """Neither block has both states in it, and the step between them counts all the same."""
    record = (np.arange(5 * BLOCK) // BLOCK % 2).astype(np.float64)
    assert passages(survey(record), 0.3, 0.7)[0].tolist() == [BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK]


@pytest.mark.parametrize("size", SIZES)
def test_reference_instants_are_those_of_a_loop(size: int) -> None:
    """Last passage of the nearer level, first one of the farther after it, each by a straight line."""
    record = wave(size, 4)
    found = edges(survey(record), record, 0.0, 1.0)
    measured = spans(record, found, 0.0, 1.0)
    for index in range(len(found)):
        first, last, up = found.first[index], found.last[index], found.rising[index]
        share = record[first : last + 1] if up else 1 - record[first : last + 1]
        middle = max(int(found.instant[index]) - first, 0)
        reached = np.flatnonzero(share[middle:] >= 0.9)
        below = np.flatnonzero(share[: middle + reached[0] + 1] <= 0.1) if reached.size else reached
        assert (measured.window[index] == 0) == bool(below.size)
        if below.size:
            begin = below[-1]
            end = begin + 1 + np.flatnonzero(share[begin + 1 :] >= 0.9)[0]
            at = first + begin + (0.1 - share[begin]) / (share[begin + 1] - share[begin])
            to = first + end - 1 + (0.9 - share[end - 1]) / (share[end] - share[end - 1])
            assert (measured.begin[index], measured.end[index]) == (pytest.approx(at), pytest.approx(to))


@pytest.mark.parametrize("size", SIZES)
def test_the_histogram_counts_every_sample(size: int) -> None:
    """Bins hold what numpy's histogram has in them; flat blocks count as a whole."""
    record = np.round(wave(size, 5) * 50) / 50
    record[: size // 2] = record[0]
    counted = histogram(survey(record))
    values, counts = np.unique(record, return_counts=True)
    assert counted.counts.tolist() == counts.tolist()
    assert counted.values == pytest.approx(values, abs=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_glitches_are_those_of_a_median_of_every_sample(size: int) -> None:
    """Lone excursions are found by their steps alone, at block boundaries and the record's ends too."""
    record = np.random.default_rng(6).normal(0, 0.01, size)
    record[[1, size // 3]] += 1
    record[-1] -= 1
    record[BLOCK : BLOCK + 2] -= 1
    smooth = running_median(record, 5)
    outside = np.abs(record - smooth) > 0.3 * np.ptp(record)
    assert without_glitches(survey(record)).record.tolist() == np.where(outside, smooth, record).tolist()


@pytest.mark.parametrize("start", [0, 100, BLOCK - 1, 2 * BLOCK])
def test_settling_is_found_from_the_end(start: int) -> None:
    """The last sample outside the band, whichever block it lies in."""
    record = 1 - np.exp(-np.clip(np.arange(3 * BLOCK + 50.0) - start, 0, None) / 300)
    assert settling_instant(record, 1.0, 0.02) == pytest.approx(start + 3.912023 * 300, abs=0.01)


def test_a_record_that_is_not_looked_at_whole_keeps_its_bounds() -> None:
    """Four million samples: levels from a choice of blocks, one rare pulse in a noisy train still seen."""
    size, period = 4_000_000, 1000
    t = np.arange(size)
    record = np.clip(np.minimum(t % period, 400 - t % period) / 10, 0, 1)
    record += np.random.default_rng(7).normal(0, 0.01, size)
    known = {"high_state": 1.0, "low_state": 0.0, "period": period, "pulse_duration": 390.0}
    known |= {"first_transition_duration_10_90": 8.0, "last_transition_overshoot": 0.0}
    found = {each.name: each.estimate for each in pulse_parameters(record, 1.0, code_size=0.0)}
    for name, value in known.items():
        assert abs(found[name].value - value) <= found[name].bound, name
    record[1_234_567] = 9.0
    assert survey(record).high == 9.0
    assert histogram(survey(record)).values[-1] == pytest.approx(9.0)
