"""What the catalogue asks of a device: conditions that a defect needs, and figures that its size follows."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from harness.definitions.document import find, read_toml
from harness.errors import DefinitionError
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.definitions.devices import DeviceProfile, Mode

_HIGH_OHM = 100e3
_SEVERAL = 2
_FULL_SCALE = 1.5
"""Of a converter, over the top level: that of the catalogue."""

_LOAD = re.compile(r"(\d+(?:\.\d+)?)(R|k|M)")
_FACTORS = {"R": 1.0, "k": 1e3, "M": 1e6}
_SWEEPS = ("staircase", "sweep")
_EDGES = ("square", "pulses", "staircase", "sweep")


class Subject:
    """A device with one healthy unit of it, as a defect finds it.

    Args:
        profile: of the device.
        extends: what the unit's file is called after that of the device's unit; empty, or no such file: that one.
        unit: file of the device's unit; None: that of the checkout with the device's name.

    Raises:
        DefinitionError: there is no such unit.
    """

    def __init__(self, profile: DeviceProfile, extends: str = "", unit: Path | None = None) -> None:
        own = unit or find("units", profile.name)
        other = own.with_name(f"{own.stem}-{extends}.toml")
        self.profile = profile
        self.file = other if extends and other.is_file() else own
        self._table = _merged(self.file)

    def part(self, path: str) -> Any:  # noqa: ANN401 - whatever the unit's file holds there
        """What the unit's file, or what it extends, says at a dotted path; None where it says nothing."""
        found: Any = self._table
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def number(self, path: str) -> float:
        """A number of the unit's file.

        Raises:
            DefinitionError: there is none.
        """
        found = self.part(path)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise DefinitionError(self.file, path, "is no number, and a defect of the catalogue follows it")
        return float(found)

    @property
    def waveforms(self) -> frozenset[str]:
        """Of the unit's modes."""
        return frozenset(str(mode["waveform"]) for mode in self.part("firmware.modes") or ())

    @property
    def polarities(self) -> frozenset[Polarity]:
        """That can be set in some mode."""
        return frozenset(polarity for mode in self.profile.modes for polarity in mode.polarities.value)

    @property
    def loads_ohm(self) -> tuple[float, ...]:
        """Into which the device is tested, ascending."""
        return tuple(sorted(_ohm(load) for load in self.profile.loads.value))

    @property
    def largest(self) -> Mode:
        """The mode with the largest level."""
        return max(self.profile.modes, key=lambda mode: mode.levels_a.value[-1])

    @property
    def smallest(self) -> Mode:
        """The mode with the smallest level."""
        return min(self.profile.modes, key=lambda mode: mode.levels_a.value[0])

    @property
    def top_a(self) -> float:
        """The largest level."""
        return self.largest.levels_a.value[-1]

    @property
    def table_hz(self) -> tuple[float, ...]:
        """The longest table of frequencies that a command chooses from; empty where there is none."""
        return max((mode.steps_hz for mode in self.profile.modes if mode.is_settable), key=len, default=())

    @property
    def made_hz(self) -> float:
        """The highest frequency of a settable or fixed mode, as whole ticks of the timer make it."""
        tables = [mode.steps_hz for mode in self.profile.modes if mode.steps_hz]
        tick_s = self.number("firmware.timer_tick_s")
        return 1 / (round(1 / (max(table[-1] for table in tables) * tick_s)) * tick_s)

    @property
    def longest_phase_s(self) -> float:
        """How long current flows in one direction at a time, at most, in a mode with edges; without one a second."""
        phases = [
            mode.pulse_width_s.value if mode.pulse_width_s is not None else 0.5 / mode.steps_hz[0]
            for mode in self.profile.modes
            if mode.steps_hz
        ]
        return max(phases, default=1.0)

    @property
    def dropped_bits(self) -> int:
        """Of the finest converter, 8 bits at most, one step of which is more than the device claims of its levels."""
        scale, most = self.profile.level_scale, 8
        if scale is None:
            return most
        levels = self.largest.levels_a.value
        steps = [above - below for below, above in pairwise(levels)]
        claimed = max(scale.differential_limit.value * min(steps), scale.integral_limit.value * levels[-1])
        return min(most, math.floor(math.log2(_FULL_SCALE * levels[-1] / claimed)))


Condition = tuple["Callable[[Subject], bool]", str]

