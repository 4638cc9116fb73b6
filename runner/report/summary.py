# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of a report: skips with their reasons, wrong counters, the counts."""
from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Sequence

from ..budget import spent
from ..complaints import complaint
from ..figures import Figures, instructions, median
from ..known import SeemsFixed
from ..leaks import hindered_lines
from ..observe.counters import pool_counters
from ..sources import sources_text
from ..text import clean, count, quantity
from . import loops, where
from .matrix import PAIR, Matrix
from .overlap import Overlap, is_overlap
from .tally import Counting, Item, Tally, items_of, items_of_run

Json = Dict[str, Any]
# The most lines of one program in a section; results.jsonl has all of them.
MAX_COMPLAINTS = 5
# Sections that group items by reason: state, title.
_BY_REASON = {"broken": "Broken, so that nothing can be said of the kernel:",
              "unknown": "Unknown, for lines of the kernel log were lost:",
              "disturbed": "Disturbed by others at every try:", "skipped": "Skipped:"}


def _name(item: Json) -> str:
    """Of a result or a point."""
    return clean(str(item["name"]), 1000)


class Groups:
    """Names grouped by reason, in the order in which they came."""

    def __init__(self) -> None:
        self.names: Dict[str, Dict[str, None]] = {}

    def add(self, reason: str, name: str) -> None:
        """Adds a name. Of the repeats of a load only the first is added."""
        group = self.names.setdefault(reason, {})
        if name.partition("#")[0] not in group:
            group[name] = None

    def lines(self) -> List[str]:
        """The lines: each reason, and the names below it."""
        return [f"  {clean(reason, 500)}\n    {' '.join(names)}"
                for reason, names in self.names.items()]


def _tried(name: str, tries: Any) -> List[str]:
    if not isinstance(tries, list) or not tries:
        return []
    reason = tries[0].get("reason") if isinstance(tries[0], dict) else tries[0]
    return [f"  {name}: {len(tries) + 1} tries: {clean(str(reason), 300)}"]


def _delta(result: Json) -> List[str]:
    """The hugetlb counters that at rest were not as before."""
    changed = pool_counters(result["counters"]["delta"])
    told_ = ", ".join(f"{clean(name)} {value:+d}" for name, value in sorted(changed.items()))
    return [f"  {_name(result)}: {told_}"] if changed else []


def _complaints(result: Json) -> List[str]:
    lines = [f"  {_name(result)}: {complaint(line) or 'complaint'}: {clean(line, 300)}"
             for line in result["complaints"][:MAX_COMPLAINTS]]
    more = len(result["complaints"]) - MAX_COMPLAINTS
    return lines + ([f"  {_name(result)}: {more} more"] if more > 0 else [])


def _lost(result: Json) -> List[str]:
    return [f"  {_name(point)}: page frame {clean(str(point['diagnostics']['lost']), 300)}"
            for point in result["points"] if point["diagnostics"].get("lost")]


def lost_memory(results: Iterable[Json]) -> List[str]:
    """The page frames that a program poisoned and that could not be unpoisoned."""
    return [line for result in results for line in _lost(result)]


def _dropped(result: Json) -> List[str]:
    """The diagnostics of a program that were dropped, for the first points that have such."""
    points = [point for point in result["points"] if point["diagnostics"].get("dropped")]
    lines = [f"  {_name(point)}: {clean(_text(point['diagnostics']['dropped']), 300)}"
             for point in points[:MAX_COMPLAINTS]]
    more = len(points) - MAX_COMPLAINTS
    return lines + ([f"  {_name(result)}: {count(more, 'more point')}"] if more > 0 else [])


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _races(result: Json) -> List[str]:
    """The operations of the actors in each race; many pairs are shown as a matrix instead."""
    lines = []
    for point in result["points"]:
        observed = point["diagnostics"].get("observed")
        if isinstance(observed, dict) and PAIR not in point["name"]:
            lines.append(f"  {_name(point)}:")
            lines += [f"    {clean(str(actor)):16} {clean(str(said), 300)}"
                      for actor, said in observed.items() if not is_overlap(str(actor))]
    return lines


def _figures(gathered: Figures, counted: bool) -> List[str]:
    """The figures of a run of loads: median, minimum and maximum of the repeats."""
    lines = []
    for name, figure in gathered.found().items():
        middle, least, most = (quantity(value, figure.unit, counted) for value in (
            median(figure.values), min(figure.values), max(figure.values)))
        lines.append(f"  {clean(name, 100):64} {clean(middle):>18}"
                     + (clean(f"   {least} to {most}") if len(figure.values) > 1 else ""))
    return lines


def _section(title: str, lines: Sequence[str]) -> str:
    return f"{title}\n" + "\n".join(lines) + "\n" if lines else ""


