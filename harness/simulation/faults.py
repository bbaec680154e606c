"""Faults that an examiner switches on, and when each of them acts (docs/control-port.md)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_INSTRUMENTS = ("close", "silent", "dead", "late", "garbage", "error")
OF_MULTIMETER = ("nan", "overload")
OF_STIMULATOR = ("silent", "dead", "late", "garbage", "stays-live")
OF_CONTACT_SWITCH = ("stuck-closed",)
OF_RESISTORS = ("resistance",)
STANDING = ("resistance", "stays-live", "stuck-closed")
"""Kinds that are simply on until they are cleared."""

GARBAGE = b"\x00\xff\x80garbage\x7f\n"
SYSTEM_ERROR = -310
DEFAULT_LATE_S = 8.0


@dataclass(slots=True)
class Fault:
    """One fault.

    Attributes:
        target: role of an instrument, `stimulator` or resistor id.
        kind: what happens.
        after: messages to be answered before it begins.
        count: messages it lasts for; 0: until cleared.
        seconds: of wall time, for `late`.
        factor: for `resistance`.
    """

    target: str
    kind: str
    after: int = 0
    count: int = 1
    seconds: float = DEFAULT_LATE_S
    factor: float = 1.0


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[Mapping[str, object]]:
        return [asdict(fault) for fault in self._faults]

    def resistor_factors(self) -> dict[str, float]:
        factors: dict[str, float] = {}
        for fault in self._faults:
            if fault.kind == "resistance":
                factors[fault.target] = factors.get(fault.target, 1.0) * fault.factor
        return factors

    def stays_live(self) -> bool:
        return any(fault.kind == "stays-live" for fault in self._faults)

    def stuck_closed(self) -> bool:
        return any(fault.kind == "stuck-closed" for fault in self._faults)

    def strike(self, target: str, *, asks_readings: bool) -> Fault | None:
        """Count a message that `target` has to answer; answer the fault that meets it.

        `nan` and `overload` count only messages that ask for readings. Of several that are due, the one that was
        switched on first acts.
        """
        if not self._faults:
            return None
        acting: Fault | None = None
        for fault in self._faults:
            if fault.target != target or fault.kind in STANDING:
                continue
            if fault.kind in OF_MULTIMETER and not asks_readings:
                continue
            if fault.after > 0:
                fault.after -= 1
            elif acting is None:
                acting = fault
        if acting is not None and acting.count:
            acting.count -= 1
            if acting.count == 0:
                self._faults.remove(acting)
        return acting
