"""A waveform parameter that exists with an error bound, or does not exist for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NotFinite, NotMeasurable
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a function of this room stands for.

    Attributes:
        value: best estimate.
        bound: largest error from sampling, resolution and noise of the record, in the unit of the value; the formula of
            each parameter stands in docs/waveform-accuracy.md. What the instrument adds (gain, time base) is not in it.
    """

    value: float
    bound: float

    def __post_init__(self) -> None:
        finite("a waveform parameter", self.value)
        if finite("the error bound of a waveform parameter", self.bound) < 0:
            raise NotFinite("the error bound of a waveform parameter is negative")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named waveform parameter of a record.

    Attributes:
        name: the term of IEEE Std 181, or of this field.
        unit: SI symbol; `U` stands for the unit of the samples (`U s` for its time integral).
        estimate: its value and error bound; None where it does not exist.
        absent: why it does not exist; empty where it does.
        source: document and clause of its definition.
    """

    name: str
    unit: str
    estimate: Estimate | None
    absent: str
    source: str

    def __post_init__(self) -> None:
        if (self.estimate is None) != bool(self.absent):
            raise ValueError(f"{self.name}: either a value or a reason why there is none")


def parameter(name: str, unit: str, source: str, measure: Callable[[], Estimate]) -> Parameter:
    """Measure one parameter; a record that cannot stand for it gives the reason instead of a number.

    So does a result beyond every instrument's range: a slope of 1e37 V in a microsecond.
    """
    try:
        return Parameter(name, unit, measure(), "", source)
    except (NotMeasurable, NotFinite) as reason:
        return Parameter(name, unit, None, str(reason), source)
