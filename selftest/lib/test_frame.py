#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the C library handles faulty programs (bad_cases.c, bad_pool_cases.c)."""
from __future__ import annotations

import glob
import json
import mmap
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
import zlib
from contextlib import contextmanager
from io import StringIO
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from tap.parser import Parser
from tap.runner import TAPTestRunner

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from runner.schema import checker  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("abs_top_builddir") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOURNAL = "/run/hugeproof/journal"
# Journals that a killed run left there earlier are no fault of what is tested here.
BEFORE = frozenset(glob.glob(f"{JOURNAL}/bad_cases.*"))
ROOT = os.geteuid() == 0
MAP_HUGETLB = 0x40000
# Size of a huge page of the default size, in bytes.
with open("/proc/meminfo", encoding="ascii") as _file:
    PAGE = 1024 * int(dict(line.split(":") for line in _file).get("Hugepagesize", "0").split()[0])


class Point(NamedTuple):
    """A line of TAP and its YAML."""

    ok: bool
    skip: str
    yaml: Dict[str, Any]


class Run(NamedTuple):
    """The exit status and output of a program."""

    status: int
    points: Dict[str, Point]
    bail: Optional[str]
    skip_all: Optional[str]
    text: str


def program(name: str) -> str:
    """Path of a program of this folder."""
    return os.path.join(BUILD, "selftest", "lib", name)


def _with_priority(nice: int) -> None:
    """In the child: sets its niceness, and that of its session if the kernel supports this."""
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write(str(nice))
    except OSError:
        pass


def _cpu_of_children() -> float:
    """CPU time of all descendants that have ended and been waited for, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(name: str, *cases: str, options: Optional[List[str]] = None, priority: int = 0) -> Run:
    """Runs cases of a program and reads its TAP."""
    argv = [program(name)] + (options or [])
    for case in cases:
        argv += ["--case", case]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          check=False, universal_newlines=True,
                          preexec_fn=(lambda: _with_priority(priority)) if priority else None)
    points: Dict[str, Point] = {}
    bail = skip_all = None
    for line in Parser().parse(StringIO(done.stdout)):
        if line.category == "test":
            reason = line.directive.reason or "" if line.skip else ""
            points[line.description[2:]] = Point(line.ok, reason, line.yaml_block or {})
        elif line.category == "bail":
            bail = line.reason
        elif line.category == "plan" and line.skip:
            skip_all = line.directive.reason
    return Run(done.returncode, points, bail, skip_all, done.stdout)


@contextmanager
def _busy_processors() -> Iterator[None]:
    """Twice as many threads as there are processors keep them busy."""
    burners = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"])
               for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def beside_others() -> Dict[str, str]:
    """The environment of a program that checks whether other processes caused a failure."""
    alone = ("HUGEPROOF_ALONE", "HUGEPROOF_LAB")
    return {key: value for key, value in os.environ.items() if key not in alone}


def left_journals() -> List[str]:
    """Journals that programs of this file left; another checkout's run may have its own."""
    return sorted(path for path in glob.glob(f"{JOURNAL}/bad_cases.*") if path not in BEFORE)


