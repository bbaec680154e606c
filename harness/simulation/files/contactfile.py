"""Contact sensing and overload trip of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.files.only import read_limited

if TYPE_CHECKING:
    from harness.simulation.files.only import Only
    from harness.simulation.files.table import Table

_ELECTRODES = ("", "plus", "minus")
_FIXED = ("sensing", "sense_period_s", "sense_jitter_s", "continuous")


@dataclass(frozen=True, slots=True)
class Contact:
    """How the firmware senses contact, and how it rises after it; nothing of it where `sensing` is false."""

    sensing: bool = False
    sense_period_s: float = 0.0
    sense_current_a: float = 0.0
    sense_width_s: float = 0.0
    threshold_ohm: float = 0.0
    release_ohm: float = 0.0
    least_ohm: float = 0.0
    continuous: bool = False
    sense_jitter_s: float = 0.0
    off_sense_a: float = 0.0
    debounce_s: float = 0.0
    treat_s: float = 0.0
    rise_s: float = 0.0
    rise_overshoot: float = 0.0
    rise_dip: float = 0.0
    restarts: bool = True
    stuck: bool = False
    keeps_output: bool = False
    blind_electrode: str = ""
    adaptation: float = 0.0
    adaptation_low_ohm: float = 0.0
    adaptation_high_ohm: float = 0.0
    only: tuple[Only, ...] = ()


@dataclass(frozen=True, slots=True)
class Overload:
    """The trip; `trip_a` 0: none."""

    trip_a: float = 0.0
    trip_s: float = 0.0
    clears: bool = True
    only: tuple[Only, ...] = ()


_AT_LEAST_ZERO = (
    "debounce_s",
    "rise_s",
    "rise_overshoot",
    "rise_dip",
    "release_ohm",
    "least_ohm",
    "sense_jitter_s",
    "off_sense_a",
    "treat_s",
)


def read_contact(table: Table) -> Contact:
    """Read the table `contact` with its rows `only`."""
    contact, only = read_limited(table, _contact, fixed=_FIXED)
    return replace(contact, only=only)


def _contact(table: Table) -> Contact:
    sensing = table.flag("sensing", default=False)
    continuous = table.flag("continuous", default=False)
    above, without = (0.0, None) if sensing else (None, 0.0)
    contact = Contact(
        sensing=sensing,
        sense_period_s=table.number("sense_period_s", without, above=above),
        sense_current_a=table.number("sense_current_a", without, above=above),
        sense_width_s=0.0 if continuous else table.number("sense_width_s", without, above=above),
        threshold_ohm=table.number("threshold_ohm", without, above=above),
        release_ohm=table.number("release_ohm", 0.0),
        least_ohm=table.number("least_ohm", 0.0),
        continuous=continuous,
        sense_jitter_s=table.number("sense_jitter_s", 0.0),
        off_sense_a=table.number("off_sense_a", 0.0),
        debounce_s=table.number("debounce_s", 0.0),
        treat_s=table.number("treat_s", 0.0),
        rise_s=table.number("rise_s", 0.0),
        rise_overshoot=table.number("rise_overshoot", 0.0),
        rise_dip=table.number("rise_dip", 0.0),
        restarts=table.flag("restarts", default=True),
        stuck=table.flag("stuck", default=False),
        keeps_output=table.flag("keeps_output", default=False),
        blind_electrode=table.text("blind_electrode", ""),
        adaptation=table.number("adaptation", 0.0),
        adaptation_low_ohm=table.number("adaptation_low_ohm", 0.0),
        adaptation_high_ohm=table.number("adaptation_high_ohm", 0.0),
    )
    _check_contact(table, contact)
    table.done()
    return contact


def _check_contact(table: Table, contact: Contact) -> None:
    table.at_least_zero(contact, _AT_LEAST_ZERO, "it")
    if contact.sensing and contact.sense_width_s >= contact.sense_period_s:
        raise table.error("sense_width_s", "is not shorter than sense_period_s")
    if contact.release_ohm and contact.release_ohm < contact.threshold_ohm:
        raise table.error("release_ohm", "is below threshold_ohm: what touches would be lost at once")
    if contact.sensing and contact.least_ohm >= contact.threshold_ohm:
        raise table.error("least_ohm", "is not below threshold_ohm: nothing would ever touch")
    if contact.sense_jitter_s and contact.sense_jitter_s + contact.sense_width_s >= contact.sense_period_s:
        raise table.error("sense_jitter_s", "leaves no room between two sense pulses")
    if contact.blind_electrode not in _ELECTRODES:
        raise table.error("blind_electrode", f"{contact.blind_electrode!r} is none of 'plus', 'minus'")
    table.checked("adaptation", contact.adaptation, lambda value: abs(value) < 1.0, "a share between -1 and 1")
    if contact.adaptation and not 0.0 < contact.adaptation_low_ohm < contact.adaptation_high_ohm:
        raise table.error("adaptation_low_ohm", "is not above 0 and below adaptation_high_ohm; adaptation needs both")


def read_overload(table: Table) -> Overload:
    """Read the table `overload` with its rows `only`."""
    overload, only = read_limited(table, _overload)
    return replace(overload, only=only)


def _overload(table: Table) -> Overload:
    overload = Overload(
        trip_a=table.number("trip_a", 0.0),
        trip_s=table.number("trip_s", 0.0),
        clears=table.flag("clears", default=True),
    )
    table.at_least_zero(overload, ("trip_a", "trip_s"), "it")
    table.done()
    return overload
