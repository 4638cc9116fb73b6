# SPDX-License-Identifier: LGPL-2.1-or-later
"""One command on several kernels, in guests that run at the same time, and one page of the
differences."""
from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import time
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .. import calls, invoked
from ..about import now
from ..endings import Signals
from ..errors import Interrupted, Refused, why
from ..output import say
from ..parts import unfinished
from ..programs import ROOMS, find, programs_folder
from ..reading import load, parse
from ..record import write_whole
from ..report.table import Reporter
from ..request import Request
from ..schema import checker
from ..series.grid import Grid
from ..series.judged import judged
from ..series.matrix_page import page
from ..text import clean, count
from ..watch.pipeline import Pipeline
from . import foreign, start
from .options import filled
from .order import Order
from .prepare import prepare, room_for
from .setup import Setup
from .user import unused

Json = Dict[str, Any]
CALL, PAGE, OUTPUT = "matrix.json", "matrix.html", "output.txt"
FORMAT = 1
MOST_JOBS = 64


@dataclass(frozen=True)
class Call:
    """What is asked for: the kernels as --kernel names them, the guest's other options, the
    command that each runs, and the seed of all where the command has none."""

    kernels: Sequence[str]
    options: Json
    words: Sequence[str]
    seed: int

    def as_json(self) -> Json:
        """For matrix.json."""
        return {"format": FORMAT, "started": now(), "kernels": list(self.kernels),
                "options": self.options, "words": list(self.words), "seed": self.seed}


def read_call(folder: str) -> Call:
    """The call of an interrupted matrix. Raises Refused."""
    path = os.path.join(folder, CALL)
    try:
        with open(path, "rb") as file:
            value = parse(file.read())
        wrong = checker("matrix")(value)
        if wrong:
            raise ValueError(wrong)
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise Refused(f"{clean(folder)} cannot be resumed: {CALL}: {clean(reason)}") from None
    return Call(value["kernels"], value["options"], value["words"], value["seed"])


@dataclass
class _Side:
    """A kernel, where its run is recorded, and the guest that boots it."""

    word: str
    folder: str
    order: Order
    setup: Optional[Setup] = None
    wrong: str = ""
    seconds: float = 0.0

    @property
    def begun(self) -> bool:
        """True when there is a record."""
        return os.path.exists(os.path.join(self.folder, "run.json"))

    def left(self) -> bool:
        """True when something is still to be run."""
        return not self.begun or bool(unfinished(*load(self.folder)))


