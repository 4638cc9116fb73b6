# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which pairs of actors met in earlier runs of races, and what a run with a budget makes of it: it
spends its time on those that never did."""
from __future__ import annotations

import json
import os
import random
import time
from itertools import islice
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .budget import Budget
from .errors import Refused, why
from .past import MOST_RUNS, MOST_SECONDS
from .plan import Planned
from .reading import MAX_LINE, opened, parse
from .record import newest_first, write_whole
from .report.overlap import Overlap, Pair, case_of, possible, sorted_pair
from .text import clean

Json = Dict[str, Any]
# The program that has a case for every pair, and how long each of its races takes then, in seconds,
# without and with what is around it.
PAIRS, PAIR_SECONDS, AROUND = "race/race_pairs", 2.0, 1.0
# The part of a budget that pairs get at most.
SHARE = 0.5
# The file in the folder of a run that has what earlier runs say, for the runner in a guest.
FILE = "past-overlap.json"
# The beginning of a line that may be of a race.
_OVERLAP = b'"overlap 1"'


def _read(path: str, ends: float, found: Overlap) -> None:
    with opened(path) as file:
        for line in iter(lambda: file.readline(MAX_LINE), b""):
            if time.monotonic() > ends:
                return
            if _OVERLAP in line:
                try:
                    found.add(parse(line))
                except (AttributeError, KeyError, TypeError, ValueError):
                    continue


def earlier(parent: str) -> Overlap:
    """The races of the newest runs below a folder. Runs that cannot be read are passed over."""
    ends, found = time.monotonic() + MOST_SECONDS, Overlap()
    for run in newest_first(parent)[:MOST_RUNS]:
        try:
            _read(os.path.join(parent, run, "results.jsonl"), ends, found)
        except OSError:
            continue
    return found


def hand_on(found: Overlap, folder: str) -> None:
    """Writes it where handed_on() reads it. Raises Refused."""
    path = os.path.join(folder, FILE)
    try:
        write_whole(path, json.dumps({"format": 1, "met": {
            target: [[*pair, times] for pair, times in pairs.items()]
            for target, pairs in found.met.items()}}))
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None


def handed_on(folder: str) -> Optional[Overlap]:
    """What hand_on() wrote into that folder; None without."""
    found = Overlap()
    try:
        with opened(os.path.join(folder, FILE)) as file:
            for target, pairs in parse(file.read(MAX_LINE))["met"].items():
                found.met[target] = {sorted_pair(one, other): int(times)
                                     for one, other, times in pairs}
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        return None
    return found


def _chosen(lacking: Dict[str, List[Pair]], cases: Sequence[str], most: int,
            seed: int) -> List[str]:
    """The cases of some pairs, drawn by the seed, so that those that cannot meet here do not come
    first each time."""
    pairs: List[Tuple[str, Pair]] = [(target, pair) for target, found in lacking.items()
                                     for pair in found]
    random.Random(seed).shuffle(pairs)
    there = filter(None, (case_of(target, pair, cases) for target, pair in pairs))
    named = set(islice(there, most))
    return [case for case in cases if case in named]


def arranged(plan: Sequence[Planned], found: Overlap, budget: Budget,
             seed: int) -> Tuple[List[Planned], str]:
    """The plan of a run of races with a budget, which is in its order: the program with all pairs
    has only the cases of pairs that never met, as many as fit into its part of the time, and comes
    first after what failed; without a record of anybody's meeting it comes last. Also returns a
    line that says so; empty where the plan has no such program."""
    pairs = next((planned for planned in plan if planned.program.full_name == PAIRS), None)
    if not pairs or pairs.verdict:
        return list(plan), ""
    # A second build of the same program would race all pairs.
    rest = [planned for planned in plan if planned.program.full_name != PAIRS]
    # What it took last time was for other pairs.
    budget.known = {name: last for name, last in budget.known.items() if name != pairs.name}
    known = possible(pairs.program.cases)
    lacking = found.lacking(known)
    missing, every = sum(map(len, lacking.values())), sum(map(len, known.values()))
    pairs.seconds = pairs.seconds or PAIR_SECONDS
    most = int(SHARE * budget.left / (pairs.seconds + AROUND))
    pairs.cases = _chosen(lacking, pairs.cases, most, seed)
    if not pairs.cases:
        return rest, f"all {every} pairs of actors have met on one huge page" if not missing else (
            f"of {every} pairs of actors {missing} never met on one huge page, and there is no "
            "time for any")
    said = (f"of {every} pairs of actors {missing} never met on one huge page in earlier runs: "
            f"{len(pairs.cases)} of them race, {pairs.seconds:g} s each")
    failed = set(budget.failed_last(rest))
    first = next((at for at, planned in enumerate(rest) if planned.verdict is None
                  and planned.name not in failed), len(rest)) if found.met else len(rest)
    return [*rest[:first], pairs, *rest[first:]], said
