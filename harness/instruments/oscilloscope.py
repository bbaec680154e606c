"""The oscilloscope: one record of one channel, as raw codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.errors import BadAnswer, Refused
from harness.instruments import scpi

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

DIVISIONS_HIGH = 8
DIVISIONS_WIDE = 10
_RUNNING = 1 << 3
_PREAMBLE_FIELDS = 10
_BYTE = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A trigger on a crossing of `level_v`."""

    level_v: float
    rising: bool


@dataclass(frozen=True, slots=True)
class RawRecord:
    """Codes as they came, and what the instrument says turns them into volts and seconds."""

    codes: bytes
    increment_v: float
    origin_v: float
    reference_code: float
    interval_s: float
    start_s: float
    lowest_code: int
    highest_code: int
    settings: tuple[tuple[str, str], ...]


class Oscilloscope(Protocol):
    """What the bench asks of any oscilloscope."""

    def set_up(self, channel: int, volts_per_division: float, length_s: float, probe_ratio: float) -> None:
        """Choose channel, scale and record length; the record begins at the trigger."""

    def arm(self, edge: Edge | None) -> None:
        """Wait for one trigger; without an edge the record begins at once. Returns when it says that it is armed."""

    def finish(self, limit_s: float) -> RawRecord:
        """Wait for the record and read it.

        Raises:
            TimeLimitExceeded: no trigger came.
        """

    def stop(self) -> None:
        """Give up waiting for a trigger."""


class InfiniiVision:
    """Keysight InfiniiVision oscilloscopes of the X series."""

    models = ("DSOX1202A", "DSOX1202G", "DSOX1204A", "DSOX1204G")

    _POINTS = 5000

    def __init__(self, link: VisaLink, clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link
        self._clock = clock
        self._channel = 1
        self._length_s = 0.0
        self._settings: tuple[tuple[str, str], ...] = ()

    def set_up(self, channel: int, volts_per_division: float, length_s: float, probe_ratio: float) -> None:
        self._channel, self._length_s = channel, length_s
        per_division = length_s / DIVISIONS_WIDE
        scpi.configure(
            self._link,
            ":STOP",
            f":CHANnel{channel}:DISPlay 1",
            f":CHANnel{channel}:COUPling DC",
            f":CHANnel{channel}:PROBe {probe_ratio:g}",
            f":CHANnel{channel}:SCALe {volts_per_division:.6g}",
            f":CHANnel{channel}:OFFSet 0",
            ":TIMebase:MODE MAIN",
            f":TIMebase:SCALe {per_division:.6g}",
            ":TIMebase:REFerence LEFT",
            ":TIMebase:POSition 0",
            ":ACQuire:TYPE NORMal",
        )
        # Left reference is one division in, so the record is moved until it begins at the trigger.
        scpi.configure(self._link, f":TIMebase:POSition {per_division:.6g}")
        message = f":CHANnel{channel}:SCALe?;OFFSet?;PROBe?;COUPling?;:TIMebase:SCALe?"
        scale, offset, probe, coupling, time_scale = self._answers(message, 5)
        asked = (volts_per_division, 0.0, probe_ratio, per_division)
        said = tuple(scpi.number(self._link, message, text) for text in (scale, offset, probe, time_scale))
        if any(abs(a - b) > 1e-6 * max(abs(a), 1e-9) for a, b in zip(asked, said, strict=True)) or coupling != "DC":
            raise Refused(f"oscilloscope was set to {asked} DC, but says {said} {coupling}")
        self._settings = (
            ("volts_per_division", f"{said[0]:g}"),
            ("offset_v", f"{said[1]:g}"),
            ("probe_ratio", f"{said[2]:g}"),
            ("coupling", coupling),
            ("seconds_per_division", f"{said[3]:g}"),
        )

    def arm(self, edge: Edge | None) -> None:
        trigger = [":TRIGger:MODE EDGE", f":TRIGger:EDGE:SOURce CHANnel{self._channel}", ":TRIGger:SWEep NORMal"]
        if edge is not None:
            trigger += [
                f":TRIGger:EDGE:LEVel {edge.level_v:.6g}",
                f":TRIGger:EDGE:SLOPe {'POSitive' if edge.rising else 'NEGative'}",
            ]
        scpi.configure(self._link, *trigger, ":SINGle")
        self._clock.wait_for(self._armed, 2.0, what="the oscilloscope's arming")
        if edge is None:
            scpi.configure(self._link, ":TRIGger:FORCe")

    def finish(self, limit_s: float) -> RawRecord:
        self._clock.wait_for(
            self._stopped, limit_s + self._length_s, what="the oscilloscope's trigger", expected_s=self._length_s
        )
        scpi.configure(
            self._link,
            f":WAVeform:SOURce CHANnel{self._channel}",
            ":WAVeform:FORMat BYTE",
            ":WAVeform:UNSigned 1",
            ":WAVeform:POINts:MODE RAW",
            f":WAVeform:POINts {self._POINTS}",
        )
        message = ":WAVeform:PREamble?"
        preamble = scpi.numbers(self._link, message, self._link.query(message), _PREAMBLE_FIELDS)
        form, _, points, _, x_increment, x_origin, x_reference, y_increment, y_origin, y_reference = preamble
        if form != _BYTE or points < 1 or x_increment <= 0 or y_increment <= 0:
            raise BadAnswer(
                f"oscilloscope answered {message!r} with {preamble}, which is no scale of a record of bytes"
            )
        codes = self._link.query_block(":WAVeform:DATA?")
        if len(codes) != points:
            raise BadAnswer(f"oscilloscope announced {points:g} points and sent {len(codes)}")
        return RawRecord(
            codes=codes,
            increment_v=y_increment,
            origin_v=y_origin,
            reference_code=y_reference,
            interval_s=x_increment,
            start_s=x_origin - x_reference * x_increment,
            lowest_code=0,
            highest_code=255,
            settings=self._settings,
        )

    def stop(self) -> None:
        scpi.configure(self._link, ":STOP")

    def _armed(self) -> bool:
        return bool(scpi.whole(self._link, ":OPERegister:CONDition?") & _RUNNING)

    def _stopped(self) -> bool:
        return not self._armed()

    def _answers(self, message: str, count: int) -> list[str]:
        answer = self._link.query(message)
        parts = answer.split(";")
        if len(parts) != count:
            raise BadAnswer(f"oscilloscope answered {message!r} with {answer!r}, which is not {count} answers")
        return parts
