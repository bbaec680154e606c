"""Command line and ini options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from harness.plugin import hookspecs

if TYPE_CHECKING:
    from pytest import Config, Parser, PytestPluginManager  # noqa: PT013 - for annotations

SUITES = "suites"
NO_INDEX = "none"
"""In place of a URL: the run is entered nowhere."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked on the command line, or stands in the ini file."""

    device: str
    bench: str
    simulated_unit: str | None
    serial_number: str | None
    lot: str | None
    operator: str | None
    run_dir: Path | None
    seed: int | None
    index: str | None = None


def pytest_addhooks(pluginmanager: PytestPluginManager) -> None:
    """Offer the hooks that reports implement."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: Parser) -> None:
    """Add the options of a certification."""
    group = parser.getgroup("stimcert", "certification of microcurrent stimulators (give options as --name=value)")
    parser.addini("stimcert_device", "device profile, by name or file", default="foreo-bear-2")
    parser.addini("stimcert_bench", "bench, by name or file", default="simulated")
    group.addoption("--device", metavar="NAME|FILE", help="device profile")
    group.addoption("--bench", metavar="NAME|FILE", help="bench file")
    group.addoption(
        "--simulated-unit",
        metavar="NAME|FILE",
        help="unit on a simulated bench; default: the healthy one; generic: one made from the profile",
    )
    group.addoption("--serial-number", metavar="S", help="serial number that the unit must answer")
    group.addoption("--lot", metavar="L", help="lot that the unit belongs to")
    group.addoption("--operator", metavar="O", help="who runs this")
    group.addoption("--run-dir", metavar="DIR", help="new directory for the evidence; default: under reports/output")
    group.addoption("--seed", metavar="N", help="seed of a simulated bench; default 1")
    parser.addini("stimcert_index", "index over runs, by URL, or none", default="")
    group.addoption("--index", metavar="URL|none", help="index over runs; default: index.sqlite beside the run")
    group.addoption("--plan", action="store_true", help="print the plan with T/U for every judged value, and stop")


def is_certification(config: Config) -> bool:
    """True where suites were named on the command line; a plain `pytest` runs the harness's own tests only."""
    suites = (config.rootpath / SUITES).resolve()
    named = (Path(config.invocation_params.dir, str(argument).split("::")[0]).resolve() for argument in config.args)
    return any(path == suites or suites in path.parents for path in named)


def names_all_suites(config: Config) -> bool:
    """True where the folder of all suites was named."""
    suites = (config.rootpath / SUITES).resolve()
    return any(Path(config.invocation_params.dir, str(argument)).resolve() == suites for argument in config.args)


def options_of(config: Config) -> Options:
    """Read the options.

    Raises:
        pytest.UsageError: a seed that is no whole number.
    """
    run_dir = config.getoption("run_dir")
    return Options(
        device=str(config.getoption("device") or config.getini("stimcert_device")),
        bench=str(config.getoption("bench") or config.getini("stimcert_bench")),
        simulated_unit=config.getoption("simulated_unit"),
        serial_number=config.getoption("serial_number"),
        lot=config.getoption("lot"),
        operator=config.getoption("operator"),
        run_dir=Path(config.invocation_params.dir, run_dir) if run_dir else None,
        seed=_seed(config.getoption("seed")),
        index=_index(str(config.getoption("index") or config.getini("stimcert_index"))),
    )


def _index(url: str) -> str | None:
    if not url or url == NO_INDEX:
        return url or None
    if not url.startswith(("sqlite:///", "postgresql://")):
        raise pytest.UsageError(f"--index={url}: give sqlite:///FILE, postgresql://USER@HOST/DATABASE or {NO_INDEX}")
    if urlsplit(url).password:
        raise pytest.UsageError("--index: the command is kept in the run: give the password in PGPASSWORD")
    return url


def _seed(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise pytest.UsageError(f"--seed={text}: a seed is a whole number from 0 up")
    return int(text)
