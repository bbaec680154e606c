"""Who took part, by the records, against who should have: bench file, device profile, signal paths, and run.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.bench.identity import is_simulated
from harness.certification.comparison import NOTHING, RECORDS, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.capture import Observation
    from harness.certification.inputs import KeptInputs
    from harness.evidence import StoredRun

_RUN = "run.json"


def compare_identity(
    stored: StoredRun, inputs: KeptInputs, taken: Mapping[str, Mapping[int, Observation]]
) -> Iterator[Difference]:
    """The guard at check-in once more, and whether anything emulated took part.

    Args:
        stored: the run.
        inputs: its own bench file and device profile.
        taken: its observations by key and attempt.

    Raises:
        KeyError: the record of who answered is not whole.
    """
    said = [record.data for record in stored.records() if record.kind == "identity"]
    observations = [observation for attempts in taken.values() for observation in attempts.values()]
    ways = [reading.path for observation in observations for reading in observation.readings]
    ways += [capture.path for observation in observations for capture in observation.captures]
    paths = dict.fromkeys((path.role, path.serial_number) for path in ways)
    state = stored.state()
    if len(said) != 1:
        # A run that ended before anybody answered has none, and nothing that could rest on it.
        if said or taken:
            yield Difference(RECORDS, "identity", f"{len(said)} identities", "one identity")
        elif state["simulated"] is not None:
            yield Difference(_RUN, "simulated", str(state["simulated"]), "the records say of nobody")
        return
    identity = said[0]
    answered = {role: str(who["serial_number"]) for role, who in identity["instruments"].items()}
    yield from _instruments(identity, inputs)
    yield from _unit(identity["unit"], inputs)
    unit = identity["unit"]["serial_number"]
    if state["unit"] != unit and not (state["unit"] is None and _cut_off(stored)):
        yield Difference(_RUN, "unit", str(state["unit"]), str(unit))
    for role, serial in paths:
        if answered.get(role) != serial:
            yield Difference(RECORDS, f"signal paths: {role}", serial, answered.get(role, NOTHING))
    definition = inputs.data.definition
    serials = [identity["unit"]["serial_number"], *answered.values(), *(serial for _, serial in paths)]
    serials += [item.serial_number for item in definition.instruments.values()]
    emulated = definition.is_virtual or any(is_simulated(str(serial)) for serial in serials)
    for where, claimed in ((RECORDS, identity["simulated"]), (_RUN, state["simulated"])):
        if claimed is not emulated and not (claimed is None and _cut_off(stored)):
            yield Difference(where, "simulated", str(claimed), str(emulated))


def _cut_off(stored: StoredRun) -> bool:
    """A run that was killed may lack in run.json what its last record says."""
    return stored.first("run-ended") is None


def _instruments(identity: dict[str, Any], inputs: KeptInputs) -> Iterator[Difference]:
    due = {role: (item.model, item.serial_number) for role, item in inputs.data.definition.instruments.items()}
    said = {role: (who["model"], who["serial_number"]) for role, who in identity["instruments"].items()}
    for role in dict.fromkeys((*due, *said)):
        if said.get(role) != due.get(role):
            yield Difference(RECORDS, f"identity: {role}", _named(said.get(role)), _named(due.get(role)))


def _unit(unit: dict[str, Any], inputs: KeptInputs) -> Iterator[Difference]:
    wanted = (inputs.profile.identity.maker, inputs.profile.identity.model)
    found = (unit["maker"], unit["model"])
    if found != wanted:
        yield Difference(RECORDS, "identity: unit", _named(found), _named(wanted))


def _named(who: tuple[str, str] | None) -> str:
    return NOTHING if who is None else " ".join(map(str, who))
