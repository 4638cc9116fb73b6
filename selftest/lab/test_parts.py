#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the parts of the lab and the mutants that need no guest."""
from __future__ import annotations

import gzip
import json
import lzma
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Sequence, Tuple
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position
from kernel_words import FOLIO, LOCKUP, REPORTS  # noqa: E402

# pylint: disable=wrong-import-position
from runner import leaks, parts  # noqa: E402
from runner.complaints import complaints  # noqa: E402
from runner.errors import Refused  # noqa: E402
from runner.evidence import Death  # noqa: E402
from runner.judge import lost  # noqa: E402
from runner.lab import (accel, arch, guest, host, image, initramfs, kernel,  # noqa: E402
                        modules, overlay, patch, share, source)
from runner.mutants import mutant, trial  # noqa: E402
from runner import programs  # noqa: E402
from runner.plan import Planned  # noqa: E402
from runner.programs import Program  # noqa: E402
from runner.lab.box import Box  # noqa: E402
from runner.record import FORMAT, load  # noqa: E402
from runner.report.summary import summary  # noqa: E402
from runner.report.tally import tally  # noqa: E402
from runner.run import How, Signals, run_program  # noqa: E402
from runner.tap_stream import TapReader  # noqa: E402
from runner.watch import console, follow, silence  # noqa: E402

PANIC = """\
[    3.100000] BUG: unable to handle page fault for address: ffffffffffffffd6
[    3.100100] Oops: 0000 [#1] PREEMPT SMP
[    3.100200] RIP: 0010:do_something+0x17/0x30
[    3.100300] Kernel panic - not syncing: Fatal exception
"""
OOPS = """\
[    1.000000] harmless
[    3.100000] kernel BUG at mm/hugetlb.c:123!
[    3.100200] RIP: 0010:do_something+0x17/0x30
"""
CALLERS = "".join(f"[   {n}.123456][{who:>6}] {line}\r\n"
                  for n, (who, line) in enumerate([
                      ("T1", "Memory failure: 0x12: recovery action for huge page: Recovered"),
                      ("T1", "harmless"), ("T12345", "page: refcount:2 mapcount:1"),
                      ("T31", "page dumped because: VM_BUG_ON_FOLIO(1)"),
                      ("C1", "------------[ cut here ]------------"),
                      ("T31", "kernel BUG at mm/huge_memory.c:1!"), ("T31", "Call Trace:"),
                      ("T31", " <TASK>"), ("T31", " ? die+0x32/0x80"), ("T31", ""),
                      ("T31", "\tby a tab"), ("T31", " </TASK>")]))
K = image.Kernel("/boot/k", "6.12.0", None, arch.X86_64)


class Folder(unittest.TestCase):
    """A test with a scratch folder."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.path = scratch.name

    def put(self, name: str, data: bytes) -> str:
        """A file in the folder."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path


class Sources(Folder):
    """Sources of kernels."""

    def test_the_error_in_a_log_is_found(self) -> None:
        log = self.put("log", b"  CC mm/x.o\nmm/x.c:3:1: error: no such thing\nmake: *** [x]\n")
        self.assertIn("no such thing", kernel.failure(log))

    def test_a_folder_that_is_no_kernel_is_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "no kernel source"):
            source.of_folder(self.path)
        self.put("Makefile", b"all:\n")
        with self.assertRaisesRegex(Refused, "PATCHLEVEL"):
            source.of_folder(self.path)

    def test_a_tree_built_in_place_is_refused(self) -> None:
        self.put("Makefile", b"VERSION = 6\nPATCHLEVEL = 12\n")
        first = source.of_folder(self.path)
        self.put("mm/x.c", b"int x;\n")
        second = source.of_folder(self.path)
        self.assertEqual(first.identity, second.identity)
        self.assertNotEqual(first.state, second.state)
        self.put(".config", b"")
        with self.assertRaisesRegex(Refused, "mrproper"):
            source.of_folder(self.path)


class Images(Folder):
    """Files that are, or are not, kernels."""

    def test_the_release_is_read_from_the_image(self) -> None:
        head = bytearray(0x400)
        head[0x202:0x206] = b"HdrS"
        struct.pack_into("<H", head, 0x20E, 0x100)
        head[0x300:0x314] = b"6.99.1-x (me@here) #"
        path = self.put("bzImage", bytes(head))
        self.assertEqual(image.release_of(path, arch.X86_64), "6.99.1-x")

    def test_other_files_are_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "no x86 kernel image"):
            image.release_of(self.put("text", b"x" * 4096), arch.X86_64)
        with self.assertRaisesRegex(Refused, "No such file"):
            image.release_of(os.path.join(self.path, "none"), arch.X86_64)


