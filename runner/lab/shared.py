# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the guests of one run have in common: its record, and what nobody has run yet."""
from __future__ import annotations

import io
import threading
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Set

from ..endings import check
from ..parts import unfinished
from ..record import Folder, load
from ..turns import name_of
from .box import Box

Json = Dict[str, Any]
# What each boot of a run adds to.
_GROWS = ("between", "hindered", "not_restored")


class Shared:
    """The record of a run in a folder, which is open for writing while somebody uses it (with).
    Whoever looks at it or changes it holds `lock`: several threads may have a guest each. `names`
    are all that is planned, `open_names` those of them without a whole result."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.run: Optional[Json] = None
        self.names: Set[str] = set()
        self.open_names: Set[str] = set()
        # Set once there is a plan, or none will come.
        self.planned = threading.Event()
        self._folder: Optional[Folder] = None
        self._due: Deque[str] = deque()
        self._users = 0

    def __enter__(self) -> "Shared":
        with self.lock:
            self._users += 1
        return self

    def __exit__(self, *_: object) -> None:
        """The last to leave closes the folder: nothing is running any more."""
        with self.lock:
            self._users -= 1
            if self._folder and not self._users:
                self._folder.forget_running()
                self._folder.close()
                self._folder = None

    def open(self) -> Folder:
        """The folder."""
        if not self._folder:
            self._folder = Folder.resume(self.path)
        return self._folder

    def load(self) -> None:
        """Takes what the record says: between boots, when no guest has any of it."""
        self.run, results = load(self.path, check)
        left = unfinished(self.run, results)
        self.names, self.open_names, self._due = set(self.run["plan"]), set(left), deque(left)
        self.planned.set()

    def begin(self, run: Json) -> None:
        """A plan is there."""
        self.names, self.open_names = set(run["plan"]), set(run["plan"])
        self._due = deque(run["plan"])
        self.planned.set()

    def lengths(self) -> Dict[str, int]:
        """How much of what grows there is."""
        return {key: len((self.run or {}).get(key) or []) for key in _GROWS}

    def grown(self, run: Json, before: Dict[str, int]) -> Json:
        """A run.json of one of several guests, with what the others added; `before` tells how
        much of it that guest's had already, and is brought up to date."""
        for key in _GROWS:
            mine: List[Json] = list((self.run or {}).get(key) or [])
            theirs = run.get(key) or []
            if mine or theirs:
                run[key] = mine + theirs[before.get(key, 0):]
            before[key] = len(theirs)
        # The others may not be at their end.
        run.update(ended=None, interrupted=None)
        return run

    def next(self) -> Optional[str]:
        """What nobody has yet, the first of the plan; None when there is nothing."""
        with self.lock:
            return self._due.popleft() if self._due else None

    def back(self, name: str) -> None:
        """Whoever was to run that did not come to it."""
        with self.lock:
            self._due.appendleft(name)

    @property
    def due(self) -> bool:
        """Whether there is something that nobody has."""
        return bool(self._due)


class Turns:
    """Hands one of several guests what is due: one at a time, each once the result of the last is
    there. `name` is what it has; it is `over` when there was nothing left for it."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.name: Optional[str] = None
        self.over = False
        self._number = 0
        self._own: List[str] = []
        self._partly_run = False

    def begin(self) -> None:
        """A new guest, which has nothing yet."""
        self.name, self.over, self._number = None, False, 0

    def give(self, box: Box) -> None:
        """What is next goes into the guest's folder, if the last is done. Raises OSError."""
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
        """The guest is gone; `began` is what began last in it."""
        if self.name in self._shared.open_names and self.name != began:
            if self._partly_run:
                self._own.append(str(self.name))
            else:
                self._shared.back(str(self.name))
            self.name = None

    def again(self, name: str) -> None:
        """A guest died of it, and some of its cases are left: they are for the next here, which
        knows that; the others' plans have all of them."""
        self._own.append(name)

    @property
    def more(self) -> bool:
        """Whether there is something for a new guest."""
        return bool(self._own) or self._shared.due
