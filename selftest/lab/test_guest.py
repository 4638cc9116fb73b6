#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab with guests that work, die, hang and are killed; and mutants that are
caught, survive, and do not apply. Builds the lab's kernel if it is not in the cache."""
from __future__ import annotations

import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any, Dict, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

from runner.record import find_run, load  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("abs_top_builddir") or support.TOP
RUN_TESTS = [sys.executable, os.path.join(support.TOP, "run_tests.py")]
# What runs in a whole guest: everything, or what is quick (make check-lab LAB_SUITE=quick).
SUITE = ["--tier", "quick"] if os.environ.get("HUGEPROOF_LAB_SUITE") == "quick" else []

# Code that ends or stops a guest from inside; the runner has a moment to save the output before.
ASKED = """
CASES = [w for before, w in zip(sys.argv, sys.argv[1:]) if before == '--case'] or CASES
"""
ONE_BY_ONE = ASKED + """
import os, signal, time
print('TAP version 14')
print(f'1..{len(CASES)}')
for number, case in enumerate(CASES, 1):
    if case == BAD:
        %s
    print(f'ok {number} - {case}')
    print('  ---')
    print('  duration_ms: 0.1')
    print('  ...', flush=True)
"""
PANICS = "BAD = 'b'" + ONE_BY_ONE % (
    "time.sleep(1); open('/proc/sysrq-trigger', 'w').write('c')")
HANGS = "BAD = 'a'" + ONE_BY_ONE % (
    "os.kill(os.getppid(), signal.SIGSTOP); signal.pause()")
WAITS = """
import os, signal, sys
signal.pause()
"""
TAINTS = support.GOOD + """
open('/proc/sys/kernel/tainted', 'w').write('512')
"""
LEAKS = support.GOOD + """
open('/proc/sys/vm/nr_hugepages', 'w').write('3')
"""
SOUND = "assert open('/proc/sys/vm/nr_hugepages').read() == '0\\n'\n" \
    "assert open('/proc/sys/kernel/tainted').read() == '0\\n'\n" + support.GOOD
UNFIT = """\
// Breaks: nothing, it applies nowhere.
// Seen as: an error of the mutant.
// Caught by: hugetlb/mprotect
// Changes: mm/hugetlb.c 1
@@ @@
- no_such_function();
"""
HARMLESS = """\
// Breaks: nothing that can be seen.
// Seen as: a mutant that survives.
// Caught by: hugetlb/page_sizes
// Changes: mm/hugetlb.c 2
@@ @@
hugetlb_mask_last_page(...)
{
<...
- return 0UL;
+ return 0;
...>
}
"""


def lab(*words: str, timeout: float = 1500, **more: Any) -> "subprocess.CompletedProcess[str]":
    """Runs run_tests.py with these arguments."""
    return subprocess.run([*RUN_TESTS, *words], stdin=subprocess.DEVNULL, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                          errors="replace", check=False, **more)


def guests_of(folder: str) -> List[str]:
    """Processes that have a file open in that folder, as QEMU has its console's log."""
    found = []
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if path.split("/")[2] != str(os.getpid()) and os.readlink(path).startswith(folder):
                found.append(path)
        except OSError:
            continue
    return found


class InGuest(support.Case):
    """A test that boots."""

    def setUp(self) -> None:
        super().setUp()
        self.before = support.settings()

    def tearDown(self) -> None:
        self.assertEqual(support.settings(), self.before)
        self.assertEqual(guests_of(self.programs.results), [])
        super().tearDown()

    def latest(self) -> Dict[str, Dict[str, Any]]:
        """The newest run's points by name."""
        return {p["name"]: p for r in load(find_run("latest", self.programs.results))[1]
                for p in r["points"]}

    def verdicts(self) -> Dict[str, str]:
        """The newest run's verdicts by point."""
        return {name: point["verdict"] for name, point in self.latest().items()}


def needs_newer(reason: str, release: str) -> bool:
    """Whether a skip names a Linux version that has what is missing, newer than this release."""
    named = re.search(r"Linux (\d+)\.(\d+)", reason)
    have = re.match(r"(\d+)\.(\d+)", release)
    return bool(named and have and tuple(map(int, named.groups())) > tuple(map(int, have.groups())))


@support.needs_root
class A_Kernel(unittest.TestCase):  # noqa: N801  the tests run in the order of their names
    """The lab's kernel."""

    def test_is_built_once(self) -> None:
        done = lab("lab", "build", timeout=3000)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = lab("lab", "build")
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertEqual(again.stdout.splitlines()[-1], done.stdout.splitlines()[-1])


