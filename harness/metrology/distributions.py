"""Distributions of an influence, by the names that the GUM and its Supplement 1 (JCGM 101:2008, 6.4) give them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from harness.errors import NotFinite
from harness.quantity import finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Distribution(Protocol):
    """What an influence's possible values are like; symmetric about its estimate."""

    @property
    def name(self) -> str:
        """As it stands in a budget."""

    @property
    def estimate(self) -> float:
        """Best estimate."""

    @property
    def standard_uncertainty(self) -> float:
        """As it enters a budget."""

    @property
    def degrees_of_freedom(self) -> float:
        """Infinite unless stated."""

    @property
    def bounded(self) -> bool:
        """Whether its bounds are known to be true, so that its own shape may give the coverage factor."""

    def __hash__(self) -> int:
        """It is compared and looked up by its figures."""

    def standardised(self) -> Distribution:
        """The same shape about 0 with a standard uncertainty of 1."""

    def quantile(self, probability: float) -> float:
        """Value below which it lies with this probability."""

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many values, float64, of shape (count,)."""


@dataclass(frozen=True, slots=True)
class Student:
    """Normal, or Student's t with few degrees of freedom (GUM 4.2, G.3; JCGM 101 6.4.7, 6.4.9).

    Attributes:
        estimate: best estimate.
        standard_uncertainty: scale of the t distribution, as the GUM uses it.
        degrees_of_freedom: of the standard uncertainty.
    """

    estimate: float
    standard_uncertainty: float
    degrees_of_freedom: float = math.inf

    def __post_init__(self) -> None:
        _check(self.estimate, self.standard_uncertainty, self.degrees_of_freedom)

    @property
    def name(self) -> str:
        """As it stands in a budget."""
        return "normal" if math.isinf(self.degrees_of_freedom) else "t"

    @property
    def bounded(self) -> bool:
        """It has no bounds."""
        return False

    def standardised(self) -> Student:
        """The same shape about 0 with a standard uncertainty of 1."""
        return replace(self, estimate=0.0, standard_uncertainty=1.0)

    def quantile(self, probability: float) -> float:
        """Value below which it lies with this probability."""
        from scipy import special  # noqa: PLC0415 - late, as GTC

        if math.isinf(self.degrees_of_freedom):
            return self.estimate + self.standard_uncertainty * float(special.ndtri(probability))
        return self.estimate + self.standard_uncertainty * float(special.stdtrit(self.degrees_of_freedom, probability))

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many values, float64, of shape (count,)."""
        if math.isinf(self.degrees_of_freedom):
            drawn = generator.standard_normal(count)
        else:
            drawn = generator.standard_t(self.degrees_of_freedom, count)
        return self.estimate + self.standard_uncertainty * drawn


