"""The ways in which pytest itself turns nothing into green, each closed; 11 to 14 of `docs/verdicts.md` by number."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ONE_POINT, QUICK_D01, QUICK_D02, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

HEAD = "import pytest\nfrom harness import measurands\n\n\n"
GOOD = (
    '@pytest.mark.requirement("off.residual")\n'
    "def test_residual(observation, judge):\n"
    '    judge("off.residual-current", measurands.residual_current(observation))\n'
)
METHOD = (
    'import unittest\n\n\n@pytest.mark.requirement("off.residual")\n'
    "class TestIt(unittest.TestCase):\n    def test_it(self):\n        pass\n"
)
DOCTEST = "def helper():\n    '''\n    >>> 1\n    1\n    '''\n"
NAMED_IN_CONFTEST = ("harness.plugin", "fixtures.bench", "fixtures.observation", "reports.plugin")


def with_fixture(name: str) -> str:
    """The good test, asking for one fixture more."""
    return GOOD.replace("(observation, judge", f"({name}, observation, judge")


@pytest.fixture
def certify_suite(certify: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Certify with suites of the test's own, in a project that is otherwise the real one."""
    project = tmp_path / "project"
    (project / "suites").mkdir(parents=True)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, project / name)

    def run(source: str, *options: str) -> Run:
        (project / "suites" / "test_own.py").write_text(HEAD + source, encoding="utf-8")
        return certify(*(options or ("-k", ONE_POINT)), cwd=project)

    return run


