"""What a session without a bench imports."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import harness.plugin
from tests.examples import checkout

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"numpy", "scipy", "GTC", "pyvisa", "pyvisa_py", "serial", "sqlite3", "pydantic", "allure", "jinja2"}
"""Arrays, uncertain numbers, instruments, ports, database, definition files and reports."""
SOURCE = f"""
import sys

def test_of_a_user():
    assert sorted({HEAVY!r} & set(sys.modules)) == []
"""


@pytest.mark.parametrize("options", [(), ("--collect-only",)], ids=["run", "listed"])
def test_a_session_without_a_bench_imports_nothing_of_one(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Under our conftest a user's own tests start without instruments, arrays and definition files."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(checkout() / name, tmp_path / name)
    (tmp_path / "test_own.py").write_text(SOURCE, encoding="utf-8")
    # At its end nothing of it was imported either; allure-pytest is another's plug-in and imports what it likes.
    script = (
        "import sys, pytest; code = pytest.main(sys.argv[1:]); "
        f"print('found', sorted({HEAVY!r} & set(sys.modules))); sys.exit(code)"
    )
    line = [sys.executable, "-c", script, "-q", "-p", "no:allure_pytest", "-p", "no:cacheprovider", "test_own.py"]
    environment = {**os.environ, "PYTHONPATH": str(checkout())}
    done = subprocess.run([*line, *options], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "found []" in done.stdout, done.stdout


@pytest.mark.parametrize("fixture", ["judge", "bench"])
def test_fixtures_of_a_suite_say_what_they_need(tmp_path: Path, fixture: str) -> None:
    """Asked for outside a certification, `judge` and `bench` answer with a sentence, and nothing passes."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(checkout() / name, tmp_path / name)
    (tmp_path / "test_own.py").write_text(f"def test_it({fixture}):\n    pass\n", encoding="utf-8")
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_own.py"]
    environment = {**os.environ, "PYTHONPATH": str(checkout())}
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "suites need the checkout they stand in" in done.stdout


@pytest.mark.parametrize("name", ["Judge", "Certification"])
def test_names_of_annotations_are_there_for_those_who_ask(name: str) -> None:
    """What suites annotate with can be imported at run time too; other names are no part of the package."""
    assert getattr(importlib.import_module("harness.plugin"), name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = harness.plugin.nothing
