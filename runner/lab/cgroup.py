# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cgroup for a guest, which limits its memory and its number of processes, where this machine has
cgroups."""
from __future__ import annotations

import os
import re
from typing import Dict, List, Tuple

from ..observe import machine

_OURS = re.compile(r"hugeproof-lab-(\d+)-")
_made = 0


def _hierarchies() -> List[Tuple[str, Dict[str, str]]]:
    """The folders in which groups can be made, each with the files of the limits on memory and on
    processes."""
    found = []
    for path, kind, options in machine.mounted():
        if kind == "cgroup" and "memory" in options:
            found.append((path, {"memory": "memory.limit_in_bytes"}))
        elif kind == "cgroup" and "pids" in options:
            found.append((path, {"pids": "pids.max"}))
        elif kind == "cgroup2":
            on = machine.read_text(f"{path}/cgroup.subtree_control").split()
            files = {name: f"{name}.max" for name in ("memory", "pids") if name in on}
            if files:
                found.append((path, files))
    return found


class Cgroup:
    """At most one group in each hierarchy; `paths` is where they are. Release with close()."""

    def __init__(self) -> None:
        self.paths: List[str] = []

    def make(self, memory_mb: int, pids: int) -> None:
        """Makes the groups that can be made; it is no error if there are none."""
        global _made  # pylint: disable=global-statement
        _made += 1
        limits = {"memory": str(memory_mb << 20), "pids": str(pids)}
        for top, files in _hierarchies():
            path = f"{top}/hugeproof-lab-{os.getpid()}-{_made}"
            try:
                self._sweep(top)
                os.mkdir(path)
                self.paths.append(path)
                for name, file in files.items():
                    with open(f"{path}/{file}", "w", encoding="ascii") as limit:
                        limit.write(limits[name])
            except OSError:
                continue

    @staticmethod
    def _sweep(top: str) -> None:
        """Removes groups that were left by runners that were killed."""
        for name in os.listdir(top):
            match = _OURS.match(name)
            if match and not os.path.exists(f"/proc/{match.group(1)}"):
                try:
                    os.rmdir(f"{top}/{name}")
                except OSError:
                    pass

    def close(self) -> None:
        """Removes the groups, which have no processes any more."""
        for path in self.paths:
            try:
                os.rmdir(path)
            except OSError:
                pass
        self.paths = []
