"""How far the simulated circuit is from ngspice: writes docs/circuit-accuracy.md.

python -m benchmarks.circuit_against_ngspice
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.simulation.spice import PROGRAM, compare
from tests.simulation.spice_circuits import CIRCUITS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "circuit-accuracy.md"
HEAD = """# How exact the simulated circuit is

The circuit of the simulated bench is solved in closed form between changes ([simulated-bench.md](simulated-bench.md)).
Here it is compared with {version}, an independent program that integrates step by step: the same circuit and the
same drive, both without charge at the start, compared at each of ngspice's own time points. Every circuit is stated
twice in `tests/simulation/spice_circuits.py`; `tests/simulation/test_against_ngspice.py` holds every line below 0.1 %
of the amplitude. This page is written by `python -m benchmarks.circuit_against_ngspice`.

Options: `method=trap reltol=1e-7 abstol=1e-14 vntol=1e-10 chgtol=1e-18`, the longest step as given. What is left stands
at edges and at the clamp's corners, and shrinks with ngspice's step.

Not compared: drives with steps (every edge here is a slope), skin whose resistance follows the voltage, and loads that
vary. Circuits with one channel are solved as on the bench, through its relays; those with two without the bench, so its
wiring of a second channel is not in them. The ladder of the constant-phase skin has the same values on both sides; that
they have the impedance of the element is tested against the closed form in `tests/simulation/test_circuit_skin.py`.

| circuit | longest step | points | quantity | amplitude | largest difference | share |
|---|---|---|---|---|---|---|
"""
UNITS = {"v": "V", "i": "A"}


def main() -> None:
    """Compare every circuit and write the page."""
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    name = next(word for word in version.split() if word.startswith("ngspice-"))
    rows: list[str] = []
    for circuit in CIRCUITS:
        with tempfile.TemporaryDirectory() as folder:
            difference = compare(circuit, Path(folder))
        for what, amplitude, far in zip(circuit.watched, difference.amplitudes, difference.largest, strict=True):
            first = what == circuit.watched[0]
            head = (
                (circuit.name.replace("|", "\\|"), f"{circuit.step_s:.2g} s", str(difference.points))
                if first
                else ("", "", "")
            )
            unit = UNITS[what[0]]
            row = (
                *head,
                f"`{what}`",
                f"{amplitude:.4g} {unit}",
                f"{far:.1e} {unit}",
                f"{100.0 * far / amplitude:.4f} %",
            )
            rows.append(f"| {' | '.join(row)} |")
        print(f"{circuit.name}: {100.0 * difference.share:.4f} %")
    PAGE.write_text(HEAD.format(version=name) + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
