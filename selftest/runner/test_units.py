#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unit tests of the runner: no root, nothing changed."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

import support
from runner import record
from runner.endings import Signals
from runner.errors import Refused
from runner.observe import counters, machine
from runner.patterns import Pattern, parse_patterns
from runner.plan import again, applies, make, settle
from runner.programs import Program, describe
from runner.report.summary import lost_memory
from runner.tap_stream import Tap, TapReader
from runner.text import clean, size_kb, size_name


GOOD = "TAP version 14\n1..2\nok 1 - a\n  ---\n  duration_ms: 0.5\n  ...\nok 2 - b\n"


def _tap(text: str, pieces: int = 1 << 20) -> Tap:
    reader, data = TapReader(), text.encode()
    for at in range(0, len(data), pieces):
        reader.feed(data[at:at + pieces])
    return reader.finish()


class TapText(unittest.TestCase):
    """TAP as it comes."""

    def test_any_pieces(self) -> None:
        for pieces in (1, 2, 7, 1000):
            tap = _tap(GOOD, pieces)
            self.assertEqual((tap.plan, [p.name for p in tap.points], tap.problems),
                             (2, ["a", "b"], []))
            self.assertEqual(tap.points[0].diagnostics, {"duration_ms": 0.5})

    def test_values(self) -> None:
        tap = _tap('1..1\nnot ok 1 - a\n  ---\n  got: "x: \\u00e9 # {"\n  counters: {"a": -1}\n'
                   "  ...\n")
        self.assertEqual(tap.points[0].diagnostics, {"got": "x: é # {", "counters": {"a": -1}})
        tap = _tap("1..1\nok 1 - a\n  ---\n  at: plain text\n  ...\n")
        self.assertEqual(tap.points[0].diagnostics, {"at": "plain text"})
        tap = _tap('1..1\nok 1 - a\n  ---\n  check: "&a * 8"\n  at: plain\n  ...\n')
        self.assertEqual(tap.points[0].diagnostics, {"check": "&a * 8", "at": "plain"})

    def test_problems(self) -> None:
        for text, word in (("1..1\n1..1\n", "second plan"), ("TAP version 12\n", "13"),
                           ("ok 1 - a\n  ---\n  x: 1\n", "ends inside"),
                           ("ok 1 - a\n  ---\nok 2 - b\n", "has no end"),
                           ("ok 1 - a\n  ---\n  x: NaN: {\n  ...\n", "not a map"),
                           ("ok 1 - a\n  ---\n  x: &a [1]\n  y: *a\n  ...\n", "not a map"),
                           ("x" * 1100000, "more than 1024 KB"),
                           ("ok 1 - A-b\n", "without a name")):
            with self.subTest(word):
                self.assertIn(word, " ".join(_tap(text).problems))
        self.assertEqual(_tap("Bail out! x y\nrubbish\n").bail, "x y")

    def test_memory_is_bounded(self) -> None:
        reader = TapReader()
        for _ in range(100):
            reader.feed(b"x" * 100000)
        self.assertLess(len(reader._rest), 1200000)
        self.assertEqual(len(_tap("".join(f"ok {n} - p{n}\n" for n in range(1, 6000))).points),
                         4096)


class Record(unittest.TestCase):
    """The folder of a run."""

    def test_a_line_that_fits_in_part_is_taken_back(self) -> None:
        with tempfile.TemporaryDirectory() as parent:
            folder = record.Folder.create(parent)
            folder.append({"name": "a", "verdict": "pass"})
            real = os.write
            with mock.patch.object(record.os, "write", lambda fd, data: real(fd, data[:5])):
                with self.assertRaisesRegex(Refused, "No space left"):
                    folder.append({"name": "b", "verdict": "pass"})
            folder.append({"name": "c", "verdict": "pass"})
            folder.write_run({"format": 1, "plan": []})
            self.assertEqual([r["name"] for r in record.load(folder.path)[1]], ["a", "c"])
            other = record.Folder.create(parent)
            self.assertNotEqual(other.path, folder.path)
            self.assertEqual(record.find_run("latest", parent), other.path)
            folder.close()
            other.close()


