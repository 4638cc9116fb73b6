# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other users of huge pages on this machine in the course of a run: who they are, whether they
changed what a program observed, and settings of theirs that have to stay."""
from __future__ import annotations

import os
from typing import Dict, List, Optional

from .observe import neighbours
from .observe.counters import Counters
from .settings import group, pool
from .settings.journal import Undone, Writer
from .text import size_kb


class Neighbourhood:
    """Looks for other users once, and again whenever the pools are not as they were left. The
    lab's guest has none."""

    def __init__(self, writer: Writer) -> None:
        self.alone = bool(os.environ.get("HUGEPROOF_LAB"))
        self._writer = writer
        self._resized: Dict[str, str] = {}
        self.pools: Dict[str, pool.Pool] = {}
        self._users = [] if self.alone else neighbours.users()
        self.others = None if self.alone else neighbours.others()
        self.group = None if self.alone else group.make(writer)

    def environment(self) -> Dict[str, str]:
        """Environment variables with facts that programs cannot find out themselves."""
        values = {"HUGEPROOF_POOL_USER": self.others, "HUGEPROOF_HUGETLB_GROUP": self.group}
        return {name: value for name, value in values.items() if value}

    def reserve(self, needs: Dict[str, List[int]]) -> Dict[str, pool.Pool]:
        """Raises the pools by what programs need, without taking pages from other users."""
        self.pools = pool.reserve(needs, self._writer, self.others)
        return self.pools

    def moved(self, before: Counters, after: Counters, last: bool = False) -> Optional[str]:
        """Names the other user who changed the pools while a program ran that left them changed;
        None when there is none, or when pages charged to our cgroup are still in use. In the
        `last` try a pool of another size is the program's doing, because no administrator resizes
        it so often."""
        if self.alone or (self.group and any(
                neighbours.size_of_group(self.group).values())):
            return None
        resized = self._resizing(before, after, last)
        found = neighbours.movers(self._users)
        self._users = neighbours.users()
        # Missing pages are what is to be explained, not evidence of another user.
        who = found or resized or (
            f"{self.others}, seen before" if self.others and not self._users else None)
        self.others = found or self.others
        return who

    def _resizing(self, before: Counters, after: Counters, last: bool) -> Optional[str]:
        """A text when an administrator has resized pools: they have another size than the run gave
        them, and nothing else has changed."""
        since = pool.changed_by_another(self.pools)
        for size in since:
            self.pools[size].raised = 0
        # Nothing else of these pools changed: no program of ours used the pages.
        alone = pool.resized_by_another(before, after)
        changed = {**alone, **since}
        if last:
            # The program resized it in every try, and the runner has to restore it.
            for size in alone:
                self._resized.pop(size, None)
            return None
        self._resized.update(changed)
        return ", ".join(changed.values()) if alone else None

    def give_back(self) -> Undone:
        """Restores every change of the runner, except settings that another process has changed
        since, which changed() names."""
        return self._writer.undo_all(lambda path: any(
            f"/hugepages-{size_kb(size)}kB/nr_hugepages" in path for size in self._resized))

    def changed(self) -> Dict[str, str]:
        """The pools that another process resized, with their present sizes."""
        return self._resized
