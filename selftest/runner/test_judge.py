#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judging: verdicts, complaints of the kernel, known issues. No root, nothing changed."""
from __future__ import annotations

import re
import unittest
from typing import Any, Dict, Tuple

import support
from kernel_words import KASAN
from runner import known
from runner.complaints import complaint, complaints
from runner.evidence import Evidence, Left
from runner.judge import judge
from runner.plan import Planned
from runner.programs import Program
from runner.report.tally import items_of
from runner.run import Ended
from runner.tap_stream import Tap, TapReader
from runner.verdicts import ORDER, worst


def _planned(size: str = "2M", **says: Any) -> Planned:
    program = Program("/nowhere", "hugetlb", "cow", cases={"a": "", "b": ""}, page_sizes="hugetlb",
                      seconds=10, **says)
    return Planned(program, size, ["a", "b"])


def _tap(text: str) -> Tap:
    reader = TapReader()
    reader.feed(text.encode())
    return reader.finish()


GOOD = "TAP version 14\n1..2\nok 1 - a\n  ---\n  duration_ms: 0.5\n  ...\nok 2 - b\n"


def _judged(text: str = GOOD, ended: Ended = Ended(exit=0), issues: Tuple[Any, ...] = (),
            before: Any = None, after: Any = None, says: Any = None,
            **more: Any) -> Dict[str, Any]:
    return judge(Evidence(_planned(**(says or {})), ended, _tap(text), before or {},
                          after or before or {}, **more), issues)


