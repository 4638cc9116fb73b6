# SPDX-License-Identifier: LGPL-2.1-or-later
"""A point over time: a folder of runs is a series."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import Refused, why
from ..known import matches
from ..text import clean
from .judged import Judged, Word, judged

# One character a run. What stands for nothing else fails.
_SIGNS = {"pass": ".", "skip": "s", "known": "k", "disturbed": "d", "unknown": "u", "broken": "b"}
LEGEND = (". passed  F failed  s skipped  k known  b broken  d disturbed  u unknown  "
          "- not in that run")


def sign(word: Optional[Word]) -> str:
    """Of a point in a run."""
    return "-" if word is None else _SIGNS.get(word.word, "F")


def gather(folders: Sequence[str]) -> Tuple[List[Judged], List[str]]:
    """The runs that these folders are, or hold, oldest first; and why others in them are left
    out. Raises Refused where there are none, or a folder that is itself a run cannot be
    read."""
    found: Dict[str, Judged] = {}
    left_out: List[str] = []
    for folder in folders:
        if os.path.isfile(os.path.join(folder, "run.json")):
            found.setdefault(os.path.realpath(folder), judged(folder))
            continue
        for path in _runs(folder):
            try:
                found.setdefault(os.path.realpath(path), judged(path))
            except Refused as refusal:
                left_out.append(str(refusal))
    if not found:
        raise Refused("; ".join(left_out) or f"no runs in {', '.join(map(clean, folders))}")
    return sorted(found.values(), key=lambda run: (run.started, run.name)), left_out


def _runs(folder: str) -> List[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise Refused(f"cannot read {clean(folder)}: {why(error)}") from None
    return [os.path.join(folder, name) for name in names
            if os.path.isfile(os.path.join(folder, name, "run.json"))]


@dataclass(frozen=True)
class Course:
    """What became of a point in one run after the other."""

    name: str
    words: Tuple[Optional[Word], ...]
    flaky: int
    judged: int

    @property
    def signs(self) -> str:
        """A character for each run."""
        return "".join(map(sign, self.words))

    @property
    def steady(self) -> bool:
        """True when no run contradicts another; those that judged nothing do not."""
        said = {word.word for word in self.words if word and word.word in ("pass", "known")
                or word and word.fails}
        return len(said) < 2

    @property
    def rate(self) -> float:
        """Of the runs on builds of a kernel on which the point both passed and failed, the
        share that failed; 0 where there is no such build."""
        return self.flaky / self.judged if self.judged else 0.0


def courses(runs: Sequence[Judged], patterns: Sequence[str] = ()) -> List[Course]:
    """That of every point of these runs whose name matches a pattern; none: all."""
    names = dict.fromkeys(name for run in runs for name in run.words)
    return [_course(name, runs) for name in names
            if not patterns or matches(patterns, name) or name in patterns]


def _course(name: str, runs: Sequence[Judged]) -> Course:
    builds: Dict[Tuple[str, str], List[Word]] = {}
    for run in runs:
        word = run.words.get(name)
        if word and (word.fails or word.word in ("pass", "known")):
            builds.setdefault(run.build, []).append(word)
    failed = judged_runs = 0
    for words in builds.values():
        fails = sum(word.fails or word.word == "known" for word in words)
        if 0 < fails < len(words):
            failed += fails
            judged_runs += len(words)
    return Course(name, tuple(run.words.get(name) for run in runs), failed, judged_runs)
