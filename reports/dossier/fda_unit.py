"""FDA's table of basic unit characteristics, row by row (guidance of 9 June 1999, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.contents import UNIT
from reports.dossier.blocks import Block, Heading, Table, Text
from reports.text import result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.dossier.case import Case

NOTE = (
    "The tables of this chapter have the format of FDA's guidance for 510(k)s of powered muscle stimulators of 9 "
    "June 1999. "
    "Whether that guidance applies to this device is the statement of the sponsor, not of this document. Leakage "
    "is not "
    "measured on this bench, because unit, computer and supply are joined there: attach the report of a leakage "
    "test. The "
    "guidance names no tolerance; each one printed is of the device profile, stated or assumed. Values are "
    "measured, with "
    "expanded uncertainty U; an entry that was not measured says so and names its source."
)
_LEAKAGE = "not measured on this bench, attach report"
_SPONSOR = "to be stated by the sponsor: no bench can measure it, and the device profile does not hold it"


def chapter(case: Case) -> Iterator[Block]:
    """The table."""
    yield Heading(2, "Basic unit characteristics")
    predicate = case.predicate
    rows = []
    for number, title, entry in _rows(case):
        shown = case.predicate.stated(number)
        told = f"{shown} (stated by the sponsor)" if shown else entry
        rows.append((number, title, told, *((predicate.of_unit(number),) if predicate.given else ())))
    if predicate.given:
        head: tuple[str, ...] = ("", "Characteristic", "New device", f"Predicate: {predicate.name}")
        yield Table(head, tuple(rows), (0, 1.3, 2.2, 1.6), size=8)
        yield Text(f"Predicate: {predicate.source or 'no source is given'}.", "soft")
    else:
        yield Table(("", "Characteristic", "New device"), tuple(rows), (0, 1.2, 2.6), size=8)
        yield Text("No predicate file was given; the predicate's column is left out.", "soft")


def _rows(case: Case) -> Iterator[tuple[str, str, str]]:
    profile, contents = case.profile, case.contents
    unit = next((who for who in contents.recorded.identities if who.role == UNIT), None)
    yield "1", "510(k) number", _SPONSOR
    yield "2", "Device name, model", f"{contents.device_title or contents.state.device}; " + (
        f"{unit.model}, serial number {unit.serial_number}" if unit else "no unit answered")  # fmt: skip
    yield "3", "Manufacturer", unit.maker if unit else "no unit answered"
    battery = profile.text("battery.full_v")
    yield "4", "Power source(s)", f"battery, {battery} when full" if battery else _SPONSOR
    yield "4a", "Method of line current isolation", _isolation(case)
    yield "4b", "Patient leakage current, normal condition (µA)", _LEAKAGE
    yield "4c", "Patient leakage current, single fault condition (µA)", _LEAKAGE
    modes = profile.modes
    yield "5", "Number of output modes", f"{len(modes)}: {', '.join(modes)}" if modes else "the profile holds no mode"
    yield "6", "Number of output channels", profile.text("channels", "1 (assumed: the profile does not say)")
    yield from _channel_rows(case)
    yield "7", "Regulated current or regulated voltage?", _regulation(case)
    yield (
        "8",
        "Software, firmware or microprocessor control?",
        (f"Yes: the unit answers commands, firmware {unit.firmware or 'of no stated version'}" if unit else _SPONSOR),
    )
    yield from _protection(case)
    yield from _panel(case)
    yield from _housing()


def _isolation(case: Case) -> str:
    lock_out = case.outcome("charging.lock-out")
    if case.profile.has("charging"):
        return f"battery operation; output while charging: charging.lock-out {lock_out}"
    return (
        "not applicable: the profile declares no connection to the mains" if case.profile.has("battery") else _SPONSOR
    )


def _channel_rows(case: Case) -> Iterator[tuple[str, str, str]]:
    several = case.profile.number("channels") not in {None, 1.0}
    one = "not applicable: one channel"
    keyed = case.outcome("channels.keyed")
    yield (
        "6a",
        "Synchronous or alternating?",
        (f"independent controls; both channels at once: channels.keyed {keyed}" if several else one),
    )
    crosstalk = case.outcome("channels.crosstalk")
    yield (
        "6b",
        "Method of channel isolation",
        (f"the method is to be stated by the sponsor; measured: channels.crosstalk {crosstalk}" if several else one),
    )


def _regulation(case: Case) -> str:
    """Current into the three loads, as recorded; the judgement is that of load.regulation."""
    found = [v for v in case.values if v.quantity == "output-table.positive-current"]
    if not found:
        found = [v for v in case.values if v.quantity == "output-table.negative-current"]
    first = [v for v in found if v.point.setpoint.mode == found[0].point.setpoint.mode] if found else []
    told = "; ".join(f"{result_of(v.measurement)} into {v.point.load}" for v in first)
    judged = case.outcome("load.regulation")
    if not told:
        return f"load.regulation: {judged}" if judged else "not measured: no value at the three loads"
    name = "Regulated current" if judged.startswith("PASS") else "Not shown to be a regulated current"
    return f"{name} (load.regulation: {judged or 'not in this run'}): {told}"


def _protection(case: Case) -> Iterator[tuple[str, str, str]]:
    profile = case.profile
    trip = profile.text("trip.current_a")
    yield (
        "9",
        "Automatic overload trip?",
        (
            f"Yes, above {trip}: overload.trip {case.outcome('overload.trip')}"
            if trip
            else f"No trip is declared; overload.ceiling {case.outcome('overload.ceiling') or 'was not judged'}"
        ),
    )
    contact = profile.text("contact.open_above_ohm")
    yield (
        "10",
        "Automatic no-load trip?",
        (
            f"Yes, no contact above {contact}: contact.threshold {case.outcome('contact.threshold')}"
            if contact
            else "No: the profile declares no contact monitoring"
        ),
    )
    session = profile.text("session.length_s")
    yield (
        "11",
        "Automatic shut off?",
        (
            f"Yes, after {session}: session.shut-off {case.outcome('session.shut-off')}"
            if session
            else "No: the profile declares no session"
        ),
    )
    yield (
        "12",
        "Patient override control?",
        (
            f"output off by command: off.residual {case.outcome('off.residual')}; a control for the patient is to "
            "be stated "
            "by the sponsor"
        ),
    )


def _panel(case: Case) -> Iterator[tuple[str, str, str]]:
    display = case.profile.has("display")
    none = "No: the profile declares no display"
    yield (
        "13a",
        "Indicator display: on/off status?",
        (
            f"polarity and run time are displayed: display.polarity {case.outcome('display.polarity')}"
            if display
            else none
        ),
    )
    yield (
        "13b",
        "Indicator display: low battery?",
        (f"Yes: battery.flag {case.outcome('battery.flag')}" if case.profile.has("battery") else none),
    )
    yield (
        "13c",
        "Indicator display: voltage or current level?",
        (f"Yes, current: display.intensity {case.outcome('display.intensity')}" if display else none),
    )
    session = case.profile.text("session.length_s")
    yield (
        "14",
        "Timer range (minutes)",
        f"fixed, {_minutes(case)}" if session else "not applicable: no timer is declared",
    )
    standards = [
        f"{one.text.id}: {one.outcome}"
        for one in (*case.page.requirements, *case.page.others)
        if one.text.id.startswith("iec-")
    ]
    yield (
        "15",
        "Compliance with voluntary standards?",
        (
            "to be stated by the sponsor. Clauses that this run looked at stand in the trace matrix"
            + (f" ({len(standards)}, ids that begin with iec-)" if standards else "")
        ),
    )


def _minutes(case: Case) -> str:
    value = case.profile.get("session.length_s")
    if value is None or not value.value.endswith(" s"):
        return case.profile.text("session.length_s")
    return f"{float(value.value.removesuffix(' s')) / 60:g} min ({value.basis})"


def _housing() -> Iterator[tuple[str, str, str]]:
    yield "16", "Compliance with 21 CFR 898?", "to be stated by the sponsor, with the inspection of the lead connectors"
    yield "17", "Weight", _SPONSOR
    yield "18", "Dimensions (in.) [W x H x D]", _SPONSOR
    yield "19", "Housing materials and construction", _SPONSOR
