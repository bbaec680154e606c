"""Results that are kept for the same objects, and for no others."""

from __future__ import annotations

from dataclasses import dataclass

from harness.measurands.memory import remembered


@dataclass(frozen=True)
class Record:
    """Equal to another one of the same number."""

    number: int


def test_the_same_objects_are_asked_about_once() -> None:
    """A new tuple of the same objects is no new question; an equal object is one."""
    asked: list[tuple[Record, ...]] = []

    @remembered(latest=2)
    def total(records: tuple[Record, ...], sign: int) -> int:
        asked.append(records)
        return sign * sum(record.number for record in records)

    one, two = Record(1), Record(2)
    assert [total((one, two), 1), total((one, two), 1), total((one, two), -1)] == [3, 3, -3]
    assert len(asked) == 2
    assert total((Record(1), two), 1) == 3
    assert len(asked) == 3


def test_only_the_latest_are_kept() -> None:
    """The one that was asked for longest ago is forgotten first."""
    asked: list[int] = []

    @remembered(latest=2)
    def number(record: Record) -> int:
        asked.append(record.number)
        return record.number

    records = [Record(1), Record(2), Record(3)]
    for index in (0, 1, 0, 2, 0, 1):
        assert number(records[index]) == index + 1
    assert asked == [1, 2, 3, 2]


def test_tuples_are_told_apart_by_their_length() -> None:
    """Two of one and one of two are not the same question."""

    @remembered(latest=8)
    def lengths(first: tuple[Record, ...], second: tuple[Record, ...]) -> tuple[int, int]:
        return len(first), len(second)

    one, two, three = Record(1), Record(2), Record(3)
    assert lengths((one, two), (three,)) == (2, 1)
    assert lengths((one,), (two, three)) == (1, 2)
