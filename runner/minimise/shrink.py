# SPDX-License-Identifier: LGPL-2.1-or-later
"""The search for the smallest program in C of a race."""
from __future__ import annotations

import os
import statistics
from dataclasses import replace
from typing import Callable, List, Optional, Sequence, Tuple

from ..errors import Refused
from ..record import write_whole
from ..reproduce.trial import compiled
from .bench import Try
from .ddmin import first_of, smallest
from .litmus import TIMES, WHOLE, Litmus, Op, paths, text
from .search import Search
from .sequential import Rate

# How long a program runs; a candidate as many times the median time to a failure as PATIENCE, at
# least LEAST_SECONDS.
SECONDS, LEAST_SECONDS, PATIENCE = 10.0, 1.0, 8.0
# What a program takes besides: it reports a round that hangs for 30 s.
BESIDES_SECONDS = 45.0
# The most tries of a program in one form, before it counts as one that does not fail.
MOST_TRIES = 3


class Reduction:
    """The search; `best` is the smallest program so far, and `head` the first lines of its
    comment."""

    def __init__(self, search: Search, folder: str, head: Sequence[str], pmd_kb: int,
                 on_best: Callable[[Litmus], None] = lambda litmus: None) -> None:
        self._search, self._folder, self._head, self._pmd_kb = search, folder, head, pmd_kb
        self._on_best = on_best
        self._seconds = SECONDS
        self.best: Optional[Litmus] = None

    @property
    def path(self) -> str:
        """The program's file, once there is one that fails."""
        return os.path.join(self._folder, "race.c")

    def _compiled(self, litmus: Litmus) -> str:
        source = os.path.join(self._folder, "candidate.c")
        binary = os.path.join(self._folder, "candidate")
        write_whole(source, text(litmus, self._head, self._pmd_kb))
        compiled(source, binary, ("-pthread",))
        return binary

    def _make(self, litmus: Litmus, seconds: float) -> Callable[[int], Try]:
        binary = self._compiled(litmus)
        return lambda number: Try([binary, f"{seconds:g}"], seconds + BESIDES_SECONDS,
                                  settings=paths(litmus, self._pmd_kb))

    def _holds(self, litmus: Litmus) -> bool:
        if not self._search.holds(str(litmus), self._make(litmus, self._seconds)):
            return False
        self._keep(litmus)
        return True

    def _keep(self, litmus: Litmus) -> None:
        self.best = litmus
        write_whole(self.path, text(litmus, [*self._head, "", *litmus.lines()], self._pmd_kb))
        # The rate that candidates are held against is that in SECONDS.
        if self._search.certain:
            took = statistics.median(self._search.took[-9:] or [SECONDS])
            self._seconds = round(min(SECONDS, max(LEAST_SECONDS, PATIENCE * took)), 1)
        self._on_best(litmus)

    def _found(self) -> Litmus:
        assert self.best
        return self.best

    def go(self, litmus: Litmus) -> Litmus:
        """Finds the smallest program. Raises Refused when none of its forms fails, and
        Interrupted."""
        self._begin(litmus)
        before: Optional[Litmus] = None
        while self.best != before:
            before = self.best
            self._operations()
            self._processes()
            first_of(sorted({*TIMES, self._found().times} - {
                times for times in TIMES if times > self._found().times}),
                lambda times: self._holds(replace(self._found(), times=times)))
            self._ranges()
        return self._found()

    def _begin(self, litmus: Litmus) -> None:
        refused: Optional[Refused] = None
        for times in (TIMES[0], TIMES[-1]):
            form = replace(litmus, times=times)
            try:
                self._search.whole(str(form), self._make(form, SECONDS), MOST_TRIES)
                self._keep(form)
                return
            except Refused as said:
                refused = said
        assert refused
        raise refused

    def _operations(self) -> None:
        def holds(kept: Sequence[Tuple[int, Op]]) -> bool:
            return self._holds(whole.without(kept))
        whole = self._found()
        smallest(whole.numbered(), holds)

    def _processes(self) -> None:
        if self._found().processes > 1:
            self._holds(replace(self._found(), processes=1))

    def _ranges(self) -> None:
        """Operations on the whole first huge page where that does: it is the simplest range."""
        for number, thread in enumerate(self._found().threads):
            for at, op in enumerate(thread):
                plain = replace(op, first=0, pages=self._found().base)
                if op.verb in WHOLE or op == plain:
                    continue
                threads: List[Tuple[Op, ...]] = list(self._found().threads)
                threads[number] = (*threads[number][:at], plain, *threads[number][at + 1:])
                self._holds(replace(self._found(), threads=tuple(threads)))

    def measure(self, times: int) -> Rate:
        """The rate of the smallest program, in runs of SECONDS."""
        return self._search.measure(self._make(self._found(), SECONDS), times)
