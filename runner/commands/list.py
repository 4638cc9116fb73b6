# SPDX-License-Identifier: LGPL-2.1-or-later
"""list: lists programs and cases, with what they check and need."""
from __future__ import annotations

import argparse
import json
from typing import Any, Dict, List

from .. import inherited
from ..errors import Interrupted, Refused
from ..plan import Planned
from ..programs import BUILDS, ROOMS
from ..request import Request
from ..run import Signals
from ..tags import tags_of, tags_of_case
from ..text import clean
from .common import add_selection, make_plan, selection


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("list", help="list programs and cases", allow_abbrev=False,
                                   description="Lists what there is to run, and runs nothing.")
    add_selection(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def _gather(plan: List[Planned]) -> List[Dict[str, Any]]:
    rows: Dict[str, Dict[str, Any]] = {}
    for planned in plan:
        program = planned.program
        row = rows.setdefault(program.full_name, {
            "name": program.full_name, "kind": program.kind, "summary": program.summary,
            "source": program.source, "sources": program.sources, "tags": tags_of(program),
            "needs": program.needs,
            "page_sizes": [], "builds": [],
            "seconds": program.seconds, "poisons": program.poisons, "params": program.params,
            "broken": program.broken, "cases": []})
        if planned.size and planned.size not in row["page_sizes"]:
            row["page_sizes"].append(planned.size)
        build = BUILDS[program.bits]
        if build and build not in row["builds"]:
            row["builds"].append(build)
        named = {case["name"] for case in row["cases"]}
        row["cases"] += [{"name": case, "summary": program.cases[case],
                          "tags": tags_of_case(program, case)}
                         for case in planned.cases if case not in named]
    return list(rows.values())


def _print(rows: List[Dict[str, Any]]) -> None:
    for row in rows:
        print(f"{row['name']}: {clean(row['summary'] or row['broken'] or '')}")
        for case in row["cases"]:
            print(f"    {case['name']}: {clean(case['summary'])}")
        traits = [*row["tags"], f"sizes {' '.join(row['page_sizes']) or '-'}", *row["builds"],
                  f"needs {clean(' '.join(row['needs'])) or '-'}"]
        print(f"    [{', '.join(traits + (['poisons memory'] if row['poisons'] else []))}]")
    cases = sum(len(row["cases"]) for row in rows)
    print(f"{len(rows)} programs, {cases} cases")


def request(args: argparse.Namespace) -> Request:
    """What is asked for."""
    return Request(args.command, selection(args))


def run(args: argparse.Namespace) -> int:
    """Status 1 when a program cannot be described."""
    inherited.settle()
    try:
        with Signals() as signals:
            rows = _gather(make_plan(request(args).selection, signals, tuple(ROOMS)))
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None
    if args.json:
        print(json.dumps({"format": 1, "programs": rows}, indent=1))
    else:
        _print(rows)
    return 1 if any(row["broken"] for row in rows) else 0
