# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts programs, reads their output, ends them, and leaves no process behind."""
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

from . import attributes, environment, inherited, oom
from .endings import GRACE_SECONDS, Signals
from .errors import why
from .leaks import SURVIVES
from .observe import processes
from .observe.starvation import starved
from .settings.group import enter as enter_group
from .streams import Stream
from .text import clean

# The time between SIGTERM and SIGKILL after a time limit, in which the program reports its step.
TERM_SECONDS = 2.0
# How long a process may take to end after SIGKILL: freeing gigantic pages takes time.
KILL_SECONDS = 30.0
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_stuck: Set[int] = set()
# A descriptor to poll besides the program's own, and the function to call when it is readable.
Also = Tuple[int, Callable[[], None]]


@dataclass
class How:
    """How a program is run: its environment (None: environment.programs()), and its cgroup, if any.
    `enter` is called in the child before exec. `quiet_s`: the seconds for which it may print
    nothing. `also` is served meanwhile. `on_out` gets its standard output as it comes; both
    streams are written to the two paths, at most MAX_KEPT bytes each."""

    env: Optional[Dict[str, str]] = None
    group: Optional[str] = None
    enter: Optional[Callable[[], None]] = None
    quiet_s: Optional[float] = None
    also: Optional[Also] = None
    on_out: Optional[Callable[[bytes], None]] = None
    out_path: Optional[str] = None
    err_path: Optional[str] = None


@dataclass
class Ended:
    """How a program ended, and what it had written (at most MAX_KEPT bytes of each stream).

    `error`: why it could not be started or stopped; `unsaved`: why its output could not be written
    to disk. `pids`: the program's own, and those of processes that it left running. `changed`: the
    attributes of the runner that were changed meanwhile. `starved`: who had no processor when the
    time limit passed.
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
    pids: Set[int] = field(default_factory=set)
    changed: attributes.Changed = field(default_factory=attributes.Changed)
    starved: Optional[str] = None


def become_subreaper() -> None:
    """Makes orphaned descendants children of this process, so that it can end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _before_exec(parent: int, how: How) -> Callable[[], None]:
    ignored = inherited.ignored()

    def prepare() -> None:
        # The program ends with the runner, even if that is killed; core files would fill the
        # disk. The runner has one thread, so that this code is safe after fork.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(127)
        if how.group:
            try:
                enter_group(how.group)
            except OSError:
                pass
        if how.enter:
            how.enter()
        for number in ignored:
            signal.signal(number, signal.SIG_DFL)
        oom.take_first()
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


def end_leftovers(also: Optional[Also] = None, pids: Optional[Set[int]] = None) -> List[str]:
    """Kills and reaps all descendants; returns the names of those that were alive. The pids of all
    are added to `pids`."""
    named: List[str] = []
    seen: Set[int] = set() if pids is None else pids
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        try:
            while True:
                pid = os.waitpid(-1, os.WNOHANG)[0]
                if not pid:
                    break
                seen.add(pid)
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
                named.append(clean(f"process {found.pid} ({found.name}) {SURVIVES}"))
            return named
        if also:
            also[1]()
        time.sleep(0.001)


class _Watch:
    """Follows one running program to its end."""

    def __init__(self, child: "subprocess.Popen[bytes]", streams: List[Stream],
                 signals: Signals, limit_s: float, how: How) -> None:
        self.pid = child.pid
        self.streams = {stream.fd: stream for stream in streams}
        self.signals = signals
        self.also = how.also
        self.ended = Ended()
        self.deadline = time.monotonic() + limit_s
        self.quiet_s = limit_s if how.quiet_s is None else how.quiet_s
        self.heard = time.monotonic()
        self.said = streams[0].fd
        self.kills = [signal.SIGTERM, signal.SIGKILL]

    def follow(self) -> Optional[int]:
        """Reads until the program has ended; returns its wait status, None if it survives
        SIGKILL."""
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
                self.deadline = 0.0 if len(self.kills) == 2 else min(
                    self.deadline, time.monotonic() + GRACE_SECONDS)
            left = self._left()
            if left <= 0:
                if not self.kills:
                    return None
                self.ended.timed_out = not self.ended.interrupted
                if self.ended.timed_out and len(self.kills) == 2 and not environment.alone():
                    self.ended.starved = starved(self.pid)
                number = self.kills.pop(0)
                _kill_group(self.pid, number)
                left = self._grace() if self.kills else KILL_SECONDS
                self.deadline = time.monotonic() + left
            ready = poll.poll(max(left, 0) * 1000 + 1)
            attributes.restore_limits(self.ended.changed)
            for fd, _ in ready:
                if fd == self.signals.fd:
                    self.signals.drain()
                elif self.also and fd == self.also[0]:
                    self.also[1]()
                elif not self.streams[fd].read():
                    poll.unregister(fd)
                elif fd == self.said:
                    self.heard = time.monotonic()

    def _grace(self) -> float:
        return GRACE_SECONDS if self.ended.interrupted else TERM_SECONDS

    def _left(self) -> float:
        """The seconds until the time limit, or until that for its silence."""
        end = self.deadline
        if len(self.kills) == 2:
            end = min(end, self.heard + self.quiet_s)
        return end - time.monotonic()


def _note_status(ended: Ended, status: Optional[int], pid: int) -> None:
    if status is None:
        _stuck.add(pid)
        ended.error = f"process {pid} {SURVIVES}"
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            ended.signal = signal.Signals(number).name
        except ValueError:
            ended.signal = f"signal {number}"
    else:
        ended.exit = os.WEXITSTATUS(status)


def run_program(argv: List[str], limit_s: float, signals: Signals,
                how: Optional[How] = None) -> Ended:
    """Runs one program to its end, in a session of its own.

    After `limit_s` seconds, or `quiet_s` seconds without output, or when a signal asks the run to
    end, it gets SIGTERM, and SIGKILL after TERM_SECONDS (after a signal GRACE_SECONDS). Every
    process that it leaves is ended.
    """
    how = how or How()
    began = time.monotonic()
    become_subreaper()
    try:
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
            env=environment.programs() if how.env is None else how.env,
            preexec_fn=_before_exec(os.getpid(), how))
    except (OSError, subprocess.SubprocessError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        return Ended(error=f"cannot be started: {reason}")
    assert child.stdout and child.stderr
    streams = [Stream("standard output", os.dup(child.stdout.fileno()), how.on_out,
                      how.out_path),
               Stream("standard error", os.dup(child.stderr.fileno()), None,
                      how.err_path)]
    child.stdout.close()
    child.stderr.close()
    watch = _Watch(child, streams, signals, limit_s, how)
    status = watch.follow()
    child.returncode = 0  # Reaped here: Popen must not wait for it again.
    ended = watch.ended
    _note_status(ended, status, child.pid)
    attributes.restore(ended.changed)
    ended.duration_s = time.monotonic() - began
    ended.pids.add(child.pid)
    ended.leftover = end_leftovers(how.also, ended.pids)
    # A process that was left over may have changed them again.
    attributes.restore(ended.changed)
    for stream in streams:
        stream.drain()
        stream.close()
        if stream.dropped:
            ended.dropped[stream.name] = stream.dropped
        if stream.error:
            ended.unsaved = ended.unsaved or stream.error
    ended.out, ended.err = bytes(streams[0].kept), bytes(streams[1].kept)
    return ended
