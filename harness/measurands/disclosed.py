"""What disclosures have in common: the load and the second for which they are stated, and the electrode's area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.metrology import Budget
    from harness.quantity import Derivation

POWER_LOAD_OHM = 500.0
"""Load for which power density is stated."""

WINDOW_S = 1.0
"""Time over which it is averaged."""

LOAD_TOLERANCE = 0.01
_CONTACTS_OHM = 10.0
"""Two opto-MOSFETs in the loop, 25 Ω each as stated: at 500 Ω their spread outweighs that of the load."""


def stated_load(budget: Budget, ohms: float) -> Any:
    """Resistance of a load as it is stated, with the contact switches in the loop, in Ω."""
    load = budget.bounded("load", ohms, LOAD_TOLERANCE * ohms, None, "stated load within 1 %, assumed [a]")
    contacts = budget.bounded("contact switches", 0.0, _CONTACTS_OHM, None, "on-resistance of two within 20 % [a]")
    return load + contacts


def area_of(derivation: Derivation) -> float:
    """Conductive area of the smallest electrode, in m².

    Raises:
        NotMeasurable: it is none.
    """
    area = finite("area", float(dict(derivation.arguments)["area"]))
    if not area > 0:
        raise NotMeasurable(f"an electrode of {area:g} m2 has no density")
    return area
