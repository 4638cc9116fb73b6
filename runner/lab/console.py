# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's console says of its end."""
from __future__ import annotations

import re
from typing import Callable, List, Optional, Sequence, Tuple

from ..endings import check
from ..text import clean, count, decode
from ..words import AFTER, kind_of, leads

# Who spoke, where the kernel tells (console_msg_format=syslog, 4.16): facility * 8 + level, 0 to
# 7 is the kernel. Then time and, where it tells, thread or processor: `<6>[   12.345678][   T12] `.
# The blanks after it are the line's own.
_STAMP = re.compile(r"^(?:<(\d+)>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ")
_PANIC = re.compile(r"Kernel panic - not syncing")
# Of what was said of a guest's end the first and the last lines; a backtrace of each of many
# processors is long, and the last line tells how the kernel gave up.
MAX_FIRST, MAX_LAST = 800, 200
# Between them so many complaints of a kind that is not among the first, each with its trace:
# what a flood of warnings ends in may be far from both ends.
MAX_BETWEEN = 10
MAX_LEADING = 40
# Of a line that has not ended so many bytes are read.
MAX_BEGUN = 8192
# What takes a moment to look at.
PIECE = 1 << 18
# What a test, an earlier one perhaps, makes a kernel say that is well.
_BY_DESIGN = ("poisoned memory", "machine check", "out of memory", "hugetlb pool",
              "allocation failure", "counter below zero")


def lines_of(data: bytes) -> List[str]:
    """The console's lines as the kernel printed them, without time stamps. What it tells that
    a process wrote into its log is left out; of what came to the console on another way nothing
    tells who it is of."""
    lines = []
    for line in decode(data).split("\n"):
        line = line.rstrip("\r")
        stamp = _STAMP.match(line)
        if line and not (stamp and int(stamp.group(1) or 0) > 7):
            lines.append(line[stamp.end():] if stamp else line)
    return lines


class Said:
    """What the kernel said since the program that runs now began: what it said before, it said
    of others. Each byte of the console is looked at once, however often it is asked. `data`
    gives all of it until now; `complained` finds the complaints among lines, each by itself."""

    def __init__(self, data: Callable[[], bytes],
                 complained: Callable[[List[str]], Sequence[Tuple[str, str]]]) -> None:
        self._data, self._complained = data, complained
        self._at = 0
        self._whole: List[str] = []
        self._found: List[Tuple[str, str]] = []
        self.lines: List[str] = []
        self.found: Sequence[Tuple[str, str]] = []

    def look(self, began: bool) -> None:
        """Takes what is new. A program that `began` did so since the last look. Raises
        Interrupted between two pieces of much."""
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
        # The last line may never be ended.
        begun = lines_of(data[self._at:self._at + MAX_BEGUN])
        self.lines, self.found = self._whole, self._found
        if begun:
            self.lines = self._whole + begun
            self.found = [*self._found, *self._complained(begun)]


def panicked(lines: List[str]) -> bool:
    """True when the kernel gave up."""
    return any(_PANIC.search(line) for line in lines)


def oops(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints after which something in the kernel was ended in the
    middle of its work."""
    return _first(found, ("oops", "bug"))


def stuck(found: Sequence[Tuple[str, str]]) -> Optional[str]:
    """The first of these complaints that says that something does not go on."""
    return _first(found, ("hang", "soft lockup", "hard lockup", "rcu stall", "workqueue lockup",
                          "stuck call"))


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
    front of it among them; of very many the first and the last, and between them other
    complaints."""
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
    """Where that begins which is printed in front of a complaint."""
    least = max(at - MAX_LEADING, 0)
    while at > least and leads(lines[at - 1]):
        at -= 1
    return at


def _between(about: List[str], ends: int,
             found: Sequence[Tuple[str, str]]) -> List[Tuple[int, int]]:
    """From where to where complaints stand that are neither among the first lines nor the last,
    and of no kind that is among the first: the first of each kind."""
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
    """One line: what the kernel complained of first, and how it ended."""
    first = next((line for name, line in found if name not in ("warning", "panic")), None)
    end = next((line for line in lines if _PANIC.search(line)), None)
    return clean("; ".join(filter(None, (first, end))), 400) or None
