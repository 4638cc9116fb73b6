# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as a table of verdicts by point, the only part of it that is kept in memory when many runs
are compared."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from ..kernels import Version, upstream
from ..parts import unfinished
from ..reading import load
from ..text import clean
from ..report.tally import Item, Tally, items, tally
from ..verdicts import ACCUSING, RANK

Json = Dict[str, Any]
# Reasons are shown in one line of a table.
_LONGEST = 300


@dataclass(frozen=True)
class Word:
    """The result of a point: its verdict, or `known`; the reason; and the id of the known
    issue."""

    word: str
    reason: str = ""
    known: str = ""

    @property
    def fails(self) -> bool:
        """True when it accuses the kernel and is not known."""
        return self.word in ACCUSING


def _word(item: Item) -> Word:
    word = "known" if item.state == "known" else item.verdict
    return Word(word, clean(item.reason or "", _LONGEST), item.known or "")


def _worse(one: Word, other: Word) -> Word:
    """The worse of two results of one name, as repeated programs have them."""
    rank = {**RANK, "known": RANK["skip"] + 0.5}
    return one if rank[one.word] >= rank[other.word] else other


@dataclass
class Judged:
    """A run: its folder, its run.json, and the result of each point."""

    path: str
    record: Json
    words: Dict[str, Word] = field(default_factory=dict)
    # The milliseconds that the programs of each area took.
    took: Dict[str, float] = field(default_factory=dict)
    counts: Tally = field(default_factory=Tally)
    missing: List[str] = field(default_factory=list)
    damage: Optional[str] = None

    @property
    def release(self) -> str:
        """The kernel's `uname -r`."""
        return clean(str((self.record.get("kernel") or {}).get("release") or "unknown"), 100)

    @property
    def build(self) -> Tuple[str, str]:
        """The data that distinguish one build of a kernel from another."""
        kernel = self.record.get("kernel") or {}
        return self.release, clean(str(kernel.get("version") or ""), 200)

    @property
    def version(self) -> Version:
        """The upstream version, if the record has it."""
        kernel = self.record.get("kernel") or {}
        return upstream(*(str(kernel.get(key) or "") for key in ("release", "version",
                                                                 "upstream")))

    @property
    def started(self) -> str:
        """The time of its beginning, as an ISO date, which sorts."""
        return clean(str(self.record.get("started") or ""), 40)

    @property
    def name(self) -> str:
        """The name of the run."""
        return clean(str(self.record.get("run") or self.path), 100)


def judged(path: str) -> Judged:
    """Reads the run in that folder. Raises Refused."""
    record, results = load(path)
    run = Judged(path, record, damage=results.damage())
    for item in items(record, results):
        word = _word(item)
        run.words[item.name] = _worse(word, run.words.get(item.name, word))
    for result in results:
        area = str(result["name"]).partition("/")[0]
        run.took[area] = run.took.get(area, 0.0) + result["duration_ms"]
    run.counts, run.missing = tally(record, results), unfinished(record, results)
    return run