class Matrix:
    """A folder with a run for each kernel. Raises Refused for a request that is not possible."""

    def __init__(self, call: Call, request: Request, folder: str, jobs: Optional[int]) -> None:
        self.call, self.folder, self._asked_jobs = call, folder, jobs
        # Every kernel gets the same seed.
        seeded = request if request.seed is not None else replace(request, seed=call.seed)
        self.request = foreign.fitted(Order(call.options, folder, seeded)).request
        self.sides = [
            _Side(word, os.path.join(folder, f"{number}-{_named(word)}"), Order(
                filled({**call.options, "kernel": word}), folder, self.request, list(call.words)))
            for number, word in enumerate(call.kernels, 1)]

    def go(self, as_json: bool = False) -> int:
        """Runs what is left, writes the page, and prints the counts or everything as JSON; returns
        the worst exit status of all runs."""
        if importlib.util.find_spec("jinja2") is None:
            raise Refused("a matrix makes a page, which needs Python's jinja2: install "
                          "python3-jinja2")
        try:
            with Signals() as signals:
                for side in self.sides:
                    self._prepare(side, signals)
                self._describe(signals)
                self._run(signals)
        except Interrupted as interrupted:
            raise Refused(f"interrupted by {interrupted} (go on with: "
                          + invoked.command(f"lab matrix --resume {self.folder})")) from None
        return self._report(as_json)

    def _prepare(self, side: _Side, signals: Signals) -> None:
        """Builds or fetches a kernel. When that fails, the other kernels still run."""
        if not side.left():
            return
        try:
            side.setup = replace(prepare(side.order), user=unused())
        except Refused as refused:
            if signals.requested:
                raise Interrupted(signals.requested) from None
            side.wrong = str(refused)
            say(f"{side.word}: {side.wrong}")

    def _ready(self) -> List[_Side]:
        return [side for side in self.sides if side.setup]

    def _describe(self, signals: Signals) -> None:
        """Asks the programs for their descriptions, once, before any guest runs: asking a program
        ends all children of the runner, which guests are."""
        ready = self._ready()
        if not ready:
            return
        programs = find(programs_folder(self.request.selection.programs), tuple(ROOMS))
        for side in ready:
            os.makedirs(os.path.join(side.folder, "out"), 0o755, exist_ok=True)
        first = os.path.join(ready[0].folder, start.DESCRIBED)
        assert ready[0].setup
        foreign.remember(ready[0].setup.guest.arch, programs, first, signals)
        for side in ready[1:]:
            shutil.copyfile(first, os.path.join(side.folder, start.DESCRIBED))

    def jobs(self, setups: Sequence[Setup]) -> int:
        """How many guests run at once: the number that was asked for, or as many as the machine
        has processors and memory for."""
        if self._asked_jobs:
            return min(self._asked_jobs, len(setups))
        processors = max(setup.guest.cpus for setup in setups)
        memory = max(setup.guest.memory_mb for setup in setups)
        return max(1, min(len(setups), room_for(processors, memory)))

    def _run(self, signals: Signals) -> None:
        ready = self._ready()
        if not ready:
            return
        jobs = self.jobs([side.setup for side in ready if side.setup])
        crowd = max(1.0, jobs * max(side.setup.guest.cpus for side in ready if side.setup)
                    / len(os.sched_getaffinity(0)))
        say(f"{count(len(ready), 'kernel')}, {count(jobs, 'guest')} at a time, "
            f"in {os.path.relpath(self.folder)}")

        def one(side: _Side, _: None) -> _Side:
            began = time.monotonic()
            try:
                self._one(side, signals, crowd)
            except Refused as refused:
                side.wrong = str(refused)
            side.seconds = time.monotonic() - began
            return side

        pipeline: "Pipeline[_Side, None, _Side]" = Pipeline(jobs, signals, lambda side: None, one)
        for side, _ in pipeline.each(ready):
            said = side.wrong or judged(side.folder).counts.line()
            say(f"{side.word}: {said} ({side.seconds:.0f} s)")
        # The thread of a guest may have noticed the signal first.
        if signals.requested and any(side.left() for side in ready):
            raise Interrupted(signals.requested)

    def _one(self, side: _Side, signals: Signals, crowd: float) -> None:
        """Runs one kernel, with its output in a file of its folder."""
        assert side.setup
        again, side.wrong = side.begun, ""
        asked = start.scaled(self.request, side.setup, crowd)
        run = start.Recorded(side.setup, asked, side.folder, start.lab_record(
            side.setup, side.order), described=True)
        with open(os.path.join(side.folder, OUTPUT), "a", encoding="utf-8") as stream:
            reporter = Reporter("plain", stream)
            if run.report(run.go(signals, reporter, again), reporter) == 2:
                side.wrong = f"not complete: {os.path.join(side.folder, OUTPUT)}"

    def _report(self, as_json: bool) -> int:
        runs = [judged(side.folder) for side in self.sides if side.begun]
        if runs:
            grid = Grid(runs)
            path = os.path.join(self.folder, PAGE)
            try:
                write_whole(path, page(grid))
            except OSError as error:
                raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
            if as_json:
                print(json.dumps(grid.as_json(), indent=1))
            else:
                _show(grid, path)
        statuses = [run.counts.status(self.request.allow_all_skipped) for run in runs]
        if len(runs) < len(self.sides) or any(side.wrong for side in self.sides):
            statuses.append(2)
        return next((status for status in (1, 2, 3) if status in statuses), 0)


def _show(grid: Grid, path: str) -> None:
    print(f"{'':9}", *(f"{column.title:>24}" for column in grid.columns))
    for word, numbers in grid.counts():
        print(f"{word:9}", *(f"{number:>24}" for number in numbers))
    print(f"{sum(row.differs for row in grid.rows)} of {len(grid.rows)} points differ: "
          f"{os.path.relpath(path)}")


def _named(word: str) -> str:
    """The name of a kernel as a part of a folder's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-.")[-60:] or "kernel"


def begin(results: str, call: Call) -> str:
    """Makes a folder for a matrix, with a file of what was asked for. Raises Refused."""
    folder = calls.new_folder(results, "matrix")
    write_whole(os.path.join(folder, CALL), json.dumps(call.as_json(), indent=1) + "\n")
    return folder


def find_folder(name: str, results: str) -> str:
    """The folder of a matrix by its path or name; `latest`: the last. Raises Refused."""
    return calls.find(name, results, "matrix", CALL)


def each_once(kernels: Sequence[str]) -> Tuple[str, ...]:
    """The kernels as they were named. Raises Refused when one is named twice."""
    for number, word in enumerate(kernels):
        if word in kernels[:number]:
            raise Refused(f"--kernel {clean(word)} is given twice")
    return tuple(kernels)
