# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts programs, reads what they write, ends them, and leaves no process."""
from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Set, Tuple

from .errors import why
from .observe import processes
from .settings.group import enter as enter_group
from .text import clean

MAX_KEPT = 1 << 20
TERM_SECONDS = 2.0
# How long a process may take to die of SIGKILL: freeing gigantic pages takes time.
KILL_SECONDS = 30.0
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_stuck: Set[int] = set()
# A descriptor to watch beside a program's own, and what to do when there is something to read.
Also = Tuple[int, Callable[[], None]]


class Signals:
    """Turns signals into a flag and a byte in a pipe that poll() sees.

    `requested` is the name of the signal that asked the run to end. A signal
    that our parent told us to ignore (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.requested: Optional[str] = None
        self.fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_fd = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._old: Dict[int, object] = {
            signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                self._old[number] = signal.signal(number, self._request)

    def _request(self, number: int, _frame: object) -> None:
        self.requested = signal.Signals(number).name

    def drain(self) -> None:
        """Empties the pipe."""
        try:
            while os.read(self.fd, 4096):
                pass
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Puts the handlers back."""
        for number, handler in self._old.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._old_fd)
        os.close(self.fd)
        os.close(self._write_fd)


@dataclass
class Ended:
    """How a program ended, and what it had written (at most MAX_KEPT bytes a stream).

    `error` says why it could not be started or stopped, `unsaved` why its
    output could not be put on disk.
    """

    exit: Optional[int] = None
    signal: Optional[str] = None
    timed_out: bool = False
    interrupted: bool = False
    error: Optional[str] = None
    unsaved: Optional[str] = None
    duration_s: float = 0.0
    out: bytes = b""
    err: bytes = b""
    dropped: Dict[str, int] = field(default_factory=dict)
    leftover: List[str] = field(default_factory=list)


class _Stream:
    """One of the program's outputs: a bounded part is kept, all is passed on."""

    def __init__(self, name: str, fd: int, sink: Optional[Callable[[bytes], None]],
                 path: Optional[str]) -> None:
        self.name, self.fd, self.sink, self.path = name, fd, sink, path
        self.kept = bytearray()
        self.dropped = 0
        self.file = -1
        self.error: Optional[str] = None
        os.set_blocking(fd, False)

    def read(self) -> bool:
        """Takes what is there; False at the end of the stream."""
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return True
        if not data:
            return False
        keep = data[:MAX_KEPT - len(self.kept)]
        if keep:
            self.kept += keep
            self._save(keep)
        self.dropped += len(data) - len(keep)
        if self.sink:
            self.sink(data)
        return True

    def drain(self, limit: int = 1 << 22) -> None:
        """Takes what is left in the pipe once the program has ended."""
        before = len(self.kept) + self.dropped
        while len(self.kept) + self.dropped - before < limit:
            have = len(self.kept) + self.dropped
            if not self.read() or len(self.kept) + self.dropped == have:
                return

    def _save(self, data: bytes) -> None:
        if self.path is None or self.error:
            return
        try:
            if self.file < 0:
                self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                                    | os.O_NOFOLLOW, 0o644)
            if os.write(self.file, data) != len(data):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            self.error = f"cannot write {self.path}: {why(error)}"

    def close(self) -> None:
        if self.dropped:
            self._save(f"\n[hugeproof: {self.dropped} more bytes were dropped]\n".encode())
        if self.file >= 0:
            os.close(self.file)
        os.close(self.fd)


def become_subreaper() -> None:
    """From now on orphans below us become our children, and can be ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _before_exec(parent: int, group: Optional[str]) -> Callable[[], None]:
    def prepare() -> None:
        # The program dies with us, also when we are killed; a core file would
        # fill the disk. The runner has one thread: this is safe after fork.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(127)
        if group:
            try:
                enter_group(group)
            except OSError:
                pass
        resource.setrlimit(resource.RLIMIT_CORE,
                           (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    return prepare


def _kill_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _reap(pid: int) -> Optional[int]:
    """The wait status of the child if it has ended."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return status if done else None


