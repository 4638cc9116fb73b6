#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything that a program can print, and all ways to end: every combination is judged, and
compared with a table that is independent of the judge. No root."""
from __future__ import annotations

import itertools
import unittest
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import support
from runner.evidence import Evidence
from runner.judge import judge
from runner.plan import Planned
from runner.programs import Program
from runner.run import Ended
from runner.tap_stream import TapReader

CASES = ["a", "b", "c"]
# Worst last.
ORDER = ("pass", "skip", "broken", "fail", "timeout", "crash")


@dataclass(frozen=True)
class Said:
    """Points as a program may print them. `right`: each of the cases once, as it should be;
    `failed`: one of them is not ok; `skipped`: all of them are skipped."""

    lines: Tuple[str, ...]
    right: bool = True
    failed: bool = False
    skipped: bool = False


@dataclass(frozen=True)
class End:
    """How a program ends; `verdict` is that of an end that is not its own."""

    ended: Ended
    verdict: Optional[str] = None


A, B, C = "ok 1 - a", "ok 2 - b", "ok 3 - c"
POINTS: Dict[str, Said] = {
    "all ok": Said((A, B, C)),
    "one not ok": Said((A, "not ok 2 - b", C), failed=True),
    "one skipped": Said((A, "ok 2 - b # SKIP no room", C)),
    "all skipped": Said(tuple(f"{line} # SKIP no room" for line in (A, B, C)), skipped=True),
    "none": Said((), right=False),
    "one": Said((A,), right=False),
    "fewer, one not ok": Said((A, "not ok 2 - b"), right=False, failed=True),
    "one more, unknown": Said((A, B, C, "ok 4 - d"), right=False),
    "unknown, not ok": Said((A, B, "not ok 3 - d"), right=False, failed=True),
    "one twice": Said((A, B, "ok 3 - b"), right=False),
    "one twice, then not ok": Said((A, B, C, "not ok 4 - b"), right=False, failed=True),
    "numbers out of order": Said((A, "ok 3 - c", "ok 2 - b"), right=False),
    "without a name": Said((A, "ok 2", C), right=False),
    "without a number": Said((A, "ok - b", C), right=False),
    "okay": Said((A, B, "okay 3 - c"), right=False),
    "to do, ok": Said((A, f"{B} # TODO later", C), right=False),
    "to do, not ok": Said((A, "not ok 2 - b # todo", C), right=False),
    "another directive": Said((A, B, f"{C} # flaky"), right=False),
    "skipped without a reason": Said((A, f"{B} # SKIP", C), right=False),
    "skipped and not ok": Said((A, "not ok 2 - b # SKIP x", C), right=False, failed=True),
}
# The plan lines before the first point, after the first, and after all; {} is how many
# points are printed. Whether that is right where the points are.
PLANS: Dict[str, Tuple[Tuple[str, str, str], bool]] = {
    "early": (("1..{}", "", ""), True), "late": (("", "", "1..{}"), True),
    "absent": (("", "", ""), False), "in the middle": (("", "1..{}", ""), False),
    "early and late": (("1..{}", "", "1..{}"), False),
    "twice": (("1..{}\n1..{}", "", ""), False), "too many": (("1..9", "", ""), False),
    "too few": (("1..1", "", ""), False), "none": (("1..0", "", ""), False),
    "garbled": (("1..{} or so", "", ""), False), "no range": (("1--{}", "", ""), False),
    "skips": (("1..0 # SKIP no room", "", ""), False),
    "skips without a reason": (("1..0 # SKIP", "", ""), False),
    "skips late": (("", "", "1..0 # SKIP no room"), False),
    "skips points": (("1..{} # SKIP x", "", ""), False),
    "skips one": (("1..1 # SKIP x", "", ""), False),
}
# First line, and whether that is right.
VERSIONS = {"": True, "TAP version 14": True, "TAP version 13": True, "TAP version 12": False,
            "TAP version 15": False}
# Last line, and whether that is right.
TAILS = {"": True, "# a note": True, "Bail out! no memory": False,
         "Bail out! no memory\nok 9 - z": False, "what is this": False,
         "TAP version 14": False, "ok 9 - z": False}
ENDS = [End(Ended(exit=status)) for status in (0, 1, 2, 3, 127)] + [
    End(Ended(signal=name), "crash") for name in ("SIGSEGV", "SIGBUS", "SIGKILL", "SIGTERM")] + [
    End(Ended(exit=0, timed_out=True), "timeout"), End(Ended(exit=2, timed_out=True), "timeout"),
    End(Ended(signal="SIGKILL", timed_out=True), "timeout"),
    End(Ended(error="cannot be started"), "broken")]

PLANNED = Planned(Program("/nowhere", "hugetlb", "cow", cases=dict.fromkeys(CASES, "")), "2M",
                  CASES)


def _text(version: str, plan: str, said: Said, tail: str) -> str:
    early, middle, late = (line.replace("{}", str(len(said.lines)))
                           for line in PLANS[plan][0])
    lines = [version, early, *said.lines[:1], middle, *said.lines[1:], late, tail]
    return "".join(f"{line}\n" for line in lines if line)


def _tap(text: str) -> Any:
    reader = TapReader()
    reader.feed(text.encode())
    return reader.finish()


def _expected(version: str, plan: str, points: str, tail: str, end: End) -> str:
    """The verdict, according to the tables above for each part alone."""
    said, right = POINTS[points], VERSIONS[version] and TAILS[tail]
    if points == "none" and plan in ("skips", "skips late", "skips points"):
        # Skipping the whole program is the only valid output without its cases.
        good, well = "skip", right
    else:
        # In the middle of one point or none is no middle.
        placed = PLANS[plan][1] or (plan == "in the middle" and len(said.lines) == 1)
        good, well = "skip" if said.skipped else "pass", right and placed and said.right
    found = [good]
    if not well or (not end.verdict and end.ended.exit != (1 if said.failed else 0)):
        found.append("broken")
    if said.failed:
        found.append("fail")
    if end.verdict:
        found.append(end.verdict)
    return max(found, key=ORDER.index)


class Protocol(unittest.TestCase):
    """Each combination. An end that is not the program's own excuses what it did not say,
    which makes no difference: it is worse itself."""

    def test_every_combination(self) -> None:
        wrong: List[str] = []
        number = 0
        texts: Sequence[Tuple[str, str, str, str]] = list(
            itertools.product(VERSIONS, PLANS, POINTS, TAILS))
        for version, plan, points, tail in texts:
            tap = _tap(_text(version, plan, POINTS[points], tail))
            for end in ENDS:
                result = judge(Evidence(PLANNED, end.ended, tap, {}, {}))
                expected = _expected(version, plan, points, tail, end)
                number += 1
                if (result["verdict"], result["reason"] is None) != (
                        expected, expected == "pass"):
                    wrong.append(f"{[version, plan, points, tail]} {end}: {expected}, not "
                                 f"{result['verdict']} ({result['reason']})")
        self.assertEqual(wrong[:10], [], f"{len(wrong)} of {number}")
        self.assertGreater(number, 100000)

    def test_of_a_program_without_a_processor(self) -> None:
        """What it had no time to print is disturbed; what it did wrong before is not excused."""
        ended = Ended(signal="SIGKILL", timed_out=True, starved="others had the processors")
        for text, verdict in (
                ("TAP version 14\n1..3\n", "disturbed"), (f"1..3\n{A}\n", "disturbed"),
                (f"1..3\n{A}\nnot ok 2 - b\n", "fail"), (f"1..3\n{A}\n{A}\n", "broken"),
                (f"1..3\n{A}\nBail out! no memory\n", "broken")):
            with self.subTest(repr(text)):
                reader = TapReader()
                reader.feed(text.encode())
                result = judge(Evidence(PLANNED, ended, reader.finish(cut=True), {}, {}))
                self.assertEqual(result["verdict"], verdict, result["reason"])
                self.assertIn("others had the processors", result["reason"])

    def test_what_is_wrong_is_reported(self) -> None:
        for text, words in (
                ("1..1 # SKIP x\nok 1 - a\n", "a plan that skips 1 point"),
                ("1..0 # SKIP x\nok 1 - a\n", "planned 0 points, reported 1"),
                (f"{A}\n{B}\n1..3\n{C}\n", "point c after the plan"),
                (f"1..3\n{A}\n{B} # TODO\n{C}\n", "point b with # TODO"),
                (f"1..3\n{A}\nBail out! x\n{B}\n", "goes on after it has bailed out: ok 2 - b"),
                (f"1..3\nTAP version 14\n{A}\n{B}\n{C}\n", "first line"),
                (f"1..3\n{A}\n{A}\n", "point a twice"),
                (f"1..3\n{A}\n  ---\n  kind: \"crash\"\n  ...\n{B}\n{C}\n",
                 "point a is ok, and of the kind crash")):
            with self.subTest(repr(text)):
                result = judge(Evidence(PLANNED, Ended(exit=0), _tap(text), {}, {}))
                self.assertEqual(result["verdict"], "broken")
                self.assertIn(words, result["reason"])

    def test_what_only_looks_like_tap(self) -> None:
        """Leading zeros, digits that are not 0-9, and words that begin like SKIP."""
        whole = f"TAP version 14\n1..3\n{A}\n{B}\n{C}\n"
        self.assertEqual(judge(Evidence(PLANNED, Ended(exit=0), _tap(whole), {}, {}))["verdict"],
                         "pass")
        for good, text, verdict in (
                ("1..3", "1..03", "broken"), ("1..3", "1..\u0663", "broken"),
                (C, "ok 03 - c", "broken"), (C, "ok \u0663 - c", "broken"),
                (C, "ok 3- c", "broken"), (C, "not ok 03 - c", "fail"),
                (C, f"{C} # SKIPfoo bar", "broken"), (C, f"{C} # SKIPPED because", "broken"),
                (C, f"{C} # skip: because", "pass"), (C, f"{C} # SKIP because", "pass"),
                ("14", "014", "broken"), ("14", "1\u0664", "broken"), ("14", "14.0", "broken")):
            with self.subTest(text):
                tap = _tap(whole.replace(good, text))
                result = judge(Evidence(PLANNED, Ended(exit=int(verdict == "fail")), tap, {}, {}))
                self.assertEqual((result["verdict"], not tap.problems),
                                 (verdict, verdict == "pass"), result["reason"])
        for text in ("1..0 # SKIPPED because", "1..0 # SKIPfoo bar", "1..00 # SKIP because"):
            with self.subTest(text):
                result = judge(Evidence(PLANNED, Ended(exit=0), _tap(text), {}, {}))
                self.assertEqual(result["verdict"], "broken")

    def test_every_order_of_lines(self) -> None:
        """A program passes only with the points in order, the plan before or after them, and the
        version first."""
        lines = ["TAP version 14", "1..3", A, B, C, "not ok 2 - b", "Bail out! x"]
        good, failed = [A, B, C], [A, "not ok 2 - b", C]
        wrong: List[str] = []
        for size in range(6):
            for chosen in itertools.product(lines, repeat=size):
                rest = list(chosen[chosen[:1] == ("TAP version 14",):])
                expected = {0: "broken", 1: "broken"}
                if "not ok 2 - b" in chosen[:(*chosen, "Bail out! x").index("Bail out! x")]:
                    expected = {0: "fail", 1: "fail"}
                elif rest in (["1..3", *good], [*good, "1..3"]):
                    expected[0] = "pass"
                tap = _tap("".join(f"{line}\n" for line in chosen))
                for status, verdict in expected.items():
                    result = judge(Evidence(PLANNED, Ended(exit=status), tap, {}, {}))
                    # A failure may be reported in two valid ways too.
                    well = verdict == "pass" or status == 1 and rest in (
                        ["1..3", *failed], [*failed, "1..3"])
                    reported = any(one["kind"] != "point" for one in result["findings"])
                    if (result["verdict"], reported) != (verdict, not well):
                        wrong.append(f"{chosen}, exit {status}: {verdict}, not "
                                     f"{result['verdict']} ({result['reason']})")
        self.assertEqual(wrong[:10], [], f"{len(wrong)}")

    def test_a_point_that_is_none_counts_as_broken(self) -> None:
        text = f"1..3\n{A}\nnot ok 2 - b # TODO later\n{C} # x\n"
        result = judge(Evidence(PLANNED, Ended(exit=1), _tap(text), {}, {}))
        self.assertEqual([(p["verdict"], p["reason"]) for p in result["points"]], [
            ("pass", None), ("broken", "# TODO later is no result"),
            ("broken", "# x is no result")])

    def test_of_a_program_that_was_ended_half_a_line_says_nothing(self) -> None:
        for text in (f"1..3\n{A}\nok 2 - ", f"1..3\n{A}\nwha", f"1..3\n{A}\n  ---\n  got: 1\n"):
            with self.subTest(repr(text)):
                reader = TapReader()
                reader.feed(text.encode())
                tap = reader.finish(cut=True)
                result = judge(Evidence(PLANNED, Ended(signal="SIGKILL"), tap, {}, {}))
                self.assertEqual((result["verdict"], result["reason"]),
                                 ("crash", "killed by SIGKILL"))
        # Unlike what it printed before.
        tap = _tap(f"1..3\n{A}\nwhat is this\n")
        result = judge(Evidence(PLANNED, Ended(signal="SIGKILL"), tap, {}, {}))
        self.assertIn("not TAP: what is this", result["reason"])


if __name__ == "__main__":
    support.main()
