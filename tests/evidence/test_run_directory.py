"""A run directory while its run lasts, and read back."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.capture import BenchEvent
from harness.definitions.document import LIBRARY
from harness.errors import EvidenceError, NoRun
from harness.evidence import Disclosed, RunDirectory, StoredRun, read_records, seal
from harness.evidence.codec import plain
from harness.evidence.table import COLUMNS
from harness.setpoint import Method
from tests.examples import judged_values, make_run, observation, on_bench, state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("content", ["file", "folder", "hidden"])
def test_a_run_is_never_written_over_another(tmp_path: Path, content: str) -> None:
    """A directory that holds anything at all is refused, and stays as it was."""
    run = tmp_path / "run"
    run.mkdir()
    (run / content).mkdir() if content == "folder" else (run / f".{content}").write_bytes(b"x")
    before = sorted(run.iterdir())
    with pytest.raises(EvidenceError, match="is not empty; a run is never written over another"):
        RunDirectory(run)
    assert sorted(run.iterdir()) == before


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    """An empty directory, or one that is not there yet, becomes a run directory."""
    for path in (tmp_path, tmp_path / "a" / "b"):
        if path is tmp_path:
            (path / "x").mkdir()
            path = path / "x"  # noqa: PLW2901 - an empty one inside
        RunDirectory(path).close()
        assert sorted(item.name for item in path.iterdir()) == [
            "captures",
            "inputs",
            "measurements.csv",
            "records.jsonl",
        ]


def test_a_place_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Where no directory can be made, the reason is one sentence."""
    (tmp_path / "run").write_bytes(b"")
    for path in (tmp_path / "run", tmp_path / "run" / "inside"):
        with pytest.raises(EvidenceError, match="cannot be made a run directory: "):
            RunDirectory(path)


def test_inputs_are_kept_byte_for_byte(tmp_path: Path) -> None:
    """The bytes of every file that a run rests on stand in inputs/."""
    run = RunDirectory(tmp_path / "run")
    source = LIBRARY / "devices" / "foreo-bear-2.toml"
    run.keep_input("devices", source)
    run.close()
    assert (tmp_path / "run" / "inputs" / "devices" / source.name).read_bytes() == source.read_bytes()


def test_an_observation_comes_back(tmp_path: Path) -> None:
    """Readings, captures and operating point of every attempt are read back as they were taken."""
    run = RunDirectory(tmp_path / "run")
    taken = [observation(680e-6), observation(670e-6)]
    for attempt, observed in enumerate(taken, start=1):
        run.observe(observed, attempt)
    run.close()
    assert list(StoredRun(tmp_path / "run").observations()) == [(1, taken[0]), (2, taken[1])]


def test_an_earlier_attempt_is_never_erased(tmp_path: Path) -> None:
    """HardPy's retries erase the attempt before; here a capture file that exists cannot be written again."""
    run = RunDirectory(tmp_path / "run")
    run.observe(observation(680e-6), 1)
    with pytest.raises(EvidenceError, match="cannot be written: File exists"):
        run.observe(observation(670e-6), 1)
    run.close()
    assert [observed for _, observed in StoredRun(tmp_path / "run").observations()] == [observation(680e-6)]


def test_judged_values_come_back(tmp_path: Path) -> None:
    """Value, uncertainty, limit, verdict and operating point of every judged value are read back bit for bit."""
    run = RunDirectory(tmp_path / "run")
    values = judged_values(observation())
    for value in values:
        run.judged(value)
    run.close()
    assert list(StoredRun(tmp_path / "run").judged()) == values


def test_events_come_back(tmp_path: Path) -> None:
    """What happened at the bench is read back as it was recorded."""
    run = RunDirectory(tmp_path / "run")
    event = BenchEvent("unit-live", "with the output off 3 µA still flow", (("residual_v", "0.003"),))
    run.record("event", event)
    run.close()
    assert list(StoredRun(tmp_path / "run").events()) == [event]


def test_a_value_is_on_the_disk_before_judge_returns(tmp_path: Path) -> None:
    """Chain and table hold a judged value at once, without a close."""
    run = RunDirectory(tmp_path / "run")
    for number, value in enumerate(judged_values(observation()), start=1):
        run.judged(value)
        assert len(list(read_records(tmp_path / "run" / "records.jsonl"))) == number
        assert len((tmp_path / "run" / "measurements.csv").read_bytes().splitlines()) == number + 1
    run.close()


