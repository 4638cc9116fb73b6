#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab matrix with kernels that are text files: their results side by side, and resumed."""
from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import unittest
from typing import Any, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_kernels  # noqa: E402  pylint: disable=wrong-import-position
from fake_kernels import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.commandline import parse  # noqa: E402
from runner.errors import Refused  # noqa: E402
from runner.lab import host, image, matrix  # noqa: E402


class Sides(unittest.TestCase):
    """Kernels by the names of their files."""

    def setUp(self) -> None:
        self.programs = support.Programs()
        self.addCleanup(self.programs.close)
        for name in ("a", "b"):
            self.programs.add(name, support.GOOD, area="x", cases=("x",))
        self.guests = fake_kernels.Guests()
        for patch in (mock.patch.object(host, "Run", self._run),
                      mock.patch.object(matrix, "prepare", self._prepare),
                      mock.patch("runner.lab.cli.check_guest", lambda options, kernel: None)):
            patch.start()
            self.addCleanup(patch.stop)
        self.said = ""

    def kernel(self, name: str, text: str = "") -> str:
        """The path of a kernel on which programs have these verdicts."""
        path = os.path.join(self.programs.path, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def _prepare(self, order: Any) -> Any:
        path = order.options["kernel"]
        if not os.path.exists(path):
            raise Refused(f"no kernel {os.path.basename(path)}")
        setup = fake_kernels.prepared(path)
        setup.guest.kernel = image.Kernel(path, os.path.basename(path))
        setup.guest.cpus = 1
        return setup

    def _run(self, *what: Any, **more: Any) -> Any:
        setup, record, request, programs, signals, reporter = what
        run = self.guests(setup, record, request, programs, signals, reporter,
                          lambda result: False, more["described"])

        def go(_again: bool) -> Optional[int]:
            run.go()
            return 0
        return mock.Mock(go=go)

    def made(self, *words: str, status: int = 0, seed: bool = True) -> Dict[str, Any]:
        """The page's figures, as JSON."""
        command = ["lab", "matrix", *words, "--results", self.programs.results]
        if "--resume" not in words:
            command += ["--", "func", "x/a", "x/b", "--programs", self.programs.path,
                        *(["--seed", "7"] if seed else [])]
        args = parse(command)
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                got = args.module.run(args)
        finally:
            self.said = out.getvalue()
        self.assertEqual(got, status, self.said)
        runs = [path for path in self.folders() if os.path.exists(
            os.path.join(path, "run.json"))]
        return matrix.Grid([matrix.judged(path) for path in runs]).as_json()

    def folders(self) -> List[str]:
        """The folders of the runs of the newest matrix."""
        top = matrix.find_folder("latest", self.programs.results)
        return sorted(os.path.join(top, name) for name in os.listdir(top)
                      if os.path.isdir(os.path.join(top, name)))

    def test_each_kernel_says_its_own(self) -> None:
        found = self.made("--kernel", self.kernel("6.12.9"), "--kernel",
                          self.kernel("6.1.5", "x/b fail\n"), status=1)
        self.assertEqual([kernel["release"] for kernel in found["kernels"]], ["6.1.5", "6.12.9"])
        self.assertEqual([(point["name"], point["words"]) for point in found["points"]],
                         [("x/a.x", ["pass", "pass"]), ("x/b.x", ["fail", "pass"])])
        self.assertIn("1 of 2 points differ", self.said)
        top = matrix.find_folder("latest", self.programs.results)
        with open(os.path.join(top, matrix.PAGE), encoding="utf-8") as file:
            self.assertIn("x/b.x", file.read())

    def test_as_json(self) -> None:
        found = self.made("--kernel", self.kernel("6.12.9"), "--kernel",
                          self.kernel("6.1.5", "x/b fail\n"), "--json", status=1)
        said = json.loads(self.said[self.said.index("{"):])
        self.assertEqual([*support.valid.wrong("kernels", said)], [])
        self.assertEqual(said, found)

    def test_one_that_cannot_be_had_hides_no_other(self) -> None:
        found = self.made("--kernel", "/nowhere/6.9", "--kernel", self.kernel("6.12.9"), status=2)
        self.assertEqual([kernel["release"] for kernel in found["kernels"]], ["6.12.9"])
        self.assertIn("/nowhere/6.9: no kernel 6.9\n", self.said)

    def test_no_kernel_is_looked_for_before_its_turn(self) -> None:
        def check(_options: Dict[str, Any], kernel: bool = True) -> None:
            # Not even the lab's own: its source may not be installed.
            if kernel:
                raise Refused("no kernel")
        with mock.patch("runner.lab.cli.check_guest", check):
            found = self.made("--kernel", "deb:gone", "--kernel", self.kernel("6.12.9"), status=2)
        self.assertEqual([kernel["release"] for kernel in found["kernels"]], ["6.12.9"])
        self.assertIn("deb:gone: no kernel deb:gone\n", self.said)

    def test_one_that_does_not_boot_hides_no_other(self) -> None:
        found = self.made("--kernel", self.kernel("6.9", "boot dies\n"), "--kernel",
                          self.kernel("6.12.9"), status=2)
        self.assertEqual([kernel["release"] for kernel in found["kernels"]], ["6.12.9"])
        self.assertIn("6.9: the guest died; no program ran in that boot", self.said)

    def test_no_more_guests_than_asked_for(self) -> None:
        self.guests.slow = 0.05
        kernels = [word for number in range(4)
                   for word in ("--kernel", self.kernel(f"6.{number}.1"))]
        self.made(*kernels, "--jobs", "2")
        self.assertEqual(self.guests.most, 2)

    def test_all_have_one_seed(self) -> None:
        self.made("--kernel", self.kernel("6.1.1"), "--kernel", self.kernel("6.2.1"), seed=False)
        seeds = set()
        for folder in self.folders():
            with open(os.path.join(folder, "run.json"), encoding="ascii") as file:
                seeds.add(json.load(file)["seed"])
        self.assertEqual(len(seeds), 1)
        self.assertNotIn(1, seeds)  # What the fake guest writes if it was given no verdict.

    def test_one_that_was_cut_is_gone_on_with(self) -> None:
        kernels = ("--kernel", self.kernel("6.1.1"), "--kernel", self.kernel("6.2.1"), "--jobs",
                   "1")
        self.guests.before_end, self.guests.slow = 2, 0.1
        with self.assertRaisesRegex(Refused, r"interrupted by SIGTERM \(go on with: "
                                    r"run_tests.py lab matrix --resume /\S*/matrix-"):
            self.made(*kernels)
        self.guests.before_end = None
        ran = len(self.guests.ran)
        found = self.made("--resume", "latest")
        self.assertEqual([kernel["release"] for kernel in found["kernels"]], ["6.1.1", "6.2.1"])
        # The first kernel was done.
        self.assertEqual(len(self.guests.ran), ran + 1)
        self.made("--resume", "latest")
        self.assertEqual(len(self.guests.ran), ran + 1)

    def test_a_damaged_call_is_refused(self) -> None:
        self.made("--kernel", self.kernel("6.1.1"))
        path = os.path.join(matrix.find_folder("latest", self.programs.results), matrix.CALL)
        for text, wrong in (("{", "not JSON"), ('{"format": 1}', "has no kernels"),
                            ('{"format": 9}', "has no")):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            with self.assertRaisesRegex(Refused, wrong):
                self.made("--resume", "latest")

    def test_what_cannot_be_is_refused_before_anything_is_made(self) -> None:
        kernel = self.kernel("6.1.1")
        for words, wrong in (
                ((), "a matrix needs kernels"),
                (("--kernel", kernel, "--kernel", kernel), "is given twice"),
                (("--kernel", kernel, "--jobs", "0"), "--jobs is a number from 1"),
                (("--resume", "nothing"), "no matrix nothing"),
                (("--resume", "nothing", "--nodes", "2"), "leave them out")):
            with self.assertRaisesRegex(Refused, wrong):
                self.made(*words)
        self.assertFalse(os.path.exists(self.programs.results))


if __name__ == "__main__":
    support.main()
