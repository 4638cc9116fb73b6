#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coverage: counters of a small program of the host's compiler, read, added up and compared."""
from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.commandline import parse  # noqa: E402
from runner.coverage import apart, data, gcov, inside, outside, page, table  # noqa: E402
from runner.coverage.counts import Counts, Function, of_ranges, ranges  # noqa: E402
from runner.errors import Refused  # noqa: E402
from runner.lab import coverage_kernel, options  # noqa: E402
from runner.schema import checker  # noqa: E402

PROGRAM = """\
static int twice(int a)
{
    if (a > 2)
        return 0;
    return 2 * a;
}

static int never(int a)
{
    return a + 1;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 9)
        return never(argc);
    return twice(argc) < 0;
}
"""
NAME = "mm/small.c"


class Fixture:
    """The program, built below `top` as the kernel is: mm/small.gcno beside the object."""

    def __init__(self, top: str) -> None:
        self.top = top
        folder = os.path.join(top, "mm")
        os.makedirs(folder)
        self.source = os.path.join(top, NAME)
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        subprocess.run(["gcc", "--coverage", "-O0", "-c", self.source, "-o",
                        "small.o"], cwd=folder, check=True)
        subprocess.run(["gcc", "--coverage", "small.o", "-o", "small"], cwd=folder, check=True)

    def counted(self, *words: str) -> Dict[str, bytes]:
        """The counters after running the program with these arguments."""
        folder = os.path.join(self.top, "mm")
        path = os.path.join(folder, "small.gcda")
        if os.path.exists(path):
            os.unlink(path)
        subprocess.run(["./small", *words], cwd=folder, check=False)
        with open(path, "rb") as file:
            return {"somewhere/build/mm/small.gcda": file.read()}


class FakeBox:
    """A guest's folder that can only be read and removed."""

    def __init__(self, files: Dict[str, bytes]) -> None:
        self.files = files

    def read(self, name: str, offset: int, most: int) -> "bytes | None":
        found = self.files.get(name)
        return None if found is None else found[offset:offset + most]

    def forget(self, name: str) -> None:
        self.files.pop(name, None)


class TestCounts(unittest.TestCase):
    """Numbers alone."""

    def test_ranges(self) -> None:
        for lines, text in ((set(), ""), ({3}, "3"), ({3, 4, 5, 9}, "3-5,9"), ({1, 3}, "1,3")):
            self.assertEqual(ranges(lines), text)
            self.assertEqual(of_ranges(text), lines)

    def counts(self) -> Counts:
        return Counts({1: 1, 2: 0, 5: 0}, {1: [1, 0], 5: [0, 0]},
                      {"a": Function(1, 3, 1), "b": Function(5, 6)})

    def test_summary_and_unreached(self) -> None:
        self.assertEqual(self.counts().summary(),
                         {"lines": (1, 3), "branches": (1, 4), "functions": (1, 2)})
        self.assertEqual(self.counts().unreached(), ["b"])

    def test_a_sum_has_what_either_executed(self) -> None:
        counts = self.counts()
        counts.add(Counts({2: 4, 5: 0}, {1: [0, 3]}, {"b": Function(5, 6, 2)}))
        self.assertEqual(counts.lines, {1: 1, 2: 4, 5: 0})
        self.assertEqual(counts.branches, {1: [1, 3], 5: [0, 0]})
        self.assertEqual(counts.unreached(), [])

    def test_what_is_apart_is_counted_nowhere_else(self) -> None:
        rest, out = self.counts().without(["b"]), self.counts().within(["b"])
        self.assertEqual(rest.summary(),
                         {"lines": (1, 2), "branches": (1, 2), "functions": (1, 1)})
        self.assertEqual(out.summary()["lines"], (0, 1))
        row = table.table({NAME: self.counts()}, {NAME: {"b": "none here"}})[2]
        self.assertIn("1/2 (50%)", row)
        self.assertTrue(row.endswith("| 1               |"), row)
        self.assertEqual(table.unreached({NAME: self.counts()}, {NAME: {"b": "none here"}}),
                         [f"{NAME}, apart (none here): b"])

    def test_a_list_that_does_not_hold_is_reported(self) -> None:
        reported = apart.wrong({NAME: self.counts()}, {NAME: {"a": "", "b": "", "gone": ""}})
        self.assertEqual(reported, [f"{NAME}: a is listed as out of reach and was reached",
                                    f"{NAME}: gone is listed as out of reach and is not there"])

    def test_json_and_back(self) -> None:
        value = json.loads(json.dumps(self.counts().as_json()))
        self.assertEqual(Counts.of_json(value), self.counts())


