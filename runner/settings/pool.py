# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reserves huge pages for a whole run, within the memory there is."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Tuple

from ..endings import Signals
from ..errors import why
from ..observe import counters, machine
from ..text import count, size_kb
from . import journal

# The share of MemAvailable that pools may take; the machine needs the rest.
BUDGET_PART = 0.8
# How long growing a pool is tried.
GROW_SECONDS = 2.0


def available_kb() -> int:
    """MemAvailable in kB; 0 if the kernel does not report it."""
    for line in machine.read("/proc/meminfo").splitlines():
        if line.startswith(b"MemAvailable:"):
            return int(line.split()[1])
    return 0


def _mb(kb: int) -> int:
    return kb // 1024


@dataclass
class Pool:
    """The pool of a size, of which our programs can use `pages`.

    `fits` is the largest need within the budget of `budget_kb`; `short`: why fewer pages than that
    are available. `others`: another user of the pool, whose pages are left. `raised`: the number
    of persistent pages that the runner set; 0 once another process has changed it.
    """

    size: str
    pages: int = 0
    fits: int = 0
    budget_kb: int = 0
    others: str = ""
    raised: int = 0
    short: str = ""

    def refusal(self, need: int) -> Optional[str]:
        """Why `need` pages are not available; None if they are."""
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
    """The number of unreserved free pages, and of persistent pages of the pool."""
    pool = counters.pool_of(size)
    return max(pool["free"] - pool["rsvd"], 0), pool["total"] - pool["surp"]


def _compact() -> None:
    try:
        journal.write_setting("/proc/sys/vm/compact_memory", "1")
    except OSError:
        # The kernel has no compaction.
        pass


def _failed_allocations() -> int:
    """How often the page allocator could not provide a page for a pool."""
    for line in machine.read("/proc/vmstat").splitlines():
        if line.startswith(b"htlb_buddy_alloc_fail "):
            return int(line.split()[1])
    return 0


def _grow(path: str, size: str, target: int) -> Optional[str]:
    """Tries to grow the pool until it has the pages or GROW_SECONDS have passed, because pages that
    are being freed become available later. Returns why there are fewer, if so."""
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
    """The path of nr_hugepages and the persistent pages of each node. A pool is restored node by
    node, because the kernel might remove pages from other nodes than those to which it added
    them."""
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
    """Raises the pool until `fits` pages are unused besides the `kept` ones of others, if the
    kernel can provide them."""
    unused, persistent = _unused(pool.size)
    path = _path(pool.size)
    if not os.access(path, os.W_OK):
        # Without write access, as a user or in a container, nothing is changed.
        pool.short = f"asked {pool.fits}, got {pool.pages}: {path} may not be written"
        return
    back = [{"undo": "write", "path": part, "value": str(pages)}
            for part, pages in _parts(pool.size) or [(path, persistent)]]
    for record in back:
        writer.record(record)
    error = _grow(path, pool.size, persistent + pool.fits - (unused - kept))
    pool.pages, pool.raised = _unused(pool.size)
    # After our death the runner that restores it sees by this whether it was changed since.
    for record in back:
        writer.record({**record, "wrote": pool.raised})
    if pool.others:
        # Pages that were unused before belong to others; those that were added are ours.
        pool.pages = unused - kept + pool.raised - persistent
    if pool.pages < pool.fits:
        pool.short = f"asked {pool.fits}, got {pool.pages}: {error or 'others took the rest'}"


def _looked_at(size: str, needs: List[int], budget: int,
               others: Optional[str]) -> Tuple[Pool, int]:
    """The pool as it is, with the largest of these needs that the budget in kB allows, and the
    number of unused pages that are left to others."""
    unused, persistent = _unused(size)
    kept = unused if others else 0
    usable, kb = unused - kept, size_kb(size) or 0
    fits = max((n for n in needs if (n - usable) * kb <= budget), default=0)
    return Pool(size, usable, fits, budget, others or "", persistent), kept


def foreseen(needs: Dict[str, List[int]],
             others: Optional[str] = None) -> Dict[str, Tuple[Pool, int]]:
    """The pools as reserve() would raise them if the kernel has the pages, to `raised` pages, and
    by how many; nothing is changed."""
    budget = int(available_kb() * BUDGET_PART)
    pools: Dict[str, Tuple[Pool, int]] = {}
    for size in _gigantic_first(needs):
        pool = _looked_at(size, needs[size], budget, others)[0]
        more = max(pool.fits - pool.pages, 0)
        if more and not os.access(_path(size), os.W_OK):
            pool.short, more = f"{_path(size)} may not be written", 0
        pool.pages, pool.raised = pool.pages + more, pool.raised + more
        budget -= more * (size_kb(size) or 0)
        pools[size] = pool, more
    return pools


def _gigantic_first(sizes: Iterable[str]) -> List[str]:
    """Gigantic sizes come first, while memory is least fragmented."""
    return sorted(sizes, key=lambda name: size_kb(name) or 0, reverse=True)


def _path(size: str) -> str:
    return f"{counters.HUGEPAGES}/hugepages-{size_kb(size)}kB/nr_hugepages"


def reserve(needs: Dict[str, List[int]], writer: journal.Writer,
            others: Optional[str] = None) -> Dict[str, Pool]:
    """Raises the pool of each size once, to the largest need that memory allows. If `others` use
    the pools, their unused pages are left to them, and the need is added.

    `needs` maps a size to the numbers of pages that its programs need. Every change is recorded in
    the journal before it is made.
    """
    budget = int(available_kb() * BUDGET_PART)
    pools: Dict[str, Pool] = {}
    for size in _gigantic_first(needs):
        pool, kept = _looked_at(size, needs[size], budget, others)
        pools[size], usable = pool, pool.pages
        if pool.fits > usable:
            _raise_pool(pool, kept, writer)
            budget -= max(pool.pages - usable, 0) * (size_kb(size) or 0)
    return pools


def changed_by_another(pools: Dict[str, Pool]) -> Dict[str, str]:
    """The pools that the runner raised and another process has resized since, with a text for each
    size. They are left as they are."""
    changed = {}
    for size, pool in pools.items():
        now = _unused(size)[1]
        if pool.raised and now != pool.raised:
            changed[size] = (f"the pool of {size} was given {now} pages by somebody else, we had "
                             f"given it {pool.raised}: left so")
    return changed


def resized_by_another(before: counters.Counters, after: counters.Counters) -> Dict[str, str]:
    """The pools that were resized while a program ran, by unused pages only, with a text for each
    size."""
    changed = {}
    for size, _ in counters.size_folders(counters.HUGEPAGES):
        if counters.resized_alone(before, after, size):
            was, now = (seen[f"hugetlb.{size}.total"] - seen[f"hugetlb.{size}.surp"]
                        for seen in (before, after))
            changed[size] = (f"the pool of {size} was given {now} pages by somebody else, it had "
                             f"{was}: left so")
    return changed


def restored(pools: Dict[str, Tuple[int, int]]) -> List[str]:
    """Compares recorded pools (`persistent`, `overcommit` by size) with the present ones; returns a
    line for each difference."""
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
    """The persistent pages and the overcommit limit of each size, for restored()."""
    found = {}
    for size, _ in counters.size_folders(counters.HUGEPAGES):
        pool = counters.pool_of(size)
        found[size] = (pool["total"] - pool["surp"], pool["overcommit"])
    return found