def end_leftovers(also: Optional[Also] = None) -> List[str]:
    """Kills and reaps every process left below us; names those that lived."""
    named: List[str] = []
    seen: Set[int] = set()
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return named
        below = [p for p in processes.descendants(os.getpid()) if p.pid not in _stuck]
        if not below:
            return named
        for found in below:
            if found.pid not in seen and not processes.dying(found):
                named.append(clean(f"process {found.pid} ({found.name})"))
            seen.add(found.pid)
            try:
                os.kill(found.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if time.monotonic() > deadline:
            for found in below:
                _stuck.add(found.pid)
                named.append(clean(f"process {found.pid} ({found.name}) survives SIGKILL"))
            return named
        if also:
            also[1]()
        time.sleep(0.001)


class _Watch:
    """Follows one running program to its end."""

    def __init__(self, child: "subprocess.Popen[bytes]", streams: List[_Stream],
                 signals: Signals, limit_s: float, quiet_s: float,
                 also: Optional[Also]) -> None:
        self.pid = child.pid
        self.streams = {stream.fd: stream for stream in streams}
        self.signals = signals
        self.also = also
        self.ended = Ended()
        self.deadline = time.monotonic() + limit_s
        self.quiet_s, self.heard = quiet_s, time.monotonic()
        self.said = streams[0].fd
        self.kills = [signal.SIGTERM, signal.SIGKILL]

    def follow(self) -> Optional[int]:
        """Reads until the program has ended; its wait status, None if it will not die."""
        poll = select.poll()
        poll.register(self.signals.fd, select.POLLIN)
        if self.also:
            poll.register(self.also[0], select.POLLIN)
        for fd in self.streams:
            poll.register(fd, select.POLLIN)
        while True:
            status = _reap(self.pid)
            if status is not None:
                return status
            if self.signals.requested and not self.ended.interrupted:
                self.ended.interrupted = True
                if len(self.kills) == 2:
                    self.deadline = 0.0
            left = self._left()
            if left <= 0:
                if not self.kills:
                    return None
                self.ended.timed_out = not self.ended.interrupted
                number = self.kills.pop(0)
                _kill_group(self.pid, number)
                left = TERM_SECONDS if self.kills else KILL_SECONDS
                self.deadline = time.monotonic() + left
            for fd, _ in poll.poll(max(left, 0) * 1000 + 1):
                if fd == self.signals.fd:
                    self.signals.drain()
                elif self.also and fd == self.also[0]:
                    self.also[1]()
                elif not self.streams[fd].read():
                    poll.unregister(fd)
                elif fd == self.said:
                    self.heard = time.monotonic()

    def _left(self) -> float:
        """Seconds to the next thing to do: the limit, or that of its silence."""
        end = self.deadline
        if len(self.kills) == 2:
            end = min(end, self.heard + self.quiet_s)
        return end - time.monotonic()


def _note_status(ended: Ended, status: Optional[int], pid: int) -> None:
    if status is None:
        _stuck.add(pid)
        ended.error = f"process {pid} survives SIGKILL"
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            ended.signal = signal.Signals(number).name
        except ValueError:
            ended.signal = f"signal {number}"
    else:
        ended.exit = os.WEXITSTATUS(status)


def run_program(argv: List[str], limit_s: float, signals: Signals, *,
                env: Optional[Dict[str, str]] = None,
                on_out: Optional[Callable[[bytes], None]] = None,
                out_path: Optional[str] = None, err_path: Optional[str] = None,
                also: Optional[Also] = None, group: Optional[str] = None,
                quiet_s: Optional[float] = None) -> Ended:
    """Runs one program to its end, in a session of its own.

    After `limit_s` seconds, or `quiet_s` without a word of it, or when a signal asks the
    run to end, it gets SIGTERM and TERM_SECONDS later SIGKILL. Every process it leaves is
    ended. It runs in the cgroup `group`, if there is one. Its streams go to the two paths as
    they come, at most MAX_KEPT bytes each. `also` is served meanwhile.
    """
    began = time.monotonic()
    try:
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, env=env, preexec_fn=_before_exec(os.getpid(), group))
    except (OSError, subprocess.SubprocessError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        return Ended(error=f"cannot be started: {reason}")
    assert child.stdout and child.stderr
    streams = [_Stream("standard output", os.dup(child.stdout.fileno()), on_out, out_path),
               _Stream("standard error", os.dup(child.stderr.fileno()), None, err_path)]
    child.stdout.close()
    child.stderr.close()
    watch = _Watch(child, streams, signals, limit_s, limit_s if quiet_s is None else quiet_s,
                   also)
    status = watch.follow()
    child.returncode = 0  # Reaped here: Popen must not wait for it again.
    ended = watch.ended
    _note_status(ended, status, child.pid)
    ended.duration_s = time.monotonic() - began
    ended.leftover = end_leftovers(also)
    for stream in streams:
        stream.drain()
        stream.close()
        if stream.dropped:
            ended.dropped[stream.name] = stream.dropped
        if stream.error:
            ended.unsaved = ended.unsaved or stream.error
    ended.out, ended.err = bytes(streams[0].kept), bytes(streams[1].kept)
    return ended
