# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way of a run: settings, then program after program, then everything back."""
from __future__ import annotations

import os
import shlex
import sys
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .about import Options, new_run, now
from .complaints import complaints
from .errors import NEW_BOOT, Interrupted, Refused, Tainted
from .judge import Evidence, Left, judge, pool_changes, unrun
from .known import Issue, seems_fixed
from .leaks import Leaks, why_new_boot
from .neighbourhood import Neighbourhood
from .observe import counters, machine, processes
from .observe.counters import Counters, Observer
from .observe.kmsg import KernelLog
from .plan import Planned
from .plan import needs as plan_needs
from .record import Folder, Json
from .report.table import Reporter
from .run import Signals, become_subreaper, run_program
from .settings import journal, pool
from .settings.lock import STATE, Lock
from .tap_stream import TapReader
from .text import clean, count
from .words import Words

# The command that runs programs of a kind.
COMMANDS = {"func": "func", "race": "stress", "load": "perf"}
REST_SECONDS = 1.0
OWNER_SECONDS = 15.0
# How often a program is run in all that others disturb.
TRIES = 3


def prepare_machine(signals: Signals) -> journal.Undone:
    """Takes back what earlier runs left. Needs the lock. Raises Refused while a
    program that changed something still runs on its own."""
    deadline = time.monotonic() + OWNER_SECONDS
    while True:
        undone = journal.undo_stale()
        owners = [j for j in journal.load_all() if not j.trouble and j.pid != os.getpid()
                  and not j.stale]
        if not owners:
            return undone
        # A killed run's program may be on its way out: it holds pages until then.
        dying = [j for j in owners if _on_its_way_out(j)]
        if len(dying) < len(owners) or time.monotonic() > deadline or signals.requested:
            busy = next((j for j in owners if j not in dying), owners[0])
            raise Refused(f"{clean(busy.owner)} (pid {busy.pid}) is running and has changed "
                          "settings of this machine: wait for its end, or stop it")
        time.sleep(0.005)


def _on_its_way_out(owner: journal.Journal) -> bool:
    found = processes.process(owner.pid)
    return found is None or processes.dying(found)


