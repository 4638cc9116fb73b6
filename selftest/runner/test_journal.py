#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Journals that must not be trusted, or only in part: nothing that belongs to others is undone."""
from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import tempfile
import time
import unittest
from typing import Any, Dict, List
from unittest import mock

import support
from runner.errors import Refused
from runner.observe import machine
from runner.settings import journal, journal_file, memory_block, paths, recovery

_IPC_CREAT, _IPC_RMID = 0o1000, 0


class Journals(unittest.TestCase):
    """A folder of journals, and a setting that reads `now`."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "journal")
        self.scratch = os.path.join(folder.name, "hugeproof-")
        os.mkdir(self.folder, 0o700)
        for target, name, new in ((journal, "FOLDER", self.folder),
                                  (paths, "SCRATCH", self.scratch)):
            patch = mock.patch.object(target, name, new)
            patch.start()
            self.addCleanup(patch.stop)
        self.setting = self.file("setting")

    def file(self, name: str) -> str:
        """A stand-in for a setting."""
        path = self.scratch + name
        self.write(path, "now")
        return path

    @staticmethod
    def write(path: str, text: str) -> None:
        """Gives the file that content."""
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    @staticmethod
    def read(path: str) -> str:
        """Its first line."""
        with open(path, encoding="ascii") as file:
            return file.readline().strip()

    def head(self, **other: Any) -> Dict[str, Any]:
        """The first line of a journal whose owner is gone."""
        return {"format": 2, "owner": "x", "pid": 1, "start": 999999999999,
                "boot": journal_file.boot_id(), "uid": os.geteuid(), **other}

    def journal(self, *records: Dict[str, Any], **head: Any) -> str:
        """A journal of format 2."""
        path = os.path.join(self.folder, "x.1")
        with open(path, "wb") as file:
            file.write(b"".join(map(journal_file.sealed, [self.head(**head), *records])))
        return path

    def back(self, path: str, value: str = "before") -> Dict[str, Any]:
        """The record of a setting."""
        return {"undo": "write", "path": path, "value": value}

    def left_alone(self, path: str, *words: str) -> None:
        """Expects that nothing is undone, and that the journal stays and is reported."""
        undone = journal.undo_stale()
        self.assertEqual((undone.done, len(undone.failed)), ([], 1), undone)
        for word in words:
            self.assertIn(word, undone.failed[0])
        self.assertTrue(os.path.exists(path))
        self.assertEqual(self.read(self.setting), "now")


class Believed(Journals):
    """The owner of a journal, and whether it is intact."""

    def test_one_of_ours_is_undone(self) -> None:
        path = self.journal(self.back(self.setting))
        self.assertEqual(journal.undo_stale().failed, [])
        self.assertEqual(self.read(self.setting), "before")
        self.assertFalse(os.path.exists(path))

    def test_of_an_earlier_boot_nothing_is_undone(self) -> None:
        path = self.journal(self.back(self.setting), boot="00000000-0000-0000-0000-000000000000")
        undone = journal.undo_stale()
        self.assertEqual((undone.done, undone.failed, len(undone.notes)), ([], [], 1))
        self.assertIn("earlier boot", undone.notes[0])
        self.assertFalse(os.path.exists(path))
        self.assertEqual(self.read(self.setting), "now")

    def test_format_1_is_of_the_boot_in_which_it_was_written_last(self) -> None:
        for mtime, value in ((0, "now"), (None, "before")):
            path = os.path.join(self.folder, "old.1")
            self.write(path, json.dumps({"format": 1, "owner": "x", "pid": 1, "start": 1}) + "\n"
                       + json.dumps(self.back(self.setting)) + "\n")
            if mtime is not None:
                os.utime(path, (mtime, mtime))
            journal.undo_stale()
            self.assertEqual(self.read(self.setting), value)
            self.assertFalse(os.path.exists(path))

    def test_of_another_user_nothing_is_undone(self) -> None:
        self.left_alone(self.journal(self.back(self.setting), uid=os.geteuid() + 1), "user")
        path = self.journal(self.back(self.setting))
        os.chmod(path, 0o666)
        self.left_alone(path, "everybody")
        if os.geteuid() == 0:
            os.chmod(path, 0o600)
            os.chown(path, 65534, 65534)
            self.left_alone(path, "user 65534")

    def test_a_folder_that_is_another_user_s(self) -> None:
        path = self.journal(self.back(self.setting))
        with mock.patch.object(os, "geteuid", lambda: 12345):
            self.left_alone(path, "not a folder of ours")

    def test_every_byte_counts(self) -> None:
        path = self.journal(self.back(self.setting), self.back(self.setting + "2"))
        with open(path, "rb") as file:
            good = file.read()
        for at in range(len(good) - 1):
            for bit in (1, 3, 0x80):
                bad = good[:at] + bytes([good[at] ^ bit]) + good[at + 1:]
                with open(path, "wb") as file:
                    file.write(bad)
                self.left_alone(path, *["checksum"] * (b"before" not in bad))
        lines = good.splitlines(keepends=True)
        for text in (lines[0] + b'{"undo": "rmdir", "path": "/x"}\n', lines[0] + b"\0" * 9 + b"\n",
                     lines[0].replace(b'"format": 2', b'"format": 3') + lines[1]):
            with open(path, "wb") as file:
                file.write(text)
            self.left_alone(path)

    def test_a_cut_last_line_is_ignored(self) -> None:
        path = self.journal(self.back(self.setting), self.back(self.scratch + "other"))
        os.truncate(path, os.path.getsize(path) - 5)
        self.assertEqual([r["path"] for r in journal.load(path).records], [self.setting])

    def test_of_a_living_process_it_stays_before_its_first_line_is_written(self) -> None:
        mine, dead = (os.path.join(self.folder, f"x.{pid}") for pid in (os.getpid(), 999999999))
        whole = journal_file.sealed(self.head(pid=os.getpid())).decode()
        for text in ("", whole[:-1]):
            for path in (mine, mine + "-2", dead):
                self.write(path, text)
            self.assertEqual(journal.undo_stale(), journal.Undone())
            self.assertEqual(sorted(os.listdir(self.folder)),
                             [os.path.basename(path) for path in (mine, mine + "-2")])
        self.assertEqual({(j.owner, j.pid) for j in journal.load_all()}, {("x", os.getpid())})
        # A journal of an earlier process with that pid.
        for path in (mine, mine + "-2"):
            os.utime(path, (0, time.time() - 86400 * 365))
        self.assertEqual(journal.undo_stale(), journal.Undone())
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_is_no_file_is_reported(self) -> None:
        os.mkdir(self.folder + "/folder.1")
        os.mkfifo(self.folder + "/fifo.1")
        os.symlink("/dev/zero", self.folder + "/link.1")
        undone = journal.undo_stale()
        self.assertEqual((undone.done, len(undone.failed)), ([], 3))
        self.assertEqual(len(os.listdir(self.folder)), 3)

    def test_the_runner_s_own_beside_one_of_its_name(self) -> None:
        bad = os.path.join(self.folder, f"runner.{os.getpid()}")
        self.write(bad, "another's\n")
        writer = journal.Writer()
        writer.record(self.back(self.setting, "was"))
        self.assertEqual(writer.undo_all().done, [f"{self.setting} to was (changed by runner)"])
        self.assertEqual((self.read(self.setting), self.read(bad)), ("was", "another's"))
        self.assertEqual(len(os.listdir(self.folder)), 1)

    def test_a_value_that_is_there_may_be_refused(self) -> None:
        """As the state of a memory block is; any other refusal is a failure."""
        with mock.patch.object(journal, "write_setting",
                               side_effect=OSError(errno.EINVAL, "Invalid argument")):
            self.journal(self.back(self.setting, "now"))
            self.assertEqual(journal.undo_stale().failed, [])
            self.journal(self.back(self.setting, "was"))
            self.assertEqual(len(journal.undo_stale().failed), 1)

    def test_a_block_of_memory_that_never_goes_offline(self) -> None:
        """The child that waits in the kernel is killed, and the failure is told."""
        def write(path: str, value: str) -> None:
            if value == "0":
                time.sleep(60)
            raise OSError(errno.EBUSY, path)
        with mock.patch.object(memory_block.paths, "write", write), \
                mock.patch.object(memory_block, "SECONDS", 0.1):
            for value, number in (("0", errno.EINTR), ("1", errno.EBUSY)):
                with self.assertRaises(OSError) as seen:
                    memory_block.write("/sys/devices/system/memory/memory1/online", value)
                self.assertEqual(seen.exception.errno, number)
        memory_block.write(self.setting, "now")
        self.assertEqual(self.read(self.setting), "now")

    def test_values_without_sense(self) -> None:
        unpoison = {"undo": "unpoison", "path": paths.UNPOISON}
        for record in ({**unpoison, "value": "-1"}, {**unpoison, "value": "0x" + "f" * 40},
                       {**unpoison, "value": "x"}, self.back(self.scratch + "\ud800"),
                       self.back(self.setting, "\ud800"), self.back("/" * 5000),
                       {"undo": "shm_remove", "id": 10 ** 30, "time": -1}):
            self.journal(record, owner="\x1b[2J" * 100, pid=10 ** 30)
            undone = journal.undo_stale()
            self.assertEqual(undone.done, [], record)
            self.assertTrue("".join(undone.failed).isprintable())
            self.assertEqual(self.read(self.setting), "now")

    def test_what_is_reported_once_is_not_reported_again(self) -> None:
        self.journal(self.back("/etc/passwd"))
        self.write(os.path.join(self.folder, "garbage.2"), "garbage\n")
        self.assertEqual(len(journal.undo_stale().failed), 2)
        known = journal.unsettled()
        self.assertEqual(journal.undo_stale(known), journal.Undone())
        self.write(os.path.join(self.folder, "new.3"), "garbage\n")
        self.assertEqual(len(journal.undo_stale(known).failed), 1)


class Pools(Journals):
    """Pools whose owner was killed, and which another process may have set since."""

    def setUp(self) -> None:
        super().setUp()
        os.makedirs(self.scratch + "x/hugepages-2048kB")
        self.nodes = [self.file(f"x/hugepages-2048kB/{node}") for node in ("a", "b")]
        patch = mock.patch.object(journal, "_POOL", re.compile(r"/hugepages-(\d+)kB/[ab]\Z"))
        patch.start()
        self.addCleanup(patch.stop)

    def _undone(self, now: Dict[str, int], *records: Dict[str, Any]) -> journal.Undone:
        self.journal(*records)
        for node in self.nodes:
            self.write(node, "now")
        with mock.patch.object(journal.counters, "pool_of", lambda size: now):
            return journal.undo_stale()

    def _records(self) -> List[Dict[str, Any]]:
        before = [self.back(node, "1") for node in self.nodes]
        return before + [{**record, "wrote": 9} for record in before]

    def _are(self, value: str) -> None:
        self.assertEqual([self.read(node) for node in self.nodes], [value, value])
        self.assertEqual(os.listdir(self.folder), [])

    def test_as_it_was_left_it_is_put_back(self) -> None:
        """A pool that is as it was left is restored, also on the second node after the first has
        changed the total."""
        undone = self._undone({"total": 12, "surp": 3}, *self._records())
        self.assertEqual((len(undone.done), undone.failed, undone.notes), (2, [], []))
        self._are("1")

    def test_as_somebody_else_set_it_it_stays(self) -> None:
        undone = self._undone({"total": 12, "surp": 0}, *self._records())
        self.assertEqual((undone.done, undone.failed), ([], []))
        self.assertEqual(undone.notes, ["the pool of 2M was given 12 pages by somebody else, x had "
                                        "given it 9: left so"])
        self._are("now")

    def test_a_change_under_way_is_put_back(self) -> None:
        """If the owner was killed before it could record the result, the pool is restored."""
        before = self._records()[:2]
        for records in (before, self._records() + before):
            self.assertEqual(len(self._undone({"total": 5, "surp": 0}, *records).done), 2)
            self._are("1")

    def test_what_could_not_be_put_back_is_tried_again(self) -> None:
        """What could not be undone is tried again, even if the pool is no longer as it was left."""
        os.chmod(self.nodes[0], 0o600)
        os.rename(self.nodes[0], self.nodes[0] + "x")
        os.mkdir(self.nodes[0])
        path = self.journal(*self._records())
        with mock.patch.object(journal.counters, "pool_of", lambda _: {"total": 9, "surp": 0}):
            self.assertEqual(len(journal.undo_stale().failed), 1)
        self.assertEqual([set(r) for r in journal.load(path).records], [{"undo", "path", "value"}])

    def test_of_a_killed_run_the_program_comes_first(self) -> None:
        """The journal of a killed program is undone before that of its run."""
        path = self.journal(*self._records())
        mine = os.path.join(self.folder, f"program.{os.getppid()}")
        found = journal.processes.process(os.getppid())
        assert found
        with open(mine, "wb") as file:
            file.write(journal_file.sealed(self.head(pid=found.pid, start=found.start)))
        signals = mock.Mock(requested=None)
        with mock.patch.object(journal.counters, "pool_of", lambda _: {"total": 5, "surp": 0}):
            self.assertRaises(Refused, recovery.recover, signals)
            self.assertTrue(os.path.exists(path))
        states = iter([True, True])

        def dying(_: Any) -> bool:
            if not next(states, False):
                os.unlink(mine)
            return True

        with mock.patch.object(recovery.processes, "dying", dying), mock.patch.object(
                journal.counters, "pool_of",
                lambda _: {"total": 5 if os.path.exists(mine) else 9, "surp": 0}):
            self.assertEqual(len(recovery.recover(signals).done), 2)
        self._are("1")

    def test_what_was_written_is_a_number(self) -> None:
        for wrong in ("9", 9.0, None, True, [9]):
            path = self.journal({**self.back(self.setting), "wrote": wrong})
            self.left_alone(path, "is not a record")


class Beyond(Journals):
    """Paths that hugeproof never changes."""

    def test_paths_elsewhere_and_by_detours(self) -> None:
        victim = os.path.join(os.path.dirname(self.folder), "victim")
        os.mkdir(victim)
        self.write(victim + "/file", "now")
        os.symlink(victim, self.scratch + "link")
        os.symlink(victim + "/file", self.scratch + "file")
        os.mkdir(self.scratch + "folder")
        for wrong in (victim + "/file", self.scratch + "link/file", self.scratch + "file",
                      self.scratch + "folder/../victim/file", "/proc/sys/../../" + victim[1:],
                      "/proc/self/root" + victim + "/file"):
            for kind in ("write", "unlink", "rmdir", "umount", "unpoison"):
                if kind == "unlink" and wrong == self.scratch + "file":
                    continue  # The link itself belongs to this user.
                path = self.journal({"undo": kind, "path": wrong, "value": "0x1"})
                with self.subTest(kind + " " + wrong):
                    undone = journal.undo_stale()
                    self.assertEqual(undone.done, [])
                    if not (kind == "umount" and wrong == self.scratch + "file"):
                        self.assertEqual(len(undone.failed), 1)
                        self.assertTrue(os.path.exists(path))
                    self.assertEqual(self.read(victim + "/file"), "now")

    def test_what_fixtures_and_the_runner_change(self) -> None:
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/hugetlb_optimize_vmemmap",
                     "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages",
                     "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
                     "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/mm/ksm/run",
                     "/sys/kernel/debug/sched/numa_balancing/scan_delay_ms",
                     "/sys/class/zram-control/hot_remove"):
            self.assertTrue(paths.ours("write", path), path)
            self.assertFalse(paths.ours("unlink", path), path)
        with mock.patch.object(machine, "mounted", lambda: [("/cg", "cgroup2", ["rw"])]):
            self.assertTrue(paths.ours("write", "/cg/cgroup.subtree_control"))
            self.assertTrue(paths.ours("rmdir", "/cg/hugeproof-run-5"))
            for kind, path in (("rmdir", "/cg/system.slice"), ("write", "/cg/cgroup.procs"),
                               ("write", "/cg/system.slice/memory.max"), ("rmdir", "/cg")):
                self.assertFalse(paths.ours(kind, path), path)
        self.assertTrue(paths.ours("unpoison", "/sys/kernel/debug/hwpoison/unpoison-pfn"))
        for path in ("/sys/block/sda/device/delete", "/proc/sysrq-trigger", "/sys/power/state",
                     "/sys/kernel/debug/hwpoison/corrupt-pfn", "/etc/passwd", "/dev/sda"):
            self.assertFalse(paths.ours("write", path), path)


class Partly(Journals):
    """Long journals, and journals of which a part was undone."""

    def test_a_long_one_is_read_whole_and_each_setting_written_once(self) -> None:
        other = self.file("other")
        records: List[Dict[str, Any]] = [self.back(self.setting)]
        records += [self.back(self.setting, f"later {i}") for i in range(60000)]
        records.append(self.back(other))
        path = self.journal(*records)
        self.assertGreater(os.path.getsize(path), 5 << 20)
        undone = journal.undo_stale()
        self.assertEqual((len(undone.done), undone.failed), (2, []))
        self.assertEqual((self.read(self.setting), self.read(other)), ("before", "before"))

    def test_beyond_the_bounds_it_is_reported(self) -> None:
        with mock.patch.object(journal_file, "MAX_BYTES", 300):
            self.left_alone(self.journal(*[self.back(self.setting)] * 5), "longer than")
        with mock.patch.object(journal_file, "MAX_RECORDS", 3):
            self.left_alone(self.journal(*[self.back(f"{self.setting}{i}") for i in range(9)]),
                            "more than 3 records")

    def test_what_a_shortening_that_was_cut_left_is_removed(self) -> None:
        for name in (".x.999999999.new", f".x.{os.getpid()}.new", ".x.new"):
            self.write(os.path.join(self.folder, name), "cut")
        self.assertEqual(journal.undo_stale(), journal.Undone())
        self.assertEqual(sorted(os.listdir(self.folder)), [f".x.{os.getpid()}.new", ".x.new"])

    def test_it_is_not_shortened_into_the_file_of_another(self) -> None:
        os.makedirs(self.scratch + "full/inside")
        path = self.journal({"undo": "rmdir", "path": self.scratch + "full"})
        new = os.path.join(self.folder, ".x.1.new")
        self.write(new, "another's")
        os.link(new, self.scratch + "linked")
        self.assertEqual(len(journal.undo_stale().failed), 1)
        self.assertEqual(self.read(self.scratch + "linked"), "another's")
        self.assertEqual((len(journal.load(path).records), os.listdir(self.folder)), (1, ["x.1"]))

    def test_what_was_taken_back_is_not_taken_back_again(self) -> None:
        full = self.scratch + "full"
        os.makedirs(full + "/inside")
        path = self.journal(self.back(self.setting), {"undo": "rmdir", "path": full},
                            self.back(self.scratch + "gone"))
        self.assertEqual(len(journal.undo_stale().failed), 1)
        self.assertEqual(self.read(self.setting), "before")
        # By now it belongs to another process.
        self.write(self.setting, "theirs")
        self.assertEqual([r["undo"] for r in journal.load(path).records], ["rmdir"])
        os.rmdir(full + "/inside")
        self.assertEqual(len(journal.undo_stale().done), 1)
        self.assertEqual(self.read(self.setting), "theirs")
        self.assertEqual(os.listdir(self.folder), [])


class Segments(Journals):
    """Ids of SysV segments are reused."""

    def setUp(self) -> None:
        super().setUp()
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.shmid = self.libc.shmget(0, ctypes.c_size_t(4096), _IPC_CREAT | 0o600)
        if self.shmid < 0:
            self.skipTest("needs SysV shared memory")
        self.addCleanup(self.libc.shmctl, self.shmid, _IPC_RMID, None)
        segment = machine.segments()[self.shmid]
        self.record = {"undo": "shm_remove", "id": self.shmid, "key": segment.key,
                       "time": segment.changed, "creator": segment.creator}

    def test_only_the_one_recorded_is_removed(self) -> None:
        for other in ({"key": 17}, {"time": self.record["time"] - 1},
                      {"creator": self.record["creator"] + 1}):
            self.journal({**self.record, **other})
            self.assertEqual(journal.undo_stale(), journal.Undone())
            self.assertIn(self.shmid, machine.segments())
        self.journal(self.record)
        self.assertEqual(len(journal.undo_stale().done), 1)
        self.assertNotIn(self.shmid, machine.segments())

    def test_an_id_alone_is_not_enough_while_its_creator_lives(self) -> None:
        self.journal({"undo": "shm_remove", "id": self.shmid})
        self.assertEqual(journal.undo_stale(), journal.Undone())
        self.assertIn(self.shmid, machine.segments())


if __name__ == "__main__":
    support.main()
