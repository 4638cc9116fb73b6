# SPDX-License-Identifier: LGPL-2.1-or-later
"""Long answers of a command go through a pager, on a terminal only."""
from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from typing import IO, Iterable, Iterator, List, Optional, TextIO

from .endings import GRACE_SECONDS, held

_USUAL = "less"
# less ends by itself if all fits on the screen, and leaves it there.
_LESS = "FRX"


def _command() -> Optional[List[str]]:
    """$PAGER, or less; None where there is none, or none is wanted."""
    try:
        words = shlex.split(os.environ.get("PAGER", _USUAL))
    except ValueError:
        return None
    return words if words and words[0] != "cat" and shutil.which(words[0]) else None


def _end(child: "subprocess.Popen[str]") -> None:
    """Ends a pager that waits for somebody to read, after a signal."""
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


class _Pages:
    """Text for a pager. What it does not read any more is dropped."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes it, unless the pager has ended."""
        with contextlib.suppress(BrokenPipeError):
            return self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Does nothing: the pager gets the text in large pieces."""

    def isatty(self) -> bool:
        """No colours, and no line that changes."""
        return False


@contextlib.contextmanager
def paged() -> Iterator[TextIO]:
    """A stream for an answer: standard output, or on a terminal the pager, to whose end it
    waits."""
    command = _command() if sys.stdout.isatty() else None
    if not command:
        yield sys.stdout
        return
    child: "Optional[subprocess.Popen[str]]" = None
    try:
        # A signal between the pager's start and here would leave it behind.
        with held():
            child = subprocess.Popen(  # pylint: disable=consider-using-with
                command, stdin=subprocess.PIPE, env={"LESS": _LESS, **os.environ},
                encoding="utf-8", errors="backslashreplace")
        assert child.stdin
        yield _Pages(child.stdin)  # type: ignore[misc]
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        child.wait()
    except BaseException:
        if child:
            _end(child)
        raise
