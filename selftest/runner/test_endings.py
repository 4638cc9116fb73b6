#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The time from a signal to the end of the last process: every command, every signal, with
programs, tools and a QEMU that do not end by themselves."""
from __future__ import annotations

import contextlib
import ctypes
import glob
import importlib.util
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from typing import Any, Callable, Dict, List, Sequence, Union
from unittest import mock

import support
from runner import endings, programs
from runner.endings import Signals, run_tool
from runner.errors import Interrupted, Refused
from runner.lab import cache
from runner.observe import processes
from runner.watch import console
from support import GOOD

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# The limit is a second on an idle machine; here other processes may be running.
MOST_SECONDS = 1.0
PATIENCE = 20.0
_PR_SET_CHILD_SUBREAPER = 36
Mark = Union[str, float, Callable[[], bool], None]

# Ignores signals to end, and so do its children, one in a separate session.
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
for session in (False, True):
    if os.fork() == 0:
        if session:
            os.setsid()
        time.sleep(600)
open(%r, 'w').close()
time.sleep(600)
"""
TOOL = """#!/bin/sh
trap '' TERM INT HUP QUIT
sleep 600 &
: > %s
while :; do sleep 600; done
"""

# QEMU is confined and cannot write the mark file.
SHUT_IN = """#!/bin/sh
trap '' TERM INT HUP QUIT
sleep 615 &
while :; do sleep 600; done
"""
# Prints 6 MB on the console at once, again and again.
TALKS = support.SHEBANG + """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
line = b'[   12.345678][   T12] words of a kernel that never comes to an end of what it says\\n'
console = next(word for word in sys.argv if word.endswith(',set=1')).split(',')[0][len('fd='):]
with open(int(console), 'ab', buffering=0) as file:
    while True:
        for _ in range(6):
            file.write(line * 12000)
        time.sleep(0.5)
"""


def allowance() -> float:
    """How much longer than on an idle machine something may take at present."""
    try:
        with open("/proc/pressure/cpu", encoding="ascii") as file:
            share = float(file.readline().split("avg10=")[1].split()[0]) / 100
    except (OSError, IndexError, ValueError):
        share = 0.0
    return 1.0 + 2.0 * share + max(0.0, os.getloadavg()[0] / (os.cpu_count() or 1) - 1)


