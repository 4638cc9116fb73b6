#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Skip files: what they may say, where and how long it applies, and how it is recorded."""
from __future__ import annotations

import datetime
import json
import os
import unittest
from typing import Any, Dict, List

import support
from runner import skip_list
from runner.errors import Refused
from runner.evidence import Death
from runner.judge import lost
from runner.kernels import named, running
from runner.watch import handed
from runner.plan import Planned
from runner.programs import Program
from runner.reading import load
from runner.record import find_run
from runner.request import Request
from runner.schema import checker
from runner.tap_stream import TapReader
from support import FAILS_IF_RUN, GOOD, GOOD_ASKED

KERNEL = named("6.12.5", "x86_64")
DAY = datetime.date(2026, 12, 1)


def planned(size: Any = None, **more: Any) -> Planned:
    """A run of x/p with the cases a and b."""
    program = Program("", "x", "p", **{"cases": {"a": "", "b": ""}, **more})
    return Planned(program, size, list(program.cases))


class Files(unittest.TestCase):
    """Files that are read here."""

    def setUp(self) -> None:
        folder = support.Programs()
        self.addCleanup(folder.close)
        self.path = os.path.join(folder.path, "skips.yaml")

    def write(self, *lines: str) -> None:
        """Writes a file with one entry of these lines."""
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("format: 1\nskips:\n- " + "\n  ".join(
                ("names: [x/p]", "reason: why", *lines)) + "\n")

    def _here(self, *lines: str) -> bool:
        self.write(*lines)
        return bool(skip_list.load([self.path], KERNEL, DAY)[0])

    def test_where_and_how_long(self) -> None:
        for lines, here in (((), True), (("machine: [arm64, x86_64]",), True),
                            (("machine: [arm64]",), False), (('since: "6.12"',), True),
                            (('since: "6.13"',), False), (('fixed: ["6.12.5"]',), False),
                            (('fixed: ["6.12.6"]',), True),
                            (('distributions: [{release: "6.12.*", fixed: "6.12.9"}]',), True),
                            (('distributions: [{release: "5.14.*"}]',), False),
                            (("until: 2026-12-01",), True), (("until: 2026-11-30",), False),
                            (('until: "2026-12-02"',), True)):
            with self.subTest(lines):
                self.assertEqual(self._here(*lines), here)

    def test_what_is_over_is_told(self) -> None:
        self.write("until: 2026-11-30", "machine: [x86_64]")
        self.assertEqual(skip_list.load([self.path], KERNEL, DAY)[1], [
            f"{self.path}: the skip of x/p ended on 2026-11-30: it runs again"])
        self.write("until: 2026-11-30", "machine: [arm64]")
        self.assertEqual(skip_list.load([self.path], KERNEL, DAY), ([], []))

    def test_what_is_named(self) -> None:
        for names, size, left, verdict in (
                ("x", None, ["a", "b"], "skip"), ("x/p.a", None, ["b"], None),
                ("'p.?'", None, ["a", "b"], "skip"), ("x/p.a@2M", "2M", ["b"], None),
                ("x/p@7G", "2M", ["a", "b"], None), ("tag:dangerous", None, ["a", "b"], None)):
            with self.subTest(names):
                with open(self.path, "w", encoding="utf-8") as file:
                    file.write(f"format: 1\nskips: [{{names: [{names}], reason: why}}]\n")
                one = planned(size)
                skip_list.apply([one], skip_list.read(self.path))
                self.assertEqual((one.cases, one.verdict), (left, verdict))
                if verdict:
                    self.assertEqual(one.reason, "why (skip file skips.yaml)")

    def test_a_program_that_cannot_be_described(self) -> None:
        self.write("until: 2030-01-31")
        one = planned(cases={}, broken="no answer")
        one.verdict, one.reason = "broken", "no answer"
        skip_list.apply([one], skip_list.read(self.path))
        self.assertEqual((one.verdict, one.reason),
                         ("skip", "why (skip file skips.yaml, until 2030-01-31)"))

    def test_it_comes_back_from_the_record(self) -> None:
        self.write("until: 2030-01-31", 'since: "6.1"')
        found = skip_list.read(self.path)
        again = skip_list.recorded({"skips": [skip.as_json() for skip in found]})
        self.assertEqual([skip.as_json() for skip in again], [skip.as_json() for skip in found])
        self.assertTrue(again[0].here(named("3.0", "arm64")))
        self.assertEqual(skip_list.recorded({}), [])

    def test_a_guest_that_dies_does_not_lose_them(self) -> None:
        one = planned(cases={"a": "", "b": "", "c": ""})
        self.write()
        skip_list.apply([one], skip_list.recorded(
            {"skips": [{"names": ["x/p.a"], "reason": "why"}]}))
        result = lost(one, TapReader().tap, Death("panic", "it died", [], []))
        self.assertEqual({point["name"]: point["verdict"] for point in result["points"]},
                         {"x/p.b": "panic", "x/p.a": "skip"})
        self.assertEqual(result["rest"], ["c"])

    def test_aliases(self) -> None:
        """They save writing, and cannot stand for more than the memory holds."""
        self.write("machine: &here [x86_64]")
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("- {names: [y], reason: r, machine: *here}\n")
        self.assertEqual([skip.machine for skip in skip_list.read(self.path)],
                         [("x86_64",), ("x86_64",)])
        bomb = "&a0 {skips: []}"
        for number in range(1, 20):
            bomb = f"&a{number} {{skips: [{bomb}, *a{number - 1}]}}"
        for text, word in ((f"[{bomb}]", "more than"), ("&a [{skips: *a}]", "contains itself")):
            with open(self.path, "w", encoding="utf-8") as file:
                file.write(f"format: 1\nskips: {text}\n")
            with self.subTest(word), self.assertRaisesRegex(Refused, word):
                skip_list.read(self.path)

    def test_the_schema_takes_what_the_reader_takes(self) -> None:
        entry = {"names": ["x/p", "tag:race"], "reason": "r", "until": "2026-12-31",
                 "machine": ["x86_64"], "since": "6.1", "fixed": ["6.12.3", "7.0-rc1"],
                 "distributions": [{"release": "5*", "id": "rhel", "version": "9*",
                                    "since": "5.14.0-1", "fixed": "5.14.0-503"}]}
        self.assertIsNone(checker("skip-file")({"format": 1, "skips": [entry]}))
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"format": 1, "skips": [entry]}, file)
        self.assertEqual(len(skip_list.read(self.path)), 1)


