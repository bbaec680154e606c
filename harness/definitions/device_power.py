"""Sections of a device profile about power, session and panel; a device that has none of them does not claim it."""

from __future__ import annotations

from pydantic import model_validator

from harness.definitions.document import Document, Stated, check_positive

DISPLAY_UNITS_A = {"uA": 1e-6, "mA": 1e-3}
"""What the units that a display may show are in amperes."""


class Session(Document):
    """A timer that ends the output by itself.

    Attributes:
        length_s: after `ON`.
        tolerance_s: of that length; of `idle_s` the same share.
        longest_gap_s: longest pause of the output within a session.
        idle_s: after so long without contact it ends, too; only of a device that senses contact.
    """

    length_s: Stated[float]
    tolerance_s: Stated[float]
    longest_gap_s: Stated[float]
    idle_s: Stated[float] | None = None

    @model_validator(mode="after")
    def _sound(self) -> Session:
        check_positive("session", self)
        if not self.tolerance_s.value < self.length_s.value / 2:
            raise ValueError("session.tolerance_s must be less than half of session.length_s")
        return self

    @property
    def share(self) -> float:
        """The tolerance as a share of the length."""
        return self.tolerance_s.value / self.length_s.value


class Battery(Document):
    """What feeds a device at its battery terminals.

    Attributes:
        full_v: of a good battery.
        least_v: below it the output is off; down to it the output is as set.
        ready_s: after power has come back, the time within which the unit answers.
        low_v: at which the indicator begins to show low; None: there is no indicator.
        low_tolerance_v: of that voltage.
    """

    full_v: Stated[float]
    least_v: Stated[float]
    ready_s: Stated[float]
    low_v: Stated[float] | None = None
    low_tolerance_v: Stated[float] | None = None

    @model_validator(mode="after")
    def _sound(self) -> Battery:
        check_positive("battery", self)
        if (self.low_v is None) != (self.low_tolerance_v is None):
            raise ValueError("battery needs both low_v and low_tolerance_v, or neither")
        low = self.full_v.value if self.low_v is None else self.low_v.value
        if not self.least_v.value < low <= self.full_v.value:
            raise ValueError("battery needs least_v below low_v, and low_v no higher than full_v")
        return self


class Charging(Document):
    """A device that delivers nothing while it is charged.

    Attributes:
        within_s: after the charger is connected the output is off.
    """

    within_s: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> Charging:
        check_positive("charging", self)
        return self


class Display(Document):
    """What a display shows its user.

    Attributes:
        unit_a: the unit of the intensity, in A: 1e-6 or 1e-3.
        intensity_tolerance: relative, of what is shown against what flows.
        run_time_tolerance: relative, of the run time.
    """

    unit_a: Stated[float]
    intensity_tolerance: Stated[float]
    run_time_tolerance: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> Display:
        check_positive("display", self)
        if self.unit_a.value not in DISPLAY_UNITS_A.values():
            raise ValueError(f"display.unit_a is {self.unit_a.value:g}, must be 1e-6 (uA) or 1e-3 (mA)")
        return self


class Tone(Document):
    """A probe tone that follows the resistance under the probe.

    Attributes:
        direction: 1 where the pitch rises with the resistance, -1 where it falls.
        latency_s: from contact to tone, and from its loss to silence.
        high_v: of the square wave on the buzzer's pad.
        lowest_hz: lowest pitch.
        highest_hz: highest pitch.
    """

    direction: Stated[float]
    latency_s: Stated[float]
    high_v: Stated[float]
    lowest_hz: Stated[float]
    highest_hz: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> Tone:
        check_positive("tone", self, but=("direction",))
        if abs(self.direction.value) != 1:
            raise ValueError(f"tone.direction is {self.direction.value:g}, must be 1 or -1")
        return self


class Motor(Document):
    """A vibration motor.

    Attributes:
        lowest_hz: of its frequency.
        highest_hz: of its frequency.
    """

    lowest_hz: Stated[float]
    highest_hz: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> Motor:
        check_positive("motor", self)
        if self.highest_hz.value <= self.lowest_hz.value:
            raise ValueError("motor.highest_hz must be more than motor.lowest_hz")
        return self


class SupplyDraw(Document):
    """What a device draws at its battery terminals.

    Attributes:
        off_a: most with the output off.
        output_a: most that any setting adds to that.
        edges_a: most that the highest frequency adds to the lowest, at one level.
    """

    off_a: Stated[float]
    output_a: Stated[float]
    edges_a: Stated[float] | None = None

    @model_validator(mode="after")
    def _sound(self) -> SupplyDraw:
        check_positive("supply", self)
        return self


class PowerOn(Document):
    """The state after power-on: output off, level 0.

    Attributes:
        watched_s: for how long the output is watched from the return of power on.
    """

    watched_s: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> PowerOn:
        check_positive("power_on", self)
        return self
