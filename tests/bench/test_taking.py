"""Readings of a unit that gives more than it should."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.bench.taking import read_within
from harness.capture import Reading
from harness.errors import BadAnswer, Overload
from tests.examples import bench_data

if TYPE_CHECKING:
    from harness.capture import SignalPath


def rig_that_holds(most_v: float) -> Any:  # noqa: ANN401 - what of a rig is asked for here
    """A multimeter that says overload on every range below so many volts."""

    def read(name: str, path: SignalPath, _count: int, _gate: object, how: str) -> Reading:
        if path.range < most_v:
            raise Overload("beyond the range")
        return Reading(name, (most_v,), how, path)

    return SimpleNamespace(read=read, data=bench_data())


def test_what_overloads_a_range_is_read_on_the_next_that_holds_it() -> None:
    """The reading keeps resistor and aperture, has the accuracy of its range, and says why."""
    rig = rig_that_holds(5.0)
    path = rig.data.multimeter_path(rig.data.safe_load, 600e-6, 0.2)
    reading = read_within(rig, "positive", path, 3, None, how="continuous")
    assert reading.path.range == 10.0 > path.range
    assert (reading.path.resistor, reading.path.aperture_s) == (path.resistor, 0.2)
    assert reading.path == rig.data.path_of("multimeter", path.resistor.id, 10.0, 0.2)
    assert f"beyond the {path.range:g} V range" in reading.gate


def test_an_overload_that_the_next_range_does_not_bear_out_is_a_fault_of_the_bench() -> None:
    """A current that stays as it is cannot overload one range and be less on the next; another may."""
    rig = rig_that_holds(5.0)
    path = rig.data.multimeter_path(rig.data.safe_load, 600e-6, 0.2)
    small = SimpleNamespace(read=lambda *given: replace(rig.read(*given), values_v=(0.1, 0.1)), data=rig.data)
    with pytest.raises(BadAnswer, match="one of the two is wrong"):
        read_within(small, "positive", path, 2, None, how="continuous")  # type: ignore[arg-type]
    free = read_within(small, "positive", path, 2, None, how="continuous", steady=False)  # type: ignore[arg-type]
    assert free.values_v == (0.1, 0.1)


def test_what_overloads_every_range_stays_an_overload() -> None:
    """There is no number then."""
    rig = rig_that_holds(1e6)
    with pytest.raises(Overload):
        read_within(rig, "positive", rig.data.multimeter_path(rig.data.safe_load, 600e-6), 3, None, how="continuous")
