# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's console on this terminal."""
from __future__ import annotations

import contextlib
import select
import subprocess
import sys
import termios
import time
from typing import Callable

from ..endings import GRACE_SECONDS, Signals
from ..errors import Interrupted


def attended(start: "Callable[[], subprocess.Popen[bytes]]") -> int:
    """Runs QEMU on this terminal without a time limit, because a person uses it. Returns its exit
    status. Raises Interrupted. The terminal is restored, however QEMU ends."""
    settings = termios.tcgetattr(sys.stdin.fileno())
    signals = Signals()
    try:
        with start() as qemu:
            while qemu.poll() is None and not signals.requested:
                select.select([signals.fd], [], [], 1.0)
                signals.drain()
            ends = time.monotonic() + GRACE_SECONDS
            while qemu.poll() is None and time.monotonic() < ends:
                qemu.terminate()
                time.sleep(0.02)
            qemu.kill()
        if signals.requested:
            raise Interrupted(signals.requested)
        return qemu.returncode
    finally:
        signals.close()
        with contextlib.suppress(termios.error):  # The terminal may be gone (SIGHUP).
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, settings)
