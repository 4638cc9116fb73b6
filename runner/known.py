# SPDX-License-Identifier: LGPL-2.1-or-later
"""Known issues: failures that are expected of this kernel. runner/known_list.py reads them."""
from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from .kernels import Kernel, Range


@dataclass(frozen=True)
class Counter:
    """A pattern of counters that may be wrong, and the bounds of the difference; None: any."""

    name: str
    least: Optional[int] = None
    most: Optional[int] = None

    def covers(self, name: str, change: int) -> bool:
        """True when this counter may be wrong by that difference."""
        return (fnmatchcase(name, self.name) and (self.least is None or change >= self.least)
                and (self.most is None or change <= self.most))


@dataclass(frozen=True)
class Demands:
    """One way in which an issue shows: everything here must be observed, and is explained then.
    Empty fields demand nothing; without any, only points are explained."""

    log: Tuple["re.Pattern[str]", ...] = ()
    reason: Optional["re.Pattern[str]"] = None
    errno: str = ""
    counters: Tuple[Counter, ...] = ()

    def logs(self, line: str) -> bool:
        """True when a pattern matches the line of the kernel log."""
        return any(pattern.search(line) for pattern in self.log)

    def counts(self, name: str, change: int) -> bool:
        """True when this counter may be wrong by that difference."""
        return any(counter.covers(name, change) for counter in self.counters)

    def erred(self, reason: str, got: Optional[str]) -> bool:
        """True when the reason or the value has a demanded errno, by name or by number."""
        number = getattr(errno, self.errno)
        text = reason if got is None else got
        return bool(re.search(rf"\b{self.errno}\b", text)) or text.strip() in (
            str(number), str(-number))


def matches(patterns: Sequence[str], name: str) -> bool:
    """True when a pattern matches the name of a point or of a run of a program, in any build and
    any repeat."""
    name = name.replace("-32bit", "").partition("#")[0]
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Issue:
    """An entry of a list."""

    id: str
    points: Tuple[str, ...]
    verdicts: Tuple[str, ...]
    reason: str
    link: str
    kernels: Range = field(default_factory=Range)
    machine: Tuple[str, ...] = ()
    # The ways in which it shows; without any, every failure of its points is explained.
    demands: Tuple[Demands, ...] = ()
    # True, or the points that sometimes pass although the fault is there.
    intermittent: Union[bool, Tuple[str, ...]] = False
    # True when the fault outlasts the program and damages the kernel until the next boot.
    damages: bool = False

    def here(self, kernel: Kernel) -> bool:
        """True when it applies to this kernel on this kind of machine."""
        return (not self.machine or kernel.machine in self.machine) and self.kernels.covers(
            kernel)

    def expects(self, name: str, verdict: str) -> bool:
        """True when it expects the verdict of the point (or program@size) of that name."""
        return verdict in self.verdicts and matches(self.points, name)

    def as_json(self) -> Dict[str, Any]:
        """The form in run.json, from which seems_fixed() works."""
        mild = self.intermittent if isinstance(self.intermittent, bool) else [*self.intermittent]
        return {"id": self.id, "points": [*self.points], "intermittent": mild}


class SeemsFixed:
    """Finds, result by result, the issues of this kernel of which points ran and all passed."""

    def __init__(self, run: Dict[str, Any]) -> None:
        self._run = run
        self._issues = [issue for issue in run.get("known_issues") or []
                        if issue["intermittent"] is not True]
        self._passed = [0] * len(self._issues)
        self._bad = [False] * len(self._issues)

    def add(self, result: Dict[str, Any]) -> None:
        """Takes a line of results.jsonl."""
        names = [(name, verdict) for name, verdict in _names(self._run, result)
                 if verdict != "skip"] if self._issues else []
        for number, issue in enumerate(self._issues):
            for name, verdict in names:
                if matches(issue["points"], name) and not matches(
                        issue["intermittent"] or [], name):
                    self._passed[number] += verdict == "pass"
                    self._bad[number] |= verdict != "pass"

    def found(self) -> List[Dict[str, Any]]:
        """The issues whose points all passed, as `{"id", "points": number of points}`."""
        return [{"id": issue["id"], "points": passed}
                for issue, passed, bad in zip(self._issues, self._passed, self._bad)
                if passed and not bad]


def seems_fixed(run: Dict[str, Any], results: Iterable[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The issues that SeemsFixed finds in these results."""
    gathered = SeemsFixed(run)
    for result in results:
        gathered.add(result)
    return gathered.found()


def _names(run: Dict[str, Any], result: Dict[str, Any]) -> List[Tuple[str, str]]:
    """The names and verdicts that patterns are compared with. A program that ran only some of its
    cases is not among them when it passes."""
    names = [(str(point["name"]), str(point["verdict"])) for point in result["points"]]
    part = result["name"] in (run.get("cases") or {}) or "skip" in (v for _, v in names)
    if result["verdict"] != "pass" or not part:
        names.append((str(result["name"]), str(result["verdict"])))
    return names
