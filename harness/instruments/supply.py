"""The supplies: one output that feeds the unit's battery terminals, or the floating auxiliary source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.errors import Refused
from harness.instruments import scpi
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_VOLTS_STEP = 2e-3
_AMPERES_STEP = 1e-3


class Supply(Protocol):
    """What the bench asks of a supply: its one output that is wired."""

    def set(self, volts: float, limit_a: float) -> None:
        """Set voltage and current limit, and check that the supply says so. Does not switch."""

    def on(self) -> None:
        """Output on, and check that the supply says so."""

    def off(self) -> None:
        """Output off, and check that the supply says so."""

    def current_a(self) -> float:
        """Measure what flows out of the output, A."""

    def volts(self) -> float:
        """Measure the voltage at the output, V."""

    def is_on(self) -> bool:
        """Ask whether the output is on."""


class E36312a:
    """Keysight E36312A, by its output 2 (25 V, 1 A)."""

    models = ("E36312A",)

    _OUTPUT = "(@2)"

    def __init__(self, link: VisaLink, _clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link

    def set(self, volts: float, limit_a: float) -> None:
        for name, value in (("voltage", volts), ("current limit", limit_a)):
            if finite(f"{name} of a supply", value) < 0:
                raise ValueError(f"a supply's {name} cannot be {value:g}")
        # The limit first: the new voltage never meets an old limit that is larger.
        scpi.configure(self._link, f"CURRent {limit_a:.6g},{self._OUTPUT}", f":VOLTage {volts:.6g},{self._OUTPUT}")
        message = f"VOLTage? {self._OUTPUT};:CURRent? {self._OUTPUT}"
        said_v, said_a = (scpi.number(self._link, message, text) for text in scpi.answers(self._link, message, 2))
        if abs(said_v - volts) > _VOLTS_STEP or abs(said_a - limit_a) > _AMPERES_STEP:
            raise Refused(
                f"{self._link.role} was set to {volts:g} V, {limit_a:g} A, but says {said_v:g} V, {said_a:g} A"
            )

    def on(self) -> None:
        self._switch(on=True)

    def off(self) -> None:
        self._switch(on=False)

    def current_a(self) -> float:
        message = f"MEASure:CURRent? {self._OUTPUT}"
        return scpi.number(self._link, message, self._link.query(message))

    def volts(self) -> float:
        message = f"MEASure:VOLTage? {self._OUTPUT}"
        return scpi.number(self._link, message, self._link.query(message))

    def is_on(self) -> bool:
        return scpi.flag(self._link, f"OUTPut? {self._OUTPUT}")

    def _switch(self, *, on: bool) -> None:
        word = "ON" if on else "OFF"
        scpi.configure(self._link, f"OUTPut {word},{self._OUTPUT}")
        if self.is_on() != on:
            raise Refused(f"{self._link.role} was told {word} and says that it is {'off' if on else 'on'}")
