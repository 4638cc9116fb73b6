# SPDX-License-Identifier: LGPL-2.1-or-later
"""report: shows a run again, or writes it for other tools."""
from __future__ import annotations

import argparse
import json
import os
from typing import Any, Dict, Iterable, Optional, TextIO

from ..errors import Refused, why
from ..output import say
from ..pager import paged
from ..reading import Results, load
from ..record import find_run, write_whole
from ..report import brief, junit, tap
from ..report.run_page import page
from ..report.summary import Summary
from ..report.table import Reporter
from ..report.tally import tally
from ..result_line import as_json
from ..series.grid import Grid
from ..series.judged import judged
from ..series.matrix_page import page as page_of_kernels
from ..series.matrix_text import markdown
from ..text import clean, printed
from .common import FORMATS, add_results, default_form, report_damage

Json = Dict[str, Any]


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("report", help="show a run, or write HTML, TAP and JUnit files",
                                   allow_abbrev=False,
                                   usage="run_tests.py report RUN [OPTIONS]\n"
                                   "       run_tests.py report --matrix RUN RUN ... [OPTIONS]",
                                   description="Reports a run from its record alone.")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder, name, or latest")
    add_results(parser)
    parser.add_argument("--format", choices=FORMATS,
                        help="default: table on a terminal, plain in a pipe")
    parser.add_argument("--tap", action="store_true", help="write results.tap into the folder")
    parser.add_argument("--html", action="store_true", help="write report.html into the folder")
    parser.add_argument("--junit", action="store_true", help="write junit.xml into the folder")
    parser.add_argument("--matrix", action="store_true", help="of several runs: points by kernel, "
                        "as matrix.html in the folder of results")
    parser.add_argument("--output", metavar="FILE", help="with --matrix: where the page goes; one "
                        "whose name ends in .md is Markdown, in .json JSON")
    parser.add_argument("--json", action="store_true", help="print one JSON object: the counts, "
                        "and the points that did not pass; with --all every point")
    parser.add_argument("--all", action="store_true", help="every point, not only what did not "
                        "pass; with --matrix in Markdown not only those in which kernels differ")
    parser.add_argument("--brief", action="store_true", help="with --matrix in Markdown: of the "
                        "points only those that fail unexplained")


def _write(path: str, pieces: Iterable[str], folder: Optional[int] = None) -> None:
    try:
        write_whole(path, pieces, folder)
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
    print(path)


def _matrix(args: argparse.Namespace) -> int:
    for name, given in (("format", args.format), ("tap", args.tap), ("html", args.html),
                        ("junit", args.junit), ("json", args.json)):
        if given:
            raise Refused(f"--{name} is of one run: leave it out with --matrix")
    # A run that is named twice counts once.
    folders = {os.path.realpath(path): path for path in (
        find_run(word, args.results) for word in args.runs)}
    runs = [judged(path) for path in folders.values()]
    for each in runs:
        if each.damage:
            say(each.damage)
    grid = Grid(runs)
    path = args.output or os.path.join(args.results, "matrix.html")
    if path.endswith(".md"):
        rows = grid.red() if args.brief else [
            row for row in grid.rows if args.all or row.differs]
        _write(path, markdown(grid, rows))
    elif path.endswith(".json"):
        _write(path, [json.dumps(grid.as_json(), indent=1) + "\n"])
    else:
        _write(path, page_of_kernels(grid))
    return 0


def run(args: argparse.Namespace) -> int:
    """Returns the exit status of the run; 0 for a matrix."""
    if args.matrix:
        return _matrix(args)
    if len(args.runs) > 1:
        raise Refused("report takes one run; of several it makes a page with --matrix")
    for name, given in (("output", args.output), ("brief", args.brief)):
        if given:
            raise Refused(f"--{name} goes with --matrix")
    folder = find_run(args.runs[0], args.results)
    # What is written goes into the folder that was read, even if its owner exchanges it meanwhile.
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"cannot read {clean(folder)}: {why(error)}") from None
    try:
        return _report(args, folder, fd)
    finally:
        os.close(fd)


def _report(args: argparse.Namespace, folder: str, fd: int) -> int:
    """Reports the run in a folder, which is open as `fd`; returns the exit status."""
    record, results = load(folder, folder=fd)
    report_damage(results)
    files = [name for name, asked in (("results.tap", args.tap), ("junit.xml", args.junit),
                                      ("report.html", args.html)) if asked]
    counts = tally(record, results) if files else None
    for name in files:
        assert counts
        _write(os.path.join(folder, name),
               tap.whole(record, results, counts.total) if name == "results.tap" else
               junit.whole(record, results) if name == "junit.xml" else page(record, results),
               fd)
    if args.json:
        return _as_json(record, results, args.all)
    if counts and not args.format and not args.all:
        return counts.status()
    with paged() as stream:
        return _print(args, record, results, folder, stream)


def _as_json(record: Json, results: Results, every: bool) -> int:
    found = brief.as_json(record, results, every)
    print(as_json(found, 1))
    return int(found["status"])


def _print(args: argparse.Namespace, record: Json, results: Results, folder: str,
           stream: TextIO) -> int:
    """Prints the run: its counts and what did not pass, or in a format every point."""
    form: Optional[str] = args.format or (default_form() if args.all else None)
    end = Summary(record)
    reporter = Reporter(form, stream) if form and form != "tap" else None
    for result in results:
        end.add(result)
        if reporter:
            reporter.result(result)
    text = end.text(results, folder)
    counts = end.tally(results)
    if reporter:
        reporter.end(text)
    elif form == "tap":
        stream.writelines(tap.whole(record, results, counts.total))
        stream.write(tap.comment(text))
    else:
        release = clean(str((record.get("kernel") or {}).get("release") or "unknown"), 100)
        stream.write(f"{counts.line()} on kernel {release}\n{printed(text)}")
    return counts.status()
