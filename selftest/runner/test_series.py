#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several runs: changes, points by kernel, and history."""
from __future__ import annotations

import importlib.util
import json
import os
import unittest
from typing import Any, Dict, Optional, Sequence

import support

OLD, NEWER, NEWEST = "6.1.90", "6.12.117", "7.3.0-rc2"


def _point(name: str, word: str, known: Optional[str]) -> Dict[str, Any]:
    return {"name": name, "verdict": "fail" if known else word, "known": known,
            "diagnostics": {}, "reason": None if word == "pass" else f"why {name} | <b>"}


class Series(support.Case):
    """Records that are made here."""

    def _run(self, name: str, release: str, words: Dict[str, str], *, build: str = "#1",
             plan: Sequence[str] = (), fixed: Sequence[str] = (),
             interrupted: Optional[str] = None) -> str:
        """A run of the program a/p; `known:ID` stands for a known point."""
        folder = os.path.join(self.programs.results, name)
        os.makedirs(folder)
        points = []
        for case, word in words.items():
            word, _, known = word.partition(":")
            points.append(_point(f"a/p.{case}@2M", word, known or None))
        bad = [point["verdict"] for point in points if point["verdict"] not in ("pass", "skip")]
        result = {"name": "a/p@2M", "verdict": bad[0] if bad else "pass", "points": points,
                  "known": None, "reason": None, "duration_ms": 2000}
        run = {"format": 2, "run": name, "plan": ["a/p@2M", *plan], "started": name,
               "kernel": {"release": release, "version": build, "machine": "x86_64"},
               "interrupted": interrupted,
               "seems_fixed": [{"id": each, "points": 1} for each in fixed]}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.write(json.dumps(result) + "\n")
        return name

    def _say(self, *words: str, status: int = 0) -> str:
        done = self.programs.run(*words)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        return done.stdout

    def test_a_new_failure_is_told_from_one_that_was_there(self) -> None:
        self._run("20200101-000000", OLD, {"was": "fail", "well": "pass", "gone": "pass",
                                           "fixed": "crash", "known": "known:i"})
        self._run("20200102-000000", OLD, {"was": "leak", "well": "crash", "added": "pass",
                                           "fixed": "pass", "known": "pass"})
        text = self._say("diff", "20200101-000000", "20200102-000000", status=1)
        self.assertIn("New failures:\n  a/p.well@2M: pass -> crash  why a/p.well@2M | <b>\n"
                      "Fixed:\n  a/p.fixed@2M: crash -> pass\n", text)
        self.assertIn("  fail -> leak: 1\n", text)
        self.assertIn("  known -> pass: 1\n", text)
        self.assertEqual(text.splitlines()[-1], "1 new failures, 1 failing as before, 1 fixed, "
                         "2 changed otherwise, 1 only in the new run, 1 only in the old run")

    def test_what_is_known_in_the_new_run_is_no_new_failure(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass", "b": "pass"})
        self._run("20200102-000000", OLD, {"a": "known:i", "b": "disturbed"})
        text = self._say("diff", "20200101-000000", "latest")
        self.assertIn("  pass -> disturbed: 1\n", text)

    def test_a_failing_point_that_was_not_there_is_new(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass"})
        self._run("20200102-000000", OLD, {"a": "pass", "b": "fail"})
        found = json.loads(self._say("diff", "--json", "20200101-000000", "latest", status=1))
        self.assertEqual(found["format"], 1)
        self.assertEqual(found["changes"], [
            {"name": "a/p.b@2M", "kind": "new failure", "old": None, "new": "fail",
             "reason": "why a/p.b@2M | <b>"}])

    def test_a_run_that_was_cut_says_nothing_new(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass"})
        self._run("20200102-000000", OLD, {"a": "pass"}, plan=["a/q@2M"])
        done = self.programs.run("diff", "20200101-000000", "latest")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "run_tests.py: 20200102-000000 is not complete: 1 planned "
                         "run without a result\n")
        self._say("diff", "latest", "20200101-000000")

    def test_a_run_that_its_budget_ended_is_no_cut_one(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass"}, plan=["a/q@2M"])
        self._run("20200102-000000", OLD, {"a": "pass"}, plan=["a/q@2M"],
                  interrupted="the budget of 9 s is used up")
        done = self.programs.run("diff", "20200101-000000", "latest")
        self.assertEqual((done.returncode, done.stderr), (
            0, "run_tests.py: 1 planned run has no result: the budget of 9 s is used up\n"))
        self.assertEqual(self.programs.run("diff", "latest", "20200101-000000").returncode, 2)

    @unittest.skipUnless(importlib.util.find_spec("jinja2"), "needs jinja2")
    def test_pages_say_why_something_was_not_run(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass"}, plan=["a/q@2M"])
        self._run("20200102-000000", NEWER, {"a": "pass"}, plan=["a/q@2M"],
                  interrupted="the budget of 9 s is used up")
        for name, said in (("20200101-000000", "Not run, because the run was interrupted: a/q@2M"),
                           ("20200102-000000", "Not run, the budget of 9 s is used up: a/q@2M")):
            self.programs.run("report", name, "--html")
            with open(os.path.join(self.programs.results, name, "report.html"),
                      encoding="utf-8") as file:
                self.assertIn(said, file.read())
        self._say("report", "--matrix", "20200101-000000", "20200102-000000")
        with open(os.path.join(self.programs.results, "matrix.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn(f"{OLD}: not complete, 1 planned without a result", page)
        self.assertIn(f"{NEWER}: 1 not run, for the budget was used up", page)

    def test_many_changes_are_counted_unless_all_are_asked_for(self) -> None:
        self._run("20200101-000000", OLD, {f"c{n}": "pass" for n in range(9)})
        self._run("20200102-000000", OLD, {f"c{n}": "skip" for n in range(9)})
        self.assertIn("    and 4 more (--all names them)\n",
                      self._say("diff", "20200101-000000", "latest"))
        text = self._say("diff", "--all", "20200101-000000", "latest")
        self.assertEqual(text.count(": pass -> skip"), 9)

    def _matrix(self, *words: str) -> Dict[str, Any]:
        path = os.path.join(self.programs.results, "m.json")
        self._say("report", "--matrix", *words, "--output", path)
        with open(path, encoding="utf-8") as file:
            found: Dict[str, Any] = json.load(file)
        self.assertEqual([*support.valid.wrong("kernels", found)], [])
        return found

    def test_kernels_as_json(self) -> None:
        names = [self._run("20200101-000000", NEWEST, {"a": "fail"}),
                 self._run("20200102-000000", OLD, {"a": "pass"})]
        said = json.loads(self._say("report", "--matrix", "--json", *names))
        self.assertEqual(said, self._matrix(*names))
        self.refused(self.programs.run("report", "--matrix", "--json", "--output", "x.json",
                                       *names), "--json", "--output")
        self.assertFalse(os.path.exists(os.path.join(self.programs.results, "matrix.html")))

    def test_kernels_stand_in_their_order(self) -> None:
        # By version, not by time nor as text.
        names = [self._run("20200101-000000", NEWEST, {"a": "fail", "b": "pass", "d": "pass"}),
                 self._run("20200102-000000", OLD, {"a": "pass", "b": "pass", "c": "pass",
                                                    "d": "pass"}),
                 self._run("20200103-000000", NEWER, {"a": "skip", "b": "pass", "c": "known:i",
                                                      "d": "pass"})]
        found = self._matrix(*names)
        self.assertEqual([kernel["release"] for kernel in found["kernels"]],
                         [OLD, NEWER, NEWEST])
        points = {point["name"]: point for point in found["points"]}
        self.assertEqual(points["a/p.a@2M"]["words"], ["pass", "skip", "fail"])
        self.assertEqual(points["a/p.a@2M"]["marks"], [None, None, "new"])
        self.assertEqual(points["a/p.c@2M"]["marks"], [None, None, "gone"])
        self.assertEqual(found["known"], {"i": ["", "1", ""]})
        self.assertEqual([kernel["seconds"] for kernel in found["kernels"]], [2.0, 2.0, 2.0])

    def test_runs_of_one_build_are_one_column(self) -> None:
        names = [self._run(f"2020010{day}-000000", OLD, {"a": word}) for day, word in enumerate(
            ("pass", "fail", "pass"), 1)]
        other = self._run("20200104-000000", OLD, {"a": "pass"}, build="#2", fixed=["i"])
        found = self._matrix(*names, other)
        self.assertEqual(found["points"][0]["words"], ["fail 1/3", "pass"])
        self.assertEqual(found["points"][0]["marks"], ["flaky", None])
        self.assertEqual(found["known"], {"i": ["", "seems fixed"]})

    def test_the_page_shows_what_differs(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass", "b": "pass"})
        self._run("20200102-000000", NEWER, {"a": "fail", "b": "pass"})
        self._say("report", "--matrix", "20200101-000000", "latest")
        with open(os.path.join(self.programs.results, "matrix.html"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('<tr class="same"><td class="name">a/p.b@2M</td>', text)
        self.assertIn('<tr><td class="name">a/p.a@2M</td>', text)
        self.assertIn("fail <b>new</b>", text)
        self.assertNotIn("| <b>", text)
        self.assertIn("| &lt;b&gt;", text)

    def test_markdown(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass", "b": "pass"})
        self._run("20200102-000000", NEWER, {"a": "fail", "b": "pass"})
        path = os.path.join(self.programs.results, "m.md")
        self._say("report", "--matrix", "20200101-000000", "latest", "--output", path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("| pass | 2 | 1 |\n", text)
        self.assertIn("| `a/p.a@2M` | pass | fail (new) |\n", text)
        self.assertNotIn("a/p.b@2M", text)

    def test_brief_markdown_says_why_points_were_skipped_and_names_what_fails(self) -> None:
        self._run("20200101-000000", OLD, {"a": "skip", "b": "skip", "c": "pass", "d": "pass"})
        self._run("20200102-000000", NEWER, {"a": "skip", "b": "pass", "c": "known:i",
                                             "d": "fail"})
        path = os.path.join(self.programs.results, "m.md")
        self._say("report", "--matrix", "--brief", "20200101-000000", "latest", "--output", path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("| why a/p.a@2M \\| &lt;b> | 1 | 1 |\n| why a/p.b@2M \\| &lt;b> | 1 |  |\n",
                      text)
        self.assertIn("| `a/p.d@2M` | pass | fail (new) |\n", text)
        for quiet in ("a", "b", "c"):
            self.assertNotIn(f"`a/p.{quiet}@2M`", text)

    def test_a_record_cannot_write_markdown(self) -> None:
        self._run("20200101-000000", "6.1 <img src=x>\\|", {"a": "known:i\n\n# x `<b>|"})
        path = os.path.join(self.programs.results, "m.md")
        self._say("report", "--matrix", "latest", "--all", "--output", path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("\n# x", text)
        self.assertNotIn("<", text)
        self.assertIn("| point | 6.1 &lt;img src=x>&#92;\\| |\n", text)

    def test_what_is_of_one_run_is_refused_of_several(self) -> None:
        name = self._run("20200101-000000", OLD, {"a": "pass"})
        for words, wrong in (((name, name), "takes one run"),
                             (("--matrix", "--junit", name), "--junit is of one run"),
                             ((name, "--output", "x"), "--output goes with --matrix"),
                             (("--matrix", "nowhere"), "no run nowhere")):
            done = self.programs.run("report", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(wrong, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_the_flake_rate_is_that_of_one_build(self) -> None:
        for day, (build, a, b) in enumerate((("#1", "pass", "fail"), ("#1", "fail", "fail"),
                                             ("#1", "skip", "fail"), ("#2", "pass", "pass")), 1):
            self._run(f"2020010{day}-000000", OLD, {"a": a, "b": b, "c": "pass"}, build=build)
        text = self._say("history", "--results", self.programs.results)
        self.assertIn("a/p.a@2M  .Fs.  flaky: failed 1 of 2 (50 %)\n", text)
        # It was fixed, and is not flaky.
        self.assertIn("a/p.b@2M  FFF.\n", text)
        self.assertNotIn("a/p.c@2M", text)
        self.assertEqual(text.splitlines()[-1],
                         "4 runs, 3 points, 2 not steady, 1 flaky on one build")
        self.assertIn("a/p.c@2M  ....\n", self._say("history", "a/p.c@*", "--results",
                                                    self.programs.results))

    def test_a_history_as_json(self) -> None:
        for day, (a, b) in enumerate((("pass", "pass"), ("fail", "pass")), 1):
            self._run(f"2020010{day}-000000", OLD, {"a": a, "b": b})
        words = ("history", "--json", "--results", self.programs.results)
        found = json.loads(self._say(*words))
        self.assertEqual((found["format"], found["points"]), (1, 2))
        self.assertEqual([(each["run"], each["kernel"], each["counts"]["failed"])
                          for each in found["runs"]],
                         [("20200101-000000", [OLD, "#1"], 0), ("20200102-000000", [OLD, "#1"], 1)])
        self.assertEqual(found["courses"], [{"name": "a/p.a@2M", "words": ["pass", "fail"],
                                             "steady": False, "flaky": 1, "judged": 2}])
        self.assertEqual(len(json.loads(self._say(*words, "--all"))["courses"]), 2)

    def test_a_history_goes_on_without_a_run_that_cannot_be_read(self) -> None:
        self._run("20200101-000000", OLD, {"a": "pass"})
        bad = self._run("20200102-000000", OLD, {"a": "pass"})
        with open(os.path.join(self.programs.results, bad, "run.json"), "w",
                  encoding="ascii") as file:
            file.write("{")
        done = self.programs.run("history", "a/*", "--results", self.programs.results)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn(bad, done.stderr)
        self.assertIn("a/p.a@2M  .\n", done.stdout)
        # Naming it is refused.
        done = self.programs.run("history", "--results",
                                 os.path.join(self.programs.results, bad))
        self.assertEqual(done.returncode, 2)

    def test_a_history_of_nothing(self) -> None:
        os.makedirs(self.programs.results)
        done = self.programs.run("history", "--results", self.programs.results)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no runs in", done.stderr)
        self._run("20200101-000000", OLD, {"a": "pass"})
        done = self.programs.run("history", "b/*", "--results", self.programs.results)
        self.assertEqual((done.returncode, done.stderr),
                         (2, "run_tests.py: no point of these runs matches\n"))


if __name__ == "__main__":
    support.main()
