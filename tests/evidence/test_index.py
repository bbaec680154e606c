"""The index over runs: everything in it is in the run directories, and can be made again from them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from harness.cli import main
from harness.errors import IndexFault, RequestError
from harness.evidence import Disclosed, RunDirectory, index_tables
from harness.evidence.index import Index, url_beside
from harness.evidence.index_rows import Held
from tests.reports.support import Story, accuracy, disclosed, observation, point, residual, sealed

if TYPE_CHECKING:
    from pathlib import Path

STORY = Story(
    values=[accuracy(1.02), accuracy(0.97, at=point(4)), residual(1e-9), disclosed(3e-7)],
    outcomes=[("current.accuracy", "PASS"), ("off.residual", "PASS")],
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty index of either kind."""
    if request.param == "sqlite":
        return url_beside(tmp_path)
    empty = str(request.getfixturevalue("postgresql"))
    Index(empty, anew=True).close()
    return empty


def count(index: Index) -> list[int]:
    """How many rows each table has: outcomes, instruments, paths, measurements."""
    with index.reading() as connection:
        return [int(connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in _PARTS]


_PARTS = index_tables.PARTS


def test_a_run_is_entered_as_its_directory_has_it(url: str, tmp_path: Path) -> None:
    """What is read back is what was written, to the last bit, by either kind of store; a second look reads nothing."""
    sealed(tmp_path / "a", STORY)
    index = Index(url)
    assert index.refresh([tmp_path]).read == (index.place_of(tmp_path / "a"),)
    assert count(index) == [2, 1, 2, 4]
    assert list(index.check([tmp_path])) == []
    with index.reading() as connection:
        table = index_tables.MEASUREMENTS
        found = [row.value for row in connection.execute(select(table).order_by(table.c.number))]
    assert found == [value.measurement.value for value in STORY.values]
    assert index.refresh([tmp_path]).read == ()
    index.close()


def test_a_session_enters_the_same_rows_as_a_later_reading(tmp_path: Path) -> None:
    """Filled from what a session still holds, and made again from the directory, an index is the same."""
    directory = RunDirectory(tmp_path / "a")
    directory.record("run-started", {"device": "toner", "lot": "L7"})
    directory.observe(observation(point()), 1)
    for value in STORY.values:
        (directory.disclosed if isinstance(value, Disclosed) else directory.judged)(value)
    directory.close()
    index = Index(url_beside(tmp_path))
    index.add(directory.path, Held(directory.contents, directory.taken))
    assert count(index) == [0, 0, 1, 4]
    assert list(index.check([tmp_path])) == []


def test_every_changed_cell_is_named(url: str, tmp_path: Path) -> None:
    """A cell that was changed by hand, a row that is missing or too many, a run that is: each is named by `--check`."""
    sealed(tmp_path / "a", STORY)
    sealed(tmp_path / "b", STORY)
    index = Index(url)
    index.refresh([tmp_path])
    table, runs = index_tables.MEASUREMENTS, index_tables.RUNS
    with index._transaction(writes=True) as connection:  # noqa: SLF001 - as somebody with another client would
        first = connection.execute(select(runs.c.id).order_by(runs.c.id)).scalars().first()
        changed = table.update().where(table.c.run == first, table.c.number == 1)
        connection.execute(changed.values(verdict="FAIL", value=1.0))
        connection.execute(table.delete().where(table.c.run == first, table.c.number == 3))
        connection.execute(
            index_tables.OUTCOMES.update().where(index_tables.OUTCOMES.c.number == 0).values(outcome="X")
        )
    shutil.rmtree(tmp_path / "b")
    sealed(tmp_path / "c", STORY)
    found = [(finding.run.rpartition("/")[2], finding.problem) for finding in index.check([tmp_path])]
    value = STORY.values[1].measurement.value
    assert found == [
        ("a", "outcomes, row 0: outcome is 'X', and by the run directory 'PASS'"),
        ("a", f"measurements, row 1: value is 1.0, and by the run directory {value!r}"),
        ("a", "measurements, row 1: verdict is 'FAIL', and by the run directory 'PASS'"),
        ("a", "measurements, row 3: is not in the index"),
        ("c", "is not in the index"),
        ("b", "is in the index, and there is no such run directory"),
    ]
    index.close()


def test_what_changed_is_read_again_and_what_is_gone_forgotten(tmp_path: Path) -> None:
    """A run that was indexed while it lasted is read again when it has ended; one that was removed is forgotten."""
    sealed(tmp_path / "a", Story(values=STORY.values, ended=False))
    sealed(tmp_path / "b", STORY)
    index = Index(url_beside(tmp_path))
    index.refresh([tmp_path])
    shutil.rmtree(tmp_path / "a")
    shutil.rmtree(tmp_path / "b")
    sealed(tmp_path / "a", STORY)
    done = index.refresh([tmp_path], remove=True)
    assert (done.read, done.removed) == (("a",), ("b",))
    assert list(index.check([tmp_path])) == []


def test_runs_and_their_index_move_together(tmp_path: Path) -> None:
    """An index beside its runs names them by their place there: the whole folder may be moved."""
    sealed(tmp_path / "one" / "a", STORY)
    Index(url_beside(tmp_path / "one")).refresh([tmp_path / "one"])
    (tmp_path / "one").rename(tmp_path / "two")
    assert list(Index(url_beside(tmp_path / "two")).check([tmp_path / "two"])) == []


def test_a_run_that_cannot_be_read_is_named_and_the_others_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken chain keeps a run out of the index, with its name, and exit code 1; the others are entered."""
    records = sealed(tmp_path / "a", STORY) / "records.jsonl"
    sealed(tmp_path / "b", STORY)
    records.write_bytes(records.read_bytes().replace(b"MY1", b"MY2", 1))
    assert main(["index", str(tmp_path)]) == 1
    assert "a/records.jsonl: line 3 is not the one that was written after line 2" in capsys.readouterr().out
    with Index(url_beside(tmp_path)).reading() as connection:
        assert connection.execute(select(index_tables.RUNS.c.place)).scalars().all() == ["b"]


def test_a_damaged_index_is_refused_and_made_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no store is one sentence and exit code 1; `--anew` sets it aside and makes one from the runs."""
    sealed(tmp_path / "a", STORY)
    (tmp_path / "index.sqlite").write_text("no data base", encoding="utf-8")
    assert main(["index", str(tmp_path), "--check"]) == 1
    assert main(["index", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("file is not a database") == 2
    assert main(["index", str(tmp_path), "--anew"]) == 0
    assert main(["index", str(tmp_path), "--check"]) == 0
    assert (tmp_path / "index.sqlite.damaged").read_text(encoding="utf-8") == "no data base"
    assert main(["index", str(tmp_path), "--anew"]) == 0
    assert len(list(tmp_path.glob("index.sqlite*"))) == 2


def test_somebody_elses_store_keeps_its_tables(tmp_path: Path) -> None:
    """Making an index anew in a file that holds other tables touches none of them."""
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("CREATE TABLE theirs (value TEXT)")
        connection.execute("INSERT INTO theirs VALUES ('kept')")
    connection.close()
    Index(url_beside(tmp_path), anew=True).close()
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        assert connection.execute("SELECT value FROM theirs").fetchall() == [("kept",)]
    connection.close()


def test_an_index_of_another_schema_is_refused(tmp_path: Path) -> None:
    """Tables of another version are not read as if they were ours."""
    Index(url_beside(tmp_path)).close()
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("UPDATE stimcert_schema SET schema = 99")
    connection.close()
    with pytest.raises(IndexFault, match=r"schema 99, not 1: make it again with stimcert index --anew"):
        Index(url_beside(tmp_path))


def test_nothing_to_compare_is_no_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` says yes only where there are run directories, and an index."""
    assert main(["index", str(tmp_path), "--check"]) == 1
    assert "there is no index" in capsys.readouterr().err
    assert not (tmp_path / "index.sqlite").exists()
    assert main(["index", str(tmp_path)]) == 0
    assert main(["index", str(tmp_path), "--check"]) == 1
    assert "no run directory to compare it with" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["mysql://host/x", "nothing", "sqlite+wrong:///x"])
def test_a_url_of_something_else_is_refused(url: str) -> None:
    """A URL that names no store of ours is a request that cannot be understood."""
    with pytest.raises(RequestError, match="give sqlite:///FILE or postgresql://USER@HOST/DATABASE"):
        Index(url)


_WRITER = """
import sys
from pathlib import Path
from harness.evidence.index import Index
index = Index(sys.argv[1])
for run in sys.argv[2:]:
    index.add(Path(run))
"""


def test_two_at_once_lose_nothing(url: str, tmp_path: Path) -> None:
    """Two processes that enter runs into one store at the same time, the same run too, enter all of them."""
    runs = [sealed(tmp_path / f"r{number}", STORY) for number in range(7)]
    halves = ([*runs[:4]], [*runs[3:]])
    line = [sys.executable, "-c", _WRITER, url]
    both = [subprocess.Popen([*line, *map(str, half)]) for half in halves]
    assert [process.wait(60) for process in both] == [0, 0]
    index = Index(url)
    assert list(index.check([tmp_path])) == []
    assert count(index) == [14, 7, 14, 28]
    index.close()


_ENDLESS = _WRITER.replace("for run in sys.argv[2:]:", "print(0, flush=True)\nfor run in sys.argv[2:] * 100000:")


@pytest.mark.soak
def test_a_writer_that_is_killed_leaves_a_store_that_opens(tmp_path: Path) -> None:
    """Killed at any moment between and within transactions, a writer leaves every run whole or as it was before."""
    runs = [sealed(tmp_path / f"r{number}", STORY) for number in range(3)]
    index = Index(url_beside(tmp_path))
    index.refresh([tmp_path])
    index.close()
    line = [sys.executable, "-c", _ENDLESS, url_beside(tmp_path), *map(str, runs)]
    for number in range(30):
        with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                process.wait(number * 0.01)
            process.kill()
        index = Index(url_beside(tmp_path))
        assert list(index.check([tmp_path])) == []
        index.close()


def test_a_killed_run_without_state_is_entered_by_its_records(tmp_path: Path) -> None:
    """What a run recorded before it was killed is found, and it counts as not complete."""
    run = sealed(tmp_path / "a", Story(values=STORY.values, ended=False, state=False))
    with (run / "records.jsonl").open("ab") as file:
        file.write(b'{"data":{"half')
    index = Index(url_beside(tmp_path))
    index.refresh([tmp_path])
    with index.reading() as connection:
        found = connection.execute(select(index_tables.RUNS)).one()
    assert (found.device, found.verdict, found.complete) == ("toner", None, False)
    assert count(index) == [0, 1, 2, 4]
    assert json.loads((run / "manifest.json").read_text(encoding="utf-8"))["schema"] == 1
