#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--budget: the most telling programs first, an end in time, and what is told of the rest."""
from __future__ import annotations

import json
import os
import shutil
import time
import unittest
from types import SimpleNamespace
from typing import Any, Dict, List, Optional
from unittest import mock

import support
from runner import budget
from runner.budget import Budget, ordered, spent
from runner.endings import Signals
from runner.lab import host
from runner.past import Last
from runner.plan import Planned
from runner.programs import Program
from runner.record import find_run, load
from runner.report.tally import Tally, tally
from runner.request import Request
from support import GOOD

FAILS = """
print('TAP version 14\\n1..2\\nnot ok 1 - a\\nok 2 - b')
sys.exit(1)
"""
# Ignores the signal that asks it to end.
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(60)
"""


def planned(name: str, seconds: float = 10.0, **more: Any) -> Planned:
    """A run of a/NAME."""
    return Planned(Program("", "a", name, cases={"x": ""}, seconds=seconds), None, ["x"], **more)


class Orders(unittest.TestCase):
    """What comes first."""

    def test_the_most_telling_first(self) -> None:
        known = {"a/failed": Last("fail", False, 30.0), "a/broken": Last("broken", False, 2.0),
                 "a/known": Last("kernel", True, 0.5), "a/quick": Last("pass", False, 1.0),
                 "a/slow": Last("pass", False, 9.0), "a/skips": Last("skip", False, 0.1),
                 "a/cut": Last("", False, 0.2, True), "a/hangs": Last("fail", False, 9.0, True)}
        plan = [planned("slow"), planned("skips"), planned("quick"), planned("new_slow", 60),
                planned("new"), planned("known"), planned("failed"), planned("broken"),
                planned("cut"), planned("hangs"), planned("settled", verdict="skip")]
        self.assertEqual([one.program.name for one in ordered(plan, known)], [
            "settled", "broken", "hangs", "failed", "new", "new_slow", "cut", "known", "quick",
            "slow", "skips"])

    def test_a_load_is_repeated_when_everything_ran_once(self) -> None:
        plan = [planned(name, repeat=number) for number in (1, 2) for name in ("b", "a")]
        self.assertEqual([one.name for one in ordered(plan, {"a/b": Last("fail", False, 1.0)})],
                         ["a/b", "a/a", "a/b#2", "a/a#2"])

    def test_what_there_is_time_for(self) -> None:
        with mock.patch.object(budget.time, "monotonic", lambda: 107.0):
            one = Budget(10, 100.0, {"a/long": Last("pass", False, 3.5),
                                     "a/short": Last("pass", False, 2.5),
                                     "a/cut": Last("", False, 1.6, True),
                                     "a/little": Last("", False, 1.4, True)})
            self.assertEqual([one.allows(planned(name)) for name in (
                "long", "short", "new", "cut", "little")], [False, True, True, False, True])
            self.assertTrue(one.allows(planned("long", verdict="skip")))
        with mock.patch.object(budget.time, "monotonic", lambda: 110.0):
            self.assertFalse(one.allows(planned("new")))

    def test_time_is_over(self) -> None:
        with Signals() as signals:
            signals.end_at(time.monotonic() + 0.05, "the budget of 1 s is used up")
            self.assertIsNone(signals.requested)
            time.sleep(0.1)
            self.assertEqual(signals.requested, "the budget of 1 s is used up")
            self.assertTrue(signals.go_on())
            self.assertIsNone(signals.requested)
            self.assertFalse(signals.go_on())
            signals.end_at(0, "over")
            self.assertEqual(signals.requested, "over")
        self.assertTrue(spent({"interrupted": "the budget of 3 s is used up"}))
        for run in (None, {}, {"interrupted": None}, {"interrupted": "SIGTERM"}):
            self.assertFalse(spent(run))


class Statuses(unittest.TestCase):
    """The exit status of a run whose budget was used up: that of the results that are there."""

    SPENT = {"plan": ["a/x", "a/y", "a/z"], "interrupted": "the budget of 9 s is used up"}

    def _status(self, *verdicts: str, **more: Any) -> int:
        return tally({**self.SPENT, **more}, [
            {"name": f"a/{name}", "verdict": verdict, "points": []}
            for name, verdict in zip("xyz", verdicts)]).status(allow_all_skipped=True)

    def test_by_what_is_there(self) -> None:
        for verdicts, status in ((("pass",), 0), (("fail",), 1), (("pass", "fail"), 1),
                                 (("pass", "broken"), 3), (("pass", "unknown"), 3),
                                 (("pass", "skip"), 0), ((), 2), (("skip", "skip"), 2),
                                 (("skip", "skip", "skip"), 0)):
            with self.subTest(verdicts):
                self.assertEqual(self._status(*verdicts), status)

    def test_no_time_for_what_failed_last(self) -> None:
        self.assertEqual(self._status("pass", "pass", failed_last=["a/x", "a/z"]), 2)
        self.assertEqual(self._status("pass", "pass", failed_last=["a/x"]), 0)
        self.assertEqual(self._status("pass", "fail", failed_last=["a/z"]), 1)
        one = Budget(10, 0.0, {"a/x": Last("fail", False, 1.0), "a/y": Last("fail", True, 1.0),
                               "a/z": Last("pass", False, 1.0), "a/gone": Last("crash", False, 1)})
        self.assertEqual(one.failed_last([planned(name) for name in ("z", "y", "x", "new")]),
                         ["a/x"])

    def test_what_cut_a_run_is_no_budget(self) -> None:
        for how in ("SIGTERM", None, "ENOSPC"):
            self.assertEqual(self._status("pass", interrupted=how), 2)
        self.assertEqual(self._status("pass", hindered=[{"points": 1}]), 1)
        self.assertEqual(Tally(passed=1, missing=1, damaged=1, spent=True).status(), 2)
        self.assertNotIn("spent", Tally(spent=True).as_json())


class Lab(unittest.TestCase):
    """The host of a guest whose run has a budget."""

    def setUp(self) -> None:
        self.ended: List[str] = []
        self.machine: Any = SimpleNamespace(command=lambda asked, *_: asked.words())
        self.record = SimpleNamespace(
            run={"interrupted": "the budget of 9 s is used up"}, finished=lambda: False, path="/r",
            assignments=None, lab={}, end=self.ended.append)

    def _host(self, seconds: Optional[float], left: float = 0.0) -> host.Run:
        run = host.Run(self.machine, self.record,  # type: ignore[arg-type]
                       Request(budget=seconds), [], None, None)  # type: ignore[arg-type]
        run._budget = None if seconds is None else Budget(
            seconds, time.monotonic() + left - seconds)
        return run

    def test_a_run_that_ends_early_is_not_taken_for_a_fault(self) -> None:
        for status in (1, 2):
            self.assertTrue(self._host(9.0)._agrees_with(status, "a/b"))
            # A guest that only says so is not believed.
            self.assertFalse(self._host(None)._agrees_with(status, "a/b"))
        self.record.run = {"interrupted": "SIGTERM"}
        self.assertFalse(self._host(9.0)._agrees_with(1, "a/b"))

    def test_the_next_boot_gets_what_is_left(self) -> None:
        words = self._host(60.0, 42.0)._command(again=True)
        left = float(words[words.index("--budget") + 1])
        self.assertTrue(40 < left <= 42, left)
        words = self._host(60.0, 42.0)._command(again=False)
        self.assertEqual(words[words.index("--budget") + 1], "60.0")

    def test_no_boot_when_nothing_is_left(self) -> None:
        self.assertFalse(self._host(None)._over())
        self.assertFalse(self._host(60.0, 5.0)._over())
        self.assertEqual(self.ended, [])
        self.assertTrue(self._host(60.0, 0.5)._over())
        self.assertEqual(self.ended, ["the budget of 60 s is used up"])


@support.needs_root
class Budgets(support.Case):
    """Runs with a budget."""

    def _run(self, *words: str) -> Any:
        began = time.monotonic()
        done = self.programs.run("func", *words)
        return done, time.monotonic() - began

    def _names(self) -> List[str]:
        return list(self.programs.record())

    def test_it_ends_in_time_and_tells_what_was_not_run(self) -> None:
        for number in range(6):
            self.programs.add(f"p{number}", "import time\ntime.sleep(1.2)\n" + GOOD, seconds=5)
        before = support.settings()
        done, took = self._run("--budget", "3")
        self.assertLess(took, 5, done.stderr)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("not complete", done.stderr)
        self.assertIn("the budget of 3 s is used up (settings restored; go on with", done.stderr)
        told = done.stdout.split("Not run, the budget of 3 s is used up:\n")[1]
        missing = sorted({f"bad/p{number}" for number in range(6)} - set(self._names()))
        self.assertGreater(len(missing), 3)
        self.assertEqual(sorted(line.strip() for line in told.splitlines()
                                if line.startswith("  ")), missing)
        run = load(find_run("latest", self.programs.results))[0]
        self.assertEqual((run["budget"], run["interrupted"]),
                         (3, "the budget of 3 s is used up"))
        self.assertEqual(run["summary"]["missing"], len(missing))
        said = json.loads(self.programs.run("report", "latest", "--json").stdout)
        self.assertEqual((said["status"], len(said["missing"])), (0, len(missing)))
        self.assertEqual(support.settings(), before)
        done, _ = self._run("--resume", "latest")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self._names()), 6)
        self.assertIsNone(load(find_run("latest", self.programs.results))[0]["interrupted"])

    def test_a_program_that_does_not_end_is_ended(self) -> None:
        self.programs.add("hangs", STUBBORN, seconds=100)
        done, took = self._run("--budget", "1.5")
        self.assertLess(took, 3.5, done.stderr)
        self.assertEqual((done.returncode, self._names()), (2, []))
        self.assertIn("nothing could run in the time of --budget", done.stderr)

    def test_what_was_skipped_did_not_run(self) -> None:
        """Neither does success for a run in which everything was skipped cover what was not."""
        self.programs.add("skips", "print('TAP version 14\\n1..0 # SKIP no swap')\n", seconds=1)
        self.programs.add("hangs", STUBBORN, seconds=100)
        done, _ = self._run("--budget", "1.5", "--allow-all-skipped")
        self.assertEqual((done.returncode, self._names()), (2, ["bad/skips"]),
                         done.stdout + done.stderr)

    def test_what_takes_too_long_makes_room_for_what_does_not(self) -> None:
        self.programs.add("long", "import time\ntime.sleep(2)\n" + GOOD, seconds=5)
        self.programs.add("short", GOOD)
        self.programs.add("bad", FAILS)
        self.assertEqual(self._run()[0].returncode, 1)
        done, took = self._run("--budget", "1.9")
        self.assertEqual(self._names(), ["bad/bad", "bad/short"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertLess(took, 1.9)

    def test_what_takes_longer_does_not_use_up_each_budget(self) -> None:
        """It never ran, so that it comes before what did, but not each time."""
        self.programs.add("good", GOOD)
        self._run()
        self.programs.add("new", "import time\ntime.sleep(9)\n" + GOOD, seconds=100)
        self._run("--budget", "1.5")
        self.assertEqual(self._names(), [])
        cut = load(find_run("latest", self.programs.results))[0]["cut"]
        self.assertEqual(cut["name"], "bad/new")
        self.assertGreater(cut["seconds"], 0.8)
        self._run("--budget", "1.5")
        self.assertEqual(self._names(), ["bad/good"])
        plan = self.programs.run("func", "--plan")
        self.assertRegex(plan.stdout, r"bad/new .* s, cut\n")
        self.assertEqual(self._run("--resume", "latest")[0].returncode, 0)
        self.assertEqual(self._names(), ["bad/good", "bad/new"])

    def test_what_failed_and_is_slow_makes_no_run_green(self) -> None:
        self.programs.add("bad", "import time\ntime.sleep(2)\n" + FAILS, seconds=5)
        self.programs.add("good", GOOD)
        self._run()
        done, _ = self._run("--budget", "1.5")
        self.assertEqual((self._names(), done.returncode), (["bad/good"], 2), done.stdout)
        self.assertIn("  bad/bad  (failed last time)\n", done.stdout)
        self.assertIn("there was no time for bad/bad, which failed last\n", done.stderr)
        # Also when the run in which it failed is not read any more.
        results = self.programs.results
        shutil.rmtree(os.path.join(results, sorted(run for run in os.listdir(results)
                                                   if run[0].isdigit())[0]))
        done, _ = self._run("--budget", "1.5")
        self.assertEqual((self._names(), done.returncode), ([], 2), done.stdout)
        done, _ = self._run("--budget", "1.5")
        self.assertEqual((self._names(), done.returncode), (["bad/good"], 2), done.stdout)

    def test_a_run_with_enough_time_is_complete(self) -> None:
        self.programs.add("good", GOOD)
        done, _ = self._run("--budget", "60")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIsNone(load(find_run("latest", self.programs.results))[0]["interrupted"])

    def test_the_plan_is_in_the_order_of_a_budget(self) -> None:
        self.programs.add("good", GOOD)
        self.programs.add("worse", FAILS)
        self._run()

        def order(*words: str) -> List[str]:
            rows: Dict[str, Any] = json.loads(self.programs.run(
                "func", "--plan", "--json", *words).stdout)
            return [row["name"] for row in rows["runs"]]
        self.assertEqual(order(), ["bad/good", "bad/worse"])
        self.assertEqual(order("--budget", "9"), ["bad/worse", "bad/good"])

    def test_a_signal_is_no_budget(self) -> None:
        self.programs.add("kills", "import os, signal, time\nos.kill(os.getppid(), "
                          "signal.SIGTERM)\ntime.sleep(9)\n")
        done, _ = self._run("--budget", "60")
        self.assertEqual(done.returncode, 2)
        self.assertIn("interrupted by SIGTERM", done.stderr)

    def test_refusals(self) -> None:
        self.programs.add("good", GOOD)
        for word in ("0", "0.5", "-1", "nan", "inf", "soon", "1e9"):
            self.refused(self.programs.run("func", f"--budget={word}"), "--budget", word)
        self.assertFalse(os.path.exists(self.programs.results))


if __name__ == "__main__":
    support.main()
