# SPDX-License-Identifier: LGPL-2.1-or-later
"""Distinguishes what a program left on the machine from what other processes made meanwhile."""
from __future__ import annotations

import os
from typing import Any, Collection, List, Optional, Set, Tuple

from .evidence import Left
from .leaks import GONE, survives
from .observe import machine, processes
from .observe.machine import Machine, Segment
from .settings import journal, paths
from .settings.namespaces import Namespaces
from .text import clean, count

_MOUNTS = "/proc/self/mountinfo"


def _place(mount: str) -> str:
    """The text of a mount without its id, which is different in each namespace."""
    return mount.rpartition(", id ")[0]


class Belongings:
    """The segments and mounts of one run of a program. If it has namespaces of its own, everything
    new in them is the program's. Otherwise a segment is its own if one of its processes created
    it, and a mount if it is in a place where programs mount. With `alone` (in the lab's guest)
    everything new is the program's, also in the namespaces of the runner."""

    def __init__(self, alone: bool) -> None:
        self.alone = alone
        self.before = machine.look()
        self.later: Optional[Machine] = None
        self.not_ours: List[str] = []
        self._rooms = Namespaces()
        self._mounts: Optional[List[str]] = None
        # The mounts of other processes just before and just after the program's were read.
        self._theirs: Set[str] = set()
        self.enter = self._rooms.enter

    def __enter__(self) -> "Belongings":
        return self

    def __exit__(self, *_: Any) -> None:
        self._rooms.close()

    def ended(self) -> None:
        """Called when the program and its processes have ended: releases its mounts, which might
        keep busy what has to be undone."""
        self._rooms.entered()
        around = [machine.read(_MOUNTS)]
        self._mounts = self._rooms.new_mounts()
        if self._mounts:
            around.append(machine.read(_MOUNTS))
            self._theirs = {_place(mount) for data in around for mount in
                            machine.differing_mounts(self.before.mounts, data)}
        self._rooms.leave_mounts()

    def look(self, left: Left, pids: Collection[int]) -> Tuple[int, int]:
        """Adds the segments and mounts that the program left to `left`, and removes them. `pids`
        are its processes. Returns the kernel's taint before and after."""
        self.later = machine.look()
        self._look_at_mounts(left)
        self._look_at_segments(left, pids)
        self._rooms.close()
        return self.before.taint, self.later.taint

    def _look_at_mounts(self, left: Left) -> None:
        assert self.later
        here = machine.new_mounts(self.before, self.later)
        if self._mounts is not None:
            theirs = self._theirs | {_place(mount) for mount in here}
            stuck = any(map(survives, left.processes))
            left.mounts = [mount if stuck else f"{mount}, {GONE}" for mount in self._mounts
                           if _place(mount) not in theirs]
        if self.alone:
            left.mounts, here = left.mounts + here, []
        elif self._mounts is None:
            left.mounts = [mount for mount in here if mount.startswith(paths.MOUNTS)]
            here = [mount for mount in here if mount not in left.mounts]
        self.not_ours += [clean(f"mount {mount}") for mount in here]

    def _look_at_segments(self, left: Left, pids: Collection[int]) -> None:
        assert self.later
        own = self._rooms.segments()
        left.segments = [_segment(segment) for segment in own or []]
        for segment in machine.new_segments(self.before, self.later):
            if segment.uid != os.geteuid() or segment.attached or processes.lives(
                    segment.creator):
                continue
            if segment.creator not in pids and not self.alone:
                self.not_ours.append(f"{_segment(segment)} of process {segment.creator}")
                continue
            text = _segment(segment)
            try:
                journal.remove_segment(segment.shmid)
            except OSError as error:
                text += f" (cannot be removed: {error.strerror})"
            left.segments.append(text)


def _segment(segment: Segment) -> str:
    return f"SysV segment {segment.shmid} of {count(segment.size, 'byte')}"
