#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab bisect on git trees in which a file defines what the kernel of a commit does."""
from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from typing import Any, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402

# pylint: disable=wrong-import-position
from runner.commandline import parse  # noqa: E402
from runner.errors import Interrupted, Refused  # noqa: E402
from runner.lab import bisect, tried  # noqa: E402

POINT = "hugetlb/private_cow.child_writes@2M"
MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n"


@unittest.skipUnless(shutil.which("git"), "needs git")
class Bisected(unittest.TestCase):
    """Trees that are made for the test."""

    def setUp(self) -> None:
        self.top = tempfile.mkdtemp(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(shutil.rmtree, self.top)
        self.git_tree = os.path.join(self.top, "linux")
        self.results = os.path.join(self.top, "results")
        self.tried: List[str] = []
        self.said = ""
        for patch in (
                mock.patch.dict(os.environ, XDG_CACHE_HOME=os.path.join(self.top, "cache"),
                                GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
                                **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                                   for what, value in (("NAME", "a"), ("EMAIL", "a@b"))}),
                mock.patch.object(bisect.Bisection, "_build", self._build),
                mock.patch.object(tried, "again", self._again)):
            patch.start()
            self.addCleanup(patch.stop)

    def _state(self, path: str) -> str:
        with open(os.path.join(path, "state"), encoding="ascii") as file:
            return file.read()

    def _build(self, *_: Any) -> None:
        if self._state(self.work()) == "breaks":
            raise Refused("the kernel does not build: error: x")

    def work(self) -> str:
        """The work tree."""
        place = os.path.join(self.top, "cache", "hugeproof", "lab", "bisect")
        return next(os.path.join(place, name) for name in os.listdir(place)
                    if os.path.isdir(os.path.join(place, name)))

    def _again(self, options: Dict[str, Any], point: str, _times: int, _folder: str,
               _signals: Any, _request: Optional[Any] = None) -> tried.Outcome:
        self.assertEqual(point, POINT)
        path = options["kernel"].partition(":")[2]
        self.tried.append(self._state(path))
        return tried.Outcome(self.tried[-1].split()[0], "why")

    def commits(self, *states: str, title: str = "mm: change") -> List[str]:
        """A tree with a commit for each state; their names."""
        found = []
        if not os.path.exists(self.git_tree):
            os.mkdir(self.git_tree)
            self._git("init", "--quiet")
        for number, state in enumerate(states):
            for name, text in (("Makefile", MAKEFILE), ("state", state), ("n", str(number))):
                with open(os.path.join(self.git_tree, name), "w", encoding="ascii") as file:
                    file.write(text)
            self._git("add", ".")
            self._git("commit", "--quiet", "--allow-empty", "-m", f"{title} {number}")
            found.append(self._git("rev-parse", "HEAD"))
        return found

    def _git(self, *words: str) -> str:
        return subprocess.run(["git", "-C", self.git_tree, *words], check=True,
                              stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()

    def bisected(self, good: str, bad: str, status: int = 0, *more: str) -> str:
        """The commit that is found, and the report, if any."""
        args = parse(["lab", "bisect", "--source", self.git_tree, "--good", good, "--bad", bad,
                      "--results", self.results, *more, "--", POINT])
        before = self._git("status", "--porcelain", "--branch"), self._git("for-each-ref")
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(
                    io.StringIO() if more else out):
                got = args.module.run(args)
        finally:
            self.said = out.getvalue()
            self.assertEqual(
                (self._git("status", "--porcelain", "--branch"), self._git("for-each-ref")), before)
        self.assertEqual(got, status, self.said)
        place, = os.listdir(self.results)
        path = os.path.join(self.results, place, bisect.REPORT)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_the_commit_in_the_middle_is_found(self) -> None:
        names = self.commits(*["pass"] * 5, *["fail"] * 4)
        text = self.bisected(names[0], "HEAD")
        self.assertIn(f"  {names[5]}\n  a <a@b>\n", text)
        self.assertIn(f"Subject: [REGRESSION] {POINT} fails since {names[5][:7]}", text)
        self.assertIn("What fails:\n  fail: why\n", text)
        self.assertIn(f"#regzbot introduced: {names[5][:12]}\n", text)
        self.assertIn('first bad commit: ' + names[5][:7], self.said)
        # The ends, and the logarithm of the number of commits between.
        self.assertLessEqual(len(self.tried), 5)

    def test_as_json(self) -> None:
        names = self.commits("pass", "pass", "fail")
        self.assertTrue(self.bisected(names[0], "HEAD", 0, "--json"))
        found = json.loads(self.said)
        self.assertEqual([*support.valid.wrong("lab-bisect", found)], [])
        self.assertEqual((found["point"], found["commit"], found["left"]), (POINT, names[2], []))
        self.assertEqual([(one["commit"], one["word"], one["verdict"]) for one in found["tries"]],
                         [(names[2], "bad", "fail"), (names[0], "good", "pass"),
                          (names[1], "good", "pass")])
        self.assertEqual(os.listdir(self.results), [os.path.basename(found["folder"])])

    def test_as_json_where_it_cannot_be_told(self) -> None:
        names = self.commits("pass", "breaks", "fail")
        self.bisected(names[0], names[-1], 125, "--json")
        found = json.loads(self.said)
        self.assertEqual([*support.valid.wrong("lab-bisect", found)], [])
        self.assertEqual((found["commit"], sorted(found["left"])), (None, sorted(names[1:])))
        self.assertIn({"commit": names[1], "word": "skip", "verdict": "unknown",
                       "reason": "the kernel does not build: error: x"}, found["tries"])

    def test_what_does_not_build_is_passed_over(self) -> None:
        names = self.commits("pass", "pass", "pass", "breaks", "breaks", "fail", "fail", "fail")
        self.bisected(names[0], names[-1], status=125)
        self.assertIn("3 commits are left", self.said)
        self.assertIn("skip: unknown: the kernel does not build: error: x", self.said)

    def test_what_says_nothing_is_passed_over(self) -> None:
        names = self.commits("pass", "pass", "skip", "disturbed", "pass", "kernel", "leak")
        text = self.bisected(names[0], names[-1])
        self.assertIn(f"  {names[5]}\n", text)

    def test_no_title_of_a_commit_ends_the_search(self) -> None:
        names = self.commits(*["pass"] * 3, *["fail"] * 3,
                             title="mm: the first bad commit could be any of:")
        self.assertIn(f"#regzbot introduced: {names[3][:12]}\n",
                      self.bisected(names[0], names[-1]))

    def test_the_good_one_may_be_of_another_branch(self) -> None:
        """git tries the merge base first; a commit that cannot be judged is skipped."""
        for base, status in (("pass", 0), ("skip", 0), ("fail", 2)):
            for place in (self.git_tree, self.results, os.path.join(self.top, "cache")):
                shutil.rmtree(place, ignore_errors=True)
            first, = self.commits(base)
            good = self.commits("pass", title="fs: another branch")[0]
            self._git("checkout", "--quiet", first)
            names = self.commits("pass", "pass", "fail", "fail")
            if status:
                with self.assertRaisesRegex(Refused, "git bisect: The merge base .* is bad"):
                    self.bisected(good, names[-1])
            else:
                self.assertIn(f"#regzbot introduced: {names[2][:12]}\n",
                              self.bisected(good, names[-1]))

    def test_of_a_search_that_is_interrupted_the_log_is_kept(self) -> None:
        names = self.commits(*["pass"] * 5, *["fail"] * 4)

        def again(*what: Any) -> tried.Outcome:
            if len(self.tried) == 3:
                raise Interrupted("SIGTERM")
            return self._again(*what)
        with mock.patch.object(tried, "again", again), self.assertRaisesRegex(
                Refused, r"interrupted by SIGTERM \(what was tried is in /\S*/bisect-[0-9-]*\)"):
            self.bisected(names[0], names[-1])
        place, = os.listdir(self.results)
        with open(os.path.join(self.results, place, bisect.LOG), encoding="utf-8") as file:
            self.assertIn(f"git bisect good {names[0]}\n", file.read())
        # The work tree that is kept can be used again.
        shutil.rmtree(self.results)
        self.assertIn(f"#regzbot introduced: {names[5][:12]}\n",
                      self.bisected(names[0], names[-1]))

    def test_the_ends_are_looked_at_first(self) -> None:
        names = self.commits("fail", "fail", "fail")
        with self.assertRaisesRegex(Refused, f"{names[0]} is not good: fail: why"):
            self.bisected(names[0], names[-1])
        shutil.rmtree(self.git_tree)
        names = self.commits("pass", "pass", "skip")
        with self.assertRaisesRegex(Refused, "HEAD is not bad: skip: why"):
            self.bisected(names[0], "HEAD")

    def test_what_cannot_be_is_refused_before_anything_is_built(self) -> None:
        names = self.commits("pass", "fail")
        for good, bad, wrong in ((names[0], "nowhere", "has no commit nowhere"),
                                 (names[0], "^HEAD", "has no commit"),
                                 (names[1], "HEAD", "are the same commit")):
            with self.assertRaisesRegex(Refused, wrong):
                self.bisected(good, bad)
        shutil.rmtree(self.git_tree)
        os.mkdir(self.git_tree)
        with self.assertRaisesRegex(Refused, "not a git repository"):
            args = parse(["lab", "bisect", "--source", self.git_tree, "--good", "a", "--bad", "b",
                          "--", POINT])
            args.module.run(args)
        self.assertEqual(self.tried, [])
        self.assertFalse(os.path.exists(self.results))

    def test_one_point_is_asked_for(self) -> None:
        for words in ((), ("hugetlb",), ("hugetlb/private_cow",), ("a/b.c@2M", "a/b.d@2M"),
                      ("a/b.*@2M",)):
            with self.assertRaisesRegex(Refused, "name one point"):
                bisect.one_point(list(words))
        for text in ("0", "x", "1001", "-1"):
            with self.assertRaisesRegex(Refused, "--times is a number"):
                bisect.times(text)

    def test_what_the_points_do_not_show_is_what_became_of_it(self) -> None:
        point = {"name": POINT, "verdict": "pass", "reason": None, "diagnostics": {}}
        result = {"name": "hugetlb/private_cow@2M", "verdict": "pass", "reason": "why",
                  "points": [point]}
        complaint = {"between": [{"complaints": ["WARNING: it"]}]}
        for run, results, verdict in (
                ({}, [result], "pass"),
                ({}, [{**result, "verdict": "leak"}], "leak"),
                ({}, [{**result, "verdict": "kernel"}], "kernel"),
                ({}, [{**result, "verdict": "panic", "points": [], "rest": ["child_writes"],
                       "died": 1}, result], "panic"),
                ({}, [{**result, "verdict": "broken", "points": []}], "broken"),
                (complaint, [result], "kernel")):
            folder = tempfile.mkdtemp(dir=self.top)

            def record(path: str, _signals: Any, run: Any = run, results: Any = results) -> None:
                os.makedirs(path)
                with open(os.path.join(path, "run.json"), "w", encoding="ascii") as file:
                    json.dump({"format": 2, "plan": [], **run}, file)
                with open(os.path.join(path, "results.jsonl"), "w", encoding="ascii") as file:
                    file.writelines(json.dumps(each) + "\n" for each in results)
            with mock.patch.object(tried, "Series", return_value=mock.Mock(run=record)):
                said = tried.once({}, mock.Mock(), POINT, os.path.join(folder, "1"), mock.Mock())
            self.assertEqual(said.verdict, verdict)

    def test_the_status_of_a_try(self) -> None:
        for verdict, status in (("pass", 0), ("fail", 1), ("crash", 1), ("timeout", 1),
                                ("skip", 125), ("broken", 125), ("disturbed", 125)):
            self.assertEqual(tried.Outcome(verdict).status, status, verdict)
        with mock.patch.object(tried, "again", side_effect=Refused("no kernel")):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                asked = bisect.Asked("", "", "", POINT, 1, {}, self.results)
                self.assertEqual(bisect.try_kernel(asked), 125)
            self.assertEqual(out.getvalue(), f"skip: {POINT}: unknown: no kernel\n")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                self.assertEqual(bisect.try_kernel(replace(asked, as_json=True)), 125)
            found = json.loads(out.getvalue())
            self.assertEqual([*support.valid.wrong("lab-try", found)], [])
            self.assertEqual((found["word"], found["verdict"], found["reason"]),
                             ("skip", "unknown", "no kernel"))


if __name__ == "__main__":
    support.main()
