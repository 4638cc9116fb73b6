# SPDX-License-Identifier: LGPL-2.1-or-later
"""What earlier runs in a folder say of the runs of programs: the last verdict, and how long it
took."""
from __future__ import annotations

import json
import math
import os
import re
import time
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, Optional, Set

from .errors import Refused, why
from .reading import MAX_LINE, opened, parse
from .record import newest_first, write_whole
from .text import clean
from .verdicts import NOT_WELL, RANK

# The file in the folder of a run that has what earlier runs say, for the runner in a guest.
FILE = "past.json"
# How many runs are looked at, and for how long, in seconds.
MOST_RUNS, MOST_SECONDS = 50, 1.0
# The beginning of a line of results.jsonl.
_NAME = re.compile(rb'\{"name": ?"([!-~]{1,250}?)"')


@dataclass(frozen=True)
class Last:
    """The last result of a run of a program; `known`: an issue explains it. `cut`: afterwards, or
    before there was any, a budget ended it, after as long as that."""

    verdict: str
    known: bool
    seconds: float
    cut: bool = False

    @property
    def failed(self) -> bool:
        """True when it did not end well, for a reason that is not known."""
        return self.verdict in NOT_WELL and not self.known

    @property
    def word(self) -> str:
        """The verdict, or `known`; `cut` where there is none."""
        return "known" if self.known else self.verdict or "cut"


def _last(value: Any) -> Last:
    """Raises KeyError, TypeError, ValueError and OverflowError for what is no result."""
    seconds = float(value["duration_ms"]) / 1000
    if value["verdict"] not in RANK or not 0 <= seconds < math.inf:
        raise ValueError("no result")
    return Last(value["verdict"], bool(value.get("known")), seconds)


def _joined(first: Last, second: Last) -> Last:
    """Two parts of one result (parts.py)."""
    worse = max(first, second, key=lambda part: (part.failed, RANK[part.verdict]))
    return replace(worse, seconds=first.seconds + second.seconds)


def _read(path: str, missing: Optional[Set[str]], ends: float) -> Dict[str, Last]:
    """The results of these names in a file, as far as it can be read until then."""
    found: Dict[str, Last] = {}
    unfinished: Set[str] = set()
    with opened(path) as file:
        for line in iter(lambda: file.readline(MAX_LINE), b""):
            if time.monotonic() > ends:
                break
            name = _NAME.match(line)
            if name and (missing is None or name.group(1).decode("ascii") in missing):
                try:
                    value = parse(line)
                    part, of = _last(value), value["name"]
                    found[of] = _joined(found[of], part) if of in unfinished else part
                    (unfinished.add if value.get("rest") else unfinished.discard)(of)
                except (KeyError, OverflowError, TypeError, ValueError):
                    continue
    return found


def _cut(run: Dict[str, Any]) -> Dict[str, float]:
    """Which run of a program a budget ended, and after how many seconds."""
    try:
        return {str(run["cut"]["name"]): float(run["cut"]["seconds"])}
    except (KeyError, OverflowError, TypeError, ValueError):
        return {}


def _run(folder: str) -> Dict[str, Any]:
    """run.json; empty if it cannot be read."""
    try:
        with opened(os.path.join(folder, "run.json")) as file:
            run = parse(file.read(MAX_LINE))
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) else {}


def last(names: Optional[Iterable[str]], parent: str) -> Dict[str, Last]:
    """The last result of each of these runs of programs, or of all, from the newest runs below a
    folder. Runs that cannot be read are passed over."""
    ends, missing = time.monotonic() + MOST_SECONDS, None if names is None else set(names)
    found: Dict[str, Last] = {}
    cut: Dict[str, float] = {}
    owed: Set[str] = set()
    for run in newest_first(parent)[:MOST_RUNS]:
        if missing == set() or time.monotonic() > ends:
            break
        try:
            new = _read(os.path.join(parent, run, "results.jsonl"), missing, ends)
        except OSError:
            continue
        told = _run(os.path.join(parent, run))
        for name, seconds in _cut(told).items():
            if name not in found and (missing is None or name in missing):
                cut[name] = max(cut.get(name, 0.0), seconds)
        failed = told.get("failed_last")
        owed |= {str(name) for name in (failed if isinstance(failed, list) else [])
                 if missing is None or name in missing}
        found = {**new, **found}
        if missing is not None:
            missing -= new.keys()
    # It failed before a run that had no time for it, and the run in which it did is too old.
    for name in owed - found.keys():
        found[name] = Last("fail", False, 0.0)
    for name, seconds in cut.items():
        before = found.get(name, Last("", False, 0.0))
        found[name] = replace(before, seconds=max(before.seconds, seconds), cut=True)
    return found


def hand_on(known: Dict[str, Last], folder: str) -> None:
    """Writes these results where handed_on() reads them. Raises Refused."""
    path = os.path.join(folder, FILE)
    try:
        write_whole(path, json.dumps({"format": 1, "last": {
            name: vars(one) for name, one in known.items()}}))
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None


def handed_on(folder: str) -> Dict[str, Last]:
    """The results that were written into the folder of a run; none where there are none."""
    try:
        with opened(os.path.join(folder, FILE)) as file:
            content = parse(file.read(MAX_LINE))
        return {str(name): Last(str(one["verdict"]), bool(one["known"]), float(one["seconds"]),
                                bool(one.get("cut")))
                for name, one in content["last"].items()}
    except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError):
        return {}
