# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel says in the course of a run, and to which program of it that belongs."""
from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

from . import oom
from .complaints import complaints
from .judge import MAX_COMPLAINTS, NO_PAGE
from .neighbourhood import Neighbourhood
from .observe import counters
from .observe.counters import Counters
from .observe.kmsg import KernelLog
from .report.table import Reporter
from .words import Words

# How often all that the kernel said while no program ran is kept.
MAX_LOGS_BETWEEN = 100


class Listener:
    """Reads the kernel log from mark to mark, where it can be read. `words` is what was said
    since the last mark; what no program is to blame for goes into run.json, `run`."""

    def __init__(self, run: Dict[str, Any], around: Neighbourhood, reporter: Reporter) -> None:
        self._run, self._around = run, around
        self.words = Words()
        self._below_zero: Dict[str, int] = {}
        self._log: Optional[KernelLog] = None
        try:
            self._log = KernelLog()
        except OSError as error:
            reporter.note(f"the kernel log cannot be read ({error.strerror}): complaints of "
                          "the kernel go unseen")

    def also(self) -> Optional[Tuple[int, Callable[[], None]]]:
        """For run_program(): a descriptor to watch, and what to do when there is something."""
        return (self._log.fd, self.listen) if self._log else None

    def listen(self) -> None:
        """Takes what the kernel said until now: its log is a ring that others fill, too."""
        if self._log:
            self._log.drain(self.words)

    def _heard(self, mark: str) -> Words:
        """What the kernel said since the last mark."""
        words, self.words = self.words, Words()
        if self._log:
            self._log.read(mark, words)
        words.finish()
        return words

    def said(self, mark: str, before: Counters, after: Counters) -> Words:
        """What the kernel said while a program ran. A counter below zero is told when it
        was not so far below before the program, with what it lost: it stays below, so that
        its value is the sum of what all programs of this boot took."""
        words = self._heard(mark)
        for name, value in words.below_zero.items():
            was, now = self._below_zero.get(name, 0), value
            if name == "nr_hugetlb":
                # It counts pages in use, and whoever uses some hides as much of a debt.
                if self._around.others:
                    continue
                was, now = was - counters.pages_in_use(before), now - counters.pages_in_use(after)
            if now < was:
                words.log.append(f"vmstat_refresh: {name} {value} ({was - now} less than before)")
        return words

    def between(self, mark: str) -> None:
        """What the kernel said while no program ran belongs to the run itself."""
        words = self._heard(mark)
        self._below_zero = words.below_zero
        # No process of ours is there that could find no page, and somebody else's are.
        found = complaints(words.log if self._around.alone
                           else oom.without_others(words.log, set())[0],
                           [NO_PAGE] if self._around.others else ())
        if found or words.lost:
            # run.json holds all of them at once.
            whole = bool(found) and len(self._run["between"]) < MAX_LOGS_BETWEEN
            self._run["between"].append({
                "complaints": [line for _, line in found[:MAX_COMPLAINTS]],
                "lost": words.lost, "log": words.log if whole else []})

    def close(self) -> None:
        """The log is read no more."""
        if self._log:
            self._log.close()
