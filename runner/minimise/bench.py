# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where candidates run: on this machine, or in a guest that is kept for many of them and booted
again when one of them has broken it."""
from __future__ import annotations

import io
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Protocol, Sequence

from .. import invoked
from ..complaints import complaints
from ..endings import Signals
from ..errors import Interrupted, Refused
from ..lab import foreign
from ..lab.order import Order
from ..lab.prepare import prepare
from ..reading import parse
from ..request import Request, Selection
from ..observe import machine
from ..settings.journal import Writer
from ..settings.journal_file import Record
from ..settings.lock import Lock
from ..settings.recovery import recover
from ..text import clean
from ..verdicts import RANK
from ..watch import console
from .agent import Tries, answer_name, asked_name

Json = Dict[str, Any]
LOOK_SECONDS = 0.05
# The slowest guest has booted in this time.
BOOT_SECONDS = 900.0
# How long a guest may take for an answer beyond the limit of the candidate.
SLACK_SECONDS = 60.0
# The most bytes of an answer.
MAX_ANSWER = 4 << 20
# After these verdicts of a candidate the next one needs a new boot.
_BREAKS = frozenset(("kernel", "panic", "timeout"))


@dataclass(frozen=True)
class Try:
    """A candidate: its command line, its time limit, and the case whose result counts; without a
    case the exit status does, of a reproducer at `argv[0]`, which changes `settings` (paths of
    files) and restores them at its end. `allows` and `poisons`: what the kernel may say
    meanwhile."""

    argv: Sequence[str]
    limit_s: float
    case: Optional[str] = None
    allows: Sequence[str] = ()
    poisons: bool = False
    settings: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    verdict: str
    reason: str = ""
    seconds: float = 0.0
    diagnostics: Json = field(default_factory=dict)


class Bench(Protocol):
    """A place for candidates. Release with close(). `what` names it."""

    what: str

    def one(self, candidate: Try) -> Outcome:
        """Runs a candidate. Raises Interrupted, and Refused where nothing can run."""

    def close(self) -> None:
        """Ends it."""


def _asked(candidate: Try, scale: float) -> Json:
    return {"argv": list(candidate.argv), "limit_s": candidate.limit_s * scale, "scale": scale,
            "plain": candidate.case is None, "case": candidate.case,
            "allows": list(candidate.allows), "poisons": candidate.poisons}


def _outcome(answer: Any) -> Outcome:
    """The outcome in an answer, which comes from a guest that may be broken. Raises ValueError."""
    if not isinstance(answer, dict) or answer.get("verdict") not in RANK or not isinstance(
            answer.get("seconds"), (int, float)) or not isinstance(
            answer.get("diagnostics"), dict):
        raise ValueError("an answer that is none")
    return Outcome(answer["verdict"], clean(str(answer.get("reason") or ""), 500),
                   float(answer["seconds"]), answer["diagnostics"])


def _way_back(path: str) -> Record:
    """The record of a setting that a candidate is going to change, which may be killed."""
    return {"undo": "write", "path": path, "value": machine.chosen(path) or ""}


class Here:
    """This machine. Its lock is held, and what a candidate leaves changed is restored."""

    what = "this machine"

    def __init__(self, signals: Signals, scale: float) -> None:
        self._lock, self._signals, self._scale = Lock(), signals, scale
        self._lock.acquire()
        recover(signals)
        self._tries = Tries(signals)

    def one(self, candidate: Try) -> Outcome:
        """As Bench has it."""
        writer = Writer("minimise")
        for path in candidate.settings:
            writer.record(_way_back(path))
        try:
            return _outcome(self._tries.one(_asked(candidate, self._scale)))
        finally:
            writer.undo_all()

    def close(self) -> None:
        """As Bench has it."""
        self._tries.close()
        recover(self._signals)
        self._lock.release()


class Guest:
    """A guest with these options, whose console log goes into `folder`."""

    def __init__(self, options: Json, folder: str, signals: Signals,
                 programs: Optional[str] = None) -> None:
        self._folder, self._signals = folder, signals
        order = foreign.fitted(Order(options, os.path.dirname(folder), Request(
            "func", Selection(programs=programs))))
        self._setup = prepare(order)
        self._options = options
        self._boot: Any = None
        self._box: Any = None
        self._number = self._brought = 0
        self.boots = 0
        self.what = f"a guest with kernel {clean(str(options['kernel']), 200)}"

    @property
    def native(self) -> bool:
        """True where a program that is compiled here runs in the guest."""
        return self._setup.asks_here

    def _command(self) -> List[str]:
        words = self._setup.command(Request(), {"options": self._options}, "")
        code = (f"import sys; sys.path.insert(0, {invoked.TOP!r}); "
                "from runner.minimise.agent import main; main()")
        return [*words[:words.index("/usr/bin/python3") + 1], "-c", code, self._folder]

    def _start(self) -> None:
        self._box = self._setup.box(0)
        self._number, self.boots = 0, self.boots + 1
        self._boot = self._setup.boot_recorded(self._command(), self._folder, self._box)
        ends = time.monotonic() + BOOT_SECONDS
        while self._boot.event("ready") is None:
            ended = self._boot.wait(LOOK_SECONDS)
            self._look()
            failed = self._boot.event("failed")
            if failed is not None or ended or time.monotonic() > ends:
                said = console.lines_of(self._boot.console)[-1:]
                raise Refused("the guest does not boot: " + clean(
                    failed or " ".join(said) or self._boot.how_it_left(), 300))

    def _look(self) -> None:
        if self._signals.requested:
            raise Interrupted(self._signals.requested)

    def _end(self) -> None:
        if self._boot:
            self._boot.close()
        if self._box:
            self._box.close()
        self._boot = self._box = None

    def one(self, candidate: Try) -> Outcome:
        """As Bench has it. A guest that dies under a candidate is its verdict."""
        if self._boot and (self._boot.wait(0) or self._boot.stopped()):
            # It died after its last answer, which is no fault of this candidate.
            self._end()
        if not self._boot:
            self._start()
        asked = _asked(candidate, self._setup.time_scale * self._setup.slow)
        self._number += 1
        if candidate.case is None:
            self._brought += 1
            asked["bring"] = f"program-{self._brought}"
            with open(candidate.argv[0], "rb") as file:
                self._box.put(asked["bring"], file)
        at = len(self._boot.console)
        self._box.put(asked_name(self._number), io.BytesIO(json.dumps(asked).encode() + b"\n"))
        outcome = self._answer(asked["limit_s"] + SLACK_SECONDS, candidate, at)
        if outcome.verdict in _BREAKS:
            self._end()
        elif "bring" in asked:
            self._box.forget(asked["bring"])
        return outcome

    def _answer(self, limit_s: float, candidate: Try, at: int) -> Outcome:
        began = time.monotonic()
        while True:
            ended = self._boot.wait(LOOK_SECONDS)
            self._look()
            data = self._box.read(answer_name(self._number), 0, MAX_ANSWER) or b""
            if data.endswith(b"\n"):
                try:
                    return _outcome(parse(data[:-1]))
                except ValueError as error:
                    return Outcome("panic", f"the guest answers nonsense: {error}")
            took = time.monotonic() - began
            stopped = self._boot.stopped()
            lines = console.lines_of(bytes(self._boot.console[at:]))
            found = complaints(lines, candidate.allows, candidate.poisons)
            if ended or stopped:
                self._boot.wait(LOOK_SECONDS)
                lines = console.lines_of(bytes(self._boot.console[at:]))
                found = complaints(lines, candidate.allows, candidate.poisons)
                why = console.cause(lines, found) or self._boot.vanished(stopped)[1]
                return Outcome("panic", f"the guest died: {why}", took)
            if console.oops(found) and took > limit_s / 2 or took > limit_s:
                why = console.oops(found) or console.stuck(found) or "no answer"
                return Outcome("timeout", f"the guest hung: {why}", took)

    def close(self) -> None:
        """As Bench has it."""
        self._end()
