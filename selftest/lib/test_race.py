#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests whether the race engine's oracle detects what a broken kernel would do (misraces.c)."""
from __future__ import annotations

import os
import re
import sys
import unittest
from functools import lru_cache
from typing import List

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap.runner import TAPTestRunner  # noqa: E402
from test_frame import Point, run  # noqa: E402


@lru_cache(maxsize=None)
def point(case: str) -> Point:
    """The result of a case."""
    return run("misraces", case, options=["--seed", "7"]).points[case]


class Oracle(unittest.TestCase):
    """Every kind of damage is detected, and reported as such."""

    def seen(self, case: str, got: str, expected: str = ".") -> Point:
        """Expects that the case failed by the check, with this text."""
        found = point(case)
        self.assertFalse(found.ok, case)
        self.assertEqual(found.yaml.get("kind"), "check", found.yaml)
        self.assertRegex(found.yaml["got"], got)
        self.assertRegex(found.yaml["expected"], expected)
        return found

    def test_right(self) -> None:
        """A right kernel passes, and the report counts its operations."""
        found = point("right")
        self.assertTrue(found.ok, found.yaml)
        self.assertRegex(found.yaml["observed"]["write"], r"^\d{3,} operations, \d+/s: \d+ ok")
        self.assertRegex(found.yaml["observed"]["write 2"], r"operations")
        self.assertRegex(found.yaml["observed"]["pages judged"], r"^\d{4,}")

    def test_lost(self) -> None:
        """A page that was dropped behind the oracle's back."""
        found = self.seen("lost", r"^zero .* at 0x[0-9a-f]+: page \d+ \(huge page [01], ",
                          r"page \d+")
        self.assertIn("seed 7", found.yaml["history"])
        self.assertIn("culprit of process 0", found.yaml["history"])

    def test_announced(self) -> None:
        """The same is right if it is announced."""
        self.assertTrue(point("announced").ok, point("announced").yaml)

    def test_when_full(self) -> None:
        """The program's own check at the end, in the first process."""
        found = self.seen("when_full", "EINVAL", "ENOENT")
        self.assertEqual(found.yaml["step"], "the last check")

    def test_stale(self) -> None:
        """A page with its previous content (stale)."""
        age = r"owner 0, page \d+, generation \d+"
        self.seen("stale", age, age)

    def test_torn(self) -> None:
        """A page of two generations (torn)."""
        found = self.seen("torn", r"owner 0, page \d+, generation \d+")
        byte = int(re.search(r"byte (0x[0-9a-f]+)", found.yaml["got"]).group(1), 16)  # type: ignore
        self.assertGreaterEqual(byte, 2048)

    def test_foreign(self) -> None:
        """Another page's bytes."""
        self.seen("foreign", r"page 7\b.*at 0x[0-9a-f]+: page 0 ", r"page 0")

    def test_bit(self) -> None:
        """One bit."""
        self.seen("bit", r"byte 0x268", r"filling of its word 77")

    def test_shared_after_fork(self) -> None:
        """What another process wrote."""
        self.seen("shared_after_fork", r"owner 15", r"owner 0")

    def test_absent(self) -> None:
        """A mapping that is missing."""
        self.seen("absent", r"SIGSEGV \(code 2\) at 0x", "no signal")

    def test_errno(self) -> None:
        """An errno that the actor does not declare."""
        self.seen("errno_unknown", r"EPERM from culprit on pages \d+ to \d+ \(operation 21 ")

    def test_never_succeeds(self) -> None:
        """An actor that never succeeded."""
        self.seen("never_succeeds", r"of \d+ operations of culprit none did; .* EBUSY")

    def test_no_event(self) -> None:
        """A race in which nothing happened."""
        self.seen("no_event", "no thp_split_page_failed")

    def test_hangs(self) -> None:
        """An operation that does not end, by time in which its thread ran or slept."""
        self.seen("hangs", r"^culprit of process 0 is in its operation 1 for [1-4]\.\d s, and ran "
                  r"or slept for [1-3]\.\d s of it")
        found = point("starved")
        self.assertTrue(found.ok, found.yaml)
        self.assertNotIn("is in its operation", str(found.yaml.get("tries")))

    def test_killed(self) -> None:
        """A process that dies ends the race before its time is over."""
        found = point("killed")
        self.assertFalse(found.ok)
        self.assertIn("SIGKILL", found.yaml["got"])

    @staticmethod
    def met(case: str, pair: str) -> int:
        """How often the two met."""
        observed = point(case).yaml["observed"]
        said = ", ".join(text for key, text in observed.items() if key.startswith("overlap "))
        return int(dict(word.rsplit(" ", 1) for word in said.split(", ") if word).get(pair, 0))

    def test_meetings(self) -> None:
        """Operations that overlap on a huge page are counted once, others not."""
        always, seldom = self.met("meet", "one+other"), self.met("meet_at_times", "one+other")
        # Each has 200 operations at least; of two that overlap one counts.
        self.assertGreater(always, 200)
        self.assertLess(seldom, always / 3)
        self.assertGreater(seldom, 5)
        self.assertEqual(self.met("take_turns", "one+other"), 0)
        self.assertEqual(self.met("meet", "one+one"), 0)
        self.assertGreater(self.met("right", "write+write"), 0)

    @staticmethod
    def narrowed(case: str, value: str) -> Point:
        """The result of a case with the parameter `race`."""
        return run("misraces", case, options=["--param", f"race={value}"]).points[case]

    def test_shown(self) -> None:
        """A race says what it is, and is not run: `lost` would fail."""
        found = self.narrowed("lost", "show")
        self.assertTrue(found.ok, found.yaml)
        self.assertEqual(found.yaml["observed"], {
            "race": "target=anon_thp pages=2 page_kb=0 processes=1 pte_mapped=0 whole_span=0 "
                    "rounds=400",
            "actor 1": "write", "actor 2": "write", "actor 3": "read", "actor 4": "culprit"})

    def test_narrowed(self) -> None:
        """Only the actors that are named, as often as they are, for as many rounds."""
        found = self.narrowed("lost", "actors=write+read,rounds=5000,pages=1,processes=2")
        self.assertTrue(found.ok, found.yaml)
        self.assertEqual({key for key in found.yaml["observed"] if not key.startswith("overlap")},
                         {"target", "write", "read", "pages judged"})
        # A worker goes on until the slowest one has done its rounds: at least 400 as declared.
        self.assertGreaterEqual(int(found.yaml["observed"]["read"].split()[0]), 10000)
        found = self.narrowed("lost", "actors=culprit+write,range=huge")
        self.assertRegex(found.yaml["got"], "^zero ")
        # Nor need its events occur.
        found = self.narrowed("no_event", "rounds=5")
        self.assertTrue(found.ok, found.yaml)

    def test_narrowed_to_nothing(self) -> None:
        """What the race has not got is no race."""
        for value, said in (("actors=write+write+write", "the race has no such actor: write"),
                            ("actors=nobody", "the race has no such actor: nobody"),
                            ("rounds=0", "wants a number from 1 on: rounds=0"),
                            ("pages=1x", "wants a number"), ("range=all", "has no range=all"),
                            ("actors", "wants WORD=VALUE: actors"), ("x=1", "has no x=1")):
            found = self.narrowed("right", value)
            self.assertEqual(found.yaml.get("kind"), "broken", value)
            self.assertIn(said, found.yaml["got"])

    def test_seed(self) -> None:
        """The same seed makes the same choices, another seed others."""
        def choices(seed: str) -> List[str]:
            done = run("misraces", "right", options=["--seed", seed, "--verbose"])
            return re.findall(r"# choices ([0-9a-f]{16})", done.text)
        first = choices("11")
        self.assertEqual(len(first), 1)
        self.assertEqual(first, choices("11"))
        self.assertNotEqual(first, choices("12"))


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Oracle)
    sys.exit(not runner.run(suite).wasSuccessful())
