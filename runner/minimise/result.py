# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a search has found, as text and as JSON."""
from __future__ import annotations

import contextlib
import json
import os
import shlex
import statistics
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Union

from ..record import write_whole
from ..text import clean, count
from .litmus import Litmus
from .race import Race
from .sequential import Rate
from .shrink import SECONDS
from .story import Story

Json = Dict[str, Any]
FILE = "minimise.json"


@dataclass
class Result:
    """The result: of a race or story, as a whole and the smallest. `rate` is that of the smallest;
    `interrupted`: why it may not be the smallest; `program` is the C file, and `litmus` what is
    in it, if it is one of a race; `no_program`: why there is none."""

    run: str
    point: str
    on: str
    folder: str
    whole: Union[Race, Story, None] = None
    smallest: Union[Race, Story, None] = None
    rate: Optional[Rate] = None
    argv: List[str] = field(default_factory=list)
    reason: str = ""
    litmus: Optional[Litmus] = None
    program: Optional[str] = None
    no_program: Optional[str] = None
    program_rate: Optional[Rate] = None
    took: List[float] = field(default_factory=list)
    steps: List[Json] = field(default_factory=list)
    interrupted: Optional[str] = None

    def as_json(self) -> Json:
        """For --json, and minimise.json."""
        return {"format": 1, "run": self.run, "point": self.point, "on": self.on,
                "kind": "story" if isinstance(self.whole, Story) else "race",
                "whole": self.whole.as_json() if self.whole else None,
                "smallest": self.smallest.as_json() if self.smallest else None,
                "rate": _rate(self.rate), "command": self.argv, "reason": self.reason,
                "program": self.program, "no_program": self.no_program,
                "program_threads": self.litmus.as_json() if self.litmus else None,
                "program_rate": _rate(self.program_rate), "program_seconds": SECONDS,
                "interrupted": self.interrupted, "steps": self.steps, "folder": self.folder}

    def write(self) -> None:
        """Writes minimise.json, whole. Raises OSError."""
        write_whole(os.path.join(self.folder, FILE), json.dumps(self.as_json(), indent=1) + "\n")

    def forget(self) -> None:
        """Removes it."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, FILE))

    def lines(self) -> Iterator[str]:
        """For a reader."""
        if not self.smallest:
            yield f"interrupted by {self.interrupted}: nothing was found yet"
            return
        if isinstance(self.smallest, Story):
            yield f"shortest story, {count(len(self.smallest.steps), 'step')}:"
            yield (f"  mappings {self.smallest.kind}, a pool of {self.smallest.pool}, "
                   f"overcommit {self.smallest.overcommit}")
            yield from (f"  {number}. {step}"
                        for number, step in enumerate(self.smallest.steps, 1))
        else:
            yield f"smallest race: {self.smallest}"
        if self.rate:
            yield f"  {self.rate}"
        yield f"  {clean(self.reason, 500)}"
        yield f"  again: {' '.join(map(shlex.quote, self.argv))}"
        yield from self._program()
        if self.interrupted:
            yield f"interrupted by {self.interrupted}: there may be a smaller one"

    def _program(self) -> Iterator[str]:
        if self.litmus and self.program:
            workers = len(self.litmus.threads) * self.litmus.processes
            yield (f"program: {self.program}, {count(workers, 'thread')}, "
                   f"{count(self.litmus.operations, 'operation')}")
            yield from (f"  {line}" for line in self.litmus.lines())
            if self.program_rate:
                median = f", after {statistics.median(self.took):.2g} s" if self.took else ""
                yield f"  in runs of {SECONDS:g} s: {self.program_rate}{median}"
        elif self.program:
            yield f"program: {self.program}"
        elif self.no_program:
            yield f"no program in C: {self.no_program}"


def _rate(rate: Optional[Rate]) -> Optional[Json]:
    if rate is None:
        return None
    low, high = rate.interval()
    return {"failed": rate.failed, "tried": rate.tried, "low": round(low, 4),
            "high": round(high, 4)}
