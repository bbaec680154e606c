"""What else clients ask a DSOX1204G for: its system, its display and its waveform generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.calendar import enter_clock
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.instruments.oscilloscope_wired import refuse_picture
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.settings import Setting

_EXECUTION = -200


class Extras:
    """Commands that change nothing of a record.

    The generator's output goes nowhere on the bench.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        preset: what :SYSTem:PRESet does.
    """

    def __init__(self, instrument: Instrument, preset: Callable[[], None]) -> None:
        high_hz, low_v, high_v = instrument.model.numbers("generator.limits")
        settings: dict[str, Setting] = {
            "SYSTem:PRECision": Flag(default=False),
            "SYSTem:LOCK": Flag(default=False),
            "SYSTem:DSP": Text(254),
            "DISPlay:LABel": Flag(default=False),
            "DISPlay:VECTors": Flag(default=True),
            "HARDcopy:INKSaver": Flag(default=True),
            "WAVeform:VIEW": Word("MAIN", ("MAIN",)),
            "WGEN:OUTPut": Flag(default=False),
            "WGEN:FUNCtion": Word("SIN", ("SINusoid", "SQUare", "RAMP", "PULSe", "NOISe", "DC")),
            "WGEN:FREQuency": Number(1000.0, lambda: (0.1, high_hz), unit="HZ", write=write),
            "WGEN:VOLTage": Number(0.5, lambda: (low_v, high_v), unit="V", write=write),
            "WGEN:VOLTage:OFFSet": Number(0.0, lambda: (-high_v / 2, high_v / 2), unit="V", write=write),
            "WGEN:OUTPut:LOAD": Word("ONEM", ("ONEMeg", "FIFTy")),
        }
        for pattern, setting in settings.items():
            instrument.setting(pattern, setting)
        table = instrument.table
        table.add("SYSTem:PRESet", set=bare(preset))
        table.add("DISPlay:CLEar", set=bare(lambda: None))
        table.add("CDISplay", set=bare(lambda: None))
        table.add("SERial", query=plain(lambda: instrument.model.text("identity.serial_number")))
        table.add("DISPlay:DATA", query=refuse_picture)
        for header in ("SYSTem:SETup", "*LRN"):
            table.add(header, query=_refuse_setup)
        enter_clock(instrument)


def _refuse_setup(arguments: Arguments) -> str:
    """Refuse a setup, which only the maker can read.

    Raises:
        ScpiError: always (-200).
    """
    arguments.end()
    raise ScpiError(_EXECUTION, "Execution error, a setup is not emulated")
