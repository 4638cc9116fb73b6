# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals that end a command, and the ending of tools that the runner starts.

A command is interrupted in one of two ways. Where settings may be changed or a record is written,
Signals sets a flag, at which every loop that waits looks; everywhere else the handler of raising()
raises Interrupted at once. In both cases tools are ended as whole process groups.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set

from .errors import Interrupted, Refused

# The time between SIGTERM and SIGKILL, in seconds; everything ends within one second.
GRACE_SECONDS = 0.4
# How long to wait for the new parent of a killed orphan to reap it; until then it is visible.
REAP_SECONDS = 0.1
# After this time a second signal raises again; until then clean-up is not interrupted.
AGAIN_SECONDS = 2.0
LOOK_SECONDS = 0.05
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Signals:
    """Turns signals into a flag and a byte in a pipe that poll() sees.

    `requested` is the name of the signal that asked the run to end, or says that its time is over.
    Signals that the runner inherited as ignored (nohup) stay ignored.
    """

    _now: "List[Signals]" = []

    def __init__(self) -> None:
        self.requested: Optional[str] = None
        self._over = False
        self.fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_fd = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._old: Dict[int, object] = {
            signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        self._now.append(self)
        for number in NUMBERS:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._old[number] = signal.signal(number, self._request)

    @classmethod
    def heard(cls) -> Optional[str]:
        """The name of the signal that asked the runner to end, for code without a Signals
        object."""
        return next((signals.requested for signals in cls._now if signals.requested), None)

    def _request(self, number: int, _frame: object) -> None:
        self.requested = self.requested or signal.Signals(number).name
        _raising.heard = True

    def end_at(self, when: float, why: str) -> None:
        """At that time of the monotonic clock the run is asked to end, as by a signal."""
        left = when - time.monotonic()
        if left <= 0:
            self.expire(why)
            return
        self._old.setdefault(signal.SIGALRM, signal.signal(
            signal.SIGALRM, lambda *_: self.expire(why)))
        signal.setitimer(signal.ITIMER_REAL, left)

    def expire(self, why: str) -> None:
        """Asks the run to end because its time is over."""
        if not self.requested:
            self.requested, self._over = why, True

    def go_on(self) -> bool:
        """Nothing is over any more: what is left to do takes as long as it takes. Returns whether
        the time was over."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        over, self._over = self._over, False
        if over:
            self.requested = None
        return over

    def drain(self) -> None:
        """Empties the pipe."""
        try:
            while os.read(self.fd, 4096):
                pass
        except BlockingIOError:
            pass

    def __enter__(self) -> "Signals":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Restores the handlers; a second call does nothing."""
        if self.fd < 0:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._old.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._now.remove(self)
        signal.set_wakeup_fd(self._old_fd)
        os.close(self.fd)
        os.close(self._write_fd)
        self.fd = -1


def check() -> None:
    """Raises Interrupted when a signal has asked the runner to end."""
    name = Signals.heard()
    if name:
        raise Interrupted(name)


class Patience:
    """A check() that raises only some seconds after the first call that follows a signal, so that
    useful work can be completed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: Optional[float] = None

    def __call__(self) -> None:
        name = Signals.heard()
        if name:
            now = time.monotonic()
            if self._ends is None:
                self._ends = now + self._seconds
            if now >= self._ends:
                raise Interrupted(name)


class _Raising:
    """The handler of raising(). It does not raise during the clean-up that follows an earlier
    signal, or while a process is being started."""

    def __init__(self) -> None:
        self.held = 0
        self.heard = False
        self.waiting: Optional[str] = None
        self._last = -AGAIN_SECONDS

    def __call__(self, number: int, _frame: object) -> None:
        now = time.monotonic()
        if now - self._last < AGAIN_SECONDS:
            return
        self._last, self.heard = now, True
        name = signal.Signals(number).name
        if self.held:
            self.waiting = name
        else:
            raise Interrupted(name)


_raising = _Raising()
_groups: Set[int] = set()
_starting = threading.Lock()


@contextlib.contextmanager
def raising() -> Iterator[None]:
    """Within the block a signal raises Interrupted in the main thread; at its end all remaining
    tools are killed. After the first signal, later ones do not change how the command ends."""
    _raising.heard = False
    old = {number: signal.getsignal(number) for number in NUMBERS}
    for number, handler in old.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _raising)
    try:
        yield
    finally:
        end_tools(signal.SIGKILL)
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if _raising.heard else handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals wait for the end of the block, so that a process that is started in it is registered
    before it may have to be ended."""
    main = threading.current_thread() is threading.main_thread()
    _raising.held += main
    try:
        yield
    finally:
        _raising.held -= main
    if main and not _raising.held and _raising.waiting:
        name, _raising.waiting = _raising.waiting, None
        raise Interrupted(name)


def end_tools(number: int = signal.SIGTERM) -> None:
    """Sends a signal to the process groups of all tools."""
    for group in list(_groups):
        signal_group(group, number)


def signal_group(group: int, number: int) -> None:
    """Sends a signal to a process group, if it still exists."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def dies_with_us() -> List[str]:
    """The prefix of a command line that makes the command end with the runner, even if that is
    killed. A preexec_fn is not safe with threads."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def run_tool(argv: Sequence[str], what: str, limit_s: float, data: Optional[bytes] = None,
             **popen: Any) -> "subprocess.CompletedProcess[bytes]":
    """Like subprocess.run() for a tool and all that it starts, from any thread. `data` is its
    input. Raises Refused, which names `what` was too slow, after `limit_s` seconds, and
    Interrupted when a signal asked the runner to end; the whole group has been ended then."""
    ends = time.monotonic() + limit_s
    # The input is a file, because communicate() loses unwritten input when its time-out passes.
    with tempfile.TemporaryFile() as source, held():
        source.write(data or b"")
        source.seek(0)
        with _starting:
            child: "subprocess.Popen[bytes]" = subprocess.Popen(  # pylint: disable=R1732
                [*dies_with_us(), *argv], start_new_session=True, stdin=source, **popen)
            _groups.add(child.pid)
    try:
        while True:
            check()
            try:
                out, err = child.communicate(None, max(0.0, min(
                    LOOK_SECONDS, ends - time.monotonic())))
                return subprocess.CompletedProcess(list(argv), child.returncode, out, err)
            except subprocess.TimeoutExpired:
                if time.monotonic() >= ends:
                    raise Refused(f"{what}: not done after {limit_s:g} s, and ended") from None
    except BaseException:
        _end_group(child)
        raise
    finally:
        _groups.discard(child.pid)


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """Ends a group by SIGTERM, so that make and compilers remove unfinished files, and kills
    processes that remain."""
    signal_group(child.pid, signal.SIGTERM)
    _wait_for_group(child, GRACE_SECONDS)
    signal_group(child.pid, signal.SIGKILL)
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            stream.close()
    child.wait()
    _wait_for_group(child, REAP_SECONDS)


def _wait_for_group(child: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Waits until the group has no processes, or that many seconds have passed."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if child.poll() is not None:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-child.pid, os.WNOHANG)[0]:  # Orphans that we inherited.
                    pass
            try:
                os.killpg(child.pid, 0)
            except (ProcessLookupError, PermissionError):
                return
        time.sleep(0.005)
