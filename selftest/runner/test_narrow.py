#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --exclude and --shard leave of a plan. Nothing is run."""
from __future__ import annotations

import json
from typing import List

import support
from runner.narrow import shard_of
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
        self.assertEqual(len(self.points("bad", "--exclude", "tag:dangerous")),
                         len(self.points("bad")))
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


class Shard(Selected):
    """Parts of a plan that several machines run."""

    def test_the_union_of_all_shards_is_the_plan(self) -> None:
        for number in range(40):
            self.programs.add(f"p{number}", GOOD_ASKED, area="many")
        every = self.points()
        for shards in (1, 2, 7):
            parts = [self.points("--shard", f"{one}/{shards}") for one in range(1, shards + 1)]
            self.assertEqual(sorted(sum(parts, [])), sorted(every))
            self.assertTrue(all(parts))
            for part in parts:
                self.assertEqual(part, [name for name in every if name in part])

    def test_a_new_program_moves_no_other(self) -> None:
        for number in range(10):
            self.programs.add(f"p{number}", GOOD_ASKED, area="many")
        before = [self.points("--shard", f"{one}/3") for one in (1, 2, 3)]
        self.programs.add("a_new_one", GOOD_ASKED, area="many")
        for one, part in enumerate(before, 1):
            self.assertEqual(part, [name for name in self.points("--shard", f"{one}/3")
                                    if "a_new_one" not in name])

    def test_it_does_not_depend_on_what_else_is_selected(self) -> None:
        part = self.points("--shard", "1/2")
        self.assertEqual([name for name in part if name.startswith("bad/")],
                         self.points("bad", "--shard", "1/2") if any(
                             name.startswith("bad/") for name in part) else [])

    def test_where_names_go_is_a_promise(self) -> None:
        """Shards of several versions are compared with each other."""
        self.assertEqual([shard_of(name, 7) for name in (
            "hugetlb/private_cow@2M", "hugetlb/private_cow@1G", "thp/fault", "load/fork@2M",
            "load/fork@2M#2")], [3, 2, 3, 2, 2])

    def test_refusals(self) -> None:
        for word in ("0/3", "4/3", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/100001", ""):
            self.refused(self.programs.run("list", f"--shard={word}"), "K/N", word)
        few = [len(self.points("one", "--shard", f"{one}/2")) if shard_of("bad/one", 2) == one
               else 0 for one in (1, 2)]
        self.assertEqual(sorted(few), [0, 2])
        other = 2 if few[0] else 1
        self.refused(self.programs.run("list", "one", "--shard", f"{other}/2"), "nothing is left",
                     f"--shard {other}/2")


if __name__ == "__main__":
    support.main()
