"""What hangs on the bench's supplies, and what it does to the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.unit.power import Power


class UnitBattery:
    """The unit's battery terminals, fed by the bench's supply.

    The unit runs on its own battery where the supply is off. A supply on the mains lets a current of mains frequency
    through to everything that is joined to the loop.

    Args:
        model: the supply's data.
        surroundings: what it is connected to.
        power: the unit's side of the terminals.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, power: Power) -> None:
        self._model = model
        self._power = power
        self._loop = surroundings.loop
        self._common_mode_a = 0.0

    def redraw(self, errors: HiddenErrors) -> None:
        self._common_mode_a = errors.between("supply common mode", *self._model.pair("common_mode.range_a"))

    def hidden(self) -> Mapping[str, object]:
        return {"common_mode_a": self._common_mode_a}

    def take(self, volts: float, *, on: bool) -> None:
        feeds = on and volts > 0.0
        self._power.supply(volts if feeds else None)
        self._loop.supply_pickup(self._common_mode_a if feeds else 0.0)

    def current_a(self, from_ns: int, to_ns: int) -> float:
        del from_ns, to_ns  # what the unit draws is an average over its own period already
        return self._power.drawn_a()


class AuxiliarySource:
    """The floating source: its supply's voltage is the loop's electromotive force."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._loop = surroundings.loop

    def redraw(self, errors: HiddenErrors) -> None:
        """Nothing: its resistor is a part of the circuit."""

    def hidden(self) -> Mapping[str, object]:
        return {}

    def take(self, volts: float, *, on: bool) -> None:
        self._loop.auxiliary(volts if on else 0.0)

    def current_a(self, from_ns: int, to_ns: int) -> float:
        """Answer what flows in the load loop beyond the unit's own share, out of the source's own plus."""
        history = self._loop.history
        drawn_a = history.mean(Quantity.CURRENT, from_ns, to_ns) - history.mean(Quantity.SOURCE_CURRENT, from_ns, to_ns)
        return drawn_a * self._loop.side
