"""The temperature chamber that the unit lies in, while everything else stays in the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.errors import Refused
from harness.instruments import scpi
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_REACHED_K = 0.2
_LIMIT_S = 3600.0
_EXPECTED_S = 120.0
_SAID_C = 0.01


class Chamber(Protocol):
    """What the bench asks of a temperature chamber."""

    def reach(self, celsius: float) -> float:
        """Go to a temperature and return, as soon as the air has it, what it is, in °C.

        Raises:
            Refused: the chamber does not say what it was set to.
            TimeLimitExceeded: it does not get there.
        """

    def actual_c(self) -> float:
        """Ask for the temperature of its air, in °C."""

    def off(self) -> None:
        """Let the unit go back to the temperature of the room."""


class TemperatureChamber:
    """`stimcert bench` TC1, as docs/measurements-time.md specifies it."""

    models = ("TC1",)

    def __init__(self, link: VisaLink, clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link
        self._clock = clock

    def reach(self, celsius: float) -> float:
        finite("temperature", celsius)
        scpi.configure(self._link, f"TEMPerature:SETPoint {celsius:.2f}", ":OUTPut ON")
        message = "TEMPerature:SETPoint?"
        said = scpi.number(self._link, message, self._link.query(message))
        if abs(said - celsius) > _SAID_C:
            raise Refused(f"{self._link.role} was set to {celsius:g} °C, but says {said:g} °C")
        self._clock.wait_for(
            lambda: abs(self.actual_c() - celsius) <= _REACHED_K,
            _LIMIT_S,
            what=f"the chamber's temperature of {celsius:g} °C",
            expected_s=_EXPECTED_S,
        )
        return self.actual_c()

    def actual_c(self) -> float:
        message = "TEMPerature:ACTual?"
        return scpi.number(self._link, message, self._link.query(message))

    def off(self) -> None:
        scpi.configure(self._link, "OUTPut OFF")
        if scpi.flag(self._link, "OUTPut?"):
            raise Refused(f"{self._link.role} was told OFF and says that it is on")
