"""The catalogue of defects as data: what each does to a unit, on which devices, and which requirement has to see it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from harness.definitions.document import LIBRARY, Document, load, repeated
from harness.errors import DefinitionError, RequestError
from harness.studies.defects_devices import CONDITIONS

FOLDER = LIBRARY / "defects"
"""One file for each group of defects."""


class Variant(Document):
    """One way in which a defect comes.

    Attributes:
        name: of the way; the commonest has none.
        what: what the unit does, in words.
        extends: name of a healthy unit of the device that has what this defect spoils, without the device's own name;
            taken where there is one. Empty: the device's healthy unit.
        needs: conditions on device and unit, by name; where one is not met the defect cannot be there.
        expected: requirements that a person would name; one of them has to fail.
        beyond: why no certification can see it; empty: one can.
        unit: the tables of a unit file, as far as they differ. A number may be a table `of` (or `over`), `times`,
            `plus` and `at_least`: a figure of the device (or its reciprocal), times a factor, plus a number, at least.
    """

    name: str = Field(default="", pattern=r"^[a-z0-9-]*$")
    what: str = Field(min_length=1)
    extends: str = ""
    needs: tuple[str, ...] = ()
    expected: tuple[str, ...] = Field(min_length=1)
    beyond: str = ""
    unit: dict[str, dict[str, Any]] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Variant:
        for name in self.needs:
            if name not in CONDITIONS:
                raise ValueError(f"needs names {name!r}; known are {', '.join(sorted(CONDITIONS))}")
        if repeated(self.expected):
            raise ValueError(f"expected names {repeated(self.expected)[0]} twice")
        return self


class Defect(Document):
    """One defect of the catalogue.

    Attributes:
        id: `D01`.
        title: in words.
        variants: ways in which it comes.
    """

    id: str = Field(pattern=r"^D\d\d$")
    title: str = Field(min_length=1)
    variants: tuple[Variant, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Defect:
        if twice := repeated([variant.name for variant in self.variants]):
            raise ValueError(f"{self.id} has two variants that are called {twice[0]!r}")
        return self

    def label(self, variant: Variant) -> str:
        """`D01`, `D04-wraps`: as the unit files of the checkout are called after the device."""
        return f"{self.id}-{variant.name}" if variant.name else self.id


class Group(Document):
    """A file of the catalogue.

    Attributes:
        group: what its defects have in common.
        defects: in the order of their numbers.
    """

    schema_: Literal[1] = Field(alias="schema")
    group: str = Field(min_length=1)
    defects: tuple[Defect, ...] = Field(min_length=1)


def load_catalogue() -> tuple[Group, ...]:
    """All groups, in the order of the numbers of their defects.

    Raises:
        DefinitionError: a file is wrong, or two defects have one number.
    """
    groups = sorted((load(Group, path) for path in FOLDER.glob("*.toml")), key=lambda group: group.defects[0].id)
    if twice := repeated([defect.id for group in groups for defect in group.defects]):
        raise DefinitionError(FOLDER, "defects", f"{twice[0]} stands twice")
    return tuple(groups)


def chosen(groups: tuple[Group, ...], only: tuple[str, ...]) -> tuple[tuple[Defect, Variant], ...]:
    """The ways that were asked for, by the number of the defect or by one way's own name; all where none was.

    Raises:
        RequestError: no defect has such a name.
    """
    every = [(defect, variant) for group in groups for defect in group.defects for variant in defect.variants]
    names = {name for defect, variant in every for name in (defect.id, defect.label(variant))}
    unknown = [name for name in only if name not in names]
    if unknown:
        raise RequestError(f"--only {unknown[0]}: is no defect of the catalogue; they are D01 to {every[-1][0].id}")
    return tuple(
        (defect, variant) for defect, variant in every if not only or {defect.id, defect.label(variant)} & set(only)
    )
