#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel log is read completely, kept while others fill it, and losses are reported."""
from __future__ import annotations

import os
import sys
import threading
import time
import unittest
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

import support
from kernel_words import FOLIO, HUNG, KASAN, LOCKUP, REPORTS
from runner import words as keeping
from runner.complaints import complaints
from runner.observe import kmsg
from runner.run import How, Signals, run_program
from runner.explain import counter_below_zero
from runner.listener import Listener
from runner.words import Words

DEVKMSG = "/proc/sys/kernel/printk_devkmsg"
# The file is opened each time because the kernel limits the rate of each open file. Level 7: not
# for a console.
# With the lowest priority, also of its session: on a busy machine the writer waits, not the reader.
FLOOD = """
import os
os.nice(19)
try:
    with open('/proc/self/autogroup', 'w') as group:
        group.write('19')
except OSError:
    pass
for n in range(int(sys.argv[1])):
    fd = os.open('/dev/kmsg', os.O_WRONLY)
    os.write(fd, b'<7>hugeproof selftest: line %d, which means nothing\\n' % n)
    os.close(fd)
"""


def records(text: str, sequence: int = 1, priority: int = 4) -> List[bytes]:
    """Records as the kernel makes of lines that it prints one by one."""
    return [b"%d,%d,77,-,caller=T9;%s\n" % (priority, number, line.encode())
            for number, line in enumerate(text.split("\n")[:-1], sequence)]


def heard(*said: bytes, allowed: Tuple[str, ...] = (), poisons: bool = False) -> Words:
    """What is kept from records."""
    words = Words()
    words.allow(allowed, poisons)
    for record in said:
        line = kmsg.parse(record)
        assert line, record
        words.add(line)
    words.finish()
    return words


class Records(unittest.TestCase):
    """One record."""

    def test_fields(self) -> None:
        line = kmsg.parse(b"6,340,1358464,-;EXT4-fs: x\n SUBSYSTEM=block\n DEVICE=b1\n")
        assert line
        self.assertEqual((line.sequence, line.time_us, line.level, line.kernel, line.text),
                         (340, 1358464, 6, True, "EXT4-fs: x"))
        user = kmsg.parse(b"12,341,5,-,caller=T7;a;b \\x01\\xff \\x5c\n")
        assert user
        self.assertEqual((user.kernel, user.text, user.caller), (False, "a;b \x01\\xff \\", "T7"))
        for wrong in (b"", b"x", b"1,2,3,-", b"a,b,c,-;x", b"1,2;x"):
            self.assertIsNone(kmsg.parse(wrong))

    def test_text_is_the_first_line_whatever_it_begins_with(self) -> None:
        for record, text in ((b"4,1,1,-; <TASK>\n", " <TASK>"), (b"4,1,1,-;\n", ""),
                             (b"4,1,1,-; dump_stack_lvl+0x57/0x70\n DEVICE=+pci:0000:00:01.0\n",
                              " dump_stack_lvl+0x57/0x70"),
                             (b"4,1,1,-;\\x09tab\\x5cx0a\n", "\ttab\\x0a"),
                             (b"4,1,1,-;trailing  \n", "trailing  "),
                             (b"4,1,1,-;b\\xc3\\xa9\n", "b\u00e9"),
                             (b"4,1,1,-;a\\x0a b\\x0ac\n SUBSYSTEM=x\n", "a\n b\nc")):
            line = kmsg.parse(record)
            assert line
            self.assertEqual(line.text, text)


