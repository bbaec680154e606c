"""A query to an emulated instrument against a minimal threaded server, side by side in one run: medians and ratios.

Both servers are processes of their own. The minimal one has a thread for each connection, reads to the LF and sends a
fixed answer of the same length; it is what any server in Python costs at least. The two are asked in turn, in blocks.
Both servers sit on one processor and the client on another, as a bench and a certification do; then all of them on one,
where each query pays for two changes of process. Left to the scheduler, the ratio would be its choice.

python benchmarks/instrument_query.py
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness.bench import simulated

PROCESSORS = (0, 1)
"""Of the servers, and of the client."""
BLOCKS = 100
BLOCK = 100
"""Queries in a row to one server before it is the other one's turn."""
LIBRARY = Path(__file__).resolve().parents[1] / "fixtures"
MINIMAL = """
import socket, sys, threading

def serve(connection, answer):
    while True:
        data = connection.recv(65536)
        if not data:
            return
        if data.endswith(b"\\n"):
            connection.sendall(answer)

answer = sys.argv[1].encode() + b"\\n"
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(connection, answer), daemon=True).start()
"""
QUESTIONS = ("*IDN?", "FETC?")
"""The second one answers the reading in memory: `READ?` without the time and the circuit of a new reading."""


class Client:
    """A plain socket that asks and reads to the LF."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, question: bytes) -> bytes:
        self.socket.sendall(question)
        answer = self.socket.recv(4096)
        while not answer.endswith(b"\n"):
            answer += self.socket.recv(4096)
        return answer


def minimal_server(answer: bytes) -> tuple[subprocess.Popen[str], int]:
    """Start the yardstick; answer its process and its port."""
    process = subprocess.Popen([sys.executable, "-c", MINIMAL, answer.decode()], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def block(client: Client, text: bytes) -> list[int]:
    """Ask many times in a row; answer the times in ns."""
    times = []
    for _ in range(BLOCK):
        start = time.perf_counter_ns()
        client.ask(text)
        times.append(time.perf_counter_ns() - start)
    return times


def compare(emulated: Client, question: str, processor: int) -> None:
    """Ask both in turn from one processor; print both medians and their ratio."""
    text = question.encode() + b"\n"
    answer = emulated.ask(text)
    process, port = minimal_server(answer.rstrip(b"\n"))
    sit(processor)
    try:
        clients = (emulated, Client(port))
        times: tuple[list[int], list[int]] = ([], [])
        for _ in range(BLOCKS):
            for client, found in zip(clients, times, strict=True):
                found.extend(block(client, text))
        emulated_us, minimal_us = (statistics.median(found) * 1e-3 for found in times)
        print(
            f"{question}: emulated {emulated_us:.1f} us, minimal server {minimal_us:.1f} us, "
            f"ratio {emulated_us / minimal_us:.2f}"
        )
    finally:
        process.kill()
        process.wait()


def sit(processor: int) -> None:
    """Let this process, and those that it starts, run on one processor only."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {processor})


def main() -> None:
    """Compare on the multimeter of one simulated bench."""
    servers, client = PROCESSORS
    sit(servers)
    bench = simulated.start(LIBRARY / "benches/simulated.toml", LIBRARY / "units/foreo-bear-2.toml", 1)
    try:
        emulated = Client(int(bench.instruments["multimeter"].split("::")[2]))
        emulated.ask(b"CONF:VOLT:DC 1;:READ?\n")
        for own, place in ((client, "client on the other processor"), (servers, "all on one processor")):
            print(place)
            for question in QUESTIONS:
                sit(servers)
                compare(emulated, question, own)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
