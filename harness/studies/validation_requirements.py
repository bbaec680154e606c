"""What the harness has to do, with the tests that hold each; and the results of the harness's own tests."""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.studies.validation import Status

if TYPE_CHECKING:
    from pathlib import Path

WAYS = (
    "infinity or an instrument's overload is never inside a limit",
    "a failed attempt is not covered by a good one",
    "a failing value counts without an assertion",
    "NaN and inverted limits cannot be made",
    "an attempt leaves what was measured before it",
    "a missing value, or one of another type, is no PASS",
    "a criterion without a bound is no PASS",
    "an answer to something else is no number",
    "an instrument that is not there has measured nothing",
    "an output that stays on after off is seen",
    "a test that judged nothing fails",
    "an empty parameter set fails",
    "skip and xfail are refused",
    "a part of the suites has no verdict",
    "a late answer is never taken for another",
)
"""The fifteen ways to a wrong PASS (docs/verdicts.md), each as what has to hold; their tests are `test_way_NN_*`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the harness, as it ran.

    Attributes:
        module: dotted, with the class if there is one.
        name: of the function, without parameters.
        result: `passed`, `failed` or `skipped`.
    """

    module: str
    name: str
    result: str


@dataclass(frozen=True, slots=True)
class Held:
    """One requirement of the harness.

    Attributes:
        number: of the way.
        what: has to hold.
        tests: `module::function` that exist.
        status: good only where all of them ran and passed.
        why: where it is not good.
    """

    number: int
    what: str
    tests: tuple[str, ...]
    status: Status
    why: str = ""


def read_junit(path: Path) -> list[Case]:
    """All test cases of a JUnit file.

    Raises:
        RequestError: it cannot be read, or is something else.
    """
    try:
        text = path.read_bytes()
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise RequestError(f"{path}: declares entities, which a JUnit file has no need of")
        root = ET.fromstring(text)  # noqa: S314 - without entities it can only be what it says
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ET.ParseError as error:
        raise RequestError(f"{path}: is no JUnit file: {error}") from error
    if root.tag not in {"testsuites", "testsuite"}:
        raise RequestError(f"{path}: is no JUnit file: begins with {root.tag!r}")
    return [_case(element) for element in root.iter("testcase")]


def _case(element: ET.Element) -> Case:
    results = {child.tag for child in element}
    failed = "failed" if results & {"failure", "error"} else ""
    result = failed or ("skipped" if "skipped" in results else "passed")
    return Case(element.get("classname", ""), element.get("name", "").partition("[")[0], result)


@cache
def functions(tests: Path) -> dict[str, list[str]]:
    """Names of the test functions of each file of tests, by dotted module."""
    found = {}
    for path in sorted(tests.rglob("test_*.py")):
        module = ".".join(path.relative_to(tests.parent).with_suffix("").parts)
        tree = ast.parse(path.read_bytes())
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        found[module] = [node.name for node in nodes if node.name.startswith("test_")]
    return found


def held(exist: dict[str, list[str]], cases: list[Case] | None) -> list[Held]:
    """Every requirement with the tests that exist for it, and what came of them."""
    return [_held(number, what, exist, cases) for number, what in enumerate(WAYS, start=1)]


def _held(number: int, what: str, exist: dict[str, list[str]], cases: list[Case] | None) -> Held:
    begin = f"test_way_{number:02}_"
    tests = [(module, name) for module, names in exist.items() for name in names if name.startswith(begin)]
    shown = tuple(f"{module}::{name}" for module, name in tests)
    if not tests:
        return Held(number, what, shown, Status.NOT_GOOD, "no test of it exists")
    if cases is None:
        return Held(number, what, shown, Status.NOT_DONE, "no results given")
    ran = [[case.result for case in cases if (case.module, case.name) == test] for test in tests]
    if any("failed" in results for results in ran):
        return Held(number, what, shown, Status.NOT_GOOD, "a test failed")
    if any(not results or "skipped" in results for results in ran):
        return Held(number, what, shown, Status.NOT_DONE, "a test did not run")
    return Held(number, what, shown, Status.GOOD)
