# SPDX-License-Identifier: LGPL-2.1-or-later
"""list: lists programs and cases, with what they check and need."""
from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any, Dict, Iterator, List

from .. import inherited
from ..errors import Interrupted, Refused, why
from ..pager import paged
from ..plan import Planned
from ..programs import BUILDS, ROOMS, describe, find, programs_folder, remember
from ..request import Request
from ..run import Signals
from ..tags import TAGS, tags_of, tags_of_case
from ..text import clean, count
from .common import add_selection, make_plan, selection


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("list", help="list programs and cases", allow_abbrev=False,
                                   usage="%(prog)s [OPTIONS] [PATTERN ...]",
                                   description="Lists what there is to run, and runs nothing.")
    add_selection(parser)
    parser.add_argument("--all", action="store_true",
                        help="every case, and what each program needs")
    parser.add_argument("--json", action="store_true", help="as JSON")
    # For remote, which keeps the record elsewhere and needs the descriptions there.
    parser.add_argument("--remember", metavar="FILE", help=argparse.SUPPRESS)


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


def _brief(row: Dict[str, Any]) -> str:
    traits = [*row["tags"], count(len(row["cases"]), "case"),
              *filter(None, [" ".join(row["page_sizes"])])]
    return f"{row['name']}: {clean(row['summary'])} [{', '.join(traits)}]"


def _whole(row: Dict[str, Any]) -> Iterator[str]:
    yield f"{row['name']}: {clean(row['summary'] or row['broken'] or '')}"
    for case in row["cases"]:
        yield f"    {case['name']}: {clean(case['summary'])}"
    traits = [*row["tags"], f"sizes {' '.join(row['page_sizes']) or '-'}", *row["builds"],
              f"needs {clean(' '.join(row['needs'])) or '-'}"]
    yield f"    [{', '.join(traits + (['poisons memory'] if row['poisons'] else []))}]"


def _lines(rows: List[Dict[str, Any]], every: bool) -> Iterator[str]:
    """What cannot be used and the totals first, then a line for each program, or all of it."""
    broken = [row for row in rows if row["broken"]]
    cases = sum(len(row["cases"]) for row in rows)
    tags = Counter(tag for row in rows for tag in row["tags"])
    yield f"{count(len(rows), 'program')}, {count(cases, 'case')}" + "".join(
        f", {tags[tag]} {tag}" for tag in TAGS if tags[tag]) + (
            f", {len(broken)} broken" if broken else "")
    if broken:
        yield "Broken:"
        yield from (f"  {row['name']}: {clean(row['broken'])}" for row in broken)
    for row in rows:
        if every:
            yield from _whole(row)
        elif not row["broken"]:
            yield _brief(row)


def _remember(asked: Request, path: str, signals: Signals) -> int:
    """Writes the descriptions of all programs to a file. Raises Refused where none answers."""
    programs = find(programs_folder(asked.selection.programs), tuple(ROOMS))
    try:
        found = remember(programs, path, signals)
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
    if not found:
        describe(programs[0], signals)
        raise Refused(f"no program answers: {clean(programs[0].full_name)}: "
                      f"{programs[0].broken or 'it does now'}")
    return 0


def request(args: argparse.Namespace) -> Request:
    """What is asked for."""
    return Request(args.command, selection(args))


def run(args: argparse.Namespace) -> int:
    """Status 1 when a program cannot be described."""
    inherited.settle()
    try:
        with Signals() as signals:
            if args.remember:
                return _remember(request(args), args.remember, signals)
            rows = _gather(make_plan(request(args).selection, signals, tuple(ROOMS)))
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None
    if args.json:
        print(json.dumps({"format": 1, "programs": rows}, indent=1))
    else:
        with paged() as stream:
            stream.writelines(f"{line}\n" for line in _lines(rows, args.all))
    return 1 if any(row["broken"] for row in rows) else 0
