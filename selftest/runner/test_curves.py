#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Curves and their exponents, the knees of open loops, and what they are read from."""
from __future__ import annotations

import json
import os
import random
import unittest
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import support
from support import needs_root
from runner import curves, knees, scale
from runner.errors import Refused
from runner.figures import Figure, figures
from runner.report import chart

MAPPINGS = (0.0, 64.0, 1024.0, 16384.0)
WORKERS = (1.0, 2.0, 4.0, 8.0)


def grown(by: str, places: Sequence[float], law: Callable[[float], float], noise: float = 0.02,
          repeats: int = 6) -> List[Figure]:
    """Figures by that law."""
    chance = random.Random(1)
    return [Figure(f"l/p.case_{place:g} fault", "ns", "lower",
                   [law(place) * chance.gauss(1, noise) for _ in range(repeats)],
                   curve=("l/p.all", "fault"), at={by: place, "nodes": 1.0}) for place in places]


def fitted(*args: Any, **more: Any) -> curves.Curve:
    """The only curve through such figures."""
    found = curves.curves(grown(*args, **more))
    assert len(found) == 1, found
    return found[0]


class Fitting(unittest.TestCase):
    """Exponents."""

    def test_known(self) -> None:
        """The interval has the true exponent, and is not wide."""
        for power in (-1.0, 0.5, 1.0, 2.0):
            found = fitted("workers", WORKERS, lambda x, p=power: 100 * x ** p)  # type: ignore
            with self.subTest(power):
                self.assertEqual(found.constant, 0.0)
                assert found.low is not None and found.high is not None
                self.assertTrue(found.low <= power <= found.high, found)
                self.assertLess(found.high - found.low, 0.2)
                self.assertFalse(found.flat)

    def test_constant(self) -> None:
        """What does not grow is told apart from what does: without that, this would be V^0.56."""
        found = fitted("mappings", MAPPINGS, lambda x: 40000 + 52 * x)
        self.assertAlmostEqual(found.exponent, 1.0, delta=0.05)
        self.assertAlmostEqual(found.constant, 40000, delta=2000)
        self.assertIn("grows as mappings^1.0", found.text())

    def test_often(self) -> None:
        """Of a hundred power laws some ninety-five are in their intervals."""
        hit = 0
        for seed in range(100):
            chance = random.Random(seed)
            figures_ = grown("workers", WORKERS, lambda x: 100 * x)
            for figure in figures_:
                figure.values = [value * chance.gauss(1, 0.05) for value in figure.values]
            found = curves.curves(figures_)[0]
            assert found.low is not None and found.high is not None
            hit += found.low <= 1 <= found.high
        self.assertGreater(hit, 85)

    def test_flat(self) -> None:
        """What does not change has no exponent that would say so, also where nothing varies."""
        for noise in (0.02, 0.0):
            found = fitted("workers", WORKERS, lambda x: 100.0, noise=noise)
            self.assertTrue(found.flat)
            self.assertIn("does not change with workers: ^0.0", found.text())
            self.assertEqual(found.constant, 0.0)

    def test_few(self) -> None:
        """Of one repeat there is no interval, of one place no curve; zero alone is no place of a
        power law."""
        self.assertEqual(fitted("workers", WORKERS, lambda x: x, repeats=1).low, None)
        self.assertEqual(curves.curves(grown("workers", (2.0,), lambda x: x)), [])
        self.assertEqual(curves.curves(grown("mappings", (0.0, 64.0), lambda x: x + 1)), [])
        self.assertEqual(curves.curves(grown("workers", (1.0, 2.0), lambda x: 0.0)), [])

    def test_falls_from_zero(self) -> None:
        """A figure that falls, and was measured at zero too, is not said to grow."""
        found = fitted("mappings", (0.0, 64.0, 1024.0, 16384.0), lambda x: 1000 / (x + 1) ** 0.5)
        self.assertLess(found.exponent, 0)
        self.assertIn("falls as mappings^-0.", found.text())

    def test_apart(self) -> None:
        """Curves of other numbers of nodes, of other metrics and units are others."""
        figures_ = grown("workers", WORKERS, lambda x: x)
        other = grown("workers", WORKERS, lambda x: x * x)
        for figure in other:
            figure.at = {**figure.at, "nodes": 2.0}
        found = curves.curves([*figures_, *other])
        self.assertEqual([(one.by, dict(one.at)) for one in found if len(one.points) > 2],
                         [("workers", {"nodes": 1.0}), ("workers", {"nodes": 2.0})])
        # By nodes there is a curve at each number of workers.
        self.assertEqual(sum(one.by == "nodes" for one in found), len(WORKERS))

    def test_interval(self) -> None:
        """Student's t: 12.706 for two samples."""
        low, high = curves.interval([1.0, 2.0])
        self.assertAlmostEqual(low or 0, 1.5 - 12.706 / 2, 3)
        self.assertAlmostEqual(high or 0, 1.5 + 12.706 / 2, 3)
        self.assertEqual(curves.interval([1.0]), (None, None))


