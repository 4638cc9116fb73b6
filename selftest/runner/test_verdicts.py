#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deliberately bad programs: each gets its verdict, the run continues, everything is restored."""
from __future__ import annotations

import os
import subprocess
import unittest
from typing import Any, Dict, Optional, Tuple

import support
from support import GOOD

SHM = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
size = int(open('/sys/kernel/mm/hugepages/hugepages-%(kb)dkB/nr_hugepages').read())
shift = (%(kb)d * 1024).bit_length() - 1
shmid = libc.shmget(0, ctypes.c_size_t(2 * %(kb)d * 1024), 0o600 | 0o1000 | 0o4000 | shift << 26)
assert shmid >= 0, os.strerror(ctypes.get_errno())
libc.shmat.restype = ctypes.c_void_p
area = libc.shmat(shmid, None, 0)
ctypes.memset(area, 1, 2 * %(kb)d * 1024)
"""
FORKED = """
import os, signal, time
reader, writer = os.pipe()
if os.fork() == 0:
    %s
    os.close(1); os.close(2)
    os.write(writer, b'x')
    time.sleep(600)
os.read(reader, 1)
"""
KMSG = "import os\nfd = os.open('/dev/kmsg', os.O_WRONLY)\nos.write(fd, b'%s')\nos.close(fd)\n"
# A line without a newline is not shown until another follows it: the worst case.

SOURCES = [{"kind": "man", "value": "mmap(2)"}]

# name -> (body, verdict, part of the reason, options of describe)
BAD: Dict[str, Tuple[str, str, Optional[str], Dict[str, Any]]] = {
    "crashes": ("import os\nprint('1..2\\nok 1 - a', flush=True)\nos.kill(os.getpid(), 11)\n",
                "crash", "SIGSEGV", {}),
    "hangs": ("import time\ntime.sleep(600)\n", "timeout", "ended by SIGTERM", {}),
    "ignores_term": ("import signal, time\nsignal.signal(15, signal.SIG_IGN)\n"
                     "print('1..2', flush=True)\ntime.sleep(600)\n",
                     "timeout", "ended by SIGKILL", {}),
    "late_fork": (FORKED % "pass" + GOOD, "leak", "process", {}),
    "late_setsid": (FORKED % "os.setsid(); signal.signal(15, signal.SIG_IGN)" + GOOD,
                    "leak", "process", {}),
    "says_bug": (support.SAYS % "BUG: no bug" + GOOD, "kernel", "BUG: no bug",
                 {"sources": SOURCES}),
    "has_sources": (GOOD, "pass", None, {"sources": SOURCES}),
    "says_what_is_allowed": (support.SAYS % "BUG: by design" + GOOD, "pass", None,
                             {"log_allows": ["BUG: by design"]}),
    # A process is not the kernel, whatever its name.
    "is_called_bug": (support.DIES_AS % "BUG: a name" + GOOD, "pass", None, {}),
    "is_called_more": (support.DIES_AS % "x\\nBUG: it\\n" + GOOD, "pass", None, {}),
    "writes_bug": (KMSG % "Out of memory: says a process" + GOOD, "pass", None, {}),
    "broken_tap": ("print('1..2\\nok 1 - a\\nwhat is this\\nok 2 - b')\n", "broken",
                   "what is this", {}),
    "bad_block": ("print('1..2\\nok 1 - a\\n  ---\\n  x: {\\n  ...\\nok 2 - b')\n", "broken",
                  "YAML block", {}),
    "much_notes": ("sys.stdout.write(('# ' + 'x' * 98 + '\\n') * 100000)\n"
                   "sys.stderr.write('y' * 5000000)\n" + GOOD, "pass", None, {}),
    "much_garbage": ("sys.stdout.write('x' * 10000000)\n" + GOOD, "broken", "more than", {}),
    "no_plan": ("print('ok 1 - a\\nok 2 - b')\n", "broken", "no plan", {}),
    "no_tap": ("pass\n", "broken", "no TAP", {}),
    "wrong_plan": ("print('1..3\\nok 1 - a\\nok 2 - b')\n", "broken", "planned 3 points", {}),
    "case_missing": ("print('1..1\\nok 1 - a')\n", "broken", "not reported", {}),
    "unknown_case": ("print('1..3\\nok 1 - a\\nok 2 - b\\nok 3 - c')\n", "broken",
                     "point c is no case", {}),
    "twice": ("print('1..2\\nok 1 - a\\nok 2 - a')\n", "broken", "point a twice", {}),
    "no_name": ("print('1..2\\nok 1\\nok 2 - b')\n", "broken", "without a name", {}),
    "wrong_number": ("print('1..2\\nok 1 - a\\nok 7 - b')\n", "broken", "number 7", {}),
    "binary": ("import os\nos.write(1, bytes(range(256)) * 300)\n", "broken", "not TAP", {}),
    "zero_with_failure": ("print('1..2\\nok 1 - a\\nnot ok 2 - b')\n", "fail",
                          "exit status 0 with a failed point", {}),
    "one_without_failure": (GOOD + "sys.exit(1)\n", "broken", "exit status 1 without", {}),
    "strange_exit": (GOOD + "sys.exit(77)\n", "broken", "77", {}),
    "bails": ("print('TAP version 14\\nBail out! no mount')\nsys.exit(2)\n", "broken",
              "no mount", {}),
    "wrong_use": ("sys.stderr.write('no such option\\n')\nsys.exit(2)\n", "broken",
                  "no such option", {}),
    "fails": ("print('1..2\\nok 1 - a\\nnot ok 2 - b\\n  ---\\n  at: \"x.c:3\"\\n"
              "  expected: \"4\"\\n  got: \"5\"\\n  ...')\nsys.exit(1)\n", "fail",
              "x.c:3: expected 4, got 5", {}),
    "point_leaks": ("print('1..2\\nok 1 - a\\nnot ok 2 - b\\n  ---\\n  kind: \"leak\"\\n"
                    "  got: \"Free 5\"\\n  ...')\nsys.exit(1)\n", "leak", "Free 5", {}),
    "skips": ("print('1..0 # SKIP needs 2 NUMA nodes, this machine has 1')\n", "skip",
              "needs 2 NUMA nodes", {}),
    "skips_without_reason": ("print('1..0')\n", "broken", "without a reason", {}),
    "poisons": (GOOD, "skip", "--allow-poison", {"poisons": True}),
    "good": (GOOD, "pass", None, {}),
}
DESCRIBES = {
    "describe_hangs": ("import time\ntime.sleep(600)\n", "did not answer"),
    "describe_garbage": ("print('{')\n", "not JSON"),
    "describe_wrong": ("print('[1]')\n", "not a JSON object"),
    "describe_deep": ("print('[' * 100000)\n", "not JSON"),
    "describe_much": ("print('x' * 3000000)\n", "more than 1 MB"),
    "describe_dies": ("sys.exit(3)\n", "exit status 3"),
    "describe_refuses": ("print('no\\nwonder', file=sys.stderr)\nsys.exit(2)\n",
                         "--describe: exit status 2: no"),
    "describe_lies": ("print('{\"format\": 1, \"name\": \"other\"}')\n", "name is 'other'"),
}


@support.needs_root
class Verdicts(unittest.TestCase):
    """One run with all of them; the tests check its record."""

    programs: support.Programs
    before: Dict[str, str]
    after: Dict[str, str]
    done: "subprocess.CompletedProcess[str]"
    record: Dict[str, Dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.programs = programs = support.Programs()
        cls.addClassCleanup(programs.close)
        for name, (body, _, _, says) in BAD.items():
            programs.add(name, body, **says)
        for name, (body, _) in DESCRIBES.items():
            programs.add_text(name, support.SHEBANG + "import sys\n" + body)
        programs.add_text("not_executable_format", "\0\0\0\0")
        size = support.small_size()
        if size:
            from runner.text import size_kb
            programs.add("keeps_segment", SHM % {"kb": size_kb(size)} + GOOD, area="keep",
                         page_sizes="hugetlb", needs=["hugetlb:2"])
        programs.add("last", GOOD, area="zz")
        support.let_the_kernel_say(cls)
        cls.before = support.settings()
        cls.done = programs.run("func", base_seconds=0.5)
        cls.after = support.settings()
        cls.record = programs.record()

    def test_every_program_has_its_verdict(self) -> None:
        for name, (_, verdict, words, _) in BAD.items():
            with self.subTest(name):
                result = self.record[f"bad/{name}"]
                self.assertEqual(result["verdict"], verdict, result["reason"])
                if words is None:
                    self.assertIsNone(result["reason"])
                else:
                    self.assertIn(words, result["reason"])

    def test_what_failed_says_whose_promise_was_broken(self) -> None:
        self.assertEqual(self.record["bad/says_bug"]["sources"], SOURCES)
        self.assertNotIn("sources", self.record["bad/has_sources"])

    def test_a_wrong_description_is_broken(self) -> None:
        for name, (_, words) in DESCRIBES.items():
            with self.subTest(name):
                result = self.record[f"bad/{name}"]
                self.assertEqual(result["verdict"], "broken")
                self.assertIn(words, result["reason"])
        self.assertIn("cannot be started", self.record["bad/not_executable_format"]["reason"])

    def test_the_run_goes_on_to_the_last(self) -> None:
        self.assertEqual(self.record["zz/last"]["verdict"], "pass")
        self.assertEqual(self.done.returncode, 1, self.done.stderr)
        self.assertRegex(self.done.stdout.splitlines()[-1],
                         r"^\d+ passed, \d+ failed, \d+ broken, \d+ skipped$")

    def test_nothing_is_left_changed(self) -> None:
        self.assertEqual(self.before, self.after)
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/cmdline", "rb") as file:
                        self.assertNotIn(self.programs.path.encode(), file.read())
                except (FileNotFoundError, ProcessLookupError):
                    continue

    def test_points_after_a_crash_are_listed(self) -> None:
        points = {p["name"]: p for p in self.record["bad/crashes"]["points"]}
        self.assertEqual(points["bad/crashes.a"]["verdict"], "pass")
        self.assertEqual(points["bad/crashes.b"]["verdict"], "crash")
        self.assertIn("no result", points["bad/crashes.b"]["reason"])

    def test_much_output_is_kept_in_part(self) -> None:
        result = self.record["bad/much_notes"]
        self.assertGreater(result["dropped"]["standard output"], 8 << 20)
        self.assertGreater(result["dropped"]["standard error"], 3 << 20)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        for stream in ("out", "err"):
            path = os.path.join(folder, "out", f"bad-much_notes.{stream}")
            self.assertLess(os.path.getsize(path), (1 << 20) + 200)
            with open(path, encoding="ascii") as file:
                self.assertIn("more bytes were dropped", file.read().splitlines()[-1])

    def test_a_process_left_is_named_and_ended(self) -> None:
        for name in ("late_fork", "late_setsid"):
            self.assertEqual(len(self.record[f"bad/{name}"]["left"]["processes"]), 1)

    def test_a_segment_left_is_a_leak_with_its_counters(self) -> None:
        size = support.small_size()
        if not size:
            self.skipTest("needs huge pages")
        result = self.record[f"keep/keeps_segment@{size}"]
        self.assertEqual(result["verdict"], "leak", result["reason"])
        self.assertIn("SysV segment", result["left"]["segments"][0])
        self.assertEqual(result["counters"]["delta"][f"hugetlb.{size}.free"], -2)
        self.assertGreaterEqual(result["rest_ms"], 1000)

    def test_complaints_are_recorded(self) -> None:
        line, = self.record["bad/says_bug"]["complaints"]
        self.assertEqual(line, "BUG: no bug")
        allowed = self.record["bad/says_what_is_allowed"]
        self.assertEqual(allowed["complaints"], [])
        self.assertEqual(allowed["log"], ["BUG: by design"])
        wrote = self.record["bad/writes_bug"]
        self.assertNotIn("Out of memory: says a process", wrote["log"])
        self.assertIn("Out of memory: says a process", wrote["log_processes"])
        self.assertRegex(self.record["bad/is_called_bug"]["log"][0], r"^BUG: a name\[\d+\]: ")
        self.assertRegex(self.record["bad/is_called_more"]["log"][0], r"^x\?BUG: it\?\[\d+\]: ")


LEAKS = """
path = '/sys/kernel/mm/hugepages/hugepages-%dkB/nr_hugepages'
pages = int(open(path).read()) + 1
open(path, 'w').write(str(pages))
""" + GOOD
HINDERED = """
import os
told = os.environ.get('HUGEPROOF_LEAKED', '')
if told:
    print('TAP version 14')
    print(f'1..0 # SKIP needs the pool to itself, but bad/a_leaks left a page ({told})')
    sys.exit()
