"""The contact switch's gates: a two-channel waveform generator, one channel for each electrode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.errors import Refused
from harness.instruments import scpi
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_CLOSED_V, _OPEN_V = 5.0, 0.0
_LEVEL_TOLERANCE_V = 0.01
_CHANNELS = (1, 2)
# The largest and the smallest code of a sample, most significant byte first: no line feed in either.
_CLOSED_SAMPLE, _OPEN_SAMPLE = (32767).to_bytes(2, "big", signed=True), (-32767).to_bytes(2, "big", signed=True)
_FEWEST_POINTS, _MOST_POINTS = 8, 60_000
_RATES_HZ = (1e6, 500e3, 200e3, 100e3, 50e3, 20e3, 10e3, 5e3, 2e3, 1e3)
"""Sample rates with a whole number of nanoseconds between samples."""
_SHARE_OF_SHORTEST = 1e-3
_PLAY = "play"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time for which a contact is closed or open."""

    closed: bool
    duration_s: float

    def __post_init__(self) -> None:
        if finite("duration of a contact's state", self.duration_s) <= 0:
            raise ValueError(f"a contact cannot be closed or open for {self.duration_s:g} s")


class ContactSwitch(Protocol):
    """What the bench asks of the gates of the contact switch."""

    def hold(self, *, closed: bool, channel: int | None = None) -> None:
        """Close or open both electrodes at once, or one while the other is held closed, and leave them so.

        Both are open in between where a pattern was prepared before.

        Args:
            closed: or open.
            channel: of the generator, of the one electrode; None: both.
        """

    def prepare(self, *, idle: bool, pattern: Sequence[Stretch], end: bool, channel: int | None) -> float:
        """Make one electrode ready to play a pattern in hardware time, the other one held closed; or make both ready.

        An electrode is open while the pattern is loaded: only with the stimulator's output off.

        Args:
            idle: closed until the trigger comes.
            pattern: what follows the trigger, in turn.
            end: closed from then on.
            channel: of the generator, of the electrode that plays; None: both play the same pattern at once.

        Returns:
            Time resolution of the pattern, s.
        """

    def trigger(self) -> None:
        """Start the pattern; returns when the generator accepted that."""


