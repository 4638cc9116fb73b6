#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles: how they are read, what changed between two of them, and how they are shown."""
from __future__ import annotations

import copy
import json
import os
import random
import unittest
from typing import Any, Dict, List

import support
from support import needs_root
from runner import profiles
from runner.figures import figures
from runner.profiles import Profile
from runner.report import flame

SAID: Dict[str, Any] = {
    "event": "cpu-clock", "operations": 100, "samples": 100, "lost": 1,
    "functions": ["[user]", "entry", "fault", "alloc", "clear"],
    "stacks": ["70 1 2 4", "20 1 2 3", "7 1 2", "2 0"], "other": 1,
    "counters": {"page faults": 1, "page allocations": 512.5}}


def said(**more: Any) -> Profile:
    """The profile, with these changes."""
    found = Profile()
    found.add({**copy.deepcopy(SAID), **more})
    return found


def sampled(shares: Dict[str, float], samples: int, seed: int) -> Profile:
    """A profile of so many samples of functions with these shares of the time."""
    chance = random.Random(seed)
    drawn = chance.choices(list(shares), list(shares.values()), k=samples)
    names = list(shares)
    return said(functions=names, other=0, counters={}, stacks=[
        f"{drawn.count(name)} {nth}" for nth, name in enumerate(names) if name in drawn])


class Reading(unittest.TestCase):
    """Profiles of metrics."""

    def test_functions(self) -> None:
        """Each by itself, and with what it called."""
        found = said()
        self.assertEqual(found.samples, 100)
        self.assertEqual(dict(found.own()), {"clear": 70, "alloc": 20, "fault": 7, "[user]": 2,
                                             "[other]": 1})
        self.assertEqual((found.below()["entry"], found.below()["fault"]), (97, 97))
        self.assertEqual(found.below()["alloc"], 20)

    def test_recursion(self) -> None:
        """A function that calls itself is counted once."""
        self.assertEqual(said(stacks=["5 1 2 1 2"], other=0).below()["entry"], 5)

    def test_repeats(self) -> None:
        """Samples are added up, events are the mean."""
        found = said()
        found.add({**SAID, "counters": {"page faults": 3}})
        self.assertEqual((found.samples, found.operations, found.lost), (200, 200, 2))
        self.assertEqual(found.counters(), {"page faults": 2, "page allocations": 512.5})

    def test_damaged(self) -> None:
        """What is wrong is no part of a figure."""
        for stacks in (["1 5"], ["1"], ["x 1"], ["1 -1"]):
            with self.subTest(stacks), self.assertRaises(ValueError):
                said(stacks=stacks)
        metric = {"name": "fault", "unit": "ns", "better": "lower", "min": 5, "max": 5,
                  "histogram": [5, 1], "profile": {**SAID, "stacks": ["1 99"]}}
        line = {"points": [{"name": "l/p.a", "verdict": "pass",
                            "diagnostics": {"metrics": [metric]}}]}
        self.assertEqual(figures([line]), {})
        metric["profile"] = SAID
        found = figures([line, line])["l/p.a fault"].profile
        assert found
        self.assertEqual(found.samples, 200)

    def test_folded(self) -> None:
        """The figure is the outermost frame, and blanks and semicolons separate."""
        self.assertEqual(next(said(stacks=["70 1 2 4"], other=0).folded("l/p.a; x")),
                         "l/p.a,_x;entry;fault;clear 70")


