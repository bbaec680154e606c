"""Device profiles: what a maker says of a stimulator, and what we assume of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from harness.definitions.device_channels import ChannelSection  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.device_output import LevelScale, LoadRange, NetCharge  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.device_power import (  # noqa: TC001 - resolved at run time, when a file is read
    Battery,
    Charging,
    Display,
    Motor,
    PowerOn,
    Session,
    SupplyDraw,
    Tone,
)
from harness.definitions.device_timing import Stability, TemperatureRange  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.document import Document, Stated, check_positive, find, load, repeated
from harness.setpoint import Envelope, Polarity, Setpoint

if TYPE_CHECKING:
    from pathlib import Path


Levels = tuple[float, ...]
Frequencies = tuple[float, ...]


class Identity(Document):
    """What a unit of this device answers when asked who it is."""

    maker: str
    model: str


class Mode(Document):
    """One mode of output.

    A `dc` mode has no frequency; set bipolar, it alternates. A `square` is 50 % on, 50 % off or reversed. `pulses` of
    `pulse_width_s` come once a period, followed by the opposite one where bipolar. A `staircase` is a square that
    dwells on each of its frequencies in turn, by itself. A `sweep` goes by itself from `start_hz`, its lower end, to
    `stop_hz`, in `sweep_s` for one way or in `steps` of `dwell_s`; its cycles are those of a square, or pulses where it
    has a `pulse_width_s`. `square` and `pulses` with `alternation_hz` are, set bipolar, pulses of one direction for
    half of the alternation's period, in whole cycles, and then of the other.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    waveform: Stated[Literal["dc", "square", "pulses", "staircase", "sweep"]]
    levels_a: Stated[Levels]
    polarities: Stated[tuple[Polarity, ...]]
    current_tolerance: Stated[float]
    direction_fraction: Stated[float]
    settling_s: Stated[float]
    alternation_hz: Stated[float] | None = None
    frequencies_hz: Stated[Frequencies] | None = None
    frequency_tolerance: Stated[float] | None = None
    duty_tolerance: Stated[float] | None = None
    pulse_width_s: Stated[float] | None = None
    dwell_s: Stated[float] | None = None
    start_hz: Stated[float] | None = None
    stop_hz: Stated[float] | None = None
    law: Stated[Literal["linear", "logarithmic"]] | None = None
    direction: Stated[Literal["up", "down", "alternating"]] | None = None
    sweep_s: Stated[float] | None = None
    steps: Stated[int] | None = None
    rise_limit_s: Stated[float] | None = None
    overshoot_limit: Stated[float] | None = None
    droop_limit: Stated[float] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Mode:
        levels = self.levels_a.value
        if not levels:
            raise ValueError(f"mode {self.name} has no level: an empty list would test nothing")
        if not self.polarities.value:
            raise ValueError(f"mode {self.name} has no polarity: an empty list would test nothing")
        if any(level <= 0 for level in levels) or list(levels) != sorted(set(levels)):
            raise ValueError(f"levels_a of mode {self.name} must be positive and rise")
        if repeated(self.polarities.value):
            raise ValueError(f"mode {self.name} has a polarity twice")
        for name in _POSITIVE_OF_MODE:
            stated = getattr(self, name)
            if stated is not None and stated.value <= 0:
                raise ValueError(f"{name} of mode {self.name} is {stated.value:g}, must be above 0")
        for name in _FRACTIONS:
            # From 1 on, no current at all would be within the tolerance.
            stated = getattr(self, name)
            if stated is not None and not 0 < stated.value < 1:
                raise ValueError(f"{name} of mode {self.name} is {stated.value:g}, must be between 0 and 1")
        self._check_waveform()
        return self

    def _check_waveform(self) -> None:
        """Each waveform says what it needs, and nothing that it does not have."""
        waveform = self.waveform.value
        needed = _NEEDED[waveform] if waveform != "dc" or Polarity.BIPOLAR in self.polarities.value else frozenset()
        allowed = _NEEDED[waveform] | _OPTIONAL[waveform]
        for name in sorted(frozenset().union(*_NEEDED.values(), *_OPTIONAL.values())):
            given = getattr(self, name) is not None
            if name in needed and not given:
                raise ValueError(f"mode {self.name} is {waveform} and needs {name}")
            if given and name not in allowed:
                raise ValueError(f"mode {self.name} is {waveform}, which has no {name}")
        if self.frequencies_hz is not None:
            steps = self.frequencies_hz.value
            if not steps or any(step <= 0 for step in steps) or list(steps) != sorted(set(steps)):
                raise ValueError(f"frequencies_hz of mode {self.name} must be positive and rise")
            if repeated([f"{step:g}" for step in steps]):
                # The keys of operating points, and so the names of files, have them in six digits.
                raise ValueError(f"frequencies_hz of mode {self.name} must differ within six digits: {list(steps)}")
            if self.pulse_width_s is not None and 2 * self.pulse_width_s.value * steps[-1] > 1:
                raise ValueError(f"two pulses of pulse_width_s do not fit into a period of mode {self.name}")
        if waveform == "sweep":
            self._check_sweep()
        self._check_alternation()

    def _check_sweep(self) -> None:
        """A sweep has two ends, and one way of going from one to the other."""
        if self.start_hz is None or self.stop_hz is None:
            return  # said already
        if not self.start_hz.value < self.stop_hz.value:
            raise ValueError(f"start_hz of mode {self.name} must be below stop_hz: `direction` says which way it goes")
        stepped = (self.steps is not None, self.dwell_s is not None)
        if any(stepped) != all(stepped) or all(stepped) == (self.sweep_s is not None):
            raise ValueError(f"mode {self.name} is a sweep and needs either sweep_s, or steps and dwell_s")
        if self.steps is not None and self.steps.value < _LEAST_STEPS:
            raise ValueError(f"steps of mode {self.name} is {self.steps.value}, must be at least {_LEAST_STEPS}")
        if self.pulse_width_s is not None and 2 * self.pulse_width_s.value * self.stop_hz.value > 1:
            raise ValueError(f"two pulses of pulse_width_s do not fit into a period of mode {self.name}")

    def _check_alternation(self) -> None:
        """Pulses that alternate: a whole cycle fits into each direction, and there is a bipolar setting."""
        if self.alternation_hz is None or self.frequencies_hz is None:
            return
        if Polarity.BIPOLAR not in self.polarities.value:
            raise ValueError(f"mode {self.name} has alternation_hz and no bipolar setting")
        if self.alternation_hz.value > self.steps_hz[0] / 2:
            raise ValueError(f"alternation_hz of mode {self.name} leaves no whole cycle for each direction")

    @property
    def kind(self) -> str:
        """The waveform, with pulses of less than a millisecond as `short-pulses`: they are seen by other means."""
        if self.waveform.value != "pulses" or self.pulse_width_s is None or self.pulse_width_s.value >= _SHORT_S:
            return self.waveform.value
        return "short-pulses"

    @property
    def steps_hz(self) -> tuple[float, ...]:
        """The frequencies of a mode that has some, ascending."""
        return () if self.frequencies_hz is None else self.frequencies_hz.value

    @property
    def settings_hz(self) -> tuple[float | None, ...]:
        """Every frequency that a setpoint of this mode may have; None where it has none."""
        if self.frequencies_hz is not None:
            return self.frequencies_hz.value
        if self.start_hz is not None:
            return (self.start_hz.value,)
        both = Polarity.BIPOLAR in self.polarities.value and self.alternation_hz is not None
        alternation = (self.alternation_hz.value,) if both and self.alternation_hz is not None else ()
        return (*alternation, None) if set(self.polarities.value) - {Polarity.BIPOLAR} else alternation

    @property
    def is_settable(self) -> bool:
        """True where a command sets the frequency: there are several, and the mode does not step by itself."""
        return len(self.steps_hz) > 1 and self.waveform.value != "staircase"

    @property
    def alternates_pulses(self) -> bool:
        """True where the bipolar setting is pulses of one direction for a while, and then of the other."""
        return self.alternation_hz is not None and self.waveform.value != "dc"

    def active_share(self, setpoint: Setpoint) -> float:
        """Share of the time in which current flows: the rectified mean over the level."""
        both = 2 if setpoint.polarity is Polarity.BIPOLAR and not self.alternates_pulses else 1
        if self.pulse_width_s is not None and setpoint.frequency_hz is not None:
            return both * self.pulse_width_s.value * setpoint.frequency_hz
        return 1.0 if self.waveform.value == "dc" else both / 2

    @property
    def both_ways(self) -> Polarity:
        """Both directions in one setting where that is offered, else the first setting that is."""
        offered = self.polarities.value
        return Polarity.BIPOLAR if Polarity.BIPOLAR in offered else offered[0]

    def setpoint(self, channel: int, level: int, polarity: Polarity, frequency_hz: float | None = None) -> Setpoint:
        """The setpoint of one level of this mode, counted from 1.

        Of a mode with frequencies it has by default the lowest, of short pulses the highest, at which most is seen of
        them; of a sweep the frequency at which it starts.
        """
        frequency = frequency_hz
        if self.frequencies_hz is not None:
            by_default = self.steps_hz[-1 if self.kind == "short-pulses" else 0]
            frequency = by_default if frequency_hz is None else frequency_hz
        elif self.start_hz is not None:
            frequency = self.start_hz.value
        elif polarity is Polarity.BIPOLAR and self.alternation_hz is not None:
            frequency = self.alternation_hz.value
        width = None
        if self.kind == "short-pulses" and self.pulse_width_s is not None:
            width = self.pulse_width_s.value
        return Setpoint(channel, self.name, level, self.levels_a.value[level - 1], polarity, frequency, width)


