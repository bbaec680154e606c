"""The as-built parameters of one unit (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.simulation.files.contactfile import Contact, Overload, read_contact, read_overload
from harness.simulation.files.electronicsfile import Electronics, read_electronics
from harness.simulation.files.firmwarefile import Firmware, read_firmware
from harness.simulation.files.modefile import Mode, Sweep
from harness.simulation.files.panelfile import Display, Motor, Tone, read_display, read_motor, read_tone
from harness.simulation.files.powerfile import (
    Power,
    Session,
    Supervision,
    read_power,
    read_session,
    read_supervision,
)
from harness.simulation.files.table import Table, load_extended
from harness.simulation.files.timingfile import Timing, read_timing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Contact",
    "Display",
    "Electronics",
    "Firmware",
    "Identity",
    "Mode",
    "Motor",
    "Overload",
    "Power",
    "Session",
    "Supervision",
    "Sweep",
    "Timing",
    "Tone",
    "UnitFile",
    "read_unit",
]

_SCHEMA = 1
_FEWEST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Identity:
    """What the unit answers to `IDN?`."""

    maker: str
    model: str
    serial_number: str
    firmware: str


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One unit."""

    device: str
    defect: str
    identity: Identity
    electronics: Electronics
    firmware: Firmware
    contact: Contact = field(default_factory=Contact)
    overload: Overload = field(default_factory=Overload)
    timing: Timing = field(default_factory=Timing)
    power: Power = field(default_factory=Power)
    session: Session = field(default_factory=Session)
    supervision: Supervision = field(default_factory=Supervision)
    display: Display = field(default_factory=Display)
    tone: Tone = field(default_factory=Tone)
    motor: Motor = field(default_factory=Motor)


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
        electronics=read_electronics(table.table("electronics")),
        firmware=read_firmware(table.table("firmware")),
        contact=read_contact(table.table("contact", optional=True)),
        overload=read_overload(table.table("overload", optional=True)),
        timing=read_timing(table.table("timing", optional=True)),
        power=read_power(table.table("power", optional=True)),
        session=read_session(table.table("session", optional=True)),
        supervision=read_supervision(table.table("supervision", optional=True)),
        display=read_display(table.table("display", optional=True)),
        tone=read_tone(table.table("tone", optional=True)),
        motor=read_motor(table.table("motor", optional=True)),
    )
    if not 0 <= unit.power.on_level <= len(unit.firmware.levels_a):
        raise table.error("power.on_level", f"{unit.power.on_level} is no level of this unit")
    _check_made_frequencies(table, unit)
    table.done()
    return unit


def _check_made_frequencies(table: Table, unit: UnitFile) -> None:
    """See that the timer can make what a wrong entry of the frequency table asks for."""
    tick_s = unit.firmware.timer_tick_s
    limited = (dict(row.changes).get("wrong_frequencies_hz", ()) for row in unit.timing.only)
    for rows in (unit.timing.wrong_frequencies_hz, *limited):
        for index, (_, made_hz) in enumerate(rows):
            if tick_s and round(1.0 / (made_hz * tick_s)) < _FEWEST_TICKS:
                key = f"timing.wrong_frequencies_hz[{index}].made_hz"
                raise table.error(key, f"{made_hz:g} Hz is too fast for firmware.timer_tick_s")


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
