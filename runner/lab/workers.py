# SPDX-License-Identifier: LGPL-2.1-or-later
"""Worker guests that share one run: each takes the next program from a common queue, and boots
again by itself where its kernel has to be replaced."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ..endings import LOOK_SECONDS, Signals
from ..errors import Interrupted, Refused
from ..programs import Program
from ..request import Request
from ..watch.pipeline import Pipeline
from ..watch.report import OneAtATime
from ..watch.shared import Shared
from . import host
from .setup import Setup
from .user import unused

# How a guest ended: its last exit status, and the error if it could not go on.
Ended = Tuple[Optional[int], Optional[Refused]]


class Workers:
    """`number` guests for one run, whose record is not open."""

    def __init__(self, setup: Setup, request: Request, record: host.Record, number: int) -> None:
        self._request, self._record = request, record
        self._shared = Shared(record.path)
        # Each guest runs as a user of its own.
        users: Set[int] = set()
        while len(users) < number:
            users.add(unused())
        self._setups = [replace(setup, user=user, console=console(at))
                        for at, user in enumerate(sorted(users), 1)]

    def go(self, programs: Sequence[Program], signals: Signals, reporter: Any, described: str,
           again: bool) -> Optional[int]:
        """Runs the plan, or with `again` the rest of a run that was interrupted; returns what
        host.Run.go() does. When a guest cannot be started (again), the others run its part.
        Raises Refused and Interrupted."""
        shown = OneAtATime(reporter)
        ends: List[Ended] = []
        left = list(range(len(self._setups)))
        while left:
            if again:
                self._shared.load()
            found = self._together(left, programs, signals, shown, described, again)
            ends += found.values()
            # A program that a refused guest had not begun may have been run by another guest in
            # its current boot. A program that it had begun cannot: the other guests' plans, made
            # when they booted, have the cases that are done as well. They need a new boot.
            left = [at for at in left if not found[at][1]]
            if len(left) == len(found) or not self._record.begun() or self._record.complete():
                break
            again = True
        return self._end(ends, signals)

    def _together(self, guests: Sequence[int], programs: Sequence[Program], signals: Signals,
                  shown: OneAtATime, described: str, again: bool) -> Dict[int, Ended]:
        """Runs what is left in these guests until each of them has ended."""
        def one(at: int, _: None) -> Ended:
            if at != guests[0] and not self._has_work(signals):
                return None, None
            record = host.Record(self._record.path, self._record.lab, self._record.programs,
                                 self._shared)
            run = host.Run(self._setups[at], record, self._request, programs, signals, shown,
                           described=described)
            try:
                return run.go(again or at != guests[0]), None
            except Refused as refused:
                if self._shared.run:
                    shown.note(f"one guest fewer from here on: {refused}")
                return None, refused
            finally:
                # Only the first guest makes a plan: if it has not, there will be none.
                self._shared.planned.set()
        guests_run: "Pipeline[int, None, Ended]" = Pipeline(len(guests), signals,
                                                            lambda at: None, one)
        return dict(guests_run.each(guests))

    def _has_work(self, signals: Signals) -> bool:
        """Waits for the first guest's plan; True when part of it is not assigned yet."""
        while not self._shared.planned.wait(LOOK_SECONDS):
            if signals.requested:
                raise Interrupted(signals.requested)
        return self._shared.due

    def _end(self, ends: List[Ended], signals: Signals) -> Optional[int]:
        wrong = [refused for _, refused in ends if refused]
        statuses = [status for status, _ in ends if status is not None]
        begun = self._record.begun()
        if signals.requested and begun and not self._record.complete():
            raise Interrupted(signals.requested)
        if begun:
            self._record.end(None)
        if wrong and not (begun and self._record.complete()):
            raise wrong[0]
        return 2 if 2 in statuses else statuses[0] if statuses else None


def console(at: int) -> str:
    """The name of the console log of guest number `at`, from 1."""
    return "console.log" if at == 1 else f"console-{at}.log"
