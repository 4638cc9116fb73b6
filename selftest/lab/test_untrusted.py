#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's root user can do to the folder and the serial lines that it writes, given to the
host's readers without a guest."""
from __future__ import annotations

import io
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402  pylint: disable=wrong-import-position

# pylint: disable=wrong-import-position
from runner import programs  # noqa: E402
from runner.errors import NEW_BOOT, Refused  # noqa: E402
from runner.judge import unrun  # noqa: E402
from runner.lab import (boot, cgroup, guest, host, jail, launch, share,  # noqa: E402
                        user)
from runner.lab.box import Box, keep_files  # noqa: E402
from runner.lab.image import Kernel  # noqa: E402
from runner.plan import Planned  # noqa: E402
from runner.programs import Program  # noqa: E402
from runner.record import FORMAT, load  # noqa: E402
from runner.request import Request  # noqa: E402
from runner.watch import follow, outside, passed_on, valid  # noqa: E402

PROGRAMS = {"x/y": Program("/p", "x", "y", cases={"a": ""}),
            "x/z": Program("/p", "x", "z", cases={"a": ""})}
NAMES = ("results.jsonl", "run.json", "running", "out/x-y.out", "out/x-y.err")
HUGE = "9" * 400


def planned(name: str) -> Planned:
    """A planned run of a program."""
    return Planned(PROGRAMS[name], None, ["a"], "pass")


def result(name: str = "x/y", **more: Any) -> Dict[str, Any]:
    """A line as a sane guest writes it."""
    return {**unrun(planned(name)), "points": [
        {"name": f"{name}.a", "verdict": "pass", "reason": None, "known": None,
         "diagnostics": {"duration_ms": 0.1}}], "started": "now", "out": "out/x-y.out", **more}


def run_json(**more: Any) -> Dict[str, Any]:
    """run.json as a sane guest writes it."""
    return {"format": FORMAT, "run": "r", "lab": None, "command": "func", "started": "now",
            "ended": None, "kernel": {"release": "6", "version": "v", "machine": "x86_64",
                                      "upstream": "6", "taint": 0, "command_line": ""},
            "nodes": 1, "memory_kb": 1, "kind": "func", "seconds": None, "seed": 1, "repeat": 1,
            "params": {}, "time_scale": 1.0, "known_issues": [], "plan": ["x/y", "x/z"],
            "cases": {}, "settings": [], "between": [], "hindered": [], "summary": None, **more}


