"""Keysight DSOX1204G: its commands (InfiniiVision 1000 X-Series Programmer's Guide)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge
from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.oscilloscope_channel import Channel, draw_channel
from harness.simulation.instruments.oscilloscope_record import Record, Sweep, Wire
from harness.simulation.instruments.oscilloscope_run import RunControl, TriggerPlan
from harness.simulation.instruments.oscilloscope_waveform import Waveform, write
from harness.simulation.scpi.common import Immediate, bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word
from harness.simulation.scpi.table import Wait
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.table import Response

_QUEUE_DEPTH = 30
_REFERENCES = {"LEFT": 0.1, "CENT": 0.5, "RIGH": 0.9}
_PPM = 1e-6


class Oscilloscope(Instrument):
    """A DSOX1204G with some of its channels on the bench and nothing on the others.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where its hidden errors come from.
        wires: what each channel that is connected sees.
    """

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, wires: Mapping[int, Wire]
    ) -> None:
        super().__init__(model, surroundings, queue_depth=_QUEUE_DEPTH)
        self._wires = dict(wires)
        self._record: Record | None = None
        self._byte_ns = model.number("message.byte_s") * NS_PER_S
        self._run = RunControl(
            surroundings.timekeeper, surroundings.loop, self.status.operation, self._trigger_plan, self._keep
        )
        self._channels = {
            i + 1: Channel(model, self._run.restart) for i in range(int(model.number("vertical.channels")))
        }
        self.redraw(errors)
        self._enter_horizontal()
        self._enter_trigger()
        self._enter_channels()
        self._enter_run_control()
        Waveform(self, self._current_record, lambda count: surroundings.timekeeper.spend(round(count * self._byte_ns)))
        self.enter_common(Immediate())
        self.reset()

    def reset(self) -> None:
        self._run.stop()
        self._record = None
        self.reset_settings()
        for channel in self._channels.values():
            channel.reset()
        self._channels[1].display.value = True

    def trigger(self) -> None:
        self._run.force()

    def clear(self) -> None:
        super().clear()
        if not self._run.finished():
            self._run.stop()

    def redraw(self, errors: HiddenErrors) -> None:
        self._errors = {number: draw_channel(number, errors) for number in self._channels}
        self._stretch = 1.0 + errors.rectangular(
            "oscilloscope time base", self.model.number("horizontal.time_base_ppm") * _PPM
        )

    def hidden(self) -> Mapping[str, object]:
        channels = {
            str(number): {
                "gain": wrong.gain_share * channel.gain_limit(channel.scale.value / channel.probe.value),
                "offset_v": channel.vertical(wrong).error_v,
                "gain_share": wrong.gain_share,
                "offset_share": wrong.offset_share,
            }
            for (number, channel), wrong in zip(self._channels.items(), self._errors.values(), strict=True)
        }
        return {"channels": channels, "time_base": self._stretch - 1.0}

    def _enter_horizontal(self) -> None:
        model, changed = self.model, self._run.restart
        divisions = model.number("horizontal.divisions")
        low, high = model.number("horizontal.smallest_s"), model.number("horizontal.largest_s")
        self._scale = Number(1e-4, lambda: (low, high), unit="S", write=write, changed=changed)
        self._position = Number(0.0, lambda: (-500.0, 500.0), unit="S", write=write, changed=changed)
        self._reference = Word("CENT", ("LEFT", "CENTer", "RIGHt"), changed=changed)
        self._kind = Word("NORM", ("NORMal", "AVERage", "HRESolution", "PEAK"), changed=changed)
        self._count = Number(8.0, lambda: (2.0, 65536.0), coerce=round, write=lambda v: f"{v:+.0f}", changed=changed)

        def set_range(arguments: Arguments) -> None:
            seconds = arguments.number("S", {"MINimum": low * divisions, "MAXimum": high * divisions})
            arguments.end()
            if not low * divisions * (1 - 1e-9) <= seconds <= high * divisions * (1 + 1e-9):
                raise ScpiError(-222)
            self._scale.value = seconds / divisions
            changed()

        self.setting("TIMebase:MODE", Word("MAIN", ("MAIN",)))
        self.setting("TIMebase:SCALe", self._scale)
        self.table.add("TIMebase:RANGe", set=set_range, query=plain(lambda: write(self._scale.value * divisions)))
        self.setting("TIMebase:POSition", self._position)
        self.setting("TIMebase:REFerence", self._reference)
        self.setting("ACQuire:TYPE", self._kind)
        self.setting("ACQuire:COUNt", self._count)
        self.setting("ACQuire:MODE", Word("RTIM", ("RTIMe",)))
        self.table.add("ACQuire:POINts", query=plain(lambda: f"{self._sweep().points:+d}"))
        self.table.add("ACQuire:SRATe", query=plain(lambda: write(self._sweep().points / self._sweep().span_s)))

    def _enter_trigger(self) -> None:
        changed = self._run.restart
        sources = (*(f"CHANnel{number}" for number in self._channels), "EXTernal", "LINE")
        self._sweep_mode = Word("AUTO", ("AUTO", "NORMal"), changed=changed)
        self._source = Word("CHAN1", sources, changed=changed)
        self._level = Number(0.0, self._level_limits, unit="V", write=write, changed=changed)
        self._slope = Word("POS", ("POSitive", "NEGative", "EITHer"), changed=changed)
        self.setting("TRIGger:MODE", Word("EDGE", ("EDGE",)))
        self.setting("TRIGger:SWEep", self._sweep_mode)
        self.setting("TRIGger[:EDGE]:SOURce", self._source)
        self.setting("TRIGger[:EDGE]:LEVel", self._level)
        self.setting("TRIGger[:EDGE]:SLOPe", self._slope)
        self.setting("TRIGger[:EDGE]:COUPling", Word("DC", ("DC", "AC", "LFReject")))
        self.setting("TRIGger[:EDGE]:REJect", Word("OFF", ("OFF", "LFReject", "HFReject")))
        self.setting("TRIGger:NREJect", Flag(default=False))
        self.setting("TRIGger:HFReject", Flag(default=False))
        self.setting("TRIGger:HOLDoff", Number(40e-9, lambda: (40e-9, 10.0), unit="S", write=write))
        self.table.add("TRIGger:FORCe", set=bare(self._run.force))

    def _enter_channels(self) -> None:
        table = self.table
        for name, header in _CHANNEL_SETTINGS.items():
            table.add(f"CHANnel<n>:{header}", set=self._channel_set(name), query=self._channel_query(name))
        table.add("CHANnel<n>:RANGe", set=self._set_range, query=self._range_query)

    def _enter_run_control(self) -> None:
        run, table, latches = self._run, self.table, self._run.latches
        operation = self.status.operation
        table.add("SINGle", set=bare(run.single))
        table.add("RUN", set=bare(run.run))
        table.add("STOP", set=bare(run.stop))
        table.add("DIGitize", set=self._digitize)
        table.add("ADER", query=plain(lambda: self._take_latch("done")))
        table.add("TER", query=plain(lambda: self._take_latch("triggered")))
        table.add("AER", query=plain(lambda: self._take_latch("armed")))
        table.add("PDER", query=plain(lambda: f"{int(latches.done):+d}"))
        table.add("OPERegister:CONDition", query=plain(self._condition))
        table.add("OPERegister[:EVENt]", query=plain(lambda: f"{operation.take_event():+d}"))
        table.add("OPEE", set=self._permit, query=plain(lambda: f"{operation.enable:+d}"))

    def _permit(self, arguments: Arguments) -> None:
        mask = arguments.integer()
        arguments.end()
        self.status.operation.permit(mask)

    def _condition(self) -> str:
        self._run.refresh()
        return f"{self.status.operation.condition:+d}"

    def _take_latch(self, name: str) -> str:
        self._run.refresh()
        value = getattr(self._run.latches, name)
        setattr(self._run.latches, name, False)
        return f"{int(value):+d}"

    def _digitize(self, arguments: Arguments) -> Wait:
        """Acquire once; the parser stands until it is done."""
        chosen: set[int] = set()
        while arguments.more():
            chosen.add(int(arguments.choice([f"CHANnel{number}" for number in self._channels])[-1]))
        for number, channel in self._channels.items():
            channel.display.value = number in chosen if chosen else channel.display.value
        self._run.single()
        return Wait(self._run.finished, self._run.due_ns, lambda: None)

    def _channel(self, arguments: Arguments) -> Channel:
        channel = self._channels.get(arguments.suffixes[0])
        if channel is None:
            raise ScpiError(-114)
        return channel

    def _channel_set(self, name: str) -> Callable[[Arguments], Response]:
        return lambda arguments: getattr(self._channel(arguments), name).set(arguments)

    def _channel_query(self, name: str) -> Callable[[Arguments], Response]:
        def query(arguments: Arguments) -> str:
            return str(getattr(self._channel(arguments), name).query(arguments))

        return query

    def _set_range(self, arguments: Arguments) -> None:
        channel = self._channel(arguments)
        low, high = channel.range_limits()
        volts = arguments.number("V", {"MINimum": low, "MAXimum": high})
        arguments.end()
        if not low * (1 - 1e-9) <= volts <= high * (1 + 1e-9):
            raise ScpiError(-222)
        channel.set_range(volts)

    def _range_query(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        arguments.end()
        return write(channel.range)

    def _level_limits(self) -> tuple[float, float]:
        """Six divisions about the centre of the source's screen."""
        channel = self._source_channel()
        if channel is None:
            return -8.0, 8.0
        reach = 6.0 * channel.scale.value
        return channel.offset.value - reach, channel.offset.value + reach

    def _source_channel(self) -> Channel | None:
        source = self._source.value
        return self._channels[int(source[-1])] if source.startswith("CHAN") else None

    def _sweep(self) -> Sweep:
        model = self.model
        span_s = self._scale.value * model.number("horizontal.divisions")
        rate = model.number("horizontal.sample_rate_hz")
        peaks = self._kind.value == "PEAK"
        memory = int(model.number("horizontal.memory_points")) // (2 if peaks else 1)
        points = max(1, min(memory, round(span_s * rate)))
        finest = math.inf if peaks else 4.0 ** (model.number("trigger.high_resolution_bits") - 8.0)
        return Sweep(
            left_s=self._position.value - _REFERENCES[self._reference.value] * span_s,
            span_s=span_s,
            points=points,
            stretch=self._stretch,
            kind=self._kind.value,
            count=int(self._count.value) if self._kind.value == "AVER" else 1,
            boxcar=max(1.0, min(finest, rate * span_s / points)),
        )

    def _trigger_plan(self) -> TriggerPlan:
        sweep = self._sweep()
        automatic = self._sweep_mode.value == "AUTO"
        return TriggerPlan(
            edges=self._edges(),
            auto_ns=self.model.duration_ns("trigger.auto_timeout_s") if automatic else None,
            before_ns=sweep.before_ns,
            after_ns=sweep.after_ns,
            count=sweep.count,
        )

    def _edges(self) -> tuple[Edge, ...]:
        channel = self._source_channel()
        wire = self._wires.get(int(self._source.value[-1])) if channel is not None else None
        if channel is None or wire is None:
            return ()
        model, probe = self.model, channel.probe.value
        level = self._level.value / probe * wire.ratio
        sensitivity = max(
            model.number("trigger.sensitivity_divisions") * channel.scale.value / probe,
            model.number("trigger.sensitivity_v"),
        )
        hysteresis = model.number("trigger.hysteresis_share") * sensitivity * wire.ratio
        slopes = {"POS": (True,), "NEG": (False,), "EITH": (True, False)}[self._slope.value]
        return tuple(Edge(wire.quantity, level, rising, hysteresis) for rising in slopes)

    def _keep(self, triggers_ns: tuple[int, ...]) -> None:
        noise = self.surroundings.noise
        self._record = Record(
            sweep=self._sweep(),
            verticals={
                number: channel.vertical(self._errors[number])
                for number, channel in self._channels.items()
                if channel.display.value
            },
            triggers_ns=triggers_ns,
            noise=tuple(noise.acquisition("oscilloscope") for _ in triggers_ns),
            wires=self._wires,
            history=self.surroundings.loop.history,
        )

    def _current_record(self) -> Record | None:
        self._run.refresh()
        return self._record


_CHANNEL_SETTINGS = {
    "display": "DISPlay",
    "scale": "SCALe",
    "offset": "OFFSet",
    "probe": "PROBe",
    "coupling": "COUPling",
    "bandwidth_limit": "BWLimit",
    "impedance": "IMPedance",
    "units": "UNITs",
    "label": "LABel",
}
