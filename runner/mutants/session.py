# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries hand-written mutants, and records and reports their results."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from ..commands.common import default_scale
from ..errors import Refused
from ..lab import foreign
from ..lab.arch import Arch
from ..lab.arch import named as named_arch
from ..lab.patch import Made, Unfit
from ..output import say
from ..programs import describe, find
from ..run import Signals
from ..text import clean, count
from ..watch.pipeline import Pipeline
from . import grounds
from .learned import program_of
from .trial_log import TrialLog
from .mutant import Mutant
from .noticed import Noticed
from .trial import Bench, Catch, Place, expanded, named

Json = Dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """The mutants to be tried, how many at a time, whether kernels are kept, whether all programs
    that must notice run, and the folders of programs and of results. `resume`: the folder of an
    interrupted call. `source`: the source of another kernel than the lab's; `arch` and
    `base_page`: what it is built for, if not for this machine."""

    mutants: Sequence[Mutant]
    jobs: int = 1
    keep: bool = False
    every: bool = False
    programs: Optional[str] = None
    results: str = "results"
    resume: Optional[str] = None
    source: Optional[str] = None
    arch: Optional[str] = None
    base_page: Optional[str] = None

    @property
    def guest(self) -> List[str]:
        """The options of a guest of that architecture."""
        return [word for name, value in (("--arch", self.arch), ("--base-page", self.base_page))
                if value is not None for word in (name, value)]


def _fitting(mutants: Sequence[Mutant], version: Tuple[int, int], arch: Arch) -> List[Mutant]:
    """The mutants whose code a kernel of this version and architecture has; the number of others is
    printed. Raises Refused when there are none."""
    there = [mutant for mutant in mutants if mutant.is_of(version)]
    fit = [mutant for mutant in there if mutant.sources <= {arch.source}]
    for left, why in (
            (len(mutants) - len(there), f"Linux {version[0]}.{version[1]} has not got: --source "
             "names another kernel"),
            (len(there) - len(fit), f"a kernel for {arch.name} is built without: --arch names "
             "another architecture")):
        if left:
            text = f"{count(left, 'mutant')} of code that {why}"
            if not fit:
                raise Refused(text)
            say(f"passed over: {text}")
    return fit


