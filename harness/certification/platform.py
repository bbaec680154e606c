"""The machine of a run: what the last bits of a computed number depend on, and who works there."""

from __future__ import annotations

import getpass
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


def numeric_platform() -> dict[str, str]:
    """Interpreter, numeric libraries, processor features and linear algebra kernel that numbers are computed with."""
    import numpy as np  # noqa: PLC0415 - late: only runs that compute need it

    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    found = config.get("SIMD Extensions", {}).get("found", [])
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        # Coverage factors come from scipy, sensitivities from GTC.
        "scipy": version("scipy"),
        "GTC": version("GTC"),
        "simd": " ".join(found),
        "blas": f"{blas.get('name', '')} {blas.get('version', '')}".strip(),
    }


def workplace(started: datetime) -> dict[str, str | None]:
    """The machine, its user, and its time zone: all other times of a run are UTC."""
    try:
        user: str | None = getpass.getuser()
    except (OSError, KeyError):
        user = None  # a number without a name, as in some containers
    local = started.astimezone()
    return {
        "host": platform.node(),
        "host_user": user,
        "started_local": local.isoformat(timespec="seconds"),
        "time_zone": local.tzname(),
    }
