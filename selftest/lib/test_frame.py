#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the C library makes of programs that do wrong (misdeeds.c, pool_misdeeds.c)."""
from __future__ import annotations

import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from io import StringIO
from typing import Any, Dict, List, NamedTuple, Optional

from tap.parser import Parser
from tap.runner import TAPTestRunner

BUILD = os.environ.get("abs_top_builddir") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOURNAL = "/run/hugeproof/journal"
ROOT = os.geteuid() == 0


class Point(NamedTuple):
    """A line of TAP and its YAML."""

    ok: bool
    skip: str
    yaml: Dict[str, Any]


class Run(NamedTuple):
    """What a program answered."""

    status: int
    points: Dict[str, Point]
    bail: Optional[str]
    skip_all: Optional[str]
    text: str


def program(name: str) -> str:
    """Path of a program of this folder."""
    return os.path.join(BUILD, "selftest", "lib", name)


def run(name: str, *cases: str, options: Optional[List[str]] = None) -> Run:
    """Runs cases of a program and reads its TAP."""
    argv = [program(name)] + (options or [])
    for case in cases:
        argv += ["--case", case]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          check=False, universal_newlines=True)
    points: Dict[str, Point] = {}
    bail = skip_all = None
    for line in Parser().parse(StringIO(done.stdout)):
        if line.category == "test":
            reason = line.directive.reason or "" if line.skip else ""
            points[line.description[2:]] = Point(line.ok, reason, line.yaml_block or {})
        elif line.category == "bail":
            bail = line.reason
        elif line.category == "plan" and line.skip:
            skip_all = line.directive.reason
    return Run(done.returncode, points, bail, skip_all, done.stdout)


class Judged(unittest.TestCase):
    """Reads a failed point."""

    def failed(self, case: str, name: str = "misdeeds") -> Dict[str, Any]:
        """The YAML of a case that must have failed."""
        done = run(name, case)
        self.assertEqual(done.status, 1, done.text)
        self.assertFalse(done.points[case].ok, done.text)
        return done.points[case].yaml


