#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the declarations of programs without running them."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest

from tap.runner import TAPTestRunner

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("abs_top_builddir") or TOP
sys.path.insert(0, TOP)

from runner.programs import ROOMS, describe, find  # noqa: E402
from runner.run import Signals  # noqa: E402
from runner.sources import texts  # noqa: E402
from runner.tags import derived  # noqa: E402


def declared(*options: str, program: str = "misdeclared",
             **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program whose declarations are set by its environment."""
    return subprocess.run([os.path.join(BUILD, "selftest", "lib", program), *options],
                          env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)


class Declared(unittest.TestCase):
    """Right and wrong declarations."""

    def refused(self, why: str, program: str = "misdeclared", **environment: str) -> None:
        """Expects only one line of error, whatever the program is asked for."""
        for option in (["--describe"], ["--list"], []):
            done = declared(*option, program=program, **environment)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, "", f"lib/{program}: the program is wrong: {why}\n"))

    def test_every_program(self) -> None:
        """Every program that was built describes itself, and its two forms of sources agree."""
        signals = Signals()
        self.addCleanup(signals.close)
        programs = find(BUILD, list(ROOMS))
        self.assertGreater(len(programs), 100)
        for program in programs:
            with self.subTest(program=program.path):
                describe(program, signals, time_scale=10)
                self.assertIsNone(program.broken)
                self.assertEqual("; ".join(texts(program.sources)), program.source)
                self.assertNotEqual(program.source, "")
                # What follows from the rest is not declared as well.
                self.assertEqual([tag for tag in [*program.tags, *sum(
                    program.case_tags.values(), [])] if tag in derived(program)], [])

    def test_sources(self) -> None:
        """A source is of a kind that is known, and its value is of that kind's form."""
        commit = "0123456789ab"
        for kind, value, about, text in (
                ("commit", commit, "a: title", f'commit {commit} ("a: title")'),
                ("title", "a: title", "2010", '"a: title", 2010'),
                ("lore", "a.b@c", "a: title", 'https://lore.kernel.org/r/a.b@c ("a: title")'),
                ("man", "mmap(2)", "MAP_FIXED", "mmap(2), MAP_FIXED"),
                ("doc", "Documentation/mm/hmm.rst", None, "Documentation/mm/hmm.rst"),
                ("code", "mm/hugetlb.c", "hugetlb_wp()", "mm/hugetlb.c, hugetlb_wp()"),
                ("kselftest", "mm/cow", None, "kselftest mm/cow"),
                ("ltp", "hugemmap01", None, "LTP hugemmap01"),
                ("libhugetlbfs", "counters", None, "libhugetlbfs counters")):
            with self.subTest(kind=kind):
                more = {} if about is None else {"SOURCE_ABOUT": about}
                done = declared("--describe", SOURCE_KIND=kind, SOURCE_VALUE=value, **more)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                said = json.loads(done.stdout)
                self.assertEqual(said["source"], text)
                self.assertEqual(texts(said["sources"]), [text])

    def test_wrong_sources(self) -> None:
        """Everything else is refused, in one line that reports what is wrong."""
        for kind, value, why in (
                ("comit", "0123456789ab", "unknown kind of source: comit"),
                ("commit", "0123456", "source of kind commit is not 12 to 40 hexadecimal "
                                      "digits: 0123456"),
                ("commit", "0123456789ab", "source of kind commit has no title: 0123456789ab"),
                ("man", "mmap", "source of kind man is not name(section): mmap"),
                ("doc", "mm/hmm.rst", "source of kind doc is not a path from Documentation/ "
                                      "on: mm/hmm.rst"),
                ("lore", "<a@b>", "source of kind lore is not a message's id: <a@b>"),
                ("code", "hugetlb.c", "source of kind code is not a path in the kernel's tree: "
                                      "hugetlb.c"),
                ("ltp", "", "source of kind ltp is not a test's name: ")):
            with self.subTest(kind=kind, value=value):
                self.refused(why, SOURCE_KIND=kind, SOURCE_VALUE=value)
        self.refused("no source: which document, commit or thread documents the behaviour?",
                     NO_SOURCE="1")

    def test_needs(self) -> None:
        """What the program and its cases need is known, before any of them runs."""
        for need in ("root", "cap:sys_nice", "nodes:2", "hugetlb:16", "pool:control"):
            for of in ("NEED", "CASE_NEED"):
                with self.subTest(of=of, need=need):
                    done = declared("--describe", **{of: need})
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
        for need, why in (
                ("hugetlbs:2", "unknown need: hugetlbs:2"),
                ("swaps", "unknown need: swaps"),
                ("", "unknown need: "),
                ("cap:sys_nize", "need cap: is not followed by a known capability: "
                                 "cap:sys_nize"),
                ("nodes:two", "need nodes: is not followed by a number of nodes: nodes:two"),
                ("hugetlb:", "need hugetlb: is not followed by a number of pages: hugetlb:"),
                ("hugetlb:0", "need hugetlb: is not followed by a number of pages: "
                              "hugetlb:0")):
            for of in ("NEED", "CASE_NEED"):
                with self.subTest(of=of, need=need):
                    self.refused(why, **{of: need})

    def test_tags(self) -> None:
        """Tags are known, and of the program or of cases that there are."""
        for tag in ("regression", "slow", "dangerous"):
            done = declared("--describe", TAG=tag, TAGGED_CASES="r?ns", CASE_TAG=tag)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            said = json.loads(done.stdout)
            self.assertEqual((said["tags"], said["cases"][0]["tags"]), ([tag], [tag]))
        said = json.loads(declared("--describe").stdout)
        self.assertEqual((said["tags"], said["cases"][0].get("tags")), ([], None))
        for tag, why in (("regresion", "unknown tag: regresion"), ("", "unknown tag: "),
                         ("quick", "tag quick is not declared: it follows from the rest"),
                         ("race", "tag race is not declared: it follows from the rest"),
                         ("changes-pool",
                          "tag changes-pool is not declared: it follows from the rest")):
            with self.subTest(tag):
                self.refused(why, TAG=tag)
                self.refused(why, TAGGED_CASES="*", CASE_TAG=tag)
        self.refused("tag slow is of no case: none is named run", TAGGED_CASES="run")

    def test_order(self) -> None:
        """A constant as the first argument of hp_check_eq(), which is the actual value, is
        refused."""
        for check, right in (("seen, 3", True), ("seen + 3, 3", True), ("3, seen", False),
                             ("(int)sizeof(seen), seen", False)):
            program = f'#include "hugeproof.h"\nvoid f(int seen) {{ hp_check_eq({check}); }}'
            with self.subTest(check=check):
                done = subprocess.run(
                    ["cc", "-std=gnu11", "-fsyntax-only", "-I", os.path.join(TOP, "lib"),
                     "-x", "c", "-"], input=program, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)
                self.assertEqual(done.returncode == 0, right, done.stderr)
                self.assertEqual("the actual value comes first" in done.stderr, not right)


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Declared)
    sys.exit(not runner.run(suite).wasSuccessful())
