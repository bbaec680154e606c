"""`stimcert analyze` as the shell sees it: columns, windows, factors, and what does not go together."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from harness.cli import main
from harness.cli.answers import NOT_UNDERSTOOD, YES
from tests.waveform.dialects import RTO_HEADER, RTO_SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

PERIOD, WIDTH, COUNT = 1000, 300, 8200
"""Samples of 1 µs: pulses of 0.3 ms every 1 ms, the first from 0.1 ms on."""

RIPPLE = 0.004
"""One code, between which a converter toggles."""

SUMMARY = [
    "samples", "interval_s", "kind", "high_state_a", "low_state_a", "peak_a", "mean_a", "rms_a", "frequency_hz",
    "period_s", "positive_duty", "rise_time_s", "fall_time_s", "overshoot_percent", "net_charge_c",
]  # fmt: skip


@pytest.fixture
def record(tmp_path: Path) -> str:
    """Pulses of 1 V over 1 kΩ in CH1, their current of 1 mA in I, a monitor of 2 V per mA in CH3; from -1 ms on."""
    path = tmp_path / "pulses.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("time,CH1,I (A),CH3\n")
        for index in range(COUNT):
            on = int((index - 100) % PERIOD < WIDTH)
            one, two = (on + RIPPLE * ((step * index) % 3 - 1) for step in (1, 2))
            file.write(f"{(index - 1000) * 1e-6:.6e},{one:.3f},{two * 1e-3:.6f},{two * 2:.3f}\n")
    return str(path)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the verb answers as JSON."""
    assert main(["analyze", *arguments, "--json"]) == YES
    said = capsys.readouterr()
    assert said.err == ""
    found: dict[str, Any] = json.loads(said.out)
    return found


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which the verb refuses."""
    assert main(["analyze", *arguments]) == NOT_UNDERSTOOD
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    return said.err


def metric(found: dict[str, Any], name: str) -> dict[str, Any]:
    """One metric of a column's object."""
    (one,) = [each for each in found["metrics"] if each["name"] == name]
    return dict(one)


