"""Keysight E36312A: its commands (E36300 Series Programming Guide)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.simulation.instruments.base import Instrument
from harness.simulation.scpi.common import Immediate, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import nr3
from harness.simulation.scpi.table import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments

_PERCENT = 100.0
_LEVEL_WORDS = ("MINimum", "MAXimum", "DEFault")


class Consumer(Protocol):
    """What hangs on the output that the bench uses."""

    def take(self, volts: float, *, on: bool) -> None:
        """Take note of what the output does now; `volts` are true ones."""

    def current_a(self, from_ns: int, to_ns: int) -> float:
        """Answer the mean current that it drew over a past interval."""

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another specimen."""

    def hidden(self) -> Mapping[str, object]:
        """Answer what is hidden about it, for the control port."""


@dataclass(slots=True)
class Output:
    """Settings and errors of one output.

    Attributes:
        rated_v: largest voltage by name.
        rated_a: largest current by name.
        largest_protection_v: of the overvoltage protection, which it has after a reset.
        volts: programmed.
        amperes: limit, programmed.
        protection_v: overvoltage protection.
        overcurrent: whether the overcurrent protection is on; no current here comes near a limit.
        on: whether it delivers.
        tripped: whether the protection has switched it off.
        gain: true error of the voltage.
        offset_v: the constant part of it.
        current_offset_a: true error of a current reading.
    """

    rated_v: float
    rated_a: float
    largest_protection_v: float
    volts: float = 0.0
    amperes: float = 0.0
    protection_v: float = 0.0
    overcurrent: bool = False
    on: bool = False
    tripped: bool = False
    gain: float = 0.0
    offset_v: float = 0.0
    current_offset_a: float = 0.0

    def reset(self) -> None:
        self.volts, self.amperes, self.on, self.tripped = 0.0, self.rated_a, False, False
        self.protection_v, self.overcurrent = self.largest_protection_v, False

    @property
    def true_v(self) -> float:
        return self.volts * (1.0 + self.gain) + self.offset_v if self.on else 0.0


