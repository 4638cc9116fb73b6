# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder that a guest can write, and how the host reads it.

It is a tmpfs of bounded size that is mounted nowhere: no path of the host leads into it, and it is
freed with the last process that has it open. A guest's root can put anything there: links,
devices, pipes, folders in the place of files, files of any size. Therefore the host follows no
link in it and reads only regular files, a bounded piece at a time.
"""
from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from typing import BinaryIO, Iterator, List, Optional, Tuple

from ..errors import Refused, why
from . import syscalls

# How much a guest may write besides what it was given, in MB.
ROOM_MB, ENTRIES = 512, 16384
_SETTLED = syscalls.NOSUID | syscalls.NODEV | syscalls.NOEXEC
_FOLDER = os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


_CHUNK = 1 << 20


class Box:
    """A folder given by its descriptor. Names are relative to it. Release with close()."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

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
    def path(self) -> str:
        """Its path in this process and in those that inherit the descriptor. The final dot makes
        it a folder for programs that refuse a symbolic link."""
        return f"/proc/self/fd/{self.fd}/."

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

    def _at(self, name: str) -> Tuple[int, str]:
        """A descriptor of the folder that contains the file, and the file's name in it."""
        *folders, last = name.split("/")
        at = os.dup(self.fd)
        for folder in folders:
            try:
                below = os.open(folder, _FOLDER, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at, last

    def _open(self, name: str) -> int:
        """Opens a regular file for reading; raises OSError for anything else."""
        at, last = self._at(name)
        try:
            # Opening a device or a pipe can have side effects or block: check the type first.
            found = os.open(last, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
        finally:
            os.close(at)
        try:
            if not stat.S_ISREG(os.fstat(found).st_mode):
                raise OSError(22, "not a regular file")
            return os.open(f"/proc/self/fd/{found}",
                           os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        finally:
            os.close(found)

    def read(self, name: str, offset: int, most: int) -> Optional[bytes]:
        """At most `most` bytes of a regular file; None where there is no such file."""
        try:
            fd = self._open(name)
        except (OSError, ValueError):
            return None
        try:
            return os.pread(fd, most, offset)
        except OSError:
            return None
        finally:
            os.close(fd)

    def state(self, name: str) -> Tuple[int, int, int]:
        """Inode, size and time of a regular file, which show that it has changed; zeros where
        there is none."""
        try:
            fd = self._open(name)
        except (OSError, ValueError):
            return 0, 0, 0
        try:
            found = os.fstat(fd)
            return found.st_ino, found.st_size, found.st_mtime_ns
        finally:
            os.close(fd)

    def put(self, name: str, data: BinaryIO) -> None:
        """Makes a file before the guest has the folder. Raises OSError."""
        at, last = self._at(name)
        try:
            with open(os.open(last, _NEW, 0o644, dir_fd=at), "wb") as file:
                shutil.copyfileobj(data, file, _CHUNK)
                os.fchown(file.fileno(), *self._owner())
        finally:
            os.close(at)

    def folder(self, name: str) -> None:
        """Makes a folder before the guest has this one. Raises OSError."""
        os.mkdir(name, 0o755, dir_fd=self.fd)
        os.chown(name, *self._owner(), dir_fd=self.fd, follow_symlinks=False)

    def _owner(self) -> Tuple[int, int]:
        found = os.fstat(self.fd)
        return found.st_uid, found.st_gid

    def forget(self, name: str) -> None:
        """Removes a file that is not needed any more, to make room."""
        try:
            at, last = self._at(name)
        except (OSError, ValueError):
            return
        try:
            os.unlink(last, dir_fd=at)
        except OSError:
            pass
        finally:
            os.close(at)

    def files(self, deepest: int = 32) -> Iterator[str]:
        """The names of the regular files in it and in its subfolders."""
        folders: List[str] = [""]
        while folders:
            folder = folders.pop()
            try:
                at, _ = self._at(folder + "x")
            except OSError:
                continue
            try:
                readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
            finally:
                os.close(at)
            try:
                with os.scandir(readable) as entries:
                    found = sorted((entry.name, entry.is_dir(follow_symlinks=False),
                                    entry.is_file(follow_symlinks=False)) for entry in entries)
            finally:
                os.close(readable)
            for name, is_folder, is_file in found:
                if is_folder and folder.count("/") < deepest:
                    folders.append(f"{folder}{name}/")
                elif is_file:
                    yield folder + name

    def close(self) -> None:
        """Closes the descriptor."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


def keep_files(box: Box, parent: str, most: int) -> Optional[str]:
    """Copies the regular files of a guest that has ended, at most `most` bytes, into a new folder
    below `parent`, owned by us. Returns that folder, None without files. Raises OSError."""
    top: Optional[str] = None
    for name in box.files():
        # A sparse file may be larger than the room that it takes.
        size = box.state(name)[1]
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
                data = box.read(name, file.tell(), _CHUNK)
                if not data:
                    break
                file.write(data)
    return top
