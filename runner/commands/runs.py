# SPDX-License-Identifier: LGPL-2.1-or-later
"""The common part of func, stress and perf: the plan, the run and its report."""
from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sys
from dataclasses import replace
from typing import Dict, List, Tuple

from .. import damage, environment, inherited, known_list
from .. import plan as planning
from ..about import another_build
from ..endings import check
from ..errors import Interrupted, Refused
from ..execute import execute
from ..job import Job
from ..kernels import running
from ..parts import cases_left, unfinished
from ..plan import Planned
from ..programs import ROOMS, find, programs_folder
from ..record import find_run, load
from ..report.exports import Record, write_all
from ..report.summary import Summary
from ..report.table import Reporter
from ..report.tally import Tally
from ..request import Request
from ..run import Signals
from ..sizes import known_size, machine_sizes
from ..text import clean, count
from .common import (add_formats, add_results, add_selection, default_form, default_scale,
                     describe_all, exports, make_plan, report_damage, scale, seed, selection)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs programs."""
    add_selection(parser)
    add_results(parser)
    parser.set_defaults(recorded=True)
    parser.add_argument("--seed", metavar="N", help="of every random choice (default: a new one, "
                        "which is printed and recorded)")
    parser.add_argument("--time-scale", metavar="F",
                        help="multiplies every time limit (default: $HUGEPROOF_TIME_SCALE or 1)")
    add_formats(parser)
    parser.add_argument("--allow-poison", action="store_true",
                        help="run programs that poison real memory")
    parser.add_argument("--allow-damage", action="store_true",
                        help="run cases that a known issue of this kernel says damage it until "
                        "the next boot (in the lab they run anyway)")
    parser.add_argument("--allow-all-skipped", action="store_true",
                        help="a run in which everything was skipped is no error")
    parser.add_argument("--known-issues", metavar="FILE", action="append",
                        help="one more list of known issues, beside known-issues.json of "
                        "hugeproof and /etc/hugeproof/known.d/*.json; may be given again, and "
                        "the later entry of an id counts")
    parser.add_argument("--no-known-issues", action="store_true",
                        help="take no issue for known")
    parser.add_argument("--resume", metavar="RUN",
                        help="do what a run that was cut has planned and not done")
    # For the lab, whose host side makes the folder and watches it.
    parser.add_argument("--into", metavar="DIR", help=argparse.SUPPRESS)
    # For the lab: nothing can be judged on a kernel that a program has broken.
    parser.add_argument("--new-boot-when-tainted", action="store_true", help=argparse.SUPPRESS)
    # For the lab, where guests share a run and the host assigns the programs.
    parser.add_argument("--assigned", action="store_true", help=argparse.SUPPRESS)
    # For mutants: programs that are likely to notice come first, and the run ends when one does.
    parser.add_argument("--as-listed", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--verbose", action="store_true",
                        help="have programs print notes (kept in the run's out/)")


def request(args: argparse.Namespace) -> Request:
    """The request in the common options; a command adds its own. Raises Refused."""
    if args.resume and (args.patterns or args.area or args.page_size or args.seed):
        raise Refused("--resume takes patterns, areas, page sizes and seed from the run: "
                      "leave them out")
    return Request(
        args.command, replace(selection(args), as_listed=args.as_listed), args.results,
        seed=seed(args.seed) if args.seed else None,
        time_scale=scale(args.time_scale) if args.time_scale else None,
        form=args.format, exports=exports(args), known_issues=args.known_issues or (),
        no_known_issues=args.no_known_issues, allow_poison=args.allow_poison,
        allow_damage=args.allow_damage, allow_all_skipped=args.allow_all_skipped,
        verbose=args.verbose, new_boot=args.new_boot_when_tainted, assigned=args.assigned,
        resume=args.resume, into=args.into)


def run(asked: Request) -> Tuple[int, str]:
    """Carries out a request; returns the exit status of doc/formats.md, and the folder of the
    run."""
    environment.rid()
    if os.geteuid() != 0:
        print(f"run_tests.py: not root: {asked.command} runs what needs no setting of the machine "
              "changed and skips the rest (sudo runs all)", file=sys.stderr)
    try:
        with Signals() as signals:
            reporter = Reporter(asked.form or default_form())
            folder, status = execute(_job(asked, reporter, signals), reporter, signals)
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
        raise Refused(f"interrupted by {interrupted} after the last program (run_tests.py report "
                      f"{shlex.quote(folder)} shows how the run ended)") from None


def _job(asked: Request, reporter: Reporter, signals: Signals) -> Job:
    """The job for a request. Raises Refused."""
    kernel = running()
    job = Job(asked, issues=known_list.load(asked.known_issues, kernel, asked.no_known_issues),
              argv=sys.argv, inherited=inherited.settle())
    if asked.resume:
        _resume(job, signals)
    else:
        job.seed = 1 + secrets.randbelow(1 << 32) if asked.seed is None else asked.seed
        job.time_scale = default_scale() if asked.time_scale is None else asked.time_scale
        job.plan = make_plan(asked.selection, signals, (asked.kind,), job.time_scale)
        _refuse_unknown(asked.params, job.plan)
        job.plan = planning.repeated(job.plan, asked.repeat or 1)
    asked = job.request
    for planned in job.plan:
        planned.seconds, planned.params = asked.seconds, asked.params
    planning.settle(job.plan, asked.allow_poison, machine_sizes())
    damage.spare(job.plan, known_list.damaging(job.issues, kernel, asked.no_known_issues),
                 asked.allow_damage)
    for line in [] if asked.no_known_issues else known_list.notes(asked.known_issues):
        reporter.note(line)
    for line in job.inherited["stays"]:
        reporter.note(f"inherited by programs: {line}")
    if "environment variable LD_PRELOAD" in job.inherited["reset"]:
        reporter.note("LD_PRELOAD is not handed on to programs "
                      f"({environment.PRELOAD} is for that)")
    return job


def _refuse_unknown(params: Dict[str, str], plan: List[Planned]) -> None:
    for key in params:
        if not any(param.get("name") == key for planned in plan
                   for param in planned.program.params):
            raise Refused(f"no program of this run has a parameter {clean(key)} "
                          "(run_tests.py list shows them with --json)")


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
        print(f"run_tests.py: {_incomplete(counts)}", file=sys.stderr)
    return status if written else status or 2


def _incomplete(counts: Tally) -> str:
    """Why the exit status of a run is 2 although nothing failed."""
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


def _resume(job: Job, signals: Signals) -> None:
    """Turns the job into the rest of an interrupted run, with the options of that run."""
    asked = job.request
    folder = find_run(asked.resume or "", asked.results)
    record, results = load(folder, check)
    report_damage(results)
    if record.get("kind", "func") != asked.kind:
        raise Refused(f"{clean(folder)} was not made by {asked.command}")
    differs = another_build(record.get("kernel") or {})
    if differs:
        raise Refused(f"{clean(folder)} {differs}: begin a new run")
    if not isinstance(record.get("seed"), int):
        raise Refused(f"{clean(folder)}/run.json has no seed")
    job.seed = record["seed"]
    job.time_scale = asked.time_scale or scale(str(record.get("time_scale", 1)))
    job.request = replace(
        asked, seconds=asked.seconds or record.get("seconds"), repeat=record.get("repeat", 1),
        params=record.get("params") or {},
        allow_poison=asked.allow_poison or bool(record.get("allow_poison")),
        allow_damage=asked.allow_damage or bool(record.get("allow_damage")))
    names = unfinished(record, results)
    job.plan = _plan_of(names, cases_left(record, results), job, signals) if names else []
    record.update(ended=None, settings=[], summary=None, inherited=job.inherited,
                  known_issues=[issue.as_json() for issue in job.issues])
    record.setdefault("between", [])
    record.setdefault("hindered", [])
    job.resumed = folder, record


def _plan_of(names: List[str], cases: Dict[str, List[str]], job: Job, signals: Signals
             ) -> List[Planned]:
    programs = find(programs_folder(job.request.selection.programs), tuple(ROOMS))
    wanted = [planning.again(name, programs) for name in names]
    describe_all(list({planned.program.path: planned.program for planned in wanted}.values()),
                 signals, job.time_scale)
    machine_has = machine_sizes()
    plan = []
    for planned in wanted:
        if planned.size:
            planned.size = known_size(planned.size, machine_has)
        _refuse_gone(planned, cases)
        plan.append(planned.narrow(cases))
    return plan


def _refuse_gone(planned: Planned, cases: Dict[str, List[str]]) -> None:
    """Raises Refused when the record names a case that its program does not have any more."""
    # The cases of a program that gives no description are unknown; it is broken, and not run.
    if planned.program.broken or planned.name not in cases:
        return
    for case in cases[planned.name]:
        if case not in planned.program.cases:
            raise Refused(f"the run planned case {clean(case)} of {clean(planned.name)}, which is "
                          "not there any more")
    if not cases[planned.name]:
        raise Refused(f"the run planned no case of {clean(planned.name)}: its record is damaged")