class Timed(support.Case):
    """A test that measures how long a command takes to end."""

    longest: Dict[str, float] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.longest = {}
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @classmethod
    def tearDownClass(cls) -> None:
        for name, took in cls.longest.items():
            print(f"# {name}: at most {took * 1000:.0f} ms from the signal to the last process "
                  "gone", flush=True)
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def setUp(self) -> None:
        super().setUp()
        self.mark = os.path.join(self.programs.path, "mark")
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(
            self.programs.path, "cache"))

    def ended(self, number: int, argv: List[str], mark: Mark,
              again: Sequence[float] = ()) -> "subprocess.CompletedProcess[str]":
        """Starts it, waits for the file `mark`, until it is true, or so many seconds,
        sends the signal, and SIGTERM `again` after so many seconds. Fails where something is
        left for too long."""
        child = subprocess.Popen(argv, cwd=self.programs.path, env=self.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, encoding="utf-8")
        try:
            self._wait(child, mark)
            self._wait_until_caught(child, number)
            began = time.monotonic()
            child.send_signal(number)
            for after in again:
                time.sleep(max(0.0, began + after - time.monotonic()))
                child.send_signal(signal.SIGTERM)
            out, err = child.communicate(timeout=PATIENCE)
            while self._below() and time.monotonic() - began < PATIENCE:
                time.sleep(0.005)
            took = time.monotonic() - began
            self.assertEqual(self._below(), [], "left behind")
        finally:
            child.kill()
            for pid in self._below():
                os.kill(pid, signal.SIGKILL)
            child.wait()
        name = self.id().rpartition(".")[2]
        type(self).longest[name] = max(took, self.longest.get(name, 0.0))
        self.assertLess(took, MOST_SECONDS * allowance(), f"{name}: {err}")
        self.assertNotIn("Traceback", err)
        return subprocess.CompletedProcess(argv, child.returncode, out, err)

    def _wait(self, child: "subprocess.Popen[str]",
              mark: Mark) -> None:
        if mark is None or isinstance(mark, float):
            time.sleep(mark or 0.5)
            return
        ends = time.monotonic() + PATIENCE
        while not (mark() if callable(mark) else os.path.exists(mark)):
            if child.poll() is not None or time.monotonic() > ends:
                self.fail(f"{mark} did not come: {child.communicate()}")
            time.sleep(0.002)

    @staticmethod
    def _wait_until_caught(child: "subprocess.Popen[str]", number: int) -> None:
        """Waits until it has a handler: before that, the signal kills it like every process."""
        ends = time.monotonic() + PATIENCE
        while child.poll() is None and time.monotonic() < ends:
            with open(f"/proc/{child.pid}/status", encoding="utf-8") as file:
                caught = next((line.split()[1] for line in file
                               if line.startswith("SigCgt:")), "0")
            if int(caught, 16) >> (number - 1) & 1:
                return
            time.sleep(0.002)

    @staticmethod
    def _below() -> List[int]:
        """The living descendants of this process."""
        try:
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if not found:
                    break
                os.waitpid(found.si_pid, 0)
        except ChildProcessError:
            return []
        return [p.pid for p in processes.descendants(os.getpid()) if not processes.dying(p)]

    def reported(self, done: "subprocess.CompletedProcess[str]", number: int, *words: str) -> None:
        """Expects exit status 2, and one line that names the signal."""
        begun = [line for line in done.stderr.splitlines() if line.startswith("building ")]
        done.stderr = "".join(line + "\n" for line in done.stderr.splitlines()
                              if line not in begun)
        self.refused(done, "interrupted by " + signal.Signals(number).name, *words)

    def each(self, run: Any, numbers: Sequence[int] = SIGNALS) -> None:
        """Does it with every signal."""
        for number in numbers:
            with self.subTest(signal.Signals(number).name):
                if os.path.exists(self.mark):
                    os.unlink(self.mark)
                run(number)


@support.needs_root
class Programs(Timed):
    """Programs that ignore SIGTERM."""

    def _run(self, command: str, kind: str, numbers: Sequence[int]) -> None:
        self.programs.add("a_first", GOOD, area=kind, kind=kind)
        self.programs.add("b_stubborn", STUBBORN % self.mark + GOOD, area=kind, kind=kind,
                          seconds=60)

        def cut(number: int) -> None:
            shutil.rmtree(self.programs.results, ignore_errors=True)
            done = self.ended(number, self.programs.command(command), self.mark)
            self.reported(done, number, "--resume")
            self.assertEqual(list(self.programs.record()), [f"{kind}/a_first"])
        self.each(cut, numbers)

    def test_func(self) -> None:
        self._run("func", "func", SIGNALS)

    def test_stress(self) -> None:
        self._run("stress", "race", SIGNALS[:2])

    def test_perf(self) -> None:
        self._run("perf", "load", SIGNALS[2:])

    def test_describing(self) -> None:
        self.programs.add_text("slow", support.SHEBANG + STUBBORN % self.mark)
        for word, numbers in (("list", SIGNALS[:2]), ("func", SIGNALS[2:])):
            self.each(lambda number, word=word: self.reported(
                self.ended(number, self.programs.command(word), self.mark), number), numbers)

    def test_describing_has_a_limit_that_follows_the_scale(self) -> None:
        self.programs.add_text("slow", support.SHEBANG + "import time\ntime.sleep(600)\n")
        signals = Signals()
        self.addCleanup(signals.close)
        for scale in (1.0, 3.0):
            program = programs.Program(os.path.join(
                self.programs.path, "tests", "bad", "slow"), "bad", "slow")
            began = time.monotonic()
            with mock.patch.object(programs, "DESCRIBE_SECONDS", 0.3):
                programs.describe(program, signals, scale)
            self.assertGreaterEqual(time.monotonic() - began, 0.3 * scale)
            self.assertIn(f"did not answer within {0.3 * scale:g} s", program.broken or "")

    @support.needs_pool
    def test_what_was_changed_is_put_back_though_signals_go_on(self) -> None:
        pool: Dict[str, Any] = {}
        if support.small_size():
            pool = {"page_sizes": "hugetlb", "needs": ["hugetlb:2"]}
        self.programs.add("stubborn", STUBBORN % self.mark + GOOD, seconds=60, **pool)
        before = support.settings()

        def cut(number: int) -> None:
            done = self.ended(number, self.programs.command("func"), self.mark,
                              (0.05, 0.3, 0.42, 0.44, 0.46, 0.48, 0.5))
            self.reported(done, number, "settings restored")
            self.assertEqual(support.settings(), before)
        self.each(cut, SIGNALS[1:2])


