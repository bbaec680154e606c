"""Confidence limits of a share, from successes in trials (exact, by the binomial distribution)."""

from __future__ import annotations

from harness.errors import RequestError
from harness.quantity import finite

_CLOSEST = 1e-12
"""Nearer than this to 0 or 1 a share has no digits left for its complement."""


def clopper_pearson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Two-sided confidence interval of a share (Clopper and Pearson, Biometrika 26 (1934) 404).

    Each tail has at most (1 - confidence) / 2. The limits are quantiles of beta distributions, which is the same as
    solving the binomial sums (NIST/SEMATECH e-Handbook 7.2.4.1).

    Args:
        successes: from 0 to `trials`.
        trials: at least 1.
        confidence: strictly between 0 and 1, for example 0.95.

    Returns:
        Lower and upper limit; 0 where nothing succeeded, 1 where nothing failed.

    Raises:
        RequestError: counts that cannot be, or a confidence that is no share.
    """
    _counts(successes, trials)
    tail = (1 - share("confidence", confidence)) / 2
    return _lower(successes, trials, tail), _upper(successes, trials, tail)


def lower_limit(successes: int, trials: int, confidence: float) -> float:
    """One-sided lower confidence limit of a share: what n trials with f failures demonstrate.

    Args:
        successes: from 0 to `trials`.
        trials: at least 1.
        confidence: strictly between 0 and 1.

    Raises:
        RequestError: as `clopper_pearson`.
    """
    _counts(successes, trials)
    return _lower(successes, trials, 1 - share("confidence", confidence))


def share(name: str, value: float) -> float:
    """Let a share strictly between 0 and 1 through; a percentage is refused with the share it means.

    Raises:
        NotFinite: NaN or infinity.
        RequestError: anything else outside (0, 1).
    """
    number = finite(name, value)
    if _CLOSEST <= number <= 1 - _CLOSEST:
        return number
    if 0 < number < 1:
        raise RequestError(f"{name} is {number!r}, closer to 0 or 1 than {_CLOSEST:g}, which nothing here can show")
    if 1 < number < 100:  # noqa: PLR2004 - per cent
        raise RequestError(f"{name} is {number:g}, but a share between 0 and 1 is due: write {number / 100:g}")
    raise RequestError(f"{name} is {number:g}, but a share between 0 and 1 is due, such as 0.95")


def whole(name: str, count: object) -> int:
    """Let a whole number through, and neither a truth value nor a fraction.

    Raises:
        RequestError: anything else.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        raise RequestError(f"{name} are {count!r}, but a whole number is due")
    return count


def _lower(successes: int, trials: int, tail: float) -> float:
    if successes == 0:
        return 0.0
    from scipy.special import betaincinv  # noqa: PLC0415 - start-up stays lean

    return float(betaincinv(successes, trials - successes + 1, tail))


def _upper(successes: int, trials: int, tail: float) -> float:
    if successes == trials:
        return 1.0
    from scipy.special import betainccinv  # noqa: PLC0415 - as above

    return float(betainccinv(successes + 1, trials - successes, tail))


def _counts(successes: int, trials: int) -> None:
    if whole("trials", trials) < 1 or not 0 <= whole("successes", successes) <= trials:
        raise RequestError(f"{successes} successes in {trials} trials cannot be: 0 to trials, of at least 1")
