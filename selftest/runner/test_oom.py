#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that runs out: which process the kernel kills first, and how that is judged."""
from __future__ import annotations

import os
import re
import unittest
from typing import Any, Dict

import support
from runner import oom
from runner.evidence import Evidence
from runner.judge import judge
from runner.plan import Planned
from runner.programs import Program
from runner.run import Ended
from runner.tap_stream import TapReader
from support import GOOD

# What 6.12 printed about a program that used up the memory of a guest of 2 GB, without lines that
# are not read.
REPORT = """\
eater invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=993
CPU: 0 UID: 0 PID: 96 Comm: eater Not tainted 6.12.117-lab #1 \n\
Call Trace:
 <TASK>
 dump_stack_lvl+0x57/0x70
 </TASK>
Mem-Info:
Node 0 active_anon:1820kB inactive_anon:1856496kB active_file:0kB inactive_file:32kB
Node 0 DMA free:8060kB boost:0kB min:528kB low:660kB high:792kB present:15992kB managed:15360kB mlocked:0kB
lowmem_reserve[]: 0 927 1897 1897 1897
Node 0 DMA32 free:36352kB boost:0kB min:32784kB low:40980kB high:49176kB present:1032064kB managed:953832kB mlocked:0kB
Node 0 Normal free:26716kB boost:0kB min:34264kB low:42828kB high:51392kB present:1048576kB managed:993096kB mlocked:0kB
Node 0 hugepages_total=4 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=eater,pid=96,uid=0
Out of memory: Killed process 96 (eater) total-vm:1866128kB, anon-rss:1841408kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:3664kB oom_score_adj:993
oom_reaper: reaped process 96 (eater), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
"""  # noqa: E501
MEMCG = """\
eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=993
memory: usage 1048576kB, limit 1048576kB, failcnt 31
oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs/ours,task_memcg=/jobs/ours,task=eater,pid=96,uid=0
Memory cgroup out of memory: Killed process 96 (eater) total-vm:1866128kB, anon-rss:1041408kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:3664kB oom_score_adj:993
"""  # noqa: E501
KILLED = ("TAP version 14\n1..1\nnot ok 1 - a\n  ---\n  kind: crash\n"
          "  got: killed by SIGKILL\n  ...\n")


GOOD_TAP = "TAP version 14\n1..1\nok 1 - a\n"


def judged(log: str, text: str = "TAP version 14\n1..1\n", alone: bool = False,
           signal: str = "", **says: Any) -> Dict[str, Any]:
    """The result of a program that was killed by SIGKILL, or printed this."""
    reader = TapReader()
    reader.feed(text.encode())
    cases = list("abc")[:int(text[text.index("1..") + 3])]
    program = Program("/nowhere", "x", "eater", cases=dict.fromkeys(cases, ""), seconds=10, **says)
    ended = Ended(exit=1) if "not ok" in text and not signal else Ended(signal="SIGKILL", pids={96})
    if text == GOOD_TAP:
        ended = Ended(exit=0, pids={96})
    return judge(Evidence(Planned(program, None, cases), ended, reader.finish(), {}, {},
                          log=log.splitlines(), alone=alone))


