#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lists of known issues: which are read, what is refused, what seems fixed."""
from __future__ import annotations

import copy
import json
import os
import unittest
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

import support
from runner import known, known_list
from runner.errors import Refused
from runner.kernels import named
from support import GOOD

OWN = os.path.join(support.TOP, "known-issues.json")
SCHEMA = os.path.join(support.TOP, "doc", "schema", "known-issues.schema.json")
ISSUE: Dict[str, Any] = {"id": "x", "points": ["bad/*"], "verdicts": ["fail"], "reason": "r",
                         "link": "doc/x"}

# Optional keys of an entry.
RIGHT: Tuple[Dict[str, Any], ...] = (
    {}, {"machine": []}, {"machine": ["aarch64", "x86_64"]}, {"since": "6.12"},
    {"since": "7.1-rc3", "fixed": []}, {"fixed": ["6.18.51", "7.0.3", "7.1"]},
    {"demands": {"log": "^BUG: x"}}, {"demands": {"log": ["a", "b"], "reason": "c|d"}},
    {"demands": {"errno": "ENOMEM", "counters": ["hugetlb.*.free"]}},
    {"damages": True}, {"damages": False},
    {"demands": [{"log": "x"}, {"reason": "y"}]},
    {"demands": {"counters": ["a", {"name": "b"}, {"name": "c", "least": -2, "most": -1}]}},
    {"intermittent": True}, {"intermittent": False}, {"intermittent": ["bad/x.*"]},
    {"distributions": []}, {"distributions": [{"release": "*"}]},
    {"distributions": [{"id": "rhel", "version": "9*", "release": "5.14.0-*.el9*",
                        "fixed": "5.14.0-503", "since": "5.14.0-70"}]})
# What makes an entry invalid.
WRONG: Tuple[Any, ...] = (
    [], "x", {"id": ""}, {"id": 3}, {"points": "bad"}, {"points": []}, {"points": [""]},
    {"points": [1]}, {"verdicts": []}, {"verdicts": ["pass"]}, {"verdicts": ["unknown"]},
    {"reason": ""}, {"reason": None}, {"link": ["x"]}, {"machine": "x86_64"},
    {"since": ""}, {"since": "6"}, {"since": 6.12}, {"since": "6.12.."}, {"since": "v6.12"},
    {"fixed": "6.18.51"}, {"fixed": ["6.18.51-1"]}, {"fixed": ["new"]}, {"fixed": [7]},
    {"fixd": ["7.1"]}, {"kernels": ["6.1.."]}, {"log": "x"},
    {"demands": {}}, {"demands": []}, {"demands": {"log": ""}}, {"demands": {"log": []}},
    {"demands": {"log": ["("]}}, {"demands": {"reason": "["}}, {"demands": {"reason": ["x"]}},
    {"demands": {"errno": "12"}}, {"demands": {"errno": "enomem"}},
    {"demands": {"counters": []}}, {"demands": {"counters": "x"}}, {"demands": {"more": "x"}},
    {"damages": "yes"}, {"damages": 1}, {"damages": ["bad/x.*"]},
    {"demands": [{}]}, {"demands": [{"log": "x"}, "y"]}, {"demands": {"counters": [{}]}},
    {"demands": {"counters": [{"name": ""}]}}, {"demands": {"counters": [{"name": "x", "up": 1}]}},
    {"demands": {"counters": [{"name": "x", "least": "1"}]}}, {"demands": {"counters": [7]}},
    {"demands": {"counters": [{"name": "x", "most": True}]}},
    {"demands": {"counters": [{"name": "x", "most": None}]}}, {"demands": {"counters": None}},
    {"intermittent": "yes"}, {"intermittent": []}, {"intermittent": 1},
    {"distributions": {}}, {"distributions": ["rhel"]}, {"distributions": [{"id": "rhel"}]},
    {"distributions": [{"release": "*", "fixed": "el9"}]},
    {"distributions": [{"release": "*", "since": ""}]},
    {"distributions": [{"release": "*", "name": "x"}]},
    {"distributions": [{"release": ["*"]}]})


def _entry(change: Any) -> Any:
    return {**ISSUE, **change} if isinstance(change, dict) else change