class Trueform33500:
    """Keysight Trueform waveform generators of the 33500B series with two channels.

    Gates are 0 V and 5 V into an open circuit. Arbitrary waveforms: 33500B Series Operating and Service Guide, DATA
    and FUNCtion:ARBitrary subsystems; a segment has at least 8 points.
    """

    models = ("33512B", "33522B")

    def __init__(self, link: VisaLink, _clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link

    def hold(self, *, closed: bool, channel: int | None = None) -> None:
        if channel not in {None, *_CHANNELS}:
            raise ValueError(f"the generator has channels 1 and 2, not {channel}")
        shapes = scpi.answers(self._link, ":SOURce1:FUNCtion?;:SOURce2:FUNCtion?", 2)
        if shapes != ["DC", "DC"]:
            # A waveform's amplitude and a direct level share the offset: changed under way it would be some voltage.
            scpi.configure(self._link, *(f":OUTPut{n} OFF" for n in _CHANNELS), *map(_direct, _CHANNELS))
        moving = _CHANNELS if channel is None else (channel,)
        levels_v = {n: _OPEN_V if n in moving and not closed else _CLOSED_V for n in _CHANNELS}
        scpi.configure(
            self._link,
            *(f":OUTPut{n}:LOAD INFinity" for n in _CHANNELS),
            *(f":SOURce{n}:VOLTage:OFFSet {level_v:g}" for n, level_v in levels_v.items()),
            *(f":OUTPut{n} ON" for n in _CHANNELS),
        )
        for number, level_v in levels_v.items():
            self._check_held(number, level_v)

    def prepare(self, *, idle: bool, pattern: Sequence[Stretch], end: bool, channel: int | None) -> float:
        if channel not in {None, *_CHANNELS}:
            raise ValueError(f"the generator has channels 1 and 2, not {channel}")
        rate_hz = _sample_rate(pattern)
        if channel is None:
            scpi.configure(self._link, *(f":OUTPut{n} OFF" for n in _CHANNELS))
            for number in _CHANNELS:
                self._silence(number)
        else:
            self._quieten(channel, other=_CHANNELS[channel == 1])
        for number in _CHANNELS if channel is None else (channel,):
            self._load(number, idle=idle, pattern=pattern, end=end, rate_hz=rate_hz)
        return 1.0 / rate_hz

    def _load(self, channel: int, *, idle: bool, pattern: Sequence[Stretch], end: bool, rate_hz: float) -> None:
        source = f":SOURce{channel}"
        scpi.configure(self._link, ":FORMat:BORDer NORMal", f"{source}:DATA:VOLatile:CLEar")
        samples = b"".join(_samples(item.closed, round(item.duration_s * rate_hz)) for item in pattern)
        for name, data in (
            ("idle", _samples(idle, _FEWEST_POINTS)),
            ("pattern", samples),
            ("end", _samples(end, _FEWEST_POINTS)),
        ):
            scpi.configure_block(self._link, f"{source}:DATA:ARBitrary:DAC {name},", data)
        scpi.configure_block(self._link, f"{source}:DATA:SEQuence ", _sequence())
        scpi.configure(
            self._link,
            f':SOURce{channel}:FUNCtion:ARBitrary "{_PLAY}"',
            f"{source}:FUNCtion ARB",
            f"{source}:FUNCtion:ARBitrary:SRATe {rate_hz:g}",
            f"{source}:FUNCtion:ARBitrary:FILTer OFF",
            f"{source}:VOLTage:HIGH {_CLOSED_V:g}",
            f"{source}:VOLTage:LOW {_OPEN_V:g}",
            f":TRIGger{channel}:SOURce BUS",
        )
        self._check_prepared(channel, rate_hz)
        scpi.configure(self._link, f":OUTPut{channel} ON")

    def trigger(self) -> None:
        scpi.configure(self._link, "*TRG")

    def _quieten(self, channel: int, other: int) -> None:
        """Open the electrode that will play, and hold the other one closed."""
        shapes = scpi.answers(self._link, f":SOURce{other}:FUNCtion?", 1)
        off = [f":OUTPut{channel} OFF"] if shapes == ["DC"] else [f":OUTPut{n} OFF" for n in (channel, other)]
        scpi.configure(
            self._link,
            *off,
            _direct(other),
            f":OUTPut{other}:LOAD INFinity",
            f":SOURce{other}:VOLTage:OFFSet {_CLOSED_V:g}",
            f":OUTPut{other} ON",
        )
        self._silence(channel)
        self._check_held(other, _CLOSED_V)

    def _silence(self, channel: int) -> None:
        """Leave a channel whose output is off as a direct level, fit to be loaded."""
        burst_off = f":SOURce{channel}:BURSt:STATe OFF"
        scpi.configure(self._link, _direct(channel), f":OUTPut{channel}:LOAD INFinity", burst_off)

    def _check_held(self, channel: int, level_v: float) -> None:
        message = f":OUTPut{channel}?;:SOURce{channel}:FUNCtion?;:SOURce{channel}:VOLTage:OFFSet?"
        on, shape, offset = scpi.answers(self._link, message, 3)
        said_v = scpi.number(self._link, message, offset)
        if not scpi.flag_of(self._link, message, on) or shape != "DC" or abs(said_v - level_v) > _LEVEL_TOLERANCE_V:
            raise Refused(
                f"contact switch channel {channel} was set to {level_v:g} V, output on, but says {shape} {said_v:g} V, "
                f"output {on}"
            )

    def _check_prepared(self, channel: int, rate_hz: float) -> None:
        source = f":SOURce{channel}"
        message = (
            f"{source}:FUNCtion?;{source}:FUNCtion:ARBitrary?;:TRIGger{channel}:SOURce?;"
            f"{source}:FUNCtion:ARBitrary:SRATe?;{source}:VOLTage:HIGH?;{source}:VOLTage:LOW?"
        )
        shape, name, trigger, *texts = scpi.answers(self._link, message, 6)
        said_hz, high_v, low_v = (scpi.number(self._link, message, text) for text in texts)
        right = (
            (shape, name.strip('"').casefold(), trigger) == ("ARB", _PLAY, "BUS")
            and math.isclose(said_hz, rate_hz, rel_tol=1e-6)
            and abs(high_v - _CLOSED_V) <= _LEVEL_TOLERANCE_V
            and abs(low_v - _OPEN_V) <= _LEVEL_TOLERANCE_V
        )
        if not right:
            raise Refused(
                f"contact switch channel {channel} was set to play {_PLAY!r} at {rate_hz:g} Hz between {_OPEN_V:g} and "
                f"{_CLOSED_V:g} V on a trigger from the bus, but says {shape} {name} at {said_hz:g} Hz between "
                f"{low_v:g} and {high_v:g} V on {trigger}"
            )


def _direct(channel: int) -> str:
    return f":SOURce{channel}:FUNCtion DC"


def _samples(closed: bool, count: int) -> bytes:  # noqa: FBT001 - a state, not an option
    return (_CLOSED_SAMPLE if closed else _OPEN_SAMPLE) * count


def _sequence() -> bytes:
    """Idle until the trigger, the pattern once, its end for ever; markers are not used, and stand at their earliest."""
    steps = (("idle", "repeatTilTrig"), ("pattern", "once"), ("end", "repeatInf"))
    return ",".join([f'"{_PLAY}"', *(f'"{name}",1,{control},maintain,4' for name, control in steps)]).encode("ascii")


def _sample_rate(pattern: Sequence[Stretch]) -> float:
    """The highest sample rate that plays a pattern faithfully from the memory that is used.

    Raises:
        ValueError: no rate does.
    """
    durations = [item.duration_s for item in pattern]
    if not durations:
        raise ValueError("a pattern without a stretch cannot be played")
    tolerance_s = _SHARE_OF_SHORTEST * min(durations)
    for rate_hz in _RATES_HZ:
        counts = [round(duration * rate_hz) for duration in durations]
        worst_s = max(abs(count / rate_hz - duration) for count, duration in zip(counts, durations, strict=True))
        if _FEWEST_POINTS <= sum(counts) <= _MOST_POINTS and min(counts) >= 1 and worst_s <= tolerance_s:
            return rate_hz
    raise ValueError(
        f"a pattern of {sum(durations):g} s with a shortest stretch of {min(durations):g} s cannot be played: no "
        f"sample rate from {_RATES_HZ[-1]:g} to {_RATES_HZ[0]:g} Hz fits it into {_MOST_POINTS} points, each stretch "
        "within a thousandth of the shortest"
    )
