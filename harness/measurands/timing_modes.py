"""Whether modes can be told apart, and whether each is what it is declared to be.

Features of a record: logarithms of the lowest and the highest frequency of its cycles, share of the time in which
current flows, logarithm of the crest factor, and net current over rectified mean. The distance of two records is the
largest difference of one feature; 0.1 is about 10 % of a frequency or 0.1 of the time.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.registry import register
from harness.measurands.timing_records import declared_of, evidence, names_of, phases_of
from harness.measurands.timing_sweep import declared_course
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.timing_records import Declared, Phases
    from harness.quantity import Derivation, Measurement

    Features = tuple[float, float, float, float, float]

_MODE, _ZERO = "mode-", "zero-"
_SLOWEST_HZ = 0.05
"""Stands for the frequency of what does not alternate."""

_OUTLYING = 0.02
"""Share of the time that cycles at either end may take and be odd: where the frequency changes.

Of the time and not of the cycles: of a sweep those of the slow end are few and take long.
"""

_SWEEPING = frozenset({"staircase", "sweep"})
_FLOWS = 0.5
_EDGES_OF_PHASE = 2.0


def _features(phases: Phases) -> Features:
    """Of a record; of one without current all that is left is that nothing flows."""
    if phases.train is None:
        return (math.log(_SLOWEST_HZ), math.log(_SLOWEST_HZ), 0.0, 0.0, 0.0)
    lengths = np.diff(phases.instants_s)
    low, high = _ends(lengths) if lengths.size else (_SLOWEST_HZ, _SLOWEST_HZ)
    # Over whole cycles: what is cut off at the ends is no property of the mode.
    instants = phases.instants_s / phases.interval_s
    along = phases.along[round(instants[0]) : round(instants[-1])] if instants.size > 1 else phases.along
    flows = np.abs(along) > _FLOWS * phases.train.level
    share = float(flows.mean())
    magnitude = np.abs(along)[flows]
    square = share * float((magnitude**2).mean())
    net = phases.direction * float(along[flows].sum() / magnitude.sum())
    return (math.log(low), math.log(high), share, math.log(phases.train.level / math.sqrt(square)), net)


def _ends(lengths_s: NDArray[np.float64]) -> tuple[float, float]:
    """Lowest and highest frequency of cycles of these lengths, but for the outlying share of the time at either end."""
    ascending = np.sort(lengths_s)
    passed = np.cumsum(ascending) / ascending.sum()
    shortest, longest = np.minimum(np.searchsorted(passed, (_OUTLYING, 1 - _OUTLYING)), ascending.size - 1)
    return 1 / float(ascending[longest]), 1 / float(ascending[shortest])


def _template(told: Declared) -> Features:
    """The same of what is declared."""
    bipolar = told.polarity is Polarity.BIPOLAR
    low = high = told.frequency_hz or _SLOWEST_HZ
    if told.waveform in _SWEEPING:
        low, high = _ends(1 / declared_course(told).hz)
    share = 1.0 if bipolar or told.waveform == "dc" else 0.5
    if told.rests:
        share = (2 if bipolar else 1) * told.numbers["pulse_width_s"] * (told.frequency_hz or 0.0)
    net = 0.0 if bipolar else float(told.polarity.sign)
    return (math.log(low), math.log(high), share, -math.log(share) / 2, net)


def _distance(one: Features, other: Features) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _of_modes(observation: Observation) -> list[Phases]:
    """The record of every mode.

    Raises:
        NotMeasurable: there are fewer than two.
    """
    names = names_of(observation, _MODE)
    if len(names) < 2:  # noqa: PLR2004 - one mode is told from none
        raise NotMeasurable(f"{observation.key} holds no two modes")
    return [phases_of(observation, name, _ZERO + name.removeprefix(_MODE)) for name in names]


def _doubt(records: Sequence[Phases]) -> float:
    """What sampling and one code make of the worst feature, at most."""
    worst = 0.0
    for record in records:
        if record.train is None or not record.train.length[1:-1].size:
            continue
        flowing = record.train.length[1:-1][record.train.sign[1:-1] != 0]
        edges = _EDGES_OF_PHASE / float(np.median(flowing)) if flowing.size else 0.0
        code = record.capture.increment_v / record.capture.path.resistor.resistance_ohm / record.train.level
        worst = max(worst, edges + code)
    return worst or _EDGES_OF_PHASE / records[0].along.size


def _result(observation: Observation, derivation: Derivation, records: Sequence[Phases], value: float) -> Measurement:
    budget = Budget()
    source = "two samples of a phase and one code of the level"
    number = budget.bounded("features: sampling", value, _doubt(records), None, source)
    names = names_of(observation, _ZERO) + names_of(observation, _MODE)
    return budget.measurement(number, "1", derivation, evidence(observation, *names))


@register("mode-separation", 2)
def _separation(observation: Observation, derivation: Derivation) -> Measurement:
    """Smallest distance between any two modes."""
    records = _of_modes(observation)
    found = [_features(record) for record in records]
    value = min(_distance(one, other) for one, other in combinations(found, 2))
    return _result(observation, derivation, records, value)


@register("mode-deviation", 2)
def _mode_deviation(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest distance of a mode from what is declared of it."""
    records = _of_modes(observation)
    value = max(_distance(_features(record), _template(declared_of(record.capture))) for record in records)
    return _result(observation, derivation, records, value)
