"""Parameters of a unit file that hold only sometimes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from harness.errors import DefinitionError
from harness.simulation.files.only import Situation, edges_s
from harness.simulation.files.unitfile import read_unit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.simulation.files.electronicsfile import Electronics


def electronics(tmp_path: Path, *rows: str) -> Electronics:
    """Read a foreo-bear-2 with rows `only` in its electronics."""
    path = tmp_path / "limited.toml"
    text = "\n".join(f"[[electronics.only]]\n{row}" for row in rows)
    path.write_text(f"extends = 'foreo-bear-2'\n{text}\n", encoding="utf-8")
    return read_unit(path).electronics


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ("channel = 2", Situation(channel=2), Situation(channel=1)),
        ("polarity = 'negative'", Situation(polarity="negative"), Situation(polarity="positive")),
        ("level = 3", Situation(level=3), Situation(level=4)),
        ("frequency_above_hz = 100.0", Situation(frequency_hz=100.0), Situation(frequency_hz=99.9)),
        ("load_above_ohm = 1e4", Situation(load_ohm=1e4), Situation(load_ohm=9.9e3)),
        ("load_above_ohm = 1e4", Situation(load_ohm=math.inf), Situation(load_ohm=0.0)),
        ("load_below_ohm = 1e4", Situation(load_ohm=9.9e3), Situation(load_ohm=1e4)),
        ("load_above_f = 1e-9", Situation(load_f=1e-9), Situation(load_f=0.9e-9)),
        ("from_s = 2.0", Situation(on_s=2.0), Situation(on_s=1.9)),
        ("to_s = 2.0", Situation(on_s=0.0), Situation(on_s=2.0)),
        ("to_s = 2.0", Situation(on_s=0.0), Situation(on_s=-1.0)),
        ("supply_on = true", Situation(supply_on=True), Situation(supply_on=False)),
        ("charging = true", Situation(charging=True), Situation(charging=False)),
        ("supply_on = false", Situation(supply_on=False), Situation(supply_on=True)),
    ],
)
def test_a_row_holds_where_its_condition_is_met(
    tmp_path: Path, condition: str, met: Situation, unmet: Situation
) -> None:
    """There it changes its parameters and nothing else; elsewhere nothing."""
    limited = electronics(tmp_path, f"{condition}\ngain = 0.5")
    assert limited.under(met).gain == 0.5
    assert limited.under(met).compliance_v == limited.compliance_v
    assert limited.under(unmet) == limited
    assert limited.gain == 1.0


def test_every_condition_of_a_row_has_to_be_met(tmp_path: Path) -> None:
    """Channel 2 at level 9, not channel 2 or level 9."""
    limited = electronics(tmp_path, "channel = 2\nlevel = 9\ngain = 0.5")
    gains = [limited.under(Situation(channel=c, level=n)).gain for c, n in ((1, 9), (2, 8), (2, 9))]
    assert gains == [1.0, 1.0, 0.5]


def test_the_last_row_that_holds_wins(tmp_path: Path) -> None:
    """Parameter by parameter."""
    limited = electronics(tmp_path, "level = 1\ngain = 0.5\noffset_a = 1e-6", "channel = 1\ngain = 0.7")
    both = limited.under(Situation(channel=1, level=1))
    assert (both.gain, both.offset_a) == (0.7, 1e-6)


def test_times_at_which_something_changes_are_known(tmp_path: Path) -> None:
    """Each once, ascending, without 0 and without for ever."""
    limited = electronics(tmp_path, "from_s = 5.0\ngain = 0.5", "from_s = 0.0\nto_s = 3.0\ngain = 2.0")
    assert edges_s(limited.only) == (3.0, 5.0)


def test_the_firmware_does_not_feel_a_capacitance(tmp_path: Path) -> None:
    """That condition is for the electronics; elsewhere it would never hold, and is refused."""
    path = tmp_path / "limited.toml"
    row = "[[firmware.only]]\nload_above_f = 1e-9\nduty = 0.4"
    path.write_text(f"extends = 'pantheon-clinical'\n{row}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"firmware\.only\[0\]\.load_above_f: is felt by the electronics only"):
        read_unit(path)


@pytest.mark.parametrize(
    ("row", "key", "problem"),
    [
        ("gain = 0.5", "electronics.only[0]", "has no condition"),
        ("channel = 1", "electronics.only[0]", "changes no parameter"),
        ("channel = 0\ngain = 0.5", "electronics.only[0].channel", "0 is none of 1 to 16"),
        ("level = 0\ngain = 0.5", "electronics.only[0].level", "0 is not at least 1"),
        ("polarity = 'both'\ngain = 0.5", "electronics.only[0].polarity", "'both' is none of"),
        ("polarity = 'bipolar'\ngain = 0.5", "electronics.only[0].polarity", "is a direction"),
        ("from_s = 3.0\nto_s = 2.0\ngain = 0.5", "electronics.only[0].from_s", "before to_s"),
        ("from_s = -1.0\ngain = 0.5", "electronics.only[0].from_s", "is not at least 0"),
        ("load_above_ohm = 2.0\nload_below_ohm = 1.0\ngain = 0.5", "electronics.only[0].load_above_ohm", "no load"),
        ("channel = 1\ngain_spread = 0.5", "electronics.only[0].gain_spread", "holds always"),
        ("polarity = 'negative'\ncompliance_v = 9.0", "electronics.only[0].compliance_v", "both directions alike"),
        ("channel = 1\ngains = 0.5", "electronics.only[0].gains", "unknown key"),
        ("channel = 1\ndead_zone_a = -1.0", "electronics.only[0].dead_zone_a", "at least 0"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(tmp_path: Path, row: str, key: str, problem: str) -> None:
    """One sentence with the file, the dotted key and what is wrong."""
    with pytest.raises(DefinitionError) as refused:
        electronics(tmp_path, row)
    assert f"limited.toml: {key}: " in str(refused.value)
    assert problem in str(refused.value)