class Kept(unittest.TestCase):
    """What is kept from many records."""

    def test_reports_are_kept_as_they_were_printed(self) -> None:
        for name, text in REPORTS.items():
            with self.subTest(name):
                self.assertEqual("\n".join(heard(*records(text)).log) + "\n", text)

    def test_reports_are_kept_whole_in_a_flood(self) -> None:
        for name, text in REPORTS.items():
            with self.subTest(name):
                flood = records("harmless\n" * 5000)
                words = heard(*flood, *records(text, 5001), *flood[:5000])
                self.assertIn(text, "\n".join(words.log) + "\n")
                self.assertLess(len(words.log), 2200 + text.count("\n") + 10)
                reported = [line for line in words.log if line.startswith("[hugeproof: ")]
                self.assertEqual(len(reported), 2)
                left_out = sum(int(line.split()[1]) for line in reported)
                kept = len(words.log) - len(reported)
                self.assertEqual(left_out + kept, 10000 + text.count("\n"))
                self.assertIn("none of them a complaint", reported[0])

    def test_complaints_without_end(self) -> None:
        one = records(HUNG)
        words = heard(*one * 2000)
        self.assertLessEqual(len(words.log), keeping.MAX_COMPLAINING + 1)
        self.assertEqual(words.log[0], HUNG.split("\n", maxsplit=1)[0])
        self.assertRegex(words.log[-1], r"^\[hugeproof: \d+ lines left out here, \d+ of them comp")

    def test_what_is_allowed_fills_no_room(self) -> None:
        flood = records("Memory failure: 0x1: recovered\nselftest: BUG: by design\n" * 20000)
        words = heard(*flood, *records(KASAN, 1), allowed=("by design",), poisons=True)
        self.assertIn(KASAN, "\n".join(words.log) + "\n")

    def test_a_record_of_several_lines(self) -> None:
        words = heard(b"4,1,1,-;first\\x0aBUG: second\\x0a third\n", b"4,2,1,-; <TASK>\n")
        self.assertEqual(words.log, ["first", "BUG: second", " third", " <TASK>"])
        self.assertEqual(complaints(words.log), [("bug", "BUG: second")])
        self.assertEqual(complaints(words.log, ["second"]), [])
        # What is allowed in one line is not allowed in the next.
        self.assertEqual(complaints(words.log, ["first"]), [("bug", "BUG: second")])

    def test_pieces_are_joined(self) -> None:
        for said, log in (
                ((b"4,7,1,-;bad ", b"4,8,1,c;pmd", b"4,10,1,c;alone"), ["bad pmd", "alone"]),
                ((b"4,7,1,-;a", b"4,8,1,+; b", b"4,9,1,+; c", b"4,10,1,-;d"), ["a b c", "d"]),
                ((b"4,7,1,-,caller=T7;a", b"4,8,1,c,caller=T7;b"), ["ab"]),
                ((b"4,7,1,-,caller=T7;a", b"4,8,1,c,caller=C1;b"), ["a", "b"]),
                ((b"12,7,1,-;a", b"4,8,1,c;b"), ["b"])):
            self.assertEqual(heard(*said).log, log)

    def test_processes_are_not_the_kernel(self) -> None:
        words = heard(*records("Out of memory: Killed process 1 (x)\n" * 1000, priority=12),
                      *records("BUG: it\n", 1001))
        self.assertEqual(words.log, ["BUG: it"])
        self.assertEqual(len(words.processes), keeping.MAX_PROCESSES + 1)
        self.assertEqual(words.processes[-1], "[hugeproof: 800 more lines left out]")

    def test_counters_below_zero_are_taken_apart(self) -> None:
        words = heard(b"4,7,1,-;vmstat_refresh: nr_hugetlb -1024", b"4,8,1,-;x",
                      b"4,9,1,-;vmstat_refresh: nr_hugetlb -512",
                      b"12,10,1,-;vmstat_refresh: nr_hugetlb -9")
        self.assertEqual((words.below_zero, words.log), ({"nr_hugetlb": -512}, ["x"]))

    def test_the_reading_is_quick(self) -> None:
        flood = [f"6,{n},77,-;systemd[1]: Started unit {n}, which is all.\n".encode()
                 for n in range(20000)]
        began = time.process_time()
        heard(*flood)
        self.assertLess(time.process_time() - began, 4.0)


def from_records(came: List[Any]) -> kmsg.KernelLog:
    """A log at record 5, whose reads give these. It has no place for marks."""
    with mock.patch.multiple(kmsg.os, open=mock.DEFAULT, lseek=mock.DEFAULT,
                             read=mock.Mock(side_effect=[b"4,4,1,-;old\n", BlockingIOError()])):
        kmsg.os.open.side_effect = [7, PermissionError()]  # type: ignore[attr-defined]
        log = kmsg.KernelLog("/nowhere")
    log.reads = mock.Mock(side_effect=came)  # type: ignore[attr-defined]
    return log


class Lost(unittest.TestCase):
    """A log that is overwritten while a program runs."""

    def _heard(self, *came: Any) -> Words:
        log, words = from_records([*came, BlockingIOError()]), Words()
        with mock.patch.object(kmsg.os, "read", log.reads):  # type: ignore[attr-defined]
            log.read("mark", words)
        words.finish()
        return words

    def test_lost_lines_are_counted_and_reported_where_they_were(self) -> None:
        words = self._heard(b"4,5,1,-;a", BrokenPipeError(), b"4,9,1,-; b")
        self.assertEqual(words.lost, 3)
        self.assertEqual(words.log, [
            "a", "[hugeproof: 3 lines lost here: overwritten before they could be read]", " b"])

    def test_pieces_with_a_gap_between_are_not_joined(self) -> None:
        self.assertEqual(self._heard(b"4,5,1,-;a", b"4,7,1,c;b").lost, 1)

    def test_nothing_is_lost(self) -> None:
        self.assertEqual(self._heard(b"4,5,1,-;a", b"4,6,1,-;b").lost, 0)


