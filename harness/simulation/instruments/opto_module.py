"""The opto-MOSFETs at the electrodes: what a gate does, later, to a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors, NoiseSource
    from harness.simulation.files.benchfile import ContactSwitchRow
    from harness.simulation.timekeeper import Event, Timekeeper

Electrode = Literal["plus", "minus"]


class Opto:
    """One opto-MOSFET.

    Args:
        timekeeper: bench time.
        moved: called with each new state of the contact.

    Attributes:
        closed: whether it conducts now.
        operate_s: its own part of the delay to closed, beyond the module's.
        release_s: the same of the delay to open.
    """

    def __init__(self, timekeeper: Timekeeper, moved: Callable[[bool], None]) -> None:
        self.closed = False
        self.operate_s = 0.0
        self.release_s = 0.0
        self._timekeeper = timekeeper
        self._moved = moved
        self._pending: list[tuple[Event, bool]] = []

    def drive(self, *, on: bool, delay_s: float) -> None:
        """Take an edge of the gate; it acts after `delay_s` and the opto's own part.

        A gate that goes before the contact has followed takes back what was still to come: a pulse shorter than the
        delays never reaches the contact.
        """
        own_s = self.operate_s if on else self.release_s
        at_ns = self._timekeeper.now_ns + max(0, round((delay_s + own_s) * NS_PER_S))
        for event, _ in self._pending:
            if event.at_ns >= at_ns:
                event.cancel()
        self._pending = [(event, state) for event, state in self._pending if not event.cancelled]
        last = self._pending[-1][1] if self._pending else self.closed
        if last != on:
            self._pending.append((self._timekeeper.schedule(at_ns, lambda: self._move(on)), on))

    def _move(self, closed: bool) -> None:  # noqa: FBT001 - a state, not an option
        self._pending.pop(0)
        self.closed = closed
        self._moved(closed)


class OptoModule:
    """The switches at output + and output -, and the contact monitor that is driven with the first.

    A delay has four parts: the data sheet's; what this module is off by; what is different each time; and each opto's
    own. Half of what the jitter leaves beside the mismatch is drawn once, half each time, so that no real gap is off
    by more than the stated jitter and no monitor by more than the mismatch.

    Attributes:
        stuck: whether the contacts are welded: they no longer open.
    """

    def __init__(
        self, row: ContactSwitchRow, timekeeper: Timekeeper, loop: Loop, noise: NoiseSource, errors: HiddenErrors
    ) -> None:
        self.stuck = False
        self._row = row
        self._loop = loop
        self._noise = noise
        self._share_s = 0.25 * max(0.0, row.jitter_s - row.mismatch_s)
        self._contacts: dict[Electrode, Opto] = {
            "plus": Opto(timekeeper, lambda _: self._tell("plus")),
            "minus": Opto(timekeeper, lambda _: self._tell("minus")),
        }
        self._monitor = Opto(timekeeper, lambda closed: loop.monitor(closed=closed))
        self.redraw(errors)
        self._tell("plus")
        self._tell("minus")
        loop.monitor(closed=False)

    def redraw(self, errors: HiddenErrors) -> None:
        row = self._row
        self._late_s = {
            on: errors.rectangular(f"contact switch {name}", self._share_s)
            for on, name in ((True, "operate"), (False, "release"))
        }
        for name, opto in (*self._contacts.items(), ("monitor", self._monitor)):
            opto.operate_s = errors.rectangular(f"{name} contact operate", 0.5 * row.mismatch_s)
            opto.release_s = errors.rectangular(f"{name} contact release", 0.5 * row.mismatch_s)

    def gate(self, electrode: Electrode, *, on: bool) -> None:
        """Take an edge of the gate of one electrode's switch."""
        row = self._row
        jitter = float(self._noise.acquisition(f"contact switch {electrode}")("edge").uniform(-1.0, 1.0))
        delay_s = (row.operate_s if on else row.release_s) + self._late_s[on] + jitter * self._share_s
        self._contacts[electrode].drive(on=on, delay_s=delay_s)
        if electrode == "plus":
            self._monitor.drive(on=on, delay_s=delay_s)

    def stick(self, *, on: bool) -> None:
        """Weld the contacts, or let them follow their gates again. The monitor's own contact is sound."""
        if on != self.stuck:
            self.stuck = on
            self._tell("plus")
            self._tell("minus")

    def state(self) -> dict[str, bool]:
        """Answer what conducts now."""
        contacts: dict[str, bool] = {name: opto.closed or self.stuck for name, opto in self._contacts.items()}
        return {**contacts, "monitor": self._monitor.closed}

    def hidden(self) -> dict[str, object]:
        """Answer the true delays, for the control port."""
        row = self._row
        return {
            name: {
                "operate_s": row.operate_s + self._late_s[True] + opto.operate_s,
                "release_s": row.release_s + self._late_s[False] + opto.release_s,
            }
            for name, opto in (*self._contacts.items(), ("monitor", self._monitor))
        }

    def _tell(self, electrode: Electrode) -> None:
        self._loop.contact(electrode, closed=self._contacts[electrode].closed or self.stuck)
