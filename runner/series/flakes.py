# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verdicts of points over time, in the runs of a folder."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import Refused, why
from ..known import matches
from ..text import clean
from .judged import Judged, Word, judged

# One character for each run. All verdicts without a sign of their own are failures.
_SIGNS = {"pass": ".", "skip": "s", "known": "k", "disturbed": "d", "unknown": "u", "broken": "b"}
LEGEND = (". passed  F failed  s skipped  k known  b broken  d disturbed  u unknown  "
          "- not in that run")


def sign(word: Optional[Word]) -> str:
    """The sign of a point in a run."""
    return "-" if word is None else _SIGNS.get(word.word, "F")


def gather(folders: Sequence[str]) -> Tuple[List[Judged], List[str]]:
    """The runs that these folders are or contain, the oldest first, and why others in them are left
    out. Raises Refused if there are none, or if a folder that is itself a run cannot be read."""
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
    """The verdicts of a point in all runs."""

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
        """True when no runs contradict each other; runs that did not judge the point do not."""
        said = {word.word for word in self.words if word and word.word in ("pass", "known")
                or word and word.fails}
        return len(said) < 2

    @property
    def rate(self) -> float:
        """The share of failures in the runs on kernel builds on which the point both passed and
        failed; 0 without such a build."""
        return self.flaky / self.judged if self.judged else 0.0


def courses(runs: Sequence[Judged], patterns: Sequence[str] = ()) -> List[Course]:
    """The courses of all points whose names match a pattern; without patterns, of all points."""
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
