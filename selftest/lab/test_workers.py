#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab run --jobs: guests that share a run, simulated by functions that write what a guest
would."""
from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
import unittest
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner import assignments  # noqa: E402
from runner.commandline import parse  # noqa: E402
from runner.errors import NEW_BOOT, Interrupted, Refused  # noqa: E402
from runner.judge import unrun  # noqa: E402
from runner.lab import host, prepare, workers  # noqa: E402
from runner.lab.guest import Guest  # noqa: E402
from runner.lab.image import Kernel  # noqa: E402
from runner.lab.setup import Setup  # noqa: E402
from runner.watch.shared import Shared, Assignments  # noqa: E402
from runner.plan import Planned  # noqa: E402
from runner.programs import Program  # noqa: E402
from runner.record import FORMAT, load  # noqa: E402
from runner.request import Request  # noqa: E402

NAMES = [f"x/{letter}" for letter in "abcdefgh"]
PROGRAMS = {name: Program("/p", "x", name[2:], cases={"one": "", "two": ""}) for name in NAMES}


def result(name: str, **more: Any) -> bytes:
    """A line of a program that passes."""
    return json.dumps({**unrun(Planned(PROGRAMS[name], None, ["one"], "pass")), "points": [
        {"name": f"{name}.{case}", "verdict": "pass", "reason": None, "known": None,
         "diagnostics": {"duration_ms": 0.1}} for case in ("one", "two")],
        "started": "now", **more}).encode() + b"\n"


def run_json() -> Dict[str, Any]:
    """As the first guest writes it."""
    return {"format": FORMAT, "run": "r", "lab": None, "command": "func", "started": "now",
            "ended": None, "kernel": {"release": "6", "version": "v", "machine": "x86_64",
                                      "upstream": "6", "taint": 0, "command_line": ""},
            "nodes": 1, "memory_kb": 1, "kind": "func", "seconds": None, "seed": 1, "repeat": 1,
            "params": {}, "time_scale": 1.0, "known_issues": [], "plan": NAMES,
            "cases": {}, "settings": [], "between": [], "hindered": [], "summary": None}


class Acting:
    """A fake boot. A generator stands for the guest, and advances by one step at each look."""

    what = "the guest"

    def __init__(self, stage: "SharedRuns", box: str, console: str) -> None:
        self.events: List[str] = ["ready"]
        self.output = self.console = b""
        self.box, self.stage, self.who = box, stage, console
        self._steps = self._play()

    def put(self, name: str, data: bytes, mode: str = "wb") -> None:
        """Writes a file of the guest."""
        with open(os.path.join(self.box, name), mode) as file:
            file.write(data)

    def _turn(self, number: int) -> Iterator[None]:
        while True:
            try:
                with open(os.path.join(self.box, assignments.name_of(number)),
                          encoding="ascii") as file:
                    self.name = file.read().strip()
                    return
            except FileNotFoundError:
                yield

    def _play(self) -> Iterator[None]:
        stage = self.stage
        if self.who in stage.do_not_boot or stage.refuses(self.who, "boot"):
            self.events[0] = "failed 9p"
            return
        path = os.path.join(self.box, "run.json")
        if not os.path.exists(path):
            self.put("run.json", json.dumps(run_json()).encode())
        number = 0
        while True:
            number += 1
            yield from self._turn(number)
            if not self.name:
                break
            self.put("running", f"{self.name}\n9\n9\n".encode())
            with stage.lock:
                stage.ran.append((self.who, self.name))
            for _ in range(stage.steps.get(self.name, 1)):
                yield
            if self.name in stage.die:
                stage.die.discard(self.name)
                self.put("out/" + self.name.replace("/", "-") + ".out",
                         b"TAP version 14\n1..2\n")
                yield  # The host must have noticed once that the program runs.
                return
            self.put("results.jsonl", stage.reports.get(self.name) or result(self.name), "ab")
            if self.name in stage.taint:
                for _ in range(5):
                    yield
                self.events.append(f"exit {NEW_BOOT}")
                return
        with open(path, encoding="utf-8") as file:
            run = json.load(file)
        run["between"].append({"when": self.who, "lines": []})
        self.put("run.json", json.dumps(dict(run, ended="now")).encode())
        self.events.append("exit 0")

    def wait(self, seconds: float) -> bool:
        """A step."""
        time.sleep(min(seconds, 0.005))
        return next(self._steps, self) is self

    def event(self, word: str) -> Optional[str]:
        """As of a Boot."""
        return next((e[len(word) + 1:] for e in self.events if e.split(" ")[0] == word), None)

    @staticmethod
    def waited_ns() -> Dict[str, int]:
        """A fake guest never waits for a processor."""
        return {}

    @staticmethod
    def stopped() -> Optional[str]:
        """A fake guest is never stopped."""
        return None

    @staticmethod
    def vanished(stopped: Optional[str]) -> Tuple[str, str]:
        """As of a Boot."""
        return "panic", stopped or "it reset itself"

    def close(self) -> None:
        """Nothing to end."""
        with self.stage.lock:
            self.stage.boots.append(self.who)


@support.needs_root
class SharedRuns(unittest.TestCase):
    """Runs of eight programs that two or more guests share."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.folder = os.path.join(scratch.name, "run")
        os.makedirs(os.path.join(self.folder, "out"))
        self.lock = threading.Lock()
        self.ran: List[Tuple[str, str]] = []
        self.boots: List[str] = []
        self.steps: Dict[str, int] = {}
        self.die: Set[str] = set()
        self.taint: Set[str] = set()
        self.do_not_boot: Set[str] = set()
        # The stage at which second boots of one guest fail, and the name of that guest.
        self.refused_at, self.refused = "", ""
        self.reports: Dict[str, bytes] = {}
        self.commands: List[Sequence[str]] = []
        self.started: List[str] = []
        self.notes: List[str] = []
        self.signals: Any = SimpleNamespace(requested=None)

        def boot_recorded(its: Setup, command: Sequence[str], _folder: str, box: Any) -> Acting:
            with self.lock:
                self.commands.append(command)
                self.started.append(its.console)
            if self.refuses(its.console, "start"):
                raise Refused("cannot start a guest: no memory")
            return Acting(self, box.path, its.console)
        patch = mock.patch.object(Setup, "boot_recorded", boot_recorded)
        patch.start()
        self.addCleanup(patch.stop)

    def go(self, jobs: int = 2, again: bool = False) -> Optional[int]:
        """Runs the programs in `jobs` guests; returns the exit status."""
        setup = Setup(Guest(Kernel("k", "6"), memory_mb=1), SimpleNamespace(  # type: ignore
            time_scale=1.0), "9p", "/", stall_s=1.0)
        reporter = SimpleNamespace(result=lambda r: None, note=self.notes.append,
                                   running=lambda *words: None, clear=lambda: None)
        record = host.Record(self.folder, {"options": {}}, set(PROGRAMS))
        return workers.Workers(setup, Request(no_known_issues=True), record, jobs).go(
            list(PROGRAMS.values()), self.signals, reporter, "", again)

    def refuses(self, who: str, stage: str) -> bool:
        """Whether that boot fails at this stage: every boot but the first of one guest does."""
        with self.lock:
            if stage == self.refused_at and self.started.count(who) > 1:
                self.refused = self.refused or who
                return who == self.refused
            return False

    def verdicts(self) -> Dict[str, str]:
        """The verdicts by name, each of which must have one result."""
        found = load(self.folder)[1]
        names = [line["name"] for line in found]
        self.assertEqual(len(set(names)), len(names))
        return {line["name"]: line["verdict"] for line in found}

    def of(self, who: str) -> List[str]:
        """The programs that began in that guest."""
        return [name for guest, name in self.ran if guest == who]

    def test_each_program_runs_once_and_all_take_part(self) -> None:
        self.steps = dict.fromkeys(NAMES, 20)
        self.assertEqual(self.go(3), 0)
        self.assertEqual(sorted(name for _, name in self.ran), NAMES)
        self.assertEqual(set(self.verdicts().values()), {"pass"})
        self.assertEqual(sorted(self.boots), ["console-2.log", "console-3.log", "console.log"])
        for who in set(self.boots):
            self.assertGreater(len(self.of(who)), 1)
        self.assertTrue(all("--assigned" in command for command in self.commands))
        self.assertEqual(["--into" in command for command in self.commands], [True, False, False])
        run = load(self.folder)[0]
        self.assertIsNotNone(run["ended"])
        self.assertEqual((run["summary"]["passed"], run["summary"]["missing"]), (16, 0))
        # The record has what each guest found, once.
        self.assertEqual(sorted(one["when"] for one in run["between"]), sorted(self.boots))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "running")))

    def test_a_long_program_does_not_delay_the_others(self) -> None:
        self.steps = {"x/a": 400}
        self.assertEqual(self.go(), 0)
        self.assertEqual(self.of("console.log"), ["x/a"])
        self.assertEqual(self.of("console-2.log"), NAMES[1:])

    def test_a_guest_that_dies_boots_again(self) -> None:
        self.steps, self.die = dict.fromkeys(NAMES, 20), {"x/c"}
        self.assertIsNotNone(self.go())
        self.assertEqual({name for name, verdict in self.verdicts().items()
                          if verdict != "pass"}, {"x/c"})
        victim, = {guest for guest, name in self.ran if name == "x/c"}
        # The case that had not begun runs there, in the next boot.
        self.assertEqual(self.of(victim).count("x/c"), 2)
        self.assertEqual(sorted(self.boots), sorted([victim, "console.log", "console-2.log"]))
        self.assertEqual(len(self.ran), len(NAMES) + 1)

    def test_a_guest_that_dies_three_times_in_a_program_runs_the_rest(self) -> None:
        deaths = iter("xxx")

        class Deaths(Set[str]):
            """x/a kills three times."""

            def __contains__(self, name: object) -> bool:
                return name == "x/a" and next(deaths, None) is not None
        self.die = Deaths()
        self.go(1)
        self.assertEqual({name: verdict for name, verdict in self.verdicts().items()
                          if verdict != "pass"}, {"x/a": "panic"})
        self.assertEqual([name for _, name in self.ran if name != "x/a"], NAMES[1:])

    def test_a_tainted_guest_boots_again_when_something_is_left(self) -> None:
        self.steps, self.taint = dict.fromkeys(NAMES, 20), {"x/b"}
        self.go()
        self.assertEqual(sorted(name for _, name in self.ran), NAMES)
        self.assertEqual(len(self.boots), 3)

    def test_a_tainted_guest_does_not_boot_again_when_nothing_is_left(self) -> None:
        self.steps, self.taint = {"x/a": 400}, {"x/h"}
        self.go()
        self.assertEqual(sorted(self.boots), ["console-2.log", "console.log"])

    def test_the_rest_of_a_program_stays_with_the_guest_that_died_in_it(self) -> None:
        """The plans of the other guests have cases of it that are done."""
        both = Shared(self.folder)
        both.begin({"plan": NAMES})
        one, other = Assignments(both), Assignments(both)
        box = SimpleNamespace(put=lambda *what: None, forget=lambda name: None)
        for each in (one, other):
            each.give(box)  # type: ignore[arg-type]
        self.assertEqual((one.name, other.name), ("x/a", "x/b"))
        one.end("x/a")
        one.again("x/a")
        both.open_names.discard("x/b")
        other.give(box)  # type: ignore[arg-type]
        self.assertEqual(other.name, "x/c")
        one.begin()
        one.give(box)  # type: ignore[arg-type]
        self.assertEqual(one.name, "x/a")
        # The next boot fails before the program begins: it still must not run in the current
        # boots of the others.
        one.end("")
        self.assertTrue(one.more)
        both.open_names.discard("x/c")
        other.give(box)  # type: ignore[arg-type]
        self.assertEqual(other.name, "x/d")

    def test_the_others_run_the_part_of_a_guest_that_does_not_boot(self) -> None:
        self.do_not_boot = {"console-2.log"}
        self.assertEqual(self.go(), 0)
        self.assertEqual(sorted(self.of("console.log")), NAMES)
        self.assertIn("one guest fewer from here on: this kernel cannot mount the host's root",
                      self.notes[0])

    def check_others_take_over(self) -> None:
        """The guest that died in x/c cannot boot again, and the other one runs its part."""
        self.assertIsNotNone(self.go())
        self.assertEqual({name for name, verdict in self.verdicts().items()
                          if verdict != "pass"}, {"x/c"})
        self.assertEqual(set(self.verdicts()), set(NAMES))
        first, second = [guest for guest, name in self.ran if name == "x/c"]
        self.assertEqual(first, self.refused)
        self.assertNotEqual(second, self.refused)
        # Only x/c, for its remaining case, began twice.
        self.assertEqual(len(self.ran), len(NAMES) + 1)
        self.assertEqual(load(self.folder)[0]["summary"]["missing"], 0)

    def test_others_take_over_from_one_that_cannot_be_started_again(self) -> None:
        for stage in ("start", "boot"):
            with self.subTest(stage=stage):
                self.doCleanups()
                self.setUp()
                self.steps, self.die = dict.fromkeys(NAMES, 20), {"x/c"}
                self.refused_at = stage
                self.check_others_take_over()

    def test_others_that_are_done_take_over_in_a_new_boot(self) -> None:
        for stage in ("start", "boot"):
            with self.subTest(stage=stage):
                self.doCleanups()
                self.setUp()
                self.steps, self.die = {"x/c": 400}, {"x/c"}
                self.refused_at = stage
                self.check_others_take_over()

    def test_others_run_what_was_given_to_one_that_cannot_be_started_again(self) -> None:
        """A tainted guest has no partly run program, but the next one is assigned to it."""
        for stage in ("start", "boot"):
            with self.subTest(stage=stage):
                self.doCleanups()
                self.setUp()
                self.steps, self.taint = dict.fromkeys(NAMES, 20), {"x/b"}
                self.refused_at = stage
                self.assertEqual(self.go(), 0)
                self.assertEqual(sorted(name for _, name in self.ran), NAMES)
                self.assertEqual(set(self.verdicts().values()), {"pass"})

    def test_a_run_without_a_guest_that_boots_is_refused(self) -> None:
        self.do_not_boot = {"console.log", "console-2.log"}
        with self.assertRaisesRegex(Refused, "cannot mount the host's root"):
            self.go()
        self.assertEqual(self.boots, ["console.log"])

    def test_a_guest_reports_only_what_is_assigned_to_it(self) -> None:
        self.steps = {"x/a": 30, "x/b": 10}
        self.reports = {"x/b": result("x/a", verdict="fail", reason="a lie")}
        self.go()
        found = self.verdicts()
        self.assertEqual(found.pop("x/b"), "timeout")
        self.assertEqual(set(found.values()), {"pass"})

    def test_a_signal_ends_all_guests_and_the_run_can_be_resumed(self) -> None:
        self.steps = dict.fromkeys(NAMES[2:], 1000)
        threading.Timer(0.5, lambda: setattr(self.signals, "requested", "SIGTERM")).start()
        began = time.monotonic()
        with self.assertRaises(Interrupted):
            self.go()
        # Two of the programs take 5 s at least.
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(self.verdicts(), {"x/a": "pass", "x/b": "pass"})
        self.steps, self.signals.requested, self.ran = {}, None, []
        self.assertEqual(self.go(again=True), 0)
        self.assertEqual(sorted(name for _, name in self.ran), NAMES[2:])
        self.assertEqual(list(self.verdicts().values()), ["pass"] * len(NAMES))


