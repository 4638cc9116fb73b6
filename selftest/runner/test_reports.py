#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports of one record: tools read the same from all of them."""
from __future__ import annotations

import html
import json
import os
import re
from typing import Any, Dict, List

import support
from kernel_words import KASAN


def _point(name: str, verdict: str, known: Any = None, **more: Any) -> Dict[str, Any]:
    return {"name": name, "verdict": verdict, "known": known, "diagnostics": more,
            "reason": None if verdict == "pass" else f"why {verdict} \x1b[1m <&> # x"}


def _result(name: str, verdict: str, *points: Dict[str, Any], **more: Any) -> Dict[str, Any]:
    return {"name": name, "verdict": verdict, "points": list(points), "page_size": "2M",
            "reason": None if verdict == "pass" else f"because {verdict}", **more}


RESULTS = [
    _result("h/good@2M", "pass", _point("h/good.a@2M", "pass", duration_ms=1.5),
            _point("h/good.b@2M", "skip")),
    _result("h/bad@2M", "fail", _point("h/bad.a@2M", "fail", got="x\ud800", seed=3),
            _point("h/bad.b@2M", "fail", known="issue-1"),
            sources=[{"kind": "man", "value": "mmap(2)", "about": "MAP_<FIXED>"},
                     {"kind": "commit", "value": "0123456789ab", "about": "mm: \x1b[1m"}]),
    _result("h/leaks@2M", "leak", _point("h/leaks.a@2M", "pass"),
            counters={"delta": {"hugetlb.2M.free": -2, "vmstat.x": 5}}),
    _result("h/warns@2M", "kernel", _point("h/warns.a@2M", "pass"), complaints=["BUG: it"],
            log=["BUG: it \x1b[1m <&>", "\t-\ud800", *KASAN.split("\n")[:-1]],
            log_processes=[" theirs"]),
    _result("h/nothing@2M", "broken"),
    _result("h/skipped@2M", "skip"),
    _result("h/skipped_too@2M", "skip"),
    _result("h/dead@2M", "panic", _point("h/dead.a@2M", "panic")),
]
# Points: 4 pass (good.a, leaks.a, warns.a); leak, kernel, broken as one each.
SOURCE = 'mmap(2), MAP_<FIXED>; commit 0123456789ab ("mm: \\x1b[1m")'
LAST = "3 passed, 4 failed, 1 broken, 3 skipped, 1 known"


