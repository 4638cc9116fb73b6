# SPDX-License-Identifier: LGPL-2.1-or-later
"""The figures of a run of loads: each metric, with a value for each repeat."""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .profiles import Profile
from .schema import checker

Json = Dict[str, Any]
# With fewer values the 99th percentile is one of the ten largest, which is too noisy to judge by.
TAIL_VALUES = 1000
# The last bucket (doc/formats.md) whose values fit into 64 bits.
MAX_BUCKET = 55 * 1024 - 1
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999))


class Distribution:
    """A histogram of whole numbers, with the buckets of doc/formats.md."""

    def __init__(self) -> None:
        self.count = 0
        self.least: Optional[int] = None
        self.greatest = 0
        self.buckets: Dict[int, int] = {}

    def add(self, metric: Json) -> None:
        """Adds the values of a metric. Raises ValueError for one that is damaged."""
        pairs, bucket = metric["histogram"], 0
        if not isinstance(pairs, list) or len(pairs) % 2 or not all(
                isinstance(number, int) and number >= 0 for number in pairs):
            raise ValueError("a histogram that is no list of pairs")
        if sum(pairs[0::2]) > MAX_BUCKET:
            raise ValueError("a histogram with a value of more than 64 bits")
        for further, count in zip(pairs[0::2], pairs[1::2]):
            bucket += further
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
            self.count += count
        if pairs:
            least, greatest = int(metric["min"]), int(metric["max"])
            self.least = least if self.least is None else min(self.least, least)
            self.greatest = max(self.greatest, greatest)

    def merge(self, other: "Distribution") -> None:
        """Adds all values of another."""
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += other.count
        if other.least is not None:
            self.least = other.least if self.least is None else min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)

    def values(self) -> Iterator[Tuple[int, int]]:
        """(least value of a bucket, number of values in it), in ascending order."""
        for bucket in sorted(self.buckets):
            yield bucket_least(bucket), self.buckets[bucket]

    def quantile(self, share: float) -> float:
        """The least value that this share of the values does not exceed, to three digits."""
        behind = 0
        for value, count in self.values():
            behind += count
            if behind >= share * self.count:
                return float(max(value, self.least or 0))
        return 0.0

    def quantiles(self) -> Dict[str, float]:
        """p50, p90, p99, p99.9, max."""
        return {**{name: self.quantile(share) for name, share in QUANTILES},
                "max": float(self.greatest)}


def bucket_least(bucket: int) -> int:
    """The least value that falls into a bucket."""
    doublings = bucket // 1024 - 1 if bucket >= 2048 else 0
    return (bucket - doublings * 1024) << doublings


@dataclass
class Figure:
    """A figure of a run, with one number for each repeat: of a distribution its median, or its
    99th percentile for a figure of the tail. `all` has all values of all repeats. `thin`: some
    repeat has too few values for its tail. `curve` and `at`: the curve that it is a part of, and
    where on it, by dimension; `steps`: of the open loop at a rate, what each repeat achieved;
    `profile`: where the time goes, if that was sampled."""

    name: str
    unit: str
    better: str
    values: List[float] = field(default_factory=list)
    all: Optional[Distribution] = None
    thin: bool = False
    curve: Optional[Tuple[str, str]] = None
    at: Dict[str, float] = field(default_factory=dict)
    steps: List["Step"] = field(default_factory=list)
    profile: Optional[Profile] = None


@dataclass(frozen=True)
class Step:
    """The open loop at one rate, in one repeat. `metric` is the name of the closed loop's figure;
    `mean` of the latencies from due, `late` the 99th percentile of the lateness, ns."""

    metric: str
    rate: float
    achieved: float
    mean: float
    late: float
    missed: int


def _take(found: Dict[str, Figure], name: str, metric: Json, value: float) -> Figure:
    figure = found.setdefault(name, Figure(name, str(metric["unit"]), str(metric["better"])))
    figure.values.append(value)
    return figure


def _step(name: str, metric: Json) -> Step:
    base, _, rest = name.rpartition("_at_")
    return Step(base + rest[len(rest.partition(" ")[0]):], float(metric["rate"]),
                float(metric.get("achieved", 0)), float(metric.get("mean", 0)),
                float((metric.get("late") or {}).get("p99", 0)), int(metric.get("missed", 0)))


def _place(figure: Figure, curve: Tuple[str, str], metric: Json) -> None:
    """Says what the figure is a part of."""
    if "rate" in metric:
        figure.steps.append(_step(figure.name, metric))
    elif metric.get("at"):
        figure.curve, figure.at = curve, {key: float(value) for key, value in metric["at"].items()}


def _read(found: Dict[str, Figure], name: str, curve: Tuple[str, str], metric: Json) -> None:
    if "histogram" not in metric:
        value = metric["value"]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("a value that is no number")
        _place(_take(found, name, metric, float(value)), curve, metric)
        return
    once, profile = Distribution(), Profile()
    once.add(metric)
    if metric.get("profile"):
        profile.add(metric["profile"])
    if not once.count:
        return
    median = _take(found, name, metric, once.quantile(0.5))
    _place(median, curve, metric)
    if profile.samples:
        median.profile = median.profile or Profile()
        median.profile.merge(profile)
    tail = _take(found, f"{name} p99", metric, once.quantile(0.99))
    for figure in (median, tail):
        figure.all = figure.all or Distribution()
        figure.all.add(metric)
    tail.thin = tail.thin or once.count < TAIL_VALUES


def median(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    both = (ordered[half - 1] + ordered[half]) / 2
    # The sum of two very large floats could overflow.
    return both if math.isfinite(both) else ordered[half - 1] / 2 + ordered[half] / 2


def instructions(run: Json) -> bool:
    """True when the times of a run are counted instructions."""
    lab = run.get("lab")
    options = lab.get("options") if isinstance(lab, dict) else None
    return isinstance(options, dict) and options.get("measure") == "instructions"


class Figures:
    """Gathers the figures of all points that passed, result by result."""

    def __init__(self) -> None:
        self._found: Dict[str, Figure] = {}

    def add(self, result: Json) -> None:
        """Takes a line of results.jsonl. A metric that is damaged is left out."""
        scaled = "".join(f" {key}={value}" for key, value in (result.get("scale") or {}).items())
        for point in result["points"]:
            metrics = point["diagnostics"].get("metrics")
            if point["verdict"] != "pass" or not isinstance(metrics, list):
                continue
            for metric in metrics:
                try:
                    if not checker("metric")(metric):
                        name = point["name"].partition("#")[0]
                        _read(self._found, f"{name} {metric['name']}{scaled}",
                              _curve(name, metric), metric)
                except ValueError:
                    continue

    def found(self) -> Dict[str, Figure]:
        """The figures by `area/name.case@size metric`, in the order of the record. What was
        measured with several values of a parameter has it behind the metric: `fault size=4M`."""
        return {name: figure for name, figure in self._found.items() if not figure.thin}


def _curve(point: str, metric: Json) -> Tuple[str, str]:
    """The curve of a metric, as `area/name.curve@size`, and the metric's name."""
    case, at, place = point.partition("@")
    program, _, case = case.partition(".")
    return f"{program}.{metric.get('curve') or case}{at}{place}", str(metric["name"])


def figures(results: Iterable[Json]) -> Dict[str, Figure]:
    """All figures of these results."""
    gathered = Figures()
    for result in results:
        gathered.add(result)
    return gathered.found()
