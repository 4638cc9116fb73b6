#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The request of a command line, and the command line for the same request in a guest."""
from __future__ import annotations

import unittest
from dataclasses import replace

import support
from runner import commandline
from runner.errors import Refused
from runner.request import Exports, Request, Selection

LINES = (
    ["func"], ["stress"], ["perf"], ["func", "hugetlb/private_cow", "*cow*@1G"],
    ["func", "--area", "thp", "--area", "pin", "--page-size", "2M,1G", "--bits", "native"],
    ["func", "--programs", "/x", "--known-issues", "/a", "--known-issues", "b", "--verbose"],
    ["func", "--no-known-issues", "--allow-poison", "--allow-damage", "--allow-all-skipped"],
    ["func", "--into", "/r", "--new-boot-when-tainted", "--time-scale", "2.5", "--format", "tap"],
    ["func", "--assigned"],
    ["func", "--seed", "0"], ["func", "--seed", str((1 << 64) - 1)],
    ["stress", "--seconds", "86400"], ["stress", "race/race_pairs"],
    ["perf", "--seconds", "0.001", "--repeat", "1000", "--bits", "all"],
    ["perf", "--param", "size=64M", "--param", "threads=4=5", "x"],
    ["perf", "--resume", "latest"], ["func", "--as-listed", "b", "a"],
    ["func", "--resume", "/r", "--time-scale", "3"],
    ["func", "tag:race", "--tag", "slow", "--tag", "regression", "--tier", "quick"],
    ["func", "--exclude", "thp/*", "--exclude", "tag:slow@2M"], ["stress", "--shard", "2/7"],
    ["func", "--skip-file", "/a", "--skip-file", "b"],
    ["func", "x", "--plan"], ["func", "x", "--json"], ["stress", "--plan", "--json"],
    ["func", "--budget", "10.5"], ["perf", "--rate", "sweep"], ["perf", "--explain"],
    ["perf", "--rate", "10,2.5"],
    ["perf", "--scale", "size=4M,8M", "x"], ["perf", "--scale", "threads"])


class Requests(unittest.TestCase):
    """Requests of the commands that a guest runs."""

    def test_there_and_back(self) -> None:
        for line in LINES:
            with self.subTest(" ".join(line)):
                asked = commandline.request(list(line))
                self.assertEqual(commandline.request(asked.words()), asked)

    def test_what_is_asked(self) -> None:
        asked = commandline.request(["perf", "a", "--area", "b", "--repeat", "3", "--param",
                                     "size=4K", "--seconds", "2", "--save", "name"])
        self.assertEqual(asked, Request("perf", Selection(["a"], ["b"], native=True), repeat=3,
                                        params={"size": "4K"}, seconds=2.0, save="name"))
        self.assertEqual(commandline.request(["stress"]).selection.leave_out, ["race/race_pairs"])
        self.assertEqual([commandline.request([name]).kind for name in ("func", "stress", "perf")],
                         ["func", "race", "load"])

    def test_files_for_other_tools_are_the_hosts(self) -> None:
        """A guest's runner neither writes nor prints them."""
        asked = commandline.request(["func", "--write", "kcidb", "--write", "lava", "--write",
                                     "kcidb", "--origin", "ci", "--files-url", "https://x"])
        self.assertEqual(asked.exports, Exports(("kcidb", "lava"), "ci", "https://x"))
        self.assertEqual(asked.words(), commandline.request(["func"]).words())

    def test_the_rest_of_a_run(self) -> None:
        """The rest of a run keeps everything that is recorded of it."""
        asked = commandline.request(["perf", "x", "--programs", "/p", "--seed", "7", "--repeat",
                                     "2", "--known-issues", "/k", "--verbose", "--allow-damage"])
        rest = replace(asked, time_scale=2.0, into="/r").rest("/r")
        self.assertEqual(rest.words(), ["perf", "--known-issues", "/k", "--programs", "/p",
                                        "--time-scale", "2.0", "--resume", "/r", "--verbose"])
        self.assertEqual(commandline.request(rest.words()).words(), rest.words())

    def test_refusals(self) -> None:
        for line, word in ((["func", "x", "--resume", "latest"], "leave them out"),
                           (["func", "--tag", "race", "--resume", "latest"], "leave them out"),
                           (["func", "--tier", "full", "--resume", "latest"], "leave them out"),
                           (["perf", "--seconds", "1", "--resume", "latest"], "leave them out"),
                           (["func", "--seed", "-1"], "seed"), (["func", "--seed", "x"], "seed"),
                           (["func", "--time-scale", "0.5"], "time scale"),
                           (["stress", "--seconds", "0"], "--seconds"),
                           (["perf", "--repeat", "0"], "--repeat"),
                           (["perf", "--param", "x"], "KEY=VALUE"),
                           (["func", "--origin", "CI"], "an origin consists of"),
                           (["func", "--what"], "--help")):
            with self.assertRaises(Refused) as caught:
                commandline.request(list(line))
            self.assertIn(word, str(caught.exception))


if __name__ == "__main__":
    support.main()
