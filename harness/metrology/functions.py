"""Functions that take an uncertain number or an array of trials alike, for models that are propagated both ways."""

from __future__ import annotations

from typing import Any

from harness.errors import NotMeasurable


def sqrt(value: Any) -> Any:
    """Square root."""
    return _of("sqrt", value)


def exp(value: Any) -> Any:
    """Exponential."""
    return _of("exp", value)


def log(value: Any) -> Any:
    """Natural logarithm."""
    return _of("log", value)


def sin(value: Any) -> Any:
    """Sine of radians."""
    return _of("sin", value)


def cos(value: Any) -> Any:
    """Cosine of radians."""
    return _of("cos", value)


def _of(name: str, value: Any) -> Any:
    import GTC  # noqa: PLC0415 - late, as in budget
    import numpy as np  # noqa: PLC0415

    if not isinstance(value, GTC.lib.UncertainReal):
        return getattr(np, name)(value)
    try:
        return getattr(GTC, name)(value)
    except (ArithmeticError, ValueError) as error:
        raise NotMeasurable(f"{name} has no value, or no slope, at {float(value.x):g}: {error}") from error
