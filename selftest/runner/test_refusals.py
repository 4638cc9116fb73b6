#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad input: one clear line that names the problem and the solution, exit status 2, nothing
changed."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Dict, Tuple

import support
from runner.commands import runs
from runner.record import find_run
from runner.report.tally import Tally
from support import GOOD


class Words(support.Case):
    """Wrong arguments. All checks except that for root come before any change."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("good", GOOD)
        self.programs.add("other", GOOD, area="else")
        self.before = support.settings()

    def tearDown(self) -> None:
        self.assertEqual(support.settings(), self.before)
        self.assertFalse(os.path.exists(self.programs.results))

    def test_wrong_use(self) -> None:
        self.refused(self.programs.run("fumc"), "fumc")
        self.refused(self.programs.run("func", "--fast"), "--fast")
        self.refused(self.programs.run(), "COMMAND")

    @support.needs_root
    def test_names_that_are_not_there(self) -> None:
        for word in ("nothing", "bad/nothing", "bad/good.c", "z*", "", "../good"):
            with self.subTest(word):
                self.refused(self.programs.run("func", word), word)
        self.refused(self.programs.run("func", "good", "nothing"), "nothing", "list")
        self.refused(self.programs.run("func", "--area", "nowhere"), "nowhere", "bad, else")
        self.refused(self.programs.run("func", "--area", "else", "bad/good"), "bad/good")

    @support.needs_root
    def test_page_sizes_that_are_not_there(self) -> None:
        for word in ("3M", "2X", "0", "all,2M", "-1", "2M,,1G"):
            with self.subTest(word):
                self.refused(self.programs.run("func", f"--page-size={word}"), "page")
        self.refused(self.programs.run("func", "good@"), "not a page size")
        self.refused(self.programs.run("func", "good@3M"), "no huge pages of 3M")

    @support.needs_root
    def test_numbers_that_are_none(self) -> None:
        for option, word in (("--seed", "x"), ("--seed", "-3"), ("--seed", str(1 << 64)),
                             ("--time-scale", "0.5"), ("--time-scale", "nan"),
                             ("--time-scale", "fast")):
            with self.subTest(word):
                self.refused(self.programs.run("func", f"{option}={word}"), word)

    @support.needs_root
    def test_no_programs(self) -> None:
        shutil.rmtree(os.path.join(self.programs.path, "tests"))
        self.refused(self.programs.run("func"), "no programs", "make")
        os.mkdir(os.path.join(self.programs.path, "tests"))
        self.refused(self.programs.run("func"), "no programs", "make")

    @support.needs_root
    def test_no_root(self) -> None:
        done = self.programs.run("func", nobody=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, "not root: func .*sudo.*\n.*cannot write results")
        os.chmod(self.programs.path, 0o755)
        os.makedirs(self.programs.results)
        os.chmod(self.programs.results, 0o777)
        done = self.programs.run("func", nobody=True)
        self.assertRegex(done.stderr, "^run_tests.py: not root")
        self.assertNotIn("Traceback", done.stderr)
        self.assertRegex(done.stdout, r"\d+ passed, ")
        shutil.rmtree(self.programs.results)
        self.refused(self.programs.run("restore", nobody=True), "root", "sudo")
        for words in (("probe",), ("probe", "--json"), ("list",), ("list", "--json")):
            done = self.programs.run(*words, nobody=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)

    @support.needs_root
    def test_known_issues_that_are_wrong(self) -> None:
        good = {"id": "x", "points": ["bad/*"], "verdicts": ["fail"], "kernels": ["6.1.."],
                "machine": [], "reason": "r", "link": "doc/x"}
        path = os.path.join(self.programs.path, "known.json")
        wrong: Tuple[Any, ...] = (
            "{", "[]", '{"format": 4, "issues": []}', {"id": ""}, {"points": "bad"},
            {"verdicts": ["pass"]}, {"kernels": ["6.1"]}, {"kernels": ["new.."]},
            {"points": []})
        for entry in wrong:
            with self.subTest(str(entry)):
                text = entry if isinstance(entry, str) else json.dumps(
                    {"format": 1, "issues": [{**good, **entry}]})
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                self.refused(self.programs.run("func", "--known-issues", path), "known.json")
        self.refused(self.programs.run("func", "--known-issues", "/none"), "/none")
        self.refused(self.programs.run("func", "--known-issues", path, "--no-known-issues"),
                     "--no-known-issues", "leave out")


@support.needs_root
class Pool(support.Case):
    """A pool that cannot be obtained."""

    def test_it_ends_the_run_when_nothing_else_can_run(self) -> None:
        size = support.small_size()
        if not size:
            self.skipTest("needs huge pages")
        self.programs.add("huge", GOOD, page_sizes="hugetlb", needs=["hugetlb:900000000"])
        before = support.settings()
        done = self.programs.run("func", "--page-size", size)
        self.refused(done, "a pool that cannot be had", "needs 900000000 pages", "MB available")
        self.assertEqual(support.settings(), before)
        self.assertEqual(os.listdir(self.programs.results), [])

    def test_others_run_and_the_skip_has_the_figures(self) -> None:
        size = support.small_size()
        if not size:
            self.skipTest("needs huge pages")
        self.programs.add("huge", GOOD, page_sizes="hugetlb", needs=["hugetlb:900000000"])
        self.programs.add("small", GOOD, page_sizes="hugetlb", needs=["hugetlb:2"])
        done = self.programs.run("func", "--page-size", size)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.programs.record()[f"bad/small@{size}"]["verdict"], "pass")
        skipped = self.programs.record()[f"bad/huge@{size}"]
        self.assertEqual(skipped["verdict"], "skip")
        self.assertRegex(skipped["reason"],
                         rf"needs 900000000 pages of {size} = \d+ MB, \d+ MB available: free")
        self.assertIn(f"bad/huge@{size}", done.stdout.split("Skipped:")[1])


@support.needs_root
class Empty(support.Case):
    """A run in which everything was skipped is not a success."""

    def test_all_skipped(self) -> None:
        self.programs.add("skips", "print('1..0 # SKIP needs an unlikely thing')\n")
        done = self.programs.run("func")
        self.refused(done, "skipped", "--allow-all-skipped")
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 0 failed, 1 skipped")
        done = self.programs.run("func", "--allow-all-skipped")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_else_ends_a_run_so(self) -> None:
        """All points passed, and something is missing: skips do not matter then."""
        self.programs.add("good", GOOD)
        self.assertEqual(self.programs.run("func").returncode, 0)
        path = os.path.join(find_run("latest", self.programs.results), "run.json")
        with open(path, encoding="ascii") as file:
            run = json.load(file)
        with open(path, "w", encoding="ascii") as file:
            json.dump({**run, "plan": ["bad/good", "bad/good#x"]}, file)
        done = self.programs.run("func", "--resume", "latest")
        self.refused(done, "1 planned run without a result", "not complete")
        self.assertNotIn("skipped", done.stderr)
        for counts, said in ((Tally(passed=1, damaged=2), "2 damaged lines:"),
                             (Tally(damaged=1, missing=2),
                              "1 damaged line and 2 planned runs without a result"),
                             (Tally(known=1), "nothing passed"),
                             (Tally(skipped=1), "everything was skipped")):
            self.assertEqual(counts.status(), 2)
            self.assertIn(said, runs._incomplete(counts))


class Reports(support.Case):
    """Invalid records."""

    RUN = {"format": 1, "run": "x", "plan": ["bad/a"], "seed": 1, "kernel": {"release": "0"}}
    RESULT: Dict[str, Any] = {
        "name": "bad/a", "verdict": "pass", "points": [{"name": "bad/a.x", "verdict": "pass"}]}

    def _report(self, run: object, *lines: object) -> "subprocess.CompletedProcess[str]":
        folder = os.path.join(self.programs.results, "20200101-000000")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for name, values in (("run.json", [run]), ("results.jsonl", lines)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.writelines((v if isinstance(v, str) else json.dumps(v)) + "\n"
                                for v in values)
        return self.programs.run("report", "latest")

    def test_a_right_one_is_shown(self) -> None:
        done = self._report(self.RUN, self.RESULT)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[-1], "1 passed, 0 failed, 0 skipped")

    def test_wrong_ones_are_refused(self) -> None:
        self.refused(self.programs.run("report", "latest"), "no results")
        self.refused(self.programs.run("report", "20991231-000000"), "20991231")
        for run in ("{", "[]", {"format": 3, "plan": []}, {"format": 1}, "[" * 100000):
            with self.subTest(ascii(run)[:20]):
                self.refused(self._report(run, self.RESULT), "run.json")
        for line in ("x", "[]", "3", {"name": 3}, {**self.RESULT, "verdict": "good"},
                     {**self.RESULT, "points": [{}]}, {**self.RESULT, "points": 3},
                     {**self.RESULT, "counters": 1}, "\x00", "[" * 100000,
                     {**self.RESULT, "counters": {"delta": {"a": "b"}}},
                     {**self.RESULT, "points": [{"name": "a", "verdict": "pass",
                                                 "diagnostics": 3}]}):
            with self.subTest(ascii(line)[:40]):
                self.refused(self._report(self.RUN, self.RESULT, line), "line 2")
        os.unlink(os.path.join(self.programs.results, "20200101-000000", "results.jsonl"))
        self.refused(self.programs.run("report", "latest"), "results.jsonl")

    @support.needs_root
    def test_a_run_of_another_kernel_is_not_resumed(self) -> None:
        self.programs.add("good", GOOD)
        self._report(self.RUN)
        self.refused(self.programs.run("func", "--resume", "latest"), "kernel 0")


class Setup(support.Case):
    """scripts/setup, with a fake package manager."""

    def _setup(self, apt_get: str) -> "subprocess.CompletedProcess[str]":
        folder = os.path.join(self.programs.path, "bin")
        os.makedirs(folder, exist_ok=True)
        for name, text in (("apt-get", apt_get), ("dpkg-query", "exit 1")):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\necho \"$*\" >> {self.programs.path}/asked\n{text}\n")
            os.chmod(path, 0o755)
        return subprocess.run(
            ["sh", os.path.join(support.TOP, "scripts", "setup")], timeout=60, check=False,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}",
                 "HUGEPROOF_SETUP_SECONDS": "1"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    @support.needs_root
    def test_a_mirror_that_hangs(self) -> None:
        """A download that makes no progress is ended, with one line of error."""
        done = self._setup('case "$*" in *--download-only*) exec sleep 50;; esac')
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        self.assertIn("apt-get was ended after 1 s: does the mirror answer?", done.stderr)

    @support.needs_root
    def test_installing_has_no_limit(self) -> None:
        """Half-installed packages would be worse than waiting."""
        done = self._setup('case "$*" in *--no-download*) sleep 3;; esac')
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    support.main()
