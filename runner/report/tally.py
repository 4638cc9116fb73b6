# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts points, the one way for every report and the exit status."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ..judge import beyond_points
from ..parts import unfinished
from ..verdicts import NOT_WELL, UNJUDGED

BETWEEN = "between programs"
# Exit status of a run in which nothing failed and something could not be judged.
BROKE = 3


@dataclass(frozen=True)
class Item:
    """What is counted: a point; or a run of a program, where it has no points or
    its verdict is worse than theirs."""

    name: str
    verdict: str
    reason: Optional[str]
    known: Optional[str]
    result: Dict[str, Any]
    point: Optional[Dict[str, Any]] = None

    @property
    def state(self) -> str:
        """passed, skipped, known, broken, disturbed, unknown or failed."""
        if self.verdict == "pass":
            return "passed"
        if self.verdict == "skip":
            return "skipped"
        if self.known:
            return "known"
        return self.verdict if self.verdict in UNJUDGED else "failed"


@dataclass
class Tally:
    """The counts of a run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    known: int = 0
    missing: int = 0
    broken: int = 0
    disturbed: int = 0
    unknown: int = 0
    hindered: int = 0

    def as_json(self) -> Dict[str, int]:
        """For run.json."""
        return dict(vars(self))

    def line(self) -> str:
        """`34 passed, 0 failed, 3 skipped`; what was broken, unknown, disturbed or known is
        counted where there was any: `34 passed, 0 failed, 1 broken, 3 skipped, 2 known`."""
        counts = [(self.passed, "passed"), (self.failed, "failed"), (self.broken, "broken"),
                  (self.unknown, "unknown"), (self.disturbed, "disturbed"),
                  (self.skipped, "skipped"), (self.known, "known")]
        always = ("passed", "failed", "skipped")
        return ", ".join(f"{n} {word}" for n, word in counts if n or word in always)

    def status(self, allow_all_skipped: bool = False) -> int:
        """The exit status."""
        if self.failed or self.hindered:
            return 1
        if self.missing:
            return 2
        if self.broken or self.unknown:
            return BROKE
        return 0 if self.passed or allow_all_skipped else 2


def items_of(result: Dict[str, Any]) -> Iterator[Item]:
    """What is counted of one line of results.jsonl."""
    for point in result["points"]:
        yield Item(point["name"], point["verdict"], point.get("reason"), point.get("known"),
                   result, point)
    if not result["points"] or beyond_points(result):
        yield Item(result["name"], result["verdict"], result.get("reason"),
                   result.get("known"), result)


def items(run: Dict[str, Any], results: Sequence[Dict[str, Any]]) -> List[Item]:
    """Everything that is counted of a run, in the order of its record."""
    found = [item for result in results for item in items_of(result)]
    for entry in run.get("between") or []:
        lines, lost = entry.get("complaints") or [], entry.get("lost") or 0
        verdict, reason = ("kernel", "; ".join(lines)) if lines else (
            "unknown", f"{lost} kernel log lines were lost")
        found.append(Item(BETWEEN, verdict, reason, None,
                          {"points": [], "log": entry.get("log") or []}))
    for line in run.get("not_restored") or []:
        found.append(Item("settings", "leak", f"not restored: {line}", None, {"points": []}))
    return found


def missing(run: Dict[str, Any], results: Sequence[Dict[str, Any]]) -> List[str]:
    """What was planned and has no result: the run was cut."""
    return unfinished(run, results)


def tally(run: Dict[str, Any], results: Sequence[Dict[str, Any]]) -> Tally:
    """The counts."""
    counts = Tally(missing=len(missing(run, results)), hindered=sum(
        int(entry["points"]) for entry in run.get("hindered") or []))
    for item in items(run, results):
        setattr(counts, item.state, getattr(counts, item.state) + 1)
    return counts


def bad(found: Sequence[Item]) -> List[Item]:
    """The items that need a look: bad, and not known."""
    return [item for item in found if item.verdict in NOT_WELL and not item.known]


def counted(item: Item) -> Tuple[str, str]:
    """Name and verdict, for tools that want one word."""
    return item.name, "known" if item.state == "known" else item.verdict
