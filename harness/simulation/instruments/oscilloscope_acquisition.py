"""What emulated oscilloscopes of all makers have in common behind their commands: inputs, trigger and memory."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from harness.simulation.instruments.faulty import NO_FAULTS, ChannelFaults
from harness.simulation.instruments.oscilloscope_frontend import Converter, draw_channel, vertical
from harness.simulation.instruments.oscilloscope_record import Record
from harness.simulation.instruments.oscilloscope_run import RunControl, TriggerPlan
from harness.simulation.instruments.oscilloscope_trigger import TriggerInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.oscilloscope_frontend import InputSettings, Vertical
    from harness.simulation.instruments.oscilloscope_record import Sweep, Wire
    from harness.simulation.instruments.oscilloscope_trigger import TriggerSettings
    from harness.simulation.scpi.status import Register

_PPM = 1e-6
_AC, _LOW_REJECT, _HIGH_REJECT = "AC", "LFR", "HFR"


class Settings(Protocol):
    """What a maker's commands have set, and what an examiner made wrong.

    Attributes:
        stale: whether the record in memory stays.
        channel_faults: what is wrong with channels, by number.
    """

    stale: bool
    channel_faults: Mapping[int, ChannelFaults]

    def inputs(self) -> Mapping[int, InputSettings]:
        """Answer how every channel is set, whether it is on or not."""

    def displayed(self) -> tuple[int, ...]:
        """Answer the channels that are on, ascending."""

    def sweep(self, stretch: float) -> Sweep:
        """Answer the horizontal side of the next record."""

    def trigger_settings(self) -> TriggerSettings:
        """Answer what the next acquisition waits for."""


class Acquisition:
    """Takes records.

    Args:
        model: data of the oscilloscope.
        surroundings: what it is connected to.
        wires: what each channel that is connected sees.
        settings: what the commands have set.
        operation: where the run control shows its state.
        errors: where its hidden errors come from.

    Attributes:
        run: the run control.
        converter: of the model.
    """

    def __init__(
        self,
        model: ModelTable,
        surroundings: Surroundings,
        wires: Mapping[int, Wire],
        settings: Settings,
        *,
        operation: Register,
        errors: HiddenErrors,
    ) -> None:
        self._model = model
        self._surroundings = surroundings
        self._wires = dict(wires)
        self._settings = settings
        self._record: Record | None = None
        self._channels = range(1, int(model.number("vertical.channels")) + 1)
        self.redraw(errors)
        self.converter = Converter.of(model)
        self.run = RunControl(surroundings.timekeeper, surroundings.loop, operation, self._plan, self._keep)

    @property
    def sweep(self) -> Sweep:
        """The horizontal side that the next record will have."""
        return self._settings.sweep(self._stretch)

    def record(self) -> Record | None:
        """Answer what memory holds now, None before the first record."""
        self.run.refresh()
        return self._record

    def forget(self) -> None:
        """Stop and empty the memory."""
        self.run.stop()
        self._record = None

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another specimen."""
        self._errors = {number: draw_channel(number, errors) for number in self._channels}
        self._stretch = 1.0 + errors.rectangular(
            "oscilloscope time base", self._model.number("horizontal.time_base_ppm") * _PPM
        )

    def hidden(self) -> Mapping[str, object]:
        """Answer the hidden errors, for the control port."""
        channels = {
            str(number): {
                "gain": self._vertical(number, settings).gain,
                "offset_v": self._vertical(number, settings).error_v,
                "gain_share": self._errors[number].gain_share,
                "offset_share": self._errors[number].offset_share,
            }
            for number, settings in self._inputs().items()
        }
        return {"channels": channels, "time_base": self._stretch - 1.0}

    def _faults(self, number: int) -> ChannelFaults:
        return self._settings.channel_faults.get(number, NO_FAULTS)

    def _inputs(self) -> dict[int, InputSettings]:
        """Answer how every channel really is; one that keeps the mean out does so whatever is set."""
        inputs = self._settings.inputs()
        blocked = [n for n, given in inputs.items() if self._faults(n).ac_coupled and given.coupling != "GND"]
        return {**inputs, **{number: replace(inputs[number], coupling=_AC) for number in blocked}}

    def _wire(self, number: int) -> Wire | None:
        wire = self._wires.get(number)
        return wire.behind(self._faults(number)) if wire is not None else None

    def _vertical(self, number: int, settings: InputSettings) -> Vertical:
        return vertical(self._model, settings, self._errors[number]).with_faults(self._faults(number))

    def _plan(self) -> TriggerPlan:
        sweep, trigger = self.sweep, self._settings.trigger_settings()
        found = self._trigger_input(trigger)
        return TriggerPlan(
            conditions=(
                found.conditions(self._surroundings.loop.history, trigger, self._stretch) if found is not None else ()
            ),
            auto_ns=self._model.duration_ns("trigger.auto_timeout_s") if trigger.automatic else None,
            before_ns=sweep.before_ns,
            after_ns=sweep.after_ns,
            count=sweep.count,
        )

    def _trigger_input(self, trigger: TriggerSettings) -> TriggerInput | None:
        """Answer what the comparator sees, None where nothing ever comes."""
        wire = self._wire(trigger.source) if trigger.source is not None else None
        if trigger.source is None or wire is None:
            return None
        model, settings = self._model, self._inputs()[trigger.source]
        if settings.coupling == "GND":
            return None
        sensitivity_v = max(
            model.number("trigger.sensitivity_divisions") * settings.scale_v, model.number("trigger.sensitivity_v")
        )
        corners = [model.number("vertical.ac_corner_hz")] if settings.coupling == _AC else []
        corners += [model.number("trigger.ac_corner_hz")] if trigger.coupling == _AC else []
        corners += [model.number("trigger.low_reject_hz")] if trigger.coupling == _LOW_REJECT else []
        return TriggerInput(
            quantity=wire.quantity,
            level=trigger.level_v * wire.ratio,
            hysteresis=model.number("trigger.hysteresis_share") * sensitivity_v * wire.ratio,
            # Of two capacitors in a row the faster one is what an edge sees.
            ac_corner_hz=max(corners, default=0.0),
            bandwidth_hz=model.number("trigger.high_reject_hz") if trigger.coupling == _HIGH_REJECT else math.inf,
        )

    def _keep(self, triggers_ns: tuple[int, ...]) -> None:
        if self._settings.stale and self._record is not None:
            return
        noise, inputs, sweep = self._surroundings.noise, self._inputs(), self.sweep
        first_ns, last_ns = triggers_ns[0] - sweep.before_ns, triggers_ns[-1] + sweep.after_ns
        self._record = Record(
            sweep=sweep,
            converter=self.converter,
            verticals={number: self._vertical(number, inputs[number]) for number in self._settings.displayed()},
            triggers_ns=triggers_ns,
            noise=tuple(noise.acquisition("oscilloscope") for _ in triggers_ns),
            wires={number: wire.behind(self._faults(number)) for number, wire in self._wires.items()},
            history=self._surroundings.loop.history.excerpt(first_ns, last_ns),
        )
