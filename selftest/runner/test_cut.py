#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs that are interrupted by SIGKILL, a signal or a full disk, and what happens afterwards."""
from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import signal
import subprocess
import time
from typing import Any, Dict
from unittest import mock

import support
from runner.commands import restore
from runner.observe import processes
from runner.record import find_run
from runner.settings import journal
from support import GOOD

KILLS = 20

# Changes the pool's overcommit as programs of lib/ do: journal first, undone at the end.
CHANGES = """
import json, os, time
path = '/sys/kernel/mm/hugepages/hugepages-%(kb)dkB/nr_overcommit_hugepages'
stat = open('/proc/self/stat').read().rpartition(')')[2].split()
journal = f'/run/hugeproof/journal/changes.{os.getpid()}'
was = open(path).read().strip()
with open(journal, 'w') as file:
    file.write(json.dumps({'format': 1, 'owner': 'changes', 'pid': os.getpid(),
                           'start': int(stat[19])}) + '\\n')
    file.write(json.dumps({'undo': 'write', 'path': path, 'value': was}) + '\\n')
with open(path, 'w') as file:
    file.write('5')
time.sleep(0.05)
with open(path, 'w') as file:
    file.write(was)
os.unlink(journal)
"""


def _pool_kb() -> int:
    from runner.text import size_kb
    return size_kb(support.small_size() or "2M") or 2048


