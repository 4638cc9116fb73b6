# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who raced whom: for each pair of actors on each target, how often both were in an operation on
the same huge page at once, as the race engine counted it (doc/races.md)."""
from __future__ import annotations

import re
from itertools import combinations_with_replacement
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ..text import clean, count
from .matrix import PAIR

Json = Dict[str, Any]
Pair = Tuple[str, str]
_NAME = r"[a-z][a-z0-9_]{0,30}"
_TARGET = re.compile(rf"{_NAME}\Z")
_ACTOR = re.compile(rf"({_NAME})(?: [1-9][0-9]?)?\Z")
_OPERATIONS = re.compile(r"([0-9]{1,15}) operations, ")
_PAIR = re.compile(rf"({_NAME})\+({_NAME}) ([0-9]{{1,15}})\Z")
# The keys of what the engine observed of pairs: `overlap 1`, `overlap 2`.
_KEY = re.compile(r"overlap [1-9][0-9]?\Z")
# The most pairs that the end of a report names for each target.
_NAMED = 12


def is_overlap(key: str) -> bool:
    """True for a key of what was observed that belongs to the matrix, and is not for readers."""
    return _KEY.match(key) is not None or key == "target"


def sorted_pair(one: str, other: str) -> Pair:
    """The two in the order in which pairs are counted."""
    return (one, other) if one <= other else (other, one)


class Overlap:
    """Gathers the races of one or more runs, result by result. By target: `ops` are the operations
    of each actor, `met` how often a pair met, `races` in how many cases it could have."""

    def __init__(self) -> None:
        self.ops: Dict[str, Dict[str, int]] = {}
        self.met: Dict[str, Dict[Pair, int]] = {}
        self.races: Dict[str, Dict[Pair, int]] = {}

    def add(self, result: Json) -> None:
        """Takes a line of results.jsonl."""
        for point in result["points"]:
            observed = point["diagnostics"].get("observed")
            if isinstance(observed, dict) and _TARGET.match(str(observed.get("target"))):
                self._race(str(observed["target"]), observed)

    def _race(self, target: str, observed: Json) -> None:
        there: List[str] = []
        ops = self.ops.setdefault(target, {})
        for key, said in observed.items():
            actor, done = _ACTOR.match(str(key)), _OPERATIONS.match(str(said))
            if actor and done:
                there.append(actor.group(1))
                ops[actor.group(1)] = ops.get(actor.group(1), 0) + int(done.group(1))
        # Two threads of one actor, or two processes, may meet as well.
        met, races = self.met.setdefault(target, {}), self.races.setdefault(target, {})
        together = {sorted_pair(one, other) for one, other in combinations_with_replacement(
            sorted(set(there)), 2) if one != other or there.count(one) > 1}
        for pair, times in self._pairs(observed):
            met[pair] = met.get(pair, 0) + times
            together.add(pair)
        for pair in together:
            races[pair] = races.get(pair, 0) + 1

    @staticmethod
    def _pairs(observed: Json) -> Iterator[Tuple[Pair, int]]:
        for key, said in observed.items():
            if _KEY.match(str(key)):
                for word in str(said).split(", "):
                    match = _PAIR.match(word)
                    if match:
                        yield sorted_pair(match.group(1), match.group(2)), int(match.group(3))

    def never(self, target: str) -> List[Pair]:
        """The pairs that raced on a target and never met."""
        met = self.met.get(target, {})
        return sorted(pair for pair in self.races.get(target, {}) if not met.get(pair))

    def lacking(self, possible: Dict[str, Set[Pair]]) -> Dict[str, List[Pair]]:
        """The possible pairs of each target that never met, in any race."""
        found = {}
        for target, pairs in possible.items():
            met = self.met.get(target, {})
            left = sorted(pair for pair in pairs if not met.get(pair))
            if left:
                found[target] = left
        return found

    def text(self) -> str:
        """The end of a report: for each target how many pairs met, and which never did."""
        lines = []
        for target, races in self.races.items():
            never = self.never(target)
            named = ", ".join(map("+".join, never[:_NAMED]))
            more = f" and {len(never) - _NAMED} more" if len(never) > _NAMED else ""
            lines.append(f"  {target}: {len(races) - len(never)} of {count(len(races), 'pair')}"
                         + (f"; never: {named}{more}" if never else ""))
        return "Pairs of actors that were at work on one huge page at once:\n" + "\n".join(
            lines) + "\n" if lines else ""

    def table(self, target: str) -> Iterator[str]:
        """The whole matrix of a target: a line for each actor, with its operations, and how often
        it met each of those above it and itself."""
        actors = sorted(self.ops[target])
        met, races = self.met[target], self.races[target]
        width = max(map(len, actors))
        yield f"{target}: operations, and how often each met each of the others"
        for number, one in enumerate(actors):
            cells = []
            for other in actors[:number + 1]:
                pair = sorted_pair(one, other)
                if pair in races:
                    cells.append(f"{other} {met.get(pair, 0)}")
            yield f"  {one:{width}} {self.ops[target][one]:>10}  {', '.join(cells)}".rstrip()

    def as_json(self) -> List[Json]:
        """The matrix for scripts."""
        return [{"target": target, "operations": self.ops[target],
                 "pairs": [{"actors": list(pair), "met": self.met[target].get(pair, 0),
                            "races": races} for pair, races in sorted(pairs.items())]}
                for target, pairs in self.races.items()]


def possible(cases: Iterable[str]) -> Dict[str, Set[Pair]]:
    """The pairs that make sense on each target, by the names of the cases of race_pairs."""
    found: Dict[str, Set[Pair]] = {}
    for case in cases:
        words = case.split(PAIR)
        if len(words) == 3:
            found.setdefault(words[0], set()).add(sorted_pair(words[1], words[2]))
    return found


def case_of(target: str, pair: Pair, cases: Iterable[str]) -> Optional[str]:
    """The case of race_pairs for a pair."""
    one, other = pair
    names = {PAIR.join((target, one, other)), PAIR.join((target, other, one))}
    return next((case for case in cases if case in names), None)


def summed(lacking: Dict[str, List[Pair]]) -> Iterator[str]:
    """The pairs that never met, one line for each target."""
    for target, pairs in lacking.items():
        yield f"{clean(target, 40)}, {count(len(pairs), 'pair')}: " + ", ".join(
            map("+".join, pairs))
