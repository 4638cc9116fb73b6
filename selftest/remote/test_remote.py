#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""remote: runs on other machines, which are this one behind a fake ssh: sessions that end well, are
cut, fall silent, and panic."""
from __future__ import annotations

import fcntl
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from typing import Any, Callable, Dict, List, Optional
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position
import valid  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner.record import load, newest_first  # noqa: E402
from runner.remote import mirror  # noqa: E402
from runner.remote.far import frames  # noqa: E402
from runner.remote.mirror import Mirror  # noqa: E402
from support import GOOD, GOOD_ASKED  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PANIC = """\
[   12.100000] BUG: unable to handle page fault for address: ffffffffffffffd6
[   12.100100] Oops: 0000 [#1] PREEMPT SMP
[   12.100300] Kernel panic - not syncing: Fatal exception
"""
FAILS = GOOD_ASKED.replace("print(f'ok {number} - {case}')", "print(f'not ok {number} - {case}')"
                           ) + "sys.exit(1)\n"
# Reports a, says that b is under way the first time, and waits.
STOPS = """
import os, time
CASES = [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == '--case'] or CASES
first = not os.path.exists(MARK)
print('TAP version 14')
print(f'1..{len(CASES)}', flush=True)
for number, case in enumerate(CASES, 1):
    if case == 'b' and first:
        open(MARK, 'w').close()
        time.sleep(60)
    print(f'ok {number} - {case}')
    print('  ---')
    print('  duration_ms: 0.1')
    print('  ...', flush=True)
"""


def alive(pid: int) -> bool:
    """True when a process runs, or is stopped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def read(path: str) -> str:
    """The content of a file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def wait(what: Callable[[], Any], seconds: float = 20) -> Any:
    """Waits until that is true, and returns it."""
    ends = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)


class Host:
    """A host behind the fake ssh."""

    def __init__(self, top: str, name: str = "board") -> None:
        self.name, self.place, self.boots = name, os.path.join(top, name), 0
        os.makedirs(os.path.join(self.place, "state"), 0o700)
        self.boot()

    def put(self, name: str, text: str) -> None:
        """Writes a file in its folder."""
        with open(os.path.join(self.place, name), "w", encoding="utf-8") as file:
            file.write(text)

    def boot(self) -> None:
        """It has booted."""
        self.boots += 1
        self.put("boot", f"00000000-0000-4000-8000-{self.boots:012}\n")

    def sessions(self) -> List[List[int]]:
        """The processes of the client and of the command, of each session."""
        try:
            with open(os.path.join(self.place, "sessions"), encoding="ascii") as file:
                return [list(map(int, line.split())) for line in file]
        except FileNotFoundError:
            return []

    def inside(self) -> List[int]:
        """The processes that run on it: they see the id of its boot."""
        found = []
        for path in glob.glob("/proc/[0-9]*"):
            try:
                with open(path + "/mountinfo", encoding="utf-8") as file:
                    here = f"{self.place[len('/run'):]}/boot " in file.read()
            except OSError:
                continue
            if here and alive(int(path[len("/proc/"):])):
                found.append(int(path[len("/proc/"):]))
        return found

    def kill(self, number: int) -> None:
        """Sends a signal to everything on it, which a dead kernel does not execute any more."""
        for pid in self.inside():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


@support.needs_root
class Remote(support.Case):
    """Runs on hosts of the fake ssh."""

    def setUp(self) -> None:
        super().setUp()
        self.top = os.path.join(self.programs.path, "fake")
        self.far = os.path.join(self.programs.path, "far")
        self.near = os.path.join(self.programs.path, "near")
        for path in (self.top, self.far, self.near):
            os.mkdir(path)
        self.mark = os.path.join(self.programs.path, "mark")
        self.host = Host(self.top)
        self.hosts = [self.host]

    def tearDown(self) -> None:
        for host in self.hosts:
            host.kill(signal.SIGKILL)
        super().tearDown()

    def another(self, name: str) -> Host:
        """One more host."""
        self.hosts.append(Host(self.top, name))
        return self.hosts[-1]

    def command(self, *words: str, hosts: str = "board", asked: str = "func",
                **circumstances: Any) -> List[str]:
        """The command line of a run on hosts; `words` are options of remote."""
        there = ["--", *asked.split(), "--programs", self.programs.path] if asked else []
        return ["/usr/bin/python3", os.path.join(support.HERE, "wrap.py"),
                json.dumps(circumstances), "remote", *hosts.split(), "--results",
                self.programs.results, *(["--folder", self.far] if hosts else []), *words, *there]

    def start(self, *words: str, **more: Any) -> "subprocess.Popen[str]":
        """Starts a run."""
        environment = dict(os.environ, FAKE_SSH=self.top, TMPDIR=self.near,
                           PATH=f"{HERE}:{os.environ['PATH']}")
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            self.command(*words, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", cwd=self.programs.path, env=environment)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def end(self, child: "subprocess.Popen[str]",
            timeout: float = 60) -> "subprocess.CompletedProcess[str]":
        """Waits for its end."""
        out, err = child.communicate(timeout=timeout)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def go(self, *words: str, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Runs it."""
        return self.end(self.start(*words, **more))

    def runs(self) -> List[str]:
        """The folders of the runs, the first one first."""
        return [os.path.join(self.programs.results, name)
                for name in reversed(newest_first(self.programs.results))]

    def points(self, folder: Optional[str] = None) -> Dict[str, str]:
        """The verdicts of the points of a run, by default of the last."""
        return {point["name"].partition("/")[2]: point["verdict"]
                for result in load(folder or self.runs()[-1])[1] for point in result["points"]}

    def well(self, done: "subprocess.CompletedProcess[str]", status: int) -> None:
        """Expects that exit status; nothing is left there, nor here."""
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        self.assertEqual((os.listdir(self.far), os.listdir(self.near)), ([], []))
        self.assertEqual([host.name for host in self.hosts if host.inside()], [])
        self.assertEqual([pid for host in self.hosts for pid, _ in host.sessions() if alive(pid)],
                         [])

    def stops(self, name: str = "stops", body: str = STOPS, **more: Any) -> None:
        """Adds a program that stops in its case b the first time."""
        self.programs.add(name, f"MARK = {self.mark!r}\n" + body, cases=("a", "b", "c"),
                          **{"seconds": 60, **more})

    def under_way(self) -> None:
        """Waits until that program is in its case b, and its first point has arrived here."""
        wait(lambda: os.path.exists(self.mark))
        wait(lambda: any("ok 1 - a" in read(path) for path in glob.glob(
            self.near + "/*/out/bad-stops.out")))

    def test_a_run_ends_well(self) -> None:
        self.programs.add("good", GOOD)
        self.programs.add("more", GOOD)
        done = self.go()
        self.well(done, 0)
        self.assertIn("4 passed, 0 failed", done.stdout)
        self.assertEqual(len(self.runs()), 1)
        run, results = load(self.runs()[0])
        self.assertEqual([result["name"] for result in results], ["bad/good", "bad/more"])
        self.assertEqual(run["summary"]["passed"], 4)
        self.assertEqual(run["remote"]["host"], "board")
        self.assertIn("remote board", run["command"])
        self.assertIsNone(run["interrupted"])
        self.assertTrue(read(os.path.join(self.runs()[0], "out", "bad-good.out")).startswith(
            "TAP version 14"))

    def test_a_cut_link_is_a_verdict_and_the_run_goes_on(self) -> None:
        self.stops()
        self.programs.add("zz_last", GOOD)
        child = self.start()
        self.under_way()
        # Others can execute programs there, and read no record.
        folder = glob.glob(self.far + "/*")[0]
        self.assertEqual([os.stat(folder + part).st_mode & 0o777 for part in (
            "", "/run", "/cargo/programs")], [0o711, 0o700, 0o755])
        os.kill(self.host.sessions()[-1][0], signal.SIGKILL)
        done = self.end(child)
        self.well(done, 3)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "broken",
                                         "stops.c": "pass", "zz_last.a": "pass",
                                         "zz_last.b": "pass"})
        reason = load(self.runs()[0])[1][0]["reason"]
        self.assertIn("the machine vanished: the link ended", reason)
        self.assertIn("in the same boot", reason)

    def test_a_link_that_is_cut_between_programs_is_no_verdict(self) -> None:
        self.programs.add("good", GOOD)
        self.host.put("cut", "results.jsonl")
        done = self.go()
        self.well(done, 0)
        self.assertIn("the machine vanished: the link ended", done.stderr)
        self.assertEqual([result["verdict"] for result in load(self.runs()[0])[1]], ["pass"])

    def test_a_machine_on_which_another_run_is_under_way(self) -> None:
        self.programs.add("good", GOOD)
        with open(os.path.join(self.host.place, "state", "lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("1\n")
            lock.flush()
            done = self.go()
        self.well(done, 2)
        self.assertIn("another run (pid 1) is active on this machine", done.stderr)
        self.assertIn("board: the runner there did not begin", done.stderr)
        self.assertEqual(self.runs(), [])

    def test_the_other_side_notices_a_silent_link_and_ends(self) -> None:
        """The cable is pulled: neither side hears of it."""
        self.stops()
        child = self.start("--stall", "2", again_seconds=60)
        self.under_way()
        # This side must not end the connection before the other one has noticed by itself.
        stopped = [child.pid, self.host.sessions()[-1][0]]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait(lambda: not self.host.inside() and not os.listdir(self.far))
        finally:
            os.kill(child.pid, signal.SIGCONT)
        done = self.end(child)
        self.well(done, 3)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "broken",
                                         "stops.c": "pass"})
        self.assertIn("not a word for", load(self.runs()[0])[1][0]["reason"])

    def reset(self, text: str = "") -> List[str]:
        """The options for a command that resets the host, and the command itself."""
        path = os.path.join(self.programs.path, "reset")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho >>{path}.begun\n{text}\n"
                       f"echo $HUGEPROOF_HOST >>{path}.log\n"
                       f"rm -f {self.host.place}/refuse\n"
                       f"echo 00000000-0000-4000-8000-999 >{self.host.place}/boot\n")
        os.chmod(path, 0o755)
        return ["--reset", path]

    def test_a_hang_is_a_verdict_and_the_machine_is_reset(self) -> None:
        self.stops()
        child = self.start("--stall", "2", *self.reset(), again_seconds=1)
        self.under_way()
        # Nothing there is executed any more, and nobody answers.
        self.host.kill(signal.SIGSTOP)
        self.host.put("refuse", "ssh: connect to host board port 22: Connection timed out\n")
        wait(lambda: os.path.exists(os.path.join(self.programs.path, "reset.log")))
        self.host.kill(signal.SIGKILL)
        done = self.end(child)
        self.well(done, 1)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "timeout",
                                         "stops.c": "pass"})
        self.assertIn("Connection timed out", load(self.runs()[0])[1][0]["reason"])
        self.assertEqual(read(os.path.join(self.programs.path, "reset.log")), "board\n")

    def test_a_machine_that_boots_by_itself_has_died(self) -> None:
        self.stops()
        child = self.start("--stall", "1", "--wait", "30", again_seconds=0)
        self.under_way()
        self.host.put("refuse", "ssh: connect to host board port 22: Connection refused\n")
        self.host.kill(signal.SIGKILL)
        time.sleep(3)  # It takes longer than a machine that can be reset is looked for.
        self.host.boot()
        shutil.rmtree(glob.glob(self.far + "/*")[0])
        os.unlink(os.path.join(self.host.place, "refuse"))
        done = self.end(child)
        self.well(done, 1)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "panic",
                                         "stops.c": "pass"})
        self.assertIn("the machine has booted since", load(self.runs()[0])[1][0]["reason"])

    def console(self) -> str:
        """The path of a file that is the machine's console."""
        path = os.path.join(self.programs.path, "console")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[    1.000000] an earlier boot\n")
        return path

    def panic(self, path: str) -> None:
        """The machine panics, and does nothing any more."""
        self.host.kill(signal.SIGSTOP)
        self.host.put("refuse", "ssh: connect to host board port 22: Connection timed out\n")
        with open(path, "a", encoding="utf-8") as file:
            file.write(PANIC)

    def test_a_panic_is_read_from_the_console_and_the_rest_runs_after_a_reset(self) -> None:
        self.stops()
        self.programs.add("zz_last", GOOD)
        path = self.console()
        # The kernel of the new boot does not have the processes of the old one.
        child = self.start("--console", f"exec tail -n +1 -f {path}", *self.reset(
            f"kill -KILL $(cat {self.programs.path}/dead); echo booted >>{path}"))
        self.under_way()
        with open(os.path.join(self.programs.path, "dead"), "w", encoding="ascii") as file:
            file.write(" ".join(map(str, self.host.inside())))
        self.panic(path)
        done = self.end(child)
        self.well(done, 1)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "panic",
                                         "stops.c": "pass", "zz_last.a": "pass",
                                         "zz_last.b": "pass"})
        result = load(self.runs()[0])[1][0]
        self.assertIn("the machine died: BUG: unable to handle page fault", result["reason"])
        self.assertIn("Kernel panic - not syncing: Fatal exception", result["reason"])
        self.assertIn("Oops: 0000 [#1] PREEMPT SMP", result["log"])
        log = read(os.path.join(self.runs()[0], "console.log"))
        self.assertIn("an earlier boot", log)
        self.assertIn("booted", log)

    def test_a_panic_that_a_console_shows_again_is_of_an_earlier_boot(self) -> None:
        # Longer than a console must be silent after a panic.
        self.programs.add("slow", "import time\ntime.sleep(4)\n" + GOOD, seconds=60)
        path = self.console()
        with open(path, "a", encoding="utf-8") as file:
            file.write(PANIC)
        done = self.go("--console", f"exec tail -n +1 -f {path}")
        self.well(done, 0)
        self.assertIn("Kernel panic", read(os.path.join(self.runs()[0], "console.log")))

    def test_a_machine_that_does_not_come_back(self) -> None:
        self.stops()
        self.programs.add("zz_last", GOOD)
        path = self.console()
        child = self.start("--console", f"exec tail -f {path}", "--wait", "1")
        self.under_way()
        self.panic(path)
        done = self.end(child)
        self.host.kill(signal.SIGKILL)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("board has not come back within 1 s", done.stderr)
        self.assertRegex(done.stderr, r"go on with: run_tests.py remote --resume \S+")
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "panic"})
        self.assertIn("has not come back", load(self.runs()[0])[0]["interrupted"])
        # It has been repaired: what is left runs there.
        os.unlink(os.path.join(self.host.place, "refuse"))
        self.host.boot()
        again = self.go("--resume", "latest", hosts="", asked="")
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "panic",
                                         "stops.c": "pass", "zz_last.a": "pass",
                                         "zz_last.b": "pass"})

    def test_a_machine_that_cannot_be_reset_or_is_another_then(self) -> None:
        self.stops()
        path = self.console()
        for text, told in (("echo no power; exit 3", "ended with status 3: no power"),
                           (f"touch {self.host.place}/old", "has come back with kernel 2.6.")):
            with self.subTest(told):
                child = self.start("--console", f"exec tail -f {path}", *self.reset(text))
                self.under_way()
                self.panic(path)
                # The dead kernel's processes are not there after a reset.
                begun = os.path.join(self.programs.path, "reset.begun")
                wait(lambda begun=begun: os.path.exists(begun))
                os.unlink(begun)
                self.host.kill(signal.SIGKILL)
                done = self.end(child)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(told, done.stderr)
                self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "panic"})
                os.unlink(self.mark)
                if os.path.exists(os.path.join(self.host.place, "refuse")):
                    os.unlink(os.path.join(self.host.place, "refuse"))

    def test_two_hosts_share_a_run(self) -> None:
        self.another("other")
        names = [f"p{number}" for number in range(8)]
        for name in names:
            self.programs.add(name, GOOD)
        done = self.go(hosts="board root@other")
        self.well(done, 0)
        first, second, whole = self.runs()
        parts = [{result["name"] for result in load(folder)[1]} for folder in (first, second)]
        self.assertEqual(parts[0] | parts[1], {f"bad/{name}" for name in names})
        self.assertEqual(parts[0] & parts[1], set())
        self.assertTrue(parts[0] and parts[1], parts)
        run, results = load(whole)
        self.assertEqual([result["name"] for result in results],
                         [f"bad/{name}" for name in names])
        self.assertEqual([part["remote"]["host"] for part in run["merged"]],
                         ["board", "root@other"])
        self.assertEqual({part["seed"] for part in run["merged"]}, {run["seed"]})
        self.assertEqual(run["summary"]["passed"], 16)
        self.assertIn("16 passed, 0 failed", done.stdout)
        self.refused(self.go("--resume", whole, hosts="", asked=""), "is made of several runs")

    def test_hosts_with_different_kernels_are_refused(self) -> None:
        self.another("other").put("old", "")
        self.programs.add("good", GOOD)
        self.refused(self.go(hosts="board other"), "other has kernel 2.6.", "board has")
        self.assertEqual((self.runs(), os.listdir(self.far)), ([], []))

    def test_a_signal_ends_it_at_once_and_it_can_be_resumed(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                self.stops()
                child = self.start()
                self.under_way()
                began = time.monotonic()
                child.send_signal(number)
                done = self.end(child)
                self.assertLess(time.monotonic() - began, 1.0)
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"interrupted by {number.name} (results so far are in", done.stderr)
                wait(lambda: not self.host.inside() and not os.listdir(self.far))
                self.assertEqual(os.listdir(self.near), [])
                self.assertEqual(load(self.runs()[-1])[0]["interrupted"], number.name)
                again = self.go("--resume", "latest", hosts="", asked="")
                self.well(again, 0)
                self.assertEqual(self.points(), dict.fromkeys(
                    ("stops.a", "stops.b", "stops.c"), "pass"))
                os.unlink(self.mark)

    def test_killed_here_it_ends_there(self) -> None:
        self.stops()
        child = self.start()
        self.under_way()
        child.kill()
        child.communicate()
        wait(lambda: not self.host.inside() and not os.listdir(self.far))
        wait(lambda: not any(alive(pid) for pid, _ in self.host.sessions()))

    def test_hosts_that_cannot_be_used(self) -> None:
        self.programs.add("good", GOOD)
        for name, text, words in (
                ("key", "Host key verification failed.\r\n", "connect once by hand"),
                ("denied", "tester@denied: Permission denied (publickey,password).\r\n",
                 "no password is asked for"),
                ("down", "ssh: connect to host down port 22: Connection refused\r\n",
                 "Connection refused")):
            self.another(name).put("refuse", text)
            self.refused(self.go(hosts=name), f"cannot connect to {name}: ", words)
        self.refused(self.go(hosts="nowhere"), "cannot connect to nowhere: ", "resolve hostname")
        tools = os.path.join(self.programs.path, "bin")
        os.mkdir(tools)
        os.symlink("/bin/sh", os.path.join(tools, "sh"))
        self.another("bare").put("path", tools)
        self.refused(self.go(hosts="bare"), "bare: needs python3, it has none")
        os.symlink("/bin/false", os.path.join(tools, "python3"))
        self.another("broken").put("path", tools)
        self.refused(self.go(hosts="broken"), "broken gives no answer: ")
        # One that cannot be used keeps all from being changed.
        self.refused(self.go(hosts="board down"), "cannot connect to down")
        self.assertEqual((self.runs(), os.listdir(self.far), os.listdir(self.near)), ([], [], []))

    def test_a_folder_that_cannot_be_made_there(self) -> None:
        self.programs.add("good", GOOD)
        self.refused_after_note(self.go("--folder", "/proc"), "board", "No such file or directory")

    def refused_after_note(self, done: "subprocess.CompletedProcess[str]", *words: str) -> None:
        """As refused(), when copying has begun."""
        self.assertEqual(done.returncode, 2, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr.splitlines()[-1])
        self.assertEqual((self.runs(), os.listdir(self.near)), ([], []))

    def test_programs_that_do_not_run_there(self) -> None:
        self.programs.add_text("good", "#!/no/such/interpreter\n")
        self.refused_after_note(self.go(), "board: no program answers: bad/good: ")
        self.assertEqual(os.listdir(self.far), [])

    def test_words_that_make_no_sense(self) -> None:
        self.programs.add("good", GOOD)
        for hosts, words, asked, told in (
                ("", [], "func", "no machine"), ("board", [], "", "a machine runs func"),
                ("board", [], "diff", "a machine runs func"),
                ("board board", [], "func", "the same machine twice"),
                ("board other", [], "perf", "several machines share"),
                ("board other", [], "func --shard 1/2", "--shard"),
                ("board", [], "func --resume latest", "remote --resume"),
                ("board", [], "func --results /x", "remote --results"),
                ("board", ["--stall", "x"], "func", "--stall"),
                ("board", ["--wait", "0"], "func", "--wait"),
                ("board", ["--folder", "here"], "func", "--folder"),
                ("bo;ard", [], "func", "not a host")):
            with self.subTest(told):
                self.refused(self.go(*words, hosts=hosts, asked=asked), told)
        os.makedirs(os.path.join(self.programs.results, "x"))
        with open(os.path.join(self.programs.results, "x", "run.json"), "w",
                  encoding="ascii") as file:
            json.dump({"format": 2, "plan": []}, file)
        self.refused(self.go("--resume", "x", hosts="", asked=""), "was not made by remote")
        self.assertEqual(self.host.sessions(), [])

    def test_lists_from_here_count_there(self) -> None:
        self.programs.add("fails", FAILS)
        self.programs.add("good", GOOD)
        known = os.path.join(self.programs.path, "known.json")
        with open(known, "w", encoding="ascii") as file:
            json.dump({"format": 3, "issues": [{
                "id": "of-here", "points": ["bad/fails.a"], "verdicts": ["fail"], "reason": "r",
                "link": "l"}]}, file)
        skips = os.path.join(self.programs.path, "skips.yaml")
        with open(skips, "w", encoding="ascii") as file:
            file.write("format: 1\nskips:\n- names: [bad/fails.b]\n  reason: not here\n")
        done = self.go(asked=f"func --known-issues {known} --skip-file {skips}")
        self.well(done, 0)
        self.assertIn("[of-here]", done.stdout)
        self.assertEqual(self.points(), {"fails.a": "fail", "fails.b": "skip",
                                         "good.a": "pass", "good.b": "pass"})

    def test_a_runner_that_stands_still_is_a_hang(self) -> None:
        """The machine answers, and no result comes."""
        self.stops(seconds=1)
        child = self.start("--stall", "2")
        self.under_way()
        runner = next(pid for pid in self.host.inside() if "--into" in read(
            f"/proc/{pid}/cmdline").split("\0"))
        os.kill(runner, signal.SIGSTOP)
        done = self.end(child)
        self.well(done, 1)
        self.assertEqual(self.points(), {"stops.a": "pass", "stops.b": "timeout",
                                         "stops.c": "pass"})
        self.assertIn("the machine hung: no sign of life for", load(self.runs()[0])[1][0]["reason"])

    def test_what_is_installed_there_runs_by_sudo(self) -> None:
        self.programs.add("good", GOOD)
        tools = os.path.join(self.programs.path, "bin")
        os.mkdir(tools)
        self.host.put("path", f"{tools}:/usr/bin:/bin")
        for name, text in (
                ("sudo", f'[ "$1" = -n ] && shift\necho "$1" >>{tools}/log\nexec "$@"\n'),
                ("hugeproof", f"export HUGEPROOF_PROGRAMS={self.programs.path}\n"
                 f'exec python3 -B {support.TOP}/run_tests.py "$@"\n')):
            with open(os.path.join(tools, name), "w", encoding="ascii") as file:
                file.write("#!/bin/sh\n" + text)
            os.chmod(os.path.join(tools, name), 0o755)
        done = self.go("--installed", "--sudo")
        self.well(done, 0)
        self.assertNotIn("copies", done.stderr)
        self.assertEqual(self.points(), {"good.a": "pass", "good.b": "pass"})
        self.assertIn("python3", read(tools + "/log"))

    def test_a_budget_ends_it_and_the_rest_is_resumed(self) -> None:
        for number in range(4):
            self.programs.add(f"p{number}", "import time\ntime.sleep(1.5)\n" + GOOD, seconds=5)
        done = self.go(asked="func --budget 2")
        self.well(done, 0)
        self.assertLess(len(self.points()), 8)
        self.assertEqual(done.stderr.count("go on with"), 1, done.stderr)
        again = self.go("--resume", "latest", hosts="", asked="")
        self.well(again, 0)
        self.assertEqual(len(self.points()), 8, again.stdout)

    def test_a_load_has_a_name_here(self) -> None:
        self.programs.add("load", GOOD, area="load", kind="load")
        os.mkdir(os.path.join(self.programs.path, "tests", "x"))
        done = self.go(asked="perf --repeat 2 --save before")
        self.well(done, 0)
        self.assertEqual([result["name"] for result in load(
            os.path.join(self.programs.results, "before"))[1]], ["load/load", "load/load#2"])

    def test_the_end_of_a_run_as_json(self) -> None:
        self.programs.add("good", GOOD)
        done = self.go(asked="func --json --write squad")
        self.well(done, 0)
        self.assertEqual(list(valid.wrong("report", json.loads(done.stdout))), [])
        self.assertTrue(os.path.exists(os.path.join(self.runs()[0], "squad-tests.json")))

    def test_what_prints_is_passed_on(self) -> None:
        self.programs.add("good", GOOD)
        done = self.go(asked="list --json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["programs"][0]["name"], "bad/good")
        done = self.go(asked="func --plan")
        self.assertIn("bad/good", done.stdout)
        self.assertEqual((self.runs(), os.listdir(self.far), os.listdir(self.near)), ([], [], []))


class Hostile(unittest.TestCase):
    """What comes from the other side, which may be anybody's."""

    def setUp(self) -> None:
        self.mirror = Mirror()
        self.addCleanup(self.mirror.close)
        self.mirror.folder("out")

    def test_only_files_of_a_record_are_taken(self) -> None:
        for name in ("../x", "/etc/x", "out/../../x", "out/.x.out", "x", "out/x", "run.json/x",
                     "console.log", "out/x.out\n", "results.jsonl\0"):
            with self.subTest(repr(name)):
                self.assertRaises(ValueError, self.mirror.part, name, 0, b"x")
                self.assertRaises(ValueError, self.mirror.whole, name, b"x", False)
        self.assertRaises(ValueError, self.mirror.part, "results.jsonl", -1, b"x")
        self.mirror.part("out/x-y@2M.out", 0, b"one")
        self.mirror.part("out/x-y@2M.out", 3, b" two")
        self.assertEqual(self.mirror.read("out/x-y@2M.out", 0, 99), b"one two")
        self.mirror.part("out/x-y@2M.out", 0, b"again")
        self.assertEqual(self.mirror.read("out/x-y@2M.out", 0, 99), b"again")

    def test_a_whole_file_is_there_once_it_is_whole(self) -> None:
        self.mirror.whole("run.json", b"{", True)
        self.assertIsNone(self.mirror.read("run.json", 0, 99))
        self.mirror.whole("run.json", b"}", False)
        self.assertEqual(self.mirror.read("run.json", 0, 99), b"{}")

    def test_what_has_no_end_is_refused(self) -> None:
        with mock.patch.object(mirror, "ROOM", 10):
            small = Mirror()
            self.addCleanup(small.close)
            small.folder("out")
            small.part("out/x.out", 0, b"x" * 8)
            with self.assertRaisesRegex(ValueError, "more than"):
                small.part("out/x.out", 8, b"x" * 8)

    def test_what_is_no_frame_is_refused(self) -> None:
        for data in (b"x" * (1 << 17), b"no JSON\n", b"[]\n", b'{"size": -1}\n',
                     b'{"size": 2000000}\n', b'{"size": true}\n', b'{"kind": "x"}\n', b"\xff\n"):
            with self.subTest(data[:20]):
                with self.assertRaises(ValueError):
                    list(frames.Frames().feed(data))
        whole = frames.frame({"kind": "x"}, b"one\ntwo") + frames.frame({"kind": "y"})
        taken, reader = [], frames.Frames()
        for at in range(len(whole)):
            taken += list(reader.feed(whole[at:at + 1]))
        self.assertEqual([(line["kind"], data) for line, data in taken],
                         [("x", b"one\ntwo"), ("y", b"")])


if __name__ == "__main__":
    support.main()
