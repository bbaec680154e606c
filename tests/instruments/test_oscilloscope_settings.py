"""The oscilloscope against a scripted peer: its settings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NotFinite, Refused
from harness.instruments import Edge, Input
from tests.instruments.scripted_scope import IDENTITY, INPUT, MONITOR, scope, sent

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug


@pytest.mark.parametrize(
    ("length_s", "before_s", "scale", "position"),
    [
        (0.2, 0.0, "0.02", "0.02"),
        (0.2, 0.02, "0.02", "0"),
        (500e-6, 20e-6, "5e-05", "3e-05"),
        (0.01, 0.5e-3, "0.001", "0.0005"),
        (2.5, 0.25, "0.25", "0"),
        (5e-3, 4e-3, "0.0005", "-0.0035"),
    ],
)
def test_a_record_begins_before_its_trigger(
    plug: Plug, length_s: float, before_s: float, scale: str, position: str
) -> None:
    """With the reference one division in, a position of one division less the time before begins there."""
    driver, instrument = scope(plug, shared=f"{scale};{position};NORM\n".encode())
    driver.set_up([INPUT], length_s, before_s=before_s)
    assert {f":TIMebase:SCALe {scale}", ":TIMebase:REFerence LEFT", f":TIMebase:POSition {position}"} <= set(
        sent(instrument)
    )


def test_only_the_inputs_are_displayed(plug: Plug) -> None:
    """Channels that are not asked for are switched off, and the model says how many there are."""
    driver, instrument = scope(plug)
    driver.set_up([INPUT, MONITOR], 0.2)
    displays = [part for part in sent(instrument) if "DISPlay" in part]
    assert displays == [f":CHANnel{number}:DISPlay {int(number < 3)}" for number in (1, 2, 3, 4)]
    two, instrument = scope(plug, identity=b"KEYSIGHT TECHNOLOGIES,DSOX1202A,SIM1,02.11\n")
    two.set_up([INPUT], 0.2)
    two.set_up([INPUT], 0.2)
    assert [part for part in sent(instrument) if "DISPlay" in part] == [
        ":CHANnel1:DISPlay 1",
        ":CHANnel2:DISPlay 0",
    ] * 2
    assert instrument.heard.count(IDENTITY) == 1


def test_a_channel_that_is_not_there(plug: Plug) -> None:
    """A channel beyond those of the model is refused before anything is set."""
    driver, instrument = scope(plug, identity=b"KEYSIGHT TECHNOLOGIES,DSOX1202A,SIM1,02.11\n")
    with pytest.raises(Refused, match="has 2 channels, but channel 3"):
        driver.set_up([INPUT, Input(3, 1.0)], 0.2)
    assert instrument.heard == [IDENTITY]


def test_a_model_that_is_not_known(plug: Plug) -> None:
    """A model whose number of channels nobody knows is refused."""
    with pytest.raises(Refused, match="DSOX9999Z; its driver knows DSOX1202A"):
        scope(plug, identity=b"KEYSIGHT TECHNOLOGIES,DSOX9999Z,SIM1,02.11\n")


def test_no_record_takes_longer_than_the_next(plug: Plug) -> None:
    """The first record is set up by as many messages as the second: a point gives the same bytes wherever it stands."""
    driver, instrument = scope(plug)
    lengths = []
    for _ in range(2):
        before = len(instrument.heard)
        driver.set_up([INPUT], 0.2)
        lengths.append(len(instrument.heard) - before)
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize(
    ("inputs", "length_s", "before_s", "points"),
    [
        ([], 0.2, 0.0, 5000),
        ([INPUT, INPUT], 0.2, 0.0, 5000),
        ([Input(0, 1.0)], 0.2, 0.0, 5000),
        ([INPUT], 0.0, 0.0, 5000),
        ([INPUT], 0.2, -0.1, 5000),
        ([INPUT], 0.2, 0.2, 5000),
        ([INPUT], 0.2, 0.0, 0),
    ],
    ids=["no input", "one twice", "channel 0", "no length", "after the trigger", "all before", "no point"],
)
def test_what_is_no_record(plug: Plug, inputs: list[Input], length_s: float, before_s: float, points: int) -> None:
    """A record that cannot be is refused before anything is sent."""
    driver, instrument = scope(plug)
    before = list(instrument.heard)
    with pytest.raises(ValueError, match="a record"):
        driver.set_up(inputs, length_s, before_s=before_s, points=points)
    assert instrument.heard == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -9.9e37])
def test_settings_are_numbers(plug: Plug, value: float) -> None:
    """NaN, infinity and overload are no scale, offset, probe ratio, trigger level, length or time."""
    driver, _ = scope(plug)
    for ask in (
        lambda: Input(1, value),
        lambda: Input(1, 1.0, probe_ratio=value),
        lambda: Input(1, 1.0, offset_v=value),
        lambda: Edge(value, rising=True),
        lambda: driver.set_up([INPUT], value),
        lambda: driver.set_up([INPUT], 0.2, before_s=value),
    ):
        with pytest.raises(NotFinite):
            ask()


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_scales_are_positive(value: float) -> None:
    """A scale and a probe ratio are above zero."""
    for scale, ratio in ((value, 1.0), (1.0, value)):
        with pytest.raises(ValueError, match="must be above 0"):
            Input(1, scale, probe_ratio=ratio)


@pytest.mark.parametrize(
    "answers",
    [
        {"settings": b"+5.0E-01;+0.0E+00;+1.0E+00;DC\n"},
        {"settings": b"+2.0E-01;+1.0E-01;+1.0E+00;DC\n"},
        {"settings": b"+2.0E-01;+0.0E+00;+1.0E+01;DC\n"},
        {"settings": b"+2.0E-01;+0.0E+00;+1.0E+00;AC\n"},
        {"shared": b"+5.0E-02;+2.0E-02;NORM\n"},
        {"shared": b"+2.0E-02;+0.0E+00;NORM\n"},
        {"shared": b"+2.0E-02;+2.0E-02;PEAK\n"},
        {"shared": b"+2.0E-02;+2.0E-02;HRES\n"},
    ],
    ids=["scale", "offset", "probe ratio", "coupling", "time base", "position", "peaks", "high resolution"],
)
def test_settings_that_are_not_as_asked(plug: Plug, answers: dict[str, bytes]) -> None:
    """An oscilloscope that says another scale, offset, probe, coupling, time base, position or type is refused."""
    driver, _ = scope(plug, **answers)
    with pytest.raises(Refused, match=r"oscilloscope.* was set to .* but says"):
        driver.set_up([INPUT], 0.2)


def test_the_settings_of_every_input_are_held_to_what_was_asked(plug: Plug) -> None:
    """A wrong probe ratio of the second input is refused by its channel."""
    driver, _ = scope(plug, second=b"+1.0E+00;+1.5E+00;+1.0E+00;DC\n")
    with pytest.raises(Refused, match="channel 2 was set to"):
        driver.set_up([INPUT, MONITOR], 0.2)


@pytest.mark.parametrize(
    "answers",
    [
        {"settings": b"+2.0E-01;+0.0E+00;+1.0E+00\n"},
        {"settings": b"\n"},
        {"settings": b"a;b;c;d\n"},
        {"settings": b"NAN;0;1;DC\n"},
        {"shared": b"2E-2;2E-2\n"},
        {"shared": b"2E-2;NAN;NORM\n"},
        {"shared": b"2E-2;2E-2;NORM;1\n"},
    ],
)
def test_settings_that_are_none(plug: Plug, answers: dict[str, bytes]) -> None:
    """Too few settings, or such as are no numbers, are no settings."""
    driver, _ = scope(plug, **answers)
    with pytest.raises(BadAnswer):
        driver.set_up([INPUT], 0.2)
