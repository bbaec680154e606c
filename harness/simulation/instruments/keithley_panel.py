"""Display, system and route commands of a Keithley multimeter: what a person sees, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.simulation.instruments.keithley_settings import no_card, plain_number
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Number, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.calendar import Calendar
    from harness.simulation.scpi.arguments import Arguments

_LANGUAGES = ("SCPI", "TSP", "SCPI2000", "SCPI34401")
_SCREENS = (
    "HOME", "HOME_LARG", "HOME_LARGE_READING", "READ", "READING_TABLE", "GRAPh", "HISTogram", "PROCessing",
    *(f"SWIPE_{name}" for name in
      ("FUNCtions", "GRAPh", "SECondary", "SETTings", "STATistics", "USER", "CHANnel", "NONSwitch", "SCAN")),
    *(f"CHANNEL_{name}" for name in ("CONTrol", "SETTings", "SCAN")),
)  # fmt: skip
_LIGHTS = ("ON100", "ON75", "ON50", "ON25", "OFF", "BLACkout")
_LONGEST_LINE = {1: 20, 2: 32}
_DIGITS = 6.0


class Panel:
    """What is shown, and what only a person would notice.

    Args:
        calendar: the instrument's clock.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def enter(self, instrument: Instrument, functions: Iterable[str]) -> None:
        """Enter the commands; `functions` are the headers of the functions, for their digits."""
        table = instrument.table
        for function in functions:
            digits = Number(_DIGITS, lambda: (3.0, _DIGITS), coerce=round, write=plain_number)
            instrument.setting(f"DISPlay:{function}:DIGits", digits)
        instrument.setting("DISPlay:LIGHt:STATe", Word("ON50", _LIGHTS))
        table.add("DISPlay:CLEar", set=bare(_nothing))
        table.add("DISPlay:SCReen", set=_screen)
        table.add("DISPlay:USER<n>:TEXT[:DATA]", set=_line)
        table.add("SYSTem:BEEPer[:IMMediate]", set=_beep)
        table.add("SYSTem:LFRequency", query=plain(lambda: f"{instrument.surroundings.mains_hz:.0f}"))
        table.add("SYSTem:TIME", set=self._set_time, query=self._time)
        table.add("SYSTem:VERSion", query=plain(lambda: instrument.model.text("identity.scpi_version")))
        table.add("SYSTem:ACCess", set=_access, query=plain(lambda: "FULL"))
        table.add("SYSTem:CARD<n>:IDN", query=plain(lambda: "Empty Slot"))
        table.add("ROUTe:TERMinals", query=plain(lambda: "FRON"))
        for header in ("ROUTe:CLOSe", "ROUTe:OPEN", "ROUTe:SCAN:CREate"):
            table.add(header, set=_no_card)
        table.add("*LANG", set=_speak, query=plain(lambda: "SCPI"))

    def _time(self, arguments: Arguments) -> str:
        as_text = arguments.more() and arguments.integer() == 1
        arguments.end()
        now = self._calendar.now()
        return f"{now:%a %b %d %H:%M:%S %Y}" if as_text else f"{int(now.timestamp())}"

    def _set_time(self, arguments: Arguments) -> None:
        """Take hour, minute, second, or all six from the year on."""
        fields = []
        while arguments.more():
            fields.append(arguments.integer())
        now = self._calendar.now()
        if len(fields) == 3:  # noqa: PLR2004 - the time of day alone
            fields = [now.year, now.month, now.day, *fields]
        if len(fields) != 6:  # noqa: PLR2004 - a date and a time
            raise ScpiError(-109)
        try:
            self._calendar.put(datetime(*fields, tzinfo=UTC))  # type: ignore[arg-type,misc]
        except ValueError as error:
            raise ScpiError(-222) from error


def _speak(arguments: Arguments) -> None:
    """Take a language for the next power-up, which never comes: until then it speaks SCPI."""
    text = arguments.raw().strip("\"'").upper()
    arguments.end()
    if text not in _LANGUAGES:
        raise ScpiError(-224)


def _nothing() -> None:
    """Do what nobody can measure."""


def _screen(arguments: Arguments) -> None:
    arguments.choice(_SCREENS)
    arguments.end()


def _line(arguments: Arguments) -> None:
    text = arguments.string()
    arguments.end()
    longest = _LONGEST_LINE.get(arguments.suffixes[0])
    if longest is None:
        raise ScpiError(-114)
    if len(text) > longest:
        raise ScpiError(-223)


def _beep(arguments: Arguments) -> None:
    frequency, duration = arguments.number("HZ"), arguments.number("S")
    arguments.end()
    if not 20.0 <= frequency <= 8000.0 or not 0.001 <= duration <= 100.0:  # noqa: PLR2004 - SYSTem:BEEPer
        raise ScpiError(-222)


def _access(arguments: Arguments) -> None:
    arguments.choice(("FULL", "EXCLusive", "PROTected", "LOCKout"))
    arguments.end()


def _no_card(arguments: Arguments) -> None:
    while arguments.more():
        arguments.raw()
    raise no_card()
