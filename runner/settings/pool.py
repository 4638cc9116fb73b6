# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reserves huge pages for a whole run, within the memory there is."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from ..endings import Signals
from ..errors import why
from ..observe import counters, machine
from ..text import count, size_kb
from . import journal

# The part of MemAvailable that pools may take: the rest keeps the machine alive.
BUDGET_PART = 0.8
# How long a pool is asked to grow.
GROW_SECONDS = 2.0


def available_kb() -> int:
    """MemAvailable in kB; 0 where the kernel does not tell."""
    for line in machine.read("/proc/meminfo").splitlines():
        if line.startswith(b"MemAvailable:"):
            return int(line.split()[1])
    return 0


def _mb(kb: int) -> int:
    return kb // 1024


@dataclass
class Pool:
    """What a size's pool can give a newcomer: `pages`.

    `fits` is the largest need within the budget of `budget_kb`; `short` says why
    fewer pages than that were got. `others` uses the pool as well: its pages are left
    alone. `raised` is the persistent pages that we left it with; 0 once somebody changed that.
    """

    size: str
    pages: int = 0
    fits: int = 0
    budget_kb: int = 0
    others: str = ""
    raised: int = 0
    short: str = ""

    def refusal(self, need: int) -> Optional[str]:
        """Why `need` pages cannot be had; None when they can."""
        if need <= self.pages:
            return None
        size = size_kb(self.size) or 0
        text = f"needs {count(need, 'page')} of {self.size} = {_mb(need * size)} MB, "
        beside = f" beside those that {self.others} counts on" if self.others else ""
        if need > self.fits:
            return text + (f"{_mb(self.budget_kb)} MB available: free memory, or choose a "
                           f"smaller page size ({round(100 * BUDGET_PART)} % of MemAvailable "
                           "may be taken)")
        return text + self.short + beside


def _unused(size: str) -> Tuple[int, int]:
    """Pages free for a newcomer, and the persistent pages of the pool."""
    pool = counters.pool_of(size)
    return max(pool["free"] - pool["rsvd"], 0), pool["total"] - pool["surp"]


def _compact() -> None:
    try:
        journal.write_setting("/proc/sys/vm/compact_memory", "1")
    except OSError:
        # A kernel without compaction: what the pool gives then is what there is.
        pass


def _failed_allocations() -> int:
    """How often the page allocator had no block for a pool."""
    for line in machine.read("/proc/vmstat").splitlines():
        if line.startswith(b"htlb_buddy_alloc_fail "):
            return int(line.split()[1])
    return 0


def _grow(path: str, size: str, target: int) -> Optional[str]:
    """Asks for the pages until they are there or GROW_SECONDS have passed: pages on their
    way back to the allocator are of no use to it before. Why they are fewer, if so."""
    failed, ends = _failed_allocations(), time.monotonic() + GROW_SECONDS
    try:
        while True:
            journal.write_setting(path, str(target))
            if _unused(size)[1] >= target or time.monotonic() >= ends or Signals.heard():
                break
            _compact()
    except OSError as error:
        return why(error)
    return (f"the page allocator had none {_failed_allocations() - failed} times, also after "
            "compaction (htlb_buddy_alloc_fail); free memory, or reserve the pages at boot")


def _parts(size: str) -> List[Tuple[str, int]]:
    """nr_hugepages of each node, and its persistent pages. A pool is given back node by
    node: the kernel would take pages from other nodes than it had added them to."""
    parts = []
    for node in counters.node_names():
        folder = f"{counters.NODES}/{node}/hugepages/hugepages-{size_kb(size)}kB"
        try:
            total, surplus = (int(machine.read(f"{folder}/{file}"))
                              for file in ("nr_hugepages", "surplus_hugepages"))
        except (OSError, ValueError):
            continue
        parts.append((f"{folder}/nr_hugepages", total - surplus))
    return parts