def at_rate(rate: float, achieved: float, mean: float, repeat: int = 1) -> Dict[str, Any]:
    """A line of results.jsonl with the open loop at a rate."""
    metric = {"name": f"fault_at_{rate:g}", "unit": "ns", "better": "lower", "rate": rate,
              "achieved": achieved, "missed": 2, "late": {"p50": 1, "p99": 5, "max": 9},
              "count": 2, "min": mean, "mean": mean, "max": mean, "histogram": [mean, 2]}
    again = f"#{repeat}" if repeat > 1 else ""
    return {"name": f"l/p{again}", "points": [{"name": f"l/p.a{again}", "verdict": "pass",
                                               "diagnostics": {"metrics": [metric]}}]}


class Knees(unittest.TestCase):
    """Open loops."""

    def _knee(self, *steps: Tuple[float, float, float]) -> knees.Knee:
        found = knees.knees(figures([at_rate(*step) for step in steps]).values())
        self.assertEqual(len(found), 1)
        return found[0]

    def test_knee(self) -> None:
        """The most throughput for its latency."""
        found = self._knee((4000, 2400, 1900), (1000, 1000, 100), (2000, 2000, 105),
                           (1600, 1600, 101), (2500, 2350, 800))
        self.assertEqual((found.name, found.knee, found.saturated), ("l/p.a fault", 2000, 2400))
        self.assertEqual([one.rate for one in found.rates], [1000, 1600, 2000, 2500, 4000])
        self.assertEqual(found.text(), "knee at 2,000 a second, at most 2,400 a second")
        self.assertEqual(found.rates[0].missed, 2)

    def test_not_saturated(self) -> None:
        """Where all was done at each rate nothing is known of the most that can be done."""
        found = self._knee((1000, 1000, 100), (2000, 1990, 105))
        self.assertIsNone(found.as_json()["saturated"])
        self.assertEqual(found.text(), "all 2,000 a second were done")

    def test_none(self) -> None:
        """Where the best is the first or the last, or there are few, none was found."""
        self.assertIsNone(self._knee((1, 1, 100), (2, 2, 100), (3, 3, 100), (4, 4, 100)).knee)
        self.assertIsNone(self._knee((1, 1, 10), (2, 2, 100), (3, 3, 100), (4, 4, 100)).knee)
        self.assertIsNone(self._knee((1, 1, 100), (2, 2, 100), (3, 3, 900)).knee)

    def test_repeats(self) -> None:
        """Each rate is the median of its repeats."""
        found = knees.knees(figures([at_rate(100, 100, 7), at_rate(100, 40, 9, 2),
                                     at_rate(100, 98, 8, 3)]).values())[0]
        self.assertEqual((found.rates[0].achieved, found.rates[0].mean, found.rates[0].missed),
                         (98, 8, 6))


