"""What the bench asks of any stimulator, and how a maker's own protocol is found."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from harness.errors import RequestError

if TYPE_CHECKING:
    from harness.setpoint import Envelope, Setpoint
    from harness.stimulators.line import SerialLine

ENTRY_POINTS = "stimcert.stimulators"


@dataclass(frozen=True, slots=True)
class UnitIdentity:
    """What a unit says it is."""

    maker: str
    model: str
    serial_number: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a unit says it can do.

    Attributes:
        channels: number of them.
        watchdog_s: period of its host watchdog, None where it has none.
    """

    channels: int
    watchdog_s: float | None


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a unit says of one channel.

    Attributes:
        state: `OFF`, `ARMED` (waits for contact) or `RUN`.
        trip: what is latched: `none`, `overload` or `watchdog`.
        polarity: what its indicator shows now, None where it does not say.
    """

    state: str
    trip: str
    polarity: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a unit's display shows its user of one channel.

    Attributes:
        intensity: as a number, in `unit`.
        unit: `uA` or `mA`, as it is written there.
        polarity: as it is shown.
        run_s: run time, s.
    """

    intensity: float
    unit: str
    polarity: str
    run_s: float


@dataclass(frozen=True, slots=True)
class PowerState:
    """What a unit says of its power.

    Attributes:
        battery: what its indicator shows: `good` or `low`.
        charging: whether it sees a charger.
    """

    battery: str
    charging: bool


class Stimulator(Protocol):
    """A stimulator on its line. Every method is one request and its reply."""

    def __init__(self, line: SerialLine, envelope: Envelope) -> None: ...

    def identity(self) -> UnitIdentity:
        """Ask the unit who it is."""

    def capabilities(self) -> Capabilities:
        """Ask the unit what it can do."""

    def apply(self, setpoint: Setpoint) -> None:
        """Set one channel and check that the unit says so; the frequency only of a mode whose frequency is settable.

        Raises:
            EnvelopeExceeded: the setpoint is outside the envelope; nothing was sent.
            Refused: the unit refused it or says something else.
        """

    def start(self, channel: int) -> None:
        """Output on, and check that the unit says so."""

    def stop(self, channel: int | None = None) -> None:
        """Output off on one channel, or on all, and check that the unit says so."""

    def state(self, channel: int) -> UnitState:
        """Ask for the state of one channel, its latched trip and what its polarity indicator shows."""

    def display(self, channel: int) -> Shown | None:
        """Ask what the display shows; None where there is none to be asked."""

    def power(self) -> PowerState | None:
        """Ask what the battery's indicator shows; None where there is none to be asked."""

    def motor(self, *, on: bool) -> bool | None:
        """Switch the vibration motor and answer whether it is on; None where there is none."""

    def keep_alive(self) -> None:
        """Feed the host watchdog, nothing else."""


def driver_for(protocol: str) -> type[Stimulator]:
    """Find the driver of a protocol among the entry points `stimcert.stimulators`.

    Raises:
        RequestError: none has that name.
    """
    offers = entry_points(group=ENTRY_POINTS)
    names = sorted({offer.name for offer in offers})
    for offer in offers:
        if offer.name == protocol:
            driver: type[Stimulator] = offer.load()
            return driver
    raise RequestError(
        f"no driver for the stimulator protocol {protocol!r}; installed are {', '.join(names) or 'none'}"
    )