@support.needs_root
class B_Guest(InGuest):  # noqa: N801
    """Runs in guests of the lab's kernel."""

    def test_func_passes_on_two_nodes(self) -> None:
        done = lab("lab", "run", "--nodes", "2", "--memory", "4G", "--swap", "256M",
                   "--hmm-coherent", "--results", self.programs.results, "--", "func", "--bits",
                   "native", "--programs", BUILD, *SUITE, timeout=3600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" 0 failed", done.stdout.splitlines()[-1])
        # There are two nodes and all features: what is skipped needs another page size or kind of
        # memory, another boot, or a newer kernel.
        run = load(find_run("latest", self.programs.results))[0]
        skipped = {name.split("@")[0] for name, point in self.latest().items()
                   if point["verdict"] == "skip" and not name.startswith("hugetlb/demote.")
                   and not needs_newer(point["reason"], run["kernel"]["release"])}
        self.assertLessEqual(skipped, {"thp/advice_bounds.rounded_tmpfs",
                                       "thp/resident.marked_tmpfs", "thp/swap_in.zswapped"})
        self.assertEqual((run["nodes"], run["kernel"]["release"][-4:]), (2, "-lab"))
        self.assertIn(run["lab"]["accel"], ("kvm", "tcg"))

    def test_probe_tells_what_the_guest_has(self) -> None:
        done = lab("lab", "run", "--hugepages", "2M:5", "--swap", "64M", "--hmm-coherent",
                   "--results", self.programs.results, "--", "probe")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2M: total 5", done.stdout)
        self.assertIn("/dev/hmm_dmirror3", done.stdout)
        self.assertRegex(done.stdout, r"SwapTotal_kb: 6\d{4}")
        self.assertIn("memory failure: yes", done.stdout)

    def test_the_run_goes_on_after_a_panic_and_a_hang(self) -> None:
        self.programs.add("a_good", support.GOOD)
        self.programs.add("b_panics", PANICS, cases="abcd")
        self.programs.add("c_hangs", HANGS, cases="ab")
        self.programs.add("d_good", support.GOOD)
        done = lab("lab", "run", "--stall", "5", "--results", self.programs.results, "--", "func",
                   "--programs", self.programs.path, "--time-scale", "1")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.verdicts(), {
            "bad/a_good.a": "pass", "bad/a_good.b": "pass", "bad/b_panics.a": "pass",
            "bad/b_panics.b": "panic", "bad/b_panics.c": "pass", "bad/b_panics.d": "pass",
            "bad/c_hangs.a": "timeout", "bad/c_hangs.b": "pass",
            "bad/d_good.a": "pass", "bad/d_good.b": "pass"})
        self.assertIn("sysrq triggered crash", self.latest()["bad/b_panics.b"]["reason"])
        self.assertEqual(done.stdout.splitlines()[-1], "8 passed, 2 failed, 0 skipped")
        parts = load(find_run("latest", self.programs.results))[1]
        log = next(r["log"] for r in parts if r["name"] == "bad/b_panics" and r["log"])
        trace = log[log.index("Call Trace:"):]
        self.assertEqual(trace[1], " <TASK>")
        self.assertRegex(trace[2], r"^ \S+\+0x")
        folder = find_run("latest", self.programs.results)
        with open(os.path.join(folder, "console.log"), encoding="utf-8") as file:
            self.assertIn("Kernel panic - not syncing: sysrq triggered crash", file.read())
        self.assertIsNotNone(load(folder)[0]["ended"])

    @unittest.skipUnless(len(os.sched_getaffinity(0)) > 1, "needs two processors")
    def test_two_guests_share_a_run(self) -> None:
        self.programs.add("a_sleeps", "import time\ntime.sleep(20)\n" + support.GOOD, seconds=60)
        self.programs.add("b_panics", PANICS, cases="abcd")
        self.programs.add("c_taints", TAINTS)
        for name in "defg":
            self.programs.add(f"{name}_finds_it_sound", SOUND)
        done = lab("lab", "run", "--jobs", "2", "--cpus", "1", "--memory", "1G", "--results",
                   self.programs.results, "--", "func", "--programs", self.programs.path)
        self.assertEqual(done.returncode, 1, done.stderr)
        bad = {name: verdict for name, verdict in self.verdicts().items() if verdict != "pass"}
        self.assertEqual(bad, {"bad/b_panics.b": "panic"})
        folder = find_run("latest", self.programs.results)
        run, results = load(folder)
        self.assertEqual([r["name"] for r in results if r["verdict"] == "kernel"],
                         ["bad/c_taints"])
        self.assertEqual((run["lab"]["jobs"], run["summary"]["missing"]), (2, 0))
        self.assertIsNotNone(run["ended"])
        # While a program sleeps in the first guest, the second runs the others.
        for name, died in (("console.log", False), ("console-2.log", True)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                self.assertEqual("sysrq triggered crash" in file.read(), died, name)

    def test_what_taints_the_kernel_is_the_last_of_its_boot(self) -> None:
        self.programs.add("a_taints", TAINTS)
        self.programs.add("b_finds_it_sound", SOUND)
        self.programs.add("b_leaks", LEAKS)
        self.programs.add("c_finds_it_sound", SOUND)
        self.programs.add("c_spoils", support.GOOD, spoils=True)
        self.programs.add("d_taints", TAINTS)
        done = lab("lab", "run", "--results", self.programs.results, "--", "func",
                   "--programs", self.programs.path)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("in a new boot"), 3)
        self.assertRegex(done.stderr, r"b_leaks left .*hugetlb.2M.total.* in a new boot")
        self.assertEqual(set(self.verdicts().values()), {"pass"})
        results = load(find_run("latest", self.programs.results))[1]
        self.assertEqual([r["verdict"] for r in results],
                         ["kernel", "pass", "leak", "pass", "pass", "kernel"])

    def test_counted_instructions_repeat(self) -> None:
        """A fault takes the same number of instructions in every boot of a kernel."""
        done = lab("compare", "--kernels", "build", "build", "--measure", "instructions",
                   "--boots", "1", "--repeat", "1", "--seconds", "0.005", "--results",
                   self.programs.results, "--programs", BUILD, "--", "hugetlb_fault")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        path, = glob.glob(os.path.join(self.programs.results, "compare-*", "compare.json"))
        with open(path, encoding="ascii") as file:
            found = json.load(file)
        self.assertTrue(found["instructions"])
        counts = {figure["name"]: figure["ratio"] for figure in found["figures"]
                  if figure["name"].endswith(" fault")}
        self.assertEqual(set(counts), {f"load/hugetlb_fault.{case}@2M fault"
                                       for case in ("private", "shared")})
        for name, ratio in counts.items():
            self.assertAlmostEqual(ratio, 1, delta=0.005, msg=name)

    def cut(self, number: int) -> str:
        """Starts a run and interrupts it while a program waits; returns its output."""
        self.programs.add("a_good", support.GOOD)
        self.programs.add("b_waits", WAITS, seconds=600)
        self.programs.add("c_good", support.GOOD)
        child = subprocess.Popen(
            [*RUN_TESTS, "lab", "run", "--results", self.programs.results, "--", "func",
             "--programs", self.programs.path], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            start_new_session=True)
        running = os.path.join(self.programs.results, "*", "running")
        deadline = time.monotonic() + 120
        try:
            while not any("b_waits" in open(path, encoding="ascii").read()
                          for path in glob.glob(running)):
                self.assertLess(time.monotonic(), deadline)
                self.assertIsNone(child.poll())
                time.sleep(0.05)
            child.send_signal(number)
            return child.communicate(timeout=30)[1]
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()

    def go_on(self) -> None:
        """Resumes the run, with the program that waited fixed."""
        self.programs.add("b_waits", support.GOOD)
        done = lab("lab", "run", "--resume", find_run("latest", self.programs.results))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "6 passed, 0 failed, 0 skipped")
        self.assertEqual(sorted(set(self.verdicts().values())), ["pass"])

    def test_ctrl_c_leaves_no_guest_and_resume_goes_on(self) -> None:
        said = self.cut(signal.SIGINT)
        self.assertIn("--resume", said.splitlines()[-1])
        self.assertEqual(guests_of(self.programs.results), [])
        self.assertEqual(self.verdicts(), {"bad/a_good.a": "pass", "bad/a_good.b": "pass"})
        self.go_on()

    def test_sigkill_leaves_no_guest_and_resume_goes_on(self) -> None:
        self.cut(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while guests_of(self.programs.results) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(guests_of(self.programs.results), [])
        self.go_on()

    def test_a_command_that_the_guest_refuses(self) -> None:
        done = lab("lab", "run", "--results", self.programs.results, "--", "func", "--programs",
                   BUILD, "no_such_program")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no_such_program", done.stderr)
        self.assertEqual(os.listdir(self.programs.results), [])


@support.needs_root
class C_Mutants(InGuest):  # noqa: N801
    """Broken kernels."""

    def tried(self, *words: str) -> Dict[str, Dict[str, Any]]:
        """The state of each mutant."""
        self.done = lab("mutants", *words, "--programs", BUILD, "--results",
                        self.programs.results, timeout=900)
        found = {}
        for path in glob.glob(os.path.join(self.programs.results, "mutants-*", "mutants.jsonl")):
            with open(path, encoding="utf-8") as file:
                found.update({line["name"]: line for line in map(json.loads, file)})
        return found

    def test_two_of_ours_are_killed(self) -> None:
        found = self.tried("truncate_keeps_copies", "overcommit_one_too_many")
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)
        self.assertEqual(found["hugetlb/truncate_keeps_copies"]["by"],
                         "hugetlb/truncate.private_copy@2M")
        self.assertEqual(found["hugetlb/overcommit_one_too_many"]["by"],
                         "hugetlb/overcommit.limit@2M")
        for line in found.values():
            self.assertEqual((line["state"], line["how"], line["named"]),
                             ("killed", "its own check", True))

    def test_one_survives_and_one_does_not_apply(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            os.mkdir(os.path.join(folder, "hugetlb"))
            for name, text in (("harmless", HARMLESS), ("unfit", UNFIT)):
                with open(os.path.join(folder, "hugetlb", name + ".cocci"), "w",
                          encoding="ascii") as file:
                    file.write(text)
            found = self.tried("--from", folder)
        self.assertEqual(self.done.returncode, 2, self.done.stdout + self.done.stderr)
        self.assertEqual(found["hugetlb/harmless"]["state"], "survived")
        self.assertEqual(found["hugetlb/unfit"]["state"], "error")
        self.assertIn("changes 0 places", found["hugetlb/unfit"]["reason"])
        self.assertIn("SURVIVED", self.done.stdout)


if __name__ == "__main__":
    support.main()