class Reports(support.Case):
    """A record with one result of each kind."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(self.folder)
        run = {"format": 1, "run": "20200101-000000", "seed": 9,
               "plan": [r["name"] for r in RESULTS] + ["h/never@2M"]}
        with open(os.path.join(self.folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(self.folder, "results.jsonl"), "w", encoding="ascii") as file:
            for result in RESULTS:
                file.write(json.dumps(result) + "\n")

    def _report(self, *words: str) -> str:
        done = self.programs.run("report", "latest", *words)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertNotIn("\x1b", done.stdout)
        return done.stdout

    def test_plain_and_summary(self) -> None:
        text = self._report("--all")
        self.assertEqual(text.splitlines()[-1], LAST)
        self.assertIn("\nknown   h/bad.b@2M  [issue-1]", text)
        self.assertIn("  h/leaks@2M: hugetlb.2M.free -2\n", text)
        self.assertIn("  h/warns@2M: bug: BUG: it\n", text)
        self.assertIn("  because skip\n    h/skipped@2M h/skipped_too@2M\n", text)
        self.assertIn("  issue-1: 1: h/bad.b@2M\n", text)
        self.assertIn("the run was cut:\n  h/never@2M\n", text)
        self.assertIn("Seed 9", text)
        # Below its lines, and once more in the list of failures.
        self.assertIn(f"[issue-1]  why fail \\x1b[1m <&> # x\n        source: {SOURCE}\n", text)
        self.assertRegex(text, r"  fail    h/bad\.a@2M: why fail .*\n          source: mmap\(2\)")
        self.assertEqual(text.count("source: "), 2)

    def test_a_run_that_is_under_way(self) -> None:
        with open(os.path.join(self.folder, "running"), "w", encoding="ascii"):
            pass
        self.assertIn("\nNot run, the run is under way, or was killed:\n  h/never@2M\n",
                      self._report())

    def test_table(self) -> None:
        text = self._report("--format", "table")
        self.assertEqual(text.splitlines()[-1], LAST)
        self.assertRegex(text, r"leak +h/leaks@2M +1/1")
        self.assertIn(f"\n        source: {SOURCE}\n", text)

    def test_tap_by_the_reader_of_tap(self) -> None:
        from runner.diagnostics import Blocks
        from tap.parser import Parser  # type: ignore[import]
        self._report("--tap")
        path = os.path.join(self.folder, "results.tap")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        lines: List[Any] = list(Parser().parse_text(text))
        self.assertEqual([line for line in lines if line.category == "unknown"], [])
        tests = [line for line in lines if line.category == "test"]
        plan = [line for line in lines if line.category == "plan"]
        self.assertEqual((len(plan), plan[0].expected_tests, len(tests)), (1, 12, 12))
        self.assertEqual(sum(t.ok and not t.skip for t in tests), 3)
        self.assertEqual(sum(t.skip for t in tests), 3)
        self.assertEqual(sum(not t.ok and not t.todo for t in tests), 5)
        self.assertEqual(sum(t.todo for t in tests), 1)
        self.assertIn("- h/good.a@2M", [t.description for t in tests])
        for block in re.findall(r"\n  ---\n(.*?)\n  \.\.\.", text, re.S):
            self.assertIsNotNone(Blocks().read(block.splitlines())[0], block)
        self.assertTrue(self._report("--format", "tap").startswith(text))
        # For the two points that are not ok, known or not, and for no other.
        self.assertEqual(text.count("  sources: ["), 2)
        bad = next(t for t in tests if t.description == "- h/bad.a@2M")
        self.assertEqual(bad.yaml_block["sources"][0],
                         {"kind": "man", "value": "mmap(2)", "about": "MAP_<FIXED>"})

    def test_junit_by_the_reader_of_junit(self) -> None:
        try:
            from junitparser import JUnitXml  # type: ignore[import]
        except ImportError:
            self.skipTest("needs junitparser")
        self._report("--junit")
        xml = JUnitXml.fromfile(os.path.join(self.folder, "junit.xml"))
        self.assertEqual((xml.tests, xml.failures, xml.errors, xml.skipped), (12, 4, 1, 4))
        names = {f"{case.classname}.{case.name}" for suite in xml for case in suite}
        self.assertIn("h/good.a@2M", names)
        reported = {f"{case.classname}.{case.name}": (result.message, result.text)
                    for suite in xml for case in suite for result in case.result if result.text}
        # GitLab shows the text, and the message only where there is no text.
        self.assertEqual(len(reported), 5)
        why, text = reported.pop("h/bad.a@2M")
        self.assertEqual(text, f"{why}\nsource: {SOURCE}")
        for why, text in reported.values():
            self.assertEqual(text, why)
        said = {case.name: case.system_err for suite in xml for case in suite
                if case.system_err}
        self.assertEqual(said, {"h/warns@2M": "BUG: it \\x1b[1m <&>\n\t-\\ud800\n"
                                + KASAN.rstrip("\n")})

    def test_the_page_has_what_the_kernel_said(self) -> None:
        try:
            import jinja2  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs jinja2")
        self._report("--html")
        with open(os.path.join(self.folder, "report.html"), encoding="utf-8") as file:
            text = file.read()
        trace = html.escape("\n".join(KASAN.split("\n")[6:16]))
        # In the list of failures, and with each program.
        self.assertIn(trace, text)
        self.assertEqual(text.count("\n dump_stack_lvl+0x57/0x70\n"), 2)
        self.assertIn("<pre> theirs</pre>", text)
        self.assertIn("<dt>source</dt><dd><code>mmap(2), MAP_&lt;FIXED&gt;</code></dd>", text)

    def test_libhugetlbfs_lines(self) -> None:
        text = self._report("--format", "libhugetlbfs")
        self.assertIn("h/good.a (2M: 64):\tPASS\n", text)
        self.assertRegex(text, r"h/bad\.a \(2M: \d+\):\tFAIL\t")
        self.assertRegex(text, r"h/skipped \(2M: \d+\):\tSKIPPED")


if __name__ == "__main__":
    support.main()
