# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutants: checks that the suite notices deliberate faults of a kernel."""
from __future__ import annotations

import argparse
import json
import os
import secrets
from collections import Counter
from typing import Any, List, Optional

from .. import invoked
from ..commands.common import counted, seed
from ..errors import Interrupted, Refused
from ..lab.options import add_arch_options
from ..output import aside
from ..record import find_run
from ..run import Signals
from . import check, equivalent, trial_log
from .generated import Generated, Means, Wanted
from .mutant import Mutant, files, folder, load, select
from .session import Asked, Session

MOST_SAMPLE = 100_000


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "mutants", help="break the lab's kernel on purpose, and see who notices",
        allow_abbrev=False, description="Builds kernels with deliberate faults, boots each and "
        "runs the programs that must notice. See doc/lab.md.")
    parser.add_argument("patterns", metavar="NAME", nargs="*",
                        help="area, mutant, area/mutant or a shell pattern (default: all)")
    parser.add_argument("--list", action="store_true", help="show the mutants and do nothing; "
                        "with --generate: what would be sampled")
    parser.add_argument("--check", action="store_true", help="build and boot no kernel: report for "
                        "each mutant whether its header is complete, whether the programs and "
                        "cases that it names exist, and what its patch changes")
    parser.add_argument("--compile", action="store_true", help="with --check: also compile the "
                        "changed files (needs root, and the lab's kernel built)")
    parser.add_argument("--json", action="store_true", help="print one JSON object (not with "
                        "--list of generated mutants)")
    parser.add_argument("--all", action="store_true", dest="every", help="run every program "
                        "that a mutant names, and report which of them did not notice")
    parser.add_argument("--jobs", metavar="N", default="1", help="kernels built, and guests "
                        "run, side by side (default 1)")
    parser.add_argument("--keep", action="store_true", help="keep the broken sources and kernels")
    parser.add_argument("--from", metavar="DIR", dest="folder", help="folder that holds "
                        "AREA/NAME.cocci (default: mutants/)")
    parser.add_argument("--programs", metavar="DIR", help="folder that holds tests/AREA/NAME")
    parser.add_argument("--results", default=invoked.results(), metavar="DIR",
                        help=f"parent folder of results (default: {invoked.shown_results()})")
    parser.add_argument("--resume", metavar="RUN", help="go on with a call that was cut: folder, "
                        "name or latest")
    parser.add_argument("--source", metavar="SOURCE", help="break the kernel of this source in "
                        "place of the lab's, as lab build --source")
    add_arch_options(parser)
    generate = parser.add_argument_group("generated mutants")
    generate.add_argument("--generate", metavar="FILE|FUNCTION", nargs="+", help="instead of the "
                          "mutants that are there, a sample of what small mistakes would make of "
                          "a source (mm/hugetlb.c) or a function (FILE:FUNCTION, FUNCTION)")
    generate.add_argument("--sample", metavar="N", help="how many (default 20)")
    generate.add_argument("--seed", metavar="S", help="which: the same seed gives the same "
                          "(default: a new one, which is printed)")
    generate.add_argument("--coverage", metavar="RUN", help="only in lines that this run of lab "
                          "run --coverage executed, and only the programs that reached them: "
                          "folder, name, latest, or a coverage.json")
    generate.add_argument("--areas", metavar="AREA,AREA", help="whose programs must notice "
                          "(default: the areas that noticed something in that file)")


