# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's console says of its end."""
from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

from ..text import clean, decode

_STAMP = re.compile(r"^\[ *\d+\.\d+\](\[[ TC]\d+\])? ")
_PANIC = re.compile(r"Kernel panic - not syncing")
MAX_LINES = 200


def lines_of(data: bytes) -> List[str]:
    """The console's lines, without time stamps and carriage returns."""
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


def told(lines: List[str], found: Sequence[Tuple[str, str]]) -> List[str]:
    """The lines about the end: from the first complaint on, at most MAX_LINES."""
    first = next((line for name, line in found if name != "warning"), None)
    if first is None:
        return lines[-20:]
    number = lines.index(first)
    return lines[number:number + MAX_LINES]


def cause(lines: List[str], found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """One line: what the kernel complained of first, and how it ended."""
    first = next((line for name, line in found if name not in ("warning", "panic")), None)
    end = next((line for line in lines if _PANIC.search(line)), None)
    return clean("; ".join(filter(None, (first, end))), 400) or None
