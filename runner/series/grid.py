# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points by kernel: a column for each build of a kernel, a row for each point."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ..text import clean
from ..verdicts import RANK
from .judged import Judged, Word

NEW, GONE, FLAKY = "new", "gone", "flaky"


@dataclass
class Column:
    """A build of a kernel, with the runs on it."""

    runs: List[Judged]

    # The kernel's release, with a suffix that distinguishes several builds of one release.
    title: str = ""

    @property
    def build(self) -> str:
        """`uname -v`."""
        return self.runs[0].build[1]

    def seconds(self, area: str = "") -> float:
        """The time of the programs of an area, or of all; the mean of several runs."""
        return sum(took for run in self.runs for name, took in run.took.items()
                   if area in ("", name)) / len(self.runs) / 1000


def _which(run: Judged) -> str:
    """The kernel that the lab was asked to boot."""
    options = (run.record.get("lab") or {}).get("options") or {}
    return clean(str(options.get("kernel") or ""), 60)


def _rank(word: Word) -> int:
    return RANK.get(word.word, RANK["skip"])


@dataclass(frozen=True)
class Cell:
    """A point on a kernel: its verdict in each run that has it, the worst of them, and its mark:
    NEW, GONE, FLAKY or none."""

    words: Tuple[Word, ...] = ()
    mark: str = ""

    @property
    def worst(self) -> Optional[Word]:
        """The worst verdict; None if no run on this kernel has the point."""
        return max(self.words, key=_rank) if self.words else None

    @property
    def text(self) -> str:
        """`pass`, `fail 1/3`; a dash without a verdict."""
        worst = self.worst
        if worst is None:
            return "-"
        same = sum(word.word == worst.word for word in self.words)
        return worst.word if same == len(self.words) else f"{worst.word} {same}/{len(self.words)}"


@dataclass(frozen=True)
class Row:
    """A point on all kernels."""

    name: str
    cells: Tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """True when the kernels, or runs on one kernel, differ in it."""
        return len({cell.text for cell in self.cells}) > 1 or any(
            cell.mark == FLAKY for cell in self.cells)

    @property
    def reason(self) -> str:
        """The reason of the verdict on the newest kernel on which it did not pass."""
        for cell in reversed(self.cells):
            if cell.worst and cell.worst.word != "pass":
                return cell.worst.reason
        return ""


class Grid:
    """Runs by kernel, the oldest kernel first, and their points in the order of the runs."""

    def __init__(self, runs: Sequence[Judged]) -> None:
        builds: Dict[Tuple[str, str], List[Judged]] = {}
        for run in sorted(runs, key=lambda run: (run.version, run.build, run.started)):
            builds.setdefault(run.build, []).append(run)
        self.columns = [Column(each) for each in builds.values()]
        releases = [column.runs[0].release for column in self.columns]
        for number, column in enumerate(self.columns):
            release = releases[number]
            column.title = release if releases.count(release) == 1 else (
                f"{release} ({_which(column.runs[0]) or number + 1})")
        names = dict.fromkeys(name for run in runs for name in run.words)
        self.rows = [Row(name, tuple(self._cells(name))) for name in names]

    def _cells(self, name: str) -> Iterator[Cell]:
        before: Optional[Cell] = None
        for column in self.columns:
            cell = Cell(tuple(run.words[name] for run in column.runs if name in run.words))
            cell = Cell(cell.words, _mark(before, cell))
            yield cell
            before = cell

    def counts(self) -> List[Tuple[str, List[int]]]:
        """The number of points with each verdict on each kernel, without unused verdicts."""
        columns = [Counter(word.word for word in (row.cells[at].worst for row in self.rows)
                           if word) for at in range(len(self.columns))]
        return [(word, [column[word] for column in columns]) for word in (*RANK, "known")
                if any(column[word] for column in columns)]

    def known(self) -> Dict[str, List[str]]:
        """For each known issue and kernel: the number of points that it explains, `seems fixed`, or
        nothing."""
        found: Dict[str, List[str]] = {}
        for at, column in enumerate(self.columns):
            here: Dict[str, int] = {}
            for row in self.rows:
                for identity in {word.known for word in row.cells[at].words if word.known}:
                    here[identity] = here.get(identity, 0) + 1
            for identity, number in here.items():
                found.setdefault(identity, [""] * len(self.columns))[at] = str(number)
            for run in column.runs:
                for issue in run.record.get("seems_fixed") or []:
                    row_of = found.setdefault(str(issue.get("id")), [""] * len(self.columns))
                    row_of[at] = row_of[at] or "seems fixed"
        return found

    def skipped(self) -> Dict[str, List[str]]:
        """For each reason and kernel: the number of points that were skipped for it; the most
        frequent reason first."""
        found: Dict[str, List[int]] = {}
        for row in self.rows:
            for at, cell in enumerate(row.cells):
                if cell.worst and cell.worst.word == "skip":
                    found.setdefault(cell.worst.reason, [0] * len(self.columns))[at] += 1
        return {reason: [str(number or "") for number in numbers] for reason, numbers in sorted(
            found.items(), key=lambda item: (-max(item[1]), item[0]))}

    def areas(self) -> List[str]:
        """The areas in the order of the runs."""
        return list(dict.fromkeys(area for column in self.columns for run in column.runs
                                  for area in run.took))

    def red(self) -> List[Row]:
        """The points that fail on some kernel where no known issue explains them."""
        return [row for row in self.rows
                if any(word.fails for cell in row.cells for word in cell.words)]

    def as_json(self) -> Dict[str, Any]:
        """As `report --matrix --json` prints it."""
        return {"format": 1,
                "kernels": [{"release": column.title, "version": column.build,
                             "runs": [run.name for run in column.runs],
                             "seconds": round(column.seconds(), 3)} for column in self.columns],
                "counts": dict(self.counts()), "known": self.known(),
                "points": [{"name": row.name, "words": [cell.text for cell in row.cells],
                            "marks": [cell.mark or None for cell in row.cells]}
                           for row in self.rows]}


def _mark(before: Optional[Cell], cell: Cell) -> str:
    fails = [word.fails for word in cell.words]
    passes = [word.word == "pass" for word in cell.words]
    if any(passes) and (any(fails) or any(word.word == "known" for word in cell.words)):
        return FLAKY
    if before is None:
        return ""
    if any(fails) and before.words and not any(word.fails for word in before.words):
        return NEW
    return GONE if before.words and not cell.words else ""