class FrameTest(Judged):
    """Cases, checks, ends."""

    def test_pass(self) -> None:
        """A good case passes, and exit status 0 says so."""
        done = run("misdeeds", "passes")
        self.assertEqual((done.status, done.points["passes"].ok), (0, True))
        self.assertTrue(done.text.startswith("TAP version 14\n1..1\n"))

    def test_checks(self) -> None:
        """Every check tells place, expected and got."""
        for case, expected, got in (
                ("unequal", "3", "2"), ("wrong_errno", "EINVAL", "EBADF"),
                ("out_of_range", "6 to 7", "5"), ("in_thread", "8", "7"),
                ("never_true", "true within 0.05 s", "still false"),
                ("in_child", "true", "false")):
            yaml = self.failed(case)
            self.assertEqual((str(yaml["expected"]), str(yaml["got"]), yaml["kind"]),
                             (expected, got, "check"), case)
            self.assertRegex(yaml["at"], r"^selftest/lib/misdeeds\.c:\d+$")
        self.assertIn("success", self.failed("no_errno")["got"])

    def test_step(self) -> None:
        """The step of the process that failed is told."""
        self.assertEqual(self.failed("unequal")["step"], "adds one and one")
        self.assertEqual(self.failed("in_child")["step"], "the child checks")

    def test_crash(self) -> None:
        """A crash tells signal, address and step."""
        yaml = self.failed("crashes")
        self.assertEqual(yaml["kind"], "crash")
        self.assertRegex(yaml["got"], r"SIGSEGV \(code 1\) at 0x10")
        self.assertEqual(yaml["step"], "writes where nothing is")
        self.assertRegex(self.failed("child_killed")["got"], "SIGSEGV .* at 0x10")

    def test_exit_in_the_middle(self) -> None:
        """A case that calls exit(0) has not passed."""
        self.assertEqual(self.failed("leaves")["kind"], "crash")

    def test_hang(self) -> None:
        """A case that hangs is ended at its limit, with what it was doing."""
        began = time.monotonic()
        yaml = self.failed("hangs")
        self.assertEqual(yaml["kind"], "timeout")
        self.assertIn("waits for nothing", yaml["got"])
        self.assertGreaterEqual(time.monotonic() - began, 1)

    def test_no_deadlock(self) -> None:
        """A meeting to which nobody can come any more fails before the time limit."""
        for case in ("peer_dies", "deadlock"):
            yaml = self.failed(case)
            self.assertEqual(yaml["kind"], "check", yaml)
            self.assertIn("1 of 2 came", yaml["got"])

    def test_processes_end(self) -> None:
        """Processes that a case leaves behind are gone when the program is."""
        done = run("misdeeds", "leaves_processes")
        self.assertTrue(done.points["leaves_processes"].ok, done.text)
        left = subprocess.run(["pgrep", "-x", "misdeeds"], stdout=subprocess.PIPE, check=False)
        self.assertEqual(left.stdout, b"")

    def test_goes_on(self) -> None:
        """After a crash, a hang and a failure the next case runs."""
        done = run("misdeeds", "crashes", "hangs", "unequal", "passes")
        self.assertEqual([done.points[c].ok for c in ("crashes", "hangs", "unequal", "passes")],
                         [False, False, False, True])

    def test_bail(self) -> None:
        """A set-up that fails ends its case as broken, and nothing else."""
        done = run("misdeeds", "bails", "passes")
        self.assertEqual((done.status, done.bail), (1, None))
        self.assertEqual([done.points[c].ok for c in ("bails", "passes")], [False, True])
        yaml = done.points["bails"].yaml
        self.assertEqual((yaml["kind"], yaml["got"], yaml["check"]),
                         ("broken", "there is no luck", "false"))
        self.assertRegex(yaml["at"], r"misdeeds\.c:\d+$")

    def test_short_of_memory(self) -> None:
        """For want of memory a case is tried three times and then skipped, with figures."""
        done = run("misdeeds", "short_of_memory", "passes")
        self.assertEqual((done.status, done.points["passes"].ok), (0, True))
        point = done.points["short_of_memory"]
        self.assertRegex(point.skip, r"^wanted 3 pages, got 2; \d+ free blocks of 64 kB, also "
                         r"after compaction \(3 tries\)$")
        self.assertEqual(point.yaml["tries"], ["wanted 3 pages, got 2"] * 2)

    def test_short_of_memory_once(self) -> None:
        """What comes at the second try passes, and the record keeps the first."""
        point = run("misdeeds", "short_once").points["short_once"]
        self.assertEqual((point.ok, point.skip), (True, ""))
        self.assertEqual(point.yaml["tries"], ["nothing to be had"])

    def test_disturbed(self) -> None:
        """What others disturb at every try accuses nobody; once is told."""
        yaml = self.failed("disturbed")
        self.assertEqual((yaml["kind"], len(yaml["tries"])), ("disturbed", 2))
        self.assertIn("somebody moved it by 3", yaml["got"])
        done = run("misdeeds", "disturbed_once")
        self.assertEqual((done.status, done.points["disturbed_once"].ok), (0, True))
        self.assertIn("somebody moved it", done.points["disturbed_once"].yaml["tries"][0])

    def test_unmoved(self) -> None:
        """A page that was not where it had been: a failure, unless pages were migrated."""
        yaml = self.failed("never_unmoved")
        self.assertEqual(yaml["kind"], "check")

    def test_a_setting_changed_by_another(self) -> None:
        """It is left as the other one set it; the case is tried again without him."""
        path = "/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs"
        if not os.access(path, os.W_OK):
            self.skipTest("needs transparent huge pages, and root")
        with open(path, encoding="ascii") as file:
            before = file.read()
        try:
            point = run("misdeeds", "setting_changed").points["setting_changed"]
            with open(path, encoding="ascii") as file:
                self.assertEqual(file.read(), "54321\n")
            self.assertTrue(point.ok)
            self.assertIn("54321", point.yaml["tries"][0])
        finally:
            with open(path, "w", encoding="ascii") as file:
                file.write(before)

    def test_skip(self) -> None:
        """A case can skip itself."""
        done = run("misdeeds", "skips")
        self.assertEqual((done.status, done.points["skips"].skip), (0, "needs luck: wait"))

    def test_observed(self) -> None:
        """What was observed is reported."""
        yaml = run("misdeeds", "observes").points["observes"].yaml
        self.assertEqual(yaml["observed"], {"outcome": "number 2"})

    def test_wrong_use(self) -> None:
        """Wrong options get one line and exit status 2."""
        for options in (["--case", "none"], ["--seed", "x"], ["--param", "nope=1"], ["--bogus"],
                        ["word"], ["--page-size", "2M"], ["--param", "novalue"]):
            done = run("misdeeds", options=options)
            self.assertEqual((done.status, done.text.count("\n")), (2, 1), done.text)

    def test_describe(self) -> None:
        """--describe is the JSON of doc/formats.md, in the order of the source."""
        done = run("misdeeds", options=["--describe"])
        text = json.loads(done.text)
        self.assertEqual((text["format"], text["area"], text["name"], text["seconds"]),
                         (1, "lib", "misdeeds", 1))
        self.assertEqual([case["name"] for case in text["cases"]][:3],
                         ["passes", "unequal", "wrong_errno"])
        self.assertEqual(text["params"][0]["name"], "file")