def test_the_table_holds_what_was_judged(tmp_path: Path) -> None:
    """measurements.csv has the columns of the design, SI units, full precision, and empty fields where none apply."""
    make_run(tmp_path / "run")
    with (tmp_path / "run" / "measurements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    values = judged_values(on_bench(observation()))
    assert [row["quantity"] for row in rows] == [value.quantity for value in values]
    for row, value in zip(rows, values, strict=True):
        assert float(row["value"]) == value.measurement.value
        assert float(row["expanded_uncertainty"]) == value.measurement.expanded_uncertainty
        assert float(row["guard_band"]) == value.decision.guard_band
        assert (row["unit"], row["verdict"], row["load"], row["level"]) == (
            "A",
            value.decision.verdict.label,
            "10k",
            "10",
        )
        assert row["frequency_hz"] == ""
    direction = rows[1]
    assert (direction["lower_limit"], direction["upper_limit"]) == (repr(0.02 * 680e-6), "")
    assert rows[0]["capture"] == "ch1-steady-L10-positive-10k-zero ch1-steady-L10-positive-10k-output"


def test_state_is_replaced_whole(tmp_path: Path) -> None:
    """run.json is JSON at every moment and leaves no second file behind."""
    run = RunDirectory(tmp_path / "run")
    run.write_state(state(None))
    run.write_state(state("FAIL"))
    run.close()
    data = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert (data["schema"], data["verdict"], data["operator"]) == (1, "FAIL", "nobody")
    assert [path.name for path in (tmp_path / "run").glob("run.json*")] == ["run.json"]
    assert StoredRun(tmp_path / "run").state() == data


def test_a_capture_that_was_exchanged_is_found(tmp_path: Path) -> None:
    """A capture file that is another one than was recorded is not read, even where the seal was renewed."""
    run = make_run(tmp_path / "run")
    file = run / "captures" / "ch1-steady-L10-positive-10k-output.capture"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    seal(run)
    with pytest.raises(EvidenceError, match="is not the capture that record 3 names"):
        list(StoredRun(run).observations())


def test_a_capture_that_is_gone_is_found(tmp_path: Path) -> None:
    """An observation without its capture file is not read."""
    run = make_run(tmp_path / "run")
    (run / "captures" / "ch1-steady-L10-positive-10k-zero.capture").unlink()
    with pytest.raises(EvidenceError, match="cannot be read"):
        list(StoredRun(run).observations())


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    """A directory without records is no run."""
    with pytest.raises(NoRun, match="is no run directory: it holds none of records"):
        StoredRun(tmp_path)


@pytest.mark.parametrize("verdict", ["GOOD", "pass", "PASS ", "", "1"])
def test_a_word_that_is_no_verdict_is_refused(tmp_path: Path, verdict: str) -> None:
    """A recorded verdict is one of the five names; nothing else becomes one."""
    run = RunDirectory(tmp_path / "run")
    run.record("measurement", {"decision": {"verdict": verdict}})
    run.close()
    with pytest.raises(EvidenceError, match=f"record 0: is no judged value: {verdict!r}"):
        list(StoredRun(tmp_path / "run").judged())


def test_a_limit_and_a_frequency_of_none_are_empty_fields(tmp_path: Path) -> None:
    """What does not apply is empty in the table, never "None" or 0."""
    value = judged_values(observation())[1]
    run = RunDirectory(tmp_path / "run")
    run.judged(replace(value, sequence=3))
    run.close()
    line = (tmp_path / "run" / "measurements.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.startswith("3,")
    assert "None" not in line


def test_two_inputs_of_one_name_are_both_kept(tmp_path: Path) -> None:
    """A second file of the same name does not replace the first."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "simulated.toml").write_text(folder, encoding="utf-8")
    run = RunDirectory(tmp_path / "run")
    for folder in ("a", "b"):
        run.keep_input("benches", tmp_path / folder / "simulated.toml")
    run.close()
    kept = {path.read_text(encoding="utf-8") for path in (tmp_path / "run" / "inputs").rglob("*.toml")}
    assert kept == {"a", "b"}


@pytest.mark.parametrize(
    "data", [{}, {"decision": {}}, {"decision": {"verdict": "PASS"}}, {"decision": {"verdict": "PASS", "x": 1}}, []]
)
def test_a_measurement_record_that_is_none_is_an_error(tmp_path: Path, data: object) -> None:
    """A record with fields missing is an EvidenceError that names the record, not a traceback."""
    run = RunDirectory(tmp_path / "run")
    run.record("measurement", data)
    run.close()
    with pytest.raises(EvidenceError, match="record 0"):
        list(StoredRun(tmp_path / "run").judged())


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("decision", "guard_band", "NaN"),
        ("decision", "guard_band", "none"),
        ("decision", "margin", None),
        ("decision", "rule", 7),
        ("measurement", "value", "NaN"),
    ],
)
def test_a_recorded_value_is_typed(tmp_path: Path, part: str, field: str, value: object) -> None:
    """A field of a stored value or decision that is none of its kind is an EvidenceError that names the record."""
    judged = plain(judged_values(observation())[0])
    judged[part][field] = value
    run = RunDirectory(tmp_path / "run")
    run.record("measurement", judged)
    run.close()
    with pytest.raises(EvidenceError, match="record 0"):
        list(StoredRun(tmp_path / "run").judged())


def a_disclosure() -> Disclosed:
    """The residual of a point, disclosed."""
    value = judged_values(observation())[2]
    named = (value.sequence, value.test, value.requirement, value.quantity, value.measurement)
    return Disclosed(*named, value.point, value.attempt)


def test_disclosed_values_come_back_in_their_place(tmp_path: Path) -> None:
    """Judged and disclosed values are read back bit for bit, in the order in which they were recorded."""
    run = RunDirectory(tmp_path / "run")
    first, second, _ = judged_values(observation())
    run.judged(first)
    run.disclosed(a_disclosure())
    run.judged(second)
    run.close()
    stored = StoredRun(tmp_path / "run")
    assert list(stored.values()) == [first, a_disclosure(), second]
    assert list(stored.judged()) == [first, second]


def test_a_disclosed_value_has_no_limit_in_the_table(tmp_path: Path) -> None:
    """In measurements.csv a disclosure has its value and U, empty limits and guard band, and the word DISCLOSED."""
    run = RunDirectory(tmp_path / "run")
    run.disclosed(a_disclosure())
    run.close()
    with (tmp_path / "run" / "measurements.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["lower_limit"], row["upper_limit"], row["guard_band"], row["verdict"]) == ("", "", "", "DISCLOSED")
    assert float(row["value"]) == a_disclosure().measurement.value


def test_a_disclosure_record_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A disclosure with fields missing is an EvidenceError that names the record."""
    run = RunDirectory(tmp_path / "run")
    run.record("disclosure", {"sequence": 1})
    run.close()
    with pytest.raises(EvidenceError, match="record 0"):
        list(StoredRun(tmp_path / "run").values())


def test_what_the_unit_said_and_how_it_was_driven_come_back(tmp_path: Path) -> None:
    """Method, variant and what the stimulator indicated are read back with an observation."""
    where = replace(observation().point, method=Method.GAP, variant="20ms")
    taken = replace(observation(point_=where), indicated=(("state", "RUN"), ("polarity", "positive")))
    run = RunDirectory(tmp_path / "run")
    run.observe(taken, 1)
    run.close()
    assert list(StoredRun(tmp_path / "run").observations()) == [(1, taken)]


def test_a_derivation_from_several_observations_comes_back(tmp_path: Path) -> None:
    """The further observations that a value rests on are part of its record."""
    value = judged_values(observation())[0]
    derivation = replace(value.measurement.derivation, others=("a", "b"))
    value = replace(value, measurement=replace(value.measurement, derivation=derivation))
    run = RunDirectory(tmp_path / "run")
    run.judged(value)
    run.close()
    assert list(StoredRun(tmp_path / "run").values()) == [value]


def test_observations_that_are_not_wanted_are_not_read(tmp_path: Path) -> None:
    """A missing capture of one point does not keep another point from being read."""
    run = make_run(tmp_path / "run")
    (run / "captures" / "ch1-steady-L10-positive-10k-zero.capture").unlink()
    assert list(StoredRun(run).observations({"elsewhere"})) == []
    with pytest.raises(EvidenceError, match="cannot be read"):
        list(StoredRun(run).observations({"ch1-steady-L10-positive-10k"}))
