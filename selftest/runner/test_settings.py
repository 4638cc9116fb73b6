#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal and the pool's reservation, on files made for the test. No root."""
from __future__ import annotations

import json
import os
import tempfile
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

import support
from runner.observe import counters
from runner.settings import journal, paths, pool


class Journal(unittest.TestCase):
    """Journals as they are found."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for target, name, new in ((journal, "FOLDER", self.folder),
                                  (paths, "SCRATCH", tempfile.gettempdir() + "/")):
            patch = mock.patch.object(target, name, new)
            patch.start()
            self.addCleanup(patch.stop)

    def _write(self, *lines: Any, end: str = "\n", name: str = "x.1") -> str:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(v if isinstance(v, str) else json.dumps(v) for v in lines) + end)
        return path

    HEAD: Dict[str, Any] = {"format": 1, "owner": "x", "pid": 1, "start": 999999999999}

    def _setting(self, value: str) -> str:
        path = os.path.join(self.folder, "setting.file")
        with open(path, "w", encoding="ascii") as file:
            file.write(value)
        return path

    def test_last_to_first_and_removed(self) -> None:
        setting = self._setting("3")
        gone = os.path.join(self.folder, "folder")
        os.mkdir(gone)
        path = self._write(self.HEAD, {"undo": "write", "path": setting, "value": "1"},
                           {"undo": "write", "path": setting, "value": "2"},
                           {"undo": "rmdir", "path": gone})
        undone = journal.Undone()
        self.assertTrue(journal.undo(journal.load(path), undone))
        with open(setting, encoding="ascii") as file:
            self.assertEqual(file.read(), "1\n")
        self.assertFalse(os.path.exists(path))
        # A setting that was changed twice is written once, with its first value.
        self.assertEqual([line.split()[0] for line in undone.done], ["rmdir", setting])

    def test_a_cut_last_line_is_ignored(self) -> None:
        record = {"undo": "unlink", "path": "/a"}
        for cut in ('{"undo": "wri', '{"undo": "unlink", "path": "/b"}', ""):
            loaded = journal.load(self._write(self.HEAD, record, cut, end=""))
            self.assertEqual((loaded.records, loaded.trouble), ([record], ""))
        # Of a process that cannot exist: the journal of a living one is about to be written.
        loaded = journal.load(self._write('{"format": 1, "own', end="", name="x.4194305"))
        self.assertEqual((loaded.records, loaded.trouble, loaded.stale), ([], "", True))

    def test_what_is_no_journal_is_left_alone(self) -> None:
        wrong: List[List[Any]] = [
            ["{}"], ["nonsense"], [{**self.HEAD, "format": 2}], [{**self.HEAD, "pid": "1"}],
            [self.HEAD, {"undo": "explode"}], [self.HEAD, "x", "{}"],
            [self.HEAD, {"undo": "write", "path": "x", "value": "1"}],
            [self.HEAD, {"undo": "write", "path": "/x"}],
            [self.HEAD, {"undo": "shm_remove", "id": "7"}]]
        for lines in wrong:
            path = self._write(*lines)
            undone = journal.undo_stale()
            self.assertEqual((undone.done, len(undone.failed)), ([], 1), lines)
            self.assertTrue(os.path.exists(path))

    def test_a_living_owner_is_respected_and_a_recycled_pid_is_not_it(self) -> None:
        with open("/proc/self/stat", encoding="ascii") as file:
            start = int(file.read().rpartition(")")[2].split()[19])
        mine = {**self.HEAD, "pid": os.getpid(), "start": start}
        self.assertFalse(journal.load(self._write(mine)).stale)
        self.assertTrue(journal.load(self._write({**mine, "start": start - 1})).stale)

    def test_undone_already_is_passed_over(self) -> None:
        path = self._write(self.HEAD, *({"undo": kind, "value": "1",
                                         "path": self.folder + "/nowhere/at/all"}
                                        for kind in ("write", "rmdir", "unlink", "umount")))
        undone = journal.undo_stale()
        self.assertEqual((undone.done, undone.failed), ([], []))
        self.assertFalse(os.path.exists(path))

    def test_what_fails_stays(self) -> None:
        path = self._write(self.HEAD, {"undo": "rmdir", "path": self.folder})
        self.assertEqual(len(journal.undo_stale().failed), 1)
        self.assertTrue(os.path.exists(path))

    def test_a_setting_is_never_created_nor_a_link_followed(self) -> None:
        with self.assertRaises(FileNotFoundError):
            journal.write_setting(os.path.join(self.folder, "new"), "1")
        link = os.path.join(self.folder, "link")
        os.symlink(self._setting("3"), link)
        with self.assertRaises(OSError):
            journal.write_setting(link, "1")

    def test_the_runners_own(self) -> None:
        setting = self._setting("3")
        writer = journal.Writer()
        self.assertEqual(os.listdir(self.folder), ["setting.file"])
        writer.record({"undo": "write", "path": setting, "value": "3"})
        loaded = journal.load(writer.path)
        self.assertEqual((loaded.pid, loaded.stale, loaded.trouble), (os.getpid(), False, ""))
        journal.write_setting(setting, "9")
        self.assertEqual(writer.undo_all().failed, [])
        self.assertFalse(os.path.exists(writer.path))


class PoolOfFiles(unittest.TestCase):
    """Reserving on a made-up sysfs, whose pools do not grow by themselves."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        replaced: List[Tuple[Any, str, Any]] = [
            (counters, "HUGEPAGES", folder.name),
            (counters, "NODES", os.path.join(folder.name, "nodes")),
            (journal, "FOLDER", os.path.join(folder.name, "journal")),
            (paths, "SCRATCH", tempfile.gettempdir() + "/"),
            (pool, "available_kb", lambda: 1000 * 1024), (pool, "_compact", lambda: None)]
        for target, name, new in replaced:
            patch = mock.patch.object(target, name, new)
            patch.start()
            self.addCleanup(patch.stop)

    def _size(self, kb: int, **values: int) -> None:
        path = os.path.join(self.folder, f"hugepages-{kb}kB")
        os.mkdir(path)
        for name, short in counters.POOL_FILES:
            with open(os.path.join(path, name), "w", encoding="ascii") as file:
                file.write(f"{values.get(short, 0)}\n")

    def _total(self, kb: int) -> str:
        with open(os.path.join(self.folder, f"hugepages-{kb}kB", "nr_hugepages"),
                  encoding="ascii") as file:
            return file.read().strip()

    def test_what_is_there_is_enough(self) -> None:
        self._size(2048, total=6, free=5, rsvd=1)
        writer = journal.Writer()
        got = pool.reserve({"2M": [2, 4]}, writer)["2M"]
        self.assertEqual((got.pages, got.refusal(4), self._total(2048)), (4, None, "6"))
        self.assertFalse(os.path.exists(writer.path))

    def test_pages_in_use_are_not_counted_and_the_kernel_may_give_fewer(self) -> None:
        self._size(2048, total=6, free=5, rsvd=4, surp=1)
        writer = journal.Writer()
        got = pool.reserve({"2M": [2, 4]}, writer)["2M"]
        # 5 persistent, 1 unused: 4 wanted need 3 more.
        self.assertEqual(self._total(2048), "8")
        self.assertEqual(journal.load(writer.path).records[0]["value"], "5")
        self.assertIsNone(got.refusal(1))
        self.assertIn("asked 4, got 1", str(got.refusal(4)))
        writer.undo_all()
        self.assertEqual(self._total(2048), "5")

    def test_what_others_count_on_is_left_to_them(self) -> None:
        self._size(2048, total=40, free=38, rsvd=3)
        writer = journal.Writer()
        got = pool.reserve({"2M": [2, 4]}, writer, "process 7 (db)")["2M"]
        self.assertEqual((self._total(2048), got.pages, got.refusal(4)), ("44", 4, None))
        self.assertEqual(pool.changed_by_another({"2M": got}), {})
        journal.write_setting(os.path.join(self.folder, "hugepages-2048kB", "nr_hugepages"), "50")
        self.assertIn("50 pages by somebody else", pool.changed_by_another({"2M": got})["2M"])
        writer.undo_all(lambda path: "2048kB" in path)
        self.assertEqual(self._total(2048), "50\n".strip())

    def test_what_does_not_fit_beside_others_says_whose(self) -> None:
        self._size(2048, total=40, free=38)
        got = pool.reserve({"2M": [4]}, journal.Writer(), "process 7 (db)")["2M"]
        got.pages, got.short = 1, "asked 4, got 1: nothing"
        self.assertIn("beside those that process 7 (db) counts on", str(got.refusal(4)))

    def test_a_pool_is_given_back_node_by_node(self) -> None:
        self._size(2048, total=5, free=5, surp=1)
        folders = [os.path.join(self.folder, "nodes", node, "hugepages", "hugepages-2048kB")
                   for node in ("node0", "node1")]
        for folder, (total, surplus) in zip(folders, ((4, 1), (1, 0))):
            os.makedirs(folder)
            for name, value in (("nr_hugepages", total), ("surplus_hugepages", surplus)):
                with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                    file.write(f"{value}\n")
        writer = journal.Writer()
        pool.reserve({"2M": [8]}, writer)
        records = journal.load(writer.path).records
        self.assertEqual([(r["path"], r["value"]) for r in records],
                         [(f"{folders[0]}/nr_hugepages", "3"),
                          (f"{folders[1]}/nr_hugepages", "1")])
        writer.undo_all()

    def test_the_budget_is_in_bytes(self) -> None:
        self._size(2048)
        self._size(1048576)
        writer = journal.Writer()
        got = pool.reserve({"2M": [4, 400, 401], "1G": [4]}, writer)
        self.assertEqual((self._total(2048), self._total(1048576)), ("400", "0"))
        self.assertIn("needs 4 pages of 1G = 4096 MB, 800 MB available: ",
                      str(got["1G"].refusal(4)))
        self.assertIn("802 MB", str(got["2M"].refusal(401)))
        self.assertIn("asked 400, got 0", str(got["2M"].refusal(400)))
        writer.undo_all()


if __name__ == "__main__":
    support.main()
