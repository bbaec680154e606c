"""What the shell sees, from a process of its own where exit codes and streams matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from tests.examples import checkout, make_run

if TYPE_CHECKING:
    from pathlib import Path

YES, NO, NOT_UNDERSTOOD = 0, 1, 2


def stimcert(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(checkout())},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed synthetic run, not to be changed."""
    return make_run(tmp_path_factory.mktemp("runs") / "run")


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on standard error."""
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.count("\n") == 1
    assert streams.err.startswith("stimcert")
    return streams.err


def test_a_program_of_its_own(sealed: Path) -> None:
    """A whole run is "whole" with exit code 0 and nothing on standard error."""
    done = stimcert("verify", sealed)
    assert (done.returncode, done.stdout, done.stderr) == (YES, "whole\n", "")


def test_a_refusal_of_the_program(tmp_path: Path) -> None:
    """A refusal is one sentence on standard error, without a traceback."""
    done = stimcert("verify", tmp_path)
    assert (done.returncode, done.stdout) == (NOT_UNDERSTOOD, "")
    assert done.stderr == (
        f"stimcert: {tmp_path}: is no run directory: it holds none of records.jsonl, run.json, manifest.json\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required: VERB"),
        (("certfy",), "invalid choice: 'certfy'"),
        (("verify",), "required: RUN"),
        (("verify", "a", "b"), "unrecognized arguments: b"),
        (("recompute",), "required: RUN"),
        (("analyze",), "required: FILE.csv"),
        (("analyze", "x.csv", "--scale", "much"), "argument --scale: invalid float value: 'much'"),
        (("simulate", "--clock", "virtuel"), "argument --clock: invalid choice: 'virtuel'"),
        (("simulate", "--seed", "1.5"), "argument --seed: '1.5' is no whole number from 0 up"),
        (("simulate", "extra"), "unrecognized arguments: extra"),
    ],
)
def test_arguments_that_cannot_be_understood(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and one sentence that says which argument and where to read more."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == NOT_UNDERSTOOD
    text = refusal(capsys)
    assert words in text
    assert text.endswith("--help\n")


VERBS = ("verify", "sign", "signatories", "recompute", "analyze", "simulate", "gauge", "capability", "sample-size")


@pytest.mark.parametrize("verb", [(), *((verb,) for verb in VERBS)])
def test_help(verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Every verb explains itself on standard output, with exit code 0."""
    with pytest.raises(SystemExit) as caught:
        main([*verb, "--help"])
    assert caught.value.code == 0
    assert "usage: stimcert" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "--simulated-unit=nobody"), "units/nobody: unknown name; known are"),
        (("simulate", "--bench=nobody"), "benches/nobody: unknown name; known are simulated"),
        (("simulate", "--bench=./gone.toml"), "./gone.toml: no such file"),
        (("analyze", "gone.csv"), "gone.csv: cannot be read: No such file or directory"),
    ],
)
def test_files_that_are_not_there(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name or file that does not exist is a request that cannot be understood."""
    assert main(arguments) == NOT_UNDERSTOOD
    assert words in refusal(capsys)


@pytest.mark.parametrize("scale", ["nan", "inf", "9.9e37"])
def test_a_scale_is_a_number(tmp_path: Path, scale: str, capsys: pytest.CaptureFixture[str]) -> None:
    """NaN, infinity and an overload answer are no scale."""
    file = tmp_path / "x.csv"
    file.write_text("time,a\n" + "".join(f"{n},{n % 2}\n" for n in range(20)), encoding="utf-8")
    assert main(["analyze", str(file), "--scale", scale]) == NOT_UNDERSTOOD
    assert "--scale is" in refusal(capsys)


def test_verify_lists_what_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each altered, missing and added item is a line, and the answer is no."""
    run = make_run(tmp_path / "run")
    (run / "run.json").write_bytes((run / "run.json").read_bytes().replace(b"PASS", b"FAIL"))
    (run / "measurements.csv").unlink()
    (run / "notes.txt").write_bytes(b"")
    assert main(["verify", str(run)]) == NO
    assert capsys.readouterr().out == "measurements.csv: missing\nnotes.txt: added\nrun.json: altered\n"


@pytest.mark.parametrize("verb", ["verify", "recompute", "trace", "report"])
def test_no_run_at_all(tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there, a file, and a folder that is no run: one sentence and exit 2, by every verb alike."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("gone", "file", "folder"):
        assert main([verb, str(tmp_path / name)]) == NOT_UNDERSTOOD
        assert f"{tmp_path / name}: " in refusal(capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("verb", ["verify", "recompute", "trace", "report"])
def test_a_damaged_run_is_no(tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A run whose records are gone is still one: the answer is no."""
    run = make_run(tmp_path / "run")
    (run / "records.jsonl").unlink()
    assert main([verb, str(run)]) == NO
    assert "records.jsonl" in "".join(capsys.readouterr())


def test_recompute_says_how_much_it_derived(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the same platform all values are equal bit for bit, and the answer is yes."""
    assert main(["recompute", str(sealed)]) == YES
    assert capsys.readouterr().out == "3 values and verdicts derived again, equal bit for bit\n"


def test_recompute_of_nothing_is_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run without a judged value has nothing that could be confirmed."""
    run = make_run(tmp_path / "run")
    lines = (run / "records.jsonl").read_bytes().splitlines(keepends=True)
    (run / "records.jsonl").write_bytes(b"".join(lines[:2]))
    claimed = json.loads((run / "run.json").read_bytes())
    (run / "run.json").write_text(
        json.dumps({**claimed, "verdict": None, "ended": None, "simulated": None}), encoding="utf-8"
    )
    assert main(["recompute", str(run)]) == NO
    assert capsys.readouterr().out == "the run holds no judged value\n"


def test_recompute_with_another_tolerance_is_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inputs that were exchanged after the run lead to another plan, limits, margin and row, each named."""
    run = make_run(tmp_path / "run")
    profile = run / "inputs" / "devices" / "small.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(
        text.replace("current_tolerance = { value = 0.10", "current_tolerance = { value = 0.20"), encoding="utf-8"
    )
    assert main(["recompute", str(run)]) == NO
    lines = capsys.readouterr().out.splitlines()
    plan = [line.split(": ")[3] for line in lines if line.startswith("records.jsonl: plan: ")]
    assert plan == ["lower limit", "upper limit", "T/U"]
    assert [line.split(": ")[-2 if "csv" in line else 2] for line in lines[len(plan) : -1]] == [
        "lower limit",
        "upper limit",
        "margin",
        "reason",
        "margin",
        "line 2",
    ]
    assert lines[-1] == "9 differences in 3 values, compared bit for bit"


def test_recompute_of_a_broken_chain_is_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Records that somebody changed are one sentence."""
    run = make_run(tmp_path / "run")
    path = run / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))
    assert main(["recompute", str(run)]) == NO
    assert "is not the one that was written after" in refusal(capsys)


@pytest.mark.parametrize("scale", ["0", "nan", "inf", "9.9e37"])
def test_a_scale_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], scale: str) -> None:
    """A factor that makes nothing of every sample, or is no number, is one sentence and exit 2."""
    record = tmp_path / "record.csv"
    record.write_text("time,value\n" + "".join(f"{n}e-3,{n % 2}\n" for n in range(100)), encoding="utf-8")
    assert main(["analyze", str(record), "--scale", scale]) == 2
    said = capsys.readouterr().err
    assert "--scale" in said
    assert len(said.splitlines()) == 1
