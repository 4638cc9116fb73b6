# SPDX-License-Identifier: LGPL-2.1-or-later
"""The report of a run whose record was kept here."""
from __future__ import annotations

import os
import threading
from typing import Any, Optional

from ..budget import spent
from ..commands.common import report_damage
from ..record import load
from ..report.exports import Record, write_all
from ..report.summary import summary
from ..report.tally import tally
from ..request import Request


class OneAtATime:
    """A reporter whose methods several threads may call."""

    def __init__(self, reporter: Any) -> None:
        self._reporter, self._lock = reporter, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._reporter, name)

        def locked(*words: Any) -> Any:
            with self._lock:
                return method(*words)
        return locked


def report(folder: str, asked: Request, status: Optional[int], reporter: Any,
           hint: str) -> int:
    """Reports what the record has; returns the exit status. `status` is that of the command, None
    where the machine died; `hint`: how to go on."""
    run, results = load(folder)
    report_damage(results)
    counts = tally(run, results)
    made = Record(run, results, folder, asked.exports)
    if spent(run):
        reporter.note(f"{run['interrupted']} ({hint})")
    reporter.end(summary(run, results, os.path.relpath(folder)), made)
    written = write_all(made)
    # The machine's own record may have been worse than the part of it that could be accepted.
    if status == 2 and counts.missing:
        return 2
    return counts.status(asked.allow_all_skipped) or (0 if written else 2)
