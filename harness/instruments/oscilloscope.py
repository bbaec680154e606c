"""The oscilloscope: records of one or more channels from one acquisition, as raw codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.errors import BadAnswer, Refused
from harness.instruments import scpi
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

DIVISIONS_HIGH = 8
DIVISIONS_WIDE = 10
_RUNNING = 1 << 3
_PREAMBLE_FIELDS = 10
_BYTE = 0
_TYPES = {False: ("NORMal", "NORM", 0), True: ("PEAK", "PEAK", 1)}
"""By peak detection: the word that sets it, the word that answers, the number in a preamble."""
_READ_BACK = 1e-6
_ARMING_S = 2.0


@dataclass(frozen=True, slots=True)
class Input:
    """One channel of an acquisition.

    Attributes:
        channel: from 1.
        volts_per_division: at the probe's tip.
        probe_ratio: of the probe.
        offset_v: voltage at the middle of the screen.
    """

    channel: int
    volts_per_division: float
    probe_ratio: float = 1.0
    offset_v: float = 0.0

    def __post_init__(self) -> None:
        for name in ("volts_per_division", "probe_ratio"):
            if finite(name, getattr(self, name)) <= 0:
                raise ValueError(f"{name} of channel {self.channel} is {getattr(self, name):g}, must be above 0")
        finite("offset_v", self.offset_v)


@dataclass(frozen=True, slots=True)
class Edge:
    """A trigger on a crossing of `level_v`, on one channel; None: the first input."""

    level_v: float
    rising: bool
    channel: int | None = None

    def __post_init__(self) -> None:
        finite("level of a trigger", self.level_v)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """Codes as they came, and what the instrument says turns them into volts and seconds.

    Attributes:
        codes: one for each sample; of peak detection smallest and largest of each interval in turn.
        increment_v: volts per code.
        origin_v: volts at the reference code.
        reference_code: see above.
        interval_s: time per code; of peak detection half the interval that two codes stand for.
        start_s: of the first code, from the trigger.
        lowest_code: where the converter clips.
        highest_code: likewise.
        peak: True where it was taken by peak detection.
        settings: as the instrument said them back.
    """

    codes: bytes
    increment_v: float
    origin_v: float
    reference_code: float
    interval_s: float
    start_s: float
    lowest_code: int
    highest_code: int
    peak: bool
    settings: tuple[tuple[str, str], ...]


class Oscilloscope(Protocol):
    """What the bench asks of any oscilloscope."""

    def set_up(
        self, inputs: Sequence[Input], length_s: float, *, before_s: float = 0.0, points: int = 5000, peak: bool = False
    ) -> None:
        """Choose channels, scales and record; no other channel is displayed.

        Args:
            inputs: the channels, at least one.
            length_s: of the record.
            before_s: how much of it lies before the trigger.
            points: the most codes of each channel that may come; the record may have fewer.
            peak: keep the smallest and the largest voltage of each interval, however short they were.
        """

    def arm(self, edge: Edge | None) -> None:
        """Wait for one trigger; without an edge the record begins at once.

        Returns when the oscilloscope says that it would see a trigger now, with all of `before_s` recorded.
        """

    def finish(self, limit_s: float) -> tuple[RawRecord, ...]:
        """Wait for the acquisition and read one record for each input, in their order.

        Raises:
            TimeLimitExceeded: no trigger came.
        """

    def stop(self) -> None:
        """Give up waiting for a trigger."""


class InfiniiVision:
    """Keysight InfiniiVision oscilloscopes of the X series."""

    _CHANNELS = {"DSOX1202A": 2, "DSOX1202G": 2, "DSOX1204A": 4, "DSOX1204G": 4}  # noqa: RUF012 - never changed
    models = tuple(_CHANNELS)

    def __init__(self, link: VisaLink, clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link
        self._clock = clock
        # Asked here and not before the first record: that would take longer than every later one.
        self._channels = self._count_channels()
        self._inputs: tuple[Input, ...] = ()
        self._settings: tuple[tuple[tuple[str, str], ...], ...] = ()
        self._length_s = self._before_s = 0.0
        self._points = 0
        self._peak = False

    def set_up(
        self, inputs: Sequence[Input], length_s: float, *, before_s: float = 0.0, points: int = 5000, peak: bool = False
    ) -> None:
        _check_record(inputs, length_s, before_s, points)
        self._inputs, self._settings = tuple(inputs), ()
        self._length_s, self._before_s, self._points, self._peak = length_s, before_s, points, peak
        self._display_only({item.channel for item in inputs})
        for item in inputs:
            name = f":CHANnel{item.channel}"
            scpi.configure(
                self._link,
                f"{name}:COUPling DC",
                f"{name}:PROBe {item.probe_ratio:g}",
                f"{name}:SCALe {item.volts_per_division:.9g}",
                f"{name}:OFFSet {item.offset_v:.9g}",
            )
        per_division = length_s / DIVISIONS_WIDE
        scpi.configure(
            self._link,
            ":TIMebase:MODE MAIN",
            f":TIMebase:SCALe {per_division:.9g}",
            ":TIMebase:REFerence LEFT",
            f":ACQuire:TYPE {_TYPES[peak][0]}",
        )
        # Left reference is one division in, so the record is moved until it begins `before_s` before the trigger.
        scpi.configure(self._link, f":TIMebase:POSition {per_division - before_s:.9g}")
        shared = self._shared_settings(per_division)
        self._settings = tuple(self._channel_settings(item) + shared for item in inputs)

    def arm(self, edge: Edge | None) -> None:
        source = self._inputs[0].channel if edge is None or edge.channel is None else edge.channel
        trigger = [":TRIGger:MODE EDGE", f":TRIGger:EDGE:SOURce CHANnel{source}", ":TRIGger:SWEep NORMal"]
        if edge is not None:
            trigger += [
                f":TRIGger:EDGE:LEVel {edge.level_v:.6g}",
                f":TRIGger:EDGE:SLOPe {'POSitive' if edge.rising else 'NEGative'}",
            ]
        scpi.configure(self._link, *trigger)
        # The armed event is latched until it is read: what is left of an earlier acquisition is dropped, and a record
        # that is over before anybody could ask for its state is not missed.
        self._armed()
        scpi.configure(self._link, ":SINGle")
        limit_s = _ARMING_S + 2 * self._before_s
        self._clock.wait_for(self._armed, limit_s, what="the oscilloscope's arming", expected_s=self._before_s)
        if edge is None:
            scpi.configure(self._link, ":TRIGger:FORCe")

    def finish(self, limit_s: float) -> tuple[RawRecord, ...]:
        self._clock.wait_for(
            self._stopped, limit_s + self._length_s, what="the oscilloscope's trigger", expected_s=self._length_s
        )
        return tuple(self._record(item, said) for item, said in zip(self._inputs, self._settings, strict=True))

    def stop(self) -> None:
        scpi.configure(self._link, ":STOP")

    def _count_channels(self) -> int:
        model = scpi.identify(self._link).model
        if model not in self._CHANNELS:
            raise Refused(f"oscilloscope says that it is a {model}; its driver knows {', '.join(self.models)}")
        return self._CHANNELS[model]

    def _display_only(self, channels: set[int]) -> None:
        if max(channels) > self._channels:
            raise Refused(f"oscilloscope has {self._channels} channels, but channel {max(channels)} was asked for")
        switches = (f":CHANnel{number}:DISPlay {number in channels:d}" for number in range(1, self._channels + 1))
        scpi.configure(self._link, ":STOP", *switches)

    def _channel_settings(self, item: Input) -> tuple[tuple[str, str], ...]:
        name = f":CHANnel{item.channel}"
        message = f"{name}:SCALe?;OFFSet?;PROBe?;COUPling?"
        *texts, coupling = scpi.answers(self._link, message, 4)
        scale, offset, probe = (scpi.number(self._link, message, text) for text in texts)
        step = item.volts_per_division
        right = (
            _agree(step, scale, step)
            and _agree(item.offset_v, offset, step)
            and _agree(item.probe_ratio, probe, item.probe_ratio)
        )
        if not right or coupling != "DC":
            said = f"{scale:g} V, {offset:g} V, {probe:g}, {coupling}"
            raise Refused(
                f"oscilloscope channel {item.channel} was set to a scale of {step:g} V, an offset of "
                f"{item.offset_v:g} V, a probe of {item.probe_ratio:g} and DC, but says {said}"
            )
        return (
            ("volts_per_division", f"{scale:g}"),
            ("offset_v", f"{offset:g}"),
            ("probe_ratio", f"{probe:g}"),
            ("coupling", coupling),
        )

    def _shared_settings(self, per_division: float) -> tuple[tuple[str, str], ...]:
        message = ":TIMebase:SCALe?;POSition?;:ACQuire:TYPE?"
        *texts, kind = scpi.answers(self._link, message, 3)
        scale, position = (scpi.number(self._link, message, text) for text in texts)
        asked = per_division - self._before_s
        right = _agree(per_division, scale, per_division) and _agree(asked, position, per_division)
        if not right or kind != _TYPES[self._peak][1]:
            raise Refused(
                f"oscilloscope was set to {per_division:g} s per division, a position of {asked:g} s and "
                f"{_TYPES[self._peak][0]}, but says {scale:g} s, {position:g} s, {kind}"
            )
        return ("seconds_per_division", f"{scale:g}"), ("position_s", f"{position:g}"), ("acquisition", kind)

    def _record(self, item: Input, settings: tuple[tuple[str, str], ...]) -> RawRecord:
        scpi.configure(
            self._link,
            f":WAVeform:SOURce CHANnel{item.channel}",
            ":WAVeform:FORMat BYTE",
            ":WAVeform:UNSigned 1",
            ":WAVeform:POINts:MODE RAW",
            f":WAVeform:POINts {self._points}",
        )
        message = ":WAVeform:PREamble?"
        preamble = scpi.numbers(self._link, message, self._link.query(message), _PREAMBLE_FIELDS)
        form, kind, points, _, x_increment, x_origin, x_reference, y_increment, y_origin, y_reference = preamble
        if form != _BYTE or points < 1 or x_increment <= 0 or y_increment <= 0:
            raise BadAnswer(
                f"oscilloscope answered {message!r} with {preamble}, which is no scale of a record of bytes"
            )
        # Two codes for each interval: a record of an odd number of them is out of step.
        if kind != _TYPES[self._peak][2] or (self._peak and points % 2):
            asked = _TYPES[self._peak][0]
            raise BadAnswer(f"oscilloscope answered {message!r} with {preamble}, which is no record of type {asked}")
        codes = self._link.query_block(":WAVeform:DATA?")
        if len(codes) != points:
            raise BadAnswer(f"oscilloscope announced {points:g} points and sent {len(codes)}")
        if len(codes) > self._points:
            raise BadAnswer(f"oscilloscope was asked for {self._points} points at most and sent {len(codes)}")
        return RawRecord(
            codes=codes,
            increment_v=y_increment,
            origin_v=y_origin,
            reference_code=y_reference,
            # InfiniiVision programmer's guides, ":WAVeform:DATA?": of peak detection the increment is to be doubled
            # for the time from pair to pair, so it is the time per code in both types.
            interval_s=x_increment,
            start_s=x_origin - x_reference * x_increment,
            lowest_code=0,
            highest_code=255,
            peak=self._peak,
            settings=settings,
        )

    def _armed(self) -> bool:
        return scpi.whole(self._link, ":AER?") != 0

    def _stopped(self) -> bool:
        return not scpi.whole(self._link, ":OPERegister:CONDition?") & _RUNNING


def _check_record(inputs: Sequence[Input], length_s: float, before_s: float, points: int) -> None:
    channels = [item.channel for item in inputs]
    if not channels or len(set(channels)) != len(channels) or min(channels) < 1:
        raise ValueError(f"a record needs channels from 1, each once, not {channels}")
    if not 0 <= finite("time before the trigger", before_s) < finite("length of a record", length_s):
        raise ValueError(f"{before_s:g} s before the trigger do not lie in a record of {length_s:g} s")
    if points < 1:
        raise ValueError(f"a record of {points} points is none")


def _agree(asked: float, said: float, scale: float) -> bool:
    """Whether a setting is as asked, but for the digits of an answer."""
    return abs(asked - said) <= _READ_BACK * max(abs(asked), scale)
