# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's console says of its end."""
from __future__ import annotations

import re
from typing import List, Optional

from ..complaints import complaint
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


def oopsed(lines: List[str]) -> bool:
    """True when something in the kernel was ended in the middle of its work."""
    return any(complaint(line) in ("oops", "bug") for line in lines)


def told(lines: List[str]) -> List[str]:
    """The lines about the end: from the first complaint on, at most MAX_LINES."""
    for number, line in enumerate(lines):
        if complaint(line) not in (None, "warning"):
            return lines[number:number + MAX_LINES]
    return lines[-20:]


def cause(lines: List[str]) -> Optional[str]:
    """One line: what the kernel complained of first, and how it ended."""
    first: Optional[str] = None
    for line in lines:
        if first is None and complaint(line) not in (None, "warning", "panic"):
            first = line
        if _PANIC.search(line):
            return clean(f"{first}; {line}" if first else line, 400)
    return clean(first, 400) if first else None
