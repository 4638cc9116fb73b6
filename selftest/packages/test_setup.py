#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/setup with package managers that only record what they are called for."""
from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unittest
from typing import Dict, List, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402
import stage  # noqa: E402

SETUP = os.path.join(stage.TOP, "scripts", "setup")
# What asks whether a package is installed, by package manager: `$there` has those that are.
_ASKS: Dict[str, Tuple[str, str]] = {
    "apt-get": ("dpkg-query", 'for last; do :; done; case " $there " in *" $last "*) '
                              'echo installed ;; esac'),
    "dnf": ("rpm", 'case " $there " in *" $3 "*) ;; *) exit 1 ;; esac'),
    "zypper": ("rpm", 'case " $there " in *" $3 "*) ;; *) exit 1 ;; esac'),
    "pacman": ("", 'if [ "$1" = -T ]; then case " $there " in *" $2 "*) exit 0 ;; '
                   '*) echo "$2"; exit 127 ;; esac; fi'),
    "apk": ("", 'if [ "$1" = info ]; then case " $there " in *" $3 "*) exit 0 ;; '
                '*) exit 1 ;; esac; fi')}
_TOOLS = ("sh", "cat", "id", "timeout", "uname", "dirname", "grep")


class Setup(unittest.TestCase):
    """What is installed by which command."""

    maxDiff = None

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="hugeproof-setup-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = os.path.join(self.folder, "log")

    def tool(self, name: str, text: str) -> None:
        """Adds a command to the only folder of the path."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)

    def call(self, manager: str, *options: str, there: str = "",
             user: int = 0) -> Tuple[int, str, List[str]]:
        """The exit status, the output and the calls of a package manager."""
        for name in os.listdir(self.folder):
            os.remove(os.path.join(self.folder, name))
        for name in _TOOLS:
            os.symlink(str(shutil.which(name)), os.path.join(self.folder, name))
        os.remove(os.path.join(self.folder, "id"))
        self.tool("id", f"echo {user}")
        asks, text = _ASKS[manager]
        text = f"there='{there}'\n{text}"
        note = f'echo "${{0##*/}} $*" >>{self.log}'
        if asks:
            self.tool(asks, text)
        self.tool(manager, note if asks else f"{text}\n{note}")
        done = stage.run(["/bin/sh", SETUP, *options], "/", PATH=self.folder)
        calls = []
        if os.path.exists(self.log):
            with open(self.log, encoding="ascii") as file:
                calls = file.read().splitlines()
        return done.returncode, done.stdout + done.stderr, calls

    def test_each_manager_installs(self) -> None:
        for manager, how, wanted in (
                ("apt-get", "apt-get install -y -q --no-install-recommends --no-download gcc ",
                 ["libhugetlbfs-dev", "libnuma-dev", "python3-tap"]),
                ("dnf", "dnf install -y gcc ", ["libhugetlbfs-devel", "numactl-devel",
                                                "python3dist(tap.py)"]),
                ("zypper", "zypper --non-interactive install --no-recommends --capability gcc ",
                 ["libhugetlbfs-devel", "libnuma-devel", "python3dist(tap.py)"]),
                ("pacman", "pacman -S --needed --noconfirm gcc ", ["numactl", "python-yaml"]),
                ("apk", "apk add python3 ", ["py3-yaml"])):
            with self.subTest(manager):
                status, said, calls = self.call(manager)
                self.assertEqual(status, 0, said)
                self.assertTrue(calls and calls[-1].startswith(how), calls)
                for name in wanted:
                    self.assertIn(name, calls[-1].split())
                self.assertIn("setup: missing packages: ", said)

    def test_what_is_installed_is_left_alone(self) -> None:
        for manager in _ASKS:
            with self.subTest(manager):
                missing = self.call(manager, "--print", "--report", "--lab")[1]
                names = " ".join(missing.partition("missing packages: ")[2].split("\n")[0].split())
                self.assertTrue(names)
                status, said, calls = self.call(manager, "--report", "--lab", there=names)
                self.assertEqual((status, calls), (0, []), said)
                self.assertNotIn("missing packages", said)

    def test_what_only_building_needs(self) -> None:
        """--installed leaves it out, and --lab brings back what kernels are built with."""
        for manager, name in (("apt-get", "libnuma-dev"), ("dnf", "numactl-devel"),
                              ("zypper", "libnuma-devel"), ("pacman", "numactl")):
            with self.subTest(manager):
                self.assertIn(f" {name} ", self.call(manager, "--print")[1])
                said = self.call(manager, "--print", "--installed", "--lab")[1]
                self.assertNotIn(f" {name} ", said)
                self.assertRegex(said, " gcc ")

    def test_nothing_is_named_twice(self) -> None:
        for manager in _ASKS:
            with self.subTest(manager):
                said = self.call(manager, "--print", "--lab", "--doc", "--packages")[1]
                names = said.partition("missing packages: ")[2].split("\n")[0].split()
                self.assertEqual(sorted(names), sorted(set(names)))

    def test_print_and_no_root(self) -> None:
        for manager, how in (("apt-get", "apt-get install"), ("dnf", "dnf install"),
                             ("zypper", "zypper install"), ("pacman", "pacman -S"),
                             ("apk", "apk add")):
            with self.subTest(manager):
                status, said, calls = self.call(manager, "--print")
                self.assertEqual((status, calls), (0, []), said)
                status, said, calls = self.call(manager, user=1000)
                self.assertEqual((status, calls), (2, []), said)
                self.assertIn(f"sudo {how}", said)

    def test_what_a_distribution_does_not_have(self) -> None:
        """It is named, and everything else is installed."""
        for manager, name in (("pacman", "libhugetlbfs"), ("apk", "py3-tap.py")):
            with self.subTest(manager):
                status, said, calls = self.call(manager)
                self.assertEqual((status, len(calls)), (0, 1), said)
                self.assertRegex(said, f"you have to install by hand:.* {name}")
                self.assertNotIn(name, calls[0])

    def test_refusals(self) -> None:
        status, said, calls = self.call("pacman", "--32bit")
        self.assertEqual((status, calls), (2, []))
        self.assertEqual(said, "setup: --32bit is not known for pacman\n")
        self.assertEqual(self.call("dnf", "--nonsense")[0], 2)
        self.call("dnf", "--print")
        os.remove(os.path.join(self.folder, "dnf"))
        done = stage.run(["/bin/sh", SETUP], "/", PATH=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    support.main()
