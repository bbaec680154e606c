"""Which accuracy row a reading gets, and when a bench refuses to work with its data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.definitions.accuracy import load_accuracy
from harness.errors import DefinitionError
from tests.examples import bench_data

if TYPE_CHECKING:
    from harness.definitions.benches import BenchDefinition


def test_metal_refuses_remembered_data() -> None:
    """The 34465A's input resistance is remembered: on metal that stops the run, with file, function and what to do."""
    with pytest.raises(DefinitionError, match=r"keysight-34465a: mark: dc-volts of 34465A is remembered \(M\); read"):
        bench_data().refuse_remembered()


def test_metal_refuses_a_remembered_oscilloscope() -> None:
    """So does an oscilloscope whose gain is remembered, where the multimeter is well known."""
    data = bench_data()
    read = data.multimeter.model_copy(
        update={"inputs": tuple(each.model_copy(update={"mark": "P"}) for each in data.multimeter.inputs)}
    )
    data = replace(data, multimeter=read, definition=aged(3.0))
    data.refuse_remembered()
    oscilloscope, _ = load_accuracy("rigol-ds1054z")
    with pytest.raises(DefinitionError, match="dc-difference of DS1054Z is remembered"):
        replace(data, oscilloscope=oscilloscope).refuse_remembered()


def test_metal_refuses_a_time_base_of_unknown_age() -> None:
    """A time base that ages needs its years, 0 where it is new; one that does not needs none."""
    data = bench_data()
    read = data.multimeter.model_copy(update={"inputs": ()})
    with pytest.raises(
        DefinitionError, match=r"instruments\.oscilloscope\.years_in_use: is missing: .* DSOX1204G ages"
    ):
        replace(data, multimeter=read).refuse_remembered()
    replace(data, multimeter=read, definition=aged(0.0)).refuse_remembered()
    base = data.oscilloscope.time_base
    assert base is not None
    steady = base.model_copy(update={"ageing_ppm_per_year": 0.0})
    other = data.oscilloscope.model_copy(update={"time_base": steady})
    replace(data, multimeter=read, oscilloscope=other).refuse_remembered()


def aged(years: float) -> BenchDefinition:
    """The simulated bench with an oscilloscope so many years in use."""
    instruments = dict(bench_data().definition.instruments)
    instruments["oscilloscope"] = instruments["oscilloscope"].model_copy(update={"years_in_use": years})
    return bench(instruments=instruments)


def bench(**changes: object) -> BenchDefinition:
    """The simulated bench with other surroundings."""
    return bench_data().definition.model_copy(update=changes)


@pytest.mark.parametrize(("room", "beyond"), [(23.0, 0.0), (25.0, 2.0), (20.0, 3.0)])
def test_the_room_of_the_bench_file_chooses_the_bound(room: float, beyond: float) -> None:
    """Room and its half width, 5 K, against the band of the multimeter's row: the coefficient is in the path."""
    data = replace(bench_data(), definition=bench(temperature_c=room))
    row = data.multimeter_path(data.safe_load, 600e-6).accuracy
    assert row.gain_of_reading == pytest.approx((0.0040 + 0.0005 * beyond) / 100)


def test_the_interval_of_the_bench_file_chooses_the_columns() -> None:
    """specification_interval of an instrument chooses the columns of its data sheet."""
    data = bench_data()
    instruments = dict(data.definition.instruments)
    instruments["multimeter"] = instruments["multimeter"].model_copy(update={"specification_interval": "2 years"})
    data = replace(data, definition=bench(instruments=instruments))
    assert data.multimeter_path(data.safe_load, 600e-6).accuracy.gain_of_reading == pytest.approx(0.0055 / 100)


def test_the_time_base_ages_by_the_bench_file() -> None:
    """years_in_use of the oscilloscope: 50 ppm of the DSOX1204G, and 5 for each year."""
    data = bench_data()
    assert data.oscilloscope_path(data.safe_load, 600e-6, 1.0).time_base == 50.0 * 1e-6
    data = replace(data, definition=aged(3.0))
    assert data.oscilloscope_path(data.safe_load, 600e-6, 1.0).time_base == pytest.approx(65e-6)
