"""Identity before trust: every instrument and the unit say who they are, and must be who the files name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.definitions.calibration import SIMULATED
from harness.errors import IdentityMismatch
from harness.instruments import identify

if TYPE_CHECKING:
    from harness.definitions.calibration import Instrument
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Identity, VisaLink
    from harness.stimulators import UnitIdentity


def check_instrument(link: VisaLink, expected: Instrument, file: str) -> Identity:
    """Hold an instrument to the bench file.

    Raises:
        IdentityMismatch: names file, key, what the file says and what answered.
    """
    found = identify(link)
    for field, wanted, said in (
        ("model", expected.model, found.model),
        ("serial_number", expected.serial_number, found.serial_number),
    ):
        if wanted != said:
            raise IdentityMismatch(
                f"{file}: instruments.{link.role}.{field}: the bench file says {wanted!r}, but {said!r} answers at "
                f"{link.resource}; correct the file or connect the right instrument"
            )
    return found


def check_unit(found: UnitIdentity, profile: DeviceProfile, serial_number: str | None) -> None:
    """Hold the unit to its profile, and to the serial number that the operator gave.

    Raises:
        IdentityMismatch: says what was expected and what answered.
    """
    wanted = (profile.identity.maker, profile.identity.model)
    if (found.maker, found.model) != wanted:
        raise IdentityMismatch(
            f"device profile {profile.name}: identity: a {wanted[0]} {wanted[1]} was expected, but the unit says that "
            f"it is a {found.maker} {found.model}; choose its own profile with --device=NAME"
        )
    if serial_number is not None and found.serial_number != serial_number:
        raise IdentityMismatch(
            f"--serial-number={serial_number} was given, but the unit says that it is {found.serial_number}; "
            "connect the right unit or scan its number again"
        )


def is_simulated(serial_number: str) -> bool:
    """True for everything emulated, whatever a file says."""
    return serial_number.startswith(SIMULATED)
