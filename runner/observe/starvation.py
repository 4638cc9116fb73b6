# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether others kept a program, or a kernel thread that it may wait for, from running: what the
case frame asks of a case that times out (lib/frame/disturbance.c), for a program that does not
answer any more, as while a write to a setting waits in the kernel for khugepaged to stop."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import List, Optional

from .processes import Process, descendants, every, process

SECONDS = 0.2
_LOOK_SECONDS = 0.01
# Runnable in at least this part of the looks, and running for at most this part of the time.
_STARVED_PART = 0.5
# A program that used more of the processors than this kept them busy itself.
_BUSY_PART = 0.7
_DAEMONS = ("khugepaged", "kcompactd", "kswapd", "kworker/")


@dataclass
class _Seen:
    """A sampled process: in how many looks it was runnable, in how many it waited in the kernel
    (state D), and how long it had run before."""

    found: Process
    ran_ns: int
    ours: bool
    runnable: int = 0
    waiting: int = 0


def _ran_ns(pid: int) -> Optional[int]:
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _daemons() -> List[Process]:
    return [one for one in every() if one.name.startswith(_DAEMONS)]


def _sampled(root: int) -> List[_Seen]:
    program = process(root)
    ours = ([program] if program else []) + descendants(root)
    return [_Seen(found, ran, mine)
            for several, mine in ((ours, True), (_daemons(), False)) for found in several
            for ran in [_ran_ns(found.pid)] if ran is not None]


def starved(root: int) -> Optional[str]:
    """Who was runnable without a processor, and for how long: a process of the program `root`, or,
    if one of them waits in the kernel without a break, one of the kernel's threads for memory
    management. None if nobody was, if the program itself kept the processors busy, or without
    CONFIG_SCHEDSTATS. Takes SECONDS."""
    began = time.monotonic()
    sampled = _sampled(root)
    looks = int(SECONDS / _LOOK_SECONDS)
    for _ in range(looks):
        time.sleep(_LOOK_SECONDS)
        for one in sampled:
            now = process(one.found.pid)
            one.runnable += now is not None and now.state == "R"
            one.waiting += now is not None and now.state == "D"
    took_ns = (time.monotonic() - began) * 1e9
    ran = [(one, (_ran_ns(one.found.pid) or one.ran_ns) - one.ran_ns) for one in sampled]
    if sum(spent for one, spent in ran if one.ours) > (
            _BUSY_PART * len(os.sched_getaffinity(0)) * took_ns):
        return None
    waits = any(one.ours and one.waiting == looks for one in sampled)
    for one, spent in ran:
        if not one.ours and not waits:
            continue
        if one.runnable >= _STARVED_PART * looks and spent <= _STARVED_PART * took_ns:
            return (f"process {one.found.pid} ({one.found.name}) was runnable in {one.runnable} of "
                    f"{looks} samples and ran for {spent / 1e6:.0f} of {took_ns / 1e6:.0f} ms: "
                    "others had the processors")
    return None
