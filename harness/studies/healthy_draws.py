"""Healthy units, drawn: what of a unit moves which quantity, and how far it may."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.certification.plan import HEALTHY_RESERVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.certification import Plan, PlannedRow
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.verdict import Limit

_SAME = 1e-9
_CRYSTAL = 50e-6
_OFFSET_SHARE = 0.2
_SLOPES = frozenset({"levels.positive-gain", "levels.negative-gain"})
_BESIDE_LEVEL = frozenset({"display.intensity-error"})
"""Differences between a level and what is said of it: they move with the level, about 0."""

_DIRECT = frozenset({"polarity.net-current", "polarity.net-current-at-top-step", "charge.bipolar-mean"})
_SHARED = 0.3
"""Of a limit that clock and duty move alike, for each; and of one whose resistance a unit file hides."""

_INPUT_OHM = 10e6
"""Least resistance through which the voltage of open electrodes is read."""

_PPM = 1e6


class Lever(Enum):
    """A parameter of a unit that moves true values, each in proportion to the tolerance of its rows."""

    GAIN = "gain of the output"
    CLOCK = "clock"
    DUTY = "duty"
    LEAK = "current in OFF"


@dataclass(frozen=True, slots=True)
class Band:
    """How far each parameter of a healthy unit may be off.

    Attributes:
        gain: relative, of every level.
        offset_a: of every level.
        clock: relative.
        duty: share of a period.
        leak_a: in OFF; None: as the healthy unit has it.
    """

    gain: float
    offset_a: float
    clock: float
    duty: float
    leak_a: float | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit.

    Attributes:
        gain: relative error of every level.
        offset_a: error of every level besides.
        clock: relative error of all times: above 0 all is too fast.
        duty: share of the first phase in a square wave, less a half.
        leak_a: in OFF; None: as the healthy unit has it.
    """

    gain: float
    offset_a: float
    clock: float
    duty: float
    leak_a: float | None

    def unit_file(self, healthy: str) -> str:
        """The text of the unit's file: the healthy unit's, without spreads of its own."""
        leak = "" if self.leak_a is None else f"off_leakage_a = {self.leak_a!r}\n"
        return (
            f'schema = 1\nextends = "{healthy}"\n'
            f"[electronics]\ngain = {1 + self.gain!r}\ngain_spread = 0.0\n"
            f"offset_a = {self.offset_a!r}\noffset_spread_a = 0.0\n{leak}"
            f"[firmware]\nclock_ppm = {self.clock * _PPM!r}\nclock_spread_ppm = 0.0\nduty = {0.5 + self.duty!r}\n"
        )


def lever_of(row: PlannedRow, profile: DeviceProfile) -> Lever | None:
    """What moves the true value of a planned row evenly over its tolerance; None where nothing that is drawn does.

    The rows of the standard have wider tolerances than the device's own; no unit within the latter comes near them.
    """
    limit = row.limit
    if limit is None or limit.lower is None or limit.upper is None:
        return None
    mode = profile.mode(row.point.setpoint.mode)
    if limit.unit == "A":
        return _of_current(row, limit, mode)
    if row.point.setpoint.frequency_hz is None or mode.frequency_tolerance is None:
        return None
    if limit.unit == "1":
        is_duty = limit.nominal == 0.5 and mode.duty_tolerance is not None  # noqa: PLR2004 - of a square wave
        return Lever.DUTY if is_duty else None
    return _of_time(limit, row.point.setpoint.frequency_hz, mode.frequency_tolerance.value)


def _of_current(row: PlannedRow, limit: Limit, mode: Mode) -> Lever | None:
    level_a = row.point.setpoint.current_a
    if _is(limit.nominal, level_a):
        return Lever.GAIN if _is(limit.half_width, mode.current_tolerance.value * level_a) else None
    return Lever.LEAK if limit.nominal == 0 and row.quantity.endswith("residual-current") else None


def _of_time(limit: Limit, frequency_hz: float, tolerance: float) -> Lever | None:
    nominal = {"s": 1 / frequency_hz, "Hz": frequency_hz}.get(limit.unit)
    if nominal is None or not _is(limit.nominal, nominal):
        return None
    return Lever.CLOCK if _is(limit.half_width, tolerance * nominal) else None