_FRACTIONS = (
    "current_tolerance",
    "direction_fraction",
    "frequency_tolerance",
    "duty_tolerance",
    "overshoot_limit",
    "droop_limit",
)
_POSITIVE_OF_MODE = (
    "alternation_hz",
    "settling_s",
    "pulse_width_s",
    "dwell_s",
    "start_hz",
    "stop_hz",
    "sweep_s",
    "rise_limit_s",
)
_LEAST_STEPS = 2
_SHORT_S = 1e-3
_SHAPE = frozenset({"frequency_tolerance", "rise_limit_s", "overshoot_limit", "droop_limit"})
_NEEDED: dict[str, frozenset[str]] = {
    "dc": frozenset({"alternation_hz"}),
    "square": frozenset({"frequencies_hz", "duty_tolerance"}) | _SHAPE,
    "pulses": frozenset({"frequencies_hz", "pulse_width_s", "duty_tolerance"}) | _SHAPE,
    "staircase": frozenset({"frequencies_hz", "dwell_s", "frequency_tolerance"}),
    "sweep": frozenset({"start_hz", "stop_hz", "law", "direction", "frequency_tolerance"}),
}
_OPTIONAL: dict[str, frozenset[str]] = {
    "dc": frozenset({"frequency_tolerance"}),
    "square": frozenset({"alternation_hz"}),
    "pulses": frozenset({"alternation_hz"}),
    "staircase": frozenset({"duty_tolerance", "rise_limit_s", "overshoot_limit", "droop_limit"}),
    "sweep": frozenset({"sweep_s", "steps", "dwell_s", "pulse_width_s"}),
}


