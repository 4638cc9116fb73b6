# SPDX-License-Identifier: LGPL-2.1-or-later
"""One run at a time on a machine."""
from __future__ import annotations

import fcntl
import os
import stat
from typing import Optional

from ..errors import Refused, why
from ..observe import processes


def _state() -> str:
    """The folder of the lock and the journals: that of the machine for root, else one of the
    user."""
    if os.geteuid() == 0:
        return "/run/hugeproof"
    mine = os.environ.get("XDG_RUNTIME_DIR", "")
    if mine.startswith("/") and os.access(mine, os.W_OK):
        return mine + "/hugeproof"
    return f"/tmp/hugeproof-{os.geteuid()}"


STATE = _state()
PATH = STATE + "/lock"


def _make_state() -> None:
    try:
        os.makedirs(STATE, mode=0o700, exist_ok=True)
        found = os.lstat(STATE)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise Refused(f"{STATE} is somebody else's: remove it")
        os.chmod(STATE, 0o700)
    except OSError as error:
        raise Refused(f"cannot make {STATE}: {why(error)}") from None


def holder() -> Optional[int]:
    """The pid of the active run, or None. Only root can find it."""
    try:
        fd = os.open(PATH, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return None
    except OSError:
        text = os.read(fd, 64).split()
        return int(text[0]) if text and text[0].isdigit() else 0
    finally:
        os.close(fd)


class Lock:
    """Held from acquire() to release(), or to the end of the process."""

    def __init__(self) -> None:
        self._fd = -1

    def acquire(self) -> None:
        """Raises Refused, naming the run that holds it."""
        _make_state()
        try:
            fd = os.open(PATH, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise Refused(f"cannot open {PATH}: {why(error)}") from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(fd, 64).split()
            os.close(fd)
            who = "another run"
            if owner and owner[0].isdigit() and processes.lives(int(owner[0])):
                who += f" (pid {int(owner[0])})"
            raise Refused(f"{who} is active on this machine: wait for its end, "
                          "or stop it with SIGTERM") from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Lets the next run begin."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
        self._fd = -1
