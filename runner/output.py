# SPDX-License-Identifier: LGPL-2.1-or-later
"""Standard output and standard error, whose reader may be gone, slow or out of space.

Writing to them never fails, and never blocks a run for ever: after the first error a stream drops
what is written to it, and lost() has the reason. finish() alone decides the exit status of a
command whose output was lost.
"""
from __future__ import annotations

import errno
import io
import os
import select
import sys
import traceback
from contextlib import contextmanager, redirect_stdout
from typing import Iterator, Optional, TextIO

from . import invoked
from .endings import Signals
from .errors import why
from .text import clean

# After poll() this many bytes fit into a pipe without blocking.
_PIECE = select.PIPE_BUF
# The interval for checking for signals while waiting for a reader, in ms.
_WAIT_MS = 200


class _Raw(io.RawIOBase):
    """A descriptor to which writing never fails."""

    def __init__(self, number: int, closed: Optional[OSError] = None) -> None:
        super().__init__()
        self.number, self.was_closed = number, closed
        self.failed: Optional[OSError] = None
        self.given_up = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.number

    def isatty(self) -> bool:
        return os.isatty(self.number)

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Writes a piece of the data, and waits for the reader if necessary. Drops the data after
        an error, and when a signal comes while the reader does not read."""
        whole = len(data)
        self.failed = self.failed or self.was_closed
        while self.failed is None:
            try:
                if self._ready():
                    return os.write(self.number, data[:_PIECE])
            except BlockingIOError:
                continue
            except OSError as error:
                self.failed = error
        return whole

    def _ready(self) -> bool:
        poll = select.poll()
        poll.register(self.number, select.POLLOUT)
        if poll.poll(_WAIT_MS):
            return True
        if self.given_up or Signals.heard():
            raise OSError(errno.ETIMEDOUT, "its reader did not read")
        return False


_raws = {1: _Raw(1), 2: _Raw(2)}


def prepare() -> None:
    """Makes the three standard streams safe to use. A closed one becomes /dev/null; otherwise the
    next opened file would get its number, and output would be written into that file."""
    for number in (0, 1, 2):
        closed = None
        try:
            os.fstat(number)
        except OSError as error:
            closed = error
            os.open(os.devnull, os.O_RDWR)
        if number:
            _raws[number] = _Raw(number, closed)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # pylint: disable=R1732
    sys.stdout = _text(1, sys.stdout)
    sys.stderr = _text(2, sys.stderr)


def _text(number: int, was: Optional[TextIO]) -> io.TextIOWrapper:
    raw = _raws[number]
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=was.encoding if was else "utf-8",
                            errors="backslashreplace",
                            line_buffering=number == 2 or raw.isatty())


def give_up() -> None:
    """From now on output is dropped when the reader does not read."""
    for raw in _raws.values():
        raw.given_up = True


def lost() -> Optional[str]:
    """Flushes standard output; returns why output was lost, or None."""
    sys.stdout.flush()
    failed = _raws[1].failed
    return why(failed) if failed else None


def finish(status: int, recorded: bool) -> int:
    """The exit status of a command that is done. It is 2 if the output was the result and was
    lost; a result that is `recorded` on disk keeps its status. A reader that closed the pipe gets
    no message."""
    reason = lost()
    failed = _raws[1].failed
    if reason is None or failed is None:
        return status
    if recorded:
        say(f"standard output was lost ({reason}): what was found is in the results' folder")
        return status
    if failed.errno != errno.EPIPE:
        say(f"cannot write to standard output: {reason}")
    return 2


def say(text: str) -> None:
    """One line on standard error."""
    print(f"{invoked.name()}: {clean(text, 1000)}", file=sys.stderr)


@contextmanager
def aside(is_json: bool) -> Iterator[None]:
    """What is printed meanwhile goes to standard error, if standard output is for one JSON
    object."""
    if not is_json:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def unexpected() -> None:
    """Reports the exception that is being handled as a fault of the runner itself, with its
    traceback, on standard error."""
    traceback.print_exc()
    say("this is a fault of hugeproof itself, not of the kernel: please report it")
