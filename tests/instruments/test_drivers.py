"""Which driver speaks to which model."""

from __future__ import annotations

import pytest

from harness.instruments import Daq970a, InfiniiVision, Truevolt, driver_of


@pytest.mark.parametrize(
    ("role", "model", "driver"),
    [
        ("multimeter", "34465A", Truevolt),
        ("multimeter", "34470A", Truevolt),
        ("oscilloscope", "DSOX1204G", InfiniiVision),
        ("switch", "DAQ970A", Daq970a),
    ],
)
def test_a_driver_is_found_by_what_answers(role: str, model: str, driver: type) -> None:
    """The model that an instrument answers names its driver, in its role."""
    assert driver_of(role, model)[0] is driver


@pytest.mark.parametrize(("role", "model"), [("multimeter", "34461A"), ("multimeter", "DSOX1204G"), ("switch", "")])
def test_a_model_without_a_driver_is_not_guessed_at(role: str, model: str) -> None:
    """An unknown model, or one of another role, has no driver; those that have one are named."""
    driver, known = driver_of(role, model)
    assert driver is None
    assert model not in known
    assert known
