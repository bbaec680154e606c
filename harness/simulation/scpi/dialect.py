"""What differs between makers in the language that they share: the `[scpi]` section of a model's file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.simulation.scpi.errors import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.files.modelfile import ModelTable


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an instrument words its errors and what it does after one.

    Attributes:
        queue_depth: errors that its queue holds; the last place says that there were more.
        error_answer: what `SYSTem:ERRor?` answers, with the fields `number` and `text`.
        integer: what registers are answered as, with the field `value`.
        texts: its own texts for standard numbers.
        quotes_command: whether a command error's text ends with the command, behind a semicolon.
        drops_rest: whether a command error ends its message: the parser has lost its place.
        identity_is_last: whether a query behind `*IDN?` or `*OPT?` in one message is -440 (IEEE 488.2 10.14.3).
        counts_errors: whether it has `SYSTem:ERRor:COUNt?` and `:ALL?` (SCPI-99 21.8).
        errors_in_status_byte: whether bit 2 of the status byte says that errors wait.
    """

    queue_depth: int = 20
    error_answer: str = '{number:+d},"{text}"'
    integer: str = "{value:+d}"
    texts: Mapping[int, str] = field(default_factory=dict)
    quotes_command: bool = False
    drops_rest: bool = True
    identity_is_last: bool = False
    counts_errors: bool = False
    errors_in_status_byte: bool = True

    @classmethod
    def of(cls, model: ModelTable, queue_depth: int) -> Dialect:
        """Read a model's `[scpi]`; what it leaves out is as above, the depth as given.

        Raises:
            DefinitionError: a value of the wrong kind, or a key that means nothing.
        """
        found = cls(queue_depth=queue_depth)
        values: dict[str, Any] = {}
        for name, value in model.section("scpi", cls.__slots__).items():
            key, default = f"scpi.{name}", getattr(found, name)
            if isinstance(default, bool):
                values[name] = model.flag(key)
            elif isinstance(default, int):
                values[name] = int(model.number(key))
            elif isinstance(default, str):
                values[name] = model.text(key)
            else:
                values[name] = {int(number): model.text(f"{key}.{number}") for number in value}
        return replace(found, **values)

    def text(self, number: int, text: str | None, command: str) -> str:
        """Answer the text of an error; `text` None or the standard one: this instrument's own."""
        standard = TEXTS.get(number)
        words = self.texts.get(number, standard or "") if text is None or text == standard else text
        return f"{words};{command}" if command and self.quotes_command else words

    def number(self, value: int) -> str:
        """Answer a whole number as registers are answered."""
        return self.integer.format(value=value)
