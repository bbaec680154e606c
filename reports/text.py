"""Numbers as people read them: one prefix and as many digits as the uncertainty deserves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.quantity import Measurement
    from harness.setpoint import OperatingPoint, Setpoint
    from harness.verdict import Decision, Limit

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
_UNPREFIXED = frozenset({"", "1", "%", "m²"})
_MOST_DECIMALS = 12
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Scale:
    """A prefixed unit: what a value is divided by, and what is written behind it."""

    divisor: float
    unit: str

    @classmethod
    def of(cls, magnitude: float, unit: str) -> Scale:
        """The prefix in which a magnitude reads as 1 to 999; none for a pure number."""
        unit = unit.replace("m2", "m²")
        if unit in _UNPREFIXED:
            return cls(1.0, "" if unit == "1" else unit)
        if magnitude == 0 or not math.isfinite(magnitude):
            return cls(1.0, unit)
        # Rounded first, so that 999.96 of one prefix becomes 1.0000 of the next.
        size = float(f"{abs(magnitude):.4g}")
        # Nobody counts seconds by the thousand, or a slow alternation in thousandths.
        prefixes = [pair for pair in _PREFIXES if (unit != "s" or pair[0] <= 1) and (unit != "Hz" or pair[0] >= 1)]
        divisor, prefix = next((pair for pair in prefixes if size >= pair[0]), prefixes[-1])
        return cls(divisor, f"{prefix}{unit}")

    def number(self, value: float, decimals: int) -> str:
        """The value in this unit, without the unit; a typographic minus."""
        text = f"{value / self.divisor:.{decimals}f}"
        if float(text) == 0:
            text = text.removeprefix("-")
        return text.replace("-", MINUS)


@dataclass(frozen=True, slots=True)
class Written:
    """A judged value for people: every number in one unit, to the same decimal place (GUM 7.2.6)."""

    value: str
    uncertainty: str
    limits: str
    acceptance: str
    unit: str

    @property
    def result(self) -> str:
        """Value and expanded uncertainty with the unit."""
        pair = f"{self.value} ± {self.uncertainty}"
        return f"({pair}) {self.unit}" if self.unit else pair


def result_of(measurement: Measurement) -> str:
    """A value with its expanded uncertainty and the unit, where there is no limit beside which it is written."""
    scale = Scale.of(max(abs(measurement.value), measurement.expanded_uncertainty), measurement.unit)
    decimals = decimals_of(measurement.expanded_uncertainty / scale.divisor)
    value, uncertainty = (
        scale.number(number, decimals) for number in (measurement.value, measurement.expanded_uncertainty)
    )
    return Written(value, uncertainty, "", "", scale.unit).result


def written(measurement: Measurement, limit: Limit, decision: Decision) -> Written:
    """Write a judged value with its limits and its acceptance interval."""
    bounds = [bound for bound in (limit.lower, limit.upper) if bound is not None]
    largest = max(abs(measurement.value), measurement.expanded_uncertainty, abs(limit.nominal))
    scale = Scale.of(largest or max(map(abs, bounds)), measurement.unit)
    if limit.nominal == 0:
        scale = Scale.of(max(abs(measurement.value), *map(abs, bounds)), measurement.unit)
    decimals = decimals_of(measurement.expanded_uncertainty / scale.divisor)
    guard = decision.guard_band
    lower = None if limit.lower is None else limit.lower + guard
    upper = None if limit.upper is None else limit.upper - guard
    return Written(
        scale.number(measurement.value, decimals),
        scale.number(measurement.expanded_uncertainty, decimals),
        interval(limit.lower, limit.upper, scale, decimals),
        interval(lower, upper, scale, decimals),
        scale.unit,
    )


def interval(lower: float | None, upper: float | None, scale: Scale, decimals: int) -> str:
    """An interval with its unit: "61.2 to 74.8 µA", "at most 1.000 µA"."""
    if lower is not None and upper is not None:
        text = f"{scale.number(lower, decimals)} to {scale.number(upper, decimals)}"
    elif lower is not None:
        text = f"at least {scale.number(lower, decimals)}"
    elif upper is not None:
        text = f"at most {scale.number(upper, decimals)}"
    else:
        return "no limit"
    return f"{text} {scale.unit}".rstrip()


def decimals_of(uncertainty: float) -> int:
    """Decimal places that show two significant digits of an uncertainty (GUM 7.2.6)."""
    if uncertainty <= 0 or not math.isfinite(uncertainty):
        return 3
    return min(_MOST_DECIMALS, max(0, 1 - math.floor(math.log10(uncertainty))))


def signed(value: float, digits: int = 3) -> str:
    """A number that always shows its sign."""
    return f"{value:+.{digits}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share as per cent, to three significant digits."""
    return f"{100 * share:.3g} %".replace("-", MINUS)


def guard_band_text(rules: Collection[str]) -> str:
    """What a hatched band is: as wide as U, or as the named rules make it."""
    return "guard band (w = U)" if set(rules) <= {"guard-band-U"} else f"guard band ({', '.join(sorted(rules))})"


def point_text(point: OperatingPoint) -> str:
    """An operating point in words: "steady, level 10 (680 µA), bipolar, 1 Hz, into 10k, gap 20ms"."""
    method = "" if point.method is Method.STEADY else f", {method_text(point)}"
    return f"{setpoint_text(point.setpoint)}, into {point.load}{method}"


def method_text(point: OperatingPoint) -> str:
    """What was done at a point: "steady", "gap 20ms"."""
    return f"{point.method.value} {point.variant}".rstrip()


def setpoint_text(setpoint: Setpoint) -> str:
    """A setpoint in words: "steady, level 10 (680 µA), bipolar, 1 Hz"."""
    scale = Scale.of(setpoint.current_a, "A")
    current = f"{setpoint.current_a / scale.divisor:.4g} {scale.unit}"
    channel = "" if setpoint.channel == 1 else f"channel {setpoint.channel}, "
    frequency = f", {frequency_text(setpoint)}" if setpoint.frequency_hz is not None else ""
    return f"{channel}{setpoint.mode}, level {setpoint.level} ({current}), {setpoint.polarity.value}{frequency}"


def frequency_text(setpoint: Setpoint) -> str:
    """Frequency of a setpoint, empty for d.c."""
    return "" if setpoint.frequency_hz is None else f"{setpoint.frequency_hz:g} Hz"


def times(count: int, thing: str) -> str:
    """A number of things: "1 value", "2 values"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
