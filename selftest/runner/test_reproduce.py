#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A failed point as a C program, which compiles, runs, judges, and leaves nothing behind."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import unittest
from typing import Any, Dict, Optional

import support

from runner.reproduce import program, trial  # pylint: disable=wrong-import-order
from runner.reproduce.transcript import NoTranscript, parse

# Every kind of step, with the result of a correct kernel.
WHOLE = ("replay 1 shared 2048 0 1 4 4 0 0; map 2 1; = 4 4 2 0; write 0 1 1; = 4 3 1 0; fork; "
         "= 4 3 1 0; child read 0 1 1; = 4 3 1 0; child write 1 2 1; = 4 2 0 0; child drop 0 1; "
         "= 4 2 0 0; child unmap; = 4 2 0 0; exit; = 4 2 0 0; read 1 2 1; = 4 2 0 0; cut 1; "
         "= 4 3 0 0; read 1 3 0; = 4 3 0 0; allocate 1 1 1; = 4 2 0 0; allocate 2 4 0; "
         "= 4 0 0 0; punch 0 4; = 4 4 0 0; resize 3; = 3 3 0 0; drop 0 1; = 3 3 0 0; fork; "
         "= 3 3 0 0; exit; = 3 3 0 0; unmap; = 3 3 0 0; close; = 3 3 0 0")
# The mmap of more pages than exist.
REFUSED = "replay 1 private 2048 0 1 2 2 0 0; map 3 0; = 2 2 0 0; close; = 2 2 0 0"
# Two of four pages are reserved by another process.
# The failure happened while the child was alive: its pages are free when the next round begins.
ALIVE = ("replay 1 private 2048 0 1 4 4 0 0; map 2 1; = 4 4 2 0; write 0 1 1; = 4 3 1 0; fork; "
         "= 4 3 1 0; child read 0 1 1")
HELD = "replay 1 private 2048 0 1 4 4 2 0; map 2 1; = 4 4 4 0; unmap; = 4 4 2 0"
POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB"


def pool() -> Dict[str, str]:
    """The settings and counters of the pool."""
    found = {}
    for name in os.listdir(POOL):
        try:
            with open(os.path.join(POOL, name), encoding="ascii") as file:
                found[name] = file.read()
        except OSError:  # demote is write-only
            continue
    return found