class ContactSensing(Document):
    """How a device that senses skin contact behaves: its anti-shock.

    Attributes:
        sense_period_s: time from one sense pulse to the next.
        sense_tolerance: relative, of that period.
        sense_current_a: of a sense pulse.
        sense_width_s: of a sense pulse.
        shortest_loss_s: shortest loss of contact that has to be recognised.
        release_s: after a loss, the time within which the electrodes' voltage falls to the sense level.
        sense_level_v: that level.
        minimum_rise_s: least rise time, 10 to 90 %, after contact.
        ramp_window_s: time after contact in which the rise is surely over.
        overshoot_limit: of the rise, relative to the level.
        fall_limit: largest fall within the rise, relative to the level.
        touch_below_ohm: at this resistance and below it the electrodes touch; none: nothing is claimed.
        open_above_ohm: at this resistance and above it they do not.
        skin_low_ohm: least resistance of skin over which the current may be adapted; none: it is not adapted.
        skin_high_ohm: largest.
        adaptation_band: how far an adapted current may be from its level, relative to it.
        level_band_a: half way to the next level, which an adapted current never crosses.
    """

    sense_period_s: Stated[float]
    sense_tolerance: Stated[float]
    sense_current_a: Stated[float]
    sense_width_s: Stated[float]
    shortest_loss_s: Stated[float]
    release_s: Stated[float]
    sense_level_v: Stated[float]
    minimum_rise_s: Stated[float]
    ramp_window_s: Stated[float]
    overshoot_limit: Stated[float]
    fall_limit: Stated[float]
    touch_below_ohm: Stated[float] | None = None
    open_above_ohm: Stated[float] | None = None
    skin_low_ohm: Stated[float] | None = None
    skin_high_ohm: Stated[float] | None = None
    adaptation_band: Stated[float] | None = None
    level_band_a: Stated[float] | None = None

    @model_validator(mode="after")
    def _positive(self) -> ContactSensing:
        check_positive("contact", self)
        _check_range("contact", self.touch_below_ohm, self.open_above_ohm, ("touch_below_ohm", "open_above_ohm"))
        _check_range("contact", self.skin_low_ohm, self.skin_high_ohm, ("skin_low_ohm", "skin_high_ohm"))
        together = (self.skin_low_ohm, self.adaptation_band, self.level_band_a)
        if any(stated is None for stated in together) != all(stated is None for stated in together):
            raise ValueError("contact: skin_low_ohm, adaptation_band and level_band_a stand together or not at all")
        if self.adaptation_band is not None and self.adaptation_band.value >= 1:
            raise ValueError(f"contact.adaptation_band is {self.adaptation_band.value:g}, must be below 1")
        return self