class Pages(Timed):
    """Commands that only read a record."""

    def _record(self, points: int) -> str:
        """A run of so many points."""
        self.programs.add("good", GOOD)
        self.assertEqual(self.programs.run("func").returncode, 0)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        with open(os.path.join(folder, "results.jsonl"), encoding="utf-8") as file:
            result = json.loads(file.readline())
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="utf-8") as file:
            for number in range(points):
                result["name"] = f"bad/good@{number}"
                file.write(json.dumps(result) + "\n")
        return folder

    def test_report(self) -> None:
        self._record(10000)
        formats = ["--html"] if importlib.util.find_spec("jinja2") else ["--junit", "--tap"]
        self.each(lambda number: self.reported(self.ended(
            number, self.programs.command("report", "latest", *formats), None), number),
            SIGNALS[1:3])
        left = os.listdir(os.path.join(self.programs.results, os.listdir(
            self.programs.results)[0]))
        self.assertEqual([name for name in left if "tmp" in name], [])

    @unittest.skipUnless(importlib.util.find_spec("scipy"), "needs scipy")
    def test_compare(self) -> None:
        """compare computes for a long time, also in C."""
        chance = random.Random(1)
        for name in ("old", "new"):
            folder = os.path.join(self.programs.results, name)
            os.makedirs(folder)
            lines = []
            for repeat in range(1, 9):
                for load in range(30):
                    count = [chance.randrange(1, 30) for _ in range(100)]
                    metric = {"name": "m", "unit": "ns", "better": "lower", "count": sum(count),
                              "min": 1, "max": 100,
                              "histogram": [word for many in count for word in (1, many)]}
                    where = f"load/p{load}" + (f"#{repeat}" if repeat > 1 else "")
                    lines.append({"name": where, "verdict": "pass", "points": [
                        {"name": where.replace("#", ".a#") if repeat > 1 else where + ".a",
                         "verdict": "pass", "reason": None,
                         "diagnostics": {"metrics": [metric]}}]})
            with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
                json.dump({"format": 1, "run": name, "kind": "load", "seed": 1, "nodes": 1,
                           "plan": [line["name"] for line in lines],
                           "kernel": {"release": "6.12", "version": "#1"}}, file)
            with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
        for late in (1.0, 2.5):
            self.reported(self.ended(signal.SIGTERM, self.programs.command(
                "compare", "old", "new", "--results", self.programs.results),
                late), signal.SIGTERM)


