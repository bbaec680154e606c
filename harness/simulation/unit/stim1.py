"""The verbs of `stim1` (docs/stimulator-protocol.md): requests in, replies out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import StimcertError
from harness.simulation.unit.firmware import OFF, POLARITIES, ChannelSettings
from harness.simulation.unit.frame import parse_request, reply_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.unitfile import Identity
    from harness.simulation.unit.firmware import Firmware

_TEXTS = {
    1: "unknown verb",
    2: "wrong arguments",
    3: "unknown key",
    4: "value not allowed",
    5: "no such channel",
    6: "not in this state",
    7: "tripped",
}


class Refusal(StimcertError):
    """An answer `ERR number text`."""

    def __init__(self, number: int, detail: str = "") -> None:
        super().__init__(f"ERR {number} {_TEXTS[number]}{': ' if detail else ''}{detail}")


class Stim1:
    """The protocol of one unit.

    Args:
        identity: what `IDN?` answers.
        channels: the firmware of each channel, from channel 1.
    """

    def __init__(self, identity: Identity, channels: tuple[Firmware, ...]) -> None:
        self._identity = identity
        self._channels = channels
        self._verbs: dict[str, Callable[[tuple[str, ...]], str]] = {
            "HELLO": self._hello,
            "IDN?": self._identify,
            "CAPS?": self._capabilities,
            "SET": self._set,
            "GET": self._get,
            "ON": self._on,
            "OFF": self._off,
            "STATE?": self._state,
            "KEEP": self._keep,
        }

    def answer(self, line: bytes) -> bytes | None:
        """Execute one line; None where it must not be answered."""
        request = parse_request(line)
        if request is None:
            return None
        for channel in self._channels:
            channel.feed()
        try:
            verb = self._verbs.get(request.verb)
            if verb is None:
                raise Refusal(1)  # noqa: TRY301 - every refusal is written in one place
            text = f"OK {verb(request.arguments)}".rstrip(" ")
        except Refusal as refusal:
            text = str(refusal)
        return reply_line(request.tag, text)

    def _hello(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 0)
        return "stim1"

    def _identify(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 0)
        who = self._identity
        return f"{who.maker},{who.model},{who.serial_number},{who.firmware}"

    def _capabilities(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 0)
        return f"CHANNELS={len(self._channels)} WATCHDOG_MS={self._channels[0].watchdog_ms}"

    def _keep(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 0)
        return ""

    def _get(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        return _listed(self._channel(arguments[0]).settings)

    def _state(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        channel = self._channel(arguments[0])
        return f"STATE={channel.state} TRIP={channel.trip}"

    def _on(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        channel = self._channel(arguments[0])
        if channel.trip != "none":
            raise Refusal(7, channel.trip)
        channel.on()
        return f"STATE={channel.state}"

    def _off(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        for channel in self._channels if arguments[0] == "*" else (self._channel(arguments[0]),):
            channel.off()
        return f"STATE={OFF}"

    def _set(self, arguments: tuple[str, ...]) -> str:
        pairs = [argument.partition("=") for argument in arguments[1:]]
        values = {key: value for key, _, value in pairs}
        if not pairs or any(not separator or not key for key, separator, _ in pairs) or len(values) < len(pairs):
            raise Refusal(2)
        channel = self._channel(arguments[0])
        now = channel.settings
        checks: dict[str, Callable[[str], object]] = {
            "MODE": lambda value: _one_of("MODE", value, channel.modes),
            "LEVEL": lambda value: _level(value, len(channel.levels_a)),
            "POLARITY": lambda value: _one_of("POLARITY", value, POLARITIES),
        }
        for key in values:
            if key not in checks:
                raise Refusal(3, key)
        for key, value in values.items():
            checks[key](value)
        if values.get("MODE", now.mode) != now.mode and channel.state != OFF:
            raise Refusal(6, f"MODE in {channel.state}")
        channel.change(
            ChannelSettings(
                mode=values.get("MODE", now.mode),
                level=int(values.get("LEVEL", now.level)),
                polarity=values.get("POLARITY", now.polarity),
            )
        )
        return _listed(channel.settings)

    def _channel(self, text: str) -> Firmware:
        if not (text.isascii() and text.isdecimal()):
            raise Refusal(2, "channel")
        number = int(text)
        if not 1 <= number <= len(self._channels):
            raise Refusal(5, text)
        return self._channels[number - 1]


def _expect(arguments: tuple[str, ...], count: int) -> None:
    if len(arguments) != count:
        raise Refusal(2, f"{count} expected")


def _listed(settings: ChannelSettings) -> str:
    return f"MODE={settings.mode} LEVEL={settings.level} POLARITY={settings.polarity}"


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise Refusal(4, f"{key}={value}")


def _level(value: str, count: int) -> None:
    if not (value.isascii() and value.isdecimal()) or int(value) > count:
        raise Refusal(4, f"LEVEL={value}")
