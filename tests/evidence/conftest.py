"""A PostgreSQL server of its own, for as long as the tests that ask for it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65534


def _program(name: str) -> str | None:
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(packaged[-1]) if packaged else None)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of an empty database; the server refuses to run as root, so it runs as nobody there."""
    pytest.importorskip("pg8000", reason="install the extra: pip install stimcert[postgresql]")
    initdb, control = _program("initdb"), _program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("install a PostgreSQL server (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="stimcert-pg-"))
    root = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}
    if root:
        os.chown(folder, _NOBODY, _NOBODY)
    data, port = folder / "data", _free_port()

    def run(*line: str) -> None:
        subprocess.run(line, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60, **root)

    try:
        run(initdb, "-N", "-A", "trust", "-U", "stimcert", "-D", str(data))
        listen = f"-h 127.0.0.1 -p {port} -k {folder} -F"
        log = str(folder / "log")
        run(control, "-w", "-s", "-D", str(data), "-o", listen, "-l", log, "start")
        try:
            yield f"postgresql://stimcert@127.0.0.1:{port}/postgres"
        finally:
            run(control, "-w", "-s", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
