"""What a unit file's user sees, hears and feels: display, probe tone, motor (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.files.only import read_limited

if TYPE_CHECKING:
    from harness.simulation.files.only import Only
    from harness.simulation.files.table import Table

AMPERES = {"uA": 1e-6, "mA": 1e-3}
"""Units that a display may use."""

_MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Display:
    """What the display shows; `unit` empty: there is none to read back."""

    unit: str = ""
    label: str = ""
    decimals: int = 0
    factor: float = 1.0
    run_time_error: float = 0.0
    only: tuple[Only, ...] = ()


@dataclass(frozen=True, slots=True)
class Tone:
    """The probe tone: a square wave on the buzzer's pad; `high_v` 0: there is none."""

    high_v: float = 0.0
    period_s: float = 0.0
    low_ohm: float = 0.0
    low_ohm_hz: float = 0.0
    high_ohm: float = 0.0
    high_ohm_hz: float = 0.0
    sounds: bool = True
    without_contact: bool = False


@dataclass(frozen=True, slots=True)
class Motor:
    """The vibration motor; `frequency_hz` 0: there is none."""

    frequency_hz: float = 0.0
    only_in_run: bool = False


def read_display(table: Table) -> Display:
    """Read the table `display` with its rows `only`."""
    display, only = read_limited(table, _display, fixed=("unit",))
    return replace(display, only=only)


def _display(table: Table) -> Display:
    unit = table.text("unit", "")
    display = Display(
        unit=unit,
        label=table.text("label", unit),
        decimals=table.integer("decimals", 0),
        factor=table.number("factor", 1.0),
        run_time_error=table.number("run_time_error", 0.0, above=-1.0),
    )
    for key in ("unit", "label"):
        if getattr(display, key) not in ("", *AMPERES):
            raise table.error(key, f"{getattr(display, key)!r} is none of {', '.join(AMPERES)}")
    table.at_least_zero(display, ("factor",), "it")
    table.checked("decimals", display.decimals, lambda value: 0 <= value <= _MOST_DECIMALS, "0 to 3")
    table.done()
    return display


def read_tone(table: Table) -> Tone:
    """Read the table `tone`."""
    tone = Tone(
        high_v=table.number("high_v", 0.0),
        period_s=table.number("period_s", 0.0),
        low_ohm=table.number("low_ohm", 0.0),
        low_ohm_hz=table.number("low_ohm_hz", 0.0),
        high_ohm=table.number("high_ohm", 0.0),
        high_ohm_hz=table.number("high_ohm_hz", 0.0),
        sounds=table.flag("sounds", default=True),
        without_contact=table.flag("without_contact", default=False),
    )
    table.at_least_zero(tone, ("high_v",), "it")
    if tone.high_v:
        for key in ("period_s", "low_ohm", "low_ohm_hz", "high_ohm_hz"):
            table.checked(key, getattr(tone, key), lambda value: value > 0.0, "a tone needs it above 0")
        if tone.high_ohm <= tone.low_ohm:
            raise table.error("high_ohm", "is not above low_ohm")
    table.done()
    return tone


def read_motor(table: Table) -> Motor:
    """Read the table `motor`."""
    motor = Motor(
        frequency_hz=table.number("frequency_hz", 0.0),
        only_in_run=table.flag("only_in_run", default=False),
    )
    table.at_least_zero(motor, ("frequency_hz",), "it")
    table.done()
    return motor
