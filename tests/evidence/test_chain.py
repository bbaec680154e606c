"""The chain of records: what was written cannot be changed unnoticed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from harness.errors import EvidenceError
from harness.evidence import read_records
from harness.evidence.chain import START, RecordWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def written(path: Path, count: int = 5) -> list[bytes]:
    """A chain of some records, and its lines."""
    writer = RecordWriter(path)
    for number in range(count):
        writer.append("measurement", {"value": number / 3, "verdict": "FAIL"})
    writer.close()
    return path.read_bytes().splitlines()


def read(path: Path, lines: list[bytes]) -> list[object]:
    """What reading these lines gives."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return [record.data for record in read_records(path)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a chain stands."""
    return tmp_path / "records.jsonl"


def test_records_come_back_as_they_were_written(file: Path) -> None:
    """Number, kind and data of each record are read as they were appended."""
    written(file)
    records = list(read_records(file))
    assert [record.number for record in records] == list(range(5))
    assert {record.kind for record in records} == {"measurement"}
    assert [record.data["value"] for record in records] == [number / 3 for number in range(5)]


def test_a_record_says_when_it_was_written(file: Path) -> None:
    """The time of each is UTC by the host's clock, and under the record's hash; records of old have none."""
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    (line,) = written(file, 1)
    (record,) = read_records(file)
    time = datetime.fromisoformat(record.time)
    assert time.utcoffset() == timedelta(0)
    assert before <= time <= datetime.now(UTC)
    with pytest.raises(EvidenceError, match="line 1 is not"):
        read(file, [line.replace(record.time.encode(), b"2020-01-01T00:00:00.000+00:00")])
    entry = {"data": {}, "kind": "event", "number": 0, "previous": START}
    digest = hashlib.sha256(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    old = json.dumps({**entry, "sha256": digest}, sort_keys=True, separators=(",", ":")).encode()
    assert read(file, [old]) == [{}]


def test_each_line_holds_the_hash_of_the_line_before(file: Path) -> None:
    """The chain can be checked with nothing but SHA-256 and canonical JSON: own hash, and that of the line above."""
    writer = RecordWriter(file)
    for number in range(3):
        writer.append("event", number)
    writer.close()
    previous = START
    for line in file.read_bytes().splitlines():
        entry = json.loads(line)
        assert entry["previous"] == previous
        previous = entry.pop("sha256")
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == previous
    assert writer.head == previous


def test_a_record_is_in_the_file_before_append_returns(file: Path) -> None:
    """A run that is killed the moment after `judge` has lost nothing that was judged."""
    writer = RecordWriter(file)
    for number in range(3):
        writer.append("event", {})
        assert len(file.read_bytes().splitlines()) == number + 1
    writer.close()


def test_every_changed_byte_is_found(file: Path) -> None:
    """Whatever byte of whatever line is changed, the last with the verdict among them, reading the chain fails."""
    written(file)
    original = file.read_bytes()
    for position in range(len(original) - 1):
        for bit in (0x01, 0x20, 0x80):
            changed = bytearray(original)
            changed[position] ^= bit
            file.write_bytes(changed)
            with pytest.raises(EvidenceError, match=r"line [0-9]+ is not"):
                list(read_records(file))


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(1, 5))
def test_swapped_lines_are_found(file: Path, first: int, second: int) -> None:
    """No two records can change places."""
    if first >= second:
        return
    lines = written(file)
    lines[first], lines[second] = lines[second], lines[first]
    with pytest.raises(EvidenceError, match=f"line {first + 1} is not the one that was written after line {first}"):
        read(file, lines)


@pytest.mark.parametrize("gone", range(4))
def test_a_removed_line_is_found(file: Path, gone: int) -> None:
    """A record cannot be taken out from before another."""
    lines = written(file)
    with pytest.raises(EvidenceError, match=f"line {gone + 1} is not"):
        read(file, lines[:gone] + lines[gone + 1 :])


