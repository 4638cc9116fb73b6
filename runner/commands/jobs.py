# SPDX-License-Identifier: LGPL-2.1-or-later
"""The job for a request: a new plan, or the rest of that of a run to be resumed."""
from __future__ import annotations

import datetime
import os
import secrets
import sys
from dataclasses import replace
from typing import Dict, List

from .. import (budget, damage, environment, inherited, invoked, known_list, past, past_overlap,
                skip_list)
from .. import plan as planning
from .. import scale as scales
from ..about import another_build
from ..endings import check
from ..errors import Refused
from ..job import Job
from ..kernels import running
from ..observe import counters
from ..parts import cases_left, unfinished
from ..plan import Planned
from ..programs import ROOMS, find, programs_folder
from ..record import find_run, load
from ..report.table import Reporter
from ..request import Request
from ..run import Signals
from ..sizes import known_size, machine_sizes
from ..text import clean
from .common import default_scale, describe_all, make_plan, report_damage, scale


def job_for(asked: Request, reporter: Reporter, signals: Signals) -> Job:
    """The job for a request. Raises Refused."""
    kernel = running()
    job = Job(asked, issues=known_list.load(asked.known_issues, kernel, asked.no_known_issues),
              argv=sys.argv, inherited=inherited.settle())
    if asked.resume:
        _resume(job, signals)
    else:
        job.skips, over = skip_list.load(asked.skip_files, kernel, datetime.date.today())
        for line in over:
            reporter.note(line)
        job.seed = 1 + secrets.randbelow(1 << 32) if asked.seed is None else asked.seed
        job.time_scale = default_scale() if asked.time_scale is None else asked.time_scale
        job.plan = make_plan(asked.selection, signals, (asked.kind,), job.time_scale)
        job.request = asked = _scaled(asked)
        _refuse_unknown([*asked.params, *([asked.scale.key] if asked.scale else [])], job.plan)
        job.plan = planning.repeated(job.plan, asked.repeat or 1, asked.scale)
    asked = job.request
    for planned in job.plan:
        planned.seconds, planned.params = asked.seconds, asked.params
        planned.vary(asked.scale)
    _tell_closed(job, reporter)
    planning.settle(job.plan, asked.allow_poison, machine_sizes())
    skip_list.apply(job.plan, job.skips)
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


def limited(job: Job, began: float) -> Job:
    """The job with its plan in the order of its budget, if it has one, which began then."""
    asked = job.request
    if asked.budget is not None:
        folder = asked.into or (job.resumed[0] if job.resumed else "")
        known = (past.handed_on(folder) if folder else {}) or past.last(
            [planned.name for planned in job.plan], asked.results)
        job.budget = budget.Budget(asked.budget, began, known)
        job.plan = budget.ordered(job.plan, known)
    return job


def _scaled(asked: Request) -> Request:
    """The request with the values of its scale."""
    if not asked.scale:
        return asked
    return replace(asked, scale=asked.scale.settled(len(os.sched_getaffinity(0)),
                                                    len(counters.node_names()) or 1))


def _tell_closed(job: Job, reporter: Reporter) -> None:
    """Says which programs do not have what is asked for beside the closed loop."""
    for param, lacks in (("rate", "no open loop"), ("explain", "no profile")):
        closed = dict.fromkeys(planned.program.full_name for planned in job.plan
                               if not planned.program.broken and not planned.has(param))
        if job.request.params.get(param, "0") != "0" and closed:
            reporter.note(f"{lacks}, only the closed loop: {' '.join(closed)}")


def overlapping(job: Job, reporter: Reporter) -> Job:
    """The job of a run of races with a budget, none of them named: with the pairs of actors that
    never met."""
    asked = job.request
    if asked.kind == "race" and job.budget and not job.resumed and not asked.selection.patterns:
        found = (past_overlap.handed_on(asked.into) if asked.into else None) or \
            past_overlap.earlier(asked.results)
        job.plan, said = past_overlap.arranged(job.plan, found, job.budget, job.seed)
        if said:
            reporter.note(said)
    return job


def _refuse_unknown(params: List[str], plan: List[Planned]) -> None:
    for key in params:
        if not any(planned.has(key) for planned in plan):
            raise Refused(f"no program of this run has a parameter {clean(key)} "
                          f"({invoked.command('list --json')} shows them)")


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
        params=record.get("params") or {}, scale=scales.recorded(record),
        allow_poison=asked.allow_poison or bool(record.get("allow_poison")),
        allow_damage=asked.allow_damage or bool(record.get("allow_damage")))
    job.skips = skip_list.recorded(record)
    names = unfinished(record, results)
    job.plan = _plan_of(names, cases_left(record, results), job, signals) if names else []
    record.update(ended=None, interrupted=None, cut=None, settings=[], summary=None,
                  inherited=job.inherited,
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
