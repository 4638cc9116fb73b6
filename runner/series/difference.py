# SPDX-License-Identifier: LGPL-2.1-or-later
"""The changes from one run to another, point by point."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from .judged import Judged, Word

Json = Dict[str, Any]
FORMAT = 1
NEW_FAILURE, FIXED, CHANGED, ADDED, GONE = "new failure", "fixed", "changed", "added", "gone"
KINDS = (NEW_FAILURE, FIXED, CHANGED, ADDED, GONE)


@dataclass(frozen=True)
class Change:
    """A point whose verdict changed; a side is None if that run does not have the point."""

    name: str
    old: Optional[Word]
    new: Optional[Word]

    @property
    def kind(self) -> str:
        """One of KINDS."""
        if self.new and self.new.fails and not (self.old and self.old.fails):
            return NEW_FAILURE
        if self.old is None:
            return ADDED
        if self.new is None:
            return GONE
        if self.old.fails and self.new.word == "pass":
            return FIXED
        return CHANGED

    def as_json(self) -> Json:
        """As `diff --json` prints it."""
        return {"name": self.name, "kind": self.kind,
                "old": self.old.word if self.old else None,
                "new": self.new.word if self.new else None,
                "reason": (self.new or self.old or Word("")).reason or None}


class Difference:
    """The difference between two runs."""

    def __init__(self, old: Judged, new: Judged) -> None:
        self.old, self.new = old, new
        names = dict.fromkeys([*new.words, *old.words])
        both = (Change(name, old.words.get(name), new.words.get(name)) for name in names)
        self.changes = [change for change in both
                        if (change.old and change.old.word) != (change.new and change.new.word)]
        self.still_failing = [name for name, word in new.words.items()
                              if word.fails and name in old.words and old.words[name].fails]

    def of_kind(self, kind: str) -> List[Change]:
        """The changes of that kind, in the order of the new run."""
        return [change for change in self.changes if change.kind == kind]

    def status(self) -> int:
        """The exit status: 1 if a point fails that did not fail before, 2 if the new run is not
        complete, so that this is not certain."""
        if self.of_kind(NEW_FAILURE):
            return 1
        return 0 if self.new.counts.complete else 2

    def line(self) -> str:
        """The counts."""
        counts = [(len(self.of_kind(NEW_FAILURE)), "new failures"),
                  (len(self.still_failing), "failing as before"),
                  (len(self.of_kind(FIXED)), "fixed"),
                  (len(self.of_kind(CHANGED)), "changed otherwise"),
                  (len(self.of_kind(ADDED)), "only in the new run"),
                  (len(self.of_kind(GONE)), "only in the old run")]
        return ", ".join(f"{number} {what}" for number, what in counts)

    def as_json(self) -> Json:
        """The whole difference, as `diff --json` prints it."""
        return {"format": FORMAT,
                "old": _about(self.old), "new": _about(self.new),
                "still_failing": self.still_failing,
                "changes": [change.as_json() for change in self.changes]}


def _about(run: Judged) -> Json:
    return {"run": run.name, "kernel": list(run.build), "started": run.started,
            "counts": run.counts.as_json(), "missing": run.missing}
