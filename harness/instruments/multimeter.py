"""The multimeter: d.c. volts on a fixed range, free or gated inside a plateau."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.errors import Refused, TimeLimitExceeded
from harness.instruments import scpi
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_MEASURING = 1 << 4
_WAITING_FOR_TRIGGER = 1 << 5
_AUTO_ZERO_FACTOR = 2
_CYCLES = (1, 10, 100)
"""Whole numbers of mains cycles that the meter offers; the other apertures are set in seconds."""
_APERTURE_STEP_S = 2e-6
"""Truevolt Series Operating and Service Guide, APERture: 2 µs resolution."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Where readings are placed: `delay_s` after the input crosses `level_v` in one direction."""

    level_v: float
    rising: bool
    delay_s: float
    period_s: float


class Multimeter(Protocol):
    """What the bench asks of any multimeter."""

    def dc_volts(self, range_v: float, aperture_s: float, *, zero_each: bool = True) -> tuple[tuple[str, str], ...]:
        """Choose d.c. volts on a fixed range, integrated over so many seconds; return settings read back.

        Args:
            range_v: fixed.
            aperture_s: integration time of one reading.
            zero_each: measure the meter's own zero with every reading, for as long again; otherwise one reading
                follows the other and hardly anything of the input is missed.

        Raises:
            Refused: the meter does not say what it was set to.
        """

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

    def dc_volts(self, range_v: float, aperture_s: float, *, zero_each: bool = True) -> tuple[tuple[str, str], ...]:
        finite("range", range_v)
        if finite("aperture", aperture_s) <= 0:
            raise ValueError(f"an aperture of {aperture_s:g} s is none")
        cycles = self._whole_cycles(aperture_s)
        scpi.configure(
            self._link,
            f"CONF:VOLT:DC {range_v:g}",
            f":SENS:VOLT:DC:APER {aperture_s:.9g}" if cycles is None else f":SENS:VOLT:DC:NPLC {cycles}",
            f":SENS:VOLT:DC:ZERO:AUTO {'ON' if zero_each else 'OFF'}",
            ":SENS:VOLT:DC:IMP:AUTO ON",
        )
        self._reading_s = aperture_s * (_AUTO_ZERO_FACTOR if zero_each else 1)
        if cycles is not None:
            return self._settings("SENS:VOLT:DC:RANG?;NPLC?;IMP:AUTO?", range_v, "nplc", cycles, 0.0)
        # Enabled last: after it a header would be looked for below APERture.
        message = "SENS:VOLT:DC:RANG?;APER?;IMP:AUTO?;:SENS:VOLT:DC:APER:ENAB?"
        return self._settings(message, range_v, "aperture_s", aperture_s, _APERTURE_STEP_S)

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
        each = self._each_s()
        expected = each * self._count
        slack = 2 * each + (0.0 if self._gate is None else self._reading_s)
        try:
            self._clock.wait_for(
                self._done, expected + slack + 1.0, what="the multimeter's readings", expected_s=expected
            )
        except TimeLimitExceeded:
            scpi.configure(self._link, "ABOR")
            raise
        return scpi.numbers(self._link, "FETC?", self._link.query("FETC?"), self._count)

    def _whole_cycles(self, aperture_s: float) -> int | None:
        """The setting in mains cycles that is this aperture, None where the meter has none."""
        cycles = aperture_s * self._mains_frequency_hz
        return next((offer for offer in _CYCLES if math.isclose(cycles, offer, rel_tol=1e-9)), None)

    def _settings(
        self, message: str, range_v: float, name: str, aperture: float, step: float
    ) -> tuple[tuple[str, str], ...]:
        """Ask for the settings, hold them to what was asked, and answer them by name."""
        answer = self._link.query(message)
        names = ("range_v", name, "high_impedance", "aperture_mode")[: message.count("?")]
        values = scpi.numbers(self._link, message, answer.replace(";", ","), len(names))
        said = dict(zip(names, values, strict=True))
        flags = {said["high_impedance"], said.pop("aperture_mode", 1.0)}
        if said["range_v"] != range_v or abs(said[name] - aperture) > step or flags != {1.0}:
            unit = "NPLC" if name == "nplc" else "s"
            raise Refused(
                f"multimeter was set to {range_v:g} V, {aperture:.9g} {unit}, high impedance, but says {answer!r}"
            )
        return tuple((key, f"{value:.9g}") for key, value in said.items())

    def _each_s(self) -> float:
        """Time from one reading to the next: whole periods of a gate, as many as a reading takes."""
        if self._gate is None:
            return self._reading_s
        busy = self._gate.delay_s + self._reading_s
        return self._gate.period_s * max(1, math.ceil(busy / self._gate.period_s))

    def _done(self) -> bool:
        return not scpi.whole(self._link, "STAT:OPER:COND?") & (_MEASURING | _WAITING_FOR_TRIGGER)
