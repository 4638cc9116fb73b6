# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the host itself writes into a run's record: the result of the program in which a guest
died, and the end of run.json."""
from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..about import now
from ..endings import check
from ..evidence import Death
from ..judge import lost
from ..known import Issue
from ..parts import unfinished
from ..plan import Planned
from ..reading import load_run
from ..record import Folder, Results, load
from ..report.tally import closing_of
from ..tap_stream import TapReader
from .follow import End
from .shared import Shared

# How many guests may die in one program, each in another of its cases.
LIVES = 3
Json = Dict[str, Any]


def streams(name: str) -> Tuple[str, str]:
    """The names of the files of both output streams of a run, in the folder of its record."""
    out, err = Folder("").out_paths(name)[:2]
    return out, err


class Kept:
    """The record of a run, in a folder, between its boots. `shared`: the state that several
    guests share, if they do."""

    def __init__(self, path: str, shared: Optional[Shared] = None) -> None:
        self.path = path
        self.shared = shared or Shared(path)

    def begun(self) -> bool:
        """True once the guest has written run.json."""
        return os.path.exists(os.path.join(self.path, "run.json"))

    def complete(self) -> bool:
        """True when everything planned has a result."""
        return not self.missing()

    def missing(self) -> List[str]:
        """The planned runs that have no complete result."""
        return unfinished(*self.loaded()) if self.begun() else []

    def loaded(self) -> Tuple[Json, Results]:
        """run.json and the results. Raises Refused."""
        with self.shared.lock:
            return load(self.path, check)

    def add_lost(self, planned: Planned, end: End, issues: Sequence[Issue]) -> Json:
        """Adds the result of the program in which a guest died. Cases that had not begun are left
        for the next boot, unless LIVES guests have died in the program."""
        with self.shared.lock, self.shared:
            reader, folder = TapReader(), self.shared.open()
            before: Json = next((result for result in load(self.path)[1]
                                 if result["name"] == planned.name and result.get("rest")), {})
            died = int(before.get("died", 0)) + 1
            out, _, relative = folder.out_paths(planned.name)
            try:
                with open(out, "rb") as file:
                    reader.feed(file.read())
            except OSError:
                relative = ""
            death = Death(end.verdict or "panic", end.reason, end.log, end.found)
            result = lost(planned, reader.tap, death, issues, last=died >= LIVES)
            result["died"] = died
            if relative and result["rest"]:
                relative = folder.put_aside(planned.name, died)
            result["out"] = relative or None
            folder.append(result)
            if not result["rest"]:
                self.shared.open_names.discard(planned.name)
        return result

    def recount(self) -> None:
        """Rewrites the totals in run.json from the results that were accepted. Raises Refused."""
        if not self.begun():
            return
        run = load_run(self.path)
        run.update(closing_of(run, self.path))
        folder = Folder(self.path)
        folder.write_run(run)
        folder.close()

    def end(self, how: Optional[str]) -> None:
        """Writes the end of run.json where the guest could not. Raises Refused."""
        run = load_run(self.path)
        run.update(ended=now(), interrupted=how, **closing_of(run, self.path))
        folder = Folder(self.path)
        folder.write_run(run)
        folder.close()
