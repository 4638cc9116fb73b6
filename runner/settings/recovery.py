# SPDX-License-Identifier: LGPL-2.1-or-later
"""What earlier runs left changed is taken back before anything else is done."""
from __future__ import annotations

import os
import time

from ..endings import Signals
from ..errors import Interrupted, Refused
from ..observe import processes
from ..text import clean
from . import journal

# How long a program that is dying is waited for.
OWNER_SECONDS = 15.0


def recover(signals: Signals) -> journal.Undone:
    """Takes back what earlier runs left. Needs the lock. Raises Refused while a program that
    changed something still runs on its own: what it changed last is to be taken back first."""
    deadline = time.monotonic() + OWNER_SECONDS
    while True:
        owners = [j for j in journal.load_all() if not j.trouble and j.pid != os.getpid()
                  and not j.stale]
        if not owners:
            return journal.undo_stale()
        # A killed run's program may be on its way out: it holds pages until then.
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
