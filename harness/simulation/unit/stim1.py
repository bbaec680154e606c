"""The verbs of `stim1` (docs/stimulator-protocol.md): requests in, replies out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import StimcertError
from harness.simulation.unit.frame import parse_request, reply_line
from harness.simulation.unit.panel import shown
from harness.simulation.unit.settings import OFF, ChannelSettings, first_frequency
from harness.simulation.unit.waveform import POLARITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.simulation.files.unitfile import Identity, Mode
    from harness.simulation.unit.firmware import Firmware
    from harness.simulation.unit.panel import Motor, Panel

_TEXTS = {
    1: "unknown verb",
    2: "wrong arguments",
    3: "unknown key",
    4: "value not allowed",
    5: "no such channel",
    6: "not in this state",
    7: "tripped",
}
_SWITCH = ("ON", "OFF")


class Refusal(StimcertError):
    """An answer `ERR number text`."""

    def __init__(self, number: int, detail: str = "") -> None:
        super().__init__(f"ERR {number} {_TEXTS[number]}{': ' if detail else ''}{detail}")


class Stim1:
    """The protocol of one unit.

    Args:
        identity: what `IDN?` answers.
        channels: the firmware of each channel, from channel 1.
        panel: what can be asked for beside them; None: nothing.
    """

    def __init__(self, identity: Identity, channels: tuple[Firmware, ...], panel: Panel | None = None) -> None:
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
        self._panel = panel
        if channels[0].parameters.display.unit:
            self._verbs["DISPLAY?"] = self._display
        if panel is not None and panel.has_battery_flag:
            self._verbs["POWER?"] = lambda arguments: self._power(arguments, panel)
        if panel is not None and panel.motor.is_there:
            self._verbs["MOTOR"] = lambda arguments: self._switch_motor(arguments, panel.motor)
            self._verbs["MOTOR?"] = lambda arguments: self._motor(arguments, panel.motor)

    def answer(self, line: bytes) -> bytes | None:
        """Execute one line; None where it must not be answered, or nobody is there to answer."""
        request = parse_request(line)
        if request is None or (self._panel is not None and not self._panel.supervisor.answers):
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
        return _listed(self._channel(arguments[0]))

    def _state(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        channel = self._channel(arguments[0])
        # The indicator shows what the firmware believes, whatever the bridge makes of it.
        return f"STATE={channel.state} TRIP={channel.trip} POLARITY={channel.settings.polarity}"

    def _on(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        channel = self._channel(arguments[0])
        if channel.trip != "none":
            raise Refusal(7, channel.trip)
        if channel.waits_for_leader:
            raise Refusal(6, f"ON {arguments[0]} while channel 1 is {OFF}")
        if self._panel is not None and not self._panel.supervisor.may_start:
            raise Refusal(6, f"ON {arguments[0]} while the battery is charged")
        channel.on()
        return f"STATE={channel.state}"

    def _off(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        for channel in self._channels if arguments[0] == "*" else (self._channel(arguments[0]),):
            channel.off()
        return f"STATE={OFF}"

    def _display(self, arguments: tuple[str, ...]) -> str:
        _expect(arguments, 1)
        return shown(self._channel(arguments[0]))

    def _power(self, arguments: tuple[str, ...], panel: Panel) -> str:
        _expect(arguments, 0)
        battery = "low" if panel.supervisor.battery_low else "good"
        return f"BATTERY={battery} CHARGING={'yes' if panel.supervisor.charging else 'no'}"

    def _switch_motor(self, arguments: tuple[str, ...], motor: Motor) -> str:
        _expect(arguments, 1)
        _one_of("MOTOR", arguments[0], _SWITCH)
        motor.switch(on=arguments[0] == "ON")
        return self._motor((), motor)

    def _motor(self, arguments: tuple[str, ...], motor: Motor) -> str:
        _expect(arguments, 0)
        return f"MOTOR={'ON' if motor.wanted else 'OFF'}"

    def _set(self, arguments: tuple[str, ...]) -> str:
        pairs = [argument.partition("=") for argument in arguments[1:]]
        values = {key: value for key, _, value in pairs}
        if not pairs or any(not separator or not key for key, separator, _ in pairs) or len(values) < len(pairs):
            raise Refusal(2)
        channel = self._channel(arguments[0])
        now = channel.settings
        mode = channel.modes.get(values.get("MODE", now.mode))
        checks: dict[str, Callable[[str], object]] = {
            "MODE": lambda value: _one_of("MODE", value, channel.modes),
            "LEVEL": lambda value: _level(value, channel.levels),
            "POLARITY": lambda value: _one_of("POLARITY", value, POLARITIES),
        }
        if mode is None or mode.settable:
            checks["FREQUENCY_MHZ"] = lambda value: _frequency(value, mode)
        for key in values:
            if key not in checks:
                raise Refusal(3, key)
        for key, value in values.items():
            checks[key](value)
        if values.get("MODE", now.mode) != now.mode and channel.state != OFF:
            raise Refusal(6, f"MODE in {channel.state}")
        channel.change(_changed(channel, values))
        return _listed(channel)

    def _channel(self, text: str) -> Firmware:
        if not _is_whole(text):
            raise Refusal(2, "channel")
        number = int(text)
        if not 1 <= number <= len(self._channels):
            raise Refusal(5, text)
        return self._channels[number - 1]


def _expect(arguments: tuple[str, ...], count: int) -> None:
    if len(arguments) != count:
        raise Refusal(2, f"{count} expected")


def _changed(channel: Firmware, values: Mapping[str, str]) -> ChannelSettings:
    """Answer the settings after a `SET` whose values were checked; another mode begins with its first frequency."""
    now = channel.settings
    mode = channel.modes[values.get("MODE", now.mode)]
    frequency_hz = now.frequency_hz if mode.name == now.mode else first_frequency(mode)
    if "FREQUENCY_MHZ" in values:
        frequency_hz = _frequency(values["FREQUENCY_MHZ"], mode)
    return ChannelSettings(
        mode=mode.name,
        level=int(values.get("LEVEL", now.level)),
        polarity=values.get("POLARITY", now.polarity),
        frequency_hz=frequency_hz,
    )


def _listed(channel: Firmware) -> str:
    settings = channel.settings
    text = f"MODE={settings.mode} LEVEL={settings.level} POLARITY={settings.polarity}"
    if not any(mode.settable for mode in channel.modes.values()):
        return text
    shown_hz = settings.frequency_hz if channel.modes[settings.mode].settable else 0.0
    return f"{text} FREQUENCY_MHZ={_millihertz(shown_hz)}"


def _millihertz(frequency_hz: float) -> int:
    return round(1000.0 * frequency_hz)


def _one_of(key: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise Refusal(4, f"{key}={value}")


def _level(value: str, count: int) -> None:
    if not _is_whole(value) or int(value) > count:
        raise Refusal(4, f"LEVEL={value}")


def _frequency(value: str, mode: Mode | None) -> float:
    """Answer the mode's frequency of so many thousandths of a hertz."""
    steps = {_millihertz(step): step for step in mode.frequencies_hz} if mode is not None else {}
    if not _is_whole(value) or int(value) not in steps:
        raise Refusal(4, f"FREQUENCY_MHZ={value}")
    return steps[int(value)]


def _is_whole(value: str) -> bool:
    return value.isascii() and value.isdecimal()