CONDITIONS: dict[str, Condition] = {
    "adapts": (lambda unit: bool(unit.part("contact.adaptation")), "it does not adapt the current to the skin"),
    "alternation": (
        lambda unit: any(mode.alternation_hz is not None for mode in unit.profile.modes),
        "no mode alternates a steady current",
    ),
    "battery-flag": (lambda unit: bool(unit.part("power.low_v")), "it has no battery indicator"),
    "bipolar": (lambda unit: Polarity.BIPOLAR in unit.polarities, "it has no bipolar setting"),
    "blocking-capacitor": (
        lambda unit: bool(unit.part("electronics.coupling_capacitor_f")),
        "it has no blocking capacitor",
    ),
    "one-way": (
        lambda unit: unit.polarities != {Polarity.BIPOLAR},
        "in settings of both directions nothing says which one comes first",
    ),
    "pulses-both-ways": (
        lambda unit: any(
            mode.waveform.value == "pulses" and Polarity.BIPOLAR in mode.polarities.value for mode in unit.profile.modes
        ),
        "its square waves never rest: a bridge that turns round late only shifts them",
    ),
    "divider-shows": (
        lambda unit: (
            unit.profile.timer_tick_s is not None and any(len(mode.steps_hz) >= _SEVERAL for mode in unit.profile.modes)
        ),
        "a tick is far within the tolerance of a frequency, and no timer is said to make several",
    ),
    "both-ways-only": (
        lambda unit: unit.polarities == {Polarity.BIPOLAR},
        "a setting in one direction does not pass a blocking capacitor",
    ),
    "brown-out": (lambda unit: bool(unit.part("power.brown_out_v")), "its supply has no brown-out"),
    "charging": (lambda unit: not unit.part("power.output_while_charging"), "it may be used while it charges"),
    "contact-sensing": (lambda unit: bool(unit.part("contact.sensing")), "it does not sense contact"),
    "display": (lambda unit: bool(unit.part("display.unit")), "it has no display that can be read back"),
    "edges": (lambda unit: bool(unit.waveforms & set(_EDGES)), "no mode has pulses or a square wave"),
    "first-channel-first": (
        lambda unit: bool(unit.part("firmware.second_channel_needs_first")),
        "no channel of it needs another one to be on",
    ),
    "frequency-table": (lambda unit: len(unit.table_hz) >= _SEVERAL, "no mode has frequencies to choose from"),
    "half-duty": (
        lambda unit: bool(unit.waveforms & {"square", "staircase"}),
        "no mode is a square wave",
    ),
    "high-compliance": (
        lambda unit: unit.number("electronics.compliance_v") / unit.top_a >= _HIGH_OHM,
        "its compliance does not reach 100 kΩ",
    ),
    "host-watchdog": (lambda unit: bool(unit.part("firmware.watchdog_s")), "it has no host watchdog"),
    "jittering": (
        lambda unit: bool(unit.waveforms & {"square", "pulses"}),
        "no mode has cycles that could begin late",
    ),
    "motor": (lambda unit: bool(unit.part("motor.frequency_hz")), "it has no motor"),
    "negative-phase": (
        lambda unit: bool(unit.polarities & {Polarity.BIPOLAR, Polarity.NEGATIVE}),
        "its current never flows in the negative direction",
    ),
    "one-way-sweep": (
        lambda unit: (
            "staircase" in unit.waveforms
            or any(
                mode["waveform"] == "sweep" and mode.get("direction", "up") != "alternating"
                for mode in unit.part("firmware.modes") or ()
            )
        ),
        "it has no sweep that goes one way",
    ),
    "rise": (
        lambda unit: bool(unit.part("contact.sensing")) and bool(unit.part("contact.rise_s")),
        "it has no rise after contact",
    ),
    "sense-pulses": (
        lambda unit: bool(unit.part("contact.sensing")) and not unit.part("contact.continuous"),
        "it looks for contact without pulses",
    ),
    "session": (lambda unit: bool(unit.part("session.session_s")), "it does not end a session by itself"),
    "several-levels": (
        lambda unit: any(len(mode.levels_a.value) >= _SEVERAL for mode in unit.profile.modes),
        "it has one level",
    ),
    "several-modes": (lambda unit: len(unit.profile.modes) >= _SEVERAL, "it has one mode"),
    "stepped-sweep": (
        lambda unit: any(
            mode["waveform"] == "staircase" or (mode["waveform"] == "sweep" and "steps" in mode)
            for mode in unit.part("firmware.modes") or ()
        ),
        "it has no sweep in steps",
    ),
    "sweep": (lambda unit: bool(unit.waveforms & set(_SWEEPS)), "it has no sweep"),
    "timed": (
        lambda unit: bool(unit.waveforms & set(_EDGES)) or CONDITIONS["alternation"][0](unit),
        "its current is steady",
    ),
    "tone": (lambda unit: bool(unit.part("tone.high_v")), "it has no tone"),
    "trip": (lambda unit: bool(unit.part("overload.trip_a")), "it has no overload trip"),
    "turns": (
        lambda unit: bool(unit.polarities & {Polarity.BIPOLAR}) and bool(unit.waveforms & set(_EDGES)),
        "its current does not turn round",
    ),
    "turns-limited": (
        lambda unit: unit.profile.supply is not None and unit.profile.supply.edges_a is not None,
        "its maker declares no limit for what turns of the current cost, and the output shows nothing of it",
    ),
    "two-channels": (lambda unit: (unit.part("firmware.channels") or 1) >= _SEVERAL, "it has one channel"),
}
"""What a defect needs, and what is said of a unit without it."""


