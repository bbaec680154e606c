"""Protocol `stim1`, as docs/stimulator-protocol.md specifies it."""

from __future__ import annotations

import binascii
import math
import os
import re
from typing import TYPE_CHECKING

from harness.errors import BadAnswer, EnvelopeExceeded, NoAnswer, Refused
from harness.setpoint import Polarity
from harness.stimulators.interface import Capabilities, PowerState, Shown, UnitIdentity, UnitState

if TYPE_CHECKING:
    from harness.setpoint import Envelope, Setpoint
    from harness.stimulators.line import SerialLine

_REPLY = re.compile(r"([0-9A-F]{4}) (OK|ERR)(?: (.*))?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_CRC_START = 0xFFFF
_TAGS = 0x10000
_STALE_REPLIES = 16
_STATES = frozenset({"OFF", "ARMED", "RUN"})
_TRIPS = frozenset({"none", "overload", "watchdog"})
_POLARITIES = frozenset(polarity.value for polarity in Polarity)
_UNITS = frozenset({"uA", "mA"})
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?")
_UNKNOWN_VERB = re.compile(r"error 1\b")
_MILLIHERTZ = 1000


def frame(tag: int, body: str) -> str:
    """Put tag and CRC-16/CCITT-FALSE around a request."""
    text = f"{tag:04X} {body}"
    return f"{text}*{binascii.crc_hqx(text.encode('ascii'), _CRC_START):04X}"


def unframe(line: str) -> tuple[int, str, str]:
    """Take a reply apart into tag, `OK` or `ERR`, and the rest.

    Raises:
        BadAnswer: it is no reply, or its CRC is wrong.
    """
    text, star, crc = line.rpartition("*")
    match = _REPLY.fullmatch(text)
    if not star or match is None:
        raise BadAnswer(f"stimulator answered {line[:60]!r}, which is no reply of protocol stim1")
    expected = f"{binascii.crc_hqx(text.encode('ascii'), _CRC_START):04X}"
    if crc != expected:
        raise BadAnswer(f"stimulator answered {line[:60]!r} with a wrong CRC; expected {expected}")
    return int(match[1], 16), match[2], match[3] or ""


class Stim1:
    """A stimulator that speaks `stim1`."""

    def __init__(self, line: SerialLine, envelope: Envelope) -> None:
        self._line = line
        self._envelope = envelope
        # Fresh for each opening of the program, so that a reply to an earlier one is never taken for ours.
        self._tag = int.from_bytes(os.urandom(2), "big")

    def identity(self) -> UnitIdentity:
        text = self._ask("IDN?")
        fields = text.split(",")
        if len(fields) != 4 or not all(fields):  # noqa: PLR2004 - four fields by the protocol
            raise BadAnswer(f"stimulator answered IDN? with {text!r}, which is not four fields")
        return UnitIdentity(*fields)

    def capabilities(self) -> Capabilities:
        fields = self._fields("CAPS?")
        channels, milliseconds = fields.get("CHANNELS", ""), fields.get("WATCHDOG_MS", "")
        if not (_WHOLE.fullmatch(channels) and _WHOLE.fullmatch(milliseconds)) or int(channels) < 1:
            raise BadAnswer(f"stimulator answered CAPS? with {fields}, without whole CHANNELS and WATCHDOG_MS")
        return Capabilities(int(channels), int(milliseconds) / 1000 if int(milliseconds) else None)

    def apply(self, setpoint: Setpoint) -> None:
        self._envelope.check(setpoint)
        asked = {"MODE": setpoint.mode, "LEVEL": str(setpoint.level), "POLARITY": setpoint.polarity.value}
        if setpoint.mode in self._envelope.frequencies_hz and setpoint.frequency_hz is not None:
            asked["FREQUENCY_MHZ"] = _millihertz(setpoint.frequency_hz)
        said = self._fields(f"SET {setpoint.channel} " + " ".join(f"{key}={value}" for key, value in asked.items()))
        if not asked.items() <= said.items():
            raise Refused(f"stimulator was set to {asked} but says {said}")

    def start(self, channel: int) -> None:
        state = self._fields(f"ON {channel}").get("STATE")
        if state not in {"RUN", "ARMED"}:
            raise Refused(f"stimulator was told ON {channel} and says STATE={state}")

    def stop(self, channel: int | None = None) -> None:
        state = self._fields(f"OFF {'*' if channel is None else channel}").get("STATE")
        if state != "OFF":
            raise Refused(f"stimulator was told OFF and says STATE={state}")

    def state(self, channel: int) -> UnitState:
        fields = self._fields(f"STATE? {channel}")
        state, trip, polarity = fields.get("STATE"), fields.get("TRIP"), fields.get("POLARITY")
        if state not in _STATES or trip not in _TRIPS or polarity not in _POLARITIES | {None}:
            raise BadAnswer(f"stimulator answered STATE? {channel} with {fields}, which is no state of protocol stim1")
        return UnitState(state, trip, polarity)

    def display(self, channel: int) -> Shown | None:
        fields = self._fields_if_there(f"DISPLAY? {channel}")
        if fields is None:
            return None
        intensity, unit, polarity, run = (fields.get(key, "") for key in ("INTENSITY", "UNIT", "POLARITY", "RUN_S"))
        numbers = _NUMBER.fullmatch(intensity) and _WHOLE.fullmatch(run)
        if not numbers or unit not in _UNITS or polarity not in _POLARITIES:
            raise BadAnswer(f"stimulator answered DISPLAY? with {fields}, which is no display of protocol stim1")
        return Shown(float(intensity), unit, polarity, float(run))

    def power(self) -> PowerState | None:
        fields = self._fields_if_there("POWER?")
        if fields is None:
            return None
        battery, charging = fields.get("BATTERY"), fields.get("CHARGING")
        if battery not in {"good", "low"} or charging not in {"yes", "no"}:
            raise BadAnswer(f"stimulator answered POWER? with {fields}, which is no answer of protocol stim1")
        return PowerState(battery, charging == "yes")

    def motor(self, *, on: bool) -> bool | None:
        fields = self._fields_if_there(f"MOTOR {'ON' if on else 'OFF'}")
        if fields is None:
            return None
        if fields.get("MOTOR") not in {"ON", "OFF"}:
            raise BadAnswer(f"stimulator answered MOTOR with {fields}, which is no answer of protocol stim1")
        return fields["MOTOR"] == "ON"

    def keep_alive(self) -> None:
        self._ask("KEEP")

    def _fields_if_there(self, body: str) -> dict[str, str] | None:
        """As `_fields`; None where the unit does not know the verb."""
        try:
            return self._fields(body)
        except Refused as refusal:
            if _UNKNOWN_VERB.search(str(refusal)):
                return None
            raise

    def _fields(self, body: str) -> dict[str, str]:
        text = self._ask(body)
        pairs = [field.partition("=") for field in text.split()]
        if not all(separator for _, separator, _ in pairs):
            raise BadAnswer(f"stimulator answered {body!r} with {text!r}, which is not KEY=VALUE fields")
        return {key: value for key, _, value in pairs}

    def _ask(self, body: str) -> str:
        if self._line.fresh:
            try:
                self._greet()
            except BaseException:
                # Not greeted: nothing but HELLO may be sent before that has worked.
                self._line.reopen()
                raise
        tag = self._next_tag()
        try:
            return self._accept(tag, body, self._line.exchange(frame(tag, body)))
        except BadAnswer:
            self._line.reopen()
            raise

    def _greet(self) -> None:
        """Drop what is there and greet with a fresh tag until its own reply comes."""
        tag = self._next_tag()
        line = self._line.exchange(frame(tag, "HELLO"), drain=True)
        for _ in range(_STALE_REPLIES):
            try:
                if unframe(line)[0] == tag:
                    break
            except BadAnswer:
                pass  # half a line from before we opened
            line = self._line.next_line()
        else:
            raise NoAnswer(f"stimulator at {self._line.port} sends lines but never the reply to our HELLO")
        name = self._accept(tag, "HELLO", line)
        if name != "stim1":
            raise Refused(f"stimulator at {self._line.port} speaks {name!r}, not stim1; check the profile's protocol")

    def _accept(self, tag: int, body: str, line: str) -> str:
        replied, status, text = unframe(line)
        if replied != tag:
            raise BadAnswer(
                f"stimulator answered {body!r} under tag {replied:04X} where {tag:04X} was asked: "
                "an answer to another request"
            )
        if status == "ERR":
            raise Refused(f"stimulator refused {body!r}: error {text}")
        return text

    def _next_tag(self) -> int:
        self._tag = (self._tag + 1) % _TAGS
        return self._tag


def _millihertz(frequency_hz: float) -> str:
    """A frequency as the protocol says it, in thousandths of a hertz.

    Raises:
        EnvelopeExceeded: it is no whole number of them, so the unit would be told another one.
    """
    whole = round(frequency_hz * _MILLIHERTZ)
    if whole < 1 or not math.isclose(whole, frequency_hz * _MILLIHERTZ, rel_tol=1e-9):
        raise EnvelopeExceeded(
            f"frequency_hz {frequency_hz:.9g} cannot be said in protocol stim1; allowed: whole thousandths of a hertz"
        )
    return str(whole)
