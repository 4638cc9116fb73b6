#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests whether lib/load reports what was measured (loads.c)."""
from __future__ import annotations

import math
import os
import sys
import unittest
from typing import Any, Dict, Iterator, List, Tuple

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap.runner import TAPTestRunner  # noqa: E402
from test_frame import run  # noqa: E402


def figures(case: str) -> Dict[str, Any]:
    """The metrics of a case, by name."""
    found = run("loads", case).points[case]
    assert found.ok, found.yaml
    return {metric["name"]: metric for metric in found.yaml["metrics"]}


def buckets(metric: Dict[str, Any]) -> Iterator[Tuple[int, int, int]]:
    """(lowest value, width, count) of each bucket, as documented in doc/formats.md."""
    pairs, bucket = metric["histogram"], 0
    for further, count in zip(pairs[0::2], pairs[1::2]):
        bucket += further
        doublings = bucket // 1024 - 1 if bucket >= 2048 else 0
        yield (bucket - doublings * 1024) << doublings, 1 << doublings, count


def known() -> List[int]:
    """The numbers of loads.c."""
    state, numbers = 1, []
    for i in range(100000):
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        numbers.append((state >> 33) % 1000000 >> i % 20 << i % 7 * 3)
    return sorted(numbers)


class Load(unittest.TestCase):
    """Figures."""

    def test_known(self) -> None:
        """Every quantile of a known distribution is right to three digits."""
        metric, numbers = figures("known")["known"], known()
        self.assertEqual((metric["count"], metric["min"], metric["max"]),
                         (len(numbers), numbers[0], numbers[-1]))
        self.assertAlmostEqual(metric["mean"] / (sum(numbers) / len(numbers)), 1, 6)
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)):
            exact = numbers[math.ceil(share * len(numbers)) - 1]
            self.assertLessEqual(metric[name], exact, name)
            self.assertGreaterEqual(metric[name], exact * (1 - 1 / 1024), name)

    def test_histogram(self) -> None:
        """The histogram contains every number, in the bucket that doc/formats.md defines."""
        numbers = known()
        at = 0
        for least, width, count in buckets(figures("known")["known"]):
            part = numbers[at:at + count]
            self.assertTrue(all(least <= number < least + width for number in part), least)
            at += count
        self.assertEqual(at, len(numbers))

    def test_edges(self) -> None:
        """Powers of two and the numbers before them; values that are too large are in the last
        bucket."""
        metric = figures("edges")["edges"]
        self.assertEqual((metric["count"], metric["min"], metric["max"]), (126, 0, 1 << 62))
        found = list(buckets(metric))
        self.assertEqual(sum(count for *_, count in found), 126)
        for bit in range(42):
            self.assertTrue(any(least == 1 << bit for least, *_ in found), bit)
        # 2^42 - 1 and everything greater.
        self.assertEqual(found[-1][2], 42)

    def test_counted(self) -> None:
        """Each worker makes as many operations as requested, and its warm-up is not measured."""
        metric = figures("counted")["count"]
        self.assertEqual(metric["count"], 4000)
        self.assertEqual(sum(count for *_, count in buckets(metric)), 4000)

    def test_timed(self) -> None:
        """An operation of a millisecond is never measured as shorter."""
        found = figures("timed")
        self.assertGreaterEqual(found["last"]["min"], 1000000)
        self.assertEqual((found["rate"]["unit"], found["rate"]["better"]), ("1/s", "higher"))

    def test_stalls(self) -> None:
        """In an open loop a stall is as long for everything that was due meanwhile; in the closed
        loop it is one value."""
        found = figures("stalls")
        self.assertLess(found["stall"]["p90"], 9000000)
        at = found["stall_at_1000"]
        self.assertGreaterEqual(at["p90"], 9000000)
        self.assertEqual((at["rate"], at["missed"], at["count"]), (1000, 0, 300))
        self.assertGreaterEqual(at["late"]["max"], 45000000)
        self.assertLessEqual(at["late"]["p99"], at["p99"])

    def test_overrun(self) -> None:
        """Operations that there was no time for are counted, with the time that they waited."""
        at = figures("overrun")["last_at_8000"]
        self.assertEqual(at["count"], 800)
        self.assertGreaterEqual(at["missed"], 400)
        self.assertLessEqual(at["achieved"], 2000)

    def test_schedule(self) -> None:
        """The schedule is kept (loads.c checks it)."""
        for case in ("held", "paced"):
            with self.subTest(case):
                point = run("loads", case).points[case]
                self.assertTrue(point.ok, point.yaml)

    def test_swept(self) -> None:
        """Each rate of a sweep is a figure of its own, with a rate of the series R10."""
        found = figures("swept")
        rates = [metric["rate"] for metric in found.values() if "rate" in metric]
        self.assertEqual([f"last_at_{rate:g}" for rate in rates], list(found)[1:])
        first = {"1", "1.25", "1.6", "2", "2.5", "3.15", "4", "5", "6.3", "8"}
        for rate in rates:
            digits = f"{rate / 10 ** math.floor(math.log10(rate)):.4g}"
            self.assertIn(digits, first, rate)

    def test_misrated(self) -> None:
        """A list of rates with nothing between two commas is refused."""
        point = run("loads", "misrated").points["misrated"]
        self.assertEqual((point.ok, point.yaml["kind"]), (False, "broken"))
        self.assertIn("parameter rate wants numbers from 0.001", point.yaml["got"])

    def _explained(self, case: str) -> Dict[str, Any]:
        point = run("loads", case).points[case]
        assert point.ok, point.yaml
        none = point.yaml.get("observed", {}).get("profile")
        if none and os.geteuid() != 0:
            self.skipTest(none)
        self.assertIsNone(none)
        found: Dict[str, Any] = point.yaml["metrics"][0]["profile"]
        return found

    def test_explained(self) -> None:
        """The stacks are those of getrandom(), and none of mmap() and munmap(), which prepare it;
        functions are named, and each stack is once there."""
        found = self._explained("explained")
        names, stacks = found["functions"], found["stacks"]
        self.assertEqual(len(set(stacks)), len(stacks))
        self.assertEqual(len(set(names)), len(names))
        times = {text: int(text.split()[0]) for text in stacks}
        # What did not run has no samples, and a share of its own.
        waited = sum(count for text, count in times.items()
                     if names[int(text.split()[-1])] == "[not running]")
        self.assertEqual(sum(times.values()) - waited + found["other"], found["samples"])
        # Two threads of 0.3 s, a sample each 97 us of their time in operations: thousands, but on
        # a busy machine.
        self.assertGreater(found["samples"], 20)

        def seen(part: str) -> int:
            return sum(count for text, count in times.items()
                       if any(part in names[int(word)] for word in text.split()[1:]))
        self.assertGreater(seen("random"), 0.8 * found["samples"])
        self.assertLess(seen("munmap") + seen("page_fault"), 0.05 * found["samples"] + 3)

    def test_counted_events(self) -> None:
        """Three pages are touched in each operation, and a hundred before it."""
        counters = self._explained("counted_events")["counters"]
        # What a sanitizer's allocator touches is counted as well: 3.08 was seen.
        self.assertAlmostEqual(counters["page faults"], 3, delta=0.5)
        if "page allocations" in counters:
            # A table of entries may be needed as well; huge pages are not used.
            self.assertGreaterEqual(counters["page allocations"], 2.5)
            self.assertLess(counters["page allocations"], 10)

    def test_placed(self) -> None:
        """A metric has the name of its curve, and where it is on it."""
        metric = figures("placed")["placed"]
        self.assertEqual(metric["curve"], "a_curve")
        self.assertEqual(metric["at"], {"workers": 2, "mappings": 16384})

    def test_failing(self) -> None:
        """A check in a worker of another process fails the case."""
        done = run("loads", "failing")
        self.assertFalse(done.points["failing"].ok)
        self.assertEqual(done.points["failing"].yaml["got"], "1")


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    sys.exit(not runner.run(suite).wasSuccessful())