class Modules(Folder):
    """The order in which modules are loaded."""

    def setUp(self) -> None:
        super().setUp()
        self.put("modules.dep", b"kernel/9p.ko.xz: kernel/net/9pnet.ko.xz kernel/netfs.ko\n"
                 b"kernel/net/9pnet.ko.xz:\nkernel/netfs.ko:\n"
                 b"kernel/net/9pnet_virtio.ko.gz: kernel/net/9pnet.ko.xz\n")
        self.put("modules.builtin", b"kernel/drivers/virtio/virtio_pci.ko\n")

    def test_what_is_needed_comes_first_and_once(self) -> None:
        order = modules.Modules(self.path).order(modules.SHARING["9p"])
        names = [os.path.basename(path) for path in order]
        self.assertEqual(sorted(names), sorted(set(names)))
        self.assertEqual(len(names), 4)
        self.assertLess(names.index("9pnet.ko.xz"), names.index("9pnet_virtio.ko.gz"))
        self.assertLess(names.index("9pnet.ko.xz"), names.index("9p.ko.xz"))
        self.assertLess(names.index("netfs.ko"), names.index("9p.ko.xz"))

    def test_compressed_ones_are_unpacked(self) -> None:
        for name, data in (("a.ko", b"m"), ("a.ko.xz", lzma.compress(b"m")),
                           ("a.ko.gz", gzip.compress(b"m"))):
            self.assertEqual(modules.unpacked(self.put(name, data)), b"m", name)

    def test_a_kernel_without_9p_and_virtiofs_is_refused(self) -> None:
        self.assertEqual(initramfs.sharing_of(image.Kernel("k", "6", self.path)), ["9p"])
        self.put("modules.dep", b"")
        with self.assertRaisesRegex(Refused, "neither 9p nor virtiofs"):
            initramfs.sharing_of(image.Kernel("k", "6", self.path))


class Guests(unittest.TestCase):
    """What a guest is given."""

    def test_nodes_share_memory_and_processors(self) -> None:
        argv = " ".join(guest.Guest(K, nodes=2, cpus=3, memory_mb=4096).qemu("tcg", "/k", "/i"))
        self.assertIn("memory-backend-ram,id=memory1,size=2048M", argv)
        self.assertIn("node,nodeid=0,memdev=memory0,cpus=0,cpus=2", argv)
        self.assertIn("node,nodeid=1,memdev=memory1,cpus=1", argv)
        # The debugger's connection is never a port of all interfaces.
        for gdb in ("", "/run/x/gdb"):
            words = guest.Guest(K, gdb=gdb).qemu("kvm", "/k", "/i")
            self.assertFalse({"-s", "-gdb", "-monitor", "-qmp", "-netdev", "-nic"} & set(words))

    def test_large_pages_come_first_at_boot(self) -> None:
        line = guest.Guest(K, hugepages=guest.parse_hugepages("2M:64,1G:1"),
                           append=["a=b"]).kernel_command_line()
        self.assertIn("hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=64", line)
        self.assertTrue(line.endswith(" a=b"))
        # Only an emulated processor may have to wait long for the host.
        self.assertNotIn("stall", line)
        patient = guest.Guest(K, append=["watchdog_thresh=5"]).kernel_command_line("tcg")
        self.assertIn(" rcupdate.rcu_cpu_stall_timeout=50 ", patient)
        # The kernel uses the last one.
        self.assertTrue(patient.endswith(" watchdog_thresh=5"))

    def test_coherent_devices_get_memory_of_the_guest(self) -> None:
        line = guest.Guest(K, coherent=True).kernel_command_line()
        self.assertIn("memmap=512M$0x100000000", line)
        self.assertIn("test_hmm.spm_addr_dev1=0x110000000", line)

    def test_what_cannot_be_is_refused(self) -> None:
        for wrong, word in ((dict(nodes=0), "nodes"), (dict(cpus=0), "processors"),
                            (dict(memory_mb=100), "too little memory"),
                            (dict(memory_mb=4096, nodes=3), "divided"),
                            (dict(hugepages={"1G": 4}), "huge pages"),
                            (dict(append=["a\nb"]), "command line"),
                            (dict(memory_mb=1024, coherent=True), "coherent")):
            with self.assertRaisesRegex(Refused, word):
                guest.Guest(K, **wrong).check()  # type: ignore[arg-type]
        with self.assertRaisesRegex(Refused, "available"):
            guest.Guest(K, memory_mb=4096).check(available_mb=4095)
        for text in ("2M", "x:1", "2M:-1", "3:3"):
            with self.assertRaises(Refused):
                guest.parse_hugepages(text)

    def test_a_comma_in_a_path_is_doubled_for_qemu(self) -> None:
        argv = share.qemu_9p([share.Share("results", "/a,b", False)])
        self.assertIn("path=/a,,b,", " ".join(argv))


class FakeBoot:
    """A fake boot of a guest, whose behaviour the test defines."""

    what = "the guest"

    def __init__(self, text: str = "", events: Tuple[str, ...] = (), ends: bool = True,
                 stopped: Optional[str] = None) -> None:
        self.console, self.events, self.output = text.encode(), list(events), b""
        self._ends, self._stopped = ends, stopped

    def wait(self, seconds: float) -> bool:
        return self._ends

    def event(self, word: str) -> Optional[str]:
        return next((e[len(word) + 1:] for e in self.events if e.split()[0] == word), None)

    def stopped(self) -> Optional[str]:
        return self._stopped

    @staticmethod
    def waited_ns() -> Dict[str, int]:
        return {}

    @staticmethod
    def vanished(stopped: Optional[str]) -> Tuple[str, str]:
        return "panic", stopped or "QEMU was killed by SIGKILL"


class GrowingBoot(FakeBoot):
    """A fake boot whose kernel prints the next of these texts before each look, then nothing."""

    def __init__(self, *texts: str) -> None:
        super().__init__("", ("ready",), ends=False)
        self._texts = list(texts)

    def wait(self, seconds: float) -> bool:
        self.console += self._texts.pop(0).encode() if self._texts else b""
        return False


