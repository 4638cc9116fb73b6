#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every reader returns a value or refuses with one line, whatever it reads, and never with a
traceback."""
from __future__ import annotations

import json
import os
import tempfile
import unittest
from typing import Any, Dict, List
from unittest import mock

import fuzz
import samples
from fuzz import dumped, fuzzed, spoiled, torn
from hypothesis import assume, strategies as st

from runner import (figures, known, known_list, past, programs, reading, record, schema,
                    skip_list)
from runner.complaints import complaints
from runner.errors import Refused
from runner.evidence import Evidence
from runner.judge import judge
from runner.kernels import Kernel, parse, upstream
from runner.watch import console, valid
from runner.observe import kmsg
from runner.plan import Planned, settle
from runner.run import Ended
from runner.settings import journal, journal_file
from runner.tap_stream import TapReader
from runner.words import Words

SCHEMAS: Dict[str, Any] = {
    "run": samples.RUN, "result": samples.RESULT, "metric": samples.METRIC,
    "describe": samples.DESCRIPTION, "skip-file": samples.SKIPS,
    "described": {"/a/b": {"identity": [1, 2], "said": "{}"}}}


def in_pieces(data: bytes, cuts: List[int]) -> List[bytes]:
    """The bytes, split at these places."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in zip(places, places[1:])]


