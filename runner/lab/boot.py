# SPDX-License-Identifier: LGPL-2.1-or-later
"""One boot of a guest: QEMU as a process, its three lines as files that grow."""
from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import time
from typing import Dict, List, Optional, Sequence

from ..errors import Refused, why
from ..text import clean, decode
from . import cache, initramfs, share
from .guest import Guest


class Line:
    """A file that QEMU writes: read() gives what is new."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = open(path, "ab+", buffering=0)  # pylint: disable=consider-using-with
        self._file.seek(0, os.SEEK_END)

    def read(self) -> bytes:
        """What came since the last call."""
        return self._file.read() or b""

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Boot:
    """A guest that runs a command. Release with close(), which ends it.

    `events` holds what guest-init told (its first comment lists the words), `output`
    what the command wrote, `console` what the kernel said in this boot.
    """

    def __init__(self, guest: Guest, accel: str, sharing: str, settings: Dict[str, str],
                 command: Sequence[str] = (), shares: Sequence[share.Share] = (),
                 console: Optional[str] = None) -> None:
        self.events: List[str] = []
        self.output = b""
        self.console = b""
        self.began = time.monotonic()
        self._folder = cache.scratch()
        self._daemons: "List[subprocess.Popen[bytes]]" = []
        self._pidfd = -1
        self._rest = b""
        self._qemu: "Optional[subprocess.Popen[bytes]]" = None
        self._lines: Dict[str, Line] = {}
        try:
            archive = os.path.join(self._folder, "initramfs")
            initramfs.write(archive, guest.kernel, sharing, settings, command)
            self.argv = guest.qemu(accel, archive, shared=sharing == "virtiofs")
            self.argv += self._serial(console)
            self.argv += self._share(sharing, shares)
            self._start()
        except BaseException:
            self.close()
            raise

    def _serial(self, console: Optional[str]) -> List[str]:
        argv: List[str] = []
        for name in ("console", "output", "control"):
            path = os.path.join(self._folder, name)
            if name == "console" and console:
                path = console
            try:
                self._lines[name] = Line(path)
            except OSError as error:
                raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
            argv += ["-chardev", f"file,id={name},append=on,path={path.replace(',', ',,')}",
                     "-serial", f"chardev:{name}"]
        return argv

    def _share(self, sharing: str, shares: Sequence[share.Share]) -> List[str]:
        if sharing == "9p":
            return share.qemu_9p(shares)
        self._daemons = share.start_virtiofsd(shares, self._folder)
        return share.qemu_virtiofs(shares, self._folder)

    def _start(self) -> None:
        # QEMU dies with us. setpriv and no preexec_fn: threads may be about.
        dies_with_us = [cache.need_tool("setpriv"), "--pdeathsig", "KILL", "--"]
        with open(os.path.join(self._folder, "qemu.err"), "wb") as errors:
            self._qemu = subprocess.Popen(  # pylint: disable=consider-using-with
                dies_with_us + self.argv, stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors, start_new_session=True)
        self._pidfd = os.pidfd_open(self._qemu.pid)

    def wait(self, seconds: float) -> bool:
        """Waits for the guest's end or that long, takes what came; True at the end."""
        assert self._qemu
        select.select([self._pidfd], [], [], seconds)
        ended = self._qemu.poll() is not None
        self._take()
        return ended

    def _take(self) -> None:
        self.console += self._lines["console"].read()
        self.output += self._lines["output"].read()
        lines = (self._rest + self._lines["control"].read()).split(b"\n")
        self._rest = lines.pop()
        self.events += [decode(line).rstrip("\r") for line in lines]

    def event(self, word: str) -> Optional[str]:
        """What guest-init told after that word; None when it did not."""
        for event in self.events:
            if event == word or event.startswith(word + " "):
                return event[len(word) + 1:]
        return None

    def processor_s(self) -> float:
        """The processor time that QEMU has taken, seconds."""
        assert self._qemu
        try:
            # The clock of a process, as clock_getcpuclockid() makes it.
            return time.clock_gettime((~self._qemu.pid << 3) | 2)
        except OSError:
            return 0.0

    def qemu_said(self) -> str:
        """The last line that QEMU or a daemon of its wrote."""
        for name in ("qemu.err", "daemons"):
            try:
                with open(os.path.join(self._folder, name), "rb") as file:
                    line = cache.last_line(file.read())
            except OSError:
                continue
            if line:
                return line
        return ""

    def stopped(self) -> Optional[str]:
        """Why QEMU stopped the guest and waits, if it did."""
        try:
            with open(os.path.join(self._folder, "qemu.err"), "rb") as file:
                found = re.search(rb"^KVM internal error.*", file.read(), re.MULTILINE)
        except OSError:
            return None
        return clean(decode(found.group())) if found else None

    def how_it_left(self) -> str:
        """How the QEMU process ended."""
        assert self._qemu
        status = self._qemu.returncode
        if status is not None and status < 0:
            return f"QEMU was killed by {signal.Signals(-status).name}"
        said = self.qemu_said()
        if status == 0 and not said:
            return "it reset itself"
        return f"QEMU ended with exit status {status}" + (f": {said}" if said else "")

    def close(self) -> None:
        """Ends the guest if it runs, and removes its files."""
        for process in [self._qemu] * (self._qemu is not None) + self._daemons:
            assert process
            if process.poll() is None:
                process.kill()
            process.wait()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        for line in self._lines.values():
            line.close()
        self._lines, self._pidfd, self._daemons = {}, -1, []
        shutil.rmtree(self._folder, ignore_errors=True)
