"""The kill table: each defect of the catalogue, on each device that it applies to, certified by the suites themselves.

Every run is a pytest process of its own, as a user starts one: what turns red there is a test, not a function that
looks like one. A run is narrowed to operating points of the requirements that a person would name; where nothing fails
there, it is repeated at all of their points before the defect counts as a survivor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness.definitions.document import LIBRARY
from harness.errors import EvidenceError
from harness.evidence.stored_run import StoredRun
from harness.studies.defects_catalogue import chosen, load_catalogue
from harness.studies.defects_plan import plan_device
from harness.studies.defects_results import (
    CAUGHT,
    ELSEWHERE,
    NO_VERDICT,
    PASSES,
    REFUSED,
    SURVIVED,
    Failing,
    Header,
    Result,
    ResultFile,
)
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from harness.evidence.stored_run import Judged
    from harness.studies.defects_plan import Task

ROOT = LIBRARY.parent
"""Of the checkout, where the suites stand."""

_SCHEMA = 1
_SEED = 1
_NOT_HEALTHY = frozenset(
    each.label for each in (Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL, Verdict.FAIL, Verdict.ERROR)
)
_RUN_LIMIT_S = 900.0
_END_LIMIT_S = 30.0
_ENDED = frozenset({0, 1, 16})
"""Exit codes of a certification that came to its end: PASS, anything else, all that was judged passed."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        devices: profiles, by name or file; empty: all of the checkout.
        bench: a simulated one, by name or file.
        only: defects, as `D04` or `D04-wraps`; empty: all.
        processes: how many runs at the same time.
        whole: whole plans.
        healthy: simulated unit that the defects are made from, by name or file; None: the device's.
    """

    devices: tuple[str, ...] = ()
    bench: str = "simulated"
    only: tuple[str, ...] = ()
    processes: int = 1
    whole: bool = False
    healthy: str | None = None


def run(
    request: Request, output: Path, progress: Callable[[int, int, Result], None], *, renew: bool = False
) -> list[Result]:
    """Certify what is not in the file yet, and answer all that was asked for, in the order of the catalogue.

    Args:
        request: what is asked for.
        output: file that is begun, or gone on with.
        progress: told how many are done, of how many, and the last one.
        renew: begin a file of another program anew.

    Raises:
        RequestError: no such defect; the file is one of another program.
        DefinitionError: a file is wrong.
        KeyboardInterrupt: SIGINT or SIGTERM; every run was ended in order, and the file holds what was done before.
    """
    defects = chosen(load_catalogue(), request.only)
    devices = request.devices or tuple(sorted(path.stem for path in (LIBRARY / "devices").glob("*.toml")))
    planned = [plan_device(device, request.bench, request.healthy, defects, whole=request.whole) for device in devices]
    # Last: a request that is refused leaves the results of another program as they are.
    file = ResultFile(output, Header(_SCHEMA, request.bench, request.whole, program()), renew=renew)
    asked: list[Result] = []
    due: list[Task] = []
    for tasks, without_run in planned:
        for result in without_run:
            if file.due(result):
                file.append(result)
        due += [task for task in tasks if file.due(task.blank)]
        asked += [*without_run, *(task.blank for task in tasks)]
    if due:
        _certify(request, due, file, progress)
    ranks = {defect.label(variant): number for number, (defect, variant) in enumerate(defects)}
    found = [file.results[result.key] for result in asked]
    return sorted(found, key=lambda result: ranks.get(result.label, len(ranks)))


def program() -> str:
    """Digest of the program, its suites and all definition files: what a result was found with."""
    digest = sha256()
    for room in ("harness", "suites", "fixtures"):
        for path in sorted(path for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".toml"}):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _certify(request: Request, due: list[Task], file: ResultFile, progress: Callable[[int, int, Result], None]) -> None:
    with (
        TemporaryDirectory(prefix="stimcert-defects-") as folder,
        _terminated_like_interrupted(),
        ThreadPoolExecutor(request.processes) as pool,
    ):
        crew = _Crew(Path(folder), request.bench)
        runs = [pool.submit(crew.certify, number, task) for number, task in enumerate(due)]
        try:
            for number, done in enumerate(as_completed(runs), start=1):
                result = done.result()
                file.append(result)
                progress(number, len(due), result)
        except BaseException:
            for each in runs:
                each.cancel()
            crew.stop()
            raise


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends a study as Ctrl-C does: with its runs, and in order."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Crew:
    """Starts runs, several at a time from threads, and ends all of them where it is told to stop."""

    def __init__(self, folder: Path, bench: str) -> None:
        self._folder = folder
        self._bench = bench
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def certify(self, number: int, task: Task) -> Result:
        """Look once, and once more at all points where the first look saw nothing that was expected."""
        result = task.blank
        for look, keys in enumerate(task.looks):
            result = self._look(self._folder / f"{number}-{look}", task, keys)
            if result.status in {CAUGHT, PASSES}:
                break
        return result

    def stop(self) -> None:
        """End every run as Ctrl-C would, and kill what does not end."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for process in running:
            process.send_signal(signal.SIGINT)
        for process in running:
            try:
                process.wait(_END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def _look(self, folder: Path, task: Task, keys: tuple[str, ...]) -> Result:
        folder.mkdir()
        unit, run_dir = folder / "defective.toml", folder / "run"
        unit.write_text(task.unit, encoding="utf-8")
        # Beside the healthy one, which may stand anywhere.
        copyfile(task.healthy, folder / task.healthy.name)
        line = [
            sys.executable, "-m", "pytest", str(ROOT / "suites"), "-q", "-p", "no:cacheprovider", "-p",
            "no:allure_pytest", "--index=none", f"--device={task.device}", f"--bench={self._bench}",
            f"--simulated-unit={unit}", f"--seed={_SEED}", f"--run-dir={run_dir}",
        ]  # fmt: skip
        if keys:
            line += ["-k", " or ".join(f"[{key}]" for key in keys)]
        code, said = self._run(line, folder / "output")
        return _read(replace(task.blank, points=len(keys)), run_dir, code, said)

    def _run(self, line: list[str], said: Path) -> tuple[int | None, str]:
        """Run to its end; no exit code where that did not come in time."""
        with said.open("wb") as output:
            with self._lock:
                if self._stopped:
                    return None, "stopped"
                # Of a session of its own: a Ctrl-C at the terminal reaches it through us, once.
                process = subprocess.Popen(
                    line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    env=self._environment(), start_new_session=True,
                )  # fmt: skip
                self._running.add(process)
            try:
                code: int | None = process.wait(_RUN_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
            with self._lock:
                self._running.discard(process)
        return code, said.read_text(encoding="utf-8", errors="replace")

    def _environment(self) -> Mapping[str, str]:
        """That of this process; where it keeps no bytecode, hundreds of runs do, for as long as they last."""
        environment = dict(os.environ)
        if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
            environment["PYTHONPYCACHEPREFIX"] = str(self._folder / "bytecode")
        return environment


def _read(blank: Result, run_dir: Path, code: int | None, said: str) -> Result:
    """What a run says of the defect."""
    try:
        stored = StoredRun(run_dir)
        state = stored.state()
        judged = [value for value in stored.judged() if value.decision.verdict is Verdict.FAIL]
    except EvidenceError as error:
        return replace(blank, why=_last_line(said) or str(error))
    if code not in _ENDED:
        return replace(blank, why=f"the run did not end as a certification does (exit code {code}): {_last_line(said)}")
    outcomes = {str(row["id"]): str(row["outcome"]) for row in state["requirements"]}
    failed = tuple(name for name, outcome in outcomes.items() if outcome == Verdict.FAIL.label)
    if not blank.expected:
        wrong = [f"{name} {outcome}" for name, outcome in outcomes.items() if outcome in _NOT_HEALTHY]
        return replace(
            blank, status=REFUSED if wrong else PASSES, caught=failed, failing=_first(judged), why="; ".join(wrong)
        )
    named = [value for value in judged if value.requirement in blank.expected and value.requirement in failed]
    errors = Verdict.ERROR.label in outcomes.values()
    missed = NO_VERDICT if errors else SURVIVED
    status = CAUGHT if named else ELSEWHERE if failed else missed
    why = "" if named else "; ".join(f"{name}: {outcomes.get(name, 'unknown')}" for name in blank.expected)
    return replace(blank, status=status, caught=failed, failing=_first(named or judged), why=why)


def _first(judged: list[Judged]) -> Failing | None:
    if not judged:
        return None
    value = judged[0]
    return Failing(
        requirement=value.requirement,
        quantity=value.quantity,
        point=value.point.key,
        value=value.measurement.value,
        expanded=value.measurement.expanded_uncertainty,
        unit=value.measurement.unit,
        lower=value.limit.lower,
        upper=value.limit.upper,
        margin=value.decision.margin,
    )


def _last_line(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "")