@pytest.fixture
def certify_cached(certify: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Certify with pytest's cache, kept for this test alone."""

    def run(*options: str) -> Run:
        return certify("cacheprovider", "-o", f"cache_dir={tmp_path / 'cache'}", *options)

    return run


def test_the_good_suite_is_accepted(certify_suite: Callable[..., Run]) -> None:
    """The scratch project itself works: its one good test passes, as a part."""
    run = certify_suite(GOOD)
    assert run.code == 16, run.output
    assert {row["verdict"] for row in run.rows} == {"PASS"}


def test_way_11_a_test_that_judged_nothing(certify_suite: Callable[..., Run]) -> None:
    """A suite test that passes without judging is an error of its requirement, never green."""
    run = certify_suite(
        '@pytest.mark.requirement("off.residual")\ndef test_it(observation, judge):\n    assert judge\n'
    )
    assert run.code == 1, run.output
    assert "judged nothing" in run.output
    assert run.outcomes["off.residual"] == "ERROR"


@pytest.mark.parametrize("body", ["pytest.skip('later')", "pytest.xfail('known')", "pytest.importorskip('no_such')"])
def test_way_13_skip_and_xfail_in_a_test(certify_suite: Callable[..., Run], body: str) -> None:
    """A suite test that skips, or says that it expects to fail, is an error of its requirement, never green."""
    run = certify_suite(f'@pytest.mark.requirement("off.residual")\ndef test_it(observation, judge):\n    {body}\n')
    assert run.code == 1, run.output
    assert "never skipped" in run.output
    assert run.outcomes["off.residual"] == "ERROR"


def test_a_value_that_comes_after_the_verdict(certify_suite: Callable[..., Run]) -> None:
    """What a fixture judges in its teardown is refused and not recorded: the test's verdict was raised before."""
    late = (
        "@pytest.fixture\ndef late(observation, judge):\n    yield\n"
        '    judge("off.residual-current", measurands.residual_current(observation))\n\n\n'
    )
    run = certify_suite(late + with_fixture("late"))
    assert run.code == 1, run.output
    assert "comes after the test function has ended" in run.output
    assert (run.outcomes["off.residual"], len(run.rows)) == ("ERROR", 1)


@pytest.mark.parametrize("way", ["pytest.fail('nope')", "assert not judge", "raise OSError('nope')"])
def test_a_failure_that_is_no_verdict_is_an_error(certify_suite: Callable[..., Run], way: str) -> None:
    """A suite test that fails after its values passed leaves an ERROR in the evidence, not a PASS."""
    run = certify_suite(f"{GOOD}    {way}\n")
    assert run.code == 1, run.output
    assert run.outcomes["off.residual"] == "ERROR"
    assert "test-error" in run.kinds


def test_way_13_a_skip_after_judging(certify_suite: Callable[..., Run]) -> None:
    """A test that judges one value and then skips is an error; the value is kept."""
    run = certify_suite(GOOD + "    pytest.skip('enough')\n")
    assert run.code == 1, run.output
    assert run.outcomes["off.residual"] == "ERROR"
    assert len(run.rows) == 1


@pytest.mark.parametrize("mark", ["skip", "skipif(True, reason='x')", "xfail", "xfail(strict=False)"])
def test_way_13_skip_and_xfail_marks(certify_suite: Callable[..., Run], mark: str) -> None:
    """A suite test marked skip or xfail stops the run before it starts, exit 4."""
    run = certify_suite(f"@pytest.mark.{mark}\n{GOOD}")
    assert run.code == 4, run.output
    assert "never marked" in run.output


def test_way_13_a_module_that_skips_itself(certify_suite: Callable[..., Run]) -> None:
    """A suite module that skips itself at import stops the run."""
    run = certify_suite(f"pytest.skip('not today', allow_module_level=True)\n\n{GOOD}", "--seed=1")
    assert run.code == 2, run.output
    assert "never skipped" in run.output


def test_way_13_a_fixture_that_skips(certify_suite: Callable[..., Run]) -> None:
    """A skip in a fixture counts as an error of the test's requirement."""
    source = "@pytest.fixture\ndef gone():\n    pytest.skip('x')\n\n\n" + with_fixture("gone")
    run = certify_suite(source)
    assert run.code == 1, run.output
    assert run.outcomes["off.residual"] == "ERROR"


def test_way_12_an_empty_parameter_set(certify_suite: Callable[..., Run]) -> None:
    """A test parametrised with nothing fails at collection."""
    run = certify_suite(f"@pytest.mark.parametrize('x', [])\n{with_fixture('x')}", "--seed=1")
    assert run.code == 2, run.output


def test_leaving_with_exit_code_zero_is_not_green(certify_suite: Callable[..., Run]) -> None:
    """A test that ends pytest with exit code 0 does not make the run pass."""
    run = certify_suite(GOOD + "    pytest.exit('done', returncode=0)\n", "--seed=1")
    assert run.code == 1, run.output
    assert run.state["verdict"] == "INCOMPLETE"


def test_a_suite_that_is_missing_is_incomplete(certify_suite: Callable[..., Run]) -> None:
    """All tests pass, but all requirements but one have none: INCOMPLETE, exit 1."""
    run = certify_suite(GOOD, "--seed=1")
    assert run.code == 1, run.output
    assert run.state["verdict"] == "INCOMPLETE"
    assert run.outcomes["current.accuracy"] == "NOT TESTED"


def test_a_row_of_another_requirement_is_refused(certify_suite: Callable[..., Run]) -> None:
    """Judge accepts only rows of the marker's requirement."""
    run = certify_suite(GOOD.replace('requirement("off.residual")', 'requirement("polarity.sign")'))
    assert run.code == 1, run.output
    assert "has no row" in run.output


def test_a_measurement_of_another_kind_is_refused(certify_suite: Callable[..., Run]) -> None:
    """A value measured another way than the row says is not judged by it."""
    other = "plateau_magnitude(observation, observation.point.setpoint.polarity)"
    wrong = GOOD.replace("residual_current(observation)", other)
    run = certify_suite(wrong)
    assert run.code == 1, run.output
    assert "is judged by residual-current" in run.output


@pytest.mark.parametrize(
    ("options", "scope", "code"),
    [
        (("-m", "production"), "production", 0),
        (("--deselect", "suites/test_polarity.py"), "partial", 16),
        (("-m", "not production"), "partial", 16),
        (("-k", "L01-positive-2k and level"), "partial", 16),
    ],
)
def test_way_14_a_partial_selection(
    certify: Callable[..., Run], options: tuple[str, ...], scope: str, code: int
) -> None:
    """Only the whole plan and the named short selections have a verdict; every other selection is PARTIAL."""
    run = certify(*options)
    assert (run.state["scope"], run.code) == (scope, code), run.output
    assert (run.state["verdict"] is None) == (scope == "partial")


def test_way_14_one_file_of_the_suites(certify: Callable[..., Run]) -> None:
    """Naming one suite file is PARTIAL even though nothing was deselected."""
    run = certify(suites="suites/test_off_state.py")
    assert run.code == 16, run.output
    assert re.fullmatch(r"PARTIAL: 2 of \d+ requirements judged", run.last_line)


def test_way_14_stopping_at_the_first_failure(certify: Callable[..., Run]) -> None:
    """-x on a failing unit is PARTIAL with exit 1."""
    run = certify("-x", f"--simulated-unit={QUICK_D01}")
    assert run.code == 1, run.output
    assert run.state["scope"] == "partial"
    assert run.last_line.startswith("PARTIAL: ")


@pytest.mark.parametrize("name", ["harness.plugin.certifying", *NAMED_IN_CONFTEST])
def test_a_plugin_that_is_switched_off(certify: Callable[..., Run], name: str) -> None:
    """Without any one of our plug-ins there is no certification: exit 4 before the run begins, and never green."""
    run = certify("-p", f"no:{name}", f"--simulated-unit={QUICK_D01}")
    assert run.code == 4, run.output
    assert name == "harness.plugin" or run.last_line.startswith(f"ERROR: {name} is part of every certification")
    assert not run.path.exists()


def test_a_module_that_is_switched_off(certify: Callable[..., Run]) -> None:
    """`-p no:` of all modules that pytest does not know as plug-ins takes no guard away: what is out of limit fails."""
    parts = [f"harness.plugin.{path.stem}" for path in (ROOT / "harness/plugin").glob("[a-z]*.py")]
    parts += ["harness", "reports", "suites"]  # pytest itself refuses "fixtures": one of its own has that name
    parts.remove("harness.plugin.certifying")
    blocked = [word for part in parts for word in ("-p", f"no:{part}")]
    run = certify(*blocked, "-k", ONE_POINT, f"--simulated-unit={QUICK_D01}")
    assert run.code == 1, run.output
    assert "FAIL" in {row["verdict"] for row in run.rows}
    assert run.last_line.startswith("PARTIAL: ")


def test_guards_that_somebody_took_away_later(certify_suite: Callable[..., Run]) -> None:
    """Where the guards are gone by the time of a test, `judge` judges nothing."""
    gone = (
        "@pytest.fixture\ndef gone(request):\n"
        '    request.config.pluginmanager.unregister(name="harness.plugin.certifying")\n\n\n'
    )
    run = certify_suite(gone + with_fixture("gone"), "-k", ONE_POINT, "--tb=short")
    assert run.code == 1, run.output
    assert "harness.plugin.certifying is not at work" in run.output


@pytest.mark.parametrize(
    ("source", "kind", "options"),
    [(METHOD, "TestCaseFunction", ()), (DOCTEST, "DoctestItem", ("--doctest-modules",))],
)
def test_way_11_a_test_that_is_no_function(
    certify_suite: Callable[..., Run], source: str, kind: str, options: tuple[str, ...]
) -> None:
    """What never comes by where a test has to have judged stops the run before it starts, exit 4."""
    run = certify_suite(f"{GOOD}\n\n{source}", "--seed=1", *options)
    assert run.code == 4, run.output
    assert f"is a plain test function, not a {kind}" in run.output


def test_several_processes_are_refused(certify: Callable[..., Run]) -> None:
    """One run, one process, one bench: -n is refused with a sentence, exit 4."""
    run = certify("-n", "2")
    assert run.code == 4
    assert "one process" in run.output


def test_listing_tests_touches_nothing(certify: Callable[..., Run]) -> None:
    """--collect-only makes no run directory."""
    run = certify("--collect-only", "-q")
    assert run.code == 0
    assert not run.path.exists()


def test_the_plan_is_printed_alone(certify: Callable[..., Run]) -> None:
    """--plan prints T/U for every judged value and touches nothing."""
    run = certify("--plan", "--device=foreo-bear-2")
    assert run.code == 0
    assert run.output.count("current.positive-plateau") >= 60
    assert "least T/U" in run.output
    assert not run.path.exists()


def test_a_leak_of_the_unit_is_not_taken_for_a_zero(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A unit 11 % too high at 68 µA fails, also where it leaks 0.9 µA while off: the zero is the instruments' own."""
    unit = tmp_path / "leaky.toml"
    unit.write_text(
        'schema = 1\nextends = "foreo-bear-2"\n[electronics]\ngain_spread = 0.0\noffset_spread_a = 0.0\n'
        "offset_a = 7.5e-6\noff_leakage_a = 0.9e-6\n",
        encoding="utf-8",
    )
    run = certify("--device=foreo-bear-2", f"--simulated-unit={unit}", "-m", "production")
    assert run.code == 1, run.output
    assert run.outcomes["current.accuracy"] == "FAIL"
    # In the positive direction the leak hides in a zero taken with the unit connected; in the negative one it adds.
    lowest = [row["verdict"] for row in run.rows if row["level"] == "1" and row["requirement"] == "current.accuracy"]
    assert set(lowest) == {"FAIL"}


def test_another_order_of_the_tests_changes_nothing(certify_cached: Callable[..., Run]) -> None:
    """--ff after a failed run observes no point twice, and a healthy unit passes."""
    certify_cached(f"--simulated-unit={QUICK_D02}", "-m", "production")
    again = certify_cached("--ff")
    assert again.code == 0, again.output
    planned = re.search(r"plan: (\d+) operating points", again.output)
    assert planned is not None
    assert again.kinds.count("observation") == int(planned[1])


def test_way_14_the_last_failed_tests(certify_cached: Callable[..., Run]) -> None:
    """--lf is PARTIAL."""
    certify_cached(f"--simulated-unit={QUICK_D02}", "-m", "production")
    again = certify_cached("--lf")
    assert again.code == 16, again.output
    assert again.state["scope"] == "partial"


@pytest.mark.parametrize("option", ["--ignore=suites/test_polarity.py", "--ignore-glob=*off_state*"])
def test_way_14_an_ignored_suite(certify: Callable[..., Run], option: str) -> None:
    """Leaving a suite file out is PARTIAL, whatever way it was left out."""
    run = certify(option)
    assert run.code == 16, run.output
    assert run.state["scope"] == "partial"


def test_without_a_terminal_reporter_the_exit_code_stays(certify: Callable[..., Run]) -> None:
    """-p no:terminal prints nothing and still certifies."""
    run = certify("-p", "no:terminal", "-m", "production")
    assert run.code == 0, run.output
    assert run.state["verdict"] == "PASS"
