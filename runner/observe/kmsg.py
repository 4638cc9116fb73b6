# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel log, read from /dev/kmsg."""
from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass
from itertools import islice
from typing import Iterator, List, Optional, Protocol

from ..text import decode

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
# The prefix that the driver of /dev/ttyprintk puts before text that a process wrote.
_OF_TTY = b"[U] "


@dataclass
class Line:
    """A record of the kernel log. `kernel` is false when a process wrote it. `caller` is the thread
    or processor that printed it, if the kernel records that. `text` has several lines if they were
    printed at once."""

    sequence: int
    time_us: int
    level: int
    kernel: bool
    text: str
    fragment: bool = False
    caller: str = ""


class Listener(Protocol):
    """The interface of objects that get the lines of the log."""

    def add(self, line: Line) -> None:
        """A line came."""

    def missed(self, number: int) -> None:
        """Called when lines before the next one were overwritten before they could be read."""


def parse(record: bytes) -> Optional[Line]:
    """Parses a record of /dev/kmsg; None if it is not one.

    `PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT`, then a line for each property of a device.
    TEXT may begin with blanks, as lines of a call trace do. Characters in it that are not
    printable, line breaks and backslashes among them, are escaped as \\xNN, so that TEXT ends with
    the first line.
    """
    prefix, found, rest = record.partition(b";")
    fields = prefix.split(b",")
    if not found or len(fields) < 4:
        return None
    try:
        priority, sequence, time_us = int(fields[0]), int(fields[1]), int(fields[2])
    except ValueError:
        return None
    text = rest.partition(b"\n")[0]
    if b"\\" in text:
        text = _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), text)
    caller = next((decode(field[7:]) for field in fields[4:] if field.startswith(b"caller=")), "")
    return Line(sequence, time_us, priority & 7,
                priority >> 3 == 0 and not text.startswith(_OF_TTY), decode(text),
                fields[3][:1] in (b"c", b"+"), caller)


def continues(line: Line, before: Line) -> bool:
    """True when a line continues the one before: the same thread printed that without a newline,
    and the kernel could not join them."""
    return (line.fragment and line.kernel and before.kernel
            and line.sequence == before.sequence + 1 and line.caller == before.caller)


# How long a mark may take to become visible, because another processor is in the middle of an
# earlier line.
_PATIENCE_S = 1.0
# How many lines are read at a time before other work is done.
_AT_ONCE = 4096


class _Nobody:
    """Ignores the lines from before a run."""

    def add(self, line: Line) -> None:
        """A line came."""

    def missed(self, number: int) -> None:
        """Lines were lost."""


class KernelLog:
    """Reads new lines, beginning at the end of the log. Release with close()."""

    def __init__(self, path: str = "/dev/kmsg") -> None:
        self.path = path
        self._next: Optional[int] = None
        self._marks: List[str] = []
        self._marks_come = True
        self._lost = False
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.read("a run begins", _Nobody())

    def close(self) -> None:
        """Closes the log."""
        os.close(self.fd)

    def _mark(self, text: str) -> str:
        """Writes a line of our own into the log. It shows readers of the log what was running, and
        completes an earlier line without a newline, which is not visible before the next line
        comes. Returns the line to wait for, if any: a kernel may refuse or drop lines of processes.
        """
        mark = f"hugeproof: {text}"
        try:
            # The kernel limits the rate of messages for each opened file.
            fd = os.open(self.path, os.O_WRONLY)
        except OSError:
            return ""
        try:
            os.write(fd, f"<7>{mark}\n".encode())
            self._marks.append(mark)
        except OSError:
            return ""
        finally:
            os.close(fd)
        return mark if self._marks_come else ""

    def _ours(self, line: Line) -> bool:
        if line.kernel or line.text not in self._marks:
            return False
        self._marks.remove(line.text)
        return True

    def _comes(self, seconds: float) -> bool:
        """Waits for a line."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return seconds > 0 and bool(poll.poll(seconds * 1000))

    def _new(self, listener: Listener) -> Iterator[Line]:
        """The available lines. Lines that were overwritten are counted by the sequence numbers."""
        while True:
            try:
                record = os.read(self.fd, 16384)
            except BlockingIOError:
                return
            except BrokenPipeError:
                # Lines were overwritten: the next read continues with the oldest one.
                if self._next is None:
                    listener.missed(1)
                continue
            if not record:
                return
            line = parse(record)
            if line is None:
                continue
            if self._next is not None and line.sequence > self._next:
                self._lost = True
                listener.missed(line.sequence - self._next)
            self._next = line.sequence + 1
            yield line

    def drain(self, listener: Listener) -> None:
        """Reads the available lines, or a bounded number of them, before they are overwritten: the
        log is a ring."""
        for line in islice(self._new(listener), _AT_ONCE):
            if not self._ours(line):
                listener.add(line)

    def read(self, mark: str, listener: Listener) -> None:
        """Reads the lines since the last call up to a mark that is written now."""
        self._lost = False
        awaited = self._mark(mark)
        ends = time.monotonic() + _PATIENCE_S
        while True:
            taken = 0
            for taken, line in enumerate(islice(self._new(listener), _AT_ONCE), 1):
                if not self._ours(line):
                    listener.add(line)
                elif line.text == awaited:
                    return
            if taken == _AT_ONCE:
                continue
            left = ends - time.monotonic()
            if not awaited or self._lost or not self._comes(left):
                break
        # After a mark that did not come although no line was lost, marks are not waited for.
        self._marks_come = self._marks_come and (not awaited or self._lost)