class Hostile(unittest.TestCase):
    """A record on the host, and a folder as the guest's root user sees it."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run")
        self.addCleanup(scratch.cleanup)
        self.folder = os.path.join(scratch.name, "run")
        self.victim = os.path.join(scratch.name, "victim")
        os.makedirs(os.path.join(self.folder, "out"))
        self.fill(self.victim, b"the host's\n")
        self.record = host.Record(self.folder, {"options": {"kernel": "build"}}, set(PROGRAMS))
        self.addCleanup(self.record.close)
        self.box = self.record.enclose(Box.make)
        # The guest's actions use this path.
        self.inside = self.box.path
        self.began = time.monotonic()

    def tearDown(self) -> None:
        self.assertLess(time.monotonic() - self.began, 20)
        with open(self.victim, "rb") as file:
            self.assertEqual(file.read(), b"the host's\n")
        self.assertEqual(os.stat(self.victim).st_nlink, 1)
        for at, folders, files in os.walk(self.folder):
            for name in folders + files:
                mode = os.lstat(os.path.join(at, name)).st_mode
                self.assertTrue(stat.S_ISREG(mode) or stat.S_ISDIR(mode), name)
                self.assertEqual(mode & 0o6000, 0, name)

    @staticmethod
    def fill(path: str, data: bytes) -> None:
        with open(path, "wb") as file:
            file.write(data)

    def put(self, name: str, data: Any) -> None:
        """A file of the guest, of bytes or of a JSON value."""
        self.fill(os.path.join(self.inside, name), data if isinstance(data, bytes)
                  else json.dumps(data).encode() + b"\n")

    def look(self) -> List[Dict[str, Any]]:
        """Everything that the host does while a guest runs; no look may take long."""
        began = time.monotonic()
        found = self.record.read_new()
        name = self.record.running()[1]
        self.record.spoke(name or "x/y")
        self.record.plan()
        self.assertLess(time.monotonic() - began, 5)
        return found

    def sane(self) -> None:
        """Writes what a sane guest writes after a program."""
        self.put("run.json", run_json())
        self.put("out/x-y.out", b"TAP version 14\n")
        self.put("results.jsonl", result())


@support.needs_root
class Folders(Hostile):
    """Anything in the place of a file."""

    def things(self) -> Dict[str, Callable[[str], Any]]:
        """Kinds of files that a guest can create, by name."""
        def bound(path: str) -> None:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(path)

        def sparse(path: str) -> None:
            self.fill(path, b"")
            os.truncate(path, 1 << 40)

        def linked(path: str) -> None:
            self.fill(path + "2", b"{}")
            os.link(path + "2", path)

        def setuid(path: str) -> None:
            self.fill(path, b"#!/bin/sh\n")
            os.chmod(path, 0o6755)
        return {
            "link to a file of the host": lambda path: os.symlink(self.victim, path),
            "link to nothing": lambda path: os.symlink("/run/hugeproof-selftest-none/x", path),
            "link to itself": lambda path: os.symlink(path, path),
            "link to a descriptor": lambda path: os.symlink("/proc/self/fd/0", path),
            "folder": os.mkdir,
            "pipe": os.mkfifo,
            "socket": bound,
            "terminal": lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(5, 0)),
            "disk": lambda path: os.mknod(path, stat.S_IFBLK | 0o666, os.makedev(254, 0)),
            "endless zeros": lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5)),
            "file with a hole of 1 TB": sparse,
            "file of two names": linked,
            "setuid file": setuid,
        }

    def test_in_place_of_a_file(self) -> None:
        for name in NAMES:
            for what, make in self.things().items():
                with self.subTest(f"{what} as {name}"):
                    self.record.close()
                    self.inside = self.record.enclose(Box.make).path
                    self.sane()
                    path = os.path.join(self.inside, name)
                    if os.path.lexists(path):
                        os.unlink(path)
                    make(path)
                    self.look()
                    self.record.release()
                    for made in ("run.json", "results.jsonl"):
                        if os.path.exists(os.path.join(self.folder, made)):
                            os.unlink(os.path.join(self.folder, made))
                    self.record = host.Record(self.folder, None, set(PROGRAMS))

    def test_in_place_of_the_folder_of_outputs(self) -> None:
        self.sane()
        os.unlink(os.path.join(self.inside, "out/x-y.out"))
        os.rmdir(os.path.join(self.inside, "out"))
        beside = os.path.join(os.path.dirname(self.victim), "beside")
        os.mkdir(beside)
        self.fill(os.path.join(beside, "x-y.out"), b"secret\n")
        os.symlink(beside, os.path.join(self.inside, "out"))
        self.assertEqual(len(self.look()), 1)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out/x-y.out")))
        self.assertEqual(os.listdir(beside), ["x-y.out"])

    def test_the_folder_is_of_bounded_size(self) -> None:
        with self.assertRaises(OSError):
            with open(os.path.join(self.inside, "big"), "wb") as file:
                for _ in range(10000):
                    file.write(bytes(1 << 20))
        os.unlink(os.path.join(self.inside, "big"))
        with self.assertRaises(OSError):
            for number in range(1_000_000):
                os.mkdir(os.path.join(self.inside, str(number)))
        self.look()

    def test_nothing_in_it_can_be_run_or_is_a_device(self) -> None:
        path = os.path.join(self.inside, "shell")
        self.fill(path, b"#!/bin/sh\n")
        os.chmod(path, 0o6755)
        with self.assertRaises(PermissionError):
            os.execv(path, [path])
        null = os.path.join(self.inside, "null")
        os.mknod(null, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        with self.assertRaises(PermissionError):
            with open(null, "rb"):
                pass

    def test_no_path_of_the_host_leads_there_and_nothing_stays(self) -> None:
        def mounts() -> str:
            with open("/proc/self/mountinfo", encoding="utf-8") as file:
                return file.read()
        self.record.close()
        before = mounts()
        self.inside = self.record.enclose(Box.make).path
        self.sane()
        self.assertEqual(mounts(), before)
        self.look()
        self.record.release()
        self.assertEqual(sorted(os.listdir(self.folder)), ["out", "results.jsonl", "run.json"])

    def test_what_a_shell_left_is_kept_as_plain_files(self) -> None:
        box = Box.make()
        self.addCleanup(box.close)
        for name, (what, make) in enumerate(self.things().items()):
            make(os.path.join(box.path, f"{name}"))
        os.makedirs(os.path.join(box.path, "a/b"))
        self.fill(os.path.join(box.path, "a/b/c\n\033[2J"), b"kept\n")
        parent = os.path.dirname(self.victim)
        top = keep_files(box, parent, 10 << 20)
        assert top
        found = [os.path.join(at, name) for at, _, names in os.walk(top) for name in names]
        for path in found:
            self.assertEqual(stat.S_IFMT(os.lstat(path).st_mode), stat.S_IFREG)
            self.assertEqual(os.lstat(path).st_mode & 0o7111, 0)
        self.assertLessEqual(sum(os.stat(path).st_size for path in found), 10 << 20)
        with open(os.path.join(top, "a/b/c\n\033[2J"), "rb") as file:
            self.assertEqual(file.read(), b"kept\n")


@support.needs_root
class Lines(Hostile):
    """Anything in a file."""

    STRANGE: List[bytes] = [
        b"", b"[1]", b"5", b'{"name":"x"}', b"nan", b"NaN", b"null", b'"x"', b"{", b"\0" * 100,
        b"\xff\xfe", b"[" * 100000, b'{"a":' * 5000, b"9" * 5000, b"x" * 3_000_000,
    ]

    def wrong(self) -> List[Dict[str, Any]]:
        """Results that are nearly right."""
        found = [{**result(), key: value} for key, values in {
            "name": (5, None, "x/none", "../../etc/passwd", "x/y\n", "x/y\033[2J", "", "x" * 999),
            "verdict": ("good", 5, None, []), "points": (None, {}, [5], [{}], [{"name": "a"}]),
            "reason": (5, [], {}), "counters": (None, [], {}, {"delta": {"a": "b"}},
                                                {"delta": {"a": float("nan")}}),
            "taint": (None, 5, {}, {"before": "a", "after": 1}), "left": ([], {"x": 5}, None),
            "log": (None, "x", [5]), "complaints": (None, [None]), "out": (5, ["x"]),
            "duration_ms": ("1", None, [], float("inf"), float("nan"), int(HUGE)),
            "exit": ("0", int(HUGE)), "rest": (["a"],), "died": (1,), "signal": (9,),
            "page_size": (2,), "program": ([],),
        }.items() for value in values]
        for point in ({"name": "x/y.a\033]0;", "verdict": "pass"}, {"name": 5, "verdict": "pass"},
                      {"name": "x/y.a", "verdict": "fine"},
                      {"name": "x/y.a", "verdict": "pass", "reason": 5},
                      {"name": "x/y.a", "verdict": "pass", "diagnostics": []},
                      {"name": "x/y.a", "verdict": "pass",
                       "diagnostics": {"duration_ms": int(HUGE)}}):
            found.append(result(points=[point]))
        return found

    def test_a_line_that_is_no_result_is_left_out_and_the_next_is_taken(self) -> None:
        self.put("run.json", run_json())
        lines = self.STRANGE + [json.dumps(value).encode() for value in self.wrong()]
        lines += [json.dumps(result()).replace('"exit": null', f'"exit": {text}').encode()
                  for text in ("1e999", "-Infinity", "NaN", HUGE)]
        self.put("results.jsonl", b"\n".join(lines) + b"\n"
                 + json.dumps(result()).encode() + b"\n" + json.dumps(result("x/z")).encode())
        found: List[Dict[str, Any]] = []
        for _ in range(20):
            found += self.look()
        self.assertEqual([line["name"] for line in found], ["x/y"])
        self.assertEqual(self.record.refused, len(lines))
        self.assertIn("cannot be used", self.record.unusable() or "")
        self.record.release()
        self.assertEqual([line["name"] for line in load(self.folder)[1]], ["x/y"])

    def test_a_result_counts_once(self) -> None:
        self.put("run.json", run_json())
        line = json.dumps(result()).encode() + b"\n"
        self.put("results.jsonl", line * 100_000)
        began = time.monotonic()
        found = [line for _ in range(100) for line in self.look()]
        self.assertEqual(len(found), 1)
        self.assertLess(time.monotonic() - began, 10)

    def test_a_line_without_end(self) -> None:
        self.put("run.json", run_json())
        self.put("results.jsonl", b"x" * (40 << 20))
        self.assertEqual([line for _ in range(10) for line in self.look()], [])

    def test_what_takes_long_to_read_is_not_read(self) -> None:
        self.put("run.json", run_json())
        self.look()
        many = b"[" + b"[],[{},1]," * 600_000 + b"0]"
        for line in (many, b'{"name":"x/y","points":' + many + b"}",
                     b"[" + b"1," * 3_000_000 + b"1]",
                     json.dumps(result()).encode()[:-1] + b',"log":' + many + b"}"):
            refused = self.record.refused
            with open(os.path.join(self.inside, "results.jsonl"), "ab") as file:
                file.write(line + b"\n")
            began = time.process_time()
            self.look()
            self.assertEqual(self.record.refused, refused + 1)
            self.assertLess(time.process_time() - began, 0.5)
        self.assertIn("too many values", self.record.unusable() or "")
        began = time.process_time()
        self.put("run.json", b'{"plan":' + b"[" + b"[]," * 20_000_000 + b"0]}")
        self.look()
        self.assertLess(time.process_time() - began, 2)
        with open(os.path.join(self.inside, "results.jsonl"), "ab") as file:
            # As long as a runner may write it.
            file.write(json.dumps(result(log=["\\\",[{" * 40] * 50_000)).encode() + b"\n")
        self.assertEqual([line["name"] for line in self.look()], ["x/y"])

    def test_run_json_is_not_taken_over_without_end(self) -> None:
        for nth in range(200):
            self.put("run.json", run_json(ended=f"{nth}"))
            self.look()
        self.assertIn("again and again", self.record.unusable() or "")
        self.assertEqual(load(self.folder)[0]["ended"], f"{outside.MAX_RUN_WRITTEN - 1}")
        self.put("results.jsonl", result())
        self.assertEqual(self.look(), [])

    def test_the_last_results_are_not_waited_for_once_it_is_to_stop(self) -> None:
        names = [f"x/y#{n}" for n in range(4000)]
        self.put("run.json", run_json(plan=names))
        line = result(reason="," * 8000)
        self.put("results.jsonl", b"".join(
            json.dumps({**line, "name": name}).encode() + b"\n" for name in names))
        with mock.patch.object(outside, "LOOK_S", 0.01), mock.patch.object(outside, "LAST_S", 0.1):
            found = self.record.release(lambda: True)
        self.assertTrue(0 < len(found) < len(names), len(found))

    def test_what_is_taken_back_does_no_harm(self) -> None:
        self.sane()
        self.assertEqual(len(self.look()), 1)
        self.put("results.jsonl", b"")
        self.put("run.json", b"")
        self.assertEqual(self.look(), [])
        os.unlink(os.path.join(self.inside, "results.jsonl"))
        os.unlink(os.path.join(self.inside, "run.json"))
        self.assertEqual(self.look(), [])
        self.record.release()
        self.assertEqual(len(load(self.folder)[1]), 1)

    def test_where_an_output_is_is_not_for_the_guest_to_say(self) -> None:
        self.put("run.json", run_json())
        self.put("results.jsonl", result(out="../../../etc/passwd"))
        self.look()
        self.record.release()
        self.assertEqual(load(self.folder)[1][0]["out"], "out/x-y.out")

    def test_what_runs(self) -> None:
        self.put("run.json", run_json())
        self.look()
        for text, limit in ((b"x/y\n1\nnan\n", 0.0), (b"x/y\n1\n-5\n", 0.0), (b"x/y\ninf", 0.0),
                            (b"x/y\n1e999\n", 0.0), (b"x/y\n1e300\n", valid.MOST_SECONDS),
                            (b"x/y\n" + b"9" * 4000, 0.0), (b"x/y", 0.0), (b"x/y\n\n\n", 0.0),
                            (b"x/y\n130\n160\n", 160.0)):
            with self.subTest(text[:20]):
                self.put("running", text)
                self.assertEqual(self.record.running()[1:], ("x/y", limit))
        for text in (b"", b"\n", b"\0", b"\xff", b"../x\n1\n", b"x/none\n5\n", b"x/y\033[2J\n5\n",
                     b"y" * 1_000_000):
            with self.subTest(text[:20]):
                self.put("running", text)
                self.assertEqual(self.record.running()[1:], ("", 0.0))

    def test_the_plan_and_the_lab_are_not_for_the_guest_to_say(self) -> None:
        for wrong in ({"plan": None}, {"plan": ["a"]}, {"plan": ["x/y", "x/none"]},
                      {"plan": ["x/y", "x/y"]}, {"plan": ["../../x"]}, {"format": 99},
                      {"kernel": None}, {"kernel": {}}, {"time_scale": "1"}, {"seed": [1]},
                      {"time_scale": int(HUGE)}, {"hindered": [{"points": "many"}]},
                      {"between": [5]}, {"cases": {"x/y": 5}}, {"kind": "other"}, {"seconds": "1"},
                      {"params": []}, {"not_restored": [5]}, {"ended": 5}):
            with self.subTest(str(wrong)[:60]):
                self.put("run.json", run_json(**wrong))
                self.look()
                self.assertFalse(self.record.begun())
        for text in self.STRANGE:
            self.put("run.json", text)
            self.look()
            self.assertFalse(self.record.begun())
        forged = {"options": {"kernel": "build:/tmp/evil"}, "words": ["func"]}
        self.put("run.json", run_json(lab=forged, run="../x"))
        self.look()
        self.put("run.json", run_json(plan=["x/y"], ended="now"))
        self.look()
        run = load(self.folder)[0]
        self.assertEqual((run["lab"], run["run"], run["plan"], run["ended"]),
                         ({"options": {"kernel": "build"}}, "run", ["x/y", "x/z"], None))


PROBE = """
import json, os, socket
found = {}
with open('/proc/self/status') as file:
    for line in file:
        found[line.partition(':')[0]] = line.partition(':')[2].split()
