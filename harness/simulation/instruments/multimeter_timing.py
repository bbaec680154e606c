"""How long a Truevolt multimeter measures: integration time, a.c. filter, gate time, or a fixed time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.simulation.scpi.common import plain
from harness.simulation.scpi.settings import Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments

DEFAULT_NPLC = 10.0


class Timing(Protocol):
    """What a function's readings take."""

    def enter(self, instrument: Instrument, header: str) -> None:
        """Enter its settings below a function's header."""

    def preset(self, nplc: float) -> None:
        """Go to what CONFigure gives; only an integration time has a choice."""

    def seconds(self) -> float:
        """Answer how long the input is looked at."""

    def delay_s(self) -> float:
        """Answer the automatic delay after a trigger."""


class Integration:
    """Integration over power-line cycles or seconds, whichever was set last.

    Args:
        model: its own data, table `aperture`.
        cycle_s: a power-line cycle.
        changed: called after any change.

    Attributes:
        choices: the integration times it has, in cycles.
        nplc: the setting in cycles.
    """

    def __init__(self, model: ModelTable, cycle_s: float, changed: Callable[[], None]) -> None:
        self.choices = choices = model.numbers("aperture.nplc")
        limits = (model.number("aperture.shortest_s"), model.number("aperture.longest_s"))
        self._cycle_s = cycle_s
        self._changed = changed
        self._by_seconds = False
        self._steps = model.numbers("aperture.delay_nplc")
        self._delays_s = model.numbers("aperture.delay_s")
        self.nplc = Number(
            DEFAULT_NPLC,
            lambda: (choices[0], choices[-1]),
            coerce=lambda value: next((n for n in choices if n >= value * (1.0 - 1e-9)), choices[-1]),
            changed=self._take_cycles,
        )
        self._aperture = Number(0.2, lambda: limits, unit="S", changed=self._take_seconds)

    def enter(self, instrument: Instrument, header: str) -> None:
        instrument.setting(f"{header}:NPLCycles", self.nplc)
        instrument.setting(f"{header}:APERture", self._aperture)
        enabled = plain(lambda: f"{self._by_seconds:d}")
        instrument.table.add(f"{header}:APERture:ENABled", set=self._enable, query=enabled)

    def preset(self, nplc: float) -> None:
        self.nplc.value = nplc
        self._by_seconds = False

    def choose(self, nplc: float) -> None:
        """Take an integration time in cycles, as if it had been set."""
        self.nplc.value = nplc
        self._take_cycles()

    def seconds(self) -> float:
        return self._aperture.value if self._by_seconds else self.nplc.value * self._cycle_s

    def delay_s(self) -> float:
        nplc = self.seconds() / self._cycle_s
        return self._delays_s[sum(nplc > step * (1.0 + 1e-9) for step in self._steps)]

    def _take_cycles(self) -> None:
        self._by_seconds = False
        self._changed()

    def _take_seconds(self) -> None:
        self._by_seconds = True
        self._changed()

    def _enable(self, arguments: Arguments) -> None:
        mode = arguments.flag()
        arguments.end()
        self._by_seconds = mode
        self._changed()


class Bandwidth:
    """The a.c. filter: the lowest frequency that is measured says how long it takes.

    Args:
        model: its own data.
        table: of the function in it.
        changed: called after any change.
    """

    def __init__(self, model: ModelTable, table: str, changed: Callable[[], None]) -> None:
        self._filters_hz = filters = model.numbers(f"{table}.filters_hz")
        self._windows_s = model.numbers(f"{table}.windows_s")
        self._delays_s = model.numbers(f"{table}.delays_s")
        self._setting = Number(
            model.number(f"{table}.filter_hz"),
            lambda: (filters[0], filters[-1]),
            unit="HZ",
            coerce=lambda value: max(each for each in filters if each <= max(value, filters[0])),
            changed=changed,
        )

    def enter(self, instrument: Instrument, header: str) -> None:
        instrument.setting(f"{header}:BANDwidth", self._setting)

    def preset(self, nplc: float) -> None:  # noqa: ARG002 - Timing's form
        self._setting.reset()

    def seconds(self) -> float:
        return self._windows_s[self._filters_hz.index(self._setting.value)]

    def delay_s(self) -> float:
        return self._delays_s[self._filters_hz.index(self._setting.value)]


class Gate:
    """The gate time of a counter.

    Args:
        model: its own data.
        table: of the function in it.
        changed: called after any change.
    """

    def __init__(self, model: ModelTable, table: str, changed: Callable[[], None]) -> None:
        shortest, longest = model.pair(f"{table}.gates_s")
        self._setting = Number(model.number(f"{table}.gate_s"), lambda: (shortest, longest), unit="S", changed=changed)
        self._delay_s = model.number(f"{table}.delay_s")

    def enter(self, instrument: Instrument, header: str) -> None:
        instrument.setting(f"{header}:APERture", self._setting)

    def preset(self, nplc: float) -> None:  # noqa: ARG002 - Timing's form
        self._setting.reset()

    def seconds(self) -> float:
        return self._setting.value

    def delay_s(self) -> float:
        return self._delay_s


class Fixed:
    """A time that cannot be set."""

    def __init__(self, model: ModelTable, table: str) -> None:
        self._seconds = model.number(f"{table}.window_s")
        self._delay_s = model.number(f"{table}.delay_s")

    def enter(self, instrument: Instrument, header: str) -> None:
        """Nothing: there is no setting."""

    def preset(self, nplc: float) -> None:
        """Nothing: there is no setting."""

    def seconds(self) -> float:
        return self._seconds

    def delay_s(self) -> float:
        return self._delay_s
