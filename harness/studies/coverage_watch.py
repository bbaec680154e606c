"""A bench that is watched: when each of its acquisitions was made, and what really flowed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.capture import Capture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.bench import Bench
    from harness.bench.simulated import ControlPort
    from harness.capture import Reading
    from harness.clock import Clock
    from harness.instruments import Edge, Gate, Input, Multimeter, Oscilloscope, RawRecord


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of bench time, in s."""

    from_s: float
    to_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s


class Watch:
    """Notes from when to when each acquisition ran.

    What was taken is found again by identity: the very bytes and numbers that a driver handed over are those of the
    observation.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._taken: list[tuple[object, Stretch]] = []

    def forget(self) -> None:
        """Begin anew, with the next observation."""
        self._taken.clear()

    def note(self, taken: object, from_s: float) -> None:
        """Something was handed over now, which had begun at `from_s`."""
        self._taken.append((taken, Stretch(from_s, self.clock.now())))

    def of(self, taken: Capture | Reading) -> Stretch:
        """From when to when a capture or a reading was taken."""
        raw: object = taken.codes if isinstance(taken, Capture) else taken.values_v
        return next(stretch for known, stretch in self._taken if known is raw)


class WatchedMultimeter:
    """A multimeter whose readings are noted."""

    def __init__(self, multimeter: Multimeter, watch: Watch) -> None:
        self._multimeter = multimeter
        self._watch = watch
        self._began_s = 0.0

    def dc_volts(self, range_v: float, aperture_s: float, *, zero_each: bool = True) -> tuple[tuple[str, str], ...]:
        return self._multimeter.dc_volts(range_v, aperture_s, zero_each=zero_each)

    def start(self, count: int, gate: Gate | None) -> None:
        self._began_s = self._watch.clock.now()
        self._multimeter.start(count, gate)

    def finish(self) -> tuple[float, ...]:
        values = self._multimeter.finish()
        self._watch.note(values, self._began_s)
        return values


class WatchedOscilloscope:
    """An oscilloscope whose records are noted."""

    def __init__(self, oscilloscope: Oscilloscope, watch: Watch) -> None:
        self._oscilloscope = oscilloscope
        self._watch = watch
        self._began_s = 0.0

    def set_up(
        self, inputs: Sequence[Input], length_s: float, *, before_s: float = 0.0, points: int = 5000, peak: bool = False
    ) -> None:
        self._oscilloscope.set_up(inputs, length_s, before_s=before_s, points=points, peak=peak)

    def arm(self, edge: Edge | None) -> None:
        self._began_s = self._watch.clock.now()
        self._oscilloscope.arm(edge)

    def finish(self, limit_s: float) -> tuple[RawRecord, ...]:
        records = self._oscilloscope.finish(limit_s)
        for record in records:
            self._watch.note(record.codes, self._began_s)
        return records

    def stop(self) -> None:
        self._oscilloscope.stop()


def watch(bench: Bench) -> Watch:
    """Watch a bench that is checked in."""
    watching = Watch(bench.rig.clock)
    bench.rig.multimeter = WatchedMultimeter(bench.rig.multimeter, watching)
    bench.rig.oscilloscope = WatchedOscilloscope(bench.rig.oscilloscope, watching)
    return watching


@dataclass(frozen=True, slots=True)
class Crossing:
    """One passage of a level.

    Attributes:
        at_s: bench time.
        rising: upwards.
    """

    at_s: float
    rising: bool


class Truth:
    """What really flowed, by the control port of a simulated bench; of one channel of the stimulator.

    The quantity is `current`, in A, unless another one of the control port is named.
    """

    def __init__(self, control: ControlPort, channel: int) -> None:
        self._control = control
        self._channel = channel

    def mean(self, over: Stretch, quantity: str = "current") -> float:
        """Average over a stretch."""
        return float(self._ask(over, quantity, "mean"))

    def rms(self, over: Stretch, quantity: str = "current") -> float:
        """Root of the mean square over a stretch."""
        return float(self._ask(over, quantity, "rms"))

    def charge(self, over: Stretch, quantity: str = "current") -> float:
        """The integral over a stretch, in A s."""
        return float(self._ask(over, quantity, "charge"))

    def peak(self, over: Stretch, quantity: str = "current") -> float:
        """Largest magnitude in a stretch."""
        return float(self._ask(over, quantity, "peak"))

    def samples(self, over: Stretch, interval_s: float, quantity: str = "current") -> list[float]:
        """Values at equal distances from the beginning of a stretch on."""
        values: list[float] = self._ask(over, quantity, "samples", interval=interval_s)
        return values

    def crossings(
        self, over: Stretch, level: float, hysteresis: float = 0.0, quantity: str = "current"
    ) -> list[Crossing]:
        """Passages of a level within a stretch."""
        found = self._ask(over, quantity, "crossings", level=level, hysteresis=hysteresis)
        return [Crossing(float(each["time"]), bool(each["rising"])) for each in found]

    def hidden(self) -> dict[str, Any]:
        """Everything that was drawn from the seed, by name, as `state` of the control port answers it."""
        errors: dict[str, Any] = self._control.request("state")["errors"]
        return errors

    def _ask(self, over: Stretch, quantity: str, statistic: str, **more: float) -> Any:  # noqa: ANN401 - JSON
        question = {"quantity": quantity, "channel": self._channel, "from": over.from_s, "to": over.to_s, **more}
        return self._control.request("truth", statistic=statistic, **question)["value"]
