"""Scripted instruments, each with a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.instruments import VisaLink
from tests.instruments.scripted import ScriptedInstrument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def plug() -> Iterator[Callable[..., tuple[VisaLink, ScriptedInstrument]]]:
    """Makes scripted instruments, each with a real PyVISA connection to it."""
    made: list[tuple[VisaLink, ScriptedInstrument]] = []

    def make(
        answers: dict[str, object], role: str = "multimeter", timeout_s: float = 5.0
    ) -> tuple[VisaLink, ScriptedInstrument]:
        instrument = ScriptedInstrument(answers)
        link = VisaLink(role, instrument.resource, timeout_s=timeout_s)
        made.append((link, instrument))
        return link, instrument

    yield make
    for link, instrument in made:
        link.close()
        instrument.stop()
