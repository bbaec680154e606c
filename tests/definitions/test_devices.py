"""Device profiles, right and wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.errors import DefinitionError
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (LIBRARY / "devices" / "foreo-bear-2.toml").read_text(encoding="utf-8")
STATED = 'value = 1e-3\nbasis = "assumed"\nsource = "x"\n\n'
LEVELS = "[68e-6, 136e-6, 204e-6, 272e-6, 340e-6, 408e-6, 476e-6, 544e-6, 612e-6, 680e-6]"

WRONG = {
    "an unknown key": ('title = "', 'titel = "x"\ntitle = "', "titel", "not a known key"),
    "an unknown key of a value": ("value = 18.0", "value = 18.0\nunit = 'V'", "compliance_v.unit", "not a known key"),
    "a missing key": ('protocol = "stim1"', "", "protocol", "is missing"),
    "a missing schema": ("schema = 1", "", "schema", "is missing"),
    "another schema": ("schema = 1", "schema = 2", "schema", "input should be 1, not 2"),
    "a ceiling of NaN": ("value = 1000e-6", "value = nan", "ceiling_a.value", "finite number"),
    "an infinite ceiling": ("value = 1000e-6", "value = inf", "ceiling_a.value", "finite number"),
    "a ceiling in words": ("value = 1000e-6", 'value = "1 mA"', "ceiling_a.value", "valid number"),
    "a level of NaN": (LEVELS, "[nan]", "modes.0.levels_a.value.0", "finite number"),
    "a level in words": (LEVELS, '["68 µA"]', "modes.0.levels_a.value.0", "valid number"),
    "a negative level": (LEVELS, "[-68e-6, 68e-6]", "modes.0", "levels_a of mode steady must be positive and rise"),
    "a level of zero": (LEVELS, "[0.0, 68e-6]", "modes.0", "levels_a of mode steady must be positive and rise"),
    "levels that fall": (LEVELS, "[136e-6, 68e-6]", "modes.0", "must be positive and rise"),
    "a level twice": (LEVELS, "[68e-6, 68e-6]", "modes.0", "must be positive and rise"),
    "no level": (LEVELS, "[]", "modes.0", "mode steady has no level: an empty list would test nothing"),
    "no polarity": ('["positive", "negative", "bipolar"]', "[]", "modes.0", "mode steady has no polarity"),
    "an unknown polarity": ('["positive", "negative", "bipolar"]', '["up"]', "modes.0.polarities.value.0", "not 'up'"),
    "no load": ('["500R", "2k", "10k"]', "[]", "", "loads: an empty list would test nothing"),
    "no channel": ("value = 1\n", "value = 0\n", "", "channels must be at least 1"),
    "half a channel": ("value = 1\n", "value = 1.5\n", "channels.value", "integer"),
    "levels above the ceiling": ("680e-6]", "1000.1e-6]", "", "mode steady goes above ceiling_a, 0.001 A"),
    "another waveform": ('waveform = { value = "dc"', 'waveform = { value = "ac"', "modes.0.waveform.value", "'dc'"),
    "a tolerance of zero": (
        "current_tolerance = { value = 0.10",
        "current_tolerance = { value = 0.0",
        "modes.0",
        "current_tolerance of mode steady is 0, must be between 0 and 1",
    ),
    "a direction of zero": (
        "direction_fraction = { value = 0.02",
        "direction_fraction = { value = 0.0",
        "modes.0",
        "direction_fraction of mode steady is 0, must be between 0 and 1",
    ),
    "a frequency of zero": (
        "[modes.alternation_hz]\nvalue = 1.0",
        "[modes.alternation_hz]\nvalue = 0.0",
        "modes.0",
        "alternation_hz",
    ),
    "a value without source": (
        'source = "house limit for the state OFF, through 10 kΩ"\n',
        "",
        "residual_a.source",
        "is missing",
    ),
    "a basis of no kind": ('basis = "stated"', 'basis = "known"', "channels.basis", "not 'known'"),
    "a name with blanks": ('name = "foreo-bear-2"', 'name = "FOREO BEAR 2"', "name", "pattern"),
    "a load twice": ('["500R", "2k", "10k"]', '["500R", "500R"]', "", "load 500R stands twice"),
    "a polarity twice": (
        '["positive", "negative", "bipolar"]',
        '["positive", "positive"]',
        "modes.0",
        "mode steady has a polarity twice",
    ),
    "a mode twice": (
        "[[modes]]",
        TEXT[TEXT.index("[[modes]]") :] + "\n[[modes]]",
        "",
        "mode steady stands twice",
    ),
    "a negative residual": ("value = 1e-6", "value = -1e-6", "", "residual_a is -1e-06, must be above 0"),
    "a tolerance of everything": (
        "current_tolerance = { value = 0.10",
        "current_tolerance = { value = 5.0",
        "modes.0",
        "current_tolerance of mode steady is 5",
    ),
    "an alternation that is not there": (
        "[modes.alternation_hz]",
        "[modes.other_hz]",
        "modes.0.other_hz",
        "not a known key",
    ),
    "a negative watchdog": ("value = 3.0", "value = -3.0", "", "watchdog_s is -3, must be above 0"),
    "a negative compliance": ("value = 18.0", "value = -3.0", "", "compliance_v is -3, must be above 0"),
    "an empty source": (
        'source = "house limit for the state OFF, through 10 kΩ"',
        'source = ""',
        "residual_a.source",
        "at least 1 character",
    ),
    "no mode": (TEXT[TEXT.index("[[modes]]") :], "", "modes", "is missing"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_profile_is_one_sentence(tmp_path: Path, kind: str) -> None:
    """Each kind of wrong profile is refused with file, dotted key, and what was seen."""
    old, new, key, words = WRONG[kind]
    assert old in TEXT, "the example has to be a change of the real profile"
    path = tmp_path / "device.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_device(str(path))
    assert str(caught.value).startswith(f"{path}: {key}")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_profile_of_the_checkout() -> None:
    """The BEAR 2 is in ten even steps up to the 680 µA that its maker claims, below a ceiling of 1000 µA."""
    profile, path = load_device("foreo-bear-2")
    assert path == LIBRARY / "devices" / "foreo-bear-2.toml"
    assert profile.mode("steady").levels_a.value == pytest.approx([68e-6 * step for step in range(1, 11)], rel=1e-12)
    assert profile.ceiling_a.value == 1e-3
    assert {profile.ceiling_a.basis, profile.mode("steady").current_tolerance.basis} == {"assumed"}


def test_levels_are_counted_from_one() -> None:
    """Level 1 is the first current of the list, and only a bipolar setting alternates."""
    mode = load_device("foreo-bear-2")[0].mode("steady")
    lowest, highest = mode.setpoint(1, 1, Polarity.POSITIVE), mode.setpoint(1, 10, Polarity.BIPOLAR)
    assert (lowest.level, lowest.current_a, lowest.frequency_hz) == (1, 68e-6, None)
    assert (highest.level, highest.current_a, highest.frequency_hz) == (10, 680e-6, 1.0)


def test_the_envelope_of_a_profile() -> None:
    """The envelope holds the profile's ceiling, channels, modes, polarities and levels, and no more."""
    envelope = load_device("foreo-bear-2")[0].envelope
    assert (envelope.ceiling_a, envelope.channels, envelope.levels) == (1e-3, frozenset({1}), 10)
    assert envelope.modes == frozenset({"steady", "lifting", "tapping", "sculpting"})
    assert envelope.polarities == frozenset(Polarity)
    assert dict(envelope.frequencies_hz) == {}


