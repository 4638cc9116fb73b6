# SPDX-License-Identifier: LGPL-2.1-or-later
"""One boot of a guest: QEMU as a process, its three lines as files that grow."""
from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from typing import Dict, List, Optional, Sequence

from ..errors import Refused, why
from ..oom import take_first
from ..text import clean, decode
from . import cache, initramfs
from .launch import Launch
from .share import Share
from .silence import waited_ns

# What a guest says on each of its lines in one boot, bytes: no sane one comes near.
MOST = {"console": 64 << 20, "output": 16 << 20, "control": 1 << 20}


class Line:
    """A file that QEMU writes: read() gives what is new."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = open(path, "ab+", buffering=0)  # pylint: disable=consider-using-with
        self._file.seek(0, os.SEEK_END)

    def read(self, most: int) -> bytes:
        """What came since the last call, a bounded part of it."""
        return self._file.read(most) or b""

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Boot:
    """A guest that runs a command. Release with close(), which ends it.

    `events` holds what guest-init told (its first comment lists the words), `output`
    what the command wrote, `console` what the kernel said in this boot.
    """

    def __init__(self, launch: Launch, settings: Dict[str, str], command: Sequence[str] = (),
                 shares: Sequence[Share] = (), console: Optional[str] = None) -> None:
        self.events: List[str] = []
        # Grown in place: a guest may say much.
        self.output = bytearray()
        self.console = bytearray()
        self.began = time.monotonic()
        self._launch = launch
        self._folder = launch.folder
        self._pidfd = -1
        self._rest = b""
        self._said: Dict[str, int] = {}
        self._flooded: Optional[str] = None
        self._qemu: "Optional[subprocess.Popen[bytes]]" = None
        self._lines: Dict[str, Line] = {}
        try:
            initramfs.write(launch.archive, launch.guest.kernel, launch.sharing, settings, command)
            launch.prepare(shares)
            self._serial(console)
            with open(os.path.join(self._folder, "qemu.err"), "wb") as errors:
                self._qemu = launch.start(stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                          start_new_session=True)
            take_first(self._qemu.pid)
            self._pidfd = os.pidfd_open(self._qemu.pid)
        except OSError as error:
            self.close()
            raise Refused(f"cannot start a guest: {why(error)}") from None
        except BaseException:
            self.close()
            raise

    def _serial(self, console: Optional[str]) -> None:
        for number, name in enumerate(("console", "output", "control"), 1):
            path = os.path.join(self._folder, name)
            if name == "console" and console:
                path = console
            try:
                self._lines[name] = Line(path)
            except OSError as error:
                raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
            inside = self._launch.written(path, number)
            self._launch.argv += ["-chardev", f"file,id={name},append=on,path={inside}",
                                  *self._launch.guest.arch.line(name, number - 1)]

    def wait(self, seconds: float) -> bool:
        """Waits for the guest's end or that long, takes what came; True at the end."""
        assert self._qemu
        select.select([self._pidfd], [], [], seconds)
        ended = self._qemu.poll() is not None
        self._take()
        return ended

    def _take(self) -> None:
        self.console += self._read("console")
        self.output += self._read("output")
        lines = (self._rest + self._read("control")).split(b"\n")
        self._rest = lines.pop()
        self.events += [decode(line).rstrip("\r") for line in lines]

    def _read(self, name: str) -> bytes:
        """What is new on a line, of which no guest says more than MOST bytes."""
        before = self._said.get(name, 0)
        said = self._lines[name].read(MOST[name] + 1 - before)
        self._said[name] = before + len(said)
        if self._said[name] > MOST[name]:
            self._flooded = f"it wrote more than {MOST[name] >> 20} MB on its line `{name}`"
        return b"" if self._flooded else said

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

    def waited_ns(self) -> Dict[str, int]:
        """For how long each thread of QEMU could run and was not let, by its id."""
        assert self._qemu
        return waited_ns(self._qemu.pid)

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
        """Why the guest is not to be waited for: QEMU stopped it, or it never stops talking."""
        if self._flooded:
            return self._flooded
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
        self._launch.close(self._qemu)
        if self._pidfd >= 0:
            os.close(self._pidfd)
        for line in self._lines.values():
            line.close()
        self._lines, self._pidfd = {}, -1
