#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attribution: what existed before a program, and what others do meanwhile, is not blamed on it,
and is left alone."""
from __future__ import annotations

import ctypes
import json
import os
import subprocess
import tempfile
import threading
import time
from typing import Any, Dict
from unittest import mock

import support
from runner import leaks, ownership
from runner.evidence import Left
from runner.observe import machine
from support import GOOD

FOLDER = "/run/hugeproof/journal"
GARBAGE = """
with open('%s/mine.5', 'w') as file:
    file.write('garbage\\n')
"""
# Reports that it runs, and continues when the neighbour has done its part.
WAITS = """
import os, time
open('%(path)s/runs', 'w').close()
while not os.path.exists('%(path)s/done'):
    time.sleep(0.002)
"""
# From a process that is gone when the program ends.
LEAVES = """
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    assert libc.shmget(77, ctypes.c_size_t(4096), 0o600 | 0o1000) >= 0
    os.mkdir('%(path)s/mounted')
    assert libc.mount(b'none', b'%(path)s/mounted', b'tmpfs', 0, None) == 0
    if os.fork() == 0:
        os.close(1); os.close(2)
        time.sleep(600)
    os._exit(0)
os.waitpid(pid, 0)
"""
# Itself, and without a mount.
LEAVES_ITSELF = """
import ctypes
assert ctypes.CDLL(None).shmget(78, ctypes.c_size_t(4096), 0o600 | 0o1000) >= 0
"""
# Like a program of lib/ that was killed: another one, run by hand.
BY_HAND = """
import json, os
pid = os.fork()
if pid == 0:
    with open('%(journal)s/byhand.%%d' %% os.getpid(), 'w') as file:
        file.write(json.dumps({'format': 1, 'owner': 'byhand', 'pid': os.getpid(),
                               'start': 1}) + '\\n')
        file.write(json.dumps({'undo': 'rmdir', 'path': '%(folder)s'}) + '\\n')
    os._exit(0)
