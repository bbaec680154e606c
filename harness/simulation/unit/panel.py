"""What the unit's user sees and feels: the display and the vibration motor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.files.panelfile import AMPERES
from harness.simulation.unit.settings import RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.simulation.files.unitfile import Motor as MotorData
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.firmware import Firmware
    from harness.simulation.unit.supervisor import Supervisor


def shown(channel: Firmware) -> str:
    """Answer what the display shows of a channel: intensity and its unit, polarity, time in RUN in whole seconds."""
    data, levels_a = channel.parameters.display, channel.parameters.firmware.levels_a
    settings = channel.settings
    current_a = levels_a[settings.level - 1] if settings.level else 0.0
    intensity = current_a / AMPERES[data.unit] * data.factor
    seconds = int(channel.run_time.seconds * (1.0 + data.run_time_error))
    return f"INTENSITY={intensity:.{data.decimals}f} UNIT={data.label} POLARITY={settings.polarity} RUN_S={seconds}"


class Motor:
    """The vibration motor: switched by its user, and by the firmware where it runs with the output only.

    Args:
        data: of the unit file.

    Attributes:
        wanted: whether the user has switched it on.
        running_hz: frequency of its rotation now; 0 while it stands.
    """

    def __init__(self, data: MotorData) -> None:
        self.wanted = False
        self.running_hz = 0.0
        self._data = data
        self._channels: Sequence[Firmware] = ()
        self._boards: Sequence[ChannelBoard] = ()

    @property
    def is_there(self) -> bool:
        return bool(self._data.frequency_hz)

    def start(self, channels: Sequence[Firmware], boards: Sequence[ChannelBoard]) -> None:
        """Take over at power-on: it stands."""
        self._channels, self._boards = channels, boards

    def switch(self, *, on: bool) -> None:
        """Do what the user wants."""
        self.wanted = on
        self.look()

    def look(self) -> None:
        """Run or stand, as the channels and the user have it."""
        allowed = not self._data.only_in_run or any(channel.state == RUN for channel in self._channels)
        running_hz = self._data.frequency_hz if self.wanted and allowed else 0.0
        if running_hz != self.running_hz:
            self.running_hz = running_hz
            for board in self._boards:
                board.motor(running_hz)


@dataclass(frozen=True, slots=True)
class Panel:
    """What the unit's line can ask for beside the outputs.

    Attributes:
        supervisor: battery and charger.
        motor: the vibration motor.
        has_battery_flag: whether there is an indicator of the battery.
    """

    supervisor: Supervisor
    motor: Motor
    has_battery_flag: bool