@pytest.mark.parametrize("place", range(5))
def test_an_inserted_line_is_found(file: Path, place: int) -> None:
    """A record cannot be put in, not even a copy of one that is there."""
    lines = written(file)
    with pytest.raises(EvidenceError):
        read(file, [*lines[:place], lines[place], *lines[place:]])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'"text"',
        b'{"number":0}',
        b'{"number":0,"kind":"x","previous":"","data":NaN}',
        b"\xff",
    ],
)
def test_what_is_no_record_is_found(file: Path, line: bytes) -> None:
    """A line that is no record of a chain is an error, wherever it stands."""
    with pytest.raises(EvidenceError, match="line 1 is not"):
        read(file, [line])


@pytest.mark.parametrize(
    "other",
    [
        b'{"data": 0,"kind":"x","number":0,"previous":"%s"}',
        b'{"kind":"x","data":0,"number":0,"previous":"%s"}',
        b'{"data":0,"data":0,"kind":"x","number":0,"previous":"%s"}',
        b'{"data":0e0,"kind":"x","number":0,"previous":"%s"}',
    ],
)
def test_only_canonical_bytes_are_a_record(file: Path, other: bytes) -> None:
    """The same data in other bytes (blanks, order, doubled keys) are not what was written."""
    with pytest.raises(EvidenceError):
        read(file, [other % START.encode()])


def test_half_a_last_line_is_dropped(file: Path) -> None:
    """A run that was killed while it wrote has all records but the one it was writing."""
    written(file)
    whole = file.read_bytes()
    for cut in (1, 10, 50):
        file.write_bytes(whole[:-cut])
        assert len(list(read_records(file))) == 4


def test_a_chain_is_never_written_over(file: Path) -> None:
    """A file that is there is not opened for records."""
    file.write_bytes(b"")
    with pytest.raises(FileExistsError):
        RecordWriter(file)


def test_signals_wait_while_a_line_is_written(file: Path) -> None:
    """Each line is written inside the shield that the run gives, so that no chain breaks half way."""
    inside: list[str] = []

    @contextlib.contextmanager
    def shield() -> Iterator[None]:
        inside.append("in")
        yield
        inside.append("out")

    writer = RecordWriter(file, shield)
    writer.append("event", 1)
    writer.append("event", 2)
    writer.close()
    assert inside == ["in", "out"] * 2


def test_what_cannot_be_written_breaks_no_chain(file: Path) -> None:
    """NaN is refused as a record, and the records before and after it are a whole chain."""
    writer = RecordWriter(file)
    writer.append("event", 1)
    with pytest.raises(ValueError, match=re.escape("not JSON compliant")):
        writer.append("event", float("nan"))
    writer.append("event", 2)
    writer.close()
    assert [record.data for record in read_records(file)] == [1, 2]


def test_a_record_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    """A record that cannot be written is an error: nothing may be judged any more."""
    link = tmp_path / "records.jsonl"
    writer = RecordWriter(link)
    writer.close()
    with pytest.raises(EvidenceError, match=r"a record cannot be written: .*the run cannot go on"):
        writer.append("event", 1)


def test_a_missing_file_is_one_sentence(file: Path) -> None:
    """Records that are not there are named."""
    with pytest.raises(EvidenceError, match=r"records\.jsonl: cannot be read: No such file"):
        list(read_records(file))


def test_after_a_failed_append_nothing_more_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line on a full disk is taken back, every later record refused, and what was there is a whole chain."""
    writer = RecordWriter(file)
    writer.append("event", 1)
    whole = file.read_bytes()
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda number, data: write(number, data[:10]))
        with pytest.raises(EvidenceError, match="a record cannot be written: the disk is full"):
            writer.append("event", 2)
    with pytest.raises(EvidenceError, match="a record cannot be written: the disk is full"):
        writer.append("event", 3)
    writer.close()
    assert file.read_bytes() == whole
    assert [record.data for record in read_records(file)] == [1]
