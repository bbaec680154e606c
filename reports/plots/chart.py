"""Charts as SVG elements: a title, a legend, panels with bands, lines and marks that say their value when pointed at.

Our own, where matplotlib was tried first: a certification draws a hundred plots, at 45 ms and 60 kB each there against
1 ms and 10 kB here, its import takes another third of a second of a production line's time, and its marks are mute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import escape

from reports.text import MINUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 960.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 16.0, 58.0, 40.0
_BETWEEN = 14.0
_WIDE = 600.0
"""A panel narrower than that has room for few numbers below its axis."""
_LETTER = 6.2
"""Mean width of a letter of the legend, in px."""

_OVERLAP = 0.5
"""By which an area reaches into its neighbour to the right, so that no seam shows."""

_STEPS = (1.0, 2.0, 5.0, 10.0)
_SHAPES = {
    "up": "M0-5L5 4H-5Z",
    "down": "M0 5L5-4H-5Z",
    "circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
    "diamond": "M0-6L6 0L0 6L-6 0Z",
    "square": "M-5-5H5V5H-5Z",
    "cross": "M-6-3L-3-6L0-3L3-6L6-3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
    "bar": "M-1-6H1V6H-1Z",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend.

    Attributes:
        label: what it stands for.
        style: class of the drawing.
        shape: of a mark, `line` or `area`.
    """

    label: str
    style: str
    shape: str


