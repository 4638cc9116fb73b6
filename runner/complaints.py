# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel log lines that fail the program that was running (doc/complaints.md)."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

# A process may have any name, such as "BUG: x": at most 15 bytes, each of which is here a
# character, a part of one, or an escape sequence.
_NAME = r"(?:\\x[0-9a-f]{2}|.){1,15}?"

# Names of complaints with their patterns: first lines that have a process's name at or near their
# beginning, then all others. Patterns are matched at the beginning of a line, where the kernel
# puts its message, so that a process's name further on cannot match. Case matters; the first
# pattern that matches gives the name.
_BESIDE_NAMES: Tuple[Tuple[str, str], ...] = (
    ("hang", rf"(?:INFO: task )?{_NAME}:\d+(?: <\w+>)? (?:(?:is )?blocked (?:for more than"
             r"|in I/O wait|on a)|can't die for more than)"),
    ("lockdep", rf"(?:\[ BUG|WARNING): {_NAME}/\d+ still has locks? held"),
    ("atomic sleep", rf"(?:note: )?{_NAME}\[\d+\] exited with (?:preempt_count|irqs disabled)"),
    ("bad table", rf"{_NAME}: Corrupted page table at address"),
    ("hugetlb pool", rf"(?:PID \d+|{_NAME}(?:\[\d+\])?:) killed due to inadequate hugepage pool"),
    ("out of memory", rf"{_NAME} invoked oom-killer: "),
    ("allocation failure", rf"{_NAME}: page allocation (?:failure|stalls for \d)"),
    # The exceptions of sparc.
    ("oops", rf"{_NAME}\(\d+\): .*\[#\d+\]\Z"),
)
# The number of a kernel's death, and what is behind it: how the kernel was built and, where a
# console mixed lines, the time. Where it is a part of a process's name, more is behind it.
_DEATH = (r" ?\[#\d+\]:?(?:\s+(?:[A-Z][A-Z_]*(?:\([a-z]+\))?(?![\w\[/(])"
          r"|\[ *[\d.]+\](?:\[ *[TC]\d+\])?))*\s*\Z")
# Any other line that begins with a process's name is about that process: a fault of its own, or an
# obsolete system call.
_OF_A_PROCESS = (rf"{_NAME}(?:\[\d+\]:? | ?\(\d+\):? (?!\((?:Not t|T)ainted)"
                 r"|/\d+(?:: | is | just | \[)|: vmalloc)")

