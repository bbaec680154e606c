"""A write followed by a query over VISA against a raw socket, side by side in one run: medians and ratios.

python benchmarks/write_then_query.py
"""

from __future__ import annotations

import socket
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyvisa

from harness.bench import simulated
from harness.instruments import VisaLink

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 1000
LIBRARY = Path(__file__).resolve().parents[1] / "fixtures"


def median_s(ask: Callable[[], object]) -> float:
    """Median wall time of one call, s."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Measure our link, and PyVISA as it comes, on one simulated bench."""
    bench = simulated.start(LIBRARY / "benches/simulated.toml", LIBRARY / "units/foreo-bear-2.toml", 1)
    manager = pyvisa.ResourceManager("@py")
    try:
        resource = bench.instruments["multimeter"]
        link = VisaLink("multimeter", resource)
        link.query("*IDN?")
        session = manager.open_resource(resource, read_termination="\n", write_termination="\n")
        host, port = resource.split("::")[1:3]
        raw = socket.create_connection((host, int(port)))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def as_it_comes() -> None:
            session.write("SAMP:COUN 1")
            session.query("SAMP:COUN?")

        def by_socket() -> None:
            raw.sendall(b"SAMP:COUN 1\nSAMP:COUN?\n")
            raw.recv(4096)

        def by_link() -> None:
            link.query("SAMP:COUN 1;:SAMP:COUN?")

        least = median_s(by_socket)
        for name, ask in (("our link, one message", by_link), ("PyVISA as it comes, two", as_it_comes)):
            found = median_s(ask)
            print(f"{name}: median {found * 1e6:.0f} us, {found / least:.2f} of a raw socket")
        raw.close()
        session.close()
        link.close()
    finally:
        manager.close()
        bench.close()


if __name__ == "__main__":
    main()