class Supply(Instrument):
    """An E36312A of which the bench uses one output.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where its hidden errors come from.
        role: name of this specimen's draws.
        serial_number: of this specimen.
        consumer: what hangs on the used output.
    """

    def __init__(
        self,
        model: ModelTable,
        surroundings: Surroundings,
        errors: HiddenErrors,
        *,
        role: str,
        serial_number: str,
        consumer: Consumer,
    ) -> None:
        super().__init__(model, surroundings)
        self._role = role
        self._consumer = consumer
        self._used = int(model.number("outputs.used"))
        self._selected = 1
        self._outputs = [
            Output(volts, amperes, volts * model.number("protection.over_range"))
            for volts, amperes in zip(model.numbers("outputs.volts"), model.numbers("outputs.amperes"), strict=True)
        ]
        self.redraw(errors)
        self._enter_commands()
        self.enter_common(Immediate(), serial_number)
        self.enter_scpi_registers()
        self.reset()

    @property
    def is_on(self) -> bool:
        """Whether the output that the bench uses delivers."""
        return self._outputs[self._used - 1].on

    @property
    def true_v(self) -> float:
        """True open-circuit voltage of the output that the bench uses."""
        return self._outputs[self._used - 1].true_v

    def reset(self) -> None:
        super().reset()
        self._selected = 1
        for output in self._outputs:
            output.reset()
        self._tell()

    def redraw(self, errors: HiddenErrors) -> None:
        number = self.model.number
        for index, output in enumerate(self._outputs, start=1):
            name = f"{self._role} output {index}"
            output.gain = errors.normal_within(f"{name} gain", number("accuracy.gain_percent") / _PERCENT)
            output.offset_v = errors.normal_within(f"{name} offset", number("accuracy.offset_v"))
            output.current_offset_a = errors.normal_within(f"{name} current", number("accuracy.current_a"))
        self._consumer.redraw(errors)
        self._tell()

    def hidden(self) -> Mapping[str, object]:
        output = self._outputs[self._used - 1]
        own = {"gain": output.gain, "offset_v": output.offset_v, "current_offset_a": output.current_offset_a}
        return {**own, **self._consumer.hidden()}

    def _tell(self) -> None:
        output = self._outputs[self._used - 1]
        self._consumer.take(output.true_v, on=output.on)

    def _enter_commands(self) -> None:
        table = self.table
        for name, header in (("volts", "VOLTage"), ("amperes", "CURRent")):
            table.add(
                f"[SOURce:]{header}[:LEVel][:IMMediate][:AMPLitude]",
                set=self._setter(name),
                query=self._answer_of(name),
            )
        table.add(
            "[SOURce:]VOLTage:PROTection[:LEVel]",
            set=self._setter("protection_v"),
            query=self._answer_of("protection_v"),
        )
        table.add("[SOURce:]VOLTage:PROTection:TRIPped", query=self._each(lambda output: f"{int(output.tripped)}"))
        table.add(
            "[SOURce:]CURRent:PROTection:STATe",
            set=self._protect_current,
            query=self._each(lambda output: f"{int(output.overcurrent)}"),
        )
        table.add("[SOURce:]CURRent:PROTection:TRIPped", query=self._each(lambda _: "0"))
        table.add("[SOURce:]VOLTage:PROTection:CLEar", set=self._clear_protection)
        table.add("OUTPut:PROTection:CLEar", set=self._clear_protection)
        table.add("OUTPut[:STATe]", set=self._switch, query=self._each(lambda output: f"{int(output.on)}"))
        table.add("APPLy", set=self._apply, query=self._applied)
        table.add("INSTrument[:SELect]", set=self._select, query=plain(lambda: f"CH{self._selected}"))
        table.add("INSTrument:NSELect", set=self._select_number, query=plain(lambda: f"{self._selected}"))
        table.add("MEASure[:SCALar]:VOLTage[:DC]", query=lambda arguments: self._measure(arguments, self._measured_v))
        table.add("MEASure[:SCALar]:CURRent[:DC]", query=lambda arguments: self._measure(arguments, self._measured_a))
        for header in ("SYSTem:LOCal", "SYSTem:REMote", "SYSTem:RWLock"):
            table.add(header, set=lambda arguments: arguments.end())

    def _take_outputs(self, arguments: Arguments) -> list[int]:
        """Take a channel list, or the selected output where there is none."""
        numbers = arguments.channels() if arguments.more() else [self._selected]
        arguments.end()
        if not all(1 <= number <= len(self._outputs) for number in numbers):
            raise ScpiError(-222)
        return numbers

    def _each(self, answer: Callable[[Output], str]) -> Callable[[Arguments], str]:
        def query(arguments: Arguments) -> str:
            return ",".join(answer(self._outputs[number - 1]) for number in self._take_outputs(arguments))

        return query

    def _answer_of(self, name: str) -> Callable[[Arguments], str]:
        """Make the query of a level, or of what it may be: MINimum, MAXimum, DEFault, each output's own."""

        def query(arguments: Arguments) -> str:
            word = "" if arguments.peek_number() or not arguments.more() else arguments.choice(_LEVEL_WORDS)
            answer = self._each(lambda output: nr3(self._levels(output, name)[word] if word else getattr(output, name)))
            return answer(arguments)

        return query

    def _levels(self, output: Output, name: str) -> dict[str, float]:
        """Answer the smallest, the largest and the reset value of a level."""
        number = self.model.number
        if name == "protection_v":
            most = output.largest_protection_v
            return {"MIN": number("protection.smallest_v"), "MAX": most, "DEF": most}
        rated, default = (output.rated_a, output.rated_a) if name == "amperes" else (output.rated_v, 0.0)
        return {"MIN": 0.0, "MAX": rated * number("outputs.over_range"), "DEF": default}

    def _setter(self, name: str) -> Callable[[Arguments], None]:
        unit = "A" if name == "amperes" else "V"

        def take(arguments: Arguments) -> None:
            written = arguments.number(unit) if arguments.peek_number() else arguments.choice(_LEVEL_WORDS)
            outputs = [self._outputs[number - 1] for number in self._take_outputs(arguments)]
            levels = [self._levels(output, name) for output in outputs]
            values = [level[written] if isinstance(written, str) else written for level in levels]
            if any(not level["MIN"] <= value <= level["MAX"] for level, value in zip(levels, values, strict=True)):
                raise ScpiError(-222)
            for output, value in zip(outputs, values, strict=True):
                self._program(output, name, value)
            self._tell()

        return take

    def _program(self, output: Output, name: str, value: float) -> None:
        setattr(output, name, value)
        if output.volts > output.protection_v:
            output.on, output.tripped = False, True

    def _protect_current(self, arguments: Arguments) -> None:
        on = arguments.flag()
        for number in self._take_outputs(arguments):
            self._outputs[number - 1].overcurrent = on

    def _clear_protection(self, arguments: Arguments) -> None:
        for number in self._take_outputs(arguments):
            self._outputs[number - 1].tripped = False

    def _switch(self, arguments: Arguments) -> None:
        on = arguments.flag()
        outputs = [self._outputs[number - 1] for number in self._take_outputs(arguments)]
        if on and any(output.tripped or output.volts > output.protection_v for output in outputs):
            raise ScpiError(-221)
        for output in outputs:
            output.on = on
        self._tell()

    def _apply(self, arguments: Arguments) -> None:
        number = self._named(arguments)
        output = self._outputs[number - 1]
        wanted = [("volts", arguments.number("V"))]
        if arguments.more():
            wanted.append(("amperes", arguments.number("A")))
        arguments.end()
        for name, value in wanted:
            if not 0.0 <= value <= self._levels(output, name)["MAX"]:
                raise ScpiError(-222)
        for name, value in wanted:
            self._program(output, name, value)
        self._tell()

    def _applied(self, arguments: Arguments) -> str:
        output = self._outputs[(self._named(arguments) if arguments.more() else self._selected) - 1]
        arguments.end()
        return f'"{output.volts:.3f},{output.amperes:.3f}"'

    def _named(self, arguments: Arguments) -> int:
        return int(arguments.choice([f"CH{i + 1}" for i in range(len(self._outputs))])[-1])

    def _select(self, arguments: Arguments) -> None:
        number = self._named(arguments)
        arguments.end()
        self._selected = number

    def _select_number(self, arguments: Arguments) -> None:
        number = arguments.integer()
        arguments.end()
        if not 1 <= number <= len(self._outputs):
            raise ScpiError(-222)
        self._selected = number

    def _measure(self, arguments: Arguments, answer: Callable[[int, int, int], float]) -> Wait:
        """Average for the measuring time, then answer."""
        numbers = self._take_outputs(arguments)
        keeper = self.surroundings.timekeeper
        from_ns = keeper.now_ns
        to_ns = from_ns + self.model.duration_ns("measuring.time_s")
        keeper.schedule(to_ns, lambda: None)

        def write() -> str:
            return ",".join(nr3(answer(number, from_ns, to_ns)) for number in numbers)

        return Wait(lambda: keeper.now_ns >= to_ns, lambda: to_ns, write)

    def _measured_v(self, number: int, _from_ns: int, _to_ns: int) -> float:
        step = self.model.number("accuracy.voltage_step_v")
        return round(self._outputs[number - 1].true_v / step) * step

    def _measured_a(self, number: int, from_ns: int, to_ns: int) -> float:
        output, step = self._outputs[number - 1], self.model.number("accuracy.current_step_a")
        drawn = self._consumer.current_a(from_ns, to_ns) if number == self._used and output.on else 0.0
        return round((drawn + output.current_offset_a) / step) * step if output.on else 0.0
