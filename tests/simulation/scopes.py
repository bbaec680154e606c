"""An emulated oscilloscope on a circuit of round numbers, in this process: no sockets, no unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Quantity
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.oscilloscope import Oscilloscope
from harness.simulation.instruments.oscilloscope_ds1000z import DS1000Z
from harness.simulation.instruments.oscilloscope_record import Wire
from harness.simulation.instruments.oscilloscope_rtb2000 import RTB2000
from harness.simulation.timekeeper import NS_PER_S
from tests.simulation.circuits import BARE, bench

if TYPE_CHECKING:
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.history import History

SCOPE_OHM = 1000.0
"""Of the resistor that the oscilloscope sits on: 1 mA is 1 V."""
_MAKERS = {
    "DSOX1204G": (Oscilloscope, "keysight-dsox1204g"),
    "DS1054Z": (DS1000Z, "rigol-ds1054z"),
    "RTB2004": (RTB2000, "rohde-schwarz-rtb2004"),
}


class ScopeBench:
    """One oscilloscope; its channel 1 sees the loop's current as volts.

    Args:
        name: its model.
        drive: of the loop; None: no current.
        ratio: of the probe.
        seed: of the hidden errors.
    """

    def __init__(self, name: str, drive: Drive | None = None, ratio: float = 1.0, seed: int = 1) -> None:
        self.loop, self.keeper = bench(BARE)
        if drive is not None:
            self.loop.drive(drive)
        maker, file = _MAKERS[name]
        surroundings = Surroundings(self.keeper, self.loop, NoiseSource(seed), 50.0)
        wires = {1: Wire(Quantity.SCOPE_VOLTAGE, ratio)}
        self.scope = maker(model(file), surroundings, HiddenErrors(seed), wires)

    @property
    def history(self) -> History:
        return self.loop.history

    def tell(self, message: str) -> bytes:
        """Send a message; answer what came back, empty where nothing did."""
        with self.keeper:
            answer = self.scope.execute(self.scope.parse(message.encode("latin-1")))
        return b"" if answer is None else answer

    def ask(self, message: str) -> str:
        return self.tell(message).decode("latin-1")

    def block(self, message: str) -> bytes:
        """Ask for a definite-length block; answer its data."""
        answer = self.tell(message)
        assert answer[:1] == b"#"
        digits = int(answer[1:2])
        data = answer[2 + digits :]
        assert len(data) == int(answer[2 : 2 + digits])
        return data

    def wait(self, seconds: float) -> None:
        with self.keeper:
            self.keeper.advance(round(seconds * NS_PER_S))
