"""Drift, temperature, auxiliary current, modes and the output table, from what is known exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Observation
from harness.errors import NotMeasurable
from harness.measurands.timing_auxiliary import weighted
from harness.setpoint import Method, Polarity
from tests.measurands.synthetic import measured, nothing, point, read, record, square
from tests.measurands.timing_records import LEVEL_A, course, declared, observed, taken, zero

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Current = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def slow(readings: dict[str, float], method: Method, indicated: tuple[tuple[str, str], ...] = ()) -> Observation:
    """Readings of a positive level by name."""
    at = replace(point(Polarity.POSITIVE, None), method=method)
    return Observation(at, tuple(read(name, current) for name, current in readings.items()), (), indicated)


def test_drift_is_the_largest_change() -> None:
    """Of changes by +1 and -3 per mille the larger one counts, with its sign."""
    found = measured(
        "current-drift",
        slow({"zero": 0.0, "positive": LEVEL_A, "after-60s-positive": 1.001 * LEVEL_A,
              "after-180s-positive": 0.997 * LEVEL_A, "after-600s-positive": LEVEL_A}, Method.DRIFT),
    )  # fmt: skip
    assert found.value == pytest.approx(-3e-3, abs=1e-5)
    assert found.expanded_uncertainty < 1e-4


def test_what_does_not_flow_does_not_drift() -> None:
    """A unit without current has no drift: nothing can be said."""
    with pytest.raises(NotMeasurable, match="no current flows"):
        measured("current-drift", slow({"zero": 0.0, "positive": 0.0, "after-60s-positive": 0.0}, Method.DRIFT))


def test_the_steeper_side_counts() -> None:
    """+0.1 % a kelvin below and +0.2 % above the middle are +0.2 %."""
    said = tuple((f"{name}-temperature-c", text) for name, text in (("cold", "15"), ("middle", "27.5"), ("warm", "40")))
    factors = {"cold": 1 - 12.5e-3, "middle": 1.0, "warm": 1 + 25e-3}
    readings = {f"{name}-positive": factor * LEVEL_A for name, factor in factors.items()}
    found = measured("temperature-coefficient", slow({**readings, "middle-zero": 0.0}, Method.TEMPERATURE, said))
    assert found.value == pytest.approx(2e-3, rel=1e-3)
    assert found.expanded_uncertainty < 2e-4


@pytest.mark.parametrize("hertz", [50.0, 965.0, 5000.0])
def test_the_weighting_is_that_of_the_measuring_network(hertz: float) -> None:
    """A sine comes out as the network's impedance says: 1 / sqrt(1 + (f / fc)^2) with fc = 1 / (2 pi 11 kΩ 15 nF)."""
    times = np.arange(200_000) * 5e-6
    shown = weighted(np.sin(2 * math.pi * hertz * times), 5e-6)[100_000:]
    corner = 1 / (2 * math.pi * 11e3 * 15e-9)
    assert shown.std() * math.sqrt(2) == pytest.approx(1 / math.hypot(1, hertz / corner), rel=5e-3)


def off(current: Current) -> Observation:
    """A second with the output off, at a fine scale."""
    captures = [
        record(name, of, start_s=0.0, interval_s=5e-6, samples=count, code_a=100e-9)
        for name, of, count in (("zero", nothing, 40_000), ("auxiliary", current, 200_000))
    ]
    return Observation(point(method=Method.AUXILIARY), (), tuple(captures))


def test_alternating_current_leaves_the_direct_out() -> None:
    """1 µA r.m.s. at 50 Hz beside 5 µA of direct current is 1 µA; nothing is nothing."""
    found = measured(
        "auxiliary-alternating", off(lambda times: 5e-6 + 1e-6 * math.sqrt(2) * np.sin(100 * math.pi * times))
    )
    assert found.value == pytest.approx(1e-6, abs=found.expanded_uncertainty)
    assert measured("auxiliary-alternating", off(nothing)).value < 50e-9


