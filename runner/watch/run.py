# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run on a machine that may die under it: boots the machine, watches it, records what it cannot
record itself, and boots it again for the rest."""
from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .. import known_list, scale, skip_list
from ..budget import Budget, spent
from ..commands.common import default_scale
from ..complaints import complaints
from ..errors import NEW_BOOT, Refused
from ..kernels import recorded
from ..leaks import why_new_boot
from ..parts import cases_left
from ..plan import Planned
from ..plan import again as find_again
from ..programs import Program, describe, kernel_may_say, remembered
from ..reading import load_run
from ..request import Request
from ..run import Signals
from ..text import clean
from .follow import STALL_SECONDS, End, Seen, follow
from .kept import LIVES
from .machine import Machine
from .outside import Record
from .passed_on import Passed

Json = Dict[str, Any]
# The slowest machine has booted, and a machine has come to rest, within this many seconds.
SET_UP_SECONDS = 900.0
# How often the runner there runs a program that other processes disturb.
TRIES = 3


@dataclass
class Run:
    """A recorded run, over as many boots as it takes. `programs` are those that can be in its
    plan; those that have no description yet are asked for one when it is needed. `described` is
    a file of programs.remember()."""

    machine: Machine
    record: Record
    request: Request
    programs: Sequence[Program]
    signals: Signals
    reporter: Any
    enough: Callable[[Json], bool] = lambda result: False
    described: str = ""

    def go(self, again: bool = False) -> Optional[int]:
        """Runs to the end, or with `again` what an interrupted run lacks. Returns the exit status
        of the last boot's command; None when the machine died in the last program, or when
        `enough` was true of a result. Raises Refused and Interrupted."""
        self._stop, self._why, self._what, self._idle = False, "", "the machine", 0
        self._budget = Budget(self.request.budget) if self.request.budget is not None else None
        command = self._command(again)
        while True:
            end, name = self._boot(command)
            if self._stop:
                return end.status
            if end.status is not None and self._agrees_with(end.status, name):
                if end.status != NEW_BOOT or not self.record.more():
                    if not self.record.assignments:
                        self.record.recount()
                    return end.status
                if self._over():
                    return end.status
                self.reporter.note(f"{self._why}: the rest runs in a new boot")
                command = self._command(again=True)
                continue
            if end.status is not None:
                end, name = self._false_end(end.status)
            elif self._cut(end, name):
                if not self.record.more() and self.record.begun():
                    self.record.end(None)
                    return None
                command = self._command(again=self.record.begun())
                continue
            if not name:
                raise Refused(f"{end.reason}; no program ran in that boot (the console is in "
                              f"{self.record.path}/{self.machine.console})")
            run = load_run(self.record.path)
            issues = known_list.load(self.request.known_issues, recorded(run["kernel"]),
                                     self.request.no_known_issues)
            lost = self.record.add_lost(self._planned(name), end, issues)
            if self.record.assignments and lost["rest"]:
                self.record.assignments.again(name)
            self._show([lost])
            self.reporter.note(f"{name}: {end.reason}")
            if not self.record.more() or self._stop:
                if not self.record.assignments:
                    self.record.end(None)
                return None
            if self._over():
                return None
            command = self._command(again=True)

    def _cut(self, end: End, name: str) -> bool:
        """True for a link that was lost while no program ran, so that nothing is to be judged.
        Raises Refused when that happens again and again."""
        if end.verdict != "broken" or name in self.record.missing():
            return False
        self.reporter.note(end.reason)
        self._idle = 0 if self.record.taken else self._idle + 1
        if self._idle == LIVES:
            raise Refused(f"{end.reason}; no program ran")
        return True

    def _over(self) -> bool:
        """Ends the record when there is no time for another boot."""
        if not self._budget or self._budget.left >= 1:
            return False
        self.record.end(self._budget.why)
        return True

    def _command(self, again: bool) -> List[str]:
        """The command of a boot: the first one's, or the one that runs the rest. It ends where a
        program taints the kernel, because the next program needs an untainted one."""
        asked = replace(self.request, form=None, assigned=bool(self.record.assignments))
        asked = asked.rest(self.record.path) if again else replace(asked, into=self.record.path)
        if again and self._budget:
            asked = replace(asked, budget=max(1.0, round(self._budget.left, 1)))
        described = os.path.join(self.record.path, "described.json") if self.described else ""
        return self.machine.command(asked, self.record.lab or {}, described)

    def _planned(self, name: str) -> Planned:
        """The planned run of a name in the record. Asking a program for its description ends all
        children of the runner, other guests too, so that it is done only without a stored one."""
        planned = find_again(name, self.programs)
        program, said = planned.program, remembered(self.described, name)
        if said:
            planned.program = replace(said, path=program.path, bits=program.bits)
        elif not program.cases and not program.broken and self.machine.asks_here:
            describe(program, self.signals, default_scale())
        run, results = self.record.loaded()
        planned.seconds, planned.params = run.get("seconds"), run.get("params") or {}
        planned.vary(scale.recorded(run))
        planned.narrow(cases_left(run, results))
        skip_list.apply([planned], skip_list.recorded(run))
        return planned

    def _agrees_with(self, status: int, last: str) -> bool:
        """True when the record agrees with that exit status. A machine that asks for a new boot
        must have recorded a result in this one. 2 is of a command that could not go on, and its
        output has the reason; unless a program had begun, `last`: that may have sent the runner a
        signal, or taken from it what it needs. A run with a budget may end early."""
        if status == NEW_BOOT:
            return self.record.begun() and self.record.taken > 0
        return status == 2 and not last or self.record.finished() or (
            self._budget is not None and spent(self.record.run))

    def _false_end(self, status: int) -> Tuple[End, str]:
        """The end of a boot that reports success although results are missing, and the name of
        the run that is held responsible."""
        missing = self.record.due() if self.record.assignments else self.record.missing()
        unusable = self.record.unusable()
        if status == 2:
            by = (self.record.run or {}).get("interrupted")
            return End(verdict="broken", reason=f"{self._what}'s runner gave up under it" + (
                f", interrupted by {clean(str(by), 40)}" if by else "")), (missing or [""])[0]
        return End(verdict="panic", reason=f"{self._what} ended with status {status}, and a result "
                   "is missing" + (f": {unusable}" if unusable else "")), (missing or [""])[0]

    def _boot(self, command: Sequence[str]) -> Tuple[End, str]:
        """One boot, and the name of what ran last in it."""
        last = ""
        box = self.record.enclose(self.machine.box, self.described)
        try:
            boot = self.machine.boot_recorded(command, self.record.path, box)
        except BaseException:
            self.record.release()
            raise
        self._what = boot.what
        passed = Passed(sys.stderr)

        def look() -> Seen:
            nonlocal last
            passed.put(boot.output)
            new = self._show(self.record.read_new())
            changed, name, quiet_s = self.record.running()
            began = changed and bool(name)
            if began:
                last = name
                self.reporter.running(name, *self._place(name))
            if not last:
                # Until the first program runs the machine is booting, to which --stall does not
                # apply.
                return Seen(changed or new, max(0.0, STALL_SECONDS - self.machine.stall_s),
                            due_s=SET_UP_SECONDS)
            return Seen(self.record.spoke(last) or changed or new, quiet_s * self.machine.slow,
                        began, new, self._due_s(last))

        def complained(lines: List[str]) -> List[Tuple[str, str]]:
            return complaints(lines, *kernel_may_say(self.described, last))

        try:
            return follow(boot, self.signals, self.machine.stall_s, look, complained,
                          lambda: self._stop), last
        finally:
            self.reporter.clear()
            boot.close()
            passed.put(boot.output)
            self._show(self.record.release(lambda: self.signals.requested))
            unusable = self.record.unusable()
            if unusable:
                self.reporter.note(unusable)

    def _show(self, new: Sequence[Json]) -> bool:
        for result in new:
            self._why = why_new_boot(result) or f"{result['name']} spoiled the kernel"
            self.reporter.result(result)
            self._stop = self._stop or self.enough(result)
        return bool(new)

    def _due_s(self, name: str) -> float:
        """The seconds within which a run must have a result, all tries included. They are
        computed from the program's own description, not from what the machine reports."""
        program = remembered(self.described, name)
        if not program:
            return 0.0
        run = self.record.run or {}
        once = Planned(program, name.partition("#")[0].partition("@")[2] or None,
                       list(program.cases), seconds=run.get("seconds"))
        return (TRIES * once.limit_s(self.machine.time_scale) * self.machine.slow
                + SET_UP_SECONDS)

    def _place(self, name: str) -> Tuple[int, int]:
        plan = self.record.plan()
        return (plan.index(name) + 1, len(plan)) if name in plan else (0, 0)


def run_unrecorded(machine: Machine, command: Sequence[str], signals: Signals) -> int:
    """Boots a machine for a command that only prints, and passes its output on. Returns the exit
    status of the command. Raises Refused and Interrupted."""
    boot = machine.boot(command)
    passed = Passed(sys.stdout)

    def look() -> Seen:
        passed.put(boot.output)
        return Seen()

    try:
        end = follow(boot, signals, machine.stall_s, look)
    finally:
        boot.close()
    passed.put(boot.output)
    if end.status is None:
        raise Refused(end.reason)
    return end.status