class Judge(unittest.TestCase):
    """One verdict, the worst of all findings."""

    def _is(self, result: Dict[str, Any], verdict: str, *words: str) -> None:
        self.assertEqual(result["verdict"], verdict, result["reason"])
        for word in words:
            self.assertIn(word, result["reason"])

    def test_pass(self) -> None:
        result = _judged()
        self._is(result, "pass")
        self.assertIsNone(result["reason"])
        self.assertEqual([p["name"] for p in result["points"]],
                         ["hugetlb/cow.a@2M", "hugetlb/cow.b@2M"])
        self.assertEqual(result["points"][0]["diagnostics"], {"duration_ms": 0.5})

    def test_each_kind_of_evidence(self) -> None:
        pools = {"hugetlb.2M.free": 4, "hugetlb.2M.node0.free": 4, "vmstat.x": 1}
        self._is(_judged(before=pools, after={**pools, "vmstat.x": 7}), "pass")
        for name in list(pools)[:2]:
            self._is(_judged(before=pools, after={**pools, name: 2}), "leak", name, "-2")
        self._is(_judged(before=pools, after={**pools, "hugetlb.1G.free": 2}), "pass")
        self._is(_judged(left=Left(processes=["process 7 (x)"])), "leak", "process 7")
        self._is(_judged(left=Left(mounts=["/mnt"])), "leak", "/mnt")
        self._is(_judged(left=Left(settings=["x to 0"])), "leak", "x to 0")
        self._is(_judged(taint=(0, 512)), "kernel", "W: warning")
        self._is(_judged(taint=(512, 512)), "pass")
        self._is(_judged(log=["BUG: x"]), "kernel", "BUG: x")
        self._is(_judged(log_lost=3), "unknown", "3 kernel log lines")
        self._is(_judged(log_processes=["BUG: x"]), "pass")
        self._is(_judged(ended=Ended(signal="SIGBUS")), "crash", "SIGBUS")
        self._is(_judged(ended=Ended(exit=0, timed_out=True)), "timeout", "time limit")
        self._is(_judged(ended=Ended(error="cannot be started: x")), "broken", "x")

    def test_lost_lines_are_reported_unless_something_is_worse(self) -> None:
        result = _judged(log_lost=1)
        self._is(result, "unknown", "1 kernel log line lost before")
        # Points that all passed do not show it, so it counts in addition to them.
        self.assertEqual([(item.name, item.state) for item in items_of(result)], [
            ("hugetlb/cow.a@2M", "passed"), ("hugetlb/cow.b@2M", "passed"),
            ("hugetlb/cow@2M", "unknown")])
        self._is(_judged(log_lost=1, log=["BUG: x"]), "kernel", "BUG: x", "1 kernel log line")
        result = _judged("1..2\nok 1 - a\nnot ok 2 - b\n", Ended(exit=1), log_lost=1)
        self._is(result, "fail", "1 kernel log line")
        self.assertEqual([item.state for item in items_of(result)], ["passed", "failed"])

    def test_the_log_is_kept_as_it_was_printed(self) -> None:
        log = KASAN.split("\n")
        result = _judged(log=log, log_processes=[" theirs"])
        self.assertEqual((result["log"], result["log_processes"]), (log, [" theirs"]))
        self.assertEqual(result["complaints"], [log[1]])

    def test_the_worst_wins(self) -> None:
        result = _judged(ended=Ended(signal="SIGSEGV"), log=["BUG: x"],
                         before={"hugetlb.2M.free": 4}, after={"hugetlb.2M.free": 2})
        self._is(result, "kernel", "BUG", "SIGSEGV", "hugetlb.2M.free")
        self.assertEqual(worst(ORDER), "panic")
        self.assertEqual(worst([]), "pass")

    def test_kinds_of_points(self) -> None:
        for kind, verdict in (("check", "fail"), ("crash", "crash"), ("timeout", "timeout"),
                              ("leak", "leak"), ("other", "fail")):
            text = f'1..2\nok 1 - a\nnot ok 2 - b\n  ---\n  kind: "{kind}"\n  ...\n'
            self._is(_judged(text, Ended(exit=1)), verdict)

    def test_exit_status(self) -> None:
        self._is(_judged(ended=Ended(exit=1)), "broken", "without a failed point")
        self._is(_judged(ended=Ended(exit=3)), "broken", "3")
        self._is(_judged("1..2\nok 1 - a\nnot ok 2 - b\n"), "fail", "with a failed point")

    def test_skips(self) -> None:
        self._is(_judged("1..0 # SKIP no nodes\n"), "skip", "no nodes")
        self._is(_judged("1..2\nok 1 - a # SKIP x\nok 2 - b # SKIP y\n"), "skip")
        self._is(_judged("1..2\nok 1 - a # SKIP x\nok 2 - b\n"), "pass")
        self._is(_judged("1..0\n"), "broken", "without a reason")

    def test_what_a_program_allows(self) -> None:
        line = "x: killed due to inadequate hugepage pool"
        self._is(_judged(log=[line]), "kernel")
        self._is(_judged(log=[line], says={"log_allows": ["inadequate hugepage"]}), "pass")
        self._is(_judged(log=["Memory failure: 0x1: x"]), "kernel")
        self._is(_judged(log=["Memory failure: 0x1: x"], says={"poisons": True}), "pass")
        self._is(_judged(log=["BUG: x"], says={"poisons": True, "log_allows": [""]}), "kernel")

    def test_known_issues(self) -> None:
        issue = known.Issue("slow", ("hugetlb/cow.b@*",), ("fail",), "r", "l")
        result = _judged("1..2\nok 1 - a\nnot ok 2 - b\n", Ended(exit=1), (issue,))
        self.assertEqual((result["known"], result["points"][1]["known"]), ("slow", "slow"))
        result = _judged("1..2\nnot ok 1 - a\nnot ok 2 - b\n", Ended(exit=1), (issue,))
        self.assertEqual((result["known"], result["points"][0]["known"]), (None, None))
        # An issue that explains a point does not explain a complaint of the kernel.
        result = _judged("1..2\nok 1 - a\nnot ok 2 - b\n", Ended(exit=1), (issue,),
                         log=["BUG: x"])
        self.assertIsNone(result["known"])
        whole = known.Issue("bug", ("hugetlb/cow@2M",), ("kernel",), "r", "l",
                            demands=(known.Demands(log=(re.compile("^BUG: x"),)),))
        result = _judged("1..2\nok 1 - a\nnot ok 2 - b\n", Ended(exit=1), (issue, whole),
                         log=["BUG: x"])
        self.assertEqual(result["known"], "bug")
        # Nor does a known complaint explain an unexpected failure of a point.
        result = _judged("1..2\nok 1 - a\nnot ok 2 - b\n", Ended(exit=1), (whole,),
                         log=["BUG: x"])
        self.assertIsNone(result["known"])

    def test_what_a_known_issue_demands(self) -> None:
        atomic = "BUG: scheduling while atomic: x/7/2"  # Sets the W.
        wants = known.Demands(log=(re.compile("^BUG: scheduling"), re.compile("^WARNING: .*:7 f")))
        bug = known.Issue("bug", ("hugetlb/cow@2M",), ("kernel",), "r", "l", demands=(wants,))
        for log, issue in (([atomic], "bug"), (["BUG: y"], None), ([atomic, "BUG: y"], None),
                           ([atomic, "quiet"], "bug"), ([], None),
                           (["------------[ cut here ]------------", "WARNING: at a.c:7 f+1/2"],
                            "bug")):
            with self.subTest(str(log)):
                result = _judged(issues=(bug,), log=log, taint=(0, 512))
                self.assertEqual((result["verdict"], result["known"]), ("kernel", issue))
        # A second issue may explain the other complaint.
        other = known.Issue("other", ("*",), ("kernel",), "r", "l",
                            demands=(known.Demands(log=(re.compile("BUG: y"),)),))
        result = _judged(issues=(bug, other), log=["BUG: y", atomic])
        self.assertEqual(result["known"], "bug")
        self.assertIsNone(_judged(issues=(bug, other), log=["BUG: y", "BUG: z"])["known"])
        # A leftover is not explained by a complaint of the kernel.
        result = _judged(issues=(bug,), log=[atomic], left=Left(mounts=["/mnt"]))
        self.assertEqual((result["verdict"], result["known"]), ("kernel", None))
        both = known.Issue("both", ("*",), ("kernel", "leak"), "r", "l", demands=(wants,))
        result = _judged(issues=(both,), log=[atomic], left=Left(mounts=["/mnt"]))
        self.assertIsNone(result["known"])
        both = known.Issue("both", ("*",), ("kernel", "leak"), "r", "l", demands=(
            wants, known.Demands(reason=re.compile("^/mnt$"))))
        for mounts, issue in ((["/mnt"], "both"), (["/mnt", "/other"], None)):
            result = _judged(issues=(both,), log=[atomic], left=Left(mounts=mounts))
            self.assertEqual(result["known"], issue)

    def test_odd_counters_that_a_known_issue_allows(self) -> None:
        pools = {"hugetlb.2M.free": 4, "hugetlb.2M.rsvd": 1}
        issue = known.Issue("low", ("*",), ("leak", "kernel"), "r", "l",
                            demands=(known.Demands(counters=(known.Counter(
                                "hugetlb.*.free"), known.Counter("vmstat.nr_h*"))),))
        for after, log, explained in (
                ({"hugetlb.2M.free": 3}, [], True), ({"hugetlb.2M.rsvd": 0}, [], False),
                ({"hugetlb.2M.free": 3, "hugetlb.2M.rsvd": 0}, [], False),
                ({}, ["vmstat_refresh: nr_hugetlb -5"], True),
                ({}, ["vmstat_refresh: nr_shmem_hugepages -5"], False), ({}, ["BUG: x"], False)):
            with self.subTest(f"{after} {log}"):
                result = _judged(issues=(issue,), before=pools, after={**pools, **after}, log=log)
                self.assertEqual(result["known"], "low" if explained else None)

    def test_reason_and_errno_of_a_point(self) -> None:
        def explained(demands: known.Demands, got: str) -> bool:
            text = GOOD.replace("ok 2", "not ok 2") + (
                f'  ---\n  check: "x == ENOMEM"\n  expected: "12"\n  got: "{got}"\n  ...\n')
            issue = known.Issue("x", ("*.b@2M",), ("fail",), "r", "l", demands=(demands,))
            result = _judged(text, Ended(exit=1), (issue,))
            self.assertEqual(result["verdict"], "fail")
            return bool(result["known"])

        for name, got, there in (("EEXIST", "17", True), ("EEXIST", "-17", True),
                                 ("EEXIST", "EEXIST (File exists)", True),
                                 ("EEXIST", "170", False), ("ENOMEM", "17", False)):
            with self.subTest(f"{name} {got}"):
                self.assertEqual(explained(known.Demands(errno=name), got), there)
        reason = known.Demands(reason=re.compile("expected 12, got 1[67]$"))
        self.assertTrue(explained(reason, "17"))
        self.assertFalse(explained(reason, "18"))


