# SPDX-License-Identifier: LGPL-2.1-or-later
"""The huge page sizes of this machine, and those with which a program runs."""
from __future__ import annotations

import os
from typing import List, Optional, Sequence

from .errors import Refused
from .observe import counters, machine
from .programs import Program
from .text import clean, size_kb, size_name


def machine_sizes() -> List[str]:
    """Every hugetlb page size of this kernel, smallest first."""
    return [size for size, _ in counters.size_folders(counters.HUGEPAGES)]


def gigantic(size: str) -> bool:
    """True when pages of that size are too large for the page allocator."""
    rows = machine.read("/proc/buddyinfo").splitlines()
    orders = len(rows[0].split()) - 4 if rows else 11
    base_kb = os.sysconf("SC_PAGESIZE") // 1024
    return (size_kb(size) or 0) > base_kb << (orders - 1)


def applies(program: Program, size: str) -> bool:
    """True when the program runs with pages of that size."""
    if program.bits == 32 and (size_kb(size) or 0) >= 1 << 20:
        # A 32-bit address space has room for one such page, rarely for two.
        return False
    if program.page_sizes == "pmd":
        base = os.sysconf("SC_PAGESIZE")
        return size_kb(size) == base * (base // 8) // 1024
    return program.page_sizes != "gigantic" or gigantic(size)


def known_size(text: str, sizes: Optional[Sequence[str]]) -> str:
    """The name of a page size, which must be one of these if there are any given; raises
    Refused."""
    kb = size_kb(text)
    if kb is None:
        raise Refused(f"not a page size: {clean(text) or 'nothing'} (write it like 2M or 1G)")
    if sizes is not None and size_name(kb) not in sizes:
        has = "only " + ", ".join(sizes) if sizes else "none at all"
        raise Refused(f"this kernel has no huge pages of {clean(text)}, {has}")
    return size_name(kb)


def choose_sizes(asked: Optional[str], sizes: Sequence[str]) -> List[str]:
    """The sizes of --page-size: a list, `all`, or by default every size that is
    not gigantic and each gigantic one that has pages in its pool."""
    if asked == "all":
        return list(sizes)
    if asked:
        return list(dict.fromkeys(known_size(word, sizes) for word in asked.split(",")))
    return [size for size in sizes
            if not gigantic(size) or counters.pool_of(size)["total"] > 0]
