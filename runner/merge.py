# SPDX-License-Identifier: LGPL-2.1-or-later
"""One run out of several that fit together, such as the shards of a plan."""
from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

from .budget import spent
from .errors import Refused, why
from .parts import joined
from .plan import order_of
from .reading import FORMAT, Results, opened
from .record import Folder
from .report.facts import moment
from .text import clean
from .verdicts import RANK

Json = Dict[str, Any]
# What must be alike, as the fields of run.json, with words for people.
_ALIKE = (("kind", "programs"), ("kernel.release", "kernel"), ("kernel.version", "kernel build"),
          ("kernel.build_id", "kernel build id"), ("kernel.machine", "architecture"),
          ("hugeproof", "version of hugeproof"), ("seconds", "--seconds"), ("params", "--param"),
          ("scale", "--scale"))
# The lists of run.json to which every run contributes.
_ADDED = ("settings", "between", "not_restored", "changed_by_others", "skips",
          "failed_last")
# What is kept of each run.
_KEPT = ("run", "command", "started", "ended", "interrupted", "host", "seed", "page_sizes",
         "nodes", "memory_kb", "processors", "lab", "remote")
# A moment, which zones of time do not change, or a text that is none.
_Moment = Tuple[float, str]


@dataclass(frozen=True)
class Part:
    """A run to be merged."""

    path: str
    run: Json
    results: Results

    def value(self, key: str) -> Any:
        """A field of run.json; `a.b`: of an object in it."""
        value: Any = self.run
        for word in key.split("."):
            value = (value or {}).get(word)
        return value or None


@dataclass(frozen=True)
class _Found:
    """A result, by its run and its place there, and what decides between it and others."""

    part: int
    place: int
    points: FrozenSet[str]
    # A result of what ran counts more than a skip, of several that ran the worst, of equals the
    # one of the run that was begun last.
    rank: Tuple[float, _Moment]
    # Its guest died, and not all of its cases have run.
    cut: bool


def check(parts: Sequence[Part]) -> None:
    """Raises Refused for runs that cannot be one."""
    first = parts[0]
    for other in parts[1:]:
        for key, what in _ALIKE:
            one, two = first.value(key), other.value(key)
            if one != two:
                raise Refused(f"{clean(other.path)} does not fit {clean(first.path)}: its {what} "
                              f"is {clean(str(two or 'none'), 200)}, not "
                              f"{clean(str(one or 'none'), 200)}")
        if bool(first.run.get("lab")) != bool(other.run.get("lab")):
            raise Refused(f"{clean(other.path)} does not fit {clean(first.path)}: only one of them "
                          "was made in the lab")


def _moment(text: Any) -> _Moment:
    found = moment(text)
    return found.timestamp() if found else 0.0, str(text or "")


def _rank(result: Json, started: _Moment) -> Tuple[float, _Moment]:
    verdict = result["verdict"]
    rank = {"skip": 0.0, "pass": 1.0}.get(verdict, 1.5 if result.get("known") else
                                          1.0 + RANK[verdict])
    return rank, started


def _gathered(parts: Sequence[Part]) -> Dict[str, List[_Found]]:
    found: Dict[str, List[_Found]] = {}
    for number, part in enumerate(parts):
        started = _moment(part.run.get("started"))
        for place, result in enumerate(part.results):
            points = frozenset(str(point["name"]) for point in result["points"])
            found.setdefault(result["name"], []).append(
                _Found(number, place, points, _rank(result, started),
                       bool(result.get("rest"))))
    return found


def _decided(name: str, found: Sequence[_Found]) -> List[_Found]:
    """The results of a run of a program that count: one, or several with different cases, which
    are parts of one. Raises Refused where cases overlap in part."""
    done = _of_all_cases(name, [one for one in found if not one.cut])
    cut = max((one for one in found if one.cut), key=lambda one: one.rank, default=None)
    # What was found before a guest died is not hidden by a run in which it did not die.
    return [cut] if cut and all(cut.rank[0] > one.rank[0] for one in done) else done


def _of_all_cases(name: str, found: Sequence[_Found]) -> List[_Found]:
    """The same of results of whose cases all have run."""
    best: Dict[FrozenSet[str], _Found] = {}
    for one in found:
        key = one.points
        if key not in best or one.rank > best[key].rank:
            best[key] = one
    # Without points the program was skipped or broken as a whole.
    whole, left = best.pop(frozenset(), None), list(best.values())
    if whole and (not left or whole.rank > max(one.rank for one in left)):
        return [whole]
    names = [point for one in left for point in one.points]
    if len(set(names)) != len(names):
        raise Refused(f"{clean(name)} ran with cases that are the same only in part: these runs "
                      "cannot be one")
    return sorted(left, key=lambda one: (one.part, one.place))


