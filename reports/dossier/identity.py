"""Who and what took part: unit, operator, place, dates, instruments, bench, device profile, software."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.contents import UNIT
from reports.dossier.blocks import Block, Cell, Facts, Heading, Table, Text, breakable
from reports.dossier.files import ASSUMED, Bench
from reports.dossier.wiring import wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.dossier.case import Case

_FITS = 44
"""Letters of a name beside its value."""


def chapter(case: Case) -> Iterator[Block]:
    """Everything that has a name, a serial number or a version."""
    yield Heading(1, "Identities")
    yield Heading(2, "Unit, operator, place and time")
    yield Facts(tuple(_facts(case)))
    yield Heading(2, "Instruments")
    yield from _instruments(case)
    yield Heading(2, "Wiring of the bench")
    if case.bench == Bench():
        yield Text("The run holds no bench file.")
    else:
        yield wiring(case.bench)
    yield from _parts(case)
    yield Heading(2, "Device profile")
    yield from _profile(case)
    yield Heading(2, "Software and files")
    yield from _software(case)


def _facts(case: Case) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in case.page.facts if name not in {"Software", "Numeric platform"})
    yield "Place", case.bench.place or "not stated in the bench file"
    yield "Ambient", case.bench.ambient or "not stated in the bench file"
    yield "Humidity, pressure", "not recorded: no influence of the budgets depends on them"
    yield "Time zone", "all moments are in UTC"


def _instruments(case: Case) -> Iterator[Block]:
    rows = tuple(
        (
            breakable(one.role),
            one.name,
            breakable(one.serial_number) or "-",
            breakable(one.firmware) or "-",
            one.certificate or "-",
            one.due or "-",
        )
        for one in case.page.instruments
        if one.role not in {UNIT, "resistor"}
    )
    if not rows:
        yield Text("No instrument said who it is.")
        return
    head = ("Role", "Maker and model", "Serial number", "Firmware", "Certificate", "Due")
    yield Table(head, rows, (1.1, 1.8, 1.2, 1.1, 1.5, 1.1), size=7.5)
    yield Text(
        "As each instrument answered at the start; certificate and due date by the bench file. A certification "
        "does not "
        "begin with an expired calibration.",
        "soft",
    )


def _parts(case: Case) -> Iterator[Block]:
    bench = case.bench
    if bench.resistors:
        head = ("Resistor", "Read by", "Resistance", "U", "Certificate", "Due", "Switch")
        resistors = tuple(
            (one.id, one.role, one.resistance, one.uncertainty, one.certificate, one.due, one.channels)
            for one in bench.resistors
        )
        widths = (0.8, 1.1, 1.2, 1.2, 1.3, 1.5, 0.9)
        yield Table(head, resistors, widths, size=7.5, title="Calibrated resistors")
    if bench.loads:
        titles = ("Load", "Stated", "Part in the loop", "Resistors", "Switch")
        loads = tuple((one.name, one.stated, one.parts, one.resistors, one.channels) for one in bench.loads)
        title = "Loads; the stated value holds all of the loop"
        yield Table(titles, loads, (0.9, 0.9, 1.8, 1.2, 0.8), size=7.5, title=title)
    if bench.assumptions:
        yield Table(("Influence without a data sheet (SI units)", "Bound"), bench.assumptions, (2, 1), size=7.5,
                    title="Bounds of the bench file, assumed until measured")  # fmt: skip


def _profile(case: Case) -> Iterator[Block]:
    values = case.contents.profile
    assumed = [value for value in values if value.basis == ASSUMED]
    stated = [value for value in values if value.basis != ASSUMED]
    if not values:
        yield Text("The run holds no device profile.")
    for title, found in (("Stated by the maker", stated), ("Assumed by whoever wrote the profile", assumed)):
        if found:
            rows = tuple((Cell(breakable(one.name, _FITS), "mono"), one.value, one.source) for one in found)
            yield Table(("Value of", "Value", "Source"), rows, (1.5, 1.1, 2.2), size=7.2,
                        title=f"{title}: {len(found)} of {len(values)}")  # fmt: skip


def _software(case: Case) -> Iterator[Block]:
    started, state = case.contents.recorded.started, case.contents.state
    hashes = dict(started.software_hashes)
    rows: list[tuple[Cell | str, ...]] = [
        (name, said, Cell(hashes.get(name, "not recorded"), "mono")) for name, said in started.software
    ]
    rows += [
        (name, value, Cell(hashes.get(name, ""), "mono"))
        for name, value in state.numeric_platform
        if name not in dict(started.software)
    ]
    head = ("Software of the run", "Version", "SHA-256 of its files")
    yield Table(head, tuple(rows), (1, 1.4, 2.6), size=7.5)
    yield Text(
        "Of stimcert the hash is over names and contents of the Python files of its package harness; of a library "
        "over the "
        "list of files and hashes that it was installed with. The command line stands among the facts above.",
        "soft",
    )
    files = tuple((Cell(breakable(name, _FITS), "mono"), Cell(digest, "mono")) for name, digest in case.hashes)
    yield Table(
        ("File of the run", "SHA-256"), files, (1, 1.8), size=7.5, title="Files that this dossier was made from"
    )
