"""The wiring of a bench as a drawing, from its file: one loop, and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import escape

from reports.dossier.blocks import Figure, legible

if TYPE_CHECKING:
    from reports.dossier.files import Bench

_WIDTH, _HEIGHT = 780, 560
_LEFT, _TOP, _BOTTOM = 150, 110, 450
_MOST_LINES = 4
_STYLE = (
    "text{font:12px 'Libertinus Serif';fill:#000}.b{font-weight:700;font-size:13px}.s{font-size:10.5px}"
    "path,rect,circle{stroke:#000;stroke-width:1.3;fill:none}.box{fill:#fff}.thin{stroke-dasharray:4 3;stroke-width:1}"
    ".dot{fill:#000}"
)


@dataclass(slots=True)
class _Sheet:
    """A drawing in the making."""

    parts: list[str] = field(default_factory=list)

    def line(self, *points: tuple[float, float], style: str = "") -> None:
        named = f' class="{style}"' if style else ""
        self.parts.append(f'<path{named} d="M{"L".join(f"{x:g} {y:g}" for x, y in points)}"/>')

    def box(self, x: float, y: float, width: float, height: float, *texts: str) -> None:
        self.parts.append(f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>')
        first = y + height / 2 + 4 - 7 * (len(texts) - 1)
        for number, text in enumerate(texts):
            self.text(x + width / 2, first + 14 * number, text, "b" if number == 0 else "s", "middle")

    def text(self, x: float, y: float, text: str, style: str = "s", anchor: str = "start") -> None:
        shown = escape(legible(text))
        self.parts.append(f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{shown}</text>')

    def svg(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"><style>{_STYLE}</style>'
            f"{''.join(self.parts)}</svg>"
        )


def wiring(bench: Bench) -> Figure:
    """The loop from output + through load and resistors back to output −, as the bench file has it."""
    sheet = _Sheet()
    _stimulator(sheet, bench)
    _upper(sheet, bench)
    _load(sheet, bench)
    _resistors(sheet, bench)
    _lower(sheet, bench)
    alt = (
        "One loop from output plus of the stimulator through "
        + ("electrode relay, " if bench.electrode_relays else "")
        + ("contact switch, " if bench.contact else "")
        + "load, multimeter resistor and oscilloscope resistor back to output minus; "
        + "the lower end of the oscilloscope resistor is earthed."
    )
    told = (
        f"Wiring of bench {bench.name or 'unnamed'}, drawn from its file. Numbers of switch channels in brackets; "
        "what the "
        "file does not have is not drawn."
    )
    return Figure(sheet.svg(), alt, told)


def _stimulator(sheet: _Sheet, bench: Bench) -> None:
    sheet.box(10, 80, _LEFT - 20, 400, "stimulator", "serial link, isolated")
    sheet.text(_LEFT - 26, _TOP + 14, "+", "b", "end")
    sheet.text(_LEFT - 26, _BOTTOM + 4, "−", "b", "end")
    if bench.battery:
        sheet.box(20, 18, 120, 36, "battery supply", _serial(bench, "supply"))
        sheet.line((75, 54), (75, 80))
    if bench.chamber:
        sheet.parts.append('<rect class="thin" x="4" y="68" width="146" height="424"/>')
        sheet.text(8, 508, f"chamber {_serial(bench, 'chamber')}")
    for number, (what, where) in enumerate((("charger", bench.charger), ("buzzer", bench.buzzer))):
        if where:
            sheet.text(18, 380 + 28 * number, what)
            sheet.text(18, 393 + 28 * number, where)


def _upper(sheet: _Sheet, bench: Bench) -> None:
    """Output + to the load: electrode relay, probe and auxiliary supply, contact switch."""
    x = float(_LEFT - 10)
    if bench.electrode_relays:
        sheet.line((x, _TOP), (x + 30, _TOP))
        sheet.box(x + 30, _TOP - 22, 112, 44, "electrode relay", f"watchdog {bench.electrode_relays}")
        sheet.line((x + 142, _TOP), (x + 180, _TOP))
    else:
        sheet.line((x, _TOP), (x + 180, _TOP))
    x += 180
    if bench.auxiliary:
        sheet.line((x - 14, _TOP), (x - 14, 58))
        sheet.box(x - 90, 14, 214, 44, "auxiliary supply, floating", bench.auxiliary)
        sheet.text(x + 128, 36, "return: battery negative of the unit")
    if bench.probe:
        sheet.line((x + 8, _TOP), (x + 8, 230))
        sheet.box(x - 56, 230, 128, 60, "differential probe", *bench.probe.split(", ", 1))
        sheet.line((x + 8, 290), (x + 8, _BOTTOM))
    if bench.contact:
        sheet.line((x, _TOP), (x + 50, _TOP))
        sheet.box(x + 50, _TOP - 22, 120, 44, "contact switch +", bench.contact)
        sheet.line((x + 170, _TOP), (580, _TOP), (580, 155))
        sheet.text(x + 168, _TOP + 36, f"monitor: {bench.monitor}", anchor="end")
    else:
        sheet.line((x, _TOP), (580, _TOP), (580, 155))


def _load(sheet: _Sheet, bench: Bench) -> None:
    lines = _wrapped(", ".join(load.name for load in bench.loads) or "none", 40)
    shown = lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "and more: see the table"]
    sheet.box(475, 155, 210, 85, "one of the loads", *shown)
    if bench.instrument("switch"):
        sheet.text(692, 175, "switch")
        sheet.text(692, 189, _serial(bench, "switch"))


def _resistors(sheet: _Sheet, bench: Bench) -> None:
    for role, y, label in (("multimeter", 265, "R_meter"), ("oscilloscope", 350, "R_scope")):
        ids = [f"{one.id} [{one.channels}]" for one in bench.resistors if one.role == role]
        sheet.line((580, y - 25), (580, y))
        lines = _wrapped(", ".join(ids) or "none", 34)[:3]
        sheet.box(485, y, 190, 60, label, *lines)
        sheet.line((675, y + 30), (700, y + 30))
        sheet.text(702, y + 26, role)
        sheet.text(702, y + 40, _serial(bench, role))


def _lower(sheet: _Sheet, bench: Bench) -> None:
    """The oscilloscope resistor's lower end back to output −, and the earth."""
    sheet.line((580, 410), (580, _BOTTOM))
    sheet.line((580, _BOTTOM), (580, 485))
    for number, half in enumerate((16, 10, 4)):
        sheet.line((580 - half, 485 + 5 * number), (580 + half, 485 + 5 * number))
    sheet.text(602, 492, "earth of the oscilloscope")
    x = float(_LEFT - 10)
    if bench.contact:
        sheet.line((580, _BOTTOM), (510, _BOTTOM))
        sheet.box(390, _BOTTOM - 22, 120, 44, "contact switch −", "same gates")
        sheet.line((390, _BOTTOM), (x, _BOTTOM))
    else:
        sheet.line((580, _BOTTOM), (x, _BOTTOM))
    if bench.second_channel:
        sheet.text(160, 528, f"second channel of the stimulator: load {bench.second_channel}")


def _serial(bench: Bench, role: str) -> str:
    found = bench.instrument(role)
    return "" if found is None else found.serial_number


def _wrapped(text: str, most: int) -> list[str]:
    """Lines of no more than so many letters, broken behind blanks."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
