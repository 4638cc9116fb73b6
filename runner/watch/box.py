# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder in which a machine under test leaves its record, and how it is read here.

A guest of the lab can write there itself, and its root can put anything there: links, devices,
pipes, folders in the place of files, files of any size. Therefore no link in it is followed, and
only regular files are read, a bounded piece at a time.
"""
from __future__ import annotations

import os
import shutil
import stat
from typing import BinaryIO, Iterator, List, Optional, Tuple

_FOLDER = os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


class Box:
    """A folder given by its descriptor. Names are relative to it. Release with close()."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @property
    def path(self) -> str:
        """Its path in this process and in those that inherit the descriptor. The final dot makes
        it a folder for programs that refuse a symbolic link."""
        return f"/proc/self/fd/{self.fd}/."

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
        """Makes a file before the machine has the folder. Raises OSError."""
        at, last = self._at(name)
        try:
            with open(os.open(last, _NEW, 0o644, dir_fd=at), "wb") as file:
                shutil.copyfileobj(data, file, _CHUNK)
                os.fchown(file.fileno(), *self._owner())
        finally:
            os.close(at)

    def folder(self, name: str) -> None:
        """Makes a folder before the machine has this one. Raises OSError."""
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
