"""What may be asked of a record beyond what it says by itself: a contact, a table of steps, a template, a mask, a line.

All times are on the record's own axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import RequestError
from harness.quantity import finite
from harness.waveform.sweep import Frequencies, steps_present

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.template import Mask

_NOTHING = Frequencies(np.empty(0), np.empty(0), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact, and what came before.

    Attributes:
        contact_s: instant of the contact: its last bounce.
        loss_s: instant of the loss before it; None where there was none.
        stretch_s: the output does not pulse, and its envelope is the mean of each stretch of this length; None: it
            pulses.
        early_s: for so long after the contact the current is looked at by itself; None: it is not.
    """

    contact_s: float
    loss_s: float | None = None
    stretch_s: float | None = None
    early_s: float | None = None

    def __post_init__(self) -> None:
        finite("the instant of contact", self.contact_s)
        if self.loss_s is not None and not finite("the instant of loss", self.loss_s) < self.contact_s:
            raise RequestError(f"the loss at {self.loss_s:g} s is not before the contact at {self.contact_s:g} s")
        for name, length_s in (("stretch", self.stretch_s), ("early part", self.early_s)):
            if length_s is not None and not finite(f"the length of the {name}", length_s) > 0:
                raise RequestError(f"the length of the {name} is {length_s:g} s; it must be above zero")


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that a sweep should have.

    Attributes:
        nominal_hz: their frequencies.
        tolerance: share of a frequency within which an interval belongs to it.
    """

    nominal_hz: tuple[float, ...]
    tolerance: float

    def __post_init__(self) -> None:
        # Asked of no record, for its checks alone: a bad table is refused whatever the record holds.
        steps_present(_NOTHING, self.nominal_hz, tolerance=self.tolerance)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A waveform to compare with.

    Attributes:
        samples: shape (m,).
        interval_s: between two samples.
        start_s: of the first sample, on the template's own axis.
        unit: of the samples.
    """

    samples: Samples
    interval_s: float
    start_s: float
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """A mask, and what its phase means.

    Attributes:
        mask: lower and upper limits over the phase.
        period_s: length of the period; None: that of the record; its phase 0 is the 50 %
            instant at which the largest positive phase begins, of several alike the one after the longest pause.
        begin_s: an instant of phase 0; only with a period.
    """

    mask: Mask
    period_s: float | None = None
    begin_s: float = 0.0

    def __post_init__(self) -> None:
        finite("the begin of a mask", self.begin_s)
        if self.period_s is not None and not finite("the period of a mask", self.period_s) > 0:
            raise RequestError(f"the period of a mask is {self.period_s:g} s; it must be above zero")


@dataclass(frozen=True, slots=True)
class Band:
    """A line that is looked for.

    Attributes:
        low_hz: its frequency, or the lower end of a band in which the strongest line is meant.
        high_hz: upper end of the band; None for one frequency.
    """

    low_hz: float
    high_hz: float | None = None

    def __post_init__(self) -> None:
        if not finite("the frequency of a line", self.low_hz) > 0:
            raise RequestError(f"the frequency of a line is {self.low_hz:g} Hz; it must be above zero")
        if self.high_hz is not None and not finite("the frequency of a line", self.high_hz) > self.low_hz:
            raise RequestError(f"a band from {self.low_hz:g} to {self.high_hz:g} Hz does not ascend")


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """What is asked of a record.

    Attributes:
        contact: for the ramp after it, and the restart.
        steps: for a sweep.
        template: for gain, offset, delay and residual.
        limits: for a mask.
        bands: lines in the spectrum.
    """

    contact: Contact | None = None
    steps: Steps | None = None
    template: Template | None = None
    limits: Limits | None = None
    bands: tuple[Band, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return bool(self.contact or self.steps or self.template or self.limits or self.bands)
