# SPDX-License-Identifier: LGPL-2.1-or-later
"""The open loop: what was achieved at each rate, and where the knee is."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional

from .figures import Figure, median

Json = Dict[str, Any]
# With fewer rates there is no knee to be found.
LEAST_RATES = 4
# A machine that does less than this part of a rate is saturated (lib/load/open.c).
SATURATED = 0.9


@dataclass(frozen=True)
class Rate:
    """What was achieved at a rate: medians of the repeats. `late`: the 99th percentile of the
    time from when an operation was due until it began, ns; `p50`, `p99` and `most` of all
    latencies from due, ns; `missed`: operations that had not begun in the end."""

    rate: float
    achieved: float
    mean: float
    late: float
    missed: int
    p50: float
    p99: float
    most: float

    @property
    def power(self) -> float:
        """Throughput for its latency, which is greatest at the knee (Kleinrock)."""
        return self.achieved / self.mean if self.mean > 0 else 0.0


@dataclass(frozen=True)
class Knee:
    """The rates of a figure, ascending."""

    name: str
    rates: List[Rate]

    @property
    def saturated(self) -> Optional[float]:
        """The most operations a second that were done; None where all were done at each rate, so
        that more may be possible."""
        if all(rate.achieved >= SATURATED * rate.rate for rate in self.rates):
            return None
        return max(rate.achieved for rate in self.rates)

    @property
    def knee(self) -> Optional[float]:
        """The rate of the knee; None where it is not among the rates: too few, or it is the first
        or the last of them."""
        best = max(self.rates, key=lambda rate: rate.power)
        inside = best not in (self.rates[0], self.rates[-1])
        return best.rate if inside and len(self.rates) >= LEAST_RATES else None

    def as_json(self) -> Json:
        """For run.json and compare.json."""
        most = self.saturated
        return {"name": self.name, "knee": self.knee,
                "saturated": None if most is None else round(most, 3),
                "rates": [{"rate": one.rate, "achieved": round(one.achieved, 3),
                           "missed": one.missed, "late_p99": one.late, "p50": one.p50,
                           "p99": one.p99, "max": one.most} for one in self.rates]}

    def text(self) -> str:
        """`knee at 8,000 a second, at most 11,260 a second`."""
        done = self.saturated
        if done is None:
            most = f"all {self.rates[-1].rate:,.10g} a second were done"
        else:
            most = f"at most {done:,.{'4g' if done < 1000 else '0f'}} a second"
        return f"knee at {self.knee:,.10g} a second, {most}" if self.knee else most


def _rate(figure: Figure) -> Rate:
    tail = figure.all.quantiles() if figure.all else {}
    return Rate(figure.steps[0].rate, median([step.achieved for step in figure.steps]),
                median([step.mean for step in figure.steps]),
                median([step.late for step in figure.steps]),
                sum(step.missed for step in figure.steps), tail.get("p50", 0.0),
                tail.get("p99", 0.0), tail.get("max", 0.0))


def knees(figures: Iterable[Figure]) -> List[Knee]:
    """The open loops among these figures, in their order."""
    found: Dict[str, List[Rate]] = {}
    for figure in figures:
        if figure.steps:
            found.setdefault(figure.steps[0].metric, []).append(_rate(figure))
    return [Knee(name, sorted(rates, key=lambda rate: rate.rate)) for name, rates in found.items()]