def watched(boot: FakeBoot, stall_s: float = 0.01, allowed_s: float = 0.0,
            began: Sequence[bool] = (), **complained: Any) -> follow.End:
    """What follow() makes of it. `began`: at which looks another program has begun;
    `complained`: what the program allows."""
    looks = iter(began)
    return follow.follow(
        boot, SimpleNamespace(requested=None), stall_s,  # type: ignore[arg-type]
        lambda: follow.Seen(False, allowed_s, next(looks, False)),
        lambda lines: complaints(lines, **complained))


class Clock:
    """A host's time, and for how long a guest's two threads waited for a processor."""

    def __init__(self) -> None:
        self.now, self.threads = 0.0, {"1": 5_000_000_000, "2": 0}

    def passes(self, seconds: float, waiting: float) -> None:
        """Lets time pass, for part of which thread 2 waits."""
        self.now += seconds
        self.threads["2"] += int(waiting * 1e9)


class Silences(unittest.TestCase):
    """A guest is silent only while it may run."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.silence = silence.Silence(lambda: dict(self.clock.threads), lambda: self.clock.now)

    def look(self, times: int, seconds: float, waiting: float) -> float:
        """Looks that often, each time after so much time."""
        found = 0.0
        for _ in range(times):
            self.clock.passes(seconds, waiting)
            found = self.silence.seconds()
        return found

    def test_a_guest_that_runs_or_sleeps(self) -> None:
        self.assertAlmostEqual(self.look(60, 1.0, 0.0), 60.0)

    def test_a_guest_that_is_not_let_run(self) -> None:
        self.look(1, 1.0, 1.0)
        # 60 s more, during 15 s of which it had a processor.
        self.assertAlmostEqual(self.look(60, 1.0, 0.75), 16.0)
        self.silence.heard()
        self.assertAlmostEqual(self.look(10, 1.0, 0.0), 10.0)

    def test_never_let_run_it_is_hung_some_day(self) -> None:
        self.assertAlmostEqual(self.look(1000, 1.0, 1.0), 250.0)

    def test_what_is_added_late_counts_no_more_than_what_passed(self) -> None:
        self.look(1, 1.0, 0.0)
        self.look(29, 1.0, 0.0)
        self.assertAlmostEqual(self.look(1, 1.0, 20.0), 11.0)
        self.assertAlmostEqual(self.look(1, 1.0, 100.0), 8.0)

    def test_a_process_that_waits(self) -> None:
        before = silence.waited_ns(os.getpid())
        if not before:
            self.skipTest("this kernel has no schedstat")
        self.assertIn(str(os.getpid()), before)
        self.assertEqual(silence.waited_ns(-1), {})


class Watching(unittest.TestCase):
    """How the end of a guest is detected."""

    def test_an_end_with_a_status(self) -> None:
        end = watched(FakeBoot(PANIC.splitlines()[0], ("ready", "exit 1")))
        self.assertEqual((end.status, end.verdict), (1, None))

    def test_a_panic(self) -> None:
        end = watched(FakeBoot(PANIC, ("ready",)))
        self.assertEqual((end.status, end.verdict), (None, "panic"))
        self.assertIn("unable to handle page fault", end.reason)
        self.assertIn("Fatal exception", end.reason)
        self.assertEqual(end.log[0].split(":")[0], "BUG")

    def test_lines_are_kept_as_they_were_printed(self) -> None:
        for text in REPORTS.values():
            for stamp in ("[    3.100000] ", "[12345.100000][    T1] ", "[    3.100000][T12345] ",
                          "[    3.100000][   C12] "):
                console_text = "".join(f"{stamp}{line}\r\n" for line in text.split("\n")[:-1])
                lines = console.lines_of(console_text.encode())
                self.assertEqual("\n".join(lines) + "\n", text)

    def test_the_record_of_an_oops_has_its_trace_and_what_led_to_it(self) -> None:
        end = watched(FakeBoot(CALLERS, ("ready",), ends=False), allowed_s=3600.0)
        self.assertEqual(end.verdict, "kernel")
        self.assertIn("kernel BUG at mm/huge_memory.c:1!", end.reason)
        self.assertEqual(end.log, [
            "page: refcount:2 mapcount:1", "page dumped because: VM_BUG_ON_FOLIO(1)",
            "------------[ cut here ]------------", "kernel BUG at mm/huge_memory.c:1!",
            "Call Trace:", " <TASK>", " ? die+0x32/0x80", "", "\tby a tab", " </TASK>"])

    def test_a_warning_that_ends_a_guest_is_reported(self) -> None:
        text = FOLIO.partition("page dumped because")[2].partition("\n")[2]
        lines = text.split("\n")[:-1]
        panic = "Kernel panic - not syncing: kernel: panic_on_warn set ..."
        ended = ["harmless", *lines, panic]
        self.assertEqual(console.excerpt(ended, complaints(ended)), [*lines, panic])
        self.assertEqual(console.excerpt(ended[:-1], complaints(ended[:-1])), lines)

    def test_the_last_words_of_very_many_are_reported(self) -> None:
        lines = [*LOCKUP.split("\n"), "Kernel panic - not syncing: softlockup: hung tasks"]
        found = console.excerpt(lines, complaints(lines))
        self.assertEqual((found[0], found[-1]), (lines[0], lines[-1]))
        self.assertEqual(len(found), console.MAX_FIRST + console.MAX_LAST + 1)
        self.assertIn(f"[hugeproof: {len(lines) - 1000} lines left out here]", found)

    def test_an_oops_in_the_middle_of_very_many_is_reported(self) -> None:
        """A flood of lines, then the oops that kills the guest, with its trace, then another
        flood."""
        flood = [line for number in range(400) for line in (
            f"WARNING: CPU: 1 PID: {number} at mm/slow.c:7 slow+0x1/0x2", " <TASK>", " slow+0x1",
            " </TASK>")]
        oops = ["page: refcount:0 mapcount:1 mapping:0 index:0x0 pfn:0x1",
                "page dumped because: VM_BUG_ON_FOLIO(1)", "kernel BUG at mm/huge_memory.c:12!",
                "Oops: invalid opcode: 0000 [#1] PREEMPT SMP", "Call Trace:", " <TASK>",
                *(f" caller_{number}+0x1/0x2" for number in range(40)), " </TASK>"]
        lines = ["page: refcount:1", *flood, *oops, *flood, "Kernel panic - not syncing: Fatal"]
        found = console.excerpt(["kernel BUG at mm/first.c:1!", *lines],
                                complaints(["kernel BUG at mm/first.c:1!", *lines]))
        at = found.index(oops[0])
        self.assertEqual(found[at:at + len(oops)], oops)
        self.assertTrue(found[at - 1].startswith("[hugeproof: "), found[at - 1])
        self.assertEqual(found[-1], lines[-1])
        self.assertLess(len(found), 1300)
        # Nothing is read twice, and everything missing is reported.
        out = sum(int(line.split()[1]) for line in found if line.startswith("[hugeproof: "))
        gaps = sum(line.startswith("[hugeproof: ") for line in found)
        self.assertEqual(len(found) - gaps + out, len(lines) + 1)

    def test_a_guest_that_vanishes(self) -> None:
        end = watched(FakeBoot("", ("ready",)))
        self.assertEqual(end.verdict, "panic")
        self.assertIn("killed by SIGKILL", end.reason)
        end = watched(FakeBoot("", ("ready",), ends=False, stopped="KVM internal error"))
        self.assertIn("KVM internal error", end.reason)

    def test_a_hang(self) -> None:
        end = watched(FakeBoot("", ("ready",), ends=False))
        self.assertEqual(end.verdict, "timeout")
        self.assertIn("no sign of life", end.reason)

    def test_silence_after_an_oops_is_the_kernels(self) -> None:
        end = watched(FakeBoot(OOPS, ("ready",), ends=False), allowed_s=3600.0)
        self.assertEqual(end.verdict, "kernel")
        self.assertIn("kernel BUG at mm/hugetlb.c", end.reason)
        self.assertNotIn("harmless", end.log)

    def test_a_guest_that_cannot_be_set_up_is_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "CONFIG_9P_FS"):
            watched(FakeBoot("", ("failed 9p",)))
        with self.assertRaisesRegex(Refused, "mount -t tmpfs"):
            watched(FakeBoot("", ("failed mount -t tmpfs",)))

    def test_an_ordinary_console_is_no_oops(self) -> None:
        lines = console.lines_of(b"[    1.0] WARNING: CPU: 1\r\n")
        self.assertIsNone(console.oops(complaints(lines)))

    def test_what_was_said_before_the_program_began_is_not_its_doing(self) -> None:
        end = watched(GrowingBoot(OOPS, ""), began=(True, False, True))
        self.assertEqual(end.verdict, "timeout")
        self.assertNotIn("BUG", end.reason)
        # Printed just before the program ended.
        end = watched(GrowingBoot("", OOPS), began=(False, True), allowed_s=3600.0)
        self.assertEqual(end.verdict, "kernel")

    def test_what_a_program_makes_the_kernel_say_does_not_shorten_the_wait(self) -> None:
        for text, allowed in (
                ("Memory failure: 0x143c00: Sending SIGBUS to pool:100\n", dict(poisons=True)),
                ("Memory failure: 0x143c00: Sending SIGBUS to pool:100\n", {}),
                (OOPS, dict(allowed=["kernel BUG at mm/hugetlb.c"]))):
            end = watched(FakeBoot(text, ("ready",), ends=False), **allowed)
            self.assertEqual(end.verdict, "timeout", text)
            self.assertNotIn("says", end.reason)

    def test_a_stuck_processor_is_named(self) -> None:
        end = watched(FakeBoot("watchdog: BUG: soft lockup - CPU#0 stuck for 22s!\n", ("ready",),
                               ends=False))
        self.assertEqual(end.verdict, "timeout")
        self.assertIn("soft lockup", end.reason)


class Records(Folder):
    """The folder of a run, as the host reads it."""

    def record(self) -> host.Record:
        """A record whose guest writes into the folder of the test."""
        os.makedirs(os.path.join(self.path, "run"))
        record = host.Record(os.path.join(self.path, "run"))
        record.box = Box(os.open(self.path, os.O_PATH | os.O_DIRECTORY))
        self.addCleanup(record.close)
        self.put("run.json", json.dumps({
            "format": FORMAT, "started": "now", "plan": ["x/a@2M", "x/b@2M", "x/y@2M"],
            "kind": "func", "cases": {},
            "kernel": {"release": "6", "version": "v", "machine": "x86_64"}, "hindered": [],
            "between": [], "settings": [], "params": {}, "seconds": None, "seed": 1,
            "time_scale": 1, "nodes": 1, "memory_kb": 1}).encode())
        self.assertEqual(record.read_new(), [])
        return record

    def test_a_torn_line_waits_for_its_end(self) -> None:
        record = self.record()
        lines = [json.dumps({**self.lost(b"", "a", last=True), "name": f"x/{name}@2M"}).encode()
                 for name in "ab"]
        path = self.put("results.jsonl", lines[0] + b"\n" + lines[1][:5])
        self.assertEqual([r["name"] for r in record.read_new()], ["x/a@2M"])
        with open(path, "ab") as file:
            file.write(lines[1][5:] + b"\n")
        self.assertEqual([r["name"] for r in record.read_new()], ["x/b@2M"])

    def test_what_runs_and_for_how_long(self) -> None:
        record = self.record()
        self.assertEqual(record.running(), (False, "", 0.0))
        self.put("running", b"x/y@2M\n130\n")
        self.assertEqual(record.running(), (True, "x/y@2M", 130.0))
        self.assertEqual(record.running(), (False, "x/y@2M", 130.0))
        self.put("running", b"x/y@2M\n1300\n160\n")
        self.assertEqual(record.running(), (True, "x/y@2M", 160.0))

    def test_a_point_is_a_sign_of_life(self) -> None:
        record = self.record()
        path = self.put("out/x-y@2M.out", b"TAP version 14\n")
        self.assertEqual([record.spoke("x/y@2M"), record.spoke("x/y@2M")], [True, False])
        with open(path, "ab") as file:
            file.write(b"ok 1 - a\n")
        self.assertTrue(record.spoke("x/y@2M"))

    PROGRAM = Program("/p", "x", "y", cases={"a": "", "b": "", "c": "", "d": ""})

    def lost(self, said: bytes, cases: Sequence[str], last: bool = False) -> Dict[str, Any]:
        """The result of a guest that died after this output of the program."""
        reader = TapReader()
        reader.feed(said)
        return lost(Planned(self.PROGRAM, "2M", list(cases)), reader.tap, Death(
            "panic", "it died", ["BUG: something"]), last=last)

    def test_of_a_death_the_case_under_way_dies(self) -> None:
        result = self.lost(b"TAP version 14\n1..4\nok 1 - a\n", "abcd")
        self.assertEqual([(p["name"], p["verdict"]) for p in result["points"]],
                         [("x/y.a@2M", "pass"), ("x/y.b@2M", "panic")])
        self.assertEqual((result["verdict"], result["complaints"]), ("panic", ["BUG: something"]))
        self.assertEqual(result["rest"], ["c", "d"])

    def test_after_too_many_deaths_the_rest_is_skipped(self) -> None:
        result = self.lost(b"TAP version 14\n1..4\nok 1 - a\n", "abcd", last=True)
        self.assertEqual([p["verdict"] for p in result["points"]],
                         ["pass", "panic", "skip", "skip"])
        self.assertIn("not run", result["points"][-1]["reason"])
        self.assertEqual(result["rest"], [])

    def test_the_rest_of_a_dead_guest_runs_in_the_next_boot(self) -> None:
        """Two lines of one name are the parts of one result; until then it is unfinished."""
        def line(*names: str, **more: Any) -> Dict[str, Any]:
            points = [{"name": f"x/y.{name}@2M", "verdict": "pass", "reason": None,
                       "known": None, "diagnostics": {}} for name in names]
            return {**self.lost(b"", "a"), "verdict": "pass", "reason": None, "points": points,
                    "findings": [], "rest": [], **more}
        plan = {"format": 2, "plan": ["x/y@2M"], "cases": {"x/z": ["e"]}}
        self.put("run.json", json.dumps(plan).encode())
        first = self.lost(b"TAP version 14\n1..4\nok 1 - a\n", "abcd")
        text = json.dumps(first) + "\n"
        self.put("results.jsonl", text.encode())
        run, results = load(self.path)
        self.assertEqual(parts.unfinished(run, results), ["x/y@2M"])
        self.assertEqual(parts.cases_left(run, results), {"x/y@2M": ["c", "d"], "x/z": ["e"]})
        self.assertFalse(host.Record(self.path).complete())
        text += json.dumps(line("c", "d")) + "\n"
        self.put("results.jsonl", text.encode())
        run, results = load(self.path)
        self.assertEqual(parts.unfinished(run, results), [])
        self.assertEqual([(p["name"][4], p["verdict"]) for p in results[0]["points"]],
                         [("a", "pass"), ("b", "panic"), ("c", "pass"), ("d", "pass")])
        self.assertEqual((results[0]["verdict"], results[0]["reason"]), ("panic", "it died"))
        self.assertEqual(tally(run, results).line(), "3 passed, 1 failed, 0 skipped")

    def test_a_death_is_recorded_once_a_case_and_no_more_than_so_often(self) -> None:
        self.put("run.json", b'{"format": 2, "plan": ["x/y@2M"]}')
        self.put("results.jsonl", b"")
        for number, case in enumerate("abc", 1):
            self.put("out/x-y@2M.out", b"TAP version 14\n1..4\n")
            record = host.Record(self.path)
            planned = Planned(self.PROGRAM, "2M", list("abcd")).narrow(
                parts.cases_left(*load(self.path)))
            self.assertEqual(planned.cases[0], case)
            result = record.add_lost(planned, follow.End(verdict="panic", reason="it died"), [])
            self.assertEqual(result["died"], number)
        self.assertEqual(sorted(os.listdir(os.path.join(self.path, "out"))),
                         ["x-y@2M.out", "x-y@2M.out.1", "x-y@2M.out.2"])
        self.assertTrue(host.Record(self.path).complete())
        self.assertEqual([p["verdict"] for p in load(self.path)[1][0]["points"]],
                         ["panic", "panic", "panic", "skip"])


class Slowness(unittest.TestCase):
    """Time limits follow the slowness of the guest, not the load of the host, up to a maximum."""

    def test_the_scale_has_an_end(self) -> None:
        for slowdown, scale in ((0.5, 1.0), (16.46, 16.5), (85.7, accel.MOST_SCALE)):
            self.assertEqual(accel.Accel("tcg", slowdown).time_scale, scale)

    def test_what_else_the_machine_does_is_not_slowness(self) -> None:
        """A loop that took 1.5 s of QEMU's processor time, and a minute of real time because the
        machine was busy."""
        class Busy(FakeBoot):
            """Each look it has done more."""
            clock = iter((10.0, 11.5))

            def wait(self, seconds: float) -> bool:
                self.events.append(("loop", "speed 60000", "")[len(self.events)])
                return len(self.events) == 3

            def processor_s(self) -> float:
                return next(self.clock)

            def close(self) -> None:
                pass
        with mock.patch.object(accel, "Boot", lambda *words: Busy()), \
                mock.patch.object(accel, "_host_s", lambda: 0.1):
            self.assertAlmostEqual(accel.measure("tcg", K), 15.0)

    def test_limits_have_an_end(self) -> None:
        cases = [str(number) for number in range(100)]
        program = Program("/p", "x", "y", cases=dict.fromkeys(cases, ""), seconds=60.0)
        planned = Planned(program, None, cases)
        self.assertEqual([planned.case_s(scale) for scale in (1, 5, 40)], [60.0, 300.0, 600.0])
        # A hang is noticed by the silence of one case, not by the limit of a hundred.
        self.assertLessEqual(planned.quiet_s(40), 1000)
        # Each case may be tried three times.
        self.assertEqual(planned.limit_s(1), 18010.0)
        program.seconds = 900.0
        self.assertEqual(planned.case_s(40), 900.0)
        program.kind, planned.seconds = "race", 3600.0
        self.assertEqual(planned.case_s(40), 4500.0)

    def test_silence_ends_a_program_before_its_limit(self) -> None:
        signals = Signals()
        self.addCleanup(signals.close)
        ended = run_program(["/bin/sh", "-c", "echo 1; sleep 0.3; echo 2; sleep 60"], 50.0,
                            signals, How(quiet_s=0.6))
        self.assertTrue(ended.timed_out)
        self.assertEqual(ended.out, b"1\n2\n")
        self.assertLess(ended.duration_s, 10)


class Leaving(unittest.TestCase):
    """Leftovers of a program are reported to the programs that they hinder, or the rest runs in a
    new boot."""

    @staticmethod
    def result(name: str = "x/a@2M", reason: Optional[str] = None, verdict: str = "pass",
               points: Sequence[Tuple[str, str]] = (), left: Any = None,
               **delta: int) -> Dict[str, Any]:
        """A line of results.jsonl, with the keys that matter here."""
        return {"name": name, "verdict": verdict, "reason": reason,
                "points": [{"name": "p", "verdict": v, "reason": why} for v, why in points],
                "taint": {"before": 0, "after": 0}, "left": left or {},
                "counters": {"delta": {f"hugetlb.2M.{key.replace('_', '.')}": value
                                       for key, value in delta.items()}}}

    def test_what_remains_takes_a_new_boot(self) -> None:
        self.assertIsNone(leaks.why_new_boot(self.result()))
        self.assertEqual(leaks.why_new_boot(self.result(), spoils=True),
                         "x/a@2M spoiled the kernel")
        self.assertIsNone(leaks.why_new_boot(self.result(verdict="skip"), spoils=True))
        for left in (dict(counters=["hugetlb.2M.rsvd 0 -> 3 (+3)"]), dict(mounts=["/mnt (tmpfs)"]),
                     dict(segments=["SysV segment 7 of 2 bytes (cannot be removed: no)"]),
                     dict(settings=["not restored: /proc/x to 1"]),
                     dict(processes=["process 7 (x) survives SIGKILL"])):
            self.assertIn("x/a@2M left ", leaks.why_new_boot(self.result(left=left)) or "")
        # Removed: nothing of it remains.
        self.assertIsNone(leaks.why_new_boot(self.result(left=dict(
            processes=["process 7 (x)", "process 8 (survives)", "process 9 (survives SIGK)"],
            segments=["SysV segment 7 of 2 bytes"],
            settings=["/proc/x to 1"]))))

    def test_who_leaked_is_reported(self) -> None:
        found = leaks.Leaks()
        self.assertEqual(found.text(), "")
        found.take(self.result(rsvd=3, node0_free=-1))
        found.take(self.result("x/b@2M", free=-1))
        self.assertEqual(found.text(), "x/b@2M: hugetlb.2M.free -1, x/a@2M: hugetlb.2M.rsvd +3")
        found.take(self.result("x/c@2M", rsvd=-3, free=1))
        self.assertEqual(found.text(), "")

    def test_whom_a_leak_hindered_is_counted(self) -> None:
        found = leaks.Leaks()
        reason = "needs the pool to itself, but x/a@2M left 3 pages reserved: boot anew"
        whole = self.result("x/b@2M", reason, "skip")
        self.assertIsNone(found.hindered(whole, 4))
        found.take(self.result(rsvd=3))
        entries = [entry for entry in (
            found.hindered(whole, 4),
            found.hindered(self.result("x/c@2M", points=[("pass", ""), ("skip", reason)]), 2),
            found.hindered(self.result("x/d@2M", "needs 2 NUMA nodes", "skip"), 1)) if entry]
        self.assertEqual([(e["name"], e["points"], e["by"]) for e in entries],
                         [("x/b@2M", 4, "x/a@2M"), ("x/c@2M", 1, "x/a@2M")])
        self.assertEqual(leaks.hindered_lines(entries), [
            "5 points could not run because x/a@2M left hugetlb.2M.rsvd +3"])
        run = {"plan": [], "hindered": entries, "seed": 1}
        self.assertEqual(tally(run, []).status(), 1)
        self.assertIn("Not complete:\n  5 points could not run because x/a@2M left",
                      summary(run, [], "f"))


class Described(support.Case):
    """Descriptions of programs from the host, for the guest's runner."""

    def test_an_answer_counts_until_the_program_changes(self) -> None:
        signals = Signals()
        self.addCleanup(signals.close)
        path = self.programs.add("one", support.GOOD, cases=("a", "b"))
        file = os.path.join(self.programs.path, "described.json")
        programs.remember([Program(path, "bad", "one")], file, signals)
        os.environ["HUGEPROOF_DESCRIBED"] = file
        self.addCleanup(os.environ.pop, "HUGEPROOF_DESCRIBED")
        os.chmod(path, 0o644)  # A second query could not be answered.
        program = Program(path, "bad", "one")
        programs.describe(program, signals)
        self.assertEqual((program.broken, list(program.cases)), (None, ["a", "b"]))
        self.programs.add("one", support.GOOD, cases=("a", "b", "c"))
        program = Program(path, "bad", "one")
        programs.describe(program, signals)
        self.assertEqual((program.broken, list(program.cases)), (None, ["a", "b", "c"]))

    def test_what_the_kernel_may_say_is_known_without_asking(self) -> None:
        """Querying would end every child of this process, including a guest."""
        signals = Signals()
        self.addCleanup(signals.close)
        file = os.path.join(self.programs.path, "described.json")
        path = self.programs.add("one", support.GOOD, log_allows=["Soft offlining"], poisons=True)
        programs.remember([Program(path, "bad", "one")], file, signals)
        os.unlink(path)
        self.assertEqual(programs.kernel_may_say(file, "bad/one@2M#3"), (["Soft offlining"], True))
        self.assertEqual(programs.kernel_may_say(file, "bad/other@2M"), ([], False))
        self.assertEqual(programs.kernel_may_say("", "bad/one"), ([], False))


