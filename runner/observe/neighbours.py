# SPDX-License-Identifier: LGPL-2.1-or-later
"""Detects other users of huge pages on this machine, before a run and during it."""
from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Set, Tuple

from ..text import clean, size_name
from . import counters, machine, processes

_HUGETLB = re.compile(rb"^HugetlbPages:\s+(\d+) kB", re.MULTILINE)
_NAME = re.compile(rb"^Name:\t(.*)$", re.MULTILINE)
# How long the pools are watched: before a run, if they can have other users at all, and after a
# program that left them changed.
WATCH_SECONDS = 0.5
_LOOK_SECONDS = 0.002


@dataclass(frozen=True)
class User:
    """A process that has hugetlb pages mapped."""

    pid: int
    name: str
    kb: int

    def text(self) -> str:
        """The text about it in a reason."""
        return f"process {self.pid} ({clean(self.name, 40)}) with {self.kb} kB of huge pages"


def _user(pid: str) -> Optional[User]:
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            text = file.read(1 << 14)
    except OSError:
        return None
    pages, name = _HUGETLB.search(text), _NAME.search(text)
    if not pages or not int(pages.group(1)):
        return None
    return User(int(pid), name.group(1).decode("utf-8", "backslashreplace") if name else "?",
                int(pages.group(1)))


def users() -> List[User]:
    """All processes that have hugetlb pages mapped now, except us and our descendants."""
    found = [user for user in map(_user, filter(str.isdigit, os.listdir("/proc"))) if user]
    if found:
        ours: Set[int] = {os.getpid(), *(p.pid for p in processes.descendants(os.getpid()))}
        found = [user for user in found if user.pid not in ours]
    return found


def _state(sizes: List[str]) -> Dict[str, counters.Counters]:
    return {size: counters.pool_of(size) for size in sizes}


def _sizes() -> List[str]:
    return [size for size, _ in counters.size_folders(counters.HUGEPAGES)]


def _taken(pools: Dict[str, counters.Counters]) -> Optional[str]:
    for size, pool in pools.items():
        used = pool["total"] - pool["free"]
        if counters.lost_count(pool):
            continue
        if used or pool["rsvd"]:
            return (f"{used} pages of {size} in use and {pool['rsvd']} promised to no process "
                    "that has them mapped: a segment, a file, or a mount with min_size")
    return None


def _minimums() -> Optional[str]:
    """A text about a hugetlbfs mount that has pages reserved by min_size; None without one."""
    for path, kind, options in machine.mounted():
        if kind == "hugetlbfs" and any(option.startswith("min_size=") for option in options):
            return f"the mount {clean(path, 80)} with min_size"
    return None


def _watch(seconds: float, known: List[User]) -> Tuple[Optional[str], int]:
    """Watches the pools for that time. Returns a user that is new or has other pages than before,
    and how often the pools changed, which shows users that have pages only for moments."""
    sizes = _sizes()
    first = _state(sizes)
    ends, moves, looked = time.monotonic() + seconds, 0, 0.0
    while True:
        now = _state(sizes)
        moves += now != first
        # Reading all processes takes some milliseconds.
        if now != first or time.monotonic() - looked > 0.05:
            found = [user for user in users() if user not in known]
            looked = time.monotonic()
            if found:
                return found[0].text(), moves
        first = now
        if time.monotonic() >= ends:
            return None, moves
        time.sleep(_LOOK_SECONDS)


def movers(known: List[User], seconds: float = WATCH_SECONDS) -> Optional[str]:
    """A text about another user who changes the pools, while no program of ours runs; None without
    one. Users that have the same pages as before have changed nothing."""
    found, moves = _watch(seconds, known)
    there = users()
    gone = [user for user in known if user not in there]
    if found or gone:
        return found or gone[0].text()
    return (f"somebody who moved the pools {moves} times in {seconds:g} s" if moves > 1
            else None)


def others(seconds: float = WATCH_SECONDS) -> Optional[str]:
    """A text about another user of the pools before a run begins; None without one. It looks only
    if the pools have pages or allow surplus pages."""
    first = _state(_sizes())
    if not any(pool["total"] or pool["overcommit"] for pool in first.values()):
        return None
    found, moves = _watch(seconds, [])
    if not found and moves > 1:
        found = f"somebody who moved the pools {moves} times in {seconds:g} s"
    return found or _minimums() or _taken(_state(_sizes()))


def size_of_group(path: str) -> Dict[str, int]:
    """The pages of each size that are charged to a cgroup of the hugetlb controller."""
    charged = {}
    for size, folder in counters.size_folders(counters.HUGEPAGES):
        kb = int(folder.rpartition("-")[2][:-2])
        name = size_name(kb) + "B"
        for file in (f"hugetlb.{name}.current", f"hugetlb.{name}.usage_in_bytes"):
            text = machine.read_text(os.path.join(path, file))
            if text.isdigit():
                charged[size] = int(text) // (kb * 1024)
    return charged