class Written(support.Case):
    """Programs of a record that is made here."""

    def record(self, history: Optional[str], verdict: str = "fail", **said: Any) -> None:
        """A run with a failed point."""
        folder = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(folder, exist_ok=True)
        point = {"name": "a/p.c@2M", "verdict": verdict, "known": None, "reason": "why",
                 "diagnostics": {"expected": "Total 4", "got": "Total 3", "step": "a step",
                                 **({"history": history} if history else {}), **said}}
        result = {"name": "a/p@2M", "verdict": verdict, "points": [point], "duration_ms": 1,
                  "sources": [{"kind": "man", "value": "mmap(2)"}], "log": ["WARNING: it"]}
        run = {"format": 2, "run": "20200101-000000", "plan": ["a/p@2M"], "seed": 7, "nodes": 2,
               "kernel": {"release": "6.12.9", "version": "#1 SMP", "machine": "x86_64",
                          "command_line": "quiet"}}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.write(json.dumps(result) + "\n")

    def say(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Runs reproduce, with the folder `it`."""
        return self.programs.run("reproduce", "latest", "a/p.c@2M", "--output",
                                 os.path.join(self.programs.path, "it"), *words)

    def read(self, name: str) -> str:
        """The content of a file of that folder."""
        with open(os.path.join(self.programs.path, "it", name), encoding="utf-8") as file:
            return file.read()

    def test_a_folder_with_all_of_it(self) -> None:
        self.record(WHOLE)
        done = self.say()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(sorted(os.listdir(os.path.join(self.programs.path, "it"))),
                         ["README", "mail.txt", "record.json", "reproducer.c"])
        mail = self.read("mail.txt")
        self.assertTrue(mail.startswith("To: linux-mm@kvack.org\n"))
        self.assertIn("\nSubject: [BUG] hugetlb: Total 3 (6.12.9)\n\n", mail)
        self.assertIn("\n   2. writes page 0\n", mail)
        self.assertIn("WARNING: it", mail)
        self.assertIn("What promises it:\n  mmap(2)\n", mail)
        self.assertIn(self.read("reproducer.c"), mail)
        binary = os.path.join(self.programs.path, "binary")
        trial.compiled(os.path.join(self.programs.path, "it", "reproducer.c"), binary)
        done = self.say()
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot make", done.stderr)

    def test_as_json(self) -> None:
        self.record(WHOLE)
        done = self.say("--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = json.loads(done.stdout)
        self.assertEqual((found["point"], found["checked"]), ("a/p.c@2M", []))
        self.assertTrue(os.path.exists(found["program"]), found)

    def test_wherever_it_failed_the_program_compiles(self) -> None:
        """A transcript ends at the failure: functions that are not called until then are left
        out."""
        parts = WHOLE.split("; ")
        path = os.path.join(self.programs.path, "part.c")
        for end in range(2, len(parts) + 1):
            with open(path, "w", encoding="ascii") as file:
                file.write(program.text(parse("; ".join(parts[:end])), ["for a test"]))
            done = subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-O0", "-c", "-o",
                                   "/dev/null", path], stderr=subprocess.PIPE, check=False,
                                  universal_newlines=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), parts[end - 1])

    def test_what_has_no_transcript_is_refused(self) -> None:
        for history, wrong in (
                (None, "only scenarios of the model have one"),
                ("seed 3, operations on page 4", "only scenarios of the model have one"),
                (WHOLE + "; ...", "more than its transcript has room for"),
                (WHOLE.replace("map 2 1", "home 1"), "it moves between nodes")):
            self.record(history)
            done = self.say()
            self.assertEqual(done.returncode, 2)
            self.assertIn("no program can be written of a/p.c@2M: ", done.stderr)
            self.assertIn(wrong, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertFalse(os.path.exists(os.path.join(self.programs.path, "it")))

    def test_what_did_not_fail_is_refused(self) -> None:
        self.record(WHOLE, "pass")
        self.assertIn("did not fail: its verdict is pass", self.say().stderr)
        done = self.programs.run("reproduce", "latest", "a/p.d@2M")
        self.assertEqual((done.returncode, done.stderr),
                         (2, "run_tests.py: the run has no point a/p.d@2M\n"))

    def test_a_record_cannot_write_code(self) -> None:
        for bad in ("replay 1 shared 2048); system( 0 1 4 4 0 0", "replay 1 shared 2048 0 1 4 4 0",
                    "replay 1 x 2048 0 1 4 4 0 0", "replay 1 shared 2048 0 1 4 4 0 0; map 2",
                    "replay 1 shared 2048 0 1 4 4 0 0; map 2 1); system(\"x\"",
                    "replay 1 shared 2048 0 1 4 4 0 0; exit",
                    "replay 1 shared 2048 0 1 4 4 0 0; child fork",
                    "replay 1 shared 2048 0 1 4 4 0 0; fork; fork",
                    "replay 1 shared 2048 0 1 4 4 0 0; read 0 1 1",
                    "replay 1 shared 2048 0 1 4 4 0 0; map 1 1; unmap; write 0 1 1",
                    "replay 1 shared 2048 0 1 4 4 0 0; map -1 1",
                    "replay 1 shared 2048 0 1 4 4 0 0; ",
                    "replay 1 shared 99999999999 0 1 4 4 0 0", "replay 1 shared 2049 0 1 4 4 0 0",
                    "replay 1 shared 2048 0 1 99999999999 99999999999 0 0; map 1 1",
                    "replay 1 shared 2048 99999999999 1 4 4 0 0; map 1 1",
                    "replay 1 shared 2048 0 1 4 4 -1 0; map 1 1",
                    "replay 1 shared 2048 0 1 4 4 0 0; map 1 1; = 4 4 1 0; read 99999999999 1 1"):
            with self.assertRaises(NoTranscript, msg=bad):
                parse(bad)
        self.record(WHOLE, got="*/ int main(void) {} /* @STEPS@", expected="??/\\\n*/")
        self.assertEqual(self.say().returncode, 0)
        trial.compiled(os.path.join(self.programs.path, "it", "reproducer.c"),
                       os.path.join(self.programs.path, "binary"))


@support.needs_pool
class Run(unittest.TestCase):
    """The program, on the running kernel."""

    def setUp(self) -> None:
        self.programs = support.Programs()
        self.addCleanup(self.programs.close)
        self.before = pool()
        with open(os.path.join(POOL, "free_hugepages"), encoding="ascii") as file:
            free = file.read()
        if self.before["nr_hugepages"] != free or int(self.before["resv_hugepages"]):
            self.skipTest("somebody else uses huge pages")

    def ended(self, transcript: str) -> "subprocess.CompletedProcess[str]":
        """Runs the program of that transcript."""
        source = os.path.join(self.programs.path, "reproducer.c")
        with open(source, "w", encoding="ascii") as file:
            file.write(program.text(parse(transcript), ["for a test"]))
        binary = os.path.join(self.programs.path, "reproducer")
        trial.compiled(source, binary)
        done = subprocess.run([binary], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True, timeout=60, check=False)
        # A process that reads files of its processes in /proc holds their memory a little longer.
        ends = time.monotonic() + 5
        while pool() != self.before and time.monotonic() < ends:
            time.sleep(0.01)
        self.assertEqual(pool(), self.before, done.stdout)
        return done

    def test_a_kernel_that_does_what_it_should(self) -> None:
        for transcript in (WHOLE, REFUSED, HELD, ALIVE):
            done = self.ended(transcript)
            self.assertEqual((done.returncode, done.stdout),
                             (0, "the kernel does what it should, 10 times\n"))

    def test_asked_to_end_it_puts_the_pool_back(self) -> None:
        self.ended(WHOLE)
        binary = os.path.join(self.programs.path, "reproducer")
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([binary, "1000000"], stdout=subprocess.PIPE) as child:
                while pool() == self.before and child.poll() is None:
                    time.sleep(0.001)
                child.send_signal(number)
                self.assertEqual(child.wait(60), 2)
            self.assertEqual(pool(), self.before)
        for words in (["0"], ["x"]):
            done = subprocess.run([binary, *words], stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2)

    def test_each_expectation_is_looked_at(self) -> None:
        for right, wrong, said in (
                ("write 0 1 1; = 4 3 1 0", "write 0 1 1; = 4 4 1 0",
                 "WRONG at step 2 (writes page 0): expected nr 4, free 4, resv 1, surplus 0, got "
                 "nr 4, free 3, resv 1, surplus 0"),
                ("child read 0 1 1", "child read 0 5 1",
                 "WRONG at step 4 (the child reads page 0): expected 5 in page 0, got 1 and 1"),
                ("child read 0 1 1", "child read 0 1 0",
                 "WRONG at step 4 (the child reads page 0: SIGBUS): expected SIGBUS, got no "
                 "signal, and 1 in page 0"),
                ("read 1 3 0", "read 1 3 1", "expected no signal, got Bus error"),
                ("allocate 2 4 0", "allocate 2 4 1",
                 "fallocate: expected success, got No space left on device"),
                ("map 2 1", "map 2 0", "mmap: expected Cannot allocate memory, got success")):
            self.assertIn(right, WHOLE)
            done = self.ended(WHOLE.replace(right, wrong, 1))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(said, done.stdout)


if __name__ == "__main__":
    support.main()