def _start(programs: support.Programs, *words: str,
           **circumstances: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(programs.command(*words, **circumstances), cwd=programs.path,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, encoding="utf-8")


def _wait_for(path: str, child: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 20
    while not os.path.exists(path):
        if child.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{path} did not come: {child.communicate()}")
        time.sleep(0.002)


@support.needs_pool
class Killed(support.Case):
    """SIGKILL at random moments: the next start restores every setting."""

    def test_twenty_kills(self) -> None:
        seed = int(os.environ.get("HUGEPROOF_SEED") or random.randrange(1 << 32))
        print(f"# seed {seed} (HUGEPROOF_SEED repeats it)", flush=True)
        chance = random.Random(seed)
        for name in ("changes", "changes_b", "changes_c"):
            self.programs.add(name, CHANGES % {"kb": _pool_kb()} + GOOD, area="cut",
                              page_sizes="hugetlb", needs=["hugetlb:2"])
        self.programs.add("plain", GOOD, area="after")
        before = support.settings()
        began = time.monotonic()
        whole = self.programs.run("func", "cut")
        length = time.monotonic() - began
        self.assertEqual(whole.returncode, 0, whole.stderr)
        self.assertEqual(support.settings(), before)
        changed = restored = 0
        for number in range(KILLS):
            child = _start(self.programs, "func", "cut")
            time.sleep(chance.random() * length)
            child.kill()
            child.communicate()
            changed += support.settings() != before
            # The next start: sometimes restore, sometimes another run.
            after = ("restore",) if number % 2 else ("func", "after")
            done = self.programs.run(*after)
            self.assertEqual(done.returncode, 0, done.stderr)
            now = support.settings()
            self.assertEqual(now, before, f"kill {number} of seed {seed}")
            restored += now == before
        print(f"# {restored} of {KILLS} restored, {changed} were found changed", flush=True)
        self.assertGreater(changed, 0, "no kill met a changed setting")


@support.needs_root
class Outlived(support.Case):
    """A program does not survive a runner that was killed."""

    def test_a_program_dies_with_the_runner(self) -> None:
        mark = os.path.join(self.programs.path, "mark")
        self.programs.add("slow", f"import os, time\nwith open({mark!r} + '.tmp', 'w') as file:\n"
                          "    file.write(str(os.getpid()))\n"
                          f"os.rename({mark!r} + '.tmp', {mark!r})\ntime.sleep(60)\n" + GOOD,
                          seconds=60)
        child = _start(self.programs, "func")
        _wait_for(mark, child)
        with open(mark, encoding="ascii") as file:
            pid = int(file.read())
        self.assertTrue(processes.lives(pid))
        child.kill()
        child.communicate()
        deadline = time.monotonic() + 5
        while processes.lives(pid) and time.monotonic() < deadline:
            time.sleep(0.002)
        alive = processes.lives(pid)
        if alive:
            os.kill(pid, signal.SIGKILL)
        self.assertFalse(alive)
        self.assertEqual(self.programs.run("restore").returncode, 0)

    def test_restore_as_json(self) -> None:
        done = self.programs.run("restore", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (
            0, {"format": 1, "restored": [], "notes": [], "failed": []}))
        with mock.patch.object(restore, "recover", return_value=journal.Undone(
                ["a"], ["c"], ["b"])), mock.patch.object(restore, "Lock"), \
                mock.patch("os.geteuid", lambda: 0), \
                contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(restore.run(argparse.Namespace(json=True)), 1)
        found = json.loads(out.getvalue())
        self.assertEqual(found, {"format": 1, "restored": ["a"], "notes": ["b"], "failed": ["c"]})
        self.assertEqual([*support.valid.wrong("restore", found)], [])


@support.needs_root
class Stopped(support.Case):
    """Signals that end a run in order."""

    def test_a_signal_ends_the_run_and_resume_goes_on(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal.Signals(number).name):
                self.programs.close()
                self.programs = support.Programs()
                self.addCleanup(self.programs.close)
                done = self._cut(number)
                self.refused(done, "interrupted by " + signal.Signals(number).name, "--resume")

    def _cut(self, number: int) -> "subprocess.CompletedProcess[str]":
        self.programs.add("first", GOOD)
        mark = os.path.join(self.programs.path, "mark")
        self.programs.add("second", f"import os, time\nif not os.path.exists({mark!r}):\n"
                          f"    open({mark!r}, 'w').close()\n    time.sleep(600)\n" + GOOD,
                          seconds=60)
        self.programs.add("third", GOOD)
        before = support.settings()
        child = _start(self.programs, "func", "--seed", "7", "--format", "tap")
        _wait_for(mark, child)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        with open(os.path.join(folder, "running"), encoding="ascii") as file:
            self.assertEqual(file.read().splitlines()[0], "bad/second")
        child.send_signal(number)
        out, err = child.communicate(timeout=20)
        self.assertEqual(support.settings(), before)
        self._resumes(folder)
        return subprocess.CompletedProcess([], child.returncode, out, err)

    def _resumes(self, folder: str) -> None:
        self.assertFalse(os.path.exists(os.path.join(folder, "running")))
        run = self._run_json(folder)
        self.assertTrue(run["interrupted"].startswith("SIG"))
        self.assertIsNotNone(run["ended"])
        self.assertEqual(list(self.programs.record()), ["bad/first"])
        # An incomplete line after a power failure is no result.
        with open(os.path.join(folder, "results.jsonl"), "a", encoding="ascii") as file:
            file.write('{"name": "bad/second", "verd')
        self.assertEqual(self.programs.run("report", "latest").returncode, 2)
        done = self.programs.run("func", "--resume", "latest")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.programs.record()), ["bad/first", "bad/second", "bad/third"])
        self.assertEqual(done.stdout.splitlines()[-1], "6 passed, 0 failed, 0 skipped")
        run = self._run_json(folder)
        self.assertEqual((run["seed"], run["interrupted"]), (7, None))
        again = self.programs.run("func", "--resume", folder)
        self.assertEqual(again.returncode, 0, again.stderr)

    @staticmethod
    def _run_json(folder: str) -> Dict[str, Any]:
        with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
            content: Dict[str, Any] = json.load(file)
        return content

    def test_a_long_record_is_in_no_signal_s_way(self) -> None:
        """A long record does not delay a signal, neither while it is read to be resumed, nor when
        it is counted."""
        self.programs.add("first", GOOD)
        mark = os.path.join(self.programs.path, "mark")
        self.programs.add("second", f"import time\nopen({mark!r}, 'w').close()\n"
                          "time.sleep(600)\n", seconds=60)
        child = _start(self.programs, "func")
        _wait_for(mark, child)
        child.terminate()
        child.communicate(timeout=20)
        folder = find_run("latest", self.programs.results)
        results = os.path.join(folder, "results.jsonl")
        run = self._run_json(folder)
        with open(results, encoding="ascii") as file:
            line = file.read().partition("\n")[0]
        names = [f"bad/first#{number}" for number in range(2, 6000)]
        with open(results, "a", encoding="ascii") as file:
            file.writelines(line.replace('"bad/first"', f'"{name}"') + "\n" for name in names)
        run["plan"] += names
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(run, file)
        os.unlink(mark)
        for under_way in (lambda: self._reads(child.pid, results), lambda: os.path.exists(mark)):
            child = _start(self.programs, "func", "--resume", folder)
            while not under_way():
                self.assertIsNone(child.poll())
                time.sleep(0.01)
            began = time.monotonic()
            child.terminate()
            err = child.communicate(timeout=60)[1]
            self.assertLess(time.monotonic() - began, 2, err)
            self.assertIn("interrupted by SIGTERM", err)
        self.assertEqual(self._run_json(folder)["interrupted"], "SIGTERM")

    @staticmethod
    def _reads(pid: int, path: str) -> bool:
        folder = f"/proc/{pid}/fd"
        return any(os.path.realpath(f"{folder}/{fd}") == path for fd in os.listdir(folder))

    def test_resume_keeps_the_cases_chosen(self) -> None:
        self.programs.add("two", GOOD.replace("CASES", "asked").replace(
            "\nprint('TAP", "\nasked = [w for i, w in enumerate(sys.argv) "
            "if sys.argv[i - 1] == '--case']\nprint('TAP", 1))
        done = self.programs.run("func", "two.b")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        os.truncate(os.path.join(folder, "results.jsonl"), 0)
        done = self.programs.run("func", "--resume", "latest")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([p["name"] for p in self.programs.record()["bad/two"]["points"]],
                         ["bad/two.b"])


