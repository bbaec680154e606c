"""What oscilloscopes of several makers share on the wire: settings of channels, numbers without plus signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.settings import Setting
    from harness.simulation.scpi.table import Response


class PerChannel:
    """Enters settings that every channel has one of.

    Args:
        instrument: whose commands are entered.
        count: of channels.
    """

    def __init__(self, instrument: Instrument, count: int) -> None:
        self._instrument = instrument
        self._count = count

    def number(self, arguments: Arguments) -> int:
        """Answer the channel that the header means.

        Raises:
            ScpiError: there is no such channel (-114).
        """
        number = arguments.suffixes[0]
        if not 1 <= number <= self._count:
            raise ScpiError(-114)
        return number

    def setting(self, pattern: str, of: Callable[[int], Setting]) -> None:
        """Enter a setting; `of` answers the one of a channel."""

        def store(arguments: Arguments) -> Response:
            of(self.number(arguments)).set(arguments)
            return None

        self._instrument.table.add(
            pattern, set=store, query=lambda arguments: of(self.number(arguments)).query(arguments)
        )

    def query(self, pattern: str, answer: Callable[[int], Response]) -> None:
        """Enter a query without parameters."""

        def query(arguments: Arguments) -> Response:
            number = self.number(arguments)
            arguments.end()
            return answer(number)

        self._instrument.table.add(pattern, query=query)