class Session:
    """All mutants of one call, with one tree, one baseline for each guest, and one folder of
    results."""

    def __init__(self, asked: Asked, signals: Signals) -> None:
        self.asked, self.signals = asked, signals
        self.arch = named_arch(asked.arch, asked.base_page)
        self.before = foreign.runs_here(self.arch)
        self.programs = {p.full_name: p for p in find(foreign.folder(self.arch, asked.programs),
                                                      native=True)}
        self.words = {mutant.full_name: self._words(mutant) for mutant in asked.mutants}
        self.noticed = Noticed(asked.mutants)
        self.benches: Dict[Tuple[str, ...], Bench] = {}

    def _words(self, mutant: Mutant) -> List[str]:
        """The programs or cases that must notice a mutant. Raises Refused."""
        for word in mutant.caught_by:
            if not expanded([word], self.programs):
                raise Refused(f"{mutant.full_name} must be caught by {clean(word)}, and there "
                              "is no such program")
        return expanded(mutant.caught_by, self.programs)

    def _areas(self, mutant: Mutant) -> List[str]:
        """The mutant's own area, and those of the programs that must notice it."""
        return sorted({mutant.area, *(word.partition("/")[0]
                                      for word in self.words[mutant.full_name])})

    def go(self) -> int:
        """Tries every mutant; returns the exit status."""
        tree, image = grounds.unbroken(self.asked.source, self.arch)
        self.asked = replace(self.asked, mutants=_fitting(
            self.asked.mutants, tree.source.version, self.arch))
        areas = {area for mutant in self.asked.mutants for area in self._areas(mutant)}
        for program in self.programs.values():
            if program.area in areas:
                describe(program, self.signals, default_scale(), self.before)
        self.log = TrialLog.resumed(self.asked.resume) if self.asked.resume else TrialLog.new(
            self.asked.results, {
                "kernel": image, "source": self.asked.source, "arch": self.asked.arch,
                "base_page": self.asked.base_page,
                "mutants": [mutant.full_name for mutant in self.asked.mutants]})
        workshop = grounds.Workshop(tree, self.asked.jobs, self.asked.keep)
        try:
            self._all(workshop)
        finally:
            self.log.close()
            workshop.close()
            if self.asked.keep:
                print(f"kept in {workshop.path}")
            self._report()
        return self._status()

    def _all(self, workshop: grounds.Workshop) -> None:
        place = Place(self.programs, self.signals, self.log.where, self.asked.jobs, self.before)
        for words, names in self._guests().items():
            number = len(self.benches)
            bench = self.benches[words] = Bench(
                grounds.setup([*self.asked.guest, *words[:-1]], self.asked.results, self.programs,
                              self.asked.jobs, self.asked.source),
                place, words[-1] or None)
            bench.learn(f"unbroken-{number}" if number else "unbroken", names)
        place.describe()
        done = self.log.done()
        left = [mutant for mutant in self.asked.mutants if mutant.full_name not in done]
        width = max(len(mutant.full_name) for mutant in self.asked.mutants)
        print(f"{'mutant':{width}}  {'state':8}  seconds  caught by", flush=True)

        def make(mutant: Mutant) -> Union[Made, Unfit]:
            try:
                return workshop.make(mutant.patch)
            except Unfit as unfit:
                return unfit

        pipeline = Pipeline(self.asked.jobs, self.signals, make, self._one)
        for mutant, line in pipeline.each(left):
            workshop.discard(mutant.patch)
            self.log.add(line)
            if line["by"]:
                self.noticed.add(mutant.changes, line["by"])
            self._row(width, line)

    def _report(self) -> None:
        """Prints the number of mutants in each state, from the record."""
        states = [line["state"] for line in self.log.lines]
        left = len(self.asked.mutants) - len(states)
        print(f"{states.count('killed')} killed, {states.count('survived')} survived, "
              f"{count(states.count('error'), 'error')}"
              + (f", {left} not tried" if left > 0 else "")
              + f"; results in {os.path.relpath(self.log.where)}")
        missed = sum(len(line.get("missed") or []) for line in self.log.lines)
        if missed:
            print(f"{count(missed, 'program')} or cases named did not notice")

    def _status(self) -> int:
        states = [line["state"] for line in self.log.lines]
        if "error" in states:
            return 2
        return int("survived" in states or any(line.get("missed") for line in self.log.lines))

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
        """The guests that are needed, each with the programs for its baseline: those of the areas,
        or only the programs that must notice where a mutant names sizes, which may be slow."""
        found: Dict[Tuple[str, ...], List[str]] = {}
        for mutant in self.asked.mutants:
            names = found.setdefault(self._guest(mutant), [])
            areas = [] if mutant.sizes else self._areas(mutant)
            words = map(program_of, self.words[mutant.full_name])
            for name in (*words, *(one for one in self.programs
                                   if self.programs[one].area in areas)):
                if name not in names:
                    names.append(name)
        return {words: sorted(names) for words, names in found.items()}

    def _one(self, mutant: Mutant, made: Union[Made, Unfit]) -> Json:
        """Tries one mutant; returns its line of mutants.jsonl."""
        line: Json = {"name": mutant.full_name, "state": "error", "by": None, "how": None,
                      "named": None, "reason": None, "seconds": {}, "run": None}
        if isinstance(made, Unfit):
            line["reason"] = str(made)
            return line
        line["seconds"] = dict(made.seconds)
        began = time.monotonic()
        try:
            catch = self._catch(mutant, self.benches[self._guest(mutant)].on(made.image), line)
        except Refused as refused:
            line["reason"] = f"does not boot: {refused}" if line["run"] else str(refused)
            return line
        finally:
            line["seconds"]["run"] = round(time.monotonic() - began, 1)
        line["state"] = "killed" if catch else "survived"
        if catch:
            line.update(by=catch.item, how=catch.how, reason=catch.reason)
        return line

    def _catch(self, mutant: Mutant, trial: Bench, line: Json) -> Optional[Catch]:
        """Runs the named programs, then the rest of the area, as far as they run with these
        sizes."""
        name = f"{mutant.area}-{mutant.name}"
        first = [word for word in self.words[mutant.full_name] if trial.runs(program_of(word))]
        rest = [one for one in self.programs if self.programs[one].area == mutant.area
                and one not in first and one in trial.sound and trial.runs(one)]
        if not first:
            raise Refused(f"none of {' '.join(mutant.caught_by)} runs with pages of "
                          f"{trial.sizes or 'this guest'}")
        for suffix, words in (("", first), ("-area", rest)):
            if not words:
                continue
            line["run"], line["named"] = name + suffix, not suffix
            ordered = self.noticed.ordered(words, mutant.changes, trial.learned.seconds)
            items = trial.run(name + suffix, ordered, stop=not self.asked.every)
            catch = trial.caught(items)
            if catch:
                line["missed"] = [word for word in first if not suffix and self.asked.every
                                  and not trial.caught(named(items, word))]
                return catch
        line["reason"] = f"nothing of {mutant.area} noticed"
        return None
