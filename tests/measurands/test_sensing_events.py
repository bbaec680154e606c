"""Latency, trains of contacts and one electrode alone, against closed forms."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Plateau, Reading
from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from tests.examples import METER
from tests.measurands.events import LEVEL_A, derived, monitor, observed, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.capture import Capture, Observation
    from tests.measurands.events import Waveform

OPEN_V = 24.0
BEFORE_S = 5e-3


def lost_at(count: int) -> list[float]:
    """Instants at which contact is lost and made in turn: 16 ms open, 22 ms closed."""
    return list(accumulate([0.0, *([16e-3, 22e-3] * count)[:-1]]))


def losses(answer: Callable[[int], float], *, count: int = 25, records: int = 8, contact_v: float = 0.2) -> Observation:
    """Losses after which the voltage stays up for a time of each; below 0: the output was not on."""
    edges = lost_at(count)
    span = (-BEFORE_S, edges[-1] + 30e-3)
    captures: list[Capture] = []
    for number in range(1, records + 1):
        times_s = [answer((number - 1) * count + k) for k in range(count)]

        def voltage(seconds: np.ndarray, times_s: list[float] = times_s) -> np.ndarray:
            volts = np.full(seconds.size, contact_v)
            for lost, made, time_s in zip(edges[0::2], edges[1::2], times_s, strict=True):
                inside = (seconds >= lost) & (seconds < made)
                on = inside & (seconds < lost + time_s)
                fading = OPEN_V * np.exp(-np.clip(seconds - lost - time_s, 0, None) / 1.4e-3)
                volts[inside] = fading[inside] if time_s >= 0 else 0.5
                volts[on] = OPEN_V
            return volts

        captures.append(record(f"voltage.{number}", voltage, span, samples=40_000, most_a=30.0, ohms=1.0))
        captures.append(monitor(f"monitor.{number}", span, edges, closed=True, samples=40_000))
    return observed(Method.LATENCY, captures, readings_a=())


def test_the_latency_is_a_tolerance_limit() -> None:
    """Of 200 values the fifth largest is the upper 95/95 limit: 4 may be left out (Wilks; binomial, 200, 0.05)."""
    draw = random.Random(7)  # noqa: S311 - a fixed sequence, no secret
    times_s = [draw.uniform(1e-3, 6e-3) for _ in range(200)]
    found = derived("response-latency", losses(lambda k: times_s[k]), level="1.0")
    # P(at most 4 of 200 beyond the 95 % quantile) = 0.026, at most 5: 0.062.
    due = sorted(times_s)[-5]
    fading_s = 1.4e-3 * np.log(1 / 0.8)
    assert found.value == pytest.approx(due + fading_s, abs=found.expanded_uncertainty + 26e-6)
    assert found.expanded_uncertainty < 0.4e-3


def test_a_loss_that_nobody_answers() -> None:
    """A voltage that stays up in one loss of ten is as long as the loss."""
    found = derived("response-latency", losses(lambda k: 1.0 if k % 10 == 0 else 2e-3), level="1.0")
    assert found.value == pytest.approx(16e-3, rel=0.01)


@pytest.mark.parametrize(("time_s", "count"), [(1.0, 1.0), (-1.0, 1.0), (15e-3, 0.0)])
def test_one_loss_of_200_without_an_answer_counts(time_s: float, count: float) -> None:
    """A tolerance limit leaves out four of 200: one that stays on, or was not on, is counted; a late one is not."""
    found = derived("losses-unanswered", losses(lambda k: time_s if k == 60 else 2e-3), level="1.0")
    assert found.value == count
    assert found.expanded_uncertainty < 0.1


def test_a_touch_that_nobody_answers() -> None:
    """An output that was not on when contact was lost answered not even the touch before, 22 ms long."""
    found = derived("response-latency", losses(lambda k: -1.0 if k % 10 == 5 else 2e-3), level="1.0")
    assert found.value == pytest.approx(22e-3, rel=0.01)


def test_too_few_losses() -> None:
    """Less than 200 give no limit."""
    with pytest.raises(NotMeasurable, match="175 losses"):
        derived("response-latency", losses(lambda _: 2e-3, records=7), level="1.0")


def test_a_contact_that_does_not_open() -> None:
    """A voltage that is the same with the contact closed and open says that nothing was lost."""
    with pytest.raises(NotMeasurable, match="does not rise when contact is lost"):
        derived("response-latency", losses(lambda _: 1.0, contact_v=OPEN_V), level="1.0")


EDGES_S = (0.0, 2e-3, 5e-3, 25e-3, 26e-3, 28e-3, 60e-3, 63e-3)
"""Lost for 2 ms, 20 ms, 2 ms and 3 ms."""
SPAN_S = (-BEFORE_S, 0.1)


def train(
    flows: Waveform,
    edges_s: Sequence[float] = EDGES_S,
    *,
    leak_a: float = 0.0,
    shown_s: Sequence[float] | None = None,
) -> Observation:
    """A train of losses, with what flows while contact is made; the monitor may show another one."""

    def current(seconds: np.ndarray) -> np.ndarray:
        closed = np.searchsorted(np.asarray(edges_s), seconds, side="right") % 2 == 0
        return np.where(closed, flows(seconds), leak_a)

    plateaus = (Plateau(Polarity.POSITIVE, *SPAN_S),)
    captures = [
        record("zero", 0.0, SPAN_S),
        record("reference", LEVEL_A, SPAN_S, plateaus=plateaus),
        record("glide.1", current, SPAN_S),
        monitor("monitor.1", SPAN_S, edges_s if shown_s is None else shown_s, closed=True),
    ]
    return observed(Method.GLIDE, captures, variant="bounces")


def restarting(seconds: np.ndarray) -> np.ndarray:
    """The level until the loss of 20 ms, and a rise of 0.8 s after it."""
    return np.where(seconds < 20e-3, LEVEL_A, np.clip((seconds - 25e-3) / 0.8, 0, 1) * LEVEL_A)


def test_a_train_that_restarts() -> None:
    """The level before the loss that counts, 0.6 % of it 5 ms after."""
    taken = train(restarting)
    level, again = (
        derived("largest-in-contact", taken, tolerance="0.1"),
        derived("largest-after-loss", taken, shortest="0.012"),
    )
    assert level.value == pytest.approx(0.0, abs=level.expanded_uncertainty + 0.02 * LEVEL_A)
    assert again.value == pytest.approx(LEVEL_A * 5 / 800, abs=again.expanded_uncertainty)
    assert again.expanded_uncertainty < 0.03 * LEVEL_A


def test_a_train_that_does_not_restart() -> None:
    """The level at once after 20 ms."""
    found = derived("largest-after-loss", train(lambda t: np.full(t.size, LEVEL_A)), shortest="0.012")
    assert found.value == pytest.approx(LEVEL_A, rel=0.03)


def test_only_losses_that_count_have_to_restart() -> None:
    """A jump to half the level after the loss of 3 ms is none of the 20 ms'; where 3 ms count it is."""
    late = lambda t: np.where(t > 62e-3, LEVEL_A / 2, restarting(t))  # noqa: E731
    assert derived("largest-after-loss", train(late), shortest="0.012").value < 0.05 * LEVEL_A
    assert derived("largest-after-loss", train(late), shortest="0.003").value == pytest.approx(LEVEL_A / 2, rel=0.05)