class Merged:
    """The runs as one. Raises Refused for runs that do not fit."""

    def __init__(self, parts: Sequence[Part]) -> None:
        check(parts)
        self.parts = parts
        gathered = _gathered(parts)
        self.counting = {name: _decided(name, found) for name, found in gathered.items()}
        # The names that several runs have a result of.
        self.duplicates = sorted(name for name, found in gathered.items()
                                 if len({one.part for one in found}) > 1)
        # Those that have a result of all their cases.
        self.done = {name for name, found in self.counting.items()
                     if found and not any(one.cut for one in found)}
        self.plan = sorted({name for part in parts for name in part.run["plan"]}, key=order_of)

    def run(self, name: str, command: str) -> Json:
        """The run.json, before it is closed."""
        parts = [part.run for part in self.parts]
        run = {**parts[0], "format": FORMAT, "run": name, "command": command, "plan": self.plan,
               "cases": self._cases(), "summary": None, "seems_fixed": [],
               "started": min(filter(None, (one.get("started") for one in parts)), default=None,
                              key=_moment),
               "ended": max(filter(None, (one.get("ended") for one in parts)), default=None,
                            key=_moment),
               "hindered": self._hindered(),
               "page_sizes": _each_once(size for one in parts
                                        for size in one.get("page_sizes") or []),
               "interrupted": self._interrupted(),
               "merged": [{key: one.get(key) for key in _KEPT} for one in parts]}
        for key in _ADDED:
            run[key] = _each_once(item for one in parts for item in one.get(key) or [])
        issues = {issue["id"]: issue for one in parts for issue in one.get("known_issues") or []}
        return {**run, "known_issues": list(issues.values())}

    def _interrupted(self) -> Optional[str]:
        """Why something has no result: what cut a run comes before what its budget left."""
        cut = [part.run for part in self.parts if not self.done >= set(part.run["plan"])]
        cut.sort(key=spent)
        return cut[0].get("interrupted") if cut else None

    def _hindered(self) -> List[Json]:
        """What other programs kept from running, unless it ran in another of the runs."""
        def stays(number: int, name: str) -> bool:
            counting = self.counting.get(name, [])
            return not counting or any(one.part == number or not one.rank[0] for one in counting)

        return _each_once(entry for number, part in enumerate(self.parts)
                          for entry in part.run.get("hindered") or []
                          if stays(number, entry["name"]))

    def _cases(self) -> Dict[str, List[str]]:
        """The cases that were asked for, where these were not all."""
        cases: Dict[str, Optional[Dict[str, None]]] = {}
        for part in self.parts:
            asked = part.run.get("cases") or {}
            for name in part.run["plan"]:
                before = cases.get(name, {})
                cases[name] = None if before is None or name not in asked else {
                    **before, **dict.fromkeys(asked[name])}
        return {name: list(some) for name, some in cases.items() if some}

    def write(self, folder: Folder) -> None:
        """Writes results and output. Raises Refused."""
        for name in self.plan:
            whole: Optional[Json] = None
            counting = self.counting.get(name, [])
            for number, one in enumerate(counting, 1):
                part = self.parts[one.part]
                result = part.results[one.place]
                result["out"] = _copied(part.path, folder, name,
                                        f".{number}" if number < len(counting) else "")
                whole = joined(whole, result) if whole else result
            if whole:
                folder.append(whole)


def _copied(source: str, folder: Folder, name: str, suffix: str) -> Optional[str]:
    """Copies the output of a program; returns the relative path of its standard output, if there
    is any. Raises Refused."""
    there = Folder(source).out_paths(name)
    here = folder.out_paths(name)
    for old, new in zip(there[:2], here[:2]):
        try:
            with opened(old) as file, open(new + suffix, "xb") as copy:
                shutil.copyfileobj(file, copy)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Refused(f"cannot copy {clean(old)}: {why(error)}") from None
    return here[2] + suffix if os.path.exists(here[0] + suffix) else None


def _each_once(items: Iterable[Any]) -> List[Any]:
    return list({repr(item): item for item in items}.values())
