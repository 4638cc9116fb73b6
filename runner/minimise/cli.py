# SPDX-License-Identifier: LGPL-2.1-or-later
"""minimise: the smallest race, or the shortest story, that still fails."""
from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any, Dict

from .. import calls
from ..commands.common import add_results, budget_of, counted, default_scale
from ..endings import Signals
from ..errors import Interrupted, Refused
from ..lab.options import KEPT, filled
from ..reading import load
from ..record import find_run, write_whole
from ..reproduce import program
from ..reproduce.letter import Finding
from ..reproduce.transcript import NoTranscript, parse
from ..text import clean, size_kb
from ..verdicts import ACCUSING
from . import litmus, race, shrink, story, wanted
from .bench import Bench, Guest, Here
from .result import Result
from .search import Search

Json = Dict[str, Any]
TRIES, TIMES, MOST = 30, 20, 10000
_PMD = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "minimise", help="make a failed race or story as small as possible", allow_abbrev=False,
        description="Finds the smallest race that still fails, with fewer actors, processes, "
        "pages and rounds, and writes a program in C with its threads and operations alone; of a "
        "failed scenario of the accounting model the shortest sequence of steps. Each candidate "
        "runs as often as its rate asks for. Works where the run was made, a guest or this "
        "machine.")
    parser.add_argument("run", metavar="RUN", help="folder, name, or latest")
    parser.add_argument("point", metavar="POINT", help="the whole name of a point that failed")
    add_results(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--kernel", metavar="K", help="in a guest with this kernel, as lab run "
                       "takes it (default: where the run was made)")
    where.add_argument("--here", action="store_true", help="on this machine, also where a guest "
                       "ran it")
    parser.add_argument("--programs", metavar="DIR", help="folder that holds tests/AREA/NAME "
                        "(default: $HUGEPROOF_PROGRAMS, else hugeproof's own)")
    parser.add_argument("--tries", metavar="N", help="most tries until it fails again at all "
                        f"(default {TRIES})")
    parser.add_argument("--times", metavar="N", help="tries of the smallest one, for its rate "
                        f"(default {TIMES})")
    parser.add_argument("--budget", metavar="SECONDS", help="end the search in that time, with "
                        "the smallest one so far")
    parser.add_argument("--same", action="store_true", help="only failures of the same verdict "
                        "count (default: any that accuses the kernel)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


class _Work:
    """One call of the command."""

    def __init__(self, args: argparse.Namespace, signals: Signals) -> None:
        self.args, self.signals = args, signals
        self.tries = counted(args.tries or str(TRIES), "tries", MOST)
        self.times = counted(args.times or str(TIMES), "times", MOST)
        budget = None if args.budget is None else budget_of(args.budget)
        run, results = load(find_run(args.run, args.results))
        self.asked = wanted.of_record(run, results, args.point, args.programs, signals)
        self.whole_result = next(result for result in results if any(
            point["name"] == args.point for point in result["points"]))
        folder = calls.new_folder(args.results, "minimise")
        try:
            self.bench = self._bench(folder)
        except Refused:
            _forget(folder)
            raise
        self.search = Search(self.bench, self._verdicts(), self._write)
        self.result = Result(str(run.get("run") or args.run), args.point, self.bench.what, folder,
                             steps=self.search.steps)
        if budget is not None:
            signals.end_at(time.monotonic() + budget, f"--budget {budget:g}")

    def _write(self) -> None:
        """Writes what was found so far, which a panic or SIGKILL would take away."""
        self.result.write()

    def _verdicts(self) -> Any:
        if not self.args.same:
            # A race that is asked for more rounds than it had may only be slow.
            return ACCUSING - ({"timeout"} - set(self.asked.verdicts))
        return {*self.asked.verdicts, *({"panic"} if "kernel" in self.asked.verdicts else ())}

    def _bench(self, folder: str) -> Bench:
        options = self.asked.lab
        if self.args.here or not (options or self.args.kernel):
            if self.asked.verdicts == ("panic",):
                raise Refused(f"{clean(self.args.point)} killed the kernel: try it in a guest "
                              "(--kernel)")
            return Here(self.signals, default_scale())
        given = {key: (options or {}).get(key) for key in KEPT}
        if self.args.kernel:
            given["kernel"] = self.args.kernel
        return Guest(filled(given), folder, self.signals, self.args.programs)

    def go(self) -> None:
        """Searches. What was found so far is in `result`, whatever ends the search."""
        try:
            if self.asked.transcript:
                self._story()
            else:
                self._race()
        except Interrupted as interrupted:
            self.result.interrupted = str(interrupted)
        finally:
            self.bench.close()

    def _kept(self, smallest: Any, argv: Any) -> None:
        self.result.smallest, self.result.argv = smallest, list(argv)
        self.result.whole = self.result.whole or smallest
        last = self.search.last
        self.result.reason = last.reason if last else ""

    def _race(self) -> None:
        seed = self.asked.run.get("seed")
        found = race.Reduction(
            self.search, self.asked.planned, self.asked.case, seed if isinstance(seed, int) else 1,
            lambda one: self._kept(one, found.make(one.param, 0).argv))
        one = found.go(self.tries)
        self.result.rate = self.search.measure(
            lambda number: found.make(one.param, number), self.times)
        self._program(one)

    def _program(self, one: race.Race) -> None:
        self.result.no_program = litmus.impossible(one)
        if not self.result.no_program and not getattr(self.bench, "native", True):
            self.result.no_program = "the guest is of another architecture"
        if self.result.no_program:
            return

        def keep(form: litmus.Litmus) -> None:
            self.result.litmus, self.result.program = form, made.path
        pmd_kb = _pmd_kb()
        huge = {"anon_mthp": one.page_kb or 64, "hugetlb_shared": self._size_kb(),
                "hugetlb_private": self._size_kb()}.get(one.target, pmd_kb)
        made = shrink.Reduction(self.search, self.result.folder, self._head(), pmd_kb, keep)
        try:
            made.go(litmus.of_race(one, huge, os.sysconf("SC_PAGE_SIZE") // 1024))
            self.result.program_rate = made.measure(self.times)
            self.result.took = list(self.search.took)
        except Refused as refused:
            if self.signals.requested:
                raise Interrupted(self.signals.requested) from None
            self.result.no_program = str(refused)

    def _size_kb(self) -> int:
        return size_kb(self.asked.planned.size or "") or _pmd_kb()

    def _head(self) -> Any:
        kernel = self.asked.run.get("kernel") or {}
        return [f"{clean(self.args.point, 200)}, which failed on Linux "
                f"{clean(str(kernel.get('release')), 100)}, made smaller on "
                f"{clean(self.bench.what, 200)}.", clean(self.result.reason, 90)]

    def _story(self) -> None:
        assert self.asked.transcript
        found = story.Reduction(
            self.search, self.asked.planned, self.asked.case,
            lambda one: self._told(one, found.history, found.make(one, 0).argv))
        one = found.go(story.of_transcript(self.asked.transcript), self.tries)
        self.result.rate = self.search.measure(
            lambda number: found.make(one, number), self.times)

    def _told(self, one: story.Story, history: str, argv: Any) -> None:
        """Keeps a story, and writes its program."""
        self._kept(one, argv)
        last = self.search.last
        if not history or not last:
            return
        try:
            transcript = parse(history)
        except NoTranscript as reason:
            self.result.no_program = str(reason)
            return
        finding = Finding(self.asked.run, self.whole_result, {
            "name": self.args.point, "verdict": last.verdict, "diagnostics": last.diagnostics},
            transcript)
        path = os.path.join(self.result.folder, "story.c")
        write_whole(path, program.text(transcript, finding.head()))
        self.result.program = path


def _pmd_kb() -> int:
    try:
        with open(_PMD, encoding="ascii") as file:
            return int(file.read()) // 1024
    except (OSError, ValueError):
        return 2048


def _work(args: argparse.Namespace) -> Result:
    try:
        with Signals() as signals:
            work = _Work(args, signals)
            try:
                work.go()
            except Refused:
                if not work.result.smallest:
                    work.result.forget()
                _forget(work.result.folder)
                raise
            if signals.go_on() and work.result.interrupted:
                work.result.interrupted = f"the budget of {args.budget} s"
            return work.result
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted} before anything was found") from None


def _forget(folder: str) -> None:
    """Removes a folder in which nothing is, not even the console of a guest."""
    try:
        os.rmdir(folder)
    except OSError:
        pass


def run(args: argparse.Namespace) -> int:
    """Returns 0; 2 when it was interrupted, with what was found until then."""
    result = _work(args)
    result.write()
    for name in ("candidate", "candidate.c"):
        if os.path.exists(os.path.join(result.folder, name)):
            os.unlink(os.path.join(result.folder, name))
    if args.json:
        print(json.dumps(result.as_json(), indent=1))
    else:
        for line in result.lines():
            print(line)
        print(f"in {os.path.relpath(result.folder)}")
    return 2 if result.interrupted and not result.interrupted.startswith("the budget") else 0
