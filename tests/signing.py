"""People who sign, for tests: a signatories file with three of them and their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "not for people"  # noqa: S105 - of keys that live as long as a test


@dataclass(frozen=True)
class Office:
    """Where signatories and keys of a test lie.

    Attributes:
        folder: of all of it.
    """

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "signatories.toml"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    def key(self, who: str) -> Path:
        return self.folder / f"{who}.pem"

    def add(self, who: str, name: str, role: str, *options: str) -> int:
        """Make a key, and name its owner."""
        options = (*options, f"--passphrase-file={self.passphrase}", f"--key={self.key(who)}")
        line = ["signatories", "add", who, "--name", name, "--role", role, f"--signatories={self.file}", *options]
        return main(line)

    def revoke(self, who: str, *options: str) -> int:
        """Take a key back."""
        return main(["signatories", "revoke", who, f"--signatories={self.file}", *options])

    def sign(self, run: Path, who: str, meaning: str, *options: str) -> int:
        """Sign a run."""
        line = ["sign", str(run), "--as", who, "--meaning", meaning, f"--signatories={self.file}"]
        given = {option.split("=")[0] for option in options}
        if "--key" not in given:
            line.append(f"--key={self.key(who)}")
        if "--passphrase-file" not in given:
            line.append(f"--passphrase-file={self.passphrase}")
        return main([*line, *options])

    def verify(self, run: Path, *options: str) -> int:
        """Verify a run with these signatories."""
        return main(["verify", str(run), f"--signatories={self.file}", *options])


def make_office(folder: Path) -> Office:
    """An office with a reviewer, an approver and an operator."""
    folder.mkdir()
    office = Office(folder)
    office.passphrase.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    assert office.add("rs", "Rahel Suter", "reviewer") == 0
    assert office.add("kb", "Käthe Böhm", "approver") == 0
    assert office.add("op", "Olga Petrova", "operator") == 0
    return office
