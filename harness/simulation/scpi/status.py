"""Status registers and the error queue (IEEE 488.2 chapter 11, SCPI-99 volume 1 chapter 9)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import QUEUE_OVERFLOW, ScpiError

if TYPE_CHECKING:
    from harness.simulation.scpi.dialect import Dialect

OPERATION_COMPLETE = 0x01
QUERY_ERROR = 0x04
DEVICE_ERROR = 0x08
EXECUTION_ERROR = 0x10
COMMAND_ERROR = 0x20
POWER_ON = 0x80

_ERRORS_WAITING = 0x04
_QUESTIONABLE = 0x08
_MESSAGE_AVAILABLE = 0x10
_EVENT_SUMMARY = 0x20
_MASTER_SUMMARY = 0x40
_OPERATION = 0x80
_LARGEST_ENABLE = 0xFF
_LARGEST_REGISTER = 0x7FFF


@dataclass(slots=True)
class Register:
    """A condition, the events it left behind, and which of them count."""

    condition: int = 0
    event: int = 0
    enable: int = 0

    def put(self, mask: int, *, on: bool) -> None:
        """Set or clear condition bits; each bit that rises leaves its event."""
        raised = mask & ~self.condition if on else 0
        self.condition = self.condition | mask if on else self.condition & ~mask
        self.event |= raised

    def take_event(self) -> int:
        """Read the events, which clears them."""
        event, self.event = self.event, 0
        return event

    def permit(self, mask: int) -> None:
        if not 0 <= mask <= 2 * _LARGEST_REGISTER + 1:
            raise ScpiError(-222)
        self.enable = mask & _LARGEST_REGISTER

    @property
    def summary(self) -> bool:
        return bool(self.event & self.enable)


class Status:
    """Everything that `*CLS` clears, and the enables that it does not.

    Args:
        dialect: depth of the error queue, and its words.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.events = POWER_ON
        self.event_enable = 0
        self.service_enable = 0
        self.operation = Register()
        self.questionable = Register()
        self.message_available = False
        self._dialect = dialect
        self._errors: deque[tuple[int, str]] = deque()

    def error(self, number: int, text: str | None = None, command: str = "") -> None:
        """Put an error in the queue and set its event bit; a full queue says so in its last place.

        Args:
            number: of the error.
            text: where the standard one is not meant.
            command: what was not understood, for instruments that say so.
        """
        self.events |= _event_bit(number)
        if len(self._errors) >= self._dialect.queue_depth:
            self._errors[-1] = (QUEUE_OVERFLOW, self._dialect.text(QUEUE_OVERFLOW, None, ""))
            self.events |= DEVICE_ERROR
            return
        self._errors.append((number, self._dialect.text(number, text, command)))

    def next_error(self) -> str:
        """Take the oldest error out of the queue."""
        number, text = self._errors.popleft() if self._errors else (0, self._dialect.text(0, None, ""))
        return self._dialect.error_answer.format(number=number, text=text)

    def all_errors(self) -> str:
        """Take every error out of the queue."""
        answers = [self.next_error()]
        while self._errors:
            answers.append(self.next_error())
        return ",".join(answers)

    def error_count(self) -> int:
        return len(self._errors)

    def clear_errors(self) -> None:
        """Empty the queue alone."""
        self._errors.clear()

    def clear(self) -> None:
        self.events = 0
        self._errors.clear()
        self.operation.event = 0
        self.questionable.event = 0

    def preset(self) -> None:
        """Clear the enables of both registers (SCPI-99 20.2)."""
        self.operation.permit(0)
        self.questionable.permit(0)

    def take_events(self) -> int:
        events, self.events = self.events, 0
        return events

    def permit_events(self, mask: int) -> None:
        if not 0 <= mask <= _LARGEST_ENABLE:
            raise ScpiError(-222)
        self.event_enable = mask

    def permit_service(self, mask: int) -> None:
        if not 0 <= mask <= _LARGEST_ENABLE:
            raise ScpiError(-222)
        self.service_enable = mask & ~_MASTER_SUMMARY

    def byte(self) -> int:
        """Answer the status byte, with its master summary (IEEE 488.2 11.2.2)."""
        value = self.summary(message_available=self.message_available)
        return value | (_MASTER_SUMMARY if value & self.service_enable else 0)

    def summary(self, *, message_available: bool) -> int:
        """Answer the status byte without its bit 6."""
        value = _ERRORS_WAITING if self._errors and self._dialect.errors_in_status_byte else 0
        value |= _QUESTIONABLE if self.questionable.summary else 0
        value |= _MESSAGE_AVAILABLE if message_available else 0
        value |= _EVENT_SUMMARY if self.events & self.event_enable else 0
        return value | (_OPERATION if self.operation.summary else 0)


def _event_bit(number: int) -> int:
    if -200 < number <= -100:  # noqa: PLR2004 - the classes of SCPI-99 21.8
        return COMMAND_ERROR
    if -300 < number <= -200:  # noqa: PLR2004
        return EXECUTION_ERROR
    if -500 < number <= -400:  # noqa: PLR2004
        return QUERY_ERROR
    return DEVICE_ERROR
