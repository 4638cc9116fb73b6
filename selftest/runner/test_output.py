#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Output that is full, closed, gone or refused: every command reports this with status 2, a run
continues, and nothing ends in a traceback."""
from __future__ import annotations

import fcntl
import json
import os
import resource
import pty
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

import support
from support import GOOD

FAILS = "print('1..1\\nnot ok 1 - a')\nsys.exit(1)\n"
LOAD = GOOD.replace("    print('  ...', flush=True)", """
    import random
    metric = {'name': 'took', 'unit': 'ns', 'better': 'lower', 'value': random.randint(90, 110)}
    print('  metrics: ' + __import__('json').dumps([metric]))
    print('  ...', flush=True)""")

# Creates a file that must be removed, and dies without removing it.
MAKES = """
import os, signal, sys
from runner.settings.journal import Writer
Writer().record({"undo": "unlink", "path": sys.argv[1]})
open(sys.argv[1], "x").close()
os.kill(os.getpid(), signal.SIGKILL)
"""

# Commands whose result is their output, with the exit status if it can be written.
ANSWERS: Dict[str, Tuple[Tuple[str, ...], int]] = {
    "help": (("--help",), 0), "help_of_func": (("func", "--help"), 0),
    "help_of_lab": (("lab", "run", "--help"), 0), "version": (("--version",), 0),
    "list": (("list",), 0), "list_json": (("list", "--json"), 0), "probe": (("probe",), 0),
    "probe_json": (("probe", "--json"), 0), "report": (("report", "latest"), 1),
    "report_tap": (("report", "latest", "--format", "tap"), 1),
    "report_table": (("report", "latest", "--format", "table"), 1),
    "report_file": (("report", "latest", "--tap"), 1), "mutants": (("mutants", "--list"), 0),
    "restore": (("restore",), 0)}
# Where standard output goes, and the text of the error.
BROKEN = {"full": "No space left", "closed": "Bad file descriptor", "gone": "",
          "dead_terminal": "Input/output error"}


def dead_terminal() -> int:
    """A terminal that has hung up."""
    master, slave = pty.openpty()
    os.close(master)
    return slave


def gone() -> int:
    """A pipe without a reader."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


OPEN: Dict[str, Callable[[], int]] = {
    "full": lambda: os.open("/dev/full", os.O_WRONLY), "gone": gone,
    "dead_terminal": dead_terminal, "closed": lambda: os.open(os.devnull, os.O_WRONLY)}


def closing(numbers: List[int]) -> Callable[[], None]:
    """For the child: these are closed before it starts."""
    def close() -> None:
        for number in numbers:
            os.close(number)
    return close