os.waitpid(pid, 0)
"""
_LIBC = ctypes.CDLL(None, use_errno=True)
_MS_SHARED = 1 << 20


def _write(path: str, text: str) -> str:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


@support.needs_root
class Journals(support.Case):
    """Journals that cannot be undone."""

    def setUp(self) -> None:
        super().setUp()
        os.makedirs(FOLDER, mode=0o700, exist_ok=True)
        self.bad = _write(f"{FOLDER}/bad.4", "garbage\n")
        self.addCleanup(os.unlink, self.bad)

    def test_one_that_cannot_be_undone_is_no_program_s(self) -> None:
        folder = os.path.join(self.programs.path, "full")
        os.makedirs(folder + "/inside")
        stays = _write(f"{FOLDER}/stays.6", "".join(json.dumps(line) + "\n" for line in (
            {"format": 1, "owner": "stays", "pid": 1, "start": 1},
            {"undo": "rmdir", "path": folder})))
        for name in ("a1", "a2"):
            self.programs.add(name, GOOD)
        done = self.programs.run("func")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((done.stdout + done.stderr).count(f"rmdir {folder}"), 1, done.stderr)
        for result in self.programs.record().values():
            self.assertEqual((result["verdict"], result["not_ours"]), ("pass", []))
        os.rmdir(folder + "/inside")
        self.programs.run("restore")
        self.assertFalse(os.path.exists(stays) or os.path.exists(folder))

    def test_one_from_before_the_run_is_reported_once_and_blamed_on_nobody(self) -> None:
        for name in ("a1", "a2", "a3"):
            self.programs.add(name, GOOD)
        done = self.programs.run("func")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((done.stdout + done.stderr).count(self.bad), 1, done.stderr)
        for result in self.programs.record().values():
            self.assertEqual((result["verdict"], result["left"]["settings"]), ("pass", []))

    def test_a_new_one_is_the_program_s(self) -> None:
        self.addCleanup(os.unlink, f"{FOLDER}/mine.5")
        self.programs.add("a1", GOOD)
        self.programs.add("a2", GARBAGE % FOLDER + GOOD)
        self.programs.add("a3", GOOD)
        done = self.programs.run("func")
        self.assertIn("cannot restore: " + FOLDER + "/mine.5", done.stderr)
        record = self.programs.record()
        self.assertEqual(record["bad/a1"]["verdict"], "pass")
        self.assertEqual(record["bad/a3"]["verdict"], "pass")
        self.assertEqual(record["bad/a2"]["verdict"], "leak")
        self.assertIn("mine.5", record["bad/a2"]["left"]["settings"][0])
        self.assertEqual(len(record["bad/a2"]["left"]["settings"]), 1)


@support.needs_root
class Neighbours(support.Case):
    """Another process creates a segment and a mount while a program runs."""

    @classmethod
    def setUpClass(cls) -> None:
        # What other processes on this machine create or remove is not part of the test.
        _LIBC.unshare(0x8000000)

    def setUp(self) -> None:
        super().setUp()
        self.mounted = os.path.join(self.programs.path, "theirs")
        os.mkdir(self.mounted)
        self.shmid = -1
        self.addCleanup(self._clean)

    def _clean(self) -> None:
        _LIBC.umount2(os.fsencode(self.mounted), 2)
        if self.shmid >= 0:
            _LIBC.shmctl(self.shmid, 0, None)

    def _make(self) -> None:
        """Creates a segment that is not attached and whose creator is gone: what a program could
        have left."""
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, b"%d" % _LIBC.shmget(0, ctypes.c_size_t(4096), 0o600 | 0o1000))
            os._exit(0)
        os.wait()
        self.shmid = int(os.read(reader, 20))
        os.close(reader)
        os.close(writer)
        self.assertEqual(_LIBC.mount(b"none", os.fsencode(self.mounted), b"tmpfs", 0, None), 0)

    def _run(self, body: str, **circumstances: Any) -> Dict[str, Any]:
        """The record of a program during which the neighbour did its part."""
        path = {"path": self.programs.path}
        self.programs.add("meanwhile", WAITS % path + body % path + GOOD, seconds=60)
        child = subprocess.Popen(self.programs.command("func", **circumstances),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, encoding="utf-8")
        ends = time.monotonic() + 60
        while not os.path.exists(self.programs.path + "/runs"):
            self.assertTrue(child.poll() is None and time.monotonic() < ends, "does not begin")
            time.sleep(0.002)
        self._make()
        _write(self.programs.path + "/done", "")
        self.said = "".join(child.communicate(timeout=300))
        self.assertIn(self.shmid, machine.segments(), "somebody else's segment was removed")
        self.assertIn(self.mounted, [path for path, _, _ in machine.mounted()])
        return self.programs.record()["bad/meanwhile"]

    def test_neither_is_blamed_on_the_program_nor_removed(self) -> None:
        for circumstances in ({}, {"shared": True}):
            with self.subTest(str(circumstances)):
                result = self._run("", **circumstances)
                self.assertEqual((result["verdict"], result["reason"]), ("pass", None))
                theirs = " ".join(result["not_ours"])
                self.assertIn(f"SysV segment {self.shmid} of 4096 bytes", theirs)
                self.assertIn(self.mounted, theirs)
                self.assertIn("left alone", self.said)
            self._clean()
            for name in ("/runs", "/done"):
                os.unlink(self.programs.path + name)

    def test_theirs_that_comes_and_goes_is_not_blamed_on_it_either(self) -> None:
        # Unmounted after the program's mounts were read and before the machine's were.
        self.assertEqual(_LIBC.mount(b"none", os.fsencode(self.mounted), b"tmpfs", 0, None), 0)
        self.assertEqual(_LIBC.mount(None, os.fsencode(self.mounted), None, _MS_SHARED, None), 0)
        theirs, copy, own, bound = (os.path.join(self.mounted, name).encode()
                                    for name in ("theirs", "copy", "own", "bound"))
        for path in (theirs, copy, own, bound):
            os.mkdir(path)
        with ownership.Belongings(alone=False) as belongings:
            entered, go = os.pipe(), os.pipe()
            pid = os.fork()
            if pid == 0:
                belongings.enter()
                made = (_LIBC.mount(b"none", own, b"tmpfs", 0, None),
                        _LIBC.mount(b"/proc", bound, None, 0x1000, None))
                os.write(entered[1], b"x")
                os.close(go[1])
                os.read(go[0], 1)
                os._exit(0 if made == (0, 0) else 1)
            os.read(entered[0], 1)
            self.assertEqual(_LIBC.mount(b"none", theirs, b"tmpfs", 0, None), 0)
            self.assertEqual(_LIBC.mount(b"/proc", copy, None, 0x1000, None), 0)
            os.write(go[1], b"x")
            self.assertEqual(os.waitpid(pid, 0)[1], 0)
            belongings.ended()
            for path in (theirs, copy):
                self.assertEqual(_LIBC.umount2(path, 2), 0)
            for fd in entered + go:
                os.close(fd)
            left = Left()
            belongings.look(left, ())
        self.assertEqual([mount.partition(" ")[0] for mount in left.mounts],
                         [bound.decode(), own.decode()])

    def test_theirs_that_never_stays_is_not_blamed_on_quick_programs(self) -> None:
        self.assertEqual(_LIBC.mount(b"none", os.fsencode(self.mounted), b"tmpfs", 0, None), 0)
        self.assertEqual(_LIBC.mount(None, os.fsencode(self.mounted), None, _MS_SHARED, None), 0)
        os.mkdir(os.path.join(self.mounted, "theirs"))
        theirs, ended = os.path.join(self.mounted, "theirs").encode(), threading.Event()

        def come_and_go() -> None:
            while not ended.is_set():
                _LIBC.mount(b"none", theirs, b"tmpfs", 0, None)
                time.sleep(0.002)
                _LIBC.umount2(theirs, 2)
        for number in range(12):
            self.programs.add(f"quick{number}", GOOD)
        neighbour = threading.Thread(target=come_and_go)
        neighbour.start()
        try:
            self.programs.run("func")
        finally:
            ended.set()
            neighbour.join()
        record = self.programs.record()
        self.assertEqual({name: result["left"]["mounts"] for name, result in record.items()
                          if result["verdict"] != "pass"}, {})
        self.assertEqual(len(record), 12)

    def test_what_the_program_left_is_told_from_theirs(self) -> None:
        result = self._run(LEAVES)
        self.assertEqual(result["verdict"], "leak")
        left = result["left"]
        self.assertEqual([len(left[kind]) for kind in ("segments", "mounts", "processes")],
                         [1, 1, 1], left)
        self.assertIn("/mounted (tmpfs", left["mounts"][0])
        self.assertEqual(len(result["not_ours"]), 2, result["not_ours"])
        self.assertNotIn(77, [segment.key for segment in machine.segments().values()])
        self.assertNotIn(self.programs.path + "/mounted",
                         [path for path, _, _ in machine.mounted()])

    def test_in_a_guest_all_is_the_program_s(self) -> None:
        """There a program that leaves its namespaces does it in those of the runner."""
        path = os.path.join(self.programs.path, "over")
        os.mkdir(path)
        self.programs.add("outside", f"""