@dataclass(frozen=True, slots=True)
class Trapezoidal:
    """Sum of two rectangles (JCGM 101 6.4.4); rectangular and triangular are its ends.

    Attributes:
        estimate: middle.
        half_width: half the width of its base.
        top: width of its flat top as a share of the base; 1: rectangular, 0: triangular.
        degrees_of_freedom: how well the half width is known (GUM G.4.2).
    """

    estimate: float
    half_width: float
    top: float = 1.0
    degrees_of_freedom: float = math.inf

    def __post_init__(self) -> None:
        _check(self.estimate, self.half_width, self.degrees_of_freedom)
        if not 0 <= finite("top of a trapezoid", self.top) <= 1:
            raise NotFinite(f"top of a trapezoid is {self.top}, must be from 0 to 1")

    @property
    def name(self) -> str:
        """As it stands in a budget."""
        return {1.0: "rectangular", 0.0: "triangular"}.get(self.top, "trapezoidal")

    @property
    def standard_uncertainty(self) -> float:
        """Half width over √(6 / (1 + β²)), β being the share of the top: √3 of a rectangle, √6 of a triangle."""
        return self.half_width / math.sqrt(6 / (1 + self.top**2))

    @property
    def bounded(self) -> bool:
        """Whether its bounds are known to be true."""
        return math.isinf(self.degrees_of_freedom)

    def standardised(self) -> Trapezoidal:
        """The same shape about 0 with a standard uncertainty of 1."""
        return Trapezoidal(0.0, math.sqrt(6 / (1 + self.top**2)), self.top, self.degrees_of_freedom)

    def quantile(self, probability: float) -> float:
        """Value below which it lies with this probability."""
        upper = max(probability, 1 - probability)
        # In shares of the half width: flat to `top`, then falling to 1.
        flat = (upper - 0.5) * (1 + self.top)
        distance = flat if flat <= self.top else 1 - math.sqrt(2 * (1 - upper) * (1 - self.top**2))
        return self.estimate + math.copysign(distance * self.half_width, probability - 0.5)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many values, float64, of shape (count,)."""
        one, other = self.half_width * (1 + self.top) / 2, self.half_width * (1 - self.top) / 2
        drawn = generator.uniform(-one, one, count)
        if other:
            drawn = drawn + generator.uniform(-other, other, count)
        return self.estimate + drawn


@dataclass(frozen=True, slots=True)
class Curvilinear:
    """A rectangle whose bounds are themselves known to plus or minus d only (JCGM 101 6.4.3).

    Attributes:
        estimate: middle.
        half_width: best estimate of half the width.
        inexactness: d, at most the half width.
    """

    estimate: float
    half_width: float
    inexactness: float

    def __post_init__(self) -> None:
        _check(self.estimate, self.half_width, math.inf)
        if not 0 < finite("inexactness of the bounds", self.inexactness) <= self.half_width:
            raise NotFinite(f"inexactness of the bounds is {self.inexactness}, must be above 0, at most the half width")

    @property
    def name(self) -> str:
        """As it stands in a budget."""
        return "curvilinear trapezoid"

    @property
    def standard_uncertainty(self) -> float:
        """√(w²/3 + d²/9)."""
        return math.sqrt(self.half_width**2 / 3 + self.inexactness**2 / 9)

    @property
    def degrees_of_freedom(self) -> float:
        """Its inexactness is in its shape."""
        return math.inf

    @property
    def bounded(self) -> bool:
        """Between sure bounds, w + d from the middle."""
        return True

    def standardised(self) -> Curvilinear:
        """The same shape about 0 with a standard uncertainty of 1."""
        scale = self.standard_uncertainty
        return Curvilinear(0.0, self.half_width / scale, self.inexactness / scale)

    def quantile(self, probability: float) -> float:
        """Value below which it lies with this probability."""
        outer, beyond = self.half_width + self.inexactness, min(probability, 1 - probability)
        inner = self.half_width - self.inexactness

        def above(distance: float) -> float:
            """P(x > distance), the integral of equation 15."""
            edge = max(distance, inner)
            tail = outer - edge - (edge * math.log(outer / edge) if edge else 0.0)
            flat = (edge - distance) * math.log(outer / edge) if edge > distance else 0.0
            return (tail + flat) / (4 * self.inexactness)

        from scipy import optimize  # noqa: PLC0415 - late, as GTC

        if beyond >= above(0.0):
            return self.estimate
        distance = float(optimize.brentq(lambda x: above(x) - beyond, 0.0, outer, xtol=1e-14 * outer))
        return self.estimate + math.copysign(distance, probability - 0.5)

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many values, float64, of shape (count,)."""
        lower = -self.half_width - self.inexactness + 2 * self.inexactness * generator.random(count)
        return self.estimate + lower + (-2 * lower) * generator.random(count)


@dataclass(frozen=True, slots=True)
class Arcsine:
    """What a sine of unknown phase takes (U-shaped; JCGM 101 6.4.6).

    Attributes:
        estimate: middle.
        half_width: amplitude.
        degrees_of_freedom: how well the amplitude is known.
    """

    estimate: float
    half_width: float
    degrees_of_freedom: float = math.inf

    def __post_init__(self) -> None:
        _check(self.estimate, self.half_width, self.degrees_of_freedom)

    @property
    def name(self) -> str:
        """As it stands in a budget."""
        return "arcsine"

    @property
    def standard_uncertainty(self) -> float:
        """Amplitude over √2."""
        return self.half_width / math.sqrt(2)

    @property
    def bounded(self) -> bool:
        """Whether its bounds are known to be true."""
        return math.isinf(self.degrees_of_freedom)

    def standardised(self) -> Arcsine:
        """The same shape about 0 with a standard uncertainty of 1."""
        return Arcsine(0.0, math.sqrt(2), self.degrees_of_freedom)

    def quantile(self, probability: float) -> float:
        """Value below which it lies with this probability."""
        return self.estimate + self.half_width * math.sin(math.pi * (probability - 0.5))

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many values, float64, of shape (count,)."""
        import numpy as np  # noqa: PLC0415 - late, as GTC

        return self.estimate + self.half_width * np.sin(generator.uniform(0.0, 2 * math.pi, count))


def _check(estimate: float, width: float, degrees_of_freedom: float) -> None:
    finite("estimate", estimate)
    if finite("half width or standard uncertainty", width) < 0:
        raise NotFinite("half width or standard uncertainty is negative")
    if math.isnan(degrees_of_freedom) or degrees_of_freedom < 1:
        raise NotFinite(f"degrees of freedom are {degrees_of_freedom}, must be at least 1")
