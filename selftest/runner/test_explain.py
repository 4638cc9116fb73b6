#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A known issue explains what it demands and hides nothing else: every combination of known issues
and findings, compared with a rule of one line. No root, nothing changed."""
from __future__ import annotations

import copy
import itertools
import re
import unittest
from typing import Any, Dict, List
from unittest import mock

import support
from found import (
    KINDS, NAME, counter, entry, fails, nothing_seen, of_log, of_run, says)
from runner import explain, findings, parts
from runner.complaints import complaint
from runner.evidence import Death
from runner.judge import lost, unrun
from runner.known import Counter, Demands, Issue
from runner.observe.kmsg import Line
from runner.plan import Planned
from runner.programs import Program
from runner.report.tally import items_of, tally
from runner.run import Ended
from runner.session import Session
from runner.tap_stream import TapReader
from runner.words import Words

STATUS = {"broken": 3, "unknown": 3}
# The taint flags that a complaint sets: 4 M, 5 B, 7 D, 9 W, 14 L.
FLAGS = {
    "WARNING: CPU: 1 PID: 7 at mm/x.c:1 f+0x1/0x2": (9,),
    "WARNING: mm/x.c:1 at f+0x1/0x2, CPU#1: x/7": (9,),
    "BUG: scheduling while atomic: x/7/0x00000002": (9,),
    "BUG: scheduling in a non-blocking section: x/7/0": (9,),
    "BUG: sleeping function called from invalid context at mm/x.c:1": (9,),
    "BUG: assuming atomic context at mm/x.c:1": (9,),
    "refcount_t: underflow; use-after-free.": (7, 9),
    "list_del corruption. prev->next should be 1, but was 2": (7, 9),
    "list_add double add: new=1, prev=2, next=3.": (7, 9),
    "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [x:7]": (14,),
    "mce: [Hardware Error]: Machine check events logged": (4,),
    "BUG: Bad page state in process x  pfn:12345": (5,),
    "BUG: Bad page map in process x  pte:1 pmd:2": (5,),
    "BUG: Bad page cache in process x  pfn:12345": (5,),
    "BUG: KASAN: slab-use-after-free in g+0x1/0x2": (5,),
    "BUG: KFENCE: out-of-bounds read in g+0x1/0x2": (5,),
    "BUG kmalloc-64 (Not tainted): Redzone overwritten": (5,),
    "kernel BUG at mm/x.c:1!": (7,),
    "BUG: unable to handle page fault for address: ffff888012345678": (7,),
    "BUG: kernel NULL pointer dereference, address: 0000000000000008": (7,),
    "Oops: 0000 [#1] PREEMPT SMP": (7,),
    "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP": (7,),
    "stack segment: 0000 [#1] PREEMPT SMP": (7,),
    "int3: 0000 [#1] PREEMPT SMP": (7,),
    "control protection fault: 0000 [#1]": (7,),
    "Kernel ade access[#1]:": (7,), "Kernel BUG [#1]": (7,), "load access fault [#1]": (7,),
    "Kernel BUG at f+0x1/0x2 [verbose debug info unavailable]": (7,),
    "general protection fault, probably for non-canonical address 0x1: 0000 [#2] SMP": (7,),
    "BUG: Bad rss-counter state mm:0 type:MM_ANONPAGES val:512": (),
    "BUG: non-zero pgtables_bytes on freeing mm: 4096": (),
    "BUG: Invalid wait context": (),
    "BUG: spinlock bad magic on CPU#0, x/7": (),
    "WARNING: possible circular locking dependency detected": (),
    "INFO: task x:7 blocked for more than 120 seconds.": (),
}


class Combinations(unittest.TestCase):
    """A result is known only if all of its findings are."""

    def test_every_combination(self) -> None:
        names = list(KINDS)
        some = [frozenset(chosen) for size in range(4)
                for chosen in itertools.combinations(names, size)]
        wrong: List[str] = []
        number = 0
        for present in (chosen for chosen in some if chosen):
            seen = nothing_seen()
            for name in names:
                if name in present:
                    KINDS[name][0](seen)
            for away in (chosen for chosen in some if len(chosen) < 3 and chosen <= present):
                issues = [issue for name, (_, _, issue) in KINDS.items()
                          if issue and name not in away]
                open_ones = [name for name in present
                             if name in away or KINDS[name][2] is None]
                number += 1
                reported = self._wrong(seen.result(*issues), present, open_ones)
                if reported:
                    wrong.append(f"{sorted(present)}, unknown {open_ones}: {reported}")
        self.assertEqual(wrong[:10], [], f"{len(wrong)} of {number}")
        self.assertGreater(number, 4000)

    def _wrong(self, result: Dict[str, Any], present: Any, open_ones: List[str]) -> str:
        """The combinations that are judged wrongly."""
        order = ("unknown", "broken", "fail", "leak", "kernel")
        worst = max((KINDS[name][1] for name in present), key=order.index)
        if result["verdict"] != worst:
            return f"verdict {result['verdict']}"
        if bool(result["known"]) == bool(open_ones):
            return f"known is {result['known']}"
        counts = tally({"plan": [NAME]}, [result])
        expected = min((STATUS.get(KINDS[name][1], 1) for name in open_ones), default=0)
        if counts.status(allow_all_skipped=True) != expected:
            return f"exit status {counts.status(True)}, not {expected}: {counts}"
        found = [finding["known"] for finding in result["findings"]]
        if (None in found) != bool(open_ones):
            return f"findings {result['findings']}"
        return ""


class Explained(unittest.TestCase):
    """Single cases."""

    def test_a_counter_hides_nothing_else(self) -> None:
        low = entry("low", NAME, "kernel", log=(re.compile("^vmstat_refresh: nr_hugetlb -"),),
                    counters=(Counter("vmstat.nr_hugetlb"),))
        seen = nothing_seen()
        KINDS["vmstat"][0](seen)
        self.assertEqual(seen.result(low)["known"], "low")
        for name in ("kasan", "taint", "process", "free"):
            KINDS[name][0](seen)
        seen.evidence.ended = Ended(signal="SIGSEGV")
        result = seen.result(low)
        self.assertEqual((result["verdict"], result["known"]), ("kernel", None))
        for words in ("KASAN", "soft lockup", "SIGSEGV", "process 7", "hugetlb.2M.free 8 -> 3",
                      "beside what is known (low)"):
            self.assertIn(words, result["reason"])
        self.assertNotIn("nr_hugetlb", result["reason"])

    def test_how_far_a_counter_may_be_off(self) -> None:
        for least, most, known in ((None, None, True), (-3, -1, True), (-1, None, False),
                                   (None, -3, False), (1, None, False), (-2, -2, True)):
            issue = entry("low", NAME, "leak", counters=(Counter("*.free", least, most),))
            seen = nothing_seen()
            counter("hugetlb.2M.free", -2)(seen)
            with self.subTest(f"{least} {most}"):
                self.assertEqual(bool(seen.result(issue)["known"]), known)

    def test_one_that_demands_nothing_explains_points_alone(self) -> None:
        verdicts = ("broken", "fail", "leak", "timeout", "crash", "kernel", "panic")
        every = Issue("every", ("*",), verdicts, "r", "l")
        for name, (happens, _, _) in KINDS.items():
            seen = nothing_seen()
            happens(seen)
            with self.subTest(name):
                self.assertEqual(bool(seen.result(every)["known"]),
                                 name in ("point", "any failure of a point", "point leaks"))
        for ended in (Ended(signal="SIGSEGV"), Ended(exit=0, timed_out=True)):
            seen = nothing_seen()
            seen.evidence.ended = ended
            self.assertIsNone(seen.result(every)["known"])

    def test_one_of_several_ways_is_enough(self) -> None:
        issue = Issue("two", (NAME, "hugetlb/cow.a@2M"), ("fail", "leak"), "r", "l", demands=(
            Demands(reason=re.compile("^zero")), Demands(counters=(Counter("*.rsvd"),))))
        for names, known in ((("point",), True), (("rsvd",), True), (("point", "rsvd"), True),
                             (("point", "free"), False)):
            seen = nothing_seen()
            for name in names:
                KINDS[name][0](seen)
            with self.subTest(str(names)):
                self.assertEqual(bool(seen.result(issue)["known"]), known)
        # The counter does not explain a point that failed in another way.
        seen = nothing_seen()
        fails("a", "check", "torn")(seen)
        KINDS["rsvd"][0](seen)
        result = seen.result(issue)
        self.assertEqual((result["known"], result["points"][0]["known"]), (None, None))

    def test_the_taint_comes_with_its_complaint(self) -> None:
        warning, bug = "WARNING: CPU: 1 PID: 7 at mm/x.c:1 f+1", "BUG: Bad page state in process x"
        for line, bit, known in ((warning, 9, True), (warning, 7, False), (warning, 5, False),
                                 (bug, 5, True), (bug, 9, False), (bug, 12, False),
                                 ("kernel BUG at mm/x.c:1!", 7, True),
                                 ("Oops: 0000 [#1] SMP", 7, True),
                                 ("watchdog: BUG: soft lockup - CPU#0 stuck", 14, True)):
            seen = nothing_seen()
            says(line, bit)(seen)
            with self.subTest(f"{line} {bit}"):
                result = seen.result(of_log("x", re.escape(line)))
                self.assertEqual(bool(result["known"]), known)
        # The flag of another complaint, which no issue explains, is not explained.
        seen = nothing_seen()
        says(warning, 9)(seen)
        says(bug, 5)(seen)
        states = {finding["text"]: finding["known"]
                  for finding in seen.result(of_log("x", "^WARNING"))["findings"]}
        self.assertEqual((states["W: warning"], states["B: bad page"]), ("x", None))

    def test_which_flags_a_complaint_brings(self) -> None:
        rows = set()
        for line, bits in FLAGS.items():
            with self.subTest(line):
                self.assertIsNotNone(complaint(line))
                self.assertEqual({bit for bit in range(20) if explain.brings(line, bit)},
                                 set(bits))
            table = explain._BRINGS  # pylint: disable=protected-access
            rows |= {next((number for number, (pattern, _) in enumerate(table)
                           if pattern.search(line)), -1)}
        self.assertEqual(rows, set(range(-1, len(table))), "a row that no line is for")

    def test_what_cuts_a_complaint_off_is_one_with_it(self) -> None:
        cut, line = "------------[ cut here ]------------", "WARNING: at a.c:7 f+1/2"
        for log, known in (([cut, line], True), ([line, cut], False), ([cut], False),
                           ([cut, "quiet", line], True)):
            seen = nothing_seen()
            seen.evidence.log += log
            with self.subTest(str(log)):
                self.assertEqual(bool(seen.result(of_log("x", "f[+]"))["known"]), known)

    def test_the_end_of_a_program(self) -> None:
        """The end may be explained by the name of the running point, if the demands match."""
        for points, reason, known in (
                ("hugetlb/cow.b@2M", "killed by SIGBUS", True),
                ("hugetlb/cow.b@2M", "killed by SIGSEGV", False),
                ("hugetlb/cow.a@2M", "killed by SIGBUS", False),
                (NAME, "killed by SIGBUS", False)):
            seen = nothing_seen()
            del seen.points["c"], seen.points["b"]
            seen.evidence.planned.cases.remove("c")
            seen.evidence.ended = Ended(signal="SIGBUS")
            issue = entry("x", points, "crash", reason=re.compile(reason))
            with self.subTest(f"{points} {reason}"):
                self.assertEqual(bool(seen.result(issue)["known"]), known)

    def test_what_is_known_does_not_hide_that_others_disturbed(self) -> None:
        """A disturbed run is tried again even if its findings are known: a leak would look the
        same."""
        issue = entry("p", "hugetlb/cow.b@2M", "fail")
        for happens, issues, tries in (((), (), 1), ((), (issue,), 1),
                                       ((counter("hugetlb.2M.free", -5),), (), 0),
                                       ((counter("hugetlb.2M.free", -5),), (issue,), 3)):
            seen = nothing_seen()
            seen.evidence.others = "java took 5"
            for happened in (fails("b", "check", "x"), *happens):
                happened(seen)
            result = seen.result(*issues)
            with self.subTest(f"{result['findings']}"), mock.patch.object(
                    Session, "_one", lambda *_, result=result, **__: dict(result, started="t")):
                again = Session.__new__(Session)._judged(  # pylint: disable=protected-access
                    seen.evidence.planned)
                self.assertEqual(len(again["tries"]), max(tries - 1, 0))

    def test_complaints_that_were_not_kept_are_unknown(self) -> None:
        """Complaints that were not kept may be other than the known ones."""
        words = Words()
        with mock.patch("runner.words.MAX_COMPLAINING", 3):
            for number in range(9):
                words.add(Line(number, 0, 4, True, f"BUG: Bad page state in process {number}"))
            words.finish()
        seen = nothing_seen()
        seen.evidence.log = words.log
        self.assertIn("6 complaints more", str(seen.result()["findings"]))
        self.assertIsNone(seen.result(of_log("x", "Bad page state"))["known"])
        seen = nothing_seen()
        seen.evidence.log += ["BUG: Bad page state in process x", ""]
        for out, known in (("none of them a complaint", True), ("2 of them complaints", False)):
            seen.evidence.log[-1] = f"[hugeproof: 700 lines left out here, {out}]"
            with self.subTest(out):
                result = seen.result(of_log("x", "Bad page state"))
                self.assertEqual((result["verdict"], bool(result["known"])), ("kernel", known))

    def test_a_known_flood_does_not_hide_another_complaint(self) -> None:
        flood = "WARNING: CPU: 1 PID: 7 at mm/x.c:1 f+0x1/0x2"
        others = ["UBSAN: array-index-out-of-bounds in mm/hugetlb.c:12:3",
                  "WARNING: CPU: 1 PID: 7 at mm/x.c:99 other+0x1/0x2",
                  "WARNING: CPU: 1 PID: 7 at mm/x.c:98 other+0x1/0x2",
                  "BUG: Bad rss-counter state mm:0 type:MM_ANONPAGES val:512"]
        words = Words()
        with mock.patch("runner.words.MAX_COMPLAINING", 30):
            for number, text in enumerate([flood] * 40 + [others[-1].replace("512", "3")] + others
                                          + [flood.replace("PID: 7", "PID: 812")]):
                words.add(Line(number, number, 4, True, text))
            words.finish()
        seen = nothing_seen()
        seen.evidence.log = words.log
        result = seen.result(of_log("x", "^WARNING: .* f[+]"))
        rest = [finding["text"] for finding in result["findings"] if not finding["known"]]
        self.assertEqual(len([text for text in rest if "kernel log, " in text]), 4, rest)
        for line in others[:3]:
            self.assertIn(line, str(rest))
        self.assertEqual([item.state for item in items_of(result)], ["passed"] * 3 + ["failed"])
        with mock.patch("runner.words.MAX_COMPLAINING", 3), \
                mock.patch("runner.words.MAX_KINDS", 5):
            words = Words()
            for number in range(99):
                words.add(Line(number, number, 4, True, f"BUG: at x.c:{number}"))
            words.finish()
        self.assertEqual(len(words.log), 6, words.log)

    def test_of_many_findings_the_unexplained_are_kept(self) -> None:
        seen = nothing_seen()
        seen.evidence.log += [f"BUG: Bad page state in process x  pfn:{n}" for n in range(500)]
        seen.evidence.log.append("BUG: KASAN: x")
        result = seen.result(of_log("x", "Bad page state"))
        self.assertEqual(len(result["findings"]), findings.MAX_RECORDED)
        self.assertEqual([f["known"] for f in result["findings"]][:2], [None, "x"])
        self.assertEqual([item.state for item in items_of(result)], ["passed"] * 3 + ["failed"])


class Elsewhere(unittest.TestCase):
    """Results that do not come from the end of a program."""

    PLANNED = Planned(Program("/nowhere", "hugetlb", "cow", cases=dict.fromkeys("abc", "")), "2M",
                      list("abc"))

    def _lost(self, *issues: Issue, log: Any = ("kernel BUG at mm/x.c:1!",)) -> Dict[str, Any]:
        reader = TapReader()
        reader.feed(b"1..3\nok 1 - a\n")
        return lost(copy.deepcopy(self.PLANNED), reader.tap, Death(
            "panic", "the guest died: x", list(log)), issues)

    def test_a_guest_that_died(self) -> None:
        bug = (re.compile("kernel BUG at mm/x.c"),)
        by_log = entry("x", "hugetlb/cow.b@2M", "panic", log=bug)
        self.assertEqual(self._lost(by_log)["known"], "x")
        self.assertEqual([item.state for item in items_of(self._lost(by_log))],
                         ["passed", "known"])
        for issues, log in (((), ("kernel BUG at mm/x.c:1!",)),
                            ((by_log,), ("kernel BUG at mm/x.c:1!", "BUG: KASAN: x")),
                            ((by_log,), ()),
                            ((entry("x", "hugetlb/cow.b@2M", "panic"),), ("BUG: x",)),
                            ((entry("x", "hugetlb/cow.c@2M", "panic", log=bug),),
                             ("kernel BUG at mm/x.c:1!",))):
            with self.subTest(f"{issues} {log}"):
                result = self._lost(*issues, log=log)
                self.assertIsNone(result["known"])
                self.assertIn("failed", [item.state for item in items_of(result)])

    def test_a_complaint_that_is_not_shown_counts(self) -> None:
        line = "kernel BUG at mm/x.c:1!"
        issue = entry("x", "hugetlb/cow.b@2M", "panic", log=(re.compile("mm/x.c"),))
        for found, known in (([("bug", line)], True),
                             ([("warning", "WARNING: at a.c:7 f+1/2"), ("bug", line)], False)):
            reader = TapReader()
            reader.feed(b"1..3\nok 1 - a\n")
            result = lost(copy.deepcopy(self.PLANNED), reader.tap, Death(
                "panic", "the guest died: x", [line], found), [issue])
            self.assertEqual((bool(result["known"]), result["complaints"]), (known, [line]))

    def test_parts_of_a_result(self) -> None:
        issue = entry("x", "hugetlb/cow.b@2M", "panic", reason=re.compile("died: x"))
        first = self._lost(issue, log=())
        for happens, known in (((), True), (("point",), True), (("lost lines",), False),
                               (("free",), False)):
            seen = nothing_seen()
            for name in happens:
                KINDS[name][0](seen)
            second = seen.result(KINDS["point"][2] or issue)
            whole = parts.joined(first, second)
            with self.subTest(str(happens)):
                self.assertEqual(bool(whole["known"]), known)
                self.assertEqual(len(whole["findings"]),
                                 len(first["findings"]) + len(second["findings"]))
                states = {item.state for item in items_of(whole)}
                self.assertEqual(states <= {"passed", "known"}, known)

    def test_a_program_that_did_not_run(self) -> None:
        planned = Planned(self.PLANNED.program, "2M", [], "broken", "says nothing of itself")
        self.assertIsNone(unrun(planned, (entry("x", NAME, "broken"),))["known"])
        issue = of_run("x", "broken", "^says nothing")
        self.assertEqual(unrun(planned, (issue,))["known"], "x")

    def test_a_record_without_findings(self) -> None:
        """An older record, from before findings were recorded."""
        point = {"name": "x.a", "verdict": "fail", "reason": "r", "known": "i"}
        old = {"name": "x", "verdict": "fail", "reason": "r", "known": "i", "points": [point]}
        self.assertEqual([item.state for item in items_of(old)], ["known"])
        # A second part may have an unexplained finding that is less severe.
        first = {**old, "log": [], "complaints": [], "left": {}, "duration_ms": 1, "rest": ["b"]}
        well = {**first, "points": [{**point, "verdict": "pass", "known": None}]}
        for verdict, known, states in (("pass", None, ["known", "passed"]),
                                       ("broken", None, ["known", "passed", "failed"]),
                                       ("broken", "j", ["known", "passed"])):
            second = {**well, "verdict": verdict, "known": known}
            with self.subTest(f"{verdict} {known}"):
                whole = parts.joined(first, second)
                self.assertEqual([item.state for item in items_of(whole)], states)
        old.update(verdict="kernel", known=None)
        self.assertEqual([item.state for item in items_of(old)], ["known", "failed"])


if __name__ == "__main__":
    support.main()
