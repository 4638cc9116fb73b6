# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run between its beginning and its end: raises the pools, runs the programs, and restores
everything."""
from __future__ import annotations

import time
from typing import Iterator, List, Optional, Tuple

from . import environment, spared
from .about import now
from .coverage.inside import Collector
from .errors import Interrupted, Refused, Tainted
from .evidence import Evidence, Left
from .findings import only_disturbed
from .job import Job
from .judge import judge, pool_changes, unrun
from .leaks import Leaks, why_new_boot
from .listener import Listener
from .neighbourhood import Neighbourhood
from .observe import counters
from .observe.counters import Counters, Observer
from .ownership import Belongings
from .plan import Planned
from .plan import needs as plan_needs
from .record import Folder, Json
from .report.table import Reporter
from .run import How, Signals, run_program
from .settings import journal, pool
from .settings.lock import STATE
from .tap_stream import Point, TapReader
from .assignments import assignments

REST_SECONDS = 1.0
# How often a program that other processes disturb is run in all.
TRIES = 3


class Session:
    """Runs the plan. close() restores everything that it changes."""

    def __init__(self, job: Job, folder: Folder, run: Json, reporter: Reporter,
                 signals: Signals) -> None:
        self.job, self.folder, self.run = job, folder, run
        self.reporter, self.signals = reporter, signals
        self.writer = journal.Writer()
        # These messages are from before the first program.
        self.unsettled_before = self.unsettled = journal.unsettled()
        self.lost = counters.lost_pools()
        self.observer = Observer(without=self.lost)
        self.found = pool.as_found()
        self.leaks = Leaks()
        self.reported_others = False
        self.coverage = Collector(folder.path)
        self.around = Neighbourhood(self.writer)
        self.listener = Listener(run, self.around, reporter)
        run["lost_pools"] = self.lost
        for size, numbers in self.lost.items():
            reporter.note(f"the kernel has lost count of its pool of {size} ({numbers}): it is not "
                          "looked at, and programs on such pages are skipped; boot to fix it")
        run["others"] = self.around.others
        if self.around.others:
            reporter.note(f"others use huge pages of this machine as well: {self.around.others}; "
                          "what they count on is left to them")
        self.env = dict(environment.programs(), HUGEPROOF_RUNNER="1", HUGEPROOF_STATE=STATE,
                        HUGEPROOF_TIME_SCALE=repr(job.time_scale))
        if job.request.allow_poison:
            self.env["HUGEPROOF_ALLOW_POISON"] = "1"

    def reserve(self) -> None:
        """Raises the pools; runs whose needs cannot be met become skips. Raises Refused when
        nothing is left to run then."""
        refused, plan = [], self.job.plan
        for planned in plan:
            if planned.verdict is None and planned.size in self.lost:
                planned.verdict = "skip"
                planned.reason = (f"the kernel has lost count of its pool of {planned.size} "
                                  f"({self.lost[planned.size]}): boot, or run it in the lab")
                refused.append(planned.reason)
        pools = self.around.reserve(plan_needs(plan))
        for planned in plan:
            got = pools.get(planned.size or "")
            if planned.verdict is None and planned.program.pages and got:
                reason = got.refusal(planned.program.pages)
                if reason:
                    planned.verdict, planned.reason = "skip", reason
                    refused.append(reason)
        if refused and all(planned.verdict for planned in plan):
            raise Refused(f"a pool that cannot be had: {refused[0]}")
        for size, got in pools.items():
            was = self.found.get(size, (0, 0))[0]
            raised = counters.pool_of(size)
            if raised["total"] - raised["surp"] != was:
                self.run["settings"].append({"what": f"pool of {size}", "before": was,
                                             "during": raised["total"] - raised["surp"]})

    def go(self) -> None:
        """Runs and records the plan. Raises Interrupted, and Refused when results cannot be
        written."""
        plan, asked = self.job.plan, self.job.request
        for number, planned in self._due():
            if self.signals.requested:
                raise Interrupted(self.signals.requested)
            if planned.verdict:
                result = unrun(planned, self.job.issues)
                result["started"] = now()
            else:
                self.reporter.running(planned.name, number, len(plan))
                self.coverage.begin(planned.name)
                result = self._judged(planned)
                self.coverage.end()
                result["points"] += spared.points(planned)
            self.folder.append(result)
            self.reporter.result(result)
            counters_left = self._leaks(planned, result)
            # A run that gets assignments does not know whether another one follows.
            if asked.new_boot and (asked.assigned or number < len(plan)):
                why = why_new_boot(result, planned.program.spoils, counters_left)
                if why:
                    raise Tainted(why)

    def _due(self) -> Iterator[Tuple[int, Planned]]:
        """The runs in their order, each with its number in the plan, from 1. Raises Interrupted
        at the end when there was no time for some of them."""
        plan, budget = self.job.plan, self.job.budget
        if self.job.request.assigned:
            yield from assignments(self.folder.path, plan, self.signals)
        elif budget:
            self.signals.end_at(budget.ends, budget.why)
            left_out = False
            for number, planned in enumerate(plan, 1):
                if budget.allows(planned):
                    yield number, planned
                else:
                    left_out = True
            if left_out:
                self.signals.expire(budget.why)
                raise Interrupted(budget.why)
        else:
            yield from enumerate(plan, 1)

    def _leaks(self, planned: Planned, result: Json) -> List[str]:
        """Records which programs could not run because of what another one left, and passes
        remaining leaks on to the next. Returns the counters that this program left changed."""
        hindered = self.leaks.hindered(result, len(planned.cases))
        if hindered:
            self.run["hindered"].append(hindered)
        changed = self.leaks.take(result, self.observer.pools())
        self.env["HUGEPROOF_LEAKED"] = self.leaks.text()
        return changed

    def _judged(self, planned: Planned) -> Json:
        """The result of a program. A program that other processes disturbed is run again, up to
        TRIES times in all; its earlier tries are recorded with the last one."""
        tries: List[Json] = []
        while True:
            result = self._one(planned, last=len(tries) == TRIES - 1)
            # Disturbed cases have been tried again by the program itself.
            if not only_disturbed(result) or len(tries) == TRIES - 1 or any(
                    point["verdict"] == "disturbed" for point in result["points"]):
                break
            tries.append({key: result[key] for key in (
                "verdict", "reason", "started", "duration_ms", "left")})
        result["tries"] = tries
        return result

    def _one(self, planned: Planned, last: bool = False) -> Json:
        limit_s = planned.limit_s(self.job.time_scale)
        quiet_s = planned.quiet_s(self.job.time_scale)
        self.folder.running(planned.name, limit_s, quiet_s)
        with Belongings(self.around.alone) as own:
            return self._run(planned, limit_s, quiet_s, own, last)

    def _run(self, planned: Planned, limit_s: float, quiet_s: float, own: Belongings,
             last: bool) -> Json:
        out, err, relative = self.folder.out_paths(planned.name)
        started = now()
        before = self.observer.snapshot()
        self.listener.between(f"{planned.name} begins")
        self.listener.words.allow(planned.program.log_allows, planned.program.poisons)
        reader = TapReader(self._point)
        ended = run_program(
            planned.argv(self.job.seed, self.job.request.verbose), limit_s, self.signals,
            How(env={**self.env, **self.around.environment()}, group=self.around.group,
                enter=own.enter, quiet_s=quiet_s, also=self.listener.also(),
                on_out=reader.feed, out_path=out, err_path=err))
        own.ended()
        if ended.interrupted:
            if self.job.budget and self.signals.requested == self.job.budget.why:
                self.run["cut"] = {"name": planned.name, "seconds": round(ended.duration_s, 3)}
            journal.undo_stale(self.unsettled)
            raise Interrupted(self.signals.requested)
        if ended.unsaved:
            raise Refused(ended.unsaved)
        undone = journal.undo_stale(self.unsettled, None if own.alone else ended.pids)
        own.not_ours += undone.notes
        if undone.failed or undone.notes:
            self.unsettled = journal.unsettled()
        left = Left(processes=ended.leftover,
                    settings=undone.done + [f"not restored: {line}" for line in undone.failed])
        if own.alone:
            left.settings += ended.changed.lines()
        after, rest_ms = self._at_rest(before)
        others = self.around.moved(before, after, last) if pool_changes(before, after) else None
        taint = own.look(left, ended.pids)
        self._report_others(planned, own.not_ours)
        if not own.alone and ended.changed.lines():
            self.reporter.note(f"runner attributes changed during {planned.name} by an unknown "
                               f"process: {', '.join(ended.changed.lines())}")
            own.not_ours += ended.changed.lines()
        if left.segments:
            self._settle(before)
        words = self.listener.said(f"{planned.name} ended", before, after)
        tap = reader.finish(cut=bool(ended.timed_out or ended.signal))
        result = judge(Evidence(planned, ended, tap, before, after,
                                taint, words.log, words.lost, left,
                                rest_ms, words.processes, others, self.around.others,
                                self.around.alone),
                       self.job.issues)
        result["started"] = started
        result["out"] = relative if ended.out else None
        result["not_ours"] = own.not_ours
        return result

    def _point(self, point: Point) -> None:
        self.reporter.point(point)
        self.coverage.look()

    def _report_others(self, planned: Planned, seen: List[str]) -> None:
        if seen and not self.reported_others:
            self.reported_others = True
            self.reporter.note(f"not of {planned.name}, and left alone: {', '.join(seen)} (the "
                               "record tells of all such, as not_ours)")

    def _at_rest(self, before: Counters) -> Tuple[Counters, float]:
        """A snapshot taken when the pools are as before, or REST_SECONDS (scaled) have passed,
        because some pages are freed after a process has exited. Also returns the ms waited."""
        after = self.observer.snapshot()
        if not pool_changes(before, after):
            return after, 0.0
        began = time.monotonic()
        while time.monotonic() - began < REST_SECONDS * self.job.time_scale:
            if self.signals.requested:
                raise Interrupted(self.signals.requested)
            time.sleep(0.002)
            self.listener.listen()
            if not pool_changes(before, self.observer.pools()):
                break
        return self.observer.snapshot(), (time.monotonic() - began) * 1000

    def _settle(self, before: Counters) -> None:
        """Waits until the pages of segments that ended with their namespace are freed."""
        ends = time.monotonic() + REST_SECONDS * self.job.time_scale
        while pool_changes(before, self.observer.pools()) and time.monotonic() < ends:
            time.sleep(0.002)
            self.listener.listen()

    def close(self, how: Optional[str]) -> List[str]:
        """Restores every change; returns a line for each that could not be restored. `how`: why
        the run ended early, if it did."""
        undone = self.around.give_back()
        changed = self.around.changed()
        self.run["changed_by_others"] = list(changed.values())
        for line in changed.values():
            self.reporter.note(line)
        stale = journal.undo_stale(self.unsettled_before)
        self.listener.between("the run ended")
        self.observer.close()
        self.listener.close()
        wrong = undone.failed + stale.failed + pool.restored({
            size: was for size, was in self.found.items() if size not in changed})
        self.run["ended"] = now()
        self.run["interrupted"] = how
        self.run["not_restored"] = wrong
        return wrong
