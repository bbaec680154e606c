"""What the firmware of all channels of a unit shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.power import Power


@dataclass(frozen=True, slots=True)
class Hardware:
    """What all channels of a unit share.

    Attributes:
        clock: its crystal.
        power: battery and supply.
        errors: where what is drawn comes from.
        hung: called when the firmware does nothing more.
        moved: called when a channel has come into another state.
    """

    clock: UnitClock
    power: Power
    errors: HiddenErrors
    hung: Callable[[], None]
    moved: Callable[[], None]
