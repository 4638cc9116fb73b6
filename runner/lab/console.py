# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's console says of its end."""
from __future__ import annotations

import re
from typing import List, Optional

from ..complaints import complaint
from ..text import clean, count, decode
from ..words import leads

# Time and, where the kernel tells, thread or processor: `[   12.345678][   T12] `. The blanks
# after it are the line's own.
_STAMP = re.compile(r"^\[ *\d+\.\d+\](\[ *[TC]\d+\])? ")
_PANIC = re.compile(r"Kernel panic - not syncing")
# Of what was said of a guest's end the first and the last lines; a backtrace of each of many
# processors is long, and the last line tells how the kernel gave up.
MAX_FIRST, MAX_LAST = 800, 200
MAX_LEADING = 40
# What a test, this one or an earlier, makes a kernel say that is well.
_BY_DESIGN = frozenset(("poisoned memory", "machine check", "out of memory", "hugetlb pool",
                        "allocation failure", "counter below zero"))


def lines_of(data: bytes) -> List[str]:
    """The console's lines as the kernel printed them, without time stamps."""
    return [_STAMP.sub("", line.rstrip("\r")) for line in decode(data).split("\n")
            if line.strip("\r")]


def panicked(lines: List[str]) -> bool:
    """True when the kernel gave up."""
    return any(_PANIC.search(line) for line in lines)


def oopsed(lines: List[str]) -> bool:
    """True when something in the kernel was ended in the middle of its work."""
    return any(complaint(line) in ("oops", "bug") for line in lines)


def _first(lines: List[str]) -> Optional[int]:
    """Where the kernel first complained of something that may have brought its end: of what
    no test does by design, if it did."""
    by_design: Optional[int] = None
    for number, line in enumerate(lines):
        name = complaint(line)
        if name in _BY_DESIGN:
            by_design = number if by_design is None else by_design
        elif name not in (None, "warning"):
            return number
    return by_design


def told(lines: List[str]) -> List[str]:
    """The lines about the end: those from the first complaint on, the page that was printed in
    front of it among them; of very many the first and the last. Warnings count where there
    is nothing worse."""
    begins = _first(lines)
    if begins is None or complaint(lines[begins]) == "panic":
        warnings = [number for number, line in enumerate(lines[:begins])
                    if complaint(line) == "warning"]
        begins = warnings[-1] if warnings else begins
    if begins is None:
        return lines[-20:]
    for _ in range(MAX_LEADING):
        if begins == 0 or not leads(lines[begins - 1]):
            break
        begins -= 1
    found = lines[begins:]
    out = len(found) - MAX_FIRST - MAX_LAST
    if out <= 0:
        return found
    return [*found[:MAX_FIRST], f"[hugeproof: {count(out, 'line')} left out here]",
            *found[-MAX_LAST:]]


def cause(lines: List[str]) -> Optional[str]:
    """One line: what the kernel complained of first, and how it ended."""
    begins = _first(lines)
    first = None if begins is None or complaint(lines[begins]) == "panic" else lines[begins]
    for line in lines:
        if _PANIC.search(line):
            return clean(f"{first}; {line}" if first and first != line else line, 400)
    return clean(first, 400) if first else None
