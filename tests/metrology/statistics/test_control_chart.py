"""The individuals chart against NIST's example, and each run rule on a series made for it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.control_chart import control_chart, run_rules

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def points(values: list[float], rule: str) -> tuple[int, ...]:
    """Points that a rule names in a series around 0 with sigma 1."""
    return next((found.points for found in run_rules(values, 0.0, 1.0) if found.rule == rule), ())


def test_the_handbooks_example() -> None:
    """NIST e-Handbook 6.3.2.2: centre 50.81, limits 45.8159 and 55.8041 (with d2 rounded to 1.128), in control."""
    chart = control_chart(FLOW)
    assert chart.center == pytest.approx(50.81)
    assert (chart.lower, chart.upper) == pytest.approx((45.8159, 55.8041), abs=2e-3)
    assert chart.mean_moving_range == pytest.approx(1.8778, abs=5e-5)
    assert chart.moving_range_upper == pytest.approx(3.267 * 1.8778, abs=2e-3)
    assert chart.violations == ()


UP, DOWN = [0.5] * 20, [-0.5] * 20
MIXED = [0.5, -0.5, 0.5, 0.5, -0.5, -0.5]


@pytest.mark.parametrize(
    ("rule", "series", "expected"),
    [
        ("Nelson 1", [0.5, 3.1, -0.5, -3.2, 3.0], (2, 4)),
        ("Western Electric 1", [0.5, 3.1, -0.5, -3.2, 3.0], (2, 4)),
        ("Nelson 2", [-0.1, *UP[:8]], ()),
        ("Nelson 2", [-0.1, *UP[:10]], (10, 11)),
        ("Nelson 2", [*UP[:4], 0.0, *UP[:8]], ()),
        ("Western Electric 4", [0.1, *DOWN[:7]], ()),
        ("Western Electric 4", [0.1, *DOWN[:8]], (9,)),
        ("Nelson 3", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], (6,)),
        ("Nelson 3", [0.0, 0.1, 0.2, 0.3, 0.4], ()),
        ("Nelson 3", [0.5, 0.4, 0.3, 0.2, 0.1, 0.0, -0.1], (6, 7)),
        ("Nelson 3", [0.0, 0.1, 0.2, 0.2, 0.3, 0.4], ()),
        ("Nelson 4", [0.4, -0.4] * 7, (14,)),
        ("Nelson 4", [*[0.4, -0.4] * 6, 0.4], ()),
        ("Nelson 5", [2.1, 0.0, 2.1, 0.0], (3,)),
        ("Nelson 5", [2.1, 0.0, -2.1], ()),
        ("Nelson 5", [2.1, 0.0, 0.0, 2.1], ()),
        ("Western Electric 2", [-2.1, -2.1, 0.0], (2,)),
        ("Nelson 6", [1.1, 1.1, 0.0, 1.1, 1.1], (5,)),
        ("Nelson 6", [1.1, 1.1, -1.1, 1.1], ()),
        ("Western Electric 3", [-1.1, -1.1, -1.1, -1.1], (4,)),
        ("Nelson 7", MIXED * 2 + MIXED[:3], (15,)),
        ("Nelson 7", MIXED * 2 + MIXED[:2], ()),
        ("Nelson 8", [1.2, -1.2, -1.3, 1.4, 1.1, -1.1, 1.5, -1.5], (8,)),
        ("Nelson 8", [1.2, -1.2, -1.3, 0.9, 1.4, 1.1, -1.1, 1.5, -1.5], ()),
    ],
)
def test_each_rule(rule: str, series: list[float], expected: tuple[int, ...]) -> None:
    """A rule names the points that complete its pattern, and stays silent one short of it."""
    assert points(series, rule) == expected


def test_false_alarms_are_as_rare_as_published() -> None:
    """On a long normal series each rule strikes as often as its pattern has a chance, within the scatter of clumps."""
    series = [float(value) for value in np.random.default_rng(11).normal(size=100_000)]
    assert len(points(series, "Nelson 1")) / 1e5 == pytest.approx(0.0027, abs=0.0004)
    assert len(points(series, "Nelson 2")) / 1e5 == pytest.approx(2 * 0.5**9, rel=0.25)
    assert len(points(series, "Nelson 7")) / 1e5 == pytest.approx(0.682689**15, rel=0.25)
    assert len(points(series, "Nelson 8")) / 1e5 == pytest.approx(0.317311**8, rel=0.7)


def test_a_jump_is_seen_in_the_moving_range() -> None:
    """A level that changes at the sixth point: the range that ends there is above its limit."""
    chart = control_chart([0.0, 0.1, 0.0, 0.1, 0.0, 5.0, 5.1, 5.0, 5.1, 5.0])
    assert chart.violations[-1].rule == "moving range"
    assert chart.violations[-1].points == (6,)


def test_no_chart() -> None:
    """A single value, values that do not change, NaN, and a sigma that is none are refused."""
    for values in ([1.0], [2.0, 2.0, 2.0]):
        with pytest.raises(RequestError):
            control_chart(values)
    with pytest.raises(NotFinite):
        control_chart([1.0, math.nan])
    for sigma in (0.0, -1.0, math.nan):
        with pytest.raises((RequestError, NotFinite)):
            run_rules([1.0], 0.0, sigma)