class Marks(unittest.TestCase):
    """The marks up to which the log is read."""

    def _log(self) -> Tuple[kmsg.KernelLog, int]:
        ours, theirs = os.pipe()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        os.set_blocking(ours, False)
        log = from_records([])
        log.path, log.fd, log._next = os.devnull, ours, None
        return log, theirs

    def test_a_mark_is_waited_for(self) -> None:
        log, theirs = self._log()
        late = threading.Timer(0.05, os.write, (theirs, b"15,1,1,-;hugeproof: a"))
        late.start()
        words = Words()
        log.read("a", words)
        late.join()
        self.assertEqual((words.log, words.lost, log._marks), ([], 0, []))
        self.assertTrue(log._marks_come)

    def test_marks_that_never_come_are_not_waited_for_again(self) -> None:
        log, _ = self._log()
        with mock.patch.object(kmsg, "_PATIENCE_S", 0.01):
            log.read("b", Words())
        self.assertFalse(log._marks_come)

    def test_a_mark_that_was_overwritten_is_not_waited_for(self) -> None:
        log, theirs = self._log()
        log._next = 1
        os.write(theirs, b"15,9,1,-;theirs")
        began = time.monotonic()
        words = Words()
        log.read("a", words)
        self.assertLess(time.monotonic() - began, 0.5)
        self.assertEqual(words.lost, 8)
        self.assertTrue(log._marks_come)

    @support.needs_root
    def test_a_line_without_a_newline_is_read_at_once(self) -> None:
        log = kmsg.KernelLog()
        self.addCleanup(log.close)
        for text in ("hugeproof selftest: no newline", "hugeproof selftest: newline\n"):
            fd = os.open("/dev/kmsg", os.O_WRONLY)
            os.write(fd, text.encode())
            os.close(fd)
            words = Words()
            log.read("selftest", words)
            words.finish()
            self.assertIn(text.strip(), words.processes)
            self.assertNotIn("hugeproof: selftest", words.processes)


class Reported(unittest.TestCase):
    """How the session uses the log."""

    @staticmethod
    def _listener(log: Any, around: Any) -> Tuple[Listener, Dict[str, Any]]:
        run: Dict[str, Any] = {"between": []}
        with mock.patch("runner.listener.KernelLog", side_effect=[log]):
            return Listener(run, around, mock.Mock()), run

    def test_a_counter_is_reported_when_it_became_worse(self) -> None:
        said: List[bytes] = []

        def read(_: str, words: Words) -> None:
            for record in said:
                line = kmsg.parse(record)
                assert line
                words.add(line)

        listener, run = self._listener(mock.Mock(read=read), mock.Mock(others=None))
        record = b"4,7,1,-;vmstat_refresh: nr_hugetlb %d"
        for before, after, lost in ((None, -512, 512), (-512, -512, 0), (-512, -2048, 1536),
                                    (-1024, -512, 0)):
            said[:] = [record % before] if before else []
            listener.between("begins")
            said[:] = [record % after]
            reported = listener.said("ended", {}, {}).log
            self.assertEqual([counter_below_zero(line) for line in reported],
                             [("vmstat.nr_hugetlb", -lost)] if lost else [], (before, after))
        # A process that frees pages reveals a count that was wrong before.
        pages = [{"hugetlb.2M.total": 4, "hugetlb.2M.free": free} for free in (2, 4)]
        said[:] = [record % -512]
        listener.between("begins")
        said[:] = [record % -1536]
        self.assertEqual(listener.said("ended", pages[0], pages[1]).log, [])
        self.assertEqual(len(listener.said("ended", pages[1], pages[1]).log), 1)
        said[:] = [record % -1537]
        self.assertEqual(len(listener.said("ended", pages[0], pages[1]).log), 1)
        self.assertEqual(run["between"], [])

    def test_a_complaint_between_programs_has_its_trace(self) -> None:
        around = mock.Mock(alone=False, others="process 777 (java)")
        listener, run = self._listener(None, around)
        group = ("PID 777 killed due to inadequate hugepage pool\n"
                 "java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
                 "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/docker/1,task=java,pid=777\n"
                 "Memory cgroup out of memory: Killed process 777 (java) total-vm:5kB, "
                 "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 oom_score_adj:969\n")
        for record in records(group):
            line = kmsg.parse(record)
            assert line
            listener.words.add(line)
        listener.between("somebody else's group")
        self.assertEqual(run["between"], [])
        around.others = None
        for record in records("PID 777 killed due to inadequate hugepage pool\n"):
            line = kmsg.parse(record)
            assert line
            listener.words.add(line)
        listener.between("nobody else is there")
        self.assertEqual(len(run["between"].pop()["complaints"]), 1)
        for record in records(FOLIO):
            line = kmsg.parse(record)
            assert line
            listener.words.add(line)
        listener.between("begins")
        entry, = run["between"]
        self.assertEqual("\n".join(entry["log"]) + "\n", FOLIO)
        self.assertEqual(len(entry["complaints"]), 3)

    def test_every_processor_is_reported(self) -> None:
        log = heard(*records("harmless\n" * 3000), *records(LOCKUP, 3001)).log
        self.assertEqual(sum(line.startswith("NMI backtrace for cpu") for line in log), 63)


