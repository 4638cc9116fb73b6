# SPDX-License-Identifier: LGPL-2.1-or-later
"""SysV IPC and mounts of a program's own: namespaces in which all that is new is its doing,
and with which all that it leaves there is gone."""
from __future__ import annotations

import ctypes
import os
import socket
from typing import Dict, List, Optional

from ..observe import machine
from ..observe.machine import Segment

_CLONE_NEWNS, _CLONE_NEWIPC = 0x20000, 0x8000000
_MS_REC_SLAVE = 0x4000 | 1 << 19

_libc = ctypes.CDLL(None, use_errno=True)


def _mounts_now(fd: int) -> int:
    """The mounts of this moment, in memory; its descriptor."""
    copy = os.memfd_create("mounts", os.MFD_CLOEXEC)
    text = machine.read_fd(fd)
    if os.write(copy, text) != len(text):
        raise OSError("no memory for the mounts")
    return copy


class Namespaces:
    """Entered by the child before it becomes the program; the descriptors that it sends
    outlive it, and keep what it leaves. Without CAP_SYS_ADMIN there are none."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._fds: Dict[str, int] = {}

    def enter(self) -> None:
        """For the child, which goes on without them where it may not have them."""
        try:
            if _libc.unshare(_CLONE_NEWIPC) == 0:
                self._send("segments", os.open("/proc/sysvipc/shm", os.O_RDONLY))
            # What others mount and unmount meanwhile is seen by the program as well, and no
            # file system of theirs is kept busy by a copy.
            if _libc.unshare(_CLONE_NEWNS) == 0 and _libc.mount(
                    None, b"/", None, _MS_REC_SLAVE, None) == 0:
                mounts = os.open("/proc/self/mountinfo", os.O_RDONLY)
                self._send("before", _mounts_now(mounts))
                self._send("mounts", mounts)
        except OSError:
            pass

    def _send(self, name: str, fd: int) -> None:
        socket.send_fds(self._there, [name.encode()], [fd])

    def entered(self) -> None:
        """Takes what the child sent, once it is the program or has ended."""
        self._there.close()
        while True:
            try:
                name, fds, _, _ = socket.recv_fds(
                    self._here, 64, 1, socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            if not name:
                break
            self._fds.update(zip([name.decode()], fds))

    def segments(self) -> Optional[List[Segment]]:
        """The segments there; None where it has no such namespace."""
        if "segments" not in self._fds:
            return None
        found = machine.parse_segments(machine.read_fd(self._fds["segments"]))
        return [segment for _, segment in sorted(found.items())]

    def new_mounts(self) -> Optional[List[str]]:
        """What was mounted there, of copies (`mount --bind`) also those that others made; None
        where it has no such namespace."""
        if "mounts" not in self._fds:
            return None
        return machine.mounts_made_there(machine.read_fd(self._fds["before"]),
                                         machine.read_fd(self._fds["mounts"]))

    def leave_mounts(self) -> None:
        """Gives up the mounts: they are gone when it returns, if no process is left."""
        for name in ("before", "mounts"):
            if name in self._fds:
                os.close(self._fds.pop(name))

    def close(self) -> None:
        """Gives up all; the kernel frees segments a little later."""
        self._here.close()
        self._there.close()
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()
