"""The as-built parameters of one unit (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.simulation.files.electronicsfile import Electronics, read_electronics
from harness.simulation.files.firmwarefile import (
    Contact,
    Firmware,
    Mode,
    Overload,
    read_contact,
    read_firmware,
    read_overload,
)
from harness.simulation.files.table import Table, load_extended

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Contact", "Electronics", "Firmware", "Identity", "Mode", "Overload", "UnitFile", "read_unit"]

_SCHEMA = 1


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
