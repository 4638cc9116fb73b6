# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a guest has been silent, without the time in which the host gave it no processor: a
guest that cannot run has not hung."""
from __future__ import annotations

import os
import time
from typing import Callable, Dict

# How often the threads' waiting times are read; shorter silences are counted in full.
SAMPLE_SECONDS = 1.0
# At least this fraction of the time that has passed counts as silence, however busy the host is, so
# that every guest is ended at some time.
LEAST_PART = 0.25


def waited_ns(pid: int) -> Dict[str, int]:
    """The time for which each thread of a process was runnable without a processor, in ns, by
    thread id (/proc/PID/task/TID/schedstat). Empty where the kernel does not provide it."""
    found: Dict[str, int] = {}
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                found[thread] = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return found


class Silence:
    """The time since the last sign of life. `waited` returns for how long the guest's threads had
    no processor, as waited_ns() does."""

    def __init__(self, waited: Callable[[], Dict[str, int]],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._waited, self._clock = waited, clock
        self.heard()

    def heard(self) -> None:
        """Notes a sign of life."""
        self._since = self._sampled = self._clock()
        self._starved = 0.0
        self._threads: Dict[str, int] = {}

    def seconds(self) -> float:
        """The seconds without a sign of life, less those in which the guest could not run."""
        now = self._clock()
        if now - self._sampled >= SAMPLE_SECONDS:
            threads = self._waited()
            # The first figure of a thread does not say when it waited. The kernel adds the time
            # of a wait when the thread gets a processor, which may be long after it began.
            self._starved += max(((threads[each] - before) / 1e9
                                  for each, before in self._threads.items()
                                  if each in threads), default=0.0)
            self._starved = min(self._starved, now - self._since)
            self._threads, self._sampled = threads, now
        return max(now - self._since - self._starved, LEAST_PART * (now - self._since))
