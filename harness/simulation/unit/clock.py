"""The unit's own clock: one crystal for everything that its firmware times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import Firmware as FirmwareData

_PPM = 1e-6


class UnitClock:
    """Bench time of the unit's own seconds.

    Attributes:
        ppm: true error of the clock, in 1e-6; above 0: fast.
    """

    def __init__(self, data: FirmwareData, errors: HiddenErrors) -> None:
        self._data = data
        self.redraw(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        self.ppm = self._data.clock_ppm + errors.rectangular("unit clock", self._data.clock_spread_ppm)

    def ns(self, own_s: float) -> int:
        """Answer the bench time of `own_s` seconds of this clock."""
        return round(own_s * NS_PER_S / (1.0 + self.ppm * _PPM))
