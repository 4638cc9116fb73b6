# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run's record, which is kept here: of the folder of the machine under test, be it a guest of the
lab or another, it accepts what a runner could have written, and nothing else."""
from __future__ import annotations

import math
import os
import time
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from ..coverage.outside import counts, take
from ..errors import Refused, why
from ..reading import MAX_LINE, parse
from ..streams import MAX_KEPT
from ..text import clean, count
from . import valid
from .box import Box
from .handed import names
from .kept import Kept, streams
from .shared import Shared, Assignments

# The most bytes of run.json, of `running`, and of a file in out/ with the runner's last line.
MAX_GUEST_RUN, MAX_RUNNING = 8 << 20, 4096
MAX_OUT = MAX_KEPT + 4096
# How many bytes of results are read at a time; unusable lines after which the rest is ignored.
PIECE, MAX_REFUSED = 1 << 20, 1000
# How often run.json may be written in one boot: a runner writes it when it begins and ends.
MAX_RUN_WRITTEN = 64
# Seconds for which results are read at a time, and the last ones after a request to stop.
LOOK_S, LAST_S = 0.5, 2.0
Json = Dict[str, Any]


class Record(Kept):
    """A run's folder. While a guest runs, `box` is the folder that it can write. Release with
    close().

    `lab` is the `lab` field of run.json: a run is resumed by it, so that the guest must not
    change it, nor the other fields in `own`. `programs` are the names that can be in a plan, if
    they are known. With `shared` the guest is one of several, and runs what it is assigned.
    """

    def __init__(self, path: str, lab: Optional[Json] = None,
                 programs: Optional[Set[str]] = None, shared: Optional[Shared] = None,
                 own: Optional[Json] = None) -> None:
        super().__init__(path, shared)
        self.assignments = Assignments(shared) if shared else None
        self.lab, self.programs = lab, programs
        self.own = {"lab": lab, **(own or {})}
        self.box: Optional[Box] = None
        # The number of results that were accepted in this boot.
        self.taken = 0
        # The number of lines that were not accepted, and the fault of the first.
        self.refused, self.why_refused = 0, ""
        self._using = ExitStack()
        self._at = 0
        self._grown: Dict[str, int] = {}
        self._run_state, self._run_written = (0, 0, 0), 0
        self._running = b""
        self._spoken: Tuple[str, Tuple[int, int, int]] = ("", (0, 0, 0))
        self._name = ""

    def enclose(self, make: Callable[[int], Box], described: str = "") -> Box:
        """Makes the folder of the next boot, with what it needs to go on with the run. `make`
        makes an empty one with room for that many bytes; `described`: a file of
        programs.remember(). Raises Refused."""
        self.release()
        self._using.enter_context(self.shared)
        with self.shared.lock:
            return self._enclose(make, described)

    def _enclose(self, make: Callable[[int], Box], described: str) -> Box:
        own = {name: os.path.join(self.path, name) for name in names(self.path)}
        if os.path.exists(own["results.jsonl"]):
            self.shared.open()  # This removes an incomplete last line.
        given = [(name, path) for name, path in {**own, "described.json": described}.items()
                 if path and os.path.exists(path)]
        try:
            self.box = make(sum(os.path.getsize(path) for _, path in given))
            self.box.folder("out")
            for name, path in given:
                with open(path, "rb") as file:
                    self.box.put(name, file)
            self._at = self.box.state("results.jsonl")[1]
        except OSError as error:
            raise Refused(f"cannot prepare the guest's folder: {why(error)}") from None
        self._run_state, self._running, self._name = self.box.state("run.json"), b"", ""
        self.refused, self.why_refused, self._run_written, self.taken = 0, "", 0, 0
        if self.begun() and not (self.assignments and self.shared.run):
            self.shared.load()
        if self.assignments:
            self.assignments.begin()
            self._grown = self.shared.lengths()
            self._give()
        return self.box

    def release(self, interrupted: Callable[[], object] = lambda: None) -> List[Json]:
        """Reads what is left when the guest has ended, closes its folder, and returns the last
        results. Once `interrupted` returns something true, only LAST_S seconds are spent on it."""
        found: List[Json] = []
        ends = math.inf
        try:
            while self.box and time.monotonic() < ends:
                with self.shared.lock:
                    new = self._take()
                if not new:
                    break
                found += new
                if interrupted():
                    ends = min(ends, time.monotonic() + LAST_S)
            if self.box and self._name in self.shared.open_names:
                self._take_out(self._name, taken=False)
            if self.box and self.assignments:
                self.assignments.end(self._name)
        finally:
            self.close()
        return found

    def close(self) -> None:
        """Closes everything."""
        if self.box:
            self.box.close()
        self.box = None
        self._using.close()

    def read_new(self) -> List[Json]:
        """Accepts and returns the results that were added since the last call, for at most LOOK_S
        seconds; an incomplete last line is left for later. Raises Refused when writing fails."""
        with self.shared.lock:
            found = self._take()
            self._give()
        return found

    def _give(self) -> None:
        """Assigns the next run to one of several guests, once there is a plan."""
        if not (self.assignments and self.box and self.shared.run):
            return
        try:
            self.assignments.give(self.box)
        except OSError as error:
            self._refuse(f"its next program cannot be assigned: {why(error)}")
            self.refused += MAX_REFUSED

    def _take(self) -> List[Json]:
        if not self.box:
            return []
        self._take_run()
        if not self.shared.run or self.refused > MAX_REFUSED:
            return []
        data = self.box.read("results.jsonl", self._at, PIECE) or b""
        if len(data) == PIECE and b"\n" not in data:
            data = self.box.read("results.jsonl", self._at, MAX_LINE) or b""
            if len(data) == MAX_LINE and b"\n" not in data:
                self._refuse("a line without end")
                self.refused += MAX_REFUSED
        found: List[Json] = []
        ends = time.monotonic() + LOOK_S
        for line in data[:data.rfind(b"\n") + 1].split(b"\n")[:-1]:
            self._at += len(line) + 1
            result = self._result(line)
            if result:
                self._take_out(result["name"])
                self.shared.open().append(result)
                self.shared.open_names.discard(result["name"])
                found.append(result)
                self.taken += 1
            if self.refused > MAX_REFUSED or time.monotonic() > ends:
                break
        return found

    def _result(self, line: bytes) -> Optional[Json]:
        try:
            value = parse(line)
            wrong = valid.wrong_result(value, self.due())
        except ValueError as error:
            wrong = str(error)
        if wrong:
            self._refuse(wrong)
            return None
        assert isinstance(value, dict)
        if value["out"] is not None:
            value["out"] = self.shared.open().out_paths(value["name"])[2]
        return value

    def due(self) -> List[str]:
        """The runs whose results the guest may report: all that are open, or the one that is
        assigned to it."""
        open_names = self.shared.open_names
        if not self.assignments:
            return list(open_names)
        return [self.assignments.name] if self.assignments.name in open_names else []

    def more(self) -> bool:
        """True when a new boot has something to run."""
        return self.assignments.more if self.assignments else not self.complete()

    def finished(self) -> bool:
        """True when a guest may report that it has run everything."""
        return self.assignments.over if self.assignments else self.begun() and self.complete()

    def _refuse(self, wrong: str) -> None:
        self.refused += 1
        self.why_refused = self.why_refused or clean(wrong, 100)

    def unusable(self) -> Optional[str]:
        """A text about what the guest wrote and a runner would not; None without such."""
        if not self.refused:
            return None
        return f"{count(self.refused, 'line')} of the guest's record cannot be used " \
               f"({self.why_refused})"

    def _take_run(self) -> None:
        """Accepts run.json when the guest has written it again. The plan and the fields of
        `own` remain as they were at the beginning."""
        assert self.box
        state = self.box.state("run.json")
        if state == self._run_state:
            return
        self._run_state = state
        self._run_written += 1
        if self._run_written > MAX_RUN_WRITTEN:
            self._refuse("run.json is written again and again")
            self.refused += MAX_REFUSED
            return
        data = self.box.read("run.json", 0, MAX_GUEST_RUN)
        if data is None:
            return
        try:
            run = parse(data)
            wrong = valid.wrong_run(run)
        except ValueError as error:
            wrong = str(error)
        known = self.shared.run
        if not wrong and known and any(run.get(key) != known.get(key) for key in (
                "plan", "cases", "kind", "started")):
            wrong = "another plan"
        if not wrong and not known:
            wrong = valid.wrong_plan(run["plan"], self.programs)
        if wrong:
            self._refuse(f"run.json: {wrong}")
            return
        run.update(self.own, run=os.path.basename(self.path))
        if self.assignments:
            run = self.shared.grown(run, self._grown)
        self.shared.open().write_run(run)
        self.shared.run = run
        if not known:
            self.shared.begin(run)

    def _take_out(self, name: str, taken: bool = True) -> None:
        """Copies the output of the run of that name; when its result is `taken`, the guest's
        files are removed to make room."""
        assert self.box
        for path, where in zip(self.shared.open().out_paths(name)[:2], streams(name)):
            data = self.box.read(where, 0, MAX_OUT)
            if data is None:
                continue
            try:
                with open(path, "wb") as file:
                    file.write(data)
            except OSError as error:
                raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
            if taken:
                self.box.forget(where)
        if counts(self.lab):
            take(self.box, self.path, name, taken)

    def running(self) -> Tuple[bool, str, float]:
        """Whether another run is under way than at the last call, its name (between runs that of
        the last one), and the seconds for which it may write nothing."""
        data = (self.box.read("running", 0, MAX_RUNNING) if self.box else None) or b""
        name, *limits = data.decode("utf-8", "replace").split("\n")
        if name not in self.shared.names:
            data, name, limits = b"", "", []
        changed, self._running = data != self._running, data
        limit = valid.seconds(" ".join(limits).split()[-1]) if " ".join(limits).split() else 0.0
        if changed and name:
            with self.shared.lock:
                self.shared.open().running(name, limit)
        self._name = name or self._name
        return changed, name, limit

    def spoke(self, name: str) -> bool:
        """True when that run's program has written more since the last call."""
        state = self.box.state(streams(name)[0]) if self.box else (0, 0, 0)
        changed, self._spoken = (name, state) != self._spoken, (name, state)
        return changed

    @property
    def run(self) -> Optional[Json]:
        """run.json, while a guest runs and has one."""
        return self.shared.run

    def plan(self) -> List[str]:
        """The names of the planned runs, while a guest runs."""
        return list(self.shared.run["plan"]) if self.shared.run else []
