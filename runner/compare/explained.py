# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the time of a figure went that changed: the functions that take longer or shorter, and
the events an operation."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ..figures import median
from ..profiles import Change, Profile, changes, named
from ..report.flame import flame
from ..report.where import basis, number
from ..text import clean, quantity
from .verdict import Verdict

Json = Dict[str, Any]
# The functions of a figure on the terminal, in compare.json and on the page.
MOST_SHOWN, MOST_RECORDED = 8, 40
# The unit of the figures that have profiles.
_TIME = "ns"
FOLDED = "explained.folded"


@dataclass(frozen=True)
class Explained:
    """A figure with its profiles. `all`: every function, by the size of its difference; `named`:
    those whose difference is no chance."""

    verdict: Verdict
    before: Profile
    after: Profile
    took: Tuple[float, float]
    all: List[Change]
    named: List[Change]
    instructions: bool

    def quantity(self, value: float) -> str:
        """A time of this figure."""
        sign = "-" if value < 0 else ""
        return sign + quantity(abs(value), self.verdict.unit, self.instructions)

    def signed(self, value: float) -> str:
        """A difference of times."""
        return ("+" if value > 0 else "") + self.quantity(value)

    def part(self, change: Change) -> str:
        """`99 % of the difference`, where that is one."""
        difference = self.took[1] - self.took[0]
        if not difference or self.verdict.word not in ("slower", "faster"):
            return ""
        return f"{100 * change.grown / difference:.0f} % of the difference"

    def events(self) -> List[Tuple[str, str, str]]:
        """Name, before and after."""
        one, other = self.before.counters(), self.after.counters()
        return [(name, number(one[name]), number(other[name])) for name in one if name in other]

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        yield (f"{clean(self.verdict.name, 300)} is {self.verdict.word}: "
               f"{self.quantity(self.took[0])} to {self.quantity(self.took[1])} an operation "
               f"({basis(self.before)}, then {basis(self.after)})")
        for change in self.named[:MOST_SHOWN]:
            yield (f"  {self.signed(change.grown):>14}  {clean(change.name, 100)}: "
                   f"{self.quantity(change.own[0])} to {self.quantity(change.own[1])}"
                   + (f", {self.part(change)}" if self.part(change) else ""))
        if not self.named:
            yield "  no function differs by more than chance: sample for longer (--seconds)"
        moved = [f"{name} {one} to {other}" for name, one, other in self.events() if one != other]
        if moved:
            yield f"  an operation: {', '.join(moved)}"

    def as_json(self) -> Json:
        """For compare.json."""
        one, other = self.before.counters(), self.after.counters()
        return {"name": self.verdict.name, "unit": self.verdict.unit, "event": self.after.event,
                "samples": [self.before.samples, self.after.samples], "took": list(self.took),
                "named": [change.name for change in self.named],
                "functions": [change.as_json() for change in self.all[:MOST_RECORDED]],
                "counters": {name: {"before": one.get(name), "after": other.get(name)}
                             for name in {**one, **other}}}

    def row(self) -> Json:
        """For the page."""
        return {"name": self.verdict.name, "word": self.verdict.word,
                "took": [self.quantity(took) for took in self.took],
                "basis": [basis(self.before), basis(self.after)],
                "rows": [{"name": change.name, "own": [self.quantity(own) for own in change.own],
                          "below": [self.quantity(below) for below in change.below],
                          "grown": self.signed(change.grown), "part": self.part(change),
                          "sure": change in self.named, "key": change.grown}
                         for change in self.all[:MOST_RECORDED]],
                "events": self.events(),
                "flame": flame(self.before, self.after, self.took, self.quantity)}

    def folded(self) -> Iterator[str]:
        """The lines of a difference for tools: `figure;outer;inner 12 15`."""
        head = self.verdict.name.replace(";", ",").replace(" ", "_")
        for stack in sorted({**self.before.stacks, **self.after.stacks}):
            yield (f"{clean(';'.join((head, *stack)), 20000)} {self.before.stacks[stack]} "
                   f"{self.after.stacks[stack]}\n")


def why_not(verdicts: Sequence[Verdict]) -> str:
    """Why nothing can be explained; empty where something can."""
    if any(verdict.before.profile and verdict.after.profile for verdict in verdicts):
        return ""
    return ("no figure has profiles on both sides: --explain takes runs of perf --explain, as root "
            "and on kernels with perf_event_open (a point that has none says why: `profile` in "
            "its `observed`)")


def explain(verdicts: Sequence[Verdict], counted: bool, every: bool) -> List[Explained]:
    """The figures that changed, or with `every` all that have profiles, those that changed
    first."""
    found = []
    for verdict in verdicts:
        one, other = verdict.before.profile, verdict.after.profile
        if not one or not other or verdict.unit != _TIME:
            continue
        if every or verdict.word in ("slower", "faster"):
            took = median(verdict.before.values), median(verdict.after.values)
            every_change = changes(one, other, (verdict.before.values, verdict.after.values))
            found.append(Explained(verdict, one, other, took, every_change,
                                   named(every_change, took), counted))
    return sorted(found, key=lambda one: one.verdict.word not in ("slower", "faster"))
