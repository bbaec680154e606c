"""A waveform through our VISA link against a raw socket, from the same emulator in one run: rates and ratios.

python benchmarks/waveform_transfer.py
"""

from __future__ import annotations

import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.bench import simulated
from harness.instruments import VisaLink

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = Path(__file__).resolve().parents[1] / "fixtures"
SIZES = {100_000: (40, 0.8), 10_000_000: (5, 0.7)}
"""Samples of a record, one byte each: rounds, and the least ratio."""
QUERY = "CHAN1:DATA?"


class RawSocket:
    """The least that can read the same bytes: a socket and one buffer that is filled in place."""

    def __init__(self, resource: str) -> None:
        host, port = resource.split("::")[1:3]
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def query_block(self, message: str) -> bytearray:
        """Ask, and read a definite-length block with its line feed."""
        self._socket.sendall(message.encode() + b"\n")
        head = self._exactly(2)
        data = self._exactly(int(self._exactly(int(head[1:]))) + 1)
        del data[-1:]
        return data

    def close(self) -> None:
        self._socket.close()

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view, done = memoryview(data), 0
        while done < count:
            done += self._socket.recv_into(view[done:])
        view.release()
        return data


def seconds(ask: Callable[[str], bytes | bytearray], size: int) -> float:
    """Wall time of one transfer, s."""
    start = time.perf_counter()
    data = ask(QUERY)
    taken_s = time.perf_counter() - start
    assert len(data) == size
    return taken_s


def main() -> None:
    """Take a record of each size once, then read it by turns."""
    with tempfile.TemporaryDirectory() as folder:
        bench_file = Path(folder) / "rtb2004.toml"
        text = (LIBRARY / "benches/simulated.toml").read_text(encoding="utf-8")
        bench_file.write_text(text.replace('"DSOX1204G"', '"RTB2004"'), encoding="utf-8")
        bench = simulated.start(bench_file, LIBRARY / "units/foreo-bear-2.toml", 1)
        try:
            resource = bench.instruments["oscilloscope"]
            link, raw = VisaLink("oscilloscope", resource, timeout_s=60.0), RawSocket(resource)
            for size, (rounds, least) in SIZES.items():
                link.query(f"FORM UINT,8;:CHAN:DATA:POIN MAX;:TIM:SCAL 0.01;:ACQ:POIN {size};:SING;*TRG;*OPC?")
                link.query("ACQ:STAT?")
                seconds(link.query_block, size)
                pairs = [(seconds(raw.query_block, size), seconds(link.query_block, size)) for _ in range(rounds)]
                by_socket, by_link = (statistics.median(times) for times in zip(*pairs, strict=True))
                ratio = by_socket / by_link
                rates = " and ".join(f"{size / taken_s / 1e6:.0f} MB/s" for taken_s in (by_socket, by_link))
                print(f"{size} samples, raw socket and our link: {rates}; ratio {ratio:.2f}, at least {least}")
            link.close()
            raw.close()
        finally:
            bench.close()


if __name__ == "__main__":
    main()
