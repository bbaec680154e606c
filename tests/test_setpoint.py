"""What the stimulator is told, and what it may ever be told."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from harness.errors import EnvelopeExceeded, NotFinite
from harness.setpoint import Envelope, OperatingPoint, Polarity, Setpoint

ENVELOPE = Envelope(
    ceiling_a=1000e-6,
    channels=frozenset({1, 2}),
    modes=frozenset({"steady"}),
    polarities=frozenset({Polarity.POSITIVE, Polarity.BIPOLAR}),
    levels=10,
)
SETPOINT = Setpoint(1, "steady", 10, 680e-6, Polarity.POSITIVE)


@pytest.mark.parametrize("level", [0, 1, 10])
@pytest.mark.parametrize("current_a", [0.0, 680e-6, 1000e-6])
def test_what_is_inside_the_envelope_may_be_told(level: int, current_a: float) -> None:
    """The ends of every range belong to the envelope, and so does zero current."""
    ENVELOPE.check(replace(SETPOINT, level=level, current_a=current_a))


@pytest.mark.parametrize(
    ("field", "asked", "allowed"),
    [
        ("channel", 3, r"\[1, 2\]"),
        ("channel", 0, r"\[1, 2\]"),
        ("mode", "ramp", r"\['steady'\]"),
        ("polarity", Polarity.NEGATIVE, r"\['bipolar', 'positive'\]"),
        ("level", 11, "0 to 10"),
        ("level", -1, "0 to 10"),
        ("current_a", 1000.1e-6, "0 to 0.001"),
        ("current_a", -1e-9, "0 to 0.001"),
    ],
)
def test_what_is_outside_the_envelope_is_refused(field: str, asked: object, allowed: str) -> None:
    """Each setting outside the envelope is refused by name, with what was asked and what is allowed."""
    with pytest.raises(EnvelopeExceeded, match=rf"^{field} .* is outside the envelope; allowed: {allowed}$"):
        ENVELOPE.check(replace(SETPOINT, **{field: asked}))


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_a_setpoint_is_a_number(value: float) -> None:
    """No setpoint exists whose current is NaN, infinite or an overload answer."""
    with pytest.raises(NotFinite, match="current of a setpoint"):
        replace(SETPOINT, current_a=value)


def test_an_envelope_whose_ceiling_is_nan_lets_nothing_through() -> None:
    """A comparison with NaN is never true, and the envelope is written so that this refuses."""
    with pytest.raises(EnvelopeExceeded, match="current_a"):
        replace(ENVELOPE, ceiling_a=math.nan).check(SETPOINT)


def test_the_phases_of_a_polarity() -> None:
    """A bipolar setting has a positive and then a negative phase, any other just its own."""
    assert Polarity.BIPOLAR.phases == (Polarity.POSITIVE, Polarity.NEGATIVE)
    assert [polarity.phases for polarity in Polarity][:2] == [(Polarity.POSITIVE,), (Polarity.NEGATIVE,)]


def test_the_sign_of_a_phase() -> None:
    """Positive is +1, negative is -1, and a bipolar setting has no one sign."""
    assert (Polarity.POSITIVE.sign, Polarity.NEGATIVE.sign) == (1, -1)
    with pytest.raises(ValueError, match="no one sign"):
        _ = Polarity.BIPOLAR.sign


def test_keys_tell_operating_points_apart_and_fit_file_names() -> None:
    """Channel, mode, level, polarity and load all stand in the key, without a character that a file system refuses."""
    points = [
        OperatingPoint(Setpoint(channel, mode, level, 1e-6, polarity), load, 1.0)
        for channel, mode, level, polarity, load in itertools.product(
            (1, 2), ("steady", "ramp"), (1, 2, 10), Polarity, ("500R", "2k")
        )
    ]
    keys = {point.key for point in points}
    assert len(keys) == len(points)
    assert not any(set(key) & set(':/\\*?"<>| µ') for key in keys)
