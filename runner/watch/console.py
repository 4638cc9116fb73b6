# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of a guest, as its console log shows it."""
from __future__ import annotations

import re
from typing import Callable, List, Optional, Sequence, Tuple

from ..endings import check
from ..text import clean, count, decode
from ..words import AFTER, kind_of, leads

# The prefix of a line with console_msg_format=syslog (Linux 4.16): facility * 8 + level, where 0
# to 7 is the kernel; the time; and the thread or processor where the kernel is configured to
# print it: `<6>[   12.345678][   T12] `. Further blanks belong to the line itself.
_STAMP = re.compile(r"^(?:<(\d+)>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ")
_PANIC = re.compile(r"Kernel panic - not syncing")
# How many of the first and of the last lines about a guest's end are kept: the backtraces of many
# processors are long, and the last line says how the kernel ended.
MAX_FIRST, MAX_LAST = 800, 200
# How many complaints between them are kept, each of a kind that is not among the first lines, and
# with its trace: the complaint that follows a flood of warnings may be far from both ends.
MAX_BETWEEN = 10
MAX_LEADING = 40
# How many bytes of a line that has not ended are looked at.
MAX_BEGUN = 8192
# How many bytes are looked at between two checks for a signal.
PIECE = 1 << 18
# Complaints that a test, perhaps an earlier one, causes in a kernel that works.
_BY_DESIGN = ("poisoned memory", "machine check", "out of memory", "hugetlb pool",
              "allocation failure", "counter below zero")


def lines_of(data: bytes) -> List[str]:
    """The console's lines as the kernel printed them, without time stamps. Lines that processes
    wrote into the kernel log are left out; of lines that reached the console in another way the
    origin is unknown."""
    lines = []
    for line in decode(data).split("\n"):
        line = line.rstrip("\r")
        stamp = _STAMP.match(line)
        if line and not (stamp and int(stamp.group(1) or 0) > 7):
            lines.append(line[stamp.end():] if stamp else line)
    return lines


class KernelLog:
    """What the kernel printed since the running program began; what it printed before is about
    other programs. Each byte of the console is looked at once. `data` returns the whole console
    log until now; `complained` finds the complaints in lines."""

    def __init__(self, data: Callable[[], bytes],
                 complained: Callable[[List[str]], Sequence[Tuple[str, str]]]) -> None:
        self._data, self._complained = data, complained
        self._at = 0
        self._whole: List[str] = []
        self._found: List[Tuple[str, str]] = []
        self.lines: List[str] = []
        self.found: Sequence[Tuple[str, str]] = []

    def look(self, began: bool) -> None:
        """Reads what is new. `began`: a program has begun since the last look. Raises Interrupted
        between two pieces of a long log."""
        if began:
            self._whole, self._found = [], []
        data = self._data()
        while True:
            end = data.rfind(b"\n", self._at, self._at + PIECE) + 1 or data.find(
                b"\n", self._at + PIECE) + 1
            if not end:
                break
            check()
            new = lines_of(data[self._at:end])
            self._whole += new
            self._found += self._complained(new)
            self._at = end
        # The last line may never be completed.
        begun = lines_of(data[self._at:self._at + MAX_BEGUN])
        self.lines, self.found = self._whole, self._found
        if begun:
            self.lines = self._whole + begun
            self.found = [*self._found, *self._complained(begun)]


def panicked(lines: List[str]) -> bool:
    """True when the kernel panicked."""
    return any(_PANIC.search(line) for line in lines)


def oops(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints that means that a task was killed inside the kernel."""
    return _first(found, ("oops", "bug"))


def stuck(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints that reports a hang."""
    return _first(found, ("hang", "soft lockup", "hard lockup", "rcu stall", "workqueue lockup",
                          "stuck call"))


def _first(found: Sequence[Tuple[str, str]], names: Sequence[str]) -> Optional[str]:
    return next((clean(line, 400) for name, line in found if name in names), None)


def _begins(lines: List[str], found: Sequence[Tuple[str, str]]) -> Optional[int]:
    """The line of the first complaint that may be the cause of the kernel's end; a warning counts
    where there is nothing worse."""
    worse = [line for name, line in found if name not in ("warning", "panic", *_BY_DESIGN)]
    tested = [line for name, line in found if name in _BY_DESIGN]
    warnings = [line for name, line in found if name == "warning"]
    panics = [line for name, line in found if name == "panic"]
    first = next(iter(worse[:1] + warnings[-1:] + tested[:1] + panics[:1]), None)
    return None if first is None else lines.index(first)


def excerpt(lines: List[str], found: Sequence[Tuple[str, str]]) -> List[str]:
    """The lines about the end: from the first complaint on, with a page dump in front of it. Of
    very many lines, the first and the last are kept, and between them complaints of other
    kinds."""
    begins = _begins(lines, found)
    if begins is None:
        return lines[-20:]
    about = lines[_with_leading(lines, begins):]
    if len(about) <= MAX_FIRST + MAX_LAST:
        return about
    ends = len(about) - MAX_LAST
    shown, at = about[:MAX_FIRST], MAX_FIRST
    for first, last in [*_between(about, ends, found), (ends, len(about))]:
        if first > at:
            shown.append(f"[hugeproof: {count(first - at, 'line')} left out here]")
        shown += about[max(first, at):last]
        at = max(at, last)
    return shown


def _with_leading(lines: List[str], at: int) -> int:
    """The first of the lines that the kernel prints in front of a complaint and that belong to
    it."""
    least = max(at - MAX_LEADING, 0)
    while at > least and leads(lines[at - 1]):
        at -= 1
    return at


def _between(about: List[str], ends: int,
             found: Sequence[Tuple[str, str]]) -> List[Tuple[int, int]]:
    """The ranges of lines of complaints that are neither among the first nor the last lines, and
    of a kind that is not among the first: the first complaint of each kind."""
    complaints = {line for _, line in found}
    kinds = {kind_of(line) for line in about[:MAX_FIRST] if line in complaints}
    pieces: List[Tuple[int, int]] = []
    for at in range(MAX_FIRST, ends):
        if len(pieces) == MAX_BETWEEN:
            break
        if about[at] in complaints and kind_of(about[at]) not in kinds:
            kinds.add(kind_of(about[at]))
            pieces.append((_with_leading(about, at), min(at + AFTER, ends)))
    return pieces


def cause(lines: List[str], found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """One line: the kernel's first complaint, and how it ended."""
    first = next((line for name, line in found if name not in ("warning", "panic")), None)
    end = next((line for line in lines if _PANIC.search(line)), None)
    return clean("; ".join(filter(None, (first, end))), 400) or None
