# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watches a guest to its end, and tells how it ended."""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence, Tuple

from ..complaints import complaints
from ..errors import Interrupted, Refused
from ..run import Signals
from ..text import clean
from . import console
from .boot import Boot

# Without any sign of life for so long (and no program that may take longer): hung.
STALL_SECONDS = 60.0
# After an oops what it held stays held: silence is then soon a hang.
OOPS_SECONDS = 20.0
# How often the host looks.
LOOK_SECONDS = 0.05
Complained = Sequence[Tuple[str, str]]


@dataclass
class Seen:
    """What there was to see of a run: whether it went on since the last look, for how long
    what runs now may be silent, in seconds, and whether another program has begun."""

    went_on: bool = False
    allowed_s: float = 0.0
    began: bool = False


@dataclass
class End:
    """How a boot ended: `status` of the command, or the `verdict` of a guest that died."""

    status: Optional[int] = None
    verdict: Optional[str] = None
    reason: str = ""
    log: List[str] = field(default_factory=list)


class _Said:
    """What the kernel said since the program that runs now began: what it said before,
    it said of others."""

    def __init__(self, boot: Boot, complained: Callable[[List[str]], Complained]) -> None:
        self._boot, self._complained = boot, complained
        self._start = self._read = self._before = 0
        self.lines: List[str] = []
        self.found: Complained = []

    def look(self, began: bool) -> None:
        """Takes what is new. A program that `began` did so since the last look."""
        if began:
            self._start = self._boot.console.rfind(b"\n", 0, self._before) + 1
            self._read = -1
        self._before = len(self._boot.console)
        if self._before != self._read:
            self._read = self._before
            self.lines = console.lines_of(self._boot.console[self._start:])
            self.found = self._complained(self.lines)


def follow(boot: Boot, signals: Signals, stall_s: float, look: Callable[[], Seen],
           complained: Callable[[List[str]], Complained] = complaints,
           enough: Callable[[], bool] = lambda: False) -> End:
    """Watches a boot to its end, or until it was `enough`. `complained` finds the kernel's
    complaints that what runs now does not cause by design.
    Raises Interrupted; and Refused for a guest that could not be set up."""
    seen, heard = 0, 0
    said = _Said(boot, complained)
    alive = time.monotonic()
    while True:
        ended = boot.wait(LOOK_SECONDS)
        if signals.requested:
            raise Interrupted(signals.requested)
        run = look()
        if enough():
            return End()
        if run.went_on or run.began or len(boot.events) > seen or len(boot.output) > heard:
            alive = time.monotonic()
            seen, heard = len(boot.events), len(boot.output)
        said.look(run.began)
        stopped = boot.stopped()
        quiet = time.monotonic() - alive
        oops = console.oops(said.found)
        if not (ended or stopped
                or quiet > (min(OOPS_SECONDS, stall_s) if oops else stall_s + run.allowed_s)):
            continue
        failed, status = boot.event("failed"), boot.event("exit")
        if failed is not None:
            raise Refused(_not_set_up(failed, console.lines_of(boot.console)))
        if ended and status is not None and status.isdigit():
            return End(status=int(status))
        return _died(boot, said, ended, stopped, quiet)


def _died(boot: Boot, said: _Said, ended: bool, stopped: Optional[str], quiet: float) -> End:
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
    return End(verdict="timeout", log=log, reason=f"the guest hung: no sign of life for "
               f"{quiet:.0f} s" + (f", the console says: {stuck}" if stuck else ""))


def _not_set_up(failed: str, lines: List[str]) -> str:
    if failed in ("9p", "virtiofs"):
        return (f"this kernel cannot mount the host's root by {failed}: it needs "
                "CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS, or CONFIG_VIRTIO_FS, built in or as "
                "modules that --modules names (--share takes the other way)")
    last = f" ({clean(lines[-1])})" if lines else ""
    return f"the guest could not be set up: {clean(failed)}{last}"
