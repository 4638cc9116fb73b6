# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the time of an operation goes: the samples of a load's kernel stacks, function by
function."""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from statistics import median, variance
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from .text import clean

Json = Dict[str, Any]
Stack = Tuple[str, ...]
# Stands for the stacks that are too seldom to be reported one by one.
OTHER = "[other]"
# A function is named for a difference that is so many times its standard error.
SURE = 4.0
# And at least this part of an operation, before or after.
LEAST_SHARE = 0.005
USER = "[user]"


@dataclass
class Profile:
    """The samples of all repeats. `stacks`: how often each was seen, the outermost function first;
    `parts`: of each repeat the samples in each function itself; `counted`: events, weighted by
    the repeats; `event`: what samples are taken by."""

    event: str = ""
    samples: int = 0
    operations: int = 0
    lost: int = 0
    stacks: "Counter[Stack]" = field(default_factory=Counter)
    parts: List["Counter[str]"] = field(default_factory=list)
    counted: Dict[str, List[float]] = field(default_factory=dict)

    def add(self, said: Json) -> None:
        """Adds a repeat's, as a metric has it. Raises ValueError for one that is damaged."""
        functions = said["functions"]
        own: "Counter[str]" = Counter()
        for text in said["stacks"]:
            words = [int(word) for word in text.split()]
            if len(words) < 2 or min(words) < 0 or max(words[1:]) >= len(functions):
                raise ValueError("a stack of functions that are not there")
            self.stacks[tuple(functions[number] for number in words[1:])] += words[0]
            own[functions[words[-1]]] += words[0]
        if said.get("other"):
            self.stacks[(OTHER,)] += int(said["other"])
            own[OTHER] += int(said["other"])
        self.parts.append(own)
        self.event = str(said["event"])
        self.samples = sum(self.stacks.values())
        self.operations += int(said["operations"])
        self.lost += int(said.get("lost", 0))
        for name, value in (said.get("counters") or {}).items():
            self.counted.setdefault(str(name), []).append(float(value))

    def merge(self, other: "Profile") -> None:
        """Adds the samples of another."""
        self.event = self.event or other.event
        self.stacks += other.stacks
        self.parts += other.parts
        self.samples += other.samples
        self.operations += other.operations
        self.lost += other.lost
        for name, values in other.counted.items():
            self.counted.setdefault(name, []).extend(values)

    def counters(self) -> Dict[str, float]:
        """Events an operation."""
        return {name: sum(values) / len(values) for name, values in self.counted.items()}

    def own(self) -> "Counter[str]":
        """The samples in each function itself."""
        found: "Counter[str]" = Counter()
        for stack, times in self.stacks.items():
            found[stack[-1]] += times
        return found

    def below(self) -> "Counter[str]":
        """The samples in each function and in what it called."""
        found: "Counter[str]" = Counter()
        for stack, times in self.stacks.items():
            for name in set(stack):
                found[name] += times
        return found

    def folded(self, first: str = "") -> Iterator[str]:
        """The lines of the format of flame graphs: `outer;inner 12`."""
        head = [first.replace(";", ",").replace(" ", "_")] if first else []
        for stack, times in sorted(self.stacks.items()):
            yield clean(f"{';'.join([*head, *stack])} {times}", 20000)


@dataclass(frozen=True)
class Change:
    """A function before and after: the time an operation in it, in the unit of the figure, itself
    and with what it called. `error` is the standard error of the difference of `own`."""

    name: str
    own: Tuple[float, float]
    below: Tuple[float, float]
    error: float

    @property
    def grown(self) -> float:
        """What it takes more than before, itself."""
        return self.own[1] - self.own[0]

    @property
    def sure(self) -> bool:
        """True when the difference is no chance of sampling."""
        return abs(self.grown) > SURE * self.error

    def as_json(self) -> Json:
        """For compare.json."""
        return {"function": self.name, "before": _round(self.own[0]), "after": _round(self.own[1]),
                "error": _round(self.error), "with_called_before": _round(self.below[0]),
                "with_called_after": _round(self.below[1]), "sure": self.sure}


def _round(value: float) -> float:
    return float(f"{value:.5g}")


def _of_mean(values: Sequence[float]) -> float:
    """The variance of the mean of these; 0 of one, of which it is not known."""
    return variance(values) / len(values) if len(values) > 1 else 0.0


def _variance(name: str, times: int, side: Profile, took: Sequence[float]) -> float:
    """Of the time in a function. That of its share is binomial (one that was not seen may have
    been missed by chance), or what it is between the repeats, if that is more; and the time of an
    operation differs between the repeats, or boots."""
    share, middle = max(times, 1) / side.samples, median(took)
    parts = [part[name] / sum(part.values()) for part in side.parts if part]
    of_share = max(share * (1 - min(share, 1)) / side.samples, _of_mean(parts))
    return middle * middle * of_share + share * share * _of_mean(took)


def changes(before: Profile, after: Profile, took: Tuple[Sequence[float], Sequence[float]]
            ) -> List[Change]:
    """All functions, by the size of the difference, largest first. `took`: the times of an
    operation on each side, of each repeat or boot."""
    if not before.samples or not after.samples:
        return []
    sides = (before, after)
    own, below = [side.own() for side in sides], [side.below() for side in sides]
    middle = [median(values) for values in took]
    found = []
    for name in {**below[0], **below[1]}:
        per = [[middle[nth] * counts[nth][name] / sides[nth].samples for nth in (0, 1)]
               for counts in (own, below)]
        error = math.sqrt(sum(_variance(name, own[nth][name], sides[nth], took[nth])
                              for nth in (0, 1)))
        found.append(Change(name, (per[0][0], per[0][1]), (per[1][0], per[1][1]), error))
    return sorted(found, key=lambda change: -abs(change.grown))


def named(found: List[Change], took: Tuple[float, float]) -> List[Change]:
    """The functions that the difference is in."""
    least = LEAST_SHARE * max(took)
    return [change for change in found if change.sure and abs(change.grown) > least]