class Complaints(unittest.TestCase):
    """The table, on lines as kernels print them."""

    LINES = {
        "BUG: kernel NULL pointer dereference, address: 0000000000000000": "bug",
        "kernel BUG at mm/hugetlb.c:1234!": "bug",
        "WARNING: CPU: 1 PID: 77 at mm/hugetlb.c:12 f+0x1/0x2": "warning",
        "WARNING: mm/hugetlb.c:12 at f+0x1/0x2, CPU#1: x/77": "warning",
        "------------[ cut here ]------------": "warning",
        "Oops: general protection fault, probably for non-canonical address": "oops",
        "general protection fault: 0000 [#1] SMP": "oops",
        "Unable to handle kernel paging request at virtual address ffff": "oops",
        "Internal error: Oops: 96000004 [#1] SMP": "oops",
        "Kernel panic - not syncing: x": "panic",
        "BUG: Bad page state in process x  pfn:1234": "bad page state",
        "BUG: Bad page map in process x  pte:1 pmd:2": "bad page map",
        "mm/pgtable-generic.c:50: bad pmd ffff8880(80000000)": "bad table",
        "mm/memory.c:1: bad pud 0000000000000001": "bad table",
        "BUG: Bad rss-counter state mm:0000 type:MM_ANONPAGES val:512": "bad rss counter",
        "BUG: non-zero pgtables_bytes on freeing mm: 4096": "page tables left",
        "INFO: task x:7 blocked for more than 120 seconds.": "hang",
        "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [x:7]": "soft lockup",
        "NMI watchdog: Watchdog detected hard LOCKUP on cpu 0": "hard lockup",
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:": "rcu stall",
        "rcu: INFO: rcu_preempt self-detected stall on CPU": "rcu stall",
        "BUG: KASAN: slab-use-after-free in f+0x1/0x2": "kasan",
        "BUG: KCSAN: data-race in f / g": "kcsan",
        "BUG: KFENCE: use-after-free read in f+0x1": "kfence",
        "BUG: KMSAN: uninit-value in f": "kmsan",
        "UBSAN: shift-out-of-bounds in mm/x.c:1:2": "ubsan",
        "WARNING: possible circular locking dependency detected": "lockdep",
        "WARNING: possible recursive locking detected": "lockdep",
        "WARNING: inconsistent lock state": "lockdep",
        "WARNING: suspicious RCU usage": "rcu usage",
        "BUG: sleeping function called from invalid context at mm/x.c:1": "atomic sleep",
        "BUG: scheduling while atomic: x/7/0x2": "atomic sleep",
        "kernel BUG at mm/page_table_check.c:100!": "page table check",
        "page dumped because: VM_BUG_ON_FOLIO(x)": "page corruption",
        "VFS: Busy inodes after unmount of hugetlbfs": "busy inodes",
        "Memory failure: 0x1234: recovery action for huge page: Recovered": "poisoned memory",
        "refcount_t: underflow; use-after-free.": "refcount",
        "x[77]: killed due to inadequate hugepage pool": "hugetlb pool",
        "Out of memory: Killed process 7 (x)": "out of memory",
        "Memory cgroup out of memory: Killed process 7 (x)": "out of memory",
        "vmstat_refresh: nr_hugetlb -1024": "counter below zero",
        "list_del corruption. prev->next should be": "slab corruption",
    }
    QUIET = ("hugetlb/private_cow@2M begins", "cow (77): drop_caches: 3", "x uses obsolete y",
             "systemd[1]: Started Debugging", "clocksource: timekeeping watchdog on CPU1",
             "EXT4-fs (vda): mounted filesystem", "debug: warnings are counted",
             "vmstat_refresh: nr_dirtied -3", "page_owner is disabled", "x: ROPS: 3")

    def test_each_is_named(self) -> None:
        for line, name in self.LINES.items():
            with self.subTest(name):
                self.assertEqual(complaint(line), name, line)

    def test_ordinary_lines_are_quiet(self) -> None:
        self.assertEqual([line for line in self.QUIET if complaint(line)], [])

    def test_allowed_lines(self) -> None:
        lines = ["BUG: one", "BUG: two"]
        self.assertEqual([line for _, line in complaints(lines, ["one"])], ["BUG: two"])


if __name__ == "__main__":
    support.main()