_TABLE: Tuple[Tuple[str, str], ...] = (
    ("soft lockup", r"(?:(?:NMI )?watchdog: )?BUG: soft lockup - CPU"),
    ("hard lockup", r"(?:NMI )?[Ww]atchdog\b.*\b[Hh]ard LOCKUP"),
    ("rcu stall", r"(?:rcu: )?(?:INFO: )?rcu\w* (?:(?:self-)?detected (?:expedited )?stall"
                  r"|kthread (?:starved for|timer wakeup didn't happen))"),
    ("workqueue lockup", r"(?:workqueue: )?BUG: workqueue lockup"),
    ("stuck call", r"(?:smp: )?csd: .*non-responsive CSD lock"),
    ("kasan", r"BUG: KASAN: |KASAN: |kasan: (?:bad access|GPF could be)"),
    ("kcsan", r"BUG: KCSAN: "),
    ("kfence", r"BUG: KFENCE: "),
    ("kmsan", r"BUG: KMSAN: "),
    ("ubsan", r"UBSAN: "),
    ("rcu usage", r"(?:WARNING|\[ INFO): suspicious RCU usage"),
    ("lockdep", r"(?:WARNING|\[ (?:INFO|BUG)): (?:possible (?:circular locking|recursive locking"
                r"|irq lock inversion)|inconsistent lock state|\S+-safe -> \S+-unsafe lock order"
                r"|bad (?:unlock balance|contention) detected|held lock freed|Nested lock was not"
                r"|lock held when returning to user space|chain_key collision"
                r"|circular locking deadlock|[Ii]nvalid wait context)"
                r"|BUG: Invalid wait context|INFO: trying to register non-static key"
                r"|BUG: key \S+ has not been registered"),
    ("atomic sleep", r"BUG: (?:sleeping function called from invalid context"
                     r"|scheduling (?:while atomic|in a non-blocking section)"
                     r"|assuming (?:atomic|non migratable) context|workqueue leaked)"
                     r"|bad: scheduling from the idle thread"
                     r"|(?:softirq: )?huh, entered softirq"),
    ("bad page state", r"BUG: Bad page state"),
    ("bad page map", r"BUG: Bad page map"),
    ("bad page cache", r"BUG: Bad page cache"),
    ("bad table", r"\S+:\d+: bad (?:pgd|p4d|pud|pmd|pte)\b"),
    ("bad swap entry", r"(?:\w+: )?(?:Bad|Unused) swap (?:file|offset) entry"
                       r"|unrecognized swap entry 0x|Read-error on swap-device"),
    ("bad rss counter", r"BUG: Bad rss-counter"),
    ("page tables left", r"BUG: non-zero pgtables_bytes"),
    ("page table check", r"(?:kernel BUG at |WARNING: ).*page_table_check"),
    ("page owner", r"page_owner tracks the page as freed"),
    # Pages that memory hot-unplug or the contiguous allocator cannot take are dumped as well.
    ("page corruption", r"pagealloc: (?:memory corruption|single bit error)"
                        r"|page dumped because: "
                        r"(?!unmovable page|migration failure|isolation failed)"
                        r"|page:.* is uninitialized and poisoned|Corrupted low memory at"),
    ("slab corruption", r"BUG \S.* \((?:Not tainted|Tainted: )|Slab corruption|slab error in "
                        r"|list_(?:add|del) (?:corruption|double add|attempted)"
                        r"|INFO: (?:(?:Allocated|Freed) in |(?:Slab|Object) 0x)"
                        r"|\[[\w ]+ overwritten\] 0x|(?:Redzone|Poison) overwritten"
                        r"|Object already free|SLUB:? \S+ \d+ (?:partial )?slabs counted"
                        r"|kmem_cache_destroy \S+: Slab cache still has objects"),
    ("use after free", r"VFS: Close: file count is"),
    ("usercopy", r"usercopy: [Kk]ernel memory |Bad or missing usercopy whitelist"),
    ("overflow", r"(?:\w+: )?detected (?:buffer overflow|field-spanning)"),
    ("refcount", r"refcount_t: "),
    ("object state", r"ODEBUG: (?:free|init|activate|deactivate|destroy|assert_init) "),
    ("hugetlb pool", r"hugetlb: Huge Page Reserved count may go negative"
                     r"|HugeTLB: vma_lock already exists in "),
    ("poisoned memory", r"Memory failure: |soft[ _]offline: |(?:MCE: )?Killing .* due to hardware "
                        r"memory corruption"),
    ("out of memory", r"Out of memory(?:: | and no killable| \(oom_kill)"
                      r"|Memory cgroup out of memory|oom-kill:constraint="),
    ("fault without memory", r"Huh VM_FAULT_OOM leaked out"),
    ("busy inodes", r"VFS: Busy inodes after unmount"),
    ("device in use", r"unregister_netdevice: waiting for "),
    # `divide error: 0000 [#1]`, `load access fault [#1]`, `Kernel ade access[#1]:`: every name
    # that a processor's exception has, of any architecture.
    ("oops", r"[A-Za-z][\w (),./!-]*(?:: [0-9a-f]{4,16}(?: ilc:\d+)?|: sig: \d+)?" + _DEATH +
             r"|Oops(?:: |\[#| \[#| - )|Internal error: |general protection fault"
             r"|(?:BUG: |CPU \d+ )?[Uu]nable to handle (?:kernel|page fault|unknown paging)"
             r"|unable to execute userspace code|kernel tried to execute"
             r"|Kernel attempted to (?:read|write|access) user page"
             r"|Unrecoverable (?:nested |exception|\S+ Unavailable|System Reset)"
             r"|Unexpected TM Bad Thing|(?:Facility '\w+' unavailable \(\d+\)|VMX/Altivec assist)"
             r" exception in kernel mode"
             r"|Caught reserved exception|do_IRQ: stack overflow: |Unexpected fault flags: "
             r"|(?:invalid opcode|divide[ _]error|stack segment|int3|control protection fault): "
             r"|(?:traps: )?PANIC: |double fault|(?:traps: |CET: )?Missing ENDBR: "
             r"|(?:traps: )?Unexpected #CP|CFI failure at |Bad mode in "
             r"|Unhandled (?:(?:prefetch abort|fault): |\d+-bit .* exception)"
             r"|SError Interrupt on CPU|Bad kernel stack pointer"
             r"|Insufficient stack space to handle exception|Thread overran stack"
             r"|low stack detected|Kernel stack (?:overflow|is corrupted)|Fixing recursive fault"
             r"|BUG: .*stack guard page was hit"),
    ("panic", r"(?:---\[ end )?Kernel panic - not syncing"),
    ("bug", r"BUG:|\[ BUG: |[Kk]ernel BUG at |BUG at \S+:\d|PAGETABLE BUG|rust_kernel: panicked"
            r"|schedule_timeout: wrong timeout|Unexpected gfp: .* Fix your code!"),
    ("machine check", r"(?:mce: |\{\d+\})?\[Hardware Error\]|(?:mce: )?Machine check events logged"
                      r"|mce: Uncorrected hardware memory error|MCE: CPU\d+: machine check \("
                      r"|(?:Severe )?Machine check (?:interrupt|in kernel mode)"
                      r"|mcck: Terminating task because of machine|Cache error exception:"),
    # Drivers use the word WARNING for messages to the administrator, which are no kernel faults.
    ("warning", r"WARNING: (?:CPU: \d|(?:\[.*\] )?\S+:\d+ at |at \S|\[verbose debug info"
                r"|(?:kernel stack|stack|can't access registers|unrecognized unwind"
                r"|unknown unwind) )"
                r"|-+\[ cut here \]|unchecked MSR access error: "
                r"|sysfs: cannot create duplicate filename"),
    # These are reported only if the value fell further while the program ran. Other counters are
    # batched per processor and may be inexact for a moment.
    ("counter below zero", r"vmstat_refresh: nr_(?:hugetlb|\w+_transparent_hugepages"
                           r"|(?:shmem|file)_(?:hugepages|pmdmapped)) -"),
    ("kmemleak", r"kmemleak: \d+ new suspected memory leaks"
                 r"|(?:kmemleak: )?unreferenced object 0x"),
)


