# SPDX-License-Identifier: LGPL-2.1-or-later
"""How figures grow: a curve through those that were measured with several numbers of workers,
nodes or mappings, or sizes of memory, and its exponent."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from .figures import Figure, median

Json = Dict[str, Any]
Points = Sequence[Tuple[float, float]]
# With fewer places a constant part cannot be told from the growth.
LEAST_FOR_CONSTANT = 4
# The least relative error of a mean, where repeats are all alike.
LEAST_ERROR = 0.01
# A curve whose values differ by less does not grow.
FLAT = 1.1
# The exponents that are searched for a curve with a constant part.
_STEPS = [step / 20 for step in range(-60, 81) if abs(step) > 1]
_NARROWING = 30
# 97.5 % quantiles of Student's t, by degrees of freedom from 1 on; beyond, by Cornish and Fisher.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
      2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086)


@dataclass
class Curve:
    """A figure by one `by`: workers, nodes, mappings or memory (bytes). `at`: the others, which
    are the same at all its points. `exponent` is the mean of those of the repeats, `low` and
    `high` its 95 % interval (None: there is one repeat), `constant` what does not grow, in
    `unit`. `points`: (place, the samples there)."""

    name: str
    by: str
    at: Dict[str, float]
    unit: str
    better: str
    points: List[Tuple[float, List[float]]]
    exponent: float = 0.0
    low: Optional[float] = None
    high: Optional[float] = None
    constant: float = 0.0

    @property
    def flat(self) -> bool:
        """True when it does not grow or fall."""
        ends = [median(values) for _, values in self.points]
        return max(ends) < FLAT * min(ends) or (
            self.low is not None and self.high is not None and self.low <= 0 <= self.high)

    def as_json(self) -> Json:
        """For run.json and compare.json."""
        return {"name": self.name, "by": self.by, "at": self.at, "unit": self.unit,
                "better": self.better, "exponent": _digits(self.exponent),
                "low": _digits(self.low), "high": _digits(self.high),
                "constant": _digits(self.constant),
                "points": [{"at": place, "median": median(values), "samples": len(values)}
                           for place, values in self.points]}

    def text(self) -> str:
        """`grows as mappings^1.02 (0.97 to 1.07)`."""
        between = f" ({_two(self.low)} to {_two(self.high)})" if (
            self.low is not None and self.high is not None) else ""
        if self.flat:
            return f"does not change with {self.by}: ^{_two(self.exponent)}{between}"
        word = "grows" if self.exponent > 0 else "falls"
        return f"{word} as {self.by}^{_two(self.exponent)}{between}"


def _digits(value: Optional[float]) -> Optional[float]:
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def slope(points: Points) -> float:
    """The exponent of a power law through these points, by least squares of logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    middle = sum(x for x, _ in logs) / len(logs)
    height = sum(y for _, y in logs) / len(logs)
    return (sum((x - middle) * (y - height) for x, y in logs)
            / sum((x - middle) ** 2 for x, _ in logs))


def _with(exponent: float, points: Points) -> Tuple[float, float]:
    """The least sum of squares of relative errors of c + a * x ** exponent, with a and c not below
    zero, and c."""
    # Each equation c + a * x ** exponent = y is divided by its y: c * ones + a * powers = 1.
    ones = [1.0 / y for _, y in points]
    powers = [x ** exponent / y if x > 0 else 0.0 for x, y in points]
    cc, aa = sum(one * one for one in ones), sum(power * power for power in powers)
    ca = sum(one * power for one, power in zip(ones, powers))
    determinant = cc * aa - ca * ca
    constant = factor = -1.0
    if determinant > 1e-12 * cc * aa:
        constant = (sum(ones) * aa - sum(powers) * ca) / determinant
        factor = (sum(powers) * cc - sum(ones) * ca) / determinant
    if constant < 0:
        constant, factor = 0.0, sum(powers) / aa
    if factor < 0:
        return math.inf, 0.0
    return sum((1 - constant * one - factor * power) ** 2
               for one, power in zip(ones, powers)), constant


