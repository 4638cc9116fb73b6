# SPDX-License-Identifier: LGPL-2.1-or-later
"""IPC and mount namespaces for each program: everything new in them is the program's, and what it
leaves there ends with them."""
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
    """The descriptor of a memory file with a copy of the mounts at this moment."""
    copy = os.memfd_create("mounts", os.MFD_CLOEXEC)
    text = machine.read_fd(fd)
    if os.write(copy, text) != len(text):
        raise OSError("no memory for the mounts")
    return copy


class Namespaces:
    """Namespaces that the child enters before exec. It sends their descriptors, which keep them
    after its end. Without CAP_SYS_ADMIN there are none."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._fds: Dict[str, int] = {}

    def enter(self) -> None:
        """Called in the child; without the privilege it continues in the runner's namespaces."""
        try:
            if _libc.unshare(_CLONE_NEWIPC) == 0:
                self._send("segments", os.open("/proc/sysvipc/shm", os.O_RDONLY))
            # Mounts and unmounts elsewhere propagate into the namespace, so that a copy of a
            # mount does not keep its file system busy.
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
        """Receives the descriptors, after exec or the end of the child."""
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
        """The segments in the namespace; None without one."""
        if "segments" not in self._fds:
            return None
        found = machine.parse_segments(machine.read_fd(self._fds["segments"]))
        return [segment for _, segment in sorted(found.items())]

    def new_mounts(self) -> Optional[List[str]]:
        """The mounts that were made in the namespace, and bind mounts that propagated into it; None
        without one."""
        if "mounts" not in self._fds:
            return None
        return machine.mounts_made_there(machine.read_fd(self._fds["before"]),
                                         machine.read_fd(self._fds["mounts"]))

    def leave_mounts(self) -> None:
        """Closes the mount namespace, whose mounts end if it has no processes."""
        for name in ("before", "mounts"):
            if name in self._fds:
                os.close(self._fds.pop(name))

    def close(self) -> None:
        """Closes all namespaces; the kernel frees segments a little later."""
        self._here.close()
        self._there.close()
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()