import os, subprocess
subprocess.run(['nsenter', '-t', str(os.getppid()), '-m', '-i', 'sh', '-c',
                'mount -t tmpfs over {path} && ipcmk -M 4096 >&2'], check=True)
""" + GOOD, seconds=10)
        with mock.patch.dict(os.environ, HUGEPROOF_LAB="{}"):
            self.programs.run("func")
        self.addCleanup(_LIBC.umount2, os.fsencode(path), 2)
        result = self.programs.record()["bad/outside"]
        self.assertEqual(result["verdict"], "leak")
        self.assertEqual(result["not_ours"], [])
        self.assertIn(f"{path} (tmpfs", " ".join(result["left"]["mounts"]))
        self.assertEqual(len(result["left"]["segments"]), 1)
        self.assertTrue(leaks.why_new_boot(result))

    def test_without_namespaces_its_own_segment_is_removed(self) -> None:
        result = self._run(LEAVES_ITSELF, shared=True)
        self.assertEqual(result["verdict"], "leak", result["reason"])
        self.assertEqual(len(result["left"]["segments"]), 1)
        self.assertNotIn(78, [segment.key for segment in machine.segments().values()])

    def test_a_setting_that_another_had_changed_is_no_leak_of_the_program(self) -> None:
        folder = tempfile.mkdtemp(dir="/run", prefix="hugeproof-selftest-")
        self.programs.add("meanwhile", BY_HAND % {"journal": FOLDER, "folder": folder} + GOOD)
        self.programs.run("func")
        result = self.programs.record()["bad/meanwhile"]
        self.assertEqual((result["verdict"], result["left"]["settings"]), ("pass", []))
        self.assertIn(f"rmdir {folder}", result["not_ours"][0])
        self.assertFalse(os.path.exists(folder))


if __name__ == "__main__":
    support.main()