class Guests(unittest.TestCase):
    """What a guest gets, which does not see every file of the host."""

    def test_a_guest_gets_copies(self) -> None:
        programs = support.Programs()
        self.addCleanup(programs.close)
        path, folder = os.path.join(programs.path, "my skips.yaml"), programs.results
        os.mkdir(folder)
        text = "format: 1\nskips: [{names: [x/p], reason: why}]\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        asked = Request(skip_files=(path, path))
        found = handed.hand_on(asked, folder, again=False)
        self.assertEqual(found.skip_files, tuple(
            f"{folder}/skip-file-{number}-my_skips.yaml" for number in (1, 2)))
        for copy in found.skip_files:
            with open(copy, encoding="utf-8") as file:
                self.assertEqual(file.read(), text)
        self.assertEqual(handed.names(folder), [
            "run.json", "results.jsonl", "past.json", "past-overlap.json",
            "skip-file-1-my_skips.yaml", "skip-file-2-my_skips.yaml"])
        self.assertEqual(handed.hand_on(asked, folder, again=True), asked)
        with open(path, "w", encoding="utf-8") as file:
            file.write("[]")
        with self.assertRaisesRegex(Refused, "not a skip file"):
            handed.hand_on(asked, folder, again=False)


class Runs(support.Case):
    """Runs with such files."""

    def write(self, text: str) -> str:
        """Writes a file; returns its path."""
        path = os.path.join(self.programs.path, "skips.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_refused_at_the_door(self) -> None:
        self.programs.add("good", GOOD)
        head = "format: 1\nskips:\n- names: [bad/good]\n  reason: why\n"
        for text, words in (
                ("", ["not a skip file"]), ("[]", ["not a skip file"]),
                ("format: 2\nskips: []", ["not a skip file"]),
                ("format: 1\nskips: []\nmore: 1", ["not a skip file"]),
                ("format: 1\nskips: {}", ["not a skip file"]), ("a: [", ["is not YAML"]),
                ("a: !!timestamp soon", ["is not YAML"]), ("a: !!bool soon", ["is not YAML"]),
                ("a: !!int", ["is not YAML"]),
                ("a: !!python/object/apply:os.system [id]", ["is not YAML"]),
                (head + "- reason: why\n", ["entry 2", "has no names"]),
                (head + "- names: [x]\n", ["entry 2", "has no reason"]),
                (head + "- names: x\n  reason: y\n", ["entry 2", "names is not a list"]),
                (head + "- names: []\n  reason: y\n", ["entry 2", "names has too few"]),
                (head + "- names: [x@2X]\n  reason: y\n", ["entry 2", "2X"]),
                (head + "- names: ['tag:x']\n  reason: y\n", ["entry 2", "no tag x"]),
                (head + "- 3\n", ["entry 2", "is not a map"]),
                (head + "  link: x\n", ["entry 1", "link"]),
                (head + "  reason: z\n", ["reason stands there twice"]),
                (head + "  1: z\n", ["1 is no key"]),
                (head + "  ? [x]\n  : z\n", ["['x'] is no key"]),
                (head + "  since: 6.12\n", ["entry 1", "since", "quotes"]),
                (head + "  since: '6'\n", ["entry 1", "since"]),
                (head + "  until: soon\n", ["entry 1", "until"]),
                (head + "  until: 2026-02-30\n", ["day is out of range"]),
                (head + "  until: '2026-02-30'\n", ["entry 1", "day"]),
                (head + "  until: 2026-02-03 10:00:00\n", ["entry 1", "until"]),
                (head + "  machine: x86_64\n", ["entry 1", "machine is not a list"])):
            with self.subTest(text):
                self.refused(self.programs.run("func", "--skip-file", self.write(text)),
                             "skips.yaml", *words)
        self.refused(self.programs.run("func", "--skip-file", "/none"), "/none", "skip file")
        self.refused(self.programs.run("func", "--skip-file", "/dev/zero"), "longer than")
        self.assertFalse(os.path.exists(self.programs.results))

    @support.needs_root
    def test_it_is_a_skip_with_that_reason_in_the_record(self) -> None:
        self.programs.add("good", GOOD_ASKED)
        self.programs.add("bad", FAILS_IF_RUN)
        self.programs.add_text("mute", support.SHEBANG)
        machine = running().machine
        path = self.write("format: 1\nskips:\n"
                          "- names: [bad/bad, bad/good.a]\n  reason: 'bug 7'\n"
                          f"  machine: [{machine}]\n  until: 2999-12-31\n"
                          "- names: [bad/mute]\n  reason: 'bug 8'\n"
                          "- names: [bad/good.b]\n  reason: old\n  until: 2001-01-01\n")
        done = self.programs.run("func", "--skip-file", path)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("the skip of bad/good.b ended on 2001-01-01: it runs again", done.stderr)
        found = self.programs.record()
        reason = "bug 7 (skip file skips.yaml, until 2999-12-31)"
        self.assertEqual((found["bad/bad"]["verdict"], found["bad/bad"]["reason"]),
                         ("skip", reason))
        self.assertEqual(self._points(found["bad/good"]), {
            "bad/good.b": ("pass", None), "bad/good.a": ("skip", reason)})
        self.assertEqual(found["bad/mute"]["reason"], "bug 8 (skip file skips.yaml)")
        self.assertIn(reason, done.stdout.split("Skipped:")[1])
        run = load(find_run("latest", self.programs.results))[0]
        self.assertEqual([skip["names"] for skip in run["skips"]],
                         [["bad/bad", "bad/good.a"], ["bad/mute"]])

    @support.needs_root
    def test_a_resumed_run_keeps_them(self) -> None:
        self.programs.add("good", GOOD_ASKED)
        path = self.write("format: 1\nskips:\n- names: [bad/good.a]\n  reason: 'bug 7'\n")
        self.assertEqual(self.programs.run("func", "--skip-file", path).returncode, 0)
        folder = find_run("latest", self.programs.results)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii"):
            pass
        os.unlink(path)
        self.refused(self.programs.run("func", "--resume", "latest", "--skip-file", path),
                     "leave them out")
        done = self.programs.run("func", "--resume", "latest")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self._points(self.programs.record()["bad/good"])["bad/good.a"],
                         ("skip", "bug 7 (skip file skips.yaml)"))

    def _points(self, result: Dict[str, Any]) -> Dict[str, Any]:
        points: List[Dict[str, Any]] = result["points"]
        return {point["name"]: (point["verdict"], point["reason"]) for point in points}


if __name__ == "__main__":
    support.main()
