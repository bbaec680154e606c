"""Which software makes a run, to the byte: so that an assessor can tell whether what was validated is what ran."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

_OWN = "stimcert"
_LIBRARIES = ("numpy", "GTC", "scipy", "pyvisa", "pyvisa-py", "pyserial", "pytest")
_HOUSE = Path(__file__).resolve().parents[1]


def hashes() -> dict[str, str]:
    """SHA-256 by package: of a library over the list of files and hashes that it was installed with, of our own code.

    A library without such a list is left out.
    """
    found = {_OWN: _of_source()}
    for name in _LIBRARIES:
        try:
            listed = importlib.metadata.distribution(name).read_text("RECORD") or ""
        except importlib.metadata.PackageNotFoundError:
            continue
        if of_package := sorted(line for line in listed.splitlines() if _is_of_package(line)):
            found[name] = hashlib.sha256("\n".join(of_package).encode("utf-8")).hexdigest()
    return found


def _is_of_package(line: str) -> bool:
    """Not what differs from one installation of the same package to the next: scripts, compiled files, notes of pip."""
    name = line.partition(",")[0]
    return not name.startswith("..") and "__pycache__" not in name and ".dist-info/" not in name


def _of_source() -> str:
    """Over names and contents of the package `harness`, in the order of the names."""
    total = hashlib.sha256()
    for path in sorted(_HOUSE.rglob("*.py")):
        total.update(path.relative_to(_HOUSE).as_posix().encode("utf-8") + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
