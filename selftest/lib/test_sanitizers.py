#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Library and programs under AddressSanitizer and UndefinedBehaviorSanitizer.

A second build (tests/sanitize.mk) runs the selftests of the library and functional tests.
A sample of the tests; all of them with $HUGEPROOF_SANITIZED=all (make check-sanitizers).
"""
from __future__ import annotations

import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from fnmatch import fnmatchcase
from typing import Any, Dict, List

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, TOP]

from tap.runner import TAPTestRunner  # noqa: E402

from runner.verdicts import BAD  # noqa: E402

BUILD = os.environ.get("abs_top_builddir") or TOP
SANITIZED = os.path.join(BUILD, "sanitized")
ALL = os.environ.get("HUGEPROOF_SANITIZED") == "all"
OWN = ("loads", "bad_cases", "misraces", "overruns", "bad_pool_cases")
# One or two programs for each part of lib/fixture, lib/model and lib/observe; test_frame.py runs
# hugetlb/overcommit.
SAMPLE = (
    "hugetlb/accounting", "hugetlb/accounting_fork", "hugetlb/cgroup", "hugetlb/core_dump",
    "hugetlb/execute", "hugetlb/mount_size", "hugetlb/overcommit", "hugetlb/pagemap",
    "hugetlb/private_cow", "hugetlb/smaps", "hugetlb/splice", "hugetlb/sysv", "pin/buffers",
    "pin/file", "pin/vmsplice",
    "pmdshare/one_table", "thp/advice", "thp/fault", "thp/sizes", "thp/split_folio",
    "tmpfs/accounting", "tmpfs/holes", "tmpfs/mount_option", "uffd/events", "uffd/hugetlb",
    "uffd/race", "uffd/write_protect")
# Checks that cannot hold in a process with a sanitizer, and why.
_NO_LOCKS = "AddressSanitizer makes mlock do nothing: its shadow would be locked as well"
_ITS_PAGES = ("it counts its own RssShmem to the page, and instrumented code touches the memory "
              "that the processes of a case share at other moments")
UNFIT = {
    "hugetlb/mlock.*": _NO_LOCKS, "thp/collapse.locked": _NO_LOCKS, "uffd/move.unlike": _NO_LOCKS,
    "tmpfs/recovery.*": _ITS_PAGES,
}
REPORT = re.compile(r"AddressSanitizer|runtime error:")
ROOT = os.geteuid() == 0


def _environment() -> Dict[str, str]:
    # The make that runs this test passes on its jobs and its TESTS.
    return {key: value for key, value in os.environ.items()
            if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}


def _call(*argv: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1500,
                          check=False, encoding="utf-8", errors="replace",
                          env={**_environment(), **more})


def compiler() -> List[str]:
    """The compiler of the build, for which the sanitizers' libraries must be installed."""
    try:
        with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
            found = re.search(r"^CC = (.+)$", file.read(), re.MULTILINE)
    except OSError:
        found = None
    return shlex.split(found.group(1)) if found else ["cc"]


def why_not() -> str:
    """Why nothing can be built; empty if it can."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "x.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("int main(void) { return 0; }\n")
        can = _call(*compiler(), "-fsanitize=address,undefined", "-o", os.path.join(folder, "x"),
                    source)
    return "needs the compiler's libraries libasan and libubsan" if can.returncode else ""


def build() -> None:
    """Builds what is run. Raises RuntimeError with the output of make."""
    programs = ["sanitized"] if ALL else [f"sanitized/tests/{name}" for name in SAMPLE]
    made = _call("make", "-s", "-j", str(len(os.sched_getaffinity(0))), "-C", BUILD, *programs,
                 *(f"sanitized/selftest/lib/{name}" for name in OWN))
    if made.returncode:
        raise RuntimeError(made.stdout)


def bad(judged: List[Dict[str, Any]]) -> List[str]:
    """Failed and broken points that are neither known nor unfit; a line for each."""
    return [f"{one['name']}: {one['verdict']}: {one['reason']}" for one in judged
            if one["verdict"] in BAD and not one["known"]
            and not any(fnmatchcase(one["name"].partition("@")[0], name) for name in UNFIT)]


class Library(unittest.TestCase):
    """The selftests of lib/ on programs that a sanitizer watches."""

    def test_reports_are_seen(self) -> None:
        """A finding of a sanitizer ends the process, also a child, and so the case."""
        for case, words in (("heap", "heap-buffer-overflow"),
                            ("integer", "signed integer overflow")):
            done = _call(os.path.join(SANITIZED, "selftest", "lib", "overruns"), "--case", case)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stdout, "got: .*killed by SIGABRT")
            self.assertRegex(done.stdout, REPORT)
            self.assertIn(words, done.stdout)

    def _passes(self, name: str) -> None:
        done = _call("/usr/bin/python3", "-B", os.path.join(HERE, name), abs_top_builddir=SANITIZED)
        self.assertNotRegex(done.stdout, REPORT)
        self.assertEqual(done.returncode, 0, "\n".join(
            line for line in done.stdout.splitlines() if not line.startswith("ok")))

    def test_frame(self) -> None:
        """The frame, and the fixtures of the pool."""
        self._passes("test_frame.py")

    def test_race(self) -> None:
        """The race engine and its oracle."""
        self._passes("test_race.py")

    def test_load(self) -> None:
        """The engine of the loads."""
        self._passes("test_load.py")


@unittest.skipUnless(ROOT, "needs root")
class Tests(unittest.TestCase):
    """Functional tests."""

    def test_func(self) -> None:
        """No report, no crash, and no failure except of what is unfit."""
        results = tempfile.mkdtemp(prefix="hugeproof-sanitized-", dir="/run")
        self.addCleanup(shutil.rmtree, results)
        # A sanitizer makes programs three times as slow.
        done = _call("/usr/bin/python3", "-B", os.path.join(TOP, "run_tests.py"), "func",
                     "--programs", SANITIZED, "--results", results, "--time-scale", "3",
                     *([] if ALL else SAMPLE))
        for path in glob.glob(os.path.join(results, "*", "out", "*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                self.assertNotRegex(file.read(), REPORT, path)
        records: List[Dict[str, Any]] = []
        for path in glob.glob(os.path.join(results, "*", "results.jsonl")):
            with open(path, encoding="utf-8") as file:
                records += map(json.loads, file)
        points = [point for record in records for point in record["points"]]
        self.assertTrue(any(point["verdict"] == "pass" for point in points), done.stdout)
        judged = [*(r for r in records if not r["points"]), *points]
        for one in judged:
            if one["verdict"] == "unknown":
                print(f"# {one['name']}: unknown: {one['reason']}")
        self.assertEqual(bad(judged), [])


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit()
    build()
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(c) for c in (Library, Tests))
    sys.exit(not runner.run(suite).wasSuccessful())
