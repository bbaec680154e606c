"""The firmware's tables of a unit file: schema and document know every parameter, a wrong one is refused by its key."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness.errors import DefinitionError
from harness.simulation.files.unitfile import (
    Contact,
    Display,
    Firmware,
    Motor,
    Overload,
    Power,
    Session,
    Supervision,
    Timing,
    Tone,
    read_unit,
)
from tests.simulation.units import MS, ROOT, S, Wired, exact

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "firmware": Firmware,
    "contact": Contact,
    "overload": Overload,
    "timing": Timing,
    "power": Power,
    "session": Session,
    "supervision": Supervision,
    "display": Display,
    "tone": Tone,
    "motor": Motor,
}
SCHEMA = json.loads((ROOT / "docs/schemas/unit.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DOCUMENT = (ROOT / "docs/simulated-units.md").read_text(encoding="utf-8")


def test_the_schema_is_one() -> None:
    """Of its own dialect."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", TABLES)
def test_schema_and_document_know_every_parameter(name: str) -> None:
    """Each field of a table stands in the schema, with a row in the document; modes have a table of their own there."""
    parameters = {field.name for field in fields(TABLES[name])}
    assert set(SCHEMA["properties"][name]["properties"]) == parameters
    for parameter in parameters - {"only", "modes"}:
        assert f"`{name}.{parameter}`" in DOCUMENT or f", `.{parameter}`" in DOCUMENT, parameter


@pytest.mark.parametrize("path", sorted((ROOT / "fixtures/units").glob("*.toml")), ids=lambda path: path.stem)
def test_every_unit_of_the_checkout_fits_the_schema(path: Path) -> None:
    """And has a line in the document's table of units."""
    VALIDATOR.validate(tomllib.loads(path.read_text(encoding="utf-8")))
    _, _, rest = DOCUMENT.partition("## Units of the checkout")
    unit = read_unit(path)
    row = next(line for line in rest.splitlines() if line.startswith(f"| `{unit.device}` |"))
    short = path.stem.removeprefix(f"{unit.device}-")
    assert f"`{short}`" in row or short in row.replace("|", " ").split(), short


