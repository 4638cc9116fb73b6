# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts QEMU and its daemons confined by runner/lab/jail.py. Each inherits descriptors of the
files that it needs, because it could not open them itself."""
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

# QEMU's seccomp filter: it refuses obsolete system calls, changing the user, new processes, and
# changing priorities.
_SANDBOX = ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
# The memory that QEMU needs besides the guest's, in MB: translated code, and the guest's folder.
_BESIDE_MB = 3072
_THREADS = 1024


class Launch:
    """A QEMU process to be started, and its daemons. Release with close(), which ends them.

    `who` is the user that QEMU runs as; `keep` names folders below /run, /tmp and /var/tmp that
    the guest is to see, `reads` the folders that it must be able to read, and `enters` those that
    it must be able to enter.
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
        """Composes the command, once the initramfs exists, and starts the daemons. Raises Refused
        and OSError."""
        kernel = os.path.join(self.folder, "kernel")
        shutil.copyfile(self.guest.kernel.image, kernel)
        for path in (kernel, self.archive):
            os.chmod(path, 0o644)
        qemu = cache.need_tool(self.guest.arch.qemu, self.guest.arch.remedy)
        if jail.covered(qemu):
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
        """Makes a socket that only root can open."""
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
        """Opens a file for QEMU to inherit; returns its path in QEMU."""
        self._fds.append(os.open(path, flags | os.O_CLOEXEC))
        return f"/proc/self/fd/{self._fds[-1]}"

    def written(self, path: str, number: int) -> str:
        """Opens a file to which QEMU appends the guest's serial line; returns its path in QEMU."""
        self.lent(path, os.O_WRONLY | os.O_APPEND)
        self.argv += ["-add-fd", f"fd={self._fds[-1]},set={number}"]
        return f"/dev/fdset/{number}"

    def start(self, **streams: Any) -> "subprocess.Popen[bytes]":
        """Starts QEMU as a process that ends with us. Raises OSError."""
        # QEMU gets the capability to read all files only where the programs are not readable by
        # everybody.
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
