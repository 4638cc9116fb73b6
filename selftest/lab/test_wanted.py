#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/lab.config: what is required of a version, and what is reported about one that does not
have it."""
from __future__ import annotations

import os
import re
import sys
import tempfile
import unittest
from typing import Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.errors import Refused  # noqa: E402
from runner.lab import arch, kernel, source, wanted  # noqa: E402
from runner.lab.kconfig import Kconfig  # noqa: E402

FRAGMENT = """\
CONFIG_LONE=y
## old-name: what was called otherwise
CONFIG_PROC_X=y  # until 7.2
CONFIG_X=y
## gone: what later versions have not
CONFIG_GONE=y  # until 7.2
## balance: what needs another in later versions
CONFIG_BALANCE=y
## late: what came with 6.1
CONFIG_LATE=y  # since 6.1
# CONFIG_NOT is not set
"""
OLD = """\
config LONE
        bool "lone"
config PROC_X
        bool "x" if EXPERT
        select X
        help
          A text that says
          if it is wanted
          config NONE

config X
        bool
config GONE
        bool "gone"
config BALANCE
        bool "balance"
"""
NEW = """\
config LONE
        bool "lone"
menu "processes"
        depends on LONE
config X
        bool "x" if EXPERT
endmenu
config SPLIT
        bool "split"
        depends on (LONE || OTHER) && \\
                !LONELY
if LONE
config BALANCE
        bool "balance"
        depends on SPLIT && MODE != "n"
endif
config LATE
        bool "late"
