"""The page of an analysed record, by what a parser sees in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import RequestError
from harness.sheet import Channel, Interval, Line, Measured, Point, Sheet
from reports.analysis_page import render, write_analysis
from reports.plots.sheet import sheet_chart
from tests.reports.support import Seen

if TYPE_CHECKING:
    from pathlib import Path

COUNT, PERIOD = 20_000, 1000
SQUARE = (np.arange(COUNT) % PERIOD < PERIOD // 2) * 1e-3
INTERVAL_S = 1e-6


def channel(**other: object) -> Channel:
    """A square wave of 1 mA and 1 kHz from -1 ms on, with all that can be marked."""
    instants = [(-1e-3 + n * PERIOD * INTERVAL_S) for n in range(1, COUNT // PERIOD)]
    whole = Channel(
        name="CH3 <b>",
        unit="A",
        start_s=-1e-3,
        interval_s=INTERVAL_S,
        samples=SQUARE,
        summary=(("kind", "monophasic"), ("peak", "1.000 mA")),
        measured=(
            Measured("high state", 1e-3, "A", 1e-5, "", "IEEE Std 181-2011, 5.2"),
            Measured("fall time", None, "s", None, "faster than the sampling", "IEEE Std 181-2011, 5.3"),
        ),
        lines=(Line("high state", 1e-3, is_state=True), Line("50 %", 0.5e-3, is_state=False)),
        points=(
            *(Point("50 % instant", each, 0.5e-3, is_extreme=False) for each in instants),
            Point("3.00 % of the step beyond the state", 0.5e-3, 1.03e-3, is_extreme=True),
        ),
        intervals=tuple(Interval("period", each, each + PERIOD * INTERVAL_S) for each in instants[:-1]),
        transition=Interval("transition", -1e-6, 1e-6),
    )
    return replace(whole, **other)


def sheet(*channels: Channel) -> Sheet:
    """A sheet of one file."""
    return Sheet("scope & co.csv", "Rigol, numbered", "the whole record", channels or (channel(),))


def places(seen: Seen, name: str) -> list[tuple[float, float]]:
    """Where marks of a class stand, those of the legend left out."""
    transforms = [each.get("transform") or "" for each in seen.classed(name)]
    found = [re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", each) for each in transforms]
    return [(float(match[1]), float(match[2])) for match in found if match and float(match[2]) > 40]


def test_the_page_holds_values_with_bounds_and_reasons() -> None:
    """Each parameter is there once: with its bound and definition, or with the reason why it has none."""
    seen = Seen(render(sheet()))
    assert seen.balanced
    for words in (
        "scope & co.csv", "CH3 <b>", "Dialect of the file: Rigol, numbered", "the whole record", "1.000 ± 0.010 mA",
        "IEEE Std 181-2011, 5.2", "faster than the sampling", "kind monophasic",
    ):  # fmt: skip
        assert words in seen.text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """One file: no script, no image, no address, and what a file's name says is text."""
    page = render(sheet())
    seen = Seen(page)
    assert not {tag for tag, _ in seen.tags} & {"script", "img", "link", "iframe", "b"}
    assert not [1 for _, attributes in seen.tags if {"src", "href"} & attributes.keys()]
    assert "default-src 'none'" in page
    assert render(sheet()) == page


def test_every_column_has_its_plot() -> None:
    """Two columns, two plots, with ids of their own."""
    page = render(sheet(channel(name="CH1", unit="V"), channel()))
    assert page.count("<svg") == 2
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "voltage, mV" in page
    assert "current, mA" in page


def test_a_record_of_many_periods_shows_its_first_ones_and_a_transition() -> None:
    """Three panels, each with its own time axis; the levels in all of them."""
    panels = sheet_chart(channel()).panels
    assert [panel.heading for panel in panels] == ["the record", "its first periods", "a transition"]
    assert [panel.x_label for panel in panels] == ["time, ms", "time, ms", "time, µs"]
    assert panels[0].x_range == pytest.approx((-1, 19))
    assert panels[1].x_range == pytest.approx((-0.15, 2.1))
    assert panels[2].x_range == pytest.approx((-61, 61))


def test_a_short_record_shows_itself() -> None:
    """Nothing to be enlarged: one panel."""
    short = channel(samples=SQUARE[:600], intervals=(), points=(), transition=Interval("t", -0.9e-3, -0.8e-3))
    assert [panel.heading for panel in sheet_chart(short).panels] == ["the record"]


def test_an_envelope_hides_no_sample() -> None:
    """One sample in 10 million that leaves the screen is in the drawing."""
    samples = np.zeros(10_000_000)
    samples[7_654_321] = 5.0
    spike = channel(unit="V", samples=samples, lines=(), points=(), intervals=(), transition=None)
    svg = sheet_chart(spike).svg("n")
    assert len(svg) < 60_000
    (path,) = re.findall(r'<path class="record" d="([^"]+)"', svg)
    heights = [float(each) for each in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    panel = sheet_chart(spike).panels[0]
    assert panel.y_range[1] > 5.0
    assert min(heights) < 90 < max(heights)


def test_marks_stand_where_they_were_measured() -> None:
    """The instant at 0 s and half the level lies in the middle of the panel that is centred there."""
    seen = Seen(sheet_chart(channel(intervals=(), transition=Interval("t", -1e-6, 1e-6))).svg("n"))
    assert places(seen, "instant")
    assert places(seen, "extreme")


def test_too_many_instants_are_left_to_the_detail() -> None:
    """A hundred marks would cover the waveform; of the excursions the largest stays."""
    crowd = tuple(Point("50 % instant", n * 1e-4, 0.5e-3, is_extreme=False) for n in range(100))
    peaks = tuple(Point("peak", n * 1e-4, 1e-3 + n * 1e-6, is_extreme=True) for n in range(100))
    plain = channel(points=crowd + peaks, intervals=(), transition=None)
    seen = Seen(sheet_chart(plain).svg("n"))
    assert places(seen, "instant") == []
    assert len(places(seen, "extreme")) == 1


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The sentence names the place."""
    with pytest.raises(RequestError, match="cannot be written"):
        write_analysis(sheet(), tmp_path / "none" / "page.html")
    assert write_analysis(sheet(), tmp_path / "page.html").read_text(encoding="utf-8") == render(sheet())
