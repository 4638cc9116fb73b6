# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the kernel log in the course of a run, and assigns its lines to programs."""
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

# How many messages from between programs are kept in full.
MAX_LOGS_BETWEEN = 100


class Listener:
    """Reads the kernel log from mark to mark, if it can be read. `words` has the lines since the
    last mark; lines that belong to no program go into run.json (`run`)."""

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
        """For run_program(): a descriptor to poll, and the function to call when it is
        readable."""
        return (self._log.fd, self.listen) if self._log else None

    def listen(self) -> None:
        """Reads the lines until now: the log is a ring that other processes fill as well."""
        if self._log:
            self._log.drain(self.words)

    def _heard(self, mark: str) -> Words:
        """The lines since the last mark."""
        words, self.words = self.words, Words()
        if self._log:
            self._log.read(mark, words)
        words.finish()
        return words

    def said(self, mark: str, before: Counters, after: Counters) -> Words:
        """The lines while a program ran. A counter below zero counts when it has fallen further
        than before the program, with the difference: its value is the sum of the losses in all
        programs of this boot."""
        words = self._heard(mark)
        for name, value in words.below_zero.items():
            was, now = self._below_zero.get(name, 0), value
            if name == "nr_hugetlb":
                # This counter has the pages in use, which hide an error of the same size.
                if self._around.others:
                    continue
                was, now = was - counters.pages_in_use(before), now - counters.pages_in_use(after)
            if now < was:
                words.log.append(f"vmstat_refresh: {name} {value} ({was - now} less than before)")
        return words

    def between(self, mark: str) -> None:
        """Assigns the lines from between programs to the run itself."""
        words = self._heard(mark)
        self._below_zero = words.below_zero
        # No program runs now: a process that found no huge page is another user's.
        found = complaints(words.log if self._around.alone
                           else oom.without_others(words.log, set())[0],
                           [NO_PAGE] if self._around.others else ())
        if found or words.lost:
            # run.json has all of these, so that their number is bounded.
            whole = bool(found) and len(self._run["between"]) < MAX_LOGS_BETWEEN
            self._run["between"].append({
                "complaints": [line for _, line in found[:MAX_COMPLAINTS]],
                "lost": words.lost, "log": words.log if whole else []})

    def close(self) -> None:
        """Closes the log."""
        if self._log:
            self._log.close()
