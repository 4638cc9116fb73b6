# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts points, in the same way for all reports and the exit status."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ..budget import spent
from ..curves import curves
from ..endings import Patience
from ..errors import Interrupted
from ..figures import Figures
from ..findings import beyond
from ..knees import knees
from ..known import SeemsFixed
from ..reading import Results, load
from ..verdicts import NOT_WELL, UNJUDGED

BETWEEN = "between programs"
# How long results are still counted after a signal has asked the runner to end, in seconds.
CLOSING_SECONDS = 0.2
# The longest time of an item, in seconds.
MOST_SECONDS = 1e9
# The exit status of a run in which nothing failed and something could not be judged.
BROKE = 3


@dataclass(frozen=True)
class Item:
    """A counted item: a point; or a run of a program that has no points, or a fault that they do
    not show."""

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

    @property
    def seconds(self) -> float:
        """How long it took, by its program, whose number may be none that a reader can use."""
        took = (self.point["diagnostics"].get("duration_ms") if self.point
                else self.result.get("duration_ms"))
        return min(max(took / 1000, 0.0), MOST_SECONDS) if isinstance(
            took, (int, float)) and not isinstance(took, bool) else 0.0


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
    damaged: int = 0
    # What is missing is what the budget of the run had no time for, and did not fail last time.
    spent: bool = False

    @property
    def total(self) -> int:
        """The number of all counted items."""
        return (self.passed + self.failed + self.skipped + self.known + self.broken
                + self.disturbed + self.unknown)

    @property
    def complete(self) -> bool:
        """True when there is a result of everything that was planned, or at least of something
        that ran, and for the rest there was no time."""
        return not self.damaged and (not self.missing or self.spent and self.total > self.skipped)

    def as_json(self) -> Dict[str, int]:
        """For run.json, which says in `interrupted` what ended a run."""
        return {name: number for name, number in vars(self).items() if name != "spent"}

    def line(self) -> str:
        """`34 passed, 0 failed, 3 skipped`, with broken, unknown, disturbed and known items if
        there are any: `34 passed, 0 failed, 1 broken, 3 skipped, 2 known`."""
        counts = [(self.passed, "passed"), (self.failed, "failed"), (self.broken, "broken"),
                  (self.unknown, "unknown"), (self.disturbed, "disturbed"),
                  (self.skipped, "skipped"), (self.known, "known")]
        always = ("passed", "failed", "skipped")
        return ", ".join(f"{n} {word}" for n, word in counts if n or word in always)

    def status(self, allow_all_skipped: bool = False) -> int:
        """The exit status."""
        if self.failed or self.hindered:
            return 1
        if not self.complete:
            return 2
        if self.broken or self.unknown:
            return BROKE
        return 0 if self.passed or allow_all_skipped else 2


def items_of(result: Dict[str, Any]) -> Iterator[Item]:
    """The items of one result."""
    for point in result["points"]:
        yield Item(point["name"], point["verdict"], point.get("reason"), point.get("known"),
                   result, point)
    more = beyond(result)
    if not result["points"]:
        yield Item(result["name"], result["verdict"], result.get("reason"),
                   result.get("known"), result)
    elif more:
        yield Item(result["name"], more.verdict, more.reason, more.known, result)


def items_of_run(run: Dict[str, Any]) -> Iterator[Item]:
    """The items about the run itself."""
    for entry in run.get("between") or []:
        lines, lost = entry.get("complaints") or [], entry.get("lost") or 0
        verdict, reason = ("kernel", "; ".join(lines)) if lines else (
            "unknown", f"{lost} kernel log lines were lost")
        yield Item(BETWEEN, verdict, reason, None,
                   {"points": [], "log": entry.get("log") or []})
    for line in run.get("not_restored") or []:
        yield Item("settings", "leak", f"not restored: {line}", None, {"points": []})


def items(run: Dict[str, Any], results: Iterable[Dict[str, Any]]) -> Iterator[Item]:
    """All items of a run, in the order of its record."""
    for result in results:
        yield from items_of(result)
    yield from items_of_run(run)


class Counting:
    """Counts the items of a run, result by result."""

    def __init__(self, run: Dict[str, Any]) -> None:
        self._plan: List[str] = run["plan"]
        self._failed_last = frozenset(run.get("failed_last") or [])
        self._done: Set[str] = set()
        self._tally = Tally(hindered=sum(
            int(entry["points"]) for entry in run.get("hindered") or []), spent=spent(run))
        for item in items_of_run(run):
            self.count(item)

    def count(self, item: Item) -> None:
        """Counts an item."""
        setattr(self._tally, item.state, getattr(self._tally, item.state) + 1)

    def add(self, result: Dict[str, Any]) -> None:
        """Takes a line of results.jsonl."""
        if not result.get("rest"):
            self._done.add(result["name"])
        for item in items_of(result):
            self.count(item)

    def missing(self) -> List[str]:
        """The planned runs without a result: the run was interrupted."""
        return [name for name in self._plan if name not in self._done]

    def tally(self, results: Iterable[Dict[str, Any]]) -> Tally:
        """The counts of these results, which were added."""
        damaged = len(results.damaged_at) if isinstance(results, Results) else 0
        missing = self.missing()
        return replace(self._tally, missing=len(missing), damaged=damaged,
                       spent=self._tally.spent and not self._failed_last.intersection(missing))


def tally(run: Dict[str, Any], results: Iterable[Dict[str, Any]]) -> Tally:
    """The counts."""
    counting = Counting(run)
    for result in results:
        counting.add(result)
    return counting.tally(results)


def closing(run: Dict[str, Any], results: Iterable[Dict[str, Any]]) -> Dict[str, Any]:
    """The fields of run.json about the results, written at the end: `summary`, `seems_fixed` and,
    of loads, `curves` and `knees`."""
    counting, fixed, numbers = Counting(run), SeemsFixed(run), Figures()
    for result in results:
        counting.add(result)
        fixed.add(result)
        if run.get("kind") == "load":
            numbers.add(result)
    found = numbers.found().values()
    more = {"curves": [curve.as_json() for curve in curves(found)],
            "knees": [knee.as_json() for knee in knees(found)]} if run.get("kind") == "load" else {}
    return {"summary": counting.tally(results).as_json(), "seems_fixed": fixed.found(), **more}


def closing_of(run: Dict[str, Any], path: str) -> Dict[str, Any]:
    """closing() for the results in that folder. After a signal they are counted only for a bounded
    time, because a report counts them again. Raises Refused."""
    try:
        return closing(run, load(path, Patience(CLOSING_SECONDS))[1])
    except Interrupted:
        return {"summary": None}


def bad(found: Iterable[Item]) -> Iterator[Item]:
    """The items that are bad and not known."""
    return (item for item in found if item.verdict in NOT_WELL and not item.known)


def counted(item: Item) -> Tuple[str, str]:
    """The name and the verdict, for tools that expect one word."""
    return item.name, "known" if item.state == "known" else item.verdict
