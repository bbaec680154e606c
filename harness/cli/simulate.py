"""The verb `stimcert simulate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.arguments import whole

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    simulate = verbs.add_parser("simulate", help="serve a simulated bench until stopped")
    simulate.add_argument("--simulated-unit", metavar="FILE", default="foreo-bear-2", help="unit, by name or file")
    simulate.add_argument("--bench", metavar="FILE", default="simulated", help="bench, by name or file")
    simulate.add_argument("--clock", choices=("wall", "virtual"), default="wall", help="default: wall")
    simulate.add_argument(
        "--seed", metavar="N", type=whole, default=1, help="of all hidden errors and noise; default 1"
    )
    simulate.add_argument("--port-base", metavar="N", type=whole, default=0, help="control port; instruments follow")
    simulate.add_argument("--faults", metavar="FILE", type=Path, help="faults of the bench, and when they come")
    simulate.add_argument("--firmware", metavar="tcp://HOST:PORT", help="your own firmware, which listens there")
    simulate.set_defaults(verb=_simulate)


def _simulate(arguments: argparse.Namespace) -> int:
    from harness.bench.simulated import command  # noqa: PLC0415 - each verb pays for its own imports
    from harness.definitions.benches import load_bench  # noqa: PLC0415
    from harness.definitions.document import find_unit  # noqa: PLC0415

    unit = find_unit(arguments.simulated_unit)
    _, (bench, *_) = load_bench(arguments.bench)
    options = ["--clock", arguments.clock, "--seed", str(arguments.seed), "--port-base", str(arguments.port_base)]
    if arguments.faults is not None:
        options += ["--faults", str(arguments.faults)]
    options += ["--firmware", arguments.firmware] if arguments.firmware else []
    line = command(bench, unit, options)
    # In this process's place: signals, standard output and the exit code are the simulation's own.
    sys.stdout.flush()
    os.execv(line[0], line)  # noqa: S606 - no shell is wanted
