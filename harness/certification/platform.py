"""What the last bits of a computed number depend on."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any


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