@support.needs_root
class Disk(support.Case):
    """Results that cannot be written."""

    def _run(self, options: str) -> "subprocess.CompletedProcess[str]":
        folder = os.path.join(self.programs.path, "small")
        os.mkdir(folder)
        self.programs.results = folder
        before = support.settings()
        done = self.programs.run("func", "--format", "tap", tmpfs=[folder, options])
        self.assertEqual(support.settings(), before)
        return done

    def test_full_at_the_beginning(self) -> None:
        self.programs.add("good", GOOD)
        self.refused(self._run("nr_inodes=1"), "cannot write results", "No space left")

    def test_full_in_the_middle(self) -> None:
        pool: Dict[str, Any] = {"page_sizes": "hugetlb", "needs": ["hugetlb:2"]}
        if not support.small_size():
            pool = {}
        for name in ("a1", "a2", "a3", "a4", "a5", "a6"):
            self.programs.add(name, GOOD, **pool)
        done = self._run("size=100k")
        self.refused(done, "No space left", "--resume")
        self.assertIn("ok 1", done.stdout)

    def test_full_by_a_program_s_output(self) -> None:
        self.programs.add("writes", "sys.stdout.write('# xxxxxxxx\\n' * 50000)\n" + GOOD)
        self.refused(self._run("size=200k"), "No space left", "--resume")


@support.needs_root
class Together(support.Case):
    """Two runs at once, and a program that is run by hand."""

    def test_the_second_run_hears_of_the_first(self) -> None:
        mark = os.path.join(self.programs.path, "mark")
        self.programs.add("slow", f"import time\nopen({mark!r}, 'w').close()\n"
                          "time.sleep(600)\n" + GOOD, seconds=60)
        first = _start(self.programs, "func")
        try:
            _wait_for(mark, first)
            for words in (("func",), ("restore",)):
                done = self.programs.run(*words)
                self.refused(done, "another run", f"pid {first.pid}")
            self.assertEqual(len(os.listdir(self.programs.results)), 1)
            probed = self.programs.run("probe", "--json")
            self.assertEqual(json.loads(probed.stdout)["active run"], f"pid {first.pid}")
        finally:
            first.terminate()
            first.communicate(timeout=20)

    def test_a_program_by_hand_that_changed_settings_is_in_the_way(self) -> None:
        self.programs.add("good", GOOD)
        os.makedirs("/run/hugeproof/journal", mode=0o700, exist_ok=True)
        path = f"/run/hugeproof/journal/byhand.{os.getpid()}"
        with open("/proc/self/stat", encoding="ascii") as file:
            start = int(file.read().rpartition(")")[2].split()[19])
        with open(path, "w", encoding="ascii") as file:
            file.write(json.dumps({"format": 1, "owner": "byhand", "pid": os.getpid(),
                                   "start": start}) + "\n")
        try:
            done = self.programs.run("func", "--format", "tap")
            self.assertTrue(os.path.exists(path), "a living owner's journal was taken")
        finally:
            os.unlink(path)
        self.refused(done, "byhand", f"pid {os.getpid()}")

    def test_a_reader_that_goes_away_does_not_stop_the_run(self) -> None:
        for name in ("a1", "a2", "a3"):
            self.programs.add(name, "import time\ntime.sleep(0.1)\n" + GOOD)
        child = _start(self.programs, "func")
        assert child.stdout
        child.stdout.readline()
        child.stdout.close()
        child.wait(timeout=20)
        assert child.stderr
        self.assertNotIn("Traceback", child.stderr.read())
        child.stderr.close()
        self.assertEqual(child.returncode, 0)
        self.assertEqual(len(self.programs.record()), 3)


if __name__ == "__main__":
    support.main()
