# SPDX-License-Identifier: LGPL-2.1-or-later
"""Undoes what earlier runs left changed, before anything else is done."""
from __future__ import annotations

import os
import time

from ..endings import Signals
from ..errors import Interrupted, Refused
from ..observe import processes
from ..text import clean
from . import journal

# How long to wait for a program that is exiting.
OWNER_SECONDS = 15.0


def recover(signals: Signals) -> journal.Undone:
    """Undoes the changes of earlier runs. The caller holds the lock. Raises Refused while a program
    that changed settings is still running, because its changes have to be undone first."""
    deadline = time.monotonic() + OWNER_SECONDS
    while True:
        owners = [j for j in journal.load_all() if not j.trouble and j.pid != os.getpid()
                  and not j.stale]
        if not owners:
            return journal.undo_stale()
        # A program of a killed run may be exiting, and holds pages until then.
        dying = [j for j in owners if _on_its_way_out(j)]
        if signals.requested:
            raise Interrupted(signals.requested)
        if len(dying) < len(owners) or time.monotonic() > deadline:
            busy = next((j for j in owners if j not in dying), owners[0])
            raise Refused(f"{clean(busy.owner)} (pid {busy.pid}) is running and has changed "
                          "settings of this machine: wait for its end, or stop it")
        time.sleep(0.005)


def _on_its_way_out(owner: journal.Journal) -> bool:
    found = processes.process(owner.pid)
    return found is None or processes.dying(found)
