# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutants: does the suite notice a broken kernel?"""
from __future__ import annotations

import argparse
from typing import Any

from ..errors import Interrupted, Refused
from ..run import Signals
from ..text import clean
from . import ledger
from .mutant import folder, load, select
from .session import Asked, Session


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "mutants", help="break the lab's kernel on purpose, and see who notices",
        allow_abbrev=False, description="Builds kernels with deliberate faults, boots each and "
        "runs the programs that must notice. doc/lab.md tells all.")
    parser.add_argument("patterns", metavar="NAME", nargs="*",
                        help="area, mutant, area/mutant or a shell pattern (default: all)")
    parser.add_argument("--list", action="store_true", help="show the mutants and do nothing")
    parser.add_argument("--all", action="store_true", dest="every", help="run every program "
                        "that a mutant names, and tell which of them did not notice")
    parser.add_argument("--jobs", metavar="N", default="1", help="kernels built, and guests "
                        "run, side by side (default 1)")
    parser.add_argument("--keep", action="store_true", help="keep the broken sources and kernels")
    parser.add_argument("--from", metavar="DIR", dest="folder", help="folder that holds "
                        "AREA/NAME.cocci (default: mutants/)")
    parser.add_argument("--programs", metavar="DIR", help="folder that holds tests/AREA/NAME")
    parser.add_argument("--results", default="results", metavar="DIR",
                        help="parent folder of results (default: ./results)")
    parser.add_argument("--resume", metavar="RUN", help="go on with a call that was cut: folder, "
                        "name or latest")


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 when every mutant was killed, 1 when one survived, 2 when one
    could not be tried."""
    resume = ledger.find(args.resume, args.results) if args.resume else None
    if resume and args.patterns:
        raise Refused("--resume takes the mutants from the call: leave out their names")
    mutants = select(load(folder(args.folder)), ledger.asked(resume)["mutants"] if resume
                     else args.patterns)
    args.recorded = not args.list
    if args.list:
        for mutant in mutants:
            print(f"{mutant.full_name}\n    breaks: {mutant.breaks}\n    seen as: "
                  f"{mutant.seen_as}\n    caught by: {' '.join(mutant.caught_by)}")
        return 0
    if not args.jobs.isascii() or not args.jobs.isdigit() or not 1 <= int(args.jobs) <= 64:
        raise Refused(f"--jobs is a number from 1 to 64, not {clean(args.jobs)}")
    asked = Asked(mutants, int(args.jobs), args.keep, args.every, args.programs, args.results,
                  resume)
    try:
        with Signals() as signals:
            return Session(asked, signals).go()
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}; what was tried is recorded (--resume latest "
                      "goes on)") from None