class Scales(unittest.TestCase):
    """--scale."""

    def test_repeats(self) -> None:
        """The values come one after the other."""
        found = scale.parse("size=4M,16M,64M")
        self.assertEqual([found.at(n)["size"] for n in range(1, 5)], ["4M", "16M", "64M", "4M"])
        self.assertEqual(scale.parse(found.text()), found)
        self.assertEqual(scale.recorded({"scale": found.as_json()}), found)
        self.assertIsNone(scale.recorded({"scale": None}))

    def test_default(self) -> None:
        for key, processors, nodes, values in (
                ("threads", 6, 1, "1 2 4 6"), ("processes", 2, 1, "1 2"), ("nodes", 9, 3, "1 2 3")):
            self.assertEqual(scale.parse(key).settled(processors, nodes).values,
                             tuple(values.split()))

    def test_refusals(self) -> None:
        for text in ("size", "size=", "size=4M", "size=4M,4M", "size=4M,,8M", "Size=1,2", "=1,2",
                     "size=a b,c", "threads=1", "size=" + ",".join(map(str, range(21)))):
            with self.subTest(text), self.assertRaises(Refused):
                scale.parse(text)
        with self.assertRaises(Refused):
            scale.parse("nodes").settled(4, 1)

    def test_figures(self) -> None:
        """Each value has figures of its own."""
        line = at_rate(100, 100, 7)
        found = figures([{**line, "scale": {"size": size}} for size in ("4M", "8M")] + [line])
        self.assertEqual(list(found), ["l/p.a fault_at_100 size=4M", "l/p.a fault_at_100 size=8M",
                                       "l/p.a fault_at_100"])
        self.assertEqual([knee.name for knee in knees.knees(found.values())],
                         ["l/p.a fault size=4M", "l/p.a fault size=8M", "l/p.a fault"])


class Charts(unittest.TestCase):
    """The SVG of the page."""

    def test_points(self) -> None:
        """Each point is drawn inside of the frame, zero too, and names are escaped."""
        text = chart.chart([chart.Line("<b>", [(0, 5), (10, 50), (1000, 500)]),
                            chart.Line("one", [(10, 7)])], "x & y", "ns")
        self.assertEqual(text.count("<circle"), 4)
        self.assertIn("&lt;b&gt;", text)
        self.assertNotIn("<b>", text)
        for part in text.split("<circle ")[1:]:
            x, y = (float(word.split('"')[1]) for word in part.split()[:2])
            self.assertTrue(60 <= x <= 420 and 10 <= y <= 230, part)

    def test_empty(self) -> None:
        """Nothing to be shown, or nothing that has a logarithm, is no fault."""
        for lines in ([], [chart.Line("x", [])], [chart.Line("x", [(0, 0)])]):
            self.assertIn("<svg", chart.chart(lines, "x", "y"))


# Says how it was called, and a metric that grows with its size.
GROWS = """
import json
size = ([word[5:-1] for word in sys.argv if word.startswith("size=")] or ["16"])[0]
metric = json.dumps([{"name": "fault", "unit": "ns", "better": "lower", "curve": "all",
                      "at": {"memory": int(size) << 20}, "value": 100 * int(size)}])
""" + support.GOOD.replace("    print('  ...'", "    print('  metrics: ' + metric)\n"
                           "    print('  observed: ' + json.dumps({'argv': sys.argv[1:]}))\n"
                           "    print('  ...'")
SIZE = {"name": "size", "default": "16M", "summary": ""}
RATE = {"name": "rate", "default": "0", "summary": ""}


