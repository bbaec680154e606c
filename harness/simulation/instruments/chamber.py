"""TC1, the temperature chamber that the unit lies in: its commands (docs/measurements-time.md)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.scpi.common import Immediate, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.timekeeper import Event


class Chamber(Instrument):
    """A TC1: its air follows the set temperature with one time constant, the unit in it follows the air with another.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where the error of its sensor is drawn from.
        warm: tells the unit how much warmer than the room it is, K.

    Attributes:
        on: whether it holds its set temperature; off, its door is open.
        air_c: true temperature of its air.
        unit_c: true temperature of the unit.
    """

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, warm: Callable[[float], None]
    ) -> None:
        super().__init__(model, surroundings)
        self._warm = warm
        self._set_c = model.number("temperature.default_c")
        self._lowest_c, self._highest_c = model.pair("temperature.range_c")
        self._air_s, self._unit_s = model.number("temperature.air_s"), model.number("temperature.unit_s")
        self._step_ns = model.duration_ns("temperature.step_s")
        self.on = False
        self._event: Event | None = None
        self._at_ns = surroundings.timekeeper.now_ns
        self.air_c = self.unit_c = self._room_c()
        self.redraw(errors)
        table = self.table
        table.add("TEMPerature:SETPoint", set=self._set, query=plain(lambda: f"{self._set_c:.2f}"))
        table.add("TEMPerature:ACTual", query=plain(self._actual))
        table.add("TEMPerature:ROOM", query=plain(lambda: f"{self._room_c() + self._error_k:.2f}"))
        table.add("OUTPut", set=self._switch, query=plain(lambda: f"{int(self.on)}"))
        self.enter_common(Immediate())

    def reset(self) -> None:
        super().reset()
        self._set_c = self.model.number("temperature.default_c")
        self._turn(on=False)

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another specimen, in another room."""
        self._error_k = errors.rectangular("chamber sensor", self.model.number("temperature.error_k"))
        self.begin()

    def begin(self) -> None:
        """Bring everything back to the temperature of the room."""
        self.on = False
        self.air_c = self.unit_c = self._room_c()
        self._at_ns = self.surroundings.timekeeper.now_ns
        if self._event is not None:
            self._event.cancel()
            self._event = None
        self._warm(0.0)

    def hidden(self) -> dict[str, object]:
        """Answer the sensor's error and the true temperatures."""
        self._go()
        return {"sensor_k": self._error_k, "air_c": self.air_c, "unit_c": self.unit_c}

    def _room_c(self) -> float:
        return self.surroundings.loop.parts.temperature_c

    def _target_c(self) -> float:
        return self._set_c - self._error_k if self.on else self._room_c()

    def _set(self, arguments: Arguments) -> None:
        celsius = arguments.number()
        arguments.end()
        if not self._lowest_c <= celsius <= self._highest_c:
            raise ScpiError(-222)
        self._go()
        self._set_c = celsius
        self._watch()

    def _switch(self, arguments: Arguments) -> None:
        on = arguments.flag()
        arguments.end()
        self._turn(on=on)

    def _turn(self, *, on: bool) -> None:
        self._go()
        self.on = on
        self._watch()

    def _actual(self) -> str:
        self._go()
        return f"{self.air_c + self._error_k:.2f}"

    def _go(self) -> None:
        """Let the time since the last step act, in steps no longer than `step_s`."""
        now_ns = self.surroundings.timekeeper.now_ns
        while self._at_ns < now_ns:
            step_ns = min(self._step_ns, now_ns - self._at_ns)
            self._at_ns += step_ns
            passed_s = step_ns / NS_PER_S
            self.air_c += (self._target_c() - self.air_c) * -math.expm1(-passed_s / self._air_s)
            self.unit_c += (self.air_c - self.unit_c) * -math.expm1(-passed_s / self._unit_s)

    def _watch(self) -> None:
        """Step on while anything moves by what matters."""
        if self._event is None:
            at_ns = self.surroundings.timekeeper.now_ns + self._step_ns
            self._event = self.surroundings.timekeeper.schedule(at_ns, self._step)

    def _step(self) -> None:
        self._event = None
        self._go()
        self._warm(self.unit_c - self._room_c())
        nearly = self.model.number("temperature.settled_k")
        if abs(self.air_c - self._target_c()) > nearly or abs(self.unit_c - self.air_c) > nearly:
            self._watch()