class Changed(unittest.TestCase):
    """What is named."""

    def _named(self, before: Dict[str, float], after: Dict[str, float], samples: int = 4000,
               seed: int = 1) -> List[str]:
        took = (1000 * sum(before.values()), 1000 * sum(after.values()))
        found = profiles.changes(sampled(before, samples, seed), sampled(after, samples, seed + 1),
                                 ([took[0]], [took[1]]))
        return [change.name for change in profiles.named(found, took)]

    def test_five_percent(self) -> None:
        """A function that takes 5 % of the whole longer is named, and no other, each time."""
        before = {"clear": 0.9, "alloc": 0.03, "fault": 0.05, "entry": 0.02}
        for seed in range(0, 100, 2):
            self.assertEqual(self._named(before, {**before, "alloc": 0.08}, seed=seed), ["alloc"])

    def test_nothing(self) -> None:
        """Of two samples of the same nothing is named, each time."""
        before = {"clear": 0.5, "alloc": 0.3, "fault": 0.15, "entry": 0.05}
        for seed in range(0, 200, 2):
            self.assertEqual(self._named(before, before, seed=seed), [])

    def test_from_repeat_to_repeat(self) -> None:
        """What differs between repeats of the same differs between sides by chance: shares, or the
        time of an operation."""
        for seed in range(0, 100, 2):
            chance = random.Random(seed)
            sides = []
            for side in range(2):
                sides.append(Profile())
                for nth in range(5):
                    alloc = 0.3 + chance.gauss(0, 0.03)
                    sides[-1].merge(sampled({"clear": 0.7, "alloc": alloc}, 4000,
                                            1000 * seed + 10 * side + nth))
            took = [[chance.gauss(1000, 50) for _ in range(5)] for _ in range(2)]
            found = profiles.changes(sides[0], sides[1], (took[0], took[1]))
            self.assertEqual(profiles.named(found, (1000, 1000)), [], seed)

    def test_faster(self) -> None:
        """What is gone is named too."""
        self.assertEqual(self._named({"a": 0.6, "b": 0.4}, {"a": 0.6}), ["b"])

    def test_few(self) -> None:
        """With a handful of samples nothing can be said; without any neither."""
        before = {"clear": 0.95, "alloc": 0.05}
        self.assertEqual(self._named(before, {**before, "alloc": 0.1}, samples=30), [])
        self.assertEqual(profiles.changes(Profile(), said(), ([1.0], [1.0])), [])


class Shown(unittest.TestCase):
    """Reports."""

    def test_flame(self) -> None:
        """A frame for each function in each place; names are escaped, and the difference is
        coloured."""
        before = said()
        after = said(stacks=["70 1 2 4", "60 1 2 3", "7 1 2", "2 0"],
                     functions=["<b>", "entry", "fault", "alloc", "clear"])
        text = flame.flame(before, after, (100.0, 140.0), lambda value: f"{value:.0f}")
        self.assertIn("&lt;b&gt;", text)
        self.assertNotIn("<b>", text)
        self.assertIn("<title>alloc: 20 to 60, itself 20 to 60</title>", text)
        red = text[text.index("<title>alloc:"):]
        self.assertIn("var(--bad) 100%", red[:red.index("</g>")])
        other = text[text.index("<title>clear:"):]
        self.assertNotIn("var(--bad)", other[:other.index("</g>")])

    def test_one(self) -> None:
        """A graph of one profile, and of none."""
        text = flame.flame(None, said(), (5.0, 5.0), str)
        self.assertEqual(text.count("<title>"), 7)
        self.assertEqual(flame.flame(None, Profile(), (5.0, 5.0), str), "")

    def test_widths(self) -> None:
        """What a function calls is not wider than the function."""
        root = flame.tree(said(), said(), (10.0, 10.0))
        todo = [root]
        while todo:
            frame = todo.pop()
            self.assertLessEqual(sum(below.width for below in frame.calls.values()),
                                 frame.width + 1e-9)
            todo += frame.calls.values()
        self.assertEqual(root.depth(), 4)


# Its metric has a profile; where a file slow.tmp is beside it, one of a slower kernel.
SLOWER = """
import json, os
slow = os.path.exists(os.path.join(os.path.dirname(sys.argv[0]), "slow.tmp"))
took = 1050 if slow else 1000
profile = json.dumps({"event": "cpu-clock", "operations": 9, "samples": 2100 if slow else 2000,
                      "lost": 0, "functions": ["[user]", "entry", "alloc", "clear"],
                      "stacks": ["1900 1 3", f"{200 if slow else 100} 1 2"], "other": 0,
                      "counters": {"page faults": 1, "IPIs": 2 if slow else 0}})
metric = json.dumps([{"name": "fault", "unit": "ns", "better": "lower", "count": 1, "min": took,
                      "max": took, "histogram": [took, 1], "profile": json.loads(profile)}])
""" + support.GOOD.replace("    print('  ...'", "    print('  metrics: ' + metric)\n"
                           "    print('  ...'")