class Refusals(unittest.TestCase):
    """Command lines and machines for which --jobs is refused."""

    def refusal(self, *words: str) -> str:
        """The error for that command line."""
        args = parse(["lab", "run", "--kernel", "/nowhere", *words])
        with self.assertRaises(Refused) as caught:
            args.module.run(args)
        return str(caught.exception)

    def test_what_cannot_be_shared(self) -> None:
        self.assertIn("--jobs is a number from 1", self.refusal("--jobs", "0", "--", "func"))
        self.assertIn("disturbs what is measured", self.refusal("--jobs", "2", "--", "perf"))
        self.assertIn("--jobs is for func and stress", self.refusal("--jobs", "2", "--", "list"))
        self.assertIn("--gdb lets a debugger into one guest",
                      self.refusal("--jobs", "2", "--gdb", "--", "func"))

    def test_more_than_the_machine_has(self) -> None:
        options = {"nodes": 1, "cpus": 1, "memory": "4G", "hugepages": "", "append": [],
                   "swap": "", "hmm_coherent": False, "accel": None, "share": None,
                   "stall": None, "measure": "time", "kernel": "k", "modules": None}
        with mock.patch.object(prepare.choice, "choose", lambda *_, **more: Kernel("k", "6")), \
                mock.patch.object(prepare, "available_mb", lambda: 9000), \
                mock.patch.object(os, "sched_getaffinity", lambda pid: {0, 1}):
            prepare.check_jobs(options, 2)
            for more, jobs in (({}, 3), ({"cpus": 2}, 2), ({"memory": "5G"}, 2)):
                with self.assertRaisesRegex(Refused, r"^\d guests at a time, each with \d proc.* "
                                            r"are more than this machine has \(2 processors, 9000 "
                                            r"MB available\): give less with --jobs, --cpus or"):
                    prepare.check_jobs({**options, **more}, jobs)


