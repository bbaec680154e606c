"""The output stage of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from harness.simulation.files.only import Only, Situation, read_limited, under

if TYPE_CHECKING:
    from harness.simulation.files.table import Table

_OPEN = ("", "positive", "negative")
_POSITIVE = ("calibration_gain", "battery_v")
_MOST_BITS = 24
_CONVERTERS = (
    ("dac_bits", ("dac_full_scale_a", "sense_full_scale_a")),
    ("contact_bits", ("contact_full_scale_ohm",)),
    ("battery_bits", ("battery_full_scale_v",)),
)
"""Converters of the board: key of the bits, and keys of the ranges."""
_FIXED = ("gain_spread", "offset_spread_a", *(key for bits, scales in _CONVERTERS for key in (bits, *scales)))
_UNDIRECTED = (
    "compliance_v",
    "output_resistance_ohm",
    "output_capacitance_f",
    "coupling_capacitor_f",
    "stuck_a",
    "off_leakage_a",
    "bridge_open",
    "bridge_swapped",
    "calibration_gain",
    "calibration_offset_a",
    "battery_v",
)
"""What the firmware asks reaches them in both directions at once."""


@dataclass(frozen=True, slots=True)
class Electronics:
    """The output stage as it was built; the form's own words and units. Every channel has one like it."""

    compliance_v: float
    output_resistance_ohm: float
    gain: float = 1.0
    gain_spread: float = 0.0
    offset_a: float = 0.0
    offset_spread_a: float = 0.0
    off_leakage_a: float = 0.0
    bridge_open: str = ""
    bridge_swapped: bool = False
    output_capacitance_f: float = 0.0
    coupling_capacitor_f: float = 0.0
    stuck_a: float = 0.0
    negative_gain: float = 1.0
    dead_zone_a: float = 0.0
    dac_bits: int = 0
    dac_full_scale_a: float = 0.0
    sense_full_scale_a: float = 0.0
    contact_bits: int = 0
    contact_full_scale_ohm: float = 0.0
    battery_bits: int = 0
    battery_full_scale_v: float = 0.0
    calibration_gain: float = 1.0
    calibration_offset_a: float = 0.0
    battery_v: float = 3.7
    only: tuple[Only, ...] = ()

    def under(self, situation: Situation) -> Electronics:
        """Answer what holds in a situation."""
        return under(self, self.only, situation)


def read_electronics(table: Table) -> Electronics:
    """Read the table `electronics` with its rows `only`."""
    electronics, only = read_limited(table, _read, fixed=_FIXED, undirected=_UNDIRECTED)
    for index, row in enumerate(only):
        if row.condition.polarity == "bipolar":
            raise table.error(f"only[{index}].polarity", "is a direction of the current here: positive or negative")
    return replace(electronics, only=only)


def _read(table: Table) -> Electronics:
    optional = (field for field in fields(Electronics) if field.default is not MISSING and field.name != "only")
    given: dict[str, Any] = {field.name: _value(table, field.name, field.default) for field in optional}
    electronics = Electronics(
        compliance_v=table.number("compliance_v", above=0.0),
        output_resistance_ohm=table.number("output_resistance_ohm", above=0.0),
        **given,
    )
    if electronics.bridge_open not in _OPEN:
        raise table.error("bridge_open", f"{electronics.bridge_open!r} is none of {', '.join(map(repr, _OPEN))}")
    table.at_least_zero(electronics, ("gain_spread", "offset_spread_a"), "a half width")
    table.at_least_zero(electronics, ("output_capacitance_f", "coupling_capacitor_f"), "a capacitance")
    table.at_least_zero(electronics, ("negative_gain", "dead_zone_a"), "it")
    for key in _POSITIVE:
        table.checked(key, getattr(electronics, key), lambda value: value > 0.0, "above 0")
    _check_converters(table, electronics)
    table.done()
    return electronics


def _value(table: Table, key: str, default: object) -> object:
    """Read a parameter of the kind that its default has."""
    if isinstance(default, bool):
        return table.flag(key, default=default)
    if isinstance(default, int):
        return table.integer(key, default)
    if isinstance(default, float):
        return table.number(key, default)
    return table.text(key, str(default))


def _check_converters(table: Table, electronics: Electronics) -> None:
    for bits, full_scales in _CONVERTERS:
        count = getattr(electronics, bits)
        table.checked(bits, count, lambda value: 0 <= value <= _MOST_BITS, f"0 (ideal) to {_MOST_BITS}")
        for full_scale in full_scales:
            if count and getattr(electronics, full_scale) <= 0.0:
                raise table.error(full_scale, f"is not above 0; with {bits} the converter needs a range")