def test_the_envelope_holds_the_frequencies_that_a_command_sets() -> None:
    """A mode whose frequency is settable may be given its own steps; a mode that steps by itself is given none."""
    envelope = load_device("pantheon-clinical")[0].envelope
    steps = (0.5, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 100.0, 160.0, 200.0, 1000.0, 1500.0)
    assert dict(envelope.frequencies_hz) == {"square": frozenset(steps)}
    assert (envelope.channels, envelope.levels) == (frozenset({1, 2}), 9)


CLINICAL = (LIBRARY / "devices" / "pantheon-clinical.toml").read_text(encoding="utf-8")
FURTHER_WRONG = {
    "a square wave without a duty": (
        CLINICAL.replace("duty_tolerance", "#"),
        "mode square is square and needs duty_tolerance",
    ),
    "a square wave with a pulse width": (
        CLINICAL.replace("[modes.levels_a]", "[modes.pulse_width_s]\n" + STATED + "[modes.levels_a]"),
        "mode square is square, which has no pulse_width_s",
    ),
    "frequencies that fall": (CLINICAL.replace("[0.5, 2.0,", "[2.0, 0.5,"), "must be positive and rise"),
    "frequencies of one name": (
        CLINICAL.replace("[0.5, 2.0, 5.0,", "[0.5, 2.0, 5.0, 5.000001,"),
        "frequencies_hz of mode square must differ within six digits",
    ),
    "a pulse longer than half a period": (
        re.sub(r"(?m)^(pulse_width_s = \{ value = )[^,]+", r"\g<1>0.2", TEXT),
        "two pulses of pulse_width_s do not fit into a period",
    ),
    "a sense period of zero": (
        re.sub(r"(?m)^(\[contact\.sense_period_s\]\nvalue|sense_period_s = \{ value) = [^,\n]+", r"\g<1> = 0.0", TEXT),
        "contact.sense_period_s is 0, must be above 0",
    ),
    "a trip that is over before it begins": (
        re.sub(r"(?m)^(\[trip\.within_s\]\nvalue|within_s = \{ value) = [^,\n]+", r"\g<1> = 1e-9", TEXT),
        "trip.within_s must be more than trip.time_s",
    ),
}