def growth(points: Points) -> Tuple[float, float]:
    """The exponent and the constant of c + a * x ** exponent through these points."""
    if any(x == 0 for x, _ in points):
        steps = [step for step in _STEPS if step > 0]
    else:
        steps = _STEPS
    best = min(steps, key=lambda exponent: _with(exponent, points)[0])
    if not math.isfinite(_with(best, points)[0]):
        # It falls, and has a place at 0, where no power that falls has a value.
        return slope(points), 0.0
    low, high = best - 0.05, best + 0.05
    for _ in range(_NARROWING):
        third = (high - low) / 3
        if _with(low + third, points)[0] < _with(high - third, points)[0]:
            high -= third
        else:
            low += third
    best = (low + high) / 2
    return best, _with(best, points)[1]


def interval(samples: Sequence[float]) -> Tuple[Optional[float], Optional[float]]:
    """The 95 % interval of the mean, by Student's t; None, None for one sample."""
    free = len(samples) - 1
    if free < 1:
        return None, None
    mean = sum(samples) / len(samples)
    spread = math.sqrt(sum((value - mean) ** 2 for value in samples) / free / len(samples))
    t = _T[free - 1] if free <= len(_T) else 1.96 + 2.372 / free
    return mean - t * spread, mean + t * spread


def _fit(curve: Curve) -> bool:
    """Sets the exponent; False where there is none."""
    repeats = min(len(values) for _, values in curve.points)
    each = [[(x, values[nth]) for x, values in curve.points] for nth in range(repeats)]
    if not repeats or any(y <= 0 for points in each for _, y in points):
        return False
    plain = sum(x > 0 for x, _ in curve.points) >= 2
    if plain:
        _set(curve, [(slope(points), 0.0) for points in each])
        if curve.flat:
            return True
    if len(curve.points) >= LEAST_FOR_CONSTANT and not (plain and _is_power(each)):
        _set(curve, [growth(points) for points in each])
        return True
    return plain


def _is_power(each: Sequence[Points]) -> bool:
    """True when a power law alone fits the means of the repeats as well as their spread allows:
    chi-squared, at 1 %. With a place at zero it never does."""
    if any(x <= 0 for x, _ in each[0]):
        return False
    columns = [[math.log(points[nth][1]) for points in each] for nth in range(len(each[0]))]
    means = [sum(column) / len(column) for column in columns]
    places = [math.log(x) for x, _ in each[0]]
    power = slope([(x, math.exp(mean)) for (x, _), mean in zip(each[0], means)])
    height = sum(mean - power * place for mean, place in zip(means, places)) / len(means)
    found = 0.0
    for mean, place, column in zip(means, places, columns):
        free = len(column) - 1
        spread = sum((value - mean) ** 2 for value in column) / free / len(column) if free else 0.0
        found += (mean - height - power * place) ** 2 / max(spread, LEAST_ERROR ** 2)
    free = len(means) - 2
    # The quantile by Wilson and Hilferty.
    most = free * (1 - 2 / (9 * free) + 2.326 * math.sqrt(2 / (9 * free))) ** 3
    return found <= most


def _set(curve: Curve, found: Sequence[Tuple[float, float]]) -> None:
    exponents = [exponent for exponent, _ in found]
    curve.exponent = sum(exponents) / len(exponents)
    curve.low, curve.high = interval(exponents)
    curve.constant = median([constant for _, constant in found])


def curves(figures: Iterable[Figure]) -> List[Curve]:
    """The curves of these figures, in their order: for each figure and each of its dimensions that
    varies while the others stay."""
    found: Dict[Any, Curve] = {}
    for figure in figures:
        if not figure.curve:
            continue
        for by, place in figure.at.items():
            rest = {key: value for key, value in figure.at.items() if key != by}
            key = (figure.curve, figure.unit, by, tuple(sorted(rest.items())))
            curve = found.setdefault(key, Curve(" ".join(figure.curve), by, rest, figure.unit,
                                                figure.better, []))
            if all(place != other for other, _ in curve.points):
                curve.points.append((place, figure.values))
    several = [curve for curve in found.values() if len(curve.points) > 1]
    for curve in several:
        curve.points.sort(key=lambda point: point[0])
    return [curve for curve in several if _fit(curve)]
