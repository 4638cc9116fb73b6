#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An installed suite works from any folder, without the source tree."""
from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import List, Optional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402
import every_verdict  # noqa: E402
import stage  # noqa: E402
from runner.commandline import COMMANDS  # noqa: E402

STAGE: Optional[stage.Stage] = None
# The source tree is hidden from commands where that is possible.
_HIDDEN = ["unshare", "-m", "sh", "-c",
           'for tree in "$0" "$1"; do mount -t tmpfs hidden "$tree"; done; shift; exec "$@"',
           stage.TOP, stage.BUILD]


def setUpModule() -> None:  # pylint: disable=invalid-name
    """Installs once for all tests."""
    global STAGE  # pylint: disable=global-statement
    STAGE = stage.Stage()
    unittest.addModuleCleanup(STAGE.remove)


def can_hide() -> bool:
    """True where mounts can be made for a command alone."""
    return os.geteuid() == 0 and not subprocess.run(
        ["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode


class Installed(unittest.TestCase):
    """Commands in an empty folder."""

    maxDiff = None

    def setUp(self) -> None:
        assert STAGE
        self.stage = STAGE
        self.folder = tempfile.mkdtemp(prefix="hugeproof-elsewhere-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        self.command = self.stage.place("bin", "hugeproof")
        self.state = os.path.join(self.stage.path, "var/lib/hugeproof")
        self.addCleanup(shutil.rmtree, self.state, ignore_errors=True)

    def call(self, *words: str, user: str = "", hide: bool = True,
             **environment: str) -> "subprocess.CompletedProcess[str]":
        """Runs the installed command by its name."""
        before: List[str] = _HIDDEN if hide and can_hide() else []
        if user:
            entry = pwd.getpwnam(user)
            before = [*before, "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
                      "--clear-groups"]
        path = os.path.dirname(self.command) + ":/usr/sbin:/usr/bin:/sbin:/bin"
        return stage.run([*before, "hugeproof", *words], self.folder,
                         **{"PATH": path, "HOME": self.folder, **environment})

    def good(self, *words: str, status: int = 0, **more: str) -> str:
        """The output of a command that has nothing to complain about."""
        done = self.call(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout[-2000:])
        return done.stdout

    def record(self, parent: str) -> None:
        """A run."""
        every_verdict.write(os.path.join(parent, every_verdict.run()["run"]))

    def test_what_needs_nothing(self) -> None:
        self.assertRegex(self.good("--version"), r"\Ahugeproof [\d.]+\n\Z")
        programs = json.loads(self.good("list", "--json"))["programs"]
        self.assertEqual([one["name"] for one in programs if one["broken"]], [])
        self.assertGreater(len(programs), 100)
        self.assertGreater(len(json.loads(self.good("probe", "--json"))), 5)
        self.assertIn("\nIn this order:\n  hugetlb/private_cow",
                      self.good("func", "--plan", "hugetlb/private_cow"))
        self.assertRegex(self.good("mutants", "--list", "hugetlb"), "hugetlb/")
        self.assertEqual(os.listdir(self.folder), [])

    def test_help(self) -> None:
        self.assertTrue(self.good("--help").startswith("usage: hugeproof COMMAND ...\n"))
        for name in COMMANDS:
            with self.subTest(name):
                text = self.good(name, "--help", hide=False)
                self.assertTrue(text.startswith(f"usage: hugeproof {name}"), text[:100])
                self.assertNotIn("run_tests.py", text)

    def test_the_command_that_was_typed(self) -> None:
        """By its name from the path, or as a path."""
        done = self.call("func", "--what")
        self.assertEqual((done.returncode, done.stderr), (
            2, "hugeproof: unrecognized arguments: --what (see hugeproof func --help)\n"))
        done = stage.run([self.command, "func", "--what"], self.folder)
        self.assertEqual((done.returncode, done.stderr), (
            2, "hugeproof: unrecognized arguments: --what "
            f"(see {self.command} func --help)\n"))
        link = os.path.join(self.folder, "hp")
        os.symlink(self.command, link)
        done = stage.run(["./hp", "--version"], self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    @support.needs_root
    def test_results_of_root(self) -> None:
        self.record(os.path.join(self.state, "results"))
        self.assertIn("beside/okay", self.good("report", "latest", status=1))
        self.good("report", "latest", "--html", "--tap", status=1)
        run = os.path.join(self.state, "results", every_verdict.run()["run"])
        self.assertIn("report.html", os.listdir(run))
        done = self.call("report", "none")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Ahugeproof: no run none: .*/var/lib/hugeproof/results\n\Z")
        self.assertEqual(os.listdir(self.folder), [])

    def test_results_of_others(self) -> None:
        user = "nobody" if os.geteuid() == 0 else ""
        if os.geteuid() == 0:
            os.chown(self.folder, pwd.getpwnam(user).pw_uid, -1)
        self.record(os.path.join(self.folder, ".local/state/hugeproof/results"))
        self.record(os.path.join(self.folder, "state/hugeproof/results"))
        for environment in ({}, {"XDG_STATE_HOME": os.path.join(self.folder, "state")}):
            self.assertIn("beside/okay", self.good("report", "latest", status=1, user=user,
                                                   **environment))
        done = self.call("report", "latest", user=user, HUGEPROOF_RESULTS="/nowhere")
        self.assertEqual((done.returncode, done.stderr), (
            2, "hugeproof: no results in /nowhere: No such file or directory\n"))

    def test_what_is_not_there_is_named_by_a_command_that_works(self) -> None:
        """A hint to install packages names the installed command, which knows the script."""
        done = self.call("setup", "--lab", "--report", "--print", PATH=os.path.dirname(
            self.command) + ":/usr/sbin:/usr/bin:/sbin:/bin")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("autoconf", done.stdout)
        done = self.call("lab", "run", "--kernel", "patched:doc/patches/none.cocci", "--print",
                         "--", "func")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Ahugeproof: cannot read doc/patches/none.cocci: .*\n\Z")

    def test_patches_are_found_from_any_folder(self) -> None:
        """As the README calls them. Their mistakes are those of the file, not of the path."""
        path = os.path.join(self.stage.path, self.stage.prefix.lstrip("/"), "share/hugeproof",
                            "doc/patches/broken.cocci")
        with open(path, "w", encoding="ascii") as file:
            file.write("// nothing\n")
        self.addCleanup(os.remove, path)
        done = self.call("lab", "run", "--kernel", "patched:doc/patches/broken.cocci", "--print",
                         "--", "func")
        self.assertEqual(done.returncode, 2)
        self.assertIn("its header has no line", done.stderr)

    def test_uninstall_leaves_nothing(self) -> None:
        """What make install has put there, and what Python has compiled, is gone."""
        other = stage.Stage()
        self.addCleanup(other.remove)
        self.assertEqual(stage.run([other.place("bin", "hugeproof"), "--help"],
                                   self.folder).returncode, 0)
        stage.made("uninstall", DESTDIR=other.path)
        self.assertEqual(other.files(), [])


if __name__ == "__main__":
    support.main()
