# SPDX-License-Identifier: LGPL-2.1-or-later
"""overlap: which pairs of actors were really at work on one huge page at once."""
from __future__ import annotations

import argparse
import json
from typing import Any, Dict, List, Optional, Set

from ..endings import Signals
from ..errors import Interrupted, Refused
from ..output import say
from ..pager import paged
from ..programs import describe, find, programs_folder
from ..reading import load
from ..record import find_run
from ..report.overlap import Overlap, Pair, possible, summed
from ..text import clean
from .common import add_results, default_scale, report_damage

Json = Dict[str, Any]
PAIRS = "race/race_pairs"


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "overlap", help="show which actors of races met on one huge page", allow_abbrev=False,
        description="Shows for every pair of actors on each target how often both were in an "
        "operation on the same huge page at once, in one run or several together, and which "
        "pairs never were.")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder, name, or latest")
    add_results(parser)
    parser.add_argument("--programs", metavar="DIR", help="folder that holds "
                        f"workloads/race (default: hugeproof's own): {PAIRS} says which pairs "
                        "make sense")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def gathered(folders: List[str]) -> Overlap:
    """The races of these runs. Raises Refused."""
    found = Overlap()
    for folder in folders:
        _, results = load(folder)
        report_damage(results)
        for result in results:
            found.add(result)
    return found


def makes_sense(programs: Optional[str], signals: Signals) -> Dict[str, Set[Pair]]:
    """The pairs that make sense on each target; empty where no program says it."""
    try:
        pairs = [program for program in find(programs_folder(programs), ("race",), native=True)
                 if program.full_name == PAIRS]
    except Refused:
        return {}
    for program in pairs:
        describe(program, signals, default_scale())
        return possible(program.cases)
    return {}


def run(args: argparse.Namespace) -> int:
    """Returns 0; 2 where no race was recorded."""
    found = gathered([find_run(word, args.results) for word in args.runs])
    try:
        with Signals() as signals:
            lacking = found.lacking(makes_sense(args.programs, signals))
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None
    if not found.ops:
        say("no race of these runs has a record of who met whom")
        return 2
    if args.json:
        never = {target: [list(pair) for pair in pairs] for target, pairs in lacking.items()}
        print(json.dumps({"format": 1, "targets": found.as_json(), "never": never}, indent=1))
        return 0
    with paged() as stream:
        for target in found.ops:
            stream.writelines(f"{clean(line, 10000)}\n" for line in found.table(target))
        if lacking:
            stream.write("Pairs that make sense and never met:\n")
            stream.writelines(f"  {clean(line, 100000)}\n" for line in summed(lacking))
    return 0
