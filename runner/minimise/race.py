# SPDX-License-Identifier: LGPL-2.1-or-later
"""The smallest race that still fails: by the engine itself (lib/race/narrow.c), which works on a
part of what its program declares."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..errors import Refused
from ..plan import Planned
from ..text import clean, count
from .bench import Outcome, Try
from .ddmin import first_of, lowest, smallest
from .search import Search

Json = Dict[str, Any]
# The numbers of rounds that a race that runs for a time, or for more, is tried with.
ROUNDS = (4096, 1024, 256, 64, 16, 4, 1)
RANGES = ("huge", "part")


@dataclass(frozen=True)
class Race:
    """A race. `rounds`: 0 runs for a time. `part`: how much of a huge page those actors work on
    that choose; empty: as they choose."""

    target: str
    actors: Tuple[str, ...]
    pages: int
    processes: int
    rounds: int
    part: str = ""
    page_kb: int = 0
    pte_mapped: bool = False
    whole_span: bool = False

    @property
    def param(self) -> str:
        """The value of the parameter `race`."""
        words = [f"actors={'+'.join(self.actors)}", f"processes={self.processes}",
                 f"pages={self.pages}"]
        words += [f"rounds={self.rounds}"] if self.rounds else []
        words += [f"range={self.part}"] if self.part else []
        return ",".join(words)

    def __str__(self) -> str:
        parts = {"": "", "huge": ", whole huge pages", "part": ", parts of huge pages"}
        return (f"{' + '.join(self.actors)} on {self.target}, "
                f"{_processes(self.processes)}, "
                f"{count(self.pages, 'huge page')}, "
                + (count(self.rounds, "round") if self.rounds else "for a time")
                + parts[self.part])

    def as_json(self) -> Json:
        """For --json."""
        return {"target": self.target, "actors": list(self.actors), "pages": self.pages,
                "processes": self.processes, "rounds": self.rounds or None,
                "range": self.part or None, "param": self.param}


def _processes(n: int) -> str:
    return "1 process" if n == 1 else f"{n} processes"


def shown(outcome: Outcome) -> Race:
    """The race that a program shows with the parameter `race=show`. Raises Refused."""
    observed = outcome.diagnostics.get("observed")
    said: Json = observed if isinstance(observed, dict) else {}
    words = dict(word.partition("=")[::2] for word in str(said.get("race") or "").split())
    actors: List[str] = []
    while f"actor {len(actors) + 1}" in said:
        actors.append(str(said[f"actor {len(actors) + 1}"]))
    try:
        return Race(clean(words["target"], 40), tuple(actors), int(words["pages"]),
                    int(words["processes"]), int(words["rounds"]), "", int(words["page_kb"]),
                    words["pte_mapped"] == "1", words["whole_span"] == "1")
    except (KeyError, ValueError):
        if outcome.verdict == "skip":
            raise Refused(f"the race cannot be tried here: {clean(outcome.reason, 300)}") from None
        raise Refused("the point is not a race: its program shows none"
                      + (f" ({outcome.verdict}: {outcome.reason})" if outcome.reason else "")
                      ) from None


class Reduction:
    """The search for the smallest race. `best` is the smallest one so far."""

    def __init__(self, search: Search, planned: Planned, case: str, seed: int,
                 on_best: Callable[[Race], None] = lambda race: None) -> None:
        self._search, self._planned, self._case, self._seed = search, planned, case, seed
        self._on_best = on_best
        self.best: Optional[Race] = None

    def make(self, param: str, number: int) -> Try:
        """A run of the race that the parameter asks for."""
        planned, program = self._planned, self._planned.program
        argv = [program.path, "--seed", str((self._seed + number) % (1 << 64)), "--case",
                self._case, "--param", f"race={param}"]
        if planned.size:
            argv += ["--page-size", planned.size]
        if planned.seconds:
            argv += ["--seconds", f"{planned.seconds:g}"]
        return Try(argv, planned.one_case_s(1.0), self._case, program.log_allows, program.poisons)

    def show(self) -> Race:
        """The race as it is declared, with the actors that this machine has. Raises Refused."""
        return shown(self._search.ask(lambda number: self.make("show", number)))

    def _holds(self, race: Race) -> bool:
        if not self._search.holds(str(race), lambda number: self.make(race.param, number)):
            return False
        self._keep(race)
        return True

    def _keep(self, race: Race) -> None:
        self.best = race
        self._on_best(race)

    def go(self, most: int) -> Race:
        """Finds the smallest race. Raises Refused when the whole does not fail in `most` tries, and
        Interrupted."""
        whole = self.show()
        self._search.whole(str(whole), lambda number: self.make(whole.param, number), most)
        self._keep(whole)
        before: Optional[Race] = None
        # Each dimension may make another one smaller.
        while self.best != before:
            before = self.best
            self._actors()
            self._number("processes")
            self._number("pages")
            self._range()
            self._rounds()
        return self._found()

    def _found(self) -> Race:
        assert self.best
        return self.best

    def _actors(self) -> None:
        def holds(actors: Sequence[str]) -> bool:
            return self._holds(replace(self._found(), actors=tuple(actors)))
        smallest(self._found().actors, holds)

    def _number(self, name: str) -> None:
        now = int(getattr(self._found(), name))
        values = sorted({1, 2, now // 2, now} & set(range(1, now + 1)))
        first_of(values, lambda value: self._holds(replace(self._found(), **{name: value})))

    def _range(self) -> None:
        if not self._found().part:
            any(self._holds(replace(self._found(), part=part)) for part in RANGES)

    def _rounds(self) -> None:
        now = self._found().rounds
        values: List[int] = [now, *(value for value in ROUNDS if not now or value < now)]
        lowest(values, lambda value: self._holds(replace(self._found(), rounds=value)))
