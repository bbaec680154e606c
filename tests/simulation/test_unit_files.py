"""Unit files: every one of the checkout is read, and each wrong parameter is refused by its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import DefinitionError
from harness.simulation.files.unitfile import read_unit

UNITS = Path(__file__).parents[2] / "fixtures/units"
FILES = sorted(UNITS.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_unit_of_the_checkout_says_which_it_is(path: Path) -> None:
    """A file is named by its device, its defect and perhaps a variant; a defect's first line begins with its number."""
    unit = read_unit(path)
    if unit.defect:
        assert f"{path.stem}-".startswith(f"{unit.device}-{unit.defect}-")
        assert path.read_text(encoding="utf-8").startswith(f"# {unit.defect}, ")
    else:
        assert path.stem.startswith(unit.device)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_defect_differs_from_the_healthy_unit(path: Path) -> None:
    """Nothing but the healthy file itself describes the healthy unit."""
    unit = read_unit(path)
    healthy = read_unit(UNITS / f"{unit.device}.toml")
    assert (replace(unit, defect="") == healthy) is (path.stem == unit.device)
    assert unit.identity == healthy.identity


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """A file with the required keys only is an ideal unit without contact sensing and without a trip."""
    path = tmp_path / "unit.toml"
    path.write_text(
        """
        device = "x"
        identity = { maker = "M", model = "X", serial_number = "SIM-1", firmware = "1" }
        electronics = { compliance_v = 24.0, output_resistance_ohm = 1e7 }
        [firmware]
        modes = [{ name = "a", waveform = "square", frequencies_hz = [1.0, 2.0] }]
        levels_a = [1e-3]
        """,
        encoding="utf-8",
    )
    unit = read_unit(path)
    assert (unit.electronics.gain, unit.electronics.negative_gain, unit.electronics.output_capacitance_f) == (1, 1, 0)
    assert (unit.firmware.duty, unit.firmware.flips, unit.firmware.channels) == (0.5, True, 1)
    assert unit.firmware.modes[0].settable
    assert not unit.contact.sensing
    assert unit.overload.trip_a == 0.0


MODES = "[firmware]\nmodes = ["


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("[electronics]\nstuck_a = inf", "electronics.stuck_a"),
        ("[electronics]\noutput_capacitance_f = -1e-12", "electronics.output_capacitance_f"),
        ("[electronics]\nnegative_gain = -1.0", "electronics.negative_gain"),
        ("[firmware]\nmodes = []", "firmware.modes"),
        ("[firmware]\nmodes = ['steady']", "firmware.modes[0]"),
        ("[firmware]\nalternation_period_s = 1.0", "firmware.alternation_period_s"),
        (MODES + "{ name = 'A', waveform = 'dc', alternation_period_s = 1.0 }]", "firmware.modes[0].name"),
        (MODES + "{ name = 'a', waveform = 'sine' }]", "firmware.modes[0].waveform"),
        (MODES + "{ name = 'a', waveform = 'dc' }]", "firmware.modes[0].alternation_period_s"),
        (MODES + "{ name = 'a', waveform = 'square', frequencies_hz = [] }]", "firmware.modes[0].frequencies_hz"),
        (MODES + "{ name = 'a', waveform = 'square', frequencies_hz = [0.0] }]", "firmware.modes[0].frequencies_hz"),
        (MODES + "{ name = 'a', waveform = 'square', frequencies_hz = [9e4] }]", "firmware.modes[0].frequencies_hz"),
        (
            MODES + "{ name = 'a', waveform = 'square', frequencies_hz = [5.0], dwell_s = 1.0 }]",
            "firmware.modes[0].dwell_s",
        ),
        (
            MODES + "{ name = 'a', waveform = 'pulses', frequencies_hz = [250.0], pulse_width_s = 2e-3 }]",
            "firmware.modes[0].pulse_width_s",
        ),
        (
            MODES + "{ name = 'a', waveform = 'staircase', frequencies_hz = [1.0], dwell_s = 1.0, settable = true }]",
            "firmware.modes[0].settable",
        ),
        ("[firmware]\nduty = 1.0", "firmware.duty"),
        ("[firmware]\nlevel_shift = -1", "firmware.level_shift"),
        ("[firmware]\nchannels = 0", "firmware.channels"),
        ("[firmware]\nclock_spread_ppm = 2e5", "firmware.clock_ppm"),
        ("[firmware]\ntimer_tick_s = 0.0\ntimer_reload_error = 1", "firmware.timer_reload_error"),
        ("[contact]\nsense_period_s = 0.0", "contact.sense_period_s"),
        ("[contact]\nsense_width_s = 5e-3", "contact.sense_width_s"),
        ("[contact]\ndebounce_s = nan", "contact.debounce_s"),
        ("[contact]\nstuck = 1", "contact.stuck"),
        ("[overload]\ntrip_a = -1e-3", "overload.trip_a"),
        ("[overload]\nlatched = true", "overload.latched"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_key(tmp_path: Path, change: str, key: str) -> None:
    """The sentence names the file and the dotted key."""
    path = tmp_path / "wrong.toml"
    path.write_text(f"extends = 'foreo-bear-2'\n{change}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_unit(path)
    assert f"wrong.toml: {key}: " in str(refused.value)


@pytest.mark.parametrize("key", ["sense_period_s", "sense_current_a", "sense_width_s", "threshold_ohm"])
def test_a_unit_that_senses_says_how(tmp_path: Path, key: str) -> None:
    """With sensing on the four figures of it have no default."""
    given = {"sense_period_s": 5e-3, "sense_current_a": 1e-6, "sense_width_s": 1e-4, "threshold_ohm": 5e5}
    rows = "\n".join(f"{name} = {value}" for name, value in given.items() if name != key)
    path = tmp_path / "wrong.toml"
    path.write_text(f"extends = 'pantheon-clinical'\n[contact]\nsensing = true\n{rows}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=f"contact.{key}: is missing"):
        read_unit(path)
