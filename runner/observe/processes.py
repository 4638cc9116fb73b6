# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes as /proc shows them."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional

_PF_EXITING = 0x4
_SIGKILL_BIT = 1 << 8


@dataclass(frozen=True)
class Process:
    """A process; `start` is field 22 of its stat, in clock ticks since boot."""

    pid: int
    parent: int
    name: str
    state: str
    flags: int
    start: int

    @property
    def ended(self) -> bool:
        """True for a zombie, whose memory has been freed."""
        return self.state in "ZX"


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(1 << 14)


def process(pid: int) -> Optional[Process]:
    """The process of that pid, or None."""
    try:
        data = _read(f"/proc/{pid}/stat")
    except OSError:
        return None
    head, _, tail = data.rpartition(b")")
    fields = tail.split()
    if len(fields) < 20:
        return None
    name = head.partition(b"(")[2].decode("utf-8", "backslashreplace")
    return Process(pid, int(fields[1]), name, fields[0].decode(), int(fields[6]),
                   int(fields[19]))


def lives(pid: int, start: Optional[int] = None) -> bool:
    """True while the process runs; `start` guards against a recycled pid."""
    found = process(pid)
    if found is None or found.ended:
        return False
    return start is None or found.start == start


def dying(found: Process) -> bool:
    """True when it has ended, is exiting, or has a pending SIGKILL."""
    if found.ended or found.flags & _PF_EXITING:
        return True
    try:
        status = _read(f"/proc/{found.pid}/status")
    except OSError:
        return True
    for line in status.splitlines():
        if line.startswith((b"SigPnd:", b"ShdPnd:")):
            if int(line.split()[1], 16) & _SIGKILL_BIT:
                return True
    return False


def every() -> Iterator[Process]:
    """All processes that /proc shows."""
    for name in os.listdir("/proc"):
        found = process(int(name)) if name.isdigit() else None
        if found is not None:
            yield found


def descendants(root: int) -> List[Process]:
    """Every process below `root`, parents first."""
    below: Dict[int, List[Process]] = {}
    for found in every():
        below.setdefault(found.parent, []).append(found)
    tree: List[Process] = []
    wave = below.get(root, [])
    while wave:
        tree.extend(wave)
        wave = [child for parent in wave for child in below.get(parent.pid, [])]
    return tree
