#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A few representative programs on a disturbed machine, and the disturber itself.

The whole suite under every kind, several times, is `make check-disturbed`.
"""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Dict, List

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "runner"), HERE]

import support  # noqa: E402
import check_disturbed as check  # noqa: E402
from check_disturbed import Disturber  # noqa: E402

BUILDS = os.environ.get("abs_top_builddir") or support.TOP
PROGRAM = os.path.join(BUILDS, "selftest/disturb/disturb")
TELLING = ("hugetlb/accounting", "hugetlb/overcommit", "hugetlb/private_cow",
           "hugetlb/punch_hole", "pin/vmsplice", "thp/advice", "thp/collapse", "thp/fault",
           "thp/sizes", "tmpfs/holes", "uffd/missing")
# Only kinds that leave the machine usable for others.
ALL = ",".join(kind for kind in check.KINDS if kind != "memory")
ALONE = ("hugetlb", "khugepaged", "ksm", "cache")
PATIENCE_S = 20.0


def vmstat(key: str) -> int:
    """A counter of /proc/vmstat."""
    with open("/proc/vmstat", encoding="ascii") as file:
        return int(dict(line.split() for line in file)[key])


def words() -> List[str]:
    """What is run: the programs, with the smallest size of huge pages."""
    size = support.small_size()
    return [*(["--page-size", size] if size else []), *TELLING]


@support.needs_pool
class Itself(unittest.TestCase):
    """The disturber disturbs, refuses bad input, and leaves nothing behind."""

    def setUp(self) -> None:
        self.before = check.machine()

    def tearDown(self) -> None:
        self.assertEqual(check.changes(self.before, PATIENCE_S), [])

    def test_refuses(self) -> None:
        """Bad input is one clear line and status 2."""
        cases: Dict[str, List[str]] = {
            "which kinds": [], "no kind 'nonsense'": ["nonsense"],
            "no kind ''": ["burn,"], "no kind 'Burn'": ["Burn"],
            "kinds must be one word": ["burn", "ksm"],
            "--seconds x": ["burn", "--seconds", "x"],
            "--seconds -1": ["burn", "--seconds", "-1"],
            "--seconds 0": ["burn", "--seconds", "0"],
            "--seconds nan": ["burn", "--seconds", "nan"],
            "--pool 1.5": ["burn", "--pool", "1.5"],
            "--after ": ["burn", "--after", ""],
            "--pages 0": ["burn", "--pages", "0"],
            "--nonsense": ["burn", "--nonsense"],
            "--seconds:": ["burn", "--seconds"]}
        for said, arguments in cases.items():
            with self.subTest(arguments=arguments):
                done = subprocess.run([PROGRAM, *arguments], timeout=60, check=False,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, encoding="utf-8")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn(said, done.stderr)

    def test_ends_by_itself(self) -> None:
        """When its time is over it prints what it did."""
        disturber = Disturber(BUILDS, "hugetlb,tmpfs", "--seconds", "0.5")
        self.assertEqual(disturber.child.wait(PATIENCE_S), 0)
        disturber.end()
        for kind in ("hugetlb", "tmpfs"):
            self.assertGreater(disturber.figures().get(kind, 0), 0, disturber.lines)

    def test_pool(self) -> None:
        """--pool adds that many pages to the pool."""
        paths = [path for path in self.before if path.endswith("/nr_hugepages")]
        disturber = Disturber(BUILDS, "neighbour", "--pool", "7")
        try:
            self.assertIn("7", [check.machine()[path] for path in paths])
        finally:
            disturber.end()

    def _changed(self) -> None:
        now = check.machine()
        self.assertNotEqual({path: now[path] for path in self.before}, self.before)

    def test_killed(self) -> None:
        """After a SIGKILL its children are gone and every setting is restored."""
        disturber = Disturber(BUILDS, "khugepaged,thp-always,ksm,hugetlb,neighbour,admin",
                              "--after", "0")
        deadline = time.monotonic() + PATIENCE_S
        while len(disturber.by_hand()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        self._changed()
        disturber.child.send_signal(signal.SIGKILL)
        disturber.end()
        self.assertEqual(check.changes(self.before, PATIENCE_S), [])

    def test_parent_dies(self) -> None:
        """It does not outlive the process that started it."""
        parent = subprocess.Popen(
            ["/usr/bin/python3", "-c", "import subprocess, sys, time\n"
             f"subprocess.Popen([{PROGRAM!r}, 'khugepaged,hugetlb'])\ntime.sleep(600)"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8")
        assert parent.stdout
        self.assertIn("disturbing: khugepaged,hugetlb (pid ", parent.stdout.readline())
        self._changed()
        parent.kill()
        # The last process that has the pipe open restores everything.
        parent.communicate(timeout=PATIENCE_S)
        self.assertEqual(check.changes(self.before, 0), [])

    def test_administrator(self) -> None:
        """Changes of the administrator are restored, except where another process changed the
        setting since."""
        path = f"{check.THP}/khugepaged/max_ptes_none"
        if path not in self.before:
            self.skipTest("no khugepaged")
        disturber = Disturber(BUILDS, "admin", "--after", "0")
        try:
            deadline = time.monotonic() + PATIENCE_S
            while path not in disturber.by_hand() and time.monotonic() < deadline:
                time.sleep(0.02)
            with open(path, "w", encoding="ascii") as file:
                file.write("17")
        finally:
            disturber.end()
        self.assertEqual(check.changes(self.before, 2), [
            f"{path}: {self.before[path]} -> 17"])
        self.assertTrue([line for line in disturber.lines if line.endswith("is 17: left so")],
                        disturber.lines)
        check.put_back(self.before, [path])


class Kept(unittest.TestCase):
    """The table sums the runs of several calls."""

    def test_runs_of_earlier_calls(self) -> None:
        """A run that was kept counts as it did when it was run."""
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-") as out:
            for wrong, passed in (([], 7), (["fail a/b: no luck"], 5)):
                outcome = check.Outcome("ksm", 3.0, other=list(wrong),
                                        kept={"pass": passed, "known": 2})
                check.keep(outcome, check.new_folder(out, "ksm"))
            self.assertEqual(sorted(os.listdir(out)), ["ksm-1", "ksm-2"])
            head, row = check.rows(check.kept(out))
            found = dict(zip(head, row))
            self.assertEqual([found[column] for column in
                              ("disturbance", "runs", "wrong", "pass", "known", "fail", "s")],
                             ["ksm", "2", "1", "12", "4", "0", "3"])

    def test_what_is_no_outcome(self) -> None:
        """A truncated file is refused, and not left out of the table."""
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-") as out:
            os.mkdir(os.path.join(out, "ksm-1"))
            with open(os.path.join(out, "ksm-1", check.OUTCOME), "w", encoding="ascii") as file:
                file.write('{"kinds": "ksm"')
            with self.assertRaisesRegex(check.Refused, "is no outcome of a run"):
                check.kept(out)


@support.needs_pool
class Suite(unittest.TestCase):
    """The suite has the same verdicts on a disturbed machine as on a quiet one."""

    maxDiff = None
    quiet: check.Outcome
    folder: "tempfile.TemporaryDirectory[str]"

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        cls.addClassCleanup(cls.folder.cleanup)
        before = check.machine()
        cls.quiet = check.suite(BUILDS, os.path.join(cls.folder.name, check.QUIET), words())
        cls.quiet.other += check.changes(before)

    def _under(self, kinds: str, *options: str) -> check.Outcome:
        name = "all" if "," in kinds else kinds
        outcome = check.disturbed(BUILDS, os.path.join(self.folder.name, name), kinds, words(),
                                  self.quiet, options)
        wrong = check.troubles(outcome)
        self.assertFalse(wrong, "\n".join(["", *wrong, *outcome.figures]))
        self.assertGreater(outcome.count("pass"), 0)
        rounds = {line.partition(":")[0]: line.partition(": ")[2].split()[0]
                  for line in outcome.figures if " rounds" in line}
        for kind in kinds.split(","):
            # The disturber reports what this machine does not have.
            if not any(f"without {kind}: " in line for line in outcome.figures):
                self.assertGreater(int(rounds.get(kind, "0")), 0, (kind, outcome.figures))
        return outcome

    def test_quiet(self) -> None:
        """The quiet run, with which the others are compared."""
        self.assertEqual(self.quiet.other, [])
        self.assertEqual([item for item in self.quiet.items if check.is_wrong(item)], [])

    @unittest.skipUnless("HUGEPROOF_DISTURB_LONG" in os.environ, "of the long form")
    def test_all(self) -> None:
        """All kinds at once, with the kernel's own counters as evidence."""
        counters = ("compact_migrate_scanned", "drop_pagecache", "thp_file_alloc")
        before = {key: vmstat(key) for key in counters}
        try:
            self._under(ALL, "--after", "1")
        finally:
            after = {key: vmstat(key) for key in counters}
        for key in counters:
            self.assertGreater(after[key], before[key], key)


def _alone(kind: str) -> None:
    def test(self: Suite) -> None:
        self._under(kind)
    test.__doc__ = f"Under {kind} alone."
    setattr(Suite, f"test_{kind.replace('-', '_')}", test)


# Other users of the pool and all at once are judged by the long form, make check-disturbed.
LONG = ("hugetlb",)
for _kind in ALONE:
    if _kind not in LONG or "HUGEPROOF_DISTURB_LONG" in os.environ:
        _alone(_kind)

if __name__ == "__main__":
    support.main()
