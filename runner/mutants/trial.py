# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries a kernel: runs programs on it until one notices that something is wrong."""
from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Dict, List, Optional, Sequence, Set

from ..commands.common import default_scale
from ..errors import Refused
from ..lab import host
from ..lab.setup import Setup
from ..programs import Program, remember
from ..record import load
from ..report.tally import Item, items_of
from ..request import Request, Selection
from ..run import Signals
from ..text import clean
from ..verdicts import BAD

# A case that takes so many times as long as the slowest did on the unbroken kernel hangs.
PATIENCE = 5.0
# How a fault was noticed, by the verdict of what noticed it.
HOW = {"fail": "its own check", "leak": "counters", "kernel": "kernel log", "panic": "panic",
       "timeout": "timeout", "crash": "crash", "broken": "no judgement"}


@dataclass
class Catch:
    """What noticed a fault first."""

    item: str
    how: str
    reason: str


class Quiet:
    """A reporter that says nothing: mutants are told of in a table."""

    def __getattr__(self, name: str) -> Any:
        return lambda *words: None


class Bench:
    """Runs programs on a kernel in the guest of a mutant, and records each run."""

    def __init__(self, setup: Setup, programs: Dict[str, Program], signals: Signals,
                 where: str, sizes: Optional[str]) -> None:
        self.setup, self.programs, self.signals, self.where = setup, programs, signals, where
        self.sizes = sizes
        self.sound: Set[str] = set()
        self.scale = setup.accel.time_scale

    def on(self, image: str) -> "Bench":
        """The same on another kernel."""
        guest = self.setup.guest
        other = Bench(replace(self.setup, guest=replace(guest, kernel=replace(
            guest.kernel, image=image))), self.programs, self.signals, self.where, self.sizes)
        other.sound, other.scale = self.sound, self.scale
        return other

    def run(self, name: str, words: Sequence[str], stop: bool) -> List[Item]:
        """Runs `func WORDS` into the folder `name`; what was found, as counted. With
        `stop`, to the first catch; else what a program left behind does not hide what the
        next would find. Raises Refused when no program could be run."""
        folder = os.path.join(self.where, name)
        os.makedirs(os.path.join(folder, "out"), exist_ok=True)
        described = os.path.join(self.where, "described.json")
        if not os.path.exists(described):
            remember(list(self.programs.values()), described, self.signals,
                     default_scale())
        record = host.Record(folder, {"mutant": name}, set(self.programs))
        request = Request("func", Selection(words, page_size=self.sizes, native=True,
                                            programs=top_of(self.programs)),
                          time_scale=self.scale)
        host.Run(self.setup, record, request, list(self.programs.values()), self.signals, Quiet(),
                 (lambda result: self.caught(list(items_of(result))) is not None) if stop
                 else lambda result: False, described).go()
        if not record.begun():
            raise Refused("no program ran")
        return [item for result in load(folder)[1] for item in items_of(result)]

    def learn(self, items: Sequence[Item]) -> List[Item]:
        """Takes what passed on the unbroken kernel for sound, and its times for the
        measure of a hang; returns what failed."""
        slowest = 0.0
        for item in items:
            program = self.programs[item.name.partition("@")[0].partition(".")[0]]
            took = (item.point or {"diagnostics": {}})["diagnostics"].get("duration_ms", 0)
            slowest = max(slowest, took / 1000 / program.seconds)
        self.scale = round(min(self.scale, max(1.0, PATIENCE * slowest)), 1)
        self.sound = {item.name for item in items if item.state == "passed"}
        self.sound |= {item.name.split("@")[0].split(".")[0] for item in items
                       if item.state == "passed"}
        return [item for item in items if item.state == "failed"]

    def caught(self, items: Sequence[Item]) -> Optional[Catch]:
        """The first item that is bad here and was not on the unbroken kernel. Of one
        program the worst: a check that failed in a kernel that then died counts for less."""
        for item in items:
            if item.verdict in BAD and item.verdict != "broken" and not item.known and (
                    item.name in self.sound or item.name.split("@")[0] in self.sound):
                return Catch(item.name, HOW[item.verdict], clean(item.reason or "", 300))
        return None


def named(items: Sequence[Item], word: str) -> List[Item]:
    """Those of a program, or of its cases that a pattern matches, whatever the page size."""
    def is_named(name: str) -> bool:
        return any(fnmatchcase(part, word) for part in (name, name.partition(".")[0]))
    return [item for item in items if is_named(item.name.partition("@")[0])]


def top_of(programs: Dict[str, Program]) -> str:
    """The folder that holds tests/AREA/NAME of these programs."""
    path = next(iter(programs.values())).path
    return os.path.dirname(os.path.dirname(os.path.dirname(path)))