""" + GOOD


@support.needs_pool
class Leaks(support.Case):
    """A leak on a machine that is not rebooted: the programs that could not run are reported, and
    which one caused this."""

    def test_who_could_not_run_makes_the_run_incomplete(self) -> None:
        from runner.record import find_run, load
        from runner.text import size_kb
        size = support.small_size()
        assert size
        path = f"/sys/kernel/mm/hugepages/hugepages-{size_kb(size)}kB/nr_hugepages"
        with open(path, encoding="ascii") as file:
            before = file.read()
        self.programs.add("a_leaks", LEAKS % (size_kb(size) or 0))
        self.programs.add("b_hindered", HINDERED, cases=("a", "b", "c"))
        try:
            done = self.programs.run("func")
        finally:
            with open(path, "w", encoding="ascii") as file:
                file.write(before)
        self.assertEqual(done.returncode, 1, done.stderr)
        record = self.programs.record()
        self.assertEqual(record["bad/a_leaks"]["verdict"], "leak")
        self.assertIn(f"bad/a_leaks: hugetlb.{size}.total +1", record["bad/b_hindered"]["reason"])
        self.assertIn("Not complete:\n  3 points could not run because bad/a_leaks left "
                      f"hugetlb.{size}.free +1, hugetlb.{size}.total +1\n", done.stdout)
        run = load(find_run("latest", self.programs.results))[0]
        self.assertEqual([(entry["name"], entry["points"], entry["by"])
                          for entry in run["hindered"]], [("bad/b_hindered", 3, "bad/a_leaks")])
        self.assertEqual(run["summary"]["hindered"], 3)


if __name__ == "__main__":
    support.main()