class Mutants(Folder):
    """Headers, selection, and patches on a tree made for the test."""

    def header(self, **changed: Optional[str]) -> mutant.Mutant:
        """A mutant with that header."""
        fields: Dict[str, Optional[str]] = {
            "Breaks": "b", "Seen as": "s", "Caught by": "x/y", "Changes": "mm/a.c 1"}
        fields.update({name.replace("_", " "): text for name, text in changed.items()})
        text = "".join(f"// {name}: {value}\n" for name, value in fields.items() if value)
        path = self.put("m.cocci", text.encode() + b"@@ @@\n- one();\n+ two();\n")
        return mutant.read(path, "x", "m")

    def test_a_header_must_be_whole(self) -> None:
        self.assertEqual(self.header().changes, {"mm/a.c": 1})
        self.assertEqual(self.header(Changes="a.c 1, b/c.h 2").changes, {"a.c": 1, "b/c.h": 2})
        for name in ("Breaks", "Seen_as", "Caught_by", "Changes"):
            with self.assertRaisesRegex(Refused, name.replace("_", " ")):
                self.header(**{name: None})
        for text in ("a.c", "a.c 0", "a.c x", "a.c 1, a.c 2"):
            with self.assertRaisesRegex(Refused, "Changes"):
                self.header(Changes=text)

    def test_ours_can_be_read_and_name_programs_that_exist(self) -> None:
        there = {os.path.relpath(os.path.join(at, name), os.path.join(support.TOP, "tests"))[:-2]
                 for at, _, names in os.walk(os.path.join(support.TOP, "tests"))
                 for name in names if name.endswith(".c")}
        found = mutant.load(mutant.folder())
        self.assertGreaterEqual(len(found), 8)
        for one in found:
            for name in one.caught_by:
                self.assertTrue(trial.expanded([name], there), f"{one.full_name}: {name}")

    def test_words_select(self) -> None:
        found = [mutant.Mutant("", "a", "x"), mutant.Mutant("", "a", "y"),
                 mutant.Mutant("", "b", "x")]
        self.assertEqual(mutant.select(found, []), found)
        self.assertEqual(mutant.select(found, ["b/x", "a"]), found)
        self.assertEqual(mutant.select(found, ["x"]), [found[0], found[2]])
        with self.assertRaisesRegex(Refused, "no mutant is named zz"):
            mutant.select(found, ["zz"])

    def tree(self, text: bytes = b"void f(void)\n{\n\tone();\n}\n") -> Any:
        """A source and a build of it, with the files that the workshop reads."""
        self.put("source/mm/a.c", text)
        self.put("source/Makefile", b"bzImage:\n\tgrep -q two mm/a.c && mkdir -p "
                 b"$(O)/arch/x86/boot && cp mm/a.c $(O)/arch/x86/boot/bzImage\n")
        os.makedirs(os.path.join(self.path, "build"), exist_ok=True)
        return SimpleNamespace(source=SimpleNamespace(path=os.path.join(self.path, "source")),
                               build=os.path.join(self.path, "build"), arch=arch.X86_64, words=[])

    def workshop(self, tree: Any) -> patch.Workshop:
        """One in the scratch folder."""
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.path, "cache")
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME", None)
        made = patch.Workshop(tree, 1)
        self.addCleanup(made.close)
        return made

    @support.needs_root
    def test_an_overlay_leaves_what_it_covers_alone(self) -> None:
        self.put("lower/file", b"old")
        argv = overlay.command([(os.path.join(self.path, "lower"),
                                 os.path.join(self.path, "a:b"))],
                               ["/bin/sh", "-c", 'echo new > "$1"', "sh",
                                os.path.join(self.path, "lower", "file")])
        before = support.settings()["mounts"]
        self.assertEqual(subprocess.run(argv, check=False).returncode, 0)
        self.assertEqual(support.settings()["mounts"], before)
        for name, text in (("lower/file", "old"), ("a:b/upper/file", "new\n")):
            with open(os.path.join(self.path, name), encoding="ascii") as file:
                self.assertEqual(file.read(), text)

    @support.needs_root
    @unittest.skipUnless(os.path.exists("/usr/bin/spatch"), "needs coccinelle: scripts/setup --lab")
    def test_a_mutant_is_built_beside_the_source(self) -> None:
        shop = self.workshop(self.tree())
        made = shop.make(self.header().patch)
        with open(made.image, encoding="ascii") as file:
            self.assertIn("two()", file.read())
        with open(os.path.join(self.path, "source/mm/a.c"), encoding="ascii") as file:
            self.assertIn("one()", file.read())
        self.assertEqual(os.listdir(os.path.join(self.path, "build")), [])

    @support.needs_root
    @unittest.skipUnless(os.path.exists("/usr/bin/spatch"), "needs coccinelle: scripts/setup --lab")
    def test_what_does_not_apply_as_it_says_is_unfit(self) -> None:
        twice = b"void f(void)\n{\n\tone();\n\tthree();\n\tone();\n}\n"
        for text, changes, word in ((b"void f(void)\n{\n}\n", "mm/a.c 1", "changes 0 places"),
                                    (twice, "mm/a.c 1", "changes 2 places"),
                                    (twice, "mm/none.c 1", "no mm/none.c")):
            shop = self.workshop(self.tree(text))
            with self.assertRaisesRegex(patch.Unfit, word):
                shop.make(self.header(Changes=changes).patch)

    @support.needs_root
    @unittest.skipUnless(os.path.exists("/usr/bin/spatch"), "needs coccinelle: scripts/setup --lab")
    def test_what_does_not_compile_is_unfit(self) -> None:
        self.put("m.cocci", b"")
        broken = self.header()
        with open(broken.path, "w", encoding="ascii") as file:
            file.write("@@ @@\n- one();\n+ nothing();\n")
        with self.assertRaisesRegex(patch.Unfit, "does not compile"):
            self.workshop(self.tree()).make(broken.patch)