class Session:
    """Runs a plan. Everything it changes is taken back by close()."""

    def __init__(self, folder: Folder, run: Json, options: Options, issues: Sequence[Issue],
                 reporter: Reporter, signals: Signals) -> None:
        self.folder, self.run, self.options = folder, run, options
        self.issues, self.reporter, self.signals = issues, reporter, signals
        self.writer = journal.Writer()
        self.observer = Observer()
        self.log: Optional[KernelLog] = None
        self.found = pool.as_found()
        self.words = Words()
        self.below_zero: Dict[str, int] = {}
        self.leaks = Leaks()
        try:
            self.log = KernelLog()
        except OSError as error:
            reporter.note(f"the kernel log cannot be read ({error.strerror}): complaints of "
                          "the kernel go unseen")
        self.around = Neighbourhood(self.writer)
        run["others"] = self.around.others
        if self.around.others:
            reporter.note(f"others use huge pages of this machine as well: {self.around.others}; "
                          "what they count on is left to them")
        self.env = dict(os.environ, HUGEPROOF_RUNNER="1", HUGEPROOF_STATE=STATE,
                        HUGEPROOF_TIME_SCALE=repr(options.time_scale))
        if options.allow_poison:
            self.env["HUGEPROOF_ALLOW_POISON"] = "1"

    def reserve(self, plan: Sequence[Planned]) -> None:
        """Raises the pools; runs whose need cannot be met become skips. Raises
        Refused when that leaves nothing to run."""
        pools = self.around.reserve(plan_needs(plan))
        refused = []
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

    def go(self, plan: Sequence[Planned]) -> None:
        """Runs and records each. Raises Interrupted, or Refused when results
        cannot be written."""
        for number, planned in enumerate(plan, 1):
            if self.signals.requested:
                raise Interrupted(self.signals.requested)
            if planned.verdict:
                result = unrun(planned, self.issues)
                result["started"] = now()
            else:
                self.reporter.running(planned.name, number, len(plan))
                result = self._judged(planned)
            self.folder.append(result)
            self.reporter.result(result)
            counters_left = self._leaks(planned, result)
            if self.options.new_boot and number < len(plan):
                why = why_new_boot(result, planned.program.spoils, counters_left)
                if why:
                    raise Tainted(why)

    def _leaks(self, planned: Planned, result: Json) -> List[str]:
        """Who was kept from running by what another had left, and what the next must know;
        the counters that this program left changed."""
        hindered = self.leaks.hindered(result, len(planned.cases))
        if hindered:
            self.run["hindered"].append(hindered)
        changed = self.leaks.take(result, self.observer.pools())
        self.env["HUGEPROOF_LEAKED"] = self.leaks.text()
        return changed

    def _judged(self, planned: Planned) -> Json:
        """The result of a program. One that others disturbed is run again, TRIES times in
        all; the tries before the last are kept with it."""
        tries: List[Json] = []
        while True:
            result = self._one(planned)
            # Cases have tried again by themselves, and told.
            if result["verdict"] != "disturbed" or len(tries) == TRIES - 1 or any(
                    point["verdict"] == "disturbed" for point in result["points"]):
                break
            tries.append({key: result[key] for key in (
                "verdict", "reason", "started", "duration_ms", "left")})
        result["tries"] = tries
        return result

    def _one(self, planned: Planned) -> Json:
        limit_s = planned.limit_s(self.options.time_scale)
        quiet_s = planned.quiet_s(self.options.time_scale)
        self.folder.running(planned.name, limit_s, quiet_s)
        out, err, relative = self.folder.out_paths(planned.name)
        started, looked = now(), machine.look()
        before = self.observer.snapshot()
        self.between(f"{planned.name} begins")
        self.words.allow(planned.program.log_allows, planned.program.poisons)
        reader = TapReader(self.reporter.point)
        ended = run_program(
            planned.argv(self.options.seed, self.options.verbose), limit_s, self.signals,
            env={**self.env, **self.around.environment()},
            on_out=reader.feed, out_path=out, err_path=err, quiet_s=quiet_s,
            also=(self.log.fd, self._listen) if self.log else None, group=self.around.group)
        if ended.interrupted:
            journal.undo_stale()
            raise Interrupted(self.signals.requested)
        if ended.unsaved:
            raise Refused(ended.unsaved)
        undone = journal.undo_stale()
        left = Left(processes=ended.leftover,
                    settings=undone.done + [f"not restored: {line}" for line in undone.failed])
        after, rest_ms = self._at_rest(before)
        later = machine.look()
        self._segments(looked, later, left)
        left.mounts = machine.new_mounts(looked, later)
        words = self._said(f"{planned.name} ended", before, after)
        others = self.around.moved(before, after) if pool_changes(before, after) else None
        result = judge(Evidence(planned, ended, reader.finish(), before, after,
                                (looked.taint, later.taint), words.log, words.lost, left,
                                rest_ms, words.processes, others, self.around.others),
                       self.issues)
        result["started"] = started
        result["out"] = relative if ended.out else None
        return result

    def _at_rest(self, before: Counters) -> Tuple[Counters, float]:
        """A snapshot once the pools are as before, or REST_SECONDS (scaled) have passed:
        some pages are freed behind a process's exit. Also the ms that it took."""
        after = self.observer.snapshot()
        if not pool_changes(before, after):
            return after, 0.0
        began = time.monotonic()
        while time.monotonic() - began < REST_SECONDS * self.options.time_scale:
            time.sleep(0.002)
            self._listen()
            if not pool_changes(before, self.observer.pools()):
                break
        return self.observer.snapshot(), (time.monotonic() - began) * 1000

    @staticmethod
    def _segments(before: machine.Machine, after: machine.Machine, left: Left) -> None:
        """Removes the program's own SysV segments: new, root's, attached by nobody,
        and made by a process that is gone."""
        for segment in machine.new_segments(before, after):
            if segment.uid != os.geteuid() or segment.attached or processes.lives(
                    segment.creator):
                continue
            text = f"SysV segment {segment.shmid} of {count(segment.size, 'byte')}"
            try:
                journal.remove_segment(segment.shmid)
            except OSError as error:
                text += f" (cannot be removed: {error.strerror})"
            left.segments.append(text)

    def _listen(self) -> None:
        """Takes what the kernel said until now: its log is a ring that others fill, too."""
        if self.log:
            self.log.drain(self.words)

    def _heard(self, mark: str) -> Words:
        """What the kernel said since the last mark."""
        words, self.words = self.words, Words()
        if self.log:
            self.log.read(mark, words)
        words.finish()
        return words

    def _said(self, mark: str, before: Counters, after: Counters) -> Words:
        """What the kernel said while a program ran. A counter below zero is told when it
        was not so far below before the program."""
        words = self._heard(mark)
        for name, value in words.below_zero.items():
            was, now = self.below_zero.get(name, 0), value
            if name == "nr_hugetlb":
                # It counts pages in use, and whoever uses some hides as much of a debt.
                if self.around.others:
                    continue
                was, now = was - counters.pages_in_use(before), now - counters.pages_in_use(after)
            if now < was:
                words.log.append(f"vmstat_refresh: {name} {value}")
        return words

    def between(self, mark: str) -> None:
        """What the kernel said while no program ran belongs to the run itself."""
        words = self._heard(mark)
        self.below_zero = words.below_zero
        found = complaints(words.log)
        if found or words.lost:
            self.run["between"].append({"complaints": [line for _, line in found],
                                        "lost": words.lost, "log": words.log if found else []})

    def close(self, how: Optional[str]) -> List[str]:
        """Takes back every change; returns a line for each that could not be.
        `how` says why the run ended early, if it did."""
        undone = self.around.give_back()
        changed = self.around.changed()
        self.run["changed_by_others"] = list(changed.values())
        for line in changed.values():
            self.reporter.note(line)
        stale = journal.undo_stale()
        self.between("the run ended")
        self.observer.close()
        if self.log:
            self.log.close()
        wrong = undone.failed + stale.failed + pool.restored({
            size: was for size, was in self.found.items() if size not in changed})
        self.run["ended"] = now()
        self.run["interrupted"] = how
        self.run["not_restored"] = wrong
        return wrong