class Lists(unittest.TestCase):
    """The content of a list. The schema and the runner agree about it."""

    def setUp(self) -> None:
        self.programs = support.Programs()
        self.addCleanup(self.programs.close)
        self.path = os.path.join(self.programs.path, "list.json")

    def _read(self, content: Any) -> List[known.Issue]:
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        return known_list.read(self.path)

    def test_what_old_entries_no_longer_explain(self) -> None:
        """Without demands an entry explains only points, and a run reports entries that explain
        nothing."""
        old = [_entry({"id": f"k{n}", "verdicts": ["kernel"]}) for n in range(5)]
        old += [_entry({"id": "leaves", "points": ["bad/x@*"], "verdicts": ["leak", "crash"]})]
        good = [_entry({"id": "fails"}), _entry({"id": "dies", "verdicts": ["crash"]}),
                _entry({"id": "both", "verdicts": ["kernel", "fail"]})]
        said = "k0, k1, k2 and 3 more"
        for form, entries, words in ((1, old + good, said), (2, old + good, said),
                                     (1, old[-1:], "by leaves"), (3, old, ""), (2, good, ""), (2, [
                                         _entry({"verdicts": ["kernel"], "demands": {"log": "x"}})],
                                         "")):
            self._read({"format": form, "issues": entries})
            found = known_list.notes([self.path])
            with self.subTest(f"{form} {words}"):
                self.assertEqual(len(found), bool(words), found)
                self.assertIn(words, "".join(found))
        self._read({"format": 2, "issues": old})
        self.programs.add("good", GOOD)
        done = self.programs.run("func", "--known-issues", self.path)
        self.assertEqual(done.stderr.count(said), 1, done.stderr)
        self.assertNotIn(said, self.programs.run("func", "--no-known-issues").stderr)

    def _validator(self) -> Any:
        try:
            import jsonschema  # type: ignore[import]
        except ImportError:
            self.skipTest("needs python3-jsonschema")
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft7Validator.check_schema(schema)
        return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())

    def test_right_and_wrong_lists(self) -> None:
        for change in RIGHT:
            with self.subTest(str(change)):
                self.assertEqual(len(self._read({"format": 3, "issues": [_entry(change)]})), 1)
        for change in WRONG:
            with self.subTest(str(change)), self.assertRaisesRegex(Refused, "list.json: issue 1"):
                self._read({"format": 3, "issues": [_entry(change)]})
        for content in ({}, [], {"format": 2}, {"format": 3, "issues": {}}, {"issues": []},
                        {"format": True, "issues": []}, {"format": 4, "issues": []}):
            with self.subTest(str(content)), self.assertRaises(Refused):
                self._read(content)
        with self.assertRaisesRegex(Refused, "two issues have the id x"):
            self._read({"format": 3, "issues": [ISSUE, ISSUE]})
        for key in ISSUE:
            with self.subTest(f"without {key}"), self.assertRaises(Refused):
                entry = copy.deepcopy(ISSUE)
                del entry[key]
                self._read({"format": 3, "issues": [entry]})

    def test_the_schema_says_the_same(self) -> None:
        validator = self._validator()
        for change in RIGHT:
            with self.subTest(str(change)):
                validator.validate({"format": 3, "issues": [_entry(change)]})
        for change in WRONG:
            with self.subTest(str(change)):
                self.assertFalse(validator.is_valid({"format": 3, "issues": [_entry(change)]}))
        for content in ({}, [], {"format": 2}, {"format": 3, "issues": {}}, {"issues": []},
                        {"format": 1, "issues": []}, {"format": 4, "issues": []}):
            with self.subTest(str(content)):
                self.assertFalse(validator.is_valid(content))

    def test_our_own_list(self) -> None:
        issues = known_list.read(OWN)
        self.assertTrue(issues)
        with open(OWN, encoding="utf-8") as file:
            self._validator().validate(json.load(file))
        with open(os.path.join(support.TOP, "doc", "known-issues.md"), encoding="utf-8") as file:
            text = file.read()
        for issue in issues:
            with self.subTest(issue.id):
                self.assertTrue(f"\n## {issue.id}\n" in text, "doc/known-issues.md has no entry")

    def test_our_own_list_goes_on(self) -> None:
        """An issue without a known fix is expected on later kernels too."""
        def ids(release: str) -> List[str]:
            return [issue.id for issue in known_list.load([], named(release, "x86_64"))]

        for release in ("6.18.45", "6.19.0", "7.3.4"):
            with self.subTest(release):
                self.assertIn("surplus-nr-hugetlb-below-zero", ids(release))
                self.assertIn("pages-beyond-the-end-are-mapped", ids(release))
        for release, there in (("6.12.85", False), ("6.12.117", True), ("6.18.44", True),
                               ("7.0.3", True), ("7.0.4", False), ("7.1.0", False)):
            with self.subTest(f"requeued {release}"):
                self.assertEqual("migrated-thp-queued-too-late" in ids(release), there)
        self.assertNotIn("surplus-nr-hugetlb-below-zero", ids("6.12.117"))

    def test_debians_kernels(self) -> None:
        """Debian's kernels of the 6.12 series, each with the faults that its stable update has or
        has fixed."""
        leaver, pinned, table, vmemmap = (
            "owner-leaves-child-a-reservation", "pinned-page-promised-again",
            "gigantic-fork-table-shared", "vmemmap-restored-from-head")
        watched = {leaver, pinned, table, vmemmap}
        for number, expected in ((38, set()), (48, {leaver, pinned}), (73, {leaver, pinned}),
                                 (74, {leaver, pinned, table}), (105, {leaver, pinned, table}),
                                 (111, {pinned, table}), (115, {pinned, table, vmemmap}),
                                 (117, {pinned, table, vmemmap})):
            release = f"6.12.{number}"
            for kernel in (named(release, "x86_64"),
                           named(release + "+deb13-amd64", "x86_64",
                                 f"#1 SMP PREEMPT_DYNAMIC Debian {release}-1 (2026-01-01)")):
                with self.subTest(kernel.release):
                    ids = {issue.id for issue in known_list.load([], kernel)}
                    self.assertEqual(ids & watched, expected)

    def test_what_damages_the_kernel(self) -> None:
        """`damages` is also obeyed by a run without known issues, and may name cases of stress."""
        for release, there in (("6.12.116", False), ("6.18.43", False), ("6.18.44", True),
                               ("7.3.4", True)):
            kernel = named(release, "x86_64")
            loaded = known_list.damaging(known_list.load([], kernel), kernel)
            self.assertEqual("pinned-shmem-is-cut-for-ever" in [issue.id for issue in loaded],
                             there, release)
            self.assertEqual(known_list.damaging([], kernel, none=True), loaded)

    def test_format_2_is_read(self) -> None:
        """Format 2 has one object of demands, and counters by name."""
        demands = {"log": ["^BUG: x"], "reason": "r", "errno": "ENOMEM", "counters": ["*.free"]}
        issue, = self._read({"format": 2, "issues": [_entry({"demands": demands})]})
        way, = issue.demands
        self.assertTrue(way.logs("BUG: x") and way.counts("hugetlb.2M.free", 9))
        self.assertFalse(way.logs("BUG: y") or way.counts("hugetlb.2M.rsvd", 9))
        self.assertEqual(self._read({"format": 2, "issues": [ISSUE]})[0].demands, ())

    def test_format_1_is_read(self) -> None:
        old = {**ISSUE, "kernels": ["6.1..6.2", "6.5.."], "machine": ["aarch64"], "since": 7}
        issue, = self._read({"format": 1, "issues": [old]})
        self.assertTrue(issue.here(named("6.6.1", "aarch64")))
        self.assertFalse(issue.here(named("6.3", "aarch64")))
        self.assertFalse(issue.here(named("6.6.1", "x86_64")))
        for kernels in ("6.1..", ["6.1"], ["new.."], [6]):
            with self.subTest(str(kernels)), self.assertRaises(Refused):
                self._read({"format": 1, "issues": [{**ISSUE, "kernels": kernels}]})


