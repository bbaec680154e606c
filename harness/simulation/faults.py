"""Faults that an examiner switches on, and when each of them acts (docs/control-port.md)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.simulation.draws import NoiseSource
from harness.simulation.fault_kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.simulation.fault_kinds import Value

GARBAGE = b"\x00\xff\x80garbage\x7f\n"
SYSTEM_ERROR = -310
_LF = 10


@dataclass(slots=True, eq=False)
class Fault:
    """One fault.

    Attributes:
        target: role of an instrument, `stimulator`, resistor id or place in the wiring.
        kind: what happens.
        after: messages to be answered before it begins.
        count: messages it lasts for; 0: until cleared.
        values: its parameters.
        since_ns: bench time at which it was switched on.
    """

    target: str
    kind: str
    after: int = 0
    count: int = 1
    values: Mapping[str, Value] = field(default_factory=dict)
    since_ns: int = 0

    @property
    def standing(self) -> bool:
        """Whether it is simply on, instead of striking single messages."""
        return kinds()[self.kind].standing

    def number(self, name: str) -> float:
        return float(self.values[name])

    def listed(self) -> dict[str, object]:
        """Answer it as the control port lists it; `seconds` and `factor` stand in every line."""
        late_s = next(p.default for p in kinds()["late"].parameters if p.name == "seconds")
        common = {"target": self.target, "kind": self.kind, "after": self.after, "count": self.count}
        return {**common, "seconds": late_s, "factor": 1.0, **self.values}


class Faults:
    """The faults that are on.

    Args:
        noise: where bytes of noise come from.
    """

    def __init__(self, noise: NoiseSource | None = None) -> None:
        self._noise = noise if noise is not None else NoiseSource(seed=1)
        self._faults: list[Fault] = []
        self._answers: dict[str, bytes] = {}

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def remove(self, fault: Fault) -> None:
        """Switch one off, if it is still on."""
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[Mapping[str, object]]:
        return [fault.listed() for fault in self._faults]

    def on(self, target: str) -> Iterator[Fault]:
        """Go through the faults of one target, in the order of their switching on."""
        return (fault for fault in self._faults if fault.target == target)

    def of(self, kind: str, target: str | None = None) -> Iterator[Fault]:
        """Go through the faults of a kind, of one target or of all, in the order of their switching on."""
        for fault in self._faults:
            if fault.kind == kind and target in {None, fault.target}:
                yield fault

    def strike(self, target: str, *, asks_readings: bool) -> Fault | None:
        """Count a message that `target` has to answer; answer the fault that meets it.

        `nan` and `overload` count only messages that ask for readings. Of several that are due, the one that was
        switched on first acts.
        """
        if not self._faults:
            return None
        acting: Fault | None = None
        for fault in self._faults:
            if fault.target != target or fault.standing:
                continue
            if kinds()[fault.kind].readings and not asks_readings:
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

    def deliver(self, target: str, answer: bytes, fault: Fault | None, send: Callable[[bytes], None]) -> None:
        """Send an answer of `target`, or what a fault makes of it."""
        kind = fault.kind if fault is not None else ""
        previous = self._answers.get(target)
        self._answers[target] = answer
        if fault is None:
            send(answer)
        elif kind == "late":
            timer = threading.Timer(fault.number("seconds"), send, (answer,))
            timer.daemon = True
            timer.start()
        elif kind == "previous":
            if previous is not None:
                send(previous)
        elif kind not in {"silent", "close"}:
            send(self._spoilt(answer, fault))

    def _spoilt(self, answer: bytes, fault: Fault) -> bytes:
        if fault.kind == "garbage":
            return GARBAGE
        if fault.kind == "truncate":
            rest = answer[: int(fault.number("share") * len(answer.removesuffix(b"\n")))]
            return rest + b"\n" if fault.values["terminated"] else rest
        if fault.kind == "noise":
            noise = self._noise_bytes(fault)
            return noise + answer if fault.values["place"] == "before" else answer + noise
        return answer

    def _noise_bytes(self, fault: Fault) -> bytes:
        """Draw bytes from the seed, none of them the end of a line."""
        draws = self._noise.acquisition(f"noise bytes {fault.target}")("bytes")
        values = draws.integers(0, 255, size=int(fault.number("bytes")))
        return bytes(int(value) if value < _LF else int(value) + 1 for value in values)
