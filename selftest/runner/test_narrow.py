#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --exclude and --shard leave of a plan. Nothing is run."""
from __future__ import annotations

import json
from typing import List

import support
from support import GOOD_ASKED


class Selected(support.Case):
    """Points that list shows."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("one", "two"):
            self.programs.add(name, GOOD_ASKED)
        self.programs.add("three", GOOD_ASKED, area="else", seconds=60)

    def points(self, *words: str) -> List[str]:
        """The names of all cases that are left."""
        done = self.programs.run("list", "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [f"{row['name']}.{case['name']}" for row in json.loads(done.stdout)["programs"]
                for case in row["cases"]]


class Exclude(Selected):
    """Patterns that are left out."""

    def test_what_is_left(self) -> None:
        every = self.points()
        self.assertEqual(len(every), 6)
        for words, gone in ((["bad"], "bad/"), (["bad/one.a"], "bad/one.a"), (["one.*"], "bad/one"),
                            (["tag:slow"], "else/"), (["else", "bad/two"], ("else/", "bad/two")),
                            (["else/three@7M"], ()), (["bad/one@32bit"], ())):
            with self.subTest(words):
                options = [word for each in words for word in ("--exclude", each)]
                self.assertEqual(self.points(*options),
                                 [name for name in every if not name.startswith(gone)])

    def test_it_takes_from_what_patterns_select(self) -> None:
        self.assertEqual(self.points("bad", "--exclude", "*.a"), ["bad/one.b", "bad/two.b"])

    def test_a_size(self) -> None:
        size = support.small_size()
        if not size:
            self.skipTest("needs huge pages")
        self.programs.add("huge", GOOD_ASKED, area="huge", page_sizes="hugetlb")
        self.assertEqual(len(self.points("huge", "--page-size", size, "--exclude", "huge@7G")), 2)
        self.refused(self.programs.run("list", "huge", "--page-size", size, "--exclude",
                                       f"huge@{size}"), "nothing is left")

    def test_refusals(self) -> None:
        self.refused(self.programs.run("list", "--exclude", "bad/nine"), "nothing is named",
                     "bad/nine", "--exclude")
        self.refused(self.programs.run("list", "--exclude", "one@2X"), "2X")
        self.refused(self.programs.run("list", "--exclude", "tag:x"), "no tag x")
        self.refused(self.programs.run("list", "bad", "--exclude", "bad"),
                     "nothing is left of the selection with --exclude bad")

    @support.needs_root
    def test_a_resumed_run_keeps_it(self) -> None:
        done = self.programs.run("func", "bad", "--exclude", "bad/two.a", "--exclude", "one")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.programs.record()), ["bad/two"])
        self.assertEqual([point["name"] for point in self.programs.record()["bad/two"]["points"]],
                         ["bad/two.b"])
        self.refused(self.programs.run("func", "--resume", "latest", "--exclude", "one"),
                     "leave them out")
        done = self.programs.run("func", "--resume", "latest")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]),
                         (0, "1 passed, 0 failed, 0 skipped"))


if __name__ == "__main__":
    support.main()