class Files(support.Case):
    """Several lists."""

    def _list(self, name: str, *issues: Dict[str, Any]) -> str:
        path = os.path.join(self.programs.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"format": 3, "issues": [{**ISSUE, **issue} for issue in issues]}, file)
        return path

    def test_the_later_entry_counts(self) -> None:
        self._list("known.d/b.json", {"id": "one", "reason": "b"}, {"id": "two", "reason": "b"})
        self._list("known.d/a.json", {"id": "one", "reason": "a"}, {"id": "three", "reason": "a"})
        self._list("known.d/c.txt", {"id": "not read"})
        first = self._list("first.json", {"id": "two", "reason": "first"})
        second = self._list("second.json", {"id": "two", "reason": "second", "fixed": ["6.1"]})
        kernel = named("6.18.44", "x86_64")
        own = {issue.id for issue in known_list.load([], kernel)}

        def reasons(*lists: str) -> Dict[str, str]:
            with mock.patch.dict(os.environ, HUGEPROOF_KNOWN_D=os.path.dirname(self._list(
                    "known.d/b.json", {"id": "one", "reason": "b"},
                    {"id": "two", "reason": "b"}))):
                issues = known_list.load(lists, kernel)
            self.assertLessEqual(own, {issue.id for issue in issues})
            return {issue.id: issue.reason for issue in issues if issue.id not in own}

        self.assertEqual(reasons(), {"one": "b", "two": "b", "three": "a"})
        self.assertEqual(reasons(first), {"one": "b", "two": "first", "three": "a"})
        # An entry that is fixed here replaces one that is not.
        self.assertEqual(reasons(first, second), {"one": "b", "three": "a"})
        self.assertEqual(reasons(second, first)["two"], "first")
        self.assertEqual(known_list.load(None, kernel, none=True), [])

    @support.needs_root
    def test_a_run_takes_them(self) -> None:
        self.programs.add("wrong", GOOD.replace("print(f'ok", "print(f'not ok") + "sys.exit(1)\n")
        self.programs.add("right", GOOD)
        one = self._list("one.json", {"id": "a", "points": ["bad/wrong.a"]})
        two = self._list("two.json", {"id": "b", "points": ["bad/*.b"]},
                         {"id": "fixed", "points": ["bad/right.*"]},
                         {"id": "rare", "points": ["bad/right.*"], "intermittent": True})

        def run(*words: str, folder: str = "") -> Tuple[int, str, Optional[Any]]:
            with mock.patch.dict(os.environ, HUGEPROOF_KNOWN_D=folder):
                done = self.programs.run("func", *words)
            record = os.path.join(self.programs.results, max(os.listdir(self.programs.results)))
            with open(os.path.join(record, "run.json"), encoding="utf-8") as file:
                return done.returncode, done.stdout, json.load(file)["seems_fixed"]

        status, text, fixed = run("--known-issues", one)
        self.assertEqual((status, fixed), (1, []), text)
        self.assertNotIn("Seems fixed", text)
        status, text, fixed = run("--known-issues", one, "--known-issues", two)
        self.assertEqual((status, fixed), (0, [{"id": "fixed", "points": 2}]), text)
        self.assertIn("Seems fixed here:\n  fixed: 2 points passed\n", text)
        self._list("known.d/one.json", {"id": "a", "points": ["bad/wrong.*"]})
        folder = os.path.join(self.programs.path, "known.d")
        self.assertEqual(run(folder=folder)[0], 0)
        self.assertEqual(run("--no-known-issues", folder=folder)[::2], (1, []))