def _mode_alias(unit: Subject) -> dict[str, str]:
    """A later mode, the third where there is one, that delivers the first one."""
    names = [mode.name for mode in unit.profile.modes]
    return {names[min(2, len(names) - 1)]: names[0]}


FIGURES: dict[str, Callable[[Subject], float | int | str | dict[str, str]]] = {
    "boost": lambda unit: unit.profile.compliance_v.value / (unit.part("electronics.battery_v") or 3.7),
    "ceiling": lambda unit: unit.profile.ceiling_a.value,
    "dropped-bits": lambda unit: unit.dropped_bits,
    "compliance-resistance": lambda unit: unit.number("electronics.compliance_v") / unit.top_a,
    "largest-load": lambda unit: unit.loads_ohm[-1],
    "late-flag": lambda unit: (unit.number("power.low_v") + unit.number("power.brown_out_v")) / 2,
    "lowest-level": lambda unit: unit.smallest.levels_a.value[0],
    "lowest-tolerance": lambda unit: unit.smallest.levels_a.value[0] * unit.smallest.current_tolerance.value,
    "mode-alias": _mode_alias,
    "other-unit": lambda unit: {"uA": "mA", "mA": "uA"}[str(unit.part("display.unit"))],
    "phase-capacitance": lambda unit: unit.top_a * unit.longest_phase_s / unit.number("electronics.compliance_v"),
    "residual": lambda unit: unit.profile.residual_a.value,
    "residual-pulse": lambda unit: unit.profile.residual_pulse_a.value,
    "sense-period": lambda unit: unit.number("contact.sense_period_s"),
    "smallest-load": lambda unit: unit.loads_ohm[0],
    "stated-compliance": lambda unit: unit.profile.compliance_v.value,
    "stated-compliance-resistance": lambda unit: unit.profile.compliance_v.value / unit.top_a,
    "table-entry": lambda unit: unit.table_hz[len(unit.table_hz) * 2 // 3],
    "tolerance": lambda unit: max(mode.current_tolerance.value for mode in unit.profile.modes),
    "tone-high-hz": lambda unit: unit.number("tone.high_ohm_hz"),
    "tone-low-hz": lambda unit: unit.number("tone.low_ohm_hz"),
    "top-frequency": lambda unit: unit.made_hz,
    "top-level": lambda unit: unit.top_a,
    "top-voltage": lambda unit: unit.top_a * unit.loads_ohm[-1],
}
"""Figures of a device that the size of a defect follows."""


def _ohm(load: str) -> float:
    found = _LOAD.fullmatch(load)
    if found is None:
        raise DefinitionError(f"load {load}", "", "is no resistance, as 500R or 10k are, and a defect follows it")
    return float(found.group(1)) * _FACTORS[found.group(2)]


def _merged(file: Path) -> dict[str, Any]:
    """A unit's tables with those that it extends; a list is replaced whole."""
    own = read_toml(file)
    base = own.pop("extends", None)
    if base is None:
        return own
    beside = file.with_name(f"{base}.toml")
    return _over(_merged(beside if beside.is_file() else find("units", str(base))), own)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        merged[key] = _over(lower, value) if isinstance(lower, dict) and isinstance(value, dict) else value
    return merged