@dataclass(slots=True)
class Panel:
    """One pair of axes; values outside its range are held at its edge.

    Attributes:
        x_range: values at the left and right edge.
        y_range: values at the lower and upper edge.
        heading: above the panel.
        x_label: below it.
        x_ticks: value and text; None: round numbers.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    heading: str = ""
    x_label: str = ""
    x_ticks: Sequence[tuple[float, str]] | None = None
    left: float = 0.0
    width: float = 0.0
    top: float = 0.0
    height: float = 0.0
    _drawn: list[str] = field(default_factory=list)
    _later: list[tuple[str, tuple[float, ...], str, str]] = field(default_factory=list)

    def area(self, x: tuple[float, float], y: tuple[float, float], style: str) -> None:
        """A rectangle, for intervals and bands."""
        self._later.append(("area", (*x, *y), style, ""))

    def line(self, x: tuple[float, float], y: tuple[float, float], style: str, says: str = "") -> None:
        """A straight line."""
        self._later.append(("line", (*x, *y), style, says))

    def mark(self, x: float, y: float, shape: str, style: str, says: str) -> None:
        """A mark that says what it is when pointed at."""
        self._later.append((shape, (x, y), style, says))

    def note(self, x: float, y: float, text: str) -> None:
        """A small text beside a place, above it in the lower half of the panel and below it in the upper."""
        self._later.append(("note", (x, y), "note", text))

    def label(self, x: float, y: float, text: str, *, before: bool = True) -> None:
        """A level small text before or behind a place, above it in the upper half and below it in the lower."""
        self._later.append(("label", (x, y), "end" if before else "start", text))

    def shape(self, x: Iterable[float], low: Iterable[float], high: Iterable[float], style: str, says: str) -> None:
        """The area between two curves."""
        upper = list(zip(x, high, strict=True))
        lower = list(zip([place for place, _ in upper], low, strict=True))
        flat = tuple(number for pair in (*upper, *reversed(lower)) for number in pair)
        self._later.append(("shape", flat, style, says))

    def place_x(self, value: float) -> float:
        """Pixel of a value on the x axis."""
        return self.left + self.width * _share(value, self.x_range)

    def place_y(self, value: float) -> float:
        """Pixel of a value on the y axis."""
        return self.top + self.height * (1 - _share(value, self.y_range))

    def render(self, hatch: str, *, labelled: bool) -> str:
        """All of the panel; `labelled` where the y axis has its numbers here."""
        self._drawn = []
        areas = [entry for entry in self._later if entry[0] == "area"]
        for _, numbers, style, _ in areas:
            self._area(numbers, style, hatch)
        self._axes(labelled=labelled)
        for kind, numbers, style, says in self._later:
            if kind != "area":
                self._draw(kind, numbers, style, says)
        return "".join(self._drawn)

    def _area(self, numbers: tuple[float, ...], style: str, hatch: str) -> None:
        x0, x1 = sorted(map(self.place_x, numbers[:2]))
        y0, y1 = sorted(map(self.place_y, numbers[2:]))
        fill = f' fill="url(#{hatch})"' if style == "guard-band" else ""
        size = f'width="{x1 - x0 + _OVERLAP:.1f}" height="{y1 - y0:.2f}"'
        self._drawn.append(f'<rect class="{style}"{fill} x="{x0:.1f}" y="{y0:.2f}" {size}/>')

    def _draw(self, kind: str, numbers: tuple[float, ...], style: str, says: str) -> None:
        said = f"<title>{escape(says)}</title>" if says and kind not in {"note", "label"} else ""
        if kind == "line":
            x0, x1 = map(self.place_x, numbers[:2])
            y0, y1 = map(self.place_y, numbers[2:])
            self._drawn.append(f'<path class="{style}" d="M{x0:.1f} {y0:.2f}L{x1:.1f} {y1:.2f}">{said}</path>')
        elif kind == "shape":
            places = [
                f"{self.place_x(x):.1f} {self.place_y(y):.1f}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            ]
            self._drawn.append(f'<path class="{style}" d="M{"L".join(places)}Z">{said}</path>')
        elif kind == "note":
            self._note(numbers, says)
        elif kind == "label":
            self._label(numbers, style, says)
        else:
            x, y = self.place_x(numbers[0]), self.place_y(numbers[1])
            self._drawn.append(
                f'<path class="{style}" transform="translate({x:.1f} {y:.1f})" d="{_SHAPES[kind]}">{said}</path>'
            )

    def _label(self, numbers: tuple[float, ...], anchor: str, text: str) -> None:
        x, y = self.place_x(numbers[0]), self.place_y(numbers[1])
        below = y > self.top + self.height / 2
        self._drawn.append(
            _text(x + (-4 if anchor == "end" else 4), y + (13 if below else -4), text, "label-on", anchor)
        )

    def _note(self, numbers: tuple[float, ...], text: str) -> None:
        x, y = self.place_x(numbers[0]), self.place_y(numbers[1])
        # Upright, so that those of neighbours do not run into each other.
        down = y < self.top + self.height / 2
        turned = _text(0, 4, text, "note", anchor="end" if down else "start")
        self._drawn.append(f'<g transform="translate({x:.1f} {y + (9 if down else -9):.1f}) rotate(-90)">{turned}</g>')

    def _axes(self, *, labelled: bool) -> None:
        right, bottom = self.left + self.width, self.top + self.height
        for value in ticks(*self.y_range):
            y = self.place_y(value)
            self._drawn.append(f'<path class="grid" d="M{self.left:.1f} {y:.1f}H{right:.1f}"/>')
            if labelled:
                text = tick_text(value, self.y_range)
                self._drawn.append(_text(self.left - 6, y + 4, text, "tick", anchor="end"))
        marks = self.x_ticks
        if marks is None:
            marks = [
                (value, tick_text(value, self.x_range))
                for value in ticks(*self.x_range, about=10 if self.width > _WIDE else 4)
            ]
        for value, text in marks:
            x = self.place_x(value)
            self._drawn.append(f'<path class="frame" d="M{x:.1f} {bottom:.1f}v4"/>')
            self._drawn.append(_text(x, bottom + 16, text, "tick", anchor="middle"))
        self._drawn.append(f'<path class="frame" d="M{self.left:.1f} {self.top:.1f}V{bottom:.1f}H{right:.1f}"/>')
        if self.heading:
            self._drawn.append(_text(self.left + 2, self.top - 6, self.heading, "heading"))
        if self.x_label:
            self._drawn.append(_text((self.left + right) / 2, bottom + 32, self.x_label, "label", anchor="middle"))


@dataclass(frozen=True, slots=True)
class Chart:
    """Panels side by side, with one y axis.

    Attributes:
        title: in the top left corner.
        y_label: of the common axis.
        height: in px.
        panels: at least one.
        keys: of the legend.
        simulated: mark the chart.
        width: in px; printed to the width of a page, a narrower chart has larger letters.
    """

    title: str
    y_label: str
    height: float
    panels: Sequence[Panel]
    keys: Sequence[Key]
    simulated: bool
    width: float = WIDTH

    def svg(self, name: str, *, standalone: bool = False) -> str:
        """Write the chart as one SVG element.

        Args:
            name: unique on its page.
            standalone: carry the style along, for a file of its own.
        """
        hatch = f"guard-{name}"
        self._arrange()
        drawn = [panel.render(hatch, labelled=panel is self.panels[0]) for panel in self.panels]
        title = " · ".join(part for part in ("SIMULATED" if self.simulated else "", self.title) if part)
        middle = _TOP + (self.height - _TOP - _BOTTOM) / 2
        style = f"<style>{style_sheet()}</style>" if standalone else ""
        return (
            f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'role="img" aria-label="{escape(title)}">{style}{_hatch(hatch)}'
            f"{_text(0, 14, title, 'title')}{self._legend(hatch)}"
            f'<g transform="translate(14 {middle:.1f}) rotate(-90)">{_text(0, 0, self.y_label, "label", "middle")}</g>'
            f"{''.join(drawn)}</svg>"
        )

    def _arrange(self) -> None:
        count = len(self.panels)
        width = (self.width - _LEFT - _RIGHT - _BETWEEN * (count - 1)) / count
        for number, panel in enumerate(self.panels):
            panel.left, panel.width = _LEFT + number * (width + _BETWEEN), width
            panel.top, panel.height = _TOP, self.height - _TOP - _BOTTOM

    def _legend(self, hatch: str) -> str:
        """Right-aligned in the line under the title's, so that neither can run into the other."""
        right, parts = self.width - _RIGHT, []
        for key in reversed(self.keys):
            right -= _LETTER * len(key.label)
            parts.append(_text(right, 32, key.label, "key"))
            right -= 22
            parts.append(_sample(key, right, hatch))
            right -= 12
        return "".join(parts)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers inside an interval, about so many."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return []
    decade = 10.0 ** math.floor(math.log10(span / about))
    step = next(each * decade for each in _STEPS if span / (each * decade) <= about)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tick_text(value: float, interval: tuple[float, float]) -> str:
    """A tick's number with no more decimals than the axis needs."""
    span = interval[1] - interval[0]
    decimals = max(0, 1 - math.floor(math.log10(span))) if span > 0 else 0
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text.replace("-", MINUS)


@cache
def style_sheet() -> str:
    """The style of all charts, also for the page around them."""
    return (Path(__file__).parent / "chart.css").read_text(encoding="utf-8")


def _share(value: float, interval: tuple[float, float]) -> float:
    low, high = interval
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}"{at}>{escape(text)}</text>'


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="5" height="5" fill="#f6d9a8"/><path d="M0 0V5" stroke="#7a5a14" stroke-width="1.6"/>'
        "</pattern></defs>"
    )


def _sample(key: Key, x: float, hatch: str) -> str:
    if key.shape == "line":
        return f'<path class="{key.style}" d="M{x:.1f} 28h18"/>'
    if key.shape == "area":
        fill = f' fill="url(#{hatch})"' if key.style == "guard-band" else ""
        return f'<rect class="{key.style}"{fill} x="{x:.1f}" y="22" width="18" height="11"/>'
    return f'<path class="{key.style}" transform="translate({x + 10:.1f} 28)" d="{_SHAPES[key.shape]}"/>'
