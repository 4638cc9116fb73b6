#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pools that are not as the run left them, through no fault of a program: the kernel has lost count
of one, or another process resized it."""
from __future__ import annotations

import json
import os
import unittest
from typing import Any, Dict
from unittest import mock

import support
from runner.observe import counters, machine
from runner.record import find_run
from runner.text import size_kb
from support import GOOD, needs_pool

BELOW_ZERO = str((1 << 64) - 1)


def _pool(total: int = 4, free: int = 4, rsvd: int = 0, surp: int = 0) -> Dict[str, int]:
    return {"total": total, "free": free, "rsvd": rsvd, "surp": surp, "overcommit": 0}


class Numbers(unittest.TestCase):
    """Numbers that are impossible, whatever uses the pool."""

    def test_lost_count(self) -> None:
        for right in (_pool(), _pool(0, 0), _pool(4, 0), _pool(4, 4, 4, 4), _pool(4, 3, 0, 1)):
            self.assertFalse(counters.lost_count(right), right)
        for wrong in (_pool(rsvd=-1), _pool(0, 0, -1), _pool(free=5), _pool(surp=5),
                      _pool(surp=-1), _pool(free=-1), _pool(rsvd=5)):
            self.assertTrue(counters.lost_count(wrong), wrong)

    def test_what_is_read_while_others_change_it(self) -> None:
        """A single impossible reading proves nothing, because others may change the pool
        meanwhile."""
        with mock.patch.object(counters, "size_folders", lambda _: [("2M", "x")]):
            with mock.patch.object(counters, "pool_of", side_effect=[_pool(free=5), _pool()]):
                self.assertEqual(counters.lost_pools(), {})
            with mock.patch.object(counters, "pool_of", return_value=_pool(rsvd=-1)):
                self.assertEqual(counters.lost_pools(),
                                 {"2M": "Total 4 Free 4 Rsvd -1 Surp 0"})


@needs_pool
class Lost(support.Case):
    """A run on a kernel with impossible numbers."""

    def _run(self, *words: str) -> Any:
        size = support.small_size()
        kb = size_kb(size or "")
        said = os.path.join(self.programs.path, "said")
        with open(said, "w", encoding="ascii") as file:
            file.write(BELOW_ZERO + "\n")
        where = f"{counters.HUGEPAGES}/hugepages-{kb}kB/resv_hugepages"
        return self.programs.run("func", "--page-size", size or "", *words, binds={where: said})

    def test_run(self) -> None:
        """One line reports it, programs that need the pool are skipped, and the rest is judged
        without it."""
        self.programs.add("sized", "sys.exit(3)\n", page_sizes="hugetlb", needs=["hugetlb:1"])
        self.programs.add("other", GOOD)
        done = self._run()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        size = support.small_size()
        self.assertEqual(done.stderr.count("lost count of its pool"), 1, done.stderr)
        self.assertRegex(done.stderr, rf"pool of {size} \(Total \d+ Free \d+ Rsvd -1 Surp \d+\)")
        self.assertNotIn("promised to no process", done.stderr)
        results = self.programs.record()
        self.assertEqual(results[f"bad/sized@{size}"]["verdict"], "skip")
        self.assertIn("boot, or run it in the lab", results[f"bad/sized@{size}"]["reason"])
        self.assertEqual(results["bad/other"]["verdict"], "pass")
        self.assertNotIn(f"hugetlb.{size}.rsvd", results["bad/other"]["counters"]["before"])
        with open(os.path.join(find_run("latest", self.programs.results), "run.json"),
                  encoding="utf-8") as file:
            self.assertEqual(list(json.load(file)["lost_pools"]), [size])

    def test_nothing_else(self) -> None:
        """A run in which nothing else remains does not begin."""
        self.programs.add("sized", "sys.exit(3)\n", page_sizes="hugetlb", needs=["hugetlb:1"])
        done = self._run()
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("lost count", done.stderr)


@needs_pool
class Resized(support.Case):
    """An administrator resizes a pool while a program runs that does not."""

    def test_a_pool_that_we_did_not_raise(self) -> None:
        """The program is no leak and runs again, and the pool stays as the administrator set it."""
        kb = size_kb(support.small_size() or "")
        path = f"{counters.HUGEPAGES}/hugepages-{kb}kB/nr_hugepages"
        was = machine.read_text(path)
        once = os.path.join(self.programs.path, "once")
        self.programs.add("quiet", f"""
import os
if not os.path.exists({once!r}):
    open({once!r}, 'w').close()
    with open({path!r}, 'r+') as file:
        now = int(file.read())
        file.seek(0)
        file.write(str(now + 1))
""" + GOOD)
        try:
            done = self.programs.run("func")
            self.assertEqual(machine.read_text(path), str(int(was) + 1))
        finally:
            with open(path, "w", encoding="ascii") as file:
                file.write(was)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        result = self.programs.record()["bad/quiet"]
        self.assertEqual(result["verdict"], "pass")
        self.assertEqual([one["verdict"] for one in result["tries"]], ["disturbed"])
        self.assertIn("pages by somebody else", result["tries"][0]["reason"])


if __name__ == "__main__":
    support.main()