@pytest.mark.parametrize("kind", FURTHER_WRONG)
def test_what_a_device_says_of_itself_fits_together(tmp_path: Path, kind: str) -> None:
    """A waveform says what it needs and nothing else; times and frequencies are possible ones."""
    text, words = FURTHER_WRONG[kind]
    assert text not in {TEXT, CLINICAL}
    path = tmp_path / "device.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=words):
        load_device(str(path))


@pytest.mark.parametrize("kind", ["no load", "no channel", "levels above the ceiling", "a negative level"])
def test_a_rule_between_keys_quotes_no_table(tmp_path: Path, kind: str) -> None:
    """What two keys mean together is refused without the dump of a whole table."""
    path = tmp_path / "device.toml"
    path.write_text(TEXT.replace(*WRONG[kind][:2], 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_device(str(path))
    assert "{'" not in str(caught.value)


SWEEP = """
[[modes]]
name = "up-and-down"
waveform = { value = "sweep", basis = "assumed", source = "x" }
start_hz = { value = 2.0, basis = "assumed", source = "x" }
stop_hz = { value = 10.0, basis = "assumed", source = "x" }
law = { value = "linear", basis = "assumed", source = "x" }
direction = { value = "alternating", basis = "assumed", source = "x" }
sweep_s = { value = 10.0, basis = "assumed", source = "x" }
levels_a = { value = [50e-6, 100e-6], basis = "assumed", source = "x" }
polarities = { value = ["positive"], basis = "assumed", source = "x" }
current_tolerance = { value = 0.1, basis = "assumed", source = "x" }
direction_fraction = { value = 0.02, basis = "assumed", source = "x" }
frequency_tolerance = { value = 0.01, basis = "assumed", source = "x" }
settling_s = { value = 0.1, basis = "assumed", source = "x" }
"""


def test_a_sweep_has_two_ends_and_one_way(tmp_path: Path) -> None:
    """A sweep in one way of so many seconds is taken; its setpoints have the frequency at which it starts."""
    path = tmp_path / "sweep.toml"
    path.write_text(TEXT + SWEEP, encoding="utf-8")
    mode = load_device(str(path))[0].mode("up-and-down")
    assert mode.setpoint(1, 2, Polarity.POSITIVE).frequency_hz == 2.0
    assert not mode.is_settable


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("value = 10.0,", "value = 1.0,", "start_hz of mode up-and-down must be below stop_hz"),
        ("sweep_s = ", "dwell_s = ", "needs either sweep_s, or steps and dwell_s"),
        ('law = { value = "linear", basis = "assumed", source = "x" }', "", "is sweep and needs law"),
        ("sweep_s = ", 'steps = { value = 5, basis = "assumed", source = "x" }\nsweep_s = ', "needs either sweep_s"),
        ('"linear"', '"cubic"', "'linear' or 'logarithmic'"),
    ],
)
def test_a_wrong_sweep_is_one_sentence(tmp_path: Path, right: str, wrong: str, sentence: str) -> None:
    """Ends the wrong way round, two ways at once, a law that is none: refused with what was seen."""
    path = tmp_path / "sweep.toml"
    path.write_text(TEXT + SWEEP.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(sentence)):
        load_device(str(path))
