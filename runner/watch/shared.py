# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the guests of one run share: its record, and the queue of programs to be run."""
from __future__ import annotations

import io
import threading
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Set

from ..endings import check
from ..parts import unfinished
from ..record import Folder, load
from ..assignments import name_of
from .box import Box

Json = Dict[str, Any]
# The lists of run.json to which each boot of a run adds.
_GROWS = ("between", "hindered", "not_restored")


class Shared:
    """The record of a run in a folder, open for writing as long as a `with` block uses it. It is
    read and changed under `lock`, because several threads may each serve a guest. `names` are all
    planned runs, `open_names` those that have no complete result yet."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.run: Optional[Json] = None
        self.names: Set[str] = set()
        self.open_names: Set[str] = set()
        # Set when there is a plan, and when it is certain that there will be none.
        self.planned = threading.Event()
        self._folder: Optional[Folder] = None
        self._due: Deque[str] = deque()
        self._users = 0

    def __enter__(self) -> "Shared":
        with self.lock:
            self._users += 1
        return self

    def __exit__(self, *_: object) -> None:
        """The last user closes the folder: no program is running any more."""
        with self.lock:
            self._users -= 1
            if self._folder and not self._users:
                self._folder.forget_running()
                self._folder.close()
                self._folder = None

    def open(self) -> Folder:
        """Opens the folder if it is not open, and returns it."""
        if not self._folder:
            self._folder = Folder.resume(self.path)
        return self._folder

    def load(self) -> None:
        """Fills the queue from the record; for use between boots, when no guest has an
        assignment."""
        self.run, results = load(self.path, check)
        left = unfinished(self.run, results)
        self.names, self.open_names, self._due = set(self.run["plan"]), set(left), deque(left)
        self.planned.set()

    def begin(self, run: Json) -> None:
        """Fills the queue from the plan of a run that has just begun."""
        self.names, self.open_names = set(run["plan"]), set(run["plan"])
        self._due = deque(run["plan"])
        self.planned.set()

    def lengths(self) -> Dict[str, int]:
        """The present lengths of the lists to which each boot adds."""
        return {key: len((self.run or {}).get(key) or []) for key in _GROWS}

    def grown(self, run: Json, before: Dict[str, int]) -> Json:
        """Merges a run.json that one of several guests wrote with what the others added. `before`
        holds the lengths of that guest's lists when they were last merged, and is updated."""
        for key in _GROWS:
            merged: List[Json] = list((self.run or {}).get(key) or [])
            guests = run.get(key) or []
            if merged or guests:
                run[key] = merged + guests[before.get(key, 0):]
            before[key] = len(guests)
        # Other guests may still be running.
        run.update(ended=None, interrupted=None)
        return run

    def next(self) -> Optional[str]:
        """Takes the next run from the queue; None when it is empty."""
        with self.lock:
            return self._due.popleft() if self._due else None

    def back(self, name: str) -> None:
        """Returns a run to the head of the queue: the guest that had it did not begin it."""
        with self.lock:
            self._due.appendleft(name)

    @property
    def due(self) -> bool:
        """True when the queue is not empty."""
        return bool(self._due)


class Assignments:
    """Assigns runs from the queue to one of several guests: one at a time, the next when the
    result of the last has been recorded. `name` is the current one; `over` is set when the queue
    was empty."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.name: Optional[str] = None
        self.over = False
        self._number = 0
        self._own: List[str] = []
        self._partly_run = False

    def begin(self) -> None:
        """Begins a new boot, which has no assignment yet."""
        self.name, self.over, self._number = None, False, 0

    def give(self, box: Box) -> None:
        """Writes the next assignment into the guest's folder if the last one is done. Raises
        OSError."""
        if self.over or self.name in self._shared.open_names:
            return
        self._partly_run = bool(self._own)
        self.name = self._own.pop() if self._own else self._shared.next()
        self.over = self.name is None
        if self._number:
            box.forget(name_of(self._number))
        self._number += 1
        box.put(name_of(self._number), io.BytesIO(f"{self.name or ''}\n".encode()))

    def end(self, began: str) -> None:
        """Ends a boot, in which `began` is the run that began last. An assignment that had not
        begun goes back to where it came from."""
        if self.name in self._shared.open_names and self.name != began:
            if self._partly_run:
                self._own.append(str(self.name))
            else:
                self._shared.back(str(self.name))
            self.name = None

    def again(self, name: str) -> None:
        """Keeps a run whose program killed the guest for the next boot here, whose plan has only
        the cases that are left; the plans of other guests, made earlier, have all of them."""
        self._own.append(name)

    @property
    def more(self) -> bool:
        """True when a new boot has something to run."""
        return bool(self._own) or self._shared.due
