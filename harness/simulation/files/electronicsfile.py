"""The electronics of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from harness.simulation.files.converter import Converter
from harness.simulation.files.only import Only, Situation, read_limited, under

if TYPE_CHECKING:
    from harness.simulation.files.table import Table

_DIRECTIONS = ("", "positive", "negative")
_MOST_BITS = 24


@dataclass(frozen=True, slots=True)
class Electronics:
    """The electronics as they were built; the form's own words and units. Every channel has them.

    Each default of an optional parameter is a part that is right, or not there.
    """

    compliance_v: float
    output_resistance_ohm: float
    # Converter, its constants, and the current source behind it.
    dac_bits: int = 0
    dac_full_scale_a: float = 0.0
    dac_shift: int = 0
    dac_stuck_low: int = -1
    dac_stuck_high: int = -1
    dac_dropped_bits: int = 0
    sense_full_scale_a: float = 0.0
    calibration_gain: float = 1.0
    calibration_offset_a: float = 0.0
    reference_sag_per_v: float = 0.0
    gain: float = 1.0
    gain_spread: float = 0.0
    offset_a: float = 0.0
    offset_spread_a: float = 0.0
    negative_gain: float = 1.0
    negative_loss_per_hz: float = 0.0
    dead_zone_a: float = 0.0
    clip_a: float = 0.0
    bias_a: float = 0.0
    temperature_coefficient_per_k: float = 0.0
    warm_up_k: float = 0.0
    warm_up_s: float = 0.0
    source_ohm: float = 0.0
    source_calibrated_ohm: float = 500.0
    # Bridge and edges.
    bridge_open: str = ""
    bridge_swapped: bool = False
    bridge_shorted: str = ""
    bridge_short_ohm: float = 100.0
    dead_time_s: float = 0.0
    shoot_through_c: float = 0.0
    slew_v_per_s: float = 0.0
    overshoot: float = 0.0
    overshoot_s: float = 0.0
    ringing_hz: float = 0.0
    # From the source to the terminals.
    negative_compliance_v: float = 0.0
    coupling_capacitor_f: float = 0.0
    coupling_leak_ohm: float = 0.0
    coupling_shorted: bool = False
    series_ohm: float = 0.0
    drying_ohm_per_s: float = 0.0
    drying_most_ohm: float = 1e6
    lead_drop_interval_s: float = 0.0
    lead_drop_shortest_s: float = 1e-3
    lead_drop_longest_s: float = 50e-3
    tvs_knee_v: float = 0.0
    tvs_ohm: float = 0.0
    output_capacitance_f: float = 0.0
    off_leakage_a: float = 0.0
    stuck_a: float = 0.0
    # What comes from elsewhere.
    hum_a: float = 0.0
    hum_hz: float = 50.0
    motor_hum_a: float = 0.0
    crosstalk: float = 0.0
    crosstalk_from: int = 0
    channels_swapped: bool = False
    # Other converters, and power.
    contact_bits: int = 0
    contact_full_scale_ohm: float = 0.0
    battery_bits: int = 0
    battery_full_scale_v: float = 0.0
    battery_v: float = 3.7
    battery_empty_v: float = 3.0
    battery_ohm: float = 0.0
    battery_charge_c: float = 0.0
    quiescent_a: float = 0.035
    boost_ratio: float = 0.0
    boost_ohm: float = 0.0
    boost_efficiency: float = 0.8
    only: tuple[Only, ...] = ()

    @property
    def dac(self) -> Converter:
        """The current converter of the output, in A."""
        return Converter(self.dac_bits, self.dac_full_scale_a)

    @property
    def sense_dac(self) -> Converter:
        """That of the small source that looks for contact, in A."""
        return Converter(self.dac_bits, self.sense_full_scale_a)

    @property
    def dac_faults(self) -> tuple[int, ...]:
        """What is wrong with the bits of the current converter."""
        return self.dac_shift, self.dac_stuck_low, self.dac_stuck_high, self.dac_dropped_bits

    def under(self, situation: Situation) -> Electronics:
        """Answer what holds in a situation."""
        return under(self, self.only, situation) if self.only else self


_CONVERTERS = (
    ("dac_bits", ("dac_full_scale_a", "sense_full_scale_a")),
    ("contact_bits", ("contact_full_scale_ohm",)),
    ("battery_bits", ("battery_full_scale_v",)),
)
"""Converters of the board: key of the bits, and keys of the ranges."""

_DIRECTED = frozenset(
    {
        "dac_shift", "dac_stuck_low", "dac_stuck_high", "dac_dropped_bits", "reference_sag_per_v", "gain", "offset_a",
        "dead_zone_a", "clip_a", "temperature_coefficient_per_k", "source_calibrated_ohm", "dead_time_s",
        "shoot_through_c", "slew_v_per_s", "overshoot", "overshoot_s", "ringing_hz",
    }
)  # fmt: skip
"""What acts on each step of a sequence by itself, so that it can be limited to a direction."""

_FIXED = (
    *("gain_spread", "offset_spread_a", "channels_swapped", "calibration_gain", "calibration_offset_a"),
    *("battery_v", "battery_empty_v", "battery_ohm", "battery_charge_c", "quiescent_a"),
    *("warm_up_k", "warm_up_s", "lead_drop_interval_s", "lead_drop_shortest_s", "lead_drop_longest_s"),
    *(key for bits, scales in _CONVERTERS for key in (bits, *scales)),
)
"""What holds always."""

_ABOVE_ZERO = (
    *("calibration_gain", "source_calibrated_ohm", "bridge_short_ohm", "drying_most_ohm", "hum_hz"),
    *("lead_drop_shortest_s", "battery_v", "battery_empty_v", "boost_efficiency"),
)

_AT_LEAST_ZERO = (
    *("gain_spread", "offset_spread_a", "negative_gain", "negative_loss_per_hz", "dead_zone_a", "clip_a"),
    *("reference_sag_per_v", "warm_up_s", "source_ohm", "dead_time_s", "shoot_through_c", "slew_v_per_s"),
    *("overshoot_s", "ringing_hz", "negative_compliance_v", "coupling_capacitor_f", "coupling_leak_ohm", "series_ohm"),
    *("drying_ohm_per_s", "lead_drop_interval_s", "tvs_knee_v", "tvs_ohm", "output_capacitance_f", "hum_a"),
    *("motor_hum_a", "battery_ohm", "battery_charge_c", "quiescent_a", "boost_ratio", "boost_ohm", "dac_dropped_bits"),
    "crosstalk_from",
)

_TOGETHER = (("overshoot", "overshoot_s"), ("tvs_ohm", "tvs_knee_v"), ("warm_up_k", "warm_up_s"))
"""The first means nothing without the second."""


def read_electronics(table: Table) -> Electronics:
    """Read the table `electronics` with its rows `only`."""
    undirected = {field.name for field in fields(Electronics)} - _DIRECTED
    electronics, only = read_limited(table, _read, fixed=_FIXED, undirected=undirected, of_electronics=True)
    return replace(electronics, only=only)


def _read(table: Table) -> Electronics:
    optional = (field for field in fields(Electronics) if field.default is not MISSING and field.name != "only")
    given: dict[str, Any] = {field.name: _value(table, field.name, field.default) for field in optional}
    electronics = Electronics(
        compliance_v=table.number("compliance_v", above=0.0),
        output_resistance_ohm=table.number("output_resistance_ohm", above=0.0),
        **given,
    )
    for key in ("bridge_open", "bridge_shorted"):
        if getattr(electronics, key) not in _DIRECTIONS:
            named = ", ".join(map(repr, _DIRECTIONS))
            raise table.error(key, f"{getattr(electronics, key)!r} is none of {named}")
    for key in _ABOVE_ZERO:
        table.checked(key, getattr(electronics, key), lambda value: value > 0.0, "it is above 0")
    table.at_least_zero(electronics, _AT_LEAST_ZERO, "it")
    for key, other in _TOGETHER:
        if getattr(electronics, key) and not getattr(electronics, other):
            raise table.error(other, f"is not above 0; {key} means nothing without it")
    if electronics.lead_drop_longest_s < electronics.lead_drop_shortest_s:
        raise table.error("lead_drop_longest_s", "is below lead_drop_shortest_s")
    if electronics.lead_drop_interval_s and electronics.lead_drop_interval_s <= 2.0 * electronics.lead_drop_longest_s:
        raise table.error("lead_drop_interval_s", "is not above twice lead_drop_longest_s; drops would overlap")
    if electronics.battery_empty_v > electronics.battery_v:
        raise table.error("battery_empty_v", "is above battery_v")
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
    last = electronics.dac_bits - 1
    if last < 0 and electronics.dac_faults != Electronics(1.0, 1.0).dac_faults:
        raise table.error("dac_bits", "is 0; a shift, a stuck and a dropped bit are about bits")
    lowest = {"dac_shift": -last, "dac_stuck_low": -1, "dac_stuck_high": -1, "dac_dropped_bits": 0}
    for key, low in lowest.items():
        if last >= 0 and not low <= getattr(electronics, key) <= last:
            raise table.error(key, f"{getattr(electronics, key)} is none of {low} to {last}")
