# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serves one link: unpacks what it is sent into a folder, starts the runner there, and sends the
runner's record as it grows. When the link ends, however it does, the runner gets SIGTERM and
restores the machine, and the folder is removed."""
from __future__ import annotations

import ctypes
import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from typing import Any, Dict, List, Optional, Tuple

from .frames import ALIVE_SECONDS, MAGIC, Frames, frame
from .record import Sender

Json = Dict[str, Any]
# How often files are looked at.
LOOK_SECONDS = 0.1
# How long the runner may take to restore the machine, and the programs to describe themselves.
RESTORE_SECONDS, DESCRIBE_SECONDS = 60.0, 600.0
# How long the last frames may take.
LAST_SECONDS = 5.0
# Nothing is read while so many bytes wait to be sent.
MAX_WAITING = 4 << 20
_PDEATHSIG = 1


class Lost(Exception):
    """The link has ended, or the other side asks to end."""


class Failed(Exception):
    """It cannot go on; the argument says why."""


def boot_id() -> str:
    """What tells this boot from others."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def hello() -> Json:
    """What the machine is."""
    uname = platform.uname()
    return {"boot": boot_id(), "uid": os.geteuid(), "node": uname.node,
            "kernel": [uname.release, uname.version, uname.machine]}


def _began(pid: int) -> str:
    """When a process began, so that another one with its number is not taken for it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


class Agent:
    """Serves one link, and one runner. `asked`: `folder`, and `link_s`, after how many seconds
    without a word from the other side the link counts as lost."""

    def __init__(self, asked: Json) -> None:
        self.folder, self.link_s = str(asked["folder"]), float(asked["link_s"])
        self.kmsg = -1
        self.runner: "Optional[subprocess.Popen[bytes]]" = None
        self._frames = Frames()
        self._out = bytearray(MAGIC)
        self._heard = self._told = time.monotonic()
        self._ended = self._made = False
        for fd in (0, 1):
            os.set_blocking(fd, False)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def _end(self, *_: object) -> None:
        self._ended = True

    def tell(self, kind: str, data: bytes = b"", **line: Any) -> None:
        """Sends a frame as soon as the link takes it."""
        self._out += frame({"kind": kind, **line}, data)

    def flush(self) -> bool:
        """Sends what the link takes; False once it takes nothing any more."""
        try:
            while self._out:
                del self._out[:os.write(1, self._out[:1 << 16])]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def last(self) -> None:
        """Sends what is left, if the link takes it in time."""
        ends = time.monotonic() + LAST_SECONDS
        while self.flush() and self._out and time.monotonic() < ends:
            select.select([], [1], [], LOOK_SECONDS)

    def pump(self, also: List[int]) -> List[Tuple[Json, bytes]]:
        """Waits for a moment, or until one of these descriptors can be read; exchanges frames, and
        returns those that came. Raises Lost."""
        now = time.monotonic()
        if now - self._told >= ALIVE_SECONDS and len(self._out) < MAX_WAITING:
            self._told = now
            self.tell("alive")
        if self._ended or now - self._heard > self.link_s or not self.flush():
            raise Lost
        ready = select.select([0, *also], [1] if self._out else [], [], LOOK_SECONDS)[0]
        if 0 not in ready:
            return []
        try:
            data = os.read(0, 1 << 18)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            raise Lost
        self._heard = time.monotonic()
        found = list(self._frames.feed(data))
        if any(line.get("kind") == "end" for line, _ in found):
            raise Lost
        return found

    def path(self, name: str) -> str:
        """The path of a file in the folder, whose own folder is made."""
        path = os.path.normpath(os.path.join(self.folder, name))
        if not path.startswith(self.folder + "/"):
            raise Failed(f"a file outside of {self.folder}: {name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def begin(self) -> None:
        """Ends what an earlier link left, and makes the folder."""
        owner = self.folder + "/agent"
        try:
            with open(owner, encoding="ascii") as file:
                boot, pid, began = file.read().split()
        except (OSError, ValueError):
            boot, pid, began = "", "0", ""
        ends = time.monotonic() + RESTORE_SECONDS + LAST_SECONDS
        if boot == boot_id() and _began(int(pid)) == began:
            os.kill(int(pid), signal.SIGTERM)
            while _began(int(pid)) == began:
                self.pump([])
                if time.monotonic() > ends:
                    raise Failed("the earlier part of this run cannot be ended there")
        if os.path.lexists(self.folder):
            if os.lstat(self.folder).st_uid != os.geteuid():
                raise Failed(f"{self.folder} is somebody else's")
            shutil.rmtree(self.folder)
        os.mkdir(self.folder, 0o711)
        self._made = True
        # Programs may be run by other users, whom the record does not concern.
        os.mkdir(self.folder + "/run", 0o700)
        with open(owner, "w", encoding="ascii") as file:
            file.write(f"{boot_id()} {os.getpid()} {_began(os.getpid())}")

    def receive(self) -> Json:
        """Takes files until the word to start, and returns that. Raises Lost and OSError."""
        while True:
            for line, data in self.pump([]):
                if line["kind"] == "file":
                    with open(self.path(line["name"]), "ab") as file:
                        file.write(data)
                elif line["kind"] == "unpack":
                    with tarfile.open(self.path(line["name"]), "r|*") as tar:
                        tar.extractall(self.path("cargo/x")[:-2])
                    os.unlink(self.path(line["name"]))
                elif line["kind"] == "start":
                    return line

    def start(self, argv: List[str], env: Dict[str, str], out: bool) -> None:
        """Starts the runner. It gets SIGTERM when this process dies, however it does."""
        def before() -> None:
            ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("HUGEPROOF_")}
        # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
        self.runner = subprocess.Popen(
            [sys.executable if word == "python3" else word for word in argv[:1]] + argv[1:],
            env={**inherited, **env}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if out else subprocess.DEVNULL, stderr=subprocess.PIPE,
            cwd=self.folder, start_new_session=True, preexec_fn=before)

    def follow(self, limit_s: float, sender: Optional[Sender] = None) -> int:
        """Passes on what the runner prints, and its record, until it has ended; returns its exit
        status. Raises Lost."""
        assert self.runner
        fds = [stream.fileno() for stream in (self.runner.stderr, self.runner.stdout) if stream]
        ends = time.monotonic() + limit_s
        while time.monotonic() < ends:
            full = len(self._out) >= MAX_WAITING
            self.pump([] if full else fds + [self.kmsg] * (self.kmsg >= 0))
            if full:
                continue
            status = self.runner.poll()
            self._printed(fds)
            self._said()
            if sender:
                sender.send()
            # A process that it left over may hold its output open.
            if status is not None and not (fds and select.select(fds, [], [], 0)[0]):
                return status if status >= 0 else 128 - status
        raise Failed("it does not end")

    def _printed(self, fds: List[int]) -> None:
        for fd in select.select(fds, [], [], 0)[0] if fds else ():
            data = os.read(fd, 1 << 16)
            if data:
                self.tell("printed", data)
            else:
                fds.remove(fd)

    def hear_kernel(self) -> None:
        """From here on passes on what the kernel says."""
        try:
            self.kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
            os.lseek(self.kmsg, 0, os.SEEK_END)
        except OSError:
            self.kmsg = -1

    def _said(self) -> None:
        """Passes on the kernel's lines in the form of its console."""
        while self.kmsg >= 0 and len(self._out) < MAX_WAITING:
            try:
                head, _, text = os.read(self.kmsg, 8192).partition(b";")
            except BrokenPipeError:
                continue  # Lines were overwritten before they could be read.
            except OSError:
                return
            level, _, stamp = head.split(b",")[:3]
            self.tell("said", b"<%s>[%5d.%06d] %s\n" % (
                level, int(stamp) // 1000000, int(stamp) % 1000000, text.split(b"\n")[0]))

    def finish(self, restore: List[str], sender: Optional[Sender]) -> None:
        """Ends the runner, which restores the machine, and removes the folder."""
        if self.runner and self.runner.poll() is None:
            self.runner.send_signal(signal.SIGTERM)
            self.runner.send_signal(signal.SIGCONT)
            ends = time.monotonic() + RESTORE_SECONDS
            while self.runner.poll() is None and time.monotonic() < ends:
                self.flush()
                time.sleep(0.01)
            if self.runner.poll() is None:
                os.killpg(self.runner.pid, signal.SIGKILL)
                if restore:
                    subprocess.run(restore, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, timeout=RESTORE_SECONDS, check=False)
        if sender:
            sender.send()
        if self._made:
            os.chdir("/")
            shutil.rmtree(self.folder, ignore_errors=True)


def main(argument: str) -> None:
    """Serves a link; `look` only says what the machine is, and changes nothing."""
    asked = json.loads(argument)
    agent, order, sender = Agent(asked), {}, None
    agent.tell("hello", **hello())
    if asked["look"]:
        agent.last()
        return
    os.umask(0o022)
    try:
        agent.begin()
        order = agent.receive()
        if order["kernel"]:
            agent.hear_kernel()
        sender = Sender(agent.path("run"), agent.tell)
        if order["describe"]:
            agent.start(order["describe"], order["env"], False)
            if agent.follow(DESCRIBE_SECONDS):
                raise Failed("its programs cannot be described")
            sender.whole("described.json")
        agent.tell("ready")
        agent.start(order["argv"], order["env"], bool(order["print"]))
        status = agent.follow(float("inf"), sender)
        agent.tell("exit", status=status)
    except Lost:
        pass
    except Exception as error:  # pylint: disable=broad-except
        # Whatever it is, the machine is restored, and the other side is told.
        agent.tell("failed", reason=str(error) or repr(error))
    agent.finish(order.get("restore", []), sender)
    agent.tell("bye")
    agent.last()
