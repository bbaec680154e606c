"""What was taken at the bench, with the path that it came by.

Raw codes and raw readings stay; volts and amperes are derived.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from harness.quantity import finite
from harness.setpoint import OperatingPoint, Polarity  # noqa: TC001 - resolved at run time, when a record is read


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The row of an instrument's accuracy data that applies to one setting.

    An error bound is `gain_of_reading * |reading| + gain_of_range * range + absolute`, all in the unit of the reading.

    Attributes:
        model: instrument the row stands for.
        function: what it measures.
        range: nominal range, or full scale of an oscilloscope.
        gain_of_reading: fraction of the reading.
        gain_of_range: fraction of the range.
        absolute: in the unit of the range.
        coverage: factor k that the document states for the bound, or None for a bare bound (rectangular).
        noise: standard deviation of one reading, in the unit of the range.
        mains_rejection_db: of a reading over whole periods of the mains; None: nothing of that kind.
        document: document, edition, page.
        mark: how far it was read (P, P*, S, M, a).
    """

    model: str
    function: str
    range: float
    gain_of_reading: float
    gain_of_range: float
    absolute: float
    coverage: float | None
    noise: float
    mains_rejection_db: float | None
    document: str
    mark: str

    def bound(self, reading: float) -> float:
        """Largest error of a reading, in its unit."""
        return self.gain_of_reading * abs(reading) + self.gain_of_range * self.range + self.absolute


@dataclass(frozen=True, slots=True)
class Resistor:
    """A calibrated resistor that an instrument reads across.

    Attributes:
        id: as in the bench file.
        resistance_ohm: certificate value at 23 degrees Celsius.
        expanded_uncertainty_ohm: of the certificate.
        coverage_factor: of the certificate.
        temperature_coefficient_per_k: bound.
        certificate: its number.
    """

    id: str
    resistance_ohm: float
    expanded_uncertainty_ohm: float
    coverage_factor: float
    temperature_coefficient_per_k: float
    certificate: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What has no data-sheet line but is there, as bounds.

    Attributes:
        thermal_emf_v: change between zero and reading.
        thermal_emf_unzeroed_v: the whole of it, in a reading without a zero.
        leakage_resistance_ohm: from the loop past the resistor.
        mains_pickup_a: peak, in the loop.
        mains_frequency_hz: of the room.
        temperature_c: of the room.
        temperature_half_width_c: how far from that it may be.
    """

    thermal_emf_v: float
    thermal_emf_unzeroed_v: float
    leakage_resistance_ohm: float
    mains_pickup_a: float
    mains_frequency_hz: float
    temperature_c: float
    temperature_half_width_c: float


@dataclass(frozen=True, slots=True)
class SignalPath:
    """Everything between the current in the loop and the number on the instrument.

    Attributes:
        role: of the instrument.
        model: of the instrument.
        serial_number: of the instrument.
        resistor: across which it reads.
        input_resistance_ohm: of the instrument, parallel to the resistor.
        input_resistance_tolerance: its relative bound.
        range: set range, or full scale.
        aperture_s: integration time of one reading, or length of the record.
        time_base: relative bound of the time base's error; 0 where time is not read.
        accuracy: row that applies.
        surroundings: of the bench.
    """

    role: str
    model: str
    serial_number: str
    resistor: Resistor
    input_resistance_ohm: float
    input_resistance_tolerance: float
    range: float
    aperture_s: float
    accuracy: Accuracy
    surroundings: Surroundings
    time_base: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter's answers at one state of the output.

    Attributes:
        name: unique within its observation: `zero`, `positive`, `negative`, `inactive`, `mean`, `residual`.
        values_v: what it answered, in volts.
        gate: how the readings were placed in time.
        path: signal path.
        settings: as the instrument said them back.
    """

    name: str
    values_v: tuple[float, ...]
    gate: str
    path: SignalPath
    settings: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.values_v:
            raise ValueError(f"reading {self.name} holds no value")
        for value in self.values_v:
            finite(f"reading {self.name}", value)


@dataclass(frozen=True, slots=True)
class Plateau:
    """Where in a record one phase is at rest.

    Attributes:
        phase: direction that is set.
        from_s: start, against the trigger.
        to_s: end, against the trigger.
    """

    phase: Polarity
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Capture:
    """A waveform record: the instrument's raw codes and what turns them into volts.

    Volts are `(code - reference_code) * increment_v + origin_v`.

    Attributes:
        name: unique within its observation: `zero`, `output`, `peak`, `monitor.3` and so on.
        codes: unsigned 8-bit codes as they came; of peak detection, smallest and largest of each interval in turn.
        increment_v: volts per code.
        origin_v: volts at the reference code.
        reference_code: see above.
        interval_s: between samples.
        start_s: time of the first sample against the trigger.
        lowest_code: this code or less means "off the screen".
        highest_code: this code or more means "off the screen".
        path: signal path.
        plateaus: where the phases are, empty where the output is off.
        settings: as the instrument said them back.
    """

    name: str
    codes: bytes = field(repr=False)
    increment_v: float
    origin_v: float
    reference_code: float
    interval_s: float
    start_s: float
    lowest_code: int
    highest_code: int
    path: SignalPath
    plateaus: tuple[Plateau, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.codes:
            raise ValueError(f"capture {self.name} holds no sample")
        for name in ("increment_v", "origin_v", "reference_code", "interval_s", "start_s"):
            finite(f"{name} of capture {self.name}", getattr(self, name))
        if self.increment_v <= 0 or self.interval_s <= 0:
            raise ValueError(f"capture {self.name} has no scale: {self.increment_v=}, {self.interval_s=}")


@dataclass(frozen=True, slots=True)
class BenchEvent:
    """Something that happened at the bench and belongs in the record.

    Attributes:
        kind: `safe-state`, `unit-live`, `identity` and so on.
        text: one sentence for people.
        details: by name, as text.
    """

    kind: str
    text: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """All that was taken at one operating point.

    Attributes:
        point: setpoint and load.
        readings: of the multimeter.
        captures: of the oscilloscope; those whose names share an ending after a dot were started by one trigger.
        indicated: what the stimulator itself said while it ran, by name: `state`, `polarity`, `trip`.
    """

    point: OperatingPoint
    readings: tuple[Reading, ...]
    captures: tuple[Capture, ...]
    indicated: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Short name, fit for a file name."""
        return self.point.key

    def reading(self, name: str) -> Reading:
        """The reading of this name.

        Raises:
            KeyError: it was not taken.
        """
        return next((r for r in self.readings if r.name == name), None) or _missing(self.key, "reading", name)

    def capture(self, name: str) -> Capture:
        """The capture of this name.

        Raises:
            KeyError: it was not taken.
        """
        return next((c for c in self.captures if c.name == name), None) or _missing(self.key, "capture", name)

    def plateau(self, phase: Polarity) -> Reading:
        """The reading inside the plateau of one phase."""
        return self.reading(phase.value)


def _missing(key: str, kind: str, name: str) -> NoReturn:
    raise KeyError(f"observation {key} holds no {kind} {name!r}")
