"""The unit's own clock: one crystal for everything that its firmware times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import Firmware as FirmwareData
    from harness.simulation.timekeeper import Event
    from harness.simulation.unit.board import ChannelBoard

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

    def own_s(self, bench_ns: int) -> float:
        """Answer what this clock makes of a bench time."""
        return bench_ns * (1.0 + self.ppm * _PPM) / NS_PER_S


class Alarm:
    """One wake-up of the firmware: `rang` is called once, unless it is stopped or set anew before.

    Args:
        board: whose counter it is.
        clock: the unit's clock.
        rang: what happens then.
    """

    def __init__(self, board: ChannelBoard, clock: UnitClock, rang: Callable[[], None]) -> None:
        self._board = board
        self._clock = clock
        self._rang = rang
        self._event: Event | None = None

    @property
    def is_set(self) -> bool:
        """Whether it will ring."""
        return self._event is not None

    def after(self, own_s: float) -> None:
        """Ring after so many seconds of the unit's clock; 0: never."""
        self.stop()
        if own_s:
            self.at(self._board.now_ns + self._clock.ns(own_s))

    def at(self, at_ns: int) -> None:
        """Ring at a bench time."""
        self.stop()
        self._event = self._board.wake_at(at_ns, self._ring)

    def stop(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _ring(self) -> None:
        self._event = None
        self._rang()
