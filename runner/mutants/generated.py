# SPDX-License-Identifier: LGPL-2.1-or-later
"""Generated mutants: tries a sample of small mistakes in the kernel's source."""
from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from ..commands.common import default_scale
from ..coverage import data
from ..errors import Refused
from ..lab.coverage_kernel import FILES
from ..lab.patch import Edit, Made, Unfit
from ..output import say
from ..programs import describe, find, programs_folder
from ..record import write_whole
from ..run import Signals
from ..text import clean, count
from ..watch.pipeline import Pipeline
from . import equivalent, grounds, sites
from .trial_log import TrialLog
from .mutant import Mutant
from .noticed import Noticed
from .operators import OPERATORS
from .rates import STATES, rates, table
from .sites import Site
from .trial import Bench, Catch, Place
from .unit import Unit, names

Json = Dict[str, Any]
NAME_WIDTH = 60


@dataclass(frozen=True)
class Wanted:
    """What is generated: the files or functions, the size and the seed of the sample, and the
    coverage.json to whose executed lines it is restricted. `areas`: those whose programs must
    notice; empty: those that noticed faults in these files before."""

    words: Sequence[str]
    sample: int
    seed: int
    coverage: Optional[str] = None
    areas: Sequence[str] = ()


@dataclass(frozen=True)
class Means:
    """How mutants are tried: the hand-written mutants, whose headers say which programs notice
    what; the mutants known to be equivalent; the number tried at a time; whether kernels are kept;
    the folders of programs and of results; and the call to be resumed."""

    mutants: Sequence[Mutant]
    equivalent: str
    jobs: int = 1
    keep: bool = False
    programs: Optional[str] = None
    results: str = "results"
    resume: Optional[str] = None


