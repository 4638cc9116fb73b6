# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder that a guest can write.

It is a tmpfs of bounded size that is mounted nowhere: no path of the host leads into it, and it is
freed with the last process that has it open.
"""
from __future__ import annotations

import os
import tempfile
import time
from typing import Optional

from ..errors import Refused, why
from ..watch import box as read
from . import syscalls

# How much a guest may write besides what it was given, in MB.
ROOM_MB, ENTRIES = 512, 16384
_SETTLED = syscalls.NOSUID | syscalls.NODEV | syscalls.NOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


class Box(read.Box):
    """A folder given by its descriptor. Names are relative to it. Release with close()."""

    @classmethod
    def make(cls, given: int = 0, room_mb: int = ROOM_MB, owner: int = 0) -> "Box":
        """Makes an empty folder that the user `owner` can write, with room for `given` bytes and
        `room_mb` MB more. Raises Refused."""
        options = {"size": str(given + (room_mb << 20)), "nr_inodes": str(ENTRIES),
                   "mode": "0700", "uid": str(owner), "gid": str(owner)}
        try:
            try:
                return cls(syscalls.new_tmpfs(options, _SETTLED | syscalls.NOSYMFOLLOW))
            except OSError:
                return cls(syscalls.new_tmpfs(options, _SETTLED))  # For Linux before 5.10.
        except OSError as error:
            raise Refused("the guest's folder cannot be made, a file system in memory: "
                          f"{why(error)}") from None

    @property
    def model(self) -> str:
        """The QEMU security model that stores the owners and modes of the guest's files as
        metadata, so that they never apply on the host; links and devices are plain files there."""
        try:
            os.setxattr(self.path, "user.hugeproof", b"")
            os.removexattr(self.path, "user.hugeproof")
            return "mapped-xattr"
        except OSError:
            return "mapped-file"


def keep_files(inside: Box, parent: str, most: int) -> Optional[str]:
    """Copies the regular files of a guest that has ended, at most `most` bytes, into a new folder
    below `parent`, owned by us. Returns that folder, None without files. Raises OSError."""
    top: Optional[str] = None
    for name in inside.files():
        # A sparse file may be larger than the room that it takes.
        size = inside.state(name)[1]
        if size > most or ".virtfs_metadata" in name.split("/"):
            continue
        most -= size
        if top is None:
            top = tempfile.mkdtemp(prefix=time.strftime("shell-%Y%m%d-%H%M%S-"), dir=parent)
            os.chmod(top, 0o755)
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, _NEW, 0o644), "wb") as file:
            while True:
                data = inside.read(name, file.tell(), _CHUNK)
                if not data:
                    break
                file.write(data)
    return top
