# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shortest story of the accounting model that still fails: steps are left out, and their
numbers made smaller. lib/model/scenario.h describes the steps; the model computes anew what each
must lead to."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..plan import Planned
from ..reproduce.transcript import FLAVOURS, Transcript
from ..text import count
from .bench import Try
from .ddmin import smallest
from .search import Search

Json = Dict[str, Any]
# The steps with numbers of pages, of which a second one is a count.
_RANGES = ("read", "write", "drop", "punch", "allocate")
_OF_MAPPING = ("read", "write", "drop", "unmap")


@dataclass(frozen=True)
class Step:
    """A step: its verb, its numbers, and whether the child does it."""

    verb: str
    numbers: Tuple[int, ...] = ()
    child: bool = False

    def __str__(self) -> str:
        return ("child " * self.child + " ".join((self.verb, *map(str, self.numbers))))

    def smaller(self) -> List["Step"]:
        """The same step with smaller numbers."""
        found = []
        for at, number in enumerate(self.numbers):
            least = 1 if at == 1 or self.verb == "map" else 0
            for value in sorted({least, number // 2, number - 1}):
                if least <= value < number:
                    found.append(replace(self, numbers=(
                        *self.numbers[:at], value, *self.numbers[at + 1:])))
        return found


@dataclass(frozen=True)
class Story:
    """A story: the kind of its mappings, the size of its pool, the overcommit limit, the steps."""

    kind: str
    pool: int
    overcommit: int
    steps: Tuple[Step, ...]

    @property
    def param(self) -> str:
        """The value of the parameter `story`."""
        return (f"{self.kind} {self.pool} {self.overcommit}: "
                + ", ".join(map(str, self.steps)))

    def __str__(self) -> str:
        return self.param

    def as_json(self) -> Json:
        """For --json."""
        return {"kind": self.kind, "pool": self.pool, "overcommit": self.overcommit,
                "steps": list(map(str, self.steps)), "param": self.param}

    def possible(self) -> bool:
        """False for what no program could do: use a mapping or a child that is not there."""
        mapped = child = 0
        alive = False
        for step in self.steps:
            pages = child if step.child else mapped
            if (step.child or step.verb == "exit") and not alive or step.verb == "fork" and alive:
                return False
            if step.verb in _OF_MAPPING and not pages or step.verb == "map" and mapped:
                return False
            if step.verb in ("read", "write", "drop") and sum(step.numbers) > pages:
                return False
            if step.verb == "map":
                mapped = step.numbers[0]
            elif step.verb == "fork":
                alive, child = True, mapped
            elif step.verb == "exit":
                alive, child = False, 0
            elif step.verb == "unmap" and step.child:
                child = 0
            elif step.verb == "unmap":
                mapped = 0
        return bool(self.steps)


def of_transcript(transcript: Transcript) -> Story:
    """The story that a transcript tells, up to where it failed."""
    steps = []
    for act in transcript.acts:
        if act.verb in ("=", "close"):
            continue
        numbers = act.numbers
        if act.verb in ("read", "write"):
            numbers = (numbers[0], 1)
        elif act.verb in ("map", "allocate"):
            numbers = numbers[:-1]
        steps.append(Step(act.verb, numbers, act.child))
    kind = next(name for name, flags in FLAVOURS.items() if flags == transcript.flags)
    _, free, rsvd, _ = transcript.begins
    return Story(kind, free - rsvd, transcript.overcommit, tuple(steps))


class Reduction:
    """The search for the shortest story. `best` is the shortest one so far, and `history` the
    transcript of its last failure."""

    def __init__(self, search: Search, planned: Planned, case: str,
                 on_best: Callable[[Story], None] = lambda story: None) -> None:
        self._search, self._planned, self._case = search, planned, case
        self._on_best = on_best
        self.best: Optional[Story] = None
        self.history = ""

    def make(self, story: Story, number: int) -> Try:
        """A run of a story."""
        planned, program = self._planned, self._planned.program
        argv = [program.path, "--seed", str(number + 1), "--case", self._case, "--param",
                f"story={story.param}"]
        if planned.size:
            argv += ["--page-size", planned.size]
        return Try(argv, planned.one_case_s(1.0), self._case, program.log_allows, program.poisons)

    def _keep(self, story: Story) -> None:
        self.best = story
        last = self._search.last
        self.history = str(last.diagnostics.get("history") or "") if last else ""
        self._on_best(story)

    def _holds(self, story: Story) -> bool:
        if not story.possible() or not self._search.holds(
                str(story), lambda number: self.make(story, number)):
            return False
        self._keep(story)
        return True

    def _found(self) -> Story:
        assert self.best
        return self.best

    def go(self, story: Story, most: int) -> Story:
        """Finds the shortest story. Raises Refused when the whole does not fail in `most` tries,
        and Interrupted."""
        self._search.whole(str(story), lambda number: self.make(story, number), most)
        self._keep(story)
        before: Optional[Story] = None
        while self.best != before:
            before = self.best
            self._steps()
            self._numbers()
        return self._found()

    def _steps(self) -> None:
        def holds(steps: Sequence[Step]) -> bool:
            return self._holds(replace(self._found(), steps=tuple(steps)))
        smallest(self._found().steps, holds)

    def _numbers(self) -> None:
        """Smaller numbers, step by step; and the smallest pool and overcommit limit."""
        for name in ("pool", "overcommit"):
            now = int(getattr(self._found(), name))
            any(self._holds(replace(self._found(), **{name: value})) for value in range(now))
        at = 0
        while at < len(self._found().steps):
            steps = self._found().steps
            at += not any(self._holds(replace(
                self._found(), steps=(*steps[:at], step, *steps[at + 1:])))
                for step in steps[at].smaller())


def length(story: Story) -> str:
    """The number of its steps, in words."""
    return count(len(story.steps), "step")