"""
# Replaces make: sets the requested options whose dependencies hold.
MAKE = """\
import os, re, sys
asked = dict(re.findall(r"^CONFIG_(\\w+)=(.*)$", open(sys.argv[1]).read(), re.M))
needs = dict(word.split(":") for word in sys.argv[3].split())
got = {name: value for name, value in asked.items() if name in sys.argv[4].split()}
got = {name: value for name, value in got.items() if needs.get(name, name) in got}
open(sys.argv[2], "w").write("".join(f"CONFIG_{n}={v}\\n" for n, v in got.items()))
"""


def write(path: str, text: str) -> None:
    """A file of that text."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Tree(unittest.TestCase):
    """A source of a few lines."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name
        environment = mock.patch.dict(os.environ, XDG_CACHE_HOME=os.path.join(self.path, "cache"))
        environment.start()
        self.addCleanup(environment.stop)

    def source(self, version: str, text: str) -> source.Source:
        """One of that version with these options."""
        top = os.path.join(self.path, "linux")
        os.makedirs(os.path.join(top, "arch/arm64"), exist_ok=True)
        one, two = version.split(".")
        write(os.path.join(top, "Makefile"), f"VERSION = {one}\nPATCHLEVEL = {two}\n")
        write(os.path.join(top, "Kconfig"), text)
        write(os.path.join(top, "arch/arm64/Kconfig"), "config ELSEWHERE\n\tbool\n")
        return source.of_folder(top)

    def configured(self, version: str, text: str, needs: str = "",
                   fragment: str = FRAGMENT) -> List[str]:
        """The report about a kernel that is configured from it."""
        path = os.path.join(self.path, "fragment")
        write(path, fragment)
        tree = kernel.Tree(self.source(version, text), path, arch.X86_64)
        os.makedirs(tree.build, exist_ok=True)
        known = " ".join(re.findall(r"^config (\w+)", text, re.MULTILINE))

        def make(*words: str) -> int:
            return os.spawnv(os.P_WAIT, sys.executable, [
                sys.executable, "-c", MAKE, words[1].partition("=")[2],
                os.path.join(tree.build, ".config"), needs, known])

        with mock.patch.object(tree, "make", make):
            return tree._configure()  # pylint: disable=protected-access


class Capabilities(Tree):
    """Versions that differ in the names of options, and in their features."""

    def test_one_fragment_fits_versions_of_other_names(self) -> None:
        self.assertEqual(self.configured("5.10", OLD),
                         ["this kernel does not have the capability late (what came with 6.1): no "
                          "CONFIG_LATE (since 6.1)"])

    def test_what_came_to_be_needed_is_set_and_reported(self) -> None:
        self.assertEqual(self.configured("7.3", NEW, "BALANCE:SPLIT"), [
            "set as well, for what is wanted depends on it: CONFIG_SPLIT",
            "this kernel does not have the capability gone (what later versions have not): no "
            "CONFIG_GONE (until 7.2)"])

    def test_what_a_kernel_could_have_is_refused_with_the_reason(self) -> None:
        with self.assertRaisesRegex(Refused, r"has not, old-name \(what was called otherwise\): "
                                    "CONFIG_X is n where y is wanted"):
            self.configured("7.3", NEW, "X:NONE")
        impossible = NEW.replace("SPLIT && MODE", "!LONE && MODE")
        with self.assertRaisesRegex(Refused, "balance .*CONFIG_BALANCE depends on !LONE && MODE"):
            self.configured("7.3", impossible, "BALANCE:NONE")

    def test_an_unknown_option_within_its_versions_is_reported(self) -> None:
        notes = self.configured("7.1", NEW.replace("config LATE", "config LATER"), "BALANCE:SPLIT")
        self.assertIn("this kernel has the capability old-name (what was called otherwise) in "
                      "part: no CONFIG_PROC_X (until 7.2)", notes)
        self.assertIn("this kernel does not have the capability late (what came with 6.1): no "
                      "CONFIG_LATE (since 6.1)", notes)

    def test_explanations_make_no_other_kernel(self) -> None:
        made = self.source("6.12", NEW)

        def path(text: str) -> str:
            name = os.path.join(self.path, "fragment")
            write(name, text)
            return kernel.Tree(made, name, arch.X86_64).path
        self.assertEqual(path("CONFIG_A=y\nCONFIG_B=y\n"),
                         path("## b: why\nCONFIG_B=y  # since 6.1\n# word\nCONFIG_A=y\n"
                              "CONFIG_C=y  # until 6.11\n"))
        self.assertNotEqual(path("CONFIG_A=y\n"), path("CONFIG_A=y\nCONFIG_B=y\n"))

    def test_a_wrong_line_is_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "line 2 .*CONFIG A"):
            wanted.read("CONFIG_A=y\nCONFIG A\n")

    def test_our_fragment_has_a_capability_for_each_option(self) -> None:
        with open(kernel.fragment_path(), encoding="utf-8") as file:
            text = file.read()
        found = wanted.read(text)
        self.assertEqual([each.name for each in found if not each.about], [])
        self.assertEqual(sum(line.startswith("##") for line in text.splitlines()), len(found))
        self.assertEqual([each.name for each in found if not each.options], [])
        names = [option.name for each in found for option in each.options]
        self.assertEqual(len(names), len(set(names)))
        values = wanted.Wanted(found, (6, 12), "x86_64").values
        for name in ("MEMORY_FAILURE", "DEVICE_PRIVATE", "NUMA_EMU", "PAGE_TABLE_CHECK"):
            self.assertEqual(values[name], "y")
        self.assertEqual(values["SLUB_TINY"], "n")
        self.assertNotIn("CPUSETS_V1", values)
        # The allocator of tinyconfig used to be another one, which the checks do not know.
        self.assertNotIn("SLOB", values)
        values = wanted.Wanted(found, (5, 10), "x86_64").values
        self.assertEqual((values["SLUB"], values["SLOB"], values["EMBEDDED"]), ("y", "n", "n"))


class Options(Tree):
    """Options of Kconfig files."""

    def known(self, text: str) -> Kconfig:
        """The capabilities, parsed."""
        return Kconfig(self.source("7.3", text).path, "x86")

    def test_help_and_other_machines_define_nothing(self) -> None:
        known = self.known(OLD)
        self.assertTrue(known.knows("X"))
        self.assertFalse(known.knows("NONE") or known.knows("ELSEWHERE"))

    def test_conditions(self) -> None:
        known = self.known(NEW)

        def unmet(name: str, values: Optional[Dict[str, str]] = None) -> List[str]:
            return known.unmet(name, values or {})
        self.assertEqual(unmet("X"), ["LONE"])
        self.assertEqual(unmet("X", {"LONE": "m"}), [])
        self.assertEqual(unmet("SPLIT", {"OTHER": "y"}), [])
        self.assertEqual(len(unmet("SPLIT", {"OTHER": "y", "LONELY": "y"})), 1)
        self.assertEqual(unmet("BALANCE", {"LONE": "y", "SPLIT": "y", "MODE": "3"}), [])
        self.assertEqual(unmet("BALANCE", {"SPLIT": "y", "MODE": "3"}), ["LONE"])
        # An option without a prompt cannot be set, and one after a `!` must not be set.
        self.assertEqual(known.lacking("BALANCE", {}), ["LONE", "SPLIT"])
        self.assertEqual(known.lacking("SPLIT", {"LONELY": "y"}), ["LONE"])


if __name__ == "__main__":
    support.main()
