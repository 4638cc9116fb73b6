# SPDX-License-Identifier: LGPL-2.1-or-later
"""One boot of a guest: a QEMU process whose three serial lines are written to files."""
from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import Refused, why
from ..oom import take_first
from ..text import clean, decode
from ..watch.silence import waited_ns
from . import cache, initramfs
from .launch import Launch
from .share import Share

# The most that a guest may write to each serial line in one boot, in bytes; a guest that works
# writes far less.
MOST = {"console": 64 << 20, "output": 16 << 20, "control": 1 << 20}


class Line:
    """A file to which QEMU appends; read() returns what is new in it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = open(path, "ab+", buffering=0)  # pylint: disable=consider-using-with
        self._file.seek(0, os.SEEK_END)

    def read(self, most: int) -> bytes:
        """At most that many bytes of what was added since the last call."""
        return self._file.read(most) or b""

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Boot:
    """A guest that runs a command. Release with close(), which ends it.

    `events` are the messages of guest-init (listed in its first comment), `output` what the
    command wrote, `console` what the kernel printed in this boot.
    """

    what = "the guest"

    def __init__(self, launch: Launch, settings: Dict[str, str], command: Sequence[str] = (),
                 shares: Sequence[Share] = (), console: Optional[str] = None) -> None:
        self.events: List[str] = []
        # Extended in place, because the output may be large.
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
        """Waits at most that long for the guest to end, and reads its lines; True when it has
        ended."""
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
        """What is new on a line; nothing once more than MOST bytes have been written to it."""
        before = self._said.get(name, 0)
        said = self._lines[name].read(MOST[name] + 1 - before)
        self._said[name] = before + len(said)
        if self._said[name] > MOST[name]:
            self._flooded = f"it wrote more than {MOST[name] >> 20} MB on its line `{name}`"
        return b"" if self._flooded else said

    def event(self, word: str) -> Optional[str]:
        """The rest of guest-init's message that begins with that word; None without one."""
        for event in self.events:
            if event == word or event.startswith(word + " "):
                return event[len(word) + 1:]
        return None

    def processor_s(self) -> float:
        """The processor time that QEMU has taken, seconds."""
        assert self._qemu
        try:
            # The id of a process's CPU-time clock, as clock_getcpuclockid() computes it.
            return time.clock_gettime((~self._qemu.pid << 3) | 2)
        except OSError:
            return 0.0

    def waited_ns(self) -> Dict[str, int]:
        """How long each thread of QEMU was runnable without a processor, by thread id."""
        assert self._qemu
        return waited_ns(self._qemu.pid)

    def qemu_said(self) -> str:
        """The last line that QEMU or one of its daemons wrote to standard error."""
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
        """Why waiting for the guest is useless: QEMU stopped it, or it writes without end."""
        if self._flooded:
            return self._flooded
        try:
            with open(os.path.join(self._folder, "qemu.err"), "rb") as file:
                found = re.search(rb"^KVM internal error.*", file.read(), re.MULTILINE)
        except OSError:
            return None
        return clean(decode(found.group())) if found else None

    def vanished(self, stopped: Optional[str]) -> Tuple[str, str]:
        """The verdict for a guest that ended without a message of its own, and how."""
        return "panic", stopped or self.how_it_left()

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
