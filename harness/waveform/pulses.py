"""Every pulse parameter of a record, each with its error bound or the reason why it does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.parameter import Estimate, parameter
from harness.waveform.samples import as_interval, resolution
from harness.waveform.histogram import histogram
from harness.waveform.states import two_states
from harness.waveform.survey import Survey, survey

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.parameter import Parameter
    from harness.waveform.samples import Samples


def pulse_parameters(samples: ArrayLike, interval_s: float) -> tuple[Parameter, ...]:
    """Measure every pulse parameter of a record.

    Args:
        samples: one row, in any unit U.
        interval_s: between two samples.

    Returns:
        Parameters in a fixed order. Those of one phase of a biphasic waveform begin with `positive.` or `negative.`.

    Raises:
        NotFinite: a sample or the interval is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
    """
    record = survey(samples)
    as_interval(interval_s)
    source = "IEEE Std 181-2011, 5.2"
    return (
        parameter("low_state", "U", source, lambda: _level(record, upper=False)),
        parameter("high_state", "U", source, lambda: _level(record, upper=True)),
    )


def _level(record: Survey, *, upper: bool) -> Estimate:
    """Return one of two states; half a code and the whole noise bound its error."""
    states = two_states(record, histogram(record), 0.0)
    if not np.ptp(record.record) > 0:
        raise NotMeasurable("there is no transition")
    return Estimate(states.high if upper else states.low, resolution(record.record) / 2 + states.noise)
