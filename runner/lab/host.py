# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host side of a command in a guest."""
from __future__ import annotations

import shlex
import sys
from typing import Sequence

from ..errors import Refused
from ..run import Signals
from ..watch.follow import Seen, follow
from ..watch.kept import LIVES
from ..watch.outside import Record
from ..watch.passed_on import Passed
from ..watch.run import Run
from .command import command_for
from .setup import Setup

__all__ = ["LIVES", "Record", "Run", "Setup", "again_hint", "command_for", "run_unrecorded"]


def run_unrecorded(setup: Setup, command: Sequence[str], signals: Signals) -> int:
    """Boots a guest for a command that only prints, and passes its output on. Returns the exit
    status of the command. Raises Refused and Interrupted."""
    boot = setup.boot(command)
    passed = Passed(sys.stdout)

    def look() -> Seen:
        passed.put(boot.output)
        return Seen()

    try:
        end = follow(boot, signals, setup.stall_s, look)
    finally:
        boot.close()
    passed.put(boot.output)
    if end.status is None:
        raise Refused(end.reason)
    return end.status


def again_hint(folder: str) -> str:
    """How to resume an interrupted run."""
    return f"go on with: run_tests.py lab run --resume {shlex.quote(folder)}"