CLINICAL = "extends = 'pantheon-clinical'\n"
SWEEP = "[firmware]\nmodes = [{ name = 'a', waveform = 'sweep', "


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (SWEEP + "start_hz = 5.0, stop_hz = 5.0, law = 'linear', sweep_s = 1.0 }]", "firmware.modes[0].stop_hz"),
        (SWEEP + "start_hz = 5.0, stop_hz = 9.0, law = 'cubic', sweep_s = 1.0 }]", "firmware.modes[0].law"),
        (SWEEP + "start_hz = 5.0, stop_hz = 9.0, law = 'linear' }]", "firmware.modes[0].sweep_s"),
        (SWEEP + "start_hz = 5.0, stop_hz = 9.0, law = 'linear', steps = 1 }]", "firmware.modes[0].steps"),
        (
            SWEEP + "start_hz = 5.0, stop_hz = 9.0, law = 'linear', sweep_s = 1.0, steps = 3 }]",
            "firmware.modes[0].steps",
        ),
        (
            SWEEP + "start_hz = 5.0, stop_hz = 9.0, law = 'linear', sweep_s = 1.0, direction = 'left' }]",
            "firmware.modes[0].direction",
        ),
        (SWEEP + "start_hz = 5.0, stop_hz = 9e4, law = 'linear', sweep_s = 1.0 }]", "firmware.modes[0].stop_hz"),
        (
            SWEEP + "start_hz = 5.0, stop_hz = 90.0, law = 'linear', sweep_s = 1.0, pulse_width_s = 6e-3 }]",
            "firmware.modes[0].pulse_width_s",
        ),
        ("[firmware.mode_aliases]\nsquare = 'round'", "firmware.mode_aliases.square"),
        ("[timing]\nclock_factor = 0.0", "timing.clock_factor"),
        ("[timing]\nclock_factor = 200.0", "timing.clock_factor"),
        ("[timing]\njitter = 0.3", "timing.jitter"),
        ("[timing]\nmissed_every = 1", "timing.missed_every"),
        ("[timing]\nflip_skipped_every = -2", "timing.flip_skipped_every"),
        ("[timing]\nsweep_share = 1.5", "timing.sweep_share"),
        ("[timing]\nsweep_skips = [1.5]", "timing.sweep_skips"),
        (
            "[[timing.wrong_frequencies_hz]]\nnominal_hz = 160.0\nmade_hz = 9e4",
            "timing.wrong_frequencies_hz[0].made_hz",
        ),
        ("[[timing.only]]\nlevel = 1\nwrap_s = 5.0", "timing.only[0].wrap_s"),
        ("[power]\nrestart = 'half'", "power.restart"),
        ("[power]\nbrown_out_v = 9.5", "power.recovers_v"),
        ("[power]\non_level = 10", "power.on_level"),
        ("[session]\nerror = -1.0", "session.error"),
        ("[session]\nidle_s = -1.0", "session.idle_s"),
        ("[supervision]\nreset_s = -1.0", "supervision.reset_s"),
        ("[display]\nunit = 'A'", "display.unit"),
        ("[display]\ndecimals = 4", "display.decimals"),
        ("[tone]\nhigh_v = 3.3", "tone.period_s"),
        ("[motor]\nfrequency_hz = -130.0", "motor.frequency_hz"),
        ("[contact]\nrelease_ohm = 1.0\nthreshold_ohm = 2.0", "contact.release_ohm"),
        ("[contact]\nblind_electrode = 'both'", "contact.blind_electrode"),
        ("[contact]\nadaptation = 0.1", "contact.adaptation_low_ohm"),
        ("[contact]\nadaptation = 1.0", "contact.adaptation"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_key(tmp_path: Path, change: str, key: str) -> None:
    """The sentence names the file and the dotted key."""
    path = tmp_path / "wrong.toml"
    path.write_text(f"{CLINICAL}{change}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_unit(path)
    assert f"wrong.toml: {key}: " in str(refused.value)


@pytest.mark.parametrize("key", ["sense_jitter_s = 4.95e-3", "least_ohm = 600e3"])
def test_what_leaves_no_room_is_refused(tmp_path: Path, key: str) -> None:
    """Sense pulses that would meet, and a window with nothing in it."""
    path = tmp_path / "wrong.toml"
    path.write_text(f"extends = 'foreo-bear-2'\n[contact]\n{key}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=f"contact.{key.split(maxsplit=1)[0]}: "):
        read_unit(path)


def limited(tmp_path: Path, device: str, rows: str) -> Wired:
    """Put a unit with limited parameters on the bench."""
    path = tmp_path / "unit.toml"
    path.write_text(f"extends = '{device}'\n[electronics]\ngain_spread = 0.0\noffset_spread_a = 0.0\n{rows}\n")
    unit = read_unit(path)
    same = exact(device, watchdog_s=0.0)
    assert unit.device == same.device
    return Wired(unit)


def test_a_defect_of_timing_may_hold_at_one_frequency_and_channel(tmp_path: Path) -> None:
    """Twice as fast on channel 1 from 100 Hz on."""
    rows = "[firmware]\nwatchdog_s = 0.0\nclock_spread_ppm = 0.0\n"
    rows += "[[timing.only]]\nchannel = 1\nfrequency_above_hz = 100.0\nclock_factor = 2.0"
    wired = limited(tmp_path, "pantheon-clinical", rows)
    wired.start("LEVEL=9", "FREQUENCY_MHZ=80000")
    counts = []
    for millihertz in (80_000, 100_000, 200_000):
        wired.say(f"SET 1 FREQUENCY_MHZ={millihertz}")
        wired.pass_ns(S)
        counts.append(len(wired.crossings(3e-4, wired.now_ns - S // 2, wired.now_ns)))
    assert counts == pytest.approx([40, 100, 200], abs=1)


def test_a_defect_of_the_firmware_may_hold_for_a_while(tmp_path: Path) -> None:
    """From 2 to 3 s after ON the bipolar setting stays positive; the time counts anew from the next ON."""
    rows = "[firmware]\nwatchdog_s = 0.0\nclock_spread_ppm = 0.0\n"
    rows += "[[firmware.only]]\nfrom_s = 2.0\nto_s = 3.0\nflips = false"
    wired = limited(tmp_path, "pantheon-clinical", rows)
    for _ in range(2):
        on_ns = wired.start("LEVEL=9", "POLARITY=bipolar", "FREQUENCY_MHZ=10000")
        wired.until_ns(on_ns + 5 * S)
        lows = [wired.extremes(on_ns + k * S + MS, on_ns + (k + 1) * S - MS)[0] for k in range(5)]
        assert lows == pytest.approx([-600e-6, -600e-6, 0.0, -600e-6, -600e-6], rel=1e-3, abs=1e-8)
        wired.say("OFF 1")
        wired.pass_ns(S)


def test_a_defect_of_contact_may_hold_at_one_level(tmp_path: Path) -> None:
    """The rise is a step at level 3 and 0.8 s at level 4."""
    rows = "[firmware]\nwatchdog_s = 0.0\nclock_spread_ppm = 0.0\n[[contact.only]]\nlevel = 3\nrise_s = 0.0"
    wired = limited(tmp_path, "foreo-bear-2", rows)
    for level, share in ((3, 1.0), (4, 0.5)):
        on_ns = wired.start(f"LEVEL={level}")
        wired.until_ns(on_ns + 405 * MS)
        assert wired.current() == pytest.approx(share * level * 68e-6, rel=1e-2)
        wired.say("OFF 1")
        wired.pass_ns(S)


def test_a_defect_may_hold_while_the_supply_feeds_the_unit(tmp_path: Path) -> None:
    """Aliased to another mode on the bench's supply only; it changes back with the supply, at once."""
    rows = "[firmware]\nwatchdog_s = 0.0\nclock_spread_ppm = 0.0\n"
    rows += "[[firmware.only]]\nsupply_on = true\nmode_aliases = { tapping = 'steady' }"
    wired = limited(tmp_path, "foreo-bear-2", rows)
    wired.start("MODE=tapping", "LEVEL=10", "POLARITY=positive")
    wired.pass_ns(2 * S)
    means = []
    for volts in (None, 3.7, None):
        with wired.keeper:
            wired.unit.power.supply(volts)
        wired.pass_ns(S)
        means.append(wired.mean(wired.now_ns - S // 2, wired.now_ns))
    assert means == pytest.approx([0.04 * 680e-6, 680e-6, 0.04 * 680e-6], rel=1e-2)
