#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tags: what they follow from, how they are shown, and what they select. Nothing is run."""
from __future__ import annotations

import json
import os
import re
import unittest
from typing import Any, Dict, List

import support
from runner.patterns import parse_patterns
from runner.programs import Program
from runner.tags import TAGS, tags_of, tags_of_case, tags_of_cases
from support import GOOD

FIX = [{"kind": "commit", "value": "0123456789ab", "about": "mm: fix a leak"}]
NEW = [{"kind": "commit", "value": "0123456789ab", "about": "mm: add prefixes"}]


def program(name: str = "p", **more: Any) -> Program:
    """A program of area x with two cases and a limit of 10 s."""
    return Program("", "x", name, **{"cases": {"a": "", "b": ""}, "seconds": 10.0, **more})


class Tags(unittest.TestCase):
    """What a program declares decides."""

    def test_what_they_follow_from(self) -> None:
        for made, tags in (
                (program(), ["quick"]), (program(seconds=10.5), []),
                (program(seconds=60), ["slow"]),
                (program(poisons=True), ["dangerous"]), (program(spoils=True), ["dangerous"]),
                (program(needs=["poison"]), ["dangerous"]),
                (program("race_split"), ["race"]), (program("holes_race"), ["race"]),
                (program("races"), ["race"]), (program("trace"), ["quick"]),
                (program(kind="race", seconds=60), ["slow", "race"]), (program(kind="load"), []),
                (program(needs=["pool:control"]), ["quick", "changes-pool"]),
                (program(needs=["hugetlb:4"]), ["quick"]),
                (program(sources=FIX), ["quick", "regression"]),
                (program(sources=NEW), ["quick"]),
                (program("race_split", sources=FIX, seconds=60), ["slow", "race", "regression"]),
                (program(tags=["regression"]), ["quick", "regression"]),
                (program(tags=["dangerous", "slow"]), ["slow", "dangerous"]),
                (program(broken="no answer", poisons=True, tags=["slow"]), [])):
            with self.subTest(tags=tags, name=made.name):
                self.assertEqual(tags_of(made), tags)

    def test_a_case_that_races_is_not_quick(self) -> None:
        one = program(cases={"a": "", "race_with_fork": ""}, sources=FIX)
        self.assertEqual(tags_of_case(one, "a"), ["quick", "regression"])
        self.assertEqual(tags_of_case(one, "race_with_fork"), ["race", "regression"])
        self.assertEqual(parse_patterns(["tag:race"], [])[0].selected(one), ["race_with_fork"])
        self.assertEqual(parse_patterns(["tag:quick"], [])[0].selected(one), ["a"])
        self.assertIsNone(parse_patterns(["tag:slow"], [])[0].selected(one))

    def test_cases_have_tags_of_their_own(self) -> None:
        one = program(case_tags={"a": ["dangerous"]}, needs=["overcommit"])
        self.assertEqual(tags_of(one), ["quick", "changes-pool"])
        self.assertEqual(tags_of_case(one, "a"), ["dangerous", "changes-pool"])
        self.assertEqual(tags_of_case(one, "b"), ["quick", "changes-pool"])
        self.assertEqual(tags_of_cases(one, ["a"]), {"dangerous", "quick", "changes-pool"})
        self.assertEqual(tags_of_cases(one, ["b"]), {"quick", "changes-pool"})
        self.assertEqual(parse_patterns(["tag:dangerous"], [])[0].selected(one), ["a"])
        self.assertEqual(tags_of_case(program(seconds=20, cases={"race": ""}), "race"), ["race"])

    def test_which_tags_are_declared(self) -> None:
        """Programs, which check it themselves (lib/frame/tag.c), and the schema agree."""
        with open(os.path.join(support.TOP, "lib", "frame", "tag.c"), encoding="ascii") as file:
            listed = dict(re.findall(r'\{"([a-z-]+)", (true|false)\}', file.read()))
        self.assertEqual(sorted(listed), sorted(TAGS))
        self.assertEqual(sorted(tag for tag, may in listed.items() if may == "true"),
                         sorted(support.valid.rules("describe")["definitions"]["tags"]["items"][
                             "enum"]))


class Shown(support.Case):
    """What list says of them, and which programs a tag selects there."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("fast", GOOD, seconds=5)
        self.programs.add("long", GOOD, seconds=60)
        self.programs.add("fixed", GOOD, seconds=20, sources=FIX)
        self.programs.add("holes_race", GOOD, area="else")
        self.programs.add("declares", GOOD, area="more", tags=["regression"], cases=("a", "b"))

    def _list(self, *words: str) -> List[Dict[str, Any]]:
        done = self.programs.run("list", "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found: List[Dict[str, Any]] = json.loads(done.stdout)["programs"]
        return found

    def test_list_has_them(self) -> None:
        rows = {row["name"]: row for row in self._list()}
        self.assertEqual({name: row["tags"] for name, row in rows.items()}, {
            "bad/fast": ["quick"], "bad/fixed": ["regression"], "bad/long": ["slow"],
            "else/holes_race": ["race"], "more/declares": ["quick", "regression"]})
        self.assertEqual(rows["bad/fast"]["cases"][0],
                         {"name": "a", "summary": "", "tags": ["quick"]})

    def test_they_select(self) -> None:
        for words, names in ((("tag:quick", "--exclude", "more"), ["bad/fast"]),
                             (("tag:slow", "tag:race"), ["bad/long", "else/holes_race"]),
                             (("bad", "--tag", "slow"), ["bad/long"]),
                             (("--tag", "slow", "--tag", "regression"),
                              ["bad/fixed", "bad/long", "more/declares"]),
                             (("--tier", "quick"), ["bad/fast", "more/declares"]),
                             (("--tier", "full", "else"), ["else/holes_race"])):
            with self.subTest(words=words):
                self.assertEqual([row["name"] for row in self._list(*words)], names)

    def test_a_program_without_a_description_is_not_hidden_by_a_tier(self) -> None:
        self.programs.add_text("mute", support.SHEBANG)
        done = self.programs.run("list", "--json", "--tier", "quick")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([row["name"] for row in json.loads(done.stdout)["programs"]],
                         ["bad/fast", "bad/mute", "more/declares"])

    def test_a_tag_that_nobody_declares(self) -> None:
        self.programs.add("odd", GOOD, tags=["quick"])
        done = self.programs.run("list", "--json", "bad/odd")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tags", json.loads(done.stdout)["programs"][0]["broken"])

    def test_no_such_tag(self) -> None:
        for words in (("tag:quik",), ("--tag", "quik")):
            self.refused(self.programs.run("list", *words), "no tag quik", ", ".join(TAGS))
        self.refused(self.programs.run("list", "--tier", "fast"), "fast", "quick", "full")
        self.refused(self.programs.run("list", "bad/fast", "--tag", "slow"), "nothing is left",
                     "--tag slow")


if __name__ == "__main__":
    support.main()
