"""Thresholds, adaptation and sense pulses, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation, Reading
from harness.errors import NotMeasurable
from harness.setpoint import Method
from tests.examples import METER
from tests.measurands.events import derived, line, observed, record

LEVEL_A = 68e-6
PERIOD_S, WIDTH_S, PULSE_A = 5e-3, 100e-6, 1e-6
PULSES = {"width": repr(WIDTH_S), "pulse": repr(PULSE_A)}


def ladder(*taken: tuple[str, float, float]) -> Observation:
    """Readings by way, resistance and current."""
    found = observed(Method.SENSING, [], readings_a=(), level_a=LEVEL_A)
    readings = [
        Reading(
            f"{way}.{number}", tuple(1000 * amperes + off for off in (1e-7, -1e-7) * 3), "by hand", METER,
            (("load_ohm", repr(ohm)),),
        )
        for number, (way, ohm, amperes) in enumerate(taken, start=1)
    ]  # fmt: skip
    return replace(found, readings=(*found.readings, *readings))


LADDER = (
    ("down", 10e6, 0.0), ("down", 1e6, 1e-6), ("down", 300e3, 60e-6), ("down", 200e3, 66e-6),
    ("up", 300e3, 66e-6), ("up", 1e6, 55e-6), ("up", 10e6, 2e-6), ("again", 200e3, 67e-6),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments", "amperes"),
    [
        ("open-current", {"above": "1e6", "way": "down"}, 1e-6),
        ("open-current", {"above": "1e6", "way": "up"}, 55e-6),
        ("open-current", {"above": "5e6", "way": "up"}, 2e-6),
        ("recognised-current", {"below": "300e3", "way": "down"}, 60e-6),
        ("recognised-current", {"below": "200e3", "way": "down"}, 66e-6),
        ("recognised-current", {"below": "200e3", "way": "again"}, 67e-6),
    ],
)
def test_the_worst_current_of_a_way(name: str, arguments: dict[str, str], amperes: float) -> None:
    """The largest where nothing may flow, the smallest where the level has to, of the resistances that count."""
    found = derived(name, ladder(*LADDER), **arguments)
    assert found.value == pytest.approx(amperes, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.1e-6


def test_a_current_the_wrong_way_is_none() -> None:
    """What flows against the setting does not pass for contact, and is no less where nothing may flow."""
    against = ladder(("down", 200e3, -66e-6), ("down", 1e6, -3e-6))
    assert derived("recognised-current", against, below="200e3", way="down").value == pytest.approx(-66e-6, rel=0.01)
    assert derived("open-current", against, above="1e6", way="down").value == pytest.approx(3e-6, rel=0.02)


def test_a_ladder_without_such_a_rung() -> None:
    """Where no reading was taken at a resistance that counts, nothing passes."""
    with pytest.raises(NotMeasurable, match="at such a load"):
        derived("recognised-current", ladder(*LADDER), below="100e3", way="down")
    with pytest.raises(NotMeasurable, match="no reading of the way again"):
        derived("recognised-current", ladder(*LADDER[:-1]), below="200e3", way="again")


def test_thresholds_lie_between_two_rungs() -> None:
    """Found between 300 kΩ and 1 MΩ, lost between 1 MΩ and 10 MΩ: half way, give or take half of it."""
    found, lost = (derived("contact-threshold", ladder(*LADDER), way=way) for way in ("down", "up"))
    assert found.value == 650e3
    assert lost.value == 5.5e6
    assert line(found, "ladder: two loads") == pytest.approx(350e3 / math.sqrt(3))
    always = derived("contact-threshold", ladder(("down", 1e6, 66e-6), ("down", 10e6, 66e-6)), way="down")
    assert always.value - always.expanded_uncertainty < 10.5e6 < always.value + always.expanded_uncertainty


def skin(*shares: float) -> Observation:
    """The level, changed by these shares from wet to dry."""
    return ladder(*(("skin", 1e3 * 2**k, LEVEL_A * (1 + share)) for k, share in enumerate(shares)))


@pytest.mark.parametrize(
    ("shares", "deviation", "reversal"),
    [
        ((0.0, 0.0, 0.0), 0.0, 0.0),
        ((-0.03, 0.0, 0.02), -0.03, 0.0),
        ((0.12, 0.05, -0.02), 0.12, 0.0),
        ((-0.03, 0.04, -0.01), 0.04, 0.05),
        ((0.02, -0.05, 0.0), -0.05, 0.05),
        ((-0.02, 0.03, 0.01, 0.06), 0.06, 0.02),
    ],
)
def test_an_adaptation(shares: tuple[float, ...], deviation: float, reversal: float) -> None:
    """The largest difference from the level with its sign, and how far the current turns back."""
    taken = skin(*shares)
    found, back = derived("adaptation-deviation", taken), derived("adaptation-reversal", taken)
    assert abs(found.value) == pytest.approx(abs(deviation) * LEVEL_A, abs=found.expanded_uncertainty)
    assert not deviation or math.copysign(1, found.value) == math.copysign(1, deviation)
    assert back.value == pytest.approx(reversal * LEVEL_A, abs=back.expanded_uncertainty)
    assert max(found.expanded_uncertainty, back.expanded_uncertainty) < 0.01 * LEVEL_A


def pulses(starts_s: np.ndarray, *, mains_a: float = 0.0, size_a: float = PULSE_A, sign: int = 1) -> Observation:
    """Sense pulses that begin at these instants, as 1 MΩ and 140 pF round them, over a quarter of a second."""
    tau = 140e-6

    def current(times: np.ndarray) -> np.ndarray:
        latest = np.searchsorted(starts_s, times, side="right") - 1
        since = times - starts_s[np.clip(latest, 0, None)]
        rise = 1 - np.exp(-np.clip(since, 0, WIDTH_S) / tau)
        shape = np.where(latest >= 0, rise * np.exp(-np.clip(since - WIDTH_S, 0, None) / tau), 0.0)
        return sign * size_a * shape + mains_a * np.sin(2 * math.pi * 50 * times + 1)

    span = (0.0, 0.25)
    shared = {"most_a": 4e-6, "ohms": 10e3, "samples": 25_000}
    captures = [record("zero", 0.0, span, **shared), record("sense", current, span, **shared)]
    return observed(Method.SENSING, captures, readings_a=(), level_a=LEVEL_A)


def regular(period_s: float) -> np.ndarray:
    """Instants at one distance."""
    return np.arange(1.3e-3, 0.25, period_s)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("period_s", [5e-3, 4.4e-3, 5.6e-3, 50e-3])
def test_the_period_of_sense_pulses(period_s: float, sign: int) -> None:
    """Mean, shortest and longest interval, through mains of a fifth of a pulse and the rounding of 1 MΩ."""
    taken = pulses(regular(period_s), mains_a=0.2e-6, sign=sign)
    for of in ("mean", "shortest", "longest"):
        found = derived("sense-interval", taken, of=of, **PULSES)
        assert found.value == pytest.approx(period_s, abs=found.expanded_uncertainty)
        assert found.expanded_uncertainty < 0.02 * PERIOD_S


def test_sense_pulses_that_jitter() -> None:
    """One pulse 0.6 ms late is one long and one short interval, and no other mean."""
    starts = regular(PERIOD_S)
    starts[20] += 0.6e-3
    taken = pulses(starts)
    for of, interval in (("mean", 5e-3), ("shortest", 4.4e-3), ("longest", 5.6e-3)):
        found = derived("sense-interval", taken, of=of, **PULSES)
        assert found.value == pytest.approx(interval, abs=found.expanded_uncertainty)


@pytest.mark.parametrize("cut", [slice(None, 20), slice(20, None)], ids=["stop", "begin late"])
def test_sense_pulses_that_are_not_there_all_the_time(cut: slice) -> None:
    """What lies between the pulses and an end of the record is an interval, too: at least so long."""
    starts = regular(PERIOD_S)[cut]
    missing = max(starts[0], 0.25 - starts[-1])
    found = derived("sense-interval", pulses(starts), of="longest", **PULSES)
    assert found.value == pytest.approx(missing, abs=1e-3)


@pytest.mark.parametrize("starts", [np.array([9.0]), np.array([0.1])], ids=["none", "one"])
def test_too_few_sense_pulses(starts: np.ndarray) -> None:
    """No interval is as long as the record at least: no pulse is no period that passes."""
    found = derived("sense-interval", pulses(starts), of="shortest", **PULSES)
    assert found.value == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize("size_a", [1e-6, 3e-6, 20e-6])
def test_the_size_of_sense_pulses(size_a: float) -> None:
    """What comes through 1 MΩ and 140 pF, half of it; beyond the screen a lower bound."""
    found = derived("sense-current", pulses(regular(PERIOD_S), size_a=size_a), width=repr(WIDTH_S))
    through = min(size_a * (1 - math.exp(-100 / 140)), 4e-6)
    assert found.value == pytest.approx(through, rel=0.1, abs=found.expanded_uncertainty)
