# SPDX-License-Identifier: LGPL-2.1-or-later
"""report: shows a run again, or writes it for other tools."""
from __future__ import annotations

import argparse
import os
import sys
from typing import Any, Callable, Dict, List

from ..errors import Refused, why
from ..record import find_run, load, write_whole
from ..text import clean
from .common import FORMATS, add_results


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


def _write(path: str, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
    print(path)


def run(args: argparse.Namespace) -> int:
    """The exit status that the run had."""
    from ..report import tap
    from ..report.summary import summary
    from ..report.table import Reporter
    from ..report.tally import tally
    folder = find_run(args.run, args.results)
    record, results = load(folder)
    makers: Dict[str, Callable[[], str]] = {}
    if args.tap:
        makers["results.tap"] = lambda: tap.whole(record, results)
    if args.junit:
        makers["junit.xml"] = lambda: _junit(record, results)
    if args.html:
        makers["report.html"] = lambda: _page(record, results)
    for name, make in makers.items():
        _write(os.path.join(folder, name), make())
    if makers and not args.format:
        return tally(record, results).status()
    form = args.format or ("table" if sys.stdout.isatty() else "plain")
    end = summary(record, results, folder)
    if form == "tap":
        sys.stdout.write(tap.whole(record, results) + tap.comment(end))
    else:
        reporter = Reporter(form)
        for result in results:
            reporter.result(result)
        reporter.end(end)
    return tally(record, results).status()


def _page(record: Dict[str, Any], results: List[Dict[str, Any]]) -> str:
    from ..report.run_page import page
    return page(record, results)


def _junit(record: Dict[str, Any], results: List[Dict[str, Any]]) -> str:
    from ..report.junit import whole
    return whole(record, results)