EXPLAIN = {"name": "explain", "default": "0", "summary": ""}


@needs_root
class Command(support.Case):
    """perf --explain and compare --explain."""

    def _save(self, *names: str) -> None:
        path = self.programs.add("one", SLOWER, area="load", kind="load", cases=("a",),
                                 params=[EXPLAIN])
        slow = os.path.join(os.path.dirname(path), "slow.tmp")
        for name in names:
            if name == "new":
                with open(slow, "w", encoding="ascii"):
                    pass
            done = self.programs.run("perf", "--repeat", "6", "--explain", "--save", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            if os.path.exists(slow):
                os.unlink(slow)

    def test_named(self) -> None:
        """The function is named on the terminal, in compare.json and on the page, and the stacks
        are in a file."""
        self._save("old", "new")
        done = self.programs.run("compare", "old", "new", "--explain")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("load/one.a fault is slower: 1 us to 1.05 us an operation", done.stdout)
        self.assertIn("alloc: 50 ns to 100 ns, 100 % of the difference", done.stdout)
        self.assertIn("an operation: IPIs 0 to 2", done.stdout)
        folder = os.path.join(self.programs.results, max(
            name for name in os.listdir(self.programs.results) if name.startswith("compare-")))
        with open(os.path.join(folder, "compare.json"), encoding="ascii") as file:
            found = json.load(file)["explained"]
        self.assertEqual([one["named"] for one in found], [["alloc"]])
        self.assertEqual(found[0]["counters"]["IPIs"], {"before": 0, "after": 2})
        with open(os.path.join(folder, "explained.folded"), encoding="ascii") as file:
            self.assertEqual(file.read().splitlines(), [
                "load/one.a_fault;entry;alloc 600 1200",
                "load/one.a_fault;entry;clear 11400 11400"])
        with open(os.path.join(folder, "compare.html"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('<td class="name w">alloc</td>', text)
        self.assertIn('class="flame"', text)

    def test_same(self) -> None:
        """Nothing that did not change is explained, unless everything is."""
        self._save("old")
        done = self.programs.run("compare", "old", "old", "--explain")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("no figure with a profile changed", " ".join(done.stdout.split()))
        done = self.programs.run("compare", "old", "old", "--explain", "--all")
        self.assertIn("no function differs by more than chance", done.stdout)

    def test_report(self) -> None:
        """The run says where the time went, and has the stacks for other tools."""
        self._save("old")
        done = self.programs.run("report", "old")
        self.assertIn("95.0%       950 ns  clear", done.stdout)
        self.assertIn("an operation: page faults 1, IPIs 0", done.stdout)
        self.assertEqual(self.programs.run("report", "old", "--format", "folded").stdout,
                         "load/one.a_fault;entry;alloc 600\nload/one.a_fault;entry;clear 11400\n")

    def test_refused(self) -> None:
        """Runs without profiles are not explained, and a program without them is named."""
        self.programs.add("none", support.GOOD, area="load", kind="load", cases=("a",))
        self._save("old")
        self.programs.add("one", SLOWER.replace('"profile":', '"other":'), area="load",
                          kind="load", cases=("a",), params=[EXPLAIN])
        done = self.programs.run("perf", "--repeat", "1", "--explain", "--save", "bare")
        self.assertIn("no profile, only the closed loop: load/none", done.stdout + done.stderr)
        self.refused(self.programs.run("compare", "old", "bare", "--explain"),
                     "no figure has profiles on both sides")


if __name__ == "__main__":
    support.main()
