"""What feeds the unit: its own battery, or the bench's supply at its battery terminals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.electronicsfile import Electronics
    from harness.simulation.timekeeper import Event, Timekeeper

_STEPS = 200
"""Of its charge: how often a battery that discharges tells what it has become."""

_ROUNDS = 4
"""Of current and voltage drop, until they fit each other."""


class Power:
    """The unit's battery terminals.

    Args:
        electronics: battery and consumption.
        timekeeper: bench time.

    Attributes:
        charging: whether a charger is connected.
    """

    def __init__(self, electronics: Electronics, timekeeper: Timekeeper) -> None:
        self.charging = False
        self._electronics = electronics
        self._timekeeper = timekeeper
        self._supply_v: float | None = None
        self._loads: list[Callable[[float], float]] = []
        self._listeners: list[Callable[[], None]] = []
        self._used_c = 0.0
        self._since_ns = timekeeper.now_ns
        self._drawn_a = electronics.quiescent_a
        self._event: Event | None = None
        self._is_noticing = False
        self._settle()

    def draws(self, current_a: Callable[[float], float]) -> None:
        """Add a consumer: answers what it draws at a battery voltage, now."""
        self._loads.append(current_a)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the voltage has changed."""
        self._listeners.append(listener)

    @property
    def supply_on(self) -> bool:
        """Whether the bench's supply feeds the unit."""
        return self._supply_v is not None

    def supply(self, volts: float | None) -> None:
        """Let the bench's supply hold the terminals at a voltage; None: it is off, the unit's own battery feeds."""
        if volts != self._supply_v:
            self._settle()
            self._supply_v = volts
            self._tell()

    def redraw(self) -> None:
        """Become the battery of another unit: full."""
        self._used_c, self._since_ns = 0.0, self._timekeeper.now_ns
        self._tell()

    def charger(self, *, connected: bool) -> None:
        """Connect a charger, or take it away; it holds no voltage of its own."""
        if connected is not self.charging:
            self.charging = connected
            self._tell()

    def changed(self) -> None:
        """Take that a consumer draws something else from now on."""
        if self._electronics.battery_ohm or self._electronics.battery_charge_c:
            self._tell()

    def load_changed(self) -> None:
        """Take that the circuit has changed, but not by this: what the consumers draw may be another current now."""
        if self._is_noticing or not (self._electronics.battery_ohm or self._electronics.battery_charge_c):
            return
        if self.drawn_a() != self._drawn_a:
            self._is_noticing = True
            self._tell()
            self._is_noticing = False

    def volts(self) -> float:
        """Answer the voltage at the terminals now, under the present load."""
        if self._supply_v is not None:
            return self._supply_v
        return max(0.0, self._rest_v() - self._electronics.battery_ohm * self._drawn_a)

    def drawn_a(self) -> float:
        """Answer what the unit draws now."""
        return self._at(self.volts())

    def _at(self, volts: float) -> float:
        return self._electronics.quiescent_a + sum(load(volts) for load in self._loads)

    def _tell(self) -> None:
        self._settle()
        for listener in self._listeners:
            listener()

    def _rest_v(self) -> float:
        """Answer the battery's own voltage: a straight line from full to empty, and nothing after it."""
        built = self._electronics
        if not built.battery_charge_c:
            return built.battery_v
        share = self._total_c() / built.battery_charge_c
        return built.battery_v - share * (built.battery_v - built.battery_empty_v) if share < 1.0 else 0.0

    def _total_c(self) -> float:
        passed_s = (self._timekeeper.now_ns - self._since_ns) / NS_PER_S
        return self._used_c + (passed_s * self._drawn_a if self._supply_v is None else 0.0)

    def _settle(self) -> None:
        """Count what was used so far, then draw what the consumers draw now."""
        self._used_c, self._since_ns = self._total_c(), self._timekeeper.now_ns
        for _ in range(_ROUNDS):
            self._drawn_a = self._at(self.volts())
        if self._event is not None:
            self._event.cancel()
            self._event = None
        charge_c = self._electronics.battery_charge_c
        if charge_c and self._supply_v is None and self._used_c < charge_c and self._drawn_a > 0.0:
            # To the end of the present step of charge, the last of which is the end of the battery.
            step_c = charge_c / _STEPS
            next_c = (self._used_c // step_c + 1.0) * step_c - self._used_c
            after_ns = max(1, math.ceil(next_c / self._drawn_a * NS_PER_S))
            self._event = self._timekeeper.schedule(self._timekeeper.now_ns + after_ns, self._tick)

    def _tick(self) -> None:
        self._event = None
        self._tell()
