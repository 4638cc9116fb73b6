# SPDX-License-Identifier: LGPL-2.1-or-later
"""The others on this machine, from a run's beginning to its end: who uses the pools, whether
they moved what a program looked at, and what they set that is theirs to keep."""
from __future__ import annotations

import os
from typing import Dict, List, Optional

from .observe import neighbours
from .observe.counters import Counters
from .settings import group, pool
from .settings.journal import Undone, Writer
from .text import size_kb


class Neighbourhood:
    """Looks around once, and again whenever the pools are not as they were left. In the
    lab's guest there is nobody."""

    def __init__(self, writer: Writer) -> None:
        self.alone = bool(os.environ.get("HUGEPROOF_LAB"))
        self._writer = writer
        self._resized: Dict[str, str] = {}
        self.pools: Dict[str, pool.Pool] = {}
        self._users = [] if self.alone else neighbours.users()
        self.others = None if self.alone else neighbours.others()
        self.group = None if self.alone else group.make(writer)

    def environment(self) -> Dict[str, str]:
        """What programs cannot find out by themselves."""
        values = {"HUGEPROOF_POOL_USER": self.others, "HUGEPROOF_HUGETLB_GROUP": self.group}
        return {name: value for name, value in values.items() if value}

    def reserve(self, needs: Dict[str, List[int]]) -> Dict[str, pool.Pool]:
        """Raises the pools by what programs need, and takes nothing from others."""
        self.pools = pool.reserve(needs, self._writer, self.others)
        return self.pools

    def moved(self, before: Counters, after: Counters, last: bool = False) -> Optional[str]:
        """Who else moved the pools while a program ran that left them otherwise than they
        were; None when nobody is seen, or pages charged to our group are still in use. At the
        `last` try another size is the program's doing: no administrator is as quick as that."""
        if self.alone or (self.group and any(
                neighbours.size_of_group(self.group).values())):
            return None
        resized = self._resizing(before, after, last)
        found = neighbours.movers(self._users)
        self._users = neighbours.users()
        # That pages are missing is what is to be explained, and no evidence of anybody.
        told = found or resized or (
            f"{self.others}, seen before" if self.others and not self._users else None)
        self.others = found or self.others
        return told

    def _resizing(self, before: Counters, after: Counters, last: bool) -> Optional[str]:
        """An administrator's hand: the pools have another size than we gave them, and all
        else is as it was."""
        since = pool.changed_by_another(self.pools)
        for size in since:
            self.pools[size].raised = 0
        # Of these nothing else changed: no program of ours used what was added or taken.
        alone = pool.resized_by_another(before, after)
        changed = {**alone, **since}
        if last:
            # It did so at every try, and it is ours to put right.
            for size in alone:
                self._resized.pop(size, None)
            return None
        self._resized.update(changed)
        return ", ".join(changed.values()) if alone else None

    def give_back(self) -> Undone:
        """Takes every change of the runner back; what somebody else has changed since stays
        as he set it (changed() tells)."""
        return self._writer.undo_all(lambda path: any(
            f"/hugepages-{size_kb(size)}kB/nr_hugepages" in path for size in self._resized))

    def changed(self) -> Dict[str, str]:
        """The pools that somebody else gave another size, and what they are now."""
        return self._resized