class Summary:
    """Gathers the end of a report, result by result, and keeps only what it prints."""

    def __init__(self, run: Json) -> None:
        self.run = run
        self._counting, self._fixed = Counting(run), SeemsFixed(run)
        self._matrix, self._overlap, self._figures = Matrix(), Overlap(), Figures()
        self._reasons = {state: Groups() for state in _BY_REASON}
        self._known = Groups()
        self._lines: Dict[str, List[str]] = {name: [] for name in (
            "failed", "tries", "tried", "races", "deltas", "lost", "dropped", "waits",
            "complaints")}
        for item in items_of_run(run):
            self._item(item)

    def missing(self) -> List[str]:
        """The planned runs without a result."""
        return self._counting.missing()

    def add(self, result: Json) -> None:
        """Takes a line of results.jsonl."""
        self._counting.add(result)
        self._fixed.add(result)
        self._matrix.add(result)
        self._overlap.add(result)
        lines = self._lines
        if self.run.get("kind") == "load":
            self._figures.add(result)
        if self.run.get("kind") == "race":
            lines["races"] += _races(result)
        failed = len(lines["failed"])
        for item in items_of(result):
            self._item(item)
        if len(lines["failed"]) > failed and sources_text(result):
            lines["failed"].append(f"          source: {sources_text(result)}")
        if result["verdict"] != "disturbed":
            lines["tried"] += _tried(_name(result), result.get("tries"))
        lines["deltas"] += _delta(result)
        lines["lost"] += _lost(result)
        lines["dropped"] += _dropped(result)
        lines["complaints"] += _complaints(result)
        if result.get("rest_ms"):
            lines["waits"].append(f"  {_name(result)}: {result['rest_ms']:g} ms")

    def _item(self, item: Item) -> None:
        name = clean(item.name, 1000)
        if item.state == "failed":
            self._lines["failed"].append(
                f"  {item.verdict:7} {name}: {clean(item.reason or '', 500)}")
        elif item.state == "known":
            self._known.add(clean(str(item.known), 200), name)
        elif item.state != "passed":
            self._reasons[item.state].add(item.reason or "no reason given", name)
        elif item.point:
            self._lines["tries"] += _tried(name, item.point["diagnostics"].get("tries"))

    def tally(self, results: Iterable[Json]) -> Tally:
        """The counts of the results that were added."""
        return self._counting.tally(results)

    def text(self, results: Iterable[Json], folder: str) -> str:
        """The whole text for the results that were added, with the counts in the last line."""
        lines, run = self._lines, self.run
        text = _section("Failed:", lines["failed"])
        for state in ("broken", "unknown", "disturbed"):
            text += _section(_BY_REASON[state], self._reasons[state].lines())
        text += _section("Disturbed or short of memory, and good when tried again:",
                         lines["tries"] + lines["tried"])
        text += _section("Races:", lines["races"]) + self._matrix.text() + self._overlap.text()
        text += _section("Figures (median of the repeats, least and most):",
                         _figures(self._figures, instructions(run)))
        text += _section("Open loop (operations a second; latencies from when each was due):",
                         loops.open_loop(self._figures, instructions(run)))
        text += _section("Where the time went (functions by what they take themselves):",
                         where.lines(self._figures, instructions(run)))
        text += _section("Scaling (exponents with 95 % intervals over the repeats):",
                         loops.scaling(self._figures, instructions(run)))
        text += _section(_BY_REASON["skipped"], self._reasons["skipped"].lines())
        text += _section("Known issues:", [f"  {issue}: {len(names)}: {' '.join(names)}"
                                           for issue, names in self._known.names.items()])
        text += _section("Seems fixed here:", [
            f"  {clean(issue['id'], 200)}: {count(issue['points'], 'point')} passed"
            for issue in self._fixed.found()])
        text += _section("Pool counters that did not come back:", lines["deltas"])
        text += _section("Memory lost until the machine boots again (not unpoisoned):",
                         lines["lost"])
        text += _section("Diagnostics left out, as no numbers or too much:", lines["dropped"])
        text += _section("Pools that were at rest only after a wait:", lines["waits"])
        text += _section("Kernel complaints:", lines["complaints"] + [
            f"  between programs: {clean(line, 300)}" for entry in run.get("between") or []
            for line in entry.get("complaints") or []])
        failed = run.get("failed_last") or []
        why = str(run["interrupted"]) if spent(run) else "the run was cut"
        if not run.get("ended") and os.path.exists(os.path.join(folder, "running")):
            why = "the run is under way, or was killed"
        text += _section(f"Not run, {why}:",
                         [f"  {clean(name, 1000)}" + "  (failed last time)" * (name in failed)
                          for name in self._counting.missing()])
        text += _section("Not complete:", [f"  {clean(line, 500)}"
                                           for line in hindered_lines(run.get("hindered") or [])])
        text += f"Seed {run.get('seed')}, results in {clean(folder, 4096)}\n"
        return text + self.tally(results).line() + "\n"


def summary(run: Json, results: Iterable[Json], folder: str) -> str:
    """The end of a report as one text."""
    gathered = Summary(run)
    for result in results:
        gathered.add(result)
    return gathered.text(results, folder)