class Observer(unittest.TestCase):
    """Snapshots."""

    def test_this_machine(self) -> None:
        observer = counters.Observer()
        self.addCleanup(observer.close)
        one = observer.snapshot()
        self.assertIn("meminfo.MemTotal", one)
        self.assertIn("vmstat.pgfault", one)
        touched = bytearray(1 << 25)
        two = observer.snapshot()
        self.assertEqual(sorted(one.keys() ^ two.keys()), [])
        # Only root can have the batched counters brought up to date.
        if os.geteuid() == 0:
            self.assertGreater(two["vmstat.pgfault"], one["vmstat.pgfault"], len(touched))

    def test_a_file_that_comes_in_pieces(self) -> None:
        real = os.pread
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"nr_free_pages 12\nnr_zone 7\npgfault 3\n")
            file.flush()
            table = counters._Table(file.name, "vmstat.", bytes.split)
            self.addCleanup(table.file.close)
            found: Dict[str, int] = {}
            with mock.patch.object(counters.os, "pread", lambda fd, _, at: real(fd, 17, at)):
                table.read_into(found)
        self.assertEqual(found, {"vmstat.nr_free_pages": 12, "vmstat.nr_zone": 7,
                                 "vmstat.pgfault": 3})

    def test_files_that_come_and_go(self) -> None:
        with tempfile.TemporaryDirectory() as folder, mock.patch.multiple(
                counters, HUGEPAGES=folder, NODES=folder):
            self._pool(folder, 2048, 3)
            observer = counters.Observer()
            self.addCleanup(observer.close)
            one = observer.snapshot()
            self.assertEqual(one["hugetlb.2M.total"], 3)
            self._pool(folder, 64, 5)
            two = observer.snapshot()
            self.assertEqual(two["hugetlb.64K.total"], 5)
            changed = counters.pool_counters(counters.delta(one, two))
            self.assertEqual(changed, {})
            with open(os.path.join(folder, "hugepages-64kB", "nr_hugepages"), "w",
                      encoding="ascii") as file:
                file.write("no number")
            self.assertNotIn("hugetlb.64K.total", observer.snapshot())

    @staticmethod
    def _pool(folder: str, kb: int, pages: int) -> None:
        path = os.path.join(folder, f"hugepages-{kb}kB")
        os.mkdir(path)
        with open(os.path.join(path, "nr_hugepages"), "w", encoding="ascii") as file:
            file.write(str(pages))

    def test_a_long_file_is_read_to_its_end(self) -> None:
        """Mounts of a program after the first 4 MB used to be missed."""
        rows = [b"%d 35 98:0 / /mnt/%s rw - tmpfs none rw\n" % (number, b"d" * 200)
                for number in range(30000)]
        with tempfile.NamedTemporaryFile() as file:
            file.writelines(rows)
            file.flush()
            self.assertEqual(len(machine.parse_mounts(machine.read(file.name))), 30000)
            with mock.patch.object(machine, "MOST", 1 << 20):
                with self.assertRaisesRegex(Refused, f"{file.name} has more than 1 MB"):
                    machine.read(file.name)

    def test_tables(self) -> None:
        head = b"key shmid perms size cpid lpid nattch uid gid cuid cgid\n"
        segments = machine.parse_segments(head + b"0 5 1600 4096 77 0 2 0 0 0 0\nrubbish\n")
        self.assertEqual(list(segments.values()), [machine.Segment(5, 4096, 77, 0, 2)])
        mounts = machine.parse_mounts(b"36 35 98:0 / /mnt\\040a rw - hugetlbfs none rw\n")
        self.assertEqual(mounts, {"/mnt a (hugetlbfs, id 36)"})
        self.assertEqual(machine.taint_names(1 << 9 | 1 << 5), "B: bad page, W: warning")