def _any(table: Sequence[Tuple[str, str]]) -> "re.Pattern[str]":
    return re.compile("|".join(f"(?:{pattern})" for _, pattern in table))


_NAMED = [(name, re.compile(pattern)) for name, pattern in (*_BESIDE_NAMES, *_TABLE)]
_ANY_BESIDE_NAMES, _ANY = _any(_BESIDE_NAMES), _any(_TABLE)
_PROCESS = re.compile(_OF_A_PROCESS)
_BYTE = r"(?:\\x[0-9a-f]{2}|.)"
_IN_NAME = rf"(?P<name>{_BYTE}{{0,14}}"
# What the kernel prints behind the name of a process; other lines may have it as well.
_BEHIND_NAME = re.compile(
    rf"{_BYTE}{{0,14}}?(?:\[\d+\]| ?\(\d+\)|:\d+\b|/\d+|\)|'|\"|,pid=|: page all|: vmalloc"
    r"|: Corrupted page| (?:Not tainted|Tainted: |Kdump: |state:|invoked oom-killer))")
# What it prints before and behind the name in lines where a part of the name could be mistaken for
# a complaint.
_AROUND_NAME = [(re.compile(rf"(?:{before}){_IN_NAME})\Z", re.DOTALL | re.MULTILINE),
                 re.compile(rf"{_IN_NAME}?)(?:{behind})"))
                for before, behind in (
                    (r"task |Killing | to |\[", r":\d+[ \]]"), (r"\(", r"\)"), ("[`']", "'"),
                    ('"', '"'), ("task=", ",pid="), ("task:", r"\s+state:"),
                    ("Comm: ", " (?:Not tainted|Tainted: |Kdump: )"),
                    ("[:,] ", r"/\d+(?:/| took | still has|$)"),
                    (r"^|[:,] |\(|process ", r"(?:\[\d+\]| ?\(\d+\))(?:$|[,;.)])"),
                    ("^", ": (?:page all|Corrupted page)| invoked oom-killer"),
                    ("note: ", r"\[\d+\] exited with"))]
_MAX_BEFORE = 80

# Messages that are expected of the kernel while a program poisons memory.
_OF_POISON = frozenset({"poisoned memory", "machine check"})


def _length(name: str) -> int:
    return len(re.sub(r"\\x[0-9a-f]{2}", "?", name))


def _is_in_name(record: str, at: int, line: str) -> bool:
    """True when the line break at `at`, before the line, is part of a process's name."""
    if not _BEHIND_NAME.match(line):
        return False
    if complaint(line) is None:
        return True
    for before, behind in _AROUND_NAME:
        begins, ends = before.search(record, max(at - _MAX_BEFORE, 0), at), behind.match(line)
        if begins and ends and _length(begins["name"]) + 1 + _length(ends["name"]) <= 15:
            return True
    return False


def lines_of(record: str) -> List[str]:
    """The lines of a record of the kernel log. A line break in the name of a process does not end
    a line, because a process could otherwise forge a message of the kernel."""
    *parts, line = record.split("\n")
    lines: List[str] = []
    at = len(record) - len(line)
    while parts:
        part = parts.pop()
        if _is_in_name(record, at - 1, line):
            line = f"{part}?{line}"
        else:
            lines.append(line)
            line = part
        at -= len(part) + 1
    return [line, *reversed(lines)]


def complaint(text: str) -> Optional[str]:
    """The name of the complaint in a line of the log; None for a line that is none."""
    if not _ANY_BESIDE_NAMES.match(text) and (not _ANY.match(text) or _PROCESS.match(text)):
        return None
    return next(name for name, pattern in _NAMED if pattern.match(text))


def complaints(lines: Sequence[str], allowed: Sequence[str] = (),
               poisons: bool = False) -> List[Tuple[str, str]]:
    """(name, line) for each complaint that the program does not cause by design."""
    found = []
    for line in lines:
        name = complaint(line)
        if name is None or (poisons and name in _OF_POISON):
            continue
        if not any(text in line for text in allowed if text):
            found.append((name, line))
    return found
