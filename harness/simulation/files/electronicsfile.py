"""The output stage of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.files.table import Table

_OPEN = ("", "positive", "negative")


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


def read_electronics(table: Table) -> Electronics:
    """Read the table `electronics`."""
    electronics = Electronics(
        compliance_v=table.number("compliance_v", above=0.0),
        output_resistance_ohm=table.number("output_resistance_ohm", above=0.0),
        gain=table.number("gain", 1.0),
        gain_spread=table.number("gain_spread", 0.0),
        offset_a=table.number("offset_a", 0.0),
        offset_spread_a=table.number("offset_spread_a", 0.0),
        off_leakage_a=table.number("off_leakage_a", 0.0),
        bridge_open=table.text("bridge_open", ""),
        bridge_swapped=table.flag("bridge_swapped", default=False),
        output_capacitance_f=table.number("output_capacitance_f", 0.0),
        coupling_capacitor_f=table.number("coupling_capacitor_f", 0.0),
        stuck_a=table.number("stuck_a", 0.0),
        negative_gain=table.number("negative_gain", 1.0),
        dead_zone_a=table.number("dead_zone_a", 0.0),
    )
    if electronics.bridge_open not in _OPEN:
        raise table.error("bridge_open", f"{electronics.bridge_open!r} is none of {', '.join(map(repr, _OPEN))}")
    table.at_least_zero(electronics, ("gain_spread", "offset_spread_a"), "a half width")
    table.at_least_zero(electronics, ("output_capacitance_f", "coupling_capacitor_f"), "a capacitance")
    table.at_least_zero(electronics, ("negative_gain", "dead_zone_a"), "it")
    table.done()
    return electronics
