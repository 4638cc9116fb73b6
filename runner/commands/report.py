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
from ..report import brief, tap
from ..report.exports import WHOLE, Record, write
from ..report.summary import Summary
from ..report.table import Reporter
from ..report.tally import tally
from ..result_line import as_json
from ..series.grid import Grid
from ..series.judged import judged
from ..series.matrix_page import page as page_of_kernels
from ..series.matrix_text import markdown
from ..text import clean, printed
from .common import add_formats, add_results, default_form, exports, report_damage

# The formats whose files have options of their own.
_FILES = {"tap": "results.tap", "html": "report.html", "junit": "junit.xml"}

Json = Dict[str, Any]


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("report", help="show a run, or write HTML, TAP and JUnit files",
                                   allow_abbrev=False,
                                   usage="%(prog)s RUN [OPTIONS]\n"
                                   "       %(prog)s --matrix RUN RUN ... [OPTIONS]",
                                   description="Reports a run from its record alone.")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder, name, or latest")
    add_results(parser)
    add_formats(parser)
    for name, file in _FILES.items():
        parser.add_argument(f"--{name}", action="append_const", dest="write", const=name,
                            help=f"write {file} into the folder: --write {name}")
    parser.add_argument("--matrix", action="store_true", help="of several runs: points by kernel, "
                        "as matrix.html in the folder of results")
    parser.add_argument("--output", metavar="FILE", help="with --matrix: where the page goes; one "
                        "whose name ends in .md is Markdown, in .json JSON")
    parser.add_argument("--json", action="store_true", help="print one JSON object: the counts, "
                        "and the points that did not pass; with --all every point; with --matrix "
                        "points by kernel")
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
    alone = ["format"] if args.format else []
    for name in alone + args.write:
        option = name if name in (*_FILES, "format") else f"write {name}"
        raise Refused(f"--{option} is of one run: leave it out with --matrix")
    # A run that is named twice counts once.
    folders = {os.path.realpath(path): path for path in (
        find_run(word, args.results) for word in args.runs)}
    runs = [judged(path) for path in folders.values()]
    for each in runs:
        if each.damage:
            say(each.damage)
    grid = Grid(runs)
    if args.json:
        if args.output:
            raise Refused("--json prints, and --output FILE.json writes: leave out one")
        print(json.dumps(grid.as_json(), indent=1))
        return 0
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
    if args.json and args.format:
        raise Refused("--json and --format are two forms of the same: leave one of them out")
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
    asked = exports(args)
    run_json, results = load(folder, folder=fd)
    report_damage(results)
    record = Record(run_json, results, folder, asked)
    for form in asked.formats:
        for path in write(form, record, fd):
            if args.format in WHOLE or args.json:
                # Standard output is for a reader of that format alone.
                say(path)
            else:
                print(path)
    if args.json:
        return _as_json(run_json, results, args.all)
    if asked.formats and not args.format and not args.all:
        return tally(run_json, results).status()
    with paged() as stream:
        return _print(args, record, stream)


def _as_json(record: Json, results: Results, every: bool) -> int:
    found = brief.as_json(record, results, every)
    print(as_json(found, 1))
    return int(found["status"])


def _print(args: argparse.Namespace, record: Record, stream: TextIO) -> int:
    """Prints the run: its counts and what did not pass, or in a format every point."""
    form: Optional[str] = args.format or (default_form() if args.all else None)
    end = Summary(record.run)
    reporter = Reporter(form, stream) if form and form != "tap" else None
    for result in record.results:
        end.add(result)
        if reporter:
            reporter.result(result)
    text, counts = end.text(record.results, record.folder), end.tally(record.results)
    if reporter:
        reporter.end(text, record)
    elif form == "tap":
        stream.writelines(tap.whole(record.run, record.results, counts.total))
        stream.write(tap.comment(text))
    else:
        release = clean(str((record.run.get("kernel") or {}).get("release") or "unknown"), 100)
        stream.write(f"{counts.line()} on kernel {release}\n{printed(text)}")
    return counts.status()
