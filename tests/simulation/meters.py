"""A multimeter on a circuit of round numbers, in this process: no sockets, no unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import Quantity
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.keithley_multimeter import KeithleyMultimeter
from harness.simulation.instruments.multimeter import Multimeter
from tests.simulation import circuits

if TYPE_CHECKING:
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.instruments.base import Instrument

MODELS: dict[str, tuple[str, type[Multimeter | KeithleyMultimeter]]] = {
    "34465A": ("keysight-34465a", Multimeter),
    "34410A": ("agilent-34410a", Multimeter),
    "DMM6500": ("keithley-dmm6500", KeithleyMultimeter),
}
METER_OHM = 1000.0
MAINS_HZ = 50.0


class Bench:
    """A multimeter across 1 kohm in a loop of 10 kohm.

    Args:
        name: of the model.
        drive: current in the loop; 1 mA without one.
        pickup_a: mains current in the loop, peak.
        mains_hz: true mains frequency; the instrument believes in 50 Hz.
    """

    def __init__(
        self,
        name: str,
        drive: Drive | None = None,
        *,
        pickup_a: float = 0.0,
        mains_hz: float = MAINS_HZ,
        seed: int = 1,
    ) -> None:
        parts = replace(circuits.BARE, pickup_a=pickup_a, mains_hz=mains_hz)
        self.loop, self.keeper = circuits.bench(parts)
        with self.keeper:
            self.loop.drive(steady(1e-3) if drive is None else drive)
        file, kind = MODELS[name]
        surroundings = Surroundings(self.keeper, self.loop, NoiseSource(seed), MAINS_HZ)
        self.meter: Instrument = kind(model(file), surroundings, HiddenErrors(seed))

    def tell(self, message: str) -> str:
        """Send a message; answer what came back, empty where nothing did."""
        return self.raw(message).decode("latin-1")

    def raw(self, message: str) -> bytes:
        with self.keeper:
            answer = self.meter.execute(self.meter.parse(message.encode("latin-1")))
        return b"" if answer is None else answer

    def number(self, message: str) -> float:
        return float(self.tell(message))

    def wait(self, seconds: float) -> None:
        with self.keeper:
            self.keeper.advance(round(seconds * circuits.S))

    def error(self, range_v: float) -> tuple[float, float]:
        """Answer gain and offset of a range, as the control port does."""
        wrong = self.meter.hidden()[f"{range_v:g}"]
        assert isinstance(wrong, dict)
        return float(wrong["gain"]), float(wrong["offset_v"])

    def true_mean(self, seconds: float) -> float:
        """Answer the true mean over the last `seconds`."""
        now_ns = self.keeper.now_ns
        return self.loop.history.mean(Quantity.METER_VOLTAGE, now_ns - round(seconds * circuits.S), now_ns)
