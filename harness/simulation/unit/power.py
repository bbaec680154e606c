"""What feeds the unit: its own battery, or the bench's supply at its battery terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.electronicsfile import Electronics


class Power:
    """The unit's battery terminals.

    Args:
        electronics: battery of the unit.
    """

    def __init__(self, electronics: Electronics) -> None:
        self._electronics = electronics
        self._supply_v: float | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def supply_on(self) -> bool:
        """Whether the bench's supply feeds the unit."""
        return self._supply_v is not None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change of the supply."""
        self._listeners.append(listener)

    def supply(self, volts: float | None) -> None:
        """Let the bench's supply hold the terminals at a voltage; None: it is off, the unit's own battery feeds."""
        self._supply_v = volts
        for listener in self._listeners:
            listener()

    def volts(self) -> float:
        """Answer the voltage at the terminals now."""
        return self._electronics.battery_v if self._supply_v is None else self._supply_v