class Judged(unittest.TestCase):
    """The verdict on a program in which the kernel killed a process."""

    def test_a_machine_without_memory_breaks_the_program(self) -> None:
        result = judged(REPORT)
        self.assertEqual(result["verdict"], "broken", result["reason"])
        for words in ("the machine ran out of memory (69 MB of 1916 MB free, 8 MB in pools",
                      "killed process 96 (eater) with 1798 MB resident"):
            self.assertIn(words, result["reason"])
        self.assertEqual((result["complaints"], result["points"][0]["verdict"]), ([], "broken"))

    def test_so_does_it_a_case(self) -> None:
        result = judged(REPORT, KILLED)
        self.assertEqual(result["verdict"], "broken", result["reason"])
        self.assertEqual(result["points"][0]["verdict"], "broken")
        # Decided only by which process is killed first: the pids of cases are not known.
        result = judged(REPORT.replace("oom_score_adj:993", "oom_score_adj:0"), KILLED)
        self.assertEqual(result["verdict"], "kernel")

    def test_no_more_cases_than_were_killed(self) -> None:
        """A kill for lack of memory does not excuse a case that was killed for another reason."""
        killed = KILLED.replace("1..1", "1..2") + KILLED[KILLED.index("not ok"):].replace(
            "1 - a", "2 - b")
        for log, verdicts in ((REPORT, ["broken", "crash"]), (REPORT * 2, ["broken"] * 2),
                              (REPORT * 3, ["broken"] * 2)):
            result = judged(log, killed)
            self.assertEqual([point["verdict"] for point in result["points"]], verdicts)
            self.assertEqual(result["verdict"], verdicts[1])
        # The end of the program comes first, and includes the cases that had not begun.
        killed = KILLED.replace("1..1", "1..3")
        for log, verdicts in ((REPORT, ["crash", "broken", "broken"]),
                              (REPORT * 2, ["broken"] * 3)):
            result = judged(log, killed, signal="SIGKILL")
            self.assertEqual([point["verdict"] for point in result["points"]], verdicts)

    def test_a_kernel_that_kills_with_memory_free_is_reported(self) -> None:
        for old, new in (("free:26716kB", "free:326716kB"),
                         ("CONSTRAINT_NONE", "CONSTRAINT_MEMORY_POLICY"),
                         ("CONSTRAINT_NONE", "CONSTRAINT_CPUSET")):
            result = judged(REPORT.replace(old, new))
            self.assertEqual(result["verdict"], "kernel", new)
            self.assertIn("killed by SIGKILL", result["reason"])

    def test_somebody_else_s_end_is_none_of_ours(self) -> None:
        other = REPORT.replace("rocess 96", "rocess 7").replace("adj:993", "adj:0")
        result = judged(other, GOOD_TAP)
        self.assertEqual((result["verdict"], result["complaints"]), ("disturbed", []))
        self.assertIn("killed process 7 (eater), which is none of ours", result["reason"])
        self.assertEqual(judged(REPORT + other)["verdict"], "broken")
        # It is not known what the kernel killed if a process of the program is dead and the log
        # names another.
        self.assertEqual(judged(other)["verdict"], "kernel")
        self.assertEqual(judged(other, GOOD_TAP, alone=True)["verdict"], "kernel")
        needless = other.replace("free:26716kB", "free:326716kB")
        self.assertEqual(judged(needless, GOOD_TAP)["verdict"], "kernel")

    def test_somebody_else_s_group_is_none_of_ours(self) -> None:
        for adj in (0, 969, 999, 1000):
            other = (MEMCG.replace("rocess 96", "rocess 777").replace("/jobs/ours", "/docker/1")
                     .replace("adj:993", f"adj:{adj}"))
            # A process that is killed together with it (memory.oom.group).
            other += other.splitlines()[-1].replace("rocess 777", "rocess 778") + "\n"
            result = judged(other, GOOD_TAP)
            self.assertEqual((result["verdict"], result["complaints"]), ("pass", []), adj)
            self.assertIn("rocess 778", result["log"][-1])
            for log in (REPORT + other, other + REPORT):
                result = judged(log)
                self.assertEqual(result["verdict"], "broken", result["reason"])
                self.assertIn("killed process 96 (eater) with 1798 MB", result["reason"])
            result = judged(other + "BUG: Bad page state in process x\n", GOOD_TAP)
            self.assertEqual((result["verdict"], len(result["complaints"])), ("kernel", 1))
        for constraint in ("CPUSET", "MEMORY_POLICY"):
            log = REPORT.replace("rocess 96", "rocess 7").replace("adj:993", "adj:0").replace(
                "CONSTRAINT_NONE", f"CONSTRAINT_{constraint}")
            self.assertEqual(judged(log, GOOD_TAP)["verdict"], "pass", constraint)

    def test_another_complaint_stays_one(self) -> None:
        result = judged(REPORT + "BUG: Bad rss-counter state mm:0 type:MM_ANONPAGES val:512\n")
        self.assertEqual(result["verdict"], "kernel")
        self.assertIn("Bad rss-counter", " ".join(result["complaints"]))
        self.assertNotIn("oom-killer", " ".join(result["complaints"]))

    def test_what_is_allowed_stays_a_crash(self) -> None:
        result = judged(REPORT, log_allows=[
            "Out of memory: ", "invoked oom-killer", "oom-kill:"])
        self.assertEqual(result["verdict"], "crash", result["reason"])

    def test_a_group_that_all_of_us_are_in(self) -> None:
        lines = MEMCG.splitlines()
        for ours in ("/jobs/ours", "/jobs/ours/below"):
            found = oom.shortage(lines, set(), ours)
            self.assertIn("cgroup /jobs/ours is used up (1024 of 1024 MB)", found or "")
        for ours in ("", "/jobs", "/jobs/oursome", "/other"):
            self.assertIsNone(oom.shortage(lines, set(), ours), ours)

    def test_a_report_that_is_cut_short(self) -> None:
        lines = REPORT.splitlines()
        self.assertEqual(oom.shortage(lines[-2:-1], set(), ""), "the machine ran out of memory: "
                         "the kernel killed process 96 (eater) with 1798 MB resident")
        for number in range(len(lines)):
            oom.shortage(lines[number:] + lines[:number], set(), "")


class Order(support.Case):
    """Which process the kernel kills first."""

    def test_programs_go_before_the_runner(self) -> None:
        self.programs.add("good", "import os\n"
                          "for pid in ('self', os.getppid()):\n"
                          "    with open(f'/proc/{pid}/oom_score_adj') as file:\n"
                          "        print('#', pid, file.read().strip())\n" + GOOD)
        done = self.programs.run("func", "--allow-all-skipped")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        with open(os.path.join(folder, "out", "bad-good.out"), encoding="ascii") as file:
            ours, runner = re.findall(r"# \w+ (-?\d+)", file.read())
        self.assertEqual(int(ours), oom.FIRST)
        self.assertLessEqual(int(runner), 0)


if __name__ == "__main__":
    support.main()
