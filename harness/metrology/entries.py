"""The influences of one budget as they were entered: uncertain numbers of GTC, with distribution and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import RequestError
from harness.quantity import Influence

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.metrology.distributions import Distribution, Student


_ROUNDING = 1e-12
_FEWEST_TO_CONTRADICT = 2
"""Coefficients: a single one is held between -1 and 1 where it is stated."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An influence as it was entered.

    Attributes:
        number: GTC's uncertain number.
        distribution: what its values are like.
        source: document, certificate or assumption.
    """

    number: Any
    distribution: Distribution
    source: str


class Entries:
    """By name, each once, with the correlation that was observed or stated."""

    def __init__(self) -> None:
        # Imported late: a third of a second that a start-up without measurement need not pay.
        import GTC  # noqa: PLC0415

        self._gtc = GTC
        self._known: dict[str, Entry] = {}
        self._coefficients: dict[tuple[str, str], float] = {}

    def __getitem__(self, name: str) -> Entry:
        """The influence of this name.

        Raises:
            RequestError: there is none.
        """
        if name not in self._known:
            raise RequestError(f"the budget has no influence {name!r}; it has {', '.join(self._known) or 'none'}")
        return self._known[name]

    def uncertain(self, result: Any) -> bool:
        """Whether a result is an uncertain number."""
        return isinstance(result, self._gtc.lib.UncertainReal)

    def enter(self, name: str, distribution: Distribution, source: str, *, independent: bool = True) -> Any:
        """Enter one influence; gives its uncertain number."""
        number = self._gtc.ureal(
            distribution.estimate,
            distribution.standard_uncertainty,
            distribution.degrees_of_freedom,
            name,
            independent,
        )
        self._keep(name, number, distribution, source)
        return number

    def enter_together(self, names: Sequence[str], means: Sequence[Student], source: str) -> tuple[Any, ...]:
        """Enter influences that share their degrees of freedom, because they were observed at the same times."""
        numbers: list[Any] = self._gtc.multiple_ureal(
            [mean.estimate for mean in means],
            [mean.standard_uncertainty for mean in means],
            means[0].degrees_of_freedom,
            label_seq=list(names),
        )
        for name, number, mean in zip(names, numbers, means, strict=True):
            self._keep(name, number, mean, source)
        return tuple(numbers)

    def correlate(self, one: str, other: str, coefficient: float) -> None:
        """Set a correlation coefficient; of what has no uncertainty there is none."""
        left, right = self._known[one], self._known[other]
        if left.distribution.standard_uncertainty and right.distribution.standard_uncertainty:
            self._gtc.set_correlation(coefficient, left.number, right.number)
            self._coefficients[one, other] = coefficient

    def correlations(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Coefficients between the influences of these names, shape (names, names)."""
        import numpy as np  # noqa: PLC0415 - late, as GTC

        matrix = np.eye(len(names))
        for (one, other), coefficient in self._coefficients.items():
            if one in names and other in names:
                row, column = names.index(one), names.index(other)
                matrix[row, column] = matrix[column, row] = coefficient
        return matrix

    def lines(self, result: Any) -> tuple[Influence, ...]:
        """The influences of a result, largest first.

        Raises:
            RequestError: one of them was entered in another budget, or the coefficients contradict each other.
        """
        self._check_coefficients()
        found = [self._line(result, line) for line in self._gtc.reporting.budget(result, trim=0)]
        return tuple(sorted(found, key=lambda line: -line.standard_uncertainty))

    def _keep(self, name: str, number: Any, distribution: Distribution, source: str) -> None:
        if name in self._known:
            raise ValueError(f"the influence {name!r} stands twice in one budget")
        self._known[name] = Entry(number, distribution, source)

    def _check_coefficients(self) -> None:
        """No set of quantities has a correlation matrix with a negative eigenvalue (JCGM 102:2011, 3.21)."""
        if len(self._coefficients) < _FEWEST_TO_CONTRADICT:
            return
        import numpy as np  # noqa: PLC0415 - late, as GTC

        names = sorted({name for pair in self._coefficients for name in pair})
        least = float(np.linalg.eigvalsh(self.correlations(names)).min())
        if least < -_ROUNDING:
            raise RequestError(
                f"the correlation coefficients of {', '.join(names)} contradict each other: "
                f"their matrix has the eigenvalue {least:.3g}, and none may be negative"
            )

    def _line(self, result: Any, line: Any) -> Influence:
        entered = self._known.get(str(line.label))
        if entered is None or entered.number.uid != line.uid:
            raise RequestError(
                f"the influence {str(line.label)!r} of the result was entered in another budget; enter it in this one"
            )
        own = entered.distribution.standard_uncertainty
        return Influence(
            name=str(line.label),
            standard_uncertainty=abs(float(line.u)),
            degrees_of_freedom=entered.distribution.degrees_of_freedom,
            distribution=entered.distribution.name,
            source=entered.source,
            estimate=entered.distribution.estimate,
            own_uncertainty=own,
            sensitivity=self._gtc.reporting.u_component(result, entered.number) / own if own else None,
        )