@pytest.mark.parametrize("at_s", [3e-3, 26.5e-3 - 1e-3, 70e-3])
def test_a_spike_in_any_contact_is_seen(at_s: float) -> None:
    """A fifth too much for 0.2 ms, in whichever contact."""
    spike = lambda t: np.where((t > at_s) & (t < at_s + 0.2e-3), 1.1 * LEVEL_A, restarting(t))  # noqa: E731
    found = derived("largest-in-contact", train(spike), tolerance="0.1")
    assert found.value == pytest.approx(0.1 * LEVEL_A, abs=0.02 * LEVEL_A)


def test_what_flows_while_the_contact_is_open_counts_for_nothing() -> None:
    """A contact that does not follow its monitor is the bench's fault, and so is an output that was off before."""
    with pytest.raises(NotMeasurable, match="while the contact is open"):
        derived(
            "largest-in-contact", train(lambda t: np.full(t.size, LEVEL_A), (9.0,), shown_s=EDGES_S), tolerance="0.1"
        )
    with pytest.raises(NotMeasurable, match="no current flowed before the loss"):
        derived("largest-after-loss", train(lambda t: 0 * t), shortest="0.012")


GAP_S, JITTER_S = 20e-3, 20e-6
LOST_SPAN_S = (-1e-3, 40e-3)


def electrode(
    again: Waveform, *, before_a: float = LEVEL_A, gap_s: float = GAP_S, later_a: float = LEVEL_A, open_a: float = 0.0
) -> Observation:
    """An electrode lost at 0 s and made again, with what flows then, and what the multimeter reads later."""
    wave = lambda t: np.where(t < 0, before_a, np.where(t < gap_s, open_a, again(t - gap_s)))  # noqa: E731
    settings = (("gap_s", repr(GAP_S)), ("jitter_s", repr(JITTER_S)), ("mismatch_s", "5e-7"))
    plateaus = (Plateau(Polarity.POSITIVE, *LOST_SPAN_S),)
    captures = [record("zero", 0.0, LOST_SPAN_S), record("reference", LEVEL_A, LOST_SPAN_S, plateaus=plateaus)]
    captures += [record("lost.1", wave, LOST_SPAN_S, samples=40_000, settings=settings)]
    found = observed(Method.ELECTRODE, captures, variant="minus")
    later = Reading("again.1", tuple(1000 * later_a + off for off in (1e-7, -1e-7) * 3), "by hand", METER)
    return replace(found, readings=(*found.readings, later))


@pytest.mark.parametrize("off_s", [-JITTER_S, 0.0, JITTER_S])
def test_an_electrode_that_touches_again(off_s: float) -> None:
    """A rise from zero, and a level at once, wherever the switch's jitter puts the contact."""
    rising = derived("largest-after-electrode", electrode(lambda t: t / 0.8 * LEVEL_A, gap_s=GAP_S + off_s))
    assert rising.value < 0.03 * LEVEL_A
    at_once = derived("largest-after-electrode", electrode(lambda t: np.full(t.size, LEVEL_A), gap_s=GAP_S + off_s))
    assert at_once.value == pytest.approx(LEVEL_A, rel=0.03)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"before_a": 0.0}, "no current flowed before the loss"),
        ({"gap_s": 0.0}, "the contact was not lost|while the contact is open"),
        ({"open_a": LEVEL_A / 3}, "while the contact is open"),
        ({"later_a": 0.0}, "no current flows after contact was made again"),
    ],
)
def test_an_electrode_of_which_nothing_can_be_said(changed: dict[str, float], problem: str) -> None:
    """An output that was off, a contact that did not open or was never made again prove nothing."""
    with pytest.raises(NotMeasurable, match=problem):
        derived("largest-after-electrode", electrode(lambda t: np.full(t.size, LEVEL_A), **changed))