@unittest.skipUnless(ROOT, "needs root")
class UndoTest(unittest.TestCase):
    """Settings come back, whatever happens to the case or the program."""

    def setUp(self) -> None:
        with tempfile.NamedTemporaryFile("w", dir="/run", delete=False) as file:
            file.write("before")
        self.path = file.name
        self.addCleanup(os.unlink, self.path)

    def content(self) -> str:
        """What the stand-in for a setting holds, to the length of the last value written."""
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def test_case_killed(self) -> None:
        """The setting of a case killed by SIGKILL is restored, and the journal gone."""
        run("misdeeds", "changes_setting", options=["--param", f"file={self.path}"])
        self.assertTrue(self.content().startswith("before"))
        self.assertEqual(glob.glob(f"{JOURNAL}/misdeeds.*"), [])

    def start_and_wait(self) -> "subprocess.Popen[bytes]":
        """A program that has changed its setting and hangs."""
        child = subprocess.Popen(
            [program("misdeeds"), "--case", "changes_and_hangs", "--param", f"file={self.path}"],
            stdout=subprocess.DEVNULL, env=dict(os.environ, HUGEPROOF_TIME_SCALE="60"))
        deadline = time.monotonic() + 10
        while not self.content().startswith("changed") and time.monotonic() < deadline:
            time.sleep(0.001)
        self.assertTrue(self.content().startswith("changed"))
        return child

    def test_program_stopped(self) -> None:
        """SIGTERM and SIGINT to the program restore the setting."""
        for number in (signal.SIGTERM, signal.SIGINT):
            child = self.start_and_wait()
            child.send_signal(number)
            self.assertEqual(child.wait(10), 2)
            self.assertTrue(self.content().startswith("before"))

    def test_program_killed(self) -> None:
        """After SIGKILL of the program the journal tells the way back, and `restore` goes it."""
        child = self.start_and_wait()
        child.kill()
        child.wait()
        journals = glob.glob(f"{JOURNAL}/misdeeds.{child.pid}")
        self.assertEqual(len(journals), 1)
        with open(journals[0], encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual((lines[0]["format"], lines[0]["pid"]), (1, child.pid))
        self.assertEqual(lines[1], {"undo": "write", "path": self.path, "value": "before"})
        top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        subprocess.run([sys.executable, os.path.join(top, "run_tests.py"), "restore"],
                       stdout=subprocess.DEVNULL, check=True)
        self.assertTrue(self.content().startswith("before"))
        self.assertEqual(glob.glob(f"{JOURNAL}/misdeeds.*"), [])


def pools() -> Dict[str, str]:
    """Every counter of every pool."""
    found = {}
    for path in glob.glob("/sys/kernel/mm/hugepages/*/*_hugepages"):
        try:
            with open(path, encoding="ascii") as file:
                found[path] = file.read()
        except OSError:
            pass
    return found


@unittest.skipUnless(ROOT and pools(), "needs root and huge pages")
class PoolTest(Judged):
    """Huge pages: contents, faults, counters."""

    def setUp(self) -> None:
        before = pools()
        self.addCleanup(lambda: self.assertEqual(pools(), before))

    def test_contents(self) -> None:
        """Each wrong word is named with its page, byte, expected and found tag."""
        for case, expected, got in (
                ("wrong_tag", r"tag 'a' of offset 0x\w+", r"tag 'b' of .*page 1, byte 0 of it"),
                ("one_byte", r"tag 'a'", r"page 1, byte 0x\w+00 of it"),
                ("misplaced", r"of offset 0x3000", r"tag 'a' of offset 0x5000"),
                ("not_zero", r"zero", r"0x01")):
            yaml = self.failed(case, "pool_misdeeds")
            self.assertRegex(yaml["expected"], expected)
            self.assertRegex(yaml["got"], got)

    def test_faults(self) -> None:
        """A fault that does not come, or comes otherwise, fails the check."""
        self.assertEqual(self.failed("no_fault", "pool_misdeeds")["got"], "no signal")
        self.assertIn("SIGSEGV", self.failed("other_fault", "pool_misdeeds")["got"])

    def test_counters(self) -> None:
        """A wrong count is told with all of the pool."""
        yaml = self.failed("wrong_count", "pool_misdeeds")
        self.assertRegex(yaml["got"], r"Total \d+ Free \d+ Rsvd 1 Surp 0")

    def test_leak(self) -> None:
        """Pages kept beyond the case are a leak, named by counter."""
        done = run("pool_misdeeds", "keeps_pages")
        segment = re.search(r"# segment (\d+)", done.text)
        assert segment
        subprocess.run(["ipcrm", "-m", segment.group(1)], check=True)
        yaml = done.points["keeps_pages"].yaml
        self.assertEqual((done.status, yaml["kind"]), (1, "leak"))
        self.assertRegex(yaml["got"], r"hugetlb\.\w+\.rsvd 1 \(was 0\)")
        # The program could not take its pages back out while the segment held one.
        # It asked for the old size: what it could not free became surplus, now gone.

    def test_leaker_is_named(self) -> None:
        """Who needs the pool to itself is told who left it otherwise, where that is known."""
        segment = re.search(r"# segment (\d+)", run("pool_misdeeds", "keeps_pages").text)
        assert segment
        try:
            for leaked, words in (
                    ("", r"but of \d+ pages \d+ are in use"),
                    ("hugetlb/x: hugetlb.12K.free -2", r"but of \d+ pages \d+ are in use"),
                    ("a/b: hugetlb.12K.free -2, hugetlb/x@2M: hugetlb.2M.rsvd +3",
                     r"but hugetlb/x@2M left 3 pages reserved"),
                    ("hugetlb/x@2M: hugetlb.2M.free -1", r"but hugetlb/x@2M left 1 page in use")):
                done = subprocess.run(
                    [os.path.join(BUILD, "tests/hugetlb/overcommit"), "--page-size", "2M"],
                    stdout=subprocess.PIPE, env=dict(os.environ, HUGEPROOF_LEAKED=leaked),
                    check=True, encoding="ascii")
                self.assertRegex(done.stdout, "SKIP needs the pool to itself, " + words)
        finally:
            subprocess.run(["ipcrm", "-m", segment.group(1)], check=True)

    def test_pool_restored(self) -> None:
        """A pool resized by a case that is killed has its old size again."""
        self.assertEqual(self.failed("resizes_and_dies", "pool_misdeeds")["got"],
                         "killed by SIGKILL")

    def test_leave(self) -> None:
        """hp_pool_leave does what it says."""
        self.assertEqual(run("pool_misdeeds", "leaves_exactly").status, 0)

    def test_no_such_size(self) -> None:
        """A page size that the kernel lacks is one line and exit status 2."""
        done = run("pool_misdeeds", options=["--page-size", "12K"])
        self.assertEqual((done.status, done.text.count("\n")), (2, 1), done.text)


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(c)
        for c in (FrameTest, UndoTest, PoolTest))
    sys.exit(not runner.run(suite).wasSuccessful())
