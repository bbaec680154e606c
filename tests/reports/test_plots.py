"""What the charts show, by their coordinates."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.capture import Capture, Observation
from harness.metrology import RULES, decide
from harness.setpoint import Method, Polarity
from harness.verdict import Limit
from reports.plots.chart import Key, Panel, style_sheet, tick_text, ticks
from reports.plots.deviation import deviation_chart
from reports.plots.record import record_charts
from reports.plots.waveform import waveform_chart
from tests.reports.support import PATH, Seen, accuracy, observation, point, residual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.evidence import Judged


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


def test_the_legend_says_whose_guard_band_it_is() -> None:
    """A band that is as wide as U says so; another one names its rule."""
    usual = accuracy(1.0, 0.02)
    other = replace(usual, decision=decide(usual.measurement, usual.limit, RULES["method-6"]))
    for values, words in (([usual], "(w = U)"), ([other], "(method-6)"), ([usual, other], "(guard-band-U, method-6)")):
        assert f"guard band {words}" in deviation_chart([("positive", values)], "x", simulated=False).svg("n")


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
    (drawn,) = [one["d"] or "" for one in seen.classed("zero") if "L" in (one["d"] or "")]
    zero = float(drawn.split("L")[0].split()[1])
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


GAP = replace(point(), method=Method.GAP, variant="20ms")


def record(name: str, codes: Sequence[int]) -> Capture:
    """A record of 20 ms from 10 ms before the trigger, 10 µA a code about 128."""
    return Capture(name, bytes(codes), 0.01, 0.0, 128.0, 20e-3 / len(codes), -10e-3, 0, 255, PATH)


def gaps(*peaks: int) -> Observation:
    """Repeats of an event, each with a monitor that opens at the trigger, and currents that reach so many codes."""
    captures = [record("zero", [128] * 100)]
    for number, peak in enumerate(peaks, start=1):
        captures.append(record(f"gap.{number}", [128] * 70 + [128 + peak] * 30))
        captures.append(record(f"monitor.{number}", [255] * 50 + [128] * 50))
    return Observation(GAP, (), tuple(captures))


def in_gap(*names: str) -> Judged:
    """A value that rests on these captures."""
    value = replace(residual(0.0, GAP), limit=Limit("A", None, 680e-6, 0.0))
    return replace(value, measurement=replace(value.measurement, captures=tuple(f"{GAP.key}-{n}" for n in names)))


def test_of_repeats_the_one_with_the_largest_current_is_drawn() -> None:
    """Of five equal events one is drawn, with its own monitor: that which came nearest to harm."""
    (chart,) = record_charts(gaps(20, 68, 30), in_gap("gap.1", "gap.2", "gap.3"), "x", simulated=False)
    assert chart.panels[0].heading.startswith("record gap.2; off.residual-current")
    seen = Seen(chart.svg("n"))
    assert "contact closed" in seen.text
    areas = [one for one in seen.classed("contact") if one["height"] != "11"]
    panel = chart.panels[0]
    assert [float(one["width"] or 0) for one in areas] == pytest.approx([panel.width / 2 + 0.5], abs=0.2)
    assert (chart.y_label, panel.x_label) == ("current, µA", "time after the trigger, ms")


def test_a_limit_of_a_magnitude_holds_both_ways() -> None:
    """An upper limit of a current without a lower one is drawn above and below zero."""
    (chart,) = record_charts(gaps(60), in_gap("gap.1"), "x", simulated=False)
    seen = Seen(chart.svg("n"))
    above, below = lines(seen)
    (drawn,) = [one["d"] or "" for one in seen.classed("zero") if "L" in (one["d"] or "")]
    zero = float(drawn.split("L")[0].split()[1])
    assert zero - above == pytest.approx(below - zero, abs=0.05)


def test_a_limit_far_beyond_the_record_is_left_out() -> None:
    """A record of 50 µA is not squeezed flat to show a limit of 680 µA."""
    (chart,) = record_charts(gaps(5), in_gap("gap.1"), "x", simulated=False)
    assert lines(Seen(chart.svg("n"))) == []


def test_records_that_a_value_does_not_rest_on_are_not_drawn() -> None:
    """Zeros, references and monitors are no records of their own, and others than the value's are left out."""
    taken = gaps(20, 68)
    taken = replace(taken, captures=(*taken.captures, record("reference", [196] * 100)))
    (chart,) = record_charts(taken, in_gap("zero", "reference", "gap.1", "monitor.1"), "x", simulated=False)
    assert chart.panels[0].heading.startswith("record gap.1")


def test_peak_detection_is_drawn_as_a_band_about_its_own_zero() -> None:
    """Smallest and largest codes in turn give a band whose middle is zero where its own zero record lies there."""
    captures = (record("peak-zero", [140, 120] * 500), record("zero", [10] * 100), record("peak", [135, 125] * 2000))
    (chart,) = record_charts(Observation(GAP, (), captures), in_gap("peak"), "x", simulated=False)
    assert "record peak, peak detection" in chart.panels[0].heading
    low, high = chart.panels[0].y_range
    assert (low, high) == pytest.approx((-56.0, 56.0), abs=1.0)


def test_the_voltage_between_the_electrodes_is_drawn_in_volts() -> None:
    """A capture of the electrodes' voltage has a chart of its own, with the monitor of its event."""
    volts = record("voltage.1", [228] * 50 + [128] * 50)
    volts = replace(volts, path=replace(PATH, resistor=replace(PATH.resistor, resistance_ohm=1.0)))
    captures = (record("fine.1", [130] * 100), volts, record("monitor.1", [255] * 60 + [128] * 40))
    taken = Observation(GAP, (), (*captures, record("zero", [255] * 100)))
    charts = record_charts(taken, in_gap("fine.1", "voltage.1", "monitor.1"), "x", simulated=False)
    assert [chart.y_label.split(",")[0] for chart in charts] == ["current", "voltage"]
    (chart,) = record_charts(taken, in_gap("voltage.1"), "x", simulated=False)
    assert chart.y_label == "voltage, V"
    assert chart.panels[0].y_range == pytest.approx((-0.06, 1.06), abs=0.01)
    assert "contact closed" in Seen(chart.svg("n")).text


def test_limits_of_a_phase_lie_on_its_side() -> None:
    """The magnitude of a negative phase has its limits below zero, where the record is."""
    taken = Observation(GAP, (), (record("periods", [60] * 50 + [196] * 50), record("zero", [128] * 100)))
    value = accuracy(1.0, at=GAP, phase="negative")
    (chart,) = record_charts(taken, value, "x", simulated=False)
    seen = Seen(chart.svg("n"))
    (drawn,) = [one["d"] or "" for one in seen.classed("zero") if "L" in (one["d"] or "")]
    assert len(lines(seen)) == 2
    assert all(place > float(drawn.split("L")[0].split()[1]) for place in lines(seen))


def test_a_guard_band_keeps_its_hatching() -> None:
    """No rule of the style sheet fills a guard band: the pattern tells it apart in black and white."""
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", style_sheet())
    assert not [names for names, rule in rules if ".guard-band" in names and "fill" in rule]
