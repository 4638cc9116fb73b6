# SPDX-License-Identifier: LGPL-2.1-or-later
"""coverage: reports which lines of the kernel's huge page code runs in the lab executed."""
from __future__ import annotations

import argparse
import json
import re
from typing import Any, Dict, List, Tuple

from ..commands.common import add_results
from ..errors import Refused
from ..lab import coverage_kernel
from ..lab.options import arch_of
from ..output import say
from ..reading import load_run
from ..record import find_run
from ..text import clean
from . import apart, data, page, table
from .outside import counts

_PLACE = re.compile(r"([\w./-]+\.c):(?:(\d+)(?:-(\d+))?|([A-Za-z_]\w*))\Z")


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "coverage", help="what of the kernel's huge page code runs executed", allow_abbrev=False,
        description="Reads what lab run --coverage gathered. See doc/kernel-coverage.md.")
    commands = parser.add_subparsers(dest="coverage_command", metavar="COMMAND", required=True)
    report = commands.add_parser("report", help="lines, branches and functions by file, of one "
                                 "run or of several together", allow_abbrev=False)
    report.add_argument("runs", metavar="RUN", nargs="+", help="folder, name, latest, or a "
                        "coverage.json")
    report.add_argument("--unreached", action="store_true",
                        help="also the functions that nothing entered")
    report.add_argument("--apart", metavar="FILE", help="functions out of reach, with reasons "
                        "(default: doc/kernel-coverage-apart.json)")
    report.add_argument("--json", metavar="FILE", help="write the sum as a coverage.json")
    report.add_argument("--html", metavar="DIR", help="write pages, by genhtml")
    who = commands.add_parser("who", help="the programs that reached a line or a function",
                              allow_abbrev=False)
    who.add_argument("place", metavar="FILE:LINE|FILE:FUNCTION", help="such as "
                     "mm/hugetlb.c:2931, mm/hugetlb.c:2931-2940 or "
                     "mm/hugetlb.c:alloc_hugetlb_folio")
    who.add_argument("runs", metavar="RUN", nargs="*", default=["latest"],
                     help="default: latest")
    diff = commands.add_parser("diff", help="what one run reached and the other did not",
                               allow_abbrev=False)
    diff.add_argument("old", metavar="RUN")
    diff.add_argument("new", metavar="RUN")
    gather = commands.add_parser("gather", help="read the counters that a run left which was "
                                 "cut, or write its pages again", allow_abbrev=False)
    gather.add_argument("run", metavar="RUN")
    for one in (who, diff):
        one.add_argument("--json", action="store_true", help="print one JSON object")
    for one in (report, who, diff, gather):
        add_results(one)


def _path(text: str, results: str) -> str:
    return text if text.endswith(".json") else find_run(text, results)


def run(args: argparse.Namespace) -> int:
    """Returns 0; `who`: 1 when no program reached the place; `diff`: 1 when the second run reached
    less."""
    if args.coverage_command == "report":
        return _report(args)
    if args.coverage_command == "gather":
        return _gather(find_run(args.run, args.results))
    if args.coverage_command == "who":
        return _who(args)
    found = _differences(args)
    if args.json:
        print(json.dumps({"format": 1, "differences": found}, indent=1))
    else:
        print("\n".join(map(table.difference_line, found)) or "both reached the same lines")
    return 1 if any(one["kind"] == "lost" for one in found) else 0


def _gather(folder: str) -> int:
    lab = load_run(folder).get("lab")
    if not isinstance(lab, dict) or not counts(lab):
        raise Refused(f"{clean(folder)} was not made by lab run --coverage")
    return 0 if coverage_kernel.gather(folder, lab["options"]["kernel"],
                                       arch_of(lab["options"])) else 2


def _differences(args: argparse.Namespace) -> List[Dict[str, Any]]:
    old, new = (data.load(_path(name, args.results)) for name in (args.old, args.new))
    if old.build != new.build:
        raise Refused(f"{clean(args.old)} and {clean(args.new)} ran on different builds of the "
                      "kernel: their lines cannot be compared")
    return table.differences(old, new)


def _report(args: argparse.Namespace) -> int:
    coverage = data.together([_path(name, args.results) for name in args.runs])
    out = apart.load(args.apart or apart.default_path())
    for line in apart.wrong(coverage.files, out):
        say(line)
    print("\n".join(table.table(coverage.files, out)))
    if args.unreached:
        print("\nnothing entered:\n" + "\n".join(table.unreached(coverage.files, out)))
    if args.json:
        data.save(coverage, args.json)
    if args.html:
        print(page.write(coverage, args.html))
    return 0


def _place(text: str, coverage: data.Coverage) -> Tuple[str, int, int]:
    """A source file and its lines. Raises Refused."""
    match = _PLACE.match(text)
    if not match:
        raise Refused(f"not FILE:LINE or FILE:FUNCTION: {clean(text)}")
    path, first, last, name = match.groups()
    counts = coverage.files.get(path)
    if counts is None:
        raise Refused(f"nothing is counted in {path}: {', '.join(sorted(coverage.files))}")
    if name:
        function = counts.functions.get(name)
        if function is None:
            raise Refused(f"{path} has no function {name} with code of its own")
        # The first line with code, which every program that enters the function executes.
        lines = [line for line in counts.lines if function.line <= line <= function.end]
        return path, min(lines, default=function.line), min(lines, default=function.line)
    lines = [line for line in counts.lines if int(first) <= line <= int(last or first)]
    if not lines:
        raise Refused(f"{path} has no code that is counted at line {first}"
                      + (f" to {last}" if last else ""))
    return path, int(first), int(last or first)


def _who(args: argparse.Namespace) -> int:
    coverage = data.together([_path(name, args.results) for name in args.runs])
    path, first, last = _place(args.place, coverage)
    names = coverage.who(path, first, last)
    if args.json:
        print(json.dumps({"format": 1, "file": path, "first": first, "last": last,
                          "programs": names}, indent=1))
    else:
        print("\n".join(names) if names else "nothing reached it")
    return 0 if names else 1
