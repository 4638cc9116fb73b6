# SPDX-License-Identifier: LGPL-2.1-or-later
"""The common part of func, stress and perf: the plan, the run and its report."""
from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from dataclasses import replace
from typing import Any, Sequence, Tuple

from .. import environment, invoked
from ..errors import Interrupted, Refused
from ..execute import execute
from ..output import say
from ..record import load
from ..report.exports import Record, write_all
from ..report.summary import Summary
from ..report.table import Reporter
from ..report.tally import Tally
from ..request import JSON, Request
from ..run import Signals
from ..text import clean, count
from . import preview
from .common import (add_formats, add_results, add_selection, budget_of, default_form, exports,
                     report_damage, scale, seed, selection)
from .jobs import job_for, limited, overlapping


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs programs."""
    parser.set_defaults(recorded=True)
    add_selection(parser)
    _add_course(parser.add_argument_group("how it runs"))
    _add_expected(parser.add_argument_group("what is expected"))
    _add_record(parser.add_argument_group("plan, record and report"))
    # For the lab, whose host side makes the folder and watches it.
    parser.add_argument("--into", metavar="DIR", help=argparse.SUPPRESS)
    # For the lab: nothing can be judged on a kernel that a program has broken.
    parser.add_argument("--new-boot-when-tainted", action="store_true", help=argparse.SUPPRESS)
    # For the lab, where guests share a run and the host assigns the programs.
    parser.add_argument("--assigned", action="store_true", help=argparse.SUPPRESS)
    # For mutants: programs that are likely to notice come first, and the run ends when one does.
    parser.add_argument("--as-listed", action="store_true", help=argparse.SUPPRESS)


def _add_course(group: Any) -> None:
    group.add_argument("--budget", metavar="SECONDS", help="end in that time, with the most "
                       "telling programs first: what failed last, what never ran, what is quick")
    group.add_argument("--seed", metavar="N", help="of every random choice (default: a new one, "
                       "which is printed and recorded)")
    group.add_argument("--time-scale", metavar="F",
                       help="multiplies every time limit (default: $HUGEPROOF_TIME_SCALE or 1)")
    group.add_argument("--allow-poison", action="store_true",
                       help="run programs that poison real memory")
    group.add_argument("--allow-damage", action="store_true",
                       help="run cases that a known issue of this kernel says damage it until "
                       "the next boot (in the lab they run anyway)")
    group.add_argument("--verbose", action="store_true",
                       help="have programs print notes (kept in the run's out/)")


def _add_expected(group: Any) -> None:
    group.add_argument("--skip-file", metavar="FILE", action="append", default=[],
                       help="skip what this list names, with its reasons (YAML, see "
                       "doc/controls.md; may repeat)")
    group.add_argument("--known-issues", metavar="FILE", action="append",
                       help="one more list of known issues, beside known-issues.json of "
                       "hugeproof and /etc/hugeproof/known.d/*.json; may be given again, and "
                       "the later entry of an id counts")
    group.add_argument("--no-known-issues", action="store_true", help="take no issue for known")
    group.add_argument("--allow-all-skipped", action="store_true",
                       help="a run in which everything was skipped is no error")


def _add_record(group: Any) -> None:
    group.add_argument("--plan", action="store_true", help="run nothing: show what would run, how "
                       "long it took last time, and what would be changed")
    group.add_argument("--json", action="store_true", help="print one JSON object: what report "
                       "--json says of the run; with --plan the plan")
    add_results(group)
    group.add_argument("--resume", metavar="RUN",
                       help="do what a run that was cut has planned and not done")
    add_formats(group)


def request(args: argparse.Namespace) -> Request:
    """The request in the common options; a command adds its own. Raises Refused."""
    if args.resume and (args.patterns or args.area or args.page_size or args.seed or args.tag
                        or args.tier or args.exclude or args.shard or args.skip_file):
        raise Refused("--resume takes patterns, areas, exclusions, tags, tier, shard, skip files, "
                      "page sizes and seed from the run: leave them out")
    if args.json and args.format:
        raise Refused("--json is a format of its own: leave out --format")
    for name, given in (("format", args.format), ("write", args.write)):
        if args.plan and given:
            raise Refused(f"--{name} is of a run, and --plan runs nothing: leave one of them out")
    args.recorded = not args.plan
    return Request(
        args.command, replace(selection(args), as_listed=args.as_listed), args.results,
        seed=seed(args.seed) if args.seed else None,
        time_scale=scale(args.time_scale) if args.time_scale else None,
        budget=None if args.budget is None else budget_of(args.budget),
        form=JSON if args.json and not args.plan else args.format,
        exports=exports(args), known_issues=args.known_issues or (),
        no_known_issues=args.no_known_issues, skip_files=tuple(args.skip_file),
        allow_poison=args.allow_poison,
        allow_damage=args.allow_damage, allow_all_skipped=args.allow_all_skipped,
        verbose=args.verbose, new_boot=args.new_boot_when_tainted, assigned=args.assigned,
        resume=args.resume, into=args.into, plan_only=args.plan,
        as_json=args.json and args.plan)


def run(asked: Request) -> Tuple[int, str]:
    """Carries out a request; returns the exit status of doc/formats.md, and the folder of the
    run."""
    environment.rid()
    began = time.monotonic()
    if asked.plan_only:
        return _preview(asked)
    if os.geteuid() != 0:
        say(f"not root: {asked.command} runs what needs no setting of the machine "
            "changed and skips the rest (sudo runs all)")
    try:
        with Signals() as signals:
            reporter = Reporter(asked.form or default_form())
            folder, status = execute(overlapping(limited(job_for(
                asked, reporter, signals), began), reporter), reporter, signals)
            requested = signals.requested
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}; nothing was changed") from None
    # The rest changes no settings, so that a signal may interrupt it anywhere.
    try:
        if requested and not status:
            raise Interrupted(requested)
        # A guest that shares a run reports nothing: it has only a part of the results.
        return status or (0 if asked.assigned else _report(folder, reporter, asked)), folder
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted} after the last program ("
                      + invoked.command(f"report {shlex.quote(folder)}")
                      + " shows how the run ended)") from None


def _preview(asked: Request) -> Tuple[int, str]:
    try:
        with Signals() as signals:
            reporter = Reporter("plain", sys.stderr)
            job = overlapping(limited(job_for(asked, reporter, signals), time.monotonic()),
                              reporter)
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None
    return preview.show(job, asked.results), ""


def _report(folder: str, reporter: Reporter, asked: Request) -> int:
    record, results = load(folder)
    report_damage(results)
    end = Summary(record)
    for result in results:
        end.add(result)
    counts = end.tally(results)
    made = Record(record, results, folder, asked.exports)
    reporter.end(end.text(results, folder), made)
    status = counts.status(asked.allow_all_skipped)
    written = write_all(made)
    if status == 2:
        failed = set(record.get("failed_last") or []).intersection(end.missing())
        say(_incomplete(counts, sorted(failed)))
    return status if written else status or 2


def _incomplete(counts: Tally, failed: Sequence[str] = ()) -> str:
    """Why the exit status of a run is 2 although nothing failed. `failed`: what failed last and
    has no result."""
    if failed and not counts.damaged:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        return f"there was no time for {clean(failed[0])}{more}, which failed last"
    if counts.missing and counts.spent and not counts.damaged:
        return "nothing could run in the time of --budget"
    lacks = [f"{count(number, what)}" for number, what in (
        (counts.damaged, "damaged line"), (counts.missing, "planned run")) if number]
    if counts.missing:
        lacks[-1] += " without a result"
    if lacks:
        return f"the record has {' and '.join(lacks)}: the run is not complete"
    if counts.known or counts.disturbed:
        return "nothing passed"
    return ("nothing passed: everything was skipped, the reasons stand above "
            "(--allow-all-skipped takes that for success)")