@needs_root
class Command(support.Case):
    """perf --scale and --rate, on programs made for it."""

    def _load(self, name: str, params: Optional[List[Any]] = None) -> None:
        self.programs.add(name, GROWS, area="load", kind="load", cases=("a",),
                          params=params or [])

    def _run_json(self) -> Dict[str, Any]:
        folder = os.path.join(self.programs.results, sorted(os.listdir(self.programs.results))[0])
        with open(os.path.join(folder, "run.json"), encoding="ascii") as file:
            found: Dict[str, Any] = json.load(file)
        return found

    def test_scale(self) -> None:
        """Each value in each repeat; a program without the parameter once in each."""
        self._load("has", [SIZE])
        self._load("lacks")
        done = self.programs.run("perf", "--repeat", "2", "--scale", "size=4M,8M,16M")
        self.assertEqual(done.returncode, 0, done.stderr)
        record = self.programs.record()
        self.assertEqual([*record], [
            "load/has", "load/lacks", "load/has#2", "load/has#3", "load/has#4", "load/lacks#4",
            "load/has#5", "load/has#6"])
        self.assertEqual([line.get("scale") for line in record.values()], [
            {"size": "4M"}, None, {"size": "8M"}, {"size": "16M"}, {"size": "4M"}, None,
            {"size": "8M"}, {"size": "16M"}])
        self.assertIn("load/has.a fault size=8M", done.stdout)
        self.assertIn("load/has.all fault grows as memory^1.00 (1.00 to 1.00)  "
                      "[3 values from 4 MB to 16 MB]", done.stdout)
        run = self._run_json()
        self.assertEqual(run["scale"], {"key": "size", "values": ["4M", "8M", "16M"]})
        self.assertEqual([(one["by"], one["exponent"]) for one in run["curves"]], [("memory", 1.0)])

    def test_resumed(self) -> None:
        """What is left of such a run has the values that it should have had."""
        self._load("has", [SIZE])
        self.programs.run("perf", "--repeat", "2", "--scale", "size=4M,8M")
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        path = os.path.join(folder, "results.jsonl")
        with open(path, encoding="ascii") as file:
            lines = file.readlines()
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines[:1])
        self.assertEqual(self.programs.run("perf", "--resume", "latest").returncode, 0)
        self.assertEqual([line["scale"]["size"] for line in self.programs.record().values()],
                         ["4M", "8M", "4M", "8M"])

    def test_rate(self) -> None:
        """It is a parameter of the programs that have it, and the others are named."""
        self._load("has", [RATE])
        self._load("lacks")
        done = self.programs.run("perf", "--repeat", "1", "--rate", "100,2.5e3")
        self.assertEqual(done.returncode, 0, done.stderr)
        record = self.programs.record()
        argv = record["load/has"]["points"][0]["diagnostics"]["observed"]["argv"]
        self.assertEqual(argv[-2:], ["--param", "rate=100,2.5e3"])
        self.assertIn("no open loop, only the closed loop: load/lacks", done.stdout + done.stderr)

    def test_page(self) -> None:
        """The page has a chart of each curve."""
        self._load("has", [SIZE])
        self.programs.run("perf", "--repeat", "2", "--scale", "size=4M,8M,16M")
        self.assertEqual(self.programs.run("report", "latest", "--html").returncode, 0)
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("<h2>Scaling</h2>", text)
        self.assertEqual(text.count("<circle"), 3)

    def test_refusals(self) -> None:
        """One line each."""
        self._load("has", [SIZE, RATE])
        for words, name in ((("--rate", "0"), "--rate"), (("--rate", "x"), "--rate"),
                            (("--rate", "1,,2"), "--rate"), (("--rate", "1_0"), "--rate"),
                            (("--rate", "2e7"), "--rate"), (("--rate", "sweep,1"), "--rate"),
                            (("--rate", "1", "--param", "rate=2"), "the same"),
                            (("--scale", "size"), "--scale size needs values"),
                            (("--scale", "siez=1,2"), "no program of this run has a parameter"),
                            (("--scale", "size=1M,2M", "--param", "size=1M"), "leave out"),
                            (("--scale", "size=1M,2M", "--resume", "latest"), "leave them out")):
            self.refused(self.programs.run("perf", *words), name)
        self.assertFalse(os.path.exists(self.programs.results))


if __name__ == "__main__":
    support.main()
