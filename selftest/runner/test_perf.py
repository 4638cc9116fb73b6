#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""perf: repeats, parameters, saved names, and the report of figures."""
from __future__ import annotations

import json
import os
from typing import Any, Dict

import support
from support import GOOD, needs_root

METRIC = json.dumps([{"name": "fault", "unit": "ns", "better": "lower", "count": 3, "min": 1500,
                      "max": 1700, "histogram": [1500, 1, 100, 1, 100, 1]}])
MEASURES = GOOD.replace("    print('  ...'", f"    print('  metrics: ' + {METRIC!r})\n"
                        "    print('  ...'")
SAYS_ARGV = ("import json\nsaid = json.dumps(sys.argv[1:])\n" + GOOD.replace(
    "    print('  ...'", "    print('  observed: {\"argv\": ' + said + '}')\n    print('  ...'"))
PARAM = [{"name": "size", "default": "16M", "summary": ""}]


@needs_root
class Perf(support.Case):
    """The command on programs made for it."""

    def setUp(self) -> None:
        super().setUp()
        self.programs.add("a_test", GOOD, area="area")

    def _load(self, name: str, body: str, **says: Any) -> None:
        self.programs.add(name, body, area="load", kind="load", cases=("a",), **says)

    def _argv(self, name: str) -> Any:
        return self.programs.record()[name]["points"][0]["diagnostics"]["observed"]["argv"]

    def test_repeats(self) -> None:
        """All programs once, then all again; the first keeps its plain name."""
        self._load("one", MEASURES)
        self._load("two", MEASURES)
        done = self.programs.run("perf", "--repeat", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.programs.record()), ["load/one", "load/two", "load/one#2",
                                                        "load/two#2"])
        self.assertIn("load/one.a fault", done.stdout)
        self.assertEqual(done.stdout.count("1.6 us   1.6 us to 1.6 us"), 2)
        self.assertEqual(done.stdout.splitlines()[-1], "4 passed, 0 failed, 0 skipped")

    def test_ten(self) -> None:
        """By default everything runs ten times."""
        self._load("one", GOOD)
        self.programs.run("perf")
        self.assertEqual(len(self.programs.record()), 10)

    def test_words(self) -> None:
        """Parameters, and fractions of a second, reach only the programs that accept them."""
        self._load("has", SAYS_ARGV, params=PARAM)
        self._load("has_not", SAYS_ARGV)
        done = self.programs.run("perf", "--repeat", "1", "--param", "size=64M", "--seconds",
                                 "0.25")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self._argv("load/has")[-4:], ["--seconds", "0.25", "--param", "size=64M"])
        self.assertEqual(self._argv("load/has_not")[-2:], ["--seconds", "0.25"])

    def test_refusals(self) -> None:
        """One line each."""
        self._load("has", GOOD, params=PARAM)
        for words, name in ((("--repeat", "0"), "--repeat"), (("--repeat", "x"), "--repeat"),
                            (("--seconds", "0"), "--seconds"), (("--seconds", "nan"), "--seconds"),
                            (("--param", "size"), "--param"), (("--param", "=1"), "--param"),
                            (("--param", "siez=1"), "no program of this run has a parameter siez"),
                            (("--save", "a/b"), "a/b"), (("--save", "latest"), "latest"),
                            (("--save", "20200101-000000"), "20200101-000000")):
            self.refused(self.programs.run("perf", *words), name)
        self.assertFalse(os.path.exists(self.programs.results))

    def test_save(self) -> None:
        """The run gets another name, which no other run can take."""
        self._load("one", MEASURES)
        self.assertEqual(self.programs.run("perf", "--repeat", "1", "--save", "old").returncode, 0)
        self.assertEqual(self.programs.run("report", "old").returncode, 0)
        self.refused(self.programs.run("perf", "--save", "old"), "is there already")

    def test_resume(self) -> None:
        """An interrupted run is resumed with the repeats that are missing, and their parameters."""
        self._load("one", SAYS_ARGV, params=PARAM)
        self.programs.run("perf", "--repeat", "3", "--param", "size=1M")
        folder = os.path.join(self.programs.results, os.listdir(self.programs.results)[0])
        path = os.path.join(folder, "results.jsonl")
        with open(path, encoding="ascii") as file:
            lines = file.readlines()
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines[:1])
        self.assertEqual(self.programs.run("perf", "--resume", "latest").returncode, 0)
        record: Dict[str, Any] = self.programs.record()
        self.assertEqual(list(record), ["load/one", "load/one#2", "load/one#3"])
        self.assertEqual(self._argv("load/one#3")[-2:], ["--param", "size=1M"])

    def test_limit(self) -> None:
        """The time limit of a case allows for ten measurements."""
        self._load("one", "import time\ntime.sleep(11)\n" + GOOD)
        self.assertEqual(
            self.programs.run("perf", "--repeat", "1", "--seconds", "0.2").returncode, 0)


if __name__ == "__main__":
    support.main()
