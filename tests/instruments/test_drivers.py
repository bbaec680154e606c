"""Which driver speaks to which model."""

from __future__ import annotations

import pytest

from harness.instruments import (
    BenchWatchdog,
    Daq970a,
    E36312a,
    InfiniiVision,
    TemperatureChamber,
    Trueform33500,
    Truevolt,
    driver_of,
)


@pytest.mark.parametrize(
    ("role", "model", "driver"),
    [
        ("multimeter", "34465A", Truevolt),
        ("multimeter", "34470A", Truevolt),
        ("oscilloscope", "DSOX1204G", InfiniiVision),
        ("switch", "DAQ970A", Daq970a),
        ("contact_switch", "33512B", Trueform33500),
        ("contact_switch", "33522B", Trueform33500),
        ("supply", "E36312A", E36312a),
        ("auxiliary_supply", "E36312A", E36312a),
        ("watchdog", "BW1", BenchWatchdog),
        ("chamber", "TC1", TemperatureChamber),
    ],
)
def test_a_driver_is_found_by_what_answers(role: str, model: str, driver: type) -> None:
    """The model that an instrument answers names its driver, in its role."""
    assert driver_of(role, model)[0] is driver


@pytest.mark.parametrize(
    ("role", "model"),
    [
        ("multimeter", "34461A"),
        ("multimeter", "DSOX1204G"),
        ("switch", ""),
        ("contact_switch", "33511B"),
        ("supply", "E3631A"),
        ("watchdog", "BW"),
    ],
)
def test_a_model_without_a_driver_is_not_guessed_at(role: str, model: str) -> None:
    """An unknown model, or one of another role, has no driver; those that have one are named."""
    driver, known = driver_of(role, model)
    assert driver is None
    assert model not in known
    assert known
