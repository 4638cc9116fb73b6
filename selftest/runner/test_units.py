#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner's parts on their own: no root, nothing changed."""
from __future__ import annotations

import os
import tempfile
import threading
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

import support
from runner import record
from runner.errors import Refused
from runner.observe import counters, kmsg, machine
from runner.plan import Pattern, again, applies, make, parse_patterns, settle
from runner.programs import Program
from runner.report.summary import lost_memory
from runner.session import Session
from runner.tap_stream import Tap, TapReader
from runner.text import clean, size_kb, size_name


GOOD = "TAP version 14\n1..2\nok 1 - a\n  ---\n  duration_ms: 0.5\n  ...\nok 2 - b\n"


def _tap(text: str, pieces: int = 1 << 20) -> Tap:
    reader, data = TapReader(), text.encode()
    for at in range(0, len(data), pieces):
        reader.feed(data[at:at + pieces])
    return reader.finish()


class KernelLog(unittest.TestCase):
    """Records of /dev/kmsg."""

    def test_records(self) -> None:
        line = kmsg.parse(b"6,340,1358464,-;EXT4-fs: x\n SUBSYSTEM=block\n DEVICE=b1\n")
        assert line
        self.assertEqual((line.sequence, line.time_us, line.level, line.kernel, line.text),
                         (340, 1358464, 6, True, "EXT4-fs: x"))
        user = kmsg.parse(b"12,341,5,-,caller=T7;a;b \\x01\\xff \\x5c\n")
        assert user
        self.assertEqual((user.kernel, user.text), (False, "a;b \x01\\xff \\"))
        for wrong in (b"", b"x", b"1,2,3,-", b"a,b,c,-;x", b"1,2;x"):
            self.assertIsNone(kmsg.parse(wrong))

    def test_counters_below_zero_are_taken_apart(self) -> None:
        lines = [kmsg.parse(r) for r in (b"4,7,1,-;vmstat_refresh: nr_hugetlb -1024", b"4,8,1,-;x",
                                         b"4,9,1,-;vmstat_refresh: nr_hugetlb -512",
                                         b"12,10,1,-;vmstat_refresh: nr_hugetlb -9")]
        below, others = kmsg.below_zero([line for line in lines if line])
        self.assertEqual(below, {"nr_hugetlb": -512})
        self.assertEqual([line.sequence for line in others], [8, 10])

    def test_pieces_are_joined(self) -> None:
        lines = [kmsg.parse(r) for r in (b"4,7,1,-;bad ", b"4,8,1,c;pmd", b"4,10,1,c;alone")]
        joined = kmsg.join([line for line in lines if line])
        self.assertEqual([line.text for line in joined], ["bad pmd", "alone"])

    @support.needs_root
    def test_a_line_without_a_newline_is_read_at_once(self) -> None:
        log = kmsg.KernelLog()
        self.addCleanup(log.close)
        for text in ("hugeproof selftest: no newline", "hugeproof selftest: newline\n"):
            fd = os.open("/dev/kmsg", os.O_WRONLY)
            os.write(fd, text.encode())
            os.close(fd)
            lines, lost = log.read("selftest")
            self.assertIn(text.strip(), [line.text for line in lines])
            self.assertNotIn("hugeproof: selftest", [line.text for line in lines])
            self.assertEqual(lost, 0)

    def test_a_mark_is_waited_for(self) -> None:
        ours, theirs = os.pipe()
        self.addCleanup(os.close, ours)
        os.set_blocking(ours, False)
        log = kmsg.KernelLog.__new__(kmsg.KernelLog)
        log.path, log._fd, log._next, log._marks = os.devnull, ours, None, []
        log._marks_come = True
        late = threading.Timer(0.05, os.write, (theirs, b"15,1,1,-;hugeproof: a"))
        late.start()
        self.assertEqual(log.read("a"), ([], 0))
        late.join()
        self.assertEqual(log._marks, [])
        with mock.patch.object(kmsg, "_PATIENCE_S", 0.01):
            self.assertEqual(log.read("b"), ([], 0))
        # A kernel that drops what processes write is not waited for again.
        self.assertFalse(log._marks_come)
        os.close(theirs)

    def test_lost_lines_are_counted(self) -> None:
        log = kmsg.KernelLog.__new__(kmsg.KernelLog)
        log.path, log._fd, log._next, log._marks = "/nowhere", -1, 5, []
        came = [b"4,5,1,-;a", BrokenPipeError(), b"4,9,1,-;b", BlockingIOError()]
        with mock.patch.object(kmsg.os, "read", side_effect=came):
            lines, lost = log.read("mark")
        self.assertEqual(([line.text for line in lines], lost), (["a", "b"], 3))

    def test_a_counter_is_told_when_it_became_worse(self) -> None:
        session = Session.__new__(Session)
        said: List[bytes] = []
        log = mock.Mock()
        log.read = lambda mark: ([line for line in map(kmsg.parse, said) if line], 0)
        session.log, session.run = log, {"between": []}
        record = b"4,7,1,-;vmstat_refresh: nr_hugetlb %d"
        for before, after, told in ((None, -512, 1), (-512, -512, 0), (-512, -1024, 1),
                                    (-1024, -512, 0)):
            said[:] = [record % before] if before else []
            session.between("begins")
            said[:] = [record % after]
            self.assertEqual(len(session._said("ended")[0]), told, (before, after))
        self.assertEqual(session.run["between"], [])


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

    def test_tables(self) -> None:
        head = b"key shmid perms size cpid lpid nattch uid gid cuid cgid\n"
        segments = machine.parse_segments(head + b"0 5 1600 4096 77 0 2 0 0 0 0\nrubbish\n")
        self.assertEqual(list(segments.values()), [machine.Segment(5, 4096, 77, 0, 2)])
        mounts = machine.parse_mounts(b"36 35 98:0 / /mnt\\040a rw - hugetlbfs none rw\n")
        self.assertEqual(mounts, {"/mnt a (hugetlbfs, id 36)"})
        self.assertEqual(machine.taint_names(1 << 9 | 1 << 5), "B: bad page, W: warning")


class Summary(unittest.TestCase):
    """What a report ends with."""

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


if __name__ == "__main__":
    support.main()
