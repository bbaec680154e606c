"""All definition files of one certification, loaded and held against each other."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.certification import bench_data, make_plan
from harness.definitions.accuracy import load_accuracy
from harness.definitions.benches import check_calibration, load_bench
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY, find_unit, read_toml
from harness.definitions.generic_unit import generic_unit
from harness.definitions.requirements import load_requirements
from harness.errors import DefinitionError, RequestError
from harness.stimulators import driver_for

if TYPE_CHECKING:
    from harness.bench import BenchData
    from harness.certification import Plan
    from harness.definitions.accuracy import InstrumentAccuracy
    from harness.definitions.benches import BenchDefinition
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement
    from harness.plugin.options import Options

GENERIC = "generic"
"""Name of the unit that is made from the profile, where no other one is asked for or there is none."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a run rests on.

    Attributes:
        options: as asked.
        profile: of the device.
        data: bench and accuracy data.
        bench_file: from which a simulated bench is built: the file that was asked for.
        unit_file: simulated unit, None on metal and where a simulation is joined.
        requirements: all, as they stand for this device.
        plan: of a whole run.
        files: every file used, by kind.
    """

    options: Options
    profile: DeviceProfile
    data: BenchData
    bench_file: Path
    unit_file: Path | None
    requirements: tuple[Requirement, ...]
    plan: Plan
    files: tuple[tuple[str, Path], ...]

    @property
    def is_generic(self) -> bool:
        """True where the simulated unit was made from the profile."""
        return self.unit_file is not None and self.unit_file.name == f"{self.profile.name}-{GENERIC}.toml"


def load_definitions(options: Options) -> Definitions:
    """Load everything, and plan the run.

    Raises:
        DefinitionError: a file is wrong or missing, or a calibration expired: file and key.
        RequestError: the request does not fit the bench.
    """
    profile, device_file = load_device(options.device)
    _check_protocol(profile, device_file)
    bench, bench_files = load_bench(options.bench)
    bench_file = bench_files[0]
    check_calibration(bench, bench_file)
    unit_file = _unit(options, profile, bench)
    multimeter, multimeter_file = _accuracy(bench, bench_file, "multimeter")
    oscilloscope, oscilloscope_file = _accuracy(bench, bench_file, "oscilloscope")
    loaded, requirement_files = load_requirements()
    requirements = tuple(requirement.of(profile) for requirement in loaded)
    data = bench_data(profile, bench, bench_file, multimeter, oscilloscope)
    files = [
        ("devices", device_file),
        *(("benches", file) for file in bench_files),
        ("instruments", multimeter_file),
        ("instruments", oscilloscope_file),
        *(("requirements", file) for file in requirement_files),
    ]
    if unit_file is not None:
        files += [("units", file) for file in _with_bases(unit_file)]
    return Definitions(
        options=options,
        profile=profile,
        data=data,
        bench_file=bench_file,
        unit_file=unit_file,
        requirements=requirements,
        plan=make_plan(profile, data, requirements, requirement_files[0].parent),
        files=tuple(dict.fromkeys(files)),
    )


def _check_protocol(profile: DeviceProfile, file: Path) -> None:
    try:
        driver_for(profile.protocol)
    except RequestError as error:
        raise DefinitionError(file, "protocol", str(error)) from error


def _accuracy(bench: BenchDefinition, file: Path, role: str) -> tuple[InstrumentAccuracy, Path]:
    instrument = bench.instruments[role]  # type: ignore[index]
    if instrument.accuracy is None:
        raise DefinitionError(file, f"instruments.{role}.accuracy", "is missing; name its accuracy file")
    accuracy, path = load_accuracy(instrument.accuracy)
    if accuracy.model != instrument.model:
        problem = f"names accuracy data of a {accuracy.model}, but the instrument is a {instrument.model}"
        raise DefinitionError(file, f"instruments.{role}.accuracy", problem)
    return accuracy, path


def _unit(options: Options, profile: DeviceProfile, bench: BenchDefinition) -> Path | None:
    asked = options.simulated_unit
    if bench.control is not None or not bench.is_virtual:
        if asked is not None:
            why = "joins a simulation that runs with a unit of its own" if bench.control else "is a bench of metal"
            raise RequestError(f"--simulated-unit={asked}: the bench {bench.name} {why}; leave the option out")
        return None
    own = LIBRARY / "units" / f"{profile.name}.toml"
    if asked == GENERIC or (asked is None and not own.is_file()):
        return _generic(profile)
    return own if asked is None else find_unit(asked, profile.name)


def _generic(profile: DeviceProfile) -> Path:
    """The file of a healthy unit made from the profile, gone with this process; `inputs/` of the run keeps it."""
    folder = Path(tempfile.mkdtemp(prefix="stimcert-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{profile.name}-{GENERIC}.toml"
    path.write_text(generic_unit(profile), encoding="utf-8")
    return path


def _with_bases(unit_file: Path) -> list[Path]:
    """A unit file and what it extends, so that inputs/ holds all of it. The simulation reads them, not we."""
    base = read_toml(unit_file).get("extends")
    places = (unit_file.parent / f"{base}.toml", LIBRARY / "units" / f"{base}.toml")
    found = next((place for place in places if place.is_file() and place != unit_file), None)
    return [unit_file] if base is None or found is None else [unit_file, *_with_bases(found)]