class TestCounters(unittest.TestCase):
    """Reads counters of the compiler."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.mkdtemp(prefix="hugeproof-coverage-", dir="/tmp")
        cls.fixture = Fixture(cls.folder)
        cls.one, cls.three = cls.fixture.counted(), cls.fixture.counted("x", "x")

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def read(self, counters: Dict[str, bytes]) -> Counts:
        reader = gcov.Reader(self.folder, [NAME])
        try:
            return reader.read(counters)[NAME]
        finally:
            reader.close()

    def test_lines_branches_functions(self) -> None:
        counts = self.read(self.one)
        self.assertEqual({name: one.count for name, one in counts.functions.items()},
                         {"main": 1, "never": 0, "twice": 1})
        self.assertEqual((counts.lines[3], counts.lines[5], counts.lines[10]), (1, 1, 0))
        self.assertEqual(sorted(counts.branches[3]), [0, 1])
        self.assertEqual(counts.unreached(), ["never"])

    def test_two_runs_take_both_branches(self) -> None:
        counts = self.read(self.one)
        counts.add(self.read(self.three))
        self.assertEqual((counts.lines[3], counts.branches[3]), (2, [1, 1]))
        self.assertEqual(counts.lines[10], 0)

    def test_counters_of_another_build_are_refused(self) -> None:
        name, content = next(iter(self.one.items()))
        other = content[:8] + bytes(byte ^ 0xff for byte in content[8:12]) + content[12:]
        with self.assertRaisesRegex(Refused, "mismatch"):
            self.read({name: other})

    def test_a_guests_garbage_ends_nothing(self) -> None:
        reader = gcov.Reader(self.folder, [NAME])
        self.addCleanup(reader.close)
        self.assertEqual(reader.read({"mm/other.gcda": b"x", "../mm/small.gcda/x": b"x"}), {})
        try:
            reader.read({"mm/small.gcda": b"\xff" * 5000})
        except Refused:
            pass
        self.assertEqual(reader.read(self.one)[NAME].lines[3], 1)

    def test_from_the_guest_to_who(self) -> None:
        """Collector in the guest, take() on the host, finish() into coverage.json."""
        run = os.path.join(self.folder, "run")
        kernel, guest = os.path.join(self.folder, "gcov"), os.path.join(self.folder, "guest")
        counted = os.path.join(kernel, "root/build/mm/small.gcda")
        for made in (run, guest, os.path.dirname(counted)):
            os.makedirs(made)
        box = FakeBox({})

        def counts(what: Dict[str, bytes]) -> None:
            with open(counted, "wb") as file:
                file.write(next(iter(what.values())))

        counts(self.one)
        with mock.patch.dict(os.environ, {inside.ASKED: "1"}):
            collector = inside.Collector(guest, kernel)
        for name, what in (("area/one@2M", self.one), ("area/three", self.three)):
            collector.begin(name)
            counts(what)
            collector.look()
            collector.end()
            for path in ("coverage/boot", "coverage/" + inside.file_name(name)):
                with open(os.path.join(guest, path), "rb") as file:
                    box.files[path] = file.read()
            outside.take(box, run, name, True)
            self.assertEqual(box.files, {})
        plan = ["area/one@2M", "area/three"]
        self.assertEqual(sorted({name for name, _ in outside.kept(run, plan)}),
                         sorted(["boot", *plan]))
        with mock.patch.object(data, "load_run", lambda path: {
                "plan": plan, "kernel": {"release": "6.12-lab"}}):
            found = data.finish(run, os.path.join(self.folder), self.folder, [NAME])
        assert found
        self.assertEqual(os.listdir(os.path.join(run, "coverage", "raw")), [])
        again = data.load(run)
        self.assertEqual(again.as_json(), found.as_json())
        self.assertIsNone(checker("coverage")(again.as_json()))
        self.assertEqual(again.who(NAME, 4, 4), ["area/three"])
        self.assertEqual(again.who(NAME, 5, 5), ["area/one@2M", "boot"])
        self.assertEqual(again.who(NAME, 10, 10), [])
        self.assertIn("FNDA:0,never\n", "".join(page.tracefile(again)))

    def test_a_run_that_goes_on_loses_nothing(self) -> None:
        """Counters are read while the guest saves more."""
        run = os.path.join(self.folder, "going")
        plan = ["area/one", "area/three"]

        def take(name: str, what: Dict[str, bytes]) -> None:
            kept = "".join(f"{len(content)} {path}\n" for path, content in what.items()).encode(
                ) + b"".join(what.values())
            outside.take(FakeBox({f"coverage/{inside.file_name(name)}": kept}), run, name, True)

        save = data.save

        def save_late(coverage: data.Coverage, path: str) -> None:
            take("area/three", self.three)
            save(coverage, path)

        take("area/one", self.one)
        with mock.patch.object(data, "load_run", lambda path: {
                "plan": plan, "kernel": {"release": "6.12-lab"}}):
            with mock.patch.object(data, "save", save_late):
                data.finish(run, self.folder, self.folder, [NAME])
            found = data.finish(run, self.folder, self.folder, [NAME])
        assert found
        self.assertEqual(sorted(found.programs), plan)

    def test_nothing_is_written_unasked(self) -> None:
        with mock.patch.dict(os.environ):
            os.environ.pop(inside.ASKED, None)
            collector = inside.Collector(self.folder, "/nowhere")
        collector.begin("area/one")
        collector.look()
        collector.end()
        self.assertFalse(os.path.exists(os.path.join(self.folder, "coverage")))

    def test_a_kernel_without_counters_is_refused(self) -> None:
        with mock.patch.dict(os.environ, {inside.ASKED: "1"}):
            with self.assertRaisesRegex(Refused, "counts nothing"):
                inside.Collector(self.folder, "/nowhere")


class TestRuns(unittest.TestCase):
    """Several runs."""

    def coverage(self, run: str, build: str = "b", **lines: int) -> data.Coverage:
        found = data.Coverage(build, "/source", "6.12-lab", [run])
        counts = {int(name[1:]): number for name, number in lines.items()}
        found.add_program("area/" + run, {NAME: Counts(
            counts, {}, {"f": Function(1, 4, counts.get(1, 0)), "g": Function(5, 9)})})
        return found

    def test_a_sum_and_its_programs(self) -> None:
        one = self.coverage("one", l1=1, l2=0, l5=0)
        one.add(self.coverage("two", l1=1, l2=3, l5=0))
        self.assertEqual(one.runs, ["one", "two"])
        self.assertEqual(one.files[NAME].lines, {1: 2, 2: 3, 5: 0})
        self.assertEqual(one.who(NAME, 1, 2), ["area/one", "area/two"])
        self.assertEqual(one.who(NAME, 2, 2), ["area/two"])

    def test_builds_do_not_mix(self) -> None:
        with self.assertRaisesRegex(Refused, "another build"):
            self.coverage("one").add(self.coverage("two", build="c"))

    def test_diff(self) -> None:
        old, new = self.coverage("one", l1=1, l2=1, l3=0), self.coverage("two", l1=0, l2=0, l3=7)
        found = table.differences(old, new)
        self.assertEqual([*map(table.difference_line, found)],
                         [f"lost {NAME}:1-2 f, the whole function", f"gained {NAME}:3 f"])
        self.assertEqual([*support.valid.wrong("coverage-diff", {
            "format": 1, "differences": found})], [])
        self.assertEqual(table.differences(old, old), [])

    def test_as_json(self) -> None:
        top = tempfile.mkdtemp(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(shutil.rmtree, top)
        paths = [os.path.join(top, f"{name}.json") for name in ("one", "two")]
        data.save(self.coverage("one", l1=1, l2=1, l3=0), paths[0])
        data.save(self.coverage("two", l1=0, l2=0, l3=7), paths[1])

        def said(status: int, *words: str) -> Dict[str, Any]:
            out = io.StringIO()
            args = parse(["coverage", *words, "--json"])
            with contextlib.redirect_stdout(out):
                self.assertEqual(args.module.run(args), status)
            found: Dict[str, Any] = json.loads(out.getvalue())
            self.assertEqual([*support.valid.wrong(f"coverage-{words[0]}", found)], [])
            return found
        self.assertEqual(said(0, "who", f"{NAME}:1-3", paths[0]), {
            "format": 1, "file": NAME, "first": 1, "last": 3, "programs": ["area/one"]})
        self.assertEqual(said(1, "who", f"{NAME}:3", paths[0])["programs"], [])
        self.assertEqual(said(1, "diff", *paths)["differences"], [
            {"kind": "lost", "file": NAME, "lines": "1-2", "function": "f", "whole": True},
            {"kind": "gained", "file": NAME, "lines": "3", "function": "f", "whole": False}])
        self.assertEqual(said(0, "diff", paths[0], paths[0])["differences"], [])

    def test_a_guests_torn_file(self) -> None:
        with tempfile.NamedTemporaryFile(suffix=".gz") as file:
            for raw, names in ((b"3 a\nxyz2 b\nuv", ["a", "b"]), (b"3 a\nxyz9 b\nuv", ["a"]),
                               (b"-1 a\nx", []), (b"9" * 6000, []), (b"", [])):
                file.seek(0)
                file.truncate()
                file.write(gzip.compress(raw))
                file.flush()
                self.assertEqual(list(outside.unpacked(file.name)), names)


class TestKernel(unittest.TestCase):
    """What is built."""

    def test_one_inode_c_of_many(self) -> None:
        words = coverage_kernel.make_words()
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as file:
                file.write("all: ; @echo [$(GCOV_PROFILE_inode.o)][$(GCOV_PROFILE_userfaultfd.o)]"
                           "[$(GCOV_PROFILE_slub.o)]\n")
            # Nothing is inherited from another make, such as that of make check.
            said = {where: subprocess.run(
                ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "-s", "-C", folder, *words,
                 f"obj={where}"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
                for where in ("fs/hugetlbfs", "fs/ext4", "mm", "fs")}
        self.assertEqual(said, {"fs/hugetlbfs": "[y][n][]", "fs/ext4": "[n][n][]",
                                "mm": "[n][y][]", "fs": "[n][y][]"})

    def test_words_for_the_kernel(self) -> None:
        self.assertEqual([options.with_counters(word) for word in (None, "build", "build:/a/b")],
                         ["coverage", "coverage", "coverage:/a/b"])
        for word in ("running", "deb:x", "build:", "/boot/vmlinuz"):
            with self.assertRaises(Refused):
                options.with_counters(word)
        self.assertTrue(outside.counts({"options": {"kernel": "coverage:/a"}}))
        for lab in (None, {}, {"options": {"kernel": "build"}}, {"options": {"kernel": None}}):
            self.assertFalse(outside.counts(lab))

    def test_the_list_of_what_is_out_of_reach_is_read(self) -> None:
        for path, functions in apart.load(apart.default_path()).items():
            self.assertIn(path, coverage_kernel.FILES)
            self.assertTrue(all(functions.values()))


if __name__ == "__main__":
    support.main()
