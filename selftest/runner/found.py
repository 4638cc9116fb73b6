# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs of a program with a finding, and issues that explain only that finding."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

import support  # noqa: F401  pylint: disable=unused-import
from runner.evidence import Evidence
from runner.judge import judge
from runner.known import Counter, Demands, Issue
from runner.plan import Planned
from runner.programs import Program
from runner.run import Ended
from runner.tap_stream import Tap, TapReader

NAME = "hugetlb/cow@2M"
POOLS = {"hugetlb.2M.free": 8, "hugetlb.2M.rsvd": 2, "hugetlb.2M.surp": 0}


def entry(name: str, points: str, verdict: str, **demands: Any) -> Issue:
    """An issue with one name and verdict, and at most one alternative of demands."""
    ways = (Demands(**demands),) if demands else ()
    return Issue(name, (points,), (verdict,), "r", "l", demands=ways)


def of_run(name: str, verdict: str, reason: str) -> Issue:
    """An issue that explains findings with that text, except those of points."""
    return entry(name, NAME, verdict, reason=re.compile(reason))


def of_log(name: str, line: str) -> Issue:
    """An issue that explains matching lines of the kernel log."""
    return entry(name, NAME, "kernel", log=(re.compile(line),))


def of_counter(name: str, change: int) -> Issue:
    """An issue that explains a counter that is wrong by exactly that difference."""
    return entry(name, NAME, "leak", counters=(Counter(name, change, change),))


@dataclass
class Seen:
    """The evidence of a run, with its points by case."""

    points: Dict[str, str]
    more: List[str]
    evidence: Evidence

    def result(self, *issues: Issue) -> Dict[str, Any]:
        """The judged result."""
        lines = [f"1..{len(self.points)}"]
        for number, (case, text) in enumerate(self.points.items(), 1):
            lines += text.replace("N", f"{number} - {case}").split("\n")
        reader = TapReader()
        reader.feed("\n".join(lines + self.more + [""]).encode())
        evidence = self.evidence
        if evidence.ended.exit in (0, 1):
            failed = any(text.startswith("not ok") for text in self.points.values())
            evidence.ended.exit = int(failed)
        evidence.tap = reader.finish(cut=bool(evidence.ended.signal))
        return judge(evidence, issues)


def nothing_seen() -> Seen:
    """A run without findings."""
    program = Program("/nowhere", "hugetlb", "cow", cases=dict.fromkeys("abc", ""))
    evidence = Evidence(Planned(program, "2M", list("abc")), Ended(exit=0), Tap(), dict(POOLS),
                        dict(POOLS))
    return Seen(dict.fromkeys("abc", "ok N"), [], evidence)


def fails(case: str, kind: str, got: str) -> Callable[[Seen], None]:
    """Makes a point fail."""
    def change(seen: Seen) -> None:
        seen.points[case] = f'not ok N\n  ---\n  kind: "{kind}"\n  got: "{got}"\n  ...'
    return change


def counter(name: str, by: int) -> Callable[[Seen], None]:
    """Makes a counter differ after the run."""
    def change(seen: Seen) -> None:
        seen.evidence.after[name] += by
    return change


def says(line: str, bit: Optional[int] = None) -> Callable[[Seen], None]:
    """Adds a line to the kernel log, and the bit of the taint that it sets."""
    def change(seen: Seen) -> None:
        seen.evidence.log.append(line)
        if bit is not None:
            was, now = seen.evidence.taint
            seen.evidence.taint = was, now | 1 << bit
    return change


def leaves(kind: str, text: str) -> Callable[[Seen], None]:
    """Adds a leftover."""
    def change(seen: Seen) -> None:
        vars(seen.evidence.left)[kind].append(text)
    return change


def exits(status: int) -> Callable[[Seen], None]:
    """Sets the exit status."""
    def change(seen: Seen) -> None:
        seen.evidence.ended.exit = status
    return change


def taints(bit: int) -> Callable[[Seen], None]:
    """Sets a bit of the taint."""
    def change(seen: Seen) -> None:
        was, now = seen.evidence.taint
        seen.evidence.taint = was, now | 1 << bit
    return change


def _says_garbage(seen: Seen) -> None:
    seen.more.append("what is this")


def _loses_lines(seen: Seen) -> None:
    seen.evidence.log_lost = 2


# What can be found: what makes it so, its verdict, and the issue that would explain it, none
# where nothing can. No two speak of the same thing.
KINDS: Dict[str, Tuple[Callable[[Seen], None], str, Optional[Issue]]] = {
    "point": (fails("a", "check", "zero"), "fail",
              entry("p1", "hugetlb/cow.a@2M", "fail", reason=re.compile("^zero"))),
    "any failure of a point": (fails("b", "check", "x"), "fail",
                               entry("p2", "hugetlb/cow.b@2M", "fail")),
    "point leaks": (fails("c", "leak", "Free 5"), "leak",
                    entry("p3", "hugetlb/cow.c@2M", "leak")),
    "free": (counter("hugetlb.2M.free", -5), "leak", of_counter("hugetlb.2M.free", -5)),
    "rsvd": (counter("hugetlb.2M.rsvd", -1), "leak", of_counter("hugetlb.*.rsvd", -1)),
    "warning": (says("WARNING: CPU: 1 PID: 7 at mm/x.c:1 f+0x1/0x2", 9), "kernel",
                of_log("warning", "^WARNING: .* f[+]")),
    "kasan": (says("BUG: KASAN: slab-use-after-free in g+0x1/0x2", 5), "kernel",
              of_log("kasan", "KASAN: .* in g[+]")),
    "vmstat": (says("vmstat_refresh: nr_hugetlb -512"), "kernel",
               entry("vmstat", NAME, "kernel", log=(re.compile("^vmstat_refresh: nr_hugetlb"),),
                     counters=(Counter("vmstat.nr_hugetlb", None, -1),))),
    "taint": (taints(14), "kernel", None),
    "process": (leaves("processes", "process 7 (x)"), "leak",
                of_run("process", "leak", "^process .*[(]x[)]")),
    "segment": (leaves("segments", "SysV segment 3"), "leak", of_run("segment", "leak", "^SysV")),
    "mount": (leaves("mounts", "/mnt (tmpfs, id 7)"), "leak", of_run("mount", "leak", "^/mnt ")),
    "setting": (leaves("settings", "x to 0"), "leak", of_run("setting", "leak", "^x to")),
    "garbage": (_says_garbage, "broken", of_run("garbage", "broken", "not TAP: what is this")),
    "exit status": (exits(3), "broken", of_run("exit", "broken", "exit status 3")),
    "lost lines": (_loses_lines, "unknown", None),
}
