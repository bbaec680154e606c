"""The modes of a unit file: which waveform each of them asks for (`docs/simulated-units.md`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.files.table import Table

_MODE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_WAVEFORMS = ("dc", "square", "pulses", "staircase", "sweep")
_LAWS = ("linear", "logarithmic")
_DIRECTIONS = ("up", "down", "alternating")
_FEWEST_STEPS = 2


@dataclass(frozen=True, slots=True)
class Sweep:
    """How the frequency of a mode `sweep` moves; continuous where `steps` is 0, otherwise from step to step.

    Attributes:
        start_hz: at the one end, below `stop_hz`.
        stop_hz: at the other end.
        law: `linear` or `logarithmic` in time.
        direction: `up`, `down` or `alternating`, which begins upwards.
        duration_s: of one way, of a continuous sweep.
        steps: how many frequencies there are, both ends among them.
        dwell_s: on each step, whole cycles.
    """

    start_hz: float
    stop_hz: float
    law: str
    direction: str
    duration_s: float = 0.0
    steps: int = 0
    dwell_s: float = 0.0

    def frequency_hz(self, share: float) -> float:
        """Answer the frequency at a share of the way up."""
        if self.law == "linear":
            return self.start_hz + share * (self.stop_hz - self.start_hz)
        return self.start_hz * math.exp(share * math.log(self.stop_hz / self.start_hz))


@dataclass(frozen=True, slots=True)
class Mode:
    """One waveform; what its kind does not have is 0, empty or None."""

    name: str
    waveform: str
    alternation_period_s: float = 0.0
    frequencies_hz: tuple[float, ...] = ()
    settable: bool = False
    pulse_width_s: float = 0.0
    dwell_s: float = 0.0
    sweep: Sweep | None = None

    @property
    def every_hz(self) -> tuple[float, ...]:
        """Frequencies that the timer has to make, of a sweep its ends."""
        return self.frequencies_hz if self.sweep is None else (self.sweep.start_hz, self.sweep.stop_hz)


def read_mode(table: Table) -> Mode:
    """Read one table of `firmware.modes`."""
    name, waveform = table.text("name"), table.text("waveform")
    if not name or not set(name) <= _MODE_LETTERS:
        raise table.error("name", f"{name!r} is no mode name: small letters, digits and hyphens")
    if waveform not in _WAVEFORMS:
        raise table.error("waveform", f"{waveform!r} is none of {', '.join(_WAVEFORMS)}")
    if waveform == "dc":
        mode = Mode(name, waveform, alternation_period_s=table.number("alternation_period_s", above=0.0))
    elif waveform == "sweep":
        width_s = table.number("pulse_width_s", 0.0)
        mode = Mode(name, waveform, pulse_width_s=width_s, sweep=_sweep(table))
        table.at_least_zero(mode, ("pulse_width_s",), "it")
    else:
        mode = _pulsed(table, name, waveform)
    if 2.0 * mode.pulse_width_s * max((*mode.every_hz, 0.0)) >= 1.0:
        raise table.error("pulse_width_s", "a pulse of each direction does not fit into the shortest period")
    table.done()
    return mode


def _pulsed(table: Table, name: str, waveform: str) -> Mode:
    frequencies = table.numbers("frequencies_hz")
    if not frequencies or any(value <= 0.0 for value in frequencies) or len(set(frequencies)) < len(frequencies):
        raise table.error("frequencies_hz", "is empty, names one twice, or holds one that is not above 0")
    stairs = waveform == "staircase"
    mode = Mode(
        name,
        waveform,
        alternation_period_s=0.0 if stairs else table.number("alternation_period_s", 0.0),
        frequencies_hz=frequencies,
        settable=False if stairs else table.flag("settable", default=len(frequencies) > 1),
        pulse_width_s=table.number("pulse_width_s", above=0.0) if waveform == "pulses" else 0.0,
        dwell_s=table.number("dwell_s", above=0.0) if stairs else 0.0,
    )
    table.at_least_zero(mode, ("alternation_period_s",), "it")
    return mode


def _sweep(table: Table) -> Sweep:
    start_hz, stop_hz = table.number("start_hz", above=0.0), table.number("stop_hz", above=0.0)
    if not start_hz < stop_hz:
        raise table.error("stop_hz", f"{stop_hz:g} is not above start_hz; the way down is direction = 'down'")
    law, direction = table.text("law"), table.text("direction", "up")
    if law not in _LAWS:
        raise table.error("law", f"{law!r} is none of {', '.join(_LAWS)}")
    if direction not in _DIRECTIONS:
        raise table.error("direction", f"{direction!r} is none of {', '.join(_DIRECTIONS)}")
    if table.has("sweep_s"):
        return Sweep(start_hz, stop_hz, law, direction, duration_s=table.number("sweep_s", above=0.0))
    if not table.has("steps"):
        raise table.error("sweep_s", "is missing; a sweep has sweep_s, or steps and dwell_s")
    steps = table.integer("steps")
    table.checked("steps", steps, lambda value: value >= _FEWEST_STEPS, "both ends are steps, so there are at least 2")
    return Sweep(start_hz, stop_hz, law, direction, steps=steps, dwell_s=table.number("dwell_s", above=0.0))
