"""One certification from configuration to the sealed run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.bench import OrderlyStop
from harness.errors import EvidenceError, StimcertError
from harness.plugin import terminal
from harness.plugin.certification import PARTIAL, Certification
from harness.plugin.collection import point_of
from harness.plugin.definitions import load_definitions
from harness.plugin.indexing import index_run
from harness.plugin.options import options_of
from harness.plugin.session import CERTIFICATION
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Generator

EXIT_PARTIAL = 16
_ACCOUNTABLE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def print_plan(config: pytest.Config) -> None:
    """Print the plan alone; the bench is not touched."""
    try:
        lines = terminal.plan_lines(load_definitions(options_of(config)))
    except StimcertError as error:
        raise pytest.UsageError(str(error)) from error
    for line in lines:
        print(line)  # noqa: T201 - the answer to --plan


def begin(config: pytest.Config) -> None:
    """Load every file before anything is touched, so that a wrong one is a sentence and exit code 4."""
    if config.getoption("numprocesses", None) or config.getoption("dist", "no") != "no":
        raise pytest.UsageError(
            "suites run in one process on one bench: leave -n out; run several runs side by side instead"
        )
    try:
        certification = Certification(load_definitions(options_of(config)), OrderlyStop())
        config.stash[CERTIFICATION] = certification
        if config.getoption("collectonly"):
            return
        certification.stop.install()
        run = certification.start(config.rootpath)
    except StimcertError as error:
        raise pytest.UsageError(str(error)) from error
    if not config.getoption("xmlpath", None):
        config.option.xmlpath = str(run / "junit.xml")
    if config.getoption("tbstyle", None) == "auto":
        # One line a failure in the terminal; the reports hold the tables.
        config.option.tbstyle = "no"
    for places in config.hook.pytest_stimcert_started(config=config, run=run):
        certification.beside.extend(places or ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Begin no test after a stop was asked for, nor one of a further point for a unit that was refused at the first."""
    certification = item.config.stash.get(CERTIFICATION, None)
    if certification is not None:
        certification.stop.check()
    result = yield
    if certification is not None:
        terminal.tell_progress(item.config, certification)
    if certification is not None and (refused := certification.refused_at):
        # pytest goes through this very list: what is no longer in it is neither run nor reported.
        item.session.items[:] = [other for other in item.session.items if point_of(other) == refused]
    return result


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the signals back; leave the bench safe where nothing else did."""
    certification = config.stash.get(CERTIFICATION, None)
    if certification is not None:
        certification.leave_bench()
        certification.stop.remove()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    """Conclude before all reports are written, seal after all of them, and set the exit code."""
    certification = session.config.stash.get(CERTIFICATION, None)
    if certification is None or not certification.has_started:
        return (yield)
    if certification.stop.requested and exitstatus in _ACCOUNTABLE:
        exitstatus = pytest.ExitCode.INTERRUPTED
    ran_to_its_end = exitstatus in _ACCOUNTABLE or certification.stopped_by_fault
    if session.shouldfail or (session.shouldstop and not certification.stopped_by_fault):
        certification.scope = PARTIAL
    certification.leave_bench()
    # A signal from here on is too late: nothing is measured any more, and a run is either whole or it is not.
    certification.stop.too_late()
    certification.conclude(ran_to_its_end=ran_to_its_end, all_passed=exitstatus == pytest.ExitCode.OK)
    try:
        _report(session.config, certification)
        session.exitstatus = _exit_code(certification, exitstatus)
        return (yield)
    except OSError as error:
        # pytest's own junit.xml on a full disk.
        certification.run_errors.append(f"a report could not be written: {error}")
    finally:
        # Sealed also where a report could not be written: the records are whole.
        certification.seal()
        index_run(certification)
        session.exitstatus = _exit_code(certification, exitstatus)
        terminal.conclude(session.config, certification)


def _report(config: pytest.Config, certification: Certification) -> None:
    try:
        config.hook.pytest_stimcert_concluded(config=config, run=certification.directory.path)
    except (OSError, EvidenceError) as error:
        certification.run_errors.append(f"a report could not be written: {error}")


def _exit_code(certification: Certification, exitstatus: int) -> int:
    """0 for PASS only; pytest's own codes for usage, interruption and nothing collected."""
    if certification.stopped_by_fault or (certification.run_errors and exitstatus in _ACCOUNTABLE):
        return int(pytest.ExitCode.TESTS_FAILED)
    if exitstatus not in _ACCOUNTABLE:
        return exitstatus
    if certification.scope == PARTIAL:
        passed = certification.judged_all_pass and exitstatus == pytest.ExitCode.OK
        return EXIT_PARTIAL if passed else int(pytest.ExitCode.TESTS_FAILED)
    passed = certification.verdict == Verdict.PASS.label and exitstatus == pytest.ExitCode.OK
    return int(pytest.ExitCode.OK if passed else pytest.ExitCode.TESTS_FAILED)
