"""The as-built parameters of one unit (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.files.table import Table, load_extended

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = 1
_LARGEST_PPM = 1e5
_OPEN = ("", "positive", "negative")


@dataclass(frozen=True, slots=True)
class Identity:
    """What the unit answers to `IDN?`."""

    maker: str
    model: str
    serial_number: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Electronics:
    """The output stage as it was built; the form's own words and units."""

    gain: float
    gain_spread: float
    offset_a: float
    offset_spread_a: float
    compliance_v: float
    output_resistance_ohm: float
    off_leakage_a: float
    bridge_open: str
    bridge_swapped: bool


@dataclass(frozen=True, slots=True)
class Firmware:
    """What the firmware does; the form's own words and units."""

    modes: tuple[str, ...]
    levels_a: tuple[float, ...]
    rise_s: float
    alternation_period_s: float
    clock_ppm: float
    watchdog_s: float


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One unit."""

    device: str
    defect: str
    identity: Identity
    electronics: Electronics
    firmware: Firmware


def read_unit(path: Path) -> UnitFile:
    """Read a unit file and what it extends.

    Raises:
        DefinitionError: file and dotted key of what is wrong.
    """
    table = Table(path, "", load_extended(path, "units"))
    schema = table.integer("schema", _SCHEMA)
    if schema != _SCHEMA:
        raise table.error("schema", f"{schema} is not the version that this simulation reads, {_SCHEMA}")
    unit = UnitFile(
        device=table.text("device"),
        defect=table.text("defect", ""),
        identity=_identity(table.table("identity")),
        electronics=_electronics(table.table("electronics")),
        firmware=_firmware(table.table("firmware")),
    )
    table.done()
    return unit


def _identity(table: Table) -> Identity:
    fields = {key: table.text(key) for key in ("maker", "model", "serial_number", "firmware")}
    for key, value in fields.items():
        if not value or "," in value or "*" in value or not all(" " <= c <= "~" for c in value):
            raise table.error(key, f"{value!r} is not allowed: printable ASCII without comma and asterisk")
    if not fields["serial_number"].startswith("SIM"):
        raise table.error(
            "serial_number", f"{fields['serial_number']!r} must begin with SIM: a simulated unit says that it is one"
        )
    table.done()
    return Identity(**fields)


def _electronics(table: Table) -> Electronics:
    electronics = Electronics(
        gain=table.number("gain", 1.0),
        gain_spread=table.number("gain_spread", 0.0),
        offset_a=table.number("offset_a", 0.0),
        offset_spread_a=table.number("offset_spread_a", 0.0),
        compliance_v=table.number("compliance_v", above=0.0),
        output_resistance_ohm=table.number("output_resistance_ohm", above=0.0),
        off_leakage_a=table.number("off_leakage_a", 0.0),
        bridge_open=table.text("bridge_open", ""),
        bridge_swapped=table.flag("bridge_swapped", default=False),
    )
    if electronics.bridge_open not in _OPEN:
        raise table.error("bridge_open", f"{electronics.bridge_open!r} is none of {', '.join(map(repr, _OPEN))}")
    for key in ("gain_spread", "offset_spread_a"):
        table.checked(key, getattr(electronics, key), lambda value: value >= 0.0, "a half width is at least 0")
    table.done()
    return electronics


def _firmware(table: Table) -> Firmware:
    firmware = Firmware(
        modes=table.texts("modes"),
        levels_a=table.numbers("levels_a"),
        rise_s=table.number("rise_s", 0.0),
        alternation_period_s=table.number("alternation_period_s", above=0.0),
        clock_ppm=table.number("clock_ppm", 0.0),
        watchdog_s=table.number("watchdog_s", 0.0),
    )
    if not firmware.modes:
        raise table.error("modes", "is empty; a unit has at least one mode")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    for mode in firmware.modes:
        if not mode or not set(mode) <= allowed:
            raise table.error("modes", f"{mode!r} is no mode name: small letters, digits and hyphens")
    for key in ("rise_s", "watchdog_s"):
        table.checked(key, getattr(firmware, key), lambda value: value >= 0.0, "a time is at least 0")
    table.checked(
        "clock_ppm", firmware.clock_ppm, lambda value: abs(value) <= _LARGEST_PPM, "at most 100000 either way"
    )
    table.done()
    return firmware