def mode(name: str, current: Current, settings: tuple[tuple[str, str], ...]) -> tuple[object, ...]:
    """The two records of a mode."""
    settings = tuple((key, name if key == "declared.mode" else text) for key, text in settings)
    return zero(f"zero-{name}"), taken(f"mode-{name}", current, length_s=2.1, interval_s=2e-5, settings=settings)


SCULPTING = mode("sculpting", square(5.0, LEVEL_A, -LEVEL_A), declared("square", 5.0, Polarity.BIPOLAR))
TAPPING_SAID = declared("pulses", 20.0, Polarity.BIPOLAR, pulse_width_s=2e-3)


def tapping(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pulses of 2 ms and their opposites, 20 a second."""
    place = times % 0.05
    return np.where(place < 2e-3, LEVEL_A, np.where(place < 4e-3, -LEVEL_A, 0.0))


def of_modes(*records: tuple[object, ...]) -> Observation:
    """An observation of these modes."""
    return Observation(point(method=Method.MODES), (), tuple(each for pair in records for each in pair))  # type: ignore[misc]


def test_modes_are_told_apart() -> None:
    """Two modes as declared lie far apart and near to their templates; one that aliases the other does neither."""
    good = of_modes(SCULPTING, mode("tapping", tapping, TAPPING_SAID))
    assert measured("mode-separation", good).value > 1
    assert measured("mode-deviation", good).value < 0.03
    alias = of_modes(SCULPTING, mode("tapping", square(5.0, LEVEL_A, -LEVEL_A), TAPPING_SAID))
    assert measured("mode-separation", alias).value < 0.03
    assert measured("mode-deviation", alias).value > 0.9


def sweeping(start_hz: float) -> Observation:
    """A square of 5 Hz beside a sweep to 80 Hz in 10 s that is declared to begin at 2 Hz."""
    ends_s = [0.0]
    while ends_s[-1] < 12.0:
        ends_s.append(ends_s[-1] + 1 / (start_hz * (80.0 / start_hz) ** (ends_s[-1] % 10.0 / 10.0)))
    said = declared("sweep", start_hz, Polarity.BIPOLAR, start_hz=2.0, stop_hz=80.0, sweep_s=10.0, law="logarithmic")
    shown = taken("mode-sweep", course(np.diff(ends_s)), length_s=11.0, interval_s=1e-4, settings=said)
    return of_modes(SCULPTING, (zero("zero-sweep"), shown))


def test_the_slow_end_of_a_sweep_is_seen() -> None:
    """Its cycles are few and take long: one from 2 Hz on is as declared, one from 3 Hz on is not."""
    assert measured("mode-deviation", sweeping(2.0)).value < 0.1
    assert measured("mode-deviation", sweeping(3.0)).value > 0.2


def direct(sign: int) -> Observation:
    """A square beside a direct current that is declared negative."""
    said = declared("dc", None, Polarity.NEGATIVE)
    return of_modes(SCULPTING, mode("direct", lambda times: np.full(times.shape, sign * LEVEL_A), said))


def test_a_direct_current_has_its_sign() -> None:
    """Negative as declared is near to its template, positive is not."""
    assert measured("mode-deviation", direct(-1)).value < 0.03
    assert measured("mode-deviation", direct(1)).value > 1


def table(current: Current, settings: tuple[tuple[str, str], ...], length_s: float = 1.04) -> Observation:
    """Both tracings of a current."""
    names = ("tracing-series", "tracing-pulse")
    records = [taken(name, current, length_s=length_s, interval_s=1e-5, settings=settings) for name in names]
    return observed(*records, method=Method.TABLE)


SQUARE = table(course(np.full(12, 0.1)), declared("square", 10.0, Polarity.BIPOLAR))
PULSES = table(tapping, TAPPING_SAID)


@pytest.mark.parametrize(
    ("name", "arguments", "of_square", "of_pulses"),
    [
        ("table-current", {"phase": "positive"}, LEVEL_A, LEVEL_A),
        ("table-voltage", {"phase": "negative"}, 10e3 * LEVEL_A, 10e3 * LEVEL_A),
        ("table-phase-duration", {"phase": "positive"}, 50e-3, 2e-3),
        ("table-phase-charge", {"phase": "negative"}, 50e-3 * LEVEL_A, 2e-3 * LEVEL_A),
        ("table-net-charge", {}, 0.0, 0.0),
        ("table-frequency", {"end": "lowest"}, 10.0, 20.0),
        ("table-average-current", {}, LEVEL_A, 0.08 * LEVEL_A),
        ("table-rms-density", {"area": "1e-4"}, LEVEL_A / 1e-4, math.sqrt(0.08) * LEVEL_A / 1e-4),
        ("table-attention", {"area": "1e-4", "density": "6.0"}, 0.5, 6 * math.sqrt(0.08) / (6 * math.sqrt(0.08) + 6)),
        ("table-power-density", {"area": "1e-4"}, 500 * LEVEL_A**2 / 1e-4, 500 * 0.08 * LEVEL_A**2 / 1e-4),
        ("table-burst", {"of": "duty"}, 1.0, 0.08),
        ("table-burst", {"of": "rate"}, 10.0, 20.0),
        ("table-pulse-energy", {}, 500 * LEVEL_A**2 * 50e-3, 500 * LEVEL_A**2 * 2e-3),
        ("table-rms-current", {}, LEVEL_A, math.sqrt(0.08) * LEVEL_A),
        ("table-direct-current", {}, 0.0, 0.0),
        ("table-directions", {}, 2.0, 2.0),
        ("table-unlike", {}, 0.0, 0.0),
        ("table-form", {"phase": "negative"}, 1.0, 1.0),
        ("tracings", {}, 2.0, 2.0),
    ],
)
def test_the_rows_of_the_table(name: str, arguments: dict[str, str], of_square: float, of_pulses: float) -> None:
    """Each row is what a square and pulses of known level, width and frequency have."""
    for taken_, due in ((SQUARE, of_square), (PULSES, of_pulses)):
        found = measured(name, taken_, **arguments)
        assert found.value == pytest.approx(due, abs=max(found.expanded_uncertainty, 0.002 * abs(due)))


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        (np.ones_like, 1.0),
        # Above a tenth of its peak: from 0.1002 to pi - 0.1002.
        (lambda share: np.sin(math.pi * share), 1.080),
        # From 1 down to a tenth every value is as likely: sqrt(0.37) / 0.55.
        (lambda share: 1 - share, math.sqrt(0.37) / 0.55),
        # Over ln 10 time constants: sqrt(0.99 / 2 ln 10) / (0.9 / ln 10).
        (lambda share: np.exp(-4 * share), math.sqrt(0.99 * math.log(10) / 2) / 0.9),
    ],
)
def test_the_form_of_a_phase(shape: Current, form: float) -> None:
    """A rectangle, half a sine and a spike that decays within its phase are told apart; one direction is monophasic."""

    def pulses(times: NDArray[np.float64]) -> NDArray[np.float64]:
        share = times % 0.1 / 0.02
        return LEVEL_A * np.where((share < 1) & (times % 0.1 >= 0), shape(np.clip(share, 0, 1)), 0.0)

    said = declared("pulses", 10.0, Polarity.POSITIVE, pulse_width_s=0.02)
    found = table(pulses, said)
    assert measured("table-form", found, phase="positive").value == pytest.approx(form, abs=0.01)
    assert measured("table-directions", found).value == 1
    assert measured("table-unlike", found).value == 1
    assert measured("table-direct-current", found).value > 0


def test_bursts_are_counted() -> None:
    """Three pulses at 20 Hz in every half second are two bursts a second of three pulses."""

    def bursts(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(times % 0.5 < 0.14, tapping(times % 0.5), 0.0)

    found = table(bursts, TAPPING_SAID, 5.2)
    assert measured("table-burst", found, of="pulses").value == 3
    assert measured("table-burst", found, of="rate").value == pytest.approx(2.0, rel=1e-3)
    assert measured("table-burst", found, of="duration").value == pytest.approx(0.104, abs=1e-3)
    assert measured("table-burst", found, of="duty").value == pytest.approx(0.208, abs=2e-3)
