"""What the charts show, by their coordinates."""

from __future__ import annotations

import pytest

from harness.setpoint import Polarity
from reports.plots.chart import Key, Panel, tick_text, ticks
from reports.plots.deviation import deviation_chart
from reports.plots.waveform import waveform_chart
from tests.reports.support import Seen, accuracy, observation, point


def heights(seen: Seen, name: str) -> list[float]:
    """Heights of all rectangles of one class that belong to the drawing and not to the legend."""
    return [float(one["height"] or 0) for one in seen.classed(name) if one["height"] != "11"]


def lines(seen: Seen) -> list[float]:
    """Vertical places of the limit lines of the drawing."""
    return sorted(
        {float((one["d"] or "").split("L")[0].split()[1]) for one in seen.classed("limit") if "L" in (one["d"] or "")}
    )


def test_guard_band_is_as_wide_as_u() -> None:
    """With limits of ± 10 % and U of 2 %, each guard band takes a tenth of the distance between the limits."""
    seen = Seen(deviation_chart([("positive", [accuracy(1.0, 0.02)])], "x", simulated=False).svg("n"))
    upper, lower = lines(seen)
    assert heights(seen, "guard-band") == pytest.approx([(lower - upper) / 10] * 2, abs=0.02)
    assert heights(seen, "accepted") == pytest.approx([(lower - upper) * 0.8], abs=0.1)


@pytest.mark.parametrize("share", [-1.0, 0.0, 3.0, 1e9])
def test_limits_stay_visible_however_far_a_value_lies(share: float) -> None:
    """The distance between the limits is at least an eighth of the panel, and the value is written at the edge."""
    seen = Seen(deviation_chart([("positive", [accuracy(share)])], "x", simulated=False).svg("n"))
    upper, lower = lines(seen)
    assert lower - upper > 152 / 8
    assert len(seen.classed("failed")) == 2  # the mark, and its key in the legend


def test_mark_says_its_value() -> None:
    """Pointing at a mark shows quantity, point, value with uncertainty, limit and verdict."""
    svg = deviation_chart([("positive", [accuracy(1.0)])], "x", simulated=False).svg("n")
    assert (
        "<title>current.positive-plateau, level 10, positive, 10k: (680.0 ± 6.8) µA, limit 612.0 to 748.0 µA: PASS"
        in svg
    )


def test_negative_magnitude_is_drawn_where_the_record_lies() -> None:
    """The magnitude of a negative phase is drawn below zero, between limits below zero."""
    at = point(polarity=Polarity.NEGATIVE)
    chart = waveform_chart(observation(at, code=60), [accuracy(1.0, at=at, phase="negative")], "x", simulated=False)
    seen = Seen(chart.svg("n"))
    zero = float((seen.classed("zero")[0]["d"] or "").split("L")[0].split()[1])
    assert all(place > zero for place in lines(seen))
    assert chart.y_label == "current, µA"


def test_charts_of_one_page_share_no_id() -> None:
    """The pattern of a guard band carries the name of its chart."""
    chart = deviation_chart([("positive", [accuracy(1.0)])], "x", simulated=False)
    assert 'id="guard-a"' in chart.svg("a")
    assert 'id="guard-b"' in chart.svg("b")


def test_standalone_chart_carries_its_style() -> None:
    """A chart that is a file of its own holds the style that a page would give it."""
    chart = deviation_chart([("positive", [accuracy(1.0)])], "x", simulated=False)
    assert "<style>" in chart.svg("a", standalone=True)
    assert "<style>" not in chart.svg("a")


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((-10.8, 10.8), ["−10", "−5", "0", "5", "10"]),
        ((0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ((-0.3, 0.3), ["−0.2", "0", "0.2"]),
        ((0.0, 800.0), ["0", "200", "400", "600", "800"]),
        ((1.0, 1.0), []),
    ],
)
def test_ticks_are_round_numbers(interval: tuple[float, float], expected: list[str]) -> None:
    """Ticks step by 1, 2 or 5 times a power of ten and carry no needless decimals."""
    assert [tick_text(value, interval) for value in ticks(*interval)] == expected


def test_values_outside_a_panel_are_held_at_its_edge() -> None:
    """Nothing is drawn outside its panel."""
    panel = Panel((0, 1), (0, 1), left=100, width=200, top=50, height=100)
    assert (panel.place_x(7), panel.place_x(-7), panel.place_y(7), panel.place_y(-7)) == (300, 100, 50, 150)
    assert Key("a", "b", "line").label == "a"
