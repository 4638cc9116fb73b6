# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leftovers of programs that could not be removed, and the programs that they keep from running."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .observe.counters import Counters, delta, pool_counters
from .text import count

Json = Dict[str, Any]
# The skip reason of a program that needs an unchanged pool (need_pool in lib/frame/need.c).
_ITSELF = "needs the pool to itself, but {} left "

# Appended to a leftover in a namespace that does not exist any more.
GONE = "gone with its namespace"
# Appended to the name of a process that is still there.
SURVIVES = "survives SIGKILL"


def survives(process: str) -> bool:
    """True when the text about a process says that it is still there."""
    return process.endswith(f") {SURVIVES}")


def remains(result: Json, counters: Optional[List[str]] = None) -> List[str]:
    """What is not as it was before the program although everything was tried; `counters` are those
    that still differ after its leftovers were removed."""
    left = result["left"]
    if counters is None:
        counters = list(left.get("counters", []))
    return (counters + [text for text in left.get("mounts", []) if not text.endswith(GONE)]
            + [text for text in left.get("segments", []) if "cannot be removed" in text]
            + [text for text in left.get("processes", []) if survives(text)]
            + [text for text in left.get("settings", []) if text.startswith("not restored")])


def why_new_boot(result: Json, spoils: bool = False,
                 counters: Optional[List[str]] = None) -> Optional[str]:
    """Why later programs in the same boot cannot be judged; None when they can."""
    if spoils and result["verdict"] != "skip":
        return f"{result['name']} spoiled the kernel"
    if result["taint"]["after"] != result["taint"]["before"]:
        return f"{result['name']} left the kernel tainted"
    found = remains(result, counters)
    return f"{result['name']} left {', '.join(found)}" if found else None


class Leaks:
    """The counters of pools that did not return to their values, by the program that left them."""

    def __init__(self) -> None:
        self._left: Dict[str, List[Tuple[str, int]]] = {}

    def take(self, result: Json, now: Optional[Counters] = None) -> List[str]:
        """A text for each counter that this program left changed and that still is `now`. A program
        may also undo what another one left."""
        changed = pool_counters(result["counters"]["delta"])
        if now is not None:
            before = result["counters"]["before"]
            changed = delta(*({name: counters[name] for name in changed if name in counters}
                              for counters in (before, now)))
        for counter, change in changed.items():
            if ".node" in counter:
                continue
            self._left.setdefault(counter, []).append((result["name"], change))
            if not sum(change for _, change in self._left[counter]):
                del self._left[counter]
        return [f"{counter} {change:+d}" for counter, change in sorted(changed.items())]

    def text(self) -> str:
        """For programs: `hugetlb/x@2M: hugetlb.2M.rsvd +3, ...`; empty when there is none."""
        return ", ".join(f"{name}: {counter} {change:+d}"
                         for counter, left in sorted(self._left.items())
                         for name, change in left)

    def hindered(self, result: Json, cases: int) -> Optional[Json]:
        """An entry for run.json when the program, which has `cases` cases, or some of them were
        skipped because of a leak."""
        for name in dict.fromkeys(name for left in self._left.values() for name, _ in left):
            words = _ITSELF.format(name)
            points = [point for point in result["points"]
                      if point["verdict"] == "skip" and words in (point["reason"] or "")]
            whole = result["verdict"] == "skip" and words in (result["reason"] or "")
            if points or whole:
                left = [f"{counter} {change:+d}" for counter, found in sorted(self._left.items())
                        for who, change in found if who == name]
                return {"name": result["name"], "points": len(points) or cases, "by": name,
                        "left": ", ".join(left)}
        return None


def hindered_lines(entries: List[Json]) -> List[str]:
    """A line for each program that hindered others."""
    points: Dict[Tuple[str, str], int] = {}
    for entry in entries:
        key = (str(entry["by"]), str(entry["left"]))
        points[key] = points.get(key, 0) + int(entry["points"])
    return [f"{count(number, 'point')} could not run because {by} left {left}"
            for (by, left), number in points.items()]
