# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder into which the record of a machine comes, from where it is accepted."""
from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile

from ..errors import Refused, why
from ..watch.box import Box

# How much one boot may write, in bytes, besides what it was given.
ROOM = 512 << 20
# The files that a machine may write: those of a runner, by the names that programs can have.
_WHOLE = re.compile(r"(run\.json|running|described\.json)\Z")
_PART = re.compile(r"(results\.jsonl|out/[A-Za-z0-9_][A-Za-z0-9_.@#:+-]{0,240}\.(out|err))\Z")


class Mirror(Box):
    """A private folder, removed by close()."""

    def __init__(self) -> None:
        try:
            self.place = tempfile.mkdtemp(prefix="hugeproof-remote-")
        except OSError as error:
            raise Refused(f"cannot make a folder: {why(error)}") from None
        super().__init__(os.open(self.place, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        self._room = ROOM
        self._pieces = bytearray()

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise ValueError(f"it sends more than {ROOM >> 20} MB")

    def part(self, name: str, at: int, data: bytes) -> None:
        """Adds to a file, or begins it anew at 0. Raises ValueError for what no runner writes, and
        OSError."""
        if not _PART.match(name) or isinstance(at, bool) or not isinstance(at, int) or at < 0:
            raise ValueError(f"it sends a file {name!r}")
        self._take(len(data))
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (0 if at else os.O_TRUNC)
        with open(os.open(os.path.join(self.place, name), flags, 0o600), "wb") as file:
            # A file that was taken already begins with a hole.
            file.seek(min(at, ROOM))
            file.write(data)

    def whole(self, name: str, data: bytes, more: bool) -> None:
        """Takes a piece of a file, which is there once the last one has come. Raises ValueError and
        OSError."""
        if not _WHOLE.match(name):
            raise ValueError(f"it sends a file {name!r}")
        self._take(len(data))
        self._pieces += data
        if more:
            return
        path = os.path.join(self.place, name)
        temporary = f"{path}.{secrets.token_hex(4)}"
        with open(temporary, "xb") as file:
            file.write(self._pieces)
        os.rename(temporary, path)
        self._pieces = bytearray()

    def close(self) -> None:
        """Removes the folder."""
        super().close()
        shutil.rmtree(self.place, ignore_errors=True)
