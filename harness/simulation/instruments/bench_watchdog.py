"""BW1, the bench's own watchdog: its commands (docs/bench-watchdog.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.scpi.common import Immediate, bare, plain
from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.timekeeper import Event


class BenchWatchdog(Instrument):
    """A BW1 whose relays connect the stimulator's channels to the bench.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        relays: relay of stimulator channel 1, 2 and so on.

    Attributes:
        closed: number of the closed relay, 0 where all are open.
        tripped: whether a beat was missed since the last `ROUTe:OPEN:ALL`.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, relays: tuple[int, ...]) -> None:
        super().__init__(model, surroundings)
        self.closed = 0
        self.tripped = False
        self._relays = relays
        self._count = int(model.number("relays.count"))
        self._operate_ns = model.duration_ns("relays.operate_s")
        self._period_ns = model.duration_ns("watchdog.period_s")
        self._fed_ns = 0
        self._event: Event | None = None
        table = self.table
        table.add("ROUTe:CLOSe", set=self._close)
        table.add("ROUTe:CLOSe:STATe", query=plain(lambda: f"{self.closed}"))
        table.add("ROUTe:OPEN:ALL", set=bare(self._open_all))
        table.add("WATCHdog:PERiod", query=plain(lambda: f"{model.number('watchdog.period_s'):g}"))
        table.add("WATCHdog:BEAT", set=bare(self._feed))
        table.add("WATCHdog:TRIPped", query=plain(lambda: f"{int(self.tripped)}"))
        self.enter_common(Immediate())
        surroundings.loop.select(None)

    def reset(self) -> None:
        super().reset()
        self._open_all()

    @property
    def channel(self) -> int:
        """Channel of the stimulator that is connected, 0 where none is."""
        return self._relays.index(self.closed) + 1 if self.closed in self._relays else 0

    def trips_in_ns(self) -> int | None:
        """Answer the bench time until the relay opens unless a beat comes, None while all are open."""
        return self._fed_ns + self._period_ns - self.surroundings.timekeeper.now_ns if self.closed else None

    def _close(self, arguments: Arguments) -> None:
        relays = arguments.channels()
        arguments.end()
        if len(relays) != 1 or not 1 <= relays[0] <= self._count:
            raise ScpiError(-222)
        if self.tripped:
            raise ScpiError(-221)
        if relays[0] != self.closed:
            self._move(0)  # break before make
            self._move(relays[0])
        self._feed()

    def _open_all(self) -> None:
        self._rest()
        self.tripped = False
        self._move(0)

    def _move(self, relay: int) -> None:
        """Let a relay operate: it opens, or closes, at the end of its time."""
        if relay == self.closed:
            return
        self.surroundings.timekeeper.elapse(self._operate_ns)
        self._put(relay)

    def _put(self, relay: int) -> None:
        self.closed = relay
        if not relay:
            self._rest()
        self.surroundings.loop.select(self.channel or None)

    def _rest(self) -> None:
        """Watch no longer."""
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _feed(self) -> None:
        """Start the period anew. With all relays open there is nothing to watch."""
        self._fed_ns = self.surroundings.timekeeper.now_ns
        if self.closed and self._event is None and not self.tripped:
            self._event = self.surroundings.timekeeper.schedule(self._fed_ns + self._period_ns, self._look)

    def _look(self) -> None:
        keeper = self.surroundings.timekeeper
        self._event = None
        due_ns = self._fed_ns + self._period_ns
        if due_ns > keeper.now_ns:
            self._event = keeper.schedule(due_ns, self._look)
            return
        self.tripped = True
        keeper.schedule(keeper.now_ns + self._operate_ns, self._fall)

    def _fall(self) -> None:
        """Let the relay that lost its current open."""
        if self.tripped:
            self._put(0)
