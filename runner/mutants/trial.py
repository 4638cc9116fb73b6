# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries a kernel: runs programs on it until one notices a fault."""
from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set

from ..commands.common import default_scale
from ..errors import Refused
from ..lab import host
from ..lab.setup import Setup
from ..lab.user import unused
from ..output import say
from ..programs import Program, remember
from ..record import load
from ..report.tally import Item, items_of
from ..request import Request, Selection
from ..run import Signals
from ..sizes import applies
from ..text import clean, count
from ..verdicts import BAD
from .learned import Learned, key_of, program_of

# A case that takes this many times as long as the slowest on the unbroken kernel has hung.
PATIENCE = 5.0
# How a fault was noticed, by the verdict of what noticed it.
HOW = {"fail": "its own check", "leak": "counters", "kernel": "kernel log", "panic": "panic",
       "timeout": "timeout", "crash": "crash", "broken": "no judgement"}


@dataclass
class Catch:
    """The program or point that noticed a fault first."""

    item: str
    how: str
    reason: str


class Quiet:
    """A reporter that prints nothing, because mutants are reported in a table."""

    def __getattr__(self, name: str) -> Any:
        return lambda *words: None


@dataclass(frozen=True)
class Place:
    """What all benches of a session share: the programs, the signals, the folder of results, the
    number of guests that run at a time, and the command that runs programs of another architecture
    on this machine."""

    programs: Dict[str, Program]
    signals: Signals
    where: str
    jobs: int = 1
    before: Sequence[str] = ()

    @property
    def described(self) -> str:
        """The file with the descriptions of the programs."""
        return os.path.join(self.where, "described.json")

    def describe(self) -> None:
        """Asks the programs for their descriptions. That ends all children of the runner, so that
        no guest may be running."""
        if not os.path.exists(self.described):
            remember(list(self.programs.values()), self.described, self.signals, default_scale(),
                     self.before)


class Bench:
    """Runs programs on a kernel in a guest, and records each run."""

    def __init__(self, setup: Setup, place: Place, sizes: Optional[str]) -> None:
        self.setup, self.place, self.sizes = setup, place, sizes
        self.learned = Learned(key_of(setup, sizes))
        self.sound: Set[str] = set()
        self.scale = setup.accel.time_scale

    def on(self, image: str) -> "Bench":
        """A bench for another kernel."""
        guest = self.setup.guest
        other = Bench.__new__(Bench)
        other.place, other.sizes, other.learned = self.place, self.sizes, self.learned
        other.sound, other.scale = self.sound, self.scale
        other.setup = replace(self.setup, user=unused(), guest=replace(guest, kernel=replace(
            guest.kernel, image=image)))
        return other

    def runs(self, name: str) -> bool:
        """False when a program is known not to run with these sizes."""
        program = self.place.programs[name]
        fits = not self.sizes or not program.sized or any(
            applies(program, size) for size in self.sizes.split(","))
        return fits and self.learned.runs(name)

    def run(self, name: str, words: Sequence[str], stop: bool) -> List[Item]:
        """Runs `func WORDS`, in that order, recorded in the folder `name`; returns the counted
        items. With `stop` the run ends at the first catch; without it a new boot follows a program
        that spoils the kernel, so that the next can be judged. Raises Refused when no program
        could be run."""
        folder = os.path.join(self.place.where, name)
        os.makedirs(os.path.join(folder, "out"), exist_ok=True)
        programs = self.place.programs
        self.place.describe()
        record = host.Record(folder, {"mutant": name}, set(programs))
        request = Request("func", Selection(words, page_size=self.sizes, native=True,
                                            programs=top_of(programs), as_listed=True),
                          time_scale=self.scale)
        host.Run(self.setup, record, request, list(programs.values()), self.place.signals, Quiet(),
                 (lambda result: self.caught(list(items_of(result))) is not None) if stop
                 else lambda result: False, self.place.described).go()
        if not record.begun():
            raise Refused("no program ran")
        return [item for result in load(folder)[1] for item in items_of(result)]

    def learn(self, name: str, names: Sequence[str]) -> None:
        """Runs the programs whose results on the unbroken kernel are not known. Items that passed
        count as sound, and their times determine what counts as a hang. Results are kept even if
        the run is interrupted."""
        wanted = [name for name in names if self.runs(name)]
        new = self.learned.unknown(self.place.programs[name] for name in wanted)
        if new:
            say(f"{count(len(new), 'program')} on the unbroken kernel first, "
                "which takes minutes and is remembered")
            folder, whole = os.path.join(self.place.where, name), False
            try:
                self.run(name, [program.full_name for program in new], stop=False)
                whole = True
            finally:
                if os.path.exists(os.path.join(folder, "results.jsonl")):
                    self.learned.take(new, load(folder)[1], whole)
        known = self.learned.of(wanted)
        slowest = max((one.slowest for one in known), default=0.0)
        # Guests that run at the same time are slower.
        self.scale = round(min(self.scale, max(1.0, PATIENCE * slowest)) * self.place.jobs, 1)
        passed = {str(item[0]) for one in known for item in one.items if item[1] == "passed"}
        self.sound = passed | {program_of(item) for item in passed}
        for item in (item for one in known for item in one.items if item[1] == "failed"):
            say(f"{item[0]} is not sound on the unbroken kernel and counts for "
                f"nothing: {item[2]}, {item[3]}")

    def caught(self, items: Iterable[Item]) -> Optional[Catch]:
        """The first item that is bad here and was not on the unbroken kernel; among those of one
        program the worst, so that the death of a kernel comes before a check that failed in it."""
        for item in items:
            if item.verdict in BAD and item.verdict != "broken" and not item.known and (
                    item.name in self.sound or item.name.split("@")[0] in self.sound):
                return Catch(item.name, HOW[item.verdict], clean(item.reason or "", 300))
        return None


def named(items: Sequence[Item], word: str) -> List[Item]:
    """The items of a program, or of its cases that a pattern matches, with any page size."""
    def is_named(name: str) -> bool:
        return any(fnmatchcase(part, word) for part in (name, name.partition(".")[0]))
    return [item for item in items if is_named(item.name.partition("@")[0])]


def expanded(words: Sequence[str], names: Iterable[str]) -> List[str]:
    """The words of `Caught by` with patterns replaced by the programs, or `program.case`, that they
    match."""
    found: List[str] = []
    known = list(names)
    for word in words:
        program, dot, case = word.partition(".")
        found += [name + dot + case for name in known if fnmatchcase(name, program)]
    return list(dict.fromkeys(found))


def top_of(programs: Dict[str, Program]) -> str:
    """The folder that holds tests/AREA/NAME of these programs."""
    path = next(iter(programs.values())).path
    return os.path.dirname(os.path.dirname(os.path.dirname(path)))
