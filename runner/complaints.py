# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel log lines that fail the program that was running."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

# Name and pattern. Case counts; the first that matches names the complaint.
_TABLE: Tuple[Tuple[str, str], ...] = (
    ("hang", r"INFO: task .* blocked (for more than|in I/O wait)"),
    ("soft lockup", r"soft lockup - CPU"),
    ("hard lockup", r"hard LOCKUP|Watchdog detected hard"),
    ("rcu stall", r"rcu.*(detected stalls|self-detected stall|detected expedited stalls|starved)"),
    ("workqueue lockup", r"BUG: workqueue lockup"),
    ("kasan", r"\bKASAN: "),
    ("kcsan", r"\bKCSAN: "),
    ("kfence", r"\bKFENCE: "),
    ("kmsan", r"\bKMSAN: "),
    ("ubsan", r"\bUBSAN: "),
    ("lockdep", r"WARNING: possible (circular locking|recursive locking|irq lock inversion)"
                r"|possible circular locking dependency|inconsistent lock state"
                r"|-safe -> \S*-unsafe lock order|bad unlock balance|still ha(s|ve) locks? held"
                r"|lock held when returning to user space|held lock freed"),
    ("rcu usage", r"suspicious RCU usage"),
    ("atomic sleep", r"sleeping function called from invalid context|scheduling while atomic"),
    ("bad page state", r"Bad page state"),
    ("bad page map", r"Bad page map"),
    ("bad page cache", r"Bad page cache"),
    ("bad table", r"\bbad (pgd|p4d|pud|pmd|pte)\b"),
    ("bad rss counter", r"Bad rss-counter"),
    ("page tables left", r"non-zero pgtables_bytes"),
    ("page table check", r"page_table_check|mm/page_table_check\.c"),
    ("page owner", r"page_owner .*(free|alloc)ated|page_owner info is not (present|active)"),
    ("page corruption", r"pagealloc: (memory|single bit) (corruption|error)"
                        r"|page dumped because"),
    ("slab corruption", r"^BUG \S+.*: |Slab corruption|Objects remaining in"
                        r"|list_(add|del) corruption"
                        r"|Object already free|Redzone overwritten|Poison overwritten"),
    ("refcount", r"refcount_t: "),
    ("hugetlb pool", r"killed due to inadequate hugepage pool"),
    ("poisoned memory", r"Memory failure: |soft offline: |Killing .* due to hardware memory "
                        r"corruption"),
    ("out of memory", r"Out of memory: |Out of memory and no killable|invoked oom-killer"
                      r"|Memory cgroup out of memory"),
    ("busy inodes", r"VFS: Busy inodes"),
    ("oops", r"\bOops: |\bOops\[|Internal error: |general protection fault"
             r"|Unable to handle kernel|unable to handle (kernel|page fault)"
             r"|invalid opcode: |double fault|stack-protector|Kernel stack (is corrupted|overflow)"
             r"|stack guard page was hit|Unable to handle|kernel tried to execute"),
    ("panic", r"Kernel panic|not syncing"),
    ("bug", r"\bBUG: |^BUG:|kernel BUG at|BUG at mm/"),
    ("machine check", r"mce: \[Hardware Error\]|Machine check events logged|\[Hardware Error\]"),
    ("warning", r"^WARNING: |^------------\[ cut here \]"),
    # Only told when it became worse under the program. Others are batched, and may be off
    # for a moment.
    ("counter below zero", r"^vmstat_refresh: nr_(hugetlb|\w+_transparent_hugepages"
                           r"|(shmem|file)_(hugepages|pmdmapped)) -"),
    ("allocation failure", r"page allocation failure"),
    ("kmemleak", r"kmemleak: \d+ new suspected memory leaks"),
)
_NAMED = [(name, re.compile(pattern, re.MULTILINE)) for name, pattern in _TABLE]
_ANY = re.compile("|".join(f"(?:{pattern})" for _, pattern in _TABLE), re.MULTILINE)

# What poisoning makes the kernel say is no complaint about a program that poisons.
_OF_POISON = frozenset({"poisoned memory", "machine check"})


def complaint(text: str) -> Optional[str]:
    """The name of the complaint that a log line is; None for any other line."""
    if not _ANY.search(text):
        return None
    return next(name for name, pattern in _NAMED if pattern.search(text))


def complaints(lines: Sequence[str], allowed: Sequence[str] = (),
               poisons: bool = False) -> List[Tuple[str, str]]:
    """(name, line) of each complaint that the program does not cause by design."""
    found = []
    for line in lines:
        name = complaint(line)
        if name is None or (poisons and name in _OF_POISON):
            continue
        if not any(text in line for text in allowed if text):
            found.append((name, line))
    return found
