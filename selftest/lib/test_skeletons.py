#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/new-test: every skeleton compiles without a warning and is listed in its place."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import List, Tuple

from tap.runner import TAPTestRunner

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KINDS = ((["zoo/first"], "tests/zoo/first.c"), (["--race", "a_race"], "workloads/race/a_race.c"),
         (["--load", "z_load"], "workloads/load/z_load.c"),
         (["--mutant", "hugetlb/zoo"], "mutants/hugetlb/zoo.cocci"))
WRONG: Tuple[List[str], ...] = (
    [], ["zoo"], ["a/b/c"], ["Zoo/first"], ["zoo/fir st"], ["--race", "a/b"], ["--load", ""],
    ["--mutant", "zoo"], ["--other", "a/b"], ["zoo/first", "zoo/second"], ["../first"])


class Skeletons(unittest.TestCase):
    """In a copy of the parts of the tree that new-test works on."""

    def setUp(self) -> None:
        self.tree = tempfile.mkdtemp(prefix="hugeproof-skeletons.")
        self.addCleanup(shutil.rmtree, self.tree)
        for name in ("scripts/new-test", "tests/local.mk", "workloads/local.mk"):
            os.makedirs(os.path.join(self.tree, os.path.dirname(name)), exist_ok=True)
            shutil.copy(os.path.join(TOP, name), os.path.join(self.tree, name))

    def new(self, words: List[str]) -> int:
        """Calls scripts/new-test; returns its exit status."""
        return subprocess.run([os.path.join(self.tree, "scripts/new-test"), *words],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=120, check=False).returncode

    def lists(self) -> str:
        """Both lists of programs."""
        text = ""
        for name in ("tests/local.mk", "workloads/local.mk"):
            with open(os.path.join(self.tree, name), encoding="utf-8") as file:
                text += file.read()
        return text

    def test_kinds(self) -> None:
        """Each kind is created, compiles, and is in a sorted list."""
        before = self.lists()
        for words, path in KINDS:
            self.assertEqual(0, self.new(words), words)
            self.assertNotEqual(0, self.new(words), f"{words} a second time")
            full = os.path.join(self.tree, path)
            self.assertTrue(os.path.isfile(full), path)
            if path.endswith(".c"):
                done = subprocess.run(
                    [os.environ.get("CC") or "cc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall",
                     "-Wextra", "-Werror", "-fsyntax-only", "-I", os.path.join(TOP, "lib"),
                     full], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                    check=False, universal_newlines=True)
                self.assertEqual("", done.stdout)
        names = [line.strip(" \t\\") for line in self.lists().splitlines()
                 if line.startswith(("\ttests/", "\tworkloads/"))]
        self.assertEqual(sorted(names), names)
        added = [path[:-2] for _, path in KINDS if path.endswith(".c")]
        self.assertEqual(set(added), set(names) - {
            line.strip(" \t\\") for line in before.splitlines()})

    def test_wrong(self) -> None:
        """An invalid name is refused, and nothing is created."""
        before = self.lists()
        for words in WRONG:
            self.assertEqual(2, self.new(words), words)
        self.assertEqual(before, self.lists())
        self.assertEqual(["scripts", "tests", "workloads"], sorted(os.listdir(self.tree)))


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Skeletons)
    sys.exit(not runner.run(suite).wasSuccessful())
