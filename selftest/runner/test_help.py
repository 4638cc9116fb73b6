#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The help: each command in one group, examples that are right, and what an exit status means."""
from __future__ import annotations

import contextlib
import io
import shlex
import unittest
from typing import Tuple

import support
from runner import commandline
from runner.examples import EXAMPLES, GROUPS


def said(*words: str) -> Tuple[int, str]:
    """The exit status and the output of a help."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            commandline.parse(list(words))
        except SystemExit as done:
            return int(done.code or 0), output.getvalue()
    raise AssertionError("no help")


class Help(unittest.TestCase):
    """What is printed."""

    def test_every_command_is_in_one_group(self) -> None:
        grouped = [name for names in GROUPS.values() for name in names]
        self.assertEqual(sorted(grouped), sorted(commandline.COMMANDS))
        self.assertEqual(set(EXAMPLES), set(commandline.COMMANDS))

    def test_of_all(self) -> None:
        status, text = said("--help")
        self.assertEqual(status, 0)
        for title, names in GROUPS.items():
            self.assertIn(f"\n{title}:\n  {names[0]} ", text)
        for name in commandline.COMMANDS:
            self.assertRegex(text, rf"\n  {name} +\S")

    def test_of_each(self) -> None:
        for name in commandline.COMMANDS:
            with self.subTest(name):
                status, text = said(name, "--help")
                self.assertEqual(status, 0)
                self.assertTrue(text.startswith(f"usage: run_tests.py {name}"), text[:80])
                self.assertIn(f"\nexamples:\n  run_tests.py {name}", text)
                self.assertIn("\nexit status:\n  ", text)
                self.assertLess(max(map(len, text.splitlines())), 100)

    def test_options_are_in_groups(self) -> None:
        for name in ("func", "stress", "perf"):
            text = said(name, "--help")[1]
            for title, option in (("what runs", "--shard K/N"), ("how it runs", "--budget"),
                                  ("what is expected", "--skip-file"),
                                  ("plan, record and report", "--plan")):
                self.assertIn(f"  {option}", text.split(f"\n{title}:\n")[1].split("\n\n")[0])

    def test_examples_are_right(self) -> None:
        for name, lines in EXAMPLES.items():
            for line, what in lines:
                with self.subTest(line):
                    self.assertTrue(what)
                    self.assertEqual(commandline.parse(shlex.split(line)).command, name)

    def test_a_wrong_option_names_the_help(self) -> None:
        with self.assertRaisesRegex(commandline.Refused, r"run_tests.py func --help\)"):
            commandline.parse(["func", "--what"])


if __name__ == "__main__":
    support.main()