class AssignmentFiles(unittest.TestCase):
    """The guest's side."""

    def test_runs_come_in_the_order_of_the_assignments(self) -> None:
        plan = [Planned(PROGRAMS[name], None, []) for name in NAMES]
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            def assign(number: int, text: str) -> None:
                with open(os.path.join(folder, assignments.name_of(number)), "w",
                          encoding="ascii") as file:
                    file.write(text)
            signals: Any = SimpleNamespace(requested=None)
            assigned = assignments.assignments(folder, plan, signals)
            assign(1, "x/c\n")
            self.assertEqual(next(assigned), (3, plan[2]))
            # A name without its line feed is not complete.
            assign(2, "x/")
            threading.Timer(0.2, assign, (2, "x/a\n")).start()
            self.assertEqual(next(assigned), (1, plan[0]))
            assign(3, "\n")
            self.assertEqual(list(assigned), [])
            assign(1, "y/z\n")
            with self.assertRaisesRegex(Refused, "y/z, which is not planned"):
                next(assignments.assignments(folder, plan, signals))
            os.unlink(os.path.join(folder, assignments.name_of(1)))
            signals.requested = "SIGINT"
            with self.assertRaises(Interrupted):
                next(assignments.assignments(folder, plan, signals))


if __name__ == "__main__":
    support.main()
