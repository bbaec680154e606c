"""A run directory can be verified and recomputed, and says so when it was touched."""

from __future__ import annotations

import getpass
import json
import platform
import random
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import BETWEEN_LOOKS_S, ROOT, RUN_LIMIT_S, arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; tests work on copies."""
    path = tmp_path_factory.mktemp("sealed") / "run"
    line = arguments(path, "-m", "production")
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout
    return path


@pytest.fixture
def run(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    copy = tmp_path / "copy"
    shutil.copytree(sealed, copy)
    return copy


def stimcert(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a verb."""
    line = [sys.executable, "-m", "harness.cli", *map(str, words)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def files_of(run: Path) -> list[Path]:
    """Every file of a run."""
    return sorted(path for path in run.rglob("*") if path.is_file())


def test_an_untouched_run_is_whole(run: Path) -> None:
    """Verify says "whole" and exits 0."""
    done = stimcert("verify", run)
    assert (done.returncode, done.stdout.strip()) == (0, "whole")


def test_an_untouched_run_recomputes_bit_for_bit(run: Path) -> None:
    """Recompute derives every value again and finds them equal bit for bit."""
    done = stimcert("recompute", run)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (run / "measurements.csv").read_bytes().count(b"\n") - 1
    assert f"{rows} values" in done.stdout
    assert "bit for bit" in done.stdout


def test_records_say_who_and_when(run: Path) -> None:
    """Machine, its user and time zone stand in the first record, a time that never goes back in each."""
    first, *_ = records = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    assert first["data"]["host"] == platform.node()
    assert first["data"]["host_user"] == getpass.getuser()
    local, started = (datetime.fromisoformat(first["data"][name]) for name in ("started_local", "started"))
    assert local == started
    assert first["data"]["time_zone"]
    times = [datetime.fromisoformat(record["time"]) for record in records]
    assert all(time.utcoffset() == timedelta(0) for time in times)
    assert times == sorted(times)
    assert times[0] >= started


def test_a_run_is_signed(run: Path, tmp_path: Path) -> None:
    """From a key to a signed run and back with the verbs alone, by verb and by single file."""
    secret, signatories, key = tmp_path / "secret", tmp_path / "signatories.toml", tmp_path / "key.pem"
    secret.write_text("long enough\n", encoding="utf-8")
    files = (f"--signatories={signatories}", f"--key={key}", f"--passphrase-file={secret}")
    assert stimcert("signatories", "add", "qa", "--name=Q. A.", "--role=approver", *files).returncode == 0
    done = stimcert("sign", run, "--as=qa", "--meaning=approval", *files)
    assert done.returncode == 0, done.stderr
    done = stimcert("verify", run, "--signed", f"--signatories={signatories}")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "whole")
    program = tmp_path / "verifier.py"
    assert stimcert("verify", f"--write-verifier={program}").returncode == 0
    line = [sys.executable, "-I", "-S", program, run, "--signed", f"--signatories={signatories}"]
    alone = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (alone.returncode, alone.stdout) == (0, done.stdout)


def test_one_changed_byte_anywhere_is_named(run: Path) -> None:
    """A byte changed in any file of the run makes verify exit 1 and name that file."""
    chance = random.Random(1)  # noqa: S311 - places, not secrets
    chosen = files_of(run)
    by_kind = {path.parent.name + path.suffix: path for path in chosen}
    for path in by_kind.values():
        data = bytearray(path.read_bytes())
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        before = path.read_bytes()
        path.write_bytes(bytes(data))
        done = stimcert("verify", run)
        assert done.returncode == 1, path
        assert path.relative_to(run).as_posix() in done.stdout
        path.write_bytes(before)
    assert stimcert("verify", run).returncode == 0


@pytest.mark.parametrize("name", ["records.jsonl", "run.json", "measurements.csv", "report.html", "junit.xml"])
def test_a_removed_file_is_named(run: Path, name: str) -> None:
    """A file taken away is named as missing."""
    (run / name).unlink()
    done = stimcert("verify", run)
    assert done.returncode == 1
    assert f"{name}: missing" in done.stdout


@pytest.mark.parametrize("name", ["extra.txt", "captures/extra.capture", "inputs/devices/other.toml", "new/empty"])
def test_an_added_file_is_named(run: Path, name: str) -> None:
    """A file put in is named as added."""
    (run / name).parent.mkdir(exist_ok=True)
    (run / name).write_bytes(b"")
    done = stimcert("verify", run)
    assert done.returncode == 1
    assert f"{name}: added" in done.stdout


def test_what_is_no_signature_is_named(run: Path) -> None:
    """A folder of signatures may be added; what lies in it and is none is named."""
    (run / "signatures").mkdir()
    assert stimcert("verify", run).returncode == 0
    (run / "signatures" / "rs.sig").write_bytes(b"x")
    done = stimcert("verify", run)
    assert (done.returncode, done.stdout.strip()) == (1, "signatures/rs.sig: is no signature")


def test_without_its_manifest_a_run_is_not_whole(run: Path) -> None:
    """A run whose manifest was taken away is refused with a sentence."""
    (run / "manifest.json").unlink()
    done = stimcert("verify", run)
    assert done.returncode == 1
    assert "manifest.json" in done.stderr


def test_a_changed_limit_shows_in_recomputation(run: Path) -> None:
    """A tolerance changed in inputs/ is seen, even where somebody seals the run anew."""
    device = run / "inputs" / "devices" / "quick.toml"
    text = device.read_text(encoding="utf-8")
    device.write_text(text.replace("{ value = 0.10,", "{ value = 0.20,"), encoding="utf-8")
    done = stimcert("recompute", run)
    assert done.returncode == 1
    assert "lower limit" in done.stdout


def test_a_killed_run_keeps_its_records(tmp_path: Path) -> None:
    """After SIGKILL all that was judged is in records and table, run.json says incomplete, recompute still works."""
    path = tmp_path / "run"
    process = subprocess.Popen(arguments(path), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    table = path / "measurements.csv"
    while not table.exists() or table.read_bytes().count(b"\n") < 12:
        assert process.poll() is None
        time.sleep(BETWEEN_LOOKS_S)
    process.kill()
    process.wait()
    done = stimcert("recompute", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"complete": false' in (path / "run.json").read_text()
    verified = stimcert("verify", path)
    assert verified.returncode == 1
    assert "was not ended" in verified.stderr


@pytest.mark.parametrize("verb", ["verify", "recompute"])
def test_what_is_no_run_is_refused(tmp_path: Path, verb: str) -> None:
    """A folder that is no run directory gets one sentence and exit 2."""
    done = stimcert(verb, tmp_path / "nothing")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