def writable(path):
    try:
        os.close(os.open(os.path.join(path, 'probe'), os.O_WRONLY | os.O_CREAT, 0o600))
        return True
    except OSError:
        return False
def reads(path):
    try:
        return bool(os.close(os.open(path, os.O_RDONLY)) or True)
    except OSError:
        return False
found['writable'] = [path for path in ('/', '/etc', '/root', '/run', '/tmp', '/var/tmp', '/dev',
                                       '/dev/shm', '/sys', '/proc/sys/vm') if writable(path)]
found['dev'] = sorted(set(os.listdir('/dev')) - {'kvm'})
found['run'], found['shadow'] = os.listdir('/run'), reads('/etc/shadow')
found['network'] = [name for _, name in socket.if_nameindex()]
found['core'] = __import__('resource').getrlimit(4)
found['ids'] = os.getresuid() + os.getresgid()
found['fds'] = len(os.listdir('/proc/self/fd'))
print(json.dumps(found))
"""


@support.needs_root
class Shut(unittest.TestCase):
    """The confinement of QEMU."""

    def probe(self, *capabilities: int, keep: Sequence[str] = (), who: Optional[int] = None,
              groups: Sequence[str] = ()) -> Dict[str, Any]:
        """What a process finds in this confinement."""
        spec = jail.specification(keep, who, capabilities, True, groups)
        done = subprocess.run(jail.command(spec, ["/usr/bin/python3", "-I", "-S", "-c", PROBE]),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        found: Dict[str, Any] = json.loads(done.stdout)
        return found

    def test_it_can_do_next_to_nothing(self) -> None:
        who = user.unused()
        before = support.settings()["mounts"]
        found = self.probe(who=who)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(found[name][0], 16), 0, name)
        self.assertEqual((found["NoNewPrivs"], found["Groups"]), (["1"], []))
        self.assertEqual(found["ids"], [who] * 6)
        self.assertEqual((found["writable"], found["run"], found["shadow"]), ([], [], False))
        self.assertEqual(found["dev"], ["full", "null", "random", "urandom", "zero"])
        self.assertEqual((found["network"], found["core"]), (["lo"], [0, 0]))
        self.assertLessEqual(found["fds"], 4)
        self.assertEqual(support.settings()["mounts"], before)

    def test_before_linux_5_12_the_files_are_read_only_as_well(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            # The jail is a script: one in which the system call is unknown.
            for name in ("jail.py", "syscalls.py"):
                with open(os.path.join(os.path.dirname(jail.__file__), name), "rb") as file:
                    text = file.read().replace(b"= 428, 429, 430, 431, 432, 442",
                                               b"= 428, 429, 430, 431, 432, 100000")
                Hostile.fill(os.path.join(folder, name), text)
            self.assertIn(b"100000", text)
            before = support.settings()["mounts"]
            with mock.patch.object(jail, "__file__", os.path.join(folder, "jail.py")):
                found = self.probe(jail.DAC_READ_SEARCH, jail.DAC_OVERRIDE)
            self.assertEqual((found["writable"], found["run"]), ([], []))
            self.assertEqual(support.settings()["mounts"], before)

    def test_it_reads_all_where_it_must(self) -> None:
        found = self.probe(jail.DAC_READ_SEARCH, who=user.unused())
        self.assertEqual(int(found["CapEff"][0], 16), 1 << jail.DAC_READ_SEARCH)
        self.assertEqual((found["writable"], found["shadow"]), ([], True))

    def test_named_folders_are_to_be_seen(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            found = self.probe(keep=[folder], who=user.unused())
            self.assertEqual(found["run"], [os.path.basename(folder)])
            self.assertTrue(user.anybody_can_read(["/usr/bin/env"]))
            self.assertFalse(user.anybody_can_read([folder]))
            self.assertFalse(user.anybody_can_read([], [folder]))
            self.assertTrue(user.anybody_can_read([], ["/"]))
            self.assertFalse(user.anybody_can_read([os.path.join(folder, "none")]))
            os.chmod(folder, 0o755)
            self.assertTrue(user.anybody_can_read([folder]))
            with open(os.path.join(folder, "x"), "wb") as file:
                os.fchmod(file.fileno(), 0o600)
            self.assertFalse(user.anybody_can_read([folder]))

    def test_root_within_the_same_walls(self) -> None:
        found = self.probe(*share.CAPABILITIES)
        self.assertEqual((found["writable"], found["network"]), ([], ["lo"]))
        self.assertEqual(int(found["CapEff"][0], 16), sum(1 << n for n in share.CAPABILITIES))

    def test_it_ends_with_its_parent(self) -> None:
        spec = jail.specification((), user.unused(), (), True)
        spec = json.dumps({**json.loads(spec), "parent": 1})
        done = subprocess.run(jail.command(spec, ["/bin/true"]), check=False)
        self.assertEqual(done.returncode, 127)

    def test_groups_are_made_and_removed(self) -> None:
        made = cgroup.Cgroup()
        self.addCleanup(made.close)
        made.make(100, 50)
        self.probe(who=user.unused(), groups=made.paths)
        paths = list(made.paths)
        for path in paths:
            for name, value in (("pids.max", "50"), ("memory.max", str(100 << 20)),
                                ("memory.limit_in_bytes", str(100 << 20))):
                if os.path.exists(f"{path}/{name}"):
                    with open(f"{path}/{name}", encoding="ascii") as file:
                        self.assertEqual(file.read().strip(), value)
        made.close()
        self.assertEqual([path for path in paths if os.path.exists(path)], [])

    def test_the_debugger_is_roots_alone(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            image = os.path.join(folder, "image")
            with open(image, "wb") as file:
                file.write(b"x")
            gdb = os.path.join(folder, "gdb")
            one = launch.Launch(guest.Guest(Kernel(image, "6"), gdb=gdb), "tcg", "9p",
                                user.unused())
            self.addCleanup(one.close)
            with open(one.archive, "wb"):
                pass
            try:
                one.prepare([])
            except Refused as refused:
                self.skipTest(str(refused))
            self.assertEqual(stat.S_IMODE(os.stat(gdb).st_mode), 0o600)
            words = " ".join(one.argv)
            self.assertIn("-gdb chardev:gdb", words)
            self.assertIn("-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
                          "resourcecontrol=deny", words)
            for word in (" -s ", "tcp:", "port=", "host="):
                self.assertNotIn(word, words + " ")


class FakeBoot:
    """A fake boot that ends at once, with this output of the guest."""

    what = "the guest"

    def __init__(self, *events: str, output: bytes = b"", console: bytes = b"",
                 ends: bool = True) -> None:
        self.events, self.output, self.console = list(events), output, console
        self.ends = ends

    def wait(self, _seconds: float) -> bool:
        return self.ends

    def event(self, word: str) -> Optional[str]:
        return next((e[len(word) + 1:] for e in self.events if e.split(" ")[0] == word), None)

    @staticmethod
    def stopped() -> Optional[str]:
        return None

    @staticmethod
    def waited_ns() -> Dict[str, int]:
        return {}

    @staticmethod
    def vanished(stopped: Optional[str]) -> Tuple[str, str]:
        return "panic", stopped or "it reset itself"

    def close(self) -> None:
        pass


class Endings(unittest.TestCase):
    """Final messages that are not valid."""

    def test_a_strange_exit_status(self) -> None:
        signals: Any = SimpleNamespace(requested=None)
        for text in ("\u00b2", "9" * 5000, "-1", "0x0", "", " 0", "\u0661", "1e3", "nan", "1_0"):
            end = follow.follow(FakeBoot(f"exit {text}"), signals, 1.0,  # type: ignore[arg-type]
                                follow.Seen)
            self.assertEqual((end.status, end.verdict), (None, "panic"), text)

    def test_a_guest_that_is_up_cannot_say_that_it_never_was(self) -> None:
        signals: Any = SimpleNamespace(requested=None)
        end = follow.follow(FakeBoot("failed 9p", "exit 0"), signals, 1.0,  # type: ignore
                            lambda: follow.Seen(began=True))
        self.assertEqual(end.status, 0)

    def test_one_that_goes_on_and_on_without_a_result(self) -> None:
        signals: Any = SimpleNamespace(requested=None)
        boot_: Any = FakeBoot("ready", ends=False)
        end = follow.follow(boot_, signals, 1e6,
                            lambda: follow.Seen(True, 1e6, True, due_s=0.2))
        self.assertEqual(end.verdict, "timeout")
        self.assertIn("no result comes", end.reason)

    def test_escapes_do_not_reach_the_terminal(self) -> None:
        to = io.StringIO()
        passed = passed_on.Passed(to)
        text = "a\u00e4\033[2J\033]0;x\007\r\n\tb\rc\u202e\x9b\n".encode() + b"\xff\xfe\n"
        for end in range(len(text) + 1):
            passed.put(text[:end])
        said = to.getvalue()
        self.assertTrue(all(c.isprintable() or c in "\n\t" for c in said), said)
        self.assertTrue(said.startswith("a\u00e4\\x1b[2J"), said)

    def test_a_flood_ends_the_guest(self) -> None:
        with tempfile.TemporaryDirectory(prefix="hugeproof-selftest-", dir="/run") as folder:
            path = os.path.join(folder, "control")
            made = boot.Boot.__new__(boot.Boot)
            made._lines = {"control": boot.Line(path)}  # pylint: disable=protected-access
            made._said, made._flooded = {}, None  # pylint: disable=protected-access
            made._folder = folder  # pylint: disable=protected-access
            self.addCleanup(made._lines["control"].close)  # pylint: disable=protected-access
            with open(path, "ab") as file:
                file.write(b"x" * (3 << 20))
            self.assertEqual(made._read("control"), b"")  # pylint: disable=protected-access
            self.assertIn("more than 1 MB", made.stopped() or "")


@support.needs_root
class Runs(Hostile):
    """Whole runs with guests that lie; each ends, with a verdict for everything that was
    planned."""

    def go(self, acts: Callable[[str, int], FakeBoot]) -> Optional[int]:
        """A run whose boots do what `acts` does, given the path of the folder and how many
        came before."""
        self.record.close()
        self.boots = 0

        def boot_recorded(_command: Any, _folder: str, box: Box) -> FakeBoot:
            self.boots += 1
            self.assertLess(self.boots, 20)
            self.inside = box.path
            return acts(box.path, self.boots - 1)
        setup: Any = SimpleNamespace(boot_recorded=boot_recorded, stall_s=0.1, box=Box.make,
                                     console="console.log", slow=1.0, asks_here=True,
                                     command=lambda *words: [])
        silent: Any = SimpleNamespace(result=lambda r: None, note=lambda text: None,
                                      running=lambda *words: None, clear=lambda: None)
        signals: Any = SimpleNamespace(requested=None)
        return host.Run(setup, self.record, Request(no_known_issues=True),
                        list(PROGRAMS.values()), signals, silent).go()

    def verdicts(self) -> Dict[str, str]:
        """By name."""
        return {line["name"]: line["verdict"] for line in load(self.folder)[1]}

    def test_one_that_says_it_is_done_and_is_not(self) -> None:
        for status in (0, 1, 3, 77):
            with self.subTest(status):
                self.record = host.Record(self.folder, None, set(PROGRAMS))

                def acts(_path: str, _boots: int, status: int = status) -> FakeBoot:
                    self.put("run.json", run_json())
                    return FakeBoot(f"exit {status}")
                self.assertIsNone(self.go(acts))
                self.assertEqual(self.verdicts(), {"x/y": "panic", "x/z": "panic"})
                os.unlink(os.path.join(self.folder, "run.json"))
                os.unlink(os.path.join(self.folder, "results.jsonl"))

    def test_one_whose_runner_gives_up_under_a_program(self) -> None:
        """If the runner of a guest gives up, for example after SIGTERM, the rest still has a
        verdict."""
        def acts(_path: str, boots: int) -> FakeBoot:
            self.put("run.json", run_json(interrupted="SIGTERM"))
            self.put("running", b"x/z\n1\n1\n" if boots else b"x/y\n1\n1\n")
            return FakeBoot("exit 2")
        self.assertIsNone(self.go(acts))
        self.assertEqual(self.verdicts(), {"x/y": "broken", "x/z": "broken"})
        self.assertIn("interrupted by SIGTERM", load(self.folder)[1][0]["reason"])

    def test_one_that_could_not_begin(self) -> None:
        def acts(_path: str, _boots: int) -> FakeBoot:
            self.put("run.json", run_json())
            return FakeBoot("exit 2")
        self.assertEqual(self.go(acts), 2)
        self.assertEqual(self.verdicts(), {})

    def test_what_it_counts_is_not_believed(self) -> None:
        def acts(_path: str, _boots: int) -> FakeBoot:
            self.put("run.json", run_json(ended="now", summary={"passed": 99}, seems_fixed=[]))
            self.put("out/x-y.out", b"")
            with open(os.path.join(self.inside, "results.jsonl"), "ab") as file:
                for name in ("x/y", "x/z"):
                    file.write(json.dumps(result(name)).encode() + b"\n")
            return FakeBoot("exit 2")
        self.assertEqual(self.go(acts), 2)
        run = load(self.folder)[0]
        self.assertEqual((run["summary"]["passed"], run["summary"]["missing"]), (2, 0))

    def test_whose_guest_died_is_not_asked_what_it_is(self) -> None:
        """Querying would end all children of this process, among which may be guests of other
        kernels."""
        reported = os.path.join(self.folder, "described.json")
        self.put_described(reported, "y")
        run = host.Run(SimpleNamespace(), self.record, Request(),  # type: ignore[arg-type]
                       [Program("/p", "x", "y")], SimpleNamespace(), None,  # type: ignore
                       described=reported)
        self.put("run.json", run_json())
        self.record.read_new()
        with mock.patch.object(programs, "run_program", side_effect=AssertionError("asked")):
            found = run._planned("x/y")  # pylint: disable=protected-access
        self.assertEqual((found.program.path, found.cases), ("/p", ["a", "b"]))

    def put_described(self, path: str, name: str) -> None:
        """The description of a program with cases a and b."""
        said = {"format": 1, "name": name, "area": "x", "kind": "func", "bits": 64,
                "summary": "s", "source": "s", "sources": [{"kind": "man", "value": "v"}],
                "cases": [{"name": case, "summary": "s"} for case in "ab"], "needs": [],
                "page_sizes": "none", "seconds": 1, "poisons": False, "spoils": False,
                "log_allows": [], "params": []}
        self.fill(path, json.dumps({"/p": {"identity": [0, 0], "said": json.dumps(said)}}).encode())

    def test_one_that_asks_for_boots_without_end(self) -> None:
        def acts(_path: str, boots: int) -> FakeBoot:
            if not boots:
                self.sane()
            return FakeBoot(f"exit {NEW_BOOT}")
        self.assertIsNone(self.go(acts))
        self.assertEqual(self.verdicts(), {"x/y": "pass", "x/z": "panic"})

    def test_one_that_records_nothing_and_says_that_all_is_well(self) -> None:
        for status in (0, 1, NEW_BOOT):
            with self.assertRaisesRegex(Refused, "no program ran"):
                self.go(lambda path, boots: FakeBoot(f"exit {status}"))

    def test_one_that_dies_with_any_last_line(self) -> None:
        for text in (b"[1]\n", b"5\n", b'{"name":"x"}\n', b'{"name":"x/y"}\n', b"NaN\n", b"{"):
            with self.subTest(text):
                self.record = host.Record(self.folder, None, set(PROGRAMS))

                def acts(_path: str, _boots: int, text: bytes = text) -> FakeBoot:
                    names = [name for name in ("x/y", "x/z") if name not in (
                        self.verdicts() if self.record.begun() else {})]
                    if not self.record.begun():
                        self.put("run.json", run_json())
                    with open(os.path.join(self.inside, "results.jsonl"), "ab") as file:
                        file.write(text)
                    self.put("running", names[0].encode() + b"\n1\nnan\n")
                    return FakeBoot()
                self.assertIsNone(self.go(acts))
                self.assertEqual(self.verdicts(), {"x/y": "panic", "x/z": "panic"})
                os.unlink(os.path.join(self.folder, "run.json"))
                os.unlink(os.path.join(self.folder, "results.jsonl"))


if __name__ == "__main__":
    support.main()