class Trip(Document):
    """A cutoff that a device declares: above `current_a` for more than `time_s` the output goes off and stays off.

    Attributes:
        current_a: above which it trips.
        time_s: for how long.
        within_s: after which the output is surely off.
        tolerance_a: of that current; none: only that it trips well above it is declared.
    """

    current_a: Stated[float]
    time_s: Stated[float]
    within_s: Stated[float]
    tolerance_a: Stated[float] | None = None

    @model_validator(mode="after")
    def _positive(self) -> Trip:
        check_positive("trip", self)
        if self.within_s.value <= self.time_s.value:
            raise ValueError("trip.within_s must be more than trip.time_s")
        return self


def _check_range(what: str, low: Stated[float] | None, high: Stated[float] | None, names: tuple[str, str]) -> None:
    """Both ends or neither, in their order."""
    if (low is None) != (high is None):
        raise ValueError(f"{what}: {names[0]} and {names[1]} stand together or not at all")
    if low is not None and high is not None and low.value >= high.value:
        raise ValueError(f"{what}.{names[0]} must be below {names[1]}")


class DeviceProfile(Document):
    """What is known of one kind of stimulator."""

    schema_: Literal[1] = Field(alias="schema")
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    protocol: str
    identity: Identity
    device_class: Stated[Literal["microcurrent", "tens", "electroacupuncture"]] | None = None
    channels: Stated[int]
    ceiling_a: Stated[float]
    level_quantity: Stated[Literal["plateau"]]
    loads: Stated[tuple[str, ...]]
    compliance_v: Stated[float]
    watchdog_s: Stated[float]
    residual_a: Stated[float]
    residual_pulse_a: Stated[float]
    electrode_area_m2: Stated[float]
    timer_tick_s: Stated[float] | None = None
    second_channel_needs_first: Stated[bool] | None = None
    channel_section: ChannelSection | None = None
    contact: ContactSensing | None = None
    trip: Trip | None = None
    level_scale: LevelScale | None = None
    load_range: LoadRange | None = None
    net_charge: NetCharge | None = None
    temperature: TemperatureRange | None = None
    stability: Stability | None = None
    session: Session | None = None
    battery: Battery | None = None
    charging: Charging | None = None
    display: Display | None = None
    tone: Tone | None = None
    motor: Motor | None = None
    supply: SupplyDraw | None = None
    power_on: PowerOn | None = None
    modes: tuple[Mode, ...]

    @model_validator(mode="after")
    def _consistent(self) -> DeviceProfile:
        if not self.modes:
            raise ValueError("a profile without a mode has nothing to test")
        if not self.loads.value:
            raise ValueError("loads: an empty list would test nothing")
        for what, names in (("mode", [mode.name for mode in self.modes]), ("load", self.loads.value)):
            if repeated(names):
                raise ValueError(f"{what} {repeated(names)[0]} stands twice")
        if self.channels.value < 1:
            raise ValueError("channels must be at least 1")
        for name in _POSITIVE:
            stated = getattr(self, name)
            if stated is not None and not stated.value > 0:
                raise ValueError(f"{name} is {stated.value:g}, must be above 0")
        for mode in self.modes:
            if mode.levels_a.value[-1] > self.ceiling_a.value:
                raise ValueError(f"mode {mode.name} goes above ceiling_a, {self.ceiling_a.value:g} A")
        return self

    @model_validator(mode="after")
    def _powered(self) -> DeviceProfile:
        if self.battery is None and (self.supply is not None or self.power_on is not None):
            raise ValueError("supply and power_on need battery: at which voltage is the device fed?")
        if self.session is not None and self.session.idle_s is not None and self.contact is None:
            raise ValueError("session.idle_s needs contact: nobody knows when nothing is touched")
        return self

    def mode(self, name: str) -> Mode:
        """The mode of this name."""
        return next(mode for mode in self.modes if mode.name == name)

    @model_validator(mode="after")
    def _channels_are_told_apart(self) -> DeviceProfile:
        if self.channels.value > 1 and self.channel_section is None:
            raise ValueError("a device of several channels needs channel_section: what they owe each other")
        return self

    @property
    def several_modes(self) -> bool:
        """True where another mode can be set."""
        return len(self.modes) > 1

    @property
    def class_name(self) -> Literal["microcurrent", "tens", "electroacupuncture"]:
        """What it claims to be; without a word microcurrent."""
        return "microcurrent" if self.device_class is None else self.device_class.value

    @property
    def has_monopolar(self) -> bool:
        """True where a setting of some mode has one direction only."""
        return any(polarity is not Polarity.BIPOLAR for mode in self.modes for polarity in mode.polarities.value)

    @property
    def envelope(self) -> Envelope:
        """What no command to a unit of this device may leave."""
        return Envelope(
            ceiling_a=self.ceiling_a.value,
            channels=frozenset(range(1, self.channels.value + 1)),
            modes=frozenset(mode.name for mode in self.modes),
            polarities=frozenset(polarity for mode in self.modes for polarity in mode.polarities.value),
            levels=max(len(mode.levels_a.value) for mode in self.modes),
            frequencies_hz={mode.name: frozenset(mode.steps_hz) for mode in self.modes if mode.is_settable},
        )


_POSITIVE = (
    "ceiling_a",
    "compliance_v",
    "watchdog_s",
    "residual_a",
    "residual_pulse_a",
    "electrode_area_m2",
    "timer_tick_s",
)


def load_device(name_or_file: str) -> tuple[DeviceProfile, Path]:
    """Load a profile by name or file, with the file it came from."""
    path = find("devices", name_or_file)
    return load(DeviceProfile, path), path
