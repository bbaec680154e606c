"""The largest of several uncertain values is as near to its limit as any of them, by closed forms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capture import Reading
from harness.measurands.extremes import Candidate, extreme, largest, reach, smallest
from harness.metrology import Budget
from harness.quantity import Derivation
from harness.setpoint import Method
from tests.measurands.events import METER, derived, observed

DERIVATION = Derivation("any", 1, "any")
PAIRS = st.lists(st.tuples(st.floats(-1, 1), st.floats(1e-3, 1)), min_size=1, max_size=4)


def candidates(pairs: list[tuple[float, float]]) -> list[Candidate]:
    """Values, each normal with k = 2 and with this U."""
    found = []
    for value, expanded in pairs:
        budget = Budget()
        found.append(Candidate(budget, budget.normal("value", value, expanded / 2), (f"record of {value:g}",)))
    return found


@pytest.mark.parametrize(
    ("by", "pairs", "value", "reaches"),
    [
        # The largest reaches furthest: it is given as it is.
        (largest, [(1.0, 0.1), (0.9, 0.1)], 1.0, 1.1),
        # Another one that is less well known reaches further: 0.9 + 0.3.
        (largest, [(1.0, 0.1), (0.9, 0.3)], 1.0, 1.2),
        (largest, [(0.9, 0.3), (1.0, 0.1)], 1.0, 1.2),
        (largest, [(-1.0, 0.1), (-1.2, 0.5)], -1.0, -0.7),
        (smallest, [(1.0, 0.1), (1.1, 0.4)], 1.0, 0.7),
        (abs, [(-1.0, 0.1), (0.9, 0.3)], -1.0, -1.2),
    ],
)
def test_u_reaches_as_far_as_that_of_any(
    by: object, pairs: list[tuple[float, float]], value: float, reaches: float
) -> None:
    """Value and budget are those of the extreme one, k is larger where another one reaches further."""
    found = extreme(candidates(pairs), "A", DERIVATION, by)  # type: ignore[arg-type]
    assert (found.value, found.captures) == (value, (f"record of {value:g}",))
    assert abs(reaches - value) == pytest.approx(found.expanded_uncertainty)


@given(PAIRS, st.floats(-1, 1))
def test_a_guard_band_passes_it_only_where_it_passes_each(pairs: list[tuple[float, float]], limit: float) -> None:
    """PASS of y + U below a limit is PASS of each y_i + U_i, and the other way round."""
    found = extreme(candidates(pairs), "A", DERIVATION)
    alone = [extreme([each], "A", DERIVATION) for each in candidates(pairs)]
    tops = [each.value + each.expanded_uncertainty for each in alone]
    assert found.value == max(value for value, _ in pairs)
    assert found.value + found.expanded_uncertainty == pytest.approx(max(tops))
    if abs(max(tops) - limit) > 1e-9:
        assert (found.value + found.expanded_uncertainty <= limit) == all(top <= limit for top in tops)


def test_a_bound_reaches_as_far_as_any() -> None:
    """Of results that have a bound only: 0.30 - 0.05 + 0.25 is more than 0.30 + 0.10."""
    assert reach([0.30, -0.25], [0.10, 0.25], 0, abs) == pytest.approx(0.20)
    assert reach([0.30, 0.10], [0.10, 0.20], 0) == pytest.approx(0.10)


def test_a_less_well_known_reading_counts() -> None:
    """Of two residual currents the smaller one, which scatters by ±2 µA, makes the U of the larger one."""
    steady, scattered = (1e-3,) * 6, (0.9e-3 + 2e-3, 0.9e-3 - 2e-3) * 3
    readings = tuple(
        Reading(f"residual.{number}", volts, "by hand", METER) for number, volts in enumerate((steady, scattered), 1)
    )
    both = replace(observed(Method.POWER_ON, ()), readings=readings)
    one, other = (derived("largest-residual", replace(both, readings=(each,))) for each in readings)
    found = derived("largest-residual", both)
    assert (found.value, found.budget) == (one.value, one.budget)
    assert found.value + found.expanded_uncertainty == pytest.approx(other.value + other.expanded_uncertainty)
    assert found.expanded_uncertainty > 5 * one.expanded_uncertainty
