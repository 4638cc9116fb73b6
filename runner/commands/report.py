# SPDX-License-Identifier: LGPL-2.1-or-later
"""report: shows a run again, or writes it for other tools."""
from __future__ import annotations

import argparse
import os
import sys
from typing import Any, Iterable

from ..errors import Refused, why
from ..reading import load
from ..record import find_run, write_whole
from ..report import junit, tap
from ..report.run_page import page
from ..report.summary import Summary
from ..report.table import Reporter
from ..report.tally import tally
from ..text import clean
from .common import FORMATS, add_results, default_form, tell_damage


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser("report", help="show a run, or write HTML, TAP and JUnit files",
                                   allow_abbrev=False,
                                   description="Reports a run from its record alone.")
    parser.add_argument("run", metavar="RUN", help="folder, name, or latest")
    add_results(parser)
    parser.add_argument("--format", choices=FORMATS,
                        help="default: table on a terminal, plain in a pipe")
    parser.add_argument("--tap", action="store_true", help="write results.tap into the folder")
    parser.add_argument("--html", action="store_true", help="write report.html into the folder")
    parser.add_argument("--junit", action="store_true", help="write junit.xml into the folder")


def _write(path: str, pieces: Iterable[str]) -> None:
    try:
        write_whole(path, pieces)
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
    print(path)


def run(args: argparse.Namespace) -> int:
    """The exit status that the run had."""
    folder = find_run(args.run, args.results)
    record, results = load(folder)
    tell_damage(results)
    files = [name for name, asked in (("results.tap", args.tap), ("junit.xml", args.junit),
                                      ("report.html", args.html)) if asked]
    counts = tally(record, results) if files else None
    for name in files:
        assert counts
        _write(os.path.join(folder, name),
               tap.whole(record, results, counts.total) if name == "results.tap" else
               junit.whole(record, results) if name == "junit.xml" else page(record, results))
    if counts and not args.format:
        return counts.status()
    form = args.format or default_form()
    end = Summary(record)
    reporter = None if form == "tap" else Reporter(form)
    for result in results:
        end.add(result)
        if reporter:
            reporter.result(result)
    text = end.text(results, folder)
    counts = end.tally(results)
    if reporter:
        reporter.end(text)
    else:
        sys.stdout.writelines(tap.whole(record, results, counts.total))
        sys.stdout.write(tap.comment(text))
    return counts.status()
