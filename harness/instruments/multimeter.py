"""The multimeter: d.c. volts on a fixed range, free or gated inside a plateau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.errors import Refused, TimeLimitExceeded
from harness.instruments import scpi

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_MEASURING = 1 << 4
_WAITING_FOR_TRIGGER = 1 << 5
_AUTO_ZERO_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Gate:
    """Where readings are placed: `delay_s` after the input crosses `level_v` in one direction."""

    level_v: float
    rising: bool
    delay_s: float
    period_s: float


class Multimeter(Protocol):
    """What the bench asks of any multimeter."""

    def dc_volts(self, range_v: float, cycles: int) -> tuple[tuple[str, str], ...]:
        """Choose d.c. volts on a fixed range, with an aperture of so many mains cycles; return settings read back."""

    def start(self, count: int, gate: Gate | None) -> None:
        """Begin to take readings; returns when the meter says that it has begun."""

    def finish(self) -> tuple[float, ...]:
        """Wait for the readings that were begun, in volts.

        Raises:
            TimeLimitExceeded: a gate that never opened.
            Overload: the input is beyond the range.
        """


class Truevolt:
    """Keysight Truevolt multimeters with level trigger (34465A, 34470A)."""

    models = ("34465A", "34470A")

    def __init__(self, link: VisaLink, clock: Clock, mains_frequency_hz: float) -> None:
        self._link = link
        self._clock = clock
        self._mains_frequency_hz = mains_frequency_hz
        self._reading_s = 0.0
        self._count = 0
        self._gate: Gate | None = None

    def dc_volts(self, range_v: float, cycles: int) -> tuple[tuple[str, str], ...]:
        scpi.configure(
            self._link,
            f"CONF:VOLT:DC {range_v:g}",
            f":SENS:VOLT:DC:NPLC {cycles}",
            ":SENS:VOLT:DC:ZERO:AUTO ON",
            ":SENS:VOLT:DC:IMP:AUTO ON",
        )
        self._reading_s = cycles / self._mains_frequency_hz * _AUTO_ZERO_FACTOR
        message = "SENS:VOLT:DC:RANG?;NPLC?;IMP:AUTO?"
        answer = self._link.query(message)
        names = ("range_v", "nplc", "high_impedance")
        values = scpi.numbers(self._link, message, answer.replace(";", ","), len(names))
        settings = dict(zip(names, values, strict=True))
        if settings != {"range_v": range_v, "nplc": cycles, "high_impedance": 1}:
            raise Refused(f"multimeter was set to {range_v:g} V, {cycles} NPLC, high impedance, but says {answer!r}")
        return tuple((name, f"{value:g}") for name, value in settings.items())

    def start(self, count: int, gate: Gate | None) -> None:
        if gate is None:
            trigger = [":TRIG:SOUR IMM", ":TRIG:DEL:AUTO ON", ":TRIG:COUN 1", f":SAMP:COUN {count}"]
        else:
            trigger = [
                ":TRIG:SOUR INT",
                f":TRIG:LEV {gate.level_v:.6g}",
                f":TRIG:SLOP {'POS' if gate.rising else 'NEG'}",
                f":TRIG:DEL {gate.delay_s:.6g}",
                f":TRIG:COUN {count}",
                ":SAMP:COUN 1",
            ]
        self._count, self._gate = count, gate
        scpi.configure(self._link, *trigger, ":INIT")

    def finish(self) -> tuple[float, ...]:
        expected = self._reading_s * self._count if self._gate is None else self._gate.period_s * self._count
        slack = 2 * self._reading_s if self._gate is None else 2 * self._gate.period_s + self._reading_s
        try:
            self._clock.wait_for(
                self._done, expected + slack + 1.0, what="the multimeter's readings", expected_s=expected
            )
        except TimeLimitExceeded:
            scpi.configure(self._link, "ABOR")
            raise
        return scpi.numbers(self._link, "FETC?", self._link.query("FETC?"), self._count)

    def _done(self) -> bool:
        return not scpi.whole(self._link, "STAT:OPER:COND?") & (_MEASURING | _WAITING_FOR_TRIGGER)
