# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watches a guest to its end, and reports how it ended."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence, Tuple

from ..complaints import complaints
from ..errors import Interrupted, Refused
from ..run import Signals
from ..text import clean
from . import console
from .boot import Boot
from .silence import Silence

# Without any sign of life for so long (and no program that may take longer), while it had a
# processor: hung.
STALL_SECONDS = 60.0
# After an oops what it held stays held: silence is then soon a hang.
OOPS_SECONDS = 20.0
# How often the host looks.
LOOK_SECONDS = 0.05
_STATUS = re.compile(r"[0-9]{1,3}\Z")


@dataclass
class Seen:
    """What there was to see of a run: whether it went on since the last look, for how long
    what runs now may be silent, in seconds, whether another program has begun, whether a result
    came, and within how many seconds one is due whatever else there is to see; 0: no limit."""

    went_on: bool = False
    allowed_s: float = 0.0
    began: bool = False
    result: bool = False
    due_s: float = 0.0


@dataclass
class End:
    """How a boot ended: `status` of the command, or the `verdict` of a guest that died. `log`
    is what there is to show, `found` each complaint since the last program began."""

    status: Optional[int] = None
    verdict: Optional[str] = None
    reason: str = ""
    log: List[str] = field(default_factory=list)
    found: Sequence[Tuple[str, str]] = ()


def follow(boot: Boot, signals: Signals, stall_s: float, look: Callable[[], Seen],
           complained: Callable[[List[str]], Sequence[Tuple[str, str]]] = complaints,
           enough: Callable[[], bool] = lambda: False) -> End:
    """Watches a boot to its end, or until it was `enough`. `complained` finds the kernel's
    complaints that what runs now does not cause by design.
    Raises Interrupted; and Refused for a guest that could not be set up."""
    seen, heard = 0, 0
    said = console.Said(lambda: boot.console, complained)
    alive, result = Silence(boot.waited_ns), Silence(boot.waited_ns)
    ran = False
    while True:
        ended = boot.wait(LOOK_SECONDS)
        if signals.requested:
            raise Interrupted(signals.requested)
        run = look()
        ran = ran or run.began
        if run.result:
            result.heard()
        if enough():
            return End()
        if run.went_on or run.began or len(boot.events) > seen or len(boot.output) > heard:
            alive.heard()
            seen, heard = len(boot.events), len(boot.output)
        said.look(run.began)
        stopped = boot.stopped()
        quiet = alive.seconds()
        oops = console.oops(said.found)
        late = 0 < run.due_s < result.seconds()
        if not (ended or stopped or late
                or quiet > (min(OOPS_SECONDS, stall_s) if oops else stall_s + run.allowed_s)):
            continue
        # Later than that it is not guest-init that says so.
        failed = None if ran else boot.event("failed")
        if failed is not None:
            raise Refused(_not_set_up(failed, console.lines_of(boot.console)))
        # The last word counts: a program may have said it before.
        status = next((event[5:] for event in reversed(boot.events)
                       if event.startswith("exit ")), "")
        if ended and _STATUS.match(status):
            return End(status=int(status))
        end = _died(boot, said, ended, stopped, 0.0 if late else quiet)
        end.found = said.found
        return end


def _died(boot: Boot, said: console.Said, ended: bool, stopped: Optional[str], quiet: float) -> End:
    """How a guest ended that did not say so itself."""
    log = console.told(said.lines, said.found)
    if ended and console.panicked(said.lines):
        return End(verdict="panic", log=log,
                   reason=f"the guest died: {console.cause(said.lines, said.found)}")
    if ended or stopped:
        return End(verdict="panic", log=log,
                   reason=f"the guest vanished: {stopped or boot.how_it_left()}")
    oops = console.oops(said.found)
    if oops:
        return End(verdict="kernel", log=log, reason=f"the guest went silent after: {oops}")
    stuck = console.stuck(said.found)
    hung = f"no sign of life for {quiet:.0f} s" if quiet else (
        "it goes on and on, and no result comes")
    return End(verdict="timeout", log=log, reason=f"the guest hung: {hung}"
               + (f", the console says: {stuck}" if stuck else ""))


def _not_set_up(failed: str, lines: List[str]) -> str:
    if failed in ("9p", "virtiofs"):
        return (f"this kernel cannot mount the host's root by {failed}: it needs "
                "CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS, or CONFIG_VIRTIO_FS, built in or as "
                "modules that --modules names (--share takes the other way)")
    last = f" ({clean(lines[-1])})" if lines else ""
    return f"the guest could not be set up: {clean(failed)}{last}"
