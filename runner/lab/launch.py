# SPDX-License-Identifier: LGPL-2.1-or-later
"""How QEMU and its daemons are started: shut in (runner/lab/jail.py), each with what it needs
as open files, for it could not open them itself."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from typing import Any, List, Optional, Sequence

from ..endings import held, signal_group
from . import cache, jail, share, user
from .cgroup import Cgroup
from .guest import Guest
from .share import Share

# seccomp: no obsolete system calls, no change of user, no new processes, no priorities.
_SANDBOX = ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
# What QEMU takes beside the guest's memory: code that it translated, and the guest's folder.
_BESIDE_MB = 3072
_THREADS = 1024


class Launch:
    """A QEMU to be started, and its daemons. Release with close(), which ends them.

    `who` is the user that it runs as; `keep` names folders below /run, /tmp and /var/tmp that
    the guest is to see, `reads` all that it must be able to read, `enters` where it works.
    """

    def __init__(self, guest: Guest, accel: str, sharing: str, who: int,
                 keep: Sequence[str] = (), reads: Sequence[str] = (),
                 enters: Sequence[str] = ()) -> None:
        self.guest, self.accel, self.sharing, self.who = guest, accel, sharing, who
        self.keep = [path for path in keep if os.path.isdir(path)]
        self.folder = cache.scratch()
        self.archive = os.path.join(self.folder, "initramfs")
        self.argv: List[str] = []
        self.daemons: "List[subprocess.Popen[bytes]]" = []
        self._reads, self._enters = reads, enters
        self._fds: List[int] = []
        self._lent: List[int] = []
        self._group = Cgroup()

    def prepare(self, shares: Sequence[Share]) -> None:
        """Puts the command together, once the archive is there, and starts the daemons.
        Raises Refused and OSError."""
        kernel = os.path.join(self.folder, "kernel")
        shutil.copyfile(self.guest.kernel.image, kernel)
        for path in (kernel, self.archive):
            os.chmod(path, 0o644)
        qemu = cache.need_tool(self.guest.arch.qemu, self.guest.arch.remedy)
        if qemu.startswith(tuple(place + "/" for place in jail.COVERED)):
            self.keep.append(os.path.dirname(qemu))
        self.argv = [qemu] + self.guest.qemu(
            self.accel, self.lent(kernel), self.lent(self.archive),
            self.sharing == "virtiofs")[1:] + _SANDBOX
        if self.guest.gdb:
            self.argv += ["-chardev", f"socket,id=gdb,fd={self._listening(self.guest.gdb)},"
                          "server=on,wait=off", "-gdb", "chardev:gdb"]
        self._group.make(self.guest.memory_mb + _BESIDE_MB, _THREADS)
        self._lent += share.descriptors(shares)
        if self.sharing == "9p":
            self.argv += share.qemu_9p(shares)
            return
        sockets = {}
        for each in shares:
            listening = socket.socket(socket.AF_UNIX)
            with listening:
                path = os.path.join(self.folder, each.tag)
                listening.bind(path)
                listening.listen(1)
                self.daemons.append(self._daemon(each, listening.fileno()))
                with socket.socket(socket.AF_UNIX) as connected:
                    connected.connect(path)
                    sockets[each.tag] = connected.detach()
            self._fds.append(sockets[each.tag])
        self.argv += share.qemu_virtiofs(shares, sockets)

    def _daemon(self, each: Share, listening: int) -> "subprocess.Popen[bytes]":
        spec = jail.specification(self.keep, capabilities=share.CAPABILITIES, must=True,
                                  groups=self._group.paths)
        with open(os.path.join(self.folder, "daemons"), "ab") as log, held():
            return subprocess.Popen(  # pylint: disable=consider-using-with
                jail.command(spec, share.daemon_command(each, listening)),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                pass_fds=[listening, *share.descriptors([each])])

    def _listening(self, path: str) -> int:
        """A socket for who may open it: root."""
        if os.path.lexists(path):
            os.unlink(path)
        listening = socket.socket(socket.AF_UNIX)
        with listening:
            mask = os.umask(0o177)
            try:
                listening.bind(path)
            finally:
                os.umask(mask)
            listening.listen(1)
            self._fds.append(listening.detach())
        return self._fds[-1]

    def lent(self, path: str, flags: int = os.O_RDONLY) -> str:
        """A file that QEMU gets open; what it is called there."""
        self._fds.append(os.open(path, flags | os.O_CLOEXEC))
        return f"/proc/self/fd/{self._fds[-1]}"

    def written(self, path: str, number: int) -> str:
        """A file that QEMU adds to, as a line of the guest; what it is called there."""
        self.lent(path, os.O_WRONLY | os.O_APPEND)
        self.argv += ["-add-fd", f"fd={self._fds[-1]},set={number}"]
        return f"/dev/fdset/{number}"

    def start(self, **streams: Any) -> "subprocess.Popen[bytes]":
        """QEMU, as a process that ends with us. Raises OSError."""
        # Of root's files it reads what anybody can, unless the programs are not among that.
        anybody = user.anybody_can_read(self._reads, self._enters)
        spec = jail.specification(
            self.keep, self.who, () if anybody else (jail.DAC_READ_SEARCH,),
            groups=self._group.paths)
        with held():
            return subprocess.Popen(  # pylint: disable=consider-using-with
                jail.command(spec, self.argv), pass_fds=[*self._fds, *self._lent], **streams)

    def close(self, qemu: "Optional[subprocess.Popen[bytes]]" = None) -> None:
        """Ends QEMU and the daemons if they run, and removes their files."""
        children = [*filter(None, [qemu]), *self.daemons]
        for child in children:
            if child.poll() is None:
                signal_group(child.pid, signal.SIGKILL)
        for child in children:
            child.wait()
        for fd in self._fds:
            os.close(fd)
        self._fds, self.daemons = [], []
        self._group.close()
        shutil.rmtree(self.folder, ignore_errors=True)