class Tools(Timed):
    """Tools of the lab, and QEMU, that ignore SIGTERM."""

    def setUp(self) -> None:
        super().setUp()
        self.bin = os.path.join(self.programs.path, "bin")
        os.mkdir(self.bin)
        self.environment["PATH"] = self.bin + ":" + os.environ["PATH"]
        for name in ("flex", "bison", "bc", "lz4", "busybox", "make"):
            self.tool(name, "#!/bin/sh\nexit 0\n")
        self.tool("gcc", "#!/bin/sh\necho 12\n")
        self.tool("cpio", "#!/bin/sh\ncat > /dev/null\n")
        self.kernel = os.path.join(self.programs.path, "kernel")
        with open(self.kernel, "wb") as file:
            file.write(b"\0" * 0x202 + b"HdrS" + b"\0" * 0x200)

    def tool(self, name: str, text: str) -> None:
        """Adds a tool that is found before the machine's own."""
        path = os.path.join(self.bin, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def lab(self, *words: str) -> List[str]:
        """A command line."""
        return ["/usr/bin/python3", os.path.join(support.HERE, "wrap.py"), "{}", *words]

    def test_build(self) -> None:
        tree = os.path.join(self.programs.path, "linux")
        os.makedirs(os.path.join(tree, "kernel", "configs"))
        for name, text in (("Makefile", "VERSION = 6\nPATCHLEVEL = 12\n"),
                           ("kernel/configs/tiny.config", ""),
                           ("kernel/configs/tiny-base.config", "")):
            with open(os.path.join(tree, name), "w", encoding="ascii") as file:
                file.write(text)
        self.tool("make", TOOL % self.mark)
        self.each(lambda number: self.reported(self.ended(
            number, self.lab("lab", "build", "--source", tree), self.mark), number), SIGNALS[:2])

    @support.needs_root
    def test_measuring_the_accelerator(self) -> None:
        self.tool("qemu-system-x86_64", SHUT_IN)
        for words, numbers in (
                (("lab", "run", "--kernel", self.kernel, "--", "func"), SIGNALS[2:]),
                (("compare", "--kernels", self.kernel, self.kernel), SIGNALS[:2])):
            if words[0] == "compare" and not importlib.util.find_spec("scipy"):
                continue
            self.each(lambda number, words=words: self.reported(self.ended(
                number, self.lab(*words), self._sleeps), number), numbers)

    @support.needs_root
    def test_a_guest_that_never_stops_talking(self) -> None:
        self.tool("qemu-system-x86_64", TALKS)
        self.programs.add("good", GOOD)
        folder = os.path.join(self.programs.path, "cache", "hugeproof", "lab")
        os.makedirs(folder)
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            known = {"boot_id": file.read().strip(), "slowdown": {"tcg": 10.0}, "wrong": {}}
        with open(os.path.join(folder, "accel.json"), "w", encoding="ascii") as file:
            json.dump(known, file)
        self.each(lambda number: self.reported(self.ended(number, self.lab(
            "lab", "run", "--kernel", self.kernel, "--accel", "tcg", "--results",
            self.programs.results, "--", "func", "--programs", self.programs.path), self._talked),
            number), SIGNALS[1:3])

    @staticmethod
    def _sleeps() -> bool:
        """Whether the QEMU that ignores signals has begun to sleep."""
        for process in processes.descendants(os.getpid()):
            try:
                with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                    if file.read() == b"sleep\x00615\x00":
                        return True
            except OSError:
                pass
        return False

    def _talked(self) -> bool:
        """Whether the newest guest has printed much."""
        logs = sorted(glob.glob(os.path.join(self.programs.results, "*", "console.log")))
        return bool(logs) and os.path.getsize(logs[-1]) > 5 << 20


class Within(unittest.TestCase):
    """The parts, in this process."""

    def setUp(self) -> None:
        # After a signal all others are ignored, so that ending happens only once.
        for number in SIGNALS:
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def test_a_signal_before_we_listen(self) -> None:
        """While modules are loaded, a signal ends the process as usual, without a traceback."""
        with tempfile.TemporaryDirectory() as folder:
            for number in SIGNALS:
                with open(os.path.join(folder, "argparse.py"), "w", encoding="ascii") as file:
                    file.write(f"import os\nos.kill(os.getpid(), {int(number)})\n")
                done = subprocess.run(
                    ["/usr/bin/python3", os.path.join(support.TOP, "run_tests.py"), "--version"],
                    env=dict(os.environ, PYTHONPATH=folder), stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, check=False)
                self.assertEqual((done.returncode, done.stdout), (-number, b""))

    def test_a_tool_has_a_limit_and_takes_its_children_along(self) -> None:
        began = time.monotonic()
        with self.assertRaisesRegex(Refused, "this takes: not done after 0.2 s"):
            run_tool(["/bin/sh", "-c", "trap '' TERM; sleep 611 & sleep 612"], "this takes", 0.2)
        self.assertLess(time.monotonic() - began, 2.0 * allowance())
        time.sleep(0.05)
        self.assertEqual(self._running("sleep", "611"), [])

    @staticmethod
    def _running(*words: str) -> List[str]:
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if file.read().split(b"\0")[:-1] == [word.encode() for word in words]:
                        found.append(pid)
            except OSError:
                continue
        return found

    def test_a_tool_gets_its_input_and_gives_its_output(self) -> None:
        slow = ["/bin/sh", "-c", "sleep 0.3; cat"]
        done = run_tool(slow, "cat", 60.0, b"x" * 300000, stdout=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (0, b"x" * 300000))

    def test_tools_of_other_threads_end_as_well(self) -> None:
        signals = Signals()
        self.addCleanup(signals.close)
        ended: List[str] = []

        def work() -> None:
            try:
                run_tool(["/bin/sh", "-c", "trap '' TERM; sleep 613 & sleep 614"], "x", 60.0)
            except Interrupted as interrupted:
                ended.append(str(interrupted))
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - began, MOST_SECONDS * allowance())
        self.assertEqual(ended, ["SIGTERM"] * 3)
        self.assertEqual(self._running("sleep", "614"), [])

    def test_a_signal_ends_the_wait_for_another_who_makes_the_same(self) -> None:
        signals = Signals()
        self.addCleanup(signals.close)
        with tempfile.TemporaryDirectory(dir="/run") as folder, cache.locked(folder + "/x"):
            timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
            timer.start()
            began = time.monotonic()
            with self.assertRaises(Interrupted), contextlib.redirect_stderr(io.StringIO()) as said:
                with cache.locked(folder + "/x"):
                    self.fail("held twice")
            self.assertLess(time.monotonic() - began, (0.2 + MOST_SECONDS) * allowance())
            self.assertIn("waiting for another that makes", said.getvalue())

    def test_a_second_signal_does_not_cut_the_clean_up(self) -> None:
        cleaned = False
        with self.assertRaises(Interrupted), endings.raising():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(5)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)
                cleaned = True
        self.assertTrue(cleaned)

    def test_a_signal_waits_until_a_process_is_known(self) -> None:
        endings._raising._last = -endings.AGAIN_SECONDS  # pylint: disable=protected-access
        reached = False
        with self.assertRaises(Interrupted), endings.raising():
            with endings.held():
                os.kill(os.getpid(), signal.SIGHUP)
                time.sleep(0.01)
                reached = True
            self.fail("not raised")
        self.assertTrue(reached)

    def test_a_console_is_looked_at_once(self) -> None:
        looked = 0

        def complained(lines: List[str]) -> List[Any]:
            nonlocal looked
            looked += len(lines)
            return [("bug", line) for line in lines if "BUG" in line]
        data = bytearray()
        said = console.KernelLog(lambda: data, complained)
        for number in range(400):
            data += b"[    1.000000] words\r\n" * 9 + b"[    1.000000] BUG: %d\r\n" % number
            said.look(False)
        self.assertEqual((looked, len(said.lines), len(said.found)), (4000, 4000, 400))
        data += b"[    1.000000] BUG: not en"
        said.look(False)
        self.assertEqual((said.lines[-1], said.found[-1][1]), ("BUG: not en", "BUG: not en"))
        data += b"ded\n"
        said.look(True)
        self.assertEqual((said.lines, len(said.found)), (["BUG: not ended"], 1))


if __name__ == "__main__":
    sys.exit(support.main())
