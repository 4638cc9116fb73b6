# SPDX-License-Identifier: LGPL-2.1-or-later
"""A link to the part of `remote` on a machine under test: for the time of one boot, the watch of
runner/watch follows it like a guest."""
from __future__ import annotations

import os
import re
import select
import time
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Tuple

from ..endings import Signals, check
from ..errors import Refused, why
from ..text import clean, decode
from ..watch.console import lines_of, panicked
from . import command
from .far.frames import ALIVE_SECONDS, LEAST_SECONDS, MAGIC, MAX_DATA, Frames, frame
from .mirror import Mirror
from .ssh import Ssh, Unreachable, end

Json = Dict[str, Any]
# The most bytes that a command may print, and a kernel, in one boot.
MOST_PRINTED, MOST_SAID = 16 << 20, 64 << 20
# How long the first frame may take, how long unpacking and describing.
HELLO_SECONDS, READY_SECONDS = 120.0, 900.0
# How long a console must have said nothing after a panic, and how long a panic may take in all.
QUIET_SECONDS, PANIC_SECONDS = 3.0, 30.0
# How long the machine may take to say that it has restored everything, and when a signal came here.
BYE_SECONDS, AT_ONCE_SECONDS = 60.0, 0.6
_OURS = re.compile(r"hugeproof: (.*)")
# What the runner of a machine calls itself: a copy of ours, or the installed command.
_NAME = re.compile(r"^(?:run_tests\.py|hugeproof): ")


