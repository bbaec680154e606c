"""Every device profile of the checkout: it can be planned, decided, and simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.generic_unit import generic_unit
from harness.errors import RequestError
from harness.plugin import definitions
from harness.plugin.definitions import load_definitions
from harness.plugin.options import Options
from harness.setpoint import Polarity
from harness.simulation.files.unitfile import read_unit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.plugin.definitions import Definitions

DEVICES = sorted(path.stem for path in (LIBRARY / "devices").glob("*.toml"))
MILLIAMPERES = {"tens-reference", "electroacupuncture-reference", "pantheon-4c-pro"}


def planned(device: str, unit: str | None = None) -> Definitions:
    """The definitions of a run on the reference bench."""
    return load_definitions(Options(device, "simulated", unit, None, None, None, None, None))


@pytest.mark.parametrize("device", DEVICES)
def test_every_profile_is_planned_and_decided(device: str) -> None:
    """The reference bench reaches T/U of 1.5 at every value; all channels have a point, and a unit of its own fits."""
    made = planned(device)
    assert [row.point.key for row in made.plan.rows if not row.decidable] == []
    channels = {point.setpoint.channel for point in made.plan.points}
    assert channels == set(range(1, made.profile.channels.value + 1))
    unit = read_unit(LIBRARY / "units" / f"{device}.toml")
    assert unit.firmware.levels_a == pytest.approx(made.profile.modes[0].levels_a.value)
    assert [mode.name for mode in unit.firmware.modes] == [mode.name for mode in made.profile.modes]
    assert (unit.identity.maker, unit.identity.model) == (
        made.profile.identity.maker,
        made.profile.identity.model,
    )


def test_the_class_goes_with_the_current() -> None:
    """Microcurrent is at most a milliampere; contrast classes go beyond it, in both directions."""
    for device in DEVICES:
        profile, _ = load_device(device)
        assert profile.device_class is not None
        most = max(mode.levels_a.value[-1] for mode in profile.modes)
        is_micro = profile.device_class.value == "microcurrent"
        assert is_micro == (most <= 1e-3) == (device not in MILLIAMPERES)
        if not is_micro:
            assert {mode.polarities.value for mode in profile.modes} == {(Polarity.BIPOLAR,)}


@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-12c-pro-advanced", "tens-reference", "pantheon-8c-pro"])
def test_a_generic_unit_is_what_the_profile_says(tmp_path: Path, device: str) -> None:
    """Waveforms, channels, contact and cutoff of a unit made from a profile, as the simulation reads them."""
    profile, _ = load_device(device)
    path = tmp_path / "unit.toml"
    path.write_text(generic_unit(profile), encoding="utf-8")
    unit = read_unit(path)
    assert unit.firmware.channels == profile.channels.value
    assert [mode.waveform for mode in unit.firmware.modes] == [mode.waveform.value for mode in profile.modes]
    assert unit.contact.sensing == (profile.contact is not None)
    assert (unit.overload.trip_a > 0) == (profile.trip is not None)
    assert unit.electronics.compliance_v > profile.compliance_v.value
    session, battery = profile.session, profile.battery
    assert unit.session.session_s == (0.0 if session is None else session.length_s.value)
    assert battery is None or unit.power.brown_out_v == battery.least_v.value
    assert battery is None or battery.low_v is None or unit.power.low_v == battery.low_v.value
    assert (unit.tone.high_v > 0) == (profile.tone is not None)


def test_a_device_without_a_unit_file_gets_a_generic_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile of another name is simulated by a unit made from it; where there is a file, only on demand."""
    monkeypatch.setattr(definitions, "make_plan", lambda *_: None)
    path = tmp_path / "other.toml"
    text = (LIBRARY / "devices" / "nuface-like.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('name = "nuface-like"', 'name = "another"', 1), encoding="utf-8")
    assert planned(str(path)).is_generic
    assert not planned("nuface-like").is_generic
    assert planned("nuface-like", "generic").is_generic


def test_modes_of_other_levels_have_no_generic_unit(tmp_path: Path) -> None:
    """A simulated unit has one table of levels: a profile with two is one sentence."""
    path = tmp_path / "two.toml"
    text = (LIBRARY / "devices" / "pantheon-8c-pro.toml").read_text(encoding="utf-8")
    head, _, tail = text.rpartition("value = [10e-6, 50e-6")
    path.write_text(f"{head}value = [20e-6, 50e-6{tail}", encoding="utf-8")
    with pytest.raises(RequestError, match="one table of levels, but mode pulsed"):
        generic_unit(load_device(str(path))[0])


def test_pulses_that_alternate_are_not_tested(tmp_path: Path) -> None:
    """There is no method for them yet: no point is planned in that setting, and nothing is said to be complete."""
    path = tmp_path / "alternates.toml"
    text = (LIBRARY / "devices" / "pantheon-8c-pro.toml").read_text(encoding="utf-8")
    given = 'alternation_hz = { value = 0.1, basis = "assumed", source = "x" }'
    path.write_text(text.replace('name = "square"', f'name = "square"\n{given}', 1), encoding="utf-8")
    plan = planned(str(path), "generic").plan
    assert not any(
        point.setpoint.mode == "square" and point.setpoint.polarity is Polarity.BIPOLAR for point in plan.points
    )
    assert "pulses that alternate" in dict(plan.not_tested)["current.accuracy"]