class Generated:
    """All generated mutants of one call."""

    def __init__(self, wanted: Wanted, means: Means) -> None:
        self.wanted, self.means = wanted, means
        self.noticed = Noticed(means.mutants)
        self.programs = {p.full_name: p for p in find(programs_folder(means.programs),
                                                      native=True)}
        self.coverage = data.load(wanted.coverage) if wanted.coverage else None
        self.known = equivalent.load(means.equivalent)
        self.texts: Dict[str, bytes] = {}
        self.tree, self.image = grounds.unbroken()
        # Takes long, and hears of a signal by an exception only.
        self.chosen, self.there = self.sampled(self.tree.build, self.tree.source.path)

    def go(self, signals: Signals) -> int:
        """Tries a sample; returns 0 if all were killed, 1 if some survived."""
        self.signals = signals
        chosen, there = self.chosen, self.there
        areas = self.areas(chosen)
        self.log = self._log(self.image, chosen, there, areas)
        print(f"{count(len(chosen), 'mutant')} of {there} in "
              f"{', '.join(sorted({site.file for site in chosen}))}; seed {self.wanted.seed}; "
              f"programs of {', '.join(areas)}", flush=True)
        workshop = grounds.Workshop(self.tree, self.means.jobs, self.means.keep)
        try:
            self._all(chosen, areas, workshop)
        finally:
            self.log.close()
            workshop.close()
            if self.means.keep:
                print(f"kept in {workshop.path}")
            self._report(len(chosen))
        return int(any(line["state"] == "survived" for line in self.log.lines))

    def show(self) -> int:
        """Prints the sample, with its keys, and tries nothing."""
        for site in self.chosen:
            print(f"{site.name}\n{site.diff(self.texts[site.file])}\n")
        print(f"{count(len(self.chosen), 'mutant')} of {self.there}; seed {self.wanted.seed}")
        return 0

    def sampled(self, build: str, source: str) -> Tuple[List[Site], int]:
        """The sample, and the number of mutants from which it was drawn. Raises Refused."""
        found: Dict[str, Site] = {}
        for path, function in names(self.wanted.words, FILES, source):
            unit = Unit(build, path)
            self.texts[path] = unit.text
            found.update((site.name, site) for site in sites.of(unit, function))
        there = list(found.values())
        if self.coverage:
            if self.coverage.source != source:
                raise Refused(f"the coverage run was of another source "
                              f"({clean(self.coverage.source)}) than {clean(source)}")
            there = sites.executed(there, self.coverage)
        else:
            say("without --coverage mutants are in any line, executed or not")
        if not there:
            raise Refused("nothing can be changed there" + (
                " in a line that was executed" if self.coverage else ""))
        return sites.sample(there, self.wanted.sample, self.wanted.seed), len(there)

    def areas(self, chosen: Sequence[Site]) -> List[str]:
        """The areas whose programs must notice. Raises Refused."""
        there = {program.area for program in self.programs.values()}
        for area in self.wanted.areas:
            if area not in there:
                raise Refused(f"no area {clean(area)}: there are {', '.join(sorted(there))}")
        noticed = self.noticed.areas({site.file for site in chosen})
        return sorted(self.wanted.areas or there.intersection(noticed) or there)

    def _log(self, image: str, chosen: Sequence[Site], there: int, areas: List[str]) -> TrialLog:
        mutants = [site.name for site in chosen]
        if not self.means.resume:
            return TrialLog.new(self.means.results, {
                "kernel": image, "mutants": mutants, "generated": {
                    "words": list(self.wanted.words), "sample": self.wanted.sample,
                    "seed": self.wanted.seed, "of": there, "areas": areas,
                    "coverage": self.wanted.coverage and os.path.abspath(self.wanted.coverage)}})
        log = TrialLog.resumed(self.means.resume)
        if log.call["kernel"] != image or log.call["mutants"] != mutants:
            log.close()
            raise Refused(f"{clean(self.means.resume)} was of another kernel, or another version "
                          "of us: begin a new call")
        return log

    def _all(self, chosen: Sequence[Site], areas: Sequence[str], workshop: grounds.Workshop
             ) -> None:
        own = sorted(name for name, one in self.programs.items() if one.area in areas)
        for name in own:
            describe(self.programs[name], self.signals, default_scale())
        place = Place(self.programs, self.signals, self.log.where, self.means.jobs)
        self.bench = Bench(grounds.setup((), self.means.results, self.programs, self.means.jobs),
                           place, None)
        self.bench.learn("unbroken", own)
        place.describe()
        self.words = [name for name in own if name in self.bench.sound]
        done = set(self.log.done())

        def make(site: Site) -> Union[Made, Unfit, str]:
            if site.key in self.known:
                return self.known[site.key]
            try:
                return workshop.make(self._edit(site))
            except Unfit as unfit:
                return unfit

        pipeline = Pipeline(self.means.jobs, self.signals, make, self._one)
        for site, line in pipeline.each([site for site in chosen if site.name not in done]):
            workshop.discard(self._edit(site))
            self.log.add(line)
            if line["by"]:
                self.noticed.add([site.file], line["by"])
            self._row(line)

    def _edit(self, site: Site) -> Edit:
        return Edit(site.digest, site.file, site.broken(self.texts[site.file]))

    def _one(self, site: Site, made: Union[Made, Unfit, str]) -> Json:
        """Tries one mutant; returns its line of mutants.jsonl."""
        text = self.texts[site.file]
        line: Json = {
            "name": site.name, "file": site.file, "function": site.function,
            "operator": site.change.operator, "line": site.line_text, "ordinal": site.ordinal,
            "at": site.change.line, "diff": site.diff(text), "state": "", "by": None, "how": None,
            "reason": None, "programs": None, "seconds": {}, "run": None}
        if isinstance(made, str):
            line.update(state="equivalent", reason=made)
        elif isinstance(made, Unfit):
            line.update(state="unbuildable", reason=str(made))
        else:
            line["seconds"] = dict(made.seconds)
            if made.same:
                line.update(state="same")
            else:
                self._tried(site, made, line)
        return line

    def _tried(self, site: Site, made: Made, line: Json) -> None:
        words = self.noticed.ordered(sites.reaching(site, self.words, self.coverage), [site.file],
                                     self.bench.learned.seconds)
        line["programs"] = len(words)
        if not words:
            line.update(state="survived", reason="no program of these areas reaches the line")
            return
        began = time.monotonic()
        line["run"] = site.digest
        trial = self.bench.on(made.image)
        catch: Optional[Catch] = None
        try:
            catch = trial.caught(trial.run(site.digest, words, stop=True))
            line["state"] = "killed" if catch else "survived"
        except Refused as refused:
            line.update(state="unbootable", reason=str(refused))
        line["seconds"]["run"] = round(time.monotonic() - began, 1)
        if catch:
            line.update(by=catch.item, how=catch.how, reason=catch.reason)

    @staticmethod
    def _row(line: Json) -> None:
        word = "SURVIVED" if line["state"] == "survived" else STATES[line["state"]]
        outcome = f"{line['by']}: {line['how']}: {line['reason']}" if line["by"] else (
            line["reason"] or "")
        place = f"{line['file']}:{line['at']} {line['operator']}"
        print(f"{place:{NAME_WIDTH}}  {word:17}  {sum(line['seconds'].values()):7.1f}  "
              f"{clean(outcome, 300)}", flush=True)

    def _report(self, number: int) -> None:
        """Prints survivors and rates from the record, and writes rates.json."""
        lines = self.log.lines
        for line in lines:
            if line["state"] == "survived":
                print(f"\nsurvived: {line['name']}: {OPERATORS[line['operator']]}\n{line['diff']}")
        found = rates(lines)
        write_whole(os.path.join(self.log.where, "rates.json"), json.dumps(
            {"format": 1, "not_tried": number - len(lines), **found}, indent=1) + "\n")
        print("\n" + "\n".join(table(found)))
        if len(lines) < number:
            print(f"{number - len(lines)} not tried")
        print(f"results in {os.path.relpath(self.log.where)}")
