"""What the stimulator is told, and what it may ever be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from harness.errors import EnvelopeExceeded
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Mapping


class Polarity(Enum):
    """Direction of the current out of output +, through the load, into output -."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    BIPOLAR = "bipolar"

    @property
    def phases(self) -> tuple[Polarity, ...]:
        """The directions in which current flows, in their order."""
        return (Polarity.POSITIVE, Polarity.NEGATIVE) if self is Polarity.BIPOLAR else (self,)

    @property
    def sign(self) -> int:
        """+1 or -1; of a phase, not of a bipolar setting."""
        if self is Polarity.BIPOLAR:
            raise ValueError("a bipolar setting has no one sign; ask one of its phases")
        return 1 if self is Polarity.POSITIVE else -1


@dataclass(frozen=True, slots=True)
class Setpoint:
    """Settings of one channel.

    Attributes:
        channel: from 1.
        mode: name of the mode, as in the device profile.
        level: number of the step, as the stimulator counts it.
        current_a: what that level is nominally, in the profile's level quantity.
        polarity: direction.
        frequency_hz: of the waveform, None for d.c.; of a bipolar d.c. setting, of the alternation.
        pulse_width_s: of pulses of less than a millisecond, which rest between each other; else None.
    """

    channel: int
    mode: str
    level: int
    current_a: float
    polarity: Polarity
    frequency_hz: float | None = None
    pulse_width_s: float | None = None

    def __post_init__(self) -> None:
        finite("current of a setpoint", self.current_a)

    @property
    def phase_s(self) -> float | None:
        """How long one phase lasts: a pulse, or half of the period; None where nothing alternates."""
        if self.pulse_width_s is not None or self.frequency_hz is None:
            return self.pulse_width_s
        return 0.5 / self.frequency_hz

    @property
    def key(self) -> str:
        """Short name, unique in a profile and fit for a file name."""
        frequency = "" if self.frequency_hz is None else f"-{self.frequency_hz:g}Hz"
        return f"ch{self.channel}-{self.mode}-L{self.level:02d}-{self.polarity.value}{frequency}"


class Method(Enum):
    """What is done at an operating point: how the stimulator is driven, and what is taken."""

    STEADY = "steady"
    SHAPE = "shape"
    OFF = "off"
    CYCLES = "cycles"
    TOUCH = "touch"
    FIRST_CONTACT = "first-contact"
    GAP = "gap"
    LOSS = "loss"
    OVERCURRENT = "overcurrent"
    ZERO_LEVEL = "zero-level"
    REGULATION = "regulation"
    SATURATION = "saturation"
    CHARGE = "charge"
    SWEEP = "sweep"
    LONG = "long"
    POLLED = "polled"
    MODES = "modes"
    TABLE = "table"
    DRIFT = "drift"
    TEMPERATURE = "temperature"
    AUXILIARY = "auxiliary"
    SENSING = "sensing"
    ADAPTATION = "adaptation"
    LATENCY = "latency"
    GLIDE = "glide"
    ELECTRODE = "electrode"
    TRIP_CURRENT = "trip-current"
    BACK_DRIVE = "back-drive"
    KEYED = "keyed"
    CROSSTALK = "crosstalk"
    SUM = "sum"
    FIRST_OFF = "first-off"
    CONTINUITY = "continuity"
    EVENTS = "events"
    MODE_CHANGE = "mode-change"
    HANG = "hang"
    HOST_SILENT = "host-silent"
    SESSION = "session"
    IDLE = "idle"
    BATTERY = "battery"
    BROWN_OUT = "brown-out"
    POWER_ON = "power-on"
    CHARGING = "charging"
    DISPLAY = "display"
    TONE = "tone"
    MOTOR = "motor"
    MAINS = "mains"
    SUPPLY = "supply"


LINE = "line"
"""Variant of a steady point or a waveform: read in a few seconds, for an end-of-line station."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A setpoint into a load, and what is done there.

    Attributes:
        setpoint: what the stimulator is told.
        load: name of the load, as in the bench file.
        load_ohm: its stated resistance.
        production: part of the short selection for a production line.
        method: what is done.
        variant: of the method: length of a gap (`20ms`), pattern of a contact (`bounce`), `line`; empty where there is
            but one.
    """

    setpoint: Setpoint
    load: str
    load_ohm: float
    production: bool = False
    method: Method = Method.STEADY
    variant: str = ""

    @property
    def key(self) -> str:
        """Short name, unique in a plan and fit for a file name."""
        method = "" if self.method is Method.STEADY else f"-{self.method.value}"
        return f"{self.setpoint.key}-{self.load}{method}{'-' if self.variant else ''}{self.variant}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What no command may leave, whatever a suite asks for.

    Attributes:
        ceiling_a: largest nominal current that may be set.
        channels: channels that may be driven.
        modes: modes that may be chosen.
        polarities: polarities that may be chosen.
        levels: largest level number.
        frequencies_hz: by mode whose frequency is set by a command, the frequencies that may be chosen.
    """

    ceiling_a: float
    channels: frozenset[int]
    modes: frozenset[str]
    polarities: frozenset[Polarity]
    levels: int
    frequencies_hz: Mapping[str, frozenset[float]] = field(default_factory=dict)

    def check(self, setpoint: Setpoint) -> None:
        """Refuse a setpoint outside the envelope.

        Raises:
            EnvelopeExceeded: says which setting, what was asked and what is allowed.
        """
        allowed: tuple[tuple[str, object, bool, object], ...] = (
            ("channel", setpoint.channel, setpoint.channel in self.channels, sorted(self.channels)),
            ("mode", setpoint.mode, setpoint.mode in self.modes, sorted(self.modes)),
            (
                "polarity",
                setpoint.polarity.value,
                setpoint.polarity in self.polarities,
                sorted(polarity.value for polarity in self.polarities),
            ),
            ("level", setpoint.level, 0 <= setpoint.level <= self.levels, f"0 to {self.levels}"),
            (
                "frequency_hz",
                setpoint.frequency_hz,
                setpoint.mode not in self.frequencies_hz or setpoint.frequency_hz in self.frequencies_hz[setpoint.mode],
                sorted(self.frequencies_hz.get(setpoint.mode, ())),
            ),
            ("current_a", setpoint.current_a, 0 <= setpoint.current_a <= self.ceiling_a, f"0 to {self.ceiling_a:g}"),
        )
        for name, asked, inside, offer in allowed:
            if not inside:
                raise EnvelopeExceeded(f"{name} {asked} is outside the envelope; allowed: {offer}")
