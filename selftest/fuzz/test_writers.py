#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every report of any record is written, and conforms to its format."""
from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from typing import Any, List

import fuzz
import format_readers
import samples
from fuzz import dumped, fuzzed, spoiled
from hypothesis import strategies as st

from runner import record
from runner.compare import sides
from runner.errors import Refused
from runner.report import kcidb, ktap, lava, libhugetlbfs, squad, table, tap, tmt
from runner.report.summary import Summary
from runner.report.tally import items, tally
from runner.schema import checker

RESULTS = st.lists(spoiled(samples.RESULT) | spoiled(samples.LOAD), max_size=3)
# Enough repeats for an interval, of any numbers that the schema allows.
VALUES = st.lists(fuzz.numbers, min_size=5, max_size=6) | fuzz.numbers.map(lambda one: [one] * 6)
COMPARED = VALUES.map(lambda values: [
    {**samples.load(value), "name": f"load/p#{nth}"} for nth, value in enumerate(values, 1)
]) | st.lists(spoiled(samples.LOAD), min_size=1, max_size=4)


class Writers(unittest.TestCase):
    """Reports of unusual records that the schemas allow."""

    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(kept.cleanup)
        self.parent = kept.name

    def _load(self, run: Any, results: List[Any], name: str = "x") -> Any:
        """The record; None if it is refused."""
        folder = os.path.join(self.parent, name)
        os.makedirs(folder, exist_ok=True)
        for file, data in (("run.json", dumped(run)), (
                "results.jsonl", b"".join(dumped(r) + b"\n" for r in results))):
            with open(os.path.join(folder, file), "wb") as opened:
                opened.write(data)
        try:
            return record.load(folder)
        except Refused:
            return None

    def _printable(self, text: str, more: str = "\n") -> None:
        bad = [c for c in text if not c.isprintable() and c not in more]
        self.assertEqual(bad, [], text)

    @fuzzed(spoiled(samples.RUN), RESULTS)
    def test_a_terminal(self, run: Any, results: List[Any]) -> None:
        loaded = self._load(run, results)
        if not loaded:
            return
        end = Summary(loaded[0])
        for result in loaded[1]:
            end.add(result)
            for text in (table.plain(result), table._row(result, False)):
                self._printable(text)
            self._printable(libhugetlbfs.lines(result), "\n\t")
        self._printable(end.text(loaded[1], "x"))
        end.tally(loaded[1]).status()

    @fuzzed(spoiled(samples.RUN), RESULTS)
    def test_tap(self, run: Any, results: List[Any]) -> None:
        from tap.parser import Parser  # type: ignore[import]
        loaded = self._load(run, results)
        if not loaded:
            return
        total = tally(*loaded).total
        text = "".join(tap.whole(*loaded, total))
        self._printable(text)
        # Without the blocks, for which there is another parser.
        lines = [line for line in text.split("\n") if not line.startswith("  ")]
        found = [line.category for line in Parser().parse_text("\n".join(lines))]
        self.assertEqual(found.count("test"), total)
        self.assertEqual((found.count("plan"), found.count("unknown")), (1, 0))

    @fuzzed(spoiled(samples.RUN), RESULTS)
    def test_junit(self, run: Any, results: List[Any]) -> None:
        from runner.report import junit
        loaded = self._load(run, results)
        if loaded:
            text = "".join(junit.whole(*loaded))
            top = ElementTree.fromstring(text.encode("utf-8", "backslashreplace"))
            self.assertEqual(top.tag, "testsuites")
            self.assertEqual(len(list(top.iter("testcase"))), int(top.attrib["tests"]))

    @fuzzed(spoiled(samples.RUN), RESULTS)
    def test_formats_of_other_tools(self, run: Any, results: List[Any]) -> None:
        """Each has every item once."""
        loaded = self._load(run, results)
        if not loaded:
            return
        found = list(items(*loaded))
        text = "".join(ktap.whole(*loaded))
        self._printable(text)
        groups = sum(bool(result["points"]) for result in loaded[1])
        self.assertEqual(len(format_readers.linaro_before(text)), len(found) + groups, text)
        self._printable("".join(ktap.nested(*loaded)))
        text = "".join(lava.whole(*loaded))
        self._printable(text)
        self.assertEqual(len(format_readers.lava(text)[0]), len(found), text)
        self.assertEqual(len(json.loads("".join(squad.tests(*loaded)))), len(found))
        text = "".join(libhugetlbfs.whole(*loaded))
        self.assertEqual(len(format_readers.libhugetlbfs(text)), len(found), text)
        data = json.loads("".join(kcidb.whole(*loaded, files=kcidb.address("x"))))
        self.assertIsNone(checker("kcidb")(data))
        self.assertEqual(sum(test["status"] not in ("DONE", "MISS") for test in data["tests"]),
                         len(found))
        json.loads("".join(squad.whole(*loaded)))
        self._tmt("".join(tmt.whole(*loaded)), len(found))

    def _tmt(self, text: str, count: int) -> None:
        import yaml
        self._printable(text)
        self.assertEqual(len(yaml.safe_load(text)), count + 1)

    @fuzzed(spoiled(samples.RUN), RESULTS, examples=30)
    def test_the_page(self, run: Any, results: List[Any]) -> None:
        try:
            import jinja2  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs jinja2")
        from runner.report.run_page import page
        loaded = self._load(run, results)
        if loaded:
            text = "".join(page(*loaded))
            self.assertTrue(text.rstrip().endswith("</html>"))
            self.assertNotIn(fuzz.MARK, text)

    def test_the_page_escapes_whatever_it_is_given(self) -> None:
        """The page escapes texts in every place where a record may have one."""
        try:
            import jinja2  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs jinja2")
        from runner.report.run_page import page
        run, result = fuzz.marked(samples.RUN, checker("run")), fuzz.marked(
            samples.RESULT, checker("result"))
        loaded = self._load(run, [result, fuzz.marked(samples.LOAD, checker("result"))])
        text = "".join(page(*loaded))
        self.assertNotIn(fuzz.MARK, text)
        self.assertGreater(text.count("&lt;i/id=x&gt;"), 10)

    @fuzzed(spoiled(samples.RUN), COMPARED, COMPARED, examples=30)
    def test_a_comparison(self, run: Any, old: List[Any], new: List[Any]) -> None:
        try:
            import matplotlib  # type: ignore[import]  # noqa: F401  pylint: disable=W0611
            import rich  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
            import scipy  # type: ignore[import]  # noqa: F401  pylint: disable=unused-import
        except ImportError:
            self.skipTest("needs scipy, matplotlib and rich")
        from runner.compare import cli, table as shown
        from runner.compare.verdict import compared
        self._load(samples.RUN, old, "old")
        if not self._load(run, new, "new"):
            return
        try:
            before, after = (sides.find(name, self.parent) for name in ("old", "new"))
            verdicts = compared(before.figures, after.figures, 0.03)
            notes = cli._notes(before, after, verdicts, 0.03)
        except Refused as refused:
            self._printable(str(refused), "")
            return
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            shown.show(before, after, verdicts, notes, True)
        json.dumps(cli._as_json(before, after, verdicts, notes, 0.03), allow_nan=False)


if __name__ == "__main__":
    fuzz.main(sum(name.startswith("test_") for name in dir(Writers)))
