#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference: every function that programs use has a comment that agrees with it."""
from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from typing import Any, Tuple

from tap.runner import TAPTestRunner

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
API_DOC = os.path.join(TOP, "scripts", "api-doc")


def run(*arguments: str) -> Tuple[int, str]:
    """The exit status and the output of api-doc."""
    done = subprocess.run(["/usr/bin/python3", "-B", API_DOC, *arguments], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    return done.returncode, done.stdout


def script(name: str) -> Any:
    """A script of this project as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), os.path.join(TOP, "scripts", name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    made = importlib.util.module_from_spec(spec)
    loader.exec_module(made)
    return made


class Reference(unittest.TestCase):
    """What scripts/api-doc and scripts/seen-failing make."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="hugeproof-reference-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.lib = os.path.join(self.folder, "lib")
        shutil.copytree(os.path.join(TOP, "lib"), self.lib, ignore=shutil.ignore_patterns(
            "*.c", "*.o", "*.a", ".deps", ".dirstamp"))

    def change(self, header: str, old: str, new: str) -> int:
        """Changes a header of the copy; returns the line of the change."""
        path = os.path.join(self.lib, header)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count(old), 1, old)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        return text[:text.index(old)].count("\n") + 1

    def test_comments_are_true(self) -> None:
        """Each function and macro of the headers has its comment."""
        self.assertEqual((0, ""), run("--check"))

    def test_missing(self) -> None:
        """A function without a comment is refused, with its file and line."""
        line = self.change("fixture/setting.h", "\n#endif\n", "\nint hp_new(void);\n\n#endif\n")
        self.assertEqual((1, f"lib/fixture/setting.h:{line + 1}: hp_new has no kernel-doc "
                          "comment\n"), run("--check", "--lib", self.lib))

    def test_macro(self) -> None:
        """A macro without a comment is refused; a constant is not."""
        self.change("fixture/setting.h", "\n#endif\n",
                    "\n#define HP_CONSTANT 1\n#define hp_twice(x) ((x) + (x))\n\n#endif\n")
        status, said = run("--check", "--lib", self.lib)
        self.assertEqual(status, 1)
        self.assertIn("hp_twice has no kernel-doc comment", said)
        self.assertNotIn("HP_CONSTANT", said)

    def test_parameters(self) -> None:
        """Parameters that the comment does not have, or names differently, are refused."""
        for new in ("int hp_setting(const char *file, const char *value)",
                    "int hp_setting(const char *path, const char *value, int more)",
                    "int hp_setting(const char *path)"):
            self.change("fixture/setting.h",
                        "int hp_setting(const char *path, const char *value)", new)
            status, said = run("--check", "--lib", self.lib)
            self.assertEqual(status, 1, new)
            self.assertRegex(said, r"^lib/fixture/setting\.h:\d+: hp_setting takes \(")
            self.change("fixture/setting.h", new,
                        "int hp_setting(const char *path, const char *value)")

    def test_returns(self) -> None:
        """A comment must describe the return value, if and only if there is one."""
        self.change("fixture/setting.h", "int hp_setting(", "void hp_setting(")
        status, said = run("--check", "--lib", self.lib)
        self.assertEqual(status, 1)
        self.assertIn("hp_setting returns nothing, and its comment says", said)

    def test_of_another(self) -> None:
        """A comment with another name than that of the function that follows is refused."""
        self.change("fixture/setting.h", " * hp_setting() - ", " * hp_settings() - ")
        status, said = run("--check", "--lib", self.lib)
        self.assertEqual(status, 1)
        self.assertIn("the comment is of hp_settings, and hp_setting follows it", said)

    def test_pages(self) -> None:
        """The pages contain a function; an unknown name is refused."""
        page = os.path.join(self.folder, "api.md")
        self.assertEqual((0, ""), run("--markdown", page, "--man", self.folder, "hp_fork"))
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("[hp_fork](#hp_fork)", text)
        self.assertIn("\n### hp_fork\n", text)
        self.assertNotIn("hp_check_eq_at", text)
        with open(os.path.join(self.folder, "hp_fork.3"), encoding="utf-8") as file:
            self.assertIn(".SH SYNOPSIS", file.read())
        self.assertEqual((1, "api-doc: no header tells of hp_nothing\n"),
                         run("--man", self.folder, "hp_nothing"))

    def test_seen_failing(self) -> None:
        """Each mutant is in the page, with who noticed it."""
        page = os.path.join(self.folder, "seen-failing.md")
        subprocess.run(["/usr/bin/python3", "-B", os.path.join(TOP, "scripts", "seen-failing"),
                        page], check=True)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("\n### hugetlb/private_cow\n", text)
        for path in glob.glob(os.path.join(TOP, "mutants", "*", "*.cocci")):
            name = os.path.relpath(path, os.path.join(TOP, "mutants"))[:-len(".cocci")]
            self.assertIn(f"\n| {name} | ", text)

    def test_not_seen_noticed(self) -> None:
        """The page does not claim that a case was seen failing, where its mutant's header has no
        `Noticed by`."""
        made = script("seen-failing")

        def mutant(name: str, noticed_by: str) -> Any:
            return made.Mutant("", "x", name, "it breaks", "a crash", ["x/a.one"],
                               noticed_by=noticed_by)
        both = [mutant("seen", "x/a.one, its own check"), mutant("new", "")]
        lines = "".join(made.section("x/a", both, {})).splitlines()
        self.assertIn("- `one`: mutant `x/seen`: it breaks", lines)
        self.assertIn("- `one`: not yet seen failing: mutant `x/new` (it breaks)", lines)
        text = "".join(made.by_mutant(both))
        self.assertIn("| x/seen | it breaks | a crash | x/a.one, its own check |", text)
        self.assertIn("| x/new | it breaks | a crash | not yet |", text)
        self.assertIn("1 mutant was not seen noticed: `x/new`.", "".join(made.not_yet(both)))
        self.assertNotIn("was not seen noticed", "".join(made.not_yet(both[:1])))


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Reference)
    sys.exit(not runner.run(suite).wasSuccessful())
