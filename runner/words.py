# SPDX-License-Identifier: LGPL-2.1-or-later
"""Selects the lines of the kernel log that are kept: complaints with the lines that belong to them,
and a bounded number of all others."""
from __future__ import annotations

import re
from collections import deque
from typing import Deque, Dict, List, Optional, Sequence, Set

from .complaints import complaints, lines_of
from .observe.kmsg import Line, continues
from .text import count

# The most kept lines: of the kernel that are neither a complaint nor near one; of processes; and of
# complaints with their traces.
MAX_OTHERS = 2000
MAX_PROCESSES = 200
MAX_COMPLAINING = 10000
# Of further complaints the first of each kind is kept, without the lines that belong to it, for at
# most this number of kinds.
MAX_KINDS = 1000
# How many lines before and after a complaint belong to it, and after each line that looks like a
# part of a report.
BEFORE = 30
AFTER = 100
AFTER_TRACE = 30
# The most characters of a line that is joined from pieces.
MAX_LINE = 8192

_REPORT = re.compile(
    r" |Call [Tt]race:|CPU: |Hardware name: |RIP: |RSP: |Code: |R[A-D]X: |RBP: |R\d\d: |[CFDG]S: "
    r"|CR2: |DR\d: |PKRU: |Modules linked in:|Workqueue: |Sending NMI |NMI backtrace |task:"
    r"|---\[ end |={10}|-{10}|page: |head: |flags: |raw: |(Allocated|Freed) by task "
    r"|Showing all locks|[xp]\w+ *: [0-9a-f]{16}|pc : |lr : ")
# Lines that are printed before the complaint itself: a page dump, or a line of equal signs.
_LEADS = re.compile(r"={10}|-+\[ cut here |page: ?|head: ?|(page|folio|anon|file|ksm|movable) ?"
                    r"(flags|_type)?: |flags: |raw: |memcg:|aops:|page dumped|page_owner ")
# Parts that differ among complaints of one kind; places in the source distinguish kinds.
_NUMBER = re.compile(r"(\.[a-zA-Z]+:\d+)|\b(?:0x)?(?=[a-f]*\d)[0-9a-f]+\b")
_BELOW_ZERO = re.compile(r"vmstat_refresh: (\w+) (-\d+)\Z")


def leads(text: str) -> bool:
    """True for a line that the kernel prints before the complaint to which it belongs."""
    return _LEADS.match(text) is not None


def kind_of(complaint: str) -> str:
    """A complaint without the parts that differ among complaints of its kind."""
    return _NUMBER.sub(r"\1", complaint)


class Words:
    """Collects the lines of the kernel log while one program runs; finish() completes it.

    `log` has the kernel's lines, with records of several lines split; `processes` has the lines
    that processes wrote into the log. `below_zero` has the messages that the kernel prints each
    time its counters are refreshed. A line in `log` stands for lines that were left out; `lost`
    counts the lines that were overwritten before they could be read.
    """

    def __init__(self) -> None:
        self.log: List[str] = []
        self.processes: List[str] = []
        self.below_zero: Dict[str, int] = {}
        self.lost = 0
        self._allowed: Sequence[str] = ()
        self._poisons = False
        self._last: Optional[Line] = None
        self._before: Deque[str] = deque()
        self._kinds: Set[str] = set()
        self._others = self._complaining = self._near = 0
        self._out = self._complaints_out = self._processes_out = self._lost_here = 0

    def allow(self, allowed: Sequence[str], poisons: bool) -> None:
        """Sets the complaints that the program causes by design, which do not count from now on."""
        self._allowed, self._poisons = allowed, poisons

    def missed(self, number: int) -> None:
        """Notes that lines were lost."""
        self._take(self._last)
        self._last = None
        self.lost += number
        self._lost_here += number

    def add(self, line: Line) -> None:
        """Takes a new line."""
        last = self._last
        if last and continues(line, last) and len(last.text) < MAX_LINE:
            last.text += line.text
            last.sequence = line.sequence
            return
        self._take(last)
        self._last = line

    def finish(self) -> None:
        """Called after the last line."""
        self._take(self._last)
        self._last = None
        self._keep(*self._before)
        self._before.clear()
        self._note_gap()
        if self._processes_out:
            self.processes.append(f"[hugeproof: {count(self._processes_out, 'more line')} "
                                  "left out]")

    def _take(self, line: Optional[Line]) -> None:
        if line is None:
            return
        if not line.kernel:
            if len(self.processes) < MAX_PROCESSES:
                self.processes += line.text.split("\n")
            else:
                self._processes_out += 1
            return
        below = _BELOW_ZERO.match(line.text)
        if below:
            self.below_zero[below.group(1)] = int(below.group(2))
            return
        for text in lines_of(line.text):
            self._sort(text)

    def _sort(self, text: str) -> None:
        bad = bool(complaints([text], self._allowed, self._poisons))
        new = bad and self._is_new(text)
        if bad:
            self._near = AFTER
        if self._near:
            near = [*self._before, text]
            self._before.clear()
            if self._complaining + len(near) <= MAX_COMPLAINING:
                self._complaining += len(near)
                self._keep(*near)
            elif new:
                self._out += len(near) - 1
                self._keep(text)
            else:
                self._out += len(near)
                self._complaints_out += bad
            self._near = max(self._near - 1, AFTER_TRACE if _REPORT.match(text) else 0)
        elif self._others < MAX_OTHERS:
            self._others += 1
            self._keep(text)
        else:
            self._before.append(text)
            if len(self._before) > BEFORE:
                self._before.popleft()
                self._out += 1

    def _is_new(self, complaint: str) -> bool:
        """True for the first complaint of its kind."""
        kind = kind_of(complaint)
        if kind in self._kinds or len(self._kinds) >= MAX_KINDS:
            return False
        self._kinds.add(kind)
        return True

    def _keep(self, *lines: str) -> None:
        if lines:
            self._note_gap()
            self.log += lines

    def _note_gap(self) -> None:
        if self._out:
            what = (f"{self._complaints_out} of them complaints" if self._complaints_out
                    else "none of them a complaint")
            self.log.append(f"[hugeproof: {count(self._out, 'line')} left out here, {what}]")
        if self._lost_here:
            self.log.append(f"[hugeproof: {count(self._lost_here, 'line')} lost here: "
                            "overwritten before they could be read]")
        self._out = self._complaints_out = self._lost_here = 0
