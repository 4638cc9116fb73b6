# SPDX-License-Identifier: LGPL-2.1-or-later
"""How everything ends: signals that ask for it, and the tools that we start.

A command is interrupted in one of two ways. Where settings may be changed or a record is
written, Signals notes the signal and whoever waits looks at it; everywhere else the handler of
raising() raises Interrupted at once. Either way tools are ended as whole groups.
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

# What is told to end has so long before SIGKILL, in seconds: all is gone within one.
GRACE_SECONDS = 0.4
# An orphan that was killed is seen until its new parent, who may be slow, has reaped it.
REAP_SECONDS = 0.1
# A second signal is heard again after this: until then whoever was interrupted cleans up.
AGAIN_SECONDS = 2.0
LOOK_SECONDS = 0.05
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Signals:
    """Turns signals into a flag and a byte in a pipe that poll() sees.

    `requested` is the name of the signal that asked the run to end. A signal
    that our parent told us to ignore (nohup) stays ignored.
    """

    _now: "List[Signals]" = []

    def __init__(self) -> None:
        self.requested: Optional[str] = None
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
        """The name of the signal that asked us to end, for those who have no Signals at hand."""
        return next((signals.requested for signals in cls._now if signals.requested), None)

    def _request(self, number: int, _frame: object) -> None:
        self.requested = self.requested or signal.Signals(number).name
        _raising.heard = True

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
        """Puts the handlers back; a second time it does nothing."""
        if self.fd < 0:
            return
        for number, handler in self._old.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._now.remove(self)
        signal.set_wakeup_fd(self._old_fd)
        os.close(self.fd)
        os.close(self._write_fd)
        self.fd = -1


def check() -> None:
    """Raises Interrupted when a signal has asked us to end."""
    name = Signals.heard()
    if name:
        raise Interrupted(name)


class Patience:
    """check() that lets what is worth having go on for so many seconds after the first call
    that came behind a signal."""

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
    """The handler of raising(): it raises, but not into the clean-up after the last time,
    nor while a process is being started."""

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
    """From here to the end of the block a signal raises Interrupted in the main thread; at
    the end every tool that is left is killed. Once one was heard, later ones do not change how
    we end."""
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
    """A signal waits for the end of the block: what is begun in it is known to who ends it."""
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
    """Sends every group of tools a signal."""
    for group in list(_groups):
        signal_group(group, number)


def signal_group(group: int, number: int) -> None:
    """Sends the processes of a group a signal, if there are any."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def dies_with_us() -> List[str]:
    """The words before a command that is to end with us, also when we are killed. No
    preexec_fn: threads may be about."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def run_tool(argv: Sequence[str], what: str, limit_s: float, data: Optional[bytes] = None,
             **popen: Any) -> "subprocess.CompletedProcess[bytes]":
    """subprocess.run() of a tool and all that it starts, from any thread. `data` is its
    input. Raises Refused, which says `what` was too slow, after `limit_s` seconds; Interrupted
    when a signal asked us to end. Then its whole group has been ended."""
    ends = time.monotonic() + limit_s
    # Input comes from a file: communicate() loses what it could not write before a look.
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
    """Tells a group to end, which lets make and compilers take half-written files away; and
    kills what does not."""
    signal_group(child.pid, signal.SIGTERM)
    _wait_for_group(child, GRACE_SECONDS)
    signal_group(child.pid, signal.SIGKILL)
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            stream.close()
    child.wait()
    _wait_for_group(child, REAP_SECONDS)


def _wait_for_group(child: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Until none of it is left, or so many seconds have passed."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if child.poll() is not None:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-child.pid, os.WNOHANG)[0]:  # Orphans, if they come to us.
                    pass
            try:
                os.killpg(child.pid, 0)
            except (ProcessLookupError, PermissionError):
                return
        time.sleep(0.005)