def _raise_pool(pool: Pool, kept: int, writer: journal.Writer) -> None:
    """Raises the pool until `fits` pages are unused beside the `kept` ones of others, as far
    as the kernel gives them."""
    unused, persistent = _unused(pool.size)
    path = f"{counters.HUGEPAGES}/hugepages-{size_kb(pool.size)}kB/nr_hugepages"
    if not os.access(path, os.W_OK):
        # A user, or a container: nothing is changed that could not be put back.
        pool.short = f"asked {pool.fits}, got {pool.pages}: {path} may not be written"
        return
    back = [{"undo": "write", "path": part, "value": str(pages)}
            for part, pages in _parts(pool.size) or [(path, persistent)]]
    for record in back:
        writer.record(record)
    error = _grow(path, pool.size, persistent + pool.fits - (unused - kept))
    pool.pages, pool.raised = _unused(pool.size)
    # Whoever puts it back after our death knows by this whether somebody else set it since.
    for record in back:
        writer.record({**record, "wrote": pool.raised})
    if pool.others:
        # What is unused now and then is theirs; what was added is ours.
        pool.pages = unused - kept + pool.raised - persistent
    if pool.pages < pool.fits:
        pool.short = f"asked {pool.fits}, got {pool.pages}: {error or 'others took the rest'}"


def reserve(needs: Dict[str, List[int]], writer: journal.Writer,
            others: Optional[str] = None) -> Dict[str, Pool]:
    """Raises each size's pool once, to the largest need that the memory allows. Where
    `others` use the pools, what is unused there is left to them, and the need comes on top.

    `needs` maps a size to the pages its programs need. Gigantic sizes come
    first, while memory is least fragmented. Every change is journalled before.
    """
    budget = int(available_kb() * BUDGET_PART)
    pools: Dict[str, Pool] = {}
    for size in sorted(needs, key=lambda name: size_kb(name) or 0, reverse=True):
        kb = size_kb(size) or 0
        unused, persistent = _unused(size)
        kept = unused if others else 0
        usable = unused - kept
        fits = max((n for n in needs[size] if (n - usable) * kb <= budget), default=0)
        pool = pools[size] = Pool(size, usable, fits, budget, others or "", persistent)
        if fits > usable:
            _raise_pool(pool, kept, writer)
            budget -= max(pool.pages - usable, 0) * kb
    return pools


def changed_by_another(pools: Dict[str, Pool]) -> Dict[str, str]:
    """The pools that we raised and that somebody has given another size since: what they
    are now, by size. They are left so."""
    changed = {}
    for size, pool in pools.items():
        now = _unused(size)[1]
        if pool.raised and now != pool.raised:
            changed[size] = (f"the pool of {size} was given {now} pages by somebody else, we had "
                             f"given it {pool.raised}: left so")
    return changed


def resized_by_another(before: counters.Counters, after: counters.Counters) -> Dict[str, str]:
    """The pools that have another size than before a program, unused all of what was added or
    taken, by size; ours or not."""
    changed = {}
    for size, _ in counters.size_folders(counters.HUGEPAGES):
        if counters.resized_alone(before, after, size):
            was, now = (seen[f"hugetlb.{size}.total"] - seen[f"hugetlb.{size}.surp"]
                        for seen in (before, after))
            changed[size] = (f"the pool of {size} was given {now} pages by somebody else, it had "
                             f"{was}: left so")
    return changed


def restored(pools: Dict[str, Tuple[int, int]]) -> List[str]:
    """Compares the pools (`persistent`, `overcommit` by size) with now; a line
    for each that is not as it was."""
    wrong = []
    for size, (persistent, overcommit) in pools.items():
        if not os.path.isdir(f"{counters.HUGEPAGES}/hugepages-{size_kb(size)}kB"):
            continue
        pool = counters.pool_of(size)
        now = (pool["total"] - pool["surp"], pool["overcommit"])
        if now != (persistent, overcommit):
            wrong.append(f"the pool of {size} has {now[0]} pages and overcommit {now[1]}, "
                         f"it had {persistent} and {overcommit}")
    return wrong


def as_found() -> Dict[str, Tuple[int, int]]:
    """Persistent pages and overcommit of every size, for restored()."""
    found = {}
    for size, _ in counters.size_folders(counters.HUGEPAGES):
        pool = counters.pool_of(size)
        found[size] = (pool["total"] - pool["surp"], pool["overcommit"])
    return found
