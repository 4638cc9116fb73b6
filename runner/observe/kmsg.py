# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel log, read from /dev/kmsg."""
from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from ..text import decode

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass
class Line:
    """A record of the kernel log. `kernel` is false when a process wrote it."""

    sequence: int
    time_us: int
    level: int
    kernel: bool
    text: str
    fragment: bool = False


def parse(record: bytes) -> Optional[Line]:
    """One record as /dev/kmsg gives it; None when it is not one.

    `PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT`, then lines that begin
    with a blank and hold the device's properties. Bytes that are not printable
    come as \\xNN.
    """
    prefix, found, rest = record.partition(b";")
    fields = prefix.split(b",")
    if not found or len(fields) < 4:
        return None
    try:
        priority, sequence, time_us = (int(field) for field in fields[:3])
    except ValueError:
        return None
    body = [line for line in rest.split(b"\n") if line and not line.startswith(b" ")]
    text = _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), b"\n".join(body))
    return Line(sequence, time_us, priority & 7, priority >> 3 == 0, decode(text),
                fields[3][:1] in (b"c", b"+"))


def join(lines: List[Line]) -> List[Line]:
    """Puts the pieces of a line that was printed in several together."""
    joined: List[Line] = []
    for line in lines:
        if line.fragment and joined and joined[-1].sequence == line.sequence - 1:
            joined[-1].text += line.text
            joined[-1].sequence = line.sequence
        else:
            joined.append(line)
    return joined


_BELOW_ZERO = re.compile(r"vmstat_refresh: (\w+) (-\d+)\Z")


def below_zero(lines: List[Line]) -> Tuple[Dict[str, int], List[Line]]:
    """Takes apart what the kernel says each time we have it refresh its counters:
    which are below zero, and by how much; and the other lines."""
    counters: Dict[str, int] = {}
    others: List[Line] = []
    for line in lines:
        match = _BELOW_ZERO.match(line.text) if line.kernel else None
        if match:
            counters[match.group(1)] = int(match.group(2))
        else:
            others.append(line)
    return counters, others


# How long a mark of ours may take to become visible: as long as another processor
# is in the middle of a line before it.
_PATIENCE_S = 1.0


class KernelLog:
    """Reads what is new. Begins at the log's end; release with close()."""

    def __init__(self, path: str = "/dev/kmsg") -> None:
        self.path = path
        self._next: Optional[int] = None
        self._marks: List[str] = []
        self._marks_come = True
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._fd, 0, os.SEEK_END)
        self.read("a run begins")

    def close(self) -> None:
        """Closes the log."""
        os.close(self._fd)

    def _mark(self, text: str) -> bool:
        """Writes a line of our own. It does two things: it tells who reads the log
        what was running, and it completes a line without a newline before it,
        which the kernel shows to nobody until the next line comes. Whether it was
        written: a kernel may refuse or drop what processes write.
        """
        mark = f"hugeproof: {text}"
        try:
            # Opened each time: the kernel limits the rate of each opened file.
            fd = os.open(self.path, os.O_WRONLY)
        except OSError:
            return False
        try:
            os.write(fd, f"<7>{mark}\n".encode())
            self._marks.append(mark)
        except OSError:
            return False
        finally:
            os.close(fd)
        return self._marks_come

    def _ours(self, line: Line) -> bool:
        if line.kernel or line.text not in self._marks:
            return False
        self._marks.remove(line.text)
        return True

    def _more_to_come(self, patience_ends: float) -> bool:
        """Waits for a line; the first mark that never comes is the last waited for."""
        left = patience_ends - time.monotonic()
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        if left > 0 and poll.poll(left * 1000):
            return True
        self._marks_come = False
        return False

    def read(self, mark: str) -> Tuple[List[Line], int]:
        """Lines since the last read up to a mark that is set now, and how many were
        lost: overwritten before we came, which the sequence numbers tell."""
        awaited = self._mark(mark)
        patience_ends = time.monotonic() + _PATIENCE_S
        lines: List[Line] = []
        lost = 0
        while True:
            try:
                record = os.read(self._fd, 16384)
            except BlockingIOError:
                if awaited and self._more_to_come(patience_ends):
                    continue
                break
            except BrokenPipeError:
                # Overwritten: the next read goes on with the oldest there is.
                if self._next is None:
                    lost += 1
                continue
            if not record:
                break
            line = parse(record)
            if line is None:
                continue
            if self._next is not None and line.sequence > self._next:
                lost += line.sequence - self._next
            self._next = line.sequence + 1
            if self._ours(line):
                awaited = False
            else:
                lines.append(line)
        return join(lines), lost
