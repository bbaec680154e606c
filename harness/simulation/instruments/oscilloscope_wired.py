"""What emulated oscilloscopes of all makers have in common: channels on a bench, one acquisition behind them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.oscilloscope_acquisition import Acquisition
from harness.simulation.instruments.oscilloscope_autoset import look, step_up
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.oscilloscope_autoset import Signal
    from harness.simulation.instruments.oscilloscope_frontend import InputSettings
    from harness.simulation.instruments.oscilloscope_record import Sweep, Wire
    from harness.simulation.instruments.oscilloscope_trigger import TriggerSettings
    from harness.simulation.scpi.arguments import Arguments

_HARDWARE_MISSING = -241
_PERIODS = 2.0
"""Periods that are on the screen at least after an oscilloscope has found its settings itself."""


class _Channel(Protocol):
    def settings(self) -> InputSettings: ...


class _Triggering(Protocol):
    def settings(self) -> TriggerSettings: ...


class WiredOscilloscope(Instrument, ABC):
    """An oscilloscope with some of its channels on the bench and nothing on the others.

    A maker's class enters the commands, and gives the channels, the trigger and the horizontal side.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where its hidden errors come from.
        wires: what each channel that is connected sees.
        queue_depth: of its error queue.
    """

    _channels: Mapping[int, _Channel]
    _triggering: _Triggering

    def __init__(
        self,
        model: ModelTable,
        surroundings: Surroundings,
        errors: HiddenErrors,
        wires: Mapping[int, Wire],
        *,
        queue_depth: int = 20,
    ) -> None:
        super().__init__(model, surroundings, queue_depth=queue_depth)
        self._byte_ns = model.number("message.byte_s") * NS_PER_S
        self._wires = wires
        self._acquisition = Acquisition(
            model, surroundings, wires, self, operation=self.status.operation, errors=errors
        )
        self._run = self._acquisition.run

    def trigger(self) -> None:
        self._run.force()

    def redraw(self, errors: HiddenErrors) -> None:
        self._acquisition.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        return self._acquisition.hidden()

    def inputs(self) -> Mapping[int, InputSettings]:
        return {number: channel.settings() for number, channel in self._channels.items()}

    @abstractmethod
    def displayed(self) -> tuple[int, ...]:
        """Answer the channels that are on, ascending."""

    @abstractmethod
    def sweep(self, stretch: float) -> Sweep:
        """Answer the horizontal side of the next record."""

    def trigger_settings(self) -> TriggerSettings:
        return self._triggering.settings()

    def _spend_bytes(self, count: int) -> None:
        """Pass the time that so many bytes of a waveform take."""
        self.surroundings.timekeeper.spend(round(count * self._byte_ns))

    def _signals(self) -> Mapping[int, Signal]:
        """Answer what each channel that is connected has seen in the last second."""
        history, now_ns = self.surroundings.loop.history, self.surroundings.timekeeper.now_ns
        return {number: look(history, wire, now_ns) for number, wire in self._wires.items()}

    def _large_signals(self, among: Collection[int]) -> Mapping[int, Signal]:
        """Answer those of some channels that are large enough to find settings for."""
        least_v = self.model.number("autoscale.smallest_v")
        signals = self._signals().items()
        return {n: signal for n, signal in signals if n in among and signal.high_v - signal.low_v >= least_v}

    def _scale_for(self, period_s: float) -> float:
        """Answer the seconds for each division that show at least two periods."""
        return step_up(_PERIODS * period_s / self.model.number("horizontal.divisions"))


def refuse_picture(arguments: Arguments) -> str:
    """Refuse a picture of a screen that is not there, whatever form it was to have.

    Raises:
        ScpiError: always (-241).
    """
    while arguments.more():
        arguments.raw()
    raise ScpiError(_HARDWARE_MISSING, "Hardware missing")