def certifiable(plan: Plan, profile: DeviceProfile) -> Band:
    """How far parameters may be off so that every true value stays in the certifiable band, 4 planned U inside.

    A parameter moves more rows than its own, and the band is what all of them leave. Rows at which no unit has such a
    reserve, since T is less than 4 U, do not count.

    - gain and offset: the levels, also where a row has one limit, what is displayed of them, and the slope of the
      straight line through them;
    - clock: the frequencies, less what whole ticks take of them; and the direct current over a second or a minute, in
      which a wrong clock leaves part of a period;
    - duty: its own rows, and the direct current of both directions, of which it makes twice as much;
    - leakage: the residual current, and what it charges open electrodes to, where the profile says how far.
    """
    rows = [_Inside(row, row.limit.half_width - HEALTHY_RESERVE * row.uncertainty)
            for row in plan.rows if row.limit is not None and row.uncertainty is not None]  # fmt: skip
    rows = [each for each in rows if each.left > 0]
    levels = [each for each in rows if each.limit.unit == "A" and each.level_a > 0 and _is_of_level(each)]
    slopes = [each.left for each in rows if each.row.quantity in _SLOPES]
    direct = min((each.left / each.level_a for each in rows if each.row.quantity in _DIRECT), default=1.0) * _SHARED
    clocks = [each.left / each.limit.nominal - _rounding(each.row, profile)
              for each in rows if lever_of(each.row, profile) is Lever.CLOCK]  # fmt: skip
    duties = [each.left for each in rows if lever_of(each.row, profile) is Lever.DUTY]
    leaks = [each.left for each in rows if lever_of(each.row, profile) is Lever.LEAK]
    if profile.contact is not None:
        leaks.append(_SHARED * profile.contact.sense_level_v.value / _INPUT_OHM)
    return Band(
        gain=(1 - _OFFSET_SHARE) * min([each.left / each.level_a for each in levels] + slopes, default=0.0),
        offset_a=_OFFSET_SHARE * min((each.left for each in levels), default=0.0),
        clock=max(0.0, min([*clocks, direct])) if clocks else _CRYSTAL,
        duty=min([*duties, direct / 2]) if duties else 0.0,
        leak_a=min(leaks, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Inside:
    """A row, and what is left of its half width, 4 planned U inside."""

    row: PlannedRow
    left: float

    @property
    def limit(self) -> Limit:
        assert self.row.limit is not None  # noqa: S101 - for the type checker: only such rows are asked
        return self.row.limit

    @property
    def level_a(self) -> float:
        return self.row.point.setpoint.current_a


def _is_of_level(each: _Inside) -> bool:
    return _is(each.limit.nominal, each.level_a) or each.row.quantity in _BESIDE_LEVEL


def tolerances(profile: DeviceProfile) -> Band:
    """The whole tolerance of each parameter, where it is the same in all modes that are judged by it."""
    return Band(
        gain=min(mode.current_tolerance.value for mode in profile.modes),
        offset_a=0.0,
        clock=_least(profile.modes, "frequency_tolerance"),
        duty=_least(profile.modes, "duty_tolerance"),
        leak_a=profile.residual_a.value,
    )


def draw(band: Band, seed: int) -> Drawn:
    """A unit of a band: each parameter evenly within it, for itself."""
    chance = random.Random(f"healthy unit {seed}")  # noqa: S311 - units, not secrets
    return Drawn(
        gain=chance.uniform(-band.gain, band.gain),
        offset_a=chance.uniform(-band.offset_a, band.offset_a),
        clock=chance.uniform(-band.clock, band.clock),
        duty=chance.uniform(-band.duty, band.duty),
        leak_a=None if band.leak_a is None else chance.uniform(0.0, band.leak_a),
    )


def _rounding(row: PlannedRow, profile: DeviceProfile) -> float:
    """How far whole ticks of the timer are off the frequency of a row, relative."""
    frequency = row.point.setpoint.frequency_hz
    if frequency is None or profile.timer_tick_s is None:
        return 0.0
    ticks = 1 / (frequency * profile.timer_tick_s.value)
    return abs(round(ticks) / ticks - 1)


def made_exactly(row: PlannedRow, profile: DeviceProfile) -> bool:
    """True where the frequency of a row is a whole number of ticks of the timer."""
    return _rounding(row, profile) < _SAME


def _least(modes: Iterable[Mode], name: str) -> float:
    """Smallest of a tolerance that some modes state; 0 where none does."""
    return min((stated.value for mode in modes if (stated := getattr(mode, name)) is not None), default=0.0)


def _is(value: float, other: float) -> bool:
    return abs(value - other) <= _SAME * abs(other)
