"""What is wrong with the timing of a unit file's firmware (`docs/simulated-units.md`); by default nothing is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.files.only import read_limited

if TYPE_CHECKING:
    from harness.simulation.files.only import Only
    from harness.simulation.files.table import Table

_LARGEST_JITTER = 0.25
_LARGEST_FACTOR = 100.0
_FIXED = ("busy_s", "wrap_s")


@dataclass(frozen=True, slots=True)
class Timing:
    """Defects of the timers behind the waveform; the form's own words and units."""

    clock_factor: float = 1.0
    wrong_frequencies_hz: tuple[tuple[float, float], ...] = ()
    shared_timer: bool = False
    jitter: float = 0.0
    busy_s: float = 0.0
    missed_every: int = 0
    wrap_s: float = 0.0
    alternation_factor: float = 1.0
    flip_skipped_every: int = 0
    flip_lag_s: float = 0.0
    sweep_share: float = 1.0
    sweep_reversed: bool = False
    sweep_skips: tuple[int, ...] = ()
    sweep_gain: float = 1.0
    only: tuple[Only, ...] = ()

    def made_hz(self, frequency_hz: float) -> float:
        """Answer the frequency that the timer is given for a nominal one."""
        return dict(self.wrong_frequencies_hz).get(frequency_hz, frequency_hz)


def read_timing(table: Table) -> Timing:
    """Read the table `timing` with its rows `only`."""
    timing, only = read_limited(table, _timing, fixed=_FIXED)
    return replace(timing, only=only)


def _timing(table: Table) -> Timing:
    timing = Timing(
        clock_factor=table.number("clock_factor", 1.0, above=0.0),
        wrong_frequencies_hz=tuple(
            (row.number("nominal_hz", above=0.0), row.number("made_hz", above=0.0))
            for row in table.tables("wrong_frequencies_hz", optional=True)
        ),
        shared_timer=table.flag("shared_timer", default=False),
        jitter=table.number("jitter", 0.0),
        busy_s=table.number("busy_s", 0.0),
        missed_every=table.integer("missed_every", 0),
        wrap_s=table.number("wrap_s", 0.0),
        alternation_factor=table.number("alternation_factor", 1.0, above=0.0),
        flip_skipped_every=table.integer("flip_skipped_every", 0),
        flip_lag_s=table.number("flip_lag_s", 0.0),
        sweep_share=table.number("sweep_share", 1.0, above=0.0),
        sweep_reversed=table.flag("sweep_reversed", default=False),
        sweep_skips=table.integers("sweep_skips", optional=True),
        sweep_gain=table.number("sweep_gain", 1.0),
    )
    table.at_least_zero(timing, ("busy_s", "wrap_s", "flip_lag_s", "sweep_gain"), "it")
    table.checked("clock_factor", timing.clock_factor, lambda value: value <= _LARGEST_FACTOR, "at most 100")
    table.checked("jitter", timing.jitter, lambda value: 0.0 <= value < _LARGEST_JITTER, "a share of 0 to 0.25")
    table.checked("sweep_share", timing.sweep_share, lambda value: value <= 1.0, "a share of the way, up to 1")
    for key in ("missed_every", "flip_skipped_every"):
        table.checked(key, getattr(timing, key), lambda value: value == 0 or value > 1, "2 or more, or 0 for none")
    table.done()
    return timing