def execute(plan: Sequence[Planned], options: Options, issues: Sequence[Issue],
            reporter: Reporter, signals: Signals, parent: str,
            resumed: Optional[Tuple[str, Json]] = None,
            into: Optional[str] = None) -> Tuple[str, int]:
    """Runs the plan into a new folder below `parent`, into `into`, which was made
    for it, or into the resumed run's.

    Returns the folder and 0, 2 when it was cut, or NEW_BOOT. Raises Refused when it could
    not begin; then nothing is changed.
    """
    lock = Lock()
    lock.acquire()
    try:
        undone = prepare_machine(signals)
        for line in undone.done:
            reporter.note(f"restored after an earlier run: {line}")
        for line in undone.failed:
            reporter.note(f"cannot restore: {line}")
        become_subreaper()
        folder = (Folder.resume(resumed[0]) if resumed else
                  Folder.begin_in(into) if into else Folder.create(parent))
        run = resumed[1] if resumed else new_run(folder, plan, options)
        return folder.path, _execute(plan, options, issues, reporter, signals, folder, run,
                                     new=not resumed)
    finally:
        lock.release()


def _execute(plan: Sequence[Planned], options: Options, issues: Sequence[Issue],
             reporter: Reporter, signals: Signals, folder: Folder, run: Dict[str, Any],
             new: bool) -> int:
    session: Optional[Session] = None
    how: Optional[str] = None
    begun, anew = not new, False
    try:
        folder.write_run(run)
        session = Session(folder, run, options, issues, reporter, signals)
        session.reserve(plan)
        folder.write_run(run)
        begun = True
        session.go(plan)
    except Tainted as tainted:
        how = f"a new boot, for {tainted}"
        anew = True
    except Interrupted:
        how = signals.requested or "a signal"
    except Refused as refused:
        if not begun:
            raise
        how = str(refused)
    finally:
        reporter.clear()
        for line in session.close(how or ("error" if sys.exc_info()[0] else None)) if session \
                else []:
            reporter.note(f"cannot restore: {line}")
        _end(folder, run, begun, reporter, quiet=bool(how))
    if anew:
        return NEW_BOOT
    if how:
        done = "interrupted by " + how if how.startswith("SIG") else how
        print(f"run_tests.py: {done} (settings restored; go on with: run_tests.py "
              f"{COMMANDS[options.kind]} --resume {shlex.quote(folder.path)})", file=sys.stderr)
        return 2
    return 0


def _end(folder: Folder, run: Json, begun: bool, reporter: Reporter, quiet: bool) -> None:
    """run.json gets its end; the folder of a run that never began goes."""
    if not begun:
        folder.discard()
        return
    try:
        from .record import load
        from .report.tally import tally
        results = load(folder.path)[1]
        run["summary"] = tally(run, results).as_json()
        run["seems_fixed"] = seems_fixed(run, results)
        folder.write_run(run)
    except Refused as refused:
        if not quiet:
            reporter.note(str(refused))
    folder.close()
