# SPDX-License-Identifier: LGPL-2.1-or-later
"""Standard output and standard error, which may be full, closed, gone or unwilling.

Nothing that writes to them ever fails or blocks a run for good: after the first error a
stream takes what it is given and drops it, and `lost()` says why. What a command whose
answer went nowhere returns is decided in one place, finish().
"""
from __future__ import annotations

import errno
import io
import os
import select
import sys
import traceback
from typing import Optional, TextIO

from .endings import Signals
from .errors import why
from .text import clean

# poll() promises that so many bytes go into a pipe at once.
_PIECE = select.PIPE_BUF
# How long to wait for a reader before asking again whether to go on waiting, in ms.
_WAIT_MS = 200


class _Raw(io.RawIOBase):
    """A descriptor that can be written to, whatever became of it."""

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
        """Writes a piece of it, waiting as long as the reader takes; drops all of it once
        there was an error, or when a signal came while the reader did not read."""
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
    """Makes the three standard streams safe to use. A closed one becomes /dev/null: the next
    file that is opened would take its number, and what is printed would go there."""
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
    """From now on nobody waits for a reader that does not read."""
    for raw in _raws.values():
        raw.given_up = True


def lost() -> Optional[str]:
    """Why what was printed did not arrive, or None. Asks the stream to write what it has."""
    sys.stdout.flush()
    failed = _raws[1].failed
    return why(failed) if failed else None


def finish(status: int, recorded: bool) -> int:
    """The exit status of a command that is done. Where what it printed was its answer and
    did not arrive, that is 2; what is `recorded` elsewhere counts for itself. A reader
    that went away has had enough, and needs not be told."""
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
    print(f"run_tests.py: {clean(text, 1000)}", file=sys.stderr)


def unexpected() -> None:
    """The exception that is being handled is a fault of the runner itself, and says nothing
    of the kernel: where it came from, on standard error."""
    traceback.print_exc()
    say("this is a fault of hugeproof itself, not of the kernel: please report it")
