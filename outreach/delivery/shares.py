"""A share with its uncertainty. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Nineteen of twenty such intervals hold the true share.
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """`value`, and the interval from `low` to `high` that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Of two shares: `value`, and the interval that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the two really differ, as far as these numbers can tell."""
        return self.low > 0 or self.high < 0


def difference_of(one: Share, other: Share) -> Difference:
    """How much larger `one` is than `other`: Newcombe's hybrid of two score intervals (Statistics
    in Medicine 17, 1998, method 10)."""
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Difference(value, value - below, value + above)


def share_of(number: int, of: int) -> Share:
    """Wilson's score interval (J. Am. Stat. Assoc. 22, 1927): also right for few and for none.

    0 of 0 is a share of nothing: 0, between 0 and 1.
    """
    if of == 0:
        return Share(0.0, 0.0, 1.0)
    value, square = number / of, _Z * _Z
    middle = (value + square / (2 * of)) / (1 + square / of)
    width = _Z / (1 + square / of) * sqrt(value * (1 - value) / of + square / (4 * of * of))
    low = 0.0 if number == 0 else max(0.0, middle - width)
    high = 1.0 if number == of else min(1.0, middle + width)
    return Share(value, low, high)