class Readers(unittest.TestCase):
    """One test per reader."""

    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(kept.cleanup)
        self.folder = kept.name

    def _put(self, name: str, data: bytes) -> str:
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    @fuzzed(st.lists(st.sampled_from(samples.TAP) | st.binary(max_size=30), max_size=20),
            st.lists(st.integers(0, 1 << 20), max_size=5), st.sampled_from((0, 1, 3, None)),
            st.lists(st.sampled_from(samples.CONSOLE) | st.binary(max_size=30), max_size=5))
    def test_a_program_and_its_verdict(self, lines: List[bytes], cuts: List[int], status: Any,
                                       log: List[bytes]) -> None:
        reader = TapReader()
        for piece in in_pieces(b"\n".join(lines), cuts):
            reader.feed(piece)
        program = programs.Program("/a/b", "a", "b", cases={"c": "", "d": ""})
        ended = Ended(exit=status, signal=None if status is not None else "SIGSEGV")
        said = [line.decode("utf-8", "backslashreplace") for line in log]
        result = judge(Evidence(Planned(program, None, ["c", "d"]), ended, reader.finish(),
                                {"hugetlb.2M.free": 1}, {"hugetlb.2M.free": 2}, log=said))
        # What was recorded can be read again.
        line = json.dumps(result).encode()
        self.assertIsNone(schema.checker("result")(reading.parse(line)))

    @fuzzed(st.sampled_from(sorted(SCHEMAS)).flatmap(
        lambda name: st.tuples(st.just(name), spoiled(SCHEMAS[name]))), examples=150)
    def test_our_schemas_as_others_read_them(self, drawn: Any) -> None:
        import jsonschema  # type: ignore[import]
        name, value = drawn
        try:
            value = reading.parse(json.dumps(value).encode())
        except ValueError:
            assume(False)
        # In the standard, unlike here, 1.0 is an integer.
        assume(".0" not in json.dumps(value) and "e+" not in json.dumps(value))
        with open(os.path.join(fuzz.support.TOP, "doc", "schema", f"{name}.schema.json"),
                  encoding="ascii") as file:
            theirs = jsonschema.Draft7Validator(json.load(file)).is_valid(value)
        self.assertEqual(schema.checker(name)(value) is None, theirs)

    @fuzzed(st.binary(max_size=60) | fuzz.anything.map(dumped) | torn(dumped(samples.RESULT)))
    def test_json(self, data: bytes) -> None:
        try:
            value = reading.parse(data)
        except ValueError as error:
            self.assertLess(len(str(error)), 200)
        else:
            json.dumps(value, allow_nan=False)

    @fuzzed(st.binary(max_size=60) | spoiled(samples.SKIPS).map(dumped)
            | torn(dumped(samples.SKIPS)) | torn(b"format: 1\nskips:\n- names: [a/b, &x 'tag:race']"
                                                 b"\n  reason: r\n  until: 2026-02-28\n"))
    def test_a_skip_file(self, data: bytes) -> None:
        path = self._put("skips.yaml", data)
        try:
            for skip in skip_list.read(path):
                self.assertTrue(skip.reason.isprintable())
                skip_list.recorded({"skips": [skip.as_json()]})
        except Refused as refused:
            self.assertTrue(str(refused).isprintable())
            self.assertLess(len(str(refused)), 2000)

    @fuzzed(torn(b"\n".join([dumped(samples.RESULT), dumped(samples.LOAD), b""])),
            spoiled(samples.RESULT), spoiled({"format": 1, "last": {"a/b": {
                "verdict": "pass", "known": False, "seconds": 1.5}}}))
    def test_what_earlier_runs_say(self, results: bytes, result: Any, handed: Any) -> None:
        os.makedirs(os.path.join(self.folder, "20200101-000000"), exist_ok=True)
        self._put("20200101-000000/results.jsonl", results + dumped(result) + b"\n")
        for last in past.last(None, self.folder).values():
            self.assertGreaterEqual(last.seconds, 0)
        self._put(past.FILE, dumped(handed))
        past.handed_on(self.folder)

    @fuzzed(spoiled(samples.RUN), st.lists(spoiled(samples.RESULT) | spoiled(samples.LOAD),
                                           max_size=3), st.binary(max_size=10))
    def test_a_record(self, run: Any, results: List[Any], end: bytes) -> None:
        self._put("run.json", dumped(run))
        self._put("results.jsonl", b"".join(dumped(r) + b"\n" for r in results) + end)
        try:
            found = record.load(self.folder)[1]
        except Refused as refused:
            self.assertTrue(str(refused).isprintable())
            return
        self.assertLessEqual(len(found) + len(found.damaged_at), len(results) + end.count(b"\n"))
        before = list(found)
        self.assertTrue((found.damage() or "").isprintable())
        record.Folder.resume(self.folder, repair=True).close()
        again = record.load(self.folder)[1]
        self.assertEqual((list(again), again.damaged), (before, []))

    @fuzzed(torn(dumped(samples.RUN)), torn(b"\n".join(
        [dumped(samples.RESULT), dumped(samples.LOAD), b""])))
    def test_a_torn_record(self, run: bytes, results: bytes) -> None:
        self._put("run.json", run)
        self._put("results.jsonl", results)
        try:
            list(record.load(self.folder)[1])
        except Refused as refused:
            self.assertTrue(str(refused).isprintable())

    @fuzzed(spoiled(samples.ISSUES) | st.just(None), torn(dumped(samples.ISSUES)))
    def test_known_issues(self, value: Any, data: bytes) -> None:
        path = self._put("known.json", data if value is None else dumped(value))
        try:
            issues = known_list.read(path)
        except Refused as refused:
            self.assertTrue(str(refused).isprintable())
            return
        for issue in issues:
            issue.here(Kernel("6.12.1", parse("6.12.1"), "x86_64"))
            json.dumps(issue.as_json())

    @fuzzed(st.lists(st.sampled_from(samples.JOURNAL).flatmap(spoiled), max_size=4),
            spoiled({"format": 2, "owner": "x", "pid": 0, "start": 0, "uid": os.geteuid(),
                     "boot": journal_file.boot_id()}),
            st.booleans(), st.binary(max_size=10))
    def test_a_journal(self, records: List[Any], head: Any, right: bool, end: bytes) -> None:
        def line(value: Any) -> bytes:
            return journal_file.sealed(value) if right and isinstance(value, dict) and value \
                else dumped(value) + b"\n"
        path = self._put("x.1", b"".join(map(line, [head, *records])) + end)
        found = journal_file.load(path)
        self.assertIsInstance(found.stale, bool)
        # Nothing is changed, but all checks before a change are made, and reported.
        undone = journal.Undone()
        with mock.patch.dict(journal._UNDO, dict.fromkeys(journal._UNDO, lambda *_: True)):
            journal._leave_to_others(found, undone)
            journal.undo(found, undone)
        self.assertTrue(all(map(str.isprintable, undone.done + undone.failed + undone.notes)))

    def test_journals_that_once_were_too_much(self) -> None:
        head = {"format": 2, "owner": "x", "pid": 0, "start": 0,
                "boot": journal_file.boot_id(), "uid": os.geteuid()}
        for wrong in (*({"undo": undo, "path": "/a"} for undo in ([], {}, None, 3, True)),
                      *({"undo": "shm_remove", "id": 5, **more} for more in (
                          {"path": 5}, {"path": [1]}, {"value": 1}, {"wrote": "x"})),
                      {"undo": "umount", "path": "/a", "id": "x"}):
            path = self._put("x.1", journal_file.sealed(head) + journal_file.sealed(wrong))
            self.assertEqual(journal_file.load(path).trouble, "line 2 is not a record")

    @fuzzed(st.lists(st.sampled_from(samples.CONSOLE) | st.binary(max_size=40), max_size=20))
    def test_a_console(self, lines: List[bytes]) -> None:
        said = console.lines_of(b"\n".join(lines))
        found = complaints(said)
        for text in (console.oops(found), console.stuck(found), console.cause(said, found)):
            self.assertTrue(text is None or text.isprintable())
        console.panicked(said)
        self.assertLessEqual(len(console.excerpt(said, found)), 1001)

    @fuzzed(st.lists(st.sampled_from((
        b"4,1,5,-;BUG: x", b"12,2,6,-;x\n SUBSYSTEM=a\n", b"4,3,7,c;more", b"6,4,8,-;a\\x0ab",
        b"4,5,9,-,caller=T1;y")) | st.binary(max_size=40), max_size=20))
    def test_the_kernel_log(self, records: List[bytes]) -> None:
        words = Words()
        for one in records:
            line = kmsg.parse(one)
            if line:
                words.add(line)
        words.missed(3)
        words.finish()
        complaints(words.log)

    @fuzzed(spoiled(samples.DESCRIPTION).map(dumped) | torn(dumped(samples.DESCRIPTION)))
    def test_a_description(self, answer: bytes) -> None:
        program = programs.Program("/a/b", "a", "b")
        with mock.patch.object(programs, "_ask",
                               lambda *_: Ended(exit=0, out=answer)):
            programs.describe(program, None)  # type: ignore[arg-type]
        if program.broken:
            self.assertTrue(program.broken.isprintable())
            return
        planned = Planned(program, "2M" if program.sized else None, list(program.cases),
                          params={"p": "1"}, seconds=1.0)
        planned.argv(1)
        self.assertGreater(planned.limit_s(1.0), 0)
        settle([planned], False, ["2M"])

    @fuzzed(spoiled({"/a/b": {"identity": [1, 2], "said": json.dumps(samples.DESCRIPTION)}}),
            st.booleans(), spoiled(samples.DESCRIPTION))
    def test_what_was_said_to_describe(self, value: Any, inner: bool, said: Any) -> None:
        if inner:
            value = {"/a/b": {"identity": [1, 2], "said": dumped(said).decode()}}
        self._put("described.json", dumped(value))
        programs._remembered.cache_clear()
        programs.kernel_may_say.cache_clear()
        allowed, _ = programs.kernel_may_say(os.path.join(self.folder, "described.json"), "a/b@2M")
        complaints(["BUG: x"], allowed)

    @fuzzed(st.lists(spoiled(samples.LOAD), max_size=3), spoiled(samples.METRIC))
    def test_figures(self, results: List[Any], metric: Any) -> None:
        good = [r for r in results if not schema.checker("result")(r)]
        good.append({"name": "load/q", "verdict": "pass", "points": [
            {"name": "load/q.a", "verdict": "pass", "diagnostics": {"metrics": [metric]}}]})
        for figure in figures.figures(map(reading._filled, good)).values():
            figures.median(figure.values)
            if figure.all:
                figure.all.quantiles()

    @fuzzed(spoiled(samples.RUN), spoiled(samples.RESULT))
    def test_what_a_guest_says(self, run: Any, result: Any) -> None:
        for text in (valid.wrong_run(run), valid.wrong_result(result, {"a/b@2M"})):
            self.assertTrue(text is None or isinstance(text, str))

    @fuzzed(fuzz.texts, fuzz.texts)
    def test_names_of_kernels(self, release: str, version: str) -> None:
        upstream(release, version)
        for text in (release, f"6.{version}"):
            try:
                parse(text)
            except ValueError:
                pass

    @fuzzed(spoiled(samples.RUN), spoiled(samples.RESULT))
    def test_what_seems_fixed(self, run: Any, result: Any) -> None:
        if not schema.checker("run")(run) and not schema.checker("result")(result):
            known.seems_fixed(run, [reading._filled(result)])


if __name__ == "__main__":
    fuzz.main(sum(name.startswith("test_") for name in dir(Readers)))