class Link:
    """A session. Release with close(). `vanish` decides what a lost link means: given why it was
    lost, it returns a verdict and a reason. `hear` returns what the console has said since the
    last call. Raises Unreachable for a machine that gives no answer."""

    def __init__(self, ssh: Ssh, asked: Json, sudo: bool, stall_s: float) -> None:
        self.what = "the machine"
        self.events: List[str] = []
        self.output = bytearray()
        self.console = bytearray()
        self.hello: Json = {}
        self.mirror: Optional[Mirror] = None
        self.vanish: Callable[[str], Tuple[str, str]] = lambda reason: ("timeout", reason)
        self.hear: Callable[[], bytes] = lambda: b""
        self.log: Optional[BinaryIO] = None
        self.ready = self.bye = False
        self._ssh, self._silent_s = ssh, max(stall_s, LEAST_SECONDS)
        self._frames = Frames()
        self._head: Optional[bytearray] = bytearray()
        self._wrong = self._failed = ""
        self._panic_at = self._said_at = 0.0
        code = command.code()
        self._out = bytearray(code)
        self._told = time.monotonic()
        # Before its first word a slow machine, or a slow shell, is given that time.
        self._heard = self._told + HELLO_SECONDS
        self._child = ssh.session(command.command(len(code), asked, sudo))
        assert self._child.stdin and self._child.stdout
        for stream in (self._child.stdin, self._child.stdout):
            os.set_blocking(stream.fileno(), False)
        self._open = True
        self._until(lambda: bool(self.hello), HELLO_SECONDS, "gives no answer")

    def _until(self, done: Callable[[], bool], seconds: float, wrong: str) -> None:
        """Waits for something. Raises Unreachable, Refused for what the other side says, and
        Interrupted."""
        ends = time.monotonic() + seconds
        while not done():
            check()
            ended = self.wait(0.05) or time.monotonic() > ends or self.stopped()
            # Its last word may have come with its end.
            if ended and not done():
                self._read()
                said = self._ssh.said("session")
                ours = _OURS.search(said)
                last = [_NAME.sub("", line)
                        for line in decode(bytes(self.output)).splitlines() if line.strip()]
                self.close()
                if self._failed or ours:
                    raise Refused(f"{self._ssh.host}: " + clean(
                        ours.group(1) if ours else " ".join(last[-1:] or [self._failed])))
                raise Unreachable(f"{self._ssh.host} {wrong}: {self.stopped() or said}")

    def give(self, line: Json, data: bytes = b"") -> None:
        """Sends a frame as soon as the link takes it."""
        self._out += frame(line, data)

    def give_file(self, name: str, file: BinaryIO) -> None:
        """Sends a file, and waits while the link does not take it. Raises as _until() does."""
        data: Optional[bytes] = None
        while data is None or len(data) == MAX_DATA:
            data = file.read(MAX_DATA)
            self.give({"kind": "file", "name": name}, data)
            self._until(lambda: len(self._out) < 4 * MAX_DATA, READY_SECONDS, "takes no files")

    def begin(self, order: Json) -> None:
        """Lets it start the command; returns when the programs have been described. Raises as
        _until() does."""
        self.give({"kind": "start", **order})
        self._until(lambda: self.ready, READY_SECONDS, "does not begin")

    def wait(self, seconds: float) -> bool:
        """Waits at most that long, and takes what came; True when the link has ended, or the
        machine has panicked and says no more."""
        now = time.monotonic()
        if now - self._told >= ALIVE_SECONDS and len(self._out) < MAX_DATA:
            self._told = now
            self.give({"kind": "alive"})
        assert self._child.stdin and self._child.stdout
        if self._open:
            select.select([self._child.stdout], [self._child.stdin] if self._out else [], [],
                          seconds)
            self._write()
            self._read()
        else:
            time.sleep(seconds)
        self._listen(self.hear())
        return not self._open or self._settled()

    def _write(self) -> None:
        assert self._child.stdin
        try:
            while self._out:
                del self._out[:os.write(self._child.stdin.fileno(), self._out[:1 << 16])]
        except BlockingIOError:
            pass
        except OSError:
            self._out.clear()

    def _read(self) -> None:
        assert self._child.stdout
        while self._open and not self._wrong:
            try:
                data = os.read(self._child.stdout.fileno(), 1 << 18)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._open = False
                return
            if self._head is not None:
                self._head += data
                _, found, data = bytes(self._head).partition(MAGIC)
                if not found:
                    del self._head[:-(1 << 16)]
                    continue
                self._head = None
            try:
                for line, content in self._frames.feed(data):
                    self._take(line, content)
            except (ValueError, KeyError, TypeError) as error:
                self._wrong = f"it sends what is no frame: {clean(str(error), 100)}"
            except OSError as error:
                raise Refused(f"cannot keep what {self._ssh.host} sends: {why(error)}") from None

    def _take(self, line: Json, data: bytes) -> None:
        kind = line["kind"]
        self._heard = time.monotonic()
        if kind == "hello":
            self.hello = {"boot": str(line["boot"]), "uid": int(line["uid"]),
                          "node": str(line["node"]), "kernel": list(map(str, line["kernel"]))}
        elif kind == "part" and self.mirror:
            self.mirror.part(line["name"], line["at"], data)
        elif kind == "whole" and self.mirror:
            self.mirror.whole(line["name"], data, bool(line["more"]))
        elif kind == "printed":
            self.output += data
            if len(self.output) > MOST_PRINTED:
                self._wrong = f"it prints more than {MOST_PRINTED >> 20} MB"
        elif kind == "said":
            self._listen(data)
        elif kind == "ready":
            self.ready = True
        elif kind == "failed":
            self._failed = clean(str(line["reason"])) or "it cannot begin"
        elif kind == "exit":
            self.events.append(f"exit {int(line['status'])}")
        elif kind == "bye":
            self.bye = True

    def _listen(self, data: bytes) -> None:
        """Takes what the kernel says."""
        if not data:
            return
        before = self.console.rfind(b"\n", 0, max(len(self.console) - 1, 0)) + 1
        self.console += data
        if self.log:
            self.log.write(data)
            self.log.flush()
        self._said_at = time.monotonic()
        if not self._panic_at and panicked(lines_of(bytes(self.console[before:]))):
            self._panic_at = self._said_at
        if len(self.console) > MOST_SAID:
            self._wrong = f"its console says more than {MOST_SAID >> 20} MB"

    def _settled(self) -> bool:
        """True when the kernel has panicked, and has said what it had to say."""
        now = time.monotonic()
        return bool(self._panic_at) and (now - self._said_at > QUIET_SECONDS
                                         or now - self._panic_at > PANIC_SECONDS)

    def event(self, word: str) -> Optional[str]:
        """A machine that cannot begin is reported by begin()."""
        return None

    def waited_ns(self) -> Dict[str, int]:
        """A machine elsewhere does not wait for this one."""
        return {}

    def stopped(self) -> Optional[str]:
        """Why waiting is useless: what comes is wrong, or nothing comes at all."""
        if self._wrong or self._failed:
            return self._wrong or self._failed
        quiet = time.monotonic() - self._heard
        return f"not a word for {quiet:.0f} s" if quiet > self._silent_s else None

    @property
    def exited(self) -> Optional[int]:
        """The status of the command, once it has ended by itself."""
        return int(self.events[-1][5:]) if self.events else None

    def vanished(self, stopped: Optional[str]) -> Tuple[str, str]:
        """The verdict for a link that ended before the command, and the reason."""
        if self._wrong:
            return "panic", self._wrong
        if self._panic_at:
            return "panic", "it panicked"
        return self.vanish(stopped or f"the link ended: {self._ssh.said('session')}")

    @property
    def panicked(self) -> bool:
        """True once the console has shown a panic."""
        return bool(self._panic_at)

    def drop(self) -> None:
        """Ends the link without a word: it is lost."""
        self._open = False
        end(self._child)

    def close(self) -> None:
        """Asks the other side to end, waits a moment for it to have restored the machine, and
        takes what it still sends."""
        if self._open and not self.bye and not self._panic_at:
            self.give({"kind": "end"})
            began = time.monotonic()
            while not self.bye and not self.wait(0.02) and not self.stopped():
                if time.monotonic() - began > (AT_ONCE_SECONDS if Signals.heard()
                                               else BYE_SECONDS):
                    break
        self.drop()
