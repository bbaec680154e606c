"""From a request to a fault: what a target can have on this bench, and with which values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.fault_kinds import kinds
from harness.simulation.faults import Fault
from harness.simulation.request import Refused

if TYPE_CHECKING:
    from harness.simulation.assembly import SimulatedBench
    from harness.simulation.fault_kinds import Value
    from harness.simulation.request import Request

PLACES = ("electrodes", "load")
"""Targets in the wiring that are on every bench."""


def parse(request: Request, bench: SimulatedBench) -> Fault:
    """Read a fault; what is not the fault's own is left in the request.

    Raises:
        Refused: this bench cannot have it; says what is allowed.
    """
    target, name = request.text("target"), request.text("kind")
    allowed = _kinds_of(target, bench)
    if name not in allowed:
        raise Refused(f"kind {name!r} is not for {target}; it takes {', '.join(allowed)}")
    kind = kinds()[name]
    fault = Fault(
        target=target,
        kind=name,
        after=0 if kind.standing else request.count("after", 0),
        count=0 if kind.standing else request.count("count", 1),
        values=_with_channel(kind.take(request, target), target, bench),
        since_ns=bench.timekeeper.now_ns,
    )
    _check(fault, bench)
    return fault


def _kinds_of(target: str, bench: SimulatedBench) -> list[str]:
    parts = bench.loop.parts
    resistors = [part.name for part in (*parts.meter, *parts.scope)]
    groups = {target}
    if target in bench.instruments:
        groups.add("instrument")
    elif target in resistors:
        groups = {"resistor"}
    elif target not in {"stimulator", *PLACES}:
        known = (*bench.instruments, "stimulator", *resistors, *PLACES)
        raise Refused(f"target {target!r} is none of {', '.join(known)}")
    return [kind.name for kind in kinds().values() if groups.intersection(kind.targets)]


def _with_channel(values: dict[str, Value], target: str, bench: SimulatedBench) -> dict[str, Value]:
    """Put the channel on the resistor where a request for the oscilloscope names none."""
    if target == "oscilloscope" and values.get("channel") == 0:
        return {**values, "channel": bench.bench.scope_channel}
    return values


def _check(fault: Fault, bench: SimulatedBench) -> None:
    """Refuse what makes no sense on this bench.

    Raises:
        Refused: it makes none, and why.
    """
    if "channel" in fault.values:
        channel = int(fault.number("channel"))
        allowed = _channels(fault, bench)
        if channel not in allowed:
            known = ", ".join(map(str, sorted(allowed)))
            raise Refused(f"channel is {channel}; {fault.kind} of {fault.target} takes {known}")
    if fault.target == "multimeter" and fault.kind in {"drift", "stale"}:
        instrument = bench.instruments["multimeter"]
        if instrument.reading_faults is None:
            model = instrument.model.text("identity.model")
            raise Refused(f"kind {fault.kind!r} is not modelled for this multimeter, a {model}")
    if fault.kind == "drift" and not (fault.number("gain") or fault.number("offset_v")):
        raise Refused("drift without gain and offset_v is none; give one of them")


def _channels(fault: Fault, bench: SimulatedBench) -> set[int]:
    """Answer the channels that a fault can be given to."""
    parts = bench.loop.parts
    if fault.target == "oscilloscope":
        return set(bench.wired_channels())
    if fault.target == "watchdog":
        return set(range(1, len(bench.stimulator.outputs) + 1))
    forces = {branch.force for branch in (*parts.loads, *parts.meter, *parts.scope)}
    if fault.kind == "leakage":
        return forces
    senses = {branch.sense for branch in (*parts.meter, *parts.scope) if branch.sense is not None}
    others = {channel for part in (parts.probe, parts.auxiliary) if part is not None for channel in part.channels}
    second = {parts.second.load.force} if parts.second is not None else set()
    return forces | senses | others | second | set(bench.bench.charger)
