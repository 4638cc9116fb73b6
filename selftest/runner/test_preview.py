#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--plan: what would be run, what it took last time, and that nothing is changed."""
from __future__ import annotations

import json
import os
import time
import unittest
from typing import Any, Dict
from unittest import mock

import support
from runner import past
from runner.past import Last
from runner.settings import pool
from support import FAILS_IF_RUN, GOOD


class Pools(unittest.TestCase):
    """What reserve() would do."""

    def test_foreseen(self) -> None:
        state = {"2M": (3, 10), "1G": (0, 1)}
        with mock.patch.object(pool, "_unused", state.get), \
                mock.patch.object(pool, "available_kb", lambda: (5 << 20) * 10 // 8), \
                mock.patch.object(pool.os, "access", lambda *_: True):
            found = pool.foreseen({"2M": [2, 8], "1G": [2, 9]})
            self.assertEqual({size: (one.pages, one.raised, more)
                              for size, (one, more) in found.items()},
                             {"1G": (2, 3, 2), "2M": (8, 15, 5)})
            self.assertIsNone(found["1G"][0].refusal(2))
            self.assertIn("needs 9 pages of 1G", found["1G"][0].refusal(9) or "")
            # Gigantic pages take from the memory that is left for others.
            found = pool.foreseen({"2M": [4, 999], "1G": [4]})
            self.assertEqual([(found[size][0].pages, found[size][1]) for size in ("1G", "2M")],
                             [(4, 4), (4, 1)])
            # What is unused belongs to others.
            found = pool.foreseen({"2M": [2]}, "process 7 (db)")
            self.assertEqual((found["2M"][0].pages, found["2M"][0].raised), (2, 12))
        with mock.patch.object(pool, "_unused", state.get), \
                mock.patch.object(pool.os, "access", lambda *_: False):
            found = pool.foreseen({"2M": [8]})
            self.assertEqual((found["2M"][0].pages, found["2M"][0].raised, found["2M"][1]),
                             (3, 10, 0))
            self.assertIn("may not be written", found["2M"][0].refusal(8) or "")


class Records(support.Case):
    """With records of earlier runs."""

    def record_of(self, name: str, **results: Any) -> None:
        folder = os.path.join(self.programs.results, name)
        os.makedirs(folder)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            for key, (verdict, ms) in results.items():
                file.write(json.dumps({"name": f"a/{key}", "verdict": verdict.partition(":")[0],
                                       "known": verdict.partition(":")[2] or None, "points": [],
                                       "duration_ms": ms}) + "\n")


class Past(Records):
    """Results of earlier runs."""

    def test_the_newest_result_counts(self) -> None:
        self.record_of("20200101-000000", x=("fail", 1000), y=("pass", 2000), z=("kernel:id", 500))
        self.record_of("20200102-000000", x=("pass", 3000))
        self.record_of("20200103-000000", other=("pass", 1))
        found = past.last(["a/x", "a/y", "a/z", "a/none"], self.programs.results)
        self.assertEqual(found, {"a/x": Last("pass", False, 3.0), "a/y": Last("pass", False, 2.0),
                                 "a/z": Last("kernel", True, 0.5)})
        every = past.last(None, self.programs.results)
        self.assertEqual((every["a/x"], sorted(every)),
                         (Last("pass", False, 3.0), ["a/other", "a/x", "a/y", "a/z"]))
        self.assertEqual([found[name].failed for name in ("a/x", "a/z")], [False, False])
        self.assertTrue(Last("broken", False, 1.0).failed)

    def test_what_is_no_result_is_passed_over(self) -> None:
        self.record_of("20200101-000000", x=("pass", 1000), y=("pass", 1000))
        self.record_of("20200102-000000", x=("perfect", 1), y=("pass", -3))
        folder = os.path.join(self.programs.results, "20200103-000000")
        os.makedirs(folder)
        os.mkfifo(os.path.join(folder, "results.jsonl"))
        folder = os.path.join(self.programs.results, "20200104-000000")
        os.makedirs(folder)
        with open(os.path.join(folder, "results.jsonl"), "wb") as file:
            file.write(b'{"name":"a/x"}\n{"name":"a/x",\n\n{"name":"a/y","verdict":"pass",'
                       b'"duration_ms":1e999}\n\xff\n' + b"x" * 100)
        self.assertEqual({name: one.seconds for name, one in past.last(
            ["a/x", "a/y"], self.programs.results).items()}, {"a/x": 1.0, "a/y": 1.0})
        self.assertEqual(past.last(["a/x"], "/none"), {})

    def test_both_parts_of_a_result_count(self) -> None:
        """A guest died in the first one. A result that was repeated is no part."""
        path = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(path)
        with open(os.path.join(path, "results.jsonl"), "w", encoding="ascii") as file:
            for name, verdict, rest in (("x", "panic", ["b"]), ("x", "pass", []),
                                        ("y", "panic", []), ("y", "pass", [])):
                file.write(json.dumps({"name": f"a/{name}", "verdict": verdict, "rest": rest,
                                       "known": None, "duration_ms": 1000}) + "\n")
        self.assertEqual(past.last(["a/x", "a/y"], self.programs.results), {
            "a/x": Last("panic", False, 2.0), "a/y": Last("pass", False, 1.0)})

    def test_what_a_budget_ended(self) -> None:
        """Until it has a result again, and with the longest time that it had."""
        self.record_of("20200101-000000", x=("fail", 1000), y=("pass", 9000), z=("pass", 1))
        for number, name, seconds in ((2, "a/x", 5), (3, "a/x", 4), (4, "a/y", 6), (5, "a/n", 3),
                                      (6, "a/z", 3), (8, 7, None)):
            folder = f"2020010{number}-000000"
            self.record_of(folder)
            with open(os.path.join(self.programs.results, folder, "run.json"), "w",
                      encoding="ascii") as file:
                json.dump({"cut": {"name": name, "seconds": seconds}}, file)
        self.record_of("20200107-000000", z=("pass", 2))
        for names in (["a/x", "a/y", "a/z", "a/n"], None):
            self.assertEqual(past.last(names, self.programs.results), {
                "a/x": Last("fail", False, 5.0, True), "a/y": Last("pass", False, 9.0, True),
                "a/n": Last("", False, 3.0, True), "a/z": Last("pass", False, 0.002)})
        self.assertEqual(Last("", False, 3.0, True).word, "cut")

    def test_it_takes_no_longer_than_that(self) -> None:
        for number in range(40):
            self.record_of(f"20200101-{number:06}", **{f"p{n}": ("pass", 1) for n in range(1000)})
        began = time.monotonic()
        with mock.patch.object(past, "MOST_SECONDS", 0.05):
            past.last(["a/none"], self.programs.results)
        self.assertLess(time.monotonic() - began, 1.0)

    def test_it_is_handed_on(self) -> None:
        known = {"a/x": Last("fail", True, 1.5), "a/y@2M": Last("pass", False, 0.0),
                 "a/z": Last("", False, 3.0, True)}
        past.hand_on(known, self.programs.path)
        self.assertEqual(past.handed_on(self.programs.path), known)
        for text in ("{", "[]", '{"last": 3}', '{"last": {"x": {}}}'):
            with open(os.path.join(self.programs.path, past.FILE), "w", encoding="ascii") as file:
                file.write(text)
            self.assertEqual(past.handed_on(self.programs.path), {})
        self.assertEqual(past.handed_on("/none"), {})


class Plans(Records):
    """What is printed."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("x", FAILS_IF_RUN, area="a")
        self.programs.add("y", FAILS_IF_RUN, area="a")
        self.programs.add("hot", GOOD, area="a", poisons=True)

    def _plan(self, *words: str) -> Dict[str, Any]:
        done = self.programs.run("func", "--plan", "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found: Dict[str, Any] = json.loads(done.stdout)
        return found

    def test_what_would_run(self) -> None:
        self.record_of("20200101-000000", x=("fail", 1250))
        before = support.settings()
        found = self._plan()
        self.assertEqual((found["format"], found["command"], found["seconds"]), (1, "func", 1.25))
        rows = {row["name"]: row for row in found["runs"]}
        self.assertEqual(rows["a/x"], {
            "name": "a/x", "cases": ["a", "b"], "tags": ["quick"], "verdict": None,
            "reason": None, "spared": {}, "last": {"verdict": "fail", "seconds": 1.25}})
        self.assertIsNone(rows["a/y"]["last"])
        self.assertEqual(rows["a/hot"]["verdict"], "skip")
        self.assertEqual(found["changing"], {"changes-pool": [], "dangerous": []})
        self.assertEqual(self._plan("--allow-poison")["changing"]["dangerous"], ["a/hot"])
        self.assertEqual([row["name"] for row in self._plan("x", "y", "--exclude", "x")["runs"]],
                         ["a/y"])
        self.assertEqual(os.listdir(self.programs.results), ["20200101-000000"])
        self.assertEqual(support.settings(), before)

    def test_text(self) -> None:
        self.record_of("20200101-000000", x=("pass", 1250))
        path = os.path.join(self.programs.path, "skips.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("format: 1\nskips: [{names: [a/y.a], reason: bug 7}]")
        done = self.programs.run("func", "--plan", "--skip-file", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "2 runs of programs with 3 points, last time 1.2 s, 1 of them "
                         "never")
        self.assertIn("  bug 7 (skip file skips.yaml)\n    a/y.a\n", done.stdout)
        self.assertIn("\nWould change no setting by itself.\n", done.stdout)
        self.assertEqual(lines[-2:], ["  a/x  2 cases  1.25 s, pass", "  a/y  1 case  never ran"])

    def test_pools(self) -> None:
        size = support.small_size()
        if not size:
            self.skipTest("needs huge pages")
        self.programs.add("huge", GOOD, page_sizes="hugetlb", area="huge",
                          needs=["hugetlb:900000000"])
        found = self._plan("huge", "--page-size", size)
        self.assertEqual((found["runs"][0]["verdict"], found["changes"]), ("skip", []))
        self.assertIn("needs 900000000 pages", found["runs"][0]["reason"])

    def test_anybody_may_look(self) -> None:
        done = self.programs.run("func", "--plan", nobody=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("not root", done.stderr)

    def test_refusals(self) -> None:
        self.refused(self.programs.run("func", "--json", "--format", "tap"), "--json", "--format")
        self.refused(self.programs.run("func", "--plan", "nothing"), "nothing is named")
        for option in ("--format", "--write"):
            self.refused(self.programs.run("func", "--plan", option, "ktap"), option, "--plan")


if __name__ == "__main__":
    support.main()
