#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests whether compare detects a difference where there is one, and none where there is none."""
from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import unittest
import warnings
from typing import Any, Dict, List, Sequence

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runner"))

import support  # noqa: E402

from runner.compare import kernels, verdict  # noqa: E402
from runner.compare.numbers import change, interval  # noqa: E402
from runner.figures import Figure, bucket_least, figures  # noqa: E402


def figure(values: Sequence[float], better: str = "lower", name: str = "x") -> Figure:
    """A figure with these samples."""
    return Figure(name, "ns", better, list(values))


def words(before: Dict[str, Figure], after: Dict[str, Figure],
          threshold: float = 0.03) -> Dict[str, str]:
    """The verdicts, by name."""
    return {v.name: v.word for v in verdict.compared(before, after, threshold)}


def one(before: Sequence[float], after: Sequence[float], better: str = "lower") -> str:
    """The verdict on one figure."""
    return words({"x": figure(before, better)}, {"x": figure(after, better)})["x"]


def noisy(middle: float, spread: float, seed: int, number: int = 10) -> List[float]:
    """Samples around a value."""
    chance = random.Random(seed)
    return [chance.gauss(middle, spread) for _ in range(number)]


class Words(unittest.TestCase):
    """The verdicts."""

    def test_slower_and_faster(self) -> None:
        """The direction depends on the metric."""
        self.assertEqual(one(noisy(100, 1, 1), noisy(110, 1, 2)), "slower")
        self.assertEqual(one(noisy(110, 1, 1), noisy(100, 1, 2)), "faster")
        self.assertEqual(one(noisy(100, 1, 1), noisy(110, 1, 2), "higher"), "faster")
        self.assertEqual(one(noisy(110, 1, 1), noisy(100, 1, 2), "higher"), "slower")

    def test_same(self) -> None:
        """A difference that is certainly below the threshold is the same; also where nothing varies
        at all."""
        self.assertEqual(one(noisy(100, 0.5, 1), noisy(101, 0.5, 2)), "same")
        self.assertEqual(one([100.0] * 10, [100.0] * 10), "same")

    def test_exact(self) -> None:
        """With samples without any noise, like counted instructions, 5 % is detected."""
        self.assertEqual(one([1000.0] * 8, [1050.0] * 8), "slower")
        self.assertEqual(one([1000.0] * 8, [1020.0] * 8), "same")

    def test_unclear(self) -> None:
        """A difference smaller than the noise is unclear."""
        self.assertEqual(one(noisy(100, 20, 1), noisy(105, 20, 2)), "unclear")

    def test_few(self) -> None:
        """Three samples per side prove nothing, however different they are."""
        self.assertEqual(one([100, 101, 102], [200, 201, 202]), "unclear")
        self.assertEqual(one([100], [200]), "unclear")
        self.assertEqual(verdict.enough(1), 4)
        found = verdict.compared({"x": figure([100, 101, 102])}, {"x": figure([200, 201, 202])},
                                 0.03)
        self.assertTrue(any(note.startswith("too few repeats: with 3 of each side")
                            for note in verdict.warnings(found, 0.03, False)))

    def test_figures_too_far_apart(self) -> None:
        """If no float can represent the ratio or the sum, it is not known, which is no fault."""
        for before, after in (([1e-300] * 6, [1e300] * 6), ([5e-324] * 6, [1.7e308] * 6),
                              ([1.0] * 6, [1.7e308] * 6)):
            with self.subTest(before=before[0]), warnings.catch_warnings():
                warnings.simplefilter("error")
                found = verdict.compared({"x": figure(before)}, {"x": figure(after)}, 0.03)[0]
                reported = found.as_json()
                json.dumps(reported, allow_nan=False)
                if before[0] < 1:
                    self.assertEqual((reported["verdict"], reported["ratio"], reported["high"]),
                                     ("unclear", None, None))
                    self.assertEqual((change(found), interval(found)), ("unknown", "unknown"))

    def test_threshold(self) -> None:
        """The threshold is set by the user."""
        sides = ({"x": figure(noisy(100, 0.5, 1))}, {"x": figure(noisy(110, 0.5, 2))})
        self.assertEqual(words(*sides, threshold=0.2)["x"], "same")
        self.assertEqual(words(*sides, threshold=0.05)["x"], "slower")

    def test_holm(self) -> None:
        """p grows with the number of figures, according to Holm."""
        before = {f"f{n}": figure(noisy(100, 1, n)) for n in range(3)}
        after = {f"f{n}": figure(noisy(100 + n, 1, 100 + n)) for n in range(3)}
        found = sorted(verdict.compared(before, after, 0.03), key=lambda v: v.p)
        worst = 0.0
        for nth, item in enumerate(found):
            worst = max(worst, min(1.0, item.p * (3 - nth)))
            self.assertAlmostEqual(item.p_holm, worst)

    def test_exact_p(self) -> None:
        """With ties p is counted, not approximated: of C(10,5) = 252 ways two are so."""
        self.assertAlmostEqual(verdict.probability([1.0] * 5, [2.0] * 5), 2 / 252)
        self.assertAlmostEqual(verdict.probability([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 2 / 252)
        self.assertEqual(verdict.probability([1.0] * 5, [1.0] * 5), 1.0)
        # A single repeat on one side, which is the lowest of four, or equal to some.
        for one_, other, p in (([2.0, 3.0, 3.0], [1.0], 0.5), ([1.0], [2.0, 3.0, 3.0], 0.5),
                               ([1.0, 2.0], [2.0], 1.0), ([5.0], [1.0, 5.0, 5.0, 5.0], 1.0),
                               ([1.0], [2.0], 1.0)):
            self.assertAlmostEqual(verdict.probability(one_, other), p)

    def test_as_few_as_promised(self) -> None:
        """As many samples as `enough` requires prove a difference, and so do more."""
        number = verdict.enough(163)
        self.assertEqual(number, 8)
        for samples in range(number, 13):
            before = {f"f{n}": figure([100 + k / 100 for k in range(samples)])
                      for n in range(163)}
            after = {f"f{n}": figure([200 + k / 100 for k in range(samples)])
                     for n in range(163)}
            self.assertEqual(set(words(before, after).values()), {"slower"}, samples)

    def test_few_are_not_the_same(self) -> None:
        """With fewer than five samples only what hardly varies is called the same."""
        self.assertEqual(one([100, 100.5, 99.5], [100, 100.5, 99.5]), "unclear")
        self.assertEqual(one([100.0, 100.1, 100.0], [100.1, 100.0, 100.1]), "same")

    def test_no_false_alarm(self) -> None:
        """Two equal sides with 40 figures, 20 times: never a difference."""
        for turn in range(20):
            sides = [{f"f{n}": figure(noisy(100, 5, 1000 * turn + 2 * n + side))
                      for n in range(40)} for side in (0, 1)]
            self.assertFalse({"slower", "faster"} & set(words(*sides).values()), turn)

    def test_finds(self) -> None:
        """5 % with a noise of 1 %, ten samples each, among 40 figures, is found every time."""
        for turn in range(20):
            sides = [{f"f{n}": figure(noisy(100 + 7 * side * (n == 0), 1,
                                            1000 * turn + 2 * n + side))
                      for n in range(40)} for side in (0, 1)]
            self.assertEqual(words(*sides)["f0"], "slower", turn)

    def test_interval(self) -> None:
        """The interval contains the ratio, narrows with the noise, and is reproducible."""
        wide = verdict.interval(noisy(100, 10, 1), noisy(110, 10, 2))
        narrow = verdict.interval(noisy(100, 1, 1), noisy(110, 1, 2))
        self.assertTrue(wide[0] < 1.1 < wide[1] and narrow[0] < 1.1 < narrow[1])
        self.assertLess(narrow[1] - narrow[0], wide[1] - wide[0])
        self.assertEqual(wide, verdict.interval(noisy(100, 10, 1), noisy(110, 10, 2)))
        self.assertEqual(verdict.interval([1.0], [2.0]), (0.0, math.inf))

    def test_order(self) -> None:
        """Kernels are booted in the order A B B A, each as often as requested."""
        self.assertEqual(kernels.order(1), "AB")
        self.assertEqual(kernels.order(4), "ABBAABBA")


def metric(values: Sequence[int], name: str = "fault") -> Dict[str, Any]:
    """A distribution as lib/load writes it; values below 2048."""
    pairs: List[int] = []
    last = 0
    for value in sorted(set(values)):
        pairs += [value - last, list(values).count(value)]
        last = value
    return {"name": name, "unit": "ns", "better": "lower", "count": len(values),
            "min": min(values), "max": max(values), "histogram": pairs}


def result(name: str, *metrics: Dict[str, Any], word: str = "pass", case: str = "a",
           repeat: int = 1) -> Dict[str, Any]:
    """A line of results.jsonl with one point."""
    again = f"#{repeat}" if repeat > 1 else ""
    return {"name": f"{name}{again}", "verdict": word, "points": [
        {"name": f"{name}.{case}{again}", "verdict": word, "reason": "why",
         "diagnostics": {"metrics": list(metrics)}}],
        "counters": {"delta": {}}, "log": [], "complaints": [], "left": {}, "duration_ms": 1}


class Figures(unittest.TestCase):
    """What is read from a run."""

    def test_repeats(self) -> None:
        """One sample per repeat: the median; and all values of all repeats together."""
        found = figures([result("l/p", metric([5, 7, 9]), repeat=1),
                         result("l/p", metric([6, 8, 100]), repeat=2)])
        self.assertEqual(list(found), ["l/p.a fault"])
        self.assertEqual(found["l/p.a fault"].values, [7, 8])
        every = found["l/p.a fault"].all
        assert every
        self.assertEqual((every.count, every.least, every.greatest), (6, 5, 100))
        self.assertEqual(every.quantiles()["p50"], 7)

    def test_tail(self) -> None:
        """A 99th percentile is a figure only if there are a thousand values."""
        many = list(range(1000))
        found = figures([result("l/p", metric(many))])
        self.assertEqual(found["l/p.a fault p99"].values, [989])
        thin = figures([result("l/p", metric(many)), result("l/p", metric(many[:999]), repeat=2)])
        self.assertNotIn("l/p.a fault p99", thin)

    def test_failed(self) -> None:
        """Points that failed have no figures, and a damaged figure is none."""
        damaged = {**metric([1, 2]), "histogram": [1, -1]}
        self.assertEqual(figures([result("l/p", metric([1]), word="fail"),
                                  result("l/q", damaged), result("l/r", {"name": "x"})]), {})

    def test_buckets(self) -> None:
        """Buckets are as documented in doc/formats.md."""
        self.assertEqual([bucket_least(b) for b in (0, 2047, 2048, 2049, 3072)],
                         [0, 2047, 2048, 2050, 4096])


class Compared(support.Case):
    """The command, on runs made for it."""

    def _run(self, name: str, middle: int, repeats: int = 10, **more: Any) -> None:
        folder = os.path.join(self.programs.results, name)
        os.makedirs(folder)
        lines = [result("load/p", metric([middle + n % 2 + k for k in range(5)]), repeat=n)
                 for n in range(1, repeats + 1)]
        lines += more.pop("lines", [])
        record = {"format": 1, "run": name, "kind": "load", "seed": 1, "nodes": 1,
                  "plan": [line["name"] for line in lines],
                  "kernel": {"release": "6.12", "version": "#1"}, **more}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(record, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    def _compare(self, *options: str) -> "subprocess.CompletedProcess[str]":
        return self.programs.run("compare", *options)

    def _json(self) -> Dict[str, Any]:
        folder = max(name for name in os.listdir(self.programs.results)
                     if name.startswith("compare-"))
        with open(os.path.join(self.programs.results, folder, "compare.json"),
                  encoding="ascii") as file:
            found: Dict[str, Any] = json.load(file)
        return found

    def test_status(self) -> None:
        """0 without --fail-on; with it 1 for slower, 125 if it cannot be decided."""
        self._run("old", 1000)
        self._run("new", 1100)
        done = self._compare("old", "new")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("slower", done.stdout)
        self.assertIn("1 slower, 0 faster, 0 unclear, 0 same", done.stdout)
        self.assertEqual(self._compare("old", "new", "--fail-on", "slower").returncode, 1)
        self.assertEqual(self._compare("new", "old", "--fail-on", "slower").returncode, 0)
        self.assertEqual(self._compare("old", "none", "--fail-on", "slower").returncode, 125)
        self.assertEqual(self._compare("old", "none").returncode, 2)

    def test_unclear(self) -> None:
        """--fail-on unclear skips a revision that cannot be decided."""
        self._run("old", 1000, repeats=2)
        self._run("new", 1100, repeats=2)
        done = self._compare("old", "new", "--fail-on", "unclear")
        self.assertEqual(done.returncode, 125)
        self.assertIn("too few repeats: with 2 of each side", done.stdout)
        self.assertEqual(self._compare("old", "new", "--fail-on", "slower").returncode, 0)

    def test_json(self) -> None:
        """compare.json contains all numbers."""
        self._run("old", 1000)
        self._run("new", 1100)
        self._compare("old", "new")
        found = self._json()
        self.assertEqual((found["format"], found["before"]["label"]), (1, "old"))
        said = found["figures"][0]
        self.assertEqual((said["name"], said["verdict"]), ("load/p.a fault", "slower"))
        self.assertAlmostEqual(said["ratio"], 1.1, 2)
        self.assertLess(said["low"], said["ratio"])
        self.assertEqual(len(said["before"]["samples"]), 10)
        self.assertEqual(said["after"]["max"], 1105)

    def test_unlike(self) -> None:
        """Different machines, and figures that only one side has, are reported."""
        self._run("old", 1000, processors=2, lines=[result("load/gone", metric([1]))])
        self._run("new", 1000, processors=4, lines=[result("load/bad", word="fail")])
        done = self._compare("old", "new")
        self.assertIn("not alike: number of processors 2 before, 4 after", done.stdout)
        self.assertIn("only before: load/gone.a fault", done.stdout)
        self.assertIn("failed, and are not compared: after: load/bad.a", done.stdout)

    def test_mixtures(self) -> None:
        """Different kernels are not one side, and instructions are not compared with times."""
        counted = {"options": {"measure": "instructions"}}
        self._run("old", 1000)
        self._run("other", 1000, kernel={"release": "6.13", "version": "#1"})
        self._run("counted", 1000, lab=counted)
        self.refused(self._compare("old,other", "old"), "other")
        self.refused(self._compare("old,counted", "old"), "counted")
        self.refused(self._compare("old", "counted"), "instructions")

    def test_died(self) -> None:
        """A figure that is missing, or whose kernel complained, is not good and not compared."""
        self._run("old", 1000, lines=[result("load/more", metric([5, 6]))])
        self._run("gone", 1000)
        self._run("ill", 1100)
        path = os.path.join(self.programs.results, "ill", "results.jsonl")
        with open(path, encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        with open(path, "w", encoding="ascii") as file:
            for line in lines + [result("load/more", metric([5, 6]))]:
                ill = line["name"].startswith("load/p")
                file.write(json.dumps({**line, "verdict": "kernel" if ill else "pass"}) + "\n")
        self.assertEqual(self._compare("old", "gone", "--fail-on", "slower").returncode, 125)
        done = self._compare("old", "ill", "--fail-on", "slower")
        self.assertEqual(done.returncode, 125)
        self.assertIn("failed, and are not compared: after: load/p load/p.a", done.stdout)
        self.assertIn("0 slower", done.stdout)

    def test_damaged(self) -> None:
        """The rest of a damaged record is compared, and what is missing is reported."""
        self._run("old", 1000)
        self._run("new", 1100)
        path = os.path.join(self.programs.results, "new", "results.jsonl")
        with open(path, encoding="ascii") as file:
            lines = file.readlines()
        lines[3] = lines[3].replace('"verdict": "pass"', '"verdict": 3')
        lines[5] = lines[5].replace('"min": ', '"min": "x", "of": ')
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines)
        done = self._compare("old", "new")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        said = " ".join(done.stdout.split())
        self.assertIn("of a run after something is lacking", said)
        self.assertIn("line 4: verdict is none of what it can be", said)
        self.assertEqual(len(self._json()["figures"][0]["after"]["samples"]), 8)

    def test_several(self) -> None:
        """Each of several runs of one side is one sample."""
        for n in range(8):
            self._run(f"a{n}", 1000 + n)
            self._run(f"b{n}", 1100 + n)
        done = self._compare(",".join(f"a{n}" for n in range(8)),
                             ",".join(f"b{n}" for n in range(8)))
        self.assertIn("1 slower", done.stdout)
        self.assertEqual(len(self._json()["figures"][0]["before"]["samples"]), 8)
        self.assertNotIn("each side is one run", done.stdout)

    def _grown(self, exponent: float) -> List[Dict[str, Any]]:
        lines = []
        for repeat in range(1, 6):
            each = [result("load/g", {
                "name": "rate", "unit": "1/s", "better": "higher", "curve": "all",
                "value": 100 * workers ** exponent * (1 + repeat / 1000),
                "at": {"workers": workers}}, case=f"c{workers}", repeat=repeat)
                for workers in (1, 2, 4)]
            lines.append({**each[0], "points": [line["points"][0] for line in each]})
            step = {**metric([90 + repeat, 95]), "name": "fault_at_50", "rate": 50,
                    "achieved": 44.5 - exponent, "missed": 0,
                    "late": {"p50": 1, "p99": 1, "max": 1}}
            lines.append(result("load/o", step, repeat=repeat))
        return lines

    def test_growth(self) -> None:
        """A curve whose exponent changed is named, one whose did not is not; open loops are."""
        self._run("old", 1000, lines=self._grown(1.0))
        self._run("new", 1000, lines=self._grown(0.5))
        done = self._compare("old", "new")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        said = " ".join(done.stdout.split())
        self.assertIn("scaling: load/g.all rate [3 values from 1 worker to 4 workers]: grows as "
                      "workers^1.00 (1.00 to 1.00) before, grows as workers^0.50 (0.50 to 0.50) "
                      "after", said)
        self.assertIn("open loop: load/o.a fault: at most 43.5 a second before", said)
        found = self._json()
        self.assertEqual([(one["name"], one["differs"]) for one in found["curves"]],
                         [("load/g.all rate", True)])
        self.assertEqual(found["knees"][0]["before"], {"knee": None, "saturated": 43.5})
        self.assertNotIn("scaling:", self._compare("old", "old").stdout)

    def test_print_json(self) -> None:
        """What is printed is what compare.json has, and nothing else."""
        self._run("old", 1000)
        self._run("new", 1100)
        done = self._compare("old", "new", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout), self._json())

    def test_refusals(self) -> None:
        """One clear line, status 2, and nothing is written."""
        self._run("old", 1000)
        self._run("empty", 1000, repeats=0)
        self._run("func", 1000)
        path = os.path.join(self.programs.results, "func", "run.json")
        with open(path, encoding="ascii") as file:
            record = json.load(file)
        with open(path, "w", encoding="ascii") as file:
            json.dump({**record, "kind": "func"}, file)
        for options in (["old"], ["old", "old", "old"], ["old", "nothing"], ["old", "empty"],
                        ["old", "func"], ["old", "old", "--threshold", "0"],
                        ["old", "old", "--threshold", "x"], ["old", "old", "--nodes", "2"],
                        ["old", "old", "--repeat", "2"], ["old", "old", "--param", "a=b"],
                        ["--kernels", "build", "--threshold", "1"],
                        ["--kernels", "/none", "/none", "--boots", "0"],
                        ["--kernels", "/none", "/none", "--param", "x"],
                        ["--kernels", "/none", "/none", "--repeat", "0"]):
            with self.subTest(" ".join(options)):
                done = self._compare(*options)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertTrue(done.stderr.startswith("run_tests.py: "), done.stderr)
        self.assertFalse([name for name in os.listdir(self.programs.results)
                          if name.startswith("compare-")])


if __name__ == "__main__":
    support.main()
