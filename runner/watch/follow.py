# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watches a boot of a machine to its end, and reports how it ended."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence, Tuple

from ..complaints import complaints
from ..errors import Interrupted, Refused
from ..run import Signals
from ..text import clean
from . import console
from .machine import Boot
from .silence import Silence

# A machine without a sign of life for so long has hung, unless its program may take longer or the
# host gave it no processor.
STALL_SECONDS = 60.0
# After an oops, locks of the task that died remain held: silence is taken for a hang sooner.
OOPS_SECONDS = 20.0
# The interval at which a boot is looked at.
LOOK_SECONDS = 0.05
_STATUS = re.compile(r"[0-9]{1,3}\Z")


@dataclass
class Seen:
    """What a look at a run found: whether there was any progress since the last look, the seconds
    for which the running program may be silent, whether another program has begun, whether a
    result came, and the seconds within which a result is due whatever else happens (0: no
    limit)."""

    went_on: bool = False
    allowed_s: float = 0.0
    began: bool = False
    result: bool = False
    due_s: float = 0.0


@dataclass
class End:
    """How a boot ended: the `status` of the command, or the `verdict` of a machine that died. `log`
    is the excerpt to report, `found` are the complaints since the last program began."""

    status: Optional[int] = None
    verdict: Optional[str] = None
    reason: str = ""
    log: List[str] = field(default_factory=list)
    found: Sequence[Tuple[str, str]] = ()


def follow(boot: Boot, signals: Signals, stall_s: float, look: Callable[[], Seen],
           complained: Callable[[List[str]], Sequence[Tuple[str, str]]] = complaints,
           enough: Callable[[], bool] = lambda: False) -> End:
    """Watches a boot to its end, or until `enough` returns true. `complained` finds the kernel's
    complaints that the running program does not cause by design.
    Raises Interrupted, and Refused for one that could not be set up."""
    seen, heard = 0, 0
    said = console.KernelLog(lambda: boot.console, complained)
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
        # After `ready`, guest-init does not write this any more: a program did.
        failed = None if ran else boot.event("failed")
        if failed is not None:
            raise Refused(_not_set_up(failed, console.lines_of(boot.console)))
        # The last message counts: a program may have written the same before.
        status = next((event[5:] for event in reversed(boot.events)
                       if event.startswith("exit ")), "")
        if ended and _STATUS.match(status):
            return End(status=int(status))
        end = _died(boot, said, ended, stopped, 0.0 if late else quiet)
        end.found = said.found
        return end


def _died(boot: Boot, said: console.KernelLog, ended: bool, stopped: Optional[str],
          quiet: float) -> End:
    """How a machine ended that did not report its end itself."""
    vanished = None
    if ended or stopped:
        vanished = boot.vanished(stopped)
        said.look(False)  # The console may have said more meanwhile.
    log = console.excerpt(said.lines, said.found)
    if ended and console.panicked(said.lines):
        return End(verdict="panic", log=log,
                   reason=f"{boot.what} died: {console.cause(said.lines, said.found)}")
    oops = console.oops(said.found)
    if vanished and not (oops and vanished[0] == "timeout"):
        return End(verdict=vanished[0], log=log, reason=f"{boot.what} vanished: {vanished[1]}")
    if oops:
        return End(verdict="kernel", log=log, reason=f"{boot.what} went silent after: {oops}")
    stuck = console.stuck(said.found)
    hung = f"no sign of life for {quiet:.0f} s" if quiet else (
        "it shows signs of life, and no result comes")
    return End(verdict="timeout", log=log, reason=f"{boot.what} hung: {hung}"
               + (f", the console says: {stuck}" if stuck else ""))


def _not_set_up(failed: str, lines: List[str]) -> str:
    if failed in ("9p", "virtiofs"):
        return (f"this kernel cannot mount the host's root by {failed}: it needs "
                "CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS, or CONFIG_VIRTIO_FS, built in or as "
                "modules that --modules names (--share takes the other way)")
    last = f" ({clean(lines[-1])})" if lines else ""
    return f"the guest could not be set up: {clean(failed)}{last}"