@support.needs_root
class Flood(support.Case):
    """Another process fills the log while a program runs."""

    LINES = 20000
    # If others use all processors long enough, the reader is not scheduled before the ring buffer
    # is full, about 30 ms; then lines are lost, and reported. This does not happen each time.
    TRIES = 4

    def setUp(self) -> None:
        super().setUp()
        with open(DEVKMSG, encoding="ascii") as file:
            found = file.read().strip()
        if found == "off":
            self._devkmsg("on")
            self.addCleanup(self._devkmsg, found)

    @staticmethod
    def _devkmsg(value: str) -> None:
        with open(DEVKMSG, "w", encoding="ascii") as file:
            file.write(value)

    def _flooded(self, listens: bool) -> Tuple[Words, float, float]:
        """What was read, how long it took, and how much of it the runner's own time was."""
        log, signals, words = kmsg.KernelLog(), Signals(), Words()
        self.addCleanup(log.close)
        self.addCleanup(signals.close)
        also: Optional[Tuple[int, Any]] = (log.fd, lambda: log.drain(words)) if listens else None
        began = time.process_time()
        ended = run_program([sys.executable, "-IS", "-c", "import sys" + FLOOD, str(self.LINES)],
                            60, signals, How(also=also))
        own = time.process_time() - began
        log.read("selftest", words)
        words.finish()
        self.assertEqual((ended.exit, ended.err), (0, b""))
        return words, ended.duration_s, own

    def test_no_line_is_lost_and_nothing_but_the_reading_is_added(self) -> None:
        for _ in range(self.TRIES):
            words, took, own = self._flooded(True)
            if not words.lost:
                break
        self.assertEqual(words.lost, 0)
        reported = next(line for line in words.processes if line.endswith("left out]"))
        self.assertGreaterEqual(int(reported.split()[1]), self.LINES - keeping.MAX_PROCESSES)
        # Reading takes a few us per line; it waits between them.
        self.assertLess(own, self.LINES * 30e-6)
        self.assertLess(own, took)

    def test_who_does_not_read_meanwhile_loses_lines(self) -> None:
        words, _, _ = self._flooded(False)
        self.assertGreater(words.lost, 0)

    def test_a_run_loses_nothing_while_the_log_is_filled(self) -> None:
        self.programs.add("fills", FLOOD.replace("int(sys.argv[1])", str(self.LINES))
                          + support.GOOD, seconds=30)
        self.programs.add("says", support.SAYS % "BUG: it\\n  <T>" + support.GOOD)
        for _ in range(self.TRIES):
            done = self.programs.run("func")
            self.assertEqual(done.returncode, 1, done.stderr)
            record = self.programs.record()
            if record["bad/fills"]["verdict"] != "unknown":
                break
        self.assertEqual(record["bad/fills"]["verdict"], "pass", record["bad/fills"]["reason"])
        self.assertRegex(record["bad/fills"]["log_processes"][-1], r"\d+ more lines left out")
        said = record["bad/says"]
        self.assertEqual(said["verdict"], "kernel", said["reason"])
        self.assertEqual(said["complaints"], ["BUG: it"])
        after = said["log"][said["log"].index("BUG: it") + 1]
        self.assertEqual(after, "  <T>")


if __name__ == "__main__":
    support.main()