def unread(name: str, options: List[str], out: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program whose standard output is `full`, `closed`, or a pipe without a reader."""
    reader, pipe = os.pipe()
    os.close(reader)
    stdout = os.open("/dev/full", os.O_WRONLY) if out == "full" else pipe
    try:
        return subprocess.run([program(name), *options], stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=300, check=False,
                              preexec_fn=(lambda: os.close(1)) if out == "closed" else None)
    finally:
        for descriptor in {stdout, pipe}:
            os.close(descriptor)


class Unread(unittest.TestCase):
    """Output that could not be written is no result."""

    def test_exit_status(self) -> None:
        """If the output cannot be written, the exit status is 2, with one line of error."""
        for out in ("full", "closed", "gone"):
            for options in (["--describe"], ["--list"], ["--help"], ["--case", "unequal"], []):
                with self.subTest(out=out, options=options):
                    done = unread("bad_cases", options, out)
                    # A program that is killed by SIGPIPE cannot undo anything.
                    self.assertIn((done.returncode, options[:1]),
                                  [(2, options[:1]), (-signal.SIGPIPE, ["--describe"]),
                                   (-signal.SIGPIPE, ["--list"]), (-signal.SIGPIPE, ["--help"])])
                    if done.returncode == 2:
                        self.assertEqual(done.stderr,
                                         "bad_cases: cannot write to its standard output\n")

    @unittest.skipUnless(ROOT and glob.glob("/sys/kernel/mm/hugepages/*"), "needs root, pools")
    def test_the_pool_is_given_back(self) -> None:
        """A pool that was raised is restored, even if the output is not read."""
        for out in ("full", "closed", "gone"):
            before = pools()
            self.assertEqual(unread("bad_pool_cases", ["--case", "wrong_count"], out).returncode, 2)
            self.assertEqual(pools(), before)


class Judged(unittest.TestCase):
    """Reads a failed point."""

    def failed(self, case: str, name: str = "bad_cases") -> Dict[str, Any]:
        """The YAML block of a case, which must have failed."""
        done = run(name, case)
        self.assertEqual(done.status, 1, done.text)
        self.assertFalse(done.points[case].ok, done.text)
        return done.points[case].yaml


class FrameTest(Judged):
    """Cases, checks, ends."""

    def test_variants(self) -> None:
        """A table makes a case of each row, in its order, and the body gets that row."""
        said = json.loads(subprocess.run([program("bad_cases"), "--describe"], check=True,
                                         stdout=subprocess.PIPE).stdout)
        cases = [(case["name"], case["summary"]) for case in said["cases"]]
        self.assertEqual([("row_second", "the number is two: two"),
                          ("row_first", "the number is two: one"),
                          ("second", "two"), ("first", "one")], cases[-4:])
        done = run("bad_cases", *(name for name, _ in cases[-4:]))
        self.assertEqual({"row_second": True, "row_first": False, "second": True,
                          "first": True}, {name: point.ok for name, point in done.points.items()})

    def test_pairs(self) -> None:
        """Two tables make a case of each pair, row by row, with both summaries in its own."""
        said = json.loads(run("bad_cases", options=["--describe"]).text)["cases"]
        names = ["pair_second_second", "pair_second_first", "pair_first_second",
                 "pair_first_first"]
        self.assertEqual([case["name"] for case in said if case["name"].startswith("pair_")],
                         names)
        self.assertIn({"name": names[1], "summary": "two equals one"}, said)
        done = run("bad_cases", *names)
        self.assertEqual([done.points[name].ok for name in names], [True, False, False, True])

    def test_pass(self) -> None:
        """A good case passes, with exit status 0."""
        done = run("bad_cases", "passes")
        self.assertEqual((done.status, done.points["passes"].ok), (0, True))
        self.assertTrue(done.text.startswith("TAP version 14\n1..1\n"))

    def test_checks(self) -> None:
        """Every check reports place, expected and actual value."""
        for case, expected, got in (
                ("unequal", "3", "2"), ("wrong_errno", "EINVAL", "EBADF"),
                ("out_of_range", "6 to 7", "5"), ("in_thread", "8", "7"),
                ("never_true", "true within 0.05 s", "still false"),
                ("in_child", "true", "false"), ("in_block", "8", "9")):
            yaml = self.failed(case)
            self.assertEqual((str(yaml["expected"]), str(yaml["got"]), yaml["kind"]),
                             (expected, got, "check"), case)
            self.assertRegex(yaml["at"], r"^selftest/lib/bad_cases\.c:\d+$")
        self.assertIn("success", self.failed("no_errno")["got"])

    def test_sources(self) -> None:
        """A failure shows its sources; a point that passed does not."""
        self.assertEqual(self.failed("unequal")["sources"], [
            {"kind": "selftest", "value": "selftest/lib/test_frame.py"}])
        self.assertNotIn("sources", run("bad_cases", "passes").points["passes"].yaml)

    def test_step(self) -> None:
        """The step of the process that failed is reported."""
        self.assertEqual(self.failed("unequal")["step"], "adds one and one")
        self.assertEqual(self.failed("in_child")["step"], "the child checks")

    def test_crash(self) -> None:
        """A crash is reported with signal, address and step."""
        yaml = self.failed("crashes")
        self.assertEqual(yaml["kind"], "crash")
        self.assertRegex(yaml["got"], r"SIGSEGV \(code 1\) at 0x10")
        self.assertEqual(yaml["step"], "writes where nothing is")
        self.assertRegex(self.failed("child_killed")["got"], "SIGSEGV .* at 0x10")

    def test_block_left(self) -> None:
        """A child that leaves its block by return does not continue as the case."""
        yaml = self.failed("leaves_block")
        self.assertEqual(yaml["kind"], "broken")
        self.assertIn("left by break or return", yaml["got"])

    def test_exit_in_the_middle(self) -> None:
        """A case that calls exit(0) has not passed."""
        self.assertEqual(self.failed("leaves")["kind"], "crash")

    def test_hang(self) -> None:
        """A case that hangs is ended at its limit, and its step is reported."""
        began = time.monotonic()
        yaml = self.failed("hangs")
        self.assertEqual(yaml["kind"], "timeout")
        self.assertIn("waits for nothing", yaml["got"])
        self.assertGreaterEqual(time.monotonic() - began, 1)

    def test_no_deadlock(self) -> None:
        """A barrier that cannot be completed any more fails before the time limit."""
        for case in ("peer_dies", "deadlock"):
            yaml = self.failed(case)
            self.assertEqual(yaml["kind"], "check", yaml)
            self.assertIn("1 of 2 arrived", yaml["got"])

    def test_report_is_awaited(self) -> None:
        """A process at a barrier ends only when the other's report has been written."""
        yaml = self.failed("slow_report")
        self.assertEqual(yaml["kind"], "check", yaml)
        self.assertIn("written slowly", yaml["history"])

    def test_processes_end(self) -> None:
        """Processes that a case leaves behind are gone when the program is."""
        done = run("bad_cases", "leaves_processes")
        self.assertTrue(done.points["leaves_processes"].ok, done.text)
        left = subprocess.run(["pgrep", "-x", "bad_cases"], stdout=subprocess.PIPE, check=False)
        self.assertEqual(left.stdout, b"")

    def test_goes_on(self) -> None:
        """After a crash, a hang and a failure the next case runs."""
        done = run("bad_cases", "crashes", "hangs", "unequal", "passes")
        self.assertEqual([done.points[c].ok for c in ("crashes", "hangs", "unequal", "passes")],
                         [False, False, False, True])

    def test_bail(self) -> None:
        """A set-up that fails ends only its case, as broken."""
        done = run("bad_cases", "bails", "passes")
        self.assertEqual((done.status, done.bail), (1, None))
        self.assertEqual([done.points[c].ok for c in ("bails", "passes")], [False, True])
        yaml = done.points["bails"].yaml
        self.assertEqual((yaml["kind"], yaml["got"], yaml["check"]),
                         ("broken", "there is no luck", "false"))
        self.assertRegex(yaml["at"], r"bad_cases\.c:\d+$")

    def test_short_of_memory(self) -> None:
        """A case that is short of memory is tried three times and then skipped, with figures."""
        done = run("bad_cases", "short_of_memory", "passes")
        self.assertEqual((done.status, done.points["passes"].ok), (0, True))
        point = done.points["short_of_memory"]
        self.assertRegex(point.skip, r"^wanted 3 pages, got 2; \d+ free blocks of 64 kB, also "
                         r"after compaction \(3 tries\)$")
        self.assertEqual(point.yaml["tries"], ["wanted 3 pages, got 2"] * 2)

    def test_short_of_memory_once(self) -> None:
        """A case that passes at the second try passes, and the record keeps the first."""
        point = run("bad_cases", "short_once").points["short_once"]
        self.assertEqual((point.ok, point.skip), (True, ""))
        self.assertEqual(point.yaml["tries"], ["nothing to be had"])

    def test_disturbed(self) -> None:
        """A case that is disturbed in every try is not a failure; a single disturbance is
        recorded."""
        yaml = self.failed("disturbed")
        self.assertEqual(yaml["kind"], "disturbed")
        # As often as fits into 3 s: temporary disturbances are over by then.
        self.assertEqual(len(yaml["tries"]), 4)
        self.assertRegex(yaml["tries"][3], r"^and [1-9]\d* tries more$")
        self.assertIn("somebody moved it by 3", yaml["got"])
        done = run("bad_cases", "disturbed_once")
        # The runner ends a program that is silent for longer than a case may take.
        self.assertIn("\n# case disturbed_once is tried again: try 1 was not conclusive\n",
                      done.text)
        self.assertEqual((done.status, done.points["disturbed_once"].ok), (0, True))
        self.assertIn("somebody moved it", done.points["disturbed_once"].yaml["tries"][0])

    @unittest.skipUnless(ROOT, "needs root, for a higher priority")
    def test_busy_itself(self) -> None:
        """A case that keeps all processors busy itself is not excused when it is late."""
        began, used = time.monotonic(), _cpu_of_children()
        point = run("bad_cases", "busy_itself", priority=-20).points["busy_itself"]
        part = ((_cpu_of_children() - used) / len(os.sched_getaffinity(0))
                / (time.monotonic() - began))
        if point.yaml["kind"] == "disturbed" and part < 0.8:
            # Priority is no help against a hypervisor that does not run a processor.
            self.skipTest(f"the case had {part:.0%} of the processors, others the rest")
        # It may be late for its own end, too.
        self.assertFalse(point.ok)
        self.assertIn(point.yaml["kind"], ("check", "timeout"), (part, point.yaml))

    def test_kept_waiting(self) -> None:
        """A case that is late while others use the processors is not a failure."""
        with _busy_processors():
            point = run("bad_cases", "kept_waiting", priority=19).points["kept_waiting"]
        self.assertEqual((point.ok, point.yaml["kind"]), (False, "disturbed"), point.yaml)
        self.assertIn("others had the processors", point.yaml["got"])

    def test_late_again(self) -> None:
        """That others delay a case is seen in each try, also after one that was timed out."""
        with _busy_processors():
            point = run("bad_cases", "late_again", priority=19).points["late_again"]
        self.assertEqual((point.ok, point.yaml["kind"]), (False, "disturbed"), point.yaml)
        self.assertIn("still running after", " ".join(point.yaml["tries"]))

    def test_slow_beside_others(self) -> None:
        """A case that goes on at its limit is not stuck while others fill the processors; one
        that does not run at all is."""
        with _busy_processors():
            done = run("bad_cases", "goes_on_slowly", "hangs", "partner_hangs")
        slow = done.points["goes_on_slowly"].yaml
        self.assertEqual(slow["kind"], "disturbed", slow)
        self.assertRegex(slow["got"], "wanted a processor|others had the processors")
        for case in ("hangs", "partner_hangs"):
            stuck = done.points[case].yaml
            self.assertEqual(stuck["kind"], "timeout", stuck)

    @unittest.skipUnless(os.path.exists("/proc/sys/vm/compact_memory") and ROOT,
                         "needs root, and a kernel that compacts")
    def test_shmem_split(self) -> None:
        """Compaction may have split a page that is smaller than when it was allocated."""
        yaml = self.failed("shmem_split")
        self.assertEqual(yaml["kind"], "disturbed")
        self.assertRegex(yaml["got"], "of 64 kB and got one of 4 kB without a fallback")

    def test_unmoved(self) -> None:
        """A page that moved is a failure, unless pages were migrated."""
        yaml = self.failed("never_unmoved")
        self.assertEqual(yaml["kind"], "check")

    def test_a_setting_changed_by_another(self) -> None:
        """The setting is left as the other process set it; the case is tried again."""
        path = "/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs"
        if not os.access(path, os.W_OK):
            self.skipTest("needs transparent huge pages, and root")
        with open(path, encoding="ascii") as file:
            before = file.read()
        try:
            point = run("bad_cases", "setting_changed").points["setting_changed"]
            with open(path, encoding="ascii") as file:
                self.assertEqual(file.read(), "54321\n")
            self.assertTrue(point.ok)
            self.assertIn("54321", point.yaml["tries"][0])
        finally:
            with open(path, "w", encoding="ascii") as file:
                file.write(before)

    def test_skip(self) -> None:
        """A case can skip itself."""
        done = run("bad_cases", "skips")
        self.assertEqual((done.status, done.points["skips"].skip), (0, "needs luck: wait"))

    def test_observed(self) -> None:
        """What was observed is reported."""
        yaml = run("bad_cases", "observes").points["observes"].yaml
        self.assertEqual(yaml["observed"], {"outcome": "number 2"})

    def test_wrong_use(self) -> None:
        """Wrong options get one line and exit status 2."""
        for options in (["--case", "none"], ["--seed", "x"], ["--param", "nope=1"], ["--bogus"],
                        ["word"], ["--page-size", "2M"], ["--param", "novalue"]):
            done = run("bad_cases", options=options)
            self.assertEqual((done.status, done.text.count("\n")), (2, 1), done.text)

    def test_name_of_a_table(self) -> None:
        """Who names a table as if it were a case learns the names of its rows."""
        for name, text in (("row", "row; its rows are row_second, row_first (--help"),
                           ("pair", "pair; its rows are pair_second_second, pair_second_first, "
                                    "pair_first_second, pair_first_first (--help"),
                           ("ro", "ro (--help"), ("passes_", "passes_ (--help")):
            done = run("bad_cases", options=["--case", name])
            self.assertEqual((done.status, done.text.count("\n")), (2, 1), done.text)
            self.assertIn("no such case: " + text, done.text)

    def test_describe(self) -> None:
        """--describe is the JSON of doc/formats.md, in the order of the source."""
        done = run("bad_cases", options=["--describe"])
        text = json.loads(done.text)
        self.assertEqual((text["format"], text["area"], text["name"], text["seconds"]),
                         (1, "lib", "bad_cases", 1))
        self.assertEqual([case["name"] for case in text["cases"]][:3],
                         ["passes", "unequal", "wrong_errno"])
        self.assertEqual(text["params"][0]["name"], "file")


@unittest.skipUnless(ROOT, "needs root")
class UndoTest(unittest.TestCase):
    """Settings are restored, whatever happens to the case or the program."""

    def setUp(self) -> None:
        with tempfile.NamedTemporaryFile("w", dir="/run", prefix="hugeproof-",
                                         delete=False) as file:
            file.write("before")
        self.path = file.name
        self.addCleanup(os.unlink, self.path)

    def content(self) -> str:
        """The content of the file that stands for a setting, to the length of the last value
        written."""
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def test_case_killed(self) -> None:
        """The setting of a case killed by SIGKILL is restored, and the journal gone."""
        run("bad_cases", "changes_setting", options=["--param", f"file={self.path}"])
        self.assertTrue(self.content().startswith("before"))
        self.assertEqual(left_journals(), [])

    def start_and_wait(self) -> "subprocess.Popen[bytes]":
        """A program that has changed its setting and hangs."""
        child = subprocess.Popen(
            [program("bad_cases"), "--case", "changes_and_hangs", "--param", f"file={self.path}"],
            stdout=subprocess.DEVNULL, env=dict(os.environ, HUGEPROOF_TIME_SCALE="60"))
        deadline = time.monotonic() + 10
        while not self.content().startswith("changed") and time.monotonic() < deadline:
            time.sleep(0.001)
        self.assertTrue(self.content().startswith("changed"))
        return child

    def test_program_stopped(self) -> None:
        """A signal that asks the program to end restores the setting."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            child = self.start_and_wait()
            child.send_signal(number)
            self.assertEqual(child.wait(10), 2)
            self.assertTrue(self.content().startswith("before"))

    def test_a_long_state_folder(self) -> None:
        """The whole name of the folder is used, and one that is too long for the kernel is
        refused."""
        with tempfile.TemporaryDirectory(dir="/run", prefix="hugeproof-") as top:
            state = os.path.join(top, "long" * 50)
            with unittest.mock.patch.dict(os.environ, HUGEPROOF_STATE=state):
                child = self.start_and_wait()
                left = glob.glob(f"{state}/journal/bad_cases.{child.pid}")
                child.terminate()
                child.wait(10)
            self.assertEqual(len(left), 1)
            self.assertTrue(self.content().startswith("before"))
            self.assertEqual(os.listdir(f"{state}/journal"), [])
            with unittest.mock.patch.dict(os.environ, HUGEPROOF_STATE="/run" + "/x" * 2046):
                done = run("bad_cases", "changes_setting", options=["--param", f"file={self.path}"])
            self.assertEqual(done.points["changes_setting"].yaml["kind"], "broken")
            self.assertIn("cannot create", done.text)

    def test_stopped_after_the_case(self) -> None:
        """A signal also restores it while a case that has ended is checked for disturbances by
        others."""
        with subprocess.Popen(
                [program("bad_cases"), "--case", "bails"], stdout=subprocess.PIPE,
                env=beside_others(),
                encoding="utf-8") as child:
            assert child.stdout
            for line in child.stdout:
                if line.startswith("# seed"):
                    break
            time.sleep(0.1)
            child.send_signal(signal.SIGTERM)
            text = child.communicate(timeout=20)[0]
        self.assertEqual((child.returncode, text), (2, "Bail out! stopped by SIGTERM\n"))

    def test_the_journal_of_another_with_its_pid(self) -> None:
        """A journal of another process with the same pid is left as it is, and nothing is
        changed."""
        os.makedirs(JOURNAL, mode=0o700, exist_ok=True)

        def leave() -> None:
            with open(f"{JOURNAL}/bad_cases.{os.getpid()}", "w", encoding="ascii") as file:
                file.write("another's\n")

        with subprocess.Popen(
                [program("bad_cases"), "--case", "changes_and_hangs", "--param",
                 f"file={self.path}"], stdout=subprocess.PIPE, preexec_fn=leave) as child:
            text = child.communicate(timeout=20)[0]
        self.addCleanup(os.unlink, f"{JOURNAL}/bad_cases.{child.pid}")
        self.assertIn(b"left by a program that was killed", text)
        self.assertEqual(self.content(), "before")
        with open(f"{JOURNAL}/bad_cases.{child.pid}", encoding="ascii") as file:
            self.assertEqual(file.read(), "another's\n")

    def test_what_cannot_be_taken_back_is_left_to_the_runner(self) -> None:
        """The journal keeps only what could not be undone: others may have changed the rest by
        then."""
        folder = self.path + ".folder"
        done = run("bad_cases", "keeps_folder", options=["--param", f"file={self.path}"])
        self.assertIn("cannot restore " + folder, done.text)
        self.assertTrue(self.content().startswith("before"))
        path, = left_journals()
        with open(path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file][1:]
        self.assertEqual([(r["undo"], r["path"]) for r in records], [("rmdir", folder)])
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("theirs")
        os.rmdir(folder + "/inside")
        top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        subprocess.run([sys.executable, os.path.join(top, "run_tests.py"), "restore"],
                       stdout=subprocess.DEVNULL, check=True)
        self.assertEqual(self.content(), "theirs")
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(left_journals(), [])

    def test_program_killed(self) -> None:
        """After SIGKILL of the program `restore` undoes its changes by the journal."""
        child = self.start_and_wait()
        child.kill()
        child.wait()
        journals = glob.glob(f"{JOURNAL}/bad_cases.{child.pid}")
        self.assertEqual(len(journals), 1)
        with open(journals[0], "rb") as file:
            texts = file.readlines()
        for text in texts:
            body, _, seal = text.rpartition(b', "crc": "')
            self.assertEqual(seal, b'%08x"}\n' % zlib.crc32(body))
        lines = [json.loads(text) for text in texts]
        self.assertEqual([checker("journal")(line) for line in lines], [None] * len(lines))
        self.assertEqual((lines[0]["format"], lines[0]["pid"], lines[0]["uid"]),
                         (2, child.pid, os.geteuid()))
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            self.assertEqual(lines[0]["boot"], file.read().strip())
        del lines[1]["crc"]
        self.assertEqual(lines[1], {"undo": "write", "path": self.path, "value": "before"})
        top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        subprocess.run([sys.executable, os.path.join(top, "run_tests.py"), "restore"],
                       stdout=subprocess.DEVNULL, check=True)
        self.assertTrue(self.content().startswith("before"))
        self.assertEqual(left_journals(), [])


def pools() -> Dict[str, str]:
    """Every counter of every pool."""
    found = {}
    for path in glob.glob("/sys/kernel/mm/hugepages/*/*_hugepages"):
        try:
            with open(path, encoding="ascii") as file:
                found[path] = file.read()
        except OSError:
            pass
    return found


def resize(pool: str, pages: int) -> None:
    """Writes the number of pages of a pool to its nr_hugepages."""
    with open(pool, "w", encoding="ascii") as file:
        file.write(str(pages))


@unittest.skipUnless(ROOT and pools(), "needs root and huge pages")
class PoolTest(Judged):
    """Huge pages: contents, faults, counters."""

    def setUp(self) -> None:
        before = pools()
        self.addCleanup(lambda: self.assertEqual(pools(), before))

    def test_khugepaged_stays_at_rest(self) -> None:
        """khugepaged that a setting starts again has made its first scan before the case goes
        on."""
        point = run("bad_cases", "calm_is_kept").points["calm_is_kept"]
        if point.skip:
            self.skipTest(point.skip)
        self.assertTrue(point.ok, point)

    def test_contents(self) -> None:
        """Each wrong word is named with its page, byte, expected and found tag."""
        for case, expected, got in (
                ("wrong_tag", r"tag 'a' of offset 0x\w+", r"tag 'b' of .*page 1, byte 0 of it"),
                ("one_byte", r"tag 'a'", r"page 1, byte 0x\w+00 of it"),
                ("misplaced", r"of offset 0x3000", r"tag 'a' of offset 0x5000"),
                ("not_zero", r"zero", r"0x01")):
            yaml = self.failed(case, "bad_pool_cases")
            self.assertRegex(yaml["expected"], expected)
            self.assertRegex(yaml["got"], got)

    def test_faults(self) -> None:
        """A fault that does not happen, or is of another kind, fails the check."""
        self.assertEqual(self.failed("no_fault", "bad_pool_cases")["got"], "no signal")
        self.assertIn("SIGSEGV", self.failed("other_fault", "bad_pool_cases")["got"])

    def test_counters(self) -> None:
        """A wrong count is reported with all counters of the pool."""
        yaml = self.failed("wrong_count", "bad_pool_cases")
        self.assertRegex(yaml["got"], r"Total \d+ Free \d+ Rsvd 1 Surp 0")

    def test_another_user(self) -> None:
        """Another process with pages explains a wrong count, also of one field, but no wrong
        bytes."""
        for case, kind in (("wrong_count", "disturbed"), ("wrong_field", "disturbed"),
                           ("one_byte", "check")):
            with self.subTest(case=case), subprocess.Popen(
                    [program("bad_pool_cases"), "--case", case], stdout=subprocess.PIPE,
                    env=beside_others(), encoding="utf-8") as child:
                assert child.stdout
                text = child.stdout.readline()
                # The plan was printed: the pool has its pages.
                text += child.stdout.readline()
                size = os.sysconf("SC_PAGE_SIZE")
                page = mmap.mmap(-1, PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB)
                try:
                    page[size] = 1
                    text += child.stdout.read()
                finally:
                    page.close()
            self.assertIn(f"  kind: {kind}\n", text)
            if kind == "disturbed":
                self.assertIn(f"process {os.getpid()} (", text)

    def test_a_known_user(self) -> None:
        """A process that had its pages before the run began explains a wrong count if the pool
        changes while it is watched, and not by the pages alone."""
        pool = f"/sys/kernel/mm/hugepages/hugepages-{PAGE // 1024}kB/nr_hugepages"
        with open("/proc/self/comm", encoding="utf-8") as file:
            name = file.read().strip()
        had = int(pools()[pool])
        self.addCleanup(resize, pool, had)
        resize(pool, had + 2)
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB
        page = mmap.mmap(-1, PAGE, flags)
        self.addCleanup(page.close)
        page[0] = 1
        known = f"process {os.getpid()} ({name}) with {PAGE // 1024} kB of huge pages"
        done = threading.Event()

        def reserve() -> None:
            while not done.wait(0.03):
                mmap.mmap(-1, PAGE, flags).close()
                reserved = mmap.mmap(-1, PAGE, flags)
                done.wait(0.03)
                reserved.close()

        for changes, kind in ((False, "check"), (True, "disturbed")):
            with self.subTest(changes=changes):
                done.clear()
                thread = threading.Thread(target=reserve)
                if changes:
                    thread.start()
                try:
                    text = subprocess.run(
                        [program("bad_pool_cases"), "--case", "wrong_count"], timeout=300,
                        stdout=subprocess.PIPE, check=False, encoding="utf-8",
                        env={**beside_others(), "HUGEPROOF_POOL_USER": known}).stdout
                finally:
                    done.set()
                    if changes:
                        thread.join()
                self.assertIn(f"  kind: {kind}\n", text)

    def test_leak(self) -> None:
        """Pages kept beyond the case are a leak, named by counter."""
        done = run("bad_pool_cases", "keeps_pages")
        segment = re.search(r"# segment (\d+)", done.text)
        assert segment
        subprocess.run(["ipcrm", "-m", segment.group(1)], check=True)
        yaml = done.points["keeps_pages"].yaml
        self.assertEqual((done.status, yaml["kind"]), (1, "leak"))
        self.assertRegex(yaml["got"], r"hugetlb\.\w+\.rsvd 1 \(was 0\)")
        # The program could not remove its pages while the segment held one.
        # It asked for the old size: what it could not free became surplus, now gone.

    def test_a_leak_lasts(self) -> None:
        """Pages that come back by themselves belonged to another process that nothing showed."""
        with subprocess.Popen(
                [program("bad_pool_cases"), "--case", "keeps_pages"], stdout=subprocess.PIPE,
                env=beside_others(),
                encoding="utf-8") as child:
            assert child.stdout
            text, timers = "", []
            for line in child.stdout:
                text += line
                segment = re.match(r"# segment (\d+)", line)
                if segment:
                    # This is longer than the frame waits for memory that is freed after an exit.
                    timers.append(threading.Timer(2.5, subprocess.run, (
                        ["ipcrm", "-m", segment.group(1)],)))
                    timers[-1].start()
            for timer in timers:
                timer.join()
        self.assertEqual(child.returncode, 1, text)
        self.assertIn("kind: disturbed", text)
        self.assertRegex(text, r"the pools were as before the case again \d+ ms later")

    def test_stopped_while_it_waits_for_pages(self) -> None:
        """A signal also ends the program while it waits for pages that the case has not freed."""
        with subprocess.Popen([program("bad_pool_cases"), "--case", "keeps_pages"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            assert child.stdout
            segment = None
            for line in child.stdout:
                segment = re.match(r"# segment (\d+)", line)
                if segment:
                    break
            time.sleep(0.1)
            child.send_signal(signal.SIGTERM)
            text = child.communicate(timeout=20)[0]
        assert segment
        subprocess.run(["ipcrm", "-m", segment.group(1)], check=True)
        self.assertEqual((child.returncode, text), (2, "Bail out! stopped by SIGTERM\n"))

    def test_leaker_is_named(self) -> None:
        """A program that needs the pool to itself names the program that left it changed, if
        known."""
        segment = re.search(r"# segment (\d+)", run("bad_pool_cases", "keeps_pages").text)
        assert segment
        try:
            for leaked, words in (
                    ("", r"but of \d+ pages \d+ are in use"),
                    ("hugetlb/x: hugetlb.12K.free -2", r"but of \d+ pages \d+ are in use"),
                    ("a/b: hugetlb.12K.free -2, hugetlb/x@2M: hugetlb.2M.rsvd +3",
                     r"but hugetlb/x@2M left 3 pages reserved"),
                    ("hugetlb/x@2M: hugetlb.2M.free -1", r"but hugetlb/x@2M left 1 page in use")):
                done = subprocess.run(
                    [os.path.join(BUILD, "tests/hugetlb/overcommit"), "--page-size", "2M"],
                    stdout=subprocess.PIPE, env=dict(os.environ, HUGEPROOF_LEAKED=leaked),
                    check=True, encoding="ascii")
                self.assertRegex(done.stdout, "SKIP needs the pool to itself, " + words)
        finally:
            subprocess.run(["ipcrm", "-m", segment.group(1)], check=True)

    def test_pool_restored(self) -> None:
        """A pool that was resized by a case that is killed has its old size again."""
        self.assertEqual(self.failed("resizes_and_dies", "bad_pool_cases")["got"],
                         "killed by SIGKILL")

    def test_resized_by_another(self) -> None:
        """A change by an administrator is no leak and no wrong count: the case is tried again."""
        path = glob.glob("/sys/kernel/mm/hugepages/*/nr_hugepages")
        before = {name: pools()[name] for name in path}
        for case in ("resized", "resized_meanwhile", "resized_always", "resized_and_wrong"):
            most = "1000" if case == "resized_always" else "4"
            if max(map(int, before.values())) > 3:
                self.skipTest("needs a small pool")
            try:
                done = run("bad_pool_cases", case.replace("_always", ""),
                           options=["--param", f"most={most}"])
            finally:
                for name, value in before.items():
                    with open(name, "w", encoding="ascii") as file:
                        file.write(value)
            point, = done.points.values()
            if case in ("resized", "resized_meanwhile"):
                self.assertTrue(point.ok, done.text)
                self.assertRegex(point.yaml["tries"][0], r"another process set the pool "
                                 r"of \d+ kB to 4 pages, it had 3")
            elif case == "resized_always":
                self.assertEqual(point.yaml["kind"], "leak", done.text)
                self.assertEqual(len(point.yaml["tries"]), 2)
            else:
                self.assertEqual(point.yaml["kind"], "check", done.text)

    def test_another_size_resized_by_another(self) -> None:
        """The same of a pool that the case did not resize, while it resized its own."""
        before = {name: pools()[name] for name in glob.glob(
            "/sys/kernel/mm/hugepages/*/nr_hugepages")}
        if any(map(int, before.values())):
            self.skipTest("needs empty pools")
        try:
            done = run("bad_pool_cases", "other_resized", options=["--param", "most=1"])
        finally:
            for name, value in before.items():
                with open(name, "w", encoding="ascii") as file:
                    file.write(value)
        point, = done.points.values()
        if point.skip.startswith("needs"):
            self.skipTest(point.skip)
        self.assertTrue(point.ok, done.text)
        self.assertRegex(point.yaml["tries"][0], r"another process set the pool of \d+ kB to 1 "
                         r"pages, it had 0")

    def test_leave(self) -> None:
        """hp_pool_leave does what it says."""
        self.assertEqual(run("bad_pool_cases", "leaves_exactly").status, 0)

    def test_no_such_size(self) -> None:
        """A page size that the kernel lacks is one line and exit status 2."""
        done = run("bad_pool_cases", options=["--page-size", "12K"])
        self.assertEqual((done.status, done.text.count("\n")), (2, 1), done.text)


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(c)
        for c in (Unread, FrameTest, UndoTest, PoolTest))
    sys.exit(not runner.run(suite).wasSuccessful())
