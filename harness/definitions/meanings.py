"""What a signature can mean."""

from __future__ import annotations

MEANINGS = ("review", "approval", "responsibility", "authorship")
"""21 CFR 11.50(a)(3)."""
