# SPDX-License-Identifier: LGPL-2.1-or-later
"""Known issues: what is expected to fail here, and why. runner/known_list.py reads them."""
from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from .kernels import Kernel, Range
from .verdicts import BAD

# Begins the report of a warning, and tells nothing of it.
_CUT_HERE = "------------[ cut here ]"
# A counter as a complaint names it; vmstat's, as all that vmstat_refresh tells.
_BELOW_ZERO = re.compile(r"vmstat_refresh: (\w+) -")


@dataclass(frozen=True)
class Seen:
    """What is known of a point, or of a whole run of a program, that did not pass."""

    reason: str = ""
    got: Optional[str] = None
    complaints: Tuple[str, ...] = ()
    odd: Tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Demands:
    """What must be seen beside the verdict, so that an issue hides no other. Each that is
    empty demands nothing."""

    log: Tuple["re.Pattern[str]", ...] = ()
    reason: Optional["re.Pattern[str]"] = None
    errno: str = ""
    counters: Tuple[str, ...] = ()

    def met(self, seen: Seen) -> bool:
        """True when all of them were seen, and no counter is odd that may not be."""
        return ((not self.log or any(self.logs(line) for line in seen.complaints))
                and (not self.reason or bool(self.reason.search(seen.reason)))
                and (not self.errno or self._erred(seen))
                and (not self.counters or bool(seen.odd) and all(
                    any(fnmatchcase(name, p) for p in self.counters) for name in seen.odd)))

    def logs(self, line: str) -> bool:
        """True when a pattern matches the line of the kernel log."""
        return any(pattern.search(line) for pattern in self.log)

    def _erred(self, seen: Seen) -> bool:
        """By its name, or by its number where the check compared numbers."""
        number = getattr(errno, self.errno)
        text = seen.reason if seen.got is None else seen.got
        return bool(re.search(rf"\b{self.errno}\b", text)) or text.strip() in (
            str(number), str(-number))


def matches(patterns: Sequence[str], name: str) -> bool:
    """True when a pattern matches the name of a point or of a run of a program, whichever
    way the program is built, and whichever repeat it is."""
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
    demands: Demands = field(default_factory=Demands)
    # True, or the points that pass now and then although the fault is there.
    intermittent: Union[bool, Tuple[str, ...]] = False

    def here(self, kernel: Kernel) -> bool:
        """True when it speaks of this kernel on this kind of machine."""
        return (not self.machine or kernel.machine in self.machine) and self.kernels.covers(
            kernel)

    def expects(self, name: str, verdict: str) -> bool:
        """True when it expects the verdict of the point (or program@size) of that name."""
        return verdict in self.verdicts and matches(self.points, name)

    def as_json(self) -> Dict[str, Any]:
        """For run.json: what seems_fixed() takes."""
        mild = self.intermittent if isinstance(self.intermittent, bool) else [*self.intermittent]
        return {"id": self.id, "points": [*self.points], "intermittent": mild}


def explain(issues: Sequence[Issue], name: str, verdict: str,
            seen: Optional[Seen] = None) -> Optional[str]:
    """The id of the issue that expects this, or None. Without `seen` it is not asked
    whether what an issue demands was there."""
    if verdict not in BAD:
        return None
    found = [issue for issue in issues if issue.expects(name, verdict)]
    if seen is not None:
        found = [issue for issue in found if issue.demands.met(seen)]
        if seen.whole and verdict in ("kernel", "panic"):
            found = _all_told(found, seen.complaints)
    return found[0].id if found else None


def _all_told(found: List[Issue], complaints: Sequence[str]) -> List[Issue]:
    """The issues, none where they leave a complaint of the kernel unexplained. One that
    demands no line takes them all."""
    if any(not issue.demands.log for issue in found):
        return [issue for issue in found if not issue.demands.log]
    told = all(any(issue.demands.logs(line) for issue in found) for line in complaints
               if not line.startswith(_CUT_HERE))
    return found if told else []


def odd_counters(result: Dict[str, Any]) -> Tuple[str, ...]:
    """Names of the counters that a line of results.jsonl calls odd: not as before at rest,
    or below zero."""
    names = [str(text).split(" ", 1)[0] for text in result["left"].get("counters") or []]
    for line in result["complaints"]:
        match = _BELOW_ZERO.search(str(line))
        if match:
            names.append(f"vmstat.{match.group(1)}")
    return tuple(names)


def seems_fixed(run: Dict[str, Any], results: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The issues of this kernel of which points were run and each of them passed, as
    `{"id", "points": how many}`; from the record alone."""
    found = []
    for issue in run.get("known_issues") or []:
        mild = issue["intermittent"]
        if mild is True:
            continue
        verdicts = [verdict for result in results for name, verdict in _names(run, result)
                    if matches(issue["points"], name) and not matches(mild or [], name)]
        passed = verdicts.count("pass")
        if passed and passed + verdicts.count("skip") == len(verdicts):
            found.append({"id": issue["id"], "points": passed})
    return found


def _names(run: Dict[str, Any], result: Dict[str, Any]) -> List[Tuple[str, str]]:
    """What patterns are compared with. A program that ran a part of its cases proves
    nothing when it passes."""
    names = [(str(point["name"]), str(point["verdict"])) for point in result["points"]]
    if result["verdict"] != "pass" or result["name"] not in (run.get("cases") or {}):
        names.append((str(result["name"]), str(result["verdict"])))
    return names
