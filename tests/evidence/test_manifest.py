"""The manifest: a sealed directory is as it was, or the difference has a name."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from harness.errors import EvidenceError, NoRun
from harness.evidence import Finding, seal, verify
from harness.evidence.chain import RecordWriter
from tests.examples import make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A sealed directory of two files and one empty folder."""
    run = tmp_path / "run"
    (run / "empty").mkdir(parents=True)
    (run / "a.txt").write_bytes(b"evidence")
    writer = RecordWriter(run / "records.jsonl")
    writer.append("event", {"value": 1.5})
    writer.append("event", {})
    writer.close()
    seal(run)
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed synthetic run."""
    return make_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return shutil.copytree(whole, tmp_path / "copy")


def test_a_sealed_run_is_whole(run: Path) -> None:
    """What nobody touched has no findings, wherever it was copied to."""
    assert verify(run) == ()


def test_a_changed_byte_in_any_file_is_found(run: Path) -> None:
    """One bit of one byte, at the beginning, in the middle or at the end of any file, is `altered` in that file."""
    files = [path for path in sorted(run.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    assert len(files) == 10
    for path in files:
        original = path.read_bytes()
        for position in {0, len(original) // 2, len(original) - 1}:
            changed = bytearray(original)
            changed[position] ^= 1
            path.write_bytes(changed)
            assert verify(run) == (Finding(path.relative_to(run).as_posix(), "altered"),)
        path.write_bytes(original)
    assert verify(run) == ()


def test_a_changed_byte_of_the_manifest_is_found(small: Path) -> None:
    """At every position of the manifest another byte, one less and one more are found."""
    manifest = small / "manifest.json"
    original = manifest.read_bytes()
    for position in range(len(original)):
        for changed in (
            original[:position] + bytes([original[position] ^ 1]) + original[position + 1 :],
            original[:position] + bytes([original[position] ^ 0x20]) + original[position + 1 :],
            original[:position] + original[position + 1 :],
            original[:position] + b" " + original[position:],
        ):
            manifest.write_bytes(changed)
            # A file name of the same length leads to a manifest that is sound for another directory.
            assert verify(small) == (Finding("manifest.json", "altered"),)
    manifest.write_bytes(original)
    assert verify(small) == ()


def test_a_manifest_for_other_files_is_found(small: Path) -> None:
    """A manifest that is sound in itself but lists other content does not make a run whole."""
    other = small.with_name("other")
    shutil.copytree(small, other)
    (other / "a.txt").write_bytes(b"evidencf")
    (other / "manifest.json").unlink()
    seal(other)
    shutil.copy(other / "manifest.json", small / "manifest.json")
    assert verify(small) == (Finding("a.txt", "altered"),)


def put(name: str, content: bytes = b"") -> Callable[[Path], None]:
    """Add a file."""

    def change(run: Path) -> None:
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(content)

    return change


CHANGES: dict[str, tuple[Callable[[Path], object], set[tuple[str, str]]]] = {
    "an added file": (put("b.txt"), {("b.txt", "added")}),
    "an added file in a folder": (put("empty/b.txt"), {("empty/b.txt", "added")}),
    "an added hidden file": (put(".b"), {(".b", "added")}),
    "an added manifest in a folder": (put("empty/manifest.json"), {("empty/manifest.json", "added")}),
    "signatures elsewhere": (
        put("empty/signatures/x"),
        {("empty/signatures/", "added"), ("empty/signatures/x", "added")},
    ),
    "something like signatures": (put("signatures2/x"), {("signatures2/", "added"), ("signatures2/x", "added")}),
    "a removed file": (lambda run: (run / "a.txt").unlink(), {("a.txt", "missing")}),
    "an added empty folder": (lambda run: (run / "new").mkdir(), {("new/", "added")}),
    "a removed empty folder": (lambda run: (run / "empty").rmdir(), {("empty/", "missing")}),
    "a renamed file": (lambda run: (run / "a.txt").rename(run / "b.txt"), {("a.txt", "missing"), ("b.txt", "added")}),
    "an emptied file": (put("a.txt"), {("a.txt", "altered")}),
    "a longer file": (put("a.txt", b"evidence "), {("a.txt", "altered")}),
    "a link to the same bytes": (
        lambda run: ((run / "a.txt").rename(run.parent / "a.txt"), (run / "a.txt").symlink_to(run.parent / "a.txt")),
        {("a.txt", "altered")},
    ),
    "a folder in a file's place": (
        lambda run: ((run / "a.txt").unlink(), (run / "a.txt").mkdir()),
        {("a.txt", "missing"), ("a.txt/", "added")},
    ),
    "a changed record": (put("records.jsonl", b"{}\n"), {("records.jsonl", "altered")}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_has_its_name(small: Path, name: str) -> None:
    """Every altered, missing or added item is listed, and nothing else."""
    change, expected = CHANGES[name]
    change(small)
    assert {(finding.item, finding.problem) for finding in verify(small)} == expected


def test_signatures_may_grow(small: Path) -> None:
    """After a run is sealed a folder of signatures may be added; what is none in it is named, folders too."""
    (small / "signatures").mkdir()
    assert verify(small) == ()
    put("signatures/qa.sig", b"signed")(small)
    put("signatures/more/second.sig", b"signed")(small)
    names = ("more", "more/second.sig", "qa.sig")
    assert verify(small) == tuple(Finding(f"signatures/{name}", "is no signature") for name in names)


def test_a_broken_chain_is_found_where_every_hash_agrees(small: Path) -> None:
    """Who changes a record and seals anew is still betrayed by the hash that the record holds of itself."""
    path = small / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b"1.5", b"2.5"))
    seal(small)
    (finding,) = verify(small)
    assert finding.item == "records.jsonl"
    assert "line 1 is not" in finding.problem


def test_a_manifest_in_the_place_of_another_file_is_found(small: Path) -> None:
    """Where manifest and another file changed places, both are named, and what else is wrong."""
    (small / "manifest.json").rename(small / "x")
    (small / "a.txt").rename(small / "manifest.json")
    (small / "x").rename(small / "a.txt")
    (small / "b.txt").write_bytes(b"")
    found = {(finding.item, finding.problem) for finding in verify(small)}
    assert found == {("b.txt", "added"), ("a.txt", "altered"), ("manifest.json", "altered")}


def test_swapped_files_are_named_as_such(small: Path) -> None:
    """Of two files that changed places each names the other."""
    one, other = (small / "a.txt").read_bytes(), (small / "records.jsonl").read_bytes()
    (small / "a.txt").write_bytes(other)
    (small / "records.jsonl").write_bytes(one)
    assert {(finding.item, finding.problem) for finding in verify(small)} == {
        ("a.txt", "altered: swapped with records.jsonl"),
        ("records.jsonl", "altered: swapped with a.txt"),
    }


def test_captures_follow_from_the_records(run: Path) -> None:
    """Who exchanges a capture and seals anew is betrayed by the record that names it.

    One that no record names is no fault: an interruption may come between a capture and the record of its observation.
    """
    capture = min((run / "captures").iterdir())
    data = capture.read_bytes()
    capture.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    shutil.copy(capture, run / "captures" / "other.capture")
    (run / "manifest.json").unlink()
    seal(run)
    assert {(finding.item, finding.problem) for finding in verify(run)} == {
        (f"captures/{capture.name}", "is not the capture that a record names"),
    }


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"files":[]}', b'{"files":null}', b"\xff"])
def test_what_is_no_manifest_is_altered(small: Path, content: bytes) -> None:
    """Whatever stands in its place, a manifest that was not written by `seal` makes no run whole."""
    (small / "manifest.json").write_bytes(content)
    assert verify(small) == (Finding("manifest.json", "altered"),)


def test_a_run_without_a_manifest_is_not_whole(small: Path) -> None:
    """A run that never ended, or whose manifest was taken away, is refused."""
    (small / "manifest.json").unlink()
    with pytest.raises(EvidenceError, match=r"has no manifest\.json: the run was not ended"):
        verify(small)


def test_no_run_is_not_whole(tmp_path: Path) -> None:
    """A directory that is not there, or a file, is refused."""
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(NoRun, match="no such run directory"):
            verify(path)


def test_a_manifest_is_canonical(small: Path) -> None:
    """Sealing the same directory again gives the same bytes, readable as JSON, and lists itself nowhere."""
    before = (small / "manifest.json").read_bytes()
    seal(small)
    assert (small / "manifest.json").read_bytes() == before
    assert sorted(json.loads(before)["files"]) == ["a.txt", "empty/", "records.jsonl"]


def test_only_a_folder_of_signatures_may_grow(small: Path) -> None:
    """A file that is called `signatures` is an added file."""
    put("signatures", b"x")(small)
    assert verify(small) == (Finding("signatures", "added"),)


def test_a_special_file_does_not_hang(small: Path) -> None:
    """A pipe among the files is named and not read."""
    os.mkfifo(small / "pipe")
    assert verify(small) == (Finding("pipe", "added"),)