class Output(support.Case):
    """Commands that report an existing run."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("good", GOOD)
        self.programs.add("fails", FAILS, cases=["a"])
        self.programs.run("func")

    def _run(self, words: Tuple[str, ...], out: Optional[str] = None, err: Optional[str] = None,
             shut: Tuple[int, ...] = (), **more: Any) -> "subprocess.CompletedProcess[str]":
        stdout = OPEN[out]() if out else subprocess.PIPE
        stderr = OPEN[err]() if err else subprocess.PIPE
        close = [*shut, *([1] if out == "closed" else []), *([2] if err == "closed" else [])]
        try:
            return subprocess.run(
                self.programs.command(*words, **more), stdin=subprocess.DEVNULL, stdout=stdout,
                stderr=stderr, cwd=self.programs.path, timeout=300, check=False,
                encoding="utf-8", preexec_fn=closing(close))
        finally:
            for number in (stdout, stderr):
                if number >= 0:
                    os.close(number)

    def test_an_answer_that_does_not_arrive(self) -> None:
        for name, (words, _) in ANSWERS.items():
            for broken, reason in BROKEN.items():
                with self.subTest(command=name, output=broken):
                    done = self._run(words, broken)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    if reason:
                        self.refused(done, "standard output", reason)
                    else:
                        self.assertEqual(done.stderr, "")

    def test_standard_error_does_not_matter(self) -> None:
        for name, (words, status) in ANSWERS.items():
            for broken in ("full", "closed"):
                with self.subTest(command=name, error=broken):
                    self.assertEqual(self._run(words, err=broken).returncode, status)
        for broken in BROKEN:
            for words in (("func", "--nonsense"), ("nonsense",), ("report", "no_such_run")):
                with self.subTest(words=words, error=broken):
                    self.assertEqual(self._run(words, err=broken).returncode, 2)
                    self.assertEqual(self._run(words, broken, broken).returncode, 2)
                    # Nothing had to be printed there: the one line reports what is wrong.
                    self.refused(self._run(words, broken))

    def test_all_is_closed(self) -> None:
        for name, (words, status) in ANSWERS.items():
            with self.subTest(command=name):
                self.assertEqual(self._run(words, shut=(0,)).returncode, status)
                self.assertEqual(self._run(words, "closed", "closed", (0,)).returncode, 2)

    def test_an_encoding_that_cannot_say_it(self) -> None:
        for variables in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"},
                          {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
            for name in ("help", "list", "probe", "report", "report_tap", "report_file"):
                words, status = ANSWERS[name]
                with self.subTest(command=name, variables=variables):
                    done = subprocess.run(self.programs.command(*words), check=False, timeout=300,
                                          cwd=self.programs.path, env={**os.environ, **variables},
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    self.assertEqual((done.returncode, done.stderr), (status, b""))

    def test_a_run_goes_on(self) -> None:
        before = support.settings()["journals"]
        for form in ("plain", "tap", "table", "libhugetlbfs"):
            for out, err in [(broken, None) for broken in BROKEN] + (form == "plain") * [
                    (None, "full"), ("closed", "closed"), ("dead_terminal", "dead_terminal")]:
                with self.subTest(format=form, out=out, err=err):
                    done = self._run(("func", "--format", form), out, err)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertEqual({point["name"]: point["verdict"] for result in
                                      self.programs.record().values()
                                      for point in result["points"]},
                                     {"bad/good.a": "pass", "bad/good.b": "pass",
                                      "bad/fails.a": "fail"})
                    if err is None:
                        self.assertIn("standard output was lost", done.stderr.splitlines()[-1])
                        self.assertNotIn("Traceback", done.stderr)
                    self.assertEqual("output_lost" in self._run_json(), out is not None)
        self.assertEqual(support.settings()["journals"], before)

    def test_races_and_loads_go_on(self) -> None:
        self.programs.add("race_one", GOOD, area="race", kind="race")
        self.programs.add("load_one", LOAD, area="load", kind="load")
        for command in ("stress", "perf"):
            for out in BROKEN:
                with self.subTest(command=command, out=out):
                    done = self._run((command,), out)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("standard output was lost", done.stderr.splitlines()[-1])
                    self.assertIn("output_lost", self._run_json())

    def test_a_terminal_that_hangs_up_meanwhile(self) -> None:
        for name in ("a1", "a2", "a3"):
            self.programs.add(name, "import time\ntime.sleep(0.2)\n" + GOOD)
        master, slave = pty.openpty()
        with subprocess.Popen(self.programs.command("func"), stdin=slave, stdout=slave,
                              stderr=slave, cwd=self.programs.path) as child:
            os.close(slave)
            os.read(master, 10)
            os.close(master)
            self.assertEqual(child.wait(30), 1)
        self.assertEqual(len(self.programs.record()), 5)
        self.assertEqual(self._run_json()["output_lost"], "Input/output error")

    @support.needs_root
    def test_what_is_to_be_restored_is(self) -> None:
        path = os.path.join(self.programs.path, "made")
        for out in BROKEN:
            with self.subTest(out=out):
                subprocess.run([sys.executable, "-B", "-c", MAKES, path], check=False,
                               cwd=support.TOP)
                self.assertTrue(os.path.exists(path))
                self.assertEqual(self._run(("restore",), out).returncode, 2)
                self.assertFalse(os.path.exists(path))

    def _run_json(self) -> Dict[str, Any]:
        from runner.record import find_run
        path = os.path.join(find_run("latest", self.programs.results), "run.json")
        with open(path, encoding="utf-8") as file:
            value: Dict[str, Any] = json.load(file)
            return value

    def test_a_reader_that_reads_late(self) -> None:
        """The pipe is non-blocking, and full when the command writes."""
        self.programs.add("more", GOOD, cases=[f"case_{'x' * 80}_{n}" for n in range(900)])
        for words in (("list", "--all"), ("list", "--json")):
            whole = self._run(words)
            self.assertGreater(len(whole.stdout), 1 << 16)
            with self.subTest(words=words):
                reader, writer = os.pipe()
                os.set_blocking(writer, False)
                with subprocess.Popen(self.programs.command(*words), stdout=writer,
                                      stderr=subprocess.PIPE, cwd=self.programs.path) as child:
                    os.close(writer)
                    self._full(reader)
                    with os.fdopen(reader, encoding="utf-8") as file:
                        self.assertEqual(file.read(), whole.stdout)
                    assert child.stderr
                    self.assertEqual((child.wait(), child.stderr.read()), (0, b""))

    @staticmethod
    def _full(reader: int) -> None:
        """Waits until the pipe is full, or for some seconds."""
        size = fcntl.fcntl(reader, 1032)  # F_GETPIPE_SZ
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            held = int.from_bytes(fcntl.ioctl(reader, 0x541B, bytes(4)), "little")  # FIONREAD
            if held >= size - 4096:
                return
            time.sleep(0.02)

    def test_a_reader_that_never_reads(self) -> None:
        """A run that waits for its reader still ends on a signal."""
        self.programs.add("long", "print('1..1\\nok 1 - a # SKIP ' + 'x' * 350)\n", cases=["a"])
        for blocking in (True, False):
            with self.subTest(blocking=blocking):
                reader, writer = os.pipe()
                fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
                os.set_blocking(writer, blocking)
                os.write(writer, bytes(4096))
                with subprocess.Popen(self.programs.command("func"), stdout=writer,
                                      stderr=subprocess.PIPE, cwd=self.programs.path) as child:
                    os.close(writer)
                    time.sleep(1.5)
                    self.assertIsNone(child.poll())
                    child.send_signal(signal.SIGTERM)
                    began = time.monotonic()
                    self.assertEqual(child.wait(20), 2)
                    self.assertLess(time.monotonic() - began, 2)
                os.close(reader)

    def test_what_is_lacking_is_no_fault_of_anybody(self) -> None:
        """Whatever a resource limit prevents, and where: one line, no traceback."""
        for number, most in ((resource.RLIMIT_NOFILE, 12), (resource.RLIMIT_NOFILE, 20),
                             (resource.RLIMIT_FSIZE, 0)):
            with self.subTest(f"{number}: {most}"):
                done = subprocess.run(
                    ["prlimit", f"--{'nofile' if number == resource.RLIMIT_NOFILE else 'fsize'}="
                     f"{most}:{most}", "setpriv", "--bounding-set=-sys_resource",
                     "--inh-caps=-sys_resource", *self.programs.command("func")],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.programs.path,
                    timeout=60, check=False, universal_newlines=True)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertRegex(done.stderr, "Too many open files|File too large")

    def test_a_fault_of_the_runner_is_no_fault_of_the_kernel(self) -> None:
        for fault in ("runner.session.judge", "runner.report.table.Reporter.result",
                      "runner.report.summary.Summary.text"):
            with self.subTest(fault=fault):
                done = self.programs.run("func", fault=fault)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("RuntimeError: a fault", done.stderr)
                self.assertIn("not of the kernel", done.stderr.splitlines()[-1])
        done = self._run(("func",), "closed", "closed", fault="runner.session.judge")
        self.assertEqual(done.returncode, 2)
        from runner.record import find_run
        kept = os.path.join(find_run("latest", self.programs.results), "error.txt")
        with open(kept, encoding="utf-8") as file:
            self.assertIn("RuntimeError: a fault", file.read())


class Compare(support.Case):
    """compare also writes files, and its status may be a verdict."""

    def test_it(self) -> None:
        for package in ("scipy", "matplotlib", "jinja2", "rich"):
            try:
                __import__(package)
            except ImportError:
                self.skipTest(f"needs {package}")
        self.programs.add("load_one", LOAD, area="load", kind="load")
        for _ in range(2):
            done = self.programs.run("perf")
            self.assertEqual(done.returncode, 0, done.stderr)
        one, other = sorted(os.listdir(self.programs.results))
        words = ["compare", one, other, "--results", self.programs.results]
        for more, status in (([], 2), (["--fail-on", "slower"], 0)):
            for broken in ("full", "closed"):
                with self.subTest(more=more, output=broken):
                    fd = OPEN[broken]()
                    done = subprocess.run(
                        self.programs.command(*words, *more), stdout=fd, check=False,
                        stderr=subprocess.PIPE, encoding="utf-8", cwd=self.programs.path,
                        preexec_fn=closing([1] if broken == "closed" else []))
                    os.close(fd)
                    self.assertEqual(done.returncode, status, done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        done = self.programs.run(*words, "--fail-on", "slower", fault="runner.compare.cli._notes")
        self.assertEqual(done.returncode, 125, done.stderr)


if __name__ == "__main__":
    support.main()
