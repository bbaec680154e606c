"""What a Truevolt multimeter makes of its readings: null, statistics, limits (Truevolt guide, CALCulate subsystem)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.settings import Flag, Number, Word, nr3

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.status import Register

_LARGEST = 1e15
_BELOW, _ABOVE = 0x0800, 0x1000
_NOT_A_NUMBER = "+9.91000000E+37"


class Null:
    """A value that is subtracted from every reading of one function.

    With its automatic on, the first reading after it was switched on becomes the value.

    Args:
        largest: of the value, in the function's unit.
        changed: called after any change.
    """

    def __init__(self, largest: float, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._pending = False
        self._state = Flag(default=False, changed=self._switch)
        self._value = Number(0.0, lambda: (-largest, largest), changed=self._give)
        self._automatic = Flag(default=True, changed=changed)

    def enter(self, instrument: Instrument, header: str) -> None:
        instrument.setting(f"{header}:NULL[:STATe]", self._state)
        instrument.setting(f"{header}:NULL:VALue", self._value)
        instrument.setting(f"{header}:NULL:VALue:AUTO", self._automatic)

    def clear(self) -> None:
        """Switch it off, as CONFigure does."""
        for setting in (self._state, self._value, self._automatic):
            setting.reset()

    def applied(self, value: float) -> float:
        """Answer the reading as it is stored."""
        if not self._state.value or math.isinf(value):
            return value
        if self._pending and self._automatic.value:
            self._value.value = value
        self._pending = False
        return value - self._value.value

    def _switch(self) -> None:
        if self._state.value:
            self._automatic.value = True
        self._pending = self._state.value
        self._changed()

    def _give(self) -> None:
        self._automatic.value = False
        self._changed()


class Calculations:
    """Statistics and limits over the readings as they are stored.

    Args:
        questionable: the register that tells of a limit.
        one_at_a_time: whether one of them is selected and switched on, as before Truevolt, or each by itself.
    """

    def __init__(self, questionable: Register, *, one_at_a_time: bool) -> None:
        self._questionable = questionable
        self._one_at_a_time = one_at_a_time
        self._selected = Word("AVER", ("AVERage", "LIMit"), changed=self._switch)
        self._state = Flag(default=False, changed=self._switch)
        self._statistics_on = Flag(default=False, changed=self.clear)
        self._limits_on = Flag(default=False, changed=self._clear_limits)
        self._lower = Number(0.0, lambda: (-_LARGEST, _LARGEST))
        self._upper = Number(0.0, lambda: (-_LARGEST, _LARGEST))
        self._count = 0
        self._mean = self._spread = 0.0
        self._low, self._high = math.inf, -math.inf

    def enter(self, instrument: Instrument) -> None:
        table = instrument.table
        if self._one_at_a_time:
            instrument.setting("CALCulate:FUNCtion", self._selected)
            instrument.setting("CALCulate[:STATe]", self._state)
        else:
            instrument.setting("CALCulate:AVERage[:STATe]", self._statistics_on)
            instrument.setting("CALCulate:LIMit[:STATe]", self._limits_on)
        for name, answer in (
            ("AVERage", lambda: self._mean),
            ("SDEViation", self._deviation),
            ("MINimum", lambda: self._low),
            ("MAXimum", lambda: self._high),
            ("PTPeak", lambda: self._high - self._low),
        ):
            table.add(f"CALCulate:AVERage:{name}", query=self._statistic(answer))
        table.add("CALCulate:AVERage:COUNt", query=plain(lambda: nr3(self._count)))
        table.add("CALCulate:AVERage:ALL", query=plain(self._all))
        table.add("CALCulate:AVERage:CLEar[:IMMediate]", set=bare(self.clear))
        table.add("CALCulate:CLEar[:IMMediate]", set=bare(self._clear_all))
        instrument.setting("CALCulate:LIMit:LOWer[:DATA]", self._lower)
        instrument.setting("CALCulate:LIMit:UPPer[:DATA]", self._upper)
        table.add("CALCulate:LIMit:CLEar[:IMMediate]", set=bare(self._clear_limits))

    def take(self, value: float) -> None:
        """Count a reading in; an overload counts nowhere but in the limits."""
        if self._statistics_on.value and not math.isinf(value):
            self._count += 1
            step = value - self._mean
            self._mean += step / self._count
            self._spread += step * (value - self._mean)
            self._low, self._high = min(self._low, value), max(self._high, value)
        if self._limits_on.value:
            self._questionable.put(_BELOW, on=value < self._lower.value)
            self._questionable.put(_ABOVE, on=value > self._upper.value)

    def clear(self) -> None:
        """Begin the statistics anew."""
        self._count = 0
        self._mean = self._spread = 0.0
        self._low, self._high = math.inf, -math.inf

    def reset(self) -> None:
        """Switch both off."""
        self._statistics_on.value = self._limits_on.value = False
        self._clear_all()

    def _switch(self) -> None:
        """Take the one that is selected, from its beginning."""
        self._statistics_on.value = self._state.value and self._selected.value == "AVER"
        self._limits_on.value = self._state.value and self._selected.value == "LIM"
        self._clear_all()

    def _clear_limits(self) -> None:
        self._questionable.put(_BELOW | _ABOVE, on=False)

    def _clear_all(self) -> None:
        self.clear()
        self._clear_limits()

    def _deviation(self) -> float:
        return math.sqrt(self._spread / (self._count - 1)) if self._count > 1 else 0.0

    def _statistic(self, answer: Callable[[], float]) -> Callable[[Arguments], str]:
        return plain(lambda: nr3(answer()) if self._count else _NOT_A_NUMBER)

    def _all(self) -> str:
        if not self._count:
            return ",".join([_NOT_A_NUMBER] * 4)
        return ",".join(nr3(value) for value in (self._mean, self._deviation(), self._low, self._high))