class SeemsFixed(unittest.TestCase):
    """An issue none of whose points failed."""

    def _reported(self, *verdicts: str, mild: Any = False, whole: str = "pass", cases: Any = None,
                  points: Tuple[str, ...] = ("h/x.*@2M",)) -> Optional[int]:
        issue = known.Issue("id", points, ("fail",), "r", "l", intermittent=mild)
        run = {"known_issues": [issue.as_json()], "cases": cases or {}}
        result = {"name": "h/x@2M", "verdict": whole, "points": [
            {"name": f"h/x.{'abc'[n]}@2M", "verdict": verdict}
            for n, verdict in enumerate(verdicts)]}
        found = known.seems_fixed(run, [result])
        return found[0]["points"] if found else None

    def test_points(self) -> None:
        self.assertEqual(self._reported("pass"), 1)
        self.assertEqual(self._reported("pass", "pass", "skip"), 2)
        for verdict in ("fail", "broken", "unknown", "disturbed", "kernel"):
            self.assertIsNone(self._reported("pass", verdict))
        self.assertIsNone(self._reported("skip"))
        self.assertIsNone(self._reported())
        self.assertIsNone(self._reported("pass", points=("h/y.*",)))

    def test_intermittent_ones(self) -> None:
        self.assertIsNone(self._reported("pass", mild=True))
        self.assertEqual(self._reported("pass", "pass", mild=("h/x.a@*",)), 1)
        self.assertEqual(self._reported("fail", "pass", mild=("h/x.a@*",)), 1)
        self.assertIsNone(self._reported("pass", mild=("h/x.a@*",)))

    def test_whole_programs(self) -> None:
        self.assertEqual(self._reported("pass", points=("h/x@*",)), 1)
        self.assertIsNone(self._reported("pass", points=("h/x@*",), whole="kernel"))
        # The fault may show in a case that was left out.
        self.assertIsNone(self._reported("pass", points=("h/x@*",), cases={"h/x@2M": ["a"]}))
        self.assertIsNone(self._reported("pass", "skip", points=("h/x@*",)))

    def test_the_records_of_others_have_no_list(self) -> None:
        self.assertEqual(known.seems_fixed({}, []), [])


if __name__ == "__main__":
    support.main()
