"""The measured rows of FDA's output table, for every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("output-table.waveform")
def test_table_waveform(observation: Observation, judge: Judge) -> None:
    """Directions, form and symmetry of the phases."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.current")
def test_table_current(observation: Observation, judge: Judge) -> None:
    """Largest current into three loads."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.voltage")
def test_table_voltage(observation: Observation, judge: Judge) -> None:
    """Largest voltage into three loads."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.pulse")
def test_table_pulse(observation: Observation, judge: Judge) -> None:
    """Durations of the phases, and frequencies."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.charge")
def test_table_charge(observation: Observation, judge: Judge) -> None:
    """Net charge and charge of a phase."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.density")
def test_table_density(observation: Observation, judge: Judge) -> None:
    """Current density, r.m.s., and power density of the worst second."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.on-off")
def test_table_on_off(observation: Observation, judge: Judge) -> None:
    """ON and OFF time over a session."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.average-current")
def test_table_average_current(observation: Observation, judge: Judge) -> None:
    """Rectified mean."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.burst")
def test_table_burst(observation: Observation, judge: Judge) -> None:
    """Burst structure."""
    judge.rows(observation)


@pytest.mark.requirement("output-table.tracings")
def test_table_tracings(observation: Observation, judge: Judge) -> None:
    """Whole tracings of a pulse and of a series of pulses."""
    judge.rows(observation)
