# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's console says of its end."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

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
# What a test, an earlier one perhaps, makes a kernel say that is well.
_BY_DESIGN = ("poisoned memory", "machine check", "out of memory", "hugetlb pool",
              "allocation failure", "counter below zero")


def lines_of(data: bytes) -> List[str]:
    """The console's lines as the kernel printed them, without time stamps."""
    return [_STAMP.sub("", line.rstrip("\r")) for line in decode(data).split("\n")
            if line.strip("\r")]


def panicked(lines: List[str]) -> bool:
    """True when the kernel gave up."""
    return any(_PANIC.search(line) for line in lines)


def oops(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints after which something in the kernel was ended in the
    middle of its work."""
    return _first(found, ("oops", "bug"))


def stuck(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints that says that something does not go on."""
    return _first(found, ("hang", "soft lockup", "hard lockup", "rcu stall", "workqueue lockup"))


def _first(found: Sequence[Tuple[str, str]], names: Sequence[str]) -> Optional[str]:
    return next((clean(line, 400) for name, line in found if name in names), None)


def _begins(lines: List[str], found: Sequence[Tuple[str, str]]) -> Optional[int]:
    """Where the kernel first complained of something that may have brought its end; a warning
    counts where there is nothing worse."""
    worse = [line for name, line in found if name not in ("warning", "panic", *_BY_DESIGN)]
    tested = [line for name, line in found if name in _BY_DESIGN]
    warnings = [line for name, line in found if name == "warning"]
    panics = [line for name, line in found if name == "panic"]
    first = next(iter(worse[:1] + warnings[-1:] + tested[:1] + panics[:1]), None)
    return None if first is None else lines.index(first)


def told(lines: List[str], found: Sequence[Tuple[str, str]]) -> List[str]:
    """The lines about the end: those from the first complaint on, the page that was printed in
    front of it among them; of very many the first and the last."""
    begins = _begins(lines, found)
    if begins is None:
        return lines[-20:]
    for _ in range(MAX_LEADING):
        if begins == 0 or not leads(lines[begins - 1]):
            break
        begins -= 1
    about = lines[begins:]
    out = len(about) - MAX_FIRST - MAX_LAST
    if out <= 0:
        return about
    return [*about[:MAX_FIRST], f"[hugeproof: {count(out, 'line')} left out here]",
            *about[-MAX_LAST:]]


def cause(lines: List[str], found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """One line: what the kernel complained of first, and how it ended."""
    first = next((line for name, line in found if name not in ("warning", "panic")), None)
    end = next((line for line in lines if _PANIC.search(line)), None)
    return clean("; ".join(filter(None, (first, end))), 400) or None