class Words(support.Case):
    """What is refused on the command line: one line, nothing done."""

    def test_refusals(self) -> None:
        cases: List[Tuple[List[str], str]] = [
            (["lab", "run"], "lab run -- func"),
            (["lab", "run", "--", "restore"], "not restore"),
            (["lab", "run", "--", "func", "--nonsense"], "--nonsense"),
            (["lab", "run", "--", "func", "--results", "x"], "lab run --results"),
            (["lab", "run", "--", "func", "--resume", "x"], "lab run --resume"),
            (["lab", "run", "--resume", "x", "--nodes", "2"], "leave out --nodes"),
            (["lab", "run", "--resume", "x", "--coverage"], "leave out --coverage"),
            (["lab", "run", "--resume", "no-such-run"], "no-such-run"),
            (["lab", "run", "--kernel", "/etc/passwd", "--", "list"], "no x86 kernel image"),
            (["lab", "run", "--kernel", "/no/such", "--", "list"], "No such file"),
            (["lab", "run", "--modules", "/etc", "--kernel", "deb:linux-image-x", "--", "list"],
             "--modules"),
            (["lab", "run", "--nodes", "two", "--", "list"], "--nodes"),
            (["lab", "run", "--memory", "lots", "--", "list"], "lots"),
            (["lab", "run", "--memory", "100M", "--", "list"], "too little memory"),
            (["lab", "run", "--stall", "0", "--", "list"], "--stall"),
            (["lab", "build", "--source", "/etc"], "no kernel source"),
            (["mutants", "no_such_mutant"], "no_such_mutant"),
            (["mutants", "--jobs", "0"], "--jobs"),
        ]
        for words, expected in cases:
            with self.subTest(" ".join(words)):
                self.refused(self.programs.run(*words), expected)

    def test_print_does_nothing(self) -> None:
        done = self.programs.run("lab", "run", "--nodes", "2", "--kernel", "build", "--print",
                                 "--", "func", XDG_CACHE_HOME=self.programs.path)
        if "linux-source" in done.stderr:
            self.skipTest("the kernel's source is not installed: scripts/setup --lab")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("qemu-system-x86_64", done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertFalse(os.path.exists(self.programs.results))


if __name__ == "__main__":
    support.main()