class Summary(unittest.TestCase):
    """The end of a report."""

    def test_lost_memory(self) -> None:
        points = [{"name": "p/a.x", "diagnostics": {"lost": "0x1f 0x20"}},
                  {"name": "p/a.y", "diagnostics": {}}]
        self.assertEqual(lost_memory([{"points": points}]),
                         ["  p/a.x: page frame 0x1f 0x20"])


class Selection(unittest.TestCase):
    """Patterns, and names of sizes."""

    def _plan(self, *patterns: Tuple[str, Any], sizes: Any = ("2M",)) -> List[str]:
        programs = [Program("/x", "hugetlb", "cow", cases={"a": "", "b": ""}, page_sizes="hugetlb",
                            seconds=1),
                    Program("/x", "hugetlb", "map", cases={"a": ""}, page_sizes="hugetlb",
                            seconds=1),
                    Program("/x", "thp", "cow", cases={"a": ""}, seconds=1)]
        plan = make(programs, [Pattern(f"{g}@{s}", g, s) for g, s in patterns], [], sizes)
        return [f"{p.name}:{''.join(p.cases)}" for p in plan]

    def test_patterns(self) -> None:
        every = ["hugetlb/cow@2M:ab", "hugetlb/map@2M:a", "thp/cow:a"]
        for glob, wanted in (("hugetlb", every[:2]), ("cow", [every[0], every[2]]),
                             ("hugetlb/cow", every[:1]), ("*/c*", [every[0], every[2]]),
                             ("hugetlb/cow.b", ["hugetlb/cow@2M:b"]), ("cow.a", [
                                 "hugetlb/cow@2M:a", "thp/cow:a"]),
                             ("hugetlb/*.a", ["hugetlb/cow@2M:a", "hugetlb/map@2M:a"])):
            with self.subTest(glob):
                self.assertEqual(self._plan((glob, None)), wanted)
        self.assertEqual(self._plan(), every)
        self.assertEqual(self._plan(("cow", "1G")), ["hugetlb/cow@1G:ab"])
        self.assertEqual(self._plan(("map", None), ("cow.b", "1G")),
                         ["hugetlb/cow@1G:b", "hugetlb/map@2M:a"])
        self.assertEqual(self._plan(("hugetlb/cow.a", None), ("hugetlb/cow", None)), every[:1])
        for wrong in (("thp", "2M"), ("none", None)):
            with self.assertRaises(Refused):
                self._plan(wrong)
        self.assertEqual(self._plan(sizes=()), ["hugetlb/cow:ab", "hugetlb/map:a", "thp/cow:a"])

    def test_what_does_not_run_with_a_size(self) -> None:
        """It is a skip where something else runs, so that one call can name areas whose programs
        run with different sizes."""
        programs = [Program("/x", "hugetlb", "cow", cases={"a": ""}, page_sizes="hugetlb",
                            seconds=1),
                    Program("/x", "pmdshare", "map", cases={"a": "", "b": ""}, page_sizes="pmd",
                            seconds=1),
                    Program("/x", "thp", "cow", cases={"a": ""}, seconds=1)]
        with mock.patch("runner.plan.applies", lambda program, _: program.page_sizes != "pmd"):
            def planned(*words: str) -> List[Tuple[str, str, Any]]:
                plan = make(programs, parse_patterns(words, ["2M"]), [], ["2M"])
                settle(plan, True, ["2M"])
                return [(p.name, "".join(p.cases), p.verdict) for p in plan]
            self.assertEqual(planned("hugetlb", "pmdshare"), [
                ("hugetlb/cow@2M", "a", None), ("pmdshare/map@2M", "ab", "skip")])
            self.assertEqual(planned("thp", "pmdshare/map.b"), [
                ("pmdshare/map@2M", "b", "skip"), ("thp/cow", "a", None)])
            self.assertEqual(planned(), [("hugetlb/cow@2M", "a", None), ("thp/cow", "a", None)])
            for wrong in (["pmdshare"], ["hugetlb", "thp@2M"]):
                with self.assertRaisesRegex(Refused, "does not run with pages of 2M"):
                    planned(*wrong)
            # Once, with the cases of all patterns, and in the order of the names.
            self.assertEqual(planned("thp", "pmdshare/map.b", "map.a"), [
                ("pmdshare/map@2M", "ab", "skip"), ("thp/cow", "a", None)])
            self.assertEqual(planned("thp", "map", "pmdshare/map.b"), [
                ("pmdshare/map@2M", "ab", "skip"), ("thp/cow", "a", None)])

    def test_skips_are_of_the_areas_that_are_named(self) -> None:
        programs = [Program("/x", area, "map", cases={"a": ""}, page_sizes=kind, seconds=1)
                    for area, kind in (("hugetlb", "hugetlb"), ("other", "pmd"),
                                       ("pmdshare", "pmd"))]
        with mock.patch("runner.plan.applies", lambda program, _: program.page_sizes != "pmd"):
            def planned(areas: List[str], *words: str) -> List[str]:
                return [one.name for one in make(programs, parse_patterns(words, ["2M"]), areas,
                                                 ["2M"])]
            self.assertEqual(planned(["hugetlb", "other"], "hugetlb", "*r*/map"),
                             ["hugetlb/map@2M", "other/map@2M"])
            with self.assertRaisesRegex(Refused, "^other/map is in none of these areas: hugetlb$"):
                planned(["hugetlb"], "hugetlb", "other/map")

    def test_the_reason_tells_the_sizes_that_are_needed(self) -> None:
        with mock.patch("runner.sizes.gigantic", lambda size: size == "1G"):
            for kind, bits, size, wanted in (
                    ("pmd", None, "1G", "pages that a PMD maps"),
                    ("pmd", 32, "1G", "pages that a PMD maps"),
                    ("gigantic", None, "2M", "gigantic pages"),
                    ("gigantic", 32, "2M", "gigantic pages"),
                    ("gigantic", 32, "1G", "pages of less than 1 GB in 32 bits"),
                    ("hugetlb", 32, "1G", "pages of less than 1 GB in 32 bits")):
                programs = [Program("/x", "a", "runs", cases={"a": ""}, seconds=1),
                            Program("/x", "b", "map", bits=bits, cases={"a": ""},
                                    page_sizes=kind, seconds=1)]
                with self.subTest(f"{kind} {bits} {size}"):
                    plan = make(programs, parse_patterns(["a", "b"], [size]), [], [size])
                    self.assertEqual([(one.program.name, one.reason) for one in plan], [
                        ("runs", None),
                        ("map", f"needs {wanted}: name such a size, or all, with --page-size")])

    def test_what_spoils_a_kernel_runs_in_a_guest(self) -> None:
        program = Program("/x", "poison", "kernel", cases={"a": ""}, seconds=1, spoils=True)
        for lab, verdict in ((None, "skip"), ("{}", None)):
            with self.subTest(lab), mock.patch.dict(os.environ):
                os.environ.pop("HUGEPROOF_LAB", None)
                if lab:
                    os.environ["HUGEPROOF_LAB"] = lab
                plan = make([program], [], [], ["2M"])
                settle(plan, True, ["2M"])
                self.assertEqual(plan[0].verdict, verdict)

    def test_a_second_build(self) -> None:
        programs = [Program("/x", "hugetlb", "cow", bits=bits, cases={"a": ""}, seconds=1,
                            page_sizes="hugetlb") for bits in (None, 32)]
        programs.append(Program("/x", "thp", "cow", bits=32, cases={"a": ""}, seconds=1))
        every = ["hugetlb/cow@2M", "hugetlb/cow@2M-32bit", "thp/cow@32bit"]
        for words, wanted in (([], every), (["*@32bit"], every[1:]), (["cow"], every),
                              (["cow@2M-32bit"], every[1:2]), (["hugetlb@2M"], every[:2])):
            with self.subTest(words):
                plan = make(programs, parse_patterns(words, ["2M"]), [], ["2M"])
                self.assertEqual([p.name for p in plan], wanted)
        for name in every:
            self.assertEqual(again(name, programs).name, name)
        with self.assertRaises(Refused):
            again("thp/cow", programs)
        # Its address space is too small.
        self.assertFalse(applies(programs[1], "1G"))
        self.assertTrue(applies(programs[0], "1G"))

    def test_sizes_and_text(self) -> None:
        for kb, name in ((64, "64K"), (2048, "2M"), (1 << 20, "1G"), (16 << 20, "16G"),
                         (3072, "3M")):
            self.assertEqual((size_name(kb), size_kb(name)), (name, kb))
        self.assertEqual([size_kb(t) for t in ("2m", "2MB", "2048K", "2", "M", "", "1.5G", "-2M")],
                         [2048, 2048, 2048, None, None, None, None, None])
        self.assertEqual(clean("a\x1b[31m\nb\udcff"), "a\\x1b[31m\\nb\\udcff")


