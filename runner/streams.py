# SPDX-License-Identifier: LGPL-2.1-or-later
"""The output streams of a program: a bounded part is kept, and everything is passed on."""
from __future__ import annotations

import os
from typing import Callable, Optional

from .errors import why

MAX_KEPT = 1 << 20


class Stream:
    """One of the program's outputs: a bounded part is kept, all is passed on."""

    def __init__(self, name: str, fd: int, sink: Optional[Callable[[bytes], None]],
                 path: Optional[str]) -> None:
        self.name, self.fd, self.sink, self.path = name, fd, sink, path
        self.kept = bytearray()
        self.dropped = 0
        self.file = -1
        self.error: Optional[str] = None
        os.set_blocking(fd, False)

    def read(self) -> bool:
        """Reads what is available; False at the end of the stream."""
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return True
        if not data:
            return False
        keep = data[:MAX_KEPT - len(self.kept)]
        if keep:
            self.kept += keep
            self._save(keep)
        self.dropped += len(data) - len(keep)
        if self.sink:
            self.sink(data)
        return True

    def drain(self, limit: int = 1 << 22) -> None:
        """Reads what is left in the pipe after the program has ended."""
        before = len(self.kept) + self.dropped
        while len(self.kept) + self.dropped - before < limit:
            have = len(self.kept) + self.dropped
            if not self.read() or len(self.kept) + self.dropped == have:
                return

    def _save(self, data: bytes) -> None:
        if self.path is None or self.error:
            return
        try:
            if self.file < 0:
                self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                                    | os.O_NOFOLLOW, 0o644)
            if os.write(self.file, data) != len(data):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            self.error = f"cannot write {self.path}: {why(error)}"

    def close(self) -> None:
        if self.dropped:
            self._save(f"\n[hugeproof: {self.dropped} more bytes were dropped]\n".encode())
        if self.file >= 0:
            os.close(self.file)
        os.close(self.fd)