def run(args: argparse.Namespace) -> int:
    """Returns 0 when every mutant was killed, 1 when one survived, 2 when one could not be
    tried."""
    args.recorded = not (args.list or args.check)
    jobs = counted(args.jobs, "jobs", 64)
    if args.check:
        return _checked(args, jobs)
    if args.compile:
        raise Refused("--compile goes with --check")
    resume = trial_log.find(args.resume, args.results) if args.resume else None
    other = args.source or args.arch or args.base_page
    if resume and (args.patterns or args.generate or other):
        raise Refused("--resume takes mutants, source and architecture from the call: leave them "
                      "out")
    call = trial_log.asked(resume) if resume else {}
    if args.generate or call.get("generated"):
        if args.json and args.list:
            raise Refused("--json goes with --list of the mutants that are there, and --generate "
                          "has none of these")
        if other:
            raise Refused("--source, --arch and --base-page go with hand-written mutants")
        return _generated(args, call, jobs, resume)
    for name in ("sample", "seed", "coverage", "areas"):
        if vars(args)[name] is not None:
            raise Refused(f"--{name} goes with --generate")
    mutants = select(load(folder(args.folder)), call["mutants"] if resume else args.patterns)
    if args.list:
        _show(mutants, args.json)
        return 0
    asked = Asked(mutants, jobs, args.keep, args.every, args.programs, args.results, resume,
                  *(call.get(name) if resume else vars(args)[name]
                    for name in ("source", "arch", "base_page")))
    try:
        with Signals() as signals, aside(args.json):
            session = Session(asked, signals)
            status = session.go()
    except Interrupted as interrupted:
        raise _cut(interrupted) from None
    return _told(args.json, session.log, len(session.asked.mutants), status)


def _told(as_json: bool, log: trial_log.TrialLog, asked: int, status: int) -> int:
    """Prints how many mutants are in each state, for programs; returns the exit status."""
    if as_json:
        print(json.dumps({
            "format": 1, "folder": log.where, "status": status,
            "counts": dict(Counter(line["state"] for line in log.lines)),
            "not_tried": asked - len(log.lines),
            "missed": {line["name"]: line["missed"] for line in log.lines if line.get("missed")}},
            indent=1))
    return status


def _checked(args: argparse.Namespace, jobs: int) -> int:
    """Exit status 0 all right, 1 something is wrong, 2 not everything could be checked."""
    for name, asked in (("list", args.list), ("all", args.every), ("keep", args.keep),
                        ("resume", args.resume), ("generate", args.generate),
                        ("arch", args.arch), ("base-page", args.base_page)):
        if asked:
            raise Refused(f"--check builds and runs nothing, so it does not go with --{name}")
    mutants = select(files(folder(args.folder)), args.patterns)
    if not mutants:
        raise Refused("there are no mutants to check")
    try:
        return check.run(check.Wanted(mutants, args.programs, args.source, jobs, args.compile),
                         args.json)
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None


def _cut(interrupted: Interrupted) -> Refused:
    return Refused(f"interrupted by {interrupted}; what was tried is recorded (--resume latest "
                   "goes on)")


def _show(mutants: List[Mutant], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"format": 1, "mutants": [
            {"name": mutant.full_name, "breaks": mutant.breaks, "seen_as": mutant.seen_as,
             "caught_by": list(mutant.caught_by)} for mutant in mutants]}, indent=1))
        return
    for mutant in mutants:
        print(f"{mutant.full_name}\n    breaks: {mutant.breaks}\n    seen as: "
              f"{mutant.seen_as}\n    caught by: {' '.join(mutant.caught_by)}")


def _wanted(args: argparse.Namespace) -> Wanted:
    """The generated mutants that a command line asks for. Raises Refused."""
    if args.patterns:
        raise Refused("--generate takes no names of mutants")
    path: Optional[str] = args.coverage
    if path and not path.endswith(".json"):
        path = find_run(path, args.results)
    return Wanted(args.generate, counted(args.sample or "20", "sample", MOST_SAMPLE),
                  seed(args.seed) if args.seed else 1 + secrets.randbelow(1 << 32), path,
                  tuple(filter(None, (args.areas or "").split(","))))


def _generated(args: argparse.Namespace, call: Any, jobs: int, resume: Optional[str]) -> int:
    known = call.get("generated")
    wanted = Wanted(known["words"], known["sample"], known["seed"], known["coverage"],
                    known["areas"]) if known else _wanted(args)
    top = folder(args.folder)
    means = Means(load(top), os.path.join(top, equivalent.FILE), jobs, args.keep, args.programs,
                  args.results, resume)
    generated = Generated(wanted, means)
    if args.list:
        return generated.show()
    try:
        with Signals() as signals, aside(args.json):
            status = generated.go(signals)
    except Interrupted as interrupted:
        raise _cut(interrupted) from None
    return _told(args.json, generated.log, len(generated.chosen), status)