@support.needs_root
class Foreign(unittest.TestCase):
    """32-bit programs on a kernel that cannot run them: a file that has only their header is
    refused by every kernel, as all of them are by such a kernel."""

    def setUp(self) -> None:
        held = support.Programs()
        self.addCleanup(held.close)
        self.signals = Signals()
        self.addCleanup(self.signals.close)
        held.add("right", support.GOOD)
        folder = os.path.join(held.path, "32bit", "tests", "bad")
        os.makedirs(folder)
        self.path = os.path.join(folder, "right")
        with open(self.path, "wb") as file:
            file.write(b"\x7fELF\x01\x01\x01")
        os.chmod(self.path, 0o755)

    def described(self) -> Program:
        """The 32-bit program, and how it is planned."""
        program = Program(self.path, "bad", "right", bits=32)
        describe(program, self.signals)
        return program

    def test_is_skipped_and_named(self) -> None:
        """Its cases are those of the 64-bit program, so that each is reported as skipped."""
        program = self.described()
        self.assertIsNone(program.broken)
        self.assertRegex(program.unfit or "", "^needs a kernel that runs 32-bit programs")
        self.assertEqual((program.path, program.bits), (self.path, 32))
        self.assertTrue(program.cases)
        plan = make([program], [], [], ["2M"])
        settle(plan, False, ["2M"])
        self.assertEqual([(run.verdict, run.reason) for run in plan],
                         [("skip", program.unfit)] * len(plan))

    def test_a_damaged_file_is_broken(self) -> None:
        """A file that is no 32-bit program proves nothing about the kernel."""
        with open(self.path, "wb") as file:
            file.write(b"\x7fELF\x02")
        self.assertRegex(self.described().broken or "", "Exec format error")


class Support(unittest.TestCase):
    """What the tests themselves leave behind."""

    def test_a_test_that_is_stopped_leaves_no_folder(self) -> None:
        text = (f"import sys, time\nsys.path.insert(0, {support.HERE!r})\nimport support\n"
                "class Stopped(support.Case):\n    def test_it(self):\n"
                "        print(self.programs.path, flush=True)\n        time.sleep(60)\n"
                "class Failed(support.Case):\n    @classmethod\n    def setUpClass(cls):\n"
                "        print(support.Programs().path, flush=True)\n        raise ValueError\n"
                "    def test_it(self):\n        pass\nsupport.main()\n")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, None):
            with self.subTest(number), subprocess.Popen(
                    [sys.executable, "-c", text, "Stopped" if number else "Failed"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as child:
                assert child.stdout
                path = next(line.strip() for line in child.stdout if line.startswith("/run/"))
                if number:
                    child.send_signal(number)
                child.stdout.read()
                self.assertEqual(child.wait(), -number if number else 1)
                self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    support.main()
