# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries mutants one after another, and records and tells what became of each."""
from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..about import now
from ..commands.common import default_scale
from ..errors import Interrupted, Refused
from ..lab import kernel, source
from ..lab.options import of_words
from ..lab.order import Order
from ..lab.patch import Made, Unfit, Workshop
from ..lab.prepare import prepare
from ..lab.setup import Setup
from ..programs import Program, describe, find, programs_folder
from ..record import write_whole
from ..request import Request, Selection
from ..run import Signals
from ..text import clean, count
from .mutant import Mutant
from .trial import Bench, Catch, named, top_of

Json = Dict[str, Any]
DEFAULT_GUEST = ["--nodes", "2", "--memory", "4G", "--swap", "256M"]


@dataclass(frozen=True)
class Asked:
    """Which mutants are tried, how many kernels are built at once, whether they are kept, and
    whether every program that must notice runs; the folders of programs and of results."""

    mutants: Sequence[Mutant]
    jobs: int = 1
    keep: bool = False
    every: bool = False
    programs: Optional[str] = None
    results: str = "results"


class Session:
    """All mutants of one call: one tree, one baseline a guest, one folder of results."""

    def __init__(self, asked: Asked, signals: Signals) -> None:
        self.every, self.missed = asked.every, 0
        self.mutants, self.jobs, self.keep = asked.mutants, asked.jobs, asked.keep
        self.signals, self.results = signals, asked.results
        self.programs = self._programs(programs_folder(asked.programs))

    def _programs(self, top: str) -> Dict[str, Program]:
        programs = {p.full_name: p for p in find(top, native=True)}
        for mutant in self.mutants:
            for name in mutant.caught_by:
                if name.split(".")[0] not in programs:
                    raise Refused(f"{mutant.full_name} must be caught by {clean(name)}, and there "
                                  "is no such program")
        areas = {area for mutant in self.mutants for area in mutant.areas}
        for program in programs.values():
            if program.area in areas:
                describe(program, self.signals, default_scale())
        return programs

    def go(self) -> int:
        """Tries every mutant; the exit status."""
        tree = kernel.Tree(source.packaged(), kernel.fragment_path())
        self.image = tree.bring_up()[0]
        self._begin()
        workshop = Workshop(tree, self.jobs, self.keep)
        try:
            return self._all(workshop)
        finally:
            self.file.close()
            workshop.close()
            if self.keep:
                print(f"kept in {workshop.path}")

    def _begin(self) -> None:
        """The folder of results, and what it says of this call."""
        name = "mutants-" + time.strftime("%Y%m%d-%H%M%S")
        self.where = os.path.abspath(os.path.join(self.results, name))
        os.makedirs(self.where)
        write_whole(os.path.join(self.where, "mutants.json"), json.dumps(
            {"format": 1, "started": now(), "kernel": self.image,
             "mutants": [mutant.full_name for mutant in self.mutants]}, indent=1) + "\n")
        # pylint: disable-next=consider-using-with
        self.file = open(os.path.join(self.where, "mutants.jsonl"), "a", encoding="utf-8")

    def _all(self, workshop: Workshop) -> int:
        benches: Dict[Tuple[str, ...], Bench] = {}
        for words, what in self._guests().items():
            benches[words] = self._baseline(words, what, len(benches))
        width = max(len(mutant.full_name) for mutant in self.mutants)
        print(f"{'mutant':{width}}  {'state':8}  seconds  caught by", flush=True)
        states: List[str] = []
        with ThreadPoolExecutor(self.jobs) as pool:
            made = [(mutant, pool.submit(workshop.make, mutant.patch)) for mutant in self.mutants]
            try:
                for mutant, future in made:
                    line = self._one(mutant, future, benches[self._guest(mutant)])
                    workshop.discard(mutant.patch)
                    states.append(line["state"])
                    self.missed += len(line.get("missed") or [])
                    self.file.write(json.dumps(line) + "\n")
                    self.file.flush()
                    os.fdatasync(self.file.fileno())
                    self._row(width, line)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        survived, errors = states.count("survived"), states.count("error")
        print(f"{states.count('killed')} killed, {survived} survived, "
              f"{count(errors, 'error')}; results in {os.path.relpath(self.where)}")
        if self.missed:
            print(f"{count(self.missed, 'program')} or cases named did not notice")
        return 2 if errors else 1 if survived or self.missed else 0

    @staticmethod
    def _row(width: int, line: Json) -> None:
        word = "SURVIVED" if line["state"] == "survived" else line["state"]
        caught = f"{line['by']}: {line['how']}: {line['reason']}" if line["by"] else line["reason"]
        if line.get("missed"):
            caught = f"not by {' '.join(line['missed'])}, but by {caught}"
        print(f"{line['name']:{width}}  {word:8}  {sum(line['seconds'].values()):7.1f}  "
              f"{clean(caught or '', 300)}", flush=True)

    @staticmethod
    def _guest(mutant: Mutant) -> Tuple[str, ...]:
        return (*mutant.guest, mutant.sizes)

    def _guests(self) -> Dict[Tuple[str, ...], List[str]]:
        """The guests that are needed, each with what runs in it: areas or, where sizes
        are named, which may be slow ones, the programs that must notice."""
        found: Dict[Tuple[str, ...], List[str]] = {}
        for mutant in self.mutants:
            words = found.setdefault(self._guest(mutant), [])
            programs = [name.split(".")[0] for name in mutant.caught_by]
            # An area's name alone may be a program's too.
            whole = [f"{area}/*" for area in mutant.areas]
            words += [word for word in dict.fromkeys(programs if mutant.sizes else whole)
                      if word not in words]
        return found

    def _baseline(self, words: Tuple[str, ...], what: List[str], number: int) -> Bench:
        """Runs that on the unbroken kernel: what fails there proves nothing later."""
        bench = Bench(self._setup(list(words[:-1])), self.programs, self.signals, self.where,
                      words[-1] or None)
        items = bench.run(f"unbroken-{number}" if number else "unbroken", what, stop=False)
        for item in bench.learn(items):
            print(f"run_tests.py: {item.name} is not sound on the unbroken kernel and counts for "
                  f"nothing: {item.verdict}, {clean(item.reason or '', 300)}", file=sys.stderr)
        return bench

    def _setup(self, words: List[str]) -> Setup:
        return prepare(Order(
            of_words([*DEFAULT_GUEST, *words], "Guest"), self.results,
            Request(selection=Selection(programs=top_of(self.programs)))))

    def _one(self, mutant: Mutant, future: "Future[Made]", bench: Bench) -> Json:
        """Tries one mutant: its line of mutants.jsonl."""
        line: Json = {"name": mutant.full_name, "state": "error", "by": None, "how": None,
                      "named": None, "reason": None, "seconds": {}, "run": None}
        try:
            made = self._wait(future)
        except Unfit as unfit:
            line["reason"] = str(unfit)
            return line
        line["seconds"] = dict(made.seconds)
        began = time.monotonic()
        try:
            catch = self._catch(mutant, bench.on(made.image), line)
        except Refused as refused:
            line["reason"] = f"does not boot: {refused}"
            return line
        finally:
            line["seconds"]["run"] = round(time.monotonic() - began, 1)
        line["state"] = "killed" if catch else "survived"
        if catch:
            line.update(by=catch.item, how=catch.how, reason=catch.reason)
        return line

    def _catch(self, mutant: Mutant, trial: Bench, line: Json) -> Optional[Catch]:
        """The programs named, then the area."""
        name = f"{mutant.area}-{mutant.name}"
        for suffix, words in (("", mutant.caught_by), ("-area", [f"{mutant.area}/*"])):
            line["run"], line["named"] = name + suffix, not suffix
            items = trial.run(name + suffix, words, stop=not self.every)
            catch = trial.caught(items)
            if catch:
                line["missed"] = [word for word in mutant.caught_by if not suffix
                                  and self.every and not trial.caught(named(items, word))]
                return catch
        line["reason"] = f"nothing of {mutant.area} noticed"
        return None

    def _wait(self, future: "Future[Made]") -> Made:
        while True:
            if self.signals.requested:
                raise Interrupted(self.signals.requested)
            try:
                return future.result(timeout=0.2)
            except Late:
                continue
