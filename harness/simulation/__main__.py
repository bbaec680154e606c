"""`python -m harness.simulation`: a simulated bench that serves until it is stopped."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import NoReturn

from harness.errors import RequestError, StimcertError
from harness.simulation.assembly import SimulatedBench
from harness.simulation.fault_requests import parse
from harness.simulation.files.asbuilt import AsBuilt, read_as_built
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.faultfile import read_faults
from harness.simulation.files.unitfile import read_unit
from harness.simulation.leash import stop_at_signals
from harness.simulation.service import Service
from harness.simulation.timekeeper import VirtualTimekeeper, WallTimekeeper
from harness.simulation.unit.external import Outside
from harness.simulation.unit.link import FirmwareLink

_LAST_PORT = 65535
_PORTS = 16
"""The control port, seven instruments, the stimulator where there is no pty, and the instruments over HiSLIP."""
_CANNOT = 2


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{message}; see --help")


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m harness.simulation", description=__doc__, allow_abbrev=False)
    parser.add_argument("--bench", type=Path, required=True, metavar="FILE", help="bench file")
    parser.add_argument("--simulated-unit", type=Path, required=True, metavar="FILE", help="unit file")
    parser.add_argument("--clock", choices=("wall", "virtual"), default="wall", help="what bench time follows")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="where every hidden error comes from")
    parser.add_argument("--port-base", type=int, default=0, metavar="N", help="control port; the others follow")
    parser.add_argument("--as-built", type=Path, metavar="FILE", help="true values that are given, not drawn")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="faults of the bench, and when they come")
    parser.add_argument("--follow-control", action="store_true", help="end when nobody holds the control port")
    parser.add_argument("--firmware", metavar="tcp://HOST:PORT", help="a firmware that runs there, not the unit file's")
    arguments = parser.parse_args(words)
    if not (arguments.port_base == 0 or 1 <= arguments.port_base <= _LAST_PORT - _PORTS):
        raise RequestError(f"--port-base is {arguments.port_base}; it is 0 or 1 to {_LAST_PORT - _PORTS}")
    return arguments


def _service(arguments: argparse.Namespace) -> Service:
    bench = read_bench(arguments.bench)
    unit = read_unit(arguments.simulated_unit)
    overlay = read_as_built(arguments.as_built, bench) if arguments.as_built else AsBuilt()
    outside = Outside(FirmwareLink(arguments.firmware), _complain) if arguments.firmware else None
    timekeeper = VirtualTimekeeper() if arguments.clock == "virtual" else WallTimekeeper()
    simulated = SimulatedBench(
        bench, arguments.bench, unit=unit, overlay=overlay, timekeeper=timekeeper, seed=arguments.seed, outside=outside
    )
    if arguments.faults:
        simulated.plan_faults(read_faults(arguments.faults, lambda request: parse(request, simulated)))
    try:
        return Service(simulated, arguments.port_base, follow_control=arguments.follow_control)
    except OSError as error:
        raise RequestError(f"the stimulator's terminal cannot be opened: {error.strerror}") from error


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    """Serve; answer the exit code."""
    try:
        service = _service(_arguments(words))
    except StimcertError as error:
        print(error, file=sys.stderr)
        return _CANNOT
    stop_at_signals(service.stop)
    service.start()
    print(json.dumps(service.ready), flush=True)
    service.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
