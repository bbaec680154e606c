"""A wrong file or request is one sentence with file and key, exit 4, before anything is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import BENCH, ONE_POINT, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

DEVICE = (ROOT / "fixtures/devices/foreo-bear-2.toml").read_text(encoding="utf-8")
UNIT = (ROOT / "fixtures/units/foreo-bear-2.toml").read_text(encoding="utf-8")


def refused(run: Run, *words: str) -> None:
    """Exit 4, and one line that holds all the words."""
    assert run.code == 4, run.output
    assert any(all(word in line for word in words) for line in run.output.splitlines()), run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('schema = 1\nname = "foreo', 'schema = 1\nname = = "foreo', "not valid TOML"),
        (DEVICE[DEVICE.index("value = [68e-6") : DEVICE.index("680e-6]") + 7], "value = []", "modes"),
        ("value = 1000e-6", "value = nan", "ceiling_a"),
        ("value = 1000e-6", 'value = "much"', "ceiling_a"),
        ("value = 1000e-6", "value = 300e-6", "ceiling_a"),
        ("[residual_a]\nvalue = 1e-6", "[residual_a]\nvalue = 1.0", "residual"),
        ("current_tolerance = { value = 0.10,", "current_tolerance = { value = 5.0,", "current_tolerance"),
        ("[watchdog_s]", "[watchdogs]", "watchdog"),
        ('value = ["positive", "negative", "bipolar"]', 'value = ["up"]', "polarities"),
        ('value = ["500R", "2k", "10k"]', 'value = ["7k"]', "loads"),
        ('protocol = "stim1"', 'protocol = "stim9"', "stim9"),
    ],
)
def test_a_wrong_device_profile(certify: Callable[..., Run], tmp_path: Path, old: str, new: str, key: str) -> None:
    """A device profile that is wrong in one place is refused naming file and key."""
    assert old in DEVICE
    file = tmp_path / "my-device.toml"
    file.write_text(DEVICE.replace(old, new), encoding="utf-8")
    run = certify(f"--device={file}")
    refused(run, key)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("stated_ohm = 10000.0", "stated_ohm = 9000.0", "10k"),
        ("channels = [103]", "channels = [102]", "channel 102 stands twice"),
        ("due_in_days = 187", "due_in_days = -3", "instruments.multimeter.calibration_due_in_days"),
        ("calibration_due_in_days = 122", "calibration_due_in_days = -1", "resistors.RS100.calibration_due_in_days"),
        ('serial_number = "SIM00344651"', 'serial_number = "SIM00000000"', "instruments.multimeter.serial_number"),
        ('serial_number = "SIM00344651"', 'serial_number = "MY12345678"', "instruments.multimeter"),
        ('model = "DSOX1204G"', 'model = "DSOX1204A"', "oscilloscope"),
        ('multimeter_resistor = "RM1k"', 'multimeter_resistor = "RS1k"', "RS1k"),
        ("mains_frequency_hz = 50.0", "mains_frequency_hz = inf", "mains_frequency_hz"),
        ('accuracy = "keysight-34465a"', 'accuracy = "nobody-1"', "nobody-1"),
    ],
)
def test_a_wrong_bench_file(certify: Callable[..., Run], tmp_path: Path, old: str, new: str, key: str) -> None:
    """A bench file that is wrong, expired or names another instrument is refused naming file and key."""
    assert old in BENCH
    file = tmp_path / "my-bench.toml"
    file.write_text(BENCH.replace(old, new), encoding="utf-8")
    run = certify(f"--bench={file}")
    refused(run, "my-bench.toml", key) if "nobody" not in key else refused(run, key)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--device=nobody", ("devices/nobody", "unknown name")),
        ("--device=no/such/file.toml", ("no/such/file.toml", "no such file")),
        ("--bench=nobody", ("benches/nobody", "unknown name")),
        ("--bench=gone.toml", ("gone.toml", "no such file")),
        ("--simulated-unit=D99", ("units/D99", "unknown name")),
        ("--seed=-1", ("--seed=-1", "whole number")),
        ("--seed=x", ("--seed=x", "whole number")),
        ("--serial-number=OTHER", ("--serial-number=OTHER", "SIM-BEAR2-0001")),
    ],
)
def test_a_wrong_request(certify: Callable[..., Run], option: str, words: tuple[str, ...]) -> None:
    """A name, file or number that does not exist is refused with what was asked and what there is."""
    refused(certify(option), *words)


def test_a_simulated_unit_that_hides_its_mark(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A simulated unit whose serial number does not begin with SIM is refused."""
    file = tmp_path / "real.toml"
    file.write_text(UNIT.replace("SIM-BEAR2-0001", "BEAR2-0001"), encoding="utf-8")
    refused(certify(f"--simulated-unit={file}"), "SIM")


def test_a_run_directory_that_is_not_empty(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A run is never written over another."""
    (tmp_path / "run1").mkdir()
    (tmp_path / "run1" / "precious.txt").write_text("mine", encoding="utf-8")
    refused(certify(), "is not empty", "--run-dir")
    assert (tmp_path / "run1" / "precious.txt").read_text(encoding="utf-8") == "mine"


def test_a_control_port_that_nobody_serves(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A bench file that joins no running simulation says so and how to start one."""
    file = tmp_path / "joined.toml"
    file.write_text('control = "127.0.0.1:9"\n', encoding="utf-8")
    run = certify(f"--bench={file}", "-k", ONE_POINT)
    assert run.code == 1, run.output
    assert "stimcert simulate" in run.output
