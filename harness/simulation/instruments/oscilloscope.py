"""Keysight DSOX1204G: its commands (InfiniiVision 1000 X-Series Programmer's Guide)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_channel import Channel
from harness.simulation.instruments.oscilloscope_dialect import PerChannel
from harness.simulation.instruments.oscilloscope_extras import Extras
from harness.simulation.instruments.oscilloscope_horizontal import Horizontal
from harness.simulation.instruments.oscilloscope_measurements import Measurements
from harness.simulation.instruments.oscilloscope_triggering import Triggering
from harness.simulation.instruments.oscilloscope_waveform import Waveform
from harness.simulation.instruments.oscilloscope_wired import WiredOscilloscope
from harness.simulation.scpi.common import Immediate, bare, plain
from harness.simulation.scpi.table import Wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.oscilloscope_record import Sweep, Wire
    from harness.simulation.scpi.arguments import Arguments

_QUEUE_DEPTH = 30


class Oscilloscope(WiredOscilloscope):
    """A DSOX1204G with some of its channels on the bench and nothing on the others.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where its hidden errors come from.
        wires: what each channel that is connected sees.
    """

    _channels: dict[int, Channel]
    _triggering: Triggering

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, wires: Mapping[int, Wire]
    ) -> None:
        super().__init__(model, surroundings, errors, wires, queue_depth=_QUEUE_DEPTH)
        run = self._run
        self._channels = {i + 1: Channel(model, run.restart) for i in range(int(model.number("vertical.channels")))}
        self._horizontal = Horizontal(self, self.displayed, run.restart)
        self._triggering = Triggering(self, self._channels, run.restart)
        self._enter_channels()
        self._enter_run_control()
        record = self._acquisition.record
        Waveform(self, record, self._spend_bytes)
        Measurements(self, record)
        Extras(self, self.reset)
        self.enter_common(Immediate())
        self.reset()

    def reset(self) -> None:
        self._acquisition.forget()
        self.reset_settings()
        self._triggering.reset()
        for channel in self._channels.values():
            channel.reset()
        self._channels[1].display.value = True

    def clear(self) -> None:
        super().clear()
        if not self._run.finished():
            self._run.stop()

    def displayed(self) -> tuple[int, ...]:
        return tuple(number for number, channel in self._channels.items() if channel.display.value)

    def sweep(self, stretch: float) -> Sweep:
        return self._horizontal.sweep(stretch)

    def _enter_channels(self) -> None:
        entered = PerChannel(self, len(self._channels))
        for name, header in _CHANNEL_SETTINGS.items():
            entered.setting(f"CHANnel<n>:{header}", lambda n, name=name: getattr(self._channels[n], name))  # type: ignore[misc]
        self.table.add("VIEW", set=lambda arguments: self._show(arguments, on=True))
        self.table.add("BLANk", set=lambda arguments: self._show(arguments, on=False))
        self.table.add("STATus", query=self._is_shown)
        entered.query("CHANnel<n>", lambda n: f":CHAN{n}:{self._channels[n].summary()}")

    def _show(self, arguments: Arguments, *, on: bool) -> None:
        """Switch a channel on or off; off without a name: all of them."""
        chosen = {self._one(arguments)} if on or arguments.more() else set(self._channels)
        arguments.end()
        for number in chosen:
            self._channels[number].display.value = on
        self._run.restart()

    def _is_shown(self, arguments: Arguments) -> str:
        number = self._one(arguments)
        arguments.end()
        return f"{self._channels[number].display.value:d}"

    def _one(self, arguments: Arguments) -> int:
        return int(arguments.choice([f"CHANnel{number}" for number in self._channels])[-1])

    def _enter_run_control(self) -> None:
        run, table, latches = self._run, self.table, self._run.latches
        operation = self.status.operation
        table.add("SINGle", set=bare(run.single))
        table.add("RUN", set=bare(run.run))
        table.add("STOP", set=bare(run.stop))
        table.add("DIGitize", set=self._digitize)
        table.add("AUToscale", set=self._autoscale)
        table.add("TRIGger:FORCe", set=bare(run.force))
        table.add("ADER", query=plain(lambda: self._take_latch("done")))
        table.add("TER", query=plain(lambda: self._take_latch("triggered")))
        table.add("AER", query=plain(lambda: self._take_latch("armed")))
        table.add("PDER", query=plain(lambda: f"{int(latches.done):+d}"))
        table.add("RSTate", query=plain(self._run_state))
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

    def _run_state(self) -> str:
        return {"stopped": "STOP", "single": "SING", "running": "RUN"}[self._run.state.value]

    def _take_latch(self, name: str) -> str:
        self._run.refresh()
        value = getattr(self._run.latches, name)
        setattr(self._run.latches, name, False)
        return f"{int(value):+d}"

    def _digitize(self, arguments: Arguments) -> Wait:
        """Acquire once; the parser stands until it is done."""
        chosen = self._chosen(arguments)
        for number, channel in self._channels.items():
            channel.display.value = number in chosen if chosen else channel.display.value
        self._run.single()
        return Wait(self._run.finished, self._run.due_ns, lambda: None)

    def _chosen(self, arguments: Arguments) -> set[int]:
        chosen: set[int] = set()
        while arguments.more():
            chosen.add(self._one(arguments))
        return chosen

    def _autoscale(self, arguments: Arguments) -> None:
        """Find settings for what the channels have seen in the last second; without a signal nothing changes.

        A channel without a signal goes off. The trigger is an edge on the highest channel with one.
        """
        chosen = self._chosen(arguments) or set(self._channels)
        found = self._large_signals(chosen)
        if not found:
            return
        for number, channel in self._channels.items():
            channel.display.value = number in found
        for number, signal in found.items():
            self._channels[number].fit(signal.low_v, signal.high_v)
        source = max(found)
        self._triggering.find(source, 0.5 * (found[source].low_v + found[source].high_v))
        period_s = found[source].period_s
        if period_s == period_s:  # noqa: PLR0124 - not a NaN: it repeats
            self._horizontal.fit(self._scale_for(period_s))
        self._run.run()


_CHANNEL_SETTINGS = {
    "display": "DISPlay",
    "scale": "SCALe",
    "range": "RANGe",
    "offset": "OFFSet",
    "probe": "PROBe",
    "skew": "PROBe:SKEW",
    "signal": "PROBe:STYPe",
    "coupling": "COUPling",
    "bandwidth_limit": "BWLimit",
    "invert": "INVert",
    "impedance": "IMPedance",
    "units": "UNITs",
    "label": "LABel",
    "vernier": "VERNier",
}
