# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a guest has been silent, on a clock that stands still while the host gives it no
processor: a guest that is not let run is not hung."""
from __future__ import annotations

import os
import time
from typing import Callable, Dict

# How often it is looked at for how long threads waited; shorter silences are taken whole.
SAMPLE_SECONDS = 1.0
# Silence is at least this part of what has passed, however busy the host: all ends some day.
LEAST_PART = 0.25


def waited_ns(pid: int) -> Dict[str, int]:
    """For how long each thread of a process could run and was not let, by its id, ns
    (/proc/PID/task/TID/schedstat). Empty where the kernel does not say."""
    found: Dict[str, int] = {}
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                found[thread] = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return found


class Silence:
    """Since when nothing was heard. `waited` tells for how long the guest's threads had no
    processor, as waited_ns() does."""

    def __init__(self, waited: Callable[[], Dict[str, int]],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._waited, self._clock = waited, clock
        self.heard()

    def heard(self) -> None:
        """There was a sign of life."""
        self._since = self._sampled = self._clock()
        self._starved = 0.0
        self._threads: Dict[str, int] = {}

    def seconds(self) -> float:
        """For how long nothing was heard while the guest could run."""
        now = self._clock()
        if now - self._sampled >= SAMPLE_SECONDS:
            threads = self._waited()
            # A thread's first figure says nothing of when it waited; and what it waits is added
            # when it gets a processor, be it long after it began to.
            self._starved += max(((threads[each] - before) / 1e9
                                  for each, before in self._threads.items()
                                  if each in threads), default=0.0)
            self._starved = min(self._starved, now - self._since)
            self._threads, self._sampled = threads, now
        return max(now - self._since - self._starved, LEAST_PART * (now - self._since))