def test_one_column_answers_its_summary_and_its_metrics(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys are those of the summary, and `metrics`: each has a value with a bound, or a reason."""
    found = answer(capsys, record, "--column", "I")
    assert list(found) == [*SUMMARY, "metrics"]
    for one in found["metrics"]:
        assert list(one) == ["name", "value", "unit", "bound", "absent", "source"]
        assert (one["value"] is None) == (one["bound"] is None) == bool(one["absent"])
        assert one["unit"]
        assert one["source"]
        assert " U" not in f" {one['unit']}"
    assert metric(found, "high_state")["unit"] == "A"
    assert metric(found, "charge_per_phase")["unit"] == "C"


def test_several_columns_answer_one_object_each(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They are called as the user calls them, in that order; a scale goes to all of them or each has its own."""
    found = answer(capsys, record, "--column", "ch3", "--column", "CH1", "--scale", "0.0005", "--scale", "0.001")
    assert list(found) == ["columns"]
    assert list(found["columns"]) == ["ch3", "CH1"]
    assert [each["high_state_a"] for each in found["columns"].values()] == pytest.approx([1e-3, 1e-3], rel=5e-3)
    both = answer(capsys, record, "--column", "CH3", "--column", "CH1", "--scale", "0.0005")["columns"]
    assert [each["high_state_a"] for each in both.values()] == pytest.approx([1e-3, 0.5e-3], rel=5e-3)
    plain = answer(capsys, record, "--column", "CH1", "--column", "I")["columns"]
    assert (plain["CH1"]["high_state_v"], plain["I"]["high_state_a"]) == pytest.approx((1.0, 1e-3), rel=5e-3)


@pytest.mark.parametrize(
    ("limits", "samples", "mean"),
    [
        (["--from", "0", "--to", "1.999e-3"], 2000, 0.3),
        (["--from", "0.15e-3", "--to", "0.35e-3"], 201, 1.0),
        (["--to", "-0.901e-3"], 100, 0.0),
        (["--from", "7.19e-3"], 10, 1.0),
        (["--from", "-1e-3", "--to", "7.199e-3"], COUNT, None),
    ],
)
def test_a_window_lies_on_the_files_time_axis(
    record: str, capsys: pytest.CaptureFixture[str], limits: list[str], samples: int, mean: float | None
) -> None:
    """Both ends are included; what lies outside has no part in any number."""
    found = answer(capsys, record, "--column", "CH1", *limits)
    assert found["samples"] == samples
    if mean is not None:
        assert found["mean_v"] == pytest.approx(mean, abs=RIPPLE)


def test_voltage_and_current_give_energy_load_and_power(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """1 V and 1 mA for 0.3 ms each ms: 0.3 µJ a pulse, 1 kΩ, 0.3 mW; within the bounds."""
    found = answer(capsys, record, "--voltage", "CH1", "--current", "CH3", "--scale", "0.0005")
    current = found["columns"]["CH3"]
    for name, unit, value in (
        ("energy_per_pulse", "J", 0.3e-6), ("load_resistance", "Ω", 1e3), ("mean_power", "W", 0.3e-3),
    ):  # fmt: skip
        one = metric(current, name)
        assert one["unit"] == unit
        assert abs(one["value"] - value) <= one["bound"] + 1e-12 * value
        assert one["bound"] < 0.1 * value
    assert metric(found["columns"]["CH1"], "energy_per_pulse")["value"] is None


def test_a_load_gives_energy_and_an_area_densities(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """1 mA through 1 kΩ for 0.3 ms is 0.3 µJ; its peak over 2 cm² is 0.5 mA/cm²."""
    found = answer(capsys, record, "--column", "I", "--load-ohm", "1000", "--electrode-area-cm2", "2")
    energy, density = metric(found, "energy_per_pulse"), metric(found, "current_density_peak")
    assert abs(energy["value"] - 0.3e-6) <= energy["bound"]
    assert (density["value"], density["unit"]) == (pytest.approx(0.5e-3, rel=1e-2), "A/cm2")
    assert metric(answer(capsys, record, "--column", "I"), "energy_per_pulse")["absent"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "holds several columns, CH1, I (A), CH3; name one with --column"),
        (["--column", "CH9"], "no single column is called 'CH9'"),
        (["--column", "CH1", "--column", "CH1"], "--column CH1 is given twice"),
        (["--column", "CH1", "--column", "ch1"], "CH1 and ch1 are one column"),
        (["--column", "CH1", "--scale", "1", "--scale", "2"], "--scale is given 2 times for 1 columns"),
        (["--voltage", "CH1"], "--voltage goes with --current"),
        (["--current", "I"], "--current goes with --voltage"),
        (["--voltage", "CH1", "--current", "I", "--column", "I"], "--column does not go with --voltage and --current"),
        (["--voltage", "CH1", "--current", "CH1"], "are both CH1; name two columns"),
        (["--voltage", "CH1", "--current", "I", "--scale", "1", "--scale", "2"], "that of the current; give it once"),
        (["--voltage", "CH1", "--current", "CH3"], "--current CH3 is in volts; give --scale"),
        (["--voltage", "I", "--current", "CH3", "--scale", "1"], "--voltage I is in amperes"),
        (["--voltage", "CH1", "--current", "I", "--load-ohm", "1"], "say two things of the load"),
        (["--column", "CH1", "--load-ohm", "1000"], "--load-ohm needs a current"),
        (["--column", "CH1", "--electrode-area-cm2", "1"], "--electrode-area-cm2 needs a current"),
        (["--column", "I", "--load-ohm", "0"], "--load-ohm is 0; it must be above zero"),
        (["--column", "I", "--load-ohm", "nan"], "--load-ohm is NaN"),
        (["--column", "I", "--electrode-area-cm2", "-1"], "--electrode-area-cm2 is -1; it must be above zero"),
        (["--column", "I", "--from", "-2e-3"], "--from -0.002 lies outside the record; the record runs from -0.001 s"),
        (["--column", "I", "--to", "9"], "--to 9 lies outside the record"),
        (["--column", "I", "--from", "nan"], "--from is NaN"),
        (["--column", "I", "--to", "inf"], "--to is infinite"),
        (["--column", "I", "--from", "2e-3", "--to", "1e-3"], "--from 0.002 is not before --to 0.001"),
        (["--column", "I", "--from", "1e-3", "--to", "1.003e-3"], "the window holds 4 samples, at least 8 are needed"),
        (["--column", "CH1", "--code-size", "1", "--code-size", "2"], "--code-size is given 2 times for 1 columns"),
        (["--column", "CH1", "--code-size", "-1"], "--code-size is -1"),
        (["--column", "CH1", "--code-size", "nan"], "--code-size is NaN"),
        (["--column", "I", "--contact", "1"], "--contact 1 lies outside what is analysed, from -0.001 s to 0.007199 s"),
        (["--column", "I", "--contact", "0", "--from", "1e-3"], "--contact 0 lies outside what is analysed"),
        (["--column", "I", "--contact", "nan"], "--contact is NaN"),
        (["--column", "I", "--contact", "0", "--loss", "1e-3"], "--loss 0.001 is not before --contact 0"),
        (["--column", "I", "--loss", "0"], "--loss goes with --contact"),
        (["--column", "I", "--contact", "0", "--stretch", "0"], "--stretch is 0; it must be above zero"),
        (["--column", "I", "--early", "1"], "--early goes with --contact"),
        (["--column", "I", "--steps", "1,2"], "--steps needs --step-tolerance"),
        (["--column", "I", "--step-tolerance", "0.1"], "--step-tolerance goes with --steps"),
        (["--column", "I", "--steps", "1,2", "--step-tolerance", "2"], "--step-tolerance is 2; it is a share"),
        (["--column", "I", "--steps", "1;2", "--step-tolerance", "0.1"], "'1;2' is no number; give hertz"),
        (["--column", "I", "--steps", "1,nan", "--step-tolerance", "0.1"], "--steps 1,nan: a frequency is NaN"),
        (["--column", "I", "--steps", "10,0", "--step-tolerance", "0.1"], "--steps 10,0: a frequency is above zero"),
        (["--column", "I", "--steps", "10,11", "--step-tolerance", "0.1"], "nearer to each other than their tolerance"),
        (["--column", "I", "--template", "/nowhere.csv"], "/nowhere.csv: cannot be read"),
        (["--column", "I", "--template-column", "I"], "--template-column goes with --template"),
        (["--column", "I", "--mask", "/nowhere.csv"], "/nowhere.csv: cannot be read"),
        (["--column", "I", "--mask-period", "1"], "--mask-period goes with --mask"),
        (["--column", "I", "--line", "0"], "--line 0: a frequency is above zero"),
        (["--column", "I", "--line", "motor"], "'motor' is no number; give hertz"),
        (["--column", "I", "--line", "200:100"], "a band from 200 to 100 Hz does not ascend"),
        (["--column", "I", "--line", "137", "--line", "137.0"], "--line 137.0 is given twice"),
        (["--column", "I", "--html", "/nowhere/at/all.html"], "/nowhere/at/all.html: cannot be written"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_one_sentence(
    record: str, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Exit 2, nothing on standard output, and what to do."""
    assert words in refusal(capsys, record, *arguments)


def test_what_is_asked_stands_after_all_else_in_its_order(
    record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ramp, restart, sweep, template, mask, lines; in the column's unit, in text and page too.

    The template is the same record, whose delay is none; a mask of 0.5 V is left by pulses of 1 V.
    """
    mask = tmp_path / "mask.csv"
    mask.write_text("phase,lower,upper\n0,-0.1,0.5\n1,-0.1,0.5\n", encoding="utf-8")
    asked = [
        "--line", "2.5e3", "--line", "2.2e3:2.8e3", "--mask", str(mask), "--template", record, "--template-column",
        "CH1", "--steps", "1000,2000", "--step-tolerance", "0.02", "--contact", "0", "--loss", "-5e-4",
        "--early", "1e-3",
    ]  # fmt: skip
    plain, found = (answer(capsys, record, "--column", "CH1", *more) for more in ([], asked))
    assert found["metrics"][: len(plain["metrics"])] == plain["metrics"]
    assert [each["name"] for each in found["metrics"][len(plain["metrics"]) :]] == [
        "ramp.hold_level", "ramp.delay", "ramp.rise_time_10_90", "ramp.time_to_90", "ramp.largest_step",
        "ramp.largest_fall", "ramp.monotonic", "ramp.overshoot", "ramp.early_current", "restart.share",
        "restart.from_zero", "sweep.missing_steps", "sweep.step_1000_hz", "sweep.step_2000_hz",
        "sweep.amplitude_kept", "template.gain", "template.offset", "template.delay", "template.residual_rms",
        "template.residual_max", "template.correlation", "mask.share_outside", "mask.worst_excursion",
        "mask.worst_phase", "mask.worst_instant", "mask.inside", "line_2500_hz", "strongest_line_2200_to_2800_hz",
        "strongest_line_2200_to_2800_hz.frequency",
    ]  # fmt: skip
    for name, unit, value in (
        ("ramp.largest_step", "V", 1.0), ("restart.from_zero", "1", None), ("sweep.missing_steps", "1", 1.0),
        ("template.gain", "1", 1.0), ("template.delay", "s", 0.0), ("mask.share_outside", "1", 2500 / COUNT),
        ("mask.worst_excursion", "V", 0.5), ("line_2500_hz", "V", None),
    ):  # fmt: skip
        one = metric(found, name)
        assert one["unit"] == unit
        if value is not None:
            assert abs(one["value"] - value) <= one["bound"] + 1e-9, name
    page = tmp_path / "page.html"
    assert main(["analyze", record, "--column", "CH1", *asked, "--html", str(page)]) == YES
    assert "mask.share_outside" in capsys.readouterr().out
    assert "mask.share_outside" in page.read_text(encoding="utf-8")


def test_a_template_in_volts_has_a_gain_in_amperes_per_volt(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A scaled column is in amperes; the template is taken as its file has it, and must be one column."""
    shape = ["--template", record, "--template-column", "CH3"]
    gain = metric(answer(capsys, record, "--column", "CH3", "--scale", "0.0005", *shape), "template.gain")
    assert (gain["unit"], gain["value"]) == ("A/V", pytest.approx(0.0005, rel=1e-3))
    assert "name one with --template-column" in refusal(capsys, record, "--column", "I", "--template", record)


@pytest.mark.parametrize(
    "case",
    [
        ("phase,lower\n0,1\n", [], "no column `upper`"),
        ("phase,lower,upper\n0,0,1\n0.9,0,1\n", [], "the phases of a mask ascend from 0 to 1"),
        ("phase,lower,upper\n0,2,1\n1,0,1\n", [], "the lower limit is above the upper one at phase 0"),
        ("phase,lower,upper\n0,0,1\n1,0,nan\n", [], "line 3: upper is NaN"),
        ("phase,lower,upper\n0,0,1\n1,0,1\n", ["--mask-begin", "0"], "--mask-begin goes with --mask-period"),
        ("phase,lower,upper\n0,0,1\n1,0,1\n", ["--mask-period", "1"], "--mask-period goes with --mask-begin"),
    ],
)
def test_a_mask_that_makes_no_sense_is_one_sentence(
    record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[str, list[str], str]
) -> None:
    """With its file, and the line where there is one."""
    rows, more, words = case
    mask = tmp_path / "mask.csv"
    mask.write_text(rows, encoding="utf-8")
    said = refusal(capsys, record, "--column", "I", "--mask", str(mask), *more)
    assert words in said
    assert more or str(mask) in said


def test_a_code_size_is_in_the_unit_of_the_file(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A larger code makes larger bounds of the states, scaled as the samples are; the summary stays as it is."""
    scaled = ["--column", "CH3", "--scale", "0.0005"]
    seen, told = (answer(capsys, record, *scaled, *more) for more in ([], ["--code-size", "0.5"]))
    assert {**told, "metrics": 0} == {**seen, "metrics": 0}
    bounds = [metric(each, "high_state")["bound"] for each in (seen, told)]
    assert bounds[1] > 5 * bounds[0]
    assert bounds[1] < 0.5 * 0.0005 * 3


@pytest.mark.parametrize("scale", ["nan", "inf", "0"])
def test_a_scale_that_is_none_is_named_with_its_file(
    record: str, capsys: pytest.CaptureFixture[str], scale: str
) -> None:
    """The file and the option."""
    said = refusal(capsys, record, "--column", "CH1", "--scale", scale)
    assert f"{record}: --scale is" in said
    assert "give amperes per volt" in said


def test_the_text_names_the_dialect_and_aligns_the_metrics(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For people: the summary, then each parameter with its bound or with the reason why it does not exist."""
    assert main(["analyze", record, "--column", "I"]) == YES
    summary, metrics = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert summary.splitlines()[:3] == [
        f"{'column':20} I", f"{'dialect':20} plain columns", f"{'samples':20} {COUNT}",
    ]  # fmt: skip
    names = [each["name"] for each in answer(capsys, record, "--column", "I")["metrics"]]
    column = max(map(len, names)) + 1
    for name, line in zip(names, metrics.splitlines(), strict=True):
        assert line[:column].rstrip() == name
        assert line[column:].startswith("- ") or " ± " in line[column:]
    assert "- power and energy need the load" in metrics


def test_a_page_goes_where_it_is_asked_for(record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays JSON; the same record gives the same bytes."""
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        found = answer(capsys, record, "--column", "CH1", "--column", "I", "--html", str(page))
        assert list(found["columns"]) == ["CH1", "I"]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert pages[0].read_text(encoding="utf-8").count("<svg") == 2
    assert main(["analyze", record, "--column", "I", "--html", str(pages[0])]) == YES
    assert capsys.readouterr().out.endswith(f"\npage: {pages[0]}\n")


def test_a_record_in_two_files_is_read_from_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rohde & Schwarz RTO: the second file is looked for beside the first; without it, its name is said."""
    header, samples = tmp_path / "rto.csv", tmp_path / "rto.Wfm.csv"
    header.write_text(RTO_HEADER, encoding="utf-8")
    assert f"put {samples.name} beside it" in refusal(capsys, str(header))
    samples.write_text(RTO_SAMPLES, encoding="utf-8")
    assert answer(capsys, str(header)) == answer(capsys, str(samples))
    header.unlink()
    assert f"put {header.name} beside it" in refusal(capsys, str(samples))


def test_a_current_takes_no_amperes_per_volt(record: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--scale` on a column in amperes would make another current of it."""
    assert "column I is in amperes" in refusal(capsys, record, "--column", "I", "--scale", "0.001")


def test_the_summary_of_a_page_has_the_digits_of_its_bounds(record: str, tmp_path: Path) -> None:
    """A level that is known to some millivolts is not told to a microvolt; the page is called as the file."""
    page = tmp_path / "page.html"
    assert main(["analyze", record, "--column", "CH1", "--html", str(page)]) == YES
    text = page.read_text(encoding="utf-8")
    assert "<h1>pulses.csv</h1>" in text
    (level,) = re.findall(r"<dt>high state</dt><dd>([^<]+)</dd>", text)
    assert re.fullmatch(r"\d+\.\d ± \d\.\d mV", level)
