"""What a plan is made from: put together from definition files, those of a checkout or those that a run keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.bench import BenchData
from harness.certification.plan import make_plan
from harness.definitions.accuracy import load_accuracy
from harness.definitions.benches import load_bench
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import DefinitionError, EvidenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.certification.plan import Plan
    from harness.definitions.accuracy import InstrumentAccuracy
    from harness.definitions.benches import BenchDefinition, BenchResistor
    from harness.definitions.calibration import Instrument
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement


@dataclass(frozen=True, slots=True)
class KeptInputs:
    """The definitions that a run rests on, from its own `inputs/`.

    Attributes:
        profile: of the device.
        requirements: all, as they stand for this device.
        data: bench and accuracy data.
        plan: of a whole run, made again.
    """

    profile: DeviceProfile
    requirements: tuple[Requirement, ...]
    data: BenchData
    plan: Plan


def bench_data(
    profile: DeviceProfile,
    bench: BenchDefinition,
    file: Path,
    multimeter: InstrumentAccuracy,
    oscilloscope: InstrumentAccuracy,
) -> BenchData:
    """A bench with its accuracy data, as it serves one device."""
    return BenchData(
        definition=bench,
        file=str(file),
        multimeter=multimeter,
        oscilloscope=oscilloscope,
        ceiling_a=profile.ceiling_a.value,
        residual_a=profile.residual_a.value,
    )


def kept_inputs(run: Path) -> KeptInputs:
    """Load `inputs/` of a run and plan it again; nothing outside the run is read.

    Raises:
        EvidenceError: a file is missing, or there are more than a run needs.
        DefinitionError: a file is wrong, or cannot be planned.
    """
    folder = run / "inputs"
    devices = sorted((folder / "devices").glob("*.toml"))
    if len(devices) != 1:
        raise EvidenceError(f"{run}: inputs/devices holds {len(devices)} profiles where one is due")
    profile, _ = load_device(str(devices[0]))
    loaded, files = load_requirements(folder / "requirements")
    requirements = tuple(requirement.of(profile) for requirement in loaded)
    data = kept_bench(run, profile)
    return KeptInputs(profile, requirements, data, make_plan(profile, data, requirements, files[0].parent))


def kept_bench(run: Path, profile: DeviceProfile) -> BenchData:
    """The bench of a run with its accuracy data, from its own `inputs/`.

    Raises:
        EvidenceError: a file is missing, or there are more than a run needs.
        DefinitionError: a file is wrong.
    """
    folder = run / "inputs"
    bench, file = _bench(run, sorted((folder / "benches").glob("*.toml")))
    known = [load_accuracy(str(path))[0] for path in sorted((folder / "instruments").glob("*.toml"))]
    multimeter, oscilloscope = (_accuracy(run, bench, role, known) for role in ("multimeter", "oscilloscope"))
    return bench_data(profile, bench, file, multimeter, oscilloscope)


def present_bench(then: BenchData, today: Path, profile: DeviceProfile) -> BenchData:
    """The bench of a run as its files say today, for what was calibrated then.

    A resistor with another certificate, and another instrument in a role, came later: what held then still holds of
    what was measured then. A file that is not in today's folder is somebody's own, and is as it was.

    Args:
        then: as the run kept it.
        today: folder with the `benches` and `instruments` that hold now.
        profile: of the device as it stands now.

    Raises:
        DefinitionError: a file is wrong.
    """
    old, file = then.definition, today / "benches" / Path(then.file).name
    new = load_bench(str(file))[0] if file.is_file() else old
    before = {resistor.id: resistor for resistor in old.resistors}
    resistors = tuple(_of_one_certificate(before.get(resistor.id), resistor) for resistor in new.resistors)
    instruments = {
        role: old.instruments[role] if _is_another(old.instruments.get(role), instrument) else instrument
        for role, instrument in new.instruments.items()
    }
    new = new.model_copy(update={"resistors": resistors, "instruments": instruments})
    multimeter, oscilloscope = (
        _present_accuracy(new, role, today, known)
        for role, known in (("multimeter", then.multimeter), ("oscilloscope", then.oscilloscope))
    )
    return bench_data(profile, new, Path(then.file), multimeter, oscilloscope)


def _of_one_certificate(old: BenchResistor | None, new: BenchResistor) -> BenchResistor:
    return new if old is None or old.certificate == new.certificate else old


def _is_another(old: Instrument | None, new: Instrument) -> bool:
    return old is not None and (old.model, old.serial_number) != (new.model, new.serial_number)


def _present_accuracy(bench: BenchDefinition, role: str, today: Path, known: InstrumentAccuracy) -> InstrumentAccuracy:
    path = today / "instruments" / f"{bench.instruments[role].accuracy}.toml"  # type: ignore[index]
    return load_accuracy(str(path))[0] if path.is_file() else known


def _bench(run: Path, files: Sequence[Path]) -> tuple[BenchDefinition, Path]:
    """The bench file that was asked for: that which rests on all the others."""
    for file in files:
        try:
            bench, chain = load_bench(str(file))
        except DefinitionError:
            if len(files) == 1:
                raise
            continue  # what others extend need not be a whole bench
        if set(chain) == set(files):
            return bench, file
    raise EvidenceError(f"{run}: inputs/benches holds {len(files)} files, and no bench that rests on just these")


def _accuracy(run: Path, bench: BenchDefinition, role: str, known: Sequence[InstrumentAccuracy]) -> InstrumentAccuracy:
    """By model: the bench file may name a path that is not there any more."""
    model = bench.instruments[role].model  # type: ignore[index]
    found = [accuracy for accuracy in known if accuracy.model == model]
    if len(found) != 1:
        raise EvidenceError(
            f"{run}: inputs/instruments holds {len(found)} files on the {role}, a {model}, where one is due"
        )
    return found[0]
