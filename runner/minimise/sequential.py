# SPDX-License-Identifier: LGPL-2.1-or-later
"""How often something fails: a sequential test of two rates, and a confidence interval."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

# The probability of each of the two errors of a test.
ERROR = 0.05
# A candidate must fail at this part of the rate of the whole at least to be kept for sure; it is
# given up for sure at a tenth of that rate and below.
KEPT, GIVEN_UP = 0.5, 0.1
# The most tries of a test, which would end sooner at any rate but those between the two.
MOST_TRIES = 1000
# The quantile of the normal distribution for 95 % on both sides.
_Z = 1.959963984540054


@dataclass
class Rate:
    """Tries, and how many of them failed."""

    failed: int = 0
    tried: int = 0

    @property
    def estimate(self) -> float:
        """The part that failed; 0 without tries."""
        return self.failed / self.tried if self.tried else 0.0

    def interval(self) -> Tuple[float, float]:
        """The 95 % confidence interval of the rate, by Wilson. It is of use only where the number
        of tries did not depend on their results."""
        n, p = self.tried, self.estimate
        if not n:
            return 0.0, 1.0
        middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        half = _Z / (1 + _Z * _Z / n) * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        # At both ends the formula gives exactly 0 and 1, but for rounding.
        return (0.0 if not self.failed else max(0.0, middle - half),
                1.0 if self.failed == n else min(1.0, middle + half))

    def __str__(self) -> str:
        low, high = self.interval()
        return (f"{self.failed} of {self.tried} failed, {100 * self.estimate:.0f} % "
                f"(95 % interval {100 * low:.0f} to {100 * high:.0f} %)")


class Test:
    """Wald's sequential test whether a candidate fails at KEPT times the rate of the whole, or at
    GIVEN_UP times that. It errs in at most ERROR of the cases in each direction, and takes as few
    tries as that allows: the rarer the failure, the more."""

    def __init__(self, whole: float) -> None:
        self.high = min(max(KEPT * whole, 1e-3), 0.9)
        self.low = self.high * GIVEN_UP / KEPT
        self.rate = Rate()
        self._odds = 0.0
        self._bound = math.log((1 - ERROR) / ERROR)

    def add(self, failed: bool) -> Optional[bool]:
        """Adds a try. True: it fails often enough; False: it does not; None: try again."""
        self.rate.tried += 1
        self.rate.failed += failed
        self._odds += math.log(self.high / self.low) if failed else math.log(
            (1 - self.high) / (1 - self.low))
        if self._odds >= self._bound:
            return True
        if self._odds <= -self._bound:
            return False
        return self._odds > 0 if self.rate.tried >= MOST_TRIES else None
